//! Variables that the code reads against those that the template sets.
//!
//! Missing is what the code reads and fails without; a variable that it can do without is none. Nobody reads what no source file of the
//! program names. Deliberately absent: values.
//!
//! Source: Lambda developer guide, "Defined runtime environment variables".

use std::collections::{BTreeMap, BTreeSet};

use super::{Compared, Function};
use crate::access::EnvVar;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::resolve::DefKind;
use crate::span::Location;
use crate::values;

/// Beginnings of variables that Lambda sets, or that runtimes, agents and common crates read.
const OF_OTHERS: &[&str] = &[
    "AWS_",
    "_HANDLER",
    "_X_AMZN",
    "LAMBDA_",
    "RUST_",
    "OTEL_",
    "TZ",
    "LANG",
    "LC_",
    "PATH",
    "LD_",
    "HOME",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_",
    "DD_",
    "SENTRY_",
    "NEW_RELIC_",
    "POWERTOOLS_",
    "PG",
    "DATABASE_URL",
    "READINESS_",
    "PORT",
    "HOST",
    "ASYNC_INIT",
    "REMOVE_BASE_PATH",
    "PARAMETERS_SECRETS_",
    "SSM_",
    "SECRETS_",
    "CARGO_",
    "APPCONFIG_",
    "MALLOC_",
    "TOKIO_",
    "NO_COLOR",
];

pub(super) fn compare(compared: &Compared<'_>, function: &Function, found: &mut Vec<Diagnostic>) {
    if let Some(why) = &function.unclear.variables {
        let what = format!("the variables of `{}` are not compared: {why}", function.id);
        found.push(compared.not_compared(function.span, &what));
        return;
    }
    not_set(compared, function, found);
    not_read(compared, function, found);
}

fn not_set(compared: &Compared<'_>, function: &Function, found: &mut Vec<Diagnostic>) {
    let may_be_set = |name: &str| {
        let sets = format!("\"{name}\"");
        function.variables.iter().any(|variable| variable.name == name)
            || OF_OTHERS.iter().any(|other| name.starts_with(other))
            || texts(compared).any(|text| text.contains("set_var(") && text.contains(&sets))
    };
    let package = compared.program.tree.packages.first();
    let mut dependencies = package.into_iter().flat_map(|package| &package.dependencies);
    // These set variables from a file, which may be in the archive or the image.
    if function.artifact.is_image || dependencies.any(|dependency| dependency.package.contains("dotenv")) {
        return;
    }
    let accesses = compared.accesses;
    let mut seen = BTreeSet::new();
    // Most routes read the same ones.
    let reads = accesses.env();
    let reads = reads.filter(|read| seen.insert((&read.name, read.location)));
    let mut needed: BTreeMap<&str, &EnvVar> = BTreeMap::new();
    for variable in
        reads.filter(|read| read.default.is_none() && fails_without(compared, read.location).is_some())
    {
        let first = needed.entry(&variable.name).or_insert(variable);
        if doubt(compared, first.location).is_some() && doubt(compared, variable.location).is_none() {
            *first = variable;
        }
    }
    for (name, variable) in needed.into_iter().filter(|(name, _)| !may_be_set(name)) {
        let place = compared.place(variable.location);
        let what = format!(
            "the code reads `{name}` ({place}) and fails without it; `{}` does not set it",
            function.id
        );
        let mut finding = Diagnostic::new(Code::VARIABLE_NOT_SET, what).at((compared.at)(function.span));
        if let Some(why) = doubt(compared, variable.location) {
            finding.severity = Severity::Note;
            finding.message = format!("{}, and may not need to: {why}", finding.message);
        }
        found.push(finding.help(format!("set `{name}` in the function's `Environment`")));
    }
}

