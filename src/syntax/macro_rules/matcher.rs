//! The left side of a rule: patterns, and matching them against the tokens of a call.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser as _};

use super::{Op, is_punct, repetition};
use crate::span::Span;

/// One element of a pattern.
pub(super) enum Matcher {
    Token(TokenTree),
    Group { delimiter: Delimiter, inside: Vec<Matcher> },
    Fragment { name: String, kind: Kind },
    Repeat { inside: Vec<Matcher>, separator: Vec<TokenTree>, op: Op },
}

/// Fragment specifiers (Rust reference, "Metavariables").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Block,
    Expr,
    Ident,
    Item,
    Lifetime,
    Literal,
    Meta,
    Pat,
    PatParam,
    Path,
    Stmt,
    Tt,
    Ty,
    Vis,
}

/// What a metavariable stands for.
#[derive(Debug, Clone)]
pub(super) enum Binding {
    One(Fragment),
    Many(Vec<Binding>),
}

/// Tokens of the arguments that a metavariable took.
#[derive(Debug, Clone)]
pub(super) struct Fragment {
    pub(super) kind: Kind,
    pub(super) tokens: Vec<TokenTree>,
    /// In the text of the arguments; empty where nothing was taken.
    pub(super) span: Span,
    /// An expression that needs brackets to stay one operand.
    pub(super) is_compound: bool,
}

pub(super) type Bindings = BTreeMap<String, Binding>;

pub(super) fn parse(tokens: TokenStream) -> Result<Vec<Matcher>, String> {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut pattern = Vec::new();
    let mut at = 0;
    while at < trees.len() {
        match (&trees[at], trees.get(at + 1)) {
            (TokenTree::Punct(dollar), Some(TokenTree::Group(group)))
                if dollar.as_char() == '$' && group.delimiter() == Delimiter::Parenthesis =>
            {
                let after = repetition(&trees[at + 2..]).ok_or("a repetition has no operator")?;
                pattern.push(Matcher::Repeat {
                    inside: parse(group.stream())?,
                    separator: after.separator,
                    op: after.op,
                });
                at += 2 + after.length;
            }
            (TokenTree::Punct(dollar), Some(TokenTree::Ident(name)))
                if dollar.as_char() == '$' && is_punct(trees.get(at + 2), ':') =>
            {
                let kind = match trees.get(at + 3) {
                    Some(TokenTree::Ident(kind)) => {
                        self::kind(&kind.to_string()).ok_or_else(|| format!("unknown fragment `{kind}`"))?
                    }
                    _ => return Err(format!("`${name}` has no fragment specifier")),
                };
                pattern.push(Matcher::Fragment { name: name.to_string(), kind });
                at += 4;
            }
            (TokenTree::Group(group), _) => {
                pattern.push(Matcher::Group { delimiter: group.delimiter(), inside: parse(group.stream())? });
                at += 1;
            }
            (tree, _) => {
                pattern.push(Matcher::Token(tree.clone()));
                at += 1;
            }
        }
    }
    Ok(pattern)
}

fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "block" => Kind::Block,
        "expr" | "expr_2021" => Kind::Expr,
        "ident" => Kind::Ident,
        "item" => Kind::Item,
        "lifetime" => Kind::Lifetime,
        "literal" => Kind::Literal,
        "meta" => Kind::Meta,
        "pat" => Kind::Pat,
        "pat_param" => Kind::PatParam,
        "path" => Kind::Path,
        "stmt" => Kind::Stmt,
        "tt" => Kind::Tt,
        "ty" => Kind::Ty,
        "vis" => Kind::Vis,
        _ => return None,
    })
}

/// Names of all metavariables of a pattern.
pub(super) fn variables(pattern: &[Matcher]) -> Vec<String> {
    let mut names = Vec::new();
    for matcher in pattern {
        match matcher {
            Matcher::Token(_) => {}
            Matcher::Group { inside, .. } | Matcher::Repeat { inside, .. } => names.extend(variables(inside)),
            Matcher::Fragment { name, .. } => names.push(name.clone()),
        }
    }
    names
}

/// The bindings, where the pattern takes all of the tokens.
pub(super) fn matches(pattern: &[Matcher], tokens: TokenStream) -> Option<Bindings> {
    let mut bindings = Bindings::new();
    let whole = |input: ParseStream<'_>| {
        sequence(pattern, input, &mut bindings)?;
        if input.is_empty() { Ok(()) } else { Err(input.error("more tokens than the rule takes")) }
    };
    whole.parse2(tokens).ok()?;
    Some(bindings)
}

fn sequence(pattern: &[Matcher], input: ParseStream<'_>, bindings: &mut Bindings) -> syn::Result<()> {
    for matcher in pattern {
        match matcher {
            Matcher::Token(expected) => token(expected, input)?,
            Matcher::Group { delimiter, inside } => {
                let tree: TokenTree = input.parse()?;
                let TokenTree::Group(group) = tree else { return Err(input.error("expected a group")) };
                if group.delimiter() != *delimiter {
                    return Err(input.error("another bracket"));
                }
                let whole = |input: ParseStream<'_>| {
                    sequence(inside, input, bindings)?;
                    if input.is_empty() {
                        Ok(())
                    } else {
                        Err(input.error("more tokens than the rule takes"))
                    }
                };
                whole.parse2(group.stream())?;
            }
            Matcher::Fragment { name, kind } => {
                bindings.insert(name.clone(), Binding::One(fragment(*kind, input)?));
            }
            Matcher::Repeat { inside, separator, op } => repeat(inside, separator, *op, input, bindings)?,
        }
    }
    Ok(())
}

