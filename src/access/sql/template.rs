//! Text with parts that are computed at run time: each becomes a mark that parses where a value can stand, and nowhere else.

use crate::values::{Piece, Text};

/// A number that nobody writes.
const MARK: &str = "771077107710";

/// The text with marks.
pub(in crate::access) fn template(text: &Text) -> String {
    let mut out = String::new();
    for piece in &text.0 {
        match piece {
            Piece::Literal(literal) => out.push_str(literal),
            Piece::Env(_) | Piece::Unknown => {
                // `VALUES {rows}`: what the rows are does not matter.
                let values = out.trim_end().to_lowercase().ends_with("values");
                // `$1{more}` and `5{more}` are no longer values.
                if ends_in_number(&out) {
                    out.push(' ');
                }
                out.extend(if values { ["(", MARK, ")"] } else { ["", MARK, ""] });
            }
        }
    }
    out
}

fn ends_in_number(text: &str) -> bool {
    let word = text.rfind(|c: char| !(c.is_alphanumeric() || c == '_'));
    let word = &text[word.map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8))..];
    word.starts_with(|c: char| c.is_ascii_digit())
}

pub(super) fn has_mark(text: &str) -> bool {
    text.contains(MARK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_time_parts_are_marked() {
        let literal = |text: &str| Piece::Literal(text.into());
        let with = |before: &str| template(&Text(vec![literal(before), Piece::Unknown]));
        assert_eq!(with("a = "), format!("a = {MARK}"));
        assert_eq!(with("VALUES "), format!("VALUES ({MARK})"));
        assert_eq!(with("a = $"), format!("a = ${MARK}"));
        assert_eq!(with("a = $1"), format!("a = $1 {MARK}"));
        assert_eq!(with("LIMIT 5"), format!("LIMIT 5 {MARK}"));
        assert_eq!(with("FROM t2"), format!("FROM t2{MARK}"));
        assert_eq!(with("é"), format!("é{MARK}"));
    }
}
