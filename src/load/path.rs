//! Paths without `.` and `..`, so that one file has one name.

use std::path::{Path, PathBuf};

/// Without `.` and `..`, as far as the text tells; symlinks are left alone.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                if !normal.pop() {
                    normal.push("..");
                }
            }
            std::path::Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}
