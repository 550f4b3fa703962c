//! `lith-split diff`: what changed between two states of a program.
//!
//! A state is a revision of the repository, the files as they are, or a report that was kept. Deliberately absent: the comparison (`report`).

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::absolute::absolute;
use super::affected::{self, Prints};
use super::args::{DiffArgs, DiffFormat, InputArgs};
use super::failure::Failure;
use super::pipeline::Analysis;
use super::revision::Repository;
use super::{Console, Exit, pipeline};
use crate::diagnostic::{Diagnostics, Severity};
use crate::report::{self, Changes, Reading};

/// What the files as they are, are called.
const NOW: &str = "working tree";

pub(super) fn run(args: &DiffArgs, console: &Console) -> anyhow::Result<Exit> {
    if args.affected {
        return affected(args, console);
    }
    let (before, after) = match &args.baseline {
        Some(path) => {
            let now = State { name: NOW.to_string(), value: reading(&args.input, console)? };
            (State { name: path.display().to_string(), value: kept(path)? }, now)
        }
        None => revisions(args, &|input| reading(input, console))?,
    };
    let names = [before.name.as_str(), after.name.as_str()];
    let mut changes = Changes::between(&before.value, &after.value, names);
    if args.security_only {
        changes = changes.of_security();
    }
    let text = match args.format {
        DiffFormat::Text => changes.text(),
        DiffFormat::Markdown => changes.markdown(),
        DiffFormat::Json => changes.json(),
    };
    console.result_to(args.output.as_deref(), "comparison", &text)?;
    let least = args.fail_on.map(Severity::from);
    let is_worse = least.is_some_and(|least| changes.worst_new_finding().is_some_and(|worst| worst >= least));
    let differs = args.exit_code && !changes.is_empty();
    Ok(if is_worse || differs { Exit::Findings } else { Exit::Ok })
}

/// The functions that have to be deployed again.
fn affected(args: &DiffArgs, console: &Console) -> anyhow::Result<Exit> {
    let prints = |input: &InputArgs| Prints::of(&analysed(input, console)?.0);
    let (before, after) = revisions(args, &prints)?;
    let found = before.value.affected(&after.value);
    let text = match args.format {
        DiffFormat::Text => affected::text(&found, after.value.len()),
        DiffFormat::Json => affected::json(&found),
        DiffFormat::Markdown => {
            return Err(Failure::usage("--affected goes with --format text and json").into());
        }
    };
    console.result_to(args.output.as_deref(), "comparison", &text)?;
    Ok(if args.exit_code && !found.is_empty() { Exit::Findings } else { Exit::Ok })
}

/// One side of the comparison: what it is called, and what is compared of it.
struct State<T> {
    name: String,
    value: T,
}

/// What to find out of a program.
type Look<'a, T> = dyn Fn(&InputArgs) -> anyhow::Result<T> + 'a;

/// Looks at the files of a revision.
fn of_revision<T>(
    repository: &Repository,
    name: &str,
    args: &DiffArgs,
    look: &Look<'_, T>,
) -> anyhow::Result<State<T>> {
    let revision = repository.revision(name)?;
    let inside = |path: &Path| -> Option<PathBuf> {
        absolute(path).strip_prefix(repository.root()).ok().map(|inside| revision.path(inside))
    };
    let manifest = manifest(&args.input)?;
    let there = inside(&manifest)
        .filter(|path| path.is_file())
        .ok_or_else(|| Failure::input(format!("the revision `{name}` has no `{}`", manifest.display())))?;
    // A plan outside of the repository has no older state, and an index is of the files as they are.
    let plan = match &args.input.plan {
        Some(plan) => inside(plan).or_else(|| Some(plan.clone())),
        None => None,
    };
    let input = InputArgs { manifest_path: Some(there), plan, scip: None, ..args.input.clone() };
    let value = look(&input).with_context(|| format!("cannot analyse the revision `{name}`"))?;
    Ok(State { name: name.to_string(), value })
}

/// Both sides of `A..B`, `A...B` or `A`, as `git diff` has them.
fn revisions<T>(args: &DiffArgs, look: &Look<'_, T>) -> anyhow::Result<(State<T>, State<T>)> {
    let manifest = manifest(&args.input)?;
    let folder = manifest.parent().unwrap_or(Path::new("."));
    let repository = Repository::around(folder)?;
    let of = |name: &str| of_revision(&repository, name, args, look);
    let head = |name: &str| if name.is_empty() { "HEAD".to_string() } else { name.to_string() };
    match range(args.revisions.as_deref().unwrap_or("HEAD")) {
        Range::Since(name) => Ok((of(name)?, State { name: NOW.to_string(), value: look(&args.input)? })),
        Range::Between(older, newer) => Ok((of(&head(older))?, of(&head(newer))?)),
        Range::SinceFork(older, newer) => {
            let (older, newer) = (head(older), head(newer));
            let fork = repository.fork(&older, &newer)?;
            Ok((of(&fork)?, of(&newer)?))
        }
    }
}

/// What two states a text names.
#[derive(Debug, PartialEq, Eq)]
enum Range<'a> {
    /// A revision, against the files as they are.
    Since(&'a str),
    Between(&'a str, &'a str),
    /// What the second has that was not there when it left the first.
    SinceFork(&'a str, &'a str),
}

fn range(text: &str) -> Range<'_> {
    if let Some((older, newer)) = text.split_once("...") {
        Range::SinceFork(older, newer)
    } else if let Some((older, newer)) = text.split_once("..") {
        Range::Between(older, newer)
    } else {
        Range::Since(text)
    }
}

/// The manifest that is meant, whether it is still there or not.
fn manifest(input: &InputArgs) -> anyhow::Result<PathBuf> {
    let here = match &input.manifest_path {
        Some(path) if path.is_dir() => return Ok(absolute(&path.join("Cargo.toml"))),
        Some(path) => return Ok(absolute(path)),
        None => std::env::current_dir().context("cannot find the current folder")?,
    };
    let found = here.ancestors().map(|folder| folder.join("Cargo.toml")).find(|path| path.is_file());
    Ok(absolute(&found.unwrap_or_else(|| here.join("Cargo.toml"))))
}

/// A report that was kept.
fn kept(path: &Path) -> anyhow::Result<Reading> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the report `{}`", path.display()))?;
    Ok(Reading::parse(&text)
        .map_err(|why| Failure::usage(format!("cannot use the report `{}`: {why}", path.display())))?)
}

/// What `analyze --format json` says.
fn reading(input: &InputArgs, console: &Console) -> anyhow::Result<Reading> {
    let (mut analysis, mut diagnostics) = analysed(input, console)?;
    analysis.compare_deployed(None, &mut diagnostics)?;
    diagnostics.extend(analysis.check_plan());
    diagnostics.extend(analysis.check_budgets());
    let findings = diagnostics.sorted();
    let text = report::json(&analysis.report(&findings));
    Ok(Reading::parse(&text).expect("the report that is written can be read"))
}

fn analysed(input: &InputArgs, console: &Console) -> anyhow::Result<(Analysis, Diagnostics)> {
    let mut diagnostics = Diagnostics::default();
    let analysis = pipeline::analysis(input, None, &mut diagnostics, &console.progress())?;
    Ok((analysis, diagnostics))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_git_reads_them() {
        assert_eq!(range("main"), Range::Since("main"));
        assert_eq!(range("v1.0..v1.1"), Range::Between("v1.0", "v1.1"));
        assert_eq!(range("main.."), Range::Between("main", ""));
        assert_eq!(range("main...topic"), Range::SinceFork("main", "topic"));
    }
}
