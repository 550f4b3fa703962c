//! Text files around the crates: configuration, README, migration guide, CI.
//!
//! Input: `*View` values that hold final strings, quoted for the format that they go into. Output: text. Templates decide nothing beyond
//! leaving out an empty section. Deliberately absent: YAML of AWS and manifests, which are written from values.

use anyhow::{Context, Result};
use handlebars::{Handlebars, no_escape};
use serde::Serialize;

use super::size::SizeView;

/// Template name and text.
const TEMPLATES: &[(&str, &str)] = &[
    ("samconfig.toml", include_str!("../../templates/samconfig.toml.hbs")),
    ("Makefile", include_str!("../../templates/Makefile.hbs")),
    ("README.md", include_str!("../../templates/README.md.hbs")),
    ("MIGRATION.md", include_str!("../../templates/MIGRATION.md.hbs")),
    ("gitignore", include_str!("../../templates/gitignore.hbs")),
    ("ci.yml", include_str!("../../templates/ci.yml.hbs")),
];

/// `samconfig.toml`: all values are TOML strings with their quotes.
#[derive(Debug, Serialize)]
pub(super) struct SamConfigView {
    pub(super) stack: String,
    pub(super) capabilities: String,
    /// `"Name=value"` for each parameter without a default.
    pub(super) parameters: Vec<String>,
}

/// `Makefile`.
#[derive(Debug, Serialize)]
pub(super) struct MakefileView {
    /// The option of cargo-lambda.
    pub(super) architecture: String,
}

/// `.gitignore` and `ci.yml` depend on nothing.
#[derive(Debug, Serialize)]
pub(super) struct NoView {}

/// `README.md`: all values are Markdown.
#[derive(Debug, Serialize)]
pub(super) struct ReadmeView {
    pub(super) name: String,
    pub(super) tool: String,
    pub(super) function_count: usize,
    pub(super) routes: Vec<RouteView>,
    pub(super) default_route: String,
    pub(super) permissions: Vec<PermissionView>,
    pub(super) grants: Vec<GrantView>,
    /// Whether there is a script for them.
    pub(super) script: bool,
    pub(super) sizes: Vec<SizeView>,
    /// Nested stacks.
    pub(super) stacks: Vec<StackView>,
    pub(super) crates: Vec<CrateView>,
    /// A function's plain name.
    pub(super) sample_function: String,
    pub(super) parameters: Vec<ParameterView>,
}

#[derive(Debug, Serialize)]
pub(super) struct RouteView {
    pub(super) route: String,
    pub(super) function: String,
    pub(super) service: String,
}

#[derive(Debug, Serialize)]
pub(super) struct PermissionView {
    pub(super) function: String,
    pub(super) actions: String,
    pub(super) resources: String,
}

#[derive(Debug, Serialize)]
pub(super) struct GrantView {
    pub(super) function: String,
    pub(super) grant: String,
}

#[derive(Debug, Serialize)]
pub(super) struct StackView {
    pub(super) path: String,
    pub(super) functions: String,
}

#[derive(Debug, Serialize)]
pub(super) struct CrateView {
    pub(super) dir: String,
    pub(super) what: String,
}

#[derive(Debug, Serialize)]
pub(super) struct ParameterView {
    pub(super) name: String,
    pub(super) what: String,
    pub(super) default: String,
}

/// `MIGRATION.md`: all values are Markdown.
#[derive(Debug, Serialize)]
pub(super) struct MigrationView {
    pub(super) name: String,
    pub(super) findings: Vec<FindingView>,
    /// Parameters for resources that the code does not name.
    pub(super) unknown: Vec<String>,
    /// Whether there are grants without a script.
    pub(super) grants: bool,
    pub(super) script: bool,
    /// For a shell.
    pub(super) stack: String,
    /// The parameter for the existing function, where `$default` goes there.
    pub(super) monolith: Option<String>,
    /// Routes that are in no wave.
    pub(super) keep: Vec<String>,
    pub(super) waves: Vec<WaveView>,
    /// Whether the workspace has all waves.
    pub(super) whole: bool,
    /// Value of `--only` for the first wave, where there are several.
    pub(super) first: Option<String>,
    pub(super) next_service: Option<String>,
    /// Value of `--only` for this workspace and the next wave.
    pub(super) next: Option<String>,
    /// Value of `--only` for this workspace without its last wave.
    pub(super) back: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct FindingView {
    pub(super) code: String,
    pub(super) place: String,
    pub(super) message: String,
}

#[derive(Debug, Serialize)]
pub(super) struct WaveView {
    pub(super) number: usize,
    pub(super) service: String,
    pub(super) routes: String,
    pub(super) why: String,
    pub(super) state: String,
}

/// All templates, parsed.
pub(super) struct Scaffold(Handlebars<'static>);

impl Scaffold {
    pub(super) fn new() -> Self {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(no_escape);
        for (name, text) in TEMPLATES {
            registry.register_template_string(name, text).expect("the built-in templates parse");
        }
        Self(registry)
    }

    pub(super) fn render(&self, template: &str, view: &impl Serialize) -> Result<String> {
        self.0.render(template, view).with_context(|| format!("cannot render the template `{template}`"))
    }
}

/// A TOML string with its quotes.
pub(super) fn toml_string(text: &str) -> String {
    toml_edit::Value::from(text.replace(['\n', '\r'], " ")).to_string()
}

/// Markdown code that stays inside its backticks, its line and its table cell.
pub(super) fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", text.replace('|', "\\|"))
}

/// Plain text in Markdown: nothing in it is markup.
pub(super) fn prose(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '!' | '~' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_break_out_of_markdown() {
        assert_eq!(code("GET /a|b"), "`GET /a\\|b`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`x\n# y"), "`` `x # y ``");
        assert_eq!(prose("<script> [x](y) |\n# z"), "\\<script\\> \\[x\\](y) \\| \\# z");
    }

    #[test]
    fn names_do_not_break_out_of_toml() {
        for text in ["plain", "quote\"", "back\\slash", "line\nbreak = 1", "'"] {
            let document: toml_edit::DocumentMut = format!("x = {}", toml_string(text)).parse().unwrap();
            assert_eq!(document["x"].as_str(), Some(text.replace('\n', " ").as_str()));
        }
    }

    #[test]
    fn a_name_that_no_view_has_is_an_error() {
        let scaffold = Scaffold::new();
        assert!(scaffold.render("README.md", &NoView {}).is_err());
        let makefile = MakefileView { architecture: "--arm64".into() };
        let makefile = scaffold.render("Makefile", &makefile).unwrap();
        assert!(
            makefile.contains("\n\tcargo lambda build --workspace --bins --release --arm64\n"),
            "{makefile}"
        );
    }

    #[test]
    fn every_template_file_is_registered() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let mut known: Vec<String> = TEMPLATES.iter().map(|(name, _)| format!("{name}.hbs")).collect();
        known.sort();
        assert_eq!(files, known);
    }
}
