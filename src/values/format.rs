//! `format!` strings: literal pieces and what stands between them.

/// One part of a format string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Literal(String),
    /// `{}`: the next positional argument.
    Next,
    /// `{0}`.
    Position(usize),
    /// `{name}`: a named argument, else a captured variable.
    Name(String),
    /// `{:?}` and the like: the text is not the argument's own.
    Altered,
}

/// Splits a format string.
pub(super) fn parts(format: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' | '}' if chars.peek() == Some(&c) => {
                literal.push(c);
                chars.next();
            }
            '{' => {
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                let inside: String = chars.by_ref().take_while(|&c| c != '}').collect();
                parts.push(argument(&inside));
            }
            _ => literal.push(c),
        }
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    parts
}

fn argument(inside: &str) -> Part {
    let (name, spec) = inside.split_once(':').unwrap_or((inside, ""));
    let name = name.trim();
    if !spec.trim().is_empty() {
        return Part::Altered;
    }
    if name.is_empty() {
        return Part::Next;
    }
    name.parse().map_or_else(|_| Part::Name(name.to_string()), Part::Position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_positions_and_braces_are_told_apart() {
        let name = |name: &str| Part::Name(name.to_string());
        let literal = |text: &str| Part::Literal(text.to_string());
        assert_eq!(
            parts("{stage}-{}-{0}"),
            [name("stage"), literal("-"), Part::Next, literal("-"), Part::Position(0)]
        );
        assert_eq!(parts("{{x}}{:?}"), [literal("{x}"), Part::Altered]);
        assert_eq!(parts("{"), [Part::Next]);
    }
}
