use super::super::FunctionChanges;
use super::super::staging::injected;
use super::*;

fn set(files: &[(&str, &str)]) -> FileSet {
    let mut set = FileSet::default();
    for (path, text) in files {
        set.insert(*path, *text);
    }
    set.seal("test", "", BTreeMap::new());
    set
}

fn target() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("out");
    (folder, target)
}

/// Writes a file as a person would.
fn create(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let path = join(folder, name);
    fs::create_dir_all(path.parent().unwrap())?;
    fs::write(path, content)
}

/// Every file, link and folder below a folder, with contents of files.
fn everything(folder: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder).min_depth(1) {
        let entry = entry.unwrap();
        let content = entry.file_type().is_file().then(|| fs::read(entry.path()).unwrap());
        found.insert(entry.path().strip_prefix(folder).unwrap().to_path_buf(), content);
    }
    found
}

fn read(target: &Path, name: &str) -> String {
    fs::read_to_string(target.join(name)).unwrap()
}

#[test]
fn writing_twice_replaces_removes_and_leaves_nothing_beside() {
    let (folder, target) = target();
    set(&[("a.txt", "1"), ("d/b.txt", "2")]).write(&target, false).unwrap();
    let next = set(&[("a.txt", "changed"), ("c.txt", "3")]);
    let kinds: Vec<_> =
        next.diff(&target).unwrap().changes.iter().map(|c| (c.path.clone(), c.kind.clone())).collect();
    assert_eq!(
        kinds[2..],
        [
            ("a.txt".to_string(), ChangeKind::Changed),
            ("c.txt".to_string(), ChangeKind::Added),
            ("d/b.txt".to_string(), ChangeKind::Removed),
        ]
    );
    next.write(&target, false).unwrap();
    assert_eq!(read(&target, "a.txt"), "changed");
    assert!(!target.join("d").exists());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(next.diff(&target).unwrap().is_empty());
}

#[test]
fn files_that_a_person_added_move_along() {
    let (_folder, target) = target();
    set(&[("d/a.txt", "1"), ("gone/x.txt", "1")]).write(&target, false).unwrap();
    for (name, text) in
        [("notes.md", "mine"), ("d/mine.txt", "mine"), ("target/deep/x", "mine"), ("gone/y.txt", "mine")]
    {
        create(&target, name, text.as_bytes()).unwrap();
    }
    set(&[("d/a.txt", "2")]).write(&target, false).unwrap();
    assert_eq!(read(&target, "d/a.txt"), "2");
    for name in ["notes.md", "d/mine.txt", "target/deep/x", "gone/y.txt"] {
        assert_eq!(read(&target, name), "mine");
    }
    assert!(!target.join("gone/x.txt").exists());
}

#[test]
fn edits_of_other_lines_are_put_together_with_what_is_generated() {
    let (_folder, target) = target();
    set(&[("a.txt", "1\n2\n3\n4\n5\n"), ("b.txt", "1\n")]).write(&target, false).unwrap();
    fs::write(target.join("a.txt"), "1\n2\n3\n4\n5\nmine\n").unwrap();
    let next = set(&[("a.txt", "one\n2\n3\n4\n5\n"), ("b.txt", "2\n")]);
    let shown = next.diff(&target).unwrap();
    let diff = next.write(&target, false).unwrap();
    assert_eq!(diff, shown);
    assert_eq!(read(&target, "a.txt"), "one\n2\n3\n4\n5\nmine\n");
    assert_eq!(diff.changes[2].kind, ChangeKind::Merged);
    // The edit counts as one of the new text from then on.
    let next = set(&[("a.txt", "one\n2\n3\n4\nfive\n"), ("b.txt", "2\n")]);
    assert!(matches!(next.write(&target, false), Err(WriteError::Collision { .. })));
    let next = set(&[("a.txt", "uno\n2\n3\n4\n5\n"), ("b.txt", "2\n")]);
    next.write(&target, false).unwrap();
    assert_eq!(read(&target, "a.txt"), "uno\n2\n3\n4\n5\nmine\n");
}

