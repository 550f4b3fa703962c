//! The command line.

use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use super::{Console, Exit};
use crate::diagnostic::Severity;
use crate::load;
use crate::plan::{Edit, Granularity};
use crate::report::{Query, View};
use crate::verify::{Matching, Url};

const EXIT_CODES: &str = "\
Exit codes:
   0  Done
   1  Findings at or over --fail-on, differences with --exit-code, a plan that fails --check
   2  The command line or the plan file cannot be used
   3  There is nothing that could be analysed
   4  Refused to write
   5  Verification failed
  70  A bug in lith-split";

/// Splits a Lambda-lith (one AWS Lambda function holding a whole Axum application) into microservices
#[derive(Debug, Parser)]
#[command(name = "lith-split", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub console: ConsoleArgs,
}

/// What a run says and how.
#[derive(Debug, Clone, Args)]
pub struct ConsoleArgs {
    /// When to use colour
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true, value_name = "WHEN")]
    pub color: Color,
    /// Show notes and the place of every finding
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub verbose: u8,
    /// Show errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show routes, what each touches, coupling, hazards and proposed services; writes nothing
    Analyze(AnalyzeArgs),
    /// Write or update the plan: which service and function each route goes to
    Plan(PlanArgs),
    /// Generate the workspace: a crate per function, shared crates and a SAM template
    Generate(GenerateArgs),
    /// Prove that a generated workspace is the program: same routes, handlers, layers and calls, each role exact; with --run, same answers
    Verify(Box<VerifyArgs>),
    /// Serve a generated workspace on a local port, as API Gateway and Lambda would
    Run(RunArgs),
    /// Compare two states of the program: routes, permissions, services, coupling, findings, metrics; writes nothing
    Diff(DiffArgs),
    /// Explain a finding code, a route, a table or a permission
    Explain(ExplainArgs),
    /// Print a completion script
    #[command(hide = true)]
    Completions {
        /// Shell to complete for
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    #[command(hide = true)]
    Man,
}

/// The program to read, as cargo has it.
#[derive(Debug, Clone, Args)]
pub struct InputArgs {
    /// Path to Cargo.toml
    #[arg(long, help_heading = "Input", value_name = "PATH")]
    pub manifest_path: Option<PathBuf>,
    /// Package of the workspace
    #[arg(short, long, help_heading = "Input", value_name = "SPEC")]
    pub package: Option<String>,
    /// Binary of the package
    #[arg(long, help_heading = "Input", value_name = "NAME")]
    pub bin: Option<String>,
    /// Features to activate, separated by spaces or commas
    #[arg(short = 'F', long, help_heading = "Input", value_name = "FEATURES", value_delimiter = ',')]
    pub features: Vec<String>,
    /// Activate all features
    #[arg(long, help_heading = "Input")]
    pub all_features: bool,
    /// Do not activate the `default` feature
    #[arg(long, help_heading = "Input")]
    pub no_default_features: bool,
    /// Plan file [default: lith-split.toml beside the manifest]
    #[arg(long, help_heading = "Input", value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// SCIP index of the program, for example from `rust-analyzer scip`, as a further source of calls
    #[arg(long, help_heading = "Input", value_name = "FILE")]
    pub scip: Option<PathBuf>,
}

impl InputArgs {
    pub(super) fn load_options(&self) -> load::Options {
        let features = self.features.iter().flat_map(|list| list.split_whitespace());
        load::Options {
            manifest_path: self.manifest_path.clone(),
            package: self.package.clone(),
            bin: self.bin.clone(),
            features: features.map(ToString::to_string).collect(),
            all_features: self.all_features,
            no_default_features: self.no_default_features,
        }
    }
}

