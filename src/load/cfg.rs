//! `cfg` for the chosen features and a Lambda target: on, off, only in tests, or not known.
//!
//! Lambda's `provided.al2023` runs Linux with glibc on `x86_64` or `aarch64`.

use std::collections::BTreeSet;

use cfg_expr::{Expression, Predicate, TargetPredicate};

use crate::syntax::Attr;

/// Verdict on an item's `cfg` attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    On,
    Off,
    /// On only when tests are compiled.
    TestOnly,
    /// Depends on something not known here; treated as on.
    Unknown,
}

/// The verdict over all `cfg` attributes of one item. `cfg_attr` does not switch items.
pub(super) fn verdict(attrs: &[Attr], features: &BTreeSet<String>) -> Verdict {
    let mut worst = Verdict::On;
    for attr in attrs.iter().filter(|attr| attr.path == "cfg") {
        let one = attr.inside().map_or(Verdict::Unknown, |inside| evaluate(inside, features));
        worst = match (worst, one) {
            (Verdict::Off, _) | (_, Verdict::Off) => Verdict::Off,
            (Verdict::TestOnly, _) | (_, Verdict::TestOnly) => Verdict::TestOnly,
            (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
            (Verdict::On, Verdict::On) => Verdict::On,
        };
    }
    worst
}

/// Whether an item is compiled into the program; what is not known counts as on.
pub fn is_on(attrs: &[Attr], features: &BTreeSet<String>) -> bool {
    matches!(verdict(attrs, features), Verdict::On | Verdict::Unknown)
}

/// Whether a condition holds in the program; what is not known counts as if it did.
pub(super) fn holds(condition: &str, features: &BTreeSet<String>) -> bool {
    matches!(evaluate(condition, features), Verdict::On | Verdict::Unknown)
}

fn evaluate(condition: &str, features: &BTreeSet<String>) -> Verdict {
    // `true` and `false` are conditions since Rust 1.88.
    match condition.trim() {
        "true" => return Verdict::On,
        "false" => return Verdict::Off,
        _ => {}
    }
    let Ok(expression) = Expression::parse(condition) else { return Verdict::Unknown };
    let with = |test: bool| expression.eval(|predicate| one_holds(predicate, features, test));
    match (with(false), with(true)) {
        (Some(true), _) => Verdict::On,
        (Some(false), Some(true)) => Verdict::TestOnly,
        (Some(false), _) => Verdict::Off,
        (None, _) => Verdict::Unknown,
    }
}

fn one_holds(predicate: &Predicate<'_>, features: &BTreeSet<String>, test: bool) -> Option<bool> {
    match predicate {
        Predicate::Feature(name) => Some(features.contains(*name)),
        Predicate::Test => Some(test),
        // What is deployed is built with `--release`.
        Predicate::ProcMacro | Predicate::DebugAssertions => Some(false),
        Predicate::Target(target) => match target {
            TargetPredicate::Arch(arch) => match arch.as_str() {
                "x86_64" | "aarch64" => None,
                _ => Some(false),
            },
            TargetPredicate::Os(os) => Some(os.as_str() == "linux"),
            TargetPredicate::Env(env) => Some(env.as_str() == "gnu"),
            TargetPredicate::Family(family) => Some(family.as_str() == "unix"),
            TargetPredicate::PointerWidth(width) => Some(*width == 64),
            TargetPredicate::Endian(endian) => Some(*endian == cfg_expr::targets::Endian::little),
            _ => None,
        },
        Predicate::Flag(flag) => match *flag {
            "unix" => Some(true),
            "windows" | "wasm" | "miri" | "loom" | "doctest" => Some(false),
            _ => None,
        },
        Predicate::KeyValue { .. } | Predicate::TargetFeature(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(condition: &str, expect: Verdict) {
        let features = BTreeSet::from(["admin".to_string()]);
        assert_eq!(evaluate(condition, &features), expect, "{condition}");
    }

    #[test]
    fn conditions_are_evaluated_for_features_and_lambda() {
        check("feature = \"admin\"", Verdict::On);
        check("not(feature = \"admin\")", Verdict::Off);
        check("test", Verdict::TestOnly);
        check("all(test, feature = \"other\")", Verdict::Off);
        check("any(windows, target_os = \"macos\")", Verdict::Off);
        check("unix", Verdict::On);
        check("target_arch = \"wasm32\"", Verdict::Off);
        check("target_arch = \"aarch64\"", Verdict::Unknown);
        check("debug_assertions", Verdict::Off);
        check("not(debug_assertions)", Verdict::On);
        check("tokio_unstable", Verdict::Unknown);
        check("not valid (", Verdict::Unknown);
    }
}
