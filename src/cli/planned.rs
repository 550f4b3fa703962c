//! The plan file and the graph -> the proposal, the plan brought up to date, and the numbers of what it comes to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::args::InputArgs;
use super::failure::Failure;
use super::only;
use crate::access::AccessTable;
use crate::boundaries::names::service_name;
use crate::boundaries::{self, Pins, Proposal};
use crate::coupling::{self, Coupling};
use crate::diagnostic::Diagnostics;
use crate::graph::AppGraph;
use crate::hazards::Held;
use crate::load::SourceFile;
use crate::metrics::uses::{self, Use};
use crate::metrics::{self, Group, Metrics, Owners};
use crate::plan::{self, Granularity, Plan, PlanFile, Regroup, Settings, Update};
use crate::report::Package;
use crate::resolve::Program;
use crate::routes::RouteTable;
use crate::span::SourceId;
use crate::stack::beside;

/// The plan file as it is, and what it comes to.
pub(super) struct PlanState {
    pub(super) path: PathBuf,
    /// Text of the file, where there is one.
    pub(super) text: Option<String>,
    /// The file, where it can be understood.
    pub(super) file: Option<PlanFile>,
    /// The text brought up to date, and what changed.
    pub(super) update: Update,
    /// What the updated text says: every route is placed.
    pub(super) plan: Plan,
}

/// Functions that are to be formed anew.
pub(super) struct Wanted {
    pub(super) granularity: Granularity,
    /// Names of services as they were given; all where this is empty.
    pub(super) only: Vec<String>,
}

impl Wanted {
    fn regroup(&self, plan: &Plan) -> Result<Regroup, Failure> {
        Ok(Regroup { granularity: self.granularity, services: only::services(&self.only, plan)? })
    }
}

/// The plan file before it is brought up to date.
pub(super) struct Before {
    path: PathBuf,
    /// Its name in findings.
    shown: String,
    text: Option<String>,
    file: Option<PlanFile>,
    /// The number that the updated text will have.
    updated: SourceId,
}

impl Before {
    /// Reads the plan file that was named, or the one beside the program where there is one; what is wrong with it is found.
    ///
    /// # Errors
    /// The file is there and cannot be read, or the folder of one that was named is missing.
    pub(super) fn read(
        args: &InputArgs,
        program: &mut Program,
        diagnostics: &mut Diagnostics,
    ) -> anyhow::Result<Self> {
        let beside = program.tree.packages.first().map(|package| package.dir.join(plan::FILE_NAME));
        let path = args.plan.clone().or(beside).unwrap_or_else(|| PathBuf::from(plan::FILE_NAME));
        let text = read_plan(&path, args.plan.is_some())?;
        let sources = &mut program.tree.sources;
        let shown = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let file = text.as_ref().and_then(|text| {
            let source = sources.push(SourceFile::new(shown.clone(), text.clone()));
            plan::parse(text, source).map_err(|found| diagnostics.extend(found)).ok()
        });
        Ok(Self { path, shown, text, file, updated: sources.next() })
    }

    /// With the updated text, which becomes a source of the program.
    pub(super) fn brought_up_to_date(self, update: Update, plan: Plan, program: &mut Program) -> PlanState {
        let Self { path, shown, text, file, .. } = self;
        program.tree.sources.push(SourceFile::new(shown, update.text.clone()));
        PlanState { path, text, file, update, plan }
    }
}

/// What is proposed, and what the plan comes to.
pub(super) struct Planned {
    pub(super) proposal: Proposal,
    pub(super) update: Update,
    pub(super) plan: Plan,
    /// The services of the plan, as numbers need them.
    pub(super) groups: Vec<Group>,
    pub(super) metrics: Metrics,
    pub(super) coupling: Coupling,
}

impl Planned {
    /// Proposes services, and brings the plan up to date. `regroup` forms the functions of an existing plan anew.
    ///
    /// # Errors
    /// `regroup` names services that the plan does not have.
    pub(super) fn of(
        before: &Before,
        regroup: Option<&Wanted>,
        package: &Package,
        graph: &AppGraph,
        routes: &RouteTable,
        accesses: &AccessTable,
        held: &[Held],
    ) -> anyhow::Result<Self> {
        let mut pins = before.file.as_ref().map_or_else(Pins::default, PlanFile::pins);
        pins.held = held.iter().map(|held| (held.route, held.because.clone())).collect();
        let uses = uses::of_routes(graph, accesses);
        let proposal = boundaries::propose(graph, routes, &uses, &pins);
        let update = if let (Some(text), Some(file)) = (&before.text, &before.file) {
            let regroup = regroup.map(|wanted| wanted.regroup(&file.plan)).transpose()?;
            plan::update(text, &proposal, routes, regroup.as_ref())?
        } else {
            first_plan(package, regroup, &proposal, routes)?
        };
        let plan = plan::parse(&update.text, before.updated)
            .map_err(|found| Failure::usage(found.first().map_or("", |first| &first.message)))?
            .plan;
        let groups = groups(&plan, routes);
        let (metrics, coupling) = measured(graph, &uses, &groups);
        Ok(Self { proposal, update, plan, groups, metrics, coupling })
    }
}

fn first_plan(
    package: &Package,
    regroup: Option<&Wanted>,
    proposal: &Proposal,
    routes: &RouteTable,
) -> anyhow::Result<Update> {
    let for_all = regroup.filter(|wanted| wanted.only.is_empty());
    let granularity = for_all.map(|wanted| wanted.granularity).unwrap_or_default();
    let settings = Settings { name: service_name(&package.name, "app"), granularity };
    let mut text = plan::fresh(&settings, proposal, routes);
    if let Some(wanted) = regroup.filter(|wanted| !wanted.only.is_empty()) {
        let file = plan::parse(&text, SourceId(0)).expect("a new plan is valid");
        text = plan::update(&text, proposal, routes, Some(&wanted.regroup(&file.plan)?))?.text;
    }
    Ok(Update {
        text,
        added: routes.routes.iter().map(|route| route.id.clone()).collect(),
        vanished: Vec::new(),
        renamed: Vec::new(),
    })
}

/// The text of the plan file. One that was asked for must be there, unless `plan` is about to write it.
fn read_plan(path: &Path, asked_for: bool) -> anyhow::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if asked_for && path.parent().is_some_and(|dir| !dir.as_os_str().is_empty() && !dir.is_dir()) {
                anyhow::bail!("the folder of the plan file `{}` does not exist", path.display());
            }
            Ok(None)
        }
        Err(error) => Err(error).with_context(|| format!("cannot read the plan file `{}`", path.display())),
    }
}

/// The services of a plan, as numbers need them.
pub(super) fn groups(plan: &Plan, routes: &RouteTable) -> Vec<Group> {
    let places = routes.routes.iter().enumerate().map(|(at, route)| (route.id.as_str(), at));
    let places: BTreeMap<&str, usize> = places.collect();
    let group = |service: &plan::Service| {
        let ids = service.functions.iter().flat_map(|function| &function.routes);
        let routes: BTreeSet<usize> = ids.filter_map(|id| places.get(id.as_str()).copied()).collect();
        Group { name: service.name.clone(), routes: routes.into_iter().collect(), owns: service.owns.clone() }
    };
    plan.services.iter().map(group).collect()
}

/// The numbers of a plan, and what ties its services.
pub(super) fn measured(graph: &AppGraph, uses: &[Vec<Use<'_>>], groups: &[Group]) -> (Metrics, Coupling) {
    let owners = Owners::of(uses, groups);
    beside(|| metrics::measure(graph, uses, &owners, groups), || coupling::find(graph, uses, &owners, groups))
}
