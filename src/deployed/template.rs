//! A SAM or CloudFormation template -> `Stack`.
//!
//! Input: the document, and its `Resources`. Output: functions with their gateway keys, variables and permissions, and the resources
//! with names. Deliberately absent: policies (`policies`), and conditions, behind which a resource may be missing.
//!
//! Sources: SAM developer guide, `AWS::Serverless::Function`, `HttpApi`, `Api`; CloudFormation template reference, `AWS::ApiGateway*`.

use super::node::Node;
use super::ownership::Artifact;
use super::pattern::declared_kind;
use super::policies::{self, Role};
use super::text::{Part, Text, text};
use super::{Declared, Function, Key, Nested, Stack, Variable};
use crate::span::Span;

/// The path of every key that takes all requests.
pub(super) const EVERYTHING: &str = "/{proxy+}";

pub(super) fn stack(root: &Node, resources: &Node) -> Stack {
    let template = Template { root, resources };
    let mut stack = Stack::default();
    for entry in resources.entries() {
        let (kind, properties) = (kind_of(&entry.value), entry.value.get("Properties"));
        match kind {
            "AWS::Serverless::Function" | "AWS::Lambda::Function" => {
                stack.functions.push(template.function(&entry.key, entry.span, &entry.value));
            }
            "AWS::S3::BucketPolicy" => stack.resource_policies.push("s3"),
            "AWS::SQS::QueuePolicy" => stack.resource_policies.push("sqs"),
            "AWS::SNS::TopicPolicy" => stack.resource_policies.push("sns"),
            "AWS::SecretsManager::ResourcePolicy" => stack.resource_policies.push("secretsmanager"),
            "AWS::Events::EventBusPolicy" => stack.resource_policies.push("events"),
            _ => {
                if let Some(declared) =
                    properties.and_then(|properties| declared(kind, properties, entry.span))
                {
                    stack.resources.insert(entry.key.clone(), declared);
                } else if let Some((kind, _)) = declared_kind(kind) {
                    let declared = Declared { kind, name: None, indexes: Some(Vec::new()), span: entry.span };
                    stack.resources.insert(entry.key.clone(), declared);
                }
                if properties.is_some_and(|properties| properties.get("ResourcePolicy").is_some()) {
                    stack.resource_policies.push("dynamodb");
                }
            }
        }
    }
    stack.nested = nested(resources);
    stack.unknown_keys = stack.functions.iter().filter_map(|one| one.unclear.routes.clone()).collect();
    template.keys(&mut stack);
    template.unclear(&mut stack.functions);
    stack
}

/// The nested stacks whose templates are named by a path.
fn nested(resources: &Node) -> Vec<Nested> {
    let files = resources.entries().iter().filter_map(|entry| {
        let property = match kind_of(&entry.value) {
            "AWS::Serverless::Application" => "Location",
            "AWS::CloudFormation::Stack" => "TemplateURL",
            _ => return None,
        };
        let place = text(entry.value.at(&["Properties", property])?);
        let file = place.as_literal().filter(|place| !place.contains("://"))?.to_string();
        let parameters = entry.value.at(&["Properties", "Parameters"]).map_or(&[][..], Node::entries);
        let parameters = parameters.iter().map(|given| (given.key.clone(), text(&given.value))).collect();
        Some(Nested { file, parameters })
    });
    files.collect()
}

fn kind_of(resource: &Node) -> &str {
    resource.get("Type").and_then(Node::scalar).unwrap_or_default()
}

fn declared(kind: &str, properties: &Node, span: Span) -> Option<Declared> {
    let (kind, name) = declared_kind(kind)?;
    let indexes = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"];
    let indexes = indexes.iter().filter_map(|list| properties.get(list)).flat_map(Node::items);
    let indexes = indexes.map(|index| Some(text(index.get("IndexName")?).as_literal()?.to_string()));
    let name = properties.get(name).map(text);
    Some(Declared { kind, name, indexes: indexes.collect(), span })
}

/// Whether a node is computed, as `{"Fn::If": [..]}`.
fn is_computed(node: &Node) -> bool {
    node.entries().iter().any(|entry| entry.key == "Ref" || entry.key.starts_with("Fn::"))
}

