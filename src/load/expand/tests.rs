use std::fs;

use crate::diagnostic::Diagnostics;
use crate::load::{Options, SourceTree, load};
use crate::span::{Location, SourceId, Span};
use crate::syntax::ItemKind;

/// Loads a package of some files; `main.rs` first.
fn tree(files: &[(&str, &str)]) -> (SourceTree, Vec<String>) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir_all(dir.path().join("src")).expect("folder");
    let manifest = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nlazy_static = \"1\"\nserde_json = \"1\"\n";
    fs::write(dir.path().join("Cargo.toml"), manifest).expect("manifest");
    for (path, text) in files {
        let path = dir.path().join("src").join(path);
        fs::create_dir_all(path.parent().expect("files lie in a folder")).expect("folder");
        fs::write(path, text).expect("file");
    }
    let mut diagnostics = Diagnostics::default();
    let options = Options { manifest_path: Some(dir.path().join("Cargo.toml")), ..Options::default() };
    let tree = load(&options, &mut diagnostics).expect("loads");
    let findings = diagnostics
        .sorted()
        .iter()
        .map(|finding| {
            let place =
                finding.location.map(|at| format!("{}:{}", tree.sources.path(at), tree.sources.line(at)));
            format!("{} {}: {}", finding.code.as_str(), place.unwrap_or_default(), finding.message)
        })
        .collect();
    (tree, findings)
}

/// Checks the text of `main.rs` with its expansions, each between `⟦` and `⟧`, and that what lies on disk can be told from it.
#[track_caller]
fn check(files: &[(&str, &str)], expect: &str) {
    let (tree, findings) = tree(files);
    assert_eq!(findings, Vec::<String>::new());
    let file = tree.sources.get(SourceId(0));
    let mut marks: Vec<(u32, char)> = Vec::new();
    for expansion in file.expansions() {
        marks.push((expansion.text.start, '⟦'));
        marks.push((expansion.text.end, '⟧'));
    }
    marks.sort_by_key(|mark| std::cmp::Reverse(mark.0));
    let mut text = file.text.to_string();
    for (at, mark) in marks {
        text.insert(at as usize, mark);
    }
    assert_eq!(text.replace('\n', " "), expect.replace('\n', " "));
    assert_eq!(file.on_disk(), files[0].1);
    for (at, module) in tree.modules.iter().enumerate() {
        for item in module.items.iter() {
            let name = &item.name.name;
            assert_eq!(item.name.span.slice(&tree.sources.get(module.source).text), name, "module {at}");
        }
    }
}

#[test]
fn a_call_is_followed_by_what_it_stands_for() {
    check(
        &[("main.rs", "macro_rules! m { ($e:expr) => { f($e) } }\nfn main() { let x = m!(1); m!(2); x }")],
        "macro_rules! m { ($e:expr) => { f($e) } }\nfn main() { let x = m!(1)⟦f (1)⟧; m!(2)⟦f (2)⟧; x }",
    );
}

#[test]
fn items_follow_their_call_and_are_found() {
    let (tree, findings) = tree(&[(
        "main.rs",
        "macro_rules! handlers { ($($name:ident)*) => { $(pub async fn $name() {})* } }\nhandlers! { list get }\nfn main() {}",
    )]);
    assert_eq!(findings, Vec::<String>::new());
    let names: Vec<&str> = tree.modules[0].items.iter().map(|item| item.name.name.as_str()).collect();
    assert_eq!(names, ["handlers", "", "list", "get", "main"]);
    // What was copied leads to the argument, what was not to the call.
    let get = &tree.modules[0].items[3];
    let line_and_text = |span: Span| {
        let location = Location { source: SourceId(0), span };
        let text = tree.sources.get(SourceId(0)).on_disk();
        (tree.sources.line(location), tree.sources.origin(location).span.slice(&text).to_string())
    };
    assert_eq!(line_and_text(get.name.span), (2, "get".to_string()));
    assert_eq!(line_and_text(get.span), (2, "handlers! { list get }".to_string()));
    let main = &tree.modules[0].items[4];
    assert_eq!(line_and_text(main.span), (3, "fn main() {}".to_string()));
}

