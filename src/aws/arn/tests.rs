//! ARNs of resources as the code names them.

use super::*;
use crate::access::AccessTable;
use crate::aws::names::Names;
use crate::load::Sources;

const EVIDENCE: Evidence<'_> =
    Evidence { operation: "GetItem", file: "src/db.rs", line: 40, role: "get-item" };

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
    let text = arn(&resource, EVIDENCE, &mut parameters).resolve(|name| match name {
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
        vec![lit("https://sqs."), env("AWS_REGION"), lit(".amazonaws.com/"), env("ACCOUNT"), lit("/orders")],
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
fn an_arn_in_the_code_is_named_as_a_policy_names_it() {
    let arn = |service: &str, kind: &str, text: &str, sub: Option<&str>, expect: &str| {
        check(service, kind, vec![lit(text)], sub.map(|sub| vec![lit(sub)]), expect);
    };
    arn("s3", "object", "arn:aws:s3:r:1:accesspoint/p", Some("k"), "arn:aws:s3:r:1:accesspoint/p/object/k");
    arn("s3", "object", "arn:aws:s3:::b", Some("k"), "arn:aws:s3:::b/k");
    arn("lambda", "function", "arn:aws:lambda:r:1:function:f", None, "arn:aws:lambda:r:1:function:f");
    arn(
        "lambda",
        "function",
        "arn:aws:lambda:r:1:function:f",
        Some("live"),
        "arn:aws:lambda:r:1:function:f:live",
    );
    arn("logs", "log-group", "arn:aws:logs:r:1:log-group:/g", None, "arn:aws:logs:r:1:log-group:/g:*");
    arn("logs", "log-group", "arn:aws:logs:r:1:log-group:/g:*", None, "arn:aws:logs:r:1:log-group:/g:*");
    arn(
        "logs",
        "log-stream",
        "arn:aws:logs:r:1:log-group:/g",
        Some("s"),
        "arn:aws:logs:r:1:log-group:/g:log-stream:s",
    );
    arn("events", "rule", "arn:aws:events:r:1:event-bus/a", Some("x"), "arn:aws:events:r:1:rule/a/x");
    let machine = "arn:aws:states:r:1:stateMachine:m";
    arn("states", "machine", &format!("{machine}:live"), None, machine);
    let secret = "arn:aws:secretsmanager:r:1:secret:db";
    arn("secretsmanager", "secret", secret, None, &format!("{secret}-??????"));
    arn("secretsmanager", "secret", &format!("{secret}-AbC123"), None, &format!("{secret}-AbC123"));
    arn("kms", "key", "arn:aws:kms:r:1:key/k", None, "arn:aws:kms:r:1:key/k");
    arn("kms", "key", "arn:aws:kms:r:1:alias/k", None, "<GetItemKeyArnSrcDbLine40>");
    arn("dynamodb", "resource", "arn:aws:dynamodb:r:1:table/t", None, "arn:aws:dynamodb:r:1:table/t");
}

#[test]
fn an_arn_that_is_put_together_keeps_its_parts() {
    let parts = vec![lit("arn:aws:sns:"), env("AWS_REGION"), lit(":1:"), env("STAGE"), lit("-orders")];
    check("sns", "topic", parts, None, "arn:aws:sns:R:1:<Stage>-orders");
}

#[test]
fn a_variable_with_an_arn_takes_what_belongs_to_it() {
    check("dynamodb", "table", vec![env("TABLE_ARN")], Some(vec![lit("i")]), "<TableArn>/index/i");
    check("lambda", "function", vec![env("FN_ARN")], Some(vec![lit("live")]), "<FnArn>:live");
    check("logs", "log-group", vec![env("GROUP_ARN")], None, "<GroupArn>:*");
    check("kinesis", "stream", vec![env("STREAM_ARN")], None, "<StreamArn>");
    check("iam", "role", vec![env("SCHEDULER_ROLE")], None, "<SchedulerRole>");
    check("rds", "cluster", vec![env("CLUSTER")], None, "<Cluster>");
    check("dynamodb", "resource", vec![env("TAGGED")], None, "<Tagged>");
}

#[test]
fn names_that_look_special_lead_to_their_own_arns() {
    let rule = |bus, expect| check("events", "rule", vec![lit(bus)], Some(vec![lit("r")]), expect);
    rule("default", "arn:aws:events:R:A:rule/r");
    rule("orders", "arn:aws:events:R:A:rule/orders/r");
    check("lambda", "function", vec![lit("1:function:f")], None, "arn:aws:lambda:R:1:function:f");
    check("lambda", "function", vec![lit("f:live")], None, "arn:aws:lambda:R:A:function:f:live");
    check("ssm", "instance", vec![lit("i-1")], None, "arn:aws:ec2:R:A:instance/i-1");
    check("ssm", "instance", vec![lit("mi-1")], None, "arn:aws:ssm:R:A:managed-instance/mi-1");
    check("kms", "alias", vec![lit("alias/x")], None, "arn:aws:kms:R:A:alias/x");
    check("logs", "log-group", vec![lit("/g")], None, "arn:aws:logs:R:A:log-group:/g:*");
    let schedule = "arn:aws:scheduler:R:A:schedule/default/n";
    check("scheduler", "schedule", vec![lit("default")], Some(vec![lit("n")]), schedule);
    check("sts", "root", vec![lit("123")], None, "arn:aws:iam::123:root");
}

#[test]
fn models_and_profiles() {
    let model = "anthropic.claude-v2:1";
    check(
        "bedrock",
        "model",
        vec![lit(model)],
        None,
        &format!("arn:aws:bedrock:R::foundation-model/{model}"),
    );
    let profile = "eu.anthropic.claude-v2:1";
    let of_profile = format!("arn:aws:bedrock:R:A:inference-profile/{profile}");
    check("bedrock", "profile", vec![lit(profile)], None, &of_profile);
    let anywhere = format!("arn:aws:bedrock:*::foundation-model/{model}");
    check("bedrock", "profile-model", vec![lit(model)], None, &anywhere);
    check("bedrock", "model", vec![env("MODEL_ID")], None, "<ModelArn>");
}

#[test]
fn what_exists_at_run_time_may_be_said_with_a_wildcard() {
    let form = |service: &str, kind: &str| {
        let resource =
            Resource { service: service.into(), kind: kind.into(), name: ResourceName::unknown(), sub: None };
        let (mut names, accesses, sources) = (Names::default(), AccessTable::default(), Sources::default());
        let mut parameters = Parameters::new(&mut names, &accesses, &sources);
        arn(&resource, EVIDENCE, &mut parameters);
        parameters.finish()[0].form
    };
    assert_eq!(form("states", "execution"), Some(Form::ArnPattern));
    assert_eq!(form("execute-api", "connection"), Some(Form::ArnPattern));
    assert_eq!(form("dynamodb", "table"), Some(Form::Arn));
}

#[test]
fn a_kind_without_a_known_format_is_asked_for() {
    check("mystery", "thing", vec![lit("x")], None, "<GetItemThingArnSrcDbLine40>");
    check("kms", "key", vec![lit("alias/x")], None, "<GetItemKeyArnSrcDbLine40>");
}
