//! A template with those nested in it, and values of its parameters -> what would run once it is deployed.
//!
//! Input: the root template's file, a way to read files, and values. Output: the functions with their variables, time limit and memory
//! worked out, and the routes of the API. Deliberately absent: conditions, and names that AWS makes up for resources without one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::text::{Part, Text};
use super::{DeployedKey, Stack, node, template};

/// Seconds and MB of a SAM function that says nothing. Source: SAM developer guide, `AWS::Serverless::Function`.
const TIMEOUT: u32 = 3;
const MEMORY: u32 = 128;
/// Stacks within stacks.
const MAX_DEPTH: usize = 8;

/// Where values come from that the template leaves open.
pub struct Values<'a> {
    /// By name of a parameter, or logical id of a resource whose name is not in the template.
    pub parameters: &'a BTreeMap<String, String>,
    /// The same for more than these templates may have: a wave of a migration has fewer parameters than the whole.
    pub of_all: &'a BTreeMap<String, String>,
    /// By name of a variable: the value of a parameter that a function gets under that name.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    pub region: &'a str,
    pub account: &'a str,
}

/// What a template deploys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    pub functions: Vec<RunFunction>,
    pub routes: Vec<Route>,
}

/// A function with everything known that it runs with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFunction {
    /// Its logical id.
    pub id: String,
    /// Of its crate, from the folder of the root template.
    pub folder: PathBuf,
    /// Name of its program.
    pub binary: String,
    pub environment: BTreeMap<String, String>,
    /// Seconds.
    pub timeout: u32,
    /// MB.
    pub memory: u32,
    /// What its role allows, or a sentence about why that is not known.
    pub role: Result<Vec<Permission>, String>,
}

/// A statement that allows something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// As written, so with `*`.
    pub actions: Vec<String>,
    /// ARNs as written, so with `*`.
    pub resources: Vec<String>,
    pub conditions: Vec<Condition>,
    /// The comments above it, without `#`: which route needs it.
    pub why: Vec<String>,
    /// `template.yaml:97`
    pub place: String,
}

/// A condition of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// With its quantifier: `ForAllValues:StringEquals`.
    pub operator: String,
    pub key: String,
    pub values: Vec<String>,
}

/// A key of the API and what it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub key: DeployedKey,
    pub leads: Leads,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leads {
    /// Position of the function.
    Function(usize),
    /// A function that exists already: the parameter that holds its ARN.
    Existing(String),
}

/// Reads a template and those nested in it.
///
/// # Errors
/// Sentences about what cannot be worked out, each once, sorted.
pub fn deployment(
    file: &Path,
    read: &dyn Fn(&Path) -> Result<String, String>,
    values: &Values<'_>,
) -> Result<Deployment, Vec<String>> {
    // Once to learn which variables hold a parameter, and once with all of them.
    let mut first = Reader::new(read, values, BTreeMap::new());
    first.stack(file, None, 0);
    let mut reader = Reader::new(read, values, first.variables);
    reader.stack(file, None, 0);
    for name in values.parameters.keys().filter(|name| !reader.named.contains(*name)) {
        reader.problems.insert(format!("no template has a parameter `{name}`"));
    }
    let mut keys = BTreeSet::new();
    for Route { key, .. } in &reader.deployment.routes {
        if !keys.insert(key.to_string()) {
            reader.problems.insert(format!("the API has a second route `{key}`"));
        }
    }
    if reader.problems.is_empty() {
        Ok(reader.deployment)
    } else {
        Err(reader.problems.into_iter().collect())
    }
}

struct Reader<'a> {
    read: &'a dyn Fn(&Path) -> Result<String, String>,
    values: &'a Values<'a>,
    /// Parameter -> a variable whose value it is.
    variables: BTreeMap<String, String>,
    problems: BTreeSet<String>,
    /// Parameters and resources that a value can be given for.
    named: BTreeSet<String>,
    deployment: Deployment,
}

/// Parameters, with what they are where nothing is given.
type Defaults = BTreeMap<String, Option<Text>>;

/// A stack in which a text is worked out.
struct Scope<'s> {
    stack: &'s Stack,
    file: &'s Path,
    /// Of the file.
    source: &'s str,
    defaults: Defaults,
    /// What the stack above gives it.
    given: Option<(&'s Scope<'s>, &'s [(String, Text)])>,
}

