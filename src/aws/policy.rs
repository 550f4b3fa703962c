//! Accesses -> the statements of one function's role.
//!
//! Input: the accesses that the function can reach. Output: `Policy`, merged and in a fixed order, each statement with its reasons.
//! Deliberately absent: logs and trust, which every function has (`document`), and what SQL needs (`grants`).

use std::collections::{BTreeMap, BTreeSet};

use super::arn::{Arn, Evidence, arn};
use super::condition::{Test, tests};
use super::parameters::Parameters;
use super::reach::Reached;
use crate::access::{Condition, Resource, condition};
use crate::certainty::Certainty;
use crate::load::Sources;
use crate::span::Location;

/// What one function may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    pub statements: Vec<Statement>,
}

/// Exact actions on exact ARNs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Sorted.
    pub actions: Vec<String>,
    /// Sorted; `Arn::Any` stands alone.
    pub resources: Vec<Arn>,
    /// Sorted; empty where all that the code proves is action and resource.
    pub conditions: Vec<Test>,
    /// Sorted by place.
    pub why: Vec<Why>,
}

impl Statement {
    /// Pairs of one action and one ARN, with the statement's conditions.
    pub fn atoms(&self) -> usize {
        self.actions.len() * self.resources.len()
    }
}

/// The call that needs a permission.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Why {
    pub file: String,
    pub line: u32,
    pub operation: String,
    /// Route ids, or `fallback`, `start-up`, `layer NAME`, each with the functions on the way from there to the call.
    pub origins: BTreeMap<String, Vec<String>>,
    /// The expressions that name the resources.
    pub arguments: BTreeSet<Location>,
    /// What these expressions come to, as the report names it: `dynamodb:table/${ITEMS_TABLE}`.
    pub resources: BTreeSet<Resource>,
}

impl Why {
    /// `GET /items/{id}: src/db.rs:40 GetItem`.
    pub fn text(&self) -> String {
        let mut origins: Vec<&str> = self.origins.keys().take(3).map(String::as_str).collect();
        let more = format!("{} more", self.origins.len().saturating_sub(3));
        if self.origins.len() > 3 {
            origins.push(&more);
        }
        format!("{}: {}:{} {}", origins.join(", "), self.file, self.line, self.operation)
    }
}

/// The calls that need a permission, by file, line and operation.
#[derive(Debug, Clone, Default)]
struct Reasons(BTreeMap<(String, u32, String), Reason>);

#[derive(Debug, Clone, Default)]
struct Reason {
    origins: BTreeMap<String, Vec<String>>,
    arguments: BTreeSet<Location>,
    resources: BTreeSet<Resource>,
}

impl Reasons {
    fn extend(&mut self, more: Reasons) {
        for (place, reason) in more.0 {
            let known = self.0.entry(place).or_default();
            for (origin, via) in reason.origins {
                known.origins.entry(origin).or_insert(via);
            }
            known.arguments.extend(reason.arguments);
            known.resources.extend(reason.resources);
        }
    }

    fn into_whys(self) -> Vec<Why> {
        let why = |((file, line, operation), reason): (_, Reason)| Why {
            file,
            line,
            operation,
            origins: reason.origins,
            arguments: reason.arguments,
            resources: reason.resources,
        };
        self.0.into_iter().map(why).collect()
    }
}

/// Whether statements may say what the code proves beyond action and resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conditions {
    Written,
    LeftOut,
}

