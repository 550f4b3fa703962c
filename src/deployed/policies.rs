//! Policies of a template -> what they allow.
//!
//! Input: policy documents, SAM policy templates, names of managed policies. Output: `Role`. What is not understood makes the role
//! unclear, so that nothing counts as missing. Deliberately absent: what the code needs (`permissions`).
//!
//! Sources: IAM user guide, "IAM JSON policy elements"; SAM developer guide, "SAM policy templates", in the words of
//! `policy_templates.json` of aws-sam-translator 1.110.0; AWS managed policy reference.

use super::node::{Kind, Node};
use super::text::{Part, Text, text};
use super::{Allowed, Demand};
use crate::aws::sam_actions;
use crate::span::Span;

/// What a role allows.
#[derive(Debug, Default)]
pub(super) struct Role {
    pub(super) allowed: Vec<Allowed>,
    /// Why it may allow more or less.
    pub(super) unclear: Option<String>,
}

impl Role {
    pub(super) fn unknown(why: &str) -> Self {
        Self { allowed: Vec::new(), unclear: Some(why.to_string()) }
    }

    fn doubt(&mut self, why: impl Into<String>) {
        self.unclear.get_or_insert_with(|| why.into());
    }
}

/// A SAM policy template: its parameter, and the ARNs made of it. Its actions are those of `aws::baseline`.
struct SamTemplate {
    name: &'static str,
    parameter: &'static str,
    /// `{}` stands for the parameter.
    arns: &'static [&'static str],
}

const TABLE: &[&str] = &["arn:*:dynamodb:*:*:table/{}", "arn:*:dynamodb:*:*:table/{}/index/*"];
const BUCKET: &[&str] = &["arn:*:s3:::{}", "arn:*:s3:::{}/*"];
const QUEUE: &[&str] = &["arn:*:sqs:*:*:{}"];
const TOPIC: &[&str] = &["arn:*:sns:*:*:{}"];

#[rustfmt::skip]
const SAM: &[SamTemplate] = &[
    SamTemplate { name: "DynamoDBReadPolicy", parameter: "TableName", arns: TABLE },
    SamTemplate { name: "DynamoDBWritePolicy", parameter: "TableName", arns: TABLE },
    SamTemplate { name: "DynamoDBCrudPolicy", parameter: "TableName", arns: TABLE },
    SamTemplate { name: "S3ReadPolicy", parameter: "BucketName", arns: BUCKET },
    SamTemplate { name: "S3WritePolicy", parameter: "BucketName", arns: BUCKET },
    SamTemplate { name: "S3CrudPolicy", parameter: "BucketName", arns: BUCKET },
    SamTemplate { name: "SQSSendMessagePolicy", parameter: "QueueName", arns: QUEUE },
    SamTemplate { name: "SNSPublishMessagePolicy", parameter: "TopicName", arns: TOPIC },
    SamTemplate { name: "EventBridgePutEventsPolicy", parameter: "EventBusName", arns: &["arn:*:events:*:*:event-bus/{}"] },
    SamTemplate { name: "AWSSecretsManagerGetSecretValuePolicy", parameter: "SecretArn", arns: &["{}"] },
];

/// Managed policies for what every function may need: logs, traces, a network.
const OF_THE_RUNTIME: &[&str] = &[
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWSLambdaENIManagementAccess",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayWriteOnlyAccess",
    "CloudWatchLambdaInsightsExecutionRolePolicy",
];

/// Managed policies that allow everything of a service.
const FULL: &[(&str, &str)] = &[
    ("AdministratorAccess", "*"),
    ("AmazonDynamoDBFullAccess", "dynamodb:*"),
    ("AmazonS3FullAccess", "s3:*"),
    ("AmazonSQSFullAccess", "sqs:*"),
    ("AmazonSNSFullAccess", "sns:*"),
];

/// Actions that are known to be, those that wildcards are tried on.
pub(super) fn known_actions() -> impl Iterator<Item = String> {
    let all = SAM.iter().flat_map(|template| sam_actions(template.name));
    all.filter(|action| !action.contains('*'))
}

