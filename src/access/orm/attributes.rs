//! What attributes such as `#[diesel(table_name = users)]` say: keys and the places of their values.

use crate::span::Span;
use crate::syntax::Attr;

/// `key`, `key = value` or `key(value)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meta<'t> {
    pub(super) key: &'t str,
    /// Without quotes; empty where there is none.
    pub(super) value: &'t str,
    /// Of the value, in the text of the file.
    pub(super) span: Span,
}

/// What the attributes of one name say. `text` is that of their file.
pub(super) fn metas<'t>(attrs: &[Attr], name: &str, text: &'t str) -> Vec<Meta<'t>> {
    let mut found = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path == name) {
        let Some(whole) = text.get(attr.span.start as usize..attr.span.end as usize) else { continue };
        if let Some((open, close)) = whole.find('(').zip(whole.rfind(')'))
            && open < close
        {
            in_list(&whole[open + 1..close], attr.span.start + open as u32 + 1, &mut found);
        }
    }
    found
}

/// The parts of a list in brackets.
pub(super) fn in_list<'t>(list: &'t str, offset: u32, found: &mut Vec<Meta<'t>>) {
    for (start, end) in parts(list) {
        let part = &list[start..end];
        let key_end = part
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c.is_whitespace()))
            .unwrap_or(part.len());
        let (key, rest) = part.split_at(key_end);
        let (value, at) = match rest.as_bytes().first() {
            Some(b'=') => (&rest[1..], start + key_end + 1),
            Some(b'(') => (rest[1..].trim_end().strip_suffix(')').unwrap_or(&rest[1..]), start + key_end + 1),
            _ => ("", start + key_end),
        };
        let before = value.len() - value.trim_start().len();
        let trimmed = value.trim();
        let span = Span::new(offset + (at + before) as u32, offset + (at + before + trimmed.len()) as u32);
        let plain = trimmed.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(trimmed);
        if !key.trim().is_empty() {
            found.push(Meta { key: key.trim(), value: plain, span });
        }
    }
}

/// The ranges between the commas of a list that stand in no brackets and no string.
fn parts(list: &str) -> Vec<(usize, usize)> {
    let (mut found, mut start, mut depth, mut in_string, mut escaped) = (Vec::new(), 0, 0i32, false, false);
    for (at, byte) in list.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            b',' if depth == 0 => {
                found.push((start, at));
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push((start, list.len()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_are_found() {
        let mut found = Vec::new();
        let list = r#"table_name = users, belongs_to(User, foreign_key = x), embed, name = "a, \"b", base_query = a.join(b, c)"#;
        in_list(list, 10, &mut found);
        let shown: Vec<String> = found.iter().map(|meta| format!("{}={}", meta.key, meta.value)).collect();
        assert_eq!(
            shown,
            [
                "table_name=users",
                "belongs_to=User, foreign_key = x",
                "embed=",
                "name=a, \\\"b",
                "base_query=a.join(b, c)"
            ]
        );
        let last = found.last().expect("five").span;
        assert_eq!(&list[last.start as usize - 10..last.end as usize - 10], "a.join(b, c)");
    }
}
