//! One request -> accesses: the operation's grants that its arguments ask for, on the resources that they name.

use super::argument::{Argument, follow};
use super::condition::{self, Condition};
use super::missing;
use super::naming::{self, named};
use super::of_candidates;
use super::partiql;
use super::sdk::SdkCall;
use super::services::{self, Grant, Operation, ResourceRule, Service};
use super::table::{Access, Mode, Part, Resource, ResourceName};
use crate::certainty::Certainty;
use crate::diagnostic::{Code, Diagnostic};
use crate::span::Location;
use crate::values::{Evaluator, FrameId, Text};

/// What an access is made of, as far as the place of the call says it.
pub(super) struct Place<'a> {
    pub(super) via: &'a [String],
    /// The context from which the request leaves.
    pub(super) frame: FrameId,
    /// Whether code that is not followed may change the request before it leaves.
    pub(super) changed: bool,
}

/// Turns a request into accesses and findings.
pub(super) fn accesses<'p>(
    evaluator: &mut Evaluator<'p>,
    call: &SdkCall<'_, 'p>,
    place: &Place<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Access> {
    let service = services::service_of(&call.krate);
    let method =
        service.and_then(|service| service.waiters.get(&call.method)).unwrap_or(&call.method).clone();
    let operation = service.and_then(|service| service.operations.get(&method));
    let at_best = match operation {
        Some(operation) if !operation.inferred => call.certainty,
        _ => call.certainty.max(Certainty::Inferred),
    };
    let name = match operation.and_then(|operation| operation.name.clone()) {
        Some(name) => name,
        None => services::operation_name(&method),
    };
    let findings_before = findings.len();
    let mut build =
        Build { evaluator, call, place, findings, method, name, at_best, found: Vec::new(), is_made: true };
    match (service, operation) {
        (Some(service), Some(operation)) => {
            if operation.inferred {
                build.proposed("no published action has the name of", &service.name);
            }
            build.known(service, operation);
            build.missing(service, operation);
        }
        (service, _) => build.unknown_operation(service),
    }
    if !build.is_made {
        findings.truncate(findings_before);
        return Vec::new();
    }
    build.found
}

struct Build<'e, 'c, 'p> {
    evaluator: &'e mut Evaluator<'p>,
    call: &'e SdkCall<'c, 'p>,
    place: &'e Place<'e>,
    findings: &'e mut Vec<Diagnostic>,
    /// The operation's method, also where a waiter calls it.
    method: String,
    /// The operation's name: `GetItem`.
    name: String,
    /// How sure an access can be at best.
    at_best: Certainty,
    found: Vec<Access>,
    /// Whether the call can happen: an argument without any value is on no way of this context.
    is_made: bool,
}

