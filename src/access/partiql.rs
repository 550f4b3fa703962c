//! `PartiQL` statements: verb, table and index out of their text.

use crate::values::{Piece, Text};

/// One statement as far as its text is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// `Select`, `Insert`, `Update` or `Delete`.
    pub(super) verb: Option<&'static str>,
    pub(super) table: Text,
    pub(super) index: Option<Text>,
}

/// A word of the statement: letters, a quoted name, or a punctuation mark; names may hold pieces that are not literal.
struct Tokens {
    all: Vec<Text>,
}

/// Reads a statement: `SELECT * FROM "table"."index" WHERE ..`.
pub(super) fn parse(text: &Text) -> Statement {
    let tokens = tokens(text).all;
    let word = |at: usize| {
        tokens.get(at).and_then(Text::as_literal).map(str::to_ascii_uppercase).unwrap_or_default()
    };
    let after = |wanted: &str| (0..tokens.len()).find(|&at| word(at) == wanted).map(|at| at + 1);
    let (verb, at) = match word(0).as_str() {
        "SELECT" | "EXISTS" => (Some("Select"), after("FROM")),
        "INSERT" => (Some("Insert"), after("INTO")),
        "UPDATE" => (Some("Update"), Some(1)),
        "DELETE" => (Some("Delete"), after("FROM")),
        _ => (None, None),
    };
    let table = at.and_then(|at| tokens.get(at)).cloned().unwrap_or_else(Text::unknown);
    let index = at
        .filter(|at| tokens.get(at + 1).and_then(Text::as_literal) == Some("."))
        .and_then(|at| tokens.get(at + 2))
        .cloned();
    Statement { verb, table, index }
}

fn tokens(text: &Text) -> Tokens {
    let mut all: Vec<Text> = Vec::new();
    let mut word = Text::default();
    let mut quoted = false;
    let mut end = |word: &mut Text| {
        if !word.0.is_empty() {
            all.push(std::mem::take(word));
        }
    };
    for piece in &text.0 {
        let Piece::Literal(literal) = piece else {
            word = std::mem::take(&mut word).join(Text(vec![piece.clone()]));
            continue;
        };
        for c in literal.chars() {
            match c {
                '"' => {
                    end(&mut word);
                    quoted = !quoted;
                }
                c if quoted || c.is_alphanumeric() || matches!(c, '_' | '-') => {
                    word = std::mem::take(&mut word).join(Text::literal(c));
                }
                c => {
                    end(&mut word);
                    if !c.is_whitespace() {
                        end(&mut Text::literal(c));
                    }
                }
            }
        }
    }
    end(&mut word);
    Tokens { all }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(statement: &Text, verb: &str, table: &Text, index: Option<&str>) {
        let found = parse(statement);
        assert_eq!(found.verb, Some(verb));
        assert_eq!(&found.table, table);
        assert_eq!(found.index, index.map(Text::literal));
    }

    #[test]
    fn verb_table_and_index_come_out_of_the_text() {
        let users = || Text::literal("users");
        check(&Text::literal("select * from users where id = ?"), "Select", &users(), None);
        check(&Text::literal("SELECT a FROM \"users\".\"by-email\""), "Select", &users(), Some("by-email"));
        check(&Text::literal("INSERT INTO \"users\" VALUE {'id': ?}"), "Insert", &users(), None);
        check(&Text::literal("UPDATE users SET a = 1"), "Update", &users(), None);
        check(&Text::literal("DELETE FROM users WHERE id = ?"), "Delete", &users(), None);
        let mixed = Text::literal("SELECT * FROM \"")
            .join(Text::env("T"))
            .join(Text::literal("-users\" WHERE a = 1"));
        check(&mixed, "Select", &Text::env("T").join(Text::literal("-users")), None);
    }

    #[test]
    fn what_does_not_parse_is_unknown() {
        assert_eq!(parse(&Text::unknown()).verb, None);
        assert!(!parse(&Text::literal("DROP TABLE users")).table.is_known());
    }
}
