//! `lith-split verify`: whether a generated workspace is the program it was split from.

use super::args::{EvidenceFormat, VerifyArgs};
use super::generate::out_dir;
use super::pipeline;
use super::{Console, Exit};
use crate::diagnostic::Diagnostics;
use crate::report;
use crate::verify::{self, Check, Monolith};

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
    console.result(&match args.format {
        EvidenceFormat::Text => report::evidence_text(&checks),
        EvidenceFormat::Json => report::evidence_json(&checks),
    })?;
    Ok(if checks.iter().all(Check::holds) { Exit::Ok } else { Exit::Verification })
}
