//! A folder beside the target in which the new content is put together, and the step that puts it in the target's place.
//!
//! The target is as before until that step, and complete after it. Where the system can exchange two folders (Linux, macOS) it is one step.
//! Elsewhere it is two renames; a run that was killed between them is undone by the next one, because the folder has a fixed name.
//! The old folder is removed afterwards; what a person added is linked into the new one before, so nothing of theirs is ever in the old
//! one only.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::place::join;

/// The folder beside the target, removed at the end.
pub(super) struct Staging {
    folder: PathBuf,
    /// Held for as long as the folder is ours.
    _lock: File,
}

impl Staging {
    /// Makes the folder; what a killed run left is put back or removed first.
    ///
    /// # Errors
    /// Of kind `ResourceBusy` where another run writes the same target.
    pub(super) fn beside(target: &Path) -> io::Result<Self> {
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        step()?;
        fs::create_dir_all(parent)?;
        let mut name = OsString::from(".");
        name.push(target.file_name().unwrap_or_default());
        name.push(".lith-split");
        let folder = parent.join(name);
        if folder.is_dir() {
            recover(&folder, target)?;
        }
        step()?;
        fs::create_dir(&folder)?;
        let staging = || {
            let lock = File::create(folder.join("lock"))?;
            lock.lock().or_else(is_unsupported)?;
            step()?;
            fs::create_dir(folder.join("new"))?;
            Ok(lock)
        };
        match staging() {
            Ok(lock) => Ok(Self { folder, _lock: lock }),
            Err(error) => {
                // It holds nothing yet.
                let _ = fs::remove_dir_all(&folder);
                Err(error)
            }
        }
    }

    /// Where the new content is put together.
    pub(super) fn new_folder(&self) -> PathBuf {
        self.folder.join("new")
    }

    /// Writes a new file.
    pub(super) fn create(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let path = join(&self.new_folder(), name);
        step()?;
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        step()?;
        fs::write(path, content)
    }

    /// Takes a file, a link or a folder of the target over as it is.
    pub(super) fn take_along(&self, target: &Path, name: &str) -> io::Result<()> {
        let (from, to) = (join(target, name), join(&self.new_folder(), name));
        step()?;
        to.parent().map_or(Ok(()), fs::create_dir_all)?;
        link(&from, &to)
    }

    /// Gives the new folder the permissions of the target.
    pub(super) fn permissions_of(&self, target: &Path) -> io::Result<()> {
        let permissions = fs::metadata(target)?.permissions();
        step()?;
        fs::set_permissions(self.new_folder(), permissions)
    }

    /// Puts the new content in the target's place.
    pub(super) fn swap(self, target: &Path, exists: bool) -> io::Result<()> {
        let (new, old) = (self.new_folder(), self.folder.join("old"));
        step()?;
        if !exists {
            return fs::rename(&new, target);
        }
        match exchange(&new, target) {
            Err(error) if cannot_exchange(&error) => {}
            done => return done,
        }
        step()?;
        fs::rename(target, &old)?;
        if let Err(error) = step().and_then(|()| fs::rename(&new, target)) {
            fs::rename(&old, target)?;
            return Err(error);
        }
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // The last copy of the target must survive even when it could not be put back: the next run does that.
        if !self.folder.join("old").exists() || self.is_in_place() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

impl Staging {
    /// Whether the new content was moved out.
    fn is_in_place(&self) -> bool {
        !self.new_folder().exists()
    }
}

/// Puts back what a killed run moved aside, and removes what it left.
fn recover(folder: &Path, target: &Path) -> io::Result<()> {
    if let Ok(lock) = File::open(folder.join("lock"))
        && matches!(lock.try_lock(), Err(fs::TryLockError::WouldBlock))
    {
        let message = format!("another run is writing it, or `{}` must be removed", folder.display());
        return Err(io::Error::new(io::ErrorKind::ResourceBusy, message));
    }
    let old = folder.join("old");
    if old.exists() && fs::symlink_metadata(target).is_err() {
        fs::rename(old, target)?;
    }
    step()?;
    fs::remove_dir_all(folder)
}

/// File systems without locks are used without.
fn is_unsupported(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::Unsupported { Ok(()) } else { Err(error) }
}

/// Links files, and makes folders anew with what is in them. A link is never followed.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(from)?;
    step()?;
    if !metadata.is_dir() {
        return match fs::hard_link(from, to) {
            // Some file systems have no links, and some systems do not let everybody make them.
            Err(error) if metadata.is_file() && error.kind() != io::ErrorKind::CrossesDevices => {
                fs::copy(from, to).map(drop)
            }
            done => done,
        };
    }
    check_device(from, to, &metadata)?;
    match fs::create_dir(to) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        done => done?,
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        link(&entry.path(), &to.join(entry.file_name()))?;
    }
    fs::set_permissions(to, metadata.permissions())
}

/// A folder that is another file system cannot be taken along: it would stay in the old place.
#[cfg(unix)]
fn check_device(from: &Path, to: &Path, metadata: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let parent = to.parent().map_or_else(|| fs::metadata("."), fs::metadata)?;
    if parent.dev() == metadata.dev() {
        return Ok(());
    }
    let message = format!("`{}` is another file system; unmount it first", from.display());
    Err(io::Error::new(io::ErrorKind::CrossesDevices, message))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail where file systems can be mounted on folders")]
fn check_device(_: &Path, _: &Path, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

/// Exchanges two folders in one step.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    #[cfg(test)]
    if injected::cannot_exchange() {
        return Err(io::ErrorKind::Unsupported.into());
    }
    Ok(renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether the file system has no such step; nothing was done then.
fn cannot_exchange(error: &io::Error) -> bool {
    use io::ErrorKind::{CrossesDevices, InvalidInput, Unsupported};
    matches!(error.kind(), Unsupported | InvalidInput | CrossesDevices)
}

/// Stands before everything that changes the disk, so that a test can let each of these fail.
#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "it fails in tests")]
pub(super) fn step() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(super) use injected::step;

/// Failures on demand, per thread.
#[cfg(test)]
pub(super) mod injected {
    use std::cell::Cell;
    use std::io;

    thread_local! {
        static STEPS: Cell<usize> = const { Cell::new(0) };
        static FAIL_AT: Cell<Option<usize>> = const { Cell::new(None) };
        static NO_EXCHANGE: Cell<bool> = const { Cell::new(false) };
    }

    pub(in super::super) fn step() -> io::Result<()> {
        let at = STEPS.get();
        STEPS.set(at + 1);
        if FAIL_AT.get() == Some(at) { Err(io::Error::other("no room is left")) } else { Ok(()) }
    }

    pub(super) fn cannot_exchange() -> bool {
        NO_EXCHANGE.get()
    }

    /// Runs with a failure at one step, where there is one; gives the result and the number of steps.
    pub(in super::super) fn run<T>(
        fail_at: Option<usize>,
        no_exchange: bool,
        act: impl FnOnce() -> T,
    ) -> (T, usize) {
        STEPS.set(0);
        FAIL_AT.set(fail_at);
        NO_EXCHANGE.set(no_exchange);
        let result = act();
        FAIL_AT.set(None);
        NO_EXCHANGE.set(false);
        (result, STEPS.get())
    }
}
