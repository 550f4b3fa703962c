//! What is deployed against what the code has: a SAM or CloudFormation template, or a Terraform plan, compared with the analysis.
//!
//! Input: the text of a template, the program and its tables of routes and accesses. Output: findings at places of the template.
//! Only what is certain is compared; what is not is said (`TEMPLATE_NOT_COMPARED`), and never reported as a difference.
//! Deliberately absent: reading files (`load`), and what a new template should be (`aws`).

mod deployment;
mod node;
mod ownership;
mod pattern;
mod permissions;
mod policies;
mod routes;
mod template;
mod terraform;
mod text;
mod variables;

use std::collections::BTreeMap;
use std::path::Path;

use crate::access::AccessTable;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::load::Template;
use crate::resolve::Program;
use crate::routes::RouteTable;
use crate::span::{Location, SourceId, Span};

pub use deployment::{Condition, Deployment, Leads, Permission, Route, RunFunction, Values, deployment};

use ownership::Artifact;
use text::Text;

/// What a template declares, as far as it is compared.
#[derive(Debug, Default)]
struct Stack {
    functions: Vec<Function>,
    /// By logical id or address: tables, buckets, queues and the like.
    resources: BTreeMap<String, Declared>,
    /// Services whose resources have policies of their own, which may allow what the function's role does not.
    resource_policies: Vec<&'static str>,
    /// Keys that lead to a function which exists already: the parameter that holds its ARN.
    existing: Vec<(String, Key)>,
    /// Why there may be keys of an API that are not among these.
    unknown_keys: Vec<String>,
    nested: Vec<Nested>,
}

/// A stack whose template is a file beside this one.
#[derive(Debug)]
struct Nested {
    /// From the template's folder.
    file: String,
    parameters: Vec<(String, Text)>,
}

/// A Lambda function.
#[derive(Debug, Default)]
struct Function {
    id: String,
    /// Of its name.
    span: Span,
    artifact: Artifact,
    keys: Vec<Key>,
    variables: Vec<Variable>,
    /// Seconds.
    timeout: Option<Text>,
    /// MB.
    memory: Option<Text>,
    allowed: Vec<Allowed>,
    /// Whether something else than HTTP requests may start it, for which its role may need permissions.
    has_other_events: bool,
    has_layers: bool,
    /// Why its routes, variables or permissions are not all known.
    unclear: Unclear,
}

#[derive(Debug, Default)]
struct Unclear {
    routes: Option<String>,
    variables: Option<String>,
    permissions: Option<String>,
}

/// What a gateway sends to a function. `ANY` and `/{proxy+}` for all there is.
#[derive(Debug, Clone)]
struct Key {
    /// Upper case.
    method: String,
    /// With `{name}` and `{name+}`.
    path: String,
    /// What no other key takes.
    is_default: bool,
    span: Span,
}

impl Key {
    fn public(&self) -> DeployedKey {
        let path = (!self.is_default).then(|| self.path.clone());
        DeployedKey { method: self.method.clone(), path }
    }
}

#[derive(Debug)]
struct Variable {
    name: String,
    value: Text,
    span: Span,
    /// Whether other functions get it too.
    is_global: bool,
}

/// One statement of a role that allows something.
#[derive(Debug)]
struct Allowed {
    /// As written, so with `*`.
    actions: Vec<String>,
    resources: Vec<Text>,
    span: Span,
    /// Whether it holds under conditions only.
    is_conditional: bool,
    conditions: Vec<Demand>,
}

/// A condition under which a statement holds.
#[derive(Debug, Clone)]
struct Demand {
    /// `StringEquals`, with its quantifier; empty where the condition is computed.
    operator: String,
    key: String,
    values: Vec<Text>,
}

/// A resource of which a name or ARN is made.
#[derive(Debug)]
struct Declared {
    /// `AWS::DynamoDB::Table`.
    kind: &'static str,
    /// Its name, where the template gives one.
    name: Option<Text>,
    /// Names of a table's indexes, where all of them are known.
    indexes: Option<Vec<String>>,
    span: Span,
}

/// A function of a template, as far as others need it: what it is built from, and what the gateway sends to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployedFunction {
    /// Its logical id.
    pub id: String,
    /// Folder or archive with its code, from the template's folder; `None` where it lies elsewhere or is not known.
    pub folder: Option<String>,
    pub binary: Option<String>,
    pub keys: Vec<DeployedKey>,
}

/// What a gateway sends to a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployedKey {
    /// Upper case; `ANY` for all.
    pub method: String,
    /// With `{name}` and `{name+}`; `None` for `$default`.
    pub path: Option<String>,
}

impl std::fmt::Display for DeployedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{} {path}", self.method),
            None => f.write_str("$default"),
        }
    }
}

/// What a CloudFormation or SAM template declares of functions and further stacks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeployedStack {
    pub functions: Vec<DeployedFunction>,
    /// Files of nested stacks, from the template's folder.
    pub nested: Vec<String>,
}

