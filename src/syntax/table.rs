//! The bodies of `table!`, `joinable!` and `alias!` of diesel: names and columns.
//!
//! Input: the text between a macro's brackets. Output: what it names; `None` where it is not as diesel wants it.
//! Deliberately absent: SQL types, and what the names mean.

use super::ast::{Expr, Name};
use super::lex::{self, Delim, Kind, Token, Word};
use super::{MAX_NESTING, literal, parser};
use crate::span::Span;

/// One `table!` or `view!`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableMacro {
    /// `shop` of `shop.users`.
    pub schema: Option<Name>,
    /// The module that the macro makes.
    pub name: Name,
    /// `#[sql_name = ".."]`
    pub sql_name: Option<String>,
    /// The columns of the primary key; none are written where it is `id`.
    pub key: Vec<Name>,
    /// Each with its `sql_name`, in order.
    pub columns: Vec<(Name, Option<String>)>,
}

/// `joinable!(posts -> users (user_id))`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joinable {
    pub child: Vec<Name>,
    pub parent: Vec<Name>,
    pub key: Name,
}

/// The table of a `table!`.
pub fn table(text: &str) -> Option<TableMacro> {
    let tokens = lex::lex(text, MAX_NESTING).ok()?;
    let mut reader = Reader { text, tokens: &tokens, at: 0 };
    while reader.is_word(Word::Use) {
        while !reader.takes(b';') {
            reader.next()?;
        }
    }
    let mut sql_name = None;
    reader.attributes(&mut sql_name)?;
    let first = reader.name()?;
    let (schema, name) = if reader.takes(b'.') { (Some(first), reader.name()?) } else { (None, first) };
    let mut key = Vec::new();
    if reader.opens(Delim::Paren) {
        while !reader.closes() {
            key.push(reader.name()?);
            reader.takes(b',');
        }
    }
    if !reader.opens(Delim::Brace) {
        return None;
    }
    let mut columns = Vec::new();
    while !reader.closes() {
        let mut sql_name = None;
        reader.attributes(&mut sql_name)?;
        let column = reader.name()?;
        if !(reader.takes(b'-') && reader.takes(b'>')) {
            return None;
        }
        reader.skip_type()?;
        columns.push((column, sql_name));
    }
    (reader.kind() == Kind::End).then_some(TableMacro { schema, name, sql_name, key, columns })
}

/// What a `joinable!` says.
pub fn joinable(text: &str) -> Option<Joinable> {
    let tokens = lex::lex(text, MAX_NESTING).ok()?;
    let mut reader = Reader { text, tokens: &tokens, at: 0 };
    let child = reader.path()?;
    if !(reader.takes(b'-') && reader.takes(b'>')) {
        return None;
    }
    let parent = reader.path()?;
    let key = if reader.opens(Delim::Paren) { reader.name()? } else { return None };
    Some(Joinable { child, parent, key })
}

/// The tables to which an `alias!` gives other names, in order.
pub fn aliased(text: &str) -> Option<Vec<Vec<Name>>> {
    let tokens = lex::lex(text, MAX_NESTING).ok()?;
    let mut reader = Reader { text, tokens: &tokens, at: 0 };
    let mut tables = Vec::new();
    while reader.kind() != Kind::End {
        tables.push(reader.path()?);
        if !reader.is_word(Word::As) {
            return None;
        }
        while !(reader.takes(b',') || reader.takes(b';') || reader.kind() == Kind::End) {
            reader.next()?;
        }
    }
    Some(tables)
}

/// The constants of an `alias!` that stands among items: `pub const OTHER: Alias<other> = users as other;`, each with its table.
pub fn constants(text: &str) -> Option<Vec<(Name, Vec<Name>)>> {
    let tokens = lex::lex(text, MAX_NESTING).ok()?;
    let mut reader = Reader { text, tokens: &tokens, at: 0 };
    let mut found = Vec::new();
    while reader.kind() != Kind::End {
        while !reader.is_word(Word::Const) {
            reader.next()?;
        }
        reader.next()?;
        let name = reader.name()?;
        while !reader.takes(b'=') {
            reader.next()?;
        }
        found.push((name, reader.path()?));
        while !(reader.takes(b';') || reader.kind() == Kind::End) {
            reader.next()?;
        }
    }
    Some(found)
}

/// An expression that stands somewhere in a text, as in an attribute.
pub fn expr_at(text: &str, span: Span) -> Option<Expr> {
    parser::value(text.get(span.start as usize..span.end as usize)?, span.start, MAX_NESTING).ok()
}

struct Reader<'t> {
    text: &'t str,
    tokens: &'t [Token],
    at: usize,
}

