//! The result of access detection: per route, what is called on which resource, and how sure that is.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::condition::Condition;
use super::schema::Schema;
use crate::certainty::Certainty;
use crate::routes::LayerCode;
use crate::span::Location;

/// Accesses in the order of `RouteTable::routes` and `RouteTable::fallbacks`.
#[derive(Debug, Clone, Default)]
pub struct AccessTable {
    /// One list per route: handler, extractors, layers and start-up code, each access once, with one way to it for each context in which it differs.
    pub routes: Vec<Vec<Arc<Access>>>,
    /// One list per fallback.
    pub fallbacks: Vec<Vec<Arc<Access>>>,
    /// Per middleware function or closure: what it reaches. Needed for functions that answer 404 and 405 under these layers.
    pub layers: Vec<(LayerCode, Vec<Arc<Access>>)>,
    /// What runs before serving; already contained in the lists of routes and fallbacks.
    pub startup: Vec<Arc<Access>>,
    /// Environment variables read by each route's code, in the order of `RouteTable::routes`.
    pub route_env: Vec<Vec<EnvVar>>,
    /// Environment variables read before serving.
    pub startup_env: Vec<EnvVar>,
    /// Those that fallbacks read.
    pub fallback_env: Vec<EnvVar>,
    /// Those that layers read, whatever they are around.
    pub layer_env: Vec<EnvVar>,
    /// Calls that may read further variables than those that are known of them.
    pub unclear_env: BTreeSet<Location>,
    /// What the program's migrations say of its tables.
    pub schema: Schema,
    /// Whether the program's SQL may be for PostgreSQL.
    pub is_postgres: bool,
}

impl AccessTable {
    /// Every variable that is read anywhere, more than once where several read it.
    pub fn env(&self) -> impl Iterator<Item = &EnvVar> {
        let shared = self.fallback_env.iter().chain(&self.layer_env);
        self.startup_env.iter().chain(self.route_env.iter().flatten()).chain(shared)
    }
}

/// One SDK call or SQL statement reachable from a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// IAM-style service name of the data file: `dynamodb`, `s3`, `sqs`, `cognito-idp`, `sql`, ...
    pub service: String,
    /// SDK operation (`GetItem`) or SQL verb (`Select`, `Insert`, `Update`, `Delete`, `Truncate`, `Lock`; of sequences `Usage`).
    pub operation: String,
    /// IAM actions, for example `dynamodb:GetItem`; empty for SQL.
    pub actions: Vec<String>,
    pub resources: Vec<Resource>,
    /// The expression that names the resource, where an argument does.
    pub argument: Option<Location>,
    /// What every request of this access keeps to, as far as the code proves it.
    pub conditions: Vec<Condition>,
    pub mode: Mode,
    /// The operation's method call.
    pub location: Location,
    pub certainty: Certainty,
    /// Full paths of the functions from the route's entry to the call.
    pub via: Vec<String>,
    /// SQL only: the Select that a database wants for `WHERE`, `RETURNING` or `ON CONFLICT` of a write on the same table.
    pub implied: bool,
    /// SQL only: the columns that are read or written, where the verb is about columns.
    pub columns: Option<Columns>,
}

/// Columns of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Columns {
    /// Exactly these. None where a statement needs the table but not what is in it, as `count(*)` does: any one column will do.
    Some(BTreeSet<String>),
    /// A column whose table is not known may be one of this table.
    Unknown,
    /// All there are: `SELECT *`, or a row as a whole.
    All,
}

impl Columns {
    pub fn none() -> Self {
        Self::Some(BTreeSet::new())
    }

    pub fn one(name: impl Into<String>) -> Self {
        Self::Some(BTreeSet::from([name.into()]))
    }

    /// The columns of both.
    #[must_use]
    pub fn join(self, other: Columns) -> Columns {
        match (self, other) {
            (Columns::All, _) | (_, Columns::All) => Columns::All,
            (Columns::Unknown, _) | (_, Columns::Unknown) => Columns::Unknown,
            (Columns::Some(mut names), Columns::Some(more)) => {
                names.extend(more);
                Columns::Some(names)
            }
        }
    }
}

