//! The machine format: `schema_version` 1. Other tools rely on these keys; more may be added, none change their meaning.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Place, Report, calls};
use crate::access::{Access, Columns};
use crate::metrics::ServiceMetrics;
use crate::metrics::code::ServiceCode;
use crate::resolve::{CallEdge, DefId, Unresolved};
use crate::routes::{Handler, LayerUse};

mod code;
mod coupling;
mod iam;
mod part;
mod services;

pub use iam::iam;
pub use part::selection;

pub(super) const SCHEMA_VERSION: u32 = 1;

/// The report as one JSON document with a line feed at its end.
pub fn json(report: &Report<'_>) -> String {
    written(&document(report))
}

/// The calls between functions as one JSON document.
pub fn calls(report: &Report<'_>) -> String {
    written(&calls_document(report))
}

fn written(document: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document).expect("strings and numbers serialise");
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Document {
    schema_version: u32,
    package: PackageJson,
    routes: Vec<RouteJson>,
    fallbacks: Vec<FallbackJson>,
    services_mounted: Vec<MountedJson>,
    services: Vec<services::ServiceJson>,
    kept: Vec<KeptJson>,
    /// Places where a service uses data of another.
    couplings: Vec<coupling::TieJson>,
    shared_data: Vec<coupling::SharedDataJson>,
    split_writes: Vec<coupling::SplitWriteJson>,
    service_cycles: Vec<Vec<String>>,
    /// For each circle the borders to cut.
    service_cuts: Vec<coupling::CutsJson>,
    shared_items: Vec<coupling::SharedItemJson>,
    verdict: coupling::VerdictJson,
    findings: Vec<FindingJson>,
    metrics: MetricsJson,
    modules: Vec<code::ModuleJson>,
    module_cycles: Vec<code::ModuleCycleJson>,
    /// Functions that `main` does not lead to.
    unreached: Vec<code::UnreachedJson>,
    unresolved: UnresolvedJson,
}

#[derive(Serialize)]
struct CallsDocument {
    schema_version: u32,
    package: PackageJson,
    functions: Vec<FunctionJson>,
    calls: Vec<CallJson>,
    unresolved: UnresolvedJson,
}

/// A function of the program; also a const, a static or a type from which calls start.
#[derive(Serialize)]
struct FunctionJson {
    id: u32,
    path: String,
    file: String,
    line: u32,
}

#[derive(Serialize)]
struct CallJson {
    /// `id`s of functions.
    from: u32,
    to: u32,
    kind: &'static str,
    file: String,
    line: u32,
    column: u32,
    certainty: String,
    why: &'static str,
}

#[derive(Serialize)]
struct UnresolvedJson {
    total: usize,
    reasons: Vec<ReasonJson>,
    calls: Vec<UnresolvedCallJson>,
}

#[derive(Serialize)]
struct ReasonJson {
    why: &'static str,
    count: usize,
}

#[derive(Serialize)]
struct UnresolvedCallJson {
    from: String,
    name: String,
    file: String,
    line: u32,
    column: u32,
    why: &'static str,
}

#[derive(Serialize)]
struct PackageJson {
    name: String,
    version: String,
    axum: Option<String>,
}

#[derive(Serialize)]
struct RouteJson {
    id: String,
    method: &'static str,
    path: String,
    handler: HandlerJson,
    layers: Vec<String>,
    conditional: Option<String>,
    state: Option<String>,
    extractors: Vec<String>,
    service: Option<String>,
    function: Option<String>,
    why: String,
    /// None where it stays in the monolith.
    placement: Option<services::PlacementJson>,
    tables: Vec<TableJson>,
    accesses: Vec<AccessJson>,
    environment: Vec<String>,
}

#[derive(Serialize)]
struct HandlerJson {
    name: String,
    path: String,
    file: String,
    line: u32,
}

#[derive(Serialize)]
struct TableJson {
    resource: String,
    mode: String,
}

#[derive(Serialize)]
struct AccessJson {
    service: String,
    operation: String,
    actions: Vec<String>,
    resources: Vec<String>,
    mode: String,
    file: String,
    line: u32,
    certainty: String,
    via: Vec<String>,
    implied: bool,
    /// Names, `*` for all, `?` where they are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    columns: Option<Vec<String>>,
}

#[derive(Serialize)]
struct FallbackJson {
    prefix: String,
    handler: HandlerJson,
    layers: Vec<String>,
    method_not_allowed: bool,
    accesses: Vec<AccessJson>,
}

#[derive(Serialize)]
struct MountedJson {
    path: String,
    service: String,
    layers: Vec<String>,
    file: String,
    line: u32,
}

#[derive(Serialize)]
struct KeptJson {
    route: String,
    because: String,
}

#[derive(Serialize)]
struct FindingJson {
    code: &'static str,
    severity: String,
    message: String,
    file: Option<String>,
    line: Option<u32>,
    help: Option<String>,
}