/// Whether and where answers of earlier runs are kept.
#[derive(Debug, Clone, Args)]
pub struct CacheArgs {
    /// Neither read nor write the cache
    #[arg(
        long,
        help_heading = "Cache",
        env = "LITH_SPLIT_NO_CACHE",
        hide_env_values = true,
        value_parser = clap::builder::FalseyValueParser::new()
    )]
    pub no_cache: bool,
    /// Folder of the cache [default: lith-split in the user's cache folder]
    #[arg(
        long,
        help_heading = "Cache",
        value_name = "DIR",
        env = "LITH_SPLIT_CACHE_DIR",
        hide_env_values = true
    )]
    pub cache_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct AnalyzeArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Format of the report; sarif (for code scanning) and github (annotations of Actions) have the findings alone
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Show one view of the text report only; `calls` and `iam` are there in JSON too
    #[arg(long, value_enum)]
    pub view: Option<ViewName>,
    /// Show what is directly around a route, function, type, layer, table or service, in text, JSON, Mermaid or DOT
    #[arg(long, help_heading = "Parts of the graph", value_name = "NODE", conflicts_with_all = ["view", "reaches", "path"])]
    pub focus: Option<String>,
    /// Show all that leads to it
    #[arg(long, help_heading = "Parts of the graph", value_name = "NODE", conflicts_with_all = ["view", "path"])]
    pub reaches: Option<String>,
    /// Show the shortest way from one to another
    #[arg(long, help_heading = "Parts of the graph", num_args = 2, value_names = ["FROM", "TO"], conflicts_with = "view")]
    pub path: Option<Vec<String>>,
    /// Draw every node of a Mermaid or DOT chart, also where there are more than 15
    #[arg(long, help_heading = "Parts of the graph")]
    pub full: bool,
    /// File to write the report to [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Exit with 1 when there are findings of this severity or worse
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<SeverityName>,
    /// Template or Terraform plan in JSON to compare with the code [default: template.yaml and cdk.out beside the program]
    #[arg(long, value_name = "FILE")]
    pub deployed: Option<PathBuf>,
    #[command(flatten)]
    pub cache: CacheArgs,
}

impl AnalyzeArgs {
    /// The part of the graph that is asked for.
    pub(super) fn query(&self) -> Option<Query> {
        let ends = self.path.as_deref().and_then(|ends| Some((ends.first()?, ends.get(1)?)));
        let path = ends.map(|(from, to)| Query::Path(from.clone(), to.clone()));
        let focus = self.focus.clone().map(Query::Focus);
        focus.or_else(|| self.reaches.clone().map(Query::Reaches)).or(path)
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
An EDIT is one of:
  \"move ROUTE to SERVICE\"   the service may be new: \"move GET /users/{id} to users\"
  \"merge A B\"               all functions of B go to A
  \"split A\"                 a service for each subject of its routes
  \"rename A B\"")]
pub struct PlanArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Form all functions anew at this granularity; settings of single functions are lost
    #[arg(long, value_enum)]
    pub granularity: Option<GranularityName>,
    /// With --granularity: form the functions of these services anew, and leave all others as they are
    #[arg(long, value_name = "SERVICE", value_delimiter = ',', requires = "granularity")]
    pub only: Vec<String>,
    /// Print the plan and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Show what an edit would change in services, coupling, findings and metrics, and write nothing; several are done in order
    #[arg(long, value_name = "EDIT", value_parser = Edit::parse, conflicts_with_all = ["granularity", "dry_run", "edit"])]
    pub what_if: Vec<Edit>,
    /// Edit the plan file, and keep its comments and order
    #[arg(long, value_name = "EDIT", value_parser = Edit::parse, conflicts_with = "granularity")]
    pub edit: Vec<Edit>,
    /// Write nothing, and exit with 1 when the plan is not up to date with the program, or breaks what it demands
    #[arg(long, conflicts_with_all = ["granularity", "dry_run", "edit", "what_if"])]
    pub check: bool,
}