#[test]
fn calls_in_expansions_are_expanded() {
    check(
        &[(
            "main.rs",
            "macro_rules! one { ($e:expr) => { g($e) } }\nmacro_rules! two { ($($e:expr),*) => { [$(one!($e)),*] } }\nfn main() { two!(1, 2) }",
        )],
        "macro_rules! one { ($e:expr) => { g($e) } }\nmacro_rules! two { ($($e:expr),*) => { [$(one!($e)),*] } }\n\
         fn main() { two!(1, 2)⟦[one ! (1)⟦g (1)⟧ , one ! (2)⟦g (2)⟧]⟧ }",
    );
}

#[test]
fn an_operator_or_a_binding_of_its_own_gets_brackets() {
    check(
        &[("main.rs", "macro_rules! m { ($e:expr) => { $e + 1 } }\nfn main() { m!(2).pow(2); m!(3) }")],
        "macro_rules! m { ($e:expr) => { $e + 1 } }\nfn main() { m!(2)⟦(2 + 1)⟧.pow(2); m!(3)⟦3 + 1⟧ }",
    );
    check(
        &[(
            "main.rs",
            "macro_rules! m { ($e:expr) => { let x = $e; f(x); } }\nfn main() { let x = 1; m!(x); x }",
        )],
        "macro_rules! m { ($e:expr) => { let x = $e; f(x); } }\n\
         fn main() { let x = 1; m!(x)⟦{ let x = x ; f (x) ; }⟧; x }",
    );
}

#[test]
fn scopes_are_textual_then_by_crate() {
    check(
        &[
            ("main.rs", "#[macro_use] mod macros;\nmod users;\nfn main() { m!() }"),
            ("macros.rs", "macro_rules! m { () => { first() } }"),
            ("users.rs", "mod inner { macro_rules! m { () => { second() } } fn f() { m!() } }"),
        ],
        "#[macro_use] mod macros;\nmod users;\nfn main() { m!()⟦first ()⟧ }",
    );
    check(
        &[
            ("main.rs", "mod macros;\nuse macros::m;\nfn main() { m!(); crate::m!(); macros::m!() }"),
            ("macros.rs", "macro_rules! m { () => { f() } }\npub(crate) use m;"),
        ],
        "mod macros;\nuse macros::m;\nfn main() { m!()⟦f ()⟧; crate::m!()⟦f ()⟧; macros::m!()⟦f ()⟧ }",
    );
    check(
        &[("main.rs", "fn main() { macro_rules! m { () => { f() } } m!() }")],
        "fn main() { macro_rules! m { () => { f() } } m!()⟦f ()⟧ }",
    );
    // An import of another crate's macro hides that of a module elsewhere.
    check(
        &[
            ("main.rs", "mod macros;\nuse serde_json::json;\nfn main() { json!(1) }"),
            ("macros.rs", "macro_rules! json { ($e:expr) => { f($e) } }"),
        ],
        "mod macros;\nuse serde_json::json;\nfn main() { json!(1) }",
    );
}

#[test]
fn macros_may_define_macros_and_modules() {
    check(
        &[(
            "main.rs",
            "macro_rules! def { ($n:ident) => { macro_rules! $n { () => { mod made { pub fn f() {} } } } } }\ndef!(m);\nm!();\nfn main() {}",
        )],
        "macro_rules! def { ($n:ident) => { macro_rules! $n { () => { mod made { pub fn f() {} } } } } }\n\
         def!(m);⟦ macro_rules ! m {() => {mod made {pub fn f () {}}}} ⟧ m!();⟦ mod made {pub fn f () {}} ⟧ fn main() {}",
    );
}

#[test]
fn members_are_members() {
    let (tree, findings) = tree(&[(
        "main.rs",
        "macro_rules! getter { ($n:ident) => { fn $n(&self) -> u8 { self.$n } } }\nstruct S { a: u8 }\nimpl S { getter!(a); fn b() {} }\nfn main() {}",
    )]);
    assert_eq!(findings, Vec::<String>::new());
    let ItemKind::Impl(implementation) = &tree.modules[0].items[2].kind else { panic!("an impl") };
    let names: Vec<&str> = implementation.items.iter().map(|item| item.name.name.as_str()).collect();
    assert_eq!(names, ["", "a", "b"]);
}

#[test]
fn identifiers_put_together_by_paste_are_read() {
    let (tree, findings) = tree(&[(
        "main.rs",
        "macro_rules! e { ($($n:ident),*) => { paste::paste! { $(pub enum [<$n Kind>] { A })* } } }\ne!(User, Order);\nfn main() {}",
    )]);
    assert_eq!(findings, Vec::<String>::new());
    let names: Vec<&str> = tree.modules[0].items.iter().map(|item| item.name.name.as_str()).collect();
    assert_eq!(names, ["e", "", "", "UserKind", "OrderKind", "main"]);
}

