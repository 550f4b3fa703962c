//! Which router counts: the one that `main` serves; in a library the one that a public function serves or gives.

use super::eval::{Interp, Knowledge, Served};
use super::flatten;
use super::table::{RouteTable, ServedBy};
use super::value::{Chain, Func};
use super::{axum, dispatch, relevant};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::load::KrateId;
use crate::ordered::{OrderedSet, UnorderedSet};
use crate::resolve::{DefId, DefKind, Program};
use crate::span::{Location, Span};
use crate::syntax::mention::MentionKind;

/// Functions that serve something and are tried where there is no `main`.
const MAX_STARTERS: usize = 100;

/// The route table of the served router.
pub(super) fn table(program: &Program, diagnostics: &mut Diagnostics) -> RouteTable {
    let served = serving(program, diagnostics);
    if served.is_empty()
        && let Some(table) = dispatch::table(program)
    {
        return table;
    }
    if served.is_empty() {
        let finding =
            Diagnostic::new(Code::NO_ROUTER, "no Axum router is served or given by a public function")
                .help("Name the binary with `--bin`, or the package with `--manifest-path`.");
        diagnostics.push(finding);
        report_unmounted(program, diagnostics);
        return RouteTable::default();
    }
    let Choice { router, entry, own_calls, other_calls } = choose(program, &served, diagnostics);
    let mut table = flatten::table(program, &router, diagnostics);
    if table.routes.is_empty() {
        report_unmounted(program, diagnostics);
    }
    table.entry = Some(entry);
    table.served_at = own_calls;
    table.other_servers = other_calls;
    table.served_by = served.iter().map(|one| one.by).collect();
    table.served_by.sort();
    table.served_by.dedup();
    table
}

/// Routers handed to a server, by the first of these ways that finds one: `main`, functions that serve, functions that give a router.
fn serving<'p>(program: &'p Program, diagnostics: &mut Diagnostics) -> Vec<Served<'p>> {
    if program.tree.krates.is_empty() {
        return Vec::new();
    }
    let known = Knowledge::new(program);
    let mut run = |def, counts_given| run(program, def, &known, counts_given, diagnostics);
    if let Some(main) = program.main() {
        let served = run(main, true);
        if !served.is_empty() {
            return served;
        }
    }
    let starters = functions(program).filter(|&def| mentions_serving(program, def)).take(MAX_STARTERS);
    let served: Vec<Served<'p>> = starters.flat_map(|def| run(def, false)).collect();
    let has_routes = |one: &Served<'p>| {
        !flatten::table(program, &one.router, &mut Diagnostics::default()).routes.is_empty()
    };
    if served.iter().any(has_routes) {
        return served;
    }
    let given: Vec<Served<'p>> = roots(program).into_iter().flat_map(|def| run(def, true)).collect();
    if given.iter().any(has_routes) { given } else { served.into_iter().chain(given).collect() }
}

/// Where no route is found: the calls that register some, unless a finding names their line.
fn report_unmounted(program: &Program, diagnostics: &mut Diagnostics) {
    let sources = &program.tree.sources;
    let named: OrderedSet<_> = diagnostics
        .sorted()
        .iter()
        .filter_map(|finding| finding.location)
        .map(|at| (at.source, sources.line(at)))
        .collect();
    for def in functions(program).filter(|&def| relevant::serves_http(program, def)) {
        let def = program.def(def);
        for mention in program.mentions(def.id).iter().filter(|mention| relevant::registers(mention)) {
            let at = Location { source: def.location.source, span: mention.span };
            if named.contains(&(at.source, sources.line(at))) {
                continue;
            }
            let message =
                format!("`{}` registers a route here, on a router that nothing known serves", def.path);
            let finding = Diagnostic::new(Code::NO_ROUTER, message)
                .at(at)
                .help("Analyse the program that calls it; in a library, a public function that gives the router counts.");
            diagnostics.push(finding);
        }
    }
}

/// Evaluates a function that nobody calls here. A router that it gives counts as served where that is wanted.
fn run<'p>(
    program: &'p Program,
    def: DefId,
    known: &Knowledge,
    counts_given: bool,
    diagnostics: &mut Diagnostics,
) -> Vec<Served<'p>> {
    let mut interp = Interp::new(program, known.clone());
    let value = interp.start(&Func { def, types: Vec::new(), turbofish: Vec::new() });
    if interp.is_exhausted() {
        let at = program.def(def).location;
        let message = "the program is too large to be evaluated to its end; routes may be missing";
        diagnostics.push(Diagnostic::new(Code::ROUTER_UNKNOWN, message).at(at));
    }
    let mut served = interp.served;
    if counts_given
        && served.is_empty()
        && let Some(router) = value.router()
        && !router.is_empty()
    {
        served.push(Served { router: router.clone(), by: ServedBy::Http, entry: def, calls: Vec::new() });
    }
    served
}

