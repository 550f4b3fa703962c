//! Runs the partitioner on published graphs and prints its groups' measures beside those of the published groups.
//!
//! `boundaries --routes MANIFEST [BIN]` prints how alike the services of a program's routes are when one edge in twenty is missing.
//! `boundaries FOLDER [--write OUT | --stability]`: FOLDER holds `cargo-ase22` and `ist-mono2micro` as described in `docs/benchmarks.md`.
//! With `--write` each partition is written as `{"class": group}`, to be measured by other programs. With `--stability` it prints how alike
//! our groups are when one link in twenty is missing, over 100 draws, and how alike where what requests reach is kept.

mod functionalities;
mod graph;
mod published;
mod routes;
mod stability;
mod table;

use std::io::Write as _;
use std::path::{Path, PathBuf};

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args_os().skip(1);
    let Some(folder) = args.next().map(PathBuf::from) else {
        anyhow::bail!(
            "usage: boundaries FOLDER [--write OUT | --stability], or boundaries --routes MANIFEST [BIN]"
        );
    };
    if folder == Path::new("--routes") {
        let manifest = args.next().ok_or_else(|| anyhow::anyhow!("--routes needs a manifest"))?;
        let bin = args.next().map(|bin| bin.to_string_lossy().into_owned());
        let text = routes::lines(Path::new(&manifest), bin)?;
        std::io::stdout().lock().write_all(text.as_bytes())?;
        return Ok(());
    }
    let mut is_stability = false;
    let out = match args.next() {
        Some(flag) if flag == "--stability" => {
            is_stability = true;
            None
        }
        Some(flag) if flag == "--write" => {
            Some(args.next().map(PathBuf::from).ok_or_else(|| anyhow::anyhow!("--write needs a folder"))?)
        }
        Some(other) => anyhow::bail!("unknown argument {}", other.display()),
        None => None,
    };
    let mut text = String::new();
    if is_stability {
        text.push_str("                                        same requests\n");
        text.push_str("     graph asked   K  links   mean  least   mean  least\n");
    }
    for name in ["daytrader", "jpetstore", "acmeair", "plants"] {
        let app = folder.join("cargo-ase22").join(name);
        if app.is_dir() {
            text.push_str(&if is_stability {
                stability::classes(name, &app)?
            } else {
                table::classes(name, &app, out.as_deref())?
            });
        }
    }
    for name in ["ldod", "bw"] {
        let accesses = folder.join("ist-mono2micro").join(format!("{name}.json"));
        if accesses.is_file() {
            text.push_str(&if is_stability {
                stability::entities(name, &accesses)?
            } else {
                table::entities(name, &accesses, out.as_deref())?
            });
        }
    }
    if text.is_empty() {
        anyhow::bail!("{} holds none of the graphs", folder.display());
    }
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(())
}

/// Reads a file of JSON.
fn read<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text =
        std::fs::read_to_string(path).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))
}
