//! Strings that expressions can be.

use super::{Evaluator, Index, Piece, Text, Thunk};
use crate::resolve::tests::program;
use crate::syntax::ast::{ExprKind, StmtKind};

/// Everything that the argument of the call `at(..)` in `main` can be: `${X}`, `a | b`, `?`.
#[track_caller]
fn check(source: &str, expect: &str) {
    let text = format!("use std::env; fn at<T>(x: T) {{}}\n{source}");
    let program = program(&[("src/main.rs", &text)]);
    let main = program.defs.iter().find(|def| def.name == "main").expect("main").id;
    let body = program.func(main).and_then(crate::syntax::ast::Fn::block).expect("a body");
    let arg = body.stmts.iter().find_map(|stmt| match &stmt.kind {
        StmtKind::Expr { expr, .. } => match &expr.kind {
            ExprKind::Call { callee, args } => match &callee.kind {
                ExprKind::Path(path) if path.last().ident.name == "at" => args.first(),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    let mut evaluator = Evaluator::new(&program, Index::build(&program, &[main]).into());
    let frame = evaluator.root(main, None);
    let texts = evaluator.texts(Thunk { expr: arg.expect("at(..)"), frame });
    assert_eq!(texts.iter().map(show).collect::<Vec<_>>().join(" | "), expect);
}

fn show(text: &Text) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Literal(text) => text.clone(),
        Piece::Env(name) => format!("${{{name}}}"),
        Piece::Unknown => "?".to_string(),
    };
    text.0.iter().map(piece).collect()
}

#[test]
fn shadowed_and_reassigned_locals_have_the_value_that_holds_there() {
    check(r#"fn main() { let a = "x"; let a = format!("{a}-y"); at(a); }"#, "x-y");
    check(r#"fn main() { let mut a = "x"; a = "y"; at(a); }"#, "y");
    check(r#"fn main() { let mut a = "x"; if c() { a = "y"; } at(a); }"#, "x | y");
    check(r#"fn main() { let mut a = "x"; at(a); a = "y"; }"#, "x");
    check(r#"fn main() { let a = if c() { "x" } else { "y" }; at(a); }"#, "x | y");
    check(r#"fn main() { let a = match c() { 1 => "x", _ => return }; at(a); }"#, "x");
    check(r#"fn main() { let mut a = String::from("x"); a.push_str(c()); at(a); }"#, "x?");
    check(r#"fn main() { let mut a = String::from("x"); a += "-y"; at(a); a.push('z'); }"#, "x-y");
    check(r#"fn main() { let mut a = String::from("x"); if c() { a.push_str("y"); } at(a); }"#, "?");
    check(r#"fn main() { let mut a = String::from("x"); fill(&mut a); at(a); }"#, "?");
    check(r#"fn main() { at(["a", "b"].join("-")); }"#, "a-b");
}

#[test]
fn variables_with_and_without_defaults_are_the_variable() {
    check(r#"fn main() { at(env::var("X").unwrap()); }"#, "${X}");
    check(r#"fn main() { at(env::var("X").unwrap_or("d".to_string())); }"#, "${X}");
    check(
        r#"fn main() { at(env::var("X").ok().filter(|x| !x.is_empty()).unwrap_or_else(|| "d".into())); }"#,
        "${X}",
    );
    check(r#"fn main() { at(match env::var("X") { Ok(v) => v, Err(_) => "d".into() }); }"#, "${X}");
    check(r#"fn main() { at(if let Ok(v) = env::var("X") { v } else { "d".into() }); }"#, "${X}");
    check(r#"fn main() { let Ok(v) = env::var("X") else { return; }; at(v); }"#, "${X}");
    check(r#"fn main() { at(env::var("X").or_else(|_| env::var("Y")).unwrap()); }"#, "${X} | ${Y}");
    check(
        r#"fn main() { at(match env::var("STAGE").as_deref() { Ok("prod") => "p", _ => "d" }); }"#,
        "p | d",
    );
    check(r#"fn main() { at(match env::var("X") { Err(_) => "d".into(), Ok(v) => v }); }"#, "${X}");
    check("fn main() { at(env::var(name()).unwrap()); }", "?");
    check(r#"fn main() { at(env::var("X").map(|x| format!("{x}-t")).unwrap()); }"#, "${X}-t");
}

#[test]
fn fields_come_from_every_construction_and_assignment() {
    check(
        r#"struct C { t: String } fn main() { let c = C { t: env::var("T").unwrap() }; at(c.t); }"#,
        "${T}",
    );
    check(
        r#"#[derive(Default)] struct C { t: String } fn main() { let mut c = C::default(); c.t = "x".into(); at(c.t); }"#,
        "x",
    );
    check(
        r#"struct C { t: &'static str } impl C { fn with(mut self, t: &'static str) -> Self { self.t = t; self } } fn main() { let c = C { t: "a" }.with("b"); at(c.t); }"#,
        "b",
    );
    check(
        r#"struct C { t: &'static str } impl C { fn with(&mut self, t: &'static str) { self.t = t; } } fn main() { let mut c = C { t: "a" }; c.with("b"); at(c.t); }"#,
        "a | b",
    );
    check(
        r#"struct C { t: &'static str } fn main() { let mut c = C { t: "a" }; if on() { c.t = "b"; } at(c.t); }"#,
        "b | a",
    );
    check(r#"struct C(String, String); fn main() { let C(a, b) = C("a".into(), "b".into()); at(b); }"#, "b");
    check(
        r#"struct C { a: String, b: String } fn c() -> C { C { a: "a".into(), b: "b".into() } } fn main() { let C { b, .. } = c(); at(b); }"#,
        "b",
    );
    check(
        r#"fn pair() -> (&'static str, &'static str) { ("a", "b") } fn main() { let (_, b) = pair(); at(b); }"#,
        "b",
    );
    check(
        r#"enum E { A, B } impl E { fn name(&self) -> &'static str { match self { E::A => "a", E::B => "b" } } } fn main() { at(E::B.name()); }"#,
        "b",
    );
}

#[test]
fn recursion_and_unknown_code_end() {
    check(
        r#"fn f(x: &str) -> String { if c() { f(x) } else { x.to_string() } } fn main() { at(f("a")); }"#,
        "a",
    );
    check(r#"fn main() { at(reqwest::get("x").text()); }"#, "?");
    check(
        r#"fn f(g: fn() -> String) -> String { g() } fn main() { at(f(h)); } fn h() -> String { "h".into() }"#,
        "h",
    );
}

#[test]
fn what_goes_around_a_cycle_is_found_wherever_it_is_entered() {
    check(
        r#"struct N { name: &'static str, next: Option<Box<N>> }
        fn last(n: &N) -> &'static str { if let Some(next) = &n.next { last(next) } else { n.name } }
        fn main() { at(last(&N { name: "a", next: Some(Box::new(N { name: "b", next: None })) })); }"#,
        "b | a",
    );
    check(
        r#"struct N { name: &'static str, next: Option<Box<N>> }
        struct L { at: Box<N> }
        impl L { fn step(&self) -> L { L { at: self.at.next.unwrap() } } fn name(&self) -> &'static str { self.at.name } }
        fn n(name: &'static str, next: Option<Box<N>>) -> Box<N> { Box::new(N { name, next }) }
        fn first() -> L { L { at: n("a", Some(n("b", Some(n("c", Some(n("d", Some(n("e", None))))))))) } }
        fn any(l: &L) -> &'static str { l.name() }
        fn f(l: &L) { any(l); any(&l.step()); f(&l.step()); }
        fn main() { f(&first()); at(any(other())); }"#,
        "e | d | c | b | a",
    );
    // What grows around it for ever is not known.
    check(
        r#"fn any(path: &str) -> &str { path }
        fn f(path: String) { any(&path); f(format!("{path}/x")); }
        fn main() { f("a".into()); at(any(other())); }"#,
        "?",
    );
    let users = r#"trait Repo { fn users(&self) -> Box<dyn Users>; } trait Users { fn name(&self) -> &'static str; }
        struct P; impl Repo for P { fn users(&self) -> Box<dyn Users> { Box::new(PU("a")) } }
        struct W { inner: Box<dyn Repo> }
        impl Repo for W { fn users(&self) -> Box<dyn Users> { Box::new(WU { inner: self.inner.users() }) } }
        struct PU(&'static str); impl Users for PU { fn name(&self) -> &'static str { self.0 } }
        struct WU { inner: Box<dyn Users> } impl Users for WU { fn name(&self) -> &'static str { self.inner.name() } }
        fn make() -> Box<dyn Repo> { Box::new(W { inner: Box::new(P) }) }
        fn list(repo: &dyn Repo) -> &'static str { repo.users().name() }"#;
    check(&format!("{users} fn main() {{ at(make().users().name()); }}"), "a");
    check(&format!("{users} fn main() {{ list(&*make()); at(list(any())); }}"), "a");
}

#[test]
fn a_type_that_code_of_another_crate_makes_too_may_hold_anything() {
    let made = r#"fn made() -> C { foreign::made() } fn also() -> C { C { t: "a".into() } } fn main() { at(made().t); }"#;
    for derive in ["Deserialize", "sqlx::FromRow", "Debug, TypedBuilder"] {
        check(&format!("#[derive({derive})] struct C {{ t: String }} {made}"), "a | ?");
    }
    check(&format!("#[derive(Serialize)] struct C {{ t: String }} {made}"), "a");
}

#[test]
fn a_field_of_values_that_nothing_is_seen_to_make_is_not_what_is_assigned_to_it_alone() {
    check(
        r#"struct C { t: String } impl C { fn reset(&mut self) { self.t = "none".into(); } }
        fn made() -> C { foreign::made() } fn main() { at(made().t); }"#,
        "none | ?",
    );
}

#[test]
fn converted_values_are_of_the_type_that_they_become() {
    let types = r#"struct S { t: String } enum B { S(S), M }
        impl B { fn name(&self) -> &str { match self { B::S(s) => &s.t, B::M => "m" } } }
        fn s() -> Result<S, E> { Ok(S { t: "a".into() }) } fn b() -> Result<B, E> { s().map(Into::into) }"#;
    let from = "impl From<S> for B { fn from(s: S) -> Self { B::S(s) } }";
    check(&format!("{types} {from} fn main() {{ let b: B = s().unwrap().into(); at(b.name()); }}"), "a | m");
    check(&format!("{types} {from} fn main() {{ at(b().unwrap().name()); }}"), "a | m");
    let derived = types.replace("enum B", "#[derive(derive_more::From)] enum B");
    check(
        &format!(
            r#"{derived} fn c() -> B {{ B::S(S {{ t: "c".into() }}) }} fn main() {{ at(b().unwrap().name()); }}"#
        ),
        "c | a | m",
    );
}

#[test]
fn what_a_pattern_binds_may_be_reassigned() {
    check(r#"fn main() { let (mut a, b) = ("x", "y"); if c() { a = "z"; } at(a); }"#, "x | z");
    check(r#"fn f(mut t: &str) -> &str { if c() { t = "b"; } t } fn main() { at(f("a")); }"#, "a | b");
    check(
        r#"fn f(mut t: String) -> String { t = format!("{t}-b"); t } fn main() { at(f("a".into())); }"#,
        "a-b",
    );
    check(
        r#"fn f(o: Option<&str>) -> &str { match o { Some(mut t) => { if c() { t = "b"; } t } None => "n" } }
        fn main() { at(f(Some("a"))); }"#,
        "a | b | n",
    );
    check(
        r#"fn f() -> &str { for mut t in ["a"] { if c() { t = "b"; } return t; } "n" } fn main() { at(f()); }"#,
        "n | a | b",
    );
    check(
        r#"struct S { t: String } fn main() { let S { mut t } = S { t: "a".into() }; if c() { t = "b".into(); } at(t); }"#,
        "a | b",
    );
    check(
        r#"struct S { t: String } fn f(mut s: S) -> S { s = S { t: "b".into() }; s }
        fn main() { at(f(S { t: "a".into() }).t); }"#,
        "b",
    );
    check(r#"fn main() { let t = "a"; { let mut t = "b"; t = "c"; } at(t); }"#, "a");
}

#[test]
fn each_pattern_of_several_binds() {
    check(
        r#"enum E { A(String), B { t: String }, C(String) } fn e() -> E { if c() { E::A("a".into()) } else { E::B { t: "b".into() } } }
        fn f(e: E) -> String { match e { E::A(t) | E::B { t } => t, E::C(_) => "c".into() } } fn main() { at(f(e())); }"#,
        "a | b",
    );
}

#[test]
fn blocks_and_loops_are_what_is_given_to_break() {
    check(r#"fn main() { let t = loop { if c() { break "a"; } break "b"; }; at(t); }"#, "a | b");
    check(r#"fn main() { let t = 'x: { if c() { break 'x "a"; } "b" }; at(t); }"#, "b | a");
    check(r#"fn main() { let t = 'x: loop { loop { break 'x "a"; } }; at(t); }"#, "?");
}

#[test]
fn what_may_be_left_out_has_a_default() {
    check(r#"fn main() { let t = Some("a").filter(|x| c()).unwrap_or("b"); at(t); }"#, "a | b");
    check(r#"fn main() { let t = c().then(|| "a").unwrap_or_else(|| "b"); at(t); }"#, "a | b");
    check(r#"fn main() { let t = c().then_some("a").unwrap_or("b"); at(t); }"#, "a | b");
    check(
        r#"fn main() { let t = env::var("S").map(|s| if s == "p" { "a" } else { "b" }).unwrap_or("c"); at(t); }"#,
        "a | b | c",
    );
}

#[test]
fn a_field_that_is_changed_in_place_may_hold_anything_else_too() {
    for change in [
        "self.t.push_str(\"x\");",
        "self.t += \"x\";",
        "foreign::set(&mut self.t);",
        "*self.t.lock().unwrap() = x();",
        "self.t.replace(x());",
    ] {
        check(
            &format!(
                r#"struct C {{ t: String }} impl C {{ fn set(&mut self) {{ {change} }} }}
                fn main() {{ let mut c = C {{ t: "a".into() }}; c.set(); at(c.t); }}"#
            ),
            "a | ?",
        );
    }
    check(
        r#"struct C { l: Vec<String> } impl C { fn add(&mut self, t: &str) { self.l.push(t.into()); } }
        fn main() { let mut c = C { l: vec!["a".into()] }; c.add("b"); at(c.l[0]); }"#,
        "a | ?",
    );
    check(
        r#"struct C { t: String } impl C { fn other(&self) -> String { self.t.replace("a", "b") } }
        fn main() { let c = C { t: "a".into() }; c.other(); at(c.t); }"#,
        "a",
    );
}

#[test]
fn what_derives_add_gives_the_fields_that_it_was_given() {
    let new = "#[derive(derive_new::new)] struct C { n: u8, #[new(default)] m: u8, t: String }";
    check(&format!(r#"{new} fn main() {{ let c = C::new(1, "x".into()); at(c.t); }}"#), "x");
    check(
        r#"#[derive(new)] struct C { n: u8, #[new(value = "\"x\".to_string()")] t: String } fn main() { at(C::new(1).t); }"#,
        "x",
    );
    check(r#"#[derive(Constructor)] struct C(u8, String); fn main() { at(C::new(1, "x".into()).1); }"#, "x");
    let get =
        r#"#[derive(Getters)] #[getset(get = "pub")] struct C { t: String, #[getset(skip)] s: String }"#;
    check(&format!(r#"{get} fn main() {{ let c = C {{ t: "x".into(), s: f() }}; at(c.t()); }}"#), "x");
    check(&format!(r#"{get} fn main() {{ let c = C {{ t: "x".into(), s: "y".into() }}; at(c.s()); }}"#), "?");
    let prefixed =
        r#"#[derive(CopyGetters)] struct C { #[getset(get_copy = "pub with_prefix")] t: &'static str }"#;
    check(&format!(r#"{prefixed} fn main() {{ let c = C {{ t: "x" }}; at(c.get_t()); }}"#), "x");
    check(
        r#"#[derive(Getters)] struct C { t: String } fn main() { let c = C { t: "x".into() }; at(c.t()); }"#,
        "x",
    );
}

#[test]
fn setters_and_getters_for_change_count_for_the_field() {
    let set = r#"#[derive(Setters, MutGetters)] #[getset(set, get_mut = "pub", set = "pub")] struct C { t: String }"#;
    check(
        &format!(r#"{set} fn main() {{ let mut c = C {{ t: "x".into() }}; c.set_t("y".into()); at(c.t); }}"#),
        "x | y",
    );
    check(
        &format!(r#"{set} fn main() {{ let mut c = C {{ t: "x".into() }}; c.t_mut().push('y'); at(c.t); }}"#),
        "x | ?",
    );
    check(
        r#"#[derive(Setters, Default)] #[setters(prefix = "with_")] struct C { t: String } fn main() { at(C::default().with_t("x").t); }"#,
        "x",
    );
}

#[test]
fn builders_that_derives_add_are_read_to_their_end() {
    let typed = r#"#[derive(TypedBuilder)] struct C { n: u8, #[builder(setter(into), default = "d".to_string())] t: String }"#;
    check(&format!(r#"{typed} fn main() {{ at(C::builder().n(1).t("x").build().t); }}"#), "x");
    check(&format!(r"{typed} fn main() {{ at(C::builder().n(1).build().t); }}"), "d");
    check(
        &format!(
            r#"{typed} fn main() {{ let b = C::builder(); let c = if f() {{ b.t("x").build() }} else {{ b.build() }}; at(c.t); }}"#
        ),
        "x | d",
    );
    // Of any value of the type: what all of them are given.
    check(
        &format!(
            r#"{typed} fn make() -> C {{ C::builder().t("x").build() }} fn main(c: C) {{ make(); at(c.t); }}"#
        ),
        "x",
    );
    let checked = "use derive_builder::Builder; #[derive(Builder)] struct C { n: u8, #[builder(setter(into))] t: String }";
    check(
        &format!(
            r#"{checked} fn main() {{ let mut b = CBuilder::default(); b.n(1); b.t("x"); at(b.build().unwrap().t); }}"#
        ),
        "x",
    );
    check(
        &format!(
            r#"{checked} fn main() {{ let mut b = CBuilder::default(); if f() {{ b.t("x"); }} at(b.build().unwrap().t); }}"#
        ),
        "x | ?",
    );
    check(
        r#"#[derive(bon::Builder)] struct C { t: String } fn main() { at(C::builder().maybe_t(Some("x")).build().t); }"#,
        "x",
    );
    // A method that is not known may set any field.
    check(&format!(r"{typed} fn main() {{ at(C::builder().n(1).defaults().build().t); }}"), "?");
}

#[test]
fn lists_keep_what_is_paired_with_their_elements() {
    check(
        r#"fn main() { let mut l = vec!["a", "b"]; for (i, t) in l.iter().enumerate() { at(t); } at(l.iter().enumerate().next().unwrap().1); }"#,
        "a | b",
    );
    check(r#"fn main() { at(["x"].iter().zip(["a"]).next().unwrap().1); }"#, "a");
    check(r#"fn main() { let m = phf::phf_map! { "k" => "x", "l" => "y" }; at(m["k"]); }"#, "x");
    check(
        r#"const P: &str = "a"; const T: &str = const_format::concatcp!(P, "-t"); fn main() { at(T); }"#,
        "a-t",
    );
    check(
        r#"const P: &str = "a"; const T: &str = const_format::formatcp!("{P}-{}", 1); fn main() { at(T); }"#,
        "a-1",
    );
}
