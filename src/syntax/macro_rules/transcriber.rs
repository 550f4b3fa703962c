//! The right side of a rule: templates, and writing them out with the bindings of a call.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

use super::matcher::{Binding, Bindings, Fragment, Kind};
use super::{MAX_TRANSCRIPT, MacroError, Origin, Transcript, brackets, is_punct, repetition};
use crate::span::Span;

/// One element of a template.
pub(super) enum Part {
    Token { text: String, is_joint: bool },
    Group { delimiter: Delimiter, inside: Vec<Part> },
    Variable { name: String, before_path: bool },
    Crate,
    Repeat { inside: Vec<Part>, separator: String },
}

pub(super) fn parse(tokens: TokenStream, variables: &[String]) -> Vec<Part> {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut parts = Vec::new();
    let mut at = 0;
    while at < trees.len() {
        if is_punct(trees.get(at), '$') {
            match trees.get(at + 1) {
                Some(TokenTree::Ident(name)) if name == "crate" => {
                    parts.push(Part::Crate);
                    at += 2;
                    continue;
                }
                Some(TokenTree::Ident(name)) if variables.iter().any(|known| name == known) => {
                    let before_path = is_punct(trees.get(at + 2), ':') && is_punct(trees.get(at + 3), ':');
                    parts.push(Part::Variable { name: name.to_string(), before_path });
                    at += 2;
                    continue;
                }
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                    if let Some(after) = repetition(&trees[at + 2..]) {
                        let separator = after.separator.iter().map(ToString::to_string).collect();
                        parts.push(Part::Repeat { inside: parse(group.stream(), variables), separator });
                        at += 2 + after.length;
                        continue;
                    }
                }
                _ => {}
            }
        }
        parts.push(match &trees[at] {
            TokenTree::Group(group) => {
                Part::Group { delimiter: group.delimiter(), inside: parse(group.stream(), variables) }
            }
            TokenTree::Punct(punct) => {
                Part::Token { text: punct.as_char().to_string(), is_joint: punct.spacing() == Spacing::Joint }
            }
            other => Part::Token { text: other.to_string(), is_joint: false },
        });
        at += 1;
    }
    parts
}

pub(super) fn transcribe(
    template: &[Part],
    bindings: &Bindings,
    arguments: &str,
    krate: &str,
) -> Result<Transcript, MacroError> {
    let mut out = Out { transcript: Transcript::default(), is_joint: true, in_call: false, arguments, krate };
    out.parts(template, bindings)?;
    Ok(out.transcript)
}

struct Out<'a> {
    transcript: Transcript,
    /// Whether the next token follows without a space.
    is_joint: bool,
    /// Whether it writes arguments of another macro, which may put anything beside them.
    in_call: bool,
    arguments: &'a str,
    krate: &'a str,
}

