//! What of a file below its items a `cfg` switches off: statements, arms of `match`, fields, variants, parameters, arguments.
//!
//! Input: a file's text and the features that are on. Output: the text to parse, of the same length, with spaces for such parts: no later stage
//! sees them, while `split` copies the text as it is. Deliberately absent: items, which `outline` and `resolve` judge.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::cfg;
use crate::span::Span;
use crate::syntax;

/// The text without what is off.
pub(super) fn without(text: &Arc<str>, features: &BTreeSet<String>) -> Arc<str> {
    if !may_switch_off(text, features) {
        return text.clone();
    }
    let parts = syntax::conditional(text);
    let off = parts.iter().filter(|part| !cfg::is_on(&part.attrs, features)).map(|part| part.span);
    blanked(text, off)
}

/// A text with spaces for some parts of it; lines stay.
pub(super) fn blanked(text: &Arc<str>, parts: impl Iterator<Item = Span>) -> Arc<str> {
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return text.clone();
    }
    let mut bytes = text.as_bytes().to_vec();
    for part in parts {
        let part = &mut bytes[part.start as usize..part.end as usize];
        part.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
    }
    String::from_utf8(bytes).expect("whole tokens are replaced by spaces").into()
}

/// Whether a condition that is off stands before anything but an item, as far as the text alone says: few files have one.
fn may_switch_off(text: &str, features: &BTreeSet<String>) -> bool {
    const ITEMS: &[&str] = &["mod", "use", "fn", "impl", "struct", "enum", "trait", "type"];
    // Faster than to look for the places of it, which most files have none of.
    text.contains("[cfg")
        && text.match_indices("[cfg").any(|(at, mark)| {
            let rest = text[at + mark.len()..].trim_start();
            let Some(end) = rest.starts_with('(').then(|| closing(rest)).flatten() else { return false };
            let behind = rest[end + 1..].trim_start().strip_prefix(']').unwrap_or_default().trim_start();
            // Fields have a visibility too, but no keyword after it.
            let behind = behind.strip_prefix("pub ").unwrap_or(behind).trim_start();
            let word = behind.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            !ITEMS.contains(&word) && !cfg::holds(&rest[1..end], features)
        })
}

/// Where the bracket that a text begins with is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    text.bytes().position(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}
