use std::sync::Arc;

use super::*;
use crate::access::{Condition, Part, Resource, ResourceName};
use crate::aws::testing::{function, items, items_env, sources};
use crate::diagnostic::Diagnostics;

/// Writes the template to the folder that `LITH_SPLIT_TEMPLATES` names, for checks with AWS's own tools.
fn dump(name: &str, template: &Template) {
    if let Ok(folder) = std::env::var("LITH_SPLIT_TEMPLATES") {
        let text = crate::render::yaml::to_yaml(&template.to_cfn(), &[]).unwrap();
        std::fs::write(std::path::Path::new(&folder).join(name), text).unwrap();
    }
}

#[test]
fn the_items_template_has_exact_roles_and_a_narrow_default_route() {
    let (plan, routes, accesses) = items();
    let mut diagnostics = Diagnostics::default();
    let template =
        crate::aws::model(&plan, &routes, &accesses, &sources(), &items_env(&plan), &mut diagnostics);
    assert!(diagnostics.is_empty());
    dump("items.yaml", &template);
    let cfn = template.to_cfn();
    let resources = cfn.get("Resources").unwrap();
    let role = resources.get("GetItemRole").unwrap();
    let CfnValue::Seq(policies) = role.get("Properties").unwrap().get("Policies").unwrap() else { panic!() };
    let document = policies[0].get("PolicyDocument").unwrap();
    let CfnValue::Seq(statements) = document.get("Statement").unwrap() else { panic!() };
    assert_eq!(statements.len(), 2);
    assert_eq!(statements[0].get("Action"), Some(&CfnValue::str("dynamodb:GetItem")));
    let CfnValue::Commented(why, _) = &statements[0] else { panic!() };
    assert_eq!(why, &["why: GET /items/{id}: src/db.rs:3 GetItem"]);
    let permission = resources.get(DEFAULT_PERMISSION).unwrap().get("Properties").unwrap();
    let CfnValue::Sub(source) = permission.get("SourceArn").unwrap() else { panic!() };
    assert!(source.ends_with("${Api}/*/$default"));
}

#[test]
fn awkward_input_gives_a_template_too() {
    let (mut plan, mut routes, mut accesses) = items();
    plan.keep = vec!["GET /items/special".into()];
    plan.services[0].functions.push(function("files", &["ANY /files/{rest+}"]));
    for id in ["GET /items/special", "ANY /files/{rest+}"] {
        routes.routes.push(crate::aws::testing::route(id));
        accesses.routes.push(vec![]);
        accesses.route_env.push(vec![]);
    }
    let resource = |service: &str, kind: &str, name: Part, sub: Option<Part>| Resource {
        service: service.into(),
        kind: kind.into(),
        name: ResourceName(vec![name]),
        sub: sub.map(|sub| ResourceName(vec![sub])),
    };
    let env = |name: &str| Part::Env(name.into());
    let all = [
        ("Query", "dynamodb:Query", resource("dynamodb", "table", env("ITEMS_TABLE"), Some(env("INDEX")))),
        (
            "GetObject",
            "s3:GetObject",
            resource("s3", "object", env("BUCKET"), Some(Part::Literal("a$b*".into()))),
        ),
        ("SendMessage", "sqs:SendMessage", resource("sqs", "queue", env("QUEUE_URL"), None)),
        ("Publish", "sns:Publish", resource("sns", "topic", env("TOPIC_ARN"), None)),
        (
            "GetSecretValue",
            "secretsmanager:GetSecretValue",
            resource("secretsmanager", "secret", env("DB_SECRET"), None),
        ),
        ("GetParameter", "ssm:GetParameter", resource("ssm", "parameter", env("PARAM"), None)),
        ("Decrypt", "kms:Decrypt", resource("kms", "key", env("KMS_KEY_ID"), None)),
        ("PutEvents", "events:PutEvents", resource("events", "bus", Part::Literal("default".into()), None)),
        ("DeleteItem", "dynamodb:DeleteItem", resource("dynamodb", "table", Part::Unknown, None)),
        ("SendEmail", "ses:SendEmail", Resource::any()),
    ];
    for (operation, action, resource) in all {
        accesses.routes[0].push(crate::aws::testing::access(operation, &[action], &[resource], 20));
    }
    accesses.startup_env[0].default = Some("yes".into());
    let mut environment = items_env(&plan);
    for (at, variables) in environment.values_mut().enumerate() {
        variables.extend(["JWT_SECRET".to_string(), "QUEUE_URL".to_string()].into_iter().take(at % 3));
    }
    let template =
        crate::aws::model(&plan, &routes, &accesses, &sources(), &environment, &mut Diagnostics::default());
    dump("awkward.yaml", &template);
    let paths = template.to_cfn();
    let body =
        paths.get("Resources").unwrap().get(API).unwrap().get("Properties").unwrap().get("DefinitionBody");
    let CfnValue::Map(paths) = body.unwrap().get("paths").unwrap() else { panic!() };
    assert_eq!(paths.keys().collect::<Vec<_>>(), ["/$default", "/items/special"]);
    assert!(template.function(EDGE).is_none());
}

