//! A workspace that changes while it is served: builds it and reads it anew.
//!
//! Input: what to look at, how to build it, and how to read it. Output: the new application, or a sentence about why there is none; then
//! the old one goes on. Files are looked at twice a second: a workspace has few, so that costs next to nothing, and it holds on every file
//! system, in containers and over a network too, where notices of the kernel do not arrive. Deliberately absent: generating anew from the
//! program's own source.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use tokio::process::Command;
use tokio::sync::mpsc;
use walkdir::WalkDir;

use super::application::Application;

const PAUSE: Duration = Duration::from_millis(500);
/// What is built or kept beside a workspace's own files.
const NOT_WATCHED: &[&str] = &["target", ".git", ".aws-sam", "node_modules"];

/// What is watched.
pub struct Watch {
    /// The workspace.
    pub folder: PathBuf,
    /// What is written into while it is served: logs.
    pub besides: PathBuf,
    /// Further files: programs that somebody else builds.
    pub files: Vec<PathBuf>,
    /// Program and arguments that build the workspace, in its folder.
    pub build: Option<Vec<OsString>>,
    /// Reads the workspace, or says why that cannot be.
    pub read: Box<dyn FnMut() -> Result<Application, String> + Send>,
}

/// What came of a change.
pub(super) enum Change {
    /// This file, and others maybe.
    Seen(PathBuf),
    Read(Box<Application>),
    /// A sentence about why the old one goes on.
    Failed(String),
}

/// Length and time of each file.
type Files = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// Says what changes, until nobody listens any more.
pub(super) async fn watch(watch: Watch, changes: mpsc::Sender<Change>) {
    let Watch { folder, besides, files, build, read } = watch;
    let read = Arc::new(Mutex::new(read));
    let look = || {
        let (folder, besides, files) = (folder.clone(), besides.clone(), files.clone());
        let look = move || look(&folder, &besides, &files);
        async move { tokio::task::spawn_blocking(look).await.unwrap_or_default() }
    };
    let mut seen = look().await;
    loop {
        tokio::time::sleep(PAUSE).await;
        let mut now = look().await;
        let Some(first) = differing(&seen, &now) else { continue };
        // Who saves one file often saves others too.
        loop {
            tokio::time::sleep(PAUSE).await;
            let next = look().await;
            if next == now {
                break;
            }
            now = next;
        }
        seen = now;
        let shown = first.strip_prefix(&folder).unwrap_or(&first).to_path_buf();
        if changes.send(Change::Seen(shown)).await.is_err() {
            return;
        }
        let built = match &build {
            Some(command) => built(&folder, command).await,
            None => Ok(()),
        };
        let change = match built {
            Ok(()) => {
                let read = read.clone();
                let read = move || (read.lock().expect("no holder panics"))();
                let read = tokio::task::spawn_blocking(read).await;
                let read = read.unwrap_or_else(|_| Err("reading it ended with an error".to_string()));
                read.map_or_else(Change::Failed, |application| Change::Read(Box::new(application)))
            }
            Err(why) => Change::Failed(why),
        };
        if changes.send(change).await.is_err() {
            return;
        }
    }
}

fn look(folder: &Path, besides: &Path, files: &[PathBuf]) -> Files {
    let is_left_out = |name: &OsStr| NOT_WATCHED.iter().any(|left_out| name == *left_out);
    let walk = WalkDir::new(folder).into_iter().filter_entry(|entry| {
        entry.depth() == 0 || !(is_left_out(entry.file_name()) || entry.path() == besides)
    });
    // What vanishes meanwhile is not there.
    let found = walk.filter_map(Result::ok).filter(|entry| entry.file_type().is_file());
    let found = found.filter_map(|entry| Some((entry.path().to_path_buf(), entry.metadata().ok()?)));
    let given = files.iter().filter_map(|file| Some((file.clone(), file.metadata().ok()?)));
    found.chain(given).map(|(path, data)| (path, (data.len(), data.modified().ok()))).collect()
}

/// A file that is new, gone, or another one.
fn differing(before: &Files, now: &Files) -> Option<PathBuf> {
    let changed = now.iter().find(|(path, data)| before.get(*path) != Some(data));
    let gone = || before.keys().find(|path| !now.contains_key(*path));
    changed.map(|(path, _)| path).or_else(gone).cloned()
}

/// Builds a workspace. What was started for that ends when nobody waits for it any more.
async fn built(folder: &Path, command: &[OsString]) -> Result<(), String> {
    let (program, arguments) = command.split_first().ok_or("there is nothing to build it with")?;
    let mut building = Command::new(program);
    building
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true);
    // Its own group, so that compilers end with it.
    #[cfg(unix)]
    building.process_group(0);
    let failed = |error: std::io::Error| format!("cannot run `{}`: {error}", program.display());
    let mut child = building.spawn().map_err(failed)?;
    #[cfg(unix)]
    let group = Group(child.id());
    let status = child.wait().await.map_err(failed)?;
    #[cfg(unix)]
    group.has_ended();
    if status.success() { Ok(()) } else { Err("the workspace does not build".to_string()) }
}

/// Processes that end when it is dropped.
#[cfg(unix)]
struct Group(Option<u32>);

#[cfg(unix)]
impl Group {
    fn has_ended(mut self) {
        self.0 = None;
    }
}

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        let id = self.0.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
        if let Some(id) = id {
            // It may have ended by itself.
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::TERM);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_new_gone_or_changed_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        std::fs::create_dir_all(at("src")).unwrap();
        std::fs::create_dir_all(at("target")).unwrap();
        std::fs::create_dir_all(at("logs")).unwrap();
        std::fs::write(at("src/a"), "1").unwrap();
        let outside = tempfile::NamedTempFile::new().unwrap();
        let files = [outside.path().to_path_buf()];
        let of = || look(folder.path(), &at("logs"), &files);
        let first = of();
        std::fs::write(at("target/b"), "1").unwrap();
        std::fs::write(at("logs/b"), "1").unwrap();
        assert_eq!(differing(&first, &of()), None);
        std::fs::write(at("src/a"), "12").unwrap();
        let second = of();
        assert_eq!(differing(&first, &second), Some(at("src/a")));
        std::fs::write(at("src/c"), "1").unwrap();
        assert_eq!(differing(&second, &of()), Some(at("src/c")));
        std::fs::remove_file(at("src/c")).unwrap();
        std::fs::remove_file(at("src/a")).unwrap();
        assert_eq!(differing(&second, &of()), Some(at("src/a")));
        std::fs::write(at("src/a"), "12").unwrap();
        std::fs::write(outside.path(), "more").unwrap();
        let third = of();
        assert!(differing(&second, &third).is_some_and(|path| path == at("src/a") || path == files[0]));
    }
}
