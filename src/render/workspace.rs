//! Everything put together: crates, manifests, template, scaffold, sample events and the manifest of hashes.
//!
//! Input: `RenderInput`. Output: one `FileSet`. Deliberately absent: decisions, and writing.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use super::event::event;
use super::grants;
use super::lock;
use super::manifest::{ManifestSource, Manifests, manifests};
use super::migration::migration;
use super::scaffold::{
    CrateView, GrantView, MakefileView, NoView, ParameterView, PermissionView, ReadmeView, RouteView,
    SamConfigView, Scaffold, StackView, code, prose, toml_string,
};
use super::size;
use super::yaml::to_yaml;
use crate::aws::template::DefaultRoute;
use crate::aws::{Arn, Stack, Template};
use crate::diagnostic::{Code, Diagnostics};
use crate::fileset::{FileSet, LOCK, Origin};
use crate::load::Sources;
use crate::plan::{Architecture, Plan, Wave};
use crate::split::{CrateKind, CrateSource, SplitProgram};

/// What a generated workspace is made from.
#[derive(Debug, Clone, Copy)]
pub struct RenderInput<'a> {
    pub plan: &'a Plan,
    /// All services of the application, also those that `plan` leaves in the monolith, in the order in which they are best moved.
    pub waves: &'a [Wave],
    /// Text of `lith-split.toml`.
    pub plan_text: &'a str,
    pub template: &'a Template,
    pub program: &'a SplitProgram,
    /// By the index in `DependencyUse::package`.
    pub manifests: &'a [ManifestSource],
    /// Path dependencies that are kept whole: package name -> folder in the output. Their files are among `copied`.
    pub whole: &'a BTreeMap<String, String>,
    /// Names of packages that the output leads to; `None` where that is not known.
    pub reached: Option<&'a BTreeSet<String>>,
    /// Further dependencies that generated code needs: crate -> key -> TOML value.
    pub added: &'a BTreeMap<String, BTreeMap<String, String>>,
    /// Files taken over as they are, such as `Cargo.lock` and `rustfmt.toml`: path in the output -> content.
    pub copied: &'a BTreeMap<String, Vec<u8>>,
    pub diagnostics: &'a Diagnostics,
    pub sources: &'a Sources,
}

/// Name and version of this program.
const TOOL: &str = concat!("lith-split ", env!("CARGO_PKG_VERSION"));

/// The generated workspace.
pub fn workspace(input: RenderInput<'_>) -> Result<FileSet> {
    let mut template = input.template.clone();
    template.set_code_uris(input.program.crates.iter().filter_map(|krate| match &krate.kind {
        CrateKind::Function { function, .. } => Some((function.as_str(), krate.dir.as_str())),
        CrateKind::Part { .. } | CrateKind::Library => None,
    }));
    let mut files = FileSet::default();
    for (path, content) in input.copied {
        match std::str::from_utf8(content) {
            Ok(text) if path == LOCK && !input.added.is_empty() => {
                files.insert(path, lock::for_lambda_entry(text));
            }
            _ => files.insert(path, content.as_slice()),
        }
    }
    for krate in &input.program.crates {
        for (path, content) in &krate.files {
            let path = place(&krate.dir, path);
            if files.files.get(&path).is_some_and(|known| known != content) {
                bail!("two crates of the output have the file `{path}`");
            }
            files.insert(path, content.as_slice());
        }
        files.origins.extend(krate.origins.iter().map(|(path, source)| {
            let original = input.sources.get(*source);
            let origin = Origin { path: original.path.clone(), text: original.on_disk().into_owned() };
            (place(&krate.dir, path), origin)
        }));
    }
    let crates = &input.program.crates;
    let (whole, reached) = (input.whole, input.reached);
    let texts =
        manifests(Manifests { crates, sources: input.manifests, whole, reached, added: input.added })?;
    for (path, text) in texts {
        files.insert(path, text);
    }
    files.insert("template.yaml", to_yaml(&template.to_cfn(), &header())?);
    for stack in &template.stacks {
        files.insert(stack.path(), to_yaml(&template.stack_to_cfn(stack), &header())?);
    }
    let scaffold = Scaffold::new();
    files.insert("Makefile", scaffold.render("Makefile", &makefile(&template))?);
    for (path, name) in [(".gitignore", "gitignore"), (".github/workflows/ci.yml", "ci.yml")] {
        files.insert(path, scaffold.render(name, &NoView {})?);
    }
    files.insert("samconfig.toml", scaffold.render("samconfig.toml", &sam_config(&template))?);
    files.insert("README.md", scaffold.render("README.md", &readme(&input, &template))?);
    files.insert("MIGRATION.md", scaffold.render("MIGRATION.md", &migration(&input, &template))?);
    for function in &template.functions {
        files.insert(format!("events/{}.json", function.name), event(function));
    }
    if let Some(script) = grants::script(TOOL, &template, &open_statements(&input)) {
        files.insert(grants::PATH, script);
    }
    let functions = template.functions.iter().map(|one| (one.name.clone(), one.routes.clone()));
    files.seal(TOOL, input.plan_text, functions.collect());
    Ok(files)
}

