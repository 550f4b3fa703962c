//! Descriptions of what is deployed: SAM and CloudFormation templates beside the program, and a file that was named.
//!
//! Input: the tree. Output: paths and texts. Deliberately absent: what stands in them (`deployed`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::SourceTree;
use super::path::normal;

/// Names under which SAM and CloudFormation look for a template.
const NAMES: &[&str] = &["template.yaml", "template.yml", "template.json"];

/// A file that says what is deployed.
#[derive(Debug, Clone)]
pub struct Template {
    pub path: PathBuf,
    /// With `/`, from the folder of the analysed package.
    pub shown: String,
    pub text: Arc<str>,
    /// Whether it was named rather than found.
    pub is_named: bool,
}

impl SourceTree {
    /// The templates in the folders from the package to the root of its workspace or repository: `template.yaml`, `template.yml`,
    /// `template.json`, and what CDK wrote to `cdk.out`.
    pub fn templates(&self) -> Vec<Template> {
        let mut found = Vec::new();
        for dir in self.deployed_dirs() {
            let cdk = dir.join("cdk.out");
            let mut written: Vec<PathBuf> = std::fs::read_dir(&cdk)
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| path.to_string_lossy().ends_with(".template.json"))
                .collect();
            written.sort();
            for path in NAMES.iter().map(|name| dir.join(name)).chain(written) {
                if let Some(text) = self.text_of_deployed(path.clone()) {
                    found.push(self.template(path, text, false));
                }
            }
        }
        found
    }

    /// The file that a person named.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn named_template(&self, path: &Path) -> std::io::Result<Template> {
        let text = std::fs::read_to_string(path)?;
        let path = path.canonicalize()?;
        Ok(self.template(path, text.into(), true))
    }

    fn template(&self, path: PathBuf, text: Arc<str>, is_named: bool) -> Template {
        let shown = self.packages.first().and_then(|package| pathdiff::diff_paths(&path, &package.dir));
        let name = || path.file_name().map(PathBuf::from).unwrap_or_default();
        let shown = shown.filter(|shown| shown.is_relative()).unwrap_or_else(name);
        let shown = shown.to_string_lossy().replace('\\', "/");
        Template { path, shown, text, is_named }
    }

    /// The package's folder and those above it, up to the root of the repository, or of the workspace where there is no repository.
    pub(super) fn deployed_dirs(&self) -> Vec<PathBuf> {
        let Some(package) = self.packages.first() else { return Vec::new() };
        let above: Vec<&Path> = package.dir.ancestors().collect();
        let workspace = self.workspace.as_ref().map_or(package.dir.as_path(), |workspace| &workspace.dir);
        let repository = above.iter().position(|dir| is_repository(dir));
        let last = repository.or_else(|| above.iter().position(|dir| *dir == workspace)).unwrap_or(0);
        above[..=last].iter().map(|dir| normal(dir)).collect()
    }
}

/// Whether a folder is the root of a repository.
fn is_repository(dir: &Path) -> bool {
    MARKS.iter().any(|name| dir.join(name).exists())
}

/// What stands in the root of a repository only.
const MARKS: &[&str] = &[".git", ".github"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::load::{Inputs, Options, load};

    fn tree(dir: &Path) -> SourceTree {
        let options = Options { manifest_path: Some(dir.join("Cargo.toml")), ..Options::default() };
        load(&options, &mut Diagnostics::default()).unwrap()
    }

    #[test]
    fn templates_are_found_up_to_the_root_of_the_repository() {
        let root = tempfile::tempdir().unwrap();
        let (app, out) = (root.path().join("repository/app"), root.path().join("repository/cdk.out"));
        for dir in [app.join("src"), out.clone(), root.path().join("repository/.git")] {
            std::fs::create_dir_all(dir).unwrap();
        }
        let manifest = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
        for (path, text) in [
            (app.join("Cargo.toml"), manifest),
            (app.join("src/main.rs"), "fn main() {}"),
            (out.join("App.template.json"), "{}"),
            (out.join("manifest.json"), "{}"),
            (root.path().join("template.yaml"), "outside"),
            (root.path().join("repository/template.yml"), "above"),
        ] {
            std::fs::write(path, text).unwrap();
        }
        let read = tree(&app);
        let found = read.templates();
        let shown: Vec<&str> = found.iter().map(|template| template.shown.as_str()).collect();
        assert_eq!(shown, ["../template.yml", "../cdk.out/App.template.json"]);
        let inputs = Inputs::of(&read);
        assert!(inputs.are_unchanged());
        std::fs::write(app.join("template.yaml"), "new").unwrap();
        assert!(!inputs.are_unchanged());
        std::fs::remove_file(app.join("template.yaml")).unwrap();
        assert!(inputs.are_unchanged());
        std::fs::write(out.join("Other.template.json"), "{}").unwrap();
        assert!(!inputs.are_unchanged());
    }
}
