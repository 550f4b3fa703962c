//! The stages in order. Commands call these and nothing else of the analysis.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;

use super::args::InputArgs;
use super::failure::Failure;
use super::planned::{Before, PlanState, Planned, Wanted, groups, measured};
use super::progress::Progress;
use super::taken::taken;
use crate::access::{self, AccessTable};
use crate::boundaries::{self, Proposal};
use crate::coupling::{self, Coupling, Verdict};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::fileset::FileSet;
use crate::graph::{AppGraph, CodeGraph};
use crate::hazards::{self, Held, Undecided};
use crate::load::{self, SourceFile};
use crate::metrics::{self, Group, Metrics};
use crate::plan::{self, Edit, Plan};
use crate::render::{self, ManifestSource, RenderInput};
use crate::report::{Package, Report};
use crate::resolve::scip::Scip;
use crate::resolve::{self, Program};
use crate::routes::{self, RouteTable};
use crate::split::{self, CrateKind, SplitProgram};
use crate::stack::beside;
use crate::{aws, deployed};

/// Everything known of the program before anything is generated.
pub(super) struct Analysis {
    pub(super) package: Package,
    pub(super) program: Program,
    pub(super) routes: RouteTable,
    pub(super) accesses: AccessTable,
    pub(super) graph: AppGraph,
    pub(super) proposal: Proposal,
    pub(super) plan: PlanState,
    /// The services of the plan, as numbers need them.
    groups: Vec<Group>,
    pub(super) metrics: Metrics,
    pub(super) coupling: Coupling,
    pub(super) verdict: Verdict,
    /// Routes that would answer differently in a function of their own, and why.
    held: Vec<Held>,
}

/// Runs all stages from reading to the proposal. `regroup` forms the functions of an existing plan anew.
pub(super) fn analysis(
    args: &InputArgs,
    regroup: Option<&Wanted>,
    diagnostics: &mut Diagnostics,
    progress: &Progress,
) -> anyhow::Result<Analysis> {
    progress.stage("reading");
    let tree = load::load(&args.load_options(), diagnostics)?;
    progress.stage("resolving names");
    let mut program = resolve::resolve(tree, diagnostics);
    if let Some(path) = &args.scip {
        resolve::confirm(&mut program, &index(path)?);
    }
    let before = Before::read(args, &mut program, diagnostics)?;
    progress.stage("evaluating routers");
    // Migrations are files beside the code: neither needs the other.
    let evaluate = || {
        let routes = routes::evaluate(&program, diagnostics);
        let code = CodeGraph::of(&program, &routes);
        (routes, code)
    };
    let ((routes, code), schema) = beside(evaluate, || access::schema(&program));
    progress.stage("following accesses");
    let (accesses, (hazards, undecided)) = beside(
        || access::detect(&program, &routes, schema, diagnostics),
        || {
            let hazards = hazards::Code::of(code.graph(), &program, &routes);
            let undecided = hazards.undecided(&program, &routes);
            (hazards, undecided)
        },
    );
    progress.stage("planning");
    let package = package(&program);
    let plan = || {
        let graph = code.with_data(&accesses);
        let undecided = undecided.with_data(&graph, &program, &routes);
        let held = &undecided.held;
        let (planned, found) = beside(
            || Planned::of(&before, regroup, &package, &graph, &routes, &accesses, held),
            || hazards::in_graph(&graph, &program),
        );
        (graph, undecided, planned, found)
    };
    // What is found whatever the plan says is looked for meanwhile.
    let ((graph, undecided, planned, found), in_code) =
        beside(plan, || hazards.into_findings(&program, &routes));
    let Planned { proposal, update, plan, groups, metrics, coupling } = planned?;
    diagnostics.extend(found.into_iter().chain(in_code));
    diagnostics.extend(apart(&undecided, &routes, &plan));
    let plan = before.brought_up_to_date(update, plan, &mut program);
    Ok(Analysis {
        package,
        program,
        routes,
        accesses,
        graph,
        proposal,
        plan,
        groups,
        verdict: coupling::judge(&metrics),
        metrics,
        coupling,
        held: undecided.held,
    })
}

/// Findings on state whose routes the plan does not put into one function.
fn apart(undecided: &Undecided, routes: &RouteTable, plan: &Plan) -> Vec<Diagnostic> {
    let function =
        |route: usize| plan.place_of(&routes.routes[route].id).map(|(_, function)| function.name.as_str());
    let shared = undecided.shared.iter().filter(|shared| shared.is_apart(function));
    shared.map(|shared| shared.finding.clone()).collect()
}

