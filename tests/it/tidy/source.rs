//! The program's own sources as the rules look at them: paths and macros that the code names, without tests.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One file under `src`.
pub(crate) struct SourceFile {
    /// Relative to the repository, with forward slashes: `src/aws/arn.rs`.
    pub(crate) path: String,
    /// Module path: `["aws", "arn"]`; empty for `lib.rs` and `main.rs`.
    pub(crate) module: Vec<String>,
    pub(crate) text: String,
    /// Declared under `#[cfg(test)]`.
    pub(crate) is_test: bool,
    pub(crate) facts: Facts,
}

/// What a file names outside `#[cfg(test)]`.
#[derive(Default)]
pub(crate) struct Facts {
    /// Paths of at least two segments, absolute where they start with `crate` or `super`: `["crate", "plan", "Plan"]`.
    pub(crate) paths: Vec<(Vec<String>, usize)>,
    /// Macros that are called.
    pub(crate) macros: Vec<(String, usize)>,
    /// Modules declared under `#[cfg(test)]` with a file of their own.
    test_modules: Vec<Vec<String>>,
}

/// The repository's folder.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file under `src`, sorted by path.
pub(crate) fn sources() -> Vec<SourceFile> {
    let mut files: Vec<SourceFile> = files_under("src", "rs").into_iter().map(read).collect();
    let tests: Vec<Vec<String>> = files.iter().flat_map(|file| file.facts.test_modules.clone()).collect();
    for file in &mut files {
        file.is_test = tests.iter().any(|module| file.module.starts_with(module));
    }
    files
}

/// Files of one extension under a folder of the repository, relative to it and sorted.
pub(crate) fn files_under(folder: &str, extension: &str) -> Vec<String> {
    fn visit(dir: &Path, extension: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).expect("the folder can be listed") {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() {
                visit(&path, extension, found);
            } else if path.extension().is_some_and(|ext| ext == extension) {
                found.push(path);
            }
        }
    }
    let root = root();
    let mut found = Vec::new();
    visit(&root.join(folder), extension, &mut found);
    let mut paths: Vec<String> = found
        .iter()
        .map(|path| {
            path.strip_prefix(&root).expect("under the repository").to_string_lossy().replace('\\', "/")
        })
        .collect();
    paths.sort();
    paths
}

fn read(path: String) -> SourceFile {
    let text = fs::read_to_string(root().join(&path)).expect("a source file can be read");
    let trimmed = path.strip_prefix("src/").and_then(|path| path.strip_suffix(".rs")).expect("under src");
    let mut module: Vec<String> = trimmed.split('/').map(ToString::to_string).collect();
    if matches!(trimmed, "lib" | "main") || module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut scan = Scan { module: module.clone(), facts: Facts::default() };
    scan.items(tokens);
    SourceFile { path, module, text, is_test: false, facts: scan.facts }
}

struct Scan {
    /// Where the tokens stand, inline modules included.
    module: Vec<String>,
    facts: Facts,
}

impl Scan {
    fn items(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            if is_cfg_test(&tokens[at..]) {
                at = self.test_item(&tokens, at + 2);
                continue;
            }
            if let (Some("mod"), Some(name), Some(body)) =
                (ident(&tokens, at).as_deref(), ident(&tokens, at + 1), braces(&tokens, at + 2))
            {
                self.module.push(name);
                self.items(body);
                self.module.pop();
                at += 3;
                continue;
            }
            at = self.token(&tokens, at);
        }
    }

    fn token(&mut self, tokens: &[TokenTree], at: usize) -> usize {
        match &tokens[at] {
            TokenTree::Group(group) => self.items(group.stream()),
            TokenTree::Ident(name) => {
                if is_punct(tokens, at + 1, '!') && !is_punct(tokens, at + 2, '=') {
                    self.facts.macros.push((name.to_string(), name.span().start().line));
                    if name == "quote" {
                        // What it holds is the generated program's, not ours.
                        return at + 3;
                    }
                }
                return self.path(tokens, at, Vec::new());
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        at + 1
    }

    /// Reads `a::b::{c, d::e}` from the name at `at`; gives the place after it.
    fn path(&mut self, tokens: &[TokenTree], mut at: usize, mut segments: Vec<String>) -> usize {
        let line = tokens[at].span().start().line;
        while let Some(segment) = ident(tokens, at) {
            segments.push(segment);
            at += 1;
            if !(is_punct(tokens, at, ':') && is_punct(tokens, at + 1, ':')) {
                break;
            }
            at += 2;
        }
        if let Some(group) = braces(tokens, at).filter(|_| is_punct(tokens, at.wrapping_sub(1), ':')) {
            let inner: Vec<TokenTree> = group.into_iter().collect();
            let mut place = 0;
            while place < inner.len() {
                place = match inner[place] {
                    TokenTree::Ident(_) => self.path(&inner, place, segments.clone()),
                    _ => place + 1,
                };
            }
            return at + 1;
        }
        if segments.len() > 1 {
            self.facts.paths.push((self.absolute(segments), line));
        }
        at
    }

    /// `super::super::x` as `crate::..::x`.
    fn absolute(&self, segments: Vec<String>) -> Vec<String> {
        let ups = segments.iter().take_while(|segment| *segment == "super").count();
        if ups == 0 || ups > self.module.len() {
            return segments;
        }
        let mut path = vec!["crate".to_string()];
        path.extend_from_slice(&self.module[..self.module.len() - ups]);
        path.extend_from_slice(&segments[ups..]);
        path
    }

    /// Skips the item behind `#[cfg(test)]`; gives the place after it.
    fn test_item(&mut self, tokens: &[TokenTree], start: usize) -> usize {
        let mut at = start;
        let mut to_semicolon = false;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Ident(word)
                    if matches!(word.to_string().as_str(), "use" | "const" | "static" | "type") =>
                {
                    to_semicolon = true;
                }
                TokenTree::Ident(word) if word == "mod" && is_punct(tokens, at + 2, ';') => {
                    let mut module = self.module.clone();
                    module.extend(ident(tokens, at + 1));
                    self.facts.test_modules.push(module);
                }
                TokenTree::Punct(punct) if punct.as_char() == ';' => return at + 1,
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && !to_semicolon => {
                    return at + 1;
                }
                _ => {}
            }
            at += 1;
        }
        at
    }
}

fn is_cfg_test(tokens: &[TokenTree]) -> bool {
    is_punct(tokens, 0, '#')
        && matches!(tokens.get(1), Some(TokenTree::Group(group))
            if group.delimiter() == Delimiter::Bracket && group.stream().to_string().replace(' ', "") == "cfg(test)")
}

fn ident(tokens: &[TokenTree], at: usize) -> Option<String> {
    match tokens.get(at) {
        Some(TokenTree::Ident(name)) => Some(name.to_string()),
        _ => None,
    }
}

fn braces(tokens: &[TokenTree], at: usize) -> Option<TokenStream> {
    match tokens.get(at) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => Some(group.stream()),
        _ => None,
    }
}

fn is_punct(tokens: &[TokenTree], at: usize, char: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == char)
}
