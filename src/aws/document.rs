//! The model laid out as a template: which property stands where.
//!
//! Input: `Template`. Output: one `CfnValue`. Deliberately absent: decisions; they are in the model.
//!
//! Source of the property names: the AWS SAM developer guide, `AWS::Serverless::Function` and `AWS::Serverless::HttpApi`.

mod divided;

use super::cfn::{CfnMap, CfnValue};
use super::condition;
use super::gateway::RouteKey;
use super::names::{Names, pascal};
use super::parameters::Parameter;
use super::policy::Statement;
use super::template::{DefaultRoute, FunctionModel, ManagedPolicy, Template};
use crate::plan::{Architecture, EDGE};
use crate::routes::Method;

/// Logical id of the API.
const API: &str = "Api";
/// Logical id of the permission to call the function behind `$default`.
const DEFAULT_PERMISSION: &str = "DefaultRoutePermission";
/// Names that no other resource or parameter may have.
pub(super) const RESERVED: [&str; 6] = [
    API,
    DEFAULT_PERMISSION,
    divided::API_ID,
    divided::STAGE,
    divided::DEFAULT_INTEGRATION,
    divided::DEFAULT_ROUTE,
];
/// Outputs that a template may have are 200; the API's address is one of them.
const FUNCTION_OUTPUTS: usize = 150;

impl Template {
    /// The template: the whole, or the root of the nested stacks.
    pub fn to_cfn(&self) -> CfnValue {
        let functions = self.functions.len();
        if self.stacks.is_empty() {
            let description = format!("{}: one API, {functions} functions", self.name);
            let outputs = outputs(self.functions.iter());
            self.document(description, &self.all_parameters(), self.resources(), outputs)
        } else {
            let description = format!("{}: one API, {functions} functions in nested stacks", self.name);
            let outputs = outputs(self.function(EDGE).into_iter());
            self.document(description, &self.all_parameters(), self.root_resources(), outputs)
        }
    }

    fn document(
        &self,
        description: String,
        parameters: &[Parameter],
        resources: CfnMap,
        outputs: CfnMap,
    ) -> CfnValue {
        let mut root = CfnMap::default();
        root.insert("AWSTemplateFormatVersion".into(), CfnValue::str("2010-09-09"));
        root.insert("Transform".into(), CfnValue::str("AWS::Serverless-2016-10-31"));
        root.insert("Description".into(), CfnValue::str(description));
        root.insert("Globals".into(), self.globals());
        if !parameters.is_empty() {
            let entries =
                parameters.iter().map(|parameter| (parameter.name.clone(), parameter_value(parameter)));
            root.insert("Parameters".into(), CfnValue::map(entries));
        }
        root.insert("Resources".into(), CfnValue::Map(resources));
        if !outputs.is_empty() {
            root.insert("Outputs".into(), CfnValue::Map(outputs));
        }
        CfnValue::Map(root)
    }

    fn globals(&self) -> CfnValue {
        let architecture = match self.architecture {
            Architecture::Arm64 => "arm64",
            Architecture::X86_64 => "x86_64",
        };
        let function = CfnValue::map([
            ("Runtime", CfnValue::str("provided.al2023")),
            ("Handler", CfnValue::str("bootstrap")),
            ("Architectures", CfnValue::seq([CfnValue::str(architecture)])),
            ("MemorySize", CfnValue::Int(self.memory.into())),
            ("Timeout", CfnValue::Int(self.timeout.into())),
        ]);
        CfnValue::map([("Function", function)])
    }

    fn all_parameters(&self) -> Vec<Parameter> {
        let mut all = self.parameters.clone();
        if let DefaultRoute::Monolith { parameter, .. } = &self.default_route {
            all.push(Parameter {
                name: parameter.clone(),
                description:
                    "ARN of the existing function, which answers the routes that stay and everything else"
                        .to_string(),
                default: None,
                no_echo: false,
                form: Some(super::Form::Arn),
                variable: None,
            });
        }
        all
    }

    fn resources(&self) -> CfnMap {
        let mut resources = CfnMap::default();
        resources.insert(API.into(), self.api());
        for function in &self.functions {
            self.insert_function(function, ".", events(function), &mut resources);
        }
        self.insert_permissions(&mut resources);
        resources
    }

    /// A function, its role and its log group.
    fn insert_function(
        &self,
        function: &FunctionModel,
        root: &str,
        events: Option<CfnValue>,
        resources: &mut CfnMap,
    ) {
        resources.insert(function.id.clone(), self.function_resource(function, root, events));
        resources.insert(function.role_id.clone(), role(function));
        for managed in &function.managed {
            resources.insert(managed.id.clone(), managed_policy(function, managed));
        }
        resources.insert(function.log_group_id.clone(), log_group(function));
    }

