//! `lith-split verify`: whether a generated workspace is the program it was split from.

use super::args::{EvidenceFormat, VerifyArgs};
use super::generate::out_dir;
use super::{Console, Exit, answers, pipeline};
use crate::diagnostic::Diagnostics;
use crate::report::{self, Evidence};
use crate::verify::{self, Check, Monolith, Trial};

pub(super) fn run(args: &VerifyArgs, console: &Console) -> anyhow::Result<Exit> {
    let mut diagnostics = Diagnostics::default();
    let progress = console.progress();
    let analysis = pipeline::analysis(&args.input, None, &mut diagnostics, &progress)?;
    analysis.require_routes()?;
    let folder = out_dir(args.out.as_deref(), &analysis)?;
    progress.stage("verifying");
    let monolith = Monolith { routes: &analysis.routes, accesses: &analysis.accesses };
    let checks = verify::verify(monolith, &folder)?;
    drop(progress);
    // What differs in the code differs in the answers: both are said.
    let trial = if args.run { Some(answers::run(args, &analysis, &folder, console)?) } else { None };
    let holds = checks.iter().all(Check::holds) && trial.as_ref().is_none_or(Trial::holds);
    let evidence = Evidence { checks: &checks, trial: trial.as_ref() };
    console.result(&match args.format {
        EvidenceFormat::Text => report::evidence_text(evidence),
        EvidenceFormat::Json => report::evidence_json(evidence),
    })?;
    Ok(if holds { Exit::Ok } else { Exit::Verification })
}
