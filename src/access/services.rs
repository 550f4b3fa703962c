//! Operation -> actions and resources, as data: one file per service in `services/`, embedded, and parsed as far as it is used.
//!
//! Input: the files. Output: `Service` values by SDK crate. Deliberately absent: what the arguments are (`operation`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer};

use self::operations::Operations;
use super::table::Mode;

mod operations;

/// What one data file says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    /// Crate name in code: `aws_sdk_dynamodb`.
    #[serde(rename = "crate")]
    pub(super) krate: String,
    /// Name in reports and prefix of the actions: `dynamodb`.
    #[serde(rename = "service")]
    pub(super) name: String,
    /// Used where an operation or grant says none.
    resource: ResourceRef,
    /// Rules that several operations share, by name.
    #[serde(default)]
    resources: BTreeMap<String, ResourceRule>,
    #[serde(skip)]
    pub(super) operations: Operations,
    /// Client's waiter method -> method of the operation that it polls.
    #[serde(default)]
    pub(super) waiters: BTreeMap<String, String>,
}

/// One SDK operation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Operation {
    pub(super) mode: RuleMode,
    /// Where it is not the method in Pascal case.
    pub(super) name: Option<String>,
    /// The operation's name where it is left out. Without prefix, unless it is another service's: `iam:PassRole`.
    pub(super) actions: Option<Vec<String>>,
    pub(super) resource: Option<ResourceRef>,
    /// Whether its output says where the resource is that its argument names: `get_queue_url`.
    #[serde(default)]
    pub(super) finds: bool,
    /// No action of its name is published yet: it is proposed, and said to be.
    #[serde(default)]
    pub(super) inferred: bool,
    /// Instead of the one grant that the fields above describe.
    #[serde(default)]
    pub(super) grants: Vec<Grant>,
    /// Whether one of the conditional grants always applies, so that none means an argument that was not understood.
    #[serde(default)]
    pub(super) needs_one: bool,
    /// Argument that holds a `PartiQL` statement: verb and table come out of its text.
    pub(super) partiql: Option<String>,
    /// Argument that holds an SQL statement, which says more than the action does: its tables.
    pub(super) sql: Option<String>,
    /// What it needs on top where code tells apart that the resource does not exist.
    pub(super) missing: Option<Missing>,
}

/// Actions without which a missing resource is answered like a forbidden one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Missing {
    /// Names by which code knows the error: ends of paths, methods, error codes.
    pub(super) names: Vec<String>,
    pub(super) actions: Vec<String>,
    pub(super) resource: ResourceRef,
}

/// Actions on resources, where the arguments ask for them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Grant {
    /// Only where one of these arguments is given.
    #[serde(default, deserialize_with = "one_or_many")]
    pub(super) when: Vec<String>,
    /// Only where all of these arguments may be missing.
    #[serde(default, deserialize_with = "one_or_many")]
    pub(super) unless: Vec<String>,
    pub(super) actions: Option<Vec<String>>,
    pub(super) mode: Option<RuleMode>,
    pub(super) resource: Option<ResourceRef>,
}

/// A rule of `resources` by its name, `*`, or a rule of its own.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum ResourceRef {
    Named(String),
    Own(ResourceRule),
}

/// Which argument names the resource. An argument is a setter's name, or a path of setters of nested builders:
/// `transact_items.put.table_name`; `@key` stands for the keys of a map.
#[derive(Debug, Deserialize, Clone, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceRule {
    /// `table`, `queue`; `*` for an action without a resource type.
    pub(super) kind: String,
    /// Where it is not a resource of the file's service: `iam` of a role.
    pub(super) service: Option<String>,
    /// The arguments that can hold the name. None where no argument does: then a person must say it.
    #[serde(default, deserialize_with = "one_or_many")]
    pub(super) arg: Vec<String>,
    /// Argument of the index name, object key or qualifier.
    pub(super) sub: Option<String>,
    /// Whether the resource stands by itself where `sub` is not given.
    #[serde(default)]
    pub(super) sub_optional: bool,
    /// Name where the argument is not given.
    pub(super) default: Option<String>,
    #[serde(default)]
    pub(super) form: Form,
    /// Whether such resources are named at run time below a start that the code knows, as keys of objects are: `/flags/{name}`. What is
    /// not known of the name, or of `sub` where there is one, is `*` then.
    #[serde(default)]
    pub(super) open: bool,
}

/// How the argument holds the name.
#[derive(Debug, Deserialize, Clone, Copy, Default, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Form {
    #[default]
    Plain,
    /// `bucket/key`.
    CopySource,
    /// `bucket/key?versionId=..`; what has no version is none.
    CopySourceVersion,
    /// The ARN of a topic's subscription: the topic's, a colon, and an id.
    Subscription,
    /// The id of a foundation model, or of an inference profile, which stands for its model in several regions.
    Model,
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    })
}

#[derive(Debug, Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RuleMode {
    Read,
    Write,
    ReadWrite,
}

impl From<RuleMode> for Mode {
    fn from(mode: RuleMode) -> Mode {
        match mode {
            RuleMode::Read => Mode::Read,
            RuleMode::Write => Mode::Write,
            RuleMode::ReadWrite => Mode::ReadWrite,
        }
    }
}

static ANY: LazyLock<ResourceRule> =
    LazyLock::new(|| ResourceRule { kind: "*".to_string(), ..ResourceRule::default() });

