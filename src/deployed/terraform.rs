//! A Terraform plan in JSON -> `Stack`.
//!
//! Input: what `terraform show -json PLAN` prints. Output: functions, routes of HTTP APIs, tables and the like, of the root module.
//! What is known only after applying is not there. Deliberately absent: modules, REST APIs.
//!
//! Source: Terraform documentation, "JSON Output Format"; the AWS provider's pages of the resources named here.

use super::node::{self, Node};
use super::ownership::Artifact;
use super::pattern::declared_kind;
use super::policies::{self, Role};
use super::template::{everything, route_key};
use super::text::{Part, Text};
use super::{Declared, Function, Stack, Variable};
use crate::span::Span;

pub(super) fn stack(root: &Node) -> Stack {
    let plan = Plan { root };
    let mut stack = Stack::default();
    for resource in plan.resources() {
        let Some((address, span)) = resource.address() else { continue };
        let text = |name: &str| resource.value(name).and_then(Node::scalar);
        match resource.kind() {
            "aws_lambda_function" => stack.functions.push(plan.function(&resource, address, span)),
            "aws_dynamodb_table" => {
                let lists = ["global_secondary_index", "local_secondary_index"];
                let indexes = lists.iter().filter_map(|list| resource.value(list)).flat_map(Node::items);
                let indexes = indexes.map(|index| Some(index.get("name")?.scalar()?.to_string())).collect();
                stack.declare(address, "AWS::DynamoDB::Table", text("name"), indexes, span);
            }
            "aws_s3_bucket" => stack.declare(address, "AWS::S3::Bucket", text("bucket"), None, span),
            "aws_sqs_queue" => stack.declare(address, "AWS::SQS::Queue", text("name"), None, span),
            "aws_sns_topic" => stack.declare(address, "AWS::SNS::Topic", text("name"), None, span),
            "aws_s3_bucket_policy" => stack.resource_policies.push("s3"),
            "aws_sqs_queue_policy" => stack.resource_policies.push("sqs"),
            "aws_sns_topic_policy" => stack.resource_policies.push("sns"),
            "aws_dynamodb_resource_policy" => stack.resource_policies.push("dynamodb"),
            "aws_secretsmanager_secret_policy" => stack.resource_policies.push("secretsmanager"),
            _ => {}
        }
    }
    plan.keys(&mut stack.functions);
    stack
}

impl Stack {
    fn declare(
        &mut self,
        address: &str,
        kind: &str,
        name: Option<&str>,
        indexes: Option<Vec<String>>,
        span: Span,
    ) {
        let Some((kind, _)) = declared_kind(kind) else { return };
        self.resources
            .insert(address.to_string(), Declared { kind, name: name.map(Text::literal), indexes, span });
    }
}

struct Plan<'n> {
    root: &'n Node,
}

struct Resource<'n> {
    planned: &'n Node,
    /// Where the configuration has it.
    expressions: Option<&'n Node>,
}

impl<'n> Resource<'n> {
    fn kind(&self) -> &'n str {
        self.planned.get("type").and_then(Node::scalar).unwrap_or_default()
    }

    fn address(&self) -> Option<(&'n str, Span)> {
        let entry = self.planned.entries().iter().find(|entry| entry.key == "address")?;
        Some((entry.value.scalar()?, entry.span))
    }

    /// A value that is known and not null.
    fn value(&self, name: &str) -> Option<&'n Node> {
        self.planned.at(&["values", name]).filter(|value| value.scalar() != Some("null"))
    }

    /// Addresses of what an argument refers to.
    fn references(&self, argument: &str) -> Vec<&'n str> {
        let references = self.expressions.and_then(|expressions| expressions.at(&[argument, "references"]));
        references.map_or(&[][..], Node::items).iter().filter_map(Node::scalar).collect()
    }

    fn refers_to(&self, argument: &str, address: &str) -> bool {
        self.references(argument).contains(&address)
    }
}

impl<'n> Plan<'n> {
    fn resources(&self) -> impl Iterator<Item = Resource<'n>> + use<'n> {
        let configured = self.root.at(&["configuration", "root_module", "resources"]);
        let planned = self.root.at(&["planned_values", "root_module", "resources"]);
        planned.map_or(&[][..], Node::items).iter().map(move |planned| {
            let address = planned.get("address").and_then(Node::scalar).unwrap_or_default();
            // One of several made by `count` or `for_each` is configured once.
            let address = address.split('[').next().unwrap_or_default();
            let mut configured = configured.map_or(&[][..], Node::items).iter();
            let own = configured.find(|one| one.get("address").and_then(Node::scalar) == Some(address));
            Resource { planned, expressions: own.and_then(|own| own.get("expressions")) }
        })
    }

    fn has(&self, kind: &str) -> bool {
        self.resources().any(|resource| resource.kind().starts_with(kind))
    }

    fn function(&self, resource: &Resource<'n>, address: &str, span: Span) -> Function {
        let scalar = |name: &str| resource.value(name).and_then(Node::scalar).map(ToString::to_string);
        let mut function = Function { id: address.to_string(), span, ..Function::default() };
        function.artifact = Artifact {
            path: scalar("filename"),
            binary: None,
            handler: scalar("handler"),
            runtime: scalar("runtime"),
            is_image: scalar("package_type").as_deref() == Some("Image"),
        };
        function.has_layers = resource.value("layers").is_some_and(|layers| !layers.items().is_empty());
        function.has_other_events = self.has("aws_lambda_event_source_mapping");
        self.variables(resource, address, &mut function);
        let role = self.role(resource);
        function.allowed = role.allowed;
        function.unclear.permissions = role.unclear;
        function
    }