/// Whether an access reads, writes or does both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    Read,
    Write,
    ReadWrite,
}

impl Mode {
    #[must_use]
    pub fn join(self, other: Mode) -> Mode {
        if self == other { self } else { Mode::ReadWrite }
    }

    pub fn writes(self) -> bool {
        self != Mode::Read
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mode::Read => "read",
            Mode::Write => "write",
            Mode::ReadWrite => "read-write",
        })
    }
}

/// A resource as the report names it: `dynamodb:table/${USERS_TABLE}/index/by_email`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Resource {
    /// `dynamodb`, `s3`, `sqs`, `sns`, `events`, `secretsmanager`, `ssm`, `lambda`, `states`, `kms`, `sql`, ...; `*` stands for an action without a resource type.
    pub service: String,
    /// `table`, `bucket`, `object`, `queue`, `topic`, `bus`, `secret`, `parameter`, `function`, `machine`, `key`, and the others of the
    /// data files; `resource` for what an ARN of any kind names; empty for `*`.
    pub kind: String,
    pub name: ResourceName,
    /// Index name of a table, key pattern of an object, qualifier of a function, rule of a bus, stream of a log group.
    pub sub: Option<ResourceName>,
}

impl Resource {
    /// The `*` of an action that has no resource type.
    pub fn any() -> Self {
        Self { service: "*".into(), kind: String::new(), name: ResourceName(vec![Part::Any]), sub: None }
    }

    pub fn is_any(&self) -> bool {
        self.service == "*"
    }

    /// Whether it is a table, of `DynamoDB` or of a database, or a collection of `MongoDB`.
    pub fn is_table(&self) -> bool {
        matches!(self.kind.as_str(), "table" | "collection")
    }

    /// Whether no part of the name is unknown.
    pub fn is_known(&self) -> bool {
        !self.name.0.contains(&Part::Unknown)
            && self.sub.as_ref().is_none_or(|sub| !sub.0.contains(&Part::Unknown))
    }

    /// The table, bucket or queue itself, without index or key pattern: what owns data. An object's owner is its bucket.
    pub fn owner(&self) -> Cow<'_, Resource> {
        let is_object = self.kind == "object";
        if self.sub.is_none() && !is_object {
            return Cow::Borrowed(self);
        }
        let kind = if is_object { "bucket" } else { &self.kind };
        let (service, name) = (self.service.clone(), self.name.clone());
        Cow::Owned(Resource { service, kind: kind.to_string(), name, sub: None })
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_any() {
            return f.write_str("*");
        }
        write!(f, "{}:{}/{}", self.service, self.kind, self.name)?;
        match &self.sub {
            Some(sub) if self.kind == "table" => write!(f, "/index/{sub}"),
            Some(sub) => write!(f, "/{sub}"),
            None => Ok(()),
        }
    }
}

/// A name in parts; `${STAGE}-users` is `[Env(STAGE), Literal(-users)]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceName(pub Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    Literal(String),
    /// Value of an environment variable, with or without a default in the code.
    Env(String),
    /// A run-time part of an object key: `*`.
    Any,
    /// Not known: the whole name prints as `?`.
    Unknown,
}

impl ResourceName {
    pub fn literal(text: impl Into<String>) -> Self {
        Self(vec![Part::Literal(text.into())])
    }

    pub fn env(variable: impl Into<String>) -> Self {
        Self(vec![Part::Env(variable.into())])
    }

    pub fn unknown() -> Self {
        Self(vec![Part::Unknown])
    }

    pub fn is_known(&self) -> bool {
        !self.0.contains(&Part::Unknown)
    }
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_known() {
            return f.write_str("?");
        }
        for part in &self.0 {
            match part {
                Part::Literal(text) => f.write_str(text)?,
                Part::Env(variable) => write!(f, "${{{variable}}}")?,
                Part::Any => f.write_str("*")?,
                Part::Unknown => f.write_str("?")?,
            }
        }
        Ok(())
    }
}

/// An environment variable that code reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnvVar {
    pub name: String,
    /// The value the code uses when the variable is not set, where it is a literal.
    pub default: Option<String>,
    /// The reading call.
    pub location: Location,
}
