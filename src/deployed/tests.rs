//! Small templates against one program, and the findings that come out.

use super::*;
use crate::load::SourceFile;
use crate::{access, routes};

/// Gets and puts notes; queries by an index; its table's name is in a variable.
const NOTES: &str = r#"
use axum::{Router, routing::{get, post}, extract::State};
use aws_sdk_dynamodb::Client;
#[derive(Clone)]
struct App { client: Client, table: String }
async fn show(State(app): State<App>) { app.client.get_item().table_name(&app.table).send().await; }
async fn write(State(app): State<App>) { app.client.put_item().table_name(&app.table).send().await; }
async fn by_author(State(app): State<App>) {
    app.client.query().table_name(&app.table).index_name("by_author").send().await;
}
#[tokio::main]
async fn main() {
    let config = aws_config::load_from_env().await;
    let table = std::env::var("NOTES_TABLE").expect("a table");
    let level = std::env::var("LEVEL").unwrap_or_default();
    let app = App { client: Client::new(&config), table };
    let router = Router::new()
        .route("/notes/{id}", get(show).post(write))
        .route("/authors/{id}", get(by_author))
        .with_state(app);
    lambda_http::run(router).await.unwrap();
}
"#;

/// A program without AWS, for routes and variables.
const PLAIN: &str = r#"
use axum::{Router, routing::{get, post}};
async fn h() {}
#[tokio::main]
async fn main() {
    if std::env::var("A").is_ok() { let b = std::env::var("B").unwrap(); }
    let c = std::env::var("C").map_err(|_| "no (C")?;
    lambda_http::run(Router::new().route("/", get(h)).route("/x/{id}", post(h).get(h))).await;
}
"#;

fn found(source: &str, template: &str, is_named: bool) -> Vec<String> {
    let mut program = crate::resolve::tests::program(&[("src/main.rs", source)]);
    let mut diagnostics = Diagnostics::default();
    let routes = routes::evaluate(&program, &mut diagnostics);
    let accesses = access::detect(&program, &routes, access::schema(&program), &mut diagnostics);
    let path = program.tree.packages[0].dir.join("template.yaml");
    let (shown, text) = ("template.yaml".to_string(), std::sync::Arc::from(template));
    let template = Template { path, shown, text, is_named };
    let file = SourceFile::new(template.shown.clone(), template.text.clone());
    let source = program.tree.sources.push(file);
    let mut diagnostics = Diagnostics::default();
    compare(&[(template, source)], Existing::Unknown, &program, &routes, &accesses, &mut diagnostics);
    let sources = &program.tree.sources;
    let line = |finding: &Diagnostic| {
        let location = finding.location.expect("a place in the template");
        format!("{} {}: {}", finding.code.as_str(), sources.line(location), finding.message)
    };
    diagnostics.sorted().iter().map(line).collect()
}

#[track_caller]
fn check(source: &str, template: &str, expect: &[&str]) {
    assert_eq!(found(source, template, false), expect);
}

/// A SAM function of the program with these properties, each line indented by six, and other resources after it.
fn sam(properties: &str, others: &str) -> String {
    format!(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  App:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: .\n{properties}{others}"
    )
}

const ALL: &str = "      Events: {All: {Type: HttpApi}}\n";
const TABLE: &str = "  Notes:
    Type: AWS::DynamoDB::Table
    Properties:
      GlobalSecondaryIndexes: [{IndexName: by_author}]
";
const SET: &str = "      Environment: {Variables: {NOTES_TABLE: !Ref Notes}}\n";

/// The program's statements, exactly.
const EXACT: &str = "      Policies:
        - Statement:
            - Effect: Allow
              Action: [dynamodb:GetItem, dynamodb:PutItem]
              Resource: !GetAtt Notes.Arn
            - Effect: Allow
              Action: dynamodb:Query
              Resource: !Sub '${Notes.Arn}/index/by_author'
";

#[test]
fn a_template_that_fits_gives_nothing() {
    check(NOTES, &sam(&format!("{ALL}{SET}{EXACT}"), TABLE), &[]);
}

