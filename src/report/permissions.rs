//! What each function may do and why, and how many atoms that is against other ways to grant it.
//!
//! Input: the report. Output: `Permissions`, which the text and the JSON report show. Deliberately absent: layout.
//!
//! An atom is one action on one ARN, with the statement's conditions. A function's own log group is not counted anywhere.

use std::collections::{BTreeMap, BTreeSet};

use super::{Place, Report, plain};
use crate::access::{Part, Resource, ResourceName};
use crate::aws::{self, Arn, Baseline, FunctionModel, Statement, Template, Tool, Why};
use crate::diagnostic::Diagnostics;
use crate::span::Location;

/// The functions of the template with their atoms.
pub struct Permissions {
    /// As the plan asks for it.
    pub template: Template,
    /// With every condition that the code proves.
    strict: Template,
    /// In the order of `template.functions`.
    pub atoms: Vec<Atoms>,
    pub total: Total,
}

/// One function's atoms, and those of what a person would grant instead.
pub struct Atoms {
    pub own: usize,
    pub cdk: Baseline,
    pub sam: Baseline,
}

/// The sums over all functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Total {
    pub own: usize,
    pub cdk: usize,
    pub sam: usize,
    /// The atoms of the one role that all functions would share: the union.
    pub monolith: usize,
    /// That role for every function.
    pub monolith_for_all: usize,
}

impl Permissions {
    pub fn of(report: &Report<'_>) -> Permissions {
        let model = |plan: &crate::plan::Plan| {
            let (env, mut diagnostics) = (BTreeMap::new(), Diagnostics::default());
            aws::model(plan, report.routes, report.accesses, report.sources, &env, &mut diagnostics)
        };
        let mut all_conditions = report.plan.clone();
        all_conditions.conditions = true;
        for function in all_conditions.services.iter_mut().flat_map(|service| &mut service.functions) {
            function.conditions = Some(true);
        }
        let (template, strict) = (model(report.plan), model(&all_conditions));
        let parts = template.functions.iter().flat_map(|function| function.needs.iter());
        let indexed: BTreeSet<Resource> = parts
            .filter(|(_, actions)| actions.values().flatten().any(|part| part.sub.is_some()))
            .map(|(owner, _)| owner.clone())
            .collect();
        let atoms: Vec<Atoms> = template
            .functions
            .iter()
            .map(|function| Atoms {
                own: function.statements().map(Statement::atoms).sum(),
                cdk: aws::baseline(Tool::Cdk, &function.needs, &indexed),
                sam: aws::baseline(Tool::Sam, &function.needs, &indexed),
            })
            .collect();
        let statements = template.functions.iter().flat_map(FunctionModel::statements);
        let union: BTreeSet<(&str, &Arn)> = statements
            .flat_map(|statement| {
                let pairs = |action| statement.resources.iter().map(move |arn| (action, arn));
                statement.actions.iter().map(String::as_str).flat_map(pairs)
            })
            .collect();
        let total = Total {
            own: atoms.iter().map(|atoms| atoms.own).sum(),
            cdk: atoms.iter().map(|atoms| atoms.cdk.atoms).sum(),
            sam: atoms.iter().map(|atoms| atoms.sam.atoms).sum(),
            monolith: union.len(),
            monolith_for_all: union.len() * template.functions.len(),
        };
        Permissions { template, strict, atoms, total }
    }

    /// Statements with conditions that the code proves and the template leaves out.
    pub fn advice(&self) -> Vec<(&FunctionModel, &Statement)> {
        let written: BTreeMap<&str, &FunctionModel> =
            self.template.functions.iter().map(|function| (function.name.as_str(), function)).collect();
        let statements = self.strict.functions.iter().flat_map(|function| {
            let conditional = function.statements().filter(|statement| !statement.conditions.is_empty());
            conditional.map(move |statement| (function, statement))
        });
        let is_written = |function: &FunctionModel, statement: &Statement| {
            let same = |other: &Statement| {
                (&other.actions, &other.resources, &other.conditions)
                    == (&statement.actions, &statement.resources, &statement.conditions)
            };
            written.get(function.name.as_str()).is_some_and(|function| function.statements().any(same))
        };
        statements.filter(|(function, statement)| !is_written(function, statement)).collect()
    }

    /// Why a person must give the ARN: what the parameter's description says.
    pub fn to_fill_in(&self, arn: &Arn) -> Option<&str> {
        let Arn::Parameter(name) = arn else { return None };
        let parameter = self.template.parameters.iter().find(|parameter| parameter.name == *name)?;
        parameter.variable.is_none().then_some(parameter.description.as_str())
    }
}

/// An ARN as the template has it, in one line: `arn:${AWS::Partition}:s3:::${Bucket}/*`.
pub(super) fn arn_text(arn: &Arn) -> String {
    arn.resolve(|name| format!("${{{name}}}"))
}

/// The functions on the way to a call, without the package's own name.
pub(super) fn steps(report: &Report<'_>, via: &[String]) -> Vec<String> {
    let krate = format!("{}::", report.package.name.replace('-', "_"));
    via.iter().map(|path| plain(path.strip_prefix(&krate).unwrap_or(path))).collect()
}

/// An expression that names a resource.
pub(super) struct Argument {
    /// In one line and not too long.
    pub(super) text: String,
    pub(super) place: Place,
}

pub(super) fn arguments(report: &Report<'_>, why: &Why) -> Vec<Argument> {
    let argument = |location: &Location| {
        let words: Vec<&str> = report.sources.text(*location).split_whitespace().collect();
        let mut text = words.join(" ");
        if text.chars().count() > 60 {
            text = text.chars().take(57).chain("...".chars()).collect();
        }
        Argument { text: plain(&text), place: report.place(*location) }
    };
    why.arguments.iter().map(argument).collect()
}

/// What is known of where a resource's name comes from: one sentence for each part.
pub(super) fn origins(report: &Report<'_>, resource: &Resource) -> Vec<String> {
    let names: Vec<&ResourceName> = std::iter::once(&resource.name).chain(&resource.sub).collect();
    let mut found = Vec::new();
    for part in names.iter().flat_map(|name| &name.0) {
        let text = match part {
            Part::Env(variable) => variable_origin(report, variable),
            Part::Unknown => "a part of the name is not known".to_string(),
            Part::Literal(_) | Part::Any => continue,
        };
        if !found.contains(&text) {
            found.push(text);
        }
    }
    if found.is_empty() && !resource.is_any() {
        found.push("the code has the name".to_string());
    }
    found
}

fn variable_origin(report: &Report<'_>, variable: &str) -> String {
    let table = report.accesses;
    let read = table.env();
    let mut places: Vec<String> = Vec::new();
    for read in read.filter(|read| read.name == variable) {
        let place = report.place(read.location).to_string();
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let variable = plain(variable);
    match places.as_slice() {
        [] => format!("environment variable {variable}"),
        [first] => format!("environment variable {variable}, read at {first}"),
        [first, more @ ..] => {
            format!(
                "environment variable {variable}, read at {first} and {}",
                super::count(more.len(), "other place")
            )
        }
    }
}
