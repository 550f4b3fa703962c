//! Looking at a folder without leaving it: names that stay inside, and reads that follow no symlink.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What stands at a path inside the target.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    File(Vec<u8>),
    /// A folder, a symlink, or something below one.
    Other,
}

/// Whether a name is a relative path that stays inside the folder on every system.
pub(super) fn is_safe(name: &str) -> bool {
    !name.is_empty()
        && !name.contains(['\\', '\0', ':'])
        && name.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.chars().any(char::is_control))
}

/// The path of a safe name.
pub(super) fn join(folder: &Path, name: &str) -> PathBuf {
    name.split('/').fold(folder.to_path_buf(), |path, part| path.join(part))
}

/// Reads a file of the folder; no part of its path may be a symlink.
pub(super) fn read(folder: &Path, name: &str) -> io::Result<Found> {
    let mut path = folder.to_path_buf();
    let mut parts = name.split('/').peekable();
    while let Some(part) = parts.next() {
        path.push(part);
        let kind = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata.file_type(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => return Err(error),
        };
        let last = parts.peek().is_none();
        if last && kind.is_file() {
            return Ok(Found::File(fs::read(&path)?));
        }
        if last || !kind.is_dir() {
            return Ok(Found::Other);
        }
    }
    Ok(Found::Other)
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn names_that_leave_the_folder_are_refused() {
        for name in ["", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "C:/x", "a\\b", "a\0", "a/\n"] {
            assert!(!is_safe(name), "{name:?}");
        }
        for name in ["Cargo.toml", ".github/workflows/ci.yml", "src/a b/..c/é.rs"] {
            assert!(is_safe(name), "{name:?}");
        }
    }
}