/// Functions and methods of the analysed crate, or of all where that has none.
fn functions(program: &Program) -> impl Iterator<Item = DefId> {
    program
        .defs
        .iter()
        .filter(|def| {
            matches!(def.kind, DefKind::Fn | DefKind::Method)
                && program.tree.module(def.module).krate == KrateId(0)
                && !def.item.attrs.iter().any(|attr| attr.path.ends_with("test"))
        })
        .map(|def| def.id)
}

fn mentions_serving(program: &Program, def: DefId) -> bool {
    program.mentions(def).iter().any(|mention| {
        let Some(last) = mention.segments.last() else { return false };
        match mention.kind {
            MentionKind::Method => axum::is_serving(&last.name),
            MentionKind::Path => {
                axum::is_serving(&last.name) && (mention.segments.len() > 1 || last.name == "serve")
            }
            _ => false,
        }
    })
}

/// Functions that give a router and that no other such function names.
fn roots(program: &Program) -> Vec<DefId> {
    let gives_router = |def: &DefId| {
        axum::return_type(program, *def).is_some_and(|ty| axum::is_router(&axum::inner_type(&ty)))
    };
    let all: Vec<DefId> = functions(program).filter(gives_router).collect();
    let mut named = UnorderedSet::default();
    for &def in &all {
        let own = &program.def(def).name;
        for mention in program.mentions(def) {
            if let Some(last) = mention.segments.last()
                && mention.kind != MentionKind::Definition
                && last.name != *own
            {
                named.insert(last.name.clone());
            }
        }
    }
    all.into_iter().filter(|&def| !named.contains(&program.def(def).name)).collect()
}

/// The router that counts.
struct Choice<'p> {
    router: Chain<'p>,
    entry: DefId,
    /// Calls that serve it.
    own_calls: Vec<Location>,
    /// Calls that serve another one.
    other_calls: Vec<Location>,
}

/// One router of those served: the same where it is one, Lambda's where there is one, else the one with the most routes.
fn choose<'p>(program: &'p Program, served: &[Served<'p>], diagnostics: &mut Diagnostics) -> Choice<'p> {
    let by_lambda = served.iter().any(|one| one.by == ServedBy::Lambda);
    let candidates: Vec<&Served<'p>> =
        served.iter().filter(|one| !by_lambda || one.by == ServedBy::Lambda).collect();
    let mut best: Option<(&Served<'p>, OrderedSet<String>)> = None;
    let mut all_ids = OrderedSet::default();
    let mut findings = Vec::new();
    let mut routes = Vec::new();
    for candidate in candidates {
        let mut found = Diagnostics::default();
        let rows = flatten::table(program, &candidate.router, &mut found).routes;
        findings.push((candidate, found));
        let ids: OrderedSet<String> = rows.into_iter().map(|route| route.id).collect();
        all_ids.extend(ids.iter().cloned());
        routes.push((candidate, ids.clone()));
        if best.as_ref().is_none_or(|(_, known)| ids.len() > known.len()) {
            best = Some((candidate, ids));
        }
    }
    let Some((best, ids)) = best else {
        let origin = Location { source: crate::span::SourceId(0), span: Span::default() };
        let router = Chain::origin(origin, None);
        return Choice { router, entry: served[0].entry, own_calls: Vec::new(), other_calls: Vec::new() };
    };
    // What is not known of the other routers may be routes that are not listed either.
    for (_, found) in findings.iter().filter(|(candidate, _)| !candidate.router.is(&best.router)) {
        let unknown = found.sorted().into_iter().filter(|finding| finding.code == Code::ROUTER_UNKNOWN);
        diagnostics.extend(unknown);
    }
    if all_ids.len() > ids.len() {
        let missing: Vec<&str> = all_ids.iter().filter(|id| !ids.contains(*id)).map(String::as_str).collect();
        let shown = missing.iter().take(5).copied().collect::<Vec<_>>().join(", ");
        let message =
            format!("{} routes of other routers that are served are not listed: {shown}", missing.len());
        let at = program.def(best.entry).location;
        diagnostics.push(Diagnostic::new(Code::SEVERAL_ROUTERS, message).at(at));
    }
    let is_other = |own: &OrderedSet<String>| own.iter().any(|id| !ids.contains(id));
    let calls_of = |others: bool| {
        let those = routes.iter().filter(move |(_, own)| is_other(own) == others);
        those.flat_map(|(candidate, _)| candidate.calls.iter().copied())
    };
    let own_calls: OrderedSet<Location> = calls_of(false).collect();
    let other_calls = calls_of(true).filter(|call| !own_calls.contains(call)).collect();
    let own_calls = own_calls.into_iter().collect();
    Choice { router: best.router.clone(), entry: best.entry, own_calls, other_calls }
}