/// The index that the user gave.
fn index(path: &Path) -> anyhow::Result<Scip> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the index `{}`", path.display()))?;
    let index = resolve::scip::read(&bytes);
    Ok(index.map_err(|why| Failure::usage(format!("cannot use the index `{}`: {why}", path.display())))?)
}

impl Analysis {
    pub(super) fn report<'a>(&'a self, findings: &'a [Diagnostic]) -> Report<'a> {
        Report {
            package: &self.package,
            program: &self.program,
            sources: &self.program.tree.sources,
            routes: &self.routes,
            accesses: &self.accesses,
            graph: &self.graph,
            proposal: &self.proposal,
            plan: &self.plan.plan,
            metrics: &self.metrics,
            coupling: &self.coupling,
            verdict: &self.verdict,
            groups: &self.groups,
            findings,
            whys: std::sync::OnceLock::new(),
            code: std::sync::OnceLock::new(),
        }
    }

    /// Compares the templates beside the program, or the file that was named, with the code.
    pub(super) fn compare_deployed(
        &mut self,
        named: Option<&Path>,
        diagnostics: &mut Diagnostics,
    ) -> anyhow::Result<()> {
        let tree = &mut self.program.tree;
        let templates = match named {
            Some(path) => vec![
                tree.named_template(path)
                    .with_context(|| format!("cannot read `{}`, given by --deployed", path.display()))?,
            ],
            None => tree.templates(),
        };
        let templates: Vec<_> = templates
            .into_iter()
            .map(|template| {
                let file = SourceFile::new(template.shown.clone(), template.text.clone());
                let source = tree.sources.push(file);
                (template, source)
            })
            .collect();
        deployed::compare(
            &templates,
            deployed::Existing::Unknown,
            &self.program,
            &self.routes,
            &self.accesses,
            diagnostics,
        );
        Ok(())
    }

    /// Ends the run where there is nothing to report.
    pub(super) fn require_routes(&self) -> Result<(), Failure> {
        let routes = &self.routes;
        if routes.routes.is_empty() && routes.fallbacks.is_empty() && routes.services_mounted.is_empty() {
            return Err(Failure::input(format!(
                "no Axum router with routes is served by `{}`; check --manifest-path, -p and --bin",
                self.package.name
            )));
        }
        Ok(())
    }

    /// Changes the plan, and all that follows from it: proposal, metrics, coupling.
    pub(super) fn edit(&mut self, edits: &[Edit]) -> anyhow::Result<()> {
        let uses = metrics::uses::of_routes(&self.graph, &self.accesses);
        let sources = &mut self.program.tree.sources;
        let mut text = self.plan.update.text.clone();
        for edit in edits {
            let changed = plan::edit(&text, edit, &self.proposal, &self.routes)
                .map_err(|why| Failure::usage(format!("the plan cannot be edited: {why}")))?;
            let source = sources.push(SourceFile::new(plan::FILE_NAME.to_string(), changed.clone()));
            let refused = |found: Vec<Diagnostic>| {
                Failure::usage(found.first().map_or_else(String::new, |first| first.message.clone()))
            };
            let file = plan::parse(&changed, source).map_err(refused)?;
            let mut pins = file.pins();
            pins.held = self.held.iter().map(|held| (held.route, held.because.clone())).collect();
            self.proposal = boundaries::propose(&self.graph, &self.routes, &uses, &pins);
            text = plan::update(&changed, &self.proposal, &self.routes, None)?.text;
            let source = sources.push(SourceFile::new(plan::FILE_NAME.to_string(), text.clone()));
            let file = plan::parse(&text, source).map_err(refused)?;
            self.plan.plan = file.plan.clone();
            self.plan.file = Some(file);
        }
        self.plan.update.text = text;
        self.groups = groups(&self.plan.plan, &self.routes);
        (self.metrics, self.coupling) = measured(&self.graph, &uses, &self.groups);
        self.verdict = coupling::judge(&self.metrics);
        Ok(())
    }

    /// Where the program is over a limit that the plan sets.
    pub(super) fn check_budgets(&self) -> Vec<Diagnostic> {
        self.plan.file.as_ref().map(|file| plan::check_budgets(file, &self.coupling)).unwrap_or_default()
    }

    /// Where services are not what the plan demands of them.
    pub(super) fn check_constraints(&self) -> Vec<Diagnostic> {
        let file = self.plan.file.as_ref();
        file.map(|file| plan::check_constraints(file, &self.plan.plan, &self.routes)).unwrap_or_default()
    }