#[test]
fn an_edit_stays_where_what_is_generated_is_as_before() {
    let (_folder, target) = target();
    let files = set(&[("a.txt", "1\n"), ("b.txt", "1\n")]);
    files.write(&target, false).unwrap();
    fs::write(target.join("a.txt"), "mine\n").unwrap();
    let diff = files.write(&target, false).unwrap();
    assert!(diff.is_empty());
    assert_eq!(diff.kept, ["a.txt"]);
    assert_eq!(read(&target, "a.txt"), "mine\n");
    let diff = set(&[("a.txt", "1\n"), ("b.txt", "2\n")]).write(&target, false).unwrap();
    assert_eq!(diff.kept, ["a.txt"]);
    assert_eq!((read(&target, "a.txt"), read(&target, "b.txt")), ("mine\n".into(), "2\n".into()));
    // An edit that turns out as what is generated is none any more.
    let diff = set(&[("a.txt", "mine\n"), ("b.txt", "2\n")]).write(&target, false).unwrap();
    assert!(diff.kept.is_empty());
}

#[test]
fn edits_that_collide_are_refused_with_a_three_way_difference() {
    let (_folder, target) = target();
    set(&[("a.txt", "1"), ("b.txt", "1"), ("c.txt", "1")]).write(&target, false).unwrap();
    fs::write(target.join("a.txt"), "edited").unwrap();
    fs::write(target.join("c.txt"), "the same edit").unwrap();
    fs::write(target.join("new.txt"), "a person's").unwrap();
    let before = everything(&target);
    let next = set(&[("a.txt", "2"), ("b.txt", "2"), ("c.txt", "the same edit"), ("new.txt", "ours")]);
    let Err(WriteError::Collision { paths, shown, .. }) = next.write(&target, false) else {
        panic!("not refused")
    };
    assert_eq!(paths, ["a.txt", "new.txt"]);
    for part in
        ["<<<<<<< yours\nedited\n", "||||||| generated before\n1\n", "=======\n2\n>>>>>>> generated now\n"]
    {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    assert!(shown.contains("--- new.txt (yours)\n+++ new.txt (generated now)\n"), "{shown}");
    assert_eq!(next.diff(&target).unwrap().to_unified().matches("=== a.txt").count(), 1);
    assert_eq!(everything(&target), before);
    next.write(&target, true).unwrap();
    assert_eq!((read(&target, "a.txt"), read(&target, "new.txt")), ("2".into(), "ours".into()));
}

#[test]
fn force_replaces_what_collides_and_nothing_else() {
    let (_folder, target) = target();
    set(&[("a", "1\n"), ("b", "1\n2\n3\n"), ("c", "1\n"), ("d", "1\n")]).write(&target, false).unwrap();
    for (name, text) in [("a", "mine\n"), ("b", "1\n2\n3\nmine\n"), ("c", "mine\n"), ("d", "mine\n")] {
        fs::write(target.join(name), text).unwrap();
    }
    let diff = set(&[("a", "2\n"), ("b", "0\n1\n2\n3\n"), ("c", "1\n")]).write(&target, true).unwrap();
    assert_eq!(read(&target, "a"), "2\n");
    assert_eq!(read(&target, "b"), "0\n1\n2\n3\nmine\n");
    assert_eq!((diff.kept, diff.left), (vec!["c".to_string()], vec!["d".to_string()]));
    assert_eq!((read(&target, "c"), read(&target, "d")), ("mine\n".into(), "mine\n".into()));
}

#[test]
fn without_the_old_texts_an_edit_of_a_changed_file_is_refused() {
    for broken in [None, Some("broken")] {
        let (_folder, target) = target();
        set(&[("a.txt", "1\n2\n3\n4\n")]).write(&target, false).unwrap();
        fs::write(target.join("a.txt"), "1\n2\n3\n4\nmine\n").unwrap();
        match broken {
            None => fs::remove_file(target.join(BASE)).unwrap(),
            Some(text) => fs::write(target.join(BASE), text).unwrap(),
        }
        let next = set(&[("a.txt", "0\n1\n2\n3\n4\n")]);
        let Err(WriteError::Collision { shown, .. }) = next.write(&target, false) else {
            panic!("not refused")
        };
        assert!(shown.starts_with("--- a.txt (yours)\n"), "{shown}");
    }
}

#[test]
fn an_old_text_that_the_manifest_does_not_know_is_not_used() {
    let (_folder, target) = target();
    set(&[("a.txt", "1\n")]).write(&target, false).unwrap();
    fs::write(target.join("a.txt"), "mine\n").unwrap();
    let mut other = FileSet::default();
    other.insert("a.txt", "mine\n");
    other.seal("test", "", BTreeMap::new());
    fs::write(target.join(BASE), &other.files[BASE]).unwrap();
    // With that text as the old one, the edit would be none, and lost.
    assert!(matches!(set(&[("a.txt", "2\n")]).write(&target, false), Err(WriteError::Collision { .. })));
}

#[test]
fn edited_files_that_are_no_text_collide() {
    let (_folder, target) = target();
    let files = |bytes: &[u8]| {
        let mut files = FileSet::default();
        files.insert("logo.png", bytes);
        files.seal("test", "", BTreeMap::new());
        files
    };
    files(&[0xff, 1]).write(&target, false).unwrap();
    files(&[0xff, 2]).write(&target, false).unwrap();
    fs::write(target.join("logo.png"), [0xff, 9]).unwrap();
    assert!(matches!(files(&[0xff, 3]).write(&target, false), Err(WriteError::Collision { .. })));
    assert_eq!(files(&[0xff, 2]).write(&target, false).unwrap().kept, ["logo.png"]);
}

#[test]
fn functions_and_routes_that_come_and_go_are_named() {
    let (_folder, target) = target();
    let files = |functions: &[(&str, &[&str])]| {
        let mut files = FileSet::default();
        files.insert("a.txt", "1");
        let functions = functions
            .iter()
            .map(|(name, routes)| (name.to_string(), routes.iter().map(ToString::to_string).collect()));
        files.seal("test", "", functions.collect());
        files
    };
    let first = files(&[("a", &["GET /a", "GET /b"]), ("gone", &["GET /gone"])]);
    assert_eq!(first.write(&target, false).unwrap().functions, FunctionChanges::default());
    assert_eq!(first.write(&target, false).unwrap().functions, FunctionChanges::default());
    let next = files(&[("a", &["GET /a"]), ("b", &["GET /b", "GET /new"])]);
    let changes = next.write(&target, false).unwrap().functions;
    assert_eq!(
        (changes.new_functions, changes.gone_functions),
        (vec!["b".to_string()], vec!["gone".to_string()])
    );
    assert_eq!(
        (changes.new_routes, changes.gone_routes),
        (vec!["GET /new".to_string()], vec!["GET /gone".to_string()])
    );
}

#[test]
fn a_lock_file_that_cargo_completed_stays_until_its_origin_changes() {
    let (_folder, target) = target();
    let files = set(&[("Cargo.lock", "monolith")]);
    files.write(&target, false).unwrap();
    fs::write(target.join("Cargo.lock"), "completed").unwrap();
    assert!(files.diff(&target).unwrap().is_empty());
    files.write(&target, false).unwrap();
    assert_eq!(read(&target, "Cargo.lock"), "completed");
    set(&[("Cargo.lock", "newer")]).write(&target, false).unwrap();
    assert_eq!(read(&target, "Cargo.lock"), "newer");
}

#[test]
fn an_edited_file_that_is_no_longer_generated_stays() {
    let (_folder, target) = target();
    set(&[("a.txt", "1"), ("d/b.txt", "1"), ("d/c.txt", "1")]).write(&target, false).unwrap();
    fs::write(target.join("d/b.txt"), "edited").unwrap();
    let diff = set(&[("a.txt", "1")]).write(&target, false).unwrap();
    assert_eq!(diff.left, ["d/b.txt"]);
    assert_eq!(read(&target, "d/b.txt"), "edited");
    assert!(!target.join("d/c.txt").exists());
    // From then on it is the person's own.
    let diff = set(&[("a.txt", "2")]).write(&target, false).unwrap();
    assert!(diff.left.is_empty());
    assert_eq!(read(&target, "d/b.txt"), "edited");
    let back = set(&[("a.txt", "2"), ("d/b.txt", "2")]);
    assert!(matches!(back.write(&target, false), Err(WriteError::Collision { .. })));
}

#[test]
fn foreign_folders_are_refused_and_empty_ones_taken() {
    let (_folder, target) = target();
    fs::create_dir(&target).unwrap();
    set(&[("a.txt", "1")]).write(&target, false).unwrap();
    fs::remove_file(target.join(MANIFEST)).unwrap();
    let error = set(&[("a.txt", "1")]).write(&target, false).unwrap_err();
    assert!(matches!(error, WriteError::NotOurs { .. }) && error.is_refusal());
    let file = target.join("a.txt");
    assert!(matches!(set(&[("x", "1")]).write(&file, true), Err(WriteError::NotAFolder { .. })));
}

#[test]
fn names_that_leave_the_target_are_refused() {
    let (folder, target) = target();
    for name in ["../evil", "/evil", "a/../../evil", ""] {
        let mut files = FileSet::default();
        files.insert(name, "x");
        assert!(matches!(files.write(&target, true), Err(WriteError::BadName { .. })), "{name}");
    }
    assert!(matches!(set(&[("a", "1"), ("a/b", "1")]).write(&target, true), Err(WriteError::BadName { .. })));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn symlinks_are_not_followed() {
    let (folder, target) = target();
    let outside = folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("a.txt"), "outside").unwrap();
    set(&[("d/a.txt", "1")]).write(&target, false).unwrap();
    fs::remove_dir_all(target.join("d")).unwrap();
    std::os::unix::fs::symlink(&outside, target.join("d")).unwrap();
    std::os::unix::fs::symlink(&outside, target.join("mine")).unwrap();
    let next = set(&[("d/a.txt", "2")]);
    assert!(matches!(next.write(&target, false), Err(WriteError::Collision { .. })));
    next.write(&target, true).unwrap();
    assert_eq!(read(&outside, "a.txt"), "outside");
    assert_eq!(read(&target, "d/a.txt"), "2");
    assert!(target.join("mine").is_symlink());
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&outside, &link).unwrap();
    for link in [link.clone(), link.join("")] {
        assert!(matches!(next.write(&link, true), Err(WriteError::NotAFolder { .. })));
    }
}

