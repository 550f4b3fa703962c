//! What an index by another tool says of calls: it confirms them, decides between candidates, and finds what is not resolved.
//!
//! Input: the resolved program and a `Scip`. Output: the same program with better calls, and its edges anew.
//! Where both name a function and differ, the index counts; a function of a trait that it names leaves our implementations.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::evidence::Evidence;
use super::infer::Callee;
use super::program::{DefId, DefKind, Program};
use super::scip::{Document, Scip};
use crate::certainty::Certainty;
use crate::ordered::UnorderedMap;
use crate::span::{Location, SourceId, Span};

/// Line and column in bytes in a document, from 0.
type Place = (usize, (u32, u32));

/// Takes over what the index says of calls of functions of the program.
pub fn confirm(program: &mut Program, scip: &Scip) {
    let documents = documents(program, scip);
    let defs = defined(program, scip, &documents);
    let mut named: UnorderedMap<Place, DefId> = UnorderedMap::default();
    for (at, document) in scip.documents.iter().enumerate() {
        for one in document.occurrences.iter().filter(|one| !one.is_definition) {
            if let Some(&def) = defs.get(one.symbol.as_str()) {
                named.insert((at, one.start), def);
            }
        }
    }
    let mut changes = Vec::new();
    for def in program.live_defs() {
        let Some(body) = program.body(def.id) else { continue };
        for (at, site) in body.calls.iter().enumerate() {
            let Some(place) = place(program, &documents, def.location.source, site.name) else { continue };
            if let Some(&callee) = named.get(&place) {
                changes.push((def.id, at, callee));
            }
        }
    }
    for (owner, at, callee) in changes {
        let of_trait = program.def(callee).parent.is_some_and(|id| program.def(id).kind == DefKind::Trait);
        let body = program.bodies.get_mut(owner.0 as usize).and_then(OnceLock::get_mut);
        let Some(body) = body.and_then(Option::as_mut) else { continue };
        let site = &mut body.calls[at];
        if of_trait && site.defs().next().is_some() {
            continue;
        }
        let is_it = |one: &Callee| matches!(one, Callee::Def { def, .. } if *def == callee);
        if site.callees.iter().any(is_it) {
            site.callees = site.callees.iter().filter(|one| is_it(one)).cloned().collect();
        } else {
            site.callees = [Callee::Def { def: callee, self_ty: None, type_args: Vec::new() }].into();
        }
        site.certainty = Certainty::Proved;
        site.evidence = Evidence::Index;
        body.dispatched.retain(|dispatched| dispatched.call != at);
    }
    super::live::fill(program);
}

/// The document of each source file: of the same path, else the only one that ends so.
fn documents(program: &Program, scip: &Scip) -> Vec<Option<usize>> {
    let prefix = prefix(program);
    let same = |path: &str| scip.documents.iter().position(|document| document.path == path);
    let ends = |path: &str| {
        let tail = format!("/{path}");
        let mut found = scip.documents.iter().enumerate().filter(|(_, one)| one.path.ends_with(&tail));
        found.next().filter(|_| found.next().is_none()).map(|(at, _): (usize, &Document)| at)
    };
    let sources = program.tree.sources.iter();
    sources.map(|(_, file)| same(&joined(&prefix, &file.path)).or_else(|| ends(&file.path))).collect()
}

/// Folder of the package in its workspace.
fn prefix(program: &Program) -> String {
    let package = program.tree.packages.first().map(|package| package.dir.as_path());
    let workspace = program.tree.workspace.as_ref().map(|workspace| workspace.dir.as_path());
    let inside = package.zip(workspace).and_then(|(package, workspace)| package.strip_prefix(workspace).ok());
    inside.map_or_else(String::new, |inside| inside.to_string_lossy().replace('\\', "/"))
}

/// `crates/app` and `../common/src/lib.rs` -> `crates/common/src/lib.rs`.
fn joined(prefix: &str, path: &str) -> String {
    let mut parts: Vec<&str> = prefix.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            ".." => {
                parts.pop();
            }
            "." => {}
            other => parts.push(other),
        }
    }
    parts.join("/")
}

