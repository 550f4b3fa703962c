//! Moved code is the original text: each generated file is its original without some of it, and with the listed edits.
//!
//! Both are compared as tokens, so that `rustfmt` may do its work, and comments as lines. Imports are compared by what they bring, because
//! `rustfmt` sorts and joins them. Nothing is asked of the splitter, so an edit that is not listed here cannot hide.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

use crate::program::{Files, files, repository, run};

/// What may be put in: the stub of a skeleton router and calls of it, the routing function that begins a chain, the Lambda entry, and the
/// marks of imports that may be there for a method only and of what only tests need. Longer ones first. Visibility is not compared at all:
/// crate borders widen it.
const PUT_IN: &[&[&str]] = &[
    &[
        "# [ doc = \" Stands for the handler of a route that another function owns.\" ]",
        "async fn misrouted ( method : axum :: http :: Method uri : axum :: http :: Uri ) -> axum :: http :: StatusCode {",
        "eprintln ! ( \"misrouted: {method} {uri} belongs to another function\" ) ;",
        "axum :: http :: StatusCode :: INTERNAL_SERVER_ERROR }",
    ],
    &["axum :: handler :: HandlerWithoutStateExt :: into_service ( crate :: misrouted )"],
    &["axum :: routing :: any ( crate :: misrouted )"],
    &["crate :: misrouted"],
    &["axum :: routing ::"],
    &["async { lambda_http :: run ("],
    &[") . await . map_err ( std :: io :: Error :: other ) }"],
    &["# [ allow ( unused_imports ) ]"],
    &["# [ cfg ( test ) ]"],
];

/// Programs whose macros take the place of their calls: what they make stands nowhere.
const EXPANDED: &[&str] = &["tests/fixtures/local_macros", "tests/fixtures/included_file"];

#[test]
fn generated_files_are_slices_of_the_program() {
    let folders = std::fs::read_dir(repository().join("tests/fixtures")).expect("the fixtures can be listed");
    let fixtures = folders.map(|entry| entry.expect("an entry can be read").file_name());
    let mut all: Vec<String> =
        fixtures.map(|name| format!("tests/fixtures/{}", name.to_string_lossy())).collect();
    all.extend(["samples/items", "samples/bookshop", "samples/library"].map(str::to_string));
    all.retain(|folder| !EXPANDED.contains(&folder.as_str()));
    all.sort();
    let (mut compared, mut wrong) = (0, Vec::new());
    for folder in &all {
        compared += compare(folder, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 400, "only {compared} files were compared");
}

#[test]
fn what_is_not_the_original_is_found() {
    let original = "use a::b;\n// One.\nfn one() { let x = 1; x + 2 }\nfn two() {}";
    let check = |generated: &str, expect: Option<&str>| {
        let found = beyond(&Moved::of(original), &Moved::of(generated));
        assert_eq!(found.as_deref(), expect, "{generated}");
    };
    check("// One.\npub fn one() {\n    x + 2\n}", None);
    check("fn two() {}\nfn one() {}", Some("`fn` after `fn two ( ) { }`"));
    check("fn one() { let x = 1; x + 3 }", Some("`3` after `let x = 1 ; x +`"));
    check("use a::c;", Some("import `a::c`"));
    check("// Two.\nfn two() {}", Some("comment `// Two.`"));
}

/// Compares every file that a program becomes; how many there are.
fn compare(folder: &str, wrong: &mut Vec<String>) -> usize {
    let target = tempfile::tempdir().expect("a temporary folder");
    let out = target.path().join("out");
    if run(folder, "generate", &["--quiet"], Some(&out)).exit != 0 {
        return 0;
    }
    let mut originals = files(&repository().join(folder));
    originals.retain(|name, _| is_rust(name) && !name.starts_with("target/"));
    let mut generated = files(&out);
    generated.retain(|name, _| is_rust(name));
    for (name, content) in &generated {
        let moved = Moved::of(&String::from_utf8_lossy(content));
        let found: Vec<Option<String>> = candidates(name, &originals)
            .iter()
            .map(|original| beyond(&Moved::of(original), &moved))
            .collect();
        if !found.contains(&None) {
            let found: Vec<String> = found.into_iter().flatten().collect();
            wrong.push(format!(
                "{folder}: {name} is no slice of a file of the program: {}",
                found.join(", or ")
            ));
        }
    }
    generated.len()
}

fn is_rust(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "rs")
}

/// Files that a generated one may be made of: those with the same path below `src`, and for the root of a crate any.
fn candidates<'f>(name: &str, originals: &'f Files) -> Vec<Cow<'f, str>> {
    // A build script stands beside `src`.
    let below = |path: &str| {
        let tail = path.rsplit_once("src/").or_else(|| path.rsplit_once('/'));
        tail.map_or(path, |(_, tail)| tail).to_string()
    };
    let tail = below(name);
    let is_root = matches!(tail.as_str(), "main.rs" | "lib.rs");
    let fits = |original: &&String| {
        let own = below(original);
        is_root || own == tail
    };
    originals.keys().filter(fits).map(|original| String::from_utf8_lossy(&originals[original])).collect()
}

