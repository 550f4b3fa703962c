//! What ties the services, in the machine format.

use serde::Serialize;

use super::super::{Place, Report};
use super::TableJson;
use crate::coupling::{Cut, Cycle, SharedData, SharedItem, SplitWrite, Tie};

#[derive(Serialize)]
pub(super) struct TieJson {
    from: String,
    to: String,
    kind: &'static str,
    what: String,
    file: String,
    line: u32,
    data: Vec<TableJson>,
    routes: Vec<String>,
    becomes: &'static str,
    because: String,
}

#[derive(Serialize)]
pub(super) struct SharedDataJson {
    resource: String,
    owner: Option<String>,
    users: Vec<DataUserJson>,
}

#[derive(Serialize)]
struct DataUserJson {
    service: String,
    mode: String,
    routes: usize,
    becomes: Option<&'static str>,
    because: Option<String>,
}

#[derive(Serialize)]
pub(super) struct SharedItemJson {
    kind: &'static str,
    what: String,
    file: Option<String>,
    line: Option<u32>,
    services: Vec<String>,
    becomes: &'static str,
    because: String,
}

#[derive(Serialize)]
pub(super) struct SplitWriteJson {
    route: String,
    service: String,
    data: Vec<OwnedJson>,
    at_once: bool,
    file: String,
    line: u32,
    becomes: &'static str,
    because: String,
}

#[derive(Serialize)]
struct OwnedJson {
    resource: String,
    owner: String,
}

#[derive(Serialize)]
pub(super) struct CutsJson {
    services: Vec<String>,
    cuts: Vec<CutJson>,
    least: bool,
}

#[derive(Serialize)]
struct CutJson {
    from: String,
    to: String,
    places: usize,
}

#[derive(Serialize)]
pub(super) struct VerdictJson {
    split: bool,
    because: Vec<String>,
}

pub(super) fn ties(report: &Report<'_>) -> Vec<TieJson> {
    let tie = |tie: &Tie| {
        let Place { file, line } = report.place(tie.location);
        let data = tie.data.iter();
        let data = data
            .map(|(data, mode)| TableJson { resource: data.to_string(), mode: mode.to_string() })
            .collect();
        TieJson {
            from: tie.from.clone(),
            to: tie.to.clone(),
            kind: tie.kind.as_str(),
            what: tie.what.clone(),
            file,
            line,
            data,
            routes: tie.routes.iter().map(|&route| report.routes.routes[route].id.clone()).collect(),
            becomes: tie.becomes.as_str(),
            because: tie.because.clone(),
        }
    };
    report.coupling.ties.iter().map(tie).collect()
}

pub(super) fn shared_data(report: &Report<'_>) -> Vec<SharedDataJson> {
    let shared = |shared: &SharedData| SharedDataJson {
        resource: shared.data.to_string(),
        owner: shared.owner.clone(),
        users: shared
            .users
            .iter()
            .map(|user| DataUserJson {
                service: user.service.clone(),
                mode: user.mode.to_string(),
                routes: user.routes,
                becomes: user.choice.as_ref().map(|(becomes, _)| becomes.as_str()),
                because: user.choice.as_ref().map(|(_, because)| because.clone()),
            })
            .collect(),
    };
    report.coupling.shared_data.iter().map(shared).collect()
}

pub(super) fn shared_items(report: &Report<'_>) -> Vec<SharedItemJson> {
    let item = |item: &SharedItem| {
        let place = item.location.map(|location| report.place(location));
        SharedItemJson {
            kind: item.kind.as_str(),
            what: item.path.clone(),
            line: place.as_ref().map(|place| place.line),
            file: place.map(|place| place.file),
            services: item.services.clone(),
            becomes: item.becomes.as_str(),
            because: item.because.clone(),
        }
    };
    report.coupling.shared_items.iter().map(item).collect()
}

pub(super) fn split_writes(report: &Report<'_>) -> Vec<SplitWriteJson> {
    let write = |write: &SplitWrite| {
        let Place { file, line } = report.place(write.location);
        let data = write.data.iter();
        SplitWriteJson {
            route: report.routes.routes[write.route].id.clone(),
            service: write.service.clone(),
            data: data
                .map(|(data, owner)| OwnedJson { resource: data.to_string(), owner: owner.clone() })
                .collect(),
            at_once: write.at_once,
            file,
            line,
            becomes: write.becomes.as_str(),
            because: write.because.clone(),
        }
    };
    report.coupling.split_writes.iter().map(write).collect()
}

pub(super) fn cuts(report: &Report<'_>) -> Vec<CutsJson> {
    let cut = |cut: &Cut| CutJson { from: cut.from.clone(), to: cut.to.clone(), places: cut.places };
    let cuts = |cycle: &Cycle| CutsJson {
        services: cycle.services.clone(),
        cuts: cycle.cuts.iter().map(cut).collect(),
        least: cycle.is_least,
    };
    report.coupling.cycles.iter().map(cuts).collect()
}

pub(super) fn verdict(report: &Report<'_>) -> VerdictJson {
    let verdict = report.verdict;
    VerdictJson { split: verdict.is_worth_it, because: verdict.because.clone() }
}