/// Why a template with nested stacks may have more keys than it shows.
const NESTED: &str = "a nested stack may have more";

/// What a key leads to.
#[derive(Clone, Copy)]
enum Target<'n> {
    /// Logical id.
    Function(&'n str),
    /// A function that exists already, by the parameter that holds its ARN.
    Existing(&'n str),
    Unknown,
}

struct Template<'n> {
    root: &'n Node,
    resources: &'n Node,
}

impl<'n> Template<'n> {
    fn resource(&self, id: &str) -> Option<&'n Node> {
        self.resources.get(id)
    }

    fn function(&self, id: &str, span: Span, resource: &'n Node) -> Function {
        let mut function = Function { id: id.to_string(), span, ..Function::default() };
        let is_sam = kind_of(resource) == "AWS::Serverless::Function";
        let globals = self.root.at(&["Globals", "Function"]).filter(|_| is_sam);
        let empty = Node { kind: super::node::Kind::Map(Vec::new()), span };
        let properties = resource.get("Properties").unwrap_or(&empty);
        let property = |name: &str| properties.get(name).or_else(|| globals?.get(name));
        function.artifact = artifact(resource, &property);
        function.has_layers = property("Layers").is_some();
        function.timeout = property("Timeout").map(text);
        function.memory = property("MemorySize").map(text);
        for (properties, is_global) in [(globals, true), (Some(properties), false)] {
            let environment = properties.and_then(|properties| properties.get("Environment"));
            if let Some(environment) = environment {
                variables(environment, is_global, &mut function);
            }
        }
        if is_sam {
            events(properties, &mut function);
        }
        let role = match property("Role") {
            Some(role) => self.role(&text(role)),
            None if is_sam => {
                let listed = properties.get("Policies");
                let mut role = listed.map(policies::of_function).unwrap_or_default();
                self.attached(&format!("{id}Role"), &mut role);
                role
            }
            None => Role::unknown("it has no role"),
        };
        function.allowed = role.allowed;
        function.unclear.permissions = role.unclear;
        // SAM reads these in `Properties` alone.
        for name in ["Role", "Policies", "Environment", "Events"].iter().filter(|_| is_sam) {
            if resource.get(name).is_some() {
                let why = format!("`{name}` stands beside `Properties`, where it has no meaning");
                let unclear = match *name {
                    "Environment" => &mut function.unclear.variables,
                    "Events" => &mut function.unclear.routes,
                    _ => &mut function.unclear.permissions,
                };
                *unclear = Some(why);
            }
        }
        if resource.get("Connectors").is_some() {
            function.unclear.permissions = Some("connectors allow more".to_string());
        }
        function
    }

    /// The role that a text names: one of the template.
    fn role(&self, named: &Text) -> Role {
        let (Some(id), Some(role)) = named_resource(named)
            .map(|id| (id, self.resource(id)))
            .filter(|(_, role)| role.is_some_and(|role| kind_of(role) == "AWS::IAM::Role"))
            .unzip()
        else {
            return Role::unknown("its role is not in the template");
        };
        let mut found = Role::default();
        let properties = role.and_then(|role| role.get("Properties"));
        let list =
            |name: &str| properties.and_then(|properties| properties.get(name)).map_or(&[][..], Node::items);
        for policy in list("Policies") {
            policies::document(policy.get("PolicyDocument"), policy.span, &mut found);
        }
        for arn in list("ManagedPolicyArns") {
            self.managed(arn, &mut found);
        }
        self.attached(id, &mut found);
        found
    }

    fn managed(&self, node: &Node, role: &mut Role) {
        let named = text(node);
        let own = named_resource(&named).and_then(|id| self.resource(id));
        match own.filter(|own| kind_of(own) == "AWS::IAM::ManagedPolicy") {
            Some(own) => policies::document(own.at(&["Properties", "PolicyDocument"]), own.span, role),
            None => policies::managed(&named, node.span, role),
        }
    }

    /// Policies that name a role rather than being named by it.
    fn attached(&self, id: &str, role: &mut Role) {
        for entry in self.resources.entries() {
            let kind = kind_of(&entry.value);
            if !matches!(kind, "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" | "AWS::IAM::RolePolicy") {
                continue;
            }
            let Some(properties) = entry.value.get("Properties") else { continue };
            let roles = properties.get("Roles").map_or(&[][..], Node::items).iter();
            let mut roles = roles.chain(properties.get("RoleName"));
            if roles.any(|role| named_resource(&text(role)) == Some(id) || is_computed_otherwise(role)) {
                policies::document(properties.get("PolicyDocument"), entry.span, role);
            }
        }
    }

    /// The function that a text leads to, by its ARN, an alias or a version.
    fn leads_to(&self, named: &Text) -> Option<&'n str> {
        let names = named.0.iter().filter_map(|part| match part {
            Part::Ref(name) | Part::Attribute(name, _) => Some(name.as_str()),
            _ => None,
        });
        for name in names {
            let Some(entry) = self.resources.entries().iter().find(|entry| entry.key == name) else {
                continue;
            };
            match kind_of(&entry.value) {
                "AWS::Serverless::Function" | "AWS::Lambda::Function" => return Some(&entry.key),
                "AWS::Lambda::Alias" | "AWS::Lambda::Version" => {
                    let function = text(entry.value.at(&["Properties", "FunctionName"])?);
                    let id = named_resource(&function)?.to_string();
                    return self
                        .resources
                        .entries()
                        .iter()
                        .find(|entry| entry.key == id)
                        .map(|entry| entry.key.as_str());
                }
                _ => {}
            }
        }
        None
    }

    /// What a text leads to.
    fn target(&self, named: &Text) -> Target<'n> {
        if let Some(id) = self.leads_to(named) {
            return Target::Function(id);
        }
        let parameters = self.root.get("Parameters").map_or(&[][..], Node::entries);
        let refs = named.0.iter().filter_map(|part| match part {
            Part::Ref(name) => parameters.iter().find(|parameter| parameter.key == *name),
            _ => None,
        });
        refs.map(|parameter| Target::Existing(&parameter.key)).next().unwrap_or(Target::Unknown)
    }

    /// Keys of APIs that stand outside of the functions.
    fn keys(&self, stack: &mut Stack) {
        let mut found: Vec<(Target<'_>, Result<Key, String>)> = Vec::new();
        for entry in self.resources.entries() {
            let Some(properties) = entry.value.get("Properties") else { continue };
            match kind_of(&entry.value) {
                "AWS::ApiGatewayV2::Route" => found.push(self.http_route(properties, entry.span)),
                "AWS::ApiGateway::Method" => found.push(self.rest_method(properties, entry.span)),
                "AWS::ApiGatewayV2::Api"
                | "AWS::ApiGateway::RestApi"
                | "AWS::Serverless::Api"
                | "AWS::Serverless::HttpApi" => {
                    for body in ["Body", "DefinitionBody"].iter().filter_map(|name| properties.get(name)) {
                        self.open_api(body, &mut found);
                    }
                    if ["BodyS3Location", "DefinitionUri"].iter().any(|name| properties.get(name).is_some()) {
                        found.push((Target::Unknown, Err("an API is defined in another file".to_string())));
                    }
                    if let Some(target) = properties.get("Target") {
                        let key = properties.get("RouteKey").and_then(Node::scalar).unwrap_or("$default");
                        found.push((self.target(&text(target)), Ok(route_key(key, entry.span))));
                    }
                }
                "AWS::CloudFormation::Stack" | "AWS::Serverless::Application" => {
                    found.push((Target::Unknown, Err(NESTED.to_string())));
                }
                "AWS::ElasticLoadBalancingV2::TargetGroup" => {
                    found.push((Target::Unknown, Err("a load balancer may send requests too".to_string())));
                }
                _ => {}
            }
        }
        let files = stack.nested.len();
        let stacks = found.iter().filter(|(_, key)| key.as_ref().is_err_and(|why| why == NESTED)).count();
        for (target, key) in found {
            match &key {
                Ok(key) => {
                    if let Target::Existing(parameter) = target {
                        stack.existing.push((parameter.to_string(), key.clone()));
                    }
                }
                Err(why) if why == NESTED && files == stacks => {}
                Err(why) => stack.unknown_keys.push(why.clone()),
            }
            let is_of = |function: &&mut Function| match target {
                Target::Function(id) => function.id == id,
                Target::Existing(_) => false,
                Target::Unknown => true,
            };
            for function in stack.functions.iter_mut().filter(is_of) {
                match &key {
                    Ok(key) if matches!(target, Target::Function(_)) => function.keys.push(key.clone()),
                    // An integration of another kind, or one that is not known.
                    Ok(_) => {}
                    Err(why) => function.unclear.routes = Some(why.clone()),
                }
            }
        }
    }

    fn http_route(&self, properties: &Node, span: Span) -> (Target<'n>, Result<Key, String>) {
        let integration = properties.get("Target").map(text).and_then(|target| {
            target.0.iter().find_map(|part| match part {
                Part::Ref(id) => self.resource(id)?.at(&["Properties", "IntegrationUri"]),
                _ => None,
            })
        });
        let key = properties.get("RouteKey").map(text);
        match (integration.map(text), key.as_ref().and_then(Text::as_literal)) {
            (Some(uri), Some(key)) => (self.target(&uri), Ok(route_key(key, span))),
            _ => (Target::Unknown, Err("a route of an HTTP API is not known".to_string())),
        }
    }

    fn rest_method(&self, properties: &Node, span: Span) -> (Target<'n>, Result<Key, String>) {
        let Some(uri) = properties.at(&["Integration", "Uri"]).map(text) else {
            // Of kind `MOCK`, as CORS has it.
            return (Target::Unknown, Ok(everything(span)));
        };
        let method = properties.get("HttpMethod").and_then(Node::scalar);
        let path = properties.get("ResourceId").and_then(|resource| self.rest_path(&text(resource), 0));
        match (method, path) {
            (Some(method), Some(path)) => {
                let key = Key { method: method.to_uppercase(), path, is_default: false, span };
                (self.target(&uri), Ok(key))
            }
            _ => (Target::Unknown, Err("a method of a REST API is not known".to_string())),
        }
    }

    /// The path of a REST API's resource; none where its parent is not in the template.
    fn rest_path(&self, resource: &Text, depth: usize) -> Option<String> {
        match resource.0.as_slice() {
            [Part::Attribute(_, attribute)] if attribute == "RootResourceId" => Some("/".to_string()),
            [Part::Ref(id)] if depth < 64 => {
                let properties = self.resource(id)?.get("Properties")?;
                let parent = self.rest_path(&text(properties.get("ParentId")?), depth + 1)?;
                let part = properties.get("PathPart")?.scalar()?;
                Some(format!("{}/{part}", parent.trim_end_matches('/')))
            }
            _ => None,
        }
    }

    /// Paths of an OpenAPI document, each method with its integration.
    fn open_api(&self, body: &'n Node, found: &mut Vec<(Target<'n>, Result<Key, String>)>) {
        let Some(paths) = body.get("paths").filter(|paths| !is_computed(paths) && !is_computed(body)) else {
            found.push((Target::Unknown, Err("an API is defined in another file".to_string())));
            return;
        };
        for path in paths.entries() {
            for method in path.value.entries() {
                let Some(uri) = method.value.at(&["x-amazon-apigateway-integration", "uri"]).map(text) else {
                    continue;
                };
                let name = if method.key == "x-amazon-apigateway-any-method" { "any" } else { &method.key };
                let key = route_key(&format!("{name} {}", path.key), method.span);
                match self.target(&uri) {
                    Target::Function(id) => found.push((Target::Function(id), Ok(key))),
                    Target::Existing(parameter) => found.push((Target::Existing(parameter), Ok(key))),
                    Target::Unknown => {
                        let why = "an integration of an API is not known".to_string();
                        found.push((Target::Unknown, Err(why)));
                    }
                }
            }
        }
    }

    /// What makes the whole template less than certain.
    fn unclear(&self, functions: &mut [Function]) {
        let loops = self.resources.entries().iter().any(|entry| entry.key.starts_with("Fn::"));
        let connected = self
            .resources
            .entries()
            .iter()
            .any(|entry| kind_of(&entry.value) == "AWS::Serverless::Connector");
        for function in functions {
            if loops {
                let why = || Some("a part of the template is made by a macro".to_string());
                function.unclear.routes = why();
                function.unclear.permissions = why();
            } else if connected {
                function.unclear.permissions = Some("connectors allow more".to_string());
            }
        }
    }
}

