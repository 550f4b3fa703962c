//! A run that does not come to its end: killed, on a full disk, or where nothing may be written.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;

use crate::generate::Copy;
use crate::program::{Files, files};

/// Two plans of one program, and what each generates into `out` beside a person's files.
struct Two {
    copy: Copy,
    plans: [String; 2],
    outputs: [Files; 2],
}

impl Two {
    fn new() -> Self {
        let copy = Copy::of("nested_router");
        let mut plans = Vec::new();
        let mut outputs = Vec::new();
        for granularity in ["service", "route"] {
            copy.does("plan", &["--granularity", granularity]);
            plans.push(copy.text("app/lith-split.toml"));
            copy.does("generate", &["--out", "../out"]);
            if outputs.is_empty() {
                // Linking these takes a while, so that many moments fall into it.
                fs::create_dir_all(copy.path("out/target/deep")).expect("a folder");
                for at in 0..3000 {
                    fs::write(copy.path(&format!("out/target/deep/{at}")), "mine").expect("a file");
                }
            }
            outputs.push(files(&copy.path("out")));
        }
        let (plans, outputs) = (plans.try_into().expect("two"), outputs.try_into().expect("two"));
        Self { copy, plans, outputs }
    }

    fn plan(&self, which: usize) {
        fs::write(self.copy.path("app/lith-split.toml"), &self.plans[which])
            .expect("the plan can be written");
    }

    fn command(&self) -> Command {
        let mut command = Command::new(cargo_bin("lith-split"));
        command.current_dir(self.copy.path("app")).args(["generate", "--quiet", "--out", "../out"]);
        command.env("LITH_SPLIT_NO_CACHE", "1").stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Runs a script with `$LITH_SPLIT` generating into `$OUT`; `None` where this system does not let it mount anything.
    fn in_a_namespace(&self, script: &str) -> Option<(i32, String)> {
        let possible = Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
        if !possible.is_ok_and(|output| output.status.success()) {
            let why = "skipped: this system does not let a user mount a file system";
            writeln!(std::io::stderr(), "{why}").expect("stderr can be written");
            return None;
        }
        let output = Command::new("unshare")
            .args(["-rm", "sh", "-c", script])
            .current_dir(self.copy.path("app"))
            .env("LITH_SPLIT", cargo_bin("lith-split"))
            .env("LITH_SPLIT_NO_CACHE", "1")
            .env("OUT", self.copy.path("out"))
            .env("PLACE", self.copy.path(""))
            .output()
            .expect("the script runs");
        let text =
            String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        Some((output.status.code().expect("not killed"), text))
    }
}

#[test]
fn a_run_that_is_killed_leaves_the_old_output_or_the_new() {
    let two = Two::new();
    two.plan(0);
    let begun = Instant::now();
    assert!(two.command().status().expect("the program runs").success());
    let whole = begun.elapsed();
    assert!(files(&two.copy.path("out")) == two.outputs[0], "the first plan gives something else now");
    let moments = 24;
    let mut killed = 0;
    for moment in 0..moments {
        two.plan((moment + 1) % 2);
        let mut child = two.command().spawn().expect("the program runs");
        // Writing comes last.
        let share = 30 + 75 * u32::try_from(moment).expect("a small number") / 24;
        std::thread::sleep(whole * share / 100);
        child.kill().expect("the child can be killed");
        if !child.wait().expect("the child ends").success() {
            killed += 1;
        }
        let now = files(&two.copy.path("out"));
        assert!(two.outputs.contains(&now), "killed at {share} %, the output is neither the old nor the new");
    }
    assert!(killed > 0, "every run was done before it was killed");
    // What killed runs left beside is removed by the next.
    std::thread::sleep(Duration::from_millis(50));
    two.plan(1);
    assert!(two.command().status().expect("the program runs").success());
    assert!(files(&two.copy.path("out")) == two.outputs[1]);
    let beside: Vec<_> = fs::read_dir(two.copy.path("")).expect("the folder").collect();
    assert_eq!(beside.len(), 2, "{beside:?}");
}

#[test]
fn a_file_that_cannot_be_written_whole_changes_nothing() {
    let two = Two::new();
    two.plan(0);
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 2; exec \"$LITH_SPLIT\" generate --out ../out"])
        .current_dir(two.copy.path("app"))
        .env("LITH_SPLIT", cargo_bin("lith-split"))
        .env("LITH_SPLIT_NO_CACHE", "1")
        .output()
        .expect("the program runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    assert!(stderr.contains("cannot write"), "{stderr}");
    assert!(files(&two.copy.path("out")) == two.outputs[1]);
    assert_eq!(fs::read_dir(two.copy.path("")).expect("the folder").count(), 2);
}

#[test]
fn a_full_disk_changes_nothing() {
    let two = Two::new();
    two.plan(0);
    let script = "mount -t tmpfs -o size=16m none /mnt && cp -r \"$OUT\" /mnt/out && \
                  { dd if=/dev/zero of=/mnt/fill bs=4k 2>/dev/null; true; } && \
                  \"$LITH_SPLIT\" generate --out /mnt/out; code=$?; \
                  diff -r \"$OUT\" /mnt/out && echo unchanged; ls -A /mnt | wc -l; exit $code";
    let Some((exit, text)) = two.in_a_namespace(script) else {
        return;
    };
    assert_eq!(exit, 4, "{text}");
    assert!(text.contains("cannot write") && text.contains("unchanged\n2\n"), "{text}");
}

#[test]
fn where_nothing_may_be_written_nothing_changes() {
    let two = Two::new();
    two.plan(0);
    let script = "mount --bind \"$PLACE\" \"$PLACE\" && mount -o remount,bind,ro \"$PLACE\" && cd \"$PLACE/app\" && \
                  \"$LITH_SPLIT\" generate --out ../out; exit $?";
    let Some((exit, text)) = two.in_a_namespace(script) else {
        return;
    };
    assert_eq!(exit, 4, "{text}");
    assert!(text.contains("cannot write") && text.contains("ead-only"), "{text}");
    assert!(files(&two.copy.path("out")) == two.outputs[1]);
}
