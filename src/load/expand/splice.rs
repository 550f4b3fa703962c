//! Putting expansions into a text: each behind its call, with its place and what it was copied from.

use std::rc::Rc;

use super::definitions::Definitions;
use super::{INTRINSICS, Library, Meaning, Meant};
use crate::diagnostic::{Code, Diagnostic};
use crate::load::sources::{Expansion, ExpansionKind};
use crate::load::{SourceFile, SourceTree};
use crate::ordered::UnorderedMap;
use crate::span::{Location, SourceId, Span};
use crate::syntax::Name;
use crate::syntax::ast::{PatKind, Path, Stmt, StmtKind};
use crate::syntax::macro_calls::{self, Call, Fragment, Place};
use crate::syntax::macro_rules::{MacroError, Origin, Rules, Transcript};
use crate::syntax::visit;

/// How deep expansions may nest, which is the compiler's limit too (Rust reference, `recursion_limit`).
const MAX_DEPTH: usize = 128;

/// How many expansions, and how many bytes of them, one call in a file may lead to.
const MAX_EXPANSIONS: usize = 10_000;
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// A text with expansions.
#[derive(Debug, Clone, Default)]
pub(super) struct Spliced {
    pub(super) text: String,
    /// Which parts lie so on disk, in order: place here, and start there.
    pub(super) origins: Vec<(Span, Location)>,
    /// In order, outer ones before inner ones.
    pub(super) expansions: Vec<Expansion>,
}

impl Spliced {
    /// A file's text, ready to take expansions.
    pub(super) fn of(file: &SourceFile, source: SourceId) -> Self {
        let whole = Span::new(0, file.text.len() as u32);
        let origins = match file.origins.as_slice() {
            [] => vec![(whole, Location { source, span: whole })],
            known => known.to_vec(),
        };
        Self::new(file.text.to_string(), origins, file.expansions.clone())
    }

    /// The file with expansions in its text.
    pub(super) fn into_file(mut self, file: &SourceFile) -> SourceFile {
        self.origins.shrink_to_fit();
        SourceFile {
            text: self.text.into(),
            expansions: self.expansions,
            origins: self.origins,
            ..file.clone()
        }
    }

    fn new(text: String, origins: Vec<(Span, Location)>, expansions: Vec<Expansion>) -> Self {
        Self { text, origins, expansions }
    }

    /// What a range was copied from.
    fn origins_of(&self, span: Span) -> impl Iterator<Item = (Span, Location)> + '_ {
        let from = self.origins.partition_point(|(at, _)| at.end <= span.start);
        self.origins[from..].iter().take_while(move |(at, _)| at.start < span.end).map(move |(at, from)| {
            let part = Span::new(at.start.max(span.start), at.end.min(span.end));
            let start = from.span.start + (part.start - at.start);
            let span = Span::new(start, start + (part.end - part.start));
            (part, Location { source: from.source, span })
        })
    }

    /// Appends a range of another text.
    fn copy(&mut self, other: &Spliced, span: Span) {
        let shift = |part: Span, to: usize| {
            Span::new(part.start - span.start + to as u32, part.end - span.start + to as u32)
        };
        let to = self.text.len();
        self.origins.extend(other.origins_of(span).map(|(part, from)| (shift(part, to), from)));
        let from = other.expansions.partition_point(|expansion| expansion.text.start < span.start);
        let inside = other.expansions[from..].iter().take_while(|expansion| expansion.text.start < span.end);
        for expansion in inside.filter(|expansion| span.contains(expansion.text)) {
            self.expansions.push(Expansion {
                call: shift(expansion.call, to),
                text: shift(expansion.text, to),
                kind: expansion.kind,
            });
        }
        self.text.push_str(span.slice(&other.text));
    }
}

/// Expands the calls of one file.
pub(super) struct Splicer<'a> {
    tree: &'a SourceTree,
    definitions: &'a Definitions,
    /// Whether each expansion is parsed by itself, so that one that does not parse is left out, and the others are not. Items need not be else.
    each_by_itself: bool,
    rules: UnorderedMap<usize, Result<Rc<Rules>, MacroError>>,
    pub(super) findings: Vec<Diagnostic>,
    /// Of the call in the file that is being expanded.
    count: usize,
    bytes: usize,
}

/// A call leads to more than the limits allow: it is left alone with all that it leads to.
struct Endless;

impl<'a> Splicer<'a> {
    pub(super) fn new(tree: &'a SourceTree, definitions: &'a Definitions, each_by_itself: bool) -> Self {
        let (rules, findings) = (UnorderedMap::default(), Vec::new());
        Self { tree, definitions, each_by_itself, rules, findings, count: 0, bytes: 0 }
    }

