//! `lith-split analyze`: reads, reports, writes nothing but the report.

use super::args::{AnalyzeArgs, Format, ViewName};
use super::cache::{Answer, Cache};
use super::failure::Failure;
use super::pipeline::Analysis;
use super::{Console, Exit, pipeline};
use crate::diagnostic::{Code, Diagnostics, Severity};
use crate::load::Inputs;
use crate::report::{self, Detail, Report};

pub(super) fn run(args: &AnalyzeArgs, console: &Console) -> anyhow::Result<Exit> {
    let has_json = matches!(args.view, Some(ViewName::Calls | ViewName::Iam));
    if args.view.is_some() && args.format != Format::Text && !(has_json && args.format == Format::Json) {
        let message = "--view goes with --format text, `--view calls` and `--view iam` with json too";
        return Err(Failure::usage(message).into());
    }
    let query = args.query();
    if query.is_some() && matches!(args.format, Format::Markdown | Format::Sarif | Format::Github) {
        let message = "--focus, --reaches and --path go with --format text, json, mermaid and dot";
        return Err(Failure::usage(message).into());
    }
    // Findings with their source text are not part of a kept answer.
    let cache = if console.is_verbose() { None } else { Cache::of(args) };
    if let Some(answer) = cache.as_ref().and_then(Cache::answer) {
        console.result_to(args.output.as_deref(), "report", &answer.text)?;
        return Ok(finish(args, console, &answer));
    }
    let mut diagnostics = Diagnostics::default();
    let mut analysis = pipeline::analysis(&args.input, None, &mut diagnostics, &console.progress())?;
    analysis.compare_deployed(args.deployed.as_deref(), &mut diagnostics)?;
    let sources = &analysis.program.tree.sources;
    if let Err(failure) = analysis.require_routes() {
        console.findings(&diagnostics.sorted(), sources);
        return Err(failure.into());
    }
    diagnostics.extend(analysis.check_plan());
    diagnostics.extend(analysis.check_budgets());
    let findings = diagnostics.sorted();
    let report = analysis.report(&findings);
    let detail = if console.is_verbose() { Detail::Full } else { Detail::Short };
    let part = query.map(|query| report::select(&report, &query).map(|part| (query, part)));
    let part = part.transpose().map_err(Failure::usage)?;
    let text = match (args.format, &part) {
        (Format::Json, Some((_, part))) => report::json_part(&report, part),
        (Format::Mermaid, Some((_, part))) => report::mermaid_part(&report, part, args.full),
        (Format::Dot, Some((_, part))) => report::dot_part(&report, part, args.full),
        (_, Some((query, part))) => report::text_part(&report, query, part),
        (_, None) => whole(args, &analysis, &report, detail),
    };
    let fail_on = args.fail_on.map(Severity::from);
    let failed = fail_on.is_some_and(|least| diagnostics.worst().is_some_and(|worst| worst >= least));
    let answer = Answer { text, failed };
    console.result_to(args.output.as_deref(), "report", &answer.text)?;
    // The text report lists the findings; their source text is for those who ask.
    if console.is_verbose() {
        console.findings(&findings, sources);
    }
    let exit = finish(args, console, &answer);
    if let Some(cache) = cache
        && findings.iter().all(|finding| !DEPENDS_ON_MORE.contains(&finding.code))
    {
        let mut inputs = Inputs::of(&analysis.program.tree);
        inputs.add(&analysis.plan.path);
        for named in [&args.input.scip, &args.deployed].into_iter().flatten() {
            inputs.add(named);
        }
        cache.keep(inputs, answer);
    }
    // The process ends: freeing a large program piece by piece would only delay that.
    std::mem::forget(analysis);
    Ok(exit)
}

fn whole(args: &AnalyzeArgs, analysis: &Analysis, report: &Report<'_>, detail: Detail) -> String {
    match args.format {
        Format::Text => report::text(report, args.view.map(Into::into), detail),
        Format::Json => match args.view {
            Some(ViewName::Calls) => report::json_calls(report),
            Some(ViewName::Iam) => report::json_iam(report),
            _ => report::json(report),
        },
        Format::Markdown => report::markdown(report),
        Format::Mermaid => report::mermaid(report, args.full),
        Format::Dot => report::dot(report, args.full),
        Format::Sarif => report::sarif(report, &from_here(analysis)),
        Format::Github => report::github(report, &from_here(analysis)),
    }
}

/// The way from the current folder to the package, with `/` between its parts.
fn from_here(analysis: &Analysis) -> String {
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
    let package = analysis.program.tree.packages.first().map(|package| package.dir.as_path());
    let way = package.and_then(|dir| pathdiff::diff_paths(dir, &here)).unwrap_or_default();
    way.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Findings on files that could not be read: when they can be is not known.
const DEPENDS_ON_MORE: &[Code] = &[Code::FILE_NOT_READ, Code::MODULE_NOT_FOUND, Code::DEPENDENCY_NOT_READ];

fn finish(args: &AnalyzeArgs, console: &Console, answer: &Answer) -> Exit {
    if args.format == Format::Text && args.view.is_none() {
        console.message("Next: `lith-split plan` writes the plan to edit.");
    }
    if answer.failed { Exit::Findings } else { Exit::Ok }
}