impl Build<'_, '_, '_> {
    fn follow(&mut self, paths: &[String]) -> Argument {
        let argument = follow(self.evaluator, self.call.setters, paths);
        self.is_made &= !argument.never;
        argument
    }

    fn known(&mut self, service: &Service, operation: &Operation) {
        if let Some(path) = &operation.partiql {
            return self.partiql(service, path);
        }
        let name = self.name.clone();
        if operation.grants.is_empty() {
            let rule = service.rule(operation.resource.as_ref());
            let actions = operation.actions.clone().unwrap_or_else(|| vec![name]);
            return self.grant(service, &actions, operation.mode.into(), rule);
        }
        let mut unknown = None;
        for grant in &operation.grants {
            if self.applies(grant, &mut unknown) {
                let rule = service.rule(grant.resource.as_ref());
                let actions = grant.actions.clone().unwrap_or_else(|| vec![name.clone()]);
                self.grant(service, &actions, grant.mode.unwrap_or(operation.mode).into(), rule);
            }
        }
        let conditional = operation.needs_one || operation.grants.iter().all(|grant| !grant.when.is_empty());
        if let Some(argument) =
            unknown.or_else(|| (conditional && self.found.is_empty()).then(Argument::default))
        {
            self.unresolved("which resources", &argument);
            let resource = unknown_resource(service.name.clone(), service.rule(None).kind.clone());
            let resource = (resource, argument.location);
            self.push(&service.name, &[], operation.mode.into(), resource, Certainty::Unknown);
        }
    }

    /// What the operation needs on top where the program tells a missing resource apart; a waiter always does.
    fn missing(&mut self, service: &Service, operation: &Operation) {
        let Some(missing) = &operation.missing else { return };
        let told_apart = if self.method == self.call.method {
            missing::told_apart(self.evaluator, self.place.frame, &self.method, &missing.names)
        } else {
            Some(Certainty::Proved)
        };
        let Some(told_apart) = told_apart else { return };
        let (resources, certainty) = self.resources(service, service.rule(Some(&missing.resource)));
        for resource in resources {
            let certainty =
                if resource.0.is_known() { certainty.max(told_apart) } else { Certainty::Unknown };
            self.push(&service.name, &missing.actions, Mode::Read, resource, certainty);
        }
    }

    /// Whether a grant's conditions hold; keeps the argument that could not be followed.
    fn applies(&mut self, grant: &Grant, unknown: &mut Option<Argument>) -> bool {
        if !grant.when.is_empty() {
            let argument = self.follow(&grant.when);
            let given = argument.given;
            if argument.unknown && unknown.is_none() {
                *unknown = Some(argument);
            }
            return given;
        }
        self.follow(&grant.unless).missing
    }

    fn grant(&mut self, service: &Service, actions: &[String], mode: Mode, rule: &ResourceRule) {
        let (resources, certainty) = self.resources(service, rule);
        let conditions = if self.place.changed {
            Vec::new()
        } else {
            condition::of_call(self.evaluator, self.call, &self.name)
        };
        for resource in resources {
            let certainty = if resource.0.is_known() { certainty } else { Certainty::Unknown };
            let conditions = condition::fitting(&conditions, actions, &resource.0);
            self.push_with(&service.name, actions, mode, resource, certainty, conditions);
        }
    }

    fn push(&mut self, service: &str, actions: &[String], mode: Mode, resource: Named, certainty: Certainty) {
        self.push_with(service, actions, mode, resource, certainty, Vec::new());
    }

    fn push_with(
        &mut self,
        service: &str,
        actions: &[String],
        mode: Mode,
        resource: Named,
        certainty: Certainty,
        conditions: Vec<Condition>,
    ) {
        let way = self.evaluator.frame(self.place.frame).certainty;
        let access = Access {
            service: service.to_string(),
            operation: self.name.clone(),
            actions: actions.iter().map(|action| with_prefix(service, action)).collect(),
            resources: vec![resource.0],
            argument: resource.1,
            conditions,
            mode,
            location: self.call.location,
            certainty: certainty.max(self.at_best).max(way),
            via: self.place.via.to_vec(),
            implied: false,
            columns: None,
        };
        if !self.found.contains(&access) {
            self.found.push(access);
        }
    }

    /// The resources that the arguments name, unknown where it must be.
    fn resources(&mut self, service: &Service, rule: &ResourceRule) -> (Vec<Named>, Certainty) {
        if rule.kind == "*" {
            return (vec![(Resource::any(), None)], Certainty::Proved);
        }
        let mut argument = self.follow(&rule.arg);
        if argument.missing && !argument.unknown {
            argument.texts.extend(rule.default.iter().map(Text::literal));
        }
        // AWS takes no empty name.
        argument.texts.retain(|text| text.as_literal() != Some(""));
        if argument.texts.is_empty() || argument.unknown {
            argument.texts.push(Text::unknown());
        }
        let located = |text| named(text, rule).into_iter().map(|named| (named, argument.place_of(text)));
        let all_named: Vec<_> = argument.texts.iter().flat_map(located).collect();
        let open = rule.open && rule.sub.is_none();
        if all_named
            .iter()
            .any(|(named, _)| naming::rest(&named.name, open) == Part::Unknown && !named.name.is_known())
        {
            self.unresolved(&format!("which {}", rule.kind), &argument);
        }
        let (subs, several) = self.subs(rule);
        let mut all: Vec<Named> = Vec::new();
        for (named, place) in &all_named {
            let key = named.key.as_ref().map(|key| vec![Some(naming::name(key, &Part::Any))]);
            for sub in key.as_ref().unwrap_or(&subs) {
                let one = Resource {
                    service: rule.service.as_ref().unwrap_or(&service.name).clone(),
                    kind: named.kind.clone(),
                    name: naming::name(&named.name, &naming::rest(&named.name, open)),
                    sub: sub.clone(),
                };
                if !all.iter().any(|(known, _)| *known == one) {
                    all.push((one, *place));
                }
            }
        }
        (all, of_candidates(argument.several || several))
    }

    /// Index names or qualifiers, or key patterns in which run-time parts are `*`.
    fn subs(&mut self, rule: &ResourceRule) -> (Vec<Option<ResourceName>>, bool) {
        let Some(path) = &rule.sub else { return (vec![None], false) };
        let mut argument = self.follow(std::slice::from_ref(path));
        argument.texts.retain(|text| text.as_literal() != Some(""));
        let by_itself = rule.sub_optional && argument.missing && !argument.unknown;
        let unknown = if rule.kind == "object" { Part::Any } else { Part::Unknown };
        let rest = |text| if rule.open { naming::rest(text, true) } else { unknown.clone() };
        let mut names: Vec<_> =
            argument.texts.iter().map(|text| Some(naming::name(text, &rest(text)))).collect();
        if argument.unknown || (names.is_empty() && !by_itself) {
            names = vec![Some(ResourceName(vec![unknown.clone()]))];
        }
        if unknown == Part::Unknown && names.iter().flatten().any(|name| !name.is_known()) {
            self.unresolved(&format!("which {}", path.rsplit('.').next().unwrap_or(path)), &argument);
        }
        if by_itself {
            names.insert(0, None);
        }
        (names, argument.several)
    }

    fn partiql(&mut self, service: &Service, path: &str) {
        let argument = self.follow(&[path.to_string()]);
        let texts = if argument.texts.is_empty() { vec![Text::unknown()] } else { argument.texts.clone() };
        let certainty = of_candidates(argument.several);
        for text in &texts {
            let statement = partiql::parse(text);
            let (actions, mode) = match statement.verb {
                Some("Select") => (vec!["PartiQLSelect".to_string()], Mode::Read),
                Some(verb) => (vec![format!("PartiQL{verb}")], Mode::Write),
                None => (Vec::new(), Mode::ReadWrite),
            };
            if statement.verb.is_none() || !statement.table.is_known() {
                self.unresolved("which table", &argument);
            }
            let resource = Resource {
                service: service.name.clone(),
                kind: "table".to_string(),
                name: naming::name(&statement.table, &Part::Unknown),
                sub: statement.index.map(|index| naming::name(&index, &Part::Unknown)),
            };
            let certainty = if resource.is_known() { certainty } else { Certainty::Unknown };
            self.push(&service.name, &actions, mode, (resource, argument.place_of(text)), certainty);
        }
    }

    fn unknown_operation(&mut self, service: Option<&Service>) {
        let name = services::name_of_crate(&self.call.krate).to_string();
        let operation = self.name.clone();
        self.proposed("the data files do not have", &name);
        let words = ["get", "list", "describe", "head", "batch_get", "query", "scan", "search", "lookup"];
        let reads = words.iter().any(|word| self.method.starts_with(word));
        let mode = if reads { Mode::Read } else { Mode::Write };
        let given = service.filter(|service| self.follow(&service.rule(None).arg).given);
        let resources = match given {
            Some(service) => self.resources(service, service.rule(None)).0,
            None => vec![(unknown_resource(name.clone(), "resource".to_string()), None)],
        };
        for resource in resources {
            let certainty = if resource.0.is_known() { Certainty::Inferred } else { Certainty::Unknown };
            self.push(&name, std::slice::from_ref(&operation), mode, resource, certainty);
        }
    }

    /// Says that the action of the operation's name is a guess, and why.
    fn proposed(&mut self, why: &str, service: &str) {
        let operation = &self.name;
        let message = format!("{why} `{operation}` of `{}`", self.call.krate);
        let help = format!("check that `{service}:{operation}` is the permission that it needs");
        self.findings
            .push(Diagnostic::new(Code::OPERATION_UNKNOWN, message).at(self.call.location).help(help));
    }

    fn unresolved(&mut self, what: &str, argument: &Argument) {
        let operation = &self.name;
        let location = argument.location.unwrap_or(self.call.location);
        let message = match argument.location {
            Some(at) => {
                let text = self.evaluator.program().tree.sources.text(at);
                let shown: String =
                    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(60).collect();
                format!("{what} `{operation}` uses is not known: `{shown}` cannot be followed to its source")
            }
            None => {
                format!("{what} `{operation}` uses is not known: no argument says it where it can be seen")
            }
        };
        let help = "name it by a literal, a constant or `std::env::var`, or fill in the template's parameter";
        self.findings.push(Diagnostic::new(Code::RESOURCE_UNKNOWN, message).at(location).help(help));
    }
}

/// A resource, and the expression that names it where there is one.
type Named = (Resource, Option<Location>);

/// `iam:PassRole` as it is, `GetItem` as the service's own.
fn with_prefix(service: &str, action: &str) -> String {
    if action.contains(':') { action.to_string() } else { format!("{service}:{action}") }
}

fn unknown_resource(service: String, kind: String) -> Resource {
    Resource { service, kind, name: ResourceName::unknown(), sub: None }
}