    /// The text of a file with the expansions of some calls in it.
    pub(super) fn splice(&mut self, base: &Spliced, calls: &[Meant]) -> Spliced {
        let mut pieces = Vec::new();
        for meant in calls {
            (self.count, self.bytes) = (0, 0);
            match self.expansion(base, meant, meant.call.span, 0) {
                Ok(Some(text)) => pieces.push((meant, text)),
                Ok(None) => {}
                Err(Endless) => {
                    self.find(meant, meant.call.span, "it leads to more expansions than the compiler allows");
                }
            }
        }
        join(base, pieces)
    }

    fn find(&mut self, meant: &Meant, at: Span, why: &str) {
        let source = self.tree.module(meant.module).source;
        let finding = Diagnostic::new(
            Code::MACRO_NOT_EXPANDED,
            format!("`{}!` is not expanded: {why}", meant.call.path),
        )
        .at(Location { source, span: at })
        .help("what it makes is missing from the report: routes, calls, definitions");
        if !self.findings.iter().any(|known| known.location == finding.location) {
            self.findings.push(finding);
        }
    }

    /// The expansion of one call with what is called in it, ready to stand behind the call; `None` where it is left as it is.
    /// `at` is the call in the file.
    fn expansion(
        &mut self,
        base: &Spliced,
        meant: &Meant,
        at: Span,
        depth: usize,
    ) -> Result<Option<Spliced>, Endless> {
        let call = &meant.call;
        self.count += 1;
        if depth > MAX_DEPTH || self.count > MAX_EXPANSIONS || self.bytes > MAX_BYTES {
            return Err(Endless);
        }
        let krate = self.tree.module(meant.module).krate;
        let (text, own, fragment) = match self.meaning(base, meant) {
            Ok(found) => found,
            Err(why) => {
                self.find(meant, at, &why);
                return Ok(None);
            }
        };
        self.bytes += text.text.len();
        let (open, close) = match &fragment {
            Some(fragment) if call.place == Place::Expression && stands_alone(&base.text, call.span) => {
                match fragment {
                    Fragment::Expr(_) => ("", ""),
                    _ => ("{ ", " }"),
                }
            }
            Some(fragment) => brackets(fragment, call.place, &own),
            None => AMONG_ITEMS,
        };
        let wanted = |path: &Path| {
            Library::named(path).is_some()
                || self.definitions.may_mean(self.tree, krate, &path.last().ident.name)
        };
        let mut pieces = Vec::new();
        let inner: Vec<Meant> = fragment
            .iter()
            .flat_map(|fragment| fragment.calls(&wanted))
            .filter_map(|inner| {
                let rules = self.definitions.meant(self.tree, &inner.path, meant.module, meant.at);
                let library = || Library::named(&inner.path).map(Meaning::Library);
                let meaning = rules.map(Meaning::Rules).or_else(library)?;
                Some(Meant { call: inner, meaning, module: meant.module, at: meant.at })
            })
            .collect();
        for inner in &inner {
            if let Some(expansion) = self.expansion(&text, inner, at, depth + 1)? {
                pieces.push((inner, expansion));
            }
        }
        let inside = join(&text, pieces);
        let mut whole = Spliced { text: open.to_string(), ..Spliced::default() };
        whole.copy(&inside, Span::new(0, inside.text.len() as u32));
        whole.text.push_str(close);
        Ok(Some(whole))
    }

    /// What a call stands for, the parts of it that the call gave, and all of it parsed if it has to be; else why there is nothing.
    fn meaning(
        &mut self,
        base: &Spliced,
        meant: &Meant,
    ) -> Result<(Spliced, Vec<Span>, Option<Fragment>), String> {
        let (text, own) = match meant.meaning {
            Meaning::Rules(definition) => {
                of_transcript(base, &meant.call, self.transcript(base, meant, definition)?)
            }
            Meaning::Library(library) => {
                let transcript = library.expand(meant.call.arguments.slice(&base.text));
                of_transcript(base, &meant.call, transcript.map_err(|error| error.to_string())?)
            }
            Meaning::File(source) => {
                let text = self.tree.sources.get(source).on_disk().into_owned();
                let whole = Span::new(0, text.len() as u32);
                (Spliced::new(text, vec![(whole, Location { source, span: whole })], Vec::new()), vec![whole])
            }
        };
        if !self.has_to_be_parsed(&text.text, meant) {
            return Ok((text, own, None));
        }
        let fragment = macro_calls::parse(&text.text, meant.call.place)
            .map_err(|error| format!("what it expands to does not parse: {error}"))?;
        Ok((text, own, Some(fragment)))
    }

    /// Whether an expansion has to be parsed before the file is: it may hold calls, or it depends on what it is how it is put in its place.
    fn has_to_be_parsed(&self, text: &str, meant: &Meant) -> bool {
        let krate = self.tree.module(meant.module).krate;
        let may_call = |name: &str| {
            INTRINSICS.contains(&name) || self.definitions.may_mean(self.tree, krate, &Name::new(name))
        };
        self.each_by_itself || !meant.call.place.is_among_items() || macro_calls::names(text).any(may_call)
    }

