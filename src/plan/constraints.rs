//! `[boundaries]` of the plan: what services must keep to. Whether it can be kept at all, and where the plan does not keep it.
//!
//! Deliberately absent: how routes are placed by it (`boundaries`).

use std::collections::{BTreeMap, BTreeSet};

use super::{Plan, PlanFile, Service};
use crate::boundaries;
use crate::diagnostic::{Code, Diagnostic};
use crate::ordered::OrderedMap;
use crate::routes::RouteTable;
use crate::span::Location;
use crate::words::count;

/// What the plan demands of its services, with the places in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constraints {
    /// Routes of one service.
    pub together: Vec<RouteSet>,
    /// Routes of which no two are in one service.
    pub apart: Vec<RouteSet>,
    /// How many services there are.
    pub services: Option<(usize, Location)>,
    /// How many there may be.
    pub max_services: Option<(usize, Location)>,
    /// How many routes a service may have.
    pub max_routes: Option<(usize, Location)>,
}

/// Ids of routes, each with its place.
pub type RouteSet = Vec<(String, Location)>;

impl Constraints {
    /// As the proposal needs them.
    pub fn plain(&self) -> boundaries::Constraints {
        let ids = |sets: &[RouteSet]| -> Vec<Vec<String>> {
            sets.iter().map(|set| set.iter().map(|(id, _)| id.clone()).collect()).collect()
        };
        let number = |limit: Option<(usize, Location)>| limit.map(|(number, _)| number);
        boundaries::Constraints {
            together: ids(&self.together),
            apart: ids(&self.apart),
            least_services: number(self.services),
            most_services: number(self.most_services()),
            max_routes: number(self.max_routes),
        }
    }

    fn most_services(&self) -> Option<(usize, Location)> {
        self.services.into_iter().chain(self.max_services).min_by_key(|(number, _)| *number)
    }

    /// Every place where one demand rules out another, whatever the program.
    pub(super) fn contradictions(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut refuse = |message: String, location: Location| {
            found.push(Diagnostic::new(Code::PLAN_INVALID, message).at(location));
        };
        let together = whole(&self.together);
        let are_one = |one: &String, other: &String| {
            let holds = |set: &BTreeMap<&str, Location>, id: &String| set.contains_key(id.as_str());
            one == other || together.iter().any(|set| holds(set, one) && holds(set, other))
        };
        for set in &self.apart {
            for (at, (id, location)) in set.iter().enumerate() {
                if let Some((other, _)) = set[..at].iter().find(|(other, _)| are_one(id, other)) {
                    let message = if id == other {
                        format!("`apart` lists `{id}` twice in one set")
                    } else {
                        format!("`apart` keeps `{id}` from `{other}`, which `together` holds in one service")
                    };
                    refuse(message, *location);
                }
            }
        }
        if let (Some((services, location)), Some((most, _))) = (self.services, self.max_services)
            && services > most
        {
            refuse(format!("`services` wants {services} where `max_services` allows {most}"), location);
        }
        if let Some((most, _)) = self.most_services() {
            for set in self.apart.iter().filter(|set| set.len() > most) {
                let message = format!("{} routes cannot be apart in {}", set.len(), count(most, "service"));
                refuse(message, set[0].1);
            }
        }
        if let Some((most, _)) = self.max_routes {
            for set in together.iter().filter(|set| set.len() > most) {
                let message = format!(
                    "`together` holds {} in one service where `max_routes` allows {most}",
                    count(set.len(), "route")
                );
                if let Some(first) = set.values().min() {
                    refuse(message, *first);
                }
            }
        }
        found
    }
}

/// Routes that `together` holds in one service, with a place each: sets that share a route as one.
fn whole(together: &[RouteSet]) -> Vec<BTreeMap<&str, Location>> {
    let mut whole: Vec<BTreeMap<&str, Location>> = Vec::new();
    for set in together {
        let shares =
            |other: &BTreeMap<&str, Location>| set.iter().any(|(id, _)| other.contains_key(id.as_str()));
        let (sharing, rest): (Vec<_>, Vec<_>) = whole.into_iter().partition(shares);
        let own = set.iter().map(|(id, location)| (id.as_str(), *location));
        whole = rest;
        whole.push(own.chain(sharing.into_iter().flatten()).collect());
    }
    whole
}

/// Where a plan that places every route does not keep to what its file demands.
pub fn check_constraints(file: &PlanFile, plan: &Plan, routes: &RouteTable) -> Vec<Diagnostic> {
    let constraints = &file.constraints;
    let mut found = Vec::new();
    let known: BTreeSet<&str> = routes.routes.iter().map(|route| route.id.as_str()).collect();
    for (id, location) in constraints.together.iter().chain(&constraints.apart).flatten() {
        if !known.contains(id.as_str()) {
            found.push(
                Diagnostic::new(Code::PLAN_UNKNOWN_ROUTE, format!("the program has no route `{id}`"))
                    .at(*location),
            );
        }
    }
    let is_known = |(id, _): &&(String, Location)| known.contains(id.as_str());
    for set in &constraints.together {
        found.extend(check_together(file, plan, &set.iter().filter(is_known).collect::<Vec<_>>()));
    }
    for set in &constraints.apart {
        found.extend(check_apart(file, plan, &set.iter().filter(is_known).collect::<Vec<_>>()));
    }
    found.extend(check_counts(file, plan));
    found
}

