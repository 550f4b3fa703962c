//! Names in templates of Askama and Rinja, whose derives turn them into code.
//!
//! Input: a type with such a derive. Output: the names in the expressions of its template, and of those that it extends, includes or imports.
//! Deliberately absent: what they mean. A name that stands alone may be a field or a method of any type, or a filter.
//!
//! Source: Askama book, "Creating templates", "Configuration", "Template syntax" and "Filters".

use std::collections::BTreeSet;

use super::assets::joined;
use crate::load::{Package, SourceTree};
use crate::resolve::{Def, Program};
use crate::syntax::Name;
use crate::syntax::ast::derives;

/// Blocks that name another template.
const OTHERS: &[&str] = &["extends", "include", "import"];
/// Folder of the package in which templates lie, and the files that may name others and change their syntax.
const FOLDER: &str = "templates";
const SETTINGS: &[&str] = &["askama.toml", "rinja.toml"];
/// What is in code, by default.
const DELIMITERS: &[(&str, &str)] = &[("{{", "}}"), ("{%", "%}")];

/// Paths in a type's template, most of one name; none where it has no template.
pub(super) fn names(program: &Program, def: &Def) -> BTreeSet<Vec<Name>> {
    let mut found = BTreeSet::new();
    let attrs = &def.item.attrs;
    let Some(attr) = attrs.iter().find(|attr| attr.path == "template") else { return found };
    if !derives(attrs, "Template") {
        return found;
    }
    let package = program.tree.package_of(def.module);
    let read = |path: &str| program.tree.text_of_package(package, path);
    let is_plain = !SETTINGS.iter().any(|file| read(file).is_some_and(|text| text.contains("syntax")));
    let mut open: Vec<String> = named(&attr.args, "path").into_iter().collect();
    if open.is_empty() {
        // `source = ".."`, or a block of code in the documentation.
        let first = attrs.iter().map(|attr| attr.span.start).min().unwrap_or(attr.span.start);
        let last = attrs.iter().map(|attr| attr.span.end).max().unwrap_or(attr.span.end);
        let text = &program.tree.sources.get(def.location.source).text;
        open.extend(in_text(&text[first as usize..last as usize], is_plain, &mut found));
    }
    let folders = folders(&program.tree, package);
    let mut seen = BTreeSet::new();
    while let Some(path) = open.pop() {
        if seen.insert(path.clone())
            && let Some(text) = folders.iter().find_map(|folder| read(&format!("{folder}/{path}")))
        {
            for other in in_text(&text, is_plain, &mut found) {
                // A path begins in the folder of templates, or in that of the template that has it.
                open.extend([joined("", &other), joined(&path, &other)]);
            }
        }
    }
    found
}

/// The folders in which templates of a package lie, from its own, in the order in which one is looked for there.
pub(super) fn folders(tree: &SourceTree, package: &Package) -> Vec<String> {
    let mut settings = SETTINGS.iter().filter_map(|file| tree.text_of_package(package, file));
    settings.find_map(|text| named_folders(&text)).unwrap_or_else(|| vec![FOLDER.to_string()])
}

/// The folders that settings name.
fn named_folders(settings: &str) -> Option<Vec<String>> {
    let settings: toml::Table = toml::from_str(settings).ok()?;
    let dirs = settings.get("general")?.get("dirs")?.as_array()?;
    Some(dirs.iter().filter_map(toml::Value::as_str).map(|dir| joined("", dir)).collect())
}

/// The text that an attribute gives to a key: `path = "index.html"`.
fn named(args: &str, key: &str) -> Option<String> {
    let at = args.match_indices(key).find(|(at, _)| {
        let before = args[..*at].trim_end();
        before.ends_with(['(', ','])
    });
    let value = args[at?.0 + key.len()..].trim_start().strip_prefix('=')?.trim_start().strip_prefix('"')?;
    value.split_once('"').map(|(path, _)| path.to_string())
}

/// Adds the paths in a template's code; gives the templates that it names. Where its syntax may be another, all of it counts as code.
fn in_text(text: &str, is_plain: bool, found: &mut BTreeSet<Vec<Name>>) -> Vec<String> {
    if !is_plain {
        return in_code(text, found);
    }
    let mut others = Vec::new();
    let mut rest = text;
    loop {
        let next = DELIMITERS.iter().filter_map(|(open, close)| Some((rest.find(open)?, *close))).min();
        let Some((at, close)) = next else { return others };
        let code = &rest[at + 2..];
        let end = code.find(close).unwrap_or(code.len());
        others.extend(in_code(&code[..end], found));
        rest = &code[end..];
    }
}

/// The same of one piece of code.
fn in_code(code: &str, found: &mut BTreeSet<Vec<Name>>) -> Vec<String> {
    let mut others = Vec::new();
    let names_other = code.split(|c: char| !c.is_alphanumeric()).any(|word| OTHERS.contains(&word));
    // Every second part stands in quotes.
    for (at, part) in code.split('"').enumerate() {
        if at % 2 == 1 {
            if names_other {
                others.push(part.to_string());
            }
            continue;
        }
        for path in part.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
            let names: Vec<Name> = path.split(':').filter(|name| !name.is_empty()).map(Name::new).collect();
            if names.first().is_some_and(|name| !name.starts_with(|c: char| c.is_ascii_digit())) {
                found.insert(names);
            }
        }
    }
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_code_and_not_in_strings() {
        let mut found = BTreeSet::new();
        let text = "<p class=\"wide\">{{ self.page.title(\"no\") | short }}</p>{% include \"foot.html\" %}{%- if crate::util::big(n) -%} end";
        assert_eq!(in_text(text, true, &mut found), ["foot.html"]);
        let paths: BTreeSet<String> = found.iter().map(|path| path.join("::")).collect();
        let expected = ["crate::util::big", "if", "include", "n", "page", "self", "short", "title"];
        assert_eq!(paths.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn settings_name_folders() {
        let check = |settings, expect: Option<&[&str]>| {
            let found = named_folders(settings);
            let found: Option<Vec<&str>> =
                found.as_ref().map(|found| found.iter().map(String::as_str).collect());
            assert_eq!(found.as_deref(), expect, "{settings}");
        };
        check("[general]\ndirs = [\"./pages/\", \"../mails\"]\n", Some(&["pages", "../mails"]));
        check("[general]\nwhitespace = \"suppress\"\n", None);
        check("[general", None);
    }

    #[test]
    fn a_path_is_found_among_other_keys() {
        assert_eq!(named("(escape = \"none\", path = \"a/b.html\")", "path").as_deref(), Some("a/b.html"));
        assert_eq!(named("(source = \"path\", ext = \"txt\")", "path"), None);
        assert_eq!(named("(path)", "path"), None);
    }
}
