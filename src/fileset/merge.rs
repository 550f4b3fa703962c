//! A person's edits and what is generated anew, put together: three texts -> one, or the places where both changed the same lines.
//!
//! Input: the text as it was generated before, as it stands, and as it is generated now. Output: the merged text, or a three-way
//! difference for a person to read. Deliberately absent: files.

use diffy::{ConflictStyle, IncompleteHunkStyle, MergeOptions};
use similar::TextDiff;

/// Lines shown around a collision.
const CONTEXT: usize = 3;

/// Puts both changes together.
///
/// # Errors
/// The three-way difference, where both changed the same lines.
pub(super) fn merge(path: &str, before: &str, yours: &str, now: &str) -> Result<String, String> {
    let mut options = MergeOptions::new();
    options.set_conflict_style(ConflictStyle::Diff3).set_incomplete_hunk_style(IncompleteHunkStyle::Git);
    options.merge(before, yours, now).map_err(|marked| three_way(path, &marked))
}

/// The difference where it is not known what was generated before.
pub(super) fn two_way(path: &str, yours: &str, now: &str) -> String {
    let diff = TextDiff::from_lines(yours, now);
    let header = (format!("{path} (yours)"), format!("{path} (generated now)"));
    diff.unified_diff().context_radius(CONTEXT).header(&header.0, &header.1).to_string()
}

/// The collisions of a text with markers, with lines around them.
fn three_way(path: &str, marked: &str) -> String {
    let lines: Vec<&str> = marked.lines().collect();
    let mut shown: Vec<(usize, usize)> = Vec::new();
    let mut start = None;
    for (at, line) in lines.iter().enumerate() {
        if line.starts_with("<<<<<<< ours") {
            start = Some(at);
        } else if line.starts_with(">>>>>>> theirs")
            && let Some(start) = start.take()
        {
            let (from, to) = (start.saturating_sub(CONTEXT), (at + 1 + CONTEXT).min(lines.len()));
            match shown.last_mut() {
                Some(last) if last.1 >= from => last.1 = to,
                _ => shown.push((from, to)),
            }
        }
    }
    let mut text = format!("=== {path}: yours, as generated before, as generated now\n");
    for (from, to) in shown {
        text.push_str("@@\n");
        for line in &lines[from..to] {
            let line = match *line {
                "<<<<<<< ours" => "<<<<<<< yours",
                "||||||| original" => "||||||| generated before",
                ">>>>>>> theirs" => ">>>>>>> generated now",
                line => line,
            };
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n";

    #[test]
    fn changes_of_different_lines_are_put_together() {
        let yours = BEFORE.replace("two", "TWO");
        let now = BEFORE.replace("seven\n", "seven\nseven and a half\n");
        let merged = merge("f", BEFORE, &yours, &now).unwrap();
        assert_eq!(merged, now.replace("two", "TWO"));
        assert_eq!(merge("f", BEFORE, &now, &now).unwrap(), now);
        assert_eq!(merge("f", BEFORE, BEFORE, &now).unwrap(), now);
        assert_eq!(merge("f", BEFORE, &yours, BEFORE).unwrap(), yours);
    }

    #[test]
    fn changes_of_the_same_lines_are_shown_three_ways() {
        let shown =
            merge("d/f", BEFORE, &BEFORE.replace("four", "IV"), &BEFORE.replace("four", "4")).unwrap_err();
        assert_eq!(
            shown,
            "=== d/f: yours, as generated before, as generated now\n@@\none\ntwo\nthree\n<<<<<<< yours\nIV\n||||||| generated \
             before\nfour\n=======\n4\n>>>>>>> generated now\nfive\nsix\nseven\n"
        );
    }

    #[test]
    fn far_collisions_are_shown_apart() {
        let before = (0..40).fold(String::new(), |text, line| text + &format!("line {line}\n"));
        let yours = before.replace("line 2\n", "mine\n").replace("line 30\n", "mine\n");
        let now = before.replace("line 2\n", "new\n").replace("line 30\n", "new\n");
        let shown = merge("f", &before, &yours, &now).unwrap_err();
        assert_eq!(shown.matches("@@\n").count(), 2, "{shown}");
        assert!(!shown.contains("line 15"), "{shown}");
    }

    #[test]
    fn text_without_a_last_line_break_is_merged_too() {
        assert_eq!(merge("f", "a\nb\nc", "A\nb\nc", "a\nb\nc\n").unwrap(), "A\nb\nc\n");
    }

    #[test]
    fn without_the_old_text_both_are_shown() {
        let shown = two_way("f", "mine\n", "ours\n");
        assert!(shown.starts_with("--- f (yours)\n+++ f (generated now)\n"), "{shown}");
        assert!(shown.ends_with("-mine\n+ours\n"), "{shown}");
    }
}
