//! `lith-split run`: a generated workspace behind a local port.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;

use super::args::RunArgs;
use super::failure::Failure;
use super::generate::out_dir;
use super::local::{Given, Local, logs, surroundings};
use super::{Console, Exit, pipeline};
use crate::diagnostic::Diagnostics;
use crate::fileset::MANIFEST;
use crate::report::count;
use crate::verify::{Application, Said, Service, WorkspaceError, serve};

pub(super) fn run(args: &RunArgs, console: &Console) -> anyhow::Result<Exit> {
    let folder = folder(args, console)?;
    let mut local = Local::read(&folder, &args.local, &Given::default())?;
    let generated = count(local.functions.len(), "function");
    let existing = match &args.monolith {
        Some(program) => {
            let name = local.existing().ok_or_else(|| {
                Failure::usage("no route leads to an existing function, so --monolith has no use")
            })?;
            let existing = local.program(&name, program)?;
            local.functions.push(existing);
            Some(local.functions.len() - 1)
        }
        None => None,
    };
    let logs = logs(&args.local, console, &generated)?;
    if args.endpoint.is_none() {
        console.message("calls of AWS fail: give --endpoint with the address of what stands for it");
    }
    let service = Service {
        application: Application {
            functions: local.functions,
            routes: local.deployment.routes,
            existing,
            around: surroundings(&args.local, args.endpoint.as_deref(), logs),
            matching: args.local.matching.into(),
        },
        port: args.port,
        idle: Duration::from_secs(args.idle),
    };
    let mut unwritten = None;
    serve(service, &mut |said| match said {
        Said::Listening(address) => unwritten = console.result(&format!("http://{address}\n")).err(),
        Said::Answered { request, status, function, took } => {
            let by = function.map(|function| format!(" {function}")).unwrap_or_default();
            console.message(&format!("{status} {request}{by} {} ms", took.as_millis()));
        }
        Said::Failed { request, function, why, log } => {
            console.error(&format!("{function} did not answer {request}: {why}; its log is {log}"));
        }
    })
    .with_context(|| format!("cannot serve on 127.0.0.1:{}", args.port))?;
    unwritten.map_or(Ok(Exit::Ok), Err)
}

/// The folder of the workspace.
fn folder(args: &RunArgs, console: &Console) -> anyhow::Result<PathBuf> {
    let folder = match &args.out {
        Some(out) => out.clone(),
        None => {
            let progress = console.progress();
            let analysis = pipeline::analysis(&args.input, None, &mut Diagnostics::default(), &progress)?;
            out_dir(None, &analysis)?
        }
    };
    if folder.join(MANIFEST).is_file() {
        Ok(folder)
    } else {
        Err(WorkspaceError::NotGenerated(folder.display().to_string()).into())
    }
}
