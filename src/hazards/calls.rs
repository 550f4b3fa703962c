//! Calls in code of routes whose target is not known, or is one of several.
//!
//! Only calls of names that functions of the program have: what else is not resolved leads out of the program anyway.

use crate::diagnostic::{Code, Diagnostic};
use crate::graph::{AppGraph, Node};
use crate::resolve::{CallSite, Def, Program, Why, unknown_calls};
use crate::span::Location;
use crate::stack::each;

/// How many candidates a message names.
const NAMED: usize = 4;

/// One finding per function with calls that may lead to the program, and one per call with several candidates.
pub(super) fn find(graph: &AppGraph, program: &Program) -> Vec<Diagnostic> {
    let functions = graph.nodes().filter_map(|(_, node)| match node {
        Node::Function(function) => function.def,
        _ => None,
    });
    let of_function = |id| -> Vec<Diagnostic> {
        let Some(body) = program.body(id) else { return Vec::new() };
        let def = program.def(id);
        let ambiguous = body.calls.iter().filter_map(|site| ambiguous(program, def, site));
        unresolved(program, def, &body.calls).into_iter().chain(ambiguous).collect()
    };
    each(functions.collect(), of_function).into_iter().flatten().collect()
}

fn unresolved(program: &Program, def: &Def, calls: &[CallSite]) -> Option<Diagnostic> {
    let named = calls.iter().filter(|site| site.why().is_some()).filter_map(|site| {
        let name = program.tree.sources.text(Location { source: def.location.source, span: site.name });
        // All methods of a type of the program are known, but for what macros of other crates make.
        let is_missing = site.why() == Some(Why::NoSuchMethod) && program.has_method(name);
        (is_missing || program.may_name_method(name)).then_some((name, site.name))
    });
    unknown_calls(def, named)
}

fn ambiguous(program: &Program, def: &Def, site: &CallSite) -> Option<Diagnostic> {
    let mut paths: Vec<&str> = site.defs().map(|id| program.def(id).path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    if paths.len() < 2 {
        return None;
    }
    let location = Location { source: def.location.source, span: site.name };
    let name = program.tree.sources.text(location);
    let more = if paths.len() > NAMED { " and others" } else { "" };
    let list: Vec<String> = paths.iter().take(NAMED).map(|path| format!("`{path}`")).collect();
    let message = format!("`{name}` in `{}` may call {}{more}", def.path, list.join(", "));
    Some(Diagnostic::new(Code::CALL_AMBIGUOUS, message).at(location))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;

    /// Findings of a program with a route, as code and message.
    #[track_caller]
    fn check(source: &str, expect: &[&str]) {
        let program = crate::resolve::tests::program(&[("src/main.rs", source)]);
        let mut diagnostics = Diagnostics::default();
        let routes = crate::routes::evaluate(&program, &mut diagnostics);
        let accesses =
            crate::access::detect(&program, &routes, crate::access::schema(&program), &mut diagnostics);
        let graph = crate::graph::build(&program, &routes, &accesses);
        let found = find(&graph, &program);
        let shown: Vec<String> =
            found.iter().map(|one| format!("{} {}", one.code.as_str(), one.message)).collect();
        assert_eq!(shown, expect);
    }

    const ROUTER: &str = "use axum::{Router, routing::get}; trait Store { fn put_item_in(&self); } \
        struct A; struct B; impl Store for A { fn put_item_in(&self) {} } impl Store for B { fn put_item_in(&self) {} } \
        async fn main() { let app = Router::new().route(\"/\", get(h)); axum::serve(l, app).await; } ";

    #[test]
    fn a_method_on_an_unknown_type_is_reported_where_the_program_has_one_so_called() {
        let calls = "foreign::thing!(x).put_item_in(); foreign::thing!(x).other_thing();";
        let told = "LS0101 it is not known what `put_item_in` in `shop::h` calls";
        check(&format!("{ROUTER} async fn h() {{ {calls} }}"), &[told]);
        check(&format!("{ROUTER} async fn h() {{}} fn unreached() {{ {calls} }}"), &[]);
    }

    #[test]
    fn a_method_that_only_a_macro_can_make_is_reported_whatever_its_name() {
        let types = "struct Repo; impl Repo { fn find(&self) {} } \
            struct Held { repo: Repo } impl Held { delegate::delegate! { to self.repo { fn find(&self); } } }";
        let told = "LS0101 it is not known what `find` in `shop::h` calls";
        check(&format!("{ROUTER} {types} async fn h() {{ let held: Held = made(); held.find(); }}"), &[told]);
        // A reference can be cloned, whatever it is to.
        let cloned = "struct Other; impl Clone for Other { fn clone(&self) -> Self { Other } }";
        check(
            &format!("{ROUTER} {types} {cloned} async fn h() {{ let held: &Held = made(); held.clone(); }}"),
            &[],
        );
        // What a derive or a trait of another crate may give leads out of the program.
        let derived = types.replace("struct Held", "#[derive(Finding)] struct Held");
        check(&format!("{ROUTER} {derived} async fn h() {{ let held: Held = made(); held.find(); }}"), &[]);
    }

    #[test]
    fn several_implementations_in_one_place_are_reported() {
        let told =
            "LS0102 `put_item_in` in `shop::f` may call `shop::A::put_item_in`, `shop::B::put_item_in`";
        let code = "fn f(s: &dyn Store) { s.put_item_in(); }";
        check(&format!("{ROUTER} {code} async fn h() {{ f(&A); f(&B); }}"), &[told]);
        check(&format!("{ROUTER} {code} async fn h() {{ f(&A); }}"), &[]);
    }
}