#[derive(Debug, Args)]
pub struct GenerateArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Folder of the new workspace [default: NAME-split beside the package]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Generate these services only, separated by commas or given again; all other routes stay in the existing function
    #[arg(long, value_name = "SERVICE", value_delimiter = ',')]
    pub only: Vec<String>,
    /// List the files and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the differences to what is in the folder, new files against those of the program that they are cut from, and write nothing
    #[arg(long)]
    pub diff: bool,
    /// Replace files whose edits collide with what is generated, and write into a folder that was not generated
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Folder of the generated workspace [default: NAME-split beside the package]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Format of the evidence
    #[arg(long, value_enum, default_value_t = EvidenceFormat::Text)]
    pub format: EvidenceFormat,
    /// File to write the evidence to as well: a page for `.html`, JSON for `.json`, else text
    #[arg(long, value_name = "FILE")]
    pub report: Vec<PathBuf>,
    /// Also have `sam validate --lint` judge the templates, or `cfn-lint` where there is no `sam`
    #[arg(long, conflicts_with = "url")]
    pub lint: bool,
    /// Also run the program and its functions, send both the same requests, and compare all that they answer
    #[arg(long, group = "sent")]
    pub run: bool,
    #[command(flatten)]
    pub systems: SystemArgs,
    #[command(flatten)]
    pub asked: AskedArgs,
    #[command(flatten)]
    pub sequences: SequenceArgs,
    #[command(flatten)]
    pub load: LoadArgs,
    #[command(flatten)]
    pub data: DataArgs,
    /// Program that was split [default: what `cargo build` makes of it]
    #[arg(long, help_heading = "Functions", value_name = "FILE", requires = "run")]
    pub monolith: Option<PathBuf>,
    #[command(flatten)]
    pub local: LocalArgs,
}

/// Systems that `verify` compares instead of a workspace.
#[derive(Debug, Clone, Args)]
pub struct SystemArgs {
    /// Compare two deployed systems instead of a workspace; given twice, first the one that is right. Sends GET, HEAD and OPTIONS
    #[arg(long, help_heading = "Systems", value_name = "URL", group = "sent", value_parser = Url::parse)]
    pub url: Vec<Url>,
    /// Also send requests that may change something, to both systems
    #[arg(long, help_heading = "Systems", requires = "url")]
    pub all_methods: bool,
    /// Certificates in PEM that count beside those of this machine
    #[arg(long, help_heading = "Systems", value_name = "FILE", requires = "url")]
    pub ca: Option<PathBuf>,
}

/// What `verify --run` and `verify --url` send, beside what they make from the routes.
#[derive(Debug, Clone, Args)]
pub struct AskedArgs {
    /// Requests to send: a scenario, a HAR, or one request in JSON a line
    #[arg(long, help_heading = "Requests", value_name = "FILE", requires = "sent")]
    pub requests: Vec<PathBuf>,
    /// OpenAPI document of the program, in JSON or YAML, to make requests from
    #[arg(long, help_heading = "Requests", value_name = "FILE", requires = "sent")]
    pub openapi: Vec<PathBuf>,
    /// What may differ: `header:NAME`, `cookie:NAME`, `json:/POINTER` (`*` for any key), `call:/POINTER`, `order:/POINTER`, `uuid` or `time`
    #[arg(long, help_heading = "Requests", value_name = "RULE", requires = "sent")]
    pub volatile: Vec<String>,
    /// Send only groups whose name starts so, for example `methods of /users`; files of requests are groups too
    #[arg(long, help_heading = "Requests", value_name = "GROUP", requires = "sent")]
    pub only: Vec<String>,
}

/// Random sequences of requests in `verify --run`.
#[derive(Debug, Clone, Args)]
pub struct SequenceArgs {
    /// Also send so many random sequences of the requests; one that fails is shown without what it does not need
    #[arg(
        long,
        help_heading = "Requests",
        value_name = "NUMBER",
        requires = "run",
        default_value_t = 0,
        hide_default_value = true
    )]
    pub sequences: u64,
    /// Which sequences: the same number gives the same ones
    #[arg(long, help_heading = "Requests", value_name = "NUMBER", requires = "run", default_value_t = 1)]
    pub sequence_seed: u64,
    /// Requests of each sequence
    #[arg(long, help_heading = "Requests", value_name = "NUMBER", requires = "run", default_value_t = 20,
        value_parser = clap::value_parser!(u16).range(2..=1000))]
    pub sequence_length: u16,
}

/// Many requests at once in `verify --run`.
#[derive(Debug, Clone, Args)]
pub struct LoadArgs {
    /// Afterwards send all given requests so often to the program, and to its functions, and measure times, starts and memory
    #[arg(
        long,
        help_heading = "Load",
        value_name = "TIMES",
        requires = "run",
        default_value_t = 0,
        hide_default_value = true
    )]
    pub load: u32,
    /// Files of requests that are sent at once; the requests of each stay in their order
    #[arg(long, help_heading = "Load", value_name = "NUMBER", requires = "load", default_value_t = 4,
        value_parser = clap::value_parser!(u16).range(1..=64))]
    pub at_once: u16,
}