#[test]
fn routes_are_compared_by_method_and_path() {
    let event = |name: &str, method: &str, path: &str| {
        format!("        {name}: {{Type: Api, Properties: {{Method: {method}, Path: '{path}'}}}}\n")
    };
    let events = |list: &[(&str, &str)]| {
        let events =
            list.iter().enumerate().map(|(at, (method, path))| event(&format!("E{at}"), method, path));
        let events: String = events.collect();
        sam(&format!("      Environment: {{Variables: {{C: c}}}}\n      Events:\n{events}"), "")
    };
    let note = "LS0705 3: the code reads `B` (src/main.rs:6) and fails without it; `App` does not set it, and may not need to: it is read under a condition";
    check(PLAIN, &events(&[("get", "/"), ("any", "/x/{other}")]), &[note]);
    check(PLAIN, &events(&[("get", "/"), ("ANY", "/{proxy+}")]), &[note]);
    check(
        PLAIN,
        &events(&[("get", "/"), ("get", "/x/{id}"), ("put", "/x/{id}"), ("get", "/y"), ("options", "/y")]),
        &[
            "LS0703 10: no gateway route of `App` leads to `POST /x/{id}` (src/main.rs:8): the template has GET and PUT `/x/{id}`",
            "LS0704 11: the code does not answer `PUT /x/{id}`: it has POST and GET (src/main.rs:8)",
            "LS0704 12: the code has no route for `GET /y`",
            note,
        ],
    );
}

#[test]
fn paths_with_another_beginning_are_not_compared() {
    let of = |path: &str| {
        let events =
            format!("      Events: {{A: {{Type: Api, Properties: {{Method: GET, Path: {path}}}}}}}\n");
        let text = sam(&format!("      Environment: {{Variables: {{B: b, C: c}}}}\n{events}"), "");
        found(&PLAIN.replace("\"/\"", "\"/prod/a\"").replace("/x/", "/prod/x/"), &text, false)
    };
    assert_eq!(of("/prod/a").len(), 2);
    let none = "LS0702 3: the routes of `App` are not compared: none has a gateway route, so a stage or base path may stand before them";
    assert_eq!(of("/a"), [none]);
    // Nothing answers the root of a catch-all, and nothing needs to.
    let both = "      Events: {A: {Type: HttpApi, Properties: {Method: ANY, Path: '/{proxy+}'}}, B: {Type: HttpApi, Properties: {Method: ANY, Path: /}}}\n";
    let text = sam(&format!("      Environment: {{Variables: {{B: b, C: c}}}}\n{both}"), "");
    check(&PLAIN.replace("\"/\"", "\"/a\""), &text, &[]);
}

#[test]
fn a_fallback_answers_every_key() {
    let source = PLAIN.replace(".route(\"/\", get(h))", ".route(\"/\", get(h)).fallback(h)");
    let found = found(
        &source,
        &sam("      Events: {A: {Type: Api, Properties: {Method: put, Path: /q}}}\n", ""),
        false,
    );
    assert!(!found.iter().any(|finding| finding.starts_with("LS0704")), "{found:?}");
}

#[test]
fn a_route_of_another_function_is_split_off() {
    let other = "  Other:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: other\n      Events: {A: {Type: HttpApi, Properties: {Method: ANY, Path: '/x/{id}'}}}\n";
    let own = "      Events: {A: {Type: HttpApi, Properties: {Method: GET, Path: /}}}\n";
    let found = found(PLAIN, &sam(own, other), false);
    assert!(!found.iter().any(|finding| finding.starts_with("LS0703")), "{found:?}");
}