    /// Permissions for `$default` and for routes of the monolith.
    fn insert_permissions(&self, resources: &mut CfnMap) {
        let invoke = |target: CfnValue, route: &str| invoke(API, target, route);
        match &self.default_route {
            DefaultRoute::Edge => {
                if let Some(edge) = self.function(EDGE) {
                    resources
                        .insert(DEFAULT_PERMISSION.into(), invoke(CfnValue::reference(&edge.id), "$default"));
                }
            }
            DefaultRoute::Monolith { parameter, keys } => {
                let target = || CfnValue::reference(parameter);
                resources.insert(DEFAULT_PERMISSION.into(), invoke(target(), "$default"));
                let mut names = Names::default();
                for key in keys {
                    let id = names.claim(&format!("Monolith{}Permission", event_name(key)));
                    resources.insert(id, invoke(target(), &source_of(key)));
                }
            }
        }
    }

    /// The API. Its body holds only what SAM events cannot say: a `$default` route that allows `$default` alone to call its function
    /// (the event of SAM allows every route), and routes of a function of another stack.
    fn api(&self) -> CfnValue {
        let (uri, keys) = match &self.default_route {
            DefaultRoute::Edge => {
                let id = self.function(EDGE).map_or("EdgeFunction", |edge| edge.id.as_str());
                (format!("{id}.Arn"), &[][..])
            }
            DefaultRoute::Monolith { parameter, keys } => (parameter.clone(), &keys[..]),
        };
        let integration = || {
            let uri = format!(
                "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{{uri}}}/invocations"
            );
            CfnValue::map([
                ("type", CfnValue::str("aws_proxy")),
                ("httpMethod", CfnValue::str("POST")),
                ("payloadFormatVersion", CfnValue::str("2.0")),
                ("uri", CfnValue::sub(uri)),
            ])
        };
        let mut paths = CfnMap::default();
        let default = CfnValue::map([
            ("isDefaultRoute", CfnValue::Bool(true)),
            ("x-amazon-apigateway-integration", integration()),
            ("responses", CfnValue::Map(CfnMap::default())),
        ]);
        paths.insert("/$default".into(), CfnValue::map([("x-amazon-apigateway-any-method", default)]));
        for key in keys {
            let method = match key.method {
                Method::Any => "x-amazon-apigateway-any-method".to_string(),
                method => method.as_str().to_lowercase(),
            };
            let mut operation = CfnMap::default();
            if let parameters @ [_, ..] = &path_parameters(&key.path)[..] {
                operation.insert("parameters".into(), CfnValue::Seq(parameters.to_vec()));
            }
            operation.insert("x-amazon-apigateway-integration".into(), integration());
            operation.insert("responses".into(), CfnValue::Map(CfnMap::default()));
            let path = paths.entry(key.path.clone()).or_insert_with(|| CfnValue::Map(CfnMap::default()));
            if let CfnValue::Map(path) = path {
                path.insert(method, CfnValue::Map(operation));
            }
        }
        let body = CfnValue::map([
            ("openapi", CfnValue::str("3.0.1")),
            (
                "info",
                CfnValue::map([
                    ("title", CfnValue::reference("AWS::StackName")),
                    ("version", CfnValue::str("1.0")),
                ]),
            ),
            ("paths", CfnValue::Map(paths)),
        ]);
        resource("AWS::Serverless::HttpApi", [("DefinitionBody", body)])
    }

    /// `root` leads from the template to the root of the workspace.
    fn function_resource(&self, function: &FunctionModel, root: &str, events: Option<CfnValue>) -> CfnValue {
        let mut properties = CfnMap::default();
        let mut set = |key: &str, value: CfnValue| properties.insert(key.to_string(), value);
        let code = if root == "." { String::new() } else { format!("{root}/") };
        set("CodeUri", CfnValue::str(format!("{code}{}/", function.code_uri)));
        set("Description", CfnValue::str(description(function)));
        set("Role", CfnValue::att(&function.role_id, "Arn"));
        if let Some(memory) = function.memory.filter(|memory| *memory != self.memory) {
            set("MemorySize", CfnValue::Int(memory.into()));
        }
        if let Some(timeout) = function.timeout.filter(|timeout| *timeout != self.timeout) {
            set("Timeout", CfnValue::Int(timeout.into()));
        }
        set("LoggingConfig", CfnValue::map([("LogGroup", CfnValue::reference(&function.log_group_id))]));
        if !function.environment.is_empty() || !function.database_user.is_empty() {
            let given = function
                .environment
                .iter()
                .map(|(variable, parameter)| (variable.clone(), CfnValue::reference(parameter)));
            let users =
                function.database_user.iter().map(|(variable, user)| (variable.clone(), CfnValue::str(user)));
            let variables: std::collections::BTreeMap<String, CfnValue> = given.chain(users).collect();
            set("Environment", CfnValue::map([("Variables", CfnValue::map(variables))]));
        }
        if let Some(events) = events {
            set("Events", events);
        }
        let mut resource = CfnMap::default();
        resource.insert("Type".into(), CfnValue::str("AWS::Serverless::Function"));
        // The role is complete before the function can run.
        if !function.managed.is_empty() {
            let ids = function.managed.iter().map(|managed| managed.id.as_str());
            resource.insert("DependsOn".into(), strings(ids));
        }
        let build = CfnValue::map([
            ("BuildMethod", CfnValue::str("rust-cargolambda")),
            ("BuildProperties", CfnValue::map([("Binary", CfnValue::str(&function.name))])),
        ]);
        resource.insert("Metadata".into(), build);
        resource.insert("Properties".into(), CfnValue::Map(properties));
        CfnValue::Map(resource)
    }
}

