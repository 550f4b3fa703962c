//! `--only`: the services that a command is limited to.

use std::collections::BTreeSet;

use super::failure::Failure;
use crate::plan::Plan;

/// The named services. One that the plan does not have is refused, with the name that was probably meant.
pub(super) fn services(names: &[String], plan: &Plan) -> Result<BTreeSet<String>, Failure> {
    for name in names {
        if plan.services.iter().any(|service| service.name == *name) {
            continue;
        }
        let known: Vec<&str> = plan.services.iter().map(|service| service.name.as_str()).collect();
        let help = match nearest(name, &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "the plan has no services".to_string(),
            None => format!("the plan has {}", known.join(", ")),
        };
        return Err(Failure::usage(format!("--only: the plan has no service `{name}`; {help}")));
    }
    Ok(names.iter().cloned().collect())
}

/// The name that differs least, where that is at most a third of it.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = known.iter().map(|&known| (distance(name, known), known)).min()?;
    let limit = (name.chars().count() / 3).max(1);
    (near.0 <= limit).then_some(near.1)
}

/// How many characters must be put in, taken out or replaced (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (place, right) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = row[place + 1];
            row[place + 1] = replaced.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_told_from_a_wrong_one() {
        let known = ["users", "orders", "order-items"];
        assert_eq!(nearest("user", &known), Some("users"));
        assert_eq!(nearest("ordres", &known), Some("orders"));
        assert_eq!(nearest("payments", &known), None);
        assert_eq!(nearest("", &known), None);
        assert_eq!(nearest("x", &[]), None);
    }

    #[test]
    fn distances_are_counted_in_characters() {
        for (a, b, expect) in [("", "ab", 2), ("kitten", "sitting", 3), ("é", "e", 1), ("same", "same", 0)] {
            assert_eq!(distance(a, b), expect);
            assert_eq!(distance(b, a), expect);
        }
    }
}
