use super::ast::{ExprKind, ItemKind, StmtKind};
use super::*;

fn whole(text: &str) -> FileFacts {
    parse(&text.into(), Depth::Whole)
}

/// Text of every item, in order.
#[track_caller]
fn check_items(source: &str, expect: &[&str]) {
    let facts = whole(source);
    assert_eq!(facts.error, None);
    let texts: Vec<&str> = facts.items.iter().map(|item| item.span.slice(source)).collect();
    assert_eq!(texts, expect);
}

/// `kind path` of every mention.
#[track_caller]
fn check_mentions(source: &str, expect: &[&str]) {
    let facts = whole(source);
    assert_eq!(facts.error, None);
    let texts: Vec<String> = facts
        .mentions
        .all()
        .iter()
        .filter(|mention| !matches!(mention.kind, MentionKind::Definition))
        .map(|mention| {
            let names: Vec<&str> = mention.segments.iter().map(|segment| segment.name.as_str()).collect();
            format!("{:?} {}", mention.kind, names.join("::"))
        })
        .collect();
    assert_eq!(texts, expect);
}

#[test]
fn item_spans_hold_attributes_and_visibility() {
    check_items(
        "/// Doc.\n#[derive(Debug)]\npub(crate) struct A { x: u8 }\nasync fn f() {}\nimpl A { fn g(&self) {} }\nuse a::{b, c as d};",
        &[
            "/// Doc.\n#[derive(Debug)]\npub(crate) struct A { x: u8 }",
            "async fn f() {}",
            "impl A { fn g(&self) {} }",
            "use a::{b, c as d};",
        ],
    );
}

#[test]
fn spans_are_right_behind_a_byte_order_mark_and_a_shebang() {
    let source = "\u{feff}#!/usr/bin/env run\n// ä\nfn f() { g(\"ö\") }\n";
    let facts = whole(source);
    assert_eq!(facts.items[0].span.slice(source), "fn f() { g(\"ö\") }");
    assert_eq!(facts.mentions.all()[1].span.slice(source), "g");
}

#[test]
fn an_inner_attribute_is_no_shebang() {
    let facts = whole("#![allow(dead_code)]\nfn f() {}");
    assert_eq!(facts.error, None);
    assert_eq!(facts.attrs[0].path, "allow");
}

#[test]
fn a_broken_file_gives_its_error_with_a_place() {
    let facts = whole("fn f( {}\n");
    assert!(facts.error.is_some());
    assert!(facts.items.is_empty());
}