#[derive(Serialize)]
struct MetricsJson {
    routes: usize,
    functions: usize,
    models: usize,
    layers: usize,
    tables: usize,
    other_resources: usize,
    shared_functions: usize,
    shared_models: usize,
    shared_tables: usize,
    tables_written_apart: usize,
    call_cycles: usize,
    mutual_services: usize,
    largest_share: f64,
    singletons: usize,
    icp: f64,
    sm: f64,
    ifn: f64,
    ned: f64,
    modularity: f64,
    purity: f64,
    chattiness: f64,
    most_hops: usize,
    routes_with_data: usize,
    split_routes: usize,
    owned_data: usize,
    data_written_apart: usize,
    module_cycles: usize,
    unreached_functions: usize,
    services: Vec<ServiceMetricsJson>,
}

#[derive(Serialize)]
struct ServiceMetricsJson {
    name: String,
    routes: usize,
    afferent: usize,
    efferent: usize,
    instability: f64,
    cohesion: f64,
    coupling: f64,
    chattiness: f64,
    abstractness: f64,
    unreached_functions: usize,
}

fn document(report: &Report<'_>) -> Document {
    Document {
        schema_version: SCHEMA_VERSION,
        package: package(report),
        routes: (0..report.routes.routes.len()).map(|at| route(report, at)).collect(),
        fallbacks: fallbacks(report),
        services_mounted: mounted(report),
        services: services::services(report),
        kept: report
            .plan
            .keep
            .iter()
            .map(|id| KeptJson { route: id.clone(), because: report.why(id).to_string() })
            .collect(),
        couplings: coupling::ties(report),
        shared_data: coupling::shared_data(report),
        split_writes: coupling::split_writes(report),
        service_cycles: report.coupling.cycles.iter().map(|cycle| cycle.services.clone()).collect(),
        service_cuts: coupling::cuts(report),
        shared_items: coupling::shared_items(report),
        verdict: coupling::verdict(report),
        findings: findings(report),
        metrics: metrics(report),
        modules: code::modules(report),
        module_cycles: code::module_cycles(report),
        unreached: code::unreached(report),
        unresolved: unresolved(report),
    }
}

fn package(report: &Report<'_>) -> PackageJson {
    let package = report.package;
    PackageJson { name: package.name.clone(), version: package.version.clone(), axum: package.axum.clone() }
}

fn calls_document(report: &Report<'_>) -> CallsDocument {
    let callers = calls::by_caller(report);
    let edges = callers.iter().flat_map(|(_, edges)| edges);
    let ends: BTreeSet<DefId> = edges.clone().flat_map(|edge| [edge.from, edge.to]).collect();
    let function = |id: DefId| {
        let node = calls::node(report, id);
        FunctionJson { id: id.0, path: node.path.to_string(), file: node.place.file, line: node.place.line }
    };
    let call = |edge: &&CallEdge| {
        let Place { file, line } = report.place(edge.location);
        CallJson {
            from: edge.from.0,
            to: edge.to.0,
            kind: calls::verb(edge.kind),
            file,
            line,
            column: report.column(edge.location),
            certainty: edge.certainty.to_string(),
            why: edge.evidence.as_str(),
        }
    };
    CallsDocument {
        schema_version: SCHEMA_VERSION,
        package: package(report),
        functions: ends.into_iter().map(function).collect(),
        calls: edges.map(call).collect(),
        unresolved: unresolved(report),
    }
}

fn unresolved(report: &Report<'_>) -> UnresolvedJson {
    let all = report.program.unresolved();
    let reasons = calls::reasons(&all).into_iter();
    UnresolvedJson {
        total: all.len(),
        reasons: reasons.map(|(why, count)| ReasonJson { why: why.as_str(), count }).collect(),
        calls: all.iter().map(|one| unresolved_call(report, one)).collect(),
    }
}

fn unresolved_call(report: &Report<'_>, unresolved: &Unresolved) -> UnresolvedCallJson {
    let Place { file, line } = report.place(unresolved.location);
    UnresolvedCallJson {
        from: report.program.def(unresolved.from).path.clone(),
        name: report.sources.text(unresolved.location).to_string(),
        file,
        line,
        column: report.column(unresolved.location),
        why: unresolved.why.as_str(),
    }
}

fn route(report: &Report<'_>, at: usize) -> RouteJson {
    let route = &report.routes.routes[at];
    let place = report.plan.place_of(&route.id);
    let mut environment: Vec<String> = Vec::new();
    for variable in report.accesses.route_env.get(at).into_iter().flatten() {
        if !environment.contains(&variable.name) {
            environment.push(variable.name.clone());
        }
    }
    environment.sort();
    RouteJson {
        id: route.id.clone(),
        method: route.method.as_str(),
        path: route.path.clone(),
        handler: handler(report, &route.handler),
        layers: layers(&route.layers),
        conditional: route.conditional.clone(),
        state: route.state.clone(),
        extractors: route.extractors.clone(),
        service: place.map(|(service, _)| service.name.clone()),
        function: place.map(|(_, function)| function.name.clone()),
        why: report.why(&route.id).to_string(),
        placement: services::placement(report, at),
        tables: report
            .tables_of(at)
            .into_iter()
            .map(|touch| TableJson { resource: touch.resource.to_string(), mode: touch.mode.to_string() })
            .collect(),
        accesses: report.accesses_of(at).iter().map(|item| access(report, item)).collect(),
        environment,
    }
}

