//! The services and why each route is where it is, in the machine format.

use serde::Serialize;

use super::super::Report;
use super::super::relations::{Need, Offer, Relations};
use super::TableJson;
use crate::access::{Mode, Resource};
use crate::boundaries::Vote;

#[derive(Serialize)]
pub(super) struct ServiceJson {
    name: String,
    routes: Vec<String>,
    functions: Vec<String>,
    owns: Vec<String>,
    /// Data of it that other services use.
    offers: Vec<OfferJson>,
    /// Data of other services that it uses.
    needs: Vec<NeedJson>,
}

#[derive(Serialize)]
struct OfferJson {
    resource: String,
    to: Vec<UserJson>,
}

#[derive(Serialize)]
struct UserJson {
    service: String,
    mode: String,
}

#[derive(Serialize)]
struct NeedJson {
    of: String,
    data: Vec<TableJson>,
    places: usize,
}

#[derive(Serialize)]
pub(super) struct PlacementJson {
    votes: Vec<VoteJson>,
    against: Vec<VoteJson>,
    runner_up: Option<RunnerUpJson>,
    cost: String,
}

#[derive(Serialize)]
struct VoteJson {
    signal: &'static str,
    service: String,
    /// None of a rule.
    weight: Option<u32>,
    because: String,
}

#[derive(Serialize)]
struct RunnerUpJson {
    service: String,
    weight: u32,
}

pub(super) fn services(report: &Report<'_>) -> Vec<ServiceJson> {
    let services = report.plan.services.iter();
    services
        .map(|service| {
            let Relations { owns: _, offers, needs } = report.relations(service);
            ServiceJson {
                name: service.name.clone(),
                routes: service.functions.iter().flat_map(|function| function.routes.clone()).collect(),
                functions: service.functions.iter().map(|function| function.name.clone()).collect(),
                owns: service.owns.clone(),
                offers: offers.into_iter().map(offer).collect(),
                needs: needs.into_iter().map(need).collect(),
            }
        })
        .collect()
}

fn offer(offer: Offer<'_>) -> OfferJson {
    let user =
        |(service, mode): (&str, Mode)| UserJson { service: service.to_string(), mode: mode.to_string() };
    OfferJson { resource: offer.data.to_string(), to: offer.users.into_iter().map(user).collect() }
}

fn need(need: Need<'_>) -> NeedJson {
    let table =
        |(data, mode): (&Resource, Mode)| TableJson { resource: data.to_string(), mode: mode.to_string() };
    NeedJson {
        of: need.of.to_string(),
        data: need.data.into_iter().map(table).collect(),
        places: need.places,
    }
}

pub(super) fn placement(report: &Report<'_>, route: usize) -> Option<PlacementJson> {
    let placement = &report.proposal.placed(route)?.1.placement;
    let votes = |votes: &[Vote]| votes.iter().map(vote).collect();
    Some(PlacementJson {
        votes: votes(&placement.votes),
        against: votes(&placement.against),
        runner_up: placement
            .runner_up
            .as_ref()
            .map(|(service, weight)| RunnerUpJson { service: service.clone(), weight: *weight }),
        cost: placement.cost.clone(),
    })
}

fn vote(vote: &Vote) -> VoteJson {
    VoteJson {
        signal: vote.signal.as_str(),
        service: vote.service.clone(),
        weight: vote.weight,
        because: vote.because.clone(),
    }
}
