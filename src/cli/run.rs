//! `lith-split run`: a generated workspace behind a local port.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;

use super::args::RunArgs;
use super::failure::Failure;
use super::generate::out_dir;
use super::{Console, Exit, pipeline};
use crate::deployed::{self, Deployment, Leads, Values};
use crate::diagnostic::Diagnostics;
use crate::fileset::MANIFEST;
use crate::report::count;
use crate::verify::{ACCOUNT, Function, Said, Service, Surroundings, WorkspaceError, serve};

/// Of the existing function, which the template does not describe: seconds and MB.
const EXISTING_TIMEOUT: u64 = 30;
const EXISTING_MEMORY: u32 = 1024;

pub(super) fn run(args: &RunArgs, console: &Console) -> anyhow::Result<Exit> {
    let folder = folder(args, console)?;
    let deployment = deployment(&folder, args)?;
    let programs = match &args.bin_dir {
        Some(dir) => Programs::In(dir.clone()),
        None => Programs::Built(build(&folder)?),
    };
    let mut functions = Vec::new();
    for function in &deployment.functions {
        functions.push(Function {
            name: function.id.clone(),
            program: programs.of(&function.binary)?,
            folder: folder
                .join(&function.folder)
                .canonicalize()
                .with_context(|| format!("the crate of `{}` is not in the workspace", function.id))?,
            environment: function.environment.clone(),
            timeout: Duration::from_secs(function.timeout.into()),
            memory: function.memory,
        });
    }
    let existing = args.monolith.as_deref().map(|program| existing(program, &deployment)).transpose()?;
    let generated = count(functions.len(), "function");
    let existing = existing.map(|existing| {
        functions.push(existing);
        functions.len() - 1
    });
    // It stays: what went wrong is read when the run is over.
    let logs = match &args.logs {
        Some(logs) => logs.clone(),
        None => {
            tempfile::Builder::new().prefix("lith-split-run-").tempdir().context("no folder for logs")?.keep()
        }
    };
    std::fs::create_dir_all(&logs).with_context(|| format!("cannot make the folder `{}`", logs.display()))?;
    console.message(&format!("{generated}, logs in {}", logs.display()));
    if args.endpoint.is_none() {
        console.message("calls of AWS fail: give --endpoint with the address of what stands for it");
    }
    let service = Service {
        functions,
        routes: deployment.routes,
        existing,
        around: Surroundings { region: args.region.clone(), endpoint: args.endpoint.clone(), logs },
        matching: args.matching.into(),
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

fn deployment(folder: &Path, args: &RunArgs) -> Result<Deployment, Failure> {
    let parameters: BTreeMap<String, String> = args.parameters.iter().cloned().collect();
    let values = Values {
        parameters: &parameters,
        variable: &|name| std::env::var(name).ok(),
        region: &args.region,
        account: ACCOUNT,
    };
    let read = |file: &Path| std::fs::read_to_string(folder.join(file)).map_err(|error| error.to_string());
    deployed::deployment(Path::new("template.yaml"), &read, &values).map_err(|problems| {
        let lines = problems.iter().fold(String::new(), |mut all, problem| {
            // Writing to a string cannot fail.
            let _ = write!(all, "\n  {problem}");
            all
        });
        Failure::usage(format!("the template cannot be run:{lines}"))
    })
}

/// The program behind routes that stay. Its own variables are not in the template: it has those of this process, but for AWS's, and
/// what the functions get.
fn existing(program: &Path, deployment: &Deployment) -> anyhow::Result<Function> {
    let program =
        program.canonicalize().with_context(|| format!("there is no program `{}`", program.display()))?;
    let is_reserved =
        |name: &str| name.starts_with("AWS_") || matches!(name, "_HANDLER" | "LAMBDA_TASK_ROOT");
    let text = |text: OsString| text.into_string().ok();
    let own = std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?)));
    let mut environment: BTreeMap<String, String> = own.filter(|(name, _)| !is_reserved(name)).collect();
    for function in &deployment.functions {
        environment.extend(function.environment.clone());
    }
    let name = deployment.routes.iter().find_map(|route| match &route.leads {
        Leads::Existing(parameter) => Some(parameter.clone()),
        Leads::Function(_) => None,
    });
    let Some(name) = name else {
        return Err(Failure::usage("no route leads to an existing function, so --monolith has no use").into());
    };
    Ok(Function {
        name,
        folder: program.parent().unwrap_or(Path::new(".")).to_path_buf(),
        program,
        environment,
        timeout: Duration::from_secs(EXISTING_TIMEOUT),
        memory: EXISTING_MEMORY,
    })
}

/// Where the programs of functions are.
enum Programs {
    In(PathBuf),
    /// By name.
    Built(BTreeMap<String, PathBuf>),
}

impl Programs {
    fn of(&self, name: &str) -> anyhow::Result<PathBuf> {
        match self {
            Self::In(dir) => {
                let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
                // As cargo lays them out, and as cargo-lambda does.
                let places = [dir.join(file), dir.join(name).join("bootstrap")];
                let found = places.iter().find(|place| place.is_file());
                let found = found.with_context(|| format!("no program `{name}` in `{}`", dir.display()))?;
                Ok(found.canonicalize()?)
            }
            Self::Built(programs) => {
                programs.get(name).cloned().with_context(|| format!("cargo builds no program `{name}`"))
            }
        }
    }
}

/// Builds the workspace; the programs by name.
fn build(folder: &Path) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(&cargo)
        .args(["build", "--workspace", "--message-format=json-render-diagnostics"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run `{}`", cargo.display()))?;
    if !output.status.success() {
        return Err(Failure::input(format!("the workspace `{}` does not build", folder.display())).into());
    }
    let messages = output.stdout.split(|byte| *byte == b'\n');
    let messages = messages.filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok());
    let programs = messages.filter_map(|message| {
        let name = message.pointer("/target/name")?.as_str()?.to_string();
        Some((name, PathBuf::from(message.get("executable")?.as_str()?)))
    });
    Ok(programs.collect())
}
