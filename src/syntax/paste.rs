//! `paste! { .. }`: identifiers that are put together, `[<get_ $name:snake>]` (documentation of the crate `paste`).
//!
//! Input: the arguments of a call. Output: the text that it stands for, with what was copied. Deliberately absent: texts of doc comments
//! that are put together, which name nothing.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::macro_rules::{MacroError, Origin, Transcript};
use super::mention::is_identifier;
use crate::span::Span;

/// The arguments with every `[< .. >]` replaced by its identifier.
///
/// # Errors
/// `Arguments` where they are no tokens.
pub fn expand(arguments: &str) -> Result<Transcript, MacroError> {
    let tokens: TokenStream =
        arguments.parse().map_err(|error: proc_macro2::LexError| MacroError::Arguments(error.to_string()))?;
    let mut pasted = Vec::new();
    collect(tokens, &mut pasted);
    let mut transcript = Transcript::default();
    let mut done = 0;
    for (span, name) in pasted {
        copy(&mut transcript, arguments, Span::new(done, span.start));
        transcript.text.push_str(&name);
        done = span.end;
    }
    copy(&mut transcript, arguments, Span::new(done, arguments.len() as u32));
    Ok(transcript)
}

fn copy(transcript: &mut Transcript, arguments: &str, span: Span) {
    let at = transcript.text.len() as u32;
    transcript.text.push_str(span.slice(arguments));
    let end = transcript.text.len() as u32;
    transcript.origins.push(Origin { at: Span::new(at, end), from: span.start });
}

/// Every group that is an identifier, with that, in order.
fn collect(tokens: TokenStream, pasted: &mut Vec<(Span, String)>) {
    for tree in tokens {
        if let TokenTree::Group(group) = tree {
            match identifier(&group) {
                Some(name) => {
                    let range = group.span().byte_range();
                    pasted.push((Span::new(range.start as u32, range.end as u32), name));
                }
                None => collect(group.stream(), pasted),
            }
        }
    }
}

/// `getItem` of `[<get Item>]`.
fn identifier(group: &Group) -> Option<String> {
    let trees: Vec<TokenTree> = group.stream().into_iter().collect();
    let is = |tree: Option<&TokenTree>, c: char| matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == c);
    if group.delimiter() != Delimiter::Bracket || !is(trees.first(), '<') || !is(trees.last(), '>') {
        return None;
    }
    let mut parts: Vec<String> = Vec::new();
    let mut inside = trees.get(1..trees.len() - 1)?.iter();
    while let Some(tree) = inside.next() {
        match tree {
            TokenTree::Ident(ident) => parts.push(ident.to_string().trim_start_matches("r#").to_string()),
            TokenTree::Literal(literal) => {
                parts.push(literal.to_string().trim_matches('"').replace('-', "_"));
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => {
                let Some(TokenTree::Ident(modifier)) = inside.next() else { return None };
                let last = parts.pop()?;
                parts.push(modified(&last, &modifier.to_string())?);
            }
            _ => return None,
        }
    }
    Some(parts.concat()).filter(|name| is_identifier(name))
}

fn modified(part: &str, modifier: &str) -> Option<String> {
    Some(match modifier {
        "lower" => part.to_lowercase(),
        "upper" => part.to_uppercase(),
        "snake" => {
            let mut out = String::new();
            let mut previous = '_';
            for c in part.chars() {
                if c.is_uppercase() && previous != '_' {
                    out.push('_');
                }
                out.extend(c.to_lowercase());
                previous = c;
            }
            out
        }
        "camel" | "upper_camel" => {
            let mut out = String::new();
            let mut previous = '_';
            for c in part.chars() {
                if previous == '_' {
                    out.extend(c.to_uppercase());
                } else if c != '_' {
                    out.push(c);
                }
                previous = c;
            }
            out.replace('_', "")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_put_together() {
        for (arguments, expect) in [
            ("enum [<Item Endpoint>] { A }", "enum ItemEndpoint { A }"),
            ("fn [<get_ UserName:snake>]() { [1, 2] }", "fn get_user_name() { [1, 2] }"),
            ("[< user_name:camel Repo >]::[<NEW_ id:upper>]", "UserNameRepo::NEW_ID"),
            ("[<a $ b>] + x[i]", "[<a $ b>] + x[i]"),
        ] {
            let transcript = expand(arguments).expect("tokens");
            assert_eq!(transcript.text, expect);
            for origin in &transcript.origins {
                let length = origin.at.end - origin.at.start;
                let from = Span::new(origin.from, origin.from + length);
                assert_eq!(origin.at.slice(&transcript.text), from.slice(arguments));
            }
        }
    }
}