/// The statements for what was reached; `role` is the function's database role. Actions on the same ARN are one statement; ARNs with
/// the same actions too.
pub(super) fn policy(
    role: &str,
    reached: &[Reached<'_>],
    conditions: Conditions,
    sources: &Sources,
    parameters: &mut Parameters<'_>,
) -> Policy {
    let mut atoms: BTreeMap<(String, Arn), Vec<Atom>> = BTreeMap::new();
    for Reached { origin, access } in reached {
        let (file, line) = (sources.path(access.location), sources.line(access.location));
        let evidence = Evidence { operation: &access.operation, file, line, role };
        let any = [Resource::any()];
        let resources = if access.resources.is_empty() { &any[..] } else { &access.resources };
        let proved = match (conditions, access.certainty) {
            (Conditions::Written, Certainty::Proved) => access.conditions.as_slice(),
            _ => &[],
        };
        for action in &access.actions {
            for resource in pairing(action, resources) {
                let arn = arn(resource, evidence, parameters);
                let mut reason = Reason::default();
                reason.origins.insert(origin.clone(), access.via.clone());
                reason.arguments.extend(access.argument);
                reason.resources.insert(resource.clone());
                let place = (file.to_string(), line, access.operation.clone());
                let reasons = Reasons(BTreeMap::from([(place, reason)]));
                add(atoms.entry((action.clone(), arn)).or_default(), proved, reasons);
            }
        }
    }
    let mut by_arn: BTreeMap<SameArn, (BTreeSet<String>, Reasons)> = BTreeMap::new();
    for ((action, arn), variants) in atoms {
        let service = action.split(':').next().unwrap_or_default().to_string();
        for Atom { conditions, reasons } in variants {
            let key = (service.clone(), arn.clone(), tests(&conditions));
            let (actions, all) = by_arn.entry(key).or_default();
            actions.insert(action.clone());
            all.extend(reasons);
        }
    }
    let mut by_actions: BTreeMap<SameActions, (BTreeSet<Arn>, Reasons)> = BTreeMap::new();
    for ((service, arn, tests), (actions, reasons)) in by_arn {
        let key = (service, actions.into_iter().collect(), arn == Arn::Any, tests);
        let (arns, all) = by_actions.entry(key).or_default();
        arns.insert(arn);
        all.extend(reasons);
    }
    let statements = by_actions
        .into_iter()
        .map(|((_, actions, _, conditions), (arns, reasons))| Statement {
            actions,
            resources: arns.into_iter().collect(),
            conditions,
            why: reasons.into_whys(),
        })
        .collect();
    Policy { statements }
}

/// Service, ARN and conditions.
type SameArn = (String, Arn, Vec<Test>);
/// Service, actions, whether they have no resource type, and conditions: what may stand in one statement.
type SameActions = (String, Vec<String>, bool, Vec<Test>);

/// One action on one ARN, under conditions.
struct Atom {
    conditions: Vec<Condition>,
    reasons: Reasons,
}

/// Adds a need to what is known of the same action and ARN. One without conditions wins over all others.
fn add(atoms: &mut Vec<Atom>, conditions: &[Condition], mut reasons: Reasons) {
    let mut conditions = conditions.to_vec();
    // Those that one statement covers become one; what comes out may cover another.
    while let Some((at, joined)) = atoms
        .iter()
        .enumerate()
        .find_map(|(at, atom)| Some((at, condition::join(&atom.conditions, &conditions)?)))
    {
        let mut known = atoms.remove(at).reasons;
        known.extend(reasons);
        (conditions, reasons) = (joined, known);
    }
    atoms.push(Atom { conditions, reasons });
}

/// What a function needs by the resource that holds it: a table with its indexes, a bucket with its objects.
pub(super) fn needs(reached: &[Reached<'_>]) -> Needs {
    let mut needs = Needs::new();
    let any = [Resource::any()];
    for Reached { access, .. } in reached {
        let resources = if access.resources.is_empty() { &any[..] } else { &access.resources };
        for action in &access.actions {
            for resource in pairing(action, resources) {
                let owner = needs.entry(resource.owner().into_owned()).or_default();
                owner.entry(action.clone()).or_default().insert(resource.clone());
            }
        }
    }
    needs
}

/// By the resource as a whole: its actions, and on which parts of it.
pub type Needs = BTreeMap<Resource, BTreeMap<String, BTreeSet<Resource>>>;

/// The resources of an access that an action can be about; all of them where that leaves none.
///
/// Source: the Service Authorization Reference, "Actions defined by ...", column "Resource types".
pub(crate) fn pairing<'r>(action: &str, resources: &'r [Resource]) -> Vec<&'r Resource> {
    let fits = |resource: &&Resource| match (action.split_once(':'), resource.kind.as_str()) {
        (Some(("s3", name)), "bucket") => !is_object_action(name),
        (Some(("s3", name)), "object") => is_object_action(name),
        (Some(("dynamodb", name)), "table") if resource.sub.is_some() => {
            matches!(name, "Query" | "Scan" | "PartiQLSelect" | "SearchVectors")
        }
        _ => true,
    };
    let fitting: Vec<_> = resources.iter().filter(fits).collect();
    if fitting.is_empty() { resources.iter().collect() } else { fitting }
}

