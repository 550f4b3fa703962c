//! A revision of a git repository as files: what a command reads of an older state.
//!
//! Input: a folder in a repository and the name of a revision. Output: a folder with that revision's files, removed when it is dropped.
//! The repository is only read: neither its work tree nor its index changes. Deliberately absent: submodules, and what `git lfs` keeps
//! elsewhere.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use super::failure::Failure;

/// The repository around a folder.
pub(super) struct Repository {
    root: PathBuf,
}

/// The files of one revision.
pub(super) struct Revision {
    folder: tempfile::TempDir,
}

impl Repository {
    /// Finds the repository of a folder.
    ///
    /// # Errors
    /// Where `git` cannot be run, or the folder is in no repository.
    pub(super) fn around(folder: &Path) -> anyhow::Result<Self> {
        let root = git(folder, &["rev-parse", "--show-toplevel"])?;
        Ok(Self { root: PathBuf::from(root) })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The commit where one revision left another.
    ///
    /// # Errors
    /// Where there is none.
    pub(super) fn fork(&self, one: &str, other: &str) -> anyhow::Result<String> {
        git(&self.root, &["merge-base", "--end-of-options", one, other])
            .map_err(|_| Failure::usage(format!("`{one}` and `{other}` have no commit in common")).into())
    }

    /// Writes the files of a revision into a new folder.
    ///
    /// # Errors
    /// Where there is no such revision, or its files cannot be written.
    pub(super) fn revision(&self, name: &str) -> anyhow::Result<Revision> {
        let commit = git(
            &self.root,
            &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{commit}}")],
        )
        .map_err(|_| Failure::usage(format!("there is no revision `{name}` in `{}`", self.root.display())))?;
        let folder = tempfile::tempdir().context("cannot make a folder for an older revision")?;
        // An index of its own: the one of the repository may hold what somebody is about to commit.
        let index = folder.path().join("index");
        let files = folder.path().join("files");
        let prefix = format!("--prefix={}/", files.display());
        for arguments in
            [&["read-tree", commit.as_str()][..], &["checkout-index", "--all", "--quiet", &prefix][..]]
        {
            let mut command = command(&self.root, arguments);
            command.env("GIT_INDEX_FILE", &index);
            run(command).with_context(|| format!("cannot read the revision `{name}`"))?;
        }
        Ok(Revision { folder })
    }
}

impl Revision {
    /// Where a path of the repository stands, given from its root.
    pub(super) fn path(&self, inside: &Path) -> PathBuf {
        self.folder.path().join("files").join(inside)
    }
}

fn git(folder: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    run(command(folder, arguments))
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["-c", "core.sparseCheckout=false"]).args(arguments);
    command.env("GIT_LFS_SKIP_SMUDGE", "1").env("GIT_TERMINAL_PROMPT", "0");
    // Set while git runs a hook: they would point to another repository.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    command
}

fn run(mut command: Command) -> anyhow::Result<String> {
    let output = command.output().context("cannot run `git`, which older revisions are read with")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::usage(format!("git: {}", said.trim())).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_string())
}
