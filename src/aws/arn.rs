//! `Resource` -> the ARN that a policy names, with parameters where the code reads a variable.
//!
//! Input: one resource of the access table. Output: an `Arn` and the parameters that it needs. Nothing is widened: what is not
//! known becomes a parameter. Deliberately absent: which action goes with which ARN (`policy`).
//!
//! Source of the formats: the Service Authorization Reference, "Resource types defined by ..." of each service.

use super::cfn::CfnValue;
use super::names::pascal;
use super::parameters::{Form, Parameters};
use crate::access::{Part, Resource, ResourceName};

/// What stands in a policy's `Resource`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arn {
    /// `*`: the action has no resource type.
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
    if !resource.is_known() {
        return asked_for(resource, evidence, parameters);
    }
    if let Some(text) = literal_of(&resource.name)
        && text.starts_with("arn:")
    {
        return literal_arn(text, resource, parameters);
    }
    if let [Part::Env(variable)] = resource.name.0.as_slice()
        && resource.service != "rds-db"
        && let Some(arn) = whole_variable(variable, resource, parameters)
    {
        return arn;
    }
    let regional = |service: &str, rest: String| {
        Arn::Sub(format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{rest}"))
    };
    let mut name = |form| text_of(&resource.name, form, resource, parameters);
    match (resource.service.as_str(), resource.kind.as_str()) {
        ("dynamodb", "table") => {
            let mut rest = format!("table/{}", name(Some(Form::Name)));
            if let Some(index) = &resource.sub {
                rest = format!("{rest}/index/{}", text_of(index, None, resource, parameters));
            }
            regional("dynamodb", rest)
        }
        ("s3", "bucket") => Arn::Sub(format!("arn:${{AWS::Partition}}:s3:::{}", name(Some(Form::Name)))),
        ("s3", "object") => {
            let bucket = name(Some(Form::Name));
            let key = match &resource.sub {
                Some(key) => text_of(key, None, resource, parameters),
                None => "*".to_string(),
            };
            Arn::Sub(format!("arn:${{AWS::Partition}}:s3:::{bucket}/{key}"))
        }
        ("sqs", "queue") => queue(&resource.name, resource, parameters),
        ("sns", "topic") => regional("sns", name(Some(Form::Name))),
        ("events", "bus") => regional("events", format!("event-bus/{}", name(Some(Form::Name)))),
        // Secrets Manager ends each ARN with a dash and six random characters (user guide, "IAM policy examples").
        ("secretsmanager", "secret") => {
            regional("secretsmanager", format!("secret:{}-??????", name(Some(Form::Name))))
        }
        ("ssm", "parameter") => regional("ssm", ssm_parameter(&resource.name, resource, parameters)),
        ("lambda", "function") => regional("lambda", format!("function:{}", name(Some(Form::Name)))),
        ("states", "machine") => regional("states", format!("stateMachine:{}", name(Some(Form::Name)))),
        ("kms", "key") if literal_of(&resource.name).is_some_and(|text| !text.starts_with("alias/")) => {
            regional("kms", format!("key/{}", name(None)))
        }
        ("rds-db", "user") => {
            let database = parameters.database();
            // A variable with the user's name is set to the function's own role.
            let user = literal_of(&resource.name).map_or_else(|| evidence.role.to_string(), escape);
            regional("rds-db", format!("dbuser:${{{database}}}/{user}"))
        }
        ("kinesis", "stream") => regional("kinesis", format!("stream/{}", name(Some(Form::Name)))),
        ("firehose", _) => regional("firehose", format!("deliverystream/{}", name(Some(Form::Name)))),
        ("cognito-idp", _) => regional("cognito-idp", format!("userpool/{}", name(Some(Form::Name)))),
        ("ses", "identity") => regional("ses", format!("identity/{}", name(None))),
        _ => asked_for(resource, evidence, parameters),
    }
}

/// A variable that holds the whole name: what the value is depends on the service's SDK call.
fn whole_variable(variable: &str, resource: &Resource, parameters: &mut Parameters<'_>) -> Option<Arn> {
    let upper = variable.to_ascii_uppercase();
    let by_itself = resource.sub.is_none();
    // Publish takes a topic ARN and StartExecution a state machine ARN, never a name.
    let always_arn = matches!(resource.service.as_str(), "sns" | "states") && !upper.ends_with("_NAME");
    if by_itself && (upper.ends_with("ARN") || always_arn) {
        let what = format!("an ARN: a policy names this {}", kind_text(resource));
        return Some(Arn::Parameter(parameters.resource_variable(variable, Some(Form::Arn), &what)));
    }
    let key_id = resource.service == "kms";
    let queue_url = resource.service == "sqs" && !upper.ends_with("_NAME");
    if !key_id && !queue_url {
        return None;
    }
    parameters.resource_variable(
        variable,
        None,
        if queue_url { "a queue URL" } else { "a key id, alias or ARN" },
    );
    let stem = upper.strip_suffix("_URL").or_else(|| upper.strip_suffix("_ID")).unwrap_or(&upper);
    let what = if queue_url { "queue whose URL" } else { "KMS key whose id, alias or ARN" };
    let name = parameters.arn(
        &format!("{}Arn", pascal(stem)),
        &format!("ARN of the {what} is in the environment variable {variable}"),
    );
    Some(Arn::Parameter(name))
}

