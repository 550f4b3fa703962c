//! Resources of policies and of the code as one kind of text, and whether one covers the other.
//!
//! Input: an ARN of a template, or a resource of the access table with the function's variables. Output: service and tokens.
//! An answer is `No` only where no value of what is unknown could make it yes. Deliberately absent: accounts, regions and partitions.
//!
//! Source: IAM user guide, "IAM JSON policy elements: Resource"; the formats of ARNs as in `aws::formats`.

use std::collections::BTreeMap;

use super::text::{Part, Text};
use super::{Allowed, Declared, Variable};
use crate::access::{self, Resource, ResourceName};

/// A kind of resource: in CloudFormation, in the access table, and in ARNs.
struct Known {
    declared: &'static str,
    /// Its property with the name.
    name: &'static str,
    service: &'static str,
    kind: &'static str,
    /// What stands before the name in the last part of an ARN.
    prefix: &'static str,
}

impl Known {
    /// Whether a reference to such a resource gives its ARN.
    fn gives_arn(&self, part: &Part) -> bool {
        match part {
            Part::Ref(_) => matches!(self.service, "sns" | "secretsmanager"),
            Part::Attribute(_, name) => matches!(name.as_str(), "Arn" | "TopicArn"),
            _ => false,
        }
    }
}

/// Whether a reference gives a name, an ARN or a URL of the resource itself.
fn names_it(part: &Part) -> bool {
    let names = ["Arn", "TopicArn", "TopicName", "QueueName", "QueueUrl", "Name", "Id"];
    !matches!(part, Part::Attribute(_, name) if !names.contains(&name.as_str()))
}

const fn known(
    declared: &'static str,
    name: &'static str,
    service: &'static str,
    kind: &'static str,
    prefix: &'static str,
) -> Known {
    Known { declared, name, service, kind, prefix }
}

const KNOWN: &[Known] = &[
    known("AWS::DynamoDB::Table", "TableName", "dynamodb", "table", "table/"),
    known("AWS::DynamoDB::GlobalTable", "TableName", "dynamodb", "table", "table/"),
    known("AWS::Serverless::SimpleTable", "TableName", "dynamodb", "table", "table/"),
    known("AWS::S3::Bucket", "BucketName", "s3", "bucket", ""),
    known("AWS::S3::Bucket", "BucketName", "s3", "object", ""),
    known("AWS::SQS::Queue", "QueueName", "sqs", "queue", ""),
    known("AWS::SNS::Topic", "TopicName", "sns", "topic", ""),
    known("AWS::SecretsManager::Secret", "Name", "secretsmanager", "secret", "secret:"),
    known("AWS::Events::EventBus", "Name", "events", "bus", "event-bus/"),
];

/// The type as it is kept, and the property with the name, where resources of the type are compared.
pub(super) fn declared_kind(kind: &str) -> Option<(&'static str, &'static str)> {
    KNOWN.iter().find(|known| known.declared == kind).map(|known| (known.declared, known.name))
}

/// Whether permissions of the service are compared.
pub(super) fn is_compared(service: &str) -> bool {
    KNOWN.iter().any(|known| known.service == service)
}

/// One step of a resource's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Token {
    Char(char),
    /// `*`
    Many,
    /// `?`
    One,
    /// The name of a resource of the template that has none of its own.
    Declared(String),
    /// Known only when it is deployed; equal where it is written alike.
    Opaque(String),
}

/// What a policy or a call is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pattern {
    /// `*`: everything.
    All,
    Resource {
        service: String,
        name: Vec<Token>,
    },
    /// Not known at all.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Covers {
    No,
    Unknown,
    Yes,
}

/// Reads texts of one template for one function.
pub(super) struct Reader<'s> {
    pub(super) declared: &'s BTreeMap<String, Declared>,
    pub(super) variables: &'s [Variable],
}

