//! One request -> accesses: the operation's grants that its arguments ask for, on the resources that they name.

use super::argument::{self, Argument, follow, split_source};
use super::missing;
use super::of_candidates;
use super::partiql;
use super::sdk::SdkCall;
use super::services::{self, Form, Grant, Operation, ResourceRule, Service};
use super::table::{Access, Mode, Part, Resource, ResourceName};
use crate::certainty::Certainty;
use crate::diagnostic::{Code, Diagnostic};
use crate::values::{Evaluator, FrameId, Text};

/// What an access is made of, as far as the place of the call says it.
pub(super) struct Place<'a> {
    pub(super) via: &'a [String],
    /// The context from which the request leaves.
    pub(super) frame: FrameId,
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
    let mut build = Build { evaluator, call, place, findings, method, found: Vec::new() };
    match (service, operation) {
        (Some(service), Some(operation)) => {
            build.known(service, operation);
            build.missing(service, operation);
        }
        (service, _) => build.unknown_operation(service),
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
    found: Vec<Access>,
}

impl Build<'_, '_, '_> {
    fn known(&mut self, service: &Service, operation: &Operation) {
        if let Some(path) = &operation.partiql {
            return self.partiql(service, path);
        }
        let name = services::operation_name(&self.method);
        if operation.grants.is_empty() {
            let rule = operation.resource.as_ref().unwrap_or(&service.resource);
            let actions = operation.actions.clone().unwrap_or_else(|| vec![name]);
            return self.grant(service, &actions, operation.mode.into(), rule);
        }
        let mut unknown = None;
        for grant in &operation.grants {
            if self.applies(grant, &mut unknown) {
                let rule = grant.resource.as_ref().unwrap_or(&service.resource);
                let actions = grant.actions.clone().unwrap_or_else(|| vec![name.clone()]);
                self.grant(service, &actions, grant.mode.unwrap_or(operation.mode).into(), rule);
            }
        }
        let conditional = operation.needs_one || operation.grants.iter().all(|grant| grant.when.is_some());
        if let Some(argument) =
            unknown.or_else(|| (conditional && self.found.is_empty()).then(Argument::default))
        {
            self.unresolved("which resources", &argument);
            let resource = unknown_resource(service.name.clone(), service.resource.kind.clone());
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
        let (resources, certainty) = self.resources(service, &missing.resource);
        for resource in resources {
            let certainty = if resource.is_known() { certainty.max(told_apart) } else { Certainty::Unknown };
            self.push(&service.name, &missing.actions, Mode::Read, resource, certainty);
        }
    }

    /// Whether a grant's conditions hold; keeps the argument that could not be followed.
    fn applies(&mut self, grant: &Grant, unknown: &mut Option<Argument>) -> bool {
        if let Some(path) = &grant.when {
            let argument = follow(self.evaluator, self.call.setters, path);
            let given = argument.given;
            if argument.unknown && unknown.is_none() {
                *unknown = Some(argument);
            }
            return given;
        }
        match &grant.unless {
            Some(path) => follow(self.evaluator, self.call.setters, path).missing,
            None => true,
        }
    }

    fn grant(&mut self, service: &Service, actions: &[String], mode: Mode, rule: &ResourceRule) {
        let (resources, certainty) = self.resources(service, rule);
        for resource in resources {
            let certainty = if resource.is_known() { certainty } else { Certainty::Unknown };
            self.push(&service.name, actions, mode, resource, certainty);
        }
    }

    fn push(
        &mut self,
        service: &str,
        actions: &[String],
        mode: Mode,
        resource: Resource,
        certainty: Certainty,
    ) {
        let way = self.evaluator.frame(self.place.frame).certainty;
        let access = Access {
            service: service.to_string(),
            operation: services::operation_name(&self.method),
            actions: actions.iter().map(|action| format!("{service}:{action}")).collect(),
            resources: vec![resource],
            mode,
            location: self.call.location,
            certainty: certainty.max(self.call.certainty).max(way),
            via: self.place.via.to_vec(),
            implied: false,
            columns: None,
        };
        if !self.found.contains(&access) {
            self.found.push(access);
        }
    }

    /// The resources that the arguments name; at least one, unknown where it must be.
    fn resources(&mut self, service: &Service, rule: &ResourceRule) -> (Vec<Resource>, Certainty) {
        let Some(path) = rule.arg.as_ref().filter(|_| rule.kind != "*") else {
            return (vec![Resource::any()], Certainty::Proved);
        };
        let mut argument = follow(self.evaluator, self.call.setters, path);
        if argument.missing && !argument.unknown {
            argument.texts.extend(rule.default.iter().map(Text::literal));
        }
        if argument.texts.is_empty() || argument.unknown {
            argument.texts.push(Text::unknown());
        }
        if argument.texts.iter().any(|text| !text.is_known()) && rule.form == Form::Plain {
            self.unresolved(&format!("which {}", rule.kind), &argument);
        }
        let resource = |name: ResourceName, sub| Resource {
            service: service.name.clone(),
            kind: rule.kind.clone(),
            name,
            sub,
        };
        if rule.form == Form::CopySource {
            let mut all = Vec::new();
            for text in &argument.texts {
                let (bucket, key) = split_source(text);
                if !bucket.is_known() {
                    self.unresolved("which bucket", &argument);
                }
                all.push(resource(
                    argument::name(&bucket, &Part::Unknown),
                    Some(argument::name(&key, &Part::Any)),
                ));
            }
            return (all, of_candidates(argument.several));
        }
        let (subs, several) = self.subs(rule);
        let mut all = Vec::new();
        for text in &argument.texts {
            for sub in &subs {
                let one = resource(argument::name(text, &Part::Unknown), sub.clone());
                if !all.contains(&one) {
                    all.push(one);
                }
            }
        }
        (all, of_candidates(argument.several || several))
    }

    /// Index names, or key patterns in which run-time parts are `*`.
    fn subs(&mut self, rule: &ResourceRule) -> (Vec<Option<ResourceName>>, bool) {
        let Some(path) = &rule.sub else { return (vec![None], false) };
        let argument = follow(self.evaluator, self.call.setters, path);
        let unknown = if rule.kind == "object" { Part::Any } else { Part::Unknown };
        if argument.texts.is_empty() || argument.unknown {
            return (vec![Some(ResourceName(vec![unknown]))], false);
        }
        if unknown == Part::Unknown && argument.texts.iter().any(|text| !text.is_known()) {
            self.unresolved("which index", &argument);
        }
        let names = argument.texts.iter().map(|text| Some(argument::name(text, &unknown))).collect();
        (names, argument.several)
    }

    fn partiql(&mut self, service: &Service, path: &str) {
        let argument = follow(self.evaluator, self.call.setters, path);
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
                name: argument::name(&statement.table, &Part::Unknown),
                sub: statement.index.map(|index| argument::name(&index, &Part::Unknown)),
            };
            let certainty = if resource.is_known() { certainty } else { Certainty::Unknown };
            self.push(&service.name, &actions, mode, resource, certainty);
        }
    }

    fn unknown_operation(&mut self, service: Option<&Service>) {
        let name = services::name_of_crate(&self.call.krate).to_string();
        let operation = services::operation_name(&self.method);
        let message = format!("`{operation}` of `{}` is not in the data files", self.call.krate);
        let help = format!("check that `{name}:{operation}` is the permission that it needs");
        self.findings
            .push(Diagnostic::new(Code::OPERATION_UNKNOWN, message).at(self.call.location).help(help));
        let words = ["get", "list", "describe", "head", "batch_get", "query", "scan", "search", "lookup"];
        let reads = words.iter().any(|word| self.method.starts_with(word));
        let mode = if reads { Mode::Read } else { Mode::Write };
        let given = service.and_then(|service| {
            let path = service.resource.arg.as_ref()?;
            follow(self.evaluator, self.call.setters, path).given.then_some(service)
        });
        let resources = match given {
            Some(service) => self.resources(service, &service.resource).0,
            None => vec![unknown_resource(name.clone(), "resource".to_string())],
        };
        for resource in resources {
            let certainty = if resource.is_known() { Certainty::Inferred } else { Certainty::Unknown };
            self.push(&name, std::slice::from_ref(&operation), mode, resource, certainty);
        }
    }

    fn unresolved(&mut self, what: &str, argument: &Argument) {
        let operation = services::operation_name(&self.method);
        let location = argument.location.unwrap_or(self.call.location);
        let message = match argument.location {
            Some(at) => {
                let text = self.evaluator.program().tree.sources.text(at);
                let shown: String =
                    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(60).collect();
                format!("{what} `{operation}` uses is not known: `{shown}` cannot be followed to its source")
            }
            None => format!(
                "{what} `{operation}` uses is not known: the argument is not set where it can be seen"
            ),
        };
        let help = "name it by a literal, a constant or `std::env::var`, or fill in the template's parameter";
        self.findings.push(Diagnostic::new(Code::RESOURCE_UNKNOWN, message).at(location).help(help));
    }
}

fn unknown_resource(service: String, kind: String) -> Resource {
    Resource { service, kind, name: ResourceName::unknown(), sub: None }
}