fn service<'p>(plan: &'p Plan, id: &str) -> Option<&'p str> {
    plan.place_of(id).map(|(service, _)| service.name.as_str())
}

/// Where the file places a route; where it does not yet, where it demands something of it.
fn place(file: &PlanFile, id: &str, demanded: Location) -> Location {
    file.routes.iter().find(|(listed, _)| listed == id).map_or(demanded, |(_, location)| *location)
}

/// Routes that are not where most of their set are.
fn check_together(file: &PlanFile, plan: &Plan, set: &[&(String, Location)]) -> Vec<Diagnostic> {
    let place_of = |id: &str| service(plan, id);
    let mut places: OrderedMap<Option<&str>, Vec<&str>> = OrderedMap::default();
    for (id, _) in set {
        places.entry(place_of(id)).or_default().push(id);
    }
    // The first of those with most.
    let Some((home, there)) = places.iter().rev().max_by_key(|(_, ids)| ids.len()) else { return Vec::new() };
    let said = |place: Option<&str>| place.unwrap_or("the monolith").to_string();
    let elsewhere = set.iter().filter(|(id, _)| place_of(id) != *home);
    let findings = elsewhere.map(|(id, location)| {
        let message = format!(
            "`{id}` is in {}, and `{}`, with which the plan keeps it together, in {}",
            said(place_of(id)),
            there[0],
            said(*home)
        );
        let help = match home {
            Some(home) => {
                format!("`lith-split plan --edit \"move {id} to {home}\"`, or take it out of `together`")
            }
            None => "move the others to a service, keep it too, or take it out of `together`".to_string(),
        };
        Diagnostic::new(Code::CONSTRAINT_BROKEN, message).at(place(file, id, *location)).help(help)
    });
    findings.collect()
}

/// Routes that are where another one of their set is.
fn check_apart(file: &PlanFile, plan: &Plan, set: &[&(String, Location)]) -> Vec<Diagnostic> {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    let mut found = Vec::new();
    for (id, location) in set {
        let Some(service) = service(plan, id) else { continue };
        let other = *first.entry(service).or_insert(id);
        if other != id {
            let message =
                format!("`{id}` is in {service} with `{other}`, from which the plan keeps it apart");
            let help =
                format!("`lith-split plan --edit \"move {id} to SERVICE\"`, or take it out of `apart`");
            found.push(
                Diagnostic::new(Code::CONSTRAINT_BROKEN, message).at(place(file, id, *location)).help(help),
            );
        }
    }
    found
}

fn check_counts(file: &PlanFile, plan: &Plan) -> Vec<Diagnostic> {
    let constraints = &file.constraints;
    let mut found = Vec::new();
    let mut over = |message: String, location: Location, help: &str| {
        found.push(Diagnostic::new(Code::SERVICES_OVER_LIMIT, message).at(location).help(help));
    };
    let services = plan.services.len();
    let placed: usize = plan.services.iter().map(routes_of).sum();
    if let (Some((most, _)), Some((largest, location))) =
        (constraints.most_services(), constraints.max_routes)
        && most * largest < placed
    {
        let message = format!(
            "{} of at most {} cannot hold the {placed} routes of the program",
            count(most, "service"),
            count(largest, "route")
        );
        over(message, location, "raise one of them, or keep routes in the monolith");
    }
    let help = "`lith-split plan --edit` merges and splits services";
    if let Some((wanted, location)) = constraints.services.filter(|(wanted, _)| *wanted != services) {
        over(
            format!("there are {} where the plan wants {wanted}", count(services, "service")),
            location,
            help,
        );
    }
    if let Some((most, location)) = constraints.max_services.filter(|(most, _)| *most < services) {
        over(
            format!("there are {} where the plan allows {most}", count(services, "service")),
            location,
            help,
        );
    }
    if let Some((most, demanded)) = constraints.max_routes {
        for service in plan.services.iter().filter(|service| routes_of(service) > most) {
            let named = file.names.iter().find(|(name, _)| *name == service.name);
            let message = format!(
                "{} has {} where the plan allows {most}",
                service.name,
                count(routes_of(service), "route")
            );
            over(message, named.map_or(demanded, |(_, location)| *location), help);
        }
    }
    found
}

fn routes_of(service: &Service) -> usize {
    service.functions.iter().map(|function| function.routes.len()).sum()
}

#[cfg(test)]
mod tests;