#[test]
fn variables_are_compared_by_name() {
    let variables = |list: &str| sam(&format!("{ALL}      Environment: {{Variables: {{{list}}}}}\n"), "");
    check(PLAIN, &variables("B: b, C: c"), &[]);
    check(
        PLAIN,
        &variables("B: b, UNUSED: x, RUST_LOG: info"),
        &[
            "LS0705 3: the code reads `C` (src/main.rs:7) and fails without it; `App` does not set it",
            "LS0706 8: `App` sets `UNUSED`, which the code does not name",
        ],
    );
    check(
        PLAIN,
        &sam(&format!("{ALL}      Environment: !If [X, {{Variables: {{}}}}, {{Variables: {{}}}}]\n"), ""),
        &["LS0702 3: the variables of `App` are not compared: its variables are computed"],
    );
}

#[test]
fn a_function_that_returns_early_may_have_a_caller_that_does_without() {
    let source = PLAIN.replace(
        "#[tokio::main]",
        "fn c() -> Option<String> { Some(std::env::var(\"D\").ok()?) }\n#[tokio::main]",
    );
    let source = source.replace("let c =", "let d = c(); let c =");
    check(
        &source,
        &sam(&format!("{ALL}      Environment: {{Variables: {{B: b, C: c}}}}\n"), ""),
        &[
            "LS0705 3: the code reads `D` (src/main.rs:4) and fails without it; `App` does not set it, and may not need to: the caller may do without",
        ],
    );
}

#[test]
fn permissions_are_compared_by_action_and_resource() {
    let crud = "      Policies: [{DynamoDBReadPolicy: {TableName: !Ref Notes}}]\n";
    check(
        NOTES,
        &sam(&format!("{ALL}{SET}{crud}"), TABLE),
        &[
            "LS0707 3: the role of `App` does not allow dynamodb:PutItem on `dynamodb:table/${NOTES_TABLE}`, `Notes` in the template (src/main.rs:7)",
            "LS0708 9: the role of `App` allows dynamodb:BatchGetItem, dynamodb:DescribeTable and dynamodb:Scan on `dynamodb:table/${Notes}`, beyond what the code needs",
        ],
    );
    let all = "      Policies: [{Statement: {Effect: Allow, Action: 'dynamodb:*', Resource: '*'}}]\n";
    check(
        NOTES,
        &sam(&format!("{ALL}{SET}{all}"), TABLE),
        &["LS0708 9: the role of `App` allows dynamodb:* on `*`, beyond what the code needs: it needs \
             dynamodb:GetItem on dynamodb:table/${NOTES_TABLE}, dynamodb:PutItem on dynamodb:table/${NOTES_TABLE}, \
             dynamodb:Query on dynamodb:table/${NOTES_TABLE}/index/by_author"],
    );
    let other = EXACT.replace("!GetAtt Notes.Arn", "!Sub 'arn:aws:dynamodb:*:*:table/other'");
    check(
        NOTES,
        &sam(&format!("{ALL}{SET}{other}"), TABLE),
        &[
            "LS0707 3: the role of `App` does not allow dynamodb:GetItem and dynamodb:PutItem on `dynamodb:table/${NOTES_TABLE}`, `Notes` in the template (src/main.rs:6)",
            "LS0708 11: the role of `App` allows dynamodb:GetItem and dynamodb:PutItem on `dynamodb:table/other`, beyond what the code needs",
        ],
    );
}

#[test]
fn a_route_to_which_nothing_is_sent_needs_nothing() {
    let own = "      Events: {A: {Type: HttpApi, Properties: {Method: GET, Path: '/{proxy+}'}}}\n";
    let policies = EXACT.replace("[dynamodb:GetItem, dynamodb:PutItem]", "dynamodb:GetItem");
    let found = found(NOTES, &sam(&format!("{own}{SET}{policies}"), TABLE), false);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("LS0703 7: no gateway route of `App` leads to `POST /notes/{id}`"),
        "{found:?}"
    );
}