/// Whether a text is one reference to a resource, by its name or ARN.
pub(super) fn named_resource(named: &Text) -> Option<&str> {
    match named.0.as_slice() {
        [Part::Ref(id) | Part::Attribute(id, _)] => Some(id),
        _ => None,
    }
}

fn is_computed_otherwise(node: &Node) -> bool {
    matches!(text(node).0.as_slice(), [Part::Unknown(_)])
}

fn artifact<'n>(resource: &Node, property: &impl Fn(&str) -> Option<&'n Node>) -> Artifact {
    let scalar = |name: &str| property(name).and_then(Node::scalar).map(ToString::to_string);
    let binary = resource.at(&["Metadata", "BuildProperties", "Binary"]).and_then(Node::scalar);
    Artifact {
        path: scalar("CodeUri").filter(|path| !path.contains("://") && !path.is_empty()),
        binary: binary.map(ToString::to_string),
        handler: scalar("Handler"),
        runtime: scalar("Runtime").filter(|runtime| !runtime.is_empty()),
        is_image: property("PackageType").and_then(Node::scalar) == Some("Image"),
    }
}

fn variables(environment: &Node, is_global: bool, function: &mut Function) {
    let variables = environment.get("Variables");
    if is_computed(environment) || variables.is_some_and(is_computed) {
        function.unclear.variables = Some("its variables are computed".to_string());
    }
    for entry in
        variables.map_or(&[][..], Node::entries).iter().filter(|entry| !entry.key.starts_with("Fn::"))
    {
        function.variables.retain(|variable| variable.name != entry.key);
        function.variables.push(Variable {
            name: entry.key.clone(),
            value: text(&entry.value),
            span: entry.span,
            is_global,
        });
    }
}

