//! What was verified, as one page of HTML that needs nothing else.
//!
//! Input: the evidence. Output: text. Every value is escaped by the template; the template decides nothing beyond leaving out what is empty.

use handlebars::Handlebars;
use serde::Serialize;
use similar::{ChangeTag, TextDiff};

use super::evidence::{Evidence, Subject};
use super::load;
use crate::verify::{Check, Difference, Part, Shortest, Trial};

const TEMPLATE: &str = include_str!("evidence.html.hbs");

#[derive(Serialize)]
struct PageView<'a> {
    package: String,
    tool: &'a str,
    /// `workspace`, or the two systems.
    of: String,
    verdict: &'static str,
    class: &'static str,
    checks: Vec<CheckView<'a>>,
    /// None or one: a template has no other way to leave out a section with its values.
    answers: Vec<AnswersView<'a>>,
    permissions: Vec<PermissionsView<'a>>,
}

#[derive(Serialize)]
struct CheckView<'a> {
    what: &'a str,
    verdict: &'static str,
    class: &'static str,
    compared: usize,
    differences: &'a [String],
    open: &'a [String],
}

#[derive(Serialize)]
struct AnswersView<'a> {
    verdict: &'static str,
    class: &'static str,
    requests: usize,
    equal: usize,
    different: usize,
    open_count: usize,
    groups: Vec<GroupView<'a>>,
    has_differences: bool,
    shown: usize,
    more: usize,
    differences: Vec<DifferenceView<'a>>,
    sequences: Vec<SequenceView<'a>>,
    load: String,
    lists: Vec<ListView>,
}

#[derive(Serialize)]
struct GroupView<'a> {
    name: &'a str,
    requests: usize,
    different: usize,
    open: usize,
}

#[derive(Serialize)]
struct DifferenceView<'a> {
    group: &'a str,
    step: &'a str,
    method: &'a str,
    target: &'a str,
    kind: &'a str,
    cause: &'a str,
    by: String,
    parts: Vec<PartView<'a>>,
    printed: String,
    curl: &'a str,
}

#[derive(Serialize)]
struct PartView<'a> {
    what: &'a str,
    lines: Vec<LineView>,
}

/// One of the three is true.
#[derive(Serialize)]
#[allow(clippy::struct_excessive_bools)]
struct LineView {
    removed: bool,
    added: bool,
    same: bool,
    text: String,
}

#[derive(Serialize)]
struct SequenceView<'a> {
    title: String,
    scenario: &'a str,
}

#[derive(Serialize)]
struct ListView {
    title: &'static str,
    entries: Vec<String>,
}

#[derive(Serialize)]
struct PermissionsView<'a> {
    verdict: &'static str,
    class: &'static str,
    granted: usize,
    used: usize,
    calls: usize,
    denied: usize,
    unused: Vec<UnusedView<'a>>,
}

#[derive(Serialize)]
struct UnusedView<'a> {
    function: &'a str,
    action: &'a str,
    resource: &'a str,
    place: &'a str,
    why: String,
}

/// The page.
pub fn evidence_html(evidence: Evidence<'_>) -> String {
    let Evidence { subject: Subject { package, tool, workspace }, checks, trial } = evidence;
    let (verdict, class) = verdict(evidence.holds());
    let view = PageView {
        package: package.to_string(),
        tool,
        of: about(workspace, trial),
        verdict,
        class,
        checks: checks.iter().map(check).collect(),
        answers: trial.map(answers).into_iter().collect(),
        permissions: trial.filter(|trial| trial.granted > 0).map(permissions).into_iter().collect(),
    };
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.render_template(TEMPLATE, &view).expect("the template is tested, and has all that it names")
}

/// What was compared, in a few words.
fn about(workspace: Option<&str>, trial: Option<&Trial>) -> String {
    let systems = trial.map(|trial| trial.systems.join(" and ")).unwrap_or_default();
    workspace.map_or(systems, |workspace| format!("workspace {workspace}"))
}

fn verdict(holds: bool) -> (&'static str, &'static str) {
    if holds { ("holds", "good") } else { ("differs", "bad") }
}

fn check(check: &Check) -> CheckView<'_> {
    let (verdict, class) = verdict(check.holds());
    CheckView {
        what: check.what,
        verdict,
        class,
        compared: check.compared,
        differences: &check.differences,
        open: &check.open,
    }
}

fn answers(trial: &Trial) -> AnswersView<'_> {
    let (verdict, class) = verdict(trial.answers_hold());
    let groups = trial.groups.iter();
    AnswersView {
        verdict,
        class,
        requests: trial.requests,
        equal: trial.equal(),
        different: trial.different,
        open_count: trial.open.len(),
        groups: groups
            .map(|group| GroupView {
                name: &group.name,
                requests: group.requests,
                different: group.different,
                open: group.open,
            })
            .collect(),
        has_differences: !trial.differences.is_empty(),
        shown: trial.differences.len(),
        more: trial.different - trial.differences.len(),
        differences: trial.differences.iter().map(difference).collect(),
        load: trial.load.as_ref().map(load::text).unwrap_or_default(),
        sequences: trial.shortest.iter().map(sequence).collect(),
        lists: lists(trial),
    }
}