#[test]
fn the_unified_diff_shows_text_and_names_binaries() {
    let (_folder, target) = target();
    set(&[("a.txt", "one\ntwo\n")]).write(&target, false).unwrap();
    let mut next = set(&[("a.txt", "one\nthree\n")]);
    next.insert("b.bin", vec![0xff, 0xfe]);
    let text = next.diff(&target).unwrap().to_unified();
    assert!(text.contains("--- a/a.txt\n+++ b/a.txt\n") && text.contains("-two\n+three\n"), "{text}");
    assert!(text.contains("Binary files /dev/null and b/b.bin differ"), "{text}");
}

/// A folder with a first generation, an edit, and files of a person.
fn lived_in(target: &Path) {
    set(&[("a.txt", "1\n2\n3\n4\n"), ("d/b.txt", "1\n"), ("gone/x.txt", "1\n")])
        .write(target, false)
        .unwrap();
    create(target, "a.txt", b"1\n2\n3\n4\nmine\n").unwrap();
    for name in ["notes.md", "d/mine.txt", "target/deep/x", "target/deep/y", "gone/y.txt"] {
        create(target, name, b"mine").unwrap();
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", target.join("link")).unwrap();
}

#[test]
fn a_failure_at_any_step_leaves_the_target_as_before_or_complete() {
    let next = set(&[("a.txt", "0\n1\n2\n3\n4\n"), ("d/b.txt", "2\n"), ("new/c.txt", "3\n")]);
    for no_exchange in [false, true] {
        let (folder, target) = target();
        lived_in(&target);
        let before = everything(&target);
        let (done, steps) = injected::run(None, no_exchange, || next.write(&target, false));
        done.unwrap();
        let after = everything(&target);
        assert_eq!(read(&target, "a.txt"), "0\n1\n2\n3\n4\nmine\n");
        assert_eq!(after.keys().filter(|path| before.contains_key(*path)).count(), before.len() - 1);
        assert!(steps > 20, "{steps}");
        drop(folder);
        for step in 0..steps {
            let folder = tempfile::tempdir().unwrap();
            let target = folder.path().join("out");
            lived_in(&target);
            let (result, _) = injected::run(Some(step), no_exchange, || next.write(&target, false));
            assert!(result.is_err(), "step {step}");
            assert_eq!(everything(&target), before, "step {step}");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "step {step} left something behind");
            next.write(&target, false).unwrap();
            assert_eq!(everything(&target), after, "after step {step}");
        }
    }
}