impl<'a> Reader<'a> {
    fn new(
        read: &'a dyn Fn(&Path) -> Result<String, String>,
        values: &'a Values<'a>,
        variables: BTreeMap<String, String>,
    ) -> Self {
        Self {
            read,
            values,
            variables,
            problems: BTreeSet::new(),
            named: BTreeSet::new(),
            deployment: Deployment { functions: Vec::new(), routes: Vec::new() },
        }
    }

    fn stack(&mut self, file: &Path, above: Option<(&Scope<'_>, &[(String, Text)])>, depth: usize) {
        let (stack, defaults, source) = match self.parsed(file) {
            Ok(parsed) => parsed,
            Err(why) => {
                self.problems.insert(format!("`{}` cannot be read: {why}", file.display()));
                return;
            }
        };
        if depth > MAX_DEPTH {
            self.problems.insert(format!("`{}` is nested too deep", file.display()));
            return;
        }
        self.named.extend(defaults.keys().cloned());
        self.named.extend(stack.resources.keys().cloned());
        for why in &stack.unknown_keys {
            self.problems.insert(format!("the routes in `{}` are not all known: {why}", file.display()));
        }
        let scope = Scope { stack: &stack, file, source: &source, defaults, given: above };
        let dir = file.parent().unwrap_or(Path::new(""));
        for function in &stack.functions {
            self.function(function, &scope, dir);
        }
        for (parameter, key) in &stack.existing {
            let leads = Leads::Existing(parameter.clone());
            self.deployment.routes.push(Route { key: key.public(), leads });
        }
        for nested in &stack.nested {
            self.stack(&normal(&dir.join(&nested.file)), Some((&scope, &nested.parameters)), depth + 1);
        }
    }

    /// The stack in a file, the defaults of its parameters, and the file's text.
    fn parsed(&self, file: &Path) -> Result<(Stack, Defaults, String), String> {
        let source = (self.read)(file)?;
        let root = node::read(&source).map_err(|(why, _)| why)?;
        let resources = root.get("Resources").ok_or("it has no `Resources`")?;
        let parameters = root.get("Parameters").map_or(&[][..], node::Node::entries).iter();
        let defaults = parameters.map(|parameter| {
            let default = parameter.value.get("Default").map(super::text::text);
            (parameter.key.clone(), default)
        });
        Ok((template::stack(&root, resources), defaults.collect(), source))
    }

    fn function(&mut self, function: &super::Function, scope: &Scope<'_>, dir: &Path) {
        let id = &function.id;
        let (Some(folder), Some(binary)) = (&function.artifact.path, &function.artifact.binary) else {
            self.problems.insert(format!(
                "`{id}` does not say what it is built from: it wants `CodeUri`, and `Binary` under `BuildProperties`"
            ));
            return;
        };
        if let Some(why) = &function.unclear.variables {
            self.problems.insert(format!("the variables of `{id}` are not all known: {why}"));
        }
        let mut environment = BTreeMap::new();
        for variable in &function.variables {
            match self.text(&variable.value, scope, Some(&variable.name)) {
                Ok(Some(value)) => drop(environment.insert(variable.name.clone(), value)),
                // `AWS::NoValue`.
                Ok(None) => {}
                Err(why) => drop(self.problems.insert(why)),
            }
        }
        let at = self.deployment.functions.len();
        let timeout = self.number(function.timeout.as_ref(), TIMEOUT, scope);
        let memory = self.number(function.memory.as_ref(), MEMORY, scope);
        let role = self.role(function, scope);
        self.deployment.functions.push(RunFunction {
            id: id.clone(),
            folder: normal(&dir.join(folder)),
            binary: binary.clone(),
            environment,
            timeout,
            memory,
            role,
        });
        let routes = function.keys.iter().map(|key| Route { key: key.public(), leads: Leads::Function(at) });
        self.deployment.routes.extend(routes);
    }

    fn role(&mut self, function: &super::Function, scope: &Scope<'_>) -> Result<Vec<Permission>, String> {
        if let Some(why) = &function.unclear.permissions {
            return Err(format!("the permissions of `{}` are not all known: {why}", function.id));
        }
        let mut role = Vec::new();
        for allowed in &function.allowed {
            let texts = |own: &mut Self, all: &[Text]| -> Result<Vec<String>, String> {
                all.iter().filter_map(|text| own.text(text, scope, None).transpose()).collect()
            };
            let resources = match texts(self, &allowed.resources) {
                Ok(resources) => resources,
                // Lambda itself writes the logs: their group need not have a name here.
                Err(_) if allowed.actions.iter().all(|action| action.starts_with("logs:")) => continue,
                Err(why) => return Err(why),
            };
            let mut conditions = Vec::new();
            for demand in &allowed.conditions {
                let values = texts(self, &demand.values)?;
                let (operator, key) = (demand.operator.clone(), demand.key.clone());
                conditions.push(Condition { operator, key, values });
            }
            let start = (allowed.span.start as usize).min(scope.source.len());
            let before = scope.source.get(..start).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            role.push(Permission {
                actions: allowed.actions.clone(),
                resources,
                conditions,
                why: comments_above(before),
                place: format!("{}:{line}", scope.file.display()),
            });
        }
        Ok(role)
    }

    fn number(&mut self, text: Option<&Text>, default: u32, scope: &Scope<'_>) -> u32 {
        let Some(text) = text else { return default };
        match self.text(text, scope, None) {
            Ok(None) => default,
            Ok(Some(value)) => value.parse().unwrap_or_else(|_| {
                self.problems.insert(format!("`{value}` is no number of seconds or megabytes"));
                default
            }),
            Err(why) => {
                self.problems.insert(why);
                default
            }
        }
    }

    /// A text without references; `None` for `AWS::NoValue`. `variable` is what the text is for.
    fn text(
        &mut self,
        text: &Text,
        scope: &Scope<'_>,
        variable: Option<&str>,
    ) -> Result<Option<String>, String> {
        if let [Part::Ref(name)] = text.0.as_slice() {
            return self.reference(name, scope, variable);
        }
        let mut all = String::new();
        for part in &text.0 {
            match part {
                Part::Literal(literal) => all.push_str(literal),
                Part::Ref(name) => all.push_str(&self.reference(name, scope, None)?.unwrap_or_default()),
                Part::Attribute(name, attribute) => return Err(unknown(&format!("{name}.{attribute}"))),
                Part::Unknown(written) => return Err(unknown(written)),
            }
        }
        Ok(Some(all))
    }

    fn reference(
        &mut self,
        name: &str,
        scope: &Scope<'_>,
        variable: Option<&str>,
    ) -> Result<Option<String>, String> {
        let pseudo = match name {
            "AWS::Region" => Some(self.values.region),
            "AWS::AccountId" => Some(self.values.account),
            "AWS::Partition" => Some("aws"),
            "AWS::StackName" => Some("stack"),
            "AWS::URLSuffix" => Some("amazonaws.com"),
            "AWS::NoValue" => return Ok(None),
            _ => None,
        };
        if let Some(value) = pseudo {
            return Ok(Some(value.to_string()));
        }
        if let Some((above, given)) = &scope.given
            && let Some((_, text)) = given.iter().find(|(given, _)| given == name)
        {
            return self.text(text, above, variable);
        }
        let Values { parameters, of_all, .. } = self.values;
        if let Some(value) = parameters.get(name).or_else(|| of_all.get(name)) {
            return Ok(Some(value.clone()));
        }
        if let Some(variable) = variable {
            self.variables.entry(name.to_string()).or_insert_with(|| variable.to_string());
        }
        let variable = self.variables.get(name);
        if let Some(value) = variable.and_then(|variable| (self.values.variable)(variable)) {
            return Ok(Some(value));
        }
        let default = scope.defaults.get(name).and_then(Option::as_ref).and_then(Text::as_literal);
        if let Some(default) = default {
            return Ok(Some(default.to_string()));
        }
        let environment =
            variable.map(|variable| format!(", or set {variable} in the environment")).unwrap_or_default();
        let resource = scope.stack.resources.get(name);
        if let Some(own) = resource.and_then(|resource| resource.name.as_ref()) {
            return self.text(own, scope, None);
        }
        let what = if resource.is_some() { "the name of the resource" } else { "the parameter" };
        Err(format!("{what} `{name}` has no value: give `--parameter {name}=VALUE`{environment}"))
    }
}

/// The comments directly above the line that a text ends in.
fn comments_above(before: &str) -> Vec<String> {
    let above = before.lines().rev().skip(usize::from(!before.ends_with('\n')));
    let comments = above.map(str::trim).take_while(|line| line.starts_with('#'));
    let mut comments: Vec<String> =
        comments.map(|line| line.trim_start_matches('#').trim().to_string()).collect();
    comments.reverse();
    comments
}

fn unknown(what: &str) -> String {
    format!("`{what}` cannot be worked out here; put a parameter in its place")
}

/// A path without `..` where something stands before it.
fn normal(path: &Path) -> PathBuf {
    let mut all = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(all.components().next_back(), Some(Component::Normal(_))) => {
                all.pop();
            }
            component => all.push(component),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "
Globals: {Function: {Timeout: 10, MemorySize: !Ref Memory}}
Parameters:
  ItemsTable: {Type: String}
  Level: {Type: String, Default: info}
  Memory: {Type: Number, Default: 256}
  MonolithFunctionArn: {Type: String}
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP}}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub '${AWS::StackName}-q'}}
  Bucket: {Type: AWS::S3::Bucket}
  ListFunction:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: list}}
    Properties:
      CodeUri: services/items/functions/list/
      Environment:
        Variables:
          TABLE: !Ref ItemsTable
          LEVEL: !Ref Level
          QUEUE: !Ref Queue
          BUCKET: !Ref Bucket
          NONE: !Ref AWS::NoValue
          ARN: !Sub 'arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${ItemsTable}'
      Events: {List: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: '/{proxy+}'}}}
  DefaultIntegration:
    {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationUri: !Ref MonolithFunctionArn}}
  DefaultRoute:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: $default, Target: !Sub 'integrations/${DefaultIntegration}'}
  UsersStack:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: stacks/users.yaml, Parameters: {SplitApiId: !Ref Api, Table: !Ref ItemsTable}}