    fn transcript(&mut self, base: &Spliced, meant: &Meant, definition: usize) -> Result<Transcript, String> {
        let at = definition;
        let definition = self.definitions.get(at);
        let rules = self
            .rules
            .entry(at)
            .or_insert_with(|| Rules::parse(&definition.body).map(Rc::new))
            .clone()
            .map_err(|error| error.to_string())?;
        let krate = if definition.krate == self.tree.module(meant.module).krate {
            "crate".to_string()
        } else {
            format!("::{}", self.tree.krate(definition.krate).name)
        };
        let arguments = meant.call.arguments.slice(&base.text);
        rules.expand(arguments, &krate).map_err(|error| error.to_string())
    }
}

/// A transcript as text that knows what lies so on disk, and the parts of it that the call gave.
fn of_transcript(base: &Spliced, call: &Call, transcript: Transcript) -> (Spliced, Vec<Span>) {
    let own = transcript.origins.iter().map(|origin| origin.at).collect();
    let copied = transcript.origins.iter().flat_map(|origin| copied(base, call, origin)).collect();
    (Spliced::new(transcript.text, copied, Vec::new()), own)
}

/// Where a part that a transcript copied from the call's arguments lies on disk, as far as it does.
fn copied(base: &Spliced, call: &Call, origin: &Origin) -> Vec<(Span, Location)> {
    let from = call.arguments.start + origin.from;
    let length = origin.at.end - origin.at.start;
    base.origins_of(Span::new(from, from + length))
        .map(|(part, location)| {
            let start = origin.at.start + (part.start - from);
            (Span::new(start, start + (part.end - part.start)), location)
        })
        .collect()
}

/// The base with each expansion behind its call. Calls are in order and do not overlap.
fn join(base: &Spliced, pieces: Vec<(&Meant, Spliced)>) -> Spliced {
    let mut out = Spliced::default();
    let mut done = 0;
    for (meant, expansion) in pieces {
        let call = meant.call.span;
        out.copy(base, Span::new(done, call.end));
        done = call.end;
        let end = out.text.len() as u32;
        let length = expansion.text.len() as u32;
        out.expansions.push(Expansion {
            call: Span::new(end - (call.end - call.start), end),
            text: Span::new(end, end + length),
            kind: match (meant.call.place, meant.meaning) {
                (Place::Item | Place::ImplMember | Place::TraitMember, _) => ExpansionKind::Items,
                (_, Meaning::File(_)) => ExpansionKind::File,
                (_, Meaning::Rules(_) | Meaning::Library(_)) => ExpansionKind::Code,
            },
        });
        out.copy(&expansion, Span::new(0, length));
    }
    out.copy(base, Span::new(done, base.text.len() as u32));
    out
}

/// Whether an expression stands between brackets, commas and the like, so that no operator reaches into it.
fn stands_alone(text: &str, span: Span) -> bool {
    let before = text[..span.start as usize].trim_end();
    let after = text[span.end as usize..].trim_start();
    let begins =
        before.ends_with(['(', '[', '{', ',', ';']) || before.ends_with("=>") || before.ends_with(" =");
    begins && after.starts_with([')', ']', '}', ',', ';'])
}

/// What stands around an expansion among items.
const AMONG_ITEMS: (&str, &str) = ("\n", "\n");

/// What stands around an expansion so that it means the same in its place.
fn brackets(fragment: &Fragment, place: Place, given: &[Span]) -> (&'static str, &'static str) {
    match (place, fragment) {
        (Place::Item | Place::ImplMember | Place::TraitMember, _) => AMONG_ITEMS,
        (Place::Expression, Fragment::Expr(expr)) if expr.kind.is_operand() => ("", ""),
        (Place::Expression, Fragment::Expr(_)) => ("(", ")"),
        (Place::Expression, _) => ("{ ", " }"),
        (Place::Statement { needs_end }, Fragment::Stmts(stmts)) => {
            match (binds_only_its_own(stmts, given), needs_end) {
                (true, _) => ("{ ", " }"),
                (false, true) => ("", ";"),
                (false, false) => ("", ""),
            }
        }
        (Place::Statement { .. }, _) => ("", ""),
    }
}

/// Whether statements bind names, and none that the call gave: hygiene keeps such names from the code around.
fn binds_only_its_own(stmts: &[Stmt], given: &[Span]) -> bool {
    let mut own = false;
    let mut others = false;
    for stmt in stmts {
        match &stmt.kind {
            StmtKind::Let { pat, .. } => visit::pat_and_inner(pat, &mut |pat| {
                if let PatKind::Ident { ident, .. } = &pat.kind {
                    let is_given = given.iter().any(|part| part.contains(ident.span));
                    others |= is_given;
                    own |= !is_given;
                }
            }),
            StmtKind::Item(_) => others = true,
            StmtKind::Expr { .. } => {}
        }
    }
    own && !others
}