/// Events of a SAM function, and its own URL.
fn events(properties: &Node, function: &mut Function) {
    if properties.get("FunctionUrlConfig").is_some() {
        function.keys.push(everything(function.span));
    }
    let Some(events) = properties.get("Events") else { return };
    if is_computed(events) {
        function.unclear.routes = Some("its events are computed".to_string());
    }
    for event in events.entries() {
        let of = |name: &str| event.value.at(&["Properties", name]).map(text);
        match kind_of(&event.value) {
            "HttpApi" | "Api" => {
                let (path, method) = (of("Path"), of("Method"));
                let literal = |value: &Option<Text>, default: &str| match value {
                    None => Some(default.to_string()),
                    Some(text) => text.as_literal().map(ToString::to_string),
                };
                match (literal(&method, "ANY"), literal(&path, "$default")) {
                    (Some(method), Some(path)) => {
                        function.keys.push(route_key(&format!("{method} {path}"), event.span));
                    }
                    _ => {
                        function.unclear.routes =
                            Some(format!("the path of event `{}` is computed", event.key));
                    }
                }
            }
            _ => function.has_other_events = true,
        }
    }
}

/// `GET /x`, `ANY /{proxy+}` or `$default`.
pub(super) fn route_key(key: &str, span: Span) -> Key {
    let (method, path) = key.split_once(' ').unwrap_or(("ANY", key));
    let method = match method {
        "*" | "x-amazon-apigateway-any-method" => "ANY".to_string(),
        method => method.to_uppercase(),
    };
    if path.trim_start_matches('/') == "$default" {
        return Key { is_default: true, ..everything(span) };
    }
    Key { method, path: path.to_string(), is_default: false, span }
}

/// The key of all requests.
pub(super) fn everything(span: Span) -> Key {
    Key { method: "ANY".into(), path: EVERYTHING.into(), is_default: false, span }
}