";
    const NESTED: &str = "
Parameters: {SplitApiId: {Type: String}, Table: {Type: String}}
Resources:
  GetFunction:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: get}}
    Properties:
      CodeUri: ../services/users/functions/get/
      Timeout: 29
      Environment: {Variables: {TABLE: !Ref Table}}
  GetIntegration:
    {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref SplitApiId, IntegrationUri: !GetAtt GetFunction.Arn}}
  GetRoute:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref SplitApiId, RouteKey: 'GET /users/{id}', Target: !Sub 'integrations/${GetIntegration}'}
";

    fn read(given: &[(&str, &str)], environment: &[(&str, &str)]) -> Result<Deployment, Vec<String>> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_string(), (*value).to_string());
        let parameters: BTreeMap<String, String> = given.iter().map(owned).collect();
        let environment: BTreeMap<String, String> = environment.iter().map(owned).collect();
        let values = Values {
            parameters: &parameters,
            // What no template has is no mistake here.
            of_all: &BTreeMap::from([("Whole".to_string(), "x".to_string())]),
            variable: &|name| environment.get(name).cloned(),
            region: "eu-west-1",
            account: "1",
        };
        let files = |path: &Path| match path.to_str() {
            Some("template.yaml") => Ok(ROOT.to_string()),
            Some("stacks/users.yaml") => Ok(NESTED.to_string()),
            _ => Err("there is no such file".to_string()),
        };
        deployment(Path::new("template.yaml"), &files, &values)
    }

    #[test]
    fn a_template_and_its_nested_stacks_are_worked_out() {
        let found = read(&[("Bucket", "b")], &[("TABLE", "items"), ("LEVEL", "debug")]).unwrap();
        let [list, get] = found.functions.as_slice() else { panic!("{found:?}") };
        let environment: Vec<String> =
            list.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            environment,
            [
                "ARN=arn:aws:dynamodb:eu-west-1:1:table/items",
                "BUCKET=b",
                "LEVEL=debug",
                "QUEUE=stack-q",
                "TABLE=items"
            ]
        );
        assert_eq!((list.timeout, list.memory, list.binary.as_str()), (10, 256, "list"));
        assert_eq!((get.timeout, get.memory), (29, 128));
        assert_eq!(get.folder, Path::new("services/users/functions/get"));
        assert_eq!(get.environment["TABLE"], "items");
        let routes: Vec<String> = found.routes.iter().map(|route| format!("{route:?}")).collect();
        assert_eq!(routes.len(), 3, "{routes:?}");
        assert!(found.routes.iter().any(|route| {
            let existing = Leads::Existing("MonolithFunctionArn".to_string());
            route.key.path.is_none() && route.leads == existing
        }));
        // A key like that of all requests is no `$default`.
        assert!(found.routes.iter().any(|route| {
            route.key.path.as_deref() == Some("/{proxy+}") && route.leads == Leads::Function(0)
        }));
    }

    const ROLES: &str = "