impl Reader<'_> {
    /// An ARN of a policy.
    pub(super) fn arn(&self, arn: &Text) -> Pattern {
        if arn.as_literal() == Some("*") {
            return Pattern::All;
        }
        if let Some((part @ (Part::Attribute(id, _) | Part::Ref(id)), rest)) =
            arn.0.iter().position(is_named).and_then(|at| {
                let before_is_empty = arn.0[..at].iter().all(|part| *part == Part::Literal(String::new()));
                before_is_empty.then(|| (&arn.0[at], &arn.0[at + 1..]))
            })
        {
            let Some(known) = self.known(id).filter(|known| known.gives_arn(part)) else {
                return Pattern::Unknown;
            };
            let mut name = chars(known.prefix);
            name.extend(self.named(id));
            name.extend(self.tokens(rest));
            return Pattern::Resource { service: known.service.to_string(), name };
        }
        from_arn(&self.tokens(&arn.0))
    }

    /// All ARNs of a statement.
    pub(super) fn arns(&self, allowed: &Allowed) -> Vec<Pattern> {
        allowed.resources.iter().map(|arn| self.arn(arn)).collect()
    }

    /// A resource of the code.
    pub(super) fn resource(&self, resource: &Resource) -> Pattern {
        let found =
            KNOWN.iter().find(|known| (known.service, known.kind) == (&resource.service, &resource.kind));
        let Some(known) = found.filter(|_| resource.is_known()) else { return Pattern::Unknown };
        let Some(mut name) = self.name(&resource.name, known) else { return Pattern::Unknown };
        match (&resource.sub, resource.kind.as_str()) {
            (Some(sub), "table") => {
                name.extend(chars("/index/"));
                let Some(sub) = self.plain(sub) else { return Pattern::Unknown };
                name.extend(sub);
            }
            (Some(sub), "object") => {
                name.push(Token::Char('/'));
                let Some(sub) = self.plain(sub) else { return Pattern::Unknown };
                name.extend(sub);
            }
            (None, "object") => name.extend([Token::Char('/'), Token::Many]),
            (None, _) => {}
            (Some(_), _) => return Pattern::Unknown,
        }
        Pattern::Resource { service: known.service.to_string(), name }
    }

    /// The resource of the template that a name of the code stands for.
    pub(super) fn declared_as(&self, resource: &Resource) -> Option<&str> {
        let owner = Resource { sub: None, ..resource.clone() };
        let Pattern::Resource { name, .. } = self.resource(&owner) else { return None };
        let found = self.declared.iter().find(|(id, declared)| {
            let Some(known) = self.known(id) else { return false };
            let mut own = chars(known.prefix);
            own.extend(self.named(id));
            known.service == resource.service && own == name && declared.kind == known.declared
        });
        found.map(|(id, _)| id.as_str())
    }

    /// The last part of the ARN, up to the name, whatever the code holds: a name, an ARN or a URL.
    fn name(&self, name: &ResourceName, known: &Known) -> Option<Vec<Token>> {
        if let [access::Part::Env(variable)] = name.0.as_slice()
            && let [part @ (Part::Ref(id) | Part::Attribute(id, _))] = self.variable(variable)?.0.as_slice()
            && let Some(own) = self.known(id)
        {
            if !names_it(part) {
                return None;
            }
            let mut all = chars(known.prefix);
            all.extend(self.named(id));
            return (own.service == known.service).then_some(all);
        }
        let plain = self.plain(name)?;
        if plain.starts_with(&chars("arn:")) {
            let Pattern::Resource { service, name } = from_arn(&plain) else { return None };
            return (service == known.service && name.starts_with(&chars(known.prefix))).then_some(name);
        }
        let mut all = chars(known.prefix);
        match known.service {
            "sqs" if plain.starts_with(&chars("https://")) => {
                let at = plain.iter().rposition(|token| *token == Token::Char('/'))?;
                all.extend_from_slice(&plain[at + 1..]);
            }
            // These are named by ARN or URL; what is none is not known.
            "sqs" | "sns" => return None,
            "secretsmanager" => {
                all.extend(plain);
                all.push(Token::Char('-'));
                all.extend(vec![Token::One; 6]);
            }
            _ => all.extend(plain),
        }
        Some(all)
    }

    /// A name of the code with the values of its variables; `None` where one is not known.
    fn plain(&self, name: &ResourceName) -> Option<Vec<Token>> {
        let mut all = Vec::new();
        for part in &name.0 {
            match part {
                access::Part::Literal(text) => all.extend(chars(text)),
                access::Part::Env(variable) => all.extend(self.tokens(&self.variable(variable)?.0)),
                access::Part::Any => all.push(Token::Many),
                access::Part::Unknown => return None,
            }
        }
        Some(all)
    }

    fn variable(&self, name: &str) -> Option<&Text> {
        self.variables.iter().find(|variable| variable.name == name).map(|variable| &variable.value)
    }

    fn known(&self, id: &str) -> Option<&'static Known> {
        let declared = self.declared.get(id)?;
        KNOWN.iter().find(|known| known.declared == declared.kind)
    }

    /// The name of a resource of the template.
    fn named(&self, id: &str) -> Vec<Token> {
        match self.declared.get(id).and_then(|declared| declared.name.as_ref()) {
            // CloudFormation appends to the name of a secret, and nobody knows what.
            Some(name) if name.as_literal().is_some() && !self.is_secret(id) => {
                chars(name.as_literal().unwrap_or_default())
            }
            _ => vec![Token::Declared(id.to_string())],
        }
    }

    fn is_secret(&self, id: &str) -> bool {
        self.known(id).is_some_and(|known| known.service == "secretsmanager")
    }

    fn tokens(&self, parts: &[Part]) -> Vec<Token> {
        let mut all = Vec::new();
        for part in parts {
            match part {
                Part::Literal(text) => all.extend(text.chars().map(|c| match c {
                    '*' => Token::Many,
                    '?' => Token::One,
                    c => Token::Char(c),
                })),
                // A parameter, or what `Ref` gives for a resource: its name, for what is compared by name.
                Part::Ref(id) | Part::Attribute(id, _) if self.known(id).is_some() => {
                    all.extend(self.named(id));
                }
                Part::Ref(id) => all.push(Token::Opaque(id.clone())),
                Part::Attribute(id, name) => all.push(Token::Opaque(format!("{id}.{name}"))),
                Part::Unknown(written) => all.push(Token::Opaque(written.clone())),
            }
        }
        all
    }
}

