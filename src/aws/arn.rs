//! `Resource` -> the ARN that a policy names, with parameters where the code reads a variable.
//!
//! Input: one resource of the access table. Output: an `Arn` and the parameters that it needs. Nothing is widened: what is not
//! known becomes a parameter. Deliberately absent: which action goes with which ARN (`policy`).
//!
//! The formats stand in `formats`. Sources of what a name may look like stand at each rule here.

use super::cfn::CfnValue;
use super::formats::{Format, Takes, format_of};
use super::names::pascal;
use super::parameters::{Form, Parameters};
use crate::access::{Part, Resource, ResourceName};

/// What stands in a policy's `Resource`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arn {
    /// `*`: the action has no resource type, or none that a request names.
    Any,
    /// The value of a parameter is the ARN.
    Parameter(String),
    /// Text of a `!Sub`: `arn:${AWS::Partition}:s3:::${Bucket}/*`.
    Sub(String),
    /// An ARN that the code names in full.
    Text(String),
}

impl Arn {
    pub fn to_cfn(&self) -> CfnValue {
        match self {
            Arn::Any => CfnValue::str("*"),
            Arn::Parameter(name) => CfnValue::reference(name),
            Arn::Sub(text) => CfnValue::sub(text),
            Arn::Text(text) => CfnValue::str(text),
        }
    }

    /// The parameters that it names.
    pub fn parameters(&self) -> Vec<String> {
        let names = std::cell::RefCell::new(Vec::new());
        self.resolve(|name| {
            names.borrow_mut().push(name.to_string());
            String::new()
        });
        names.into_inner()
    }

    /// The resource without partition, region and account: `table/${ItemsTable}`.
    pub fn short(&self) -> String {
        match self {
            Arn::Any => "*".to_string(),
            Arn::Parameter(name) => format!("${{{name}}}"),
            Arn::Sub(text) | Arn::Text(text) => {
                // `::` inside a pseudo parameter is no separator.
                let text = text.replace("AWS::", "");
                text.splitn(6, ':').nth(5).unwrap_or(&text).to_string()
            }
        }
    }

    /// The ARN with every `${Name}` replaced by its value: a parameter, or a pseudo parameter such as `AWS::Region`.
    pub fn resolve(&self, value: impl Fn(&str) -> String) -> String {
        match self {
            Arn::Any => "*".to_string(),
            Arn::Parameter(name) => value(name),
            Arn::Text(text) => text.clone(),
            Arn::Sub(text) => {
                let mut out = String::new();
                let mut rest = text.as_str();
                while let Some((before, after)) = rest.split_once("${") {
                    out.push_str(before);
                    let (name, tail) = after.split_once('}').unwrap_or((after, ""));
                    match name.strip_prefix('!') {
                        Some(literal) => {
                            out.push_str("${");
                            out.push_str(literal);
                            out.push('}');
                        }
                        None => out.push_str(&value(name)),
                    }
                    rest = tail;
                }
                out + rest
            }
        }
    }
}

/// Where an unknown resource was met: names the parameter that a person must fill in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence<'a> {
    pub(super) operation: &'a str,
    pub(super) file: &'a str,
    pub(super) line: u32,
    /// The function's database role.
    pub(super) role: &'a str,
}

/// The ARN of a resource.
pub(super) fn arn(resource: &Resource, evidence: Evidence<'_>, parameters: &mut Parameters<'_>) -> Arn {
    if resource.is_any() {
        return Arn::Any;
    }
    if (resource.service.as_str(), resource.kind.as_str()) == ("rds-db", "user") && resource.is_known() {
        return database_user(resource, evidence, parameters);
    }
    let format = format_of(&resource.service, &resource.kind, resource.sub.is_some());
    let known = if resource.is_known() { known(resource, format, parameters) } else { None };
    known.unwrap_or_else(|| asked_for(resource, format, evidence, parameters))
}