fn place(program: &Program, documents: &[Option<usize>], source: SourceId, span: Span) -> Option<Place> {
    let origin = program.tree.sources.origin(Location { source, span });
    let document = (*documents.get(origin.source.0 as usize)?)?;
    let (line, column) = (program.tree.sources.line(origin), program.tree.sources.column(origin));
    Some((document, (line - 1, column - 1)))
}

/// Functions of the program by their symbol; symbols of several are left out.
fn defined<'s>(program: &Program, scip: &'s Scip, documents: &[Option<usize>]) -> BTreeMap<&'s str, DefId> {
    let mut at: UnorderedMap<Place, DefId> = UnorderedMap::default();
    for def in &program.defs {
        if !matches!(def.kind, DefKind::Fn | DefKind::Method) {
            continue;
        }
        if let Some(place) = place(program, documents, def.location.source, def.item.name.span) {
            at.insert(place, def.id);
        }
    }
    let mut defs: BTreeMap<&str, Option<DefId>> = BTreeMap::new();
    for (number, document) in scip.documents.iter().enumerate() {
        let names = document.occurrences.iter().filter(|one| one.is_definition);
        for one in names.filter(|one| !one.symbol.starts_with("local ")) {
            if let Some(&def) = at.get(&(number, one.start)) {
                defs.entry(&one.symbol).and_modify(|known| *known = None).or_insert(Some(def));
            }
        }
    }
    defs.into_iter().filter_map(|(symbol, def)| Some((symbol, def?))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::scip;
    use super::*;

    /// Callees of `main` before and after an index is read, with the certainty.
    #[track_caller]
    fn check(source: &str, occurrences: &[(u8, u8, &str, bool)], before: &[&str], after: &[&str]) {
        let mut program = crate::resolve::tests::program(&[("src/main.rs", source)]);
        assert_eq!(shown(&program), before);
        let index = scip::read(&scip::tests::index("src/main.rs", occurrences)).expect("an index");
        confirm(&mut program, &index);
        assert_eq!(shown(&program), after);
    }

    fn shown(program: &Program) -> Vec<String> {
        let edges = program.edges.iter().filter(|edge| program.def(edge.from).name == "main");
        let edges = edges.filter(|edge| program.func(edge.to).is_some());
        edges.map(|edge| format!("{} {}", program.def(edge.to).path, edge.certainty)).collect()
    }

    #[test]
    fn a_call_on_an_unknown_type_is_resolved() {
        let source =
            "struct A;\nimpl A {\n  fn get(&self) {}\n}\nfn main() {\n  foreign::make!().get();\n}\n";
        check(
            source,
            &[(2, 5, "c A#get().", true), (5, 19, "c A#get().", false)],
            &[],
            &["shop::A::get proved"],
        );
    }

    #[test]
    fn one_of_several_candidates_is_chosen() {
        let source = "trait T { fn go(&self); }\nstruct A;\nimpl T for A {\n  fn go(&self) {}\n}\nstruct B;\nimpl T for B {\n  fn go(&self) {}\n}\nfn main() {\n  let t: &dyn T = if x { &A } else { &B };\n  t.go();\n}\n";
        let both = ["shop::A::go inferred", "shop::B::go inferred"];
        check(
            source,
            &[(7, 5, "c B#go().", true), (11, 4, "c B#go().", false)],
            &both,
            &["shop::B::go proved"],
        );
        check(source, &[(0, 13, "c T#go().", true), (11, 4, "c T#go().", false)], &both, &both);
    }

    #[test]
    fn paths_are_taken_from_the_root_of_the_workspace() {
        assert_eq!(joined("crates/app", "../common/src/lib.rs"), "crates/common/src/lib.rs");
        assert_eq!(joined("", "src/main.rs"), "src/main.rs");
    }
}