/// Whether the output has a script of grants.
pub(super) fn has_script(template: &Template) -> bool {
    template.is_postgres && template.functions.iter().any(|function| !function.grants.all.is_empty())
}

/// Places whose statements are not known as a whole.
fn open_statements(input: &RenderInput<'_>) -> Vec<String> {
    let findings = input.diagnostics.sorted().into_iter().filter(|finding| finding.code == Code::SQL_UNKNOWN);
    let places = findings.filter_map(|finding| {
        let at = finding.location?;
        Some(format!("{}:{}: {}", input.sources.path(at), input.sources.line(at), finding.message))
    });
    places.collect()
}

fn header() -> Vec<String> {
    vec![
        format!("Generated by {TOOL}. Generating again keeps edits."),
        "Each policy statement names the route, file and line that needs it.".to_string(),
    ]
}

fn makefile(template: &Template) -> MakefileView {
    let architecture = match template.architecture {
        Architecture::Arm64 => "--arm64",
        Architecture::X86_64 => "--x86-64",
    };
    MakefileView { architecture: architecture.to_string() }
}

fn sam_config(template: &Template) -> SamConfigView {
    let monolith = match &template.default_route {
        DefaultRoute::Monolith { parameter, .. } => Some(parameter.as_str()),
        DefaultRoute::Edge => None,
    };
    let asked = template.parameters.iter().filter(|parameter| parameter.default.is_none());
    let names = asked.map(|parameter| parameter.name.as_str()).chain(monolith);
    SamConfigView {
        stack: toml_string(&template.name),
        capabilities: toml_string(if template.stacks.is_empty() {
            "CAPABILITY_IAM"
        } else {
            // The nested templates are transformed too.
            "CAPABILITY_IAM CAPABILITY_AUTO_EXPAND"
        }),
        parameters: names.map(|name| toml_string(&format!("{name}="))).collect(),
    }
}

fn readme(input: &RenderInput<'_>, template: &Template) -> ReadmeView {
    let functions = || template.functions.iter();
    let routes = functions().flat_map(|function| {
        function.routes.iter().map(|route| RouteView {
            route: code(route),
            function: code(&function.name),
            service: prose(&function.service),
        })
    });
    let kept = input.plan.keep.iter().map(|route| RouteView {
        route: code(route),
        function: "the existing application".to_string(),
        service: String::new(),
    });
    let permissions = functions().flat_map(|function| {
        function.policy.statements.iter().map(|statement| PermissionView {
            function: code(&function.name),
            actions: list(statement.actions.iter().map(String::as_str)),
            resources: list(
                statement.resources.iter().map(Arn::short).collect::<Vec<_>>().iter().map(String::as_str),
            ),
        })
    });
    ReadmeView {
        name: prose(&template.name),
        tool: prose(TOOL),
        function_count: template.functions.len(),
        routes: routes.chain(kept).collect(),
        default_route: match &template.default_route {
            DefaultRoute::Edge => {
                "Each `GET` route also has a `HEAD` key. What no key matches (404, 405, OPTIONS) goes to `edge` through `$default`."
            }
            DefaultRoute::Monolith { .. } => {
                "Each `GET` route also has a `HEAD` key. What no key matches goes to the existing application through `$default`."
            }
        }
        .to_string(),
        permissions: permissions.collect(),
        grants: grant_views(template),
        script: has_script(template),
        sizes: size::views(input.program),
        stacks: template.stacks.iter().map(stack_view).collect(),
        crates: input.program.crates.iter().map(crate_view).collect(),
        sample_function: functions().next().map_or_else(String::new, |function| {
            // It stands in a shell command.
            function.name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
        }),
        parameters: template
            .parameters
            .iter()
            .map(|parameter| ParameterView {
                name: code(&parameter.name),
                what: prose(&parameter.description),
                default: parameter.default.as_deref().map(code).unwrap_or_default(),
            })
            .collect(),
    }
}