#[test]
fn roles_of_the_template_are_followed() {
    let role = "  Role:
    Type: AWS::IAM::Role
    Properties:
      ManagedPolicyArns: [!Sub 'arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole']
  More:
    Type: AWS::IAM::Policy
    Properties:
      Roles: [!Ref Role]
      PolicyDocument:
        Statement:
          - {Effect: Allow, Action: 'dynamodb:*Item', Resource: !Join ['', ['arn:aws:dynamodb:eu-west-1:1:table/', !Ref Notes]]}
          - {Effect: Allow, Action: 'dynamodb:Query', Resource: !Sub '${Notes.Arn}/index/*'}
";
    let template = sam(&format!("{ALL}{SET}      Role: !GetAtt Role.Arn\n"), &format!("{TABLE}{role}"));
    check(
        NOTES,
        &template,
        &[
            "LS0708 24: the role of `App` allows dynamodb:*Item on `dynamodb:table/${Notes}`, beyond what the code needs: it needs \
           dynamodb:GetItem on dynamodb:table/${NOTES_TABLE}, dynamodb:PutItem on dynamodb:table/${NOTES_TABLE}",
        ],
    );
}

#[test]
fn what_is_not_known_is_no_difference() {
    let policies = |policies: &str| sam(&format!("{ALL}{SET}      Policies: {policies}\n"), TABLE);
    for (list, why) in [
        (
            "[arn:aws:iam::1:policy/Own]",
            "what the managed policy `arn:aws:iam::1:policy/Own` allows is not known",
        ),
        ("[!If [A, {Statement: []}, !Ref AWS::NoValue]]", "one of its policies is computed"),
        (
            "[{Statement: {Effect: Deny, Action: '*', Resource: '*'}}]",
            "a statement of its policies denies, or its actions are computed",
        ),
        ("[{NoSuchPolicy: {}}]", "`NoSuchPolicy` is not known"),
    ] {
        check(
            NOTES,
            &policies(list),
            &[&format!("LS0702 3: whether `App` lacks permissions is not compared: {why}")],
        );
    }
    let parameter = EXACT.replace("!GetAtt Notes.Arn", "!Sub 'arn:aws:dynamodb:*:*:table/${Name}'");
    check(
        NOTES,
        &sam(&format!("{ALL}{SET}{parameter}"), TABLE),
        &[
            "LS0702 3: whether `App` may do dynamodb:GetItem and dynamodb:PutItem on `dynamodb:table/${NOTES_TABLE}` cannot be compared",
        ],
    );
    let role = sam(&format!("{ALL}{SET}      Role: !ImportValue R\n"), TABLE);
    check(
        NOTES,
        &role,
        &["LS0702 3: whether `App` lacks permissions is not compared: its role is not in the template"],
    );
}

#[test]
fn one_import_is_the_same_as_itself() {
    let set = "      Environment: {Variables: {NOTES_TABLE: !ImportValue T}}\n";
    let policies = "      Policies: [{DynamoDBCrudPolicy: {TableName: !ImportValue T}}]\n";
    let found = found(NOTES, &sam(&format!("{ALL}{set}{policies}"), ""), false);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("LS0708 9: the role of `App` allows dynamodb:BatchGetItem"), "{found:?}");
}

#[test]
fn an_index_must_be_declared() {
    let table = TABLE.replace("by_author", "by_title");
    check(
        NOTES,
        &sam(&format!("{ALL}{SET}{EXACT}"), &table),
        &[
            "LS0709 17: the code uses index `by_author` of table `Notes` (src/main.rs:9), which the template does not declare: it has by_title",
        ],
    );
    check(NOTES, &sam(&format!("{ALL}{SET}{EXACT}"), &TABLE.replace("by_author", "!Ref I")), &[]);
}

#[test]
fn only_functions_of_the_program_count() {
    let of = |properties: &str, metadata: &str| {
        let text =
            sam(&format!("{ALL}      Environment: {{Variables: {{B: b, C: c}}}}\n{properties}"), metadata);
        found(PLAIN, &text, false).join("\n")
    };
    let none = "LS0702 1: no function of the template is certainly made from this program";
    assert_eq!(of("", "    Metadata: {BuildProperties: {Binary: shop}}\n"), "");
    assert_eq!(of("", "    Metadata: {BuildProperties: {Binary: other}}\n"), none);
    assert_eq!(of("      Runtime: nodejs22.x\n", ""), none);
    assert_eq!(of("      PackageType: Image\n", ""), none);
    for (uri, expect) in [
        ("src", none),
        ("target/lambda/shop/", ""),
        ("target/lambda/b.zip", none),
        ("../", none),
        ("s3://b/k", ""),
    ] {
        let text = sam(&format!("{ALL}      Environment: {{Variables: {{B: b, C: c}}}}\n"), "");
        assert_eq!(
            found(PLAIN, &text.replace("CodeUri: .", &format!("CodeUri: {uri}")), false).join("\n"),
            expect,
            "{uri}"
        );
    }
}

