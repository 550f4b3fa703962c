//! The model laid out as a root template and a nested one for each stack.
//!
//! Input: `Template` with stacks. Output: `CfnValue`s. The root has the API, `edge` and what the monolith answers; a stack has functions and
//! their routes. SAM's events cannot name an API of another template, so routes, integrations and permissions are raw resources.
//! For the same reason the API has no OpenAPI body: an import of one would take out the routes that other stacks made.
//!
//! Source: the AWS CloudFormation template reference, `AWS::ApiGatewayV2::Api` ("API Gateway does not support the combination of OpenAPI and
//! CloudFormation resources"), `AWS::ApiGatewayV2::Route` and `AWS::ApiGatewayV2::Integration`; nested stacks of local files are built and
//! packaged by the SAM CLI (AWS SAM developer guide, "sam build").

use super::super::stacks::Stack;
use super::{
    API, CfnMap, CfnValue, DefaultRoute, EDGE, FunctionModel, Names, Parameter, Template, event_name,
    function_outputs, invoke, resource, source_of,
};

/// Name of a nested stack's parameter for the API's id.
pub(super) const API_ID: &str = "SplitApiId";
/// Logical id of the API's stage.
pub(super) const STAGE: &str = "ApiStage";
/// Logical id of the integration behind `$default`.
pub(super) const DEFAULT_INTEGRATION: &str = "DefaultIntegration";
/// Logical id of the route `$default`.
pub(super) const DEFAULT_ROUTE: &str = "DefaultRoute";

impl Template {
    /// Resources of the root template.
    pub(super) fn root_resources(&self) -> CfnMap {
        let mut resources = CfnMap::default();
        resources.insert(
            API.into(),
            resource(
                "AWS::ApiGatewayV2::Api",
                [("Name", CfnValue::reference("AWS::StackName")), ("ProtocolType", CfnValue::str("HTTP"))],
            ),
        );
        resources.insert(
            STAGE.into(),
            resource(
                "AWS::ApiGatewayV2::Stage",
                [
                    ("ApiId", CfnValue::reference(API)),
                    ("StageName", CfnValue::str("$default")),
                    ("AutoDeploy", CfnValue::Bool(true)),
                ],
            ),
        );
        if let Some(edge) = self.function(EDGE) {
            self.insert_function(edge, ".", None, &mut resources);
        }
        let target = match &self.default_route {
            DefaultRoute::Edge => {
                CfnValue::att(self.function(EDGE).map_or("EdgeFunction", |edge| &edge.id), "Arn")
            }
            DefaultRoute::Monolith { parameter, .. } => CfnValue::reference(parameter),
        };
        resources.insert(DEFAULT_INTEGRATION.into(), integration(API, target));
        resources.insert(DEFAULT_ROUTE.into(), route(API, "$default", DEFAULT_INTEGRATION));
        if let DefaultRoute::Monolith { keys, .. } = &self.default_route {
            let mut names = Names::default();
            for key in keys {
                let id = names.claim(&format!("Monolith{}Route", event_name(key)));
                resources.insert(id, route(API, &key.to_string(), DEFAULT_INTEGRATION));
            }
        }
        self.insert_permissions(&mut resources);
        for stack in &self.stacks {
            resources.insert(stack.id.clone(), self.stack_resource(stack));
        }
        resources
    }

    fn stack_resource(&self, stack: &Stack) -> CfnValue {
        let api = (API_ID.to_string(), CfnValue::reference(API));
        let own = self.stack_parameters(stack).into_iter();
        let own = own.map(|parameter| (parameter.name.clone(), CfnValue::reference(&parameter.name)));
        resource(
            "AWS::CloudFormation::Stack",
            [
                ("TemplateURL", CfnValue::str(stack.path())),
                ("Parameters", CfnValue::map(std::iter::once(api).chain(own))),
            ],
        )
    }

    /// The parameters that the functions of a stack use.
    fn stack_parameters(&self, stack: &Stack) -> Vec<&Parameter> {
        let used: std::collections::BTreeSet<String> =
            self.stack_functions(stack).flat_map(FunctionModel::parameters).collect();
        self.parameters.iter().filter(|parameter| used.contains(&parameter.name)).collect()
    }

    fn stack_functions(&self, stack: &Stack) -> impl Iterator<Item = &FunctionModel> {
        stack.functions.iter().filter_map(|name| self.function(name))
    }

    /// The template of a nested stack.
    pub fn stack_to_cfn(&self, stack: &Stack) -> CfnValue {
        let functions: Vec<&FunctionModel> = self.stack_functions(stack).collect();
        let mut resources = CfnMap::default();
        let mut names = Names::default();
        for function in &functions {
            self.insert_function(function, "..", None, &mut resources);
        }
        resources.keys().for_each(|id| drop(names.claim(id)));
        for function in &functions {
            insert_routes(function, &mut names, &mut resources);
        }
        let api = Parameter {
            name: API_ID.to_string(),
            description: "Id of the API, from the root template".to_string(),
            default: None,
            no_echo: false,
            form: None,
            variable: None,
        };
        let parameters: Vec<Parameter> =
            std::iter::once(api).chain(self.stack_parameters(stack).into_iter().cloned()).collect();
        let description = format!("{}: functions of {}", self.name, stack.name);
        self.document(description, &parameters, resources, function_outputs(functions.into_iter()))
    }
}

/// The integration of a function, and for each key its route and the permission to call the function for it.
fn insert_routes(function: &FunctionModel, names: &mut Names, resources: &mut CfnMap) {
    if function.keys.is_empty() {
        return;
    }
    let base = function.id.strip_suffix("Function").unwrap_or(&function.id);
    let integration_id = names.claim(&format!("{base}Integration"));
    resources.insert(integration_id.clone(), integration(API_ID, CfnValue::att(&function.id, "Arn")));
    for key in &function.keys {
        let id = names.claim(&format!("{base}{}Route", event_name(key)));
        resources.insert(id, route(API_ID, &key.to_string(), &integration_id));
        let id = names.claim(&format!("{base}{}Permission", event_name(key)));
        resources.insert(id, invoke(API_ID, CfnValue::reference(&function.id), &source_of(key)));
    }
}

fn integration(api: &str, target: CfnValue) -> CfnValue {
    resource(
        "AWS::ApiGatewayV2::Integration",
        [
            ("ApiId", CfnValue::reference(api)),
            ("IntegrationType", CfnValue::str("AWS_PROXY")),
            ("IntegrationUri", target),
            ("PayloadFormatVersion", CfnValue::str("2.0")),
        ],
    )
}

fn route(api: &str, key: &str, integration: &str) -> CfnValue {
    resource(
        "AWS::ApiGatewayV2::Route",
        [
            ("ApiId", CfnValue::reference(api)),
            ("RouteKey", CfnValue::str(key)),
            ("Target", CfnValue::sub(format!("integrations/${{{integration}}}"))),
        ],
    )
}