/// The ARN of a resource without unknown parts, where it is made of its name.
fn known(
    resource: &Resource,
    format: Option<&'static Format>,
    parameters: &mut Parameters<'_>,
) -> Option<Arn> {
    if is_arn(&resource.name) {
        return given(resource, parameters);
    }
    if let [Part::Env(variable)] = resource.name.0.as_slice()
        && let Some(arn) = whole_variable(variable, resource, format, parameters)
    {
        return Some(arn);
    }
    let format = format?;
    match (resource.service.as_str(), resource.kind.as_str()) {
        ("sqs", "queue") => return Some(queue(&resource.name, resource, parameters)),
        // A policy must name the key: KMS developer guide, "Controlling access to aliases".
        ("kms", "key") if literal_of(&resource.name).is_some_and(|text| text.starts_with("alias/")) => {
            return None;
        }
        ("ssm", "parameter") => {
            let rest = ssm_parameter(&resource.name, resource, parameters);
            return Some(Arn::Sub(format.render("", None).replace("parameter/", &rest)));
        }
        _ => {}
    }
    let mut sub = resource.sub.as_ref().map(|sub| text_of(sub, None, resource, parameters));
    if resource.kind == "object" {
        sub.get_or_insert_with(|| "*".to_string());
    } else if format.needs_sub() != sub.is_some() {
        return None;
    }
    let form = (resource.service != "kms").then_some(Form::Name);
    let name = text_of(&resource.name, form, resource, parameters);
    let arn = format.render(&name, sub.as_deref());
    Some(Arn::Sub(match (resource.service.as_str(), resource.kind.as_str()) {
        // The bus `default` is no part of its rules' ARNs.
        ("events", "rule") => arn.replace(":rule/default/", ":rule/"),
        ("ssm", "instance") if name.starts_with("i-") => {
            arn.replace(":ssm:", ":ec2:").replace(":managed-instance/", ":instance/")
        }
        // `ACCOUNT:function:NAME`: Lambda API reference, Invoke, FunctionName.
        ("lambda", "function") if name.contains(":function:") => {
            arn.replace("${AWS::AccountId}:function:", "")
        }
        _ => arn,
    }))
}

/// A database user: a variable with its name is set to the function's own role.
fn database_user(resource: &Resource, evidence: Evidence<'_>, parameters: &mut Parameters<'_>) -> Arn {
    let database = parameters.database();
    let user = literal_of(&resource.name).map_or_else(|| evidence.role.to_string(), escape);
    Arn::Sub(format!(
        "arn:${{AWS::Partition}}:rds-db:${{AWS::Region}}:${{AWS::AccountId}}:dbuser:${{{database}}}/{user}"
    ))
}

/// Whether the code has an ARN where the SDK also takes a name.
fn is_arn(name: &ResourceName) -> bool {
    matches!(name.0.first(), Some(Part::Literal(text)) if text.starts_with("arn:"))
}

/// An ARN in the code as a policy names it, with its index, key or qualifier where the access has one.
fn given(resource: &Resource, parameters: &mut Parameters<'_>) -> Option<Arn> {
    let sub = resource.sub.as_ref().map(|sub| text_of(sub, None, resource, parameters));
    if sub.is_none()
        && let Some(text) = literal_of(&resource.name)
    {
        return literal_arn(text, resource).map(Arn::Text);
    }
    let text = text_of(&resource.name, None, resource, parameters);
    Some(Arn::Sub(with_sub(&text, resource, sub.as_deref())))
}

/// An ARN that the code has in full.
fn literal_arn(text: &str, resource: &Resource) -> Option<String> {
    let segments: Vec<&str> = text.split(':').collect();
    match (resource.service.as_str(), resource.kind.as_str()) {
        ("kms", "key") if segments.get(5).is_some_and(|id| id.starts_with("alias/")) => None,
        // A version or an alias is authorized as its machine: Step Functions developer guide, "Fine-grained access control for
        // versions and aliases".
        ("states", "machine") => Some(segments[..segments.len().min(7)].join(":")),
        // The SDK also takes an ARN without the random end: Secrets Manager API reference, GetSecretValue, SecretId.
        ("secretsmanager", "secret") => Some(match segments.last().and_then(|name| name.rsplit_once('-')) {
            Some((_, end)) if end.len() == 6 && end.chars().all(|c| c.is_ascii_alphanumeric()) => {
                text.to_string()
            }
            _ => format!("{text}-??????"),
        }),
        _ => Some(with_sub(text, resource, None)),
    }
}

