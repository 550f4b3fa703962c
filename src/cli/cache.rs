//! Answers of earlier runs: the report of a program of which nothing has changed is not worked out again.
//!
//! An entry is one file, named after the question: tool, options, manifest. It holds the answer and everything that was read for it
//! (`load::Inputs`), which is compared before the answer counts. An entry that is damaged, of another version or cannot be read is as
//! good as none: the program is analysed and the entry written anew, beside its place and then renamed, so that runs at the same time
//! do no harm. Nothing here can fail a run.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::args::{AnalyzeArgs, CacheArgs};
use crate::digest::hex;
use crate::load::Inputs;

/// Entries that are kept, the youngest.
const MAX_ENTRIES: usize = 100;
/// An answer that is larger is not kept.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// A folder with answers.
pub(super) struct Cache {
    dir: PathBuf,
    key: String,
}

/// What a run said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) text: String,
    /// Whether findings reached the severity of `--fail-on`.
    pub(super) failed: bool,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    inputs: BTreeMap<PathBuf, String>,
    answer: Answer,
}

impl Cache {
    /// The cache for a question; none where it is switched off, has no place, or would lie in the program itself.
    pub(super) fn of(args: &AnalyzeArgs) -> Option<Self> {
        let CacheArgs { no_cache, cache_dir } = &args.cache;
        if *no_cache {
            return None;
        }
        let dir = cache_dir.clone().or_else(default_dir)?;
        let manifest = args.input.manifest_path.clone().unwrap_or_else(|| PathBuf::from("."));
        let manifest = fs::canonicalize(manifest).ok()?;
        let plan = args.input.plan.as_ref().map(std::path::absolute);
        let scip = args.input.scip.as_ref().map(std::path::absolute);
        let deployed = args.deployed.as_ref().map(std::path::absolute);
        let input = &args.input;
        let question = format!(
            "{}\n{}\n{:?}\n{:?} {:?} {:?} {} {}\n{:?} {:?} {:?}",
            env!("CARGO_PKG_VERSION"),
            build(),
            (manifest, plan, scip, deployed),
            input.package,
            input.bin,
            input.features,
            input.all_features,
            input.no_default_features,
            args.format,
            (args.view, args.query(), args.full),
            args.fail_on,
        );
        Some(Self { dir, key: hex(question.as_bytes()) })
    }

    /// The answer, where there is one and nothing has changed since.
    pub(super) fn answer(&self) -> Option<Answer> {
        let bytes = fs::read(self.path()).ok()?;
        let at = bytes.iter().position(|&byte| byte == b'\n')?;
        let (sum, body) = (&bytes[..at], &bytes[at + 1..]);
        if sum != hex(body).as_bytes() {
            return None;
        }
        let entry: Entry = serde_json::from_slice(body).ok()?;
        Inputs(entry.inputs).are_unchanged().then_some(entry.answer)
    }

    /// Keeps an answer for the next run.
    pub(super) fn keep(&self, inputs: Inputs, answer: Answer) {
        let own = self.dir.canonicalize().unwrap_or_else(|_| self.dir.clone());
        let in_program = inputs.0.keys().any(|path| {
            path.file_name().is_some_and(|name| name == "Cargo.toml")
                && inputs.0[path] != "absent"
                && path.parent().is_some_and(|dir| own.starts_with(dir))
        });
        let Ok(body) = serde_json::to_vec(&Entry { inputs: inputs.0, answer }) else { return };
        if in_program || body.len() > MAX_BYTES {
            return;
        }
        // A cache that cannot be written is a slower run and nothing else.
        let _ = self.write(&body);
    }

    fn write(&self, body: &[u8]) -> std::io::Result<()> {
        fs::create_dir_all(&self.dir)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        file.write_all(hex(body).as_bytes())?;
        file.write_all(b"\n")?;
        file.write_all(body)?;
        file.persist(self.path()).map_err(|error| error.error)?;
        drop_old(&self.dir)
    }

    fn path(&self) -> PathBuf {
        self.dir.join(format!("{}.json", self.key))
    }
}

/// Removes the oldest entries over the limit.
fn drop_old(dir: &Path) -> std::io::Result<()> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(dir)?.flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            entries.push((entry.metadata()?.modified()?, path));
        }
    }
    entries.sort();
    let over = entries.len().saturating_sub(MAX_ENTRIES);
    for (_, path) in &entries[..over] {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// Where caches of a user lie: `$XDG_CACHE_HOME/lith-split`, else `~/.cache/lith-split`.
fn default_dir() -> Option<PathBuf> {
    let xdg = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let base = xdg.or_else(|| Some(std::env::home_dir()?.join(".cache")))?;
    Some(base.join("lith-split"))
}

/// What tells one build of a version from another: size and time of the program's file.
fn build() -> String {
    let meta = std::env::current_exe().and_then(fs::metadata);
    meta.map_or_else(|_| String::new(), |meta| format!("{} {:?}", meta.len(), meta.modified().ok()))
}
