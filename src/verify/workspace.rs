//! The folder of a generated workspace -> its functions: what each crate does, and what the template gives it.
//!
//! Input: the folder. Output: for each function of the templates the facts of its crate, analysed as any program is, the gateway's keys
//! that lead to it, and how its role and variables differ from what its code needs. Deliberately absent: the program it was split from.

use std::collections::BTreeSet;
use std::path::Path;

use super::WorkspaceError;
use super::facts::{self, AccessFacts, FallbackFacts, RouteFacts};
use crate::access::Schema;
use crate::deployed::{self, DeployedFunction, DeployedStack, Existing};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::fileset::{MANIFEST, Manifest};
use crate::load::{self, SourceFile, SourceTree};
use crate::{access, resolve, routes};

/// The file with the API and the functions.
const TEMPLATE: &str = "template.yaml";

/// A generated workspace, read back.
#[derive(Debug)]
pub(super) struct Workspace {
    pub(super) functions: Vec<FunctionCrate>,
    /// Ids of the routes for which functions were made.
    pub(super) planned: BTreeSet<String>,
}

/// A function of the template with its crate.
#[derive(Debug)]
pub(super) struct FunctionCrate {
    pub(super) deployed: DeployedFunction,
    /// Why the crate could not be analysed; then the rest is empty.
    pub(super) unread: Option<String>,
    pub(super) routes: Vec<RouteFacts>,
    pub(super) fallbacks: BTreeSet<FallbackFacts>,
    pub(super) startup: BTreeSet<AccessFacts>,
    /// Where its role, its variables and its keys differ from what the crate needs.
    pub(super) findings: Vec<Diagnostic>,
}

impl FunctionCrate {
    /// Whether it gets what no other key takes.
    pub(super) fn is_default(&self) -> bool {
        self.deployed.keys.iter().any(|key| key.path.is_none())
    }

    /// The name that people know it by.
    pub(super) fn name(&self) -> &str {
        self.deployed.binary.as_deref().unwrap_or(&self.deployed.id)
    }
}

/// Reads the templates of a workspace, and analyses the crate of every function in them.
///
/// `schema` is what the program's migrations say: they are no part of a function, and its database is the same.
pub(super) fn read(folder: &Path, schema: &Schema) -> Result<Workspace, WorkspaceError> {
    let manifest = std::fs::read(folder.join(MANIFEST)).ok().and_then(|text| Manifest::parse(&text));
    let Some(manifest) = manifest else {
        return Err(WorkspaceError::NotGenerated(folder.display().to_string()));
    };
    let mut functions = Vec::new();
    for (file, stack) in templates(folder)? {
        for function in stack.functions.into_iter().filter(|function| function.folder.is_some()) {
            functions.push(function_crate(folder, &file, function, schema)?);
        }
    }
    Ok(Workspace { functions, planned: manifest.functions.into_values().flatten().collect() })
}

/// The template of a workspace, then those of its nested stacks, each with its path in the folder.
pub(super) fn templates(folder: &Path) -> Result<Vec<(String, DeployedStack)>, WorkspaceError> {
    let mut found = Vec::new();
    let mut files = vec![TEMPLATE.to_string()];
    while let Some(file) = files.get(found.len()).cloned() {
        let stack = stack(&folder.join(&file))?;
        // Paths in a template are seen from its own folder.
        let base = Path::new(&file).parent().unwrap_or(Path::new("")).to_path_buf();
        for nested in &stack.nested {
            let path = base.join(nested).to_string_lossy().into_owned();
            if !files.contains(&path) {
                files.push(path);
            }
        }
        found.push((file, stack));
    }
    Ok(found)
}

fn stack(path: &Path) -> Result<DeployedStack, WorkspaceError> {
    let shown = || path.display().to_string();
    let text =
        std::fs::read_to_string(path).map_err(|source| WorkspaceError::NotRead { path: shown(), source })?;
    deployed::stack_of(&text).map_err(|why| WorkspaceError::Template { path: shown(), why })
}

fn function_crate(
    folder: &Path,
    template: &str,
    deployed: DeployedFunction,
    schema: &Schema,
) -> Result<FunctionCrate, WorkspaceError> {
    let template = folder.join(template);
    let dir = template.parent().unwrap_or(folder).join(deployed.folder.as_deref().unwrap_or("."));
    let mut diagnostics = Diagnostics::default();
    let options = load::Options { manifest_path: Some(dir.join("Cargo.toml")), ..load::Options::default() };
    let empty = |deployed, unread| FunctionCrate {
        deployed,
        unread: Some(unread),
        routes: Vec::new(),
        fallbacks: BTreeSet::new(),
        startup: BTreeSet::new(),
        findings: Vec::new(),
    };
    let tree = match load::load(&options, &mut diagnostics) {
        Ok(tree) => tree,
        Err(error) => return Ok(empty(deployed, error.to_string())),
    };
    let mut program = resolve::resolve(tree, &mut diagnostics);
    let table = routes::evaluate(&program, &mut diagnostics);
    let accesses = access::detect(&program, &table, schema.clone(), &mut diagnostics);
    let template = named_template(&mut program.tree, &template)?;
    deployed::compare(&[template], Existing::Another, &program, &table, &accesses, &mut diagnostics);
    let startup = facts::startup(&accesses);
    Ok(FunctionCrate {
        deployed,
        unread: None,
        routes: facts::routes(&table, &accesses, &startup),
        fallbacks: facts::fallbacks(&table),
        startup,
        findings: diagnostics.sorted().into_iter().filter(is_of_template).collect(),
    })
}

fn named_template(
    tree: &mut SourceTree,
    path: &Path,
) -> Result<(load::Template, crate::span::SourceId), WorkspaceError> {
    let template = tree
        .named_template(path)
        .map_err(|source| WorkspaceError::NotRead { path: path.display().to_string(), source })?;
    let source = tree.sources.push(SourceFile::new(template.shown.clone(), template.text.clone()));
    Ok((template, source))
}

/// Whether a finding is about the template and not about the code.
fn is_of_template(finding: &Diagnostic) -> bool {
    const CODES: &[Code] = &[
        Code::TEMPLATE_NOT_READ,
        Code::TEMPLATE_NOT_COMPARED,
        Code::ROUTE_NOT_DEPLOYED,
        Code::GATEWAY_ROUTE_UNANSWERED,
        Code::VARIABLE_NOT_SET,
        Code::VARIABLE_NOT_READ,
        Code::PERMISSION_MISSING,
        Code::PERMISSION_EXCESS,
        Code::INDEX_NOT_DECLARED,
    ];
    CODES.contains(&finding.code)
}
