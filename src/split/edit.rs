//! Changes to a text by byte range: the only way in which moved code may differ from its original.

use crate::span::Span;

/// Replaces a range of the original text. An empty range inserts, an empty replacement deletes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    pub span: Span,
    pub replacement: String,
}

impl Edit {
    pub fn delete(span: Span) -> Self {
        Self { span, replacement: String::new() }
    }

    pub fn insert(at: u32, text: impl Into<String>) -> Self {
        Self { span: Span::empty(at), replacement: text.into() }
    }

    pub fn replace(span: Span, text: impl Into<String>) -> Self {
        Self { span, replacement: text.into() }
    }

    /// Allows a field or method to have no use.
    pub fn allow_dead_code(item: Span) -> Self {
        Self::insert(item.start, "#[allow(dead_code)]\n")
    }

    /// Makes an item or member one for tests alone.
    pub fn for_tests(item: Span) -> Self {
        Self::insert(item.start, "#[cfg(test)]\n")
    }

    fn is_deletion(&self) -> bool {
        self.replacement.is_empty()
    }
}

/// Applies edits to a text. What lies inside a deleted range vanishes with it; deletions that touch or overlap become one. A line of which
/// a deletion leaves nothing goes too. Two different replacements of overlapping ranges are a bug: the outer one wins.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    // Insertions before what starts at their place, then outer ranges before inner ones, so that the inner ones can be dropped.
    edits.sort_by(|a, b| {
        let start = a.span.start.cmp(&b.span.start);
        start.then(b.span.is_empty().cmp(&a.span.is_empty())).then(b.span.end.cmp(&a.span.end))
    });
    let mut out = String::with_capacity(text.len());
    let mut at = 0usize;
    let mut edits = edits.into_iter().peekable();
    while let Some(edit) = edits.next() {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        if start < at {
            // Inside what is gone already; a deletion that reaches further takes the rest with it.
            if edit.is_deletion() && end > at {
                at = end;
            }
            continue;
        }
        out.push_str(&text[at..start]);
        out.push_str(&edit.replacement);
        at = end;
        let next = edits.peek().map_or(text.len(), |next| next.span.start as usize);
        if edit.is_deletion()
            && let Some(line) = blank_line(&out)
            && let Some(rest) = text.get(at..next).and_then(blank_rest)
        {
            out.truncate(line);
            at += rest;
        }
    }
    out.push_str(&text[at..]);
    out
}

/// Where the last line of a text starts, if there is nothing in it.
fn blank_line(text: &str) -> Option<usize> {
    let start = text.rfind('\n').map_or(0, |at| at + 1);
    text[start..].trim().is_empty().then_some(start)
}

/// The length of the rest of a line with its end, if there is nothing in it.
fn blank_rest(text: &str) -> Option<usize> {
    let end = text.find('\n')?;
    text[..end].trim().is_empty().then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_which_nothing_is_left_goes_too() {
        let text = "router\n    .a()\n    .b() // b\n    .c()\n    .d()\n";
        let delete = |part: &str| {
            let at = text.find(part).expect("it is in the text") as u32;
            Edit::delete(Span::new(at, at + part.len() as u32))
        };
        let edits = [delete(".a()"), delete(".b()"), delete(".c()"), delete(".d()")];
        assert_eq!(apply(text, &edits), "router\n     // b\n");
        assert_eq!(apply(text, &edits[..1]), "router\n    .b() // b\n    .c()\n    .d()\n");
    }

    #[test]
    fn edits_apply_in_order_of_place_and_outer_ones_win() {
        let text = "abcdefgh";
        let edits = [
            Edit::replace(Span::new(6, 7), "G"),
            Edit::delete(Span::new(1, 5)),
            Edit::replace(Span::new(2, 3), "never"),
            Edit::insert(0, ">"),
            Edit::delete(Span::new(4, 6)),
        ];
        assert_eq!(apply(text, &edits), ">aGh");
        assert_eq!(apply(text, &[]), text);
        let at_the_start = [Edit::delete(Span::new(2, 4)), Edit::insert(2, "+"), Edit::insert(3, "never")];
        assert_eq!(apply(text, &at_the_start), "ab+efgh");
    }
}