/// An ARN, and what belongs to it in the way of its kind.
fn with_sub(arn: &str, resource: &Resource, sub: Option<&str>) -> String {
    match (resource.kind.as_str(), sub) {
        ("table", Some(index)) => format!("{arn}/index/{index}"),
        ("object", key) => {
            // Of an access point: S3 user guide, "Configuring IAM policies for using access points".
            let infix = if arn.contains(":accesspoint/") { "/object/" } else { "/" };
            format!("{arn}{infix}{}", key.unwrap_or("*"))
        }
        ("function" | "layer", Some(version)) => format!("{arn}:{version}"),
        ("rule", Some(rule)) => {
            format!("{}/{rule}", arn.replace(":event-bus/", ":rule/")).replace(":rule/default/", ":rule/")
        }
        ("log-group", _) => format!("{}:*", arn.strip_suffix(":*").unwrap_or(arn)),
        ("log-stream", Some(stream)) => {
            format!("{}:log-stream:{stream}", arn.strip_suffix(":*").unwrap_or(arn))
        }
        _ => arn.to_string(),
    }
}

/// A variable that holds the whole name, and is no name: what the value is depends on the service's SDK call.
fn whole_variable(
    variable: &str,
    resource: &Resource,
    format: Option<&'static Format>,
    parameters: &mut Parameters<'_>,
) -> Option<Arn> {
    let upper = variable.to_ascii_uppercase();
    let takes = format.map_or(Takes::Arn, |format| format.takes);
    if upper.ends_with("ARN") || (takes == Takes::Arn && !upper.ends_with("_NAME")) {
        let what = format!("an ARN: a policy names this {}", kind_text(resource));
        let name = parameters.resource_variable(variable, Some(Form::Arn), &what);
        let sub = resource.sub.as_ref().map(|sub| text_of(sub, None, resource, parameters));
        let whole = format!("${{{name}}}");
        let arn = with_sub(&whole, resource, sub.as_deref());
        return Some(if arn == whole { Arn::Parameter(name) } else { Arn::Sub(arn) });
    }
    if takes != Takes::Other || (resource.service == "sqs" && upper.ends_with("_NAME")) {
        return None;
    }
    let (value, what) = match resource.service.as_str() {
        "sqs" => ("a queue URL", "queue whose URL"),
        "kms" => ("a key id, alias or ARN", "KMS key whose id, alias or ARN"),
        _ => ("an id or ARN", "model or inference profile whose id or ARN"),
    };
    parameters.resource_variable(variable, None, value);
    let stem = upper.strip_suffix("_URL").or_else(|| upper.strip_suffix("_ID")).unwrap_or(&upper);
    let name = parameters.arn(
        &format!("{}Arn", pascal(stem)),
        &format!("ARN of the {what} is in the environment variable {variable}"),
        Form::Arn,
    );
    Some(Arn::Parameter(name))
}

/// A parameter that a person must fill in, named after the place of the call.
fn asked_for(
    resource: &Resource,
    format: Option<&'static Format>,
    evidence: Evidence<'_>,
    parameters: &mut Parameters<'_>,
) -> Arn {
    let Evidence { operation, file, line, .. } = evidence;
    let path = file.strip_suffix(".rs").unwrap_or(file);
    let at_run_time = format.is_some_and(|format| format.takes == Takes::RunTime);
    Arn::Parameter(parameters.arn(
        &format!("{operation}{}Arn{}Line{line}", pascal(&resource.kind), pascal(path)),
        &format!(
            "ARN of the {} that {operation} at {file}:{line} uses; the code does not name it",
            kind_text(resource)
        ),
        if at_run_time { Form::ArnPattern } else { Form::Arn },
    ))
}

