//! Formatting of the generated crates with the team's own settings, by the toolchain's `rustfmt`.
//!
//! Cutting items out of a file leaves blank lines and imports of one name behind; `rustfmt` mends just that where the original was formatted.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rayon::prelude::*;

use crate::split::SplitProgram;

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
    let mut texts: BTreeMap<(String, Vec<u8>), Option<Vec<u8>>> = BTreeMap::new();
    for krate in &program.crates {
        for (_, text) in krate.files.iter().filter(|(path, _)| is_rust(path)) {
            texts.insert((krate.edition.clone(), text.clone()), None);
        }
    }
    texts.par_iter_mut().for_each(|((edition, text), formatted)| {
        *formatted = format_one(text, edition, config);
    });
    for krate in &mut program.crates {
        let edition = krate.edition.clone();
        for (_, text) in krate.files.iter_mut().filter(|(path, _)| is_rust(path)) {
            let key = (edition.clone(), std::mem::take(text));
            *text = texts.get(&key).cloned().flatten().unwrap_or(key.1);
        }
    }
    Ok(())
}

fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "rs")
}

fn format_one(text: &[u8], edition: &str, config: Option<&Path>) -> Option<Vec<u8>> {
    let mut command = Command::new("rustfmt");
    command.args(["--edition", edition, "--emit", "stdout", "--quiet"]);
    match config {
        Some(config) => command.arg("--config-path").arg(config),
        // Without this, settings of the folder in which the tool runs would count.
        None => command.current_dir(std::env::temp_dir()),
    };
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut stdin = child.stdin.take()?;
    let input = text.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().ok()?;
    writer.join().ok()?.ok()?;
    (output.status.success() && !output.stdout.is_empty()).then_some(output.stdout)
}