    fn variables(&self, resource: &Resource<'n>, address: &str, function: &mut Function) {
        let first = |node: &'n Node| node.items().first()?.get("variables");
        let known = resource.value("environment").and_then(first).map_or(&[][..], Node::entries);
        // The plan lists what it cannot know yet apart, with `true`.
        let changes = self.root.get("resource_changes").map_or(&[][..], Node::items).iter();
        let mut own = changes.filter(|change| change.get("address").and_then(Node::scalar) == Some(address));
        let later = own.find_map(|change| first(change.at(&["change", "after_unknown", "environment"])?));
        if later.is_some_and(|later| later.scalar().is_some()) {
            function.unclear.variables = Some("its variables are known only after applying".to_string());
        }
        for entry in known.iter().chain(later.map_or(&[][..], Node::entries)) {
            if function.variables.iter().any(|variable| variable.name == entry.key) {
                continue;
            }
            let is_known = known.iter().any(|one| one.key == entry.key);
            let value = match entry.value.scalar().filter(|_| is_known) {
                Some(text) => Text::literal(text),
                None => Text(vec![Part::Unknown(format!("{address} {}", entry.key))]),
            };
            let (name, span) = (entry.key.clone(), entry.span);
            function.variables.push(Variable { name, value, span, is_global: false });
        }
    }

    /// The role of a function, with the policies that name it.
    fn role(&self, function: &Resource<'n>) -> Role {
        let references = function.references("role");
        let own = references.iter().find(|address| {
            self.resources().any(|one| {
                one.kind() == "aws_iam_role" && one.address().is_some_and(|(own, _)| own == **address)
            })
        });
        let Some(own) = own else { return Role::unknown("its role is not in the plan") };
        let mut role = Role::default();
        for resource in self.resources() {
            let Some((address, span)) = resource.address() else { continue };
            let is_of_role = resource.refers_to("role", own);
            match resource.kind() {
                "aws_iam_role" if address == *own => {
                    let inline = resource.value("inline_policy").map_or(&[][..], Node::items);
                    if !inline.is_empty()
                        || resource.value("managed_policy_arns").is_some_and(|arns| !arns.items().is_empty())
                    {
                        role.unclear = Some("its role has policies of its own".to_string());
                    }
                }
                "aws_iam_role_policy" if is_of_role => json(resource.value("policy"), span, &mut role),
                "aws_iam_role_policy_attachment" if is_of_role => {
                    match resource.value("policy_arn").and_then(Node::scalar) {
                        Some(arn) => policies::managed(&Text::literal(arn), span, &mut role),
                        None => self.attached(&resource, span, &mut role),
                    }
                }
                "aws_iam_policy_attachment" | "aws_iam_role_policies_exclusive" => {
                    role.unclear = Some("policies are attached to several roles".to_string());
                }
                _ => {}
            }
        }
        role
    }

    /// A policy of the plan that is attached by reference.
    fn attached(&self, attachment: &Resource<'n>, span: Span, role: &mut Role) {
        let references = attachment.references("policy_arn");
        let own = self.resources().find(|one| {
            one.kind() == "aws_iam_policy"
                && one.address().is_some_and(|(address, _)| references.contains(&address))
        });
        match own {
            Some(policy) => {
                json(policy.value("policy"), policy.address().map_or(span, |(_, span)| span), role);
            }
            None => json(None, span, role),
        }
    }

    fn keys(&self, functions: &mut [Function]) {
        for resource in self.resources() {
            let Some((_, span)) = resource.address() else { continue };
            match resource.kind() {
                "aws_apigatewayv2_route" => {
                    let integrations = resource.references("target");
                    let integration = self.resources().find(|one| {
                        one.kind() == "aws_apigatewayv2_integration"
                            && one.address().is_some_and(|(address, _)| integrations.contains(&address))
                    });
                    let key = resource.value("route_key").and_then(Node::scalar);
                    let owner = integration.and_then(|integration| {
                        let uri = integration.references("integration_uri");
                        functions.iter().position(|function| uri.contains(&function.id.as_str()))
                    });
                    match (key, owner) {
                        (Some(key), Some(owner)) => functions[owner].keys.push(route_key(key, span)),
                        _ => doubt(functions, "a route of an HTTP API is not known"),
                    }
                }
                "aws_lambda_function_url" => {
                    let names = resource.references("function_name");
                    for function in functions.iter_mut().filter(|one| names.contains(&one.id.as_str())) {
                        function.keys.push(everything(span));
                    }
                }
                kind if kind.starts_with("aws_api_gateway_") || kind == "aws_lb_target_group" => {
                    doubt(functions, "REST APIs and load balancers of a plan are not read");
                }
                _ => {}
            }
        }
        if self.root.at(&["planned_values", "root_module", "child_modules"]).is_some() {
            doubt(functions, "modules of a plan are not read");
        }
    }
}

fn doubt(functions: &mut [Function], why: &str) {
    for function in functions {
        function.unclear.routes = Some(why.to_string());
    }
}

/// A policy as text of JSON.
fn json(policy: Option<&Node>, span: Span, role: &mut Role) {
    let document = policy.and_then(Node::scalar).and_then(|text| node::read(text).ok());
    let before = role.allowed.len();
    policies::document(document.as_ref(), span, role);
    // Places in a text inside the text are none of the file.
    for allowed in &mut role.allowed[before..] {
        allowed.span = span;
    }
}