fn is_object_action(name: &str) -> bool {
    name.contains("Object") || matches!(name, "AbortMultipartUpload" | "ListMultipartUploadParts")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::names::Names;
    use super::super::reach::Reach;
    use super::super::testing::{access, function, routes, sources, table};
    use super::*;
    use crate::access::{Access, AccessTable, ResourceName};
    use crate::plan::Function;
    use crate::routes::RouteTable;

    #[track_caller]
    fn check(function: &Function, routes: &RouteTable, accesses: &AccessTable, expect: &[&str]) {
        let (sources, mut names) = (sources(), Names::default());
        let mut parameters = Parameters::new(&mut names, accesses, &sources);
        let reached = Reach::new(routes, accesses).of(function);
        let policy = policy(&function.name, &reached, Conditions::Written, &sources, &mut parameters);
        let got: Vec<String> = policy
            .statements
            .iter()
            .map(|statement| {
                let arns: Vec<String> =
                    statement.resources.iter().map(|arn| arn.resolve(|name| format!("<{name}>"))).collect();
                let arns: Vec<&str> = arns.iter().map(|arn| arn.rsplit(':').next().unwrap()).collect();
                let why: Vec<String> = statement.why.iter().map(Why::text).collect();
                let only: Vec<String> = statement.conditions.iter().filter_map(Test::text).collect();
                let only =
                    if only.is_empty() { String::new() } else { format!(" if {}", only.join(" and ")) };
                let (actions, arns) = (statement.actions.join(" "), arns.join(" "));
                format!("{actions} on {arns}{only} because {}", why.join("; "))
            })
            .collect();
        assert_eq!(got, expect);
    }

    #[test]
    fn statements_are_merged_and_say_why() {
        let table_of = |routes: Vec<Vec<Arc<Access>>>| AccessTable { routes, ..AccessTable::default() };
        check(
            &function("items", &["GET /items/{id}", "PUT /items/{id}"]),
            &routes(&["GET /items/{id}", "PUT /items/{id}"]),
            &table_of(vec![
                vec![access("GetItem", &["dynamodb:GetItem"], &[table("ITEMS")], 1)],
                vec![
                    access("GetItem", &["dynamodb:GetItem"], &[table("ITEMS")], 1),
                    access("PutItem", &["dynamodb:PutItem"], &[table("ITEMS")], 2),
                ],
            ]),
            &["dynamodb:GetItem dynamodb:PutItem on table/<Items> because \
               GET /items/{id}, PUT /items/{id}: src/db.rs:1 GetItem; PUT /items/{id}: src/db.rs:2 PutItem"],
        );
    }

    #[test]
    fn an_action_without_resource_type_stands_alone_and_sql_gives_nothing() {
        let sql = access("Select", &[], &[Resource { service: "sql".into(), ..table("T") }], 3);
        let accesses = AccessTable {
            routes: vec![vec![access("SendEmail", &["ses:SendEmail"], &[Resource::any()], 1), sql]],
            ..AccessTable::default()
        };
        let (function, routes) = (function("f", &["GET /"]), routes(&["GET /"]));
        check(&function, &routes, &accesses, &["ses:SendEmail on * because GET /: src/db.rs:1 SendEmail"]);
    }

    #[test]
    fn bucket_and_object_actions_go_to_their_own_arns() {
        let resource = |kind: &str, sub: Option<&str>| Resource {
            service: "s3".into(),
            kind: kind.into(),
            sub: sub.map(crate::access::ResourceName::literal),
            ..table("B")
        };
        let accesses = AccessTable {
            routes: vec![vec![access(
                "GetObject",
                &["s3:GetObject", "s3:ListBucket"],
                &[resource("object", Some("k")), resource("bucket", None)],
                1,
            )]],
            ..AccessTable::default()
        };
        check(
            &function("f", &["GET /"]),
            &routes(&["GET /"]),
            &accesses,
            &[
                "s3:GetObject on <B>/k because GET /: src/db.rs:1 GetObject",
                "s3:ListBucket on <B> because GET /: src/db.rs:1 GetObject",
            ],
        );
    }

    fn with(conditions: Vec<Condition>, line: u32) -> Arc<Access> {
        let mut access = access("GetItem", &["dynamodb:GetItem"], &[table("T")], line);
        Arc::make_mut(&mut access).conditions = conditions;
        access
    }

    fn keys(value: &str) -> Condition {
        Condition::LeadingKeys(vec![ResourceName::literal(value)])
    }

    #[track_caller]
    fn check_conditions(accesses: Vec<Arc<Access>>, expect: &[&str]) {
        let accesses = AccessTable { routes: vec![accesses], ..AccessTable::default() };
        check(&function("f", &["GET /"]), &routes(&["GET /"]), &accesses, expect);
    }

    #[test]
    fn an_access_without_condition_wins_in_any_order() {
        let expect =
            "dynamodb:GetItem on table/<T> because GET /: src/db.rs:1 GetItem; GET /: src/db.rs:2 GetItem";
        check_conditions(vec![with(vec![keys("A")], 1), with(vec![], 2)], &[expect]);
        check_conditions(vec![with(vec![], 1), with(vec![keys("A")], 2)], &[expect]);
    }

    #[test]
    fn values_of_one_key_join_and_other_conditions_stay_apart() {
        let transaction = Condition::EnclosingOperation("TransactGetItems".into());
        check_conditions(
            vec![with(vec![keys("A")], 1), with(vec![transaction], 2), with(vec![keys("B")], 3)],
            &[
                "dynamodb:GetItem on table/<T> if dynamodb:LeadingKeys is A or B because \
                 GET /: src/db.rs:1 GetItem; GET /: src/db.rs:3 GetItem",
                "dynamodb:GetItem on table/<T> if dynamodb:EnclosingOperation is TransactGetItems because \
                 GET /: src/db.rs:2 GetItem",
            ],
        );
    }

    #[test]
    fn an_access_that_is_not_proved_has_no_condition() {
        let mut inferred = with(vec![keys("A")], 1);
        Arc::make_mut(&mut inferred).certainty = Certainty::Inferred;
        check_conditions(
            vec![inferred],
            &["dynamodb:GetItem on table/<T> because GET /: src/db.rs:1 GetItem"],
        );
    }

    #[test]
    fn actions_with_different_conditions_are_different_statements() {
        let mut put = access("PutItem", &["dynamodb:PutItem"], &[table("T")], 1);
        Arc::make_mut(&mut put).conditions = vec![keys("A")];
        check_conditions(
            vec![put, with(vec![], 2)],
            &[
                "dynamodb:GetItem on table/<T> because GET /: src/db.rs:2 GetItem",
                "dynamodb:PutItem on table/<T> if dynamodb:LeadingKeys is A because GET /: src/db.rs:1 PutItem",
            ],
        );
    }
}