fn is_named(part: &Part) -> bool {
    matches!(part, Part::Ref(_) | Part::Attribute(..))
}

fn chars(text: &str) -> Vec<Token> {
    text.chars().map(Token::Char).collect()
}

/// Service and last part of `arn:PARTITION:SERVICE:REGION:ACCOUNT:REST`.
fn from_arn(tokens: &[Token]) -> Pattern {
    let parts: Vec<&[Token]> = tokens.splitn(6, |token| *token == Token::Char(':')).collect();
    let [scheme, _, service, _, _, rest] = parts[..] else { return Pattern::Unknown };
    let plain = |tokens: &[Token]| -> Option<String> {
        let chars = tokens.iter().map(|token| match token {
            Token::Char(c) => Some(*c),
            _ => None,
        });
        chars.collect()
    };
    match (plain(scheme).as_deref(), plain(service)) {
        (Some("arn"), Some(service)) => Pattern::Resource { service, name: rest.to_vec() },
        _ => Pattern::Unknown,
    }
}

/// Whether a policy's pattern covers all of what a call is about.
pub(super) fn covers(pattern: &Pattern, subject: &Pattern) -> Covers {
    match (pattern, subject) {
        (Pattern::All, _) => Covers::Yes,
        (Pattern::Unknown, _) | (_, Pattern::Unknown | Pattern::All) => Covers::Unknown,
        (Pattern::Resource { service, .. }, Pattern::Resource { service: other, .. }) if service != other => {
            Covers::No
        }
        (Pattern::Resource { name, .. }, Pattern::Resource { name: subject, .. }) => {
            if matches(name, subject) {
                return Covers::Yes;
            }
            let has = |tokens: &[Token], test: fn(&Token) -> bool| tokens.iter().any(test);
            let open = |token: &Token| matches!(token, Token::Opaque(_));
            let wide = |token: &Token| matches!(token, Token::Many | Token::One);
            let made = |token: &Token| matches!(token, Token::Declared(_));
            let may = has(name, open)
                || has(subject, open)
                || has(subject, wide)
                // A generated name may be what a wildcard is meant for.
                || (has(name, wide) && has(subject, made));
            // What certainly differs before anything open differs in any case.
            if may && !differs_at_first(name, subject) { Covers::Unknown } else { Covers::No }
        }
    }
}

/// Whether two names differ in a character before anything that is not one.
fn differs_at_first(a: &[Token], b: &[Token]) -> bool {
    a.iter().zip(b).find(|(a, b)| a != b).is_some_and(|pair| matches!(pair, (Token::Char(_), Token::Char(_))))
}

/// Whether a pattern with `*` and `?` covers a name; in the name these stand for themselves.
fn matches(pattern: &[Token], name: &[Token]) -> bool {
    let is_one = |own: &Token, token: &Token| match own {
        Token::One => matches!(token, Token::Char(_) | Token::One),
        own => own == token,
    };
    covers_all(pattern, name, |own| *own == Token::Many, is_one)
}

/// Whether an action of a policy, which may have `*` and `?`, is or covers an action. Case does not count.
pub(super) fn covers_action(pattern: &str, action: &str) -> bool {
    let is_one = |own: &u8, byte: &u8| *own == b'?' || own.eq_ignore_ascii_case(byte);
    covers_all(pattern.as_bytes(), action.as_bytes(), |own| *own == b'*', is_one)
}

/// Whether a pattern covers the whole of a name: `is_many` tells what stands for any number of steps, `is_one` whether a step of the
/// pattern covers one of the name. After a mismatch the last `is_many` takes one step more; earlier ones need not be tried again.
fn covers_all<P, N>(
    pattern: &[P],
    name: &[N],
    is_many: impl Fn(&P) -> bool,
    is_one: impl Fn(&P, &N) -> bool,
) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut last: Option<(usize, usize)> = None;
    while read < name.len() {
        if pattern.get(at).is_some_and(&is_many) {
            last = Some((at, read));
            at += 1;
        } else if pattern.get(at).is_some_and(|own| is_one(own, &name[read])) {
            at += 1;
            read += 1;
        } else if let Some((many, taken)) = last {
            last = Some((many, taken + 1));
            at = many + 1;
            read = taken + 1;
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(is_many)
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Pattern::Resource { service, name } = self else {
            return f.write_str(if *self == Pattern::All { "*" } else { "?" });
        };
        write!(f, "{service}:")?;
        for token in name {
            match token {
                Token::Char(c) => write!(f, "{c}")?,
                Token::Many => f.write_str("*")?,
                Token::One => f.write_str("?")?,
                Token::Declared(id) => write!(f, "${{{id}}}")?,
                Token::Opaque(written)
                    if written.chars().all(|c| c.is_alphanumeric() || ":.".contains(c)) =>
                {
                    write!(f, "${{{written}}}")?;
                }
                Token::Opaque(_) => f.write_str("${..}")?,
            }
        }
        Ok(())
    }
}
