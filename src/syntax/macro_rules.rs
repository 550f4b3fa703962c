//! `macro_rules!`: the rules of a definition and the arguments of a call -> the text that the call stands for.
//!
//! Rules: the Rust reference, "Macros By Example". Output is text, so that it can be parsed, sliced and edited like the text of a file; what
//! came from the arguments is copied as written and says from where. Deliberately absent: which definition a call means (`load`), hygiene.

mod matcher;
mod transcriber;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::with_tokens;
use crate::span::Span;
use matcher::Matcher;
use transcriber::Part;

/// The rules of one definition. Not `Send`: it holds tokens.
pub struct Rules {
    rules: Vec<Rule>,
}

struct Rule {
    pattern: Vec<Matcher>,
    template: Vec<Part>,
}

/// What a call stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transcript {
    pub text: String,
    /// What was copied from the arguments, in order.
    pub origins: Vec<Origin>,
}

impl Transcript {
    /// Appends a part of the arguments.
    pub(super) fn copy(&mut self, arguments: &str, span: Span) {
        let at = self.text.len() as u32;
        self.text.push_str(span.slice(arguments));
        let end = self.text.len() as u32;
        self.origins.push(Origin { at: Span::new(at, end), from: span.start });
    }
}

/// A part of a text that was copied from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Where it is.
    pub at: Span,
    /// Start in the text that it comes from.
    pub from: u32,
}

/// Why a call has no transcript.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MacroError {
    #[error("its definition is not understood: {0}")]
    Definition(String),
    #[error("its arguments are no tokens: {0}")]
    Arguments(String),
    #[error("no rule of its definition takes these arguments")]
    NoRule,
    #[error("its repetitions do not fit together")]
    Repetition,
    #[error("it expands to more than {MAX_TRANSCRIPT} bytes")]
    TooLarge,
}

/// Larger transcripts are refused.
pub const MAX_TRANSCRIPT: usize = 1024 * 1024;

impl Rules {
    /// Reads the rules between the outer brackets of a definition.
    ///
    /// # Errors
    /// `Definition` where the text is no list of rules.
    pub fn parse(body: &str) -> Result<Self, MacroError> {
        with_tokens(|| Self::of_tokens(body))
    }

    fn of_tokens(body: &str) -> Result<Self, MacroError> {
        let wrong = |why: &str| MacroError::Definition(why.to_string());
        let tokens: TokenStream = body.parse().map_err(|error| wrong(&format!("{error}")))?;
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rules = Vec::new();
        let mut at = 0;
        while at < trees.len() {
            let [
                TokenTree::Group(pattern),
                TokenTree::Punct(equals),
                TokenTree::Punct(arrow),
                TokenTree::Group(template),
            ] = trees.get(at..at + 4).unwrap_or_default()
            else {
                return Err(wrong("expected `(pattern) => {template}`"));
            };
            if equals.as_char() != '=' || arrow.as_char() != '>' {
                return Err(wrong("expected `=>`"));
            }
            let pattern = matcher::parse(pattern.stream()).map_err(|why| wrong(&why))?;
            let template = transcriber::parse(template.stream(), &matcher::variables(&pattern));
            rules.push(Rule { pattern, template });
            at += 4;
            if matches!(trees.get(at), Some(TokenTree::Punct(semi)) if semi.as_char() == ';') {
                at += 1;
            }
        }
        Ok(Self { rules })
    }

    /// The transcript of the first rule that takes the arguments. `krate` stands for `$crate`: `crate`, or `::name`.
    ///
    /// # Errors
    /// Why there is none.
    pub fn expand(&self, arguments: &str, krate: &str) -> Result<Transcript, MacroError> {
        with_tokens(|| self.transcript(arguments, krate))
    }

    fn transcript(&self, arguments: &str, krate: &str) -> Result<Transcript, MacroError> {
        let tokens: TokenStream = arguments
            .parse()
            .map_err(|error: proc_macro2::LexError| MacroError::Arguments(error.to_string()))?;
        for rule in &self.rules {
            if let Some(bindings) = matcher::matches(&rule.pattern, tokens.clone()) {
                return transcriber::transcribe(&rule.template, &bindings, arguments, krate);
            }
        }
        Err(MacroError::NoRule)
    }
}

fn is_punct(tree: Option<&TokenTree>, c: char) -> bool {
    matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == c)
}

/// Separator and operator after `$( .. )`.
struct Repetition {
    separator: Vec<TokenTree>,
    op: Op,
    /// Number of tokens that they take.
    length: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    ZeroOrMore,
    OneOrMore,
    ZeroOrOne,
}

/// Reads what follows the group of a repetition.
fn repetition(trees: &[TokenTree]) -> Option<Repetition> {
    let op = |tree: &TokenTree| match tree {
        TokenTree::Punct(punct) => match punct.as_char() {
            '*' => Some(Op::ZeroOrMore),
            '+' => Some(Op::OneOrMore),
            '?' => Some(Op::ZeroOrOne),
            _ => None,
        },
        _ => None,
    };
    // A separator is one token, which is up to three characters of punctuation here.
    for length in 0..=3 {
        if let Some(op) = op(trees.get(length)?) {
            return Some(Repetition { separator: trees[..length].to_vec(), op, length: length + 1 });
        }
    }
    None
}

/// Opening and closing text of a group.
fn brackets(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

#[cfg(test)]
mod tests;
