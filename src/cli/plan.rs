//! `lith-split plan`: writes the plan file, brings it up to date, edits it, or says what an edit would change.

use std::fmt::Write as _;

use anyhow::Context as _;

use super::args::PlanArgs;
use super::failure::Failure;
use super::pipeline::{self, Analysis};
use super::planned::Wanted;
use super::{Console, Exit};
use crate::diagnostic::{Diagnostics, Severity};
use crate::plan::Update;
use crate::report::{self, Changes, Reading, plain};
use crate::words::count;

pub(super) fn run(args: &PlanArgs, console: &Console) -> anyhow::Result<Exit> {
    if args.check {
        return check(args, console);
    }
    if !args.what_if.is_empty() {
        return what_if(args, console);
    }
    let mut diagnostics = Diagnostics::default();
    let regroup = args
        .granularity
        .map(|granularity| Wanted { granularity: granularity.into(), only: args.only.clone() });
    let mut analysis =
        pipeline::analysis(&args.input, regroup.as_ref(), &mut diagnostics, &console.progress())?;
    if !args.edit.is_empty() && is_usable(&analysis) {
        analysis.edit(&args.edit)?;
    }
    let plan = &analysis.plan;
    if plan.file.is_some() || plan.text.is_none() {
        diagnostics.extend(crate::plan::check::written_apart(&analysis.proposal));
        diagnostics.extend(analysis.check_constraints());
    }
    let findings = diagnostics.sorted();
    console.findings(&findings, &analysis.program.tree.sources);
    analysis.require_routes()?;
    require_usable(&analysis)?;
    if args.dry_run {
        console.result(&plan.update.text)?;
        return Ok(Exit::Ok);
    }
    if plan.text.as_deref() != Some(&plan.update.text) {
        std::fs::write(&plan.path, &plan.update.text)
            .with_context(|| format!("cannot write the plan to `{}`", plan.path.display()))?;
    }
    say_changes(&plan.update, plan.text.is_some(), console);
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let review = if errors == 0 { String::new() } else { format!(", {} to review", count(errors, "error")) };
    console.message(&format!(
        "{}: {}, {}{review}. Next: `lith-split generate`.",
        plan.path.display(),
        count(plan.plan.services.len(), "service"),
        count(plan.plan.functions().count(), "function"),
    ));
    Ok(Exit::Ok)
}

/// Whether there is no plan file, or one that can be understood.
fn is_usable(analysis: &Analysis) -> bool {
    analysis.plan.text.is_none() || analysis.plan.file.is_some()
}

fn require_usable(analysis: &Analysis) -> Result<(), Failure> {
    let path = analysis.plan.path.display();
    let message = format!("the plan file `{path}` cannot be used; correct it or move it away");
    if is_usable(analysis) { Ok(()) } else { Err(Failure::usage(message)) }
}

/// Whether the plan file is what `plan` would write, and keeps to what it demands.
fn check(args: &PlanArgs, console: &Console) -> anyhow::Result<Exit> {
    let mut diagnostics = Diagnostics::default();
    let analysis = pipeline::analysis(&args.input, None, &mut diagnostics, &console.progress())?;
    diagnostics.extend(analysis.check_plan());
    let findings = diagnostics.sorted();
    console.findings(&findings, &analysis.program.tree.sources);
    analysis.require_routes()?;
    require_usable(&analysis)?;
    let plan = &analysis.plan;
    let path = plan.path.display();
    let Some(text) = &plan.text else {
        return Err(
            Failure::usage(format!("there is no plan file `{path}`; `lith-split plan` writes it")).into()
        );
    };
    let broken = analysis.check_constraints();
    if *text == plan.update.text && broken.is_empty() {
        console.message(&format!("{path}: up to date with the program."));
        return Ok(Exit::Ok);
    }
    let mut drift = String::new();
    let lines = plan.update.added.iter().map(|id| format!("not in the plan     {id}"));
    let lines = lines.chain(plan.update.vanished.iter().map(|id| format!("not in the program  {id}")));
    let lines = lines
        .chain(plan.update.renamed.iter().map(|(old, new)| format!("has another name    {old}, now {new}")));
    let lines = lines.chain(broken.iter().map(|finding| format!("not as demanded     {}", finding.message)));
    for line in lines {
        let _ = writeln!(drift, "{}", plain(&line));
    }
    if drift.is_empty() {
        drift.push_str("`owns` is not what services write now\n");
    }
    console.result(&drift)?;
    let next = if *text == plan.update.text {
        "breaks what it demands. Next: what the findings above say"
    } else {
        "not up to date with the program. Next: `lith-split plan`"
    };
    console.message(&format!("{path}: {next}."));
    Ok(Exit::Findings)
}

/// Both sides of an edit, compared like two states of the program.
fn what_if(args: &PlanArgs, console: &Console) -> anyhow::Result<Exit> {
    let mut diagnostics = Diagnostics::default();
    let mut analysis = pipeline::analysis(&args.input, None, &mut diagnostics, &console.progress())?;
    analysis.require_routes()?;
    require_usable(&analysis)?;
    let reading = |analysis: &Analysis| {
        let mut diagnostics = diagnostics.clone();
        diagnostics.extend(analysis.check_plan());
        diagnostics.extend(analysis.check_budgets());
        let text = report::json(&analysis.report(&diagnostics.sorted()));
        Reading::parse(&text).expect("the report that is written can be read")
    };
    let before = reading(&analysis);
    analysis.edit(&args.what_if)?;
    let after = reading(&analysis);
    console.result(&Changes::between(&before, &after, ["the plan as it is", "edited"]).text())?;
    console.message("Nothing is written. `lith-split plan --edit` does the same to the plan file.");
    Ok(Exit::Ok)
}

fn say_changes(update: &Update, existed: bool, console: &Console) {
    if !existed {
        return;
    }
    for id in &update.added {
        console.message(&format!("placed   {}", plain(id)));
    }
    for id in &update.vanished {
        console.message(&format!("took out {}", plain(id)));
    }
    for (old, new) in &update.renamed {
        console.message(&format!("renamed  {} to {}", plain(old), plain(new)));
    }
}
