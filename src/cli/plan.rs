//! `lith-split plan`: writes the plan file, or brings it up to date.

use anyhow::Context as _;

use super::args::PlanArgs;
use super::failure::Failure;
use super::{Console, Exit, pipeline};
use crate::diagnostic::{Diagnostics, Severity};
use crate::plan::Update;
use crate::report::{count, plain};

pub(super) fn run(args: &PlanArgs, console: &Console) -> anyhow::Result<Exit> {
    let mut diagnostics = Diagnostics::default();
    let regroup = args
        .granularity
        .map(|granularity| pipeline::Wanted { granularity: granularity.into(), only: args.only.clone() });
    let analysis = pipeline::analysis(&args.input, regroup.as_ref(), &mut diagnostics, &console.progress())?;
    let plan = &analysis.plan;
    if plan.file.is_some() || plan.text.is_none() {
        diagnostics.extend(crate::plan::check::written_apart(&analysis.proposal));
    }
    let findings = diagnostics.sorted();
    console.findings(&findings, &analysis.program.tree.sources);
    analysis.require_routes()?;
    if plan.text.is_some() && plan.file.is_none() {
        return Err(Failure::usage(format!(
            "the plan file `{}` cannot be used; correct it or move it away",
            plan.path.display()
        ))
        .into());
    }
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