fn outputs<'a>(functions: impl Iterator<Item = &'a FunctionModel>) -> CfnMap {
    let mut outputs = CfnMap::default();
    let url = CfnValue::sub(format!("https://${{{API}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}"));
    outputs.insert("ApiUrl".into(), output("Where the API answers".into(), url));
    outputs.extend(function_outputs(functions));
    outputs
}

fn function_outputs<'a>(functions: impl Iterator<Item = &'a FunctionModel>) -> CfnMap {
    let arn = |function: &FunctionModel| {
        let value = CfnValue::att(&function.id, "Arn");
        (format!("{}Arn", function.id), output(format!("ARN of {}", function.name), value))
    };
    functions.take(FUNCTION_OUTPUTS).map(arn).collect()
}

fn output(description: String, value: CfnValue) -> CfnValue {
    CfnValue::map([("Description", CfnValue::str(description)), ("Value", value)])
}

/// The routes of a function as events of SAM.
fn events(function: &FunctionModel) -> Option<CfnValue> {
    let mut names = Names::default();
    let event = |key: &RouteKey| {
        let properties = CfnValue::map([
            ("ApiId", CfnValue::reference(API)),
            ("Method", CfnValue::str(key.method.as_str())),
            ("Path", CfnValue::str(&key.path)),
        ]);
        let event = CfnValue::map([("Type", CfnValue::str("HttpApi")), ("Properties", properties)]);
        (names.claim(&event_name(key)), event)
    };
    (!function.keys.is_empty()).then(|| CfnValue::map(function.keys.iter().map(event).collect::<Vec<_>>()))
}

/// Lets the API call a function for one route. `api` is the name of the API's resource or of the parameter with its id.
fn invoke(api: &str, target: CfnValue, route: &str) -> CfnValue {
    let arn = format!(
        "arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{api}}}/*/{route}"
    );
    resource(
        "AWS::Lambda::Permission",
        [
            ("Action", CfnValue::str("lambda:InvokeFunction")),
            ("FunctionName", target),
            ("Principal", CfnValue::str("apigateway.amazonaws.com")),
            ("SourceArn", CfnValue::sub(arn)),
        ],
    )
}

fn resource<'a>(kind: &str, properties: impl IntoIterator<Item = (&'a str, CfnValue)>) -> CfnValue {
    CfnValue::map([("Type", CfnValue::str(kind)), ("Properties", CfnValue::map(properties))])
}

fn parameter_value(parameter: &Parameter) -> CfnValue {
    let mut entries = CfnMap::default();
    let mut set = |key: &str, value: CfnValue| entries.insert(key.to_string(), value);
    set("Type", CfnValue::str("String"));
    set("Description", CfnValue::str(&parameter.description));
    if let Some(default) = &parameter.default {
        set("Default", CfnValue::str(default));
    }
    if parameter.no_echo {
        set("NoEcho", CfnValue::Bool(true));
    }
    if let Some(form) = parameter.form {
        set("AllowedPattern", CfnValue::str(form.pattern()));
        set("ConstraintDescription", CfnValue::str(form.constraint()));
    }
    CfnValue::Map(entries)
}

