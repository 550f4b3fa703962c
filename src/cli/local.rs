//! A generated workspace as it runs here: its functions with their programs, and the routes that lead to them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;

use super::Console;
use super::args::LocalArgs;
use super::failure::Failure;
use super::programs::{self, Programs};
use crate::deployed::{self, Deployment, Leads, Values};
use crate::verify::{ACCOUNT, Function, Surroundings};

/// Of the existing function, which the template does not describe: seconds and MB.
const EXISTING_TIMEOUT: u64 = 30;
const EXISTING_MEMORY: u32 = 1024;

/// What the templates deploy, worked out.
pub(super) struct Local {
    pub(super) deployment: Deployment,
    pub(super) functions: Vec<Function>,
}

/// Values that are given beside those of the command line.
#[derive(Default)]
pub(super) struct Given<'a> {
    pub(super) parameters: BTreeMap<String, String>,
    /// By name of a variable.
    pub(super) environment: Option<&'a BTreeMap<String, String>>,
}

impl Local {
    /// Reads the templates of a workspace and builds its functions.
    pub(super) fn read(folder: &Path, args: &LocalArgs, given: &Given<'_>) -> anyhow::Result<Self> {
        let deployment = deployment(folder, args, given)?;
        let programs = match &args.bin_dir {
            Some(dir) => Programs::In(dir.clone()),
            None => Programs::Built(programs::workspace(folder)?),
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
        Ok(Self { deployment, functions })
    }

    /// The parameter that names the existing function to which routes lead.
    pub(super) fn existing(&self) -> Option<String> {
        self.deployment.routes.iter().find_map(|route| match &route.leads {
            Leads::Existing(parameter) => Some(parameter.clone()),
            Leads::Function(_) => None,
        })
    }

    /// A program as a function. Its own variables are not in the template: it has those of this process, but for AWS's, and what the
    /// functions get.
    pub(super) fn program(&self, name: &str, program: &Path) -> anyhow::Result<Function> {
        let program =
            program.canonicalize().with_context(|| format!("there is no program `{}`", program.display()))?;
        let is_reserved =
            |name: &str| name.starts_with("AWS_") || matches!(name, "_HANDLER" | "LAMBDA_TASK_ROOT");
        let text = |text: OsString| text.into_string().ok();
        let own = std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?)));
        let mut environment: BTreeMap<String, String> = own.filter(|(name, _)| !is_reserved(name)).collect();
        for function in &self.deployment.functions {
            environment.extend(function.environment.clone());
        }
        Ok(Function {
            name: name.to_string(),
            folder: program.parent().unwrap_or(Path::new(".")).to_path_buf(),
            program,
            environment,
            timeout: Duration::from_secs(EXISTING_TIMEOUT),
            memory: EXISTING_MEMORY,
        })
    }
}

/// The folder for logs. It stays: what went wrong is read when the run is over.
pub(super) fn logs(args: &LocalArgs, console: &Console, what: &str) -> anyhow::Result<PathBuf> {
    let logs = match &args.logs {
        Some(logs) => logs.clone(),
        None => {
            tempfile::Builder::new().prefix("lith-split-").tempdir().context("no folder for logs")?.keep()
        }
    };
    std::fs::create_dir_all(&logs).with_context(|| format!("cannot make the folder `{}`", logs.display()))?;
    console.message(&format!("{what}, logs in {}", logs.display()));
    Ok(logs)
}

/// What is around functions whose calls of AWS go to `endpoint`.
pub(super) fn surroundings(args: &LocalArgs, endpoint: Option<&str>, logs: PathBuf) -> Surroundings {
    Surroundings { region: args.region.clone(), endpoint: endpoint.map(str::to_string), logs }
}

fn deployment(folder: &Path, args: &LocalArgs, given: &Given<'_>) -> Result<Deployment, Failure> {
    let parameters: BTreeMap<String, String> = args.parameters.iter().cloned().collect();
    let variable = |name: &str| {
        let given = given.environment.and_then(|all| all.get(name)).cloned();
        given.or_else(|| std::env::var(name).ok())
    };
    let values = Values {
        parameters: &parameters,
        of_all: &given.parameters,
        variable: &variable,
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
