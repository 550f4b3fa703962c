//! Text with parts that are computed at run time: each becomes a mark that parses where a value can stand, and nowhere else.

use crate::values::{Piece, Text};

/// A number that nobody writes.
const MARK: &str = "771077107710";

/// The text with marks; pieces that touch, or have only space between them, share one.
pub(in crate::access) fn template(text: &Text) -> String {
    let mut out = String::new();
    for piece in &text.0 {
        match piece {
            Piece::Literal(literal) => out.push_str(literal),
            Piece::Env(_) | Piece::Unknown => {
                if out.trim_end().ends_with(MARK) {
                    continue;
                }
                // `VALUES {rows}`: what the rows are does not matter.
                let values = out.trim_end().to_lowercase().ends_with("values");
                out.extend(if values { ["(", MARK, ")"] } else { ["", MARK, ""] });
            }
        }
    }
    out
}

pub(super) fn has_mark(text: &str) -> bool {
    text.contains(MARK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_time_parts_are_marked_once() {
        let literal = |text: &str| Piece::Literal(text.into());
        let text = Text(vec![literal("a = "), Piece::Unknown, literal(" "), Piece::Env("X".into())]);
        assert_eq!(template(&text), format!("a = {MARK} "));
        let text = Text(vec![literal("VALUES "), Piece::Unknown]);
        assert_eq!(template(&text), format!("VALUES ({MARK})"));
    }
}