    /// Problems of the plan file with this program.
    pub(super) fn check_plan(&self) -> Vec<Diagnostic> {
        let mut found = match &self.plan.file {
            Some(file) => plan::check(file, &self.routes, &self.proposal),
            None => plan::check::written_apart(&self.proposal),
        };
        found.extend(self.check_constraints());
        found
    }
}

fn package(program: &Program) -> Package {
    let packages = &program.tree.packages;
    let axum = packages.iter().find_map(|package| package.dependency("axum")?.version.as_deref());
    let Some(package) = packages.first() else { return Package::default() };
    Package {
        name: package.name.clone(),
        version: package.version.clone(),
        axum: axum.map(major_and_minor).filter(|version| !version.is_empty()),
    }
}

/// `0.8` of `^0.8.1`.
fn major_and_minor(requirement: &str) -> String {
    let digits = requirement.trim_start_matches(|c: char| !c.is_ascii_digit());
    let version: String = digits.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    version.split('.').take(2).collect::<Vec<_>>().join(".")
}

/// The generated workspace as a value. `plan` is the plan, or that of some of its services.
pub(super) fn workspace(
    analysis: &Analysis,
    plan: &Plan,
    diagnostics: &mut Diagnostics,
    progress: &Progress,
) -> anyhow::Result<FileSet> {
    let sources = &analysis.program.tree.sources;
    progress.stage("splitting");
    let mut split = split::split(&analysis.program, &analysis.routes, &analysis.accesses, plan, diagnostics);
    progress.stage("formatting");
    let config = load::assets::rustfmt_config(&analysis.program.tree.packages[0]);
    if let Err(why) = render::rustfmt::format(&mut split, config.as_deref()) {
        let message = format!("the generated files are not formatted: {why}");
        diagnostics.push(Diagnostic::new(Code::NOT_FORMATTED, message));
    }
    progress.stage("deriving permissions");
    let template = template(analysis, plan, &split, diagnostics);
    progress.stage("rendering");
    let taken = taken(&analysis.program, &split, diagnostics)?;
    let mut manifests = manifests(&analysis.program);
    manifests.extend(taken.patches);
    render::workspace(RenderInput {
        plan,
        waves: &analysis.plan.plan.waves(&analysis.graph, &analysis.routes),
        plan_text: &analysis.plan.update.text,
        template: &template,
        program: &split,
        manifests: &manifests,
        whole: &taken.packages,
        reached: taken.reached.as_ref(),
        added: &split.added,
        copied: &taken.files,
        diagnostics,
        sources,
    })
}

/// The crates and the template of a plan, before anything is formatted or rendered.
pub(super) fn divided(
    analysis: &Analysis,
    plan: &Plan,
    diagnostics: &mut Diagnostics,
) -> (SplitProgram, aws::Template) {
    let split = split::split(&analysis.program, &analysis.routes, &analysis.accesses, plan, diagnostics);
    let template = template(analysis, plan, &split, diagnostics);
    (split, template)
}

fn template(
    analysis: &Analysis,
    plan: &Plan,
    split: &SplitProgram,
    diagnostics: &mut Diagnostics,
) -> aws::Template {
    let sources = &analysis.program.tree.sources;
    aws::model(plan, &analysis.routes, &analysis.accesses, sources, &environment(split), diagnostics)
}

/// Environment variables by function.
fn environment(split: &SplitProgram) -> BTreeMap<String, BTreeSet<String>> {
    let functions = split.crates.iter().filter_map(|krate| match &krate.kind {
        CrateKind::Function { function, .. } => Some((function.clone(), krate.env.clone())),
        CrateKind::Part { .. } | CrateKind::Library => None,
    });
    functions.collect()
}

fn manifests(program: &Program) -> Vec<ManifestSource> {
    let own = program.tree.workspace.as_ref().map(|workspace| workspace.dir.as_path());
    program.tree.packages.iter().map(|package| manifest(package, own)).collect()
}

/// What a package says of itself; `own` is the folder of the program's workspace.
pub(super) fn manifest(package: &load::Package, own: Option<&Path>) -> ManifestSource {
    let workspace = load::workspace_of(package);
    ManifestSource {
        package: package.manifest_text.clone(),
        is_apart: workspace.as_ref().map(|workspace| workspace.dir.as_path()) != own,
        workspace: workspace.map(|workspace| workspace.manifest_text),
        features: package.features.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_axum_is_cut_to_major_and_minor() {
        for (requirement, version) in [("0.8.1", "0.8"), ("^0.7", "0.7"), ("=0.8.0-rc.1", "0.8"), ("*", "")] {
            assert_eq!(major_and_minor(requirement), version);
        }
    }
}
