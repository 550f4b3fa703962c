//! `lith-split verify`: whether a generated workspace is the program it was split from, or one deployed system answers like another.

use anyhow::Context as _;

use super::args::{EvidenceFormat, VerifyArgs};
use super::generate::out_dir;
use super::{Console, Exit, answers, pipeline};
use crate::diagnostic::Diagnostics;
use crate::digest::hex;
use crate::fileset::MANIFEST;
use crate::report::{self, Evidence, Subject};
use crate::verify::{self, Monolith};

pub(super) fn run(args: &VerifyArgs, console: &Console) -> anyhow::Result<Exit> {
    let mut diagnostics = Diagnostics::default();
    let progress = console.progress();
    let analysis = pipeline::analysis(&args.input, None, &mut diagnostics, &progress)?;
    analysis.require_routes()?;
    let subject = Subject {
        package: &analysis.package,
        tool: concat!("lith-split ", env!("CARGO_PKG_VERSION")),
        workspace: None,
    };
    if !args.systems.url.is_empty() {
        drop(progress);
        let trial = answers::between_systems(args, &analysis, console)?;
        return said(args, Evidence { subject, checks: &[], trial: Some(&trial) }, console);
    }
    let folder = out_dir(args.out.as_deref(), &analysis)?;
    progress.stage("verifying");
    let monolith = Monolith { routes: &analysis.routes, accesses: &analysis.accesses };
    let mut checks = verify::verify(monolith, &folder)?;
    if args.lint {
        progress.stage("linting");
        checks.push(verify::lint(&folder)?);
    }
    drop(progress);
    // What differs in the code differs in the answers: both are said.
    let trial = if args.run { Some(answers::run(args, &analysis, &folder, console)?) } else { None };
    let manifest = hex(&std::fs::read(folder.join(MANIFEST)).context("the workspace's manifest")?);
    let subject = Subject { workspace: Some(&manifest), ..subject };
    said(args, Evidence { subject, checks: &checks, trial: trial.as_ref() }, console)
}

/// Writes the evidence where it is wanted.
fn said(args: &VerifyArgs, evidence: Evidence<'_>, console: &Console) -> anyhow::Result<Exit> {
    for file in &args.report {
        let text = match file.extension().and_then(|extension| extension.to_str()) {
            Some("html") => report::evidence_html(evidence),
            Some("json") => report::evidence_json(evidence),
            _ => report::evidence_text(evidence),
        };
        std::fs::write(file, text).with_context(|| format!("cannot write `{}`", file.display()))?;
    }
    console.result(&match args.format {
        EvidenceFormat::Text => report::evidence_text(evidence),
        EvidenceFormat::Json => report::evidence_json(evidence),
    })?;
    Ok(if evidence.holds() { Exit::Ok } else { Exit::Verification })
}