/// Reads the functions of a template.
///
/// # Errors
/// A sentence about why the text is no CloudFormation template.
pub fn stack_of(text: &str) -> Result<DeployedStack, String> {
    let node = node::read(text).map_err(|(why, _)| why)?;
    let resources = node.get("Resources").ok_or("it has no `Resources`")?;
    let stack = template::stack(&node, resources);
    let functions = stack.functions.into_iter().map(|function| DeployedFunction {
        keys: function.keys.iter().map(Key::public).collect(),
        id: function.id,
        folder: function.artifact.path,
        binary: function.artifact.binary,
    });
    Ok(DeployedStack {
        functions: functions.collect(),
        nested: stack.nested.into_iter().map(|nested| nested.file).collect(),
    })
}

/// What answers where a route of a template leads to a function that exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// The template does not say it: the program, maybe.
    Unknown,
    /// Another program than the one that is compared.
    Another,
}

/// Why a template may have more keys for a program than those of its functions.
const ELSEWHERE: &str = "a route of an API leads to a function of another stack";

/// Compares each template with the program. Those that were found and not named are left out where they are about something else.
pub fn compare(
    templates: &[(Template, SourceId)],
    existing: Existing,
    program: &Program,
    routes: &RouteTable,
    accesses: &AccessTable,
    diagnostics: &mut Diagnostics,
) {
    // Findings of the comparison do not make the analysis less sure.
    let analysis: Vec<Code> = diagnostics.sorted().iter().map(|finding| finding.code).collect();
    for (template, source) in templates {
        let mut found = Vec::new();
        let at = |span: Span| Location { source: *source, span };
        let name = &program.tree.sources.get(*source).path;
        match stack(&template.text) {
            Err((why, span)) => found.push(
                Diagnostic::new(Code::TEMPLATE_NOT_READ, format!("`{name}` cannot be read: {why}"))
                    .at(at(span))
                    .help("mend the file; it was not compared with the code"),
            ),
            Ok(None) if template.is_named => found.push(
                Diagnostic::new(
                    Code::TEMPLATE_NOT_READ,
                    format!("`{name}` is neither a CloudFormation template nor a Terraform plan in JSON"),
                )
                .at(at(Span::empty(0)))
                .help("give a template, or the output of `terraform show -json PLAN`"),
            ),
            Ok(None) => {}
            Ok(Some(mut stack)) => {
                if existing == Existing::Unknown && !stack.existing.is_empty() {
                    let unclear = stack.functions.iter_mut().map(|function| &mut function.unclear.routes);
                    unclear.for_each(|routes| *routes = Some(ELSEWHERE.to_string()));
                }
                let compared =
                    Compared { stack: &stack, program, routes, accesses, analysis: &analysis, at: &at };
                compared.all(template, &mut found);
            }
        }
        diagnostics.extend(found);
    }
}

/// The facts of a template; `None` where the document is something else.
fn stack(text: &str) -> Result<Option<Stack>, (String, Span)> {
    let node = node::read(text)?;
    if node.get("planned_values").is_some() {
        return Ok(Some(terraform::stack(&node)));
    }
    Ok(node.get("Resources").map(|resources| template::stack(&node, resources)))
}

/// A template and the analysis beside each other.
struct Compared<'a> {
    stack: &'a Stack,
    program: &'a Program,
    routes: &'a RouteTable,
    accesses: &'a AccessTable,
    /// Codes of the findings of the analysis: what it does not know.
    analysis: &'a [Code],
    at: &'a dyn Fn(Span) -> Location,
}

impl Compared<'_> {
    fn all(&self, template: &Template, found: &mut Vec<Diagnostic>) {
        let dir = template.path.parent().unwrap_or(Path::new(""));
        let own = ownership::functions(&self.stack.functions, dir, &self.program.tree, template.is_named);
        match own.as_slice() {
            [] if self.stack.functions.is_empty() && !template.is_named => {}
            [] => found.push(self.not_compared(
                Span::empty(0),
                "no function of the template is certainly made from this program",
            )),
            [function] => {
                routes::compare(self, &own, found);
                variables::compare(self, function, found);
                permissions::compare(self, function, found);
            }
            [first, ..] => {
                routes::compare(self, &own, found);
                let what = "several functions are made from this program, so their variables and permissions are not compared";
                found.push(self.not_compared(first.span, what));
            }
        }
    }

    fn not_compared(&self, span: Span, what: &str) -> Diagnostic {
        Diagnostic::new(Code::TEMPLATE_NOT_COMPARED, what).at((self.at)(span))
    }

    /// `src/db.rs:40`.
    fn place(&self, location: Location) -> String {
        let sources = &self.program.tree.sources;
        format!("{}:{}", sources.path(location), sources.line(location))
    }

    fn analysis_has(&self, codes: &[Code]) -> bool {
        self.analysis.iter().any(|code| codes.contains(code))
    }
}

#[cfg(test)]
mod tests;