/// `Policies` of a SAM function.
pub(super) fn of_function(listed: &Node) -> Role {
    let mut role = Role::default();
    for policy in listed.items() {
        if policy.scalar().is_some() {
            managed(&text(policy), policy.span, &mut role);
        } else if policy.get("Statement").is_some() {
            document(Some(policy), policy.span, &mut role);
        } else {
            match policy.only() {
                Some((name, parameters)) if name != "Ref" && !name.starts_with("Fn::") => {
                    sam(name, parameters, policy.entries()[0].span, &mut role);
                }
                _ => role.doubt("one of its policies is computed"),
            }
        }
    }
    role
}

fn sam(name: &str, parameters: &Node, span: Span, role: &mut Role) {
    let known = SAM.iter().find(|template| template.name == name);
    let Some((template, value)) = known.and_then(|known| Some((known, parameters.get(known.parameter)?)))
    else {
        role.doubt(format!("`{name}` is not known"));
        return;
    };
    let value = text(value);
    let resources = template.arns.iter().map(|arn| {
        let (before, after) = arn.split_once("{}").unwrap_or((arn, ""));
        let mut parts = vec![Part::Literal(before.to_string())];
        parts.extend(value.0.clone());
        parts.push(Part::Literal(after.to_string()));
        Text(parts)
    });
    role.allowed.push(Allowed {
        actions: sam_actions(template.name),
        resources: resources.collect(),
        span,
        is_conditional: false,
        conditions: Vec::new(),
    });
}

/// A managed policy by its name or ARN.
pub(super) fn managed(named: &Text, span: Span, role: &mut Role) {
    let last = match named.0.last() {
        Some(Part::Literal(text)) => text.rsplit('/').next().unwrap_or_default(),
        _ => "",
    };
    if OF_THE_RUNTIME.contains(&last) {
        return;
    }
    match FULL.iter().find(|(name, _)| *name == last) {
        Some((_, action)) => role.allowed.push(Allowed {
            actions: vec![(*action).to_string()],
            resources: vec![Text::literal("*")],
            span,
            is_conditional: false,
            conditions: Vec::new(),
        }),
        None => role.doubt(format!("what the managed policy `{named}` allows is not known")),
    }
}

/// A policy document. One that is left out or computed is a doubt.
pub(super) fn document(document: Option<&Node>, span: Span, role: &mut Role) {
    let Some(statements) = document.and_then(|document| document.get("Statement")) else {
        role.doubt("one of its policies is computed");
        return;
    };
    for statement in statements.items() {
        let is_deny = statement.get("Effect").and_then(Node::scalar) != Some("Allow");
        let (Some(actions), Some(resources)) = (statement.get("Action"), statement.get("Resource")) else {
            role.doubt("a statement of its policies is not a list of actions and resources");
            continue;
        };
        let literal = |node: &Node| text(node).as_literal().map(ToString::to_string);
        let actions: Option<Vec<String>> = actions.items().iter().map(literal).collect();
        match actions {
            Some(actions) if !is_deny => role.allowed.push(Allowed {
                actions,
                resources: resources.items().iter().map(text).collect(),
                span: place(statement, span),
                is_conditional: statement.get("Condition").is_some(),
                conditions: statement.get("Condition").map(demands).unwrap_or_default(),
            }),
            _ => role.doubt("a statement of its policies denies, or its actions are computed"),
        }
    }
}

/// The conditions of a statement.
fn demands(condition: &Node) -> Vec<Demand> {
    let computed = || vec![Demand { operator: String::new(), key: String::new(), values: Vec::new() }];
    if condition.entries().is_empty() {
        return computed();
    }
    let each = condition.entries().iter().flat_map(|operator| {
        if operator.key.starts_with("Fn::") || operator.value.entries().is_empty() {
            return computed();
        }
        let keys = operator.value.entries().iter().map(|key| Demand {
            operator: operator.key.clone(),
            key: key.key.clone(),
            values: key.value.items().iter().map(text).collect(),
        });
        keys.collect()
    });
    each.collect()
}

/// Where a statement begins: its first key, for a block has no place of its own.
fn place(statement: &Node, policy: Span) -> Span {
    match &statement.kind {
        Kind::Map(entries) => entries.first().map_or(policy, |entry| entry.span),
        _ => policy,
    }
}