#[test]
fn a_first_generation_that_fails_leaves_nothing() {
    let files = set(&[("a.txt", "1"), ("d/b.txt", "2")]);
    let (_folder, target) = target();
    let (done, steps) = injected::run(None, false, || files.write(&target, false));
    done.unwrap();
    for step in 0..steps {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        let (result, _) = injected::run(Some(step), false, || files.write(&target, false));
        assert!(result.is_err(), "step {step}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "step {step}");
    }
}

#[test]
fn what_a_killed_run_left_is_put_back_and_removed() {
    let files = set(&[("a.txt", "1")]);
    // Killed while it put the new folder together.
    let (folder, target) = target();
    lived_in(&target);
    let beside = folder.path().join(".out.lith-split");
    create(&beside, "new/half.txt", b"half").unwrap();
    create(&beside, "lock", b"").unwrap();
    set(&[("a.txt", "1\n2\n3\n4\n")]).write(&target, false).unwrap();
    assert!(!beside.exists() && !target.join("half.txt").exists());
    // Killed between two renames, where folders cannot be exchanged.
    fs::create_dir_all(beside.join("new")).unwrap();
    fs::rename(&target, beside.join("old")).unwrap();
    assert!(
        matches!(files.write(&target, false), Err(WriteError::Collision { .. })),
        "the edit is known again"
    );
    assert_eq!(read(&target, "a.txt"), "1\n2\n3\n4\nmine\n");
    assert_eq!(read(&target, "notes.md"), "mine");
    assert!(!beside.exists());
}

#[cfg(unix)]
#[test]
fn permissions_of_folders_and_of_a_persons_files_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, target) = target();
    lived_in(&target);
    for (name, mode) in [("", 0o750), ("target", 0o700), ("target/deep/x", 0o755)] {
        fs::set_permissions(target.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    set(&[("a.txt", "0\n1\n2\n3\n4\n")]).write(&target, false).unwrap();
    for (name, mode) in [("", 0o750), ("target", 0o700), ("target/deep/x", 0o755)] {
        assert_eq!(fs::metadata(target.join(name)).unwrap().permissions().mode() & 0o777, mode, "{name}");
    }
}

#[test]
fn two_runs_do_not_write_the_same_folder() {
    let (folder, target) = target();
    let files = set(&[("a.txt", "1")]);
    let staging = Staging::beside(&target).unwrap();
    let error = files.write(&target, false).unwrap_err();
    assert!(!error.is_refusal() && !target.exists());
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("another run"), "{error:?}");
    drop(staging);
    files.write(&target, false).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_of_the_system() {
    let (folder, _) = target();
    fs::write(folder.path().join("file"), "x").unwrap();
    let error = set(&[("a.txt", "1")]).write(&folder.path().join("file/below/out"), false).unwrap_err();
    assert!(!error.is_refusal(), "{error}");
    assert_eq!(everything(folder.path()).len(), 1);
}