/// The role: Lambda may assume it, and it allows exactly the statements and the function's own log group.
fn role(function: &FunctionModel) -> CfnValue {
    let trust = CfnValue::map([
        ("Effect", CfnValue::str("Allow")),
        ("Principal", CfnValue::map([("Service", CfnValue::str("lambda.amazonaws.com"))])),
        ("Action", CfnValue::str("sts:AssumeRole")),
    ]);
    // The ARN of a log group ends in `:*`: its streams.
    let logs = CfnValue::map([
        ("Effect", CfnValue::str("Allow")),
        ("Action", strings(["logs:CreateLogStream", "logs:PutLogEvents"])),
        ("Resource", CfnValue::att(&function.log_group_id, "Arn")),
    ])
    .commented(vec!["why: its own log group".to_string()]);
    let statements = function.policy.statements.iter().map(statement).chain([logs]).collect();
    let mut policies = CfnValue::seq([CfnValue::map([
        ("PolicyName", CfnValue::str(&function.name)),
        ("PolicyDocument", document(statements)),
    ])]);
    let grants = function.grants.all.iter().map(|grant| format!("SQL: {}", grant.text()));
    policies = policies.commented(grants.collect());
    resource("AWS::IAM::Role", [("AssumeRolePolicyDocument", document(vec![trust])), ("Policies", policies)])
}

/// The part of a role's permissions that its inline policy does not hold.
fn managed_policy(function: &FunctionModel, managed: &ManagedPolicy) -> CfnValue {
    let statements = managed.policy.statements.iter().map(statement).collect();
    resource(
        "AWS::IAM::ManagedPolicy",
        [
            ("Description", CfnValue::str(format!("More of what {} may do", function.name))),
            ("Roles", CfnValue::seq([CfnValue::reference(&function.role_id)])),
            ("PolicyDocument", document(statements)),
        ],
    )
}

fn document(statements: Vec<CfnValue>) -> CfnValue {
    CfnValue::map([("Version", CfnValue::str("2012-10-17")), ("Statement", CfnValue::Seq(statements))])
}

fn statement(statement: &Statement) -> CfnValue {
    let mut why: Vec<String> = statement.why.iter().map(|why| format!("why: {}", why.text())).collect();
    let resource = match statement.resources.as_slice() {
        [super::Arn::Any] => {
            let what =
                "only `*` can be said: these actions have no resource type, or none that a request names";
            why.push(what.to_string());
            CfnValue::str("*")
        }
        [one] => one.to_cfn(),
        many => CfnValue::seq(many.iter().map(super::Arn::to_cfn)),
    };
    let action = match statement.actions.as_slice() {
        [one] => CfnValue::str(one),
        many => strings(many.iter().map(String::as_str)),
    };
    let mut entries = vec![("Effect", CfnValue::str("Allow")), ("Action", action), ("Resource", resource)];
    if !statement.conditions.is_empty() {
        entries.push(("Condition", condition::to_cfn(&statement.conditions)));
    }
    CfnValue::map(entries).commented(why)
}

fn strings<'a>(items: impl IntoIterator<Item = &'a str>) -> CfnValue {
    CfnValue::seq(items.into_iter().map(CfnValue::str))
}

/// Text that stands for itself in a `!Sub`.
fn literal(text: &str) -> String {
    text.replace("${", "${!")
}

/// Named after stack and function, so that two stacks do not meet.
fn log_group(function: &FunctionModel) -> CfnValue {
    let name = CfnValue::sub(format!("/aws/lambda/${{AWS::StackName}}/{}", literal(&function.name)));
    resource("AWS::Logs::LogGroup", [("LogGroupName", name)])
}

/// At most 256 characters (Lambda API reference, `CreateFunction`).
fn description(function: &FunctionModel) -> String {
    if function.name == EDGE && function.routes.is_empty() {
        return "What no route key matches: 404, 405 and OPTIONS".to_string();
    }
    let text = function.routes.join(", ");
    if text.chars().count() <= 256 { text } else { text.chars().take(253).chain("...".chars()).collect() }
}

/// `GetItemsId` for `GET /items/{id}`; `GetRoot` for `GET /`.
fn event_name(key: &RouteKey) -> String {
    let path = pascal(&key.path);
    format!("{}{}", pascal(key.method.as_str()), if path.is_empty() { "Root" } else { &path })
}

/// The part of a source ARN that names a route: variables are `*`.
fn source_of(key: &RouteKey) -> String {
    let method = if key.method == Method::Any { "*" } else { key.method.as_str() };
    let path: Vec<&str> =
        key.path.split('/').map(|segment| if segment.starts_with('{') { "*" } else { segment }).collect();
    format!("{method}{}", literal(&path.join("/")))
}

/// OpenAPI wants each variable of a path declared.
fn path_parameters(path: &str) -> Vec<CfnValue> {
    path.split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            CfnValue::map([
                ("name", CfnValue::str(name)),
                ("in", CfnValue::str("path")),
                ("required", CfnValue::Bool(true)),
                ("schema", CfnValue::map([("type", CfnValue::str("string"))])),
            ])
        })
        .collect()
}

#[cfg(test)]
mod tests;