fn sequence(shortest: &Shortest) -> SequenceView<'_> {
    let Shortest { name, from, requests, scenario, .. } = shortest;
    SequenceView { title: format!("{name}: {requests} of its {from} requests"), scenario }
}

fn lists(trial: &Trial) -> Vec<ListView> {
    let open = trial.open.iter();
    let open = open.map(|open| format!("{} {}: {}", open.method, open.target, open.cause.text));
    let all = [
        ("A stub answered, as the program did by chance", trial.misrouted.clone()),
        ("Denied", trial.denied.clone()),
        ("What may differ", trial.volatile.clone()),
        ("What AWS leaves open, or memory of one process", open.collect()),
        ("Not sent", trial.skipped.clone()),
        ("Not compared", trial.not_compared.clone()),
        ("Both sides fail", trial.failures.clone()),
        ("Routes without success", trial.without_success.clone()),
        ("Permissions that were not enforced", trial.unenforced.clone()),
    ];
    let all = all.into_iter().filter(|(_, entries)| !entries.is_empty());
    all.map(|(title, entries)| ListView { title, entries }).collect()
}

fn difference(difference: &Difference) -> DifferenceView<'_> {
    DifferenceView {
        group: &difference.group,
        step: &difference.step,
        method: &difference.method,
        target: &difference.target,
        kind: difference.cause.kind.name(),
        cause: &difference.cause.text,
        by: difference.answered_by(),
        parts: difference
            .parts
            .iter()
            .map(|part| PartView { what: &part.what, lines: lines(part) })
            .collect(),
        printed: difference.log.join("\n"),
        curl: &difference.curl,
    }
}

fn lines(part: &Part) -> Vec<LineView> {
    let diff = TextDiff::from_lines(&part.monolith, &part.split);
    let line = |change: similar::Change<&str>| {
        let tag = change.tag();
        LineView {
            removed: tag == ChangeTag::Delete,
            added: tag == ChangeTag::Insert,
            same: tag == ChangeTag::Equal,
            text: change.value().trim_end_matches(['\n', '\r']).to_string(),
        }
    };
    diff.grouped_ops(2).iter().flatten().flat_map(|op| diff.iter_changes(op)).map(line).collect()
}

fn permissions(trial: &Trial) -> PermissionsView<'_> {
    let (verdict, class) = verdict(trial.roles_hold());
    let unused = trial.unused.iter().map(|unused| UnusedView {
        function: &unused.function,
        action: &unused.action,
        resource: &unused.resource,
        place: &unused.place,
        why: unused.why.join("; "),
    });
    PermissionsView {
        verdict,
        class,
        granted: trial.granted,
        used: trial.granted - trial.unused.len(),
        calls: trial.calls,
        denied: trial.denied.len(),
        unused: unused.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Package;
    use crate::verify::{Cause, CauseKind, SentGroup, Unused};

    #[test]
    fn the_page_shows_everything_and_escapes_it() {
        let package = Package { name: "shop<script>".into(), version: "1.0.0".into(), axum: None };
        let subject = Subject { package: &package, tool: "lith-split 0.1.0", workspace: Some("abc") };
        let checks = [Check {
            what: "it holds",
            compared: 3,
            differences: vec!["`a` & <b>".into()],
            open: vec!["not known".into()],
        }];
        let difference = Difference {
            group: "methods of /a".into(),
            step: "as nobody".into(),
            method: "GET".into(),
            target: "/a?x=<y>".into(),
            curl: "curl '<'".into(),
            function: Some("F".into()),
            key: Some("GET /a".into()),
            parts: vec![Part { what: "body".into(), monolith: "1\n2".into(), split: "1\n3".into() }],
            cause: Cause { kind: CauseKind::Body, text: "other data".into() },
            log: vec!["<log>".into()],
        };
        let trial = Trial {
            groups: vec![SentGroup { name: "methods of /a".into(), requests: 2, different: 1, open: 0 }],
            requests: 2,
            different: 1,
            differences: vec![difference],
            granted: 2,
            unused: vec![Unused {
                function: "F".into(),
                action: "s3:GetObject".into(),
                resource: "*".into(),
                why: vec!["why: <route>".into()],
                place: "template.yaml:1".into(),
            }],
            volatile: vec!["json:/<id>".into()],
            ..Trial::default()
        };
        let page = evidence_html(Evidence { subject, checks: &checks, trial: Some(&trial) });
        for (text, times) in [
            ("shop&lt;script&gt; 1.0.0", 2),
            ("`a` &amp; &lt;b&gt;", 1),
            ("GET /a?x=&lt;y&gt;", 1),
            ("<del>2</del>", 1),
            ("<ins>3</ins>", 1),
            ("<div>1</div>", 1),
            ("&lt;log&gt;", 1),
            ("why: &lt;route&gt;", 1),
            ("json:/&lt;id&gt;", 1),
            ("2 permissions, 1 used", 1),
        ] {
            let text = text.replace('=', "&#x3D;").replace('`', "&#x60;");
            assert_eq!(page.matches(&text).count(), times, "{text}:\n{page}");
        }
        assert!(!page.contains("<script") && !page.contains("http"), "{page}");
        let short = evidence_html(Evidence { subject, checks: &[], trial: None });
        assert!(!short.contains("Answers") && short.contains("holds"), "{short}");
    }
}
