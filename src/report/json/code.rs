//! Modules and functions that nothing leads to, in the machine format.

use serde::Serialize;

use super::super::{Place, Report};
use crate::metrics::code::{ModuleMetrics, Unreached};

#[derive(Serialize)]
pub(super) struct ModuleJson {
    path: String,
    functions: usize,
    types: usize,
    traits: usize,
    afferent: usize,
    efferent: usize,
    instability: f64,
    abstractness: f64,
}

#[derive(Serialize)]
pub(super) struct ModuleCycleJson {
    modules: Vec<String>,
    cuts: Vec<ModuleCutJson>,
    least: bool,
}

#[derive(Serialize)]
struct ModuleCutJson {
    from: String,
    to: String,
    references: usize,
}

#[derive(Serialize)]
pub(super) struct UnreachedJson {
    path: String,
    file: String,
    line: u32,
    service: Option<String>,
}

pub(super) fn modules(report: &Report<'_>) -> Vec<ModuleJson> {
    let module = |module: &ModuleMetrics| ModuleJson {
        path: module.path.clone(),
        functions: module.functions,
        types: module.types,
        traits: module.traits,
        afferent: module.afferent,
        efferent: module.efferent,
        instability: module.instability,
        abstractness: module.abstractness,
    };
    report.code().modules.iter().map(module).collect()
}

pub(super) fn module_cycles(report: &Report<'_>) -> Vec<ModuleCycleJson> {
    let code = report.code();
    let name = |at: usize| code.modules[at].path.clone();
    let cycles = code.module_cycles.iter();
    cycles
        .map(|cycle| ModuleCycleJson {
            modules: cycle.members.iter().map(|&at| name(at)).collect(),
            cuts: cycle
                .cuts
                .iter()
                .map(|&(from, to, references)| ModuleCutJson { from: name(from), to: name(to), references })
                .collect(),
            least: cycle.is_least,
        })
        .collect()
}

pub(super) fn unreached(report: &Report<'_>) -> Vec<UnreachedJson> {
    let unreached = |one: &Unreached| {
        let Place { file, line } = report.place(one.location);
        let service = one.group.map(|at| report.metrics.services[at].name.clone());
        UnreachedJson { path: one.path.clone(), file, line, service }
    };
    report.code().unreached.iter().map(unreached).collect()
}