impl Service {
    /// The rule that an operation or grant names, or the service's.
    pub(super) fn rule<'s>(&'s self, resource: Option<&'s ResourceRef>) -> &'s ResourceRule {
        match resource.unwrap_or(&self.resource) {
            ResourceRef::Own(rule) => rule,
            ResourceRef::Named(name) if name == "*" => &ANY,
            ResourceRef::Named(name) => self.resources.get(name).expect("a test looks up every name"),
        }
    }
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        /// Every registered service by the name of its file, which is that of its crate behind `aws_sdk_`. A file is parsed when it is
        /// asked for: no program uses all services.
        static SERVICES: [(&str, LazyLock<Service>); [$($name),*].len()] = [$(
            ($name, LazyLock::new(|| parse($name, include_str!(concat!("services/", $name, ".toml")))))
        ),*];
    };
}

files! {
    "apigatewaymanagement",
    "bedrockruntime",
    "cloudwatch",
    "cloudwatchlogs",
    "cognitoidentityprovider",
    "dynamodb",
    "dynamodbstreams",
    "eventbridge",
    "firehose",
    "kinesis",
    "kms",
    "lambda",
    "rdsdata",
    "s3",
    "scheduler",
    "secretsmanager",
    "ses",
    "sesv2",
    "sfn",
    "sns",
    "sqs",
    "ssm",
    "sts",
}

fn parse(name: &str, text: &'static str) -> Service {
    let (before, rest) = text.split_once("\n[operations]\n").expect("a file has operations");
    let (operations, after) = rest.split_at(rest.find("\n[").unwrap_or(rest.len()));
    let service: Result<Service, _> = toml::from_str(&format!("{before}\n{after}"));
    let service = service.unwrap_or_else(|error| panic!("services/{name}.toml is well-formed: {error}"));
    Service { operations: Operations::of(operations), ..service }
}

/// The service of an SDK crate, where there is a data file.
pub(super) fn service_of(krate: &str) -> Option<&'static Service> {
    let wanted = krate.strip_prefix("aws_sdk_")?;
    SERVICES.iter().find(|(name, _)| *name == wanted).map(|(_, service)| &**service)
}

/// The name that stands for a service without a data file: what follows `aws_sdk_`.
pub(super) fn name_of_crate(krate: &str) -> &str {
    match service_of(krate) {
        Some(service) => &service.name,
        None => krate.strip_prefix("aws_sdk_").unwrap_or(krate),
    }
}

/// `get_item` -> `GetItem`.
pub(super) fn operation_name(method: &str) -> String {
    method
        .split('_')
        .flat_map(|word| {
            let mut chars = word.chars();
            chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_registered() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/access/services");
        let mut found: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().to_str().map(str::to_string))
            .filter_map(|name| name.strip_suffix(".toml").map(str::to_string))
            .collect();
        found.sort();
        let registered: Vec<&str> = SERVICES.iter().map(|(name, _)| *name).collect();
        assert_eq!(found, registered);
    }

    #[test]
    fn every_operation_is_well_formed() {
        for (file, service) in &SERVICES {
            assert_eq!(service.krate, format!("aws_sdk_{file}"));
            for (method, operation) in service.operations.all() {
                let whole = operation.grants.is_empty();
                assert!(
                    whole || (operation.actions.is_none() && operation.resource.is_none()),
                    "{method}: grants or one grant"
                );
                assert!(whole || operation.partiql.is_none(), "{method}: grants or PartiQL");
                let resources = operation
                    .resource
                    .iter()
                    .chain(operation.grants.iter().filter_map(|grant| grant.resource.as_ref()))
                    .chain(operation.missing.iter().map(|missing| &missing.resource));
                for rule in resources.map(|resource| service.rule(Some(resource))).chain([service.rule(None)])
                {
                    assert!(rule.kind != "*" || rule.arg.is_empty(), "{method}: `*` has no argument");
                    assert!(
                        rule.sub.is_some() || !rule.sub_optional,
                        "{method}: an optional part has a name"
                    );
                }
                let actions = operation
                    .actions
                    .iter()
                    .chain(operation.grants.iter().filter_map(|grant| grant.actions.as_ref()))
                    .chain(operation.missing.iter().map(|missing| &missing.actions));
                for action in actions.flatten() {
                    let own = action.strip_prefix(&format!("{}:", service.name));
                    assert!(!action.contains('*') && own.is_none(), "{method}: {action}");
                }
            }
            for operation in service.waiters.values() {
                assert!(service.operations.get(operation).is_some(), "{operation}");
            }
        }
    }

    #[test]
    fn entries_are_those_of_the_whole_file() {
        #[derive(Deserialize)]
        struct Whole {
            operations: BTreeMap<String, Operation>,
        }
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/access/services");
        for (file, service) in &SERVICES {
            let text = std::fs::read_to_string(format!("{folder}/{file}.toml")).unwrap();
            let whole: Whole = toml::from_str(&text).unwrap();
            let expected: Vec<String> = whole.operations.iter().map(|entry| format!("{entry:?}")).collect();
            let found: Vec<String> = service.operations.all().map(|entry| format!("{entry:?}")).collect();
            assert_eq!(found, expected, "{file}");
        }
    }

    #[test]
    fn every_shared_rule_is_used() {
        for (_, service) in &SERVICES {
            let grants = service.operations.all().flat_map(|(_, operation)| &operation.grants);
            let used: Vec<&ResourceRef> = service
                .operations
                .all()
                .filter_map(|(_, operation)| operation.resource.as_ref())
                .chain(grants.filter_map(|grant| grant.resource.as_ref()))
                .chain([&service.resource])
                .collect();
            for name in service.resources.keys() {
                let is_used =
                    used.iter().any(|used| matches!(used, ResourceRef::Named(used) if used == name));
                assert!(is_used, "{}: nothing uses {name}", service.krate);
            }
        }
    }

    #[test]
    fn operation_names_are_the_methods_in_pascal_case() {
        assert_eq!(operation_name("list_objects_v2"), "ListObjectsV2");
        assert_eq!(operation_name("get_item"), "GetItem");
    }
}