impl Reader<'_> {
    fn kind(&self) -> Kind {
        self.tokens.get(self.at).map_or(Kind::End, |token| token.kind)
    }

    fn next(&mut self) -> Option<()> {
        let is_end = self.kind() == Kind::End;
        self.at += 1;
        (!is_end).then_some(())
    }

    fn is_word(&self, word: Word) -> bool {
        self.kind() == Kind::Word(word)
    }

    fn takes(&mut self, mark: u8) -> bool {
        let is_it = self.kind() == Kind::Punct(mark);
        self.at += usize::from(is_it);
        is_it
    }

    fn opens(&mut self, delim: Delim) -> bool {
        let is_it = self.kind() == Kind::Open(delim);
        self.at += usize::from(is_it);
        is_it
    }

    fn closes(&mut self) -> bool {
        let is_it = matches!(self.kind(), Kind::Close(_) | Kind::End);
        self.at += usize::from(is_it);
        is_it
    }

    fn slice(&self) -> &str {
        self.tokens.get(self.at).map_or("", |token| &self.text[token.start as usize..token.end as usize])
    }

    fn name(&mut self) -> Option<Name> {
        let name = (self.kind() == Kind::Ident).then(|| Name::new(self.slice().trim_start_matches("r#")))?;
        self.at += 1;
        Some(name)
    }

    /// `crate::schema::users`
    fn path(&mut self) -> Option<Vec<Name>> {
        let mut names = Vec::new();
        loop {
            match self.kind() {
                Kind::Ident => names.push(self.name()?),
                Kind::Word(Word::Crate | Word::SelfValue | Word::Super) => {
                    names.push(Name::new(self.slice()));
                    self.at += 1;
                }
                _ => return None,
            }
            if !(self.takes(b':') && self.takes(b':')) {
                return Some(names);
            }
        }
    }

    /// Skips attributes and doc comments, and keeps the value of `sql_name` among them.
    fn attributes(&mut self, found: &mut Option<String>) -> Option<()> {
        loop {
            match self.kind() {
                Kind::DocOuter | Kind::DocInner => self.at += 1,
                Kind::Punct(b'#') => {
                    self.at += 1;
                    let open = *self.tokens.get(self.at)?;
                    if open.kind != Kind::Open(Delim::Bracket) {
                        return None;
                    }
                    self.at += 1;
                    if self.slice() == "sql_name" {
                        self.at += 1;
                        *found = self.takes(b'=').then(|| literal::string(self.slice())).flatten();
                    }
                    self.at = open.mate as usize + 1;
                }
                _ => return Some(()),
            }
        }
    }

    /// Skips a type and the comma behind it.
    fn skip_type(&mut self) -> Option<()> {
        let mut depth = 0;
        loop {
            match self.kind() {
                Kind::Punct(b'<') => depth += 1,
                Kind::Punct(b'>') => depth -= 1,
                Kind::Punct(b',') if depth == 0 => {
                    self.at += 1;
                    return Some(());
                }
                Kind::Close(_) => return Some(()),
                Kind::Open(_) => self.at = self.tokens[self.at].mate as usize,
                _ => {}
            }
            self.next()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let shown = table(text).map(|table| {
            let names = |names: &[Name]| names.join(" ");
            let columns = table.columns.iter().map(|(name, sql_name)| match sql_name {
                Some(sql_name) => format!("{name}={sql_name}"),
                None => name.to_string(),
            });
            let columns = columns.collect::<Vec<_>>().join(" ");
            let schema = table.schema.map(|schema| format!("{schema}.")).unwrap_or_default();
            let sql_name = table.sql_name.map(|name| format!("={name}")).unwrap_or_default();
            format!("{schema}{}{sql_name} ({}) {columns}", table.name, names(&table.key))
        });
        assert_eq!(shown.as_deref().unwrap_or("-"), expect);
    }

    #[test]
    fn tables_are_read() {
        check("users (id) { id -> Int4, name -> Text, }", "users (id) id name");
        check("users { id -> Int4 }", "users () id");
        check(
            "use diesel::sql_types::*; use other::Kind;\n/// doc\n#[sql_name = \"people\"] shop.users (a, b) { /// doc\n a -> Nullable<Array<Map<Text, Int4>>>, #[sql_name = \"B\"] #[max_length = 3] r#type -> Kind, b -> Int4 }",
            "shop.users=people (a b) a type=B b",
        );
        check("users (id) { id }", "-");
        check("users (id)", "-");
        check("", "-");
        check("users (id) { id -> Int4, } more", "-");
        check("#", "-");
    }

    #[test]
    fn joins_and_aliases_are_read() {
        let join = joinable("crate::schema::posts -> users (user_id)").expect("it is right");
        assert_eq!((join.child.len(), join.parent.len(), join.key.as_str()), (3, 1, "user_id"));
        assert_eq!(joinable("posts"), None);
        assert_eq!(aliased("users as a, schema::users as b").map(|all| all.len()), Some(2));
        assert_eq!(aliased("users as a: Alias").map(|all| all.len()), Some(1));
        let made = constants("pub const A: Alias<a> = schema::users as a; const B: Alias<b> = users as b;");
        let shown: Vec<String> =
            made.into_iter().flatten().map(|(name, path)| format!("{name} {}", path.join("."))).collect();
        assert_eq!(shown, ["A schema.users", "B users"]);
        assert_eq!(aliased("users"), None);
    }
}
