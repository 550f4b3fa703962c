//! `paste! { .. }`: identifiers that are put together, `[<get_ $name:snake>]` (documentation of the crate `paste`).
//!
//! Input: the arguments of a call. Output: the text that it stands for, with what was copied. Deliberately absent: modifiers in values of
//! attributes.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::macro_rules::{MacroError, Transcript};
use super::mention::is_identifier;
use super::with_tokens;
use crate::span::Span;

/// The arguments with every `[< .. >]` replaced by its identifier.
///
/// # Errors
/// `Arguments` where they are no tokens.
pub fn expand(arguments: &str) -> Result<Transcript, MacroError> {
    let pasted = with_tokens(|| {
        let tokens = arguments.parse::<TokenStream>();
        let tokens = tokens.map_err(|error| MacroError::Arguments(error.to_string()))?;
        let mut pasted = Vec::new();
        collect(tokens, &mut pasted);
        Ok(pasted)
    })?;
    let mut transcript = Transcript::default();
    let mut done = 0;
    for (span, name) in pasted {
        transcript.copy(arguments, Span::new(done, span.start));
        transcript.text.push_str(&name);
        done = span.end;
    }
    transcript.copy(arguments, Span::new(done, arguments.len() as u32));
    Ok(transcript)
}

/// Every group that is an identifier, with that, in order.
fn collect(tokens: TokenStream, pasted: &mut Vec<(Span, String)>) {
    let mut is_attribute = false;
    for tree in tokens {
        if let TokenTree::Group(group) = &tree {
            match identifier(group) {
                Some(name) => pasted.push((place(&tree, &tree), name)),
                None if is_attribute => attribute(group, pasted),
                None => collect(group.stream(), pasted),
            }
        }
        is_attribute = matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == '#');
    }
}

/// From the start of a token to the end of another.
pub(super) fn place(first: &TokenTree, last: &TokenTree) -> Span {
    Span::new(first.span().byte_range().start as u32, last.span().byte_range().end as u32)
}

/// `#[name = $a "b"]` and `#[outer(name = $a "b", ..)]`: the pieces of a value become one text.
fn attribute(group: &Group, pasted: &mut Vec<(Span, String)>) {
    let trees: Vec<TokenTree> = group.stream().into_iter().collect();
    let is_comma = |tree: &TokenTree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ',');
    for part in trees.split(is_comma) {
        match part {
            [TokenTree::Ident(_), TokenTree::Punct(equals), value @ ..] if equals.as_char() == '=' => {
                match value_text(value) {
                    Some(text) => pasted.push((place(&value[0], &value[value.len() - 1]), text)),
                    None => collect(value.iter().cloned().collect(), pasted),
                }
            }
            [TokenTree::Ident(_), TokenTree::Group(inner)] => attribute(inner, pasted),
            _ => collect(part.iter().cloned().collect(), pasted),
        }
    }
}

/// The literal that several identifiers and texts in the place of a value make.
fn value_text(value: &[TokenTree]) -> Option<String> {
    if value.len() < 2 {
        return None;
    }
    let piece = |tree: &TokenTree| match tree {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        TokenTree::Literal(literal) => {
            let text = literal.to_string();
            text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).map(str::to_string)
        }
        _ => None,
    };
    let pieces: Option<Vec<String>> = value.iter().map(piece).collect();
    Some(format!("\"{}\"", pieces?.concat()))
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
            (
                "#[serde(from = Name \"Helper\", default)] #[doc = \"A \" Name] #[path = \"x\"] struct [<Name Helper>];",
                "#[serde(from = \"NameHelper\", default)] #[doc = \"A Name\"] #[path = \"x\"] struct NameHelper;",
            ),
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