fn kind_text(resource: &Resource) -> String {
    match (resource.service.as_str(), resource.kind.as_str()) {
        ("dynamodb", "table") if resource.sub.is_some() => "DynamoDB index".to_string(),
        ("dynamodb", "table") => "DynamoDB table".to_string(),
        ("s3", kind) => format!("S3 {kind}"),
        ("states", _) => "state machine".to_string(),
        ("kms", _) => "KMS key".to_string(),
        ("events", _) => "event bus".to_string(),
        (service, "") => format!("{service} resource"),
        (_, kind) => kind.to_string(),
    }
}

/// The name, where it is one literal.
fn literal_of(name: &ResourceName) -> Option<&str> {
    match name.0.as_slice() {
        [Part::Literal(text)] => Some(text),
        _ => None,
    }
}

/// A name as text of a `!Sub`.
fn text_of(
    name: &ResourceName,
    form: Option<Form>,
    resource: &Resource,
    parameters: &mut Parameters<'_>,
) -> String {
    let mut out = String::new();
    for part in &name.0 {
        match part {
            Part::Literal(text) => out.push_str(&escape(text)),
            Part::Env(variable) => out.push_str(&variable_text(variable, form, resource, parameters)),
            Part::Any | Part::Unknown => out.push('*'),
        }
    }
    out
}

fn variable_text(
    variable: &str,
    form: Option<Form>,
    resource: &Resource,
    parameters: &mut Parameters<'_>,
) -> String {
    if matches!(variable, "AWS_REGION" | "AWS_DEFAULT_REGION") {
        return "${AWS::Region}".to_string();
    }
    let what = match resource.name.0.as_slice() {
        [Part::Env(whole)] if whole == variable => format!("name of the {}", kind_text(&resource.owner())),
        _ => String::new(),
    };
    format!("${{{}}}", parameters.resource_variable(variable, form, &what))
}

/// Literal text for a `!Sub` in a policy: `*`, `?` and `$` of the name stand for themselves.
/// Source: the IAM user guide, "IAM policy elements: Variables and tags", special characters.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '*' | '?' | '$' => {
                out.push_str("${!");
                out.push(c);
                out.push('}');
            }
            c => out.push(c),
        }
    }
    out
}

/// A queue by name, or by URL with its account: `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`.
fn queue(name: &ResourceName, resource: &Resource, parameters: &mut Parameters<'_>) -> Arn {
    let is_url = matches!(name.0.first(), Some(Part::Literal(text)) if text.starts_with("http"));
    let text = text_of(name, (!is_url).then_some(Form::Name), resource, parameters);
    let (mut region, mut account, mut queue) =
        ("${AWS::Region}".to_string(), "${AWS::AccountId}".to_string(), text.clone());
    if is_url {
        let mut segments = text.rsplit('/');
        queue = segments.next().unwrap_or_default().to_string();
        account = segments.next().unwrap_or_default().to_string();
        let host = segments.next().unwrap_or_default();
        if let Some(rest) = host.strip_prefix("sqs.")
            && let Some((name, _)) = rest.split_once(".amazonaws.")
        {
            region = name.to_string();
        }
    }
    Arn::Sub(format!("arn:${{AWS::Partition}}:sqs:{region}:{account}:{queue}"))
}

/// `parameter/NAME`, with one slash also where the name starts with one.
/// A name with a slash inside must start with one (`PutParameter` in the Systems Manager API reference).
fn ssm_parameter(name: &ResourceName, resource: &Resource, parameters: &mut Parameters<'_>) -> String {
    if !matches!(name.0.first(), Some(Part::Env(_))) {
        let text = text_of(name, Some(Form::Name), resource, parameters);
        return format!("parameter/{}", text.strip_prefix('/').unwrap_or(&text));
    }
    let hierarchy = name.0.iter().any(|part| matches!(part, Part::Literal(text) if text.contains('/')));
    if hierarchy || name.0.len() == 1 {
        format!("parameter{}", text_of(name, Some(Form::SlashName), resource, parameters))
    } else {
        format!("parameter/{}", text_of(name, Some(Form::Name), resource, parameters))
    }
}

#[cfg(test)]
mod tests;