#[test]
fn cdk_and_rest_apis_are_read() {
    let template = r#"{"Resources": {
"App": {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "provided.al2023", "Code": {"S3Key": "k"},
 "Environment": {"Variables": {"B": "b", "C": "c"}}, "Role": {"Fn::GetAtt": ["Role", "Arn"]}}},
"Role": {"Type": "AWS::IAM::Role", "Properties": {}},
"Provider": {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "nodejs22.x"}},
"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "Api"}},
"X": {"Type": "AWS::ApiGateway::Resource", "Properties": {"ParentId": {"Fn::GetAtt": ["Api", "RootResourceId"]}, "PathPart": "x"}},
"Id": {"Type": "AWS::ApiGateway::Resource", "Properties": {"ParentId": {"Ref": "X"}, "PathPart": "{id}"}},
"Get": {"Type": "AWS::ApiGateway::Method", "Properties": {"HttpMethod": "GET", "ResourceId": {"Ref": "Id"}, "Integration": {"Uri":
 {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":apigateway:::lambda:path/2015-03-31/functions/", {"Fn::GetAtt": ["App", "Arn"]}, "/invocations"]]}}}},
"Cors": {"Type": "AWS::ApiGateway::Method", "Properties": {"HttpMethod": "OPTIONS", "ResourceId": {"Ref": "Id"}, "Integration": {"Type": "MOCK"}}},
"Http": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": {"IntegrationUri": {"Fn::GetAtt": ["App", "Arn"]}}},
"Root": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {"RouteKey": "GET /", "Target": {"Fn::Join": ["", ["integrations/", {"Ref": "Http"}]]}}}
}}"#;
    check(
        PLAIN,
        template,
        &[
            "LS0703 9: no gateway route of `App` leads to `POST /x/{id}` (src/main.rs:8): the template has GET `/x/{id}`",
        ],
    );
}

#[test]
fn open_api_documents_are_read_where_they_are_in_the_template() {
    let api = "  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      DefinitionBody:
        paths:
          /: {get: {x-amazon-apigateway-integration: {uri: !Sub 'arn:aws:apigateway:r:lambda:path/f/${App.Arn}/invocations'}}}
          /x/{id}: {x-amazon-apigateway-any-method: {x-amazon-apigateway-integration: {uri: !GetAtt App.Arn}}}
";
    let own = "      Environment: {Variables: {B: b, C: c}}\n";
    check(PLAIN, &sam(own, api), &[]);
    let elsewhere = "  Api: {Type: AWS::Serverless::HttpApi, Properties: {DefinitionUri: api.yml}}\n";
    check(
        PLAIN,
        &sam(own, elsewhere),
        &["LS0702 3: the routes of `App` are not compared: an API is defined in another file"],
    );
    check(
        PLAIN,
        &sam(own, ""),
        &["LS0702 3: the routes of `App` are not compared: no API of the template leads to it"],
    );
}

