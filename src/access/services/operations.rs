//! The operations of one service: the part `[operations]` of its data file.
//!
//! Input: its text, one entry `method = { .. }` after another. Output: `Operation` by method. An entry is parsed when it is asked for: a
//! program uses few of a service's operations. Deliberately absent: what an operation needs (`services`).

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::Operation;

/// By the client's method.
#[derive(Debug, Default)]
pub(in crate::access) struct Operations(BTreeMap<&'static str, Entry>);

#[derive(Debug)]
struct Entry {
    text: &'static str,
    parsed: OnceLock<Operation>,
}

impl Operations {
    /// Splits the text into entries: each begins at the start of a line, and its further lines do not begin with a letter.
    pub(super) fn of(text: &'static str) -> Self {
        let mut starts = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                starts.push(at);
            }
            at += line.len();
        }
        let ends = starts.iter().copied().skip(1).chain([text.len()]);
        let entry = |(start, end)| {
            let text: &'static str = &text[start..end];
            let method = text.split([' ', '=']).next().unwrap_or(text);
            (method, Entry { text, parsed: OnceLock::new() })
        };
        Self(starts.iter().copied().zip(ends).map(entry).collect())
    }

    pub(in crate::access) fn get(&self, method: &str) -> Option<&Operation> {
        self.0.get_key_value(method).map(|(method, entry)| entry.operation(method))
    }

    #[cfg(test)]
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &Operation)> {
        self.0.iter().map(|(method, entry)| (*method, entry.operation(method)))
    }
}

impl Entry {
    fn operation(&self, method: &str) -> &Operation {
        self.parsed.get_or_init(|| {
            let table: Result<BTreeMap<String, Operation>, _> = toml::from_str(self.text);
            let mut table = table.unwrap_or_else(|error| panic!("`{method}` is well-formed: {error}"));
            table.remove(method).expect("an entry is called like its operation")
        })
    }
}
