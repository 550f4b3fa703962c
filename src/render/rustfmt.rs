//! Formatting of the generated crates with the team's own settings, by the toolchain's `rustfmt`.
//!
//! Cutting items out of a file leaves blank lines and imports of one name behind; `rustfmt` mends just that where the original was formatted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use rayon::prelude::*;

use crate::split::SplitProgram;
use crate::syntax::{self, Depth, Item, ItemKind};

/// Files that one process formats: starting one takes longer than formatting a file.
const BATCH: usize = 64;

/// Formats every Rust file of the crates. `config` is the settings file, where the team has one. A file that `rustfmt` refuses stays as it is.
///
/// # Errors
/// Why `rustfmt` cannot be run at all.
pub fn format(program: &mut SplitProgram, config: Option<&Path>) -> Result<(), String> {
    if let Err(error) =
        Command::new("rustfmt").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status()
    {
        return Err(format!("rustfmt cannot be run: {error}"));
    }
    // Many crates hold the same file: each text is formatted once.
    let mut texts: BTreeMap<&str, BTreeSet<&[u8]>> = BTreeMap::new();
    for krate in &program.crates {
        let rust = krate.files.iter().filter(|(path, _)| is_rust(path));
        texts.entry(&krate.edition).or_default().extend(rust.map(|(_, text)| text.as_slice()));
    }
    let mut formatted: BTreeMap<(String, Vec<u8>), Vec<u8>> = BTreeMap::new();
    for (edition, texts) in texts {
        let settings = Settings { edition, config };
        let texts: Vec<&[u8]> = texts.into_iter().collect();
        let size = texts.len().div_ceil(rayon::current_num_threads()).clamp(1, BATCH);
        let batches: Vec<Vec<Option<Vec<u8>>>> =
            texts.par_chunks(size).map(|batch| settings.format(batch)).collect();
        let pairs = texts.into_iter().zip(batches.into_iter().flatten());
        formatted.extend(pairs.filter_map(|(text, new)| Some(((edition.to_string(), text.to_vec()), new?))));
    }
    for krate in &mut program.crates {
        let edition = krate.edition.clone();
        for (_, text) in krate.files.iter_mut().filter(|(path, _)| is_rust(path)) {
            let key = (edition.clone(), std::mem::take(text));
            *text = formatted.get(&key).cloned().unwrap_or(key.1);
        }
    }
    Ok(())
}

fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "rs")
}

/// What counts for every file of a run.
struct Settings<'a> {
    edition: &'a str,
    config: Option<&'a Path>,
}

impl Settings<'_> {
    /// The texts in order as `rustfmt` writes them; `None` for one that it refuses.
    fn format(&self, texts: &[&[u8]]) -> Vec<Option<Vec<u8>>> {
        match self.together(texts) {
            Ok(Some(formatted)) => formatted.into_iter().map(Some).collect(),
            // One that is refused, or modules that cannot be laid out.
            Ok(None) | Err(_) => texts.iter().map(|text| self.alone(text)).collect(),
        }
    }

    /// Formats all in one process, each in a folder of its own. `rustfmt` follows the modules that a file declares, so each has an empty
    /// one. `None` where it refuses any.
    fn together(&self, texts: &[&[u8]]) -> io::Result<Option<Vec<Vec<u8>>>> {
        let folder = tempfile::tempdir()?;
        let mut roots = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            let dir = folder.path().join(at.to_string());
            let Some(modules) = modules(text) else { return Ok(None) };
            for module in modules {
                let file = dir.join(module);
                fs::create_dir_all(file.parent().unwrap_or(&dir))?;
                fs::write(file, "")?;
            }
            fs::create_dir_all(&dir)?;
            let root = dir.join("lib.rs");
            fs::write(&root, text)?;
            roots.push(root);
        }
        let status = self
            .command()
            .args(&roots)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        if !status.success() {
            return Ok(None);
        }
        roots.iter().map(fs::read).collect::<io::Result<Vec<_>>>().map(Some)
    }

    /// Formats one file by itself.
    fn alone(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut command = self.command();
        command.args(["--emit", "stdout"]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut stdin = child.stdin.take()?;
        let input = text.to_vec();
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().ok()?;
        writer.join().ok()?.ok()?;
        (output.status.success() && !output.stdout.is_empty()).then_some(output.stdout)
    }

    fn command(&self) -> Command {
        let mut command = Command::new("rustfmt");
        command.args(["--edition", self.edition, "--quiet"]);
        match self.config {
            Some(config) => command.arg("--config-path").arg(config),
            // Without this, settings of the folder in which the tool runs would count.
            None => command.current_dir(std::env::temp_dir()),
        };
        command
    }
}

/// Where `rustfmt` looks for the modules that a crate's root with this text declares, below the folder of the root. `None` where one lies
/// outside of it, or the text is not understood.
fn modules(text: &[u8]) -> Option<Vec<PathBuf>> {
    let text: Arc<str> = std::str::from_utf8(text).ok()?.into();
    let facts = syntax::parse(&text, Depth::Skeleton);
    if facts.error.is_some() {
        return None;
    }
    let mut found = Vec::new();
    declared(&facts.items, Path::new(""), &mut found)?;
    Some(found)
}

fn declared(items: &[Arc<Item>], dir: &Path, found: &mut Vec<PathBuf>) -> Option<()> {
    for item in items {
        let ItemKind::Mod(module) = &item.kind else { continue };
        let explicit =
            item.attrs.iter().find(|attr| attr.path == "path").and_then(|attr| attr.string_value());
        let name = item.name.name.as_str();
        let place = match (&explicit, &module.items) {
            (Some(path), _) => dir.join(&**path),
            (None, Some(_)) => dir.join(name),
            (None, None) => dir.join(format!("{name}.rs")),
        };
        if !place.components().all(|part| matches!(part, Component::Normal(_))) {
            return None;
        }
        match &module.items {
            Some(items) => declared(items, &place, found)?,
            None => found.push(place),
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 4] = [
        "fn  one( ) { }\n",
        "mod  a ;\n#[path = \"other/file.rs\"]\nmod b;\nmod c { mod  d; #[path = \"e.rs\"] mod f; }\n#[cfg(unix)]  mod g;\n",
        "#[path = \"../up.rs\"]\nmod  above;\n",
        "fn  broken( {\n",
    ];

    fn shown(text: Option<Vec<u8>>) -> Option<String> {
        text.map(|text| String::from_utf8(text).expect("text"))
    }

    #[test]
    fn files_are_formatted_together_as_alone() {
        let settings = Settings { edition: "2021", config: None };
        let texts: Vec<&[u8]> = TEXTS.iter().map(|text| text.as_bytes()).collect();
        let together = settings.together(&texts[..2]).expect("files are written").expect("none is refused");
        for (at, text) in together.into_iter().enumerate() {
            let alone = shown(settings.alone(texts[at]));
            assert_ne!(alone.as_deref(), Some(TEXTS[at]));
            assert_eq!(shown(Some(text)), alone);
        }
    }

    #[test]
    fn one_that_is_refused_keeps_no_other_from_being_formatted() {
        let settings = Settings { edition: "2021", config: None };
        let texts: Vec<&[u8]> = TEXTS.iter().map(|text| text.as_bytes()).collect();
        let formatted: Vec<Option<String>> = settings.format(&texts).into_iter().map(shown).collect();
        assert_eq!(formatted[0].as_deref(), Some("fn one() {}\n"));
        assert_eq!(formatted[2].as_deref(), Some("#[path = \"../up.rs\"]\nmod above;\n"));
        assert_eq!(formatted[3], None);
    }
}