#[test]
fn terraform_plans_are_read() {
    let policy = r#"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"dynamodb:GetItem\",\"dynamodb:Scan\"],\"Resource\":\"arn:aws:dynamodb:eu-west-1:1:table/notes\"}]}"#;
    let plan = format!(
        r#"{{"format_version": "1.2", "planned_values": {{"root_module": {{"resources": [
{{"address": "aws_lambda_function.app", "type": "aws_lambda_function", "values": {{"filename": "target/lambda/shop/bootstrap.zip", "runtime": "provided.al2023", "layers": null, "environment": [{{"variables": {{"NOTES_TABLE": "notes"}}}}]}}}},
{{"address": "aws_dynamodb_table.notes", "type": "aws_dynamodb_table", "values": {{"name": "notes", "global_secondary_index": []}}}},
{{"address": "aws_iam_role.app", "type": "aws_iam_role", "values": {{"managed_policy_arns": []}}}},
{{"address": "aws_iam_role_policy.app", "type": "aws_iam_role_policy", "values": {{"policy": "{policy}"}}}},
{{"address": "aws_apigatewayv2_integration.app", "type": "aws_apigatewayv2_integration", "values": {{}}}},
{{"address": "aws_apigatewayv2_route.one[\"a\"]", "type": "aws_apigatewayv2_route", "values": {{"route_key": "ANY /notes/{{id}}"}}}}
]}}}}, "configuration": {{"root_module": {{"resources": [
{{"address": "aws_lambda_function.app", "expressions": {{"role": {{"references": ["aws_iam_role.app.arn", "aws_iam_role.app"]}}}}}},
{{"address": "aws_iam_role_policy.app", "expressions": {{"role": {{"references": ["aws_iam_role.app.id", "aws_iam_role.app"]}}}}}},
{{"address": "aws_apigatewayv2_integration.app", "expressions": {{"integration_uri": {{"references": ["aws_lambda_function.app.arn", "aws_lambda_function.app"]}}}}}},
{{"address": "aws_apigatewayv2_route.one", "expressions": {{"target": {{"references": ["aws_apigatewayv2_integration.app.id", "aws_apigatewayv2_integration.app"]}}}}}}
]}}}}}}"#
    );
    check(
        NOTES,
        &plan,
        &[
            "LS0707 2: the role of `aws_lambda_function.app` does not allow dynamodb:PutItem on `dynamodb:table/${NOTES_TABLE}`, `aws_dynamodb_table.notes` in the template (src/main.rs:7)",
            "LS0709 3: the code uses index `by_author` of table `aws_dynamodb_table.notes` (src/main.rs:9), which the template does not declare: it has none",
            "LS0703 2: no gateway route of `aws_lambda_function.app` leads to `GET /authors/{id}` (src/main.rs:19)",
            "LS0708 5: the role of `aws_lambda_function.app` allows dynamodb:Scan on `dynamodb:table/notes`, beyond what the code needs",
        ],
    );
}

#[test]
fn what_cannot_be_read_is_said() {
    let all = found(PLAIN, "Resources:\n  A: [1\n", false);
    assert_eq!(all.len(), 1);
    assert!(all[0].starts_with("LS0701 ") && all[0].contains("`template.yaml` cannot be read"), "{all:?}");
    check(PLAIN, "a: 1\n", &[]);
    check(PLAIN, "Resources: {}\n", &[]);
    assert!(found(PLAIN, "a: 1\n", true)[0].starts_with("LS0701 1: `template.yaml` is neither"));
    assert!(found(PLAIN, "Resources: {}\n", true)[0].starts_with("LS0702 1: no function"));
}

/// Whatever stands where something else is meant, nothing panics.
#[test]
fn a_template_of_the_wrong_shape_does_no_harm() {
    let whole = sam(&format!("{ALL}{SET}{EXACT}"), TABLE);
    let lines: Vec<&str> = whole.lines().collect();
    for at in 0..lines.len() {
        for wrong in ["[]", "{}", "x", "!Ref", "!Sub [a]", "!Join []", "!GetAtt []", "{Fn::If: 1}"] {
            let mut changed: Vec<String> = lines.iter().map(ToString::to_string).collect();
            let key = changed[at].split(':').next().unwrap_or_default().to_string();
            changed[at] = format!("{key}: {wrong}");
            let deeper = changed[at].len() - changed[at].trim_start().len();
            while changed.get(at + 1).is_some_and(|next| next.len() - next.trim_start().len() > deeper) {
                changed.remove(at + 1);
            }
            let _ = stack(&changed.join("\n"));
        }
    }
}