#[test]
fn conditions_are_written_where_the_plan_asks_for_them() {
    let (mut plan, routes, mut accesses) = items();
    let values =
        vec![ResourceName(vec![Part::Literal("USER#".into()), Part::Any]), ResourceName::literal("$all")];
    Arc::make_mut(&mut accesses.routes[2][0]).conditions = vec![Condition::LeadingKeys(values)];
    let statement_of = |plan: &crate::plan::Plan| {
        let environment = items_env(plan);
        let mut diagnostics = Diagnostics::default();
        let template =
            crate::aws::model(plan, &routes, &accesses, &sources(), &environment, &mut diagnostics);
        dump("conditions.yaml", &template);
        let function = template.function("get-item").unwrap();
        crate::render::yaml::to_yaml(&statement(&function.policy.statements[0]), &[]).unwrap()
    };
    let written = statement_of(&plan);
    let expected = "\
Condition:
  ForAllValues:StringLike:
    dynamodb:LeadingKeys:
    - USER#*
    - !Sub ${!$}all
  \"Null\":
    dynamodb:LeadingKeys: \"false\"
";
    let block = written.split_once("Condition:").map(|(_, block)| format!("Condition:{block}"));
    let unquoted = |text: &str| text.replace(['\'', '"', ' '], "");
    assert_eq!(unquoted(&block.unwrap()), unquoted(expected), "{written}");
    plan.services[0].functions.iter_mut().for_each(|function| function.conditions = Some(false));
    assert!(!statement_of(&plan).contains("Condition"));
}

#[test]
fn what_an_inline_policy_does_not_hold_is_a_managed_policy_of_the_role() {
    let (mut plan, mut routes, mut accesses) = items();
    plan.services[0].functions.push(function("report", &["GET /report"]));
    routes.routes.push(crate::aws::testing::route("GET /report"));
    let actions = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:DeleteItem"];
    let tables = (0..200).map(|at| {
        let table = Resource {
            name: ResourceName::literal(format!("table-{at:03}")),
            ..crate::aws::testing::table("T")
        };
        crate::aws::testing::access("GetItem", &actions[..=at % 4], &[table], 30)
    });
    accesses.routes.push(tables.collect());
    let mut diagnostics = Diagnostics::default();
    let environment = items_env(&plan);
    let template = crate::aws::model(&plan, &routes, &accesses, &sources(), &environment, &mut diagnostics);
    dump("managed.yaml", &template);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let report = template.function("report").unwrap();
    let ids: Vec<&str> = report.managed.iter().map(|managed| managed.id.as_str()).collect();
    assert_eq!(ids, ["ReportPolicy1", "ReportPolicy2"]);
    let atoms: usize = report.statements().map(Statement::atoms).sum();
    assert_eq!(atoms, (1 + 2 + 3 + 4) * 50);
    let cfn = template.to_cfn();
    let resources = cfn.get("Resources").unwrap();
    let policy = resources.get("ReportPolicy1").unwrap();
    assert_eq!(policy.get("Type"), Some(&CfnValue::str("AWS::IAM::ManagedPolicy")));
    let roles = policy.get("Properties").unwrap().get("Roles");
    assert_eq!(roles, Some(&CfnValue::seq([CfnValue::reference("ReportRole")])));
    let depends = resources.get("ReportFunction").unwrap().get("DependsOn");
    assert_eq!(depends, Some(&strings(["ReportPolicy1", "ReportPolicy2"])));
}

#[test]
fn a_policy_that_a_role_cannot_hold_at_all_is_a_finding() {
    let (plan, routes, mut accesses) = items();
    accesses.routes[0] = (0..1200)
        .map(|at| {
            let table = Resource {
                name: ResourceName::literal(format!("table-{at:04}")),
                ..crate::aws::testing::table("T")
            };
            crate::aws::testing::access("GetItem", &["dynamodb:GetItem"], &[table], 30)
        })
        .collect();
    let mut diagnostics = Diagnostics::default();
    let environment = items_env(&plan);
    crate::aws::model(&plan, &routes, &accesses, &sources(), &environment, &mut diagnostics);
    let found = diagnostics.sorted();
    assert!(found[0].message.contains("managed policies beside the inline one"), "{found:?}");
}
