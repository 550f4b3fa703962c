//! Services -> services that keep to what the plan demands, where that can be done.
//!
//! Routes that the plan has placed never move; where they break a demand themselves, `plan::check_constraints` says so.

use super::Partition;
use crate::boundaries::divide::{self, Part};
use crate::boundaries::names::{Names, service_name};
use crate::boundaries::reasons::Tally;
use crate::boundaries::segments::SYSTEM;
use crate::boundaries::ties::Ties;
use crate::metrics::ratio;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::words::count;

impl Partition<'_> {
    /// Routes by service, in order.
    fn services(&self) -> OrderedMap<String, Vec<usize>> {
        let mut services: OrderedMap<String, Vec<usize>> = OrderedMap::default();
        for (route, _) in self.open() {
            if let Some(service) = &self.service[route] {
                services.entry(service.clone()).or_default().push(route);
            }
        }
        services
    }

    fn has_pinned(&self, members: &[usize]) -> bool {
        members.iter().any(|&route| self.pinned[route].is_some())
    }

    /// Routes for which those that the plan has placed in their service leave no room go where the next most votes are for, or to a service of
    /// their own.
    pub(super) fn make_way(&mut self) {
        for (service, members) in self.services() {
            let (mut stay, open): (Vec<usize>, Vec<usize>) =
                members.iter().partition(|&&route| self.pinned[route].is_some());
            if stay.is_empty() || self.rules.allow(&members) {
                continue;
            }
            let mut units: OrderedMap<usize, Vec<usize>> = OrderedMap::default();
            for route in open {
                units.entry(self.rules.unit(route)).or_default().push(route);
            }
            for unit in units.into_values() {
                if self.rules.may_join(&unit, &stay) {
                    stay.extend(unit);
                } else {
                    self.move_away(&unit, &service, &stay);
                }
            }
        }
    }

    fn move_away(&mut self, unit: &[usize], from: &str, stay: &[usize]) {
        let homes = self.homes();
        let votes = unit.iter().flat_map(|&route| self.votes(&self.facts.routes[route], &homes));
        let choices = Tally::of(&votes.collect::<Vec<_>>()).in_order();
        let services = self.services();
        let others = |name: &str| services.get(name).map_or(&[][..], Vec::as_slice);
        let is_free = |name: &String| name != from && self.rules.may_join(unit, others(name));
        let to = choices.into_iter().find(is_free).unwrap_or_else(|| {
            let mut names = Names::default();
            services.keys().for_each(|name| names.take(name));
            names.unique(&service_name(&self.facts.routes[unit[0]].key, SYSTEM))
        });
        let because = match self.rules.conflict(unit, stay) {
            Some(other) => self.kept_from(other),
            None => format!("{from} has as many routes as the plan allows"),
        };
        for &route in unit {
            self.service[route] = Some(to.clone());
            self.planned[route] = Some(because.clone());
        }
    }

    fn kept_from(&self, other: usize) -> String {
        format!("the plan keeps it apart from {}", self.routes.routes[other].id)
    }

    /// Services that are too large, or that the plan does not allow, fall into parts, unless the plan has placed a route there.
    pub(super) fn divide(&mut self) {
        let all = self.open().count();
        for (name, members) in self.services() {
            if self.has_pinned(&members) {
                continue;
            }
            let share = ratio(members.len(), all);
            let parts = divide::divide(self.facts, self.routes, &self.rules, &members, share);
            let is_whole = parts.is_empty() && self.rules.allow(&members);
            if !parts.is_empty() && parts.iter().all(|part| self.rules.allow(&part.routes)) {
                self.take_parts(&name, &members, parts);
            } else if !is_whole {
                let parts = divide::divide_as_allowed(self.facts, self.routes, &self.rules, &members);
                let because = if members.len() > self.rules.max_routes {
                    let most = count(self.rules.max_routes, "route");
                    format!("the plan wants no more than {most} in a service")
                } else {
                    format!("the plan keeps routes of {name} apart")
                };
                self.split_off(&name, &members, parts, &because);
            }
        }
    }

    /// The largest part keeps the name of the service; the others leave it for a reason.
    fn split_off(&mut self, name: &str, members: &[usize], mut parts: Vec<Part>, because: &str) {
        // The first of the largest.
        let Some(largest) = parts.iter_mut().rev().max_by_key(|part| part.routes.len()) else { return };
        largest.name = name.to_string();
        for &route in parts.iter().filter(|part| part.name.is_empty()).flat_map(|part| &part.routes) {
            self.planned[route].get_or_insert_with(|| because.to_string());
        }
        self.take_parts(name, members, parts);
    }

    /// Gives the parts of a service names, and their routes and tables.
    fn take_parts(&mut self, name: &str, members: &[usize], mut parts: Vec<Part>) {
        self.is_changed = true;
        let taken: OrderedSet<String> = self.services().into_keys().filter(|other| other != name).collect();
        divide::name_parts(self.facts, self.routes, members, &mut parts, name, &taken);
        for part in parts {
            for &route in &part.routes {
                let is_left = |&other: &usize| members.contains(&other) && !part.routes.contains(&other);
                if let Some(other) = self.rules.apart(route).iter().copied().find(is_left) {
                    self.planned[route] = Some(self.kept_from(other));
                }
                self.service[route] = Some(part.name.clone());
                self.siblings.insert(route, members.to_vec());
            }
            for table in part.tables {
                self.owner_of_table.insert(table, part.name.clone());
            }
        }
    }

    /// Where the plan allows fewer services, those become one whose merging is best for modularity (Newman 2004, *Fast algorithm for
    /// detecting community structure in networks*).
    pub(super) fn merge(&mut self) {
        let most = *self.rules.services.end();
        let mut services = self.services();
        if services.len() <= most {
            return;
        }
        let open: Vec<usize> = self.open().map(|(route, _)| route).collect();
        let ties = Ties::of(self.facts, self.routes, &open);
        while services.len() > most {
            let Some((from, to)) = self.nearest(&services, &open, &ties) else { break };
            self.join(from, to);
            services = self.services();
        }
    }

    /// The service that is to be merged into another, and that one.
    fn nearest<'s>(
        &self,
        services: &'s OrderedMap<String, Vec<usize>>,
        open: &[usize],
        ties: &Ties<'_>,
    ) -> Option<((&'s String, &'s Vec<usize>), &'s String)> {
        let number = |service: &Option<String>| service.as_ref().and_then(|name| services.get_index_of(name));
        let mut group: Vec<usize> = open.iter().filter_map(|&route| number(&self.service[route])).collect();
        let owners = ties.tables.iter().map(|table| self.owner_of_table.get(*table).cloned());
        group.extend(owners.map(|owner| number(&owner).unwrap_or(0)));
        let gain = ties.gains(&group, services.len());
        let pinned: Vec<bool> = services.values().map(|members| self.has_pinned(members)).collect();
        let mut best: Option<(f64, usize, usize)> = None;
        for (a, (_, one)) in services.iter().enumerate() {
            for (b, (_, other)) in services.iter().enumerate().skip(a + 1) {
                let is_allowed = !(pinned[a] && pinned[b]) && self.rules.may_join(one, other);
                if is_allowed && best.is_none_or(|(most, ..)| gain(a, b) > most) {
                    best = Some((gain(a, b), a, b));
                }
            }
        }
        let (_, a, b) = best?;
        let weight = |at: usize| (pinned[at], services[at].len());
        let (from, to) = if weight(b) > weight(a) { (a, b) } else { (b, a) };
        Some((services.get_index(from)?, services.get_index(to)?.0))
    }

    fn join(&mut self, (from, members): (&String, &Vec<usize>), to: &str) {
        self.is_changed = true;
        let most = *self.rules.services.end();
        for &route in members {
            self.service[route] = Some(to.to_string());
            let because = || format!("the plan wants no more than {}", count(most, "service"));
            self.planned[route].get_or_insert_with(because);
            for vote in self.placements[route].votes.iter_mut().filter(|vote| vote.service == *from) {
                vote.service = to.to_string();
            }
        }
        for owner in self.owner_of_table.values_mut().filter(|owner| *owner == from) {
            *owner = to.to_string();
        }
    }

    /// Where the plan wants more services, those fall in two that lose least by it, unless the plan has placed a route there.
    pub(super) fn divide_more(&mut self) {
        let least = *self.rules.services.start();
        let all = self.open().count();
        loop {
            let services = self.services();
            if services.len() >= least {
                break;
            }
            let open = services.iter().filter(|(_, members)| !self.has_pinned(members));
            let halves = open.filter_map(|(name, members)| {
                let share = ratio(members.len(), all);
                let (gain, parts) = divide::halves(self.facts, self.routes, &self.rules, members, share)?;
                Some((gain, name, members, parts))
            });
            let best = halves.reduce(|best, next| if next.0 > best.0 { next } else { best });
            let Some((_, name, members, parts)) = best else { break };
            self.split_off(name, members, parts, &format!("the plan wants {}", count(least, "service")));
        }
    }
}