fn token(expected: &TokenTree, input: ParseStream<'_>) -> syn::Result<()> {
    let found: TokenTree = input.parse()?;
    let is_same = match (expected, &found) {
        (TokenTree::Punct(a), TokenTree::Punct(b)) => a.as_char() == b.as_char(),
        (TokenTree::Ident(a), TokenTree::Ident(b)) => a == b,
        (TokenTree::Literal(a), TokenTree::Literal(b)) => a.to_string() == b.to_string(),
        _ => false,
    };
    if is_same { Ok(()) } else { Err(input.error("another token")) }
}

fn repeat(
    inside: &[Matcher],
    separator: &[TokenTree],
    op: Op,
    input: ParseStream<'_>,
    bindings: &mut Bindings,
) -> syn::Result<()> {
    let mut rounds: Vec<Bindings> = Vec::new();
    loop {
        if input.is_empty() || (op == Op::ZeroOrOne && rounds.len() == 1) {
            break;
        }
        let fork = input.fork();
        let separated =
            rounds.is_empty() || separator.iter().try_for_each(|expected| token(expected, &fork)).is_ok();
        let mut round = Bindings::new();
        // What does not match ends the repetition; whether that is right is for the rest of the pattern to say.
        if !separated || sequence(inside, &fork, &mut round).is_err() || fork.cursor() == input.cursor() {
            break;
        }
        input.advance_to(&fork);
        rounds.push(round);
    }
    if op == Op::OneOrMore && rounds.is_empty() {
        return Err(input.error("expected at least one"));
    }
    for name in variables(inside) {
        let all = rounds.iter_mut().filter_map(|round| round.remove(&name)).collect();
        bindings.insert(name, Binding::Many(all));
    }
    Ok(())
}

fn fragment(kind: Kind, input: ParseStream<'_>) -> syn::Result<Fragment> {
    let begin = input.cursor();
    let mut is_compound = false;
    match kind {
        Kind::Block => drop(input.parse::<syn::Block>()?),
        Kind::Expr => is_compound = self::is_compound(&input.parse::<syn::Expr>()?),
        Kind::Ident => {
            if input.peek(syn::Token![_]) {
                return Err(input.error("`_` is no identifier"));
            }
            drop(input.call(syn::Ident::parse_any)?);
        }
        Kind::Item => drop(input.parse::<syn::Item>()?),
        Kind::Lifetime => drop(input.parse::<syn::Lifetime>()?),
        Kind::Literal => {
            input.parse::<Option<syn::Token![-]>>()?;
            drop(input.parse::<syn::Lit>()?);
        }
        Kind::Meta => drop(input.parse::<syn::Meta>()?),
        Kind::Pat => drop(syn::Pat::parse_multi_with_leading_vert(input)?),
        Kind::PatParam => drop(syn::Pat::parse_single(input)?),
        Kind::Path => drop(input.parse::<syn::Path>()?),
        Kind::Stmt => stmt(input)?,
        Kind::Tt => tt(input)?,
        Kind::Ty => drop(input.parse::<syn::Type>()?),
        Kind::Vis => drop(input.parse::<syn::Visibility>()?),
    }
    let end = input.cursor();
    let mut tokens = Vec::new();
    let mut at = begin;
    while at != end {
        let Some((tree, next)) = at.token_tree() else { break };
        tokens.push(tree);
        at = next;
    }
    let span = match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => {
            Span::new(first.span().byte_range().start as u32, last.span().byte_range().end as u32)
        }
        _ => Span::default(),
    };
    Ok(Fragment { kind, tokens, span, is_compound })
}

/// A statement without its semicolon.
fn stmt(input: ParseStream<'_>) -> syn::Result<()> {
    if input.peek(syn::Token![let]) {
        while !input.is_empty() && !input.peek(syn::Token![;]) {
            input.parse::<TokenTree>()?;
        }
        return Ok(());
    }
    let fork = input.fork();
    if fork.parse::<syn::Item>().is_ok() {
        input.advance_to(&fork);
        return Ok(());
    }
    input.parse::<syn::Expr>().map(drop)
}

/// One token tree as the compiler sees it: lifetimes and operators of several characters are one.
fn tt(input: ParseStream<'_>) -> syn::Result<()> {
    const OPERATORS: &[&str] = &[
        "<<=", ">>=", "...", "..=", "=>", "->", "::", "..", "==", "!=", "<=", ">=", "&&", "||", "+=", "-=",
        "*=", "/=", "%=", "^=", "&=", "|=", "<<", ">>",
    ];
    if input.peek(syn::Lifetime) {
        return input.parse::<syn::Lifetime>().map(drop);
    }
    let mut ahead = String::new();
    let mut at = input.cursor();
    while let Some((punct, next)) = at.punct() {
        ahead.push(punct.as_char());
        at = next;
        if punct.spacing() == Spacing::Alone || ahead.len() == 3 {
            break;
        }
    }
    let length = OPERATORS.iter().find(|operator| ahead.starts_with(**operator)).map_or(1, |one| one.len());
    for _ in 0..length {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// Whether an expression is more than one operand of any operator, or could be read otherwise where it is put.
fn is_compound(expr: &syn::Expr) -> bool {
    !matches!(
        expr,
        syn::Expr::Array(_)
            | syn::Expr::Block(_)
            | syn::Expr::Call(_)
            | syn::Expr::Field(_)
            | syn::Expr::Index(_)
            | syn::Expr::Lit(_)
            | syn::Expr::Macro(_)
            | syn::Expr::MethodCall(_)
            | syn::Expr::Paren(_)
            | syn::Expr::Path(_)
            | syn::Expr::Tuple(_)
            | syn::Expr::Try(_)
            | syn::Expr::Await(_)
    )
}