impl Out<'_> {
    fn parts(&mut self, parts: &[Part], bindings: &Bindings) -> Result<(), MacroError> {
        let mut parts = parts.iter().peekable();
        while let Some(part) = parts.next() {
            if self.transcript.text.len() > MAX_TRANSCRIPT {
                return Err(MacroError::TooLarge);
            }
            match part {
                Part::Token { text, .. }
                    if text == "#" && self.doc_comment(parts.peek().copied(), bindings) =>
                {
                    parts.next();
                }
                Part::Token { text, is_joint } => self.token(text, *is_joint),
                Part::Group { delimiter, inside } => {
                    let (open, close) = brackets(*delimiter);
                    let around = self.in_call;
                    self.in_call |= self.transcript.text.ends_with('!');
                    self.token(open, true);
                    self.parts(inside, bindings)?;
                    self.in_call = around;
                    self.is_joint = true;
                    self.token(close, false);
                }
                Part::Crate => self.token(self.krate, false),
                Part::Variable { name, before_path } => match bindings.get(name) {
                    Some(Binding::One(fragment)) => {
                        let ends = matches!(parts.peek(), Some(Part::Token { text, .. }) if text == ";");
                        let is_value = ends && self.is_given() && fragment.kind == Kind::Expr;
                        self.fragment(fragment, *before_path, is_value);
                    }
                    _ => return Err(MacroError::Repetition),
                },
                Part::Repeat { inside, separator } => self.repeat(inside, separator, bindings)?,
            }
        }
        Ok(())
    }

    fn repeat(&mut self, inside: &[Part], separator: &str, bindings: &Bindings) -> Result<(), MacroError> {
        let mut used = Vec::new();
        variables(inside, &mut used);
        let mut rounds = None;
        for name in &used {
            if let Some(Binding::Many(all)) = bindings.get(*name) {
                if rounds.is_some_and(|known| known != all.len()) {
                    return Err(MacroError::Repetition);
                }
                rounds = Some(all.len());
            }
        }
        let rounds = rounds.ok_or(MacroError::Repetition)?;
        for round in 0..rounds {
            if round > 0 && !separator.is_empty() {
                self.token(separator, false);
            }
            let mut inner = Bindings::new();
            for name in &used {
                let binding = match bindings.get(*name) {
                    Some(Binding::Many(all)) => all[round].clone(),
                    Some(one) => one.clone(),
                    None => continue,
                };
                inner.insert((*name).to_string(), binding);
            }
            self.parts(inside, &inner)?;
        }
        Ok(())
    }

    fn token(&mut self, text: &str, is_joint: bool) {
        if !self.is_joint {
            self.transcript.text.push(' ');
        }
        self.transcript.text.push_str(text);
        self.is_joint = is_joint;
    }

    /// Writes `#[$meta]` as it was written, where that is a doc comment; whether it is.
    fn doc_comment(&mut self, attribute: Option<&Part>, bindings: &Bindings) -> bool {
        let Some(Part::Group { delimiter: Delimiter::Bracket, inside }) = attribute else { return false };
        let [Part::Variable { name, .. }] = inside.as_slice() else { return false };
        let Some(Binding::One(fragment)) = bindings.get(name) else { return false };
        if !is_comment(fragment.span.slice(self.arguments)) {
            return false;
        }
        self.transcript.text.push('\n');
        self.copy(fragment.span);
        self.transcript.text.push('\n');
        self.is_joint = true;
        true
    }

    /// Copies a range of the arguments.
    fn copy(&mut self, span: Span) {
        let at = self.transcript.text.len() as u32;
        self.transcript.text.push_str(span.slice(self.arguments));
        let end = self.transcript.text.len() as u32;
        self.transcript.origins.push(Origin { at: Span::new(at, end), from: span.start });
    }

    /// Whether what comes next is given to something: behind `=`, not `==` or `+=`.
    fn is_given(&self) -> bool {
        !self.in_call && self.transcript.text.ends_with(" =")
    }

    /// Writes what a variable stands for; `is_value` for an expression that is all between `=` and `;`, where no operator reaches into it.
    fn fragment(&mut self, fragment: &Fragment, before_path: bool, is_value: bool) {
        if fragment.tokens.is_empty() {
            return;
        }
        let written = fragment.span.slice(self.arguments);
        // A doc comment is an attribute to the compiler, and only whole in its text.
        if is_comment(written) && fragment.kind != Kind::Item {
            for tree in &fragment.tokens {
                self.token(&tree.to_string(), false);
            }
            return;
        }
        let is_single = matches!(fragment.tokens.as_slice(), [_]);
        let (open, close) = match fragment.kind {
            Kind::Expr if fragment.is_compound && !is_value => ("(", ")"),
            Kind::Ty if before_path && !is_single => ("<", ">"),
            _ => ("", ""),
        };
        if !self.is_joint {
            self.transcript.text.push(' ');
        }
        self.transcript.text.push_str(open);
        let in_brackets = is_value && is_in_brackets(&fragment.tokens);
        let inside = || Span::new(fragment.span.start + 1, fragment.span.end - 1);
        self.copy(if in_brackets { inside() } else { fragment.span });
        // A comment that ends the line must not hide what follows.
        if written.contains("//") {
            self.transcript.text.push('\n');
        }
        self.transcript.text.push_str(close);
        self.is_joint = fragment.kind == Kind::Tt && is_open_operator(&fragment.tokens);
    }
}

/// Whether an expression stands in brackets that are no tuple's.
fn is_in_brackets(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Group(group)] = tokens else { return false };
    let mut inside = group.stream().into_iter().peekable();
    group.delimiter() == Delimiter::Parenthesis
        && inside.peek().is_some()
        && inside.all(|tree| !is_punct(Some(&tree), ','))
}

fn is_comment(text: &str) -> bool {
    text.starts_with("//") || text.starts_with("/*")
}

/// Whether a token tree is punctuation that belongs to the next one.
fn is_open_operator(tokens: &[TokenTree]) -> bool {
    matches!(tokens.last(), Some(TokenTree::Punct(punct)) if punct.spacing() == Spacing::Joint)
}

fn variables<'p>(parts: &'p [Part], names: &mut Vec<&'p str>) {
    for part in parts {
        match part {
            Part::Variable { name, .. } => names.push(name),
            Part::Group { inside, .. } | Part::Repeat { inside, .. } => variables(inside, names),
            Part::Token { .. } | Part::Crate => {}
        }
    }
}