/// Where a file of a crate lies in the output: code may read files beside its crate, `../migrations`.
fn place(dir: &str, path: &str) -> String {
    let mut parts: Vec<&str> = dir.split('/').collect();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn crate_view(krate: &CrateSource) -> CrateView {
    let what = match &krate.kind {
        CrateKind::Function { function, .. } => format!("function {}", code(function)),
        CrateKind::Part { function, package } => {
            format!("what {} keeps of {}", code(function), code(package))
        }
        CrateKind::Library => "code that several functions use".to_string(),
    };
    CrateView { dir: code(&format!("{}/", krate.dir)), what }
}

fn stack_view(stack: &Stack) -> StackView {
    StackView { path: code(&stack.path()), functions: list(stack.functions.iter().map(String::as_str)) }
}

pub(super) fn grant_views(template: &Template) -> Vec<GrantView> {
    let all = template
        .functions
        .iter()
        .flat_map(|function| function.grants.all.iter().map(move |grant| (function, grant)));
    all.map(|(function, grant)| GrantView { function: code(&function.name), grant: code(&grant.text()) })
        .collect()
}

/// Code spans, separated by commas.
pub(super) fn list<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    items.into_iter().map(code).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{items, items_env, sources};
    use crate::fileset::{MANIFEST, Manifest};

    fn krate(name: &str, kind: CrateKind, dir: String) -> CrateSource {
        let file = if kind == CrateKind::Library { "src/lib.rs" } else { "src/main.rs" };
        CrateSource {
            name: name.into(),
            dir,
            package: 0,
            kind,
            files: BTreeMap::from([(file.to_string(), b"fn main() {}\n".to_vec())]),
            origins: BTreeMap::new(),
            edition: "2024".into(),
            dependencies: vec![],
            build_dependencies: BTreeSet::new(),
            lib: None,
            local_dependencies: vec![],
            features: BTreeSet::new(),
            env: BTreeSet::new(),
        }
    }

    fn rendered() -> FileSet {
        let (plan, routes, accesses) = items();
        let mut diagnostics = Diagnostics::default();
        let (sources, env) = (sources(), items_env(&plan));
        let template = crate::aws::model(&plan, &routes, &accesses, &sources, &env, &mut diagnostics);
        let mut crates: Vec<CrateSource> = template
            .functions
            .iter()
            .map(|function| {
                let kind = CrateKind::Function {
                    service: function.service.clone(),
                    function: function.name.clone(),
                };
                krate(&function.name, kind, function.code_uri.clone())
            })
            .collect();
        crates[0].dir = "services/moved/list-items".into();
        crates[0].local_dependencies.push("items-shared".into());
        crates.push(krate("items-shared", CrateKind::Library, "crates/shared".into()));
        let package = "[package]\nname = \"items\"\nversion = \"0.1.0\"\nedition = \"2024\"\n".to_string();
        let (none, added) = (BTreeMap::new(), BTreeMap::new());
        let copied = BTreeMap::from([("rustfmt.toml".to_string(), b"max_width = 100\n".to_vec())]);
        workspace(RenderInput {
            plan: &plan,
            waves: &[],
            plan_text: "name = \"items\"\n",
            template: &template,
            program: &SplitProgram { crates, ..SplitProgram::default() },
            manifests: &[ManifestSource { package, ..ManifestSource::default() }],
            whole: &none,
            reached: None,
            added: &added,
            copied: &copied,
            diagnostics: &diagnostics,
            sources: &sources,
        })
        .unwrap()
    }

    #[test]
    fn the_workspace_is_complete_and_the_same_each_time() {
        let files = rendered();
        for path in [
            "Cargo.toml",
            "template.yaml",
            "samconfig.toml",
            "Makefile",
            "README.md",
            "MIGRATION.md",
            ".gitignore",
            ".github/workflows/ci.yml",
            "events/edge.json",
            "events/get-item.json",
            "rustfmt.toml",
            "services/items/functions/get-item/Cargo.toml",
            "crates/shared/src/lib.rs",
            MANIFEST,
        ] {
            assert!(files.files.contains_key(path), "{path} is missing");
        }
        assert!(files.text("template.yaml").unwrap().contains("CodeUri: services/moved/list-items/"));
        assert!(
            files
                .text("README.md")
                .unwrap()
                .contains("| `get-item` | `dynamodb:GetItem` | `table/${ItemsTable}` |")
        );
        assert!(files.text("events/get-item.json").unwrap().contains("\"rawPath\": \"/items/1\""));
        let manifest = Manifest::parse(&files.files[MANIFEST]).unwrap();
        assert_eq!(manifest.files.len(), files.files.len() - 2);
        assert_eq!(files, rendered());
    }

    #[test]
    fn cargo_reads_the_workspace() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        rendered().write(&target, false).unwrap();
        let output = std::process::Command::new(env!("CARGO"))
            .args(["metadata", "--offline", "--no-deps", "--format-version", "1", "--manifest-path"])
            .arg(target.join("Cargo.toml"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        assert_eq!(packages.len(), 7);
        let list = packages.iter().find(|package| package["name"] == "list-items").unwrap();
        assert_eq!(list["dependencies"][0]["name"], "items-shared");
        assert!(rendered().diff(&target).unwrap().is_empty());
    }
}
