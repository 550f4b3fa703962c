//! `lith-split generate`: the plan becomes a workspace.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::absolute::absolute;
use super::args::GenerateArgs;
use super::failure::Failure;
use super::pipeline::Analysis;
use super::{Console, Exit, only, pipeline};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::fileset::{ChangeKind, Diff};
use crate::report::plain;
use crate::words::count;

pub(super) fn run(args: &GenerateArgs, console: &Console) -> anyhow::Result<Exit> {
    let mut diagnostics = Diagnostics::default();
    let progress = console.progress();
    let analysis = pipeline::analysis(&args.input, None, &mut diagnostics, &progress)?;
    let sources = &analysis.program.tree.sources;
    diagnostics.extend(analysis.check_plan());
    let findings = diagnostics.sorted();
    if let Err(failure) = analysis
        .require_routes()
        .and_then(|()| require_plan(&analysis, &findings))
        .and_then(|()| require_whole(&findings))
    {
        drop(progress);
        console.findings(&findings, sources);
        return Err(failure.into());
    }
    let whole = &analysis.plan.plan;
    let plan = match &args.only[..] {
        [] => whole.clone(),
        names => whole.only(&only::services(names, whole)?),
    };
    let out = out_dir(args.out.as_deref(), &analysis)?;
    let files = pipeline::workspace(&analysis, &plan, &mut diagnostics, &progress)?;
    drop(progress);
    let findings = diagnostics.sorted();
    console.findings(&findings, sources);
    require_split(&findings)?;
    if args.dry_run || args.diff {
        let diff = files.diff(&out)?;
        console.result(&if args.diff { diff.to_unified() } else { list(&diff) })?;
        say_changes(&diff, console);
        let is_refused = !args.force && diff.collisions().next().is_some();
        return Ok(if is_refused { Exit::Refused } else { Exit::Ok });
    }
    let diff = files.write(&out, args.force)?;
    say_changes(&diff, console);
    console.message(&format!(
        "{}: {}, {} in {}. Next: `cargo check --workspace` there, then `sam build`.",
        out.display(),
        count(plan.services.len(), "service"),
        count(plan.functions().count(), "function"),
        count(files.files.len(), "file"),
    ));
    Ok(Exit::Ok)
}

/// A plan with errors is not generated from: the routes it misplaces would be lost.
fn require_plan(analysis: &Analysis, findings: &[Diagnostic]) -> Result<(), Failure> {
    let codes = [Code::PLAN_UNKNOWN_ROUTE, Code::PLAN_MISSING_ROUTE, Code::PLAN_INVALID];
    if findings.iter().any(|finding| codes.contains(&finding.code)) {
        return Err(Failure::usage(format!(
            "the plan file `{}` does not fit the program; `lith-split plan` updates it",
            analysis.plan.path.display()
        )));
    }
    let plan = &analysis.plan.plan;
    if !plan.keep.is_empty() && plan.functions().next().is_none() {
        return Err(Failure::usage(
            "the plan keeps every route in the monolith, so there is nothing to generate; `lith-split plan` says why, and \
             a route may be moved from `keep` into a function",
        ));
    }
    Ok(())
}

/// A program of which a part could not be read is not split: what that part answers would be lost.
fn require_whole(findings: &[Diagnostic]) -> Result<(), Failure> {
    let codes = [
        Code::FILE_NOT_PARSED,
        Code::FILE_NOT_READ,
        Code::MODULE_NOT_FOUND,
        Code::MODULE_CYCLE,
        Code::ROUTER_UNKNOWN,
    ];
    if findings.iter().any(|finding| codes.contains(&finding.code)) {
        return Err(Failure::input(
            "a part of the program could not be read, so its routes would be missing; mend what the findings above name",
        ));
    }
    Ok(())
}

/// A workspace that misses something is not written.
fn require_split(findings: &[Diagnostic]) -> Result<(), Failure> {
    if findings.iter().any(|finding| finding.code == Code::CONSTRUCT_NOT_SPLIT) {
        return Err(Failure::input(
            "the program has constructs that cannot be split; keep their routes in the monolith or change them",
        ));
    }
    if findings.iter().any(|finding| finding.code == Code::KEPT_ROUTE_TAKEN) {
        return Err(Failure::usage(
            "routes that stay in the monolith would lose requests to a function; keep or move what the findings above name together",
        ));
    }
    Ok(())
}

/// Where the workspace goes: never into the program itself.
pub(super) fn out_dir(out: Option<&Path>, analysis: &Analysis) -> anyhow::Result<PathBuf> {
    let package = analysis.program.tree.packages.first().map_or(Path::new("."), |package| &package.dir);
    let out = match out {
        Some(out) => out.to_path_buf(),
        None => absolute(package)
            .parent()
            .unwrap_or(Path::new("."))
            .join(format!("{}-split", analysis.plan.plan.name)),
    };
    let (target, source) = (absolute(&out), absolute(package));
    if target == source || target.starts_with(source.join("src")) || source.starts_with(&target) {
        return Err(Failure::refused(format!(
            "`{}` holds the program itself; choose another folder with --out",
            out.display()
        ))
        .into());
    }
    Ok(out)
}

fn list(diff: &Diff) -> String {
    let mut text = String::new();
    for change in &diff.changes {
        let sign = match change.kind {
            ChangeKind::Added => '+',
            ChangeKind::Removed => '-',
            ChangeKind::Changed => '~',
            ChangeKind::Merged => 'm',
            ChangeKind::Collision(_) => '!',
        };
        let from = change.origin.as_ref().map_or(String::new(), |origin| format!("  from {}", origin.path));
        let _ = writeln!(text, "{sign} {}{from}", change.path);
    }
    text
}

/// What became of edits, and which functions and routes came and went since the last generation.
fn say_changes(diff: &Diff, console: &Console) {
    let merged = diff.changes.iter().filter(|change| change.kind == ChangeKind::Merged);
    let mut lines: Vec<String> =
        merged.map(|change| format!("merged   {}: your edits and what changed", change.path)).collect();
    lines.extend(diff.kept.iter().map(|path| format!("kept     {path}: edited, and generated as before")));
    lines.extend(diff.left.iter().map(|path| format!("left     {path}: edited, and no longer generated")));
    let changes = &diff.functions;
    let mut each = |what: &str, names: &[String]| {
        lines.extend(names.iter().map(|name| format!("{what} {}", plain(name))));
    };
    each("new      function", &changes.new_functions);
    each("gone     function", &changes.gone_functions);
    each("new      route", &changes.new_routes);
    each("gone     route", &changes.gone_routes);
    lines.iter().for_each(|line| console.message(line));
}
