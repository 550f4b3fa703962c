//! Paths as arguments name them -> paths that can be compared.

use std::path::{Path, PathBuf};

/// The path without links as far as it exists.
pub(super) fn absolute(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    for ancestor in path.ancestors() {
        if let Ok(real) = ancestor.canonicalize() {
            return path.strip_prefix(ancestor).map_or(real.clone(), |rest| {
                if rest.as_os_str().is_empty() { real.clone() } else { real.join(rest) }
            });
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_does_not_exist_yet_has_an_absolute_path() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap();
        assert_eq!(absolute(&folder.path().join("a/b")), real.join("a/b"));
        assert_eq!(absolute(folder.path()), real);
    }
}
