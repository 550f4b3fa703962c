//! `lith-split run`: a generated workspace behind a local port.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;

use super::args::RunArgs;
use super::failure::Failure;
use super::generate::out_dir;
use super::local::{Given, Local, logs, surroundings};
use super::{Console, Exit, pipeline, programs};
use crate::diagnostic::Diagnostics;
use crate::fileset::MANIFEST;
use crate::verify::{Application, Said, Service, Watch, WorkspaceError, serve};
use crate::words::count;

pub(super) fn run(args: &RunArgs, console: &Console) -> anyhow::Result<Exit> {
    let folder = folder(args, console)?;
    let local = Local::read(&folder, &args.local, &Given::default())?;
    let logs = logs(&args.local, console, &count(local.functions.len(), "function"))?;
    let application = application(args, local, &logs)?;
    if args.endpoint.is_none() {
        console.message("calls of AWS fail: give --endpoint with the address of what stands for it");
    }
    let service = Service {
        watch: args.watch.then(|| watch(args, &folder, &application, logs)),
        application,
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
        Said::Changed(file) => console.message(&format!("{} changed", file.display())),
        Said::Renewed => console.message("what changed is served"),
        Said::NotRenewed(why) => console.error(&format!("what was before is still served: {why}")),
        Said::Failed { request, function, why, log } => {
            console.error(&format!("{function} did not answer {request}: {why}; its log is {log}"));
        }
    })
    .with_context(|| format!("cannot serve on 127.0.0.1:{}", args.port))?;
    unwritten.map_or(Ok(Exit::Ok), Err)
}

/// What is served.
fn application(args: &RunArgs, mut local: Local, logs: &Path) -> anyhow::Result<Application> {
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
    Ok(Application {
        functions: local.functions,
        routes: local.deployment.routes,
        existing,
        around: surroundings(&args.local, args.endpoint.as_deref(), logs.to_path_buf()),
        matching: args.local.matching.into(),
    })
}

/// What is looked at, built and read while it is served.
fn watch(args: &RunArgs, folder: &Path, application: &Application, logs: PathBuf) -> Watch {
    let is_built = args.local.bin_dir.is_none();
    let programs = application.functions.iter().map(|function| function.program.clone());
    let (args, of_workspace) = (args.clone(), folder.to_path_buf());
    // Paths below a folder begin as the folder does.
    let absolute = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    Watch {
        folder: absolute(folder),
        besides: absolute(&logs),
        // Cargo changes what it builds.
        files: if is_built { args.monolith.iter().cloned().collect() } else { programs.collect() },
        build: is_built.then(programs::command_for_workspace),
        read: Box::new(move || {
            let local = Local::read(&of_workspace, &args.local, &Given::default());
            let read = local.and_then(|local| self::application(&args, local, &logs));
            read.map_err(|error| format!("{error:#}"))
        }),
    }
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
