//! Template parameters: one per environment variable, and further ones for ARNs that no variable gives.
//!
//! Input: variables and resources as they are met. Output: `Parameter` values sorted by name.
//! Deliberately absent: which function gets which variable (`template`).

use std::collections::BTreeMap;

use super::names::{Names, pascal};
use crate::access::AccessTable;
use crate::load::Sources;

/// One entry of the template's `Parameters`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Logical id, for example `ItemsTable`.
    pub name: String,
    pub description: String,
    /// The literal that the code uses when the variable is not set.
    pub default: Option<String>,
    /// The value is not shown in the console.
    pub no_echo: bool,
    pub form: Option<Form>,
    /// The environment variable whose value it is.
    pub variable: Option<String>,
}

/// What a parameter's value must look like, so that the ARN built from it is right. Checked by CloudFormation before anything is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A name, not an ARN.
    Name,
    Arn,
    /// An ARN with `*` for what exists at run time only.
    ArnPattern,
    /// The resource id of a database or proxy of RDS.
    Database,
    /// A Systems Manager name with its leading `/`.
    SlashName,
}

impl Form {
    /// Regular expression for `AllowedPattern`.
    pub fn pattern(self) -> &'static str {
        match self {
            Form::Name => "[^:]+",
            Form::Arn => "arn:[^*]+",
            Form::ArnPattern => "arn(:[^*:]*){4}:[^*].*",
            Form::Database => "(db|cluster|prx)-[A-Za-z0-9]+",
            Form::SlashName => "/[^:]+",
        }
    }

    /// Text for `ConstraintDescription`.
    pub fn constraint(self) -> &'static str {
        match self {
            Form::Name => "must be a name, not an ARN",
            Form::Arn => "must be an ARN without a wildcard",
            Form::ArnPattern => "must be an ARN, with a wildcard at most for what exists at run time only",
            Form::Database => "must be a resource id such as db-ABCDEFGH, cluster-ABCDEFGH or prx-0123abcd",
            Form::SlashName => "must be a name that starts with a slash",
        }
    }

    fn accepts(self, value: &str) -> bool {
        match self {
            Form::Name => !value.is_empty() && !value.contains(':'),
            Form::Arn => value.starts_with("arn:") && value.len() > 4 && !value.contains('*'),
            Form::ArnPattern => value.starts_with("arn:") && value.len() > 4,
            Form::Database => ["db-", "cluster-", "prx-"].iter().any(|kind| value.starts_with(kind)),
            Form::SlashName => value.starts_with('/') && value.len() > 1 && !value.contains(':'),
        }
    }
}

/// Variables that Lambda sets itself and refuses to be set. Source: the Lambda developer guide, "Defined runtime environment variables".
const RESERVED: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
    "TZ",
    "PATH",
    "LD_LIBRARY_PATH",
    "HOME",
];

/// Whether the template must leave the variable alone: Lambda sets it, or it only redirects the SDK in local runs.
pub fn is_runtime_variable(variable: &str) -> bool {
    RESERVED.contains(&variable) || variable.starts_with("AWS_ENDPOINT_URL")
}

/// What the code says about one variable.
#[derive(Debug, Default)]
struct Reading {
    /// `file:line` of the first read.
    place: Option<String>,
    /// One entry per read.
    defaults: Vec<Option<String>>,
}

/// Collects the parameters of one template.
pub(super) struct Parameters<'a> {
    names: &'a mut Names,
    readings: BTreeMap<&'a str, Reading>,
    by_variable: BTreeMap<String, Parameter>,
    others: BTreeMap<String, Parameter>,
}

impl<'a> Parameters<'a> {
    pub(super) fn new(names: &'a mut Names, accesses: &'a AccessTable, sources: &Sources) -> Self {
        let mut readings: BTreeMap<&str, Reading> = BTreeMap::new();
        let mut seen = std::collections::BTreeSet::new();
        for variable in accesses.env() {
            if !seen.insert((&variable.name, variable.location)) {
                continue;
            }
            let reading = readings.entry(&variable.name).or_default();
            reading.defaults.push(variable.default.clone());
            reading.place.get_or_insert_with(|| {
                format!("{}:{}", sources.path(variable.location), sources.line(variable.location))
            });
        }
        Self { names, readings, by_variable: BTreeMap::new(), others: BTreeMap::new() }
    }

    /// Name of the parameter that holds the value of an environment variable.
    pub(super) fn variable(&mut self, variable: &str) -> String {
        if let Some(parameter) = self.by_variable.get(variable) {
            return parameter.name.clone();
        }
        let name = self.names.claim(&pascal(variable));
        let reading = self.readings.get(variable);
        let no_echo = looks_secret(variable);
        let place = reading.and_then(|reading| reading.place.clone());
        let parameter = Parameter {
            name: name.clone(),
            description: match place {
                Some(place) => format!("Environment variable {variable}, read at {place}"),
                None => format!("Environment variable {variable}"),
            },
            default: if no_echo { None } else { reading.and_then(common_default) },
            no_echo,
            form: None,
            variable: Some(variable.to_string()),
        };
        self.by_variable.insert(variable.to_string(), parameter);
        name
    }