/// A parameter that a person must fill in, named after the place of the call.
fn asked_for(resource: &Resource, evidence: Evidence<'_>, parameters: &mut Parameters<'_>) -> Arn {
    let Evidence { operation, file, line, .. } = evidence;
    let path = file.strip_suffix(".rs").unwrap_or(file);
    Arn::Parameter(parameters.arn(
        &format!("{operation}{}Arn{}Line{line}", pascal(&resource.kind), pascal(path)),
        &format!(
            "ARN of the {} that {operation} at {file}:{line} uses; the code does not name it",
            kind_text(resource)
        ),
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

/// An ARN in the code, with its index or key where the access has one.
fn literal_arn(text: &str, resource: &Resource, parameters: &mut Parameters<'_>) -> Arn {
    let Some(sub) = &resource.sub else { return Arn::Text(text.to_string()) };
    let sub = text_of(sub, None, resource, parameters);
    let infix = if resource.kind == "table" { "/index/" } else { "/" };
    Arn::Sub(format!("{}{infix}{sub}", escape(text)))
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
fn escape(text: &str) -> String {
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
mod tests {
    use super::super::names::Names;
    use super::*;
    use crate::access::AccessTable;
    use crate::load::Sources;

    fn lit(text: &str) -> Part {
        Part::Literal(text.into())
    }

    fn env(name: &str) -> Part {
        Part::Env(name.into())
    }

    #[track_caller]
    fn check(service: &str, kind: &str, name: Vec<Part>, sub: Option<Vec<Part>>, expect: &str) {
        let resource = Resource {
            service: service.into(),
            kind: kind.into(),
            name: ResourceName(name),
            sub: sub.map(ResourceName),
        };
        let (mut names, accesses, sources) = (Names::default(), AccessTable::default(), Sources::default());
        let mut parameters = Parameters::new(&mut names, &accesses, &sources);
        let evidence = Evidence { operation: "GetItem", file: "src/db.rs", line: 40, role: "get-item" };
        let text = arn(&resource, evidence, &mut parameters).resolve(|name| match name {
            "AWS::Partition" => "aws".into(),
            "AWS::Region" => "R".into(),
            "AWS::AccountId" => "A".into(),
            name => format!("<{name}>"),
        });
        assert_eq!(text, expect);
    }

    #[test]
    fn tables_and_indexes() {
        check("dynamodb", "table", vec![env("ITEMS_TABLE")], None, "arn:aws:dynamodb:R:A:table/<ItemsTable>");
        check(
            "dynamodb",
            "table",
            vec![env("STAGE"), lit("-users")],
            Some(vec![lit("by_email")]),
            "arn:aws:dynamodb:R:A:table/<Stage>-users/index/by_email",
        );
        check("dynamodb", "table", vec![Part::Unknown], None, "<GetItemTableArnSrcDbLine40>");
        check(
            "dynamodb",
            "table",
            vec![lit("arn:aws:dynamodb:eu-west-1:1:table/t")],
            Some(vec![lit("i")]),
            "arn:aws:dynamodb:eu-west-1:1:table/t/index/i",
        );
    }

    #[test]
    fn objects_keep_their_key_and_escape_wildcards() {
        check("s3", "bucket", vec![lit("b")], None, "arn:aws:s3:::b");
        check(
            "s3",
            "object",
            vec![env("BUCKET")],
            Some(vec![lit("users/"), Part::Any, lit("/a*b")]),
            "arn:aws:s3:::<Bucket>/users/*/a${*}b",
        );
    }

    #[test]
    fn queues_by_url_name_or_variable() {
        check("sqs", "queue", vec![lit("orders")], None, "arn:aws:sqs:R:A:orders");
        check(
            "sqs",
            "queue",
            vec![lit("https://sqs.eu-west-1.amazonaws.com/123456789012/orders")],
            None,
            "arn:aws:sqs:eu-west-1:123456789012:orders",
        );
        check(
            "sqs",
            "queue",
            vec![
                lit("https://sqs."),
                env("AWS_REGION"),
                lit(".amazonaws.com/"),
                env("ACCOUNT"),
                lit("/orders"),
            ],
            None,
            "arn:aws:sqs:R:<Account>:orders",
        );
        check("sqs", "queue", vec![env("ORDERS_QUEUE_URL")], None, "<OrdersQueueArn>");
        check("sqs", "queue", vec![env("QUEUE_NAME")], None, "arn:aws:sqs:R:A:<QueueName>");
    }

    #[test]
    fn variables_that_hold_arns_are_used_as_they_are() {
        check("sns", "topic", vec![env("TOPIC")], None, "<Topic>");
        check("states", "machine", vec![env("MACHINE_ARN")], None, "<MachineArn>");
        check("secretsmanager", "secret", vec![env("DB_SECRET_ARN")], None, "<DbSecretArn>");
        check("kms", "key", vec![env("KMS_KEY_ID")], None, "<KmsKeyArn>");
    }

    #[test]
    fn names_of_other_services() {
        check(
            "secretsmanager",
            "secret",
            vec![lit("prod/db")],
            None,
            "arn:aws:secretsmanager:R:A:secret:prod/db-??????",
        );
        check("ssm", "parameter", vec![lit("/app/x")], None, "arn:aws:ssm:R:A:parameter/app/x");
        check("ssm", "parameter", vec![env("PARAM")], None, "arn:aws:ssm:R:A:parameter<Param>");
        check("ssm", "parameter", vec![env("STAGE"), lit("-x")], None, "arn:aws:ssm:R:A:parameter/<Stage>-x");
        check("events", "bus", vec![lit("default")], None, "arn:aws:events:R:A:event-bus/default");
        check("lambda", "function", vec![env("MAILER")], None, "arn:aws:lambda:R:A:function:<Mailer>");
        check("*", "", vec![Part::Any], None, "*");
    }

    #[test]
    fn a_kind_without_a_known_format_is_asked_for() {
        check("mystery", "thing", vec![lit("x")], None, "<GetItemThingArnSrcDbLine40>");
        check("kms", "key", vec![lit("alias/x")], None, "<GetItemKeyArnSrcDbLine40>");
    }
}