Parameters: {Table: {Type: String}, Own: {Type: String}}
Resources:
  GetFunction:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: get}}
    Properties: {CodeUri: get/, Role: !GetAtt GetRole.Arn}
  GetRole:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyDocument:
            Statement:
              # why: GET /a: src/db.rs:7 GetItem
              # and GET /b
              - Effect: Allow
                Action: dynamodb:GetItem
                Resource: !Sub arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Table}
                Condition: {'ForAllValues:StringEquals': {dynamodb:LeadingKeys: [!Ref Own, b]}}
              - {Effect: Allow, Action: logs:PutLogEvents, Resource: !GetAtt LogGroup.Arn}
  OtherFunction:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: other}}
    Properties: {CodeUri: other/, Policies: [SomePolicy]}
";

    fn roles(given: &[(&str, &str)]) -> Vec<Result<Vec<Permission>, String>> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_string(), (*value).to_string());
        let parameters: BTreeMap<String, String> = given.iter().map(owned).collect();
        let values = Values {
            parameters: &parameters,
            of_all: &BTreeMap::new(),
            variable: &|_| None,
            region: "eu-west-1",
            account: "1",
        };
        let found = deployment(Path::new("t.yaml"), &|_| Ok(ROLES.to_string()), &values).unwrap();
        found.functions.into_iter().map(|function| function.role).collect()
    }

    #[test]
    fn roles_are_worked_out_with_what_is_written_above() {
        let [own, other] = roles(&[("Table", "items"), ("Own", "a")]).try_into().unwrap();
        // What Lambda itself does with a group of unknown name is left out.
        let [permission] = own.unwrap().try_into().unwrap();
        assert_eq!(permission.resources, ["arn:aws:dynamodb:eu-west-1:1:table/items"]);
        assert_eq!(permission.actions, ["dynamodb:GetItem"]);
        assert_eq!(permission.why, ["why: GET /a: src/db.rs:7 GetItem", "and GET /b"]);
        assert_eq!(permission.place, "t.yaml:16");
        let [condition] = permission.conditions.try_into().unwrap();
        assert_eq!(
            (condition.operator.as_str(), condition.key.as_str()),
            ("ForAllValues:StringEquals", "dynamodb:LeadingKeys")
        );
        assert_eq!(condition.values, ["a", "b"]);
        assert!(other.is_err_and(|why| why.contains("`OtherFunction` are not all known")));
    }

    /// What only a role needs stops nobody from running the functions.
    #[test]
    fn a_role_without_a_value_says_so() {
        let [own, _] = roles(&[("Table", "items")]).try_into().unwrap();
        assert!(own.is_err_and(|why| why.contains("`Own` has no value: give `--parameter Own=VALUE`")));
    }

    #[test]
    fn what_has_no_value_is_named_with_the_way_to_give_it() {
        let found = read(&[("Other", "x")], &[]).unwrap_err();
        assert_eq!(
            found,
            [
                "no template has a parameter `Other`",
                "the name of the resource `Bucket` has no value: give `--parameter Bucket=VALUE`, or set BUCKET in the environment",
                "the parameter `ItemsTable` has no value: give `--parameter ItemsTable=VALUE`, or set TABLE in the environment",
            ]
        );
    }
}
