use super::*;

/// Expands `arguments` with the rules; spaces are as the tokens need them.
#[track_caller]
fn check(rules: &str, arguments: &str, expect: &str) {
    let transcript = Rules::parse(rules).expect("rules").expand(arguments, "crate").expect("a transcript");
    let words = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(words(&transcript.text), words(expect));
    for origin in &transcript.origins {
        let from = &arguments[origin.from as usize..][..(origin.at.end - origin.at.start) as usize];
        assert_eq!(origin.at.slice(&transcript.text), from, "an origin says where its text was copied from");
    }
}

#[test]
fn fragments_are_copied_as_written() {
    check(
        "($path:expr => $handler:path) => { Router::new().route($path, get($handler)) }",
        r#""/users" => users::list"#,
        r#"Router::new().route("/users", get(users::list))"#,
    );
}

#[test]
fn repetitions_nest_and_take_trailing_separators() {
    check(
        "($($prefix:literal { $($name:ident),* $(,)? })*) => { [$(($prefix, [$(stringify!($name)),*])),*] }",
        r#""/a" { x, y, } "/b" { z }"#,
        r#"[("/a", [stringify!(x), stringify!(y)]), ("/b", [stringify!(z)])]"#,
    );
}

#[test]
fn the_first_rule_that_takes_all_tokens_wins() {
    let rules =
        "(@one $a:ident) => { one($a) }; ($a:ident) => { m!(@one $a) }; ($($t:tt)*) => { rest($($t)*) };";
    check(rules, "@one x", "one(x)");
    check(rules, "x", "m!(@one x)");
    check(rules, "x => y::<'a>", "rest(x => y::<'a>)");
}

#[test]
fn an_expression_stays_one_operand() {
    check("($a:expr, $b:expr) => { $a * $b }", "1 + 2, x", "(1 + 2) * x");
}

#[test]
fn a_whole_value_needs_no_brackets() {
    check(
        "($a:expr) => { let a = $a; a += $a; f($a); }",
        "1 + 2",
        "let a = 1 + 2; a += (1 + 2); f((1 + 2));",
    );
    check("($a:expr) => { let a = $a; a }", "(S { b, c })", "let a = S { b, c }; a");
    check("($a:expr) => { let a = $a; a }", "(b, c)", "let a = (b, c); a");
    check("($a:expr) => { let a = $a; a }", "()", "let a = (); a");
    check("($a:expr) => { n!(let a = $a; a) }", "b + c", "n!(let a = (b + c); a)");
    check("($a:expr) => { let a = $a else { return; }; }", "b + c", "let a = (b + c) else { return; };");
}

#[test]
fn a_type_may_lead_a_path() {
    check("($t:ty) => { $t::new() }", "Vec<u8>", "<Vec<u8>>::new()");
    check("($t:ty) => { $t::new() }", "Api", "Api::new()");
}

#[test]
fn doc_comments_are_attributes() {
    check(
        "($(#[$meta:meta])* $vis:vis fn $name:ident) => { $(#[$meta])* $vis fn $name() {} }",
        "/// Says so.\n#[inline] pub(crate) fn f",
        "/// Says so.\n#[inline] pub(crate) fn f() {}",
    );
    check("($vis:vis struct) => { $vis struct A; }", "struct", "struct A;");
}

#[test]
fn the_crate_variable_and_unknown_dollars() {
    check("() => { $crate::f() }", "", "crate::f()");
    check(
        "($name:ident) => { macro_rules! $name { ($x:expr) => { $x } } }",
        "m",
        "macro_rules! m { ($x:expr) => { $x } }",
    );
}

#[test]
fn what_cannot_be_expanded_says_why() {
    let no_rule = Rules::parse("(a) => {}").expect("rules").expand("b", "crate");
    assert_eq!(no_rule, Err(MacroError::NoRule));
    assert!(matches!(Rules::parse("(a) {}"), Err(MacroError::Definition(_))));
    assert!(matches!(Rules::parse("($a:nothing) => {}"), Err(MacroError::Definition(_))));
    let uneven = Rules::parse("($($a:ident)*; $($b:ident)*) => { $($a $b)* }").expect("rules");
    assert_eq!(uneven.expand("x y; z", "crate"), Err(MacroError::Repetition));
}

#[test]
fn operators_and_lifetimes_are_one_token_tree() {
    check("($a:tt $b:tt $c:tt) => { $c $b $a }", "x => 'a", "'a => x");
}