fn not_read(compared: &Compared<'_>, function: &Function, found: &mut Vec<Diagnostic>) {
    let mut own = function.variables.iter().filter(|variable| !variable.is_global).peekable();
    if own.peek().is_none() || function.has_layers {
        return;
    }
    // Names that are computed, or known to another crate only.
    let computed = ["env::vars", "var(&format!", "var(format!", "var_os(&format!", "var_os(format!"];
    let is_open = texts(compared).any(|text| computed.iter().any(|call| text.contains(call)))
        || compared.analysis_has(&[
            Code::VARIABLES_UNKNOWN,
            Code::FILE_NOT_PARSED,
            Code::FILE_NOT_READ,
            Code::MODULE_NOT_FOUND,
            Code::DEPENDENCY_NOT_READ,
        ])
        || values::fills_structs(compared.program);
    if is_open {
        return;
    }
    for variable in own {
        let name = &variable.name;
        let is_of_others = OF_OTHERS.iter().any(|other| name.starts_with(other));
        if is_of_others || texts(compared).any(|text| text.contains(name.as_str())) {
            continue;
        }
        found.push(
            Diagnostic::new(
                Code::VARIABLE_NOT_READ,
                format!("`{}` sets `{name}`, which the code does not name", function.id),
            )
            .at((compared.at)(variable.span)),
        );
    }
}

/// Texts of the program's source files.
fn texts<'a>(compared: &'a Compared<'_>) -> impl Iterator<Item = &'a str> {
    let tree = &compared.program.tree;
    tree.sources.iter().take(tree.facts.len()).map(|(_, file)| &*file.text)
}

/// What becomes of a function whose variable is not set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Failure {
    Panics,
    /// Its caller may do without.
    Returns,
}

/// Whether the code panics or returns early where a call gives nothing: what follows it is `?`, `unwrap` or `expect`.
fn fails_without(compared: &Compared<'_>, call: Location) -> Option<Failure> {
    let text = &compared.program.tree.sources.get(call.source).text;
    let mut rest = text.get(call.span.end as usize..).unwrap_or_default().trim_start();
    loop {
        if rest.starts_with('?') {
            return Some(Failure::Returns);
        }
        if rest.starts_with(".unwrap()") || rest.starts_with(".expect(") {
            return Some(Failure::Panics);
        }
        let passed = [".map_err(", ".context(", ".with_context(", ".ok_or(", ".ok_or_else(", ".ok()"];
        let method = passed.iter().find(|method| rest.starts_with(**method))?;
        let end = closing(rest, method.find('(').unwrap_or_default())?;
        rest = rest[end + 1..].trim_start();
    }
}

/// The bracket that closes the one at `open`; brackets in texts count, so a text with one of them leads to an early or late end.
fn closing(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut in_text = false;
    let mut before = ' ';
    for (at, c) in text.char_indices().skip_while(|(at, _)| *at < open) {
        match c {
            '"' if before != '\\' => in_text = !in_text,
            '(' if !in_text => depth += 1,
            ')' if !in_text => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
        before = c;
    }
    None
}

/// Why a variable may not be needed though the call that reads it fails without.
fn doubt(compared: &Compared<'_>, call: Location) -> Option<&'static str> {
    let holds = |location: Location| location.source == call.source && location.span.contains(call.span);
    let defs = compared.program.defs.iter().filter(|def| matches!(def.kind, DefKind::Fn | DefKind::Method));
    let own = defs.filter(|def| holds(def.location));
    let own = own.min_by_key(|def| def.location.span.end - def.location.span.start);
    if own.is_none_or(|own| is_branched(compared, own.location, call)) {
        return Some("it is read under a condition");
    }
    let returns = fails_without(compared, call) == Some(Failure::Returns);
    let is_entry = own.is_some_and(|own| compared.routes.entry == Some(own.id));
    (returns && !is_entry).then_some("the caller may do without")
}

/// Whether a call stands in a block, closure or branch of its function, so that it may not run.
fn is_branched(compared: &Compared<'_>, function: Location, call: Location) -> bool {
    let text = &compared.program.tree.sources.get(call.source).text;
    let before = text.get(function.span.start as usize..call.span.start as usize).unwrap_or_default();
    // Each bracket that is open, and whether it is a struct's: what stands in one runs with what is around it. Brackets in texts and
    // comments come in pairs, or the answer is the careful one.
    let mut open: Vec<bool> = Vec::new();
    for (at, c) in before.char_indices() {
        match c {
            '{' => open.push(is_of_struct(&before[..at])),
            '}' => drop(open.pop()),
            _ => {}
        }
    }
    let statement = before.rsplit([';', '{', '}']).next().unwrap_or_default();
    statement.contains('|')
        || statement.contains("=>")
        || open.get(1..).is_none_or(|inner| inner.contains(&false))
}

/// Whether what stands before a bracket is the name of a type.
fn is_of_struct(before: &str) -> bool {
    let word =
        before.trim_end().rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    word.starts_with(char::is_uppercase) && word.contains(char::is_lowercase)
}