fn handler(report: &Report<'_>, handler: &Handler) -> HandlerJson {
    let Place { file, line } = report.handler_place(handler);
    HandlerJson { name: handler.name.clone(), path: handler.path.clone(), file, line }
}

fn layers(layers: &[LayerUse]) -> Vec<String> {
    layers.iter().map(|layer| layer.name.clone()).collect()
}

fn access(report: &Report<'_>, access: &Access) -> AccessJson {
    let Place { file, line } = report.place(access.location);
    AccessJson {
        service: access.service.clone(),
        operation: access.operation.clone(),
        actions: access.actions.clone(),
        resources: access.resources.iter().map(ToString::to_string).collect(),
        mode: access.mode.to_string(),
        file,
        line,
        certainty: access.certainty.to_string(),
        via: access.via.clone(),
        implied: access.implied,
        columns: access.columns.as_ref().map(columns),
    }
}

fn columns(columns: &Columns) -> Vec<String> {
    match columns {
        Columns::All => vec!["*".to_string()],
        Columns::Unknown => vec!["?".to_string()],
        Columns::Some(names) => names.iter().cloned().collect(),
    }
}

fn fallbacks(report: &Report<'_>) -> Vec<FallbackJson> {
    let routes = report.routes;
    routes
        .fallbacks
        .iter()
        .enumerate()
        .map(|(at, fallback)| FallbackJson {
            prefix: fallback.prefix.clone(),
            handler: handler(report, &fallback.handler),
            layers: layers(&fallback.layers),
            method_not_allowed: fallback.method_not_allowed,
            accesses: report
                .accesses
                .fallbacks
                .get(at)
                .into_iter()
                .flatten()
                .map(|item| access(report, item))
                .collect(),
        })
        .collect()
}

fn mounted(report: &Report<'_>) -> Vec<MountedJson> {
    let mounted = report.routes.services_mounted.iter();
    mounted
        .map(|service| {
            let Place { file, line } = report.place(service.location);
            MountedJson {
                path: service.path.clone(),
                service: service.service.clone(),
                layers: layers(&service.layers),
                file,
                line,
            }
        })
        .collect()
}

fn findings(report: &Report<'_>) -> Vec<FindingJson> {
    let findings = report.findings.iter();
    findings
        .map(|finding| {
            let place = finding.location.map(|location| report.place(location));
            FindingJson {
                code: finding.code.as_str(),
                severity: finding.severity.to_string(),
                message: finding.message.clone(),
                line: place.as_ref().map(|place| place.line),
                file: place.map(|place| place.file),
                help: finding.help.clone(),
            }
        })
        .collect()
}

fn metrics(report: &Report<'_>) -> MetricsJson {
    let (metrics, code) = (report.metrics, report.code());
    MetricsJson {
        routes: metrics.routes,
        functions: metrics.functions,
        models: metrics.models,
        layers: metrics.layers,
        tables: metrics.tables,
        other_resources: metrics.other_resources,
        shared_functions: metrics.shared_functions,
        shared_models: metrics.shared_models,
        shared_tables: metrics.shared_tables,
        tables_written_apart: metrics.tables_written_apart,
        call_cycles: metrics.call_cycles,
        mutual_services: metrics.mutual_services,
        largest_share: metrics.largest_share,
        singletons: metrics.singletons,
        icp: rounded(metrics.data.icp),
        sm: rounded(metrics.data.sm),
        ifn: rounded(metrics.data.ifn),
        ned: rounded(metrics.data.ned),
        modularity: rounded(metrics.data.modularity),
        purity: rounded(metrics.data.purity),
        chattiness: rounded(metrics.data.chattiness),
        most_hops: metrics.data.most_hops,
        routes_with_data: metrics.data.routes_with_data,
        split_routes: metrics.data.split_routes,
        owned_data: metrics.data.owned_data,
        data_written_apart: metrics.data.data_written_apart,
        module_cycles: code.module_cycles.len(),
        unreached_functions: code.unreached.len(),
        services: metrics.services.iter().zip(&code.services).map(service_metrics).collect(),
    }
}

fn service_metrics((service, code): (&ServiceMetrics, &ServiceCode)) -> ServiceMetricsJson {
    ServiceMetricsJson {
        name: service.name.clone(),
        routes: service.routes,
        afferent: service.afferent,
        efferent: service.efferent,
        instability: service.instability,
        cohesion: rounded(service.cohesion),
        coupling: rounded(service.coupling),
        chattiness: rounded(service.chattiness),
        abstractness: code.abstractness,
        unreached_functions: code.unreached,
    }
}

/// Six decimals: the last bits of a logarithm may differ between machines.
fn rounded(number: f64) -> f64 {
    let rounded = (number * 1e6).round() / 1e6;
    // Not -0.
    rounded + 0.0
}