    /// The same for a variable that names a resource: no secret, and of the given form where its default has that form.
    pub(super) fn resource_variable(&mut self, variable: &str, form: Option<Form>, what: &str) -> String {
        let name = self.variable(variable);
        let default = self.readings.get(variable).and_then(common_default);
        let parameter = self.by_variable.get_mut(variable).expect("the variable was just entered");
        parameter.no_echo = false;
        parameter.default = default;
        if !what.is_empty() && !parameter.description.contains(" (") {
            parameter.description = format!("{} ({what})", parameter.description);
        }
        let fits = |form: Form| parameter.default.as_ref().is_none_or(|default| form.accepts(default));
        match (parameter.form, form) {
            (None, Some(form)) if fits(form) => parameter.form = Some(form),
            (Some(Form::Name), Some(Form::SlashName)) if fits(Form::SlashName) => {
                parameter.form = Some(Form::SlashName);
            }
            _ => {}
        }
        name
    }

    /// Name of a further parameter that holds an ARN; the same wanted name and description give the same parameter.
    pub(super) fn arn(&mut self, wanted: &str, description: &str, form: Form) -> String {
        let key = format!("{wanted}\n{description}");
        if let Some(parameter) = self.others.get(&key) {
            return parameter.name.clone();
        }
        let name = self.names.claim(wanted);
        let parameter = Parameter {
            name: name.clone(),
            description: description.to_string(),
            default: None,
            no_echo: false,
            form: Some(form),
            variable: None,
        };
        self.others.insert(key, parameter);
        name
    }

    /// Name of the parameter that says to which database functions connect by IAM.
    pub(super) fn database(&mut self) -> String {
        let key = "database".to_string();
        if let Some(parameter) = self.others.get(&key) {
            return parameter.name.clone();
        }
        let name = self.names.claim("DbiResourceId");
        let parameter = Parameter {
            name: name.clone(),
            description:
                "Resource id of the database that functions connect to by IAM, or of the RDS Proxy before it"
                    .to_string(),
            default: None,
            no_echo: false,
            form: Some(Form::Database),
            variable: None,
        };
        self.others.insert(key, parameter);
        name
    }

    /// All parameters, sorted by name.
    pub(super) fn finish(self) -> Vec<Parameter> {
        let mut all: Vec<_> = self.by_variable.into_values().chain(self.others.into_values()).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }
}

/// The default that every read of the variable agrees on.
fn common_default(reading: &Reading) -> Option<String> {
    let first = reading.defaults.first()?.clone()?;
    reading.defaults.iter().all(|default| default.as_ref() == Some(&first)).then_some(first)
}

/// Words that say that a value is a secret.
const SECRET_WORDS: &[&str] =
    &["SECRET", "TOKEN", "PASSWORD", "PASSWD", "KEY", "APIKEY", "CREDENTIALS", "DSN"];
/// Last words that say that it is about one: its name, its place, how long it lives.
const ABOUT_WORDS: &[&str] = &[
    "ARN",
    "NAME",
    "ID",
    "TABLE",
    "BUCKET",
    "PREFIX",
    "TTL",
    "SECONDS",
    "MINUTES",
    "HOURS",
    "DAYS",
    "EXPIRY",
    "LENGTH",
    "SIZE",
    "ALGORITHM",
    "ISSUER",
    "AUDIENCE",
    "HEADER",
    "PATH",
    "FILE",
    "ENABLED",
];
/// A URL of one of these usually holds a password.
const DATABASE_WORDS: &[&str] = &[
    "DATABASE",
    "DB",
    "POSTGRES",
    "POSTGRESQL",
    "PG",
    "MYSQL",
    "REDIS",
    "MONGO",
    "MONGODB",
    "AMQP",
    "RABBITMQ",
];

/// Whether a variable's name says that its value is a secret.
fn looks_secret(variable: &str) -> bool {
    let upper = variable.to_ascii_uppercase();
    let words: Vec<&str> = upper.split('_').collect();
    let any = |list: &[&str]| words.iter().any(|word| list.contains(word));
    match words.last() {
        Some(&("URL" | "URI")) => any(DATABASE_WORDS),
        Some(last) if ABOUT_WORDS.contains(last) => false,
        _ => any(SECRET_WORDS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_hidden() {
        assert!(looks_secret("JWT_SECRET") && looks_secret("API_KEY") && looks_secret("GITHUB_TOKEN"));
        assert!(
            looks_secret("DATABASE_URL") && !looks_secret("TOKEN_URL") && !looks_secret("TOKEN_TTL_SECONDS")
        );
        assert!(!looks_secret("DB_SECRET_ARN") && !looks_secret("MONKEY") && !looks_secret("ITEMS_TABLE"));
    }

    #[test]
    fn defaults_count_only_when_all_reads_agree() {
        let reading = |defaults: &[Option<&str>]| Reading {
            place: None,
            defaults: defaults.iter().map(|default| default.map(str::to_string)).collect(),
        };
        assert_eq!(common_default(&reading(&[Some("items"), Some("items")])).as_deref(), Some("items"));
        assert_eq!(common_default(&reading(&[Some("items"), None])), None);
        assert_eq!(common_default(&reading(&[Some("a"), Some("b")])), None);
        assert_eq!(common_default(&reading(&[])), None);
    }
}
