use super::*;
use crate::access::{Mode, Resource};
use crate::coupling::{Becomes, Cycle, TieKind};
use crate::plan::parse;
use crate::span::{SourceId, Span};
use crate::test_support::table;

const SERVICES: &str =
    "\n[services.a.functions]\nget-a = \"GET /a\"\n[services.b.functions]\nget-b = \"GET /b\"\n";

fn tie(from: &str, to: &str) -> Tie {
    let data: Vec<(Resource, Mode)> = vec![(table("T"), Mode::Read)];
    Tie {
        from: from.into(),
        to: to.into(),
        kind: TieKind::Call,
        what: "app::find".into(),
        location: Location { source: SourceId(0), span: Span::new(7, 9) },
        data,
        routes: vec![0],
        becomes: Becomes::ApiCall,
        because: "few".into(),
    }
}

fn check(budgets: &str) -> Vec<(&'static str, String)> {
    let text = format!("version = 1\nname = \"app\"\n[budgets]\n{budgets}{SERVICES}");
    let file = parse(&text, SourceId(1)).expect("a valid plan");
    let coupling = Coupling {
        ties: vec![tie("a", "b"), tie("b", "a"), tie("the monolith", "a")],
        cycles: vec![Cycle { services: vec!["a".into(), "b".into()], cuts: vec![], is_least: true }],
        ..Coupling::default()
    };
    let found = check_budgets(&file, &coupling);
    found.into_iter().map(|finding| (finding.code.as_str(), finding.message)).collect()
}

fn refused(budgets: &str) -> Vec<String> {
    let text = format!("version = 1\nname = \"app\"\n[budgets]\n{budgets}{SERVICES}");
    parse(&text, SourceId(1)).expect_err("it is refused").into_iter().map(|finding| finding.message).collect()
}

#[test]
fn what_is_within_the_limits_is_no_finding() {
    assert_eq!(check(""), []);
    assert_eq!(check("max_cycles = 1\nmax_cross_service_calls = 2\nforbid = []\n"), []);
}

#[test]
fn what_is_over_a_limit_is_a_finding() {
    assert_eq!(
        check("max_cycles = 0\nmax_cross_service_calls = 1\n"),
        [
            ("LS0505", "1 circle of services where the plan allows 0: a, b".to_string()),
            ("LS0506", "data of another service is used in 2 places; the plan allows 1".to_string()),
        ]
    );
}

#[test]
fn a_forbidden_pair_is_a_finding_at_each_place() {
    let said = "a uses dynamodb:table/${T} of b by `app::find`, which the plan forbids";
    assert_eq!(check("forbid = \"a -> b\"\n"), [("LS0507", said.to_string())]);
    assert_eq!(check("forbid = [\"* -> b\"]\n"), [("LS0507", said.to_string())]);
    assert_eq!(check("forbid = [\"b -> *\"]\n").len(), 1);
}

#[test]
fn a_budget_that_is_misspelt_is_refused() {
    assert_eq!(refused("max_circles = 1\n"), ["`budgets` has no key `max_circles`"]);
    assert_eq!(refused("max_cycles = -1\n"), ["`max_cycles` must be a whole number from 0 to 4294967295"]);
    assert_eq!(refused("forbid = [\"a to b\"]\n"), ["`forbid` lists `SERVICE -> SERVICE`, not `a to b`"]);
}

#[test]
fn a_forbidden_pair_may_name_a_service_that_is_gone() {
    let said = "`forbid` names `c`, which is no service of the plan";
    assert_eq!(check("forbid = [\"a -> c\"]\n"), [("LS0503", said.to_string())]);
}