#[test]
fn statics_of_lazy_static_are_read() {
    let (tree, findings) = tree(&[(
        "main.rs",
        "use lazy_static::lazy_static;\nlazy_static! {\n    pub static ref A: String = a();\n    static ref B: u8 = 1;\n}\nfn main() { lazy_static! { static ref C: u8 = 2; } }",
    )]);
    assert_eq!(findings, Vec::<String>::new());
    let items = &tree.modules[0].items;
    let names: Vec<&str> = items.iter().map(|item| item.name.name.as_str()).collect();
    assert_eq!(names, ["", "", "A", "B", "main"]);
    let location = Location { source: SourceId(0), span: items[2].span };
    assert_eq!((tree.sources.path(location), tree.sources.line(location)), ("src/main.rs", 3));
    assert!(tree.sources.get(SourceId(0)).text.contains("static  C: std::sync::LazyLock<u8> ="));
}

#[test]
fn macros_of_that_name_in_a_program_without_the_crate_are_its_own() {
    let (tree, findings) = tree(&[(
        "main.rs",
        "macro_rules! lazy_static { ($n:ident) => { static $n: u8 = 1; } }\nlazy_static!(A);\nfn main() {}",
    )]);
    assert_eq!(findings, Vec::<String>::new());
    let names: Vec<&str> = tree.modules[0].items.iter().map(|item| item.name.name.as_str()).collect();
    assert_eq!(names, ["lazy_static", "", "A", "main"]);
}

#[test]
fn included_files_are_read() {
    let (tree, findings) = tree(&[
        ("main.rs", "include!(\"parts/handlers.in\");\nfn main() { let x = include!(\"parts/value.in\"); }"),
        ("parts/handlers.in", "\nasync fn list() {}\n"),
        ("parts/value.in", "f(1)"),
    ]);
    assert_eq!(findings, Vec::<String>::new());
    let list = &tree.modules[0].items[1];
    let location = Location { source: SourceId(0), span: list.span };
    assert_eq!(list.name.name, "list");
    assert_eq!((tree.sources.path(location), tree.sources.line(location)), ("src/parts/handlers.in", 2));
    assert!(tree.sources.get(SourceId(0)).text.contains("let x = include!(\"parts/value.in\")f(1);"));
}

#[test]
fn a_file_made_while_building_is_a_finding() {
    let (_, findings) =
        tree(&[("main.rs", "include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));\nfn main() {}")]);
    assert_eq!(
        findings,
        ["LS0008 src/main.rs:1: a file that `include!` names is made while building, and is not read"]
    );
}

#[test]
fn an_expansion_that_does_not_parse_takes_nothing_from_the_others() {
    let main = "macro_rules! made { ($name:ident) => { fn $name() {} } }\n\
        macro_rules! wrong { ($name:ident) => { fn $name() -> = {} } }\n\
        made!(one);\nwrong!(two);\nmade!(three);\n";
    let (tree, findings) = tree(&[("main.rs", main)]);
    let functions = tree.modules[0].items.iter().filter(|item| matches!(item.kind, ItemKind::Fn(_)));
    let names: Vec<&str> = functions.map(|item| item.name.name.as_str()).collect();
    assert_eq!(names, ["one", "three"]);
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    assert!(finding.starts_with("LS0008") && finding.contains("src/main.rs:4"), "{finding}");
}

#[test]
fn what_cannot_be_expanded_is_a_finding() {
    let find = |text: &str| tree(&[("main.rs", text)]).1;
    assert_eq!(
        find("macro_rules! m { (a) => { f() } }\nfn main() {\n  m!(b) }"),
        ["LS0008 src/main.rs:3: `m!` is not expanded: no rule of its definition takes these arguments"]
    );
    assert_eq!(
        find("macro_rules! m { ($($t:tt)*) => { m!($($t)* x) } }\nfn main() { m!() }"),
        ["LS0008 src/main.rs:2: `m!` is not expanded: it leads to more expansions than the compiler allows"]
    );
    assert_eq!(
        find("macro_rules! m { () => { m!(); m!(); } }\nfn main() { m!() }"),
        ["LS0008 src/main.rs:2: `m!` is not expanded: it leads to more expansions than the compiler allows"]
    );
    assert_eq!(find("macro_rules! m { () => { let = } }\nfn main() { m!() }").len(), 1);
}