/// The first thing that a generated file holds beyond its original.
fn beyond(original: &Moved, generated: &Moved) -> Option<String> {
    if let Some(import) = generated.imports.difference(&original.imports).next() {
        return Some(format!("import `{import}`"));
    }
    if let Some(comment) = generated.comments.difference(&original.comments).next() {
        return Some(format!("comment `{comment}`"));
    }
    let mut rest = original.tokens.iter();
    for (at, token) in generated.tokens.iter().enumerate() {
        // A parameter or binding that nothing reads any more is marked as such.
        let is_it = |old: &String| old == token || token.strip_prefix('_') == Some(old);
        if !rest.any(is_it) {
            let before = generated.tokens[at.saturating_sub(7)..at].join(" ");
            return Some(format!("`{token}` after `{before}`"));
        }
    }
    None
}

/// A file as it is compared.
struct Moved {
    /// Without imports, visibility, commas and what may be put in.
    tokens: Vec<String>,
    /// Paths; re-exports are left out, because what lives in another crate is found by one.
    imports: BTreeSet<String>,
    comments: BTreeSet<String>,
}

impl Moved {
    fn of(text: &str) -> Self {
        let stream: TokenStream = text.parse().expect("a generated file has tokens");
        let mut all = Vec::new();
        flatten(stream, &mut all);
        let (mut tokens, mut imports) = (Vec::new(), BTreeSet::new());
        let mut at = 0;
        let mut is_public = false;
        while at < all.len() {
            let token = &all[at];
            if token == "use" && all.get(at + 1).is_some_and(|next| next != "<") {
                let end = all[at..].iter().position(|token| token == ";").map_or(all.len(), |end| at + end);
                if !is_public {
                    leaves(&all[at + 1..end], "", &mut imports);
                }
                at = end;
            } else if token == "pub" {
                let restricted = all.get(at + 1).is_some_and(|next| next == "(")
                    && all
                        .get(at + 2)
                        .is_some_and(|next| ["crate", "super", "self", "in"].contains(&next.as_str()));
                let close = all[at..].iter().position(|token| token == ")").filter(|_| restricted);
                at += close.unwrap_or(0);
                is_public = true;
                at += 1;
                continue;
            } else if token != "," {
                tokens.push(token.clone());
            }
            is_public = false;
            at += 1;
        }
        for put_in in PUT_IN {
            let run: Vec<&str> = put_in.iter().flat_map(|part| part.split(' ')).collect();
            remove(&mut tokens, &joined(&run));
        }
        let is_plain =
            |line: &&str| line.starts_with("//") && !line.starts_with("///") && !line.starts_with("//!");
        let comments = text.lines().map(str::trim).filter(is_plain).map(str::to_string).collect();
        Self { tokens, imports, comments }
    }
}

/// Words of a run as tokens: those of a text in quotes belong together.
fn joined(words: &[&str]) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut is_open = false;
    for word in words {
        match tokens.last_mut().filter(|_| is_open) {
            Some(last) => {
                last.push(' ');
                last.push_str(word);
            }
            None => tokens.push((*word).to_string()),
        }
        is_open ^= word.matches('"').count() % 2 == 1;
    }
    tokens
}

/// Takes every occurrence of a run of tokens out.
fn remove(tokens: &mut Vec<String>, run: &[String]) {
    while let Some(at) = tokens.windows(run.len()).position(|window| window == run) {
        tokens.drain(at..at + run.len());
    }
}

fn flatten(stream: TokenStream, all: &mut Vec<String>) {
    // `::` comes as two tokens, of which the first is joined to the second.
    let mut is_joined = false;
    for tree in stream {
        let was_joined = std::mem::take(&mut is_joined);
        match tree {
            TokenTree::Punct(punct) => {
                is_joined = punct.spacing() == Spacing::Joint && punct.as_char() != '\'';
                match all.last_mut().filter(|_| was_joined) {
                    Some(last) => last.push(punct.as_char()),
                    None => all.push(punct.as_char().to_string()),
                }
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                all.push(open.to_string());
                flatten(group.stream(), all);
                all.push(close.to_string());
            }
            other => all.push(other.to_string()),
        }
    }
}

/// The paths of an import's tokens: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn leaves(tokens: &[String], prefix: &str, imports: &mut BTreeSet<String>) {
    let Some(open) = tokens.iter().position(|token| token == "{") else {
        let path = format!("{prefix}{}", tokens.concat());
        imports.insert(path.trim_end_matches("::self").to_string());
        return;
    };
    let prefix = format!("{prefix}{}", tokens[..open].concat());
    let (mut depth, mut start) = (0, open + 1);
    for at in open + 1..tokens.len() {
        let is_end = depth == 0 && matches!(tokens[at].as_str(), "," | "}");
        depth += i32::from(tokens[at] == "{") - i32::from(tokens[at] == "}");
        if is_end {
            if at > start {
                leaves(&tokens[start..at], &prefix, imports);
            }
            start = at + 1;
        }
    }
}