/// What stands for AWS in `verify --run`.
#[derive(Debug, Clone, Args)]
pub struct DataArgs {
    /// Command that starts a stand-in for AWS, once for each side, for example `moto_server -H 127.0.0.1 -p {port}`
    #[arg(long, help_heading = "AWS", value_name = "COMMAND", requires = "run", conflicts_with = "endpoint")]
    pub aws: Option<String>,
    /// Address of a stand-in for AWS that runs; given twice, for the program and for its functions
    #[arg(long, help_heading = "AWS", value_name = "URL", requires = "run")]
    pub endpoint: Vec<String>,
    /// What a stand-in holds at the start, with variables and parameters, in JSON
    #[arg(long, help_heading = "AWS", value_name = "FILE", requires = "run")]
    pub seed: Option<PathBuf>,
    /// Command that fills a stand-in at each start, after --seed; `AWS_ENDPOINT_URL` says where it is
    #[arg(long, help_heading = "AWS", value_name = "COMMAND", requires = "run")]
    pub fill: Option<String>,
    /// End with 5 also where a role allows what no request needed
    #[arg(long, help_heading = "AWS", requires = "run")]
    pub deny_unused: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EvidenceFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
A parameter of the template has the value of --parameter, else that of the environment variable under
which functions get it, else its default.")]
pub struct RunArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Folder of the generated workspace [default: NAME-split beside the package]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Port on 127.0.0.1; 0 for any that is free
    #[arg(long, default_value_t = 3000)]
    pub port: u16,
    /// Where the functions' calls of AWS go, for example `http://127.0.0.1:5000`
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Program for requests that go to the existing function
    #[arg(long, value_name = "FILE")]
    pub monolith: Option<PathBuf>,
    /// Build and read the workspace anew when one of its files changes; with --bin-dir, when a program changes
    #[arg(long)]
    pub watch: bool,
    /// Seconds after which a function without requests ends
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub idle: u64,
    #[command(flatten)]
    pub local: LocalArgs,
}

/// How functions run on this machine.
#[derive(Debug, Clone, Args)]
pub struct LocalArgs {
    /// Folder with the built functions [default: what `cargo build --workspace --bins` makes]
    #[arg(long, help_heading = "Functions", value_name = "DIR")]
    pub bin_dir: Option<PathBuf>,
    /// Value of a template parameter, or the name of a resource that has none
    #[arg(long = "parameter", help_heading = "Functions", value_name = "NAME=VALUE", value_parser = named_value)]
    pub parameters: Vec<(String, String)>,
    /// Region of the functions
    #[arg(
        long,
        help_heading = "Functions",
        value_name = "NAME",
        env = "AWS_REGION",
        hide_env_values = true,
        default_value = "us-east-1"
    )]
    pub region: String,
    /// How the gateway matches paths where its documentation leaves it open
    #[arg(long, help_heading = "Functions", value_enum, default_value_t = MatchingName::Strict)]
    pub matching: MatchingName,
    /// Folder for the functions' logs [default: a temporary one, named at the start]
    #[arg(long, help_heading = "Functions", value_name = "DIR")]
    pub logs: Option<PathBuf>,
}