#[test]
fn deep_nesting_is_an_error_and_no_crash() {
    let source = format!("fn f() {{ {}{} }}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(whole(&source).error.expect("refused").message.contains("nest"));
}

#[test]
fn mentions_see_paths_methods_fields_macros_and_strings() {
    check_mentions(
        r#"fn f(x: a::B) { x.m(c::D::<E>::new().y); g!("{TABLE}", h); }"#,
        &[
            "Label x",
            "Path a::B",
            "Path x",
            "Method m",
            "Path c::D",
            "Path E",
            "Assoc new",
            "Field y",
            "Macro g",
            "FormatCapture TABLE",
            "Path h",
        ],
    );
    check_mentions(
        r#"struct S { #[serde(default = "m::d")] x: &'static str }"#,
        &["Path serde", "Path default", "InAttribute m::d", "Label x", "Path str"],
    );
}

#[test]
fn what_a_where_clause_bounds_is_no_label() {
    check_mentions(
        "fn f<S>() where State: From<S>, Kind: Clone { let x: u8 = S { y: 1 }; }",
        &[
            "Path S",
            "Path State",
            "Path From",
            "Path S",
            "Path Kind",
            "Path Clone",
            "Label x",
            "Path u8",
            "Path S",
            "Label y",
        ],
    );
}

#[test]
fn conditions_and_prose_name_no_paths() {
    check_mentions(
        "#[instrument(level = \"info\", with = \"m\")] fn f() {}",
        &["Path instrument", "Path level", "Path with", "InAttribute m"],
    );
    check_mentions(
        "struct S { #[schema(example = \"m\")] #[cfg_attr(a, schemars(example = \"m::f\"))] x: T }",
        &[
            "Path schema",
            "Path example",
            "Path cfg_attr",
            "Path a",
            "Path schemars",
            "Path example",
            "InAttribute m::f",
            "Label x",
            "Path T",
        ],
    );
    check_mentions(
        "#[cfg(feature = \"metrics\")] #[doc = \"Books\"] fn f() {}",
        &["Path cfg", "Path feature", "Path doc"],
    );
}

#[test]
fn texts_of_sql_name_the_types_of_columns() {
    check_mentions(
        "fn f() { q!(r#\"select a as \"a!: Kind\", b as \"b: m::T\", c::text from \"t\"\"#) }",
        &["Macro q", "InAttribute Kind", "InAttribute m::T"],
    );
}

#[test]
fn the_method_of_a_documented_path_is_no_function() {
    check_mentions("#[utoipa::path(get, path = \"/\")] fn f() {}", &["Path utoipa::path", "Path path"]);
}

#[test]
fn chains_know_the_range_of_each_call() {
    let source = "fn f() { a().b(1).c(x) }";
    let facts = whole(source);
    let ItemKind::Fn(func) = &facts.items[0].kind else { panic!("a fn") };
    let StmtKind::Expr { expr, .. } = &func.block().expect("body").stmts[0].kind else {
        panic!("an expression")
    };
    let ExprKind::MethodCall(call) = &expr.kind else { panic!("a method call") };
    assert_eq!(call.call_span.slice(source), ".c(x)");
    assert_eq!(call.args_span.slice(source), "(x)");
    assert_eq!(call.receiver.span.slice(source), "a().b(1)");
}

#[test]
fn macro_arguments_are_expressions_at_any_depth() {
    let source = r#"fn f() { json!({ "a": g(x), "b": [h(y)] }); format!("{}", t = k()); }"#;
    let facts = whole(source);
    let ItemKind::Fn(func) = &facts.items[0].kind else { panic!("a fn") };
    let args: Vec<Vec<&str>> = func
        .block()
        .expect("body")
        .stmts
        .iter()
        .map(|stmt| match &stmt.kind {
            StmtKind::Expr { expr, .. } => match &expr.kind {
                ExprKind::Macro(mac) => mac.args.iter().map(|arg| arg.expr.span.slice(source)).collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        })
        .collect();
    assert_eq!(args, [vec!["\"a\"", "g(x)", "\"b\"", "[h(y)]"], vec!["\"{}\"", "k()"]]);
}

#[test]
fn use_trees_flatten_to_leaves() {
    let facts = whole("use a::{self, b::{C, D as E}, f::*};");
    let ItemKind::Use(item) = &facts.items[0].kind else { panic!("a use") };
    let leaves: Vec<(String, Option<Name>)> = item
        .tree
        .leaves()
        .into_iter()
        .map(|leaf| {
            (leaf.path.iter().map(|ident| ident.name.as_str()).collect::<Vec<_>>().join("::"), leaf.name)
        })
        .collect();
    let expect = [("a", Some("a")), ("a::b::C", Some("C")), ("a::b::D", Some("E")), ("a::f", None)];
    assert_eq!(leaves, expect.map(|(path, name)| (path.to_string(), name.map(Name::new))));
}

/// Both parsers give the same tree, at once and part by part, for the samples and this folder, and for the folder that `LITH_SPLIT_CORPUS` names.
#[test]
fn the_parser_agrees_with_syn() {
    let project = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![project.join("src/syntax"), project.join("samples")];
    folders.extend(std::env::var_os("LITH_SPLIT_CORPUS").map(std::path::PathBuf::from));
    let (mut same, mut left, mut wrong) = (0, 0, Vec::new());
    for entry in folders.iter().flat_map(walkdir::WalkDir::new).flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "rs") || !path.is_file() {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        let offset = prelude_len(&text) as u32;
        let text: Arc<str> = text.into();
        let Ok(ours) = parser::file(&text, offset, Depth::Whole, MAX_NESTING, true) else {
            left += usize::from(parse_with_syn(&text).error.is_none());
            continue;
        };
        let theirs = format!("{:#?}", parse_with_syn(&text));
        let later = parse(&text, Depth::Skeleton);
        for ours in [ours, FileFacts { depth: Depth::Whole, ..later }] {
            let ours = format!("{ours:#?}");
            if ours == theirs {
                same += 1;
                continue;
            }
            let line = ours.lines().zip(theirs.lines()).position(|(a, b)| a != b).unwrap_or(0);
            let around = |text: &str| {
                text.lines().skip(line.saturating_sub(12)).take(20).collect::<Vec<_>>().join("\n")
            };
            wrong.push(format!("{}:\nours\n{}\nsyn\n{}", path.display(), around(&ours), around(&theirs)));
        }
    }
    assert!(same > 30 && left * 50 < same, "{same} files are the same, {left} were left to syn");
    assert!(wrong.is_empty(), "{}", wrong.into_iter().take(3).collect::<Vec<_>>().join("\n\n"));
}
