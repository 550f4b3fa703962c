//! `lith-split analyze`: reads, reports, writes nothing but the report.

use anyhow::Context as _;

use super::args::{AnalyzeArgs, Format, ViewName};
use super::failure::Failure;
use super::{Console, Exit, pipeline};
use crate::diagnostic::{Diagnostics, Severity};
use crate::report::{self, Detail};

pub(super) fn run(args: &AnalyzeArgs, console: &Console) -> anyhow::Result<Exit> {
    let calls_as_json = args.view == Some(ViewName::Calls) && args.format == Format::Json;
    if args.view.is_some() && args.format != Format::Text && !calls_as_json {
        return Err(Failure::usage("--view goes with --format text, `--view calls` with json too").into());
    }
    let mut diagnostics = Diagnostics::default();
    let analysis = pipeline::analysis(&args.input, None, &mut diagnostics, &console.progress())?;
    let sources = &analysis.program.tree.sources;
    if let Err(failure) = analysis.require_routes() {
        console.findings(&diagnostics.sorted(), sources);
        return Err(failure.into());
    }
    diagnostics.extend(analysis.check_plan());
    let findings = diagnostics.sorted();
    let report = analysis.report(&findings);
    let detail = if console.is_verbose() { Detail::Full } else { Detail::Short };
    let text = match args.format {
        Format::Text => report::text(&report, args.view.map(Into::into), detail),
        Format::Json if calls_as_json => report::json_calls(&report),
        Format::Json => report::json(&report),
        Format::Markdown => report::markdown(&report),
        Format::Mermaid => report::mermaid(&report),
        Format::Dot => report::dot(&report),
    };
    match &args.output {
        Some(path) => std::fs::write(path, text)
            .with_context(|| format!("cannot write the report to `{}`", path.display()))?,
        None => console.result(&text)?,
    }
    // The text report lists the findings; their source text is for those who ask.
    if console.is_verbose() {
        console.findings(&findings, sources);
    }
    if args.format == Format::Text && args.view.is_none() {
        console.message("Next: `lith-split plan` writes the plan to edit.");
    }
    let fail_on = args.fail_on.map(Severity::from);
    let failed = fail_on.is_some_and(|least| diagnostics.worst().is_some_and(|worst| worst >= least));
    Ok(if failed { Exit::Findings } else { Exit::Ok })
}