fn named_value(text: &str) -> Result<(String, String), String> {
    let (name, value) =
        text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or("it is no NAME=VALUE")?;
    Ok((name.to_string(), value.to_string()))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MatchingName {
    /// A slash at the end counts, a variable wants a value, and %2F separates segments
    Strict,
    /// A slash at the end does not count, and a variable may be empty
    Lenient,
    /// As strict, but %2F does not separate segments
    Encoded,
}

impl From<MatchingName> for Matching {
    fn from(name: MatchingName) -> Self {
        match name {
            MatchingName::Strict => Matching::STRICT,
            MatchingName::Lenient => Matching::LENIENT,
            MatchingName::Encoded => Matching::ENCODED,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lith-split diff                        the files as they are, against the last commit
  lith-split diff main...                what this branch changed since it left main
  lith-split diff v1.0..v1.1 --security-only
  lith-split diff v1.0.. --affected      the functions to deploy again
  lith-split analyze --format json -o report.json; lith-split diff --baseline report.json")]
pub struct DiffArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// A..B, A...B, or A against the files as they are, as for `git diff` [default: HEAD]
    #[arg(value_name = "REVISIONS")]
    pub revisions: Option<String>,
    /// Report of `analyze --format json` to compare the files with
    #[arg(long, value_name = "FILE", conflicts_with = "revisions")]
    pub baseline: Option<PathBuf>,
    /// Show only what bears on security: permissions, layers and conditions of routes, and routes that came or went
    #[arg(long)]
    pub security_only: bool,
    /// Show the functions that have to be deployed again: whose code, dependencies, permissions, routes or settings differ
    #[arg(long, conflicts_with_all = ["baseline", "security_only", "fail_on"])]
    pub affected: bool,
    /// Format of the comparison; markdown is for a comment on a pull request
    #[arg(long, value_enum, default_value_t = DiffFormat::Text)]
    pub format: DiffFormat,
    /// File to write the comparison to [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Exit with 1 when there are new findings of this severity or worse
    #[arg(long, value_enum, value_name = "SEVERITY", conflicts_with = "security_only")]
    pub fail_on: Option<SeverityName>,
    /// Exit with 1 when anything differs
    #[arg(long)]
    pub exit_code: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    Text,
    Markdown,
    Json,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lith-split explain LS0301
  lith-split explain route \"GET /users/{id}\"
  lith-split explain table USERS_TABLE
  lith-split explain policy get-users-id dynamodb:GetItem")]
pub struct ExplainArgs {
    /// A finding code, or one of: route ID, table NAME, policy FUNCTION ACTION
    #[arg(required = true, value_name = "WHAT")]
    pub what: Vec<String>,
    #[command(flatten)]
    pub input: InputArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
    Markdown,
    Mermaid,
    Dot,
    Sarif,
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ViewName {
    Routes,
    Tables,
    Coupling,
    Iam,
    Graph,
    Calls,
    Modules,
}

impl From<ViewName> for View {
    fn from(name: ViewName) -> Self {
        match name {
            ViewName::Routes => View::Routes,
            ViewName::Tables => View::Tables,
            ViewName::Coupling => View::Coupling,
            ViewName::Iam => View::Iam,
            ViewName::Graph => View::Graph,
            ViewName::Calls => View::Calls,
            ViewName::Modules => View::Modules,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SeverityName {
    Error,
    Warning,
    Note,
}

impl From<SeverityName> for Severity {
    fn from(name: SeverityName) -> Self {
        match name {
            SeverityName::Error => Severity::Error,
            SeverityName::Warning => Severity::Warning,
            SeverityName::Note => Severity::Note,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GranularityName {
    /// A function per route
    Route,
    /// Two functions per service: GET and HEAD, and all other methods
    ReadWrite,
    /// A function per subject, for example all of /users
    Resource,
    /// A function per service
    Service,
}

impl From<GranularityName> for Granularity {
    fn from(name: GranularityName) -> Self {
        match name {
            GranularityName::Route => Granularity::Route,
            GranularityName::ReadWrite => Granularity::ReadWrite,
            GranularityName::Resource => Granularity::Resource,
            GranularityName::Service => Granularity::Service,
        }
    }
}

pub(super) fn completions(shell: clap_complete::Shell, console: &Console) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "lith-split", &mut script);
    console.result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Ok)
}

pub(super) fn man(console: &Console) -> anyhow::Result<Exit> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    console.result(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each_command(command: &clap::Command, check: &mut impl FnMut(&clap::Command)) {
        check(command);
        command.get_subcommands().for_each(|sub| each_command(sub, check));
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_argument_has_help_with_a_capital_and_no_full_stop() {
        each_command(&Cli::command(), &mut |command| {
            for argument in command.get_arguments().filter(|argument| argument.get_id() != "help") {
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(
                    help.starts_with(char::is_uppercase),
                    "{} of {}",
                    argument.get_id(),
                    command.get_name()
                );
                assert!(!help.ends_with('.'), "{} of {}", argument.get_id(), command.get_name());
            }
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(!about.is_empty() && !about.ends_with('.'), "{}", command.get_name());
        });
    }
}
