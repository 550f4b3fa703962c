//! The permissions of each function as one JSON document.

use serde::Serialize;

use super::super::permissions::{self, Atoms, Permissions};
use super::super::{Place, Report};
use super::{PackageJson, SCHEMA_VERSION, package, written};
use crate::access::Resource;
use crate::aws::grants::Grant;
use crate::aws::{FunctionModel, Statement, Why};

/// The view `iam`.
pub fn iam(report: &Report<'_>) -> String {
    let permissions = Permissions::of(report);
    let functions = permissions.template.functions.iter().zip(&permissions.atoms);
    let total = permissions.total;
    written(&Document {
        schema_version: SCHEMA_VERSION,
        package: package(report),
        functions: functions
            .map(|(function, atoms)| of_function(report, &permissions, function, atoms))
            .collect(),
        total: TotalJson {
            own: total.own,
            cdk: total.cdk,
            sam: total.sam,
            monolith: total.monolith,
            monolith_for_all: total.monolith_for_all,
        },
    })
}

#[derive(Serialize)]
struct Document {
    schema_version: u32,
    package: PackageJson,
    functions: Vec<FunctionJson>,
    total: TotalJson,
}

/// Numbers of atoms.
#[derive(Serialize)]
struct TotalJson {
    own: usize,
    cdk: usize,
    sam: usize,
    monolith: usize,
    monolith_for_all: usize,
}

#[derive(Serialize)]
struct FunctionJson {
    name: String,
    service: String,
    routes: Vec<String>,
    statements: Vec<StatementJson>,
    /// Statements with conditions that the code proves and the template leaves out.
    advice: Vec<StatementJson>,
    grants: Vec<GrantJson>,
    atoms: AtomsJson,
}

#[derive(Serialize)]
struct StatementJson {
    actions: Vec<String>,
    resources: Vec<ArnJson>,
    conditions: Vec<ConditionJson>,
    why: Vec<WhyJson>,
}

#[derive(Serialize)]
struct ArnJson {
    arn: String,
    /// What a person must give, where the code does not.
    to_fill_in: Option<String>,
}

#[derive(Serialize)]
struct ConditionJson {
    operator: &'static str,
    key: &'static str,
    values: Vec<String>,
}

#[derive(Serialize)]
struct WhyJson {
    operation: String,
    file: String,
    line: u32,
    arguments: Vec<ArgumentJson>,
    resources: Vec<String>,
    origins: Vec<OriginJson>,
}

#[derive(Serialize)]
struct ArgumentJson {
    text: String,
    file: String,
    line: u32,
}

#[derive(Serialize)]
struct OriginJson {
    /// A route id, or `fallback`, `start-up`, `layer NAME`.
    origin: String,
    via: Vec<String>,
}

#[derive(Serialize)]
struct GrantJson {
    /// `SELECT`, `USAGE`.
    privilege: &'static str,
    /// The table or sequence.
    on: String,
    /// Only these; empty where the privilege is on all of it.
    columns: Vec<String>,
    why: Vec<WhyJson>,
}

#[derive(Serialize)]
struct AtomsJson {
    own: usize,
    cdk: BaselineJson,
    sam: BaselineJson,
}

#[derive(Serialize)]
struct BaselineJson {
    atoms: usize,
    constructs: Vec<ConstructsJson>,
}

#[derive(Serialize)]
struct ConstructsJson {
    resource: String,
    names: Vec<&'static str>,
}

fn of_function(
    report: &Report<'_>,
    permissions: &Permissions,
    function: &FunctionModel,
    atoms: &Atoms,
) -> FunctionJson {
    let statement = |one: &Statement| of_statement(report, permissions, one);
    let advice = permissions.advice();
    let own = advice.iter().filter(|(other, _)| other.name == function.name);
    let baseline = |atoms: usize, constructs: &[(Resource, Vec<&'static str>)]| BaselineJson {
        atoms,
        constructs: constructs
            .iter()
            .map(|(resource, names)| ConstructsJson { resource: resource.to_string(), names: names.clone() })
            .collect(),
    };
    FunctionJson {
        name: function.name.clone(),
        service: function.service.clone(),
        routes: function.routes.clone(),
        statements: function.statements().map(statement).collect(),
        advice: own.map(|(_, one)| statement(one)).collect(),
        grants: function.grants.all.iter().map(|grant| of_grant(report, grant)).collect(),
        atoms: AtomsJson {
            own: atoms.own,
            cdk: baseline(atoms.cdk.atoms, &atoms.cdk.constructs),
            sam: baseline(atoms.sam.atoms, &atoms.sam.constructs),
        },
    }
}

fn of_grant(report: &Report<'_>, grant: &Grant) -> GrantJson {
    GrantJson {
        privilege: grant.privilege,
        on: grant.name.clone(),
        columns: grant.columns.iter().cloned().collect(),
        why: grant.why.iter().map(|why| of_why(report, why)).collect(),
    }
}

fn of_statement(report: &Report<'_>, permissions: &Permissions, statement: &Statement) -> StatementJson {
    StatementJson {
        actions: statement.actions.clone(),
        resources: statement
            .resources
            .iter()
            .map(|arn| ArnJson {
                arn: permissions::arn_text(arn),
                to_fill_in: permissions.to_fill_in(arn).map(str::to_string),
            })
            .collect(),
        conditions: statement
            .conditions
            .iter()
            .map(|test| ConditionJson {
                operator: test.operator,
                key: test.key,
                values: test.values.iter().map(|value| value.replace("${!", "${")).collect(),
            })
            .collect(),
        why: statement.why.iter().map(|why| of_why(report, why)).collect(),
    }
}

fn of_why(report: &Report<'_>, why: &Why) -> WhyJson {
    let argument = |argument: permissions::Argument| {
        let Place { file, line } = argument.place;
        ArgumentJson { text: argument.text, file, line }
    };
    let origins = why.origins.iter();
    WhyJson {
        operation: why.operation.clone(),
        file: why.file.clone(),
        line: why.line,
        arguments: permissions::arguments(report, why).into_iter().map(argument).collect(),
        resources: why.resources.iter().map(ToString::to_string).collect(),
        origins: origins
            .map(|(origin, via)| OriginJson { origin: origin.clone(), via: via.clone() })
            .collect(),
    }
}
