//! `lazy_static! { static ref NAME: Type = value; .. }`: statics that are filled on first use (documentation of the crate `lazy_static`).
//!
//! Input: the arguments of a call. Output: a `LazyLock` for each, which dereferences to the same, with what was copied.

use proc_macro2::{TokenStream, TokenTree};

use super::macro_rules::{MacroError, Transcript};
use super::paste::place;
use super::with_tokens;
use crate::span::Span;

/// The statics with their values in closures.
///
/// # Errors
/// `Arguments` where they are no tokens, or no such statics.
pub fn expand(arguments: &str) -> Result<Transcript, MacroError> {
    let statics = with_tokens(|| {
        let tokens = arguments.parse::<TokenStream>();
        let tokens = tokens.map_err(|error| MacroError::Arguments(error.to_string()))?;
        statics(&tokens.into_iter().collect::<Vec<_>>())
            .ok_or_else(|| MacroError::Arguments("they are no `static ref` items".to_string()))
    })?;
    let mut transcript = Transcript::default();
    let mut done = 0;
    for one in statics {
        transcript.copy(arguments, Span::new(done, one.reference.start));
        transcript.copy(arguments, Span::new(one.reference.end, one.ty.start));
        transcript.text.push_str("std::sync::LazyLock<");
        transcript.copy(arguments, one.ty);
        transcript.text.push('>');
        transcript.copy(arguments, Span::new(one.ty.end, one.value.start));
        transcript.text.push_str("std::sync::LazyLock::new(|| ");
        transcript.copy(arguments, one.value);
        transcript.text.push(')');
        done = one.value.end;
    }
    transcript.copy(arguments, Span::new(done, arguments.len() as u32));
    Ok(transcript)
}

/// The parts of `static ref NAME: Type = value;`.
struct Static {
    /// `ref`.
    reference: Span,
    ty: Span,
    value: Span,
}

fn statics(mut trees: &[TokenTree]) -> Option<Vec<Static>> {
    let mut found = Vec::new();
    while !trees.is_empty() {
        let at =
            trees.windows(2).position(|pair| is_ident(&pair[0], "static") && is_ident(&pair[1], "ref"))?;
        let end = at + trees[at..].iter().position(|tree| is_punct(tree, ';'))?;
        let [_, reference, TokenTree::Ident(_), colon, rest @ ..] = &trees[at..end] else { return None };
        let equals = end_of_type(rest)?;
        let (ty, value) = (&rest[..equals], &rest[equals + 1..]);
        if !is_punct(colon, ':') {
            return None;
        }
        found.push(Static { reference: place(reference, reference), ty: whole(ty)?, value: whole(value)? });
        trees = &trees[end + 1..];
    }
    Some(found)
}

/// Where the `=` after a type stands: not the one of `Iterator<Item = u8>`.
fn end_of_type(trees: &[TokenTree]) -> Option<usize> {
    let mut depth = 0;
    for (at, tree) in trees.iter().enumerate() {
        let after_minus = at.checked_sub(1).is_some_and(|before| is_punct(&trees[before], '-'));
        match tree {
            _ if is_punct(tree, '<') => depth += 1,
            _ if is_punct(tree, '>') && !after_minus => depth -= 1,
            _ if is_punct(tree, '=') && depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

fn is_ident(tree: &TokenTree, name: &str) -> bool {
    matches!(tree, TokenTree::Ident(ident) if ident == name)
}

fn is_punct(tree: &TokenTree, c: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == c)
}

fn whole(trees: &[TokenTree]) -> Option<Span> {
    Some(place(trees.first()?, trees.last()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_static_is_filled_on_first_use() {
        for (arguments, expect) in [
            (
                "/// The table.\n pub static ref TABLE: String = env::var(\"T\").unwrap();",
                "/// The table.\n pub static  TABLE: std::sync::LazyLock<String> = \
                 std::sync::LazyLock::new(|| env::var(\"T\").unwrap());",
            ),
            (
                "static ref A: Box<dyn Fn(u8) -> Vec<u8> + Send> = b(|x| { x; }); #[cfg(x)] static ref N: u8 = 1;",
                "static  A: std::sync::LazyLock<Box<dyn Fn(u8) -> Vec<u8> + Send>> = \
                 std::sync::LazyLock::new(|| b(|x| { x; })); \
                 #[cfg(x)] static  N: std::sync::LazyLock<u8> = std::sync::LazyLock::new(|| 1);",
            ),
            (
                "static ref I: Mutex<Box<dyn Iterator<Item = u8>>> = i();",
                "static  I: std::sync::LazyLock<Mutex<Box<dyn Iterator<Item = u8>>>> = \
                 std::sync::LazyLock::new(|| i());",
            ),
            ("", ""),
        ] {
            let transcript = expand(arguments).expect("statics");
            assert_eq!(transcript.text, expect);
            for origin in &transcript.origins {
                let length = origin.at.end - origin.at.start;
                let from = Span::new(origin.from, origin.from + length);
                assert_eq!(origin.at.slice(&transcript.text), from.slice(arguments));
            }
        }
    }

    #[test]
    fn what_are_no_statics_is_refused() {
        for arguments in
            ["static A: u8 = 1;", "static ref A: u8;", "static ref A = 1;", "static ref A: u8 = 1", "("]
        {
            assert!(expand(arguments).is_err(), "{arguments}");
        }
    }
}
