//! Strings in pieces: literal, environment variable, unknown.

/// A string as far as it is known; `${STAGE}-users` is `[Env(STAGE), Literal(-users)]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Text(pub Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Piece {
    Literal(String),
    /// Value of an environment variable.
    Env(String),
    Unknown,
}

impl Text {
    pub fn literal(text: impl Into<String>) -> Self {
        Self(vec![Piece::Literal(text.into())])
    }

    pub fn env(variable: impl Into<String>) -> Self {
        Self(vec![Piece::Env(variable.into())])
    }

    pub fn unknown() -> Self {
        Self(vec![Piece::Unknown])
    }

    /// The text, where all of it is literal.
    pub fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    pub fn is_known(&self) -> bool {
        !self.0.contains(&Piece::Unknown)
    }

    pub fn has_env(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Env(_)))
    }

    /// Both in a row; neighbouring literals become one, and so do neighbouring unknown pieces.
    #[must_use]
    pub fn join(mut self, more: Text) -> Text {
        for piece in more.0 {
            match (self.0.last_mut(), piece) {
                (Some(Piece::Literal(text)), Piece::Literal(more)) => text.push_str(&more),
                (_, Piece::Literal(more)) if more.is_empty() => {}
                (Some(Piece::Unknown), Piece::Unknown) => {}
                (_, piece) => self.0.push(piece),
            }
        }
        self
    }

    /// With a change to every literal piece.
    #[must_use]
    pub fn map_literals(self, change: impl Fn(&str) -> String) -> Text {
        let change = |piece| match piece {
            Piece::Literal(text) => Piece::Literal(change(&text)),
            other => other,
        };
        Text(self.0.into_iter().map(change).collect())
    }
}
