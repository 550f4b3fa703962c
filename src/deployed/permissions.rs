//! What the code needs against what the function's role allows.
//!
//! Missing is an action on a resource that no statement can allow, whatever is not known. Excess is what no request of the code can need.
//! Deliberately absent: conditions, boundaries and policies of an organisation, and services whose resources are not declared by name.

use std::collections::{BTreeMap, BTreeSet};

use super::pattern::{Covers, Pattern, Reader, Token, covers, covers_action, is_compared};
use super::policies::known_actions;
use super::routes::reaches;
use super::{Allowed, Compared, Function};
use crate::access::{Access, Resource};
use crate::aws::policy::pairing;
use crate::certainty::Certainty;
use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;

/// Findings after which the code may need more than is known.
const UNSURE: &[Code] = &[
    Code::FILE_NOT_PARSED,
    Code::MODULE_NOT_FOUND,
    Code::FILE_NOT_READ,
    Code::DEPENDENCY_NOT_READ,
    Code::MACRO_NOT_EXPANDED,
    Code::NAME_UNRESOLVED,
    Code::ROUTER_METHOD_UNKNOWN,
    Code::ROUTER_UNKNOWN,
    Code::RESOURCE_UNKNOWN,
    Code::OPERATION_UNKNOWN,
    Code::LAYER_UNKNOWN,
    Code::CODE_TOO_WIDE,
    Code::CLIENT_GIVEN,
];

/// Services that the runtime or a layer may use in a function's name.
const ALSO_OF_LAYERS: &[&str] = &["secretsmanager", "ssm"];

/// An action that the code needs, and on what.
struct Need<'a> {
    action: &'a str,
    resource: &'a Resource,
    subject: Pattern,
    access: &'a Access,
    /// Whether the call is proved, and runs at the start or for a route to which the gateway sends requests.
    is_certain: bool,
}

pub(super) fn compare(compared: &Compared<'_>, function: &Function, found: &mut Vec<Diagnostic>) {
    let reader = Reader { declared: &compared.stack.resources, variables: &function.variables };
    let needs = needs(compared, function, &reader);
    indexes(compared, &reader, &needs, found);
    if needs.iter().any(|need| need.access.service == "sts") {
        let what =
            format!("the permissions of `{}` are not compared: the code takes another role", function.id);
        found.push(compared.not_compared(function.span, &what));
        return;
    }
    let allowed: Vec<(&Allowed, Vec<Pattern>)> =
        function.allowed.iter().map(|allowed| (allowed, reader.arns(allowed))).collect();
    missing(compared, function, &reader, (&allowed, &needs), found);
    excess(compared, function, (&allowed, &needs), found);
}

/// Everything that the program may ask of AWS, each once.
fn needs<'a>(compared: &'a Compared<'_>, function: &Function, reader: &Reader<'_>) -> Vec<Need<'a>> {
    let table = compared.accesses;
    let certain = |at: usize| {
        let route = compared.routes.routes.get(at);
        let is_sent = |route| function.keys.iter().any(|key| reaches(key, route));
        function.keys.is_empty() || function.unclear.routes.is_some() || route.is_some_and(is_sent)
    };
    let routes = table.routes.iter().enumerate().map(|(at, list)| (list, certain(at)));
    // What runs for requests that no route answers may be needed, and the gateway may send none of them.
    let layers = table.layers.iter().map(|(_, list)| (list, false));
    let fallbacks = table.fallbacks.iter().map(|list| (list, false));
    let mut all: BTreeMap<(&str, &Resource), (bool, &Access)> = BTreeMap::new();
    for (list, is_sent) in routes.chain([(&table.startup, true)]).chain(fallbacks).chain(layers) {
        for access in list {
            let is_certain = is_sent && access.certainty == Certainty::Proved;
            for action in &access.actions {
                for resource in pairing(action, &access.resources) {
                    let first = all.entry((action, resource)).or_insert((is_certain, access));
                    if is_certain && !first.0 {
                        *first = (true, access);
                    }
                }
            }
        }
    }
    let need = |((action, resource), (is_certain, access))| {
        let subject = reader.resource(resource);
        Need { action, resource, subject, access, is_certain }
    };
    all.into_iter().map(need).collect()
}

/// Indexes that a table of the template does not have.
fn indexes(compared: &Compared<'_>, reader: &Reader<'_>, needs: &[Need<'_>], found: &mut Vec<Diagnostic>) {
    let mut seen = BTreeSet::new();
    for need in
        needs.iter().filter(|need| need.resource.service == "dynamodb" && need.resource.kind == "table")
    {
        let index = need.resource.sub.as_ref().map(ToString::to_string);
        let (Some(index), Some(id)) = (index, reader.declared_as(need.resource)) else { continue };
        let is_literal = matches!(
            need.resource.sub.as_ref().map(|sub| sub.0.as_slice()),
            Some([crate::access::Part::Literal(_)])
        );
        let declared = &compared.stack.resources[id];
        let Some(own) = declared.indexes.as_ref().filter(|own| is_literal && !own.contains(&index)) else {
            continue;
        };
        if !seen.insert((id.to_string(), index.clone())) {
            continue;
        }
        let has =
            if own.is_empty() { "it has none".to_string() } else { format!("it has {}", own.join(", ")) };
        let place = compared.place(need.access.location);
        found.push(
            Diagnostic::new(
                Code::INDEX_NOT_DECLARED,
                format!("the code uses index `{index}` of table `{id}` ({place}), which the template does not declare: {has}"),
            )
            .at((compared.at)(declared.span))
            .help("declare the index, or correct its name in the code"),
        );
    }
}

/// Statements with what they are about, and what the code needs.
type Permissions<'a> = (&'a [(&'a Allowed, Vec<Pattern>)], &'a [Need<'a>]);

fn missing(
    compared: &Compared<'_>,
    function: &Function,
    reader: &Reader<'_>,
    (allowed, needs): Permissions<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let mut needs = needs.iter().filter(|need| need.is_certain).peekable();
    if let Some(why) = function.unclear.permissions.as_ref().filter(|_| needs.peek().is_some()) {
        let what = format!("whether `{}` lacks permissions is not compared: {why}", function.id);
        found.push(compared.not_compared(function.span, &what));
        return;
    }
    let mut lacking: BTreeMap<&Resource, Vec<&Need<'_>>> = BTreeMap::new();
    let mut open: BTreeMap<&Resource, BTreeSet<&str>> = BTreeMap::new();
    for need in needs {
        let by = |(allowed, patterns): &(&Allowed, Vec<Pattern>)| {
            if !allowed.actions.iter().any(|action| covers_action(action, need.action)) {
                return Covers::No;
            }
            let on = patterns.iter().map(|pattern| covers(pattern, &need.subject)).max();
            let on = on.unwrap_or(Covers::No);
            // Whether its conditions hold is not known here.
            if allowed.is_conditional { on.min(Covers::Unknown) } else { on }
        };
        let elsewhere = compared.stack.resource_policies.contains(&need.resource.service.as_str());
        match allowed.iter().map(by).max().unwrap_or(Covers::No) {
            Covers::Yes => {}
            // Whatever the resource is, no statement has the action.
            Covers::No if !elsewhere => {
                lacking.entry(need.resource).or_default().push(need);
            }
            _ => {
                open.entry(need.resource).or_default().insert(need.action);
            }
        }
    }
    for (resource, needs) in lacking {
        let actions = listed(needs.iter().map(|need| need.action));
        let place = compared.place(needs[0].access.location);
        let id =
            reader.declared_as(resource).map(|id| format!(", `{id}` in the template")).unwrap_or_default();
        found.push(
            Diagnostic::new(
                Code::PERMISSION_MISSING,
                format!(
                    "the role of `{}` does not allow {actions} on `{resource}`{id} ({place})",
                    function.id
                ),
            )
            .at((compared.at)(function.span))
            .help("add these actions on exactly that resource to the function's policies"),
        );
    }
    for (resource, actions) in open {
        let actions = listed(actions.into_iter());
        let what = format!("whether `{}` may do {actions} on `{resource}` cannot be compared", function.id);
        found.push(compared.not_compared(function.span, &what));
    }
}

/// What a role allows beyond the code on one resource.
#[derive(Default)]
struct Beyond {
    actions: BTreeSet<String>,
    /// What the code needs under a pattern that covers more: resources, or actions of a wildcard.
    needed: BTreeSet<String>,
    is_too_wide: bool,
}

fn excess(
    compared: &Compared<'_>,
    function: &Function,
    (allowed, needs): Permissions<'_>,
    found: &mut Vec<Diagnostic>,
) {
    if compared.analysis_has(UNSURE) {
        if function.allowed.iter().any(is_about_resources) {
            let what = format!(
                "whether `{}` has permissions beyond the code is not compared: the code has calls that are not known",
                function.id
            );
            found.push(compared.not_compared(function.span, &what));
        }
        return;
    }
    let mut all: BTreeMap<(Span, String), Beyond> = BTreeMap::new();
    for (allowed, patterns) in allowed {
        let mut by_owner: BTreeMap<String, Vec<&Pattern>> = BTreeMap::new();
        for pattern in patterns {
            by_owner.entry(owner(pattern)).or_default().push(pattern);
        }
        for (owner, patterns) in &by_owner {
            let names_many = patterns.iter().any(|pattern| names_many(pattern));
            for action in allowed.actions.iter().filter(|action| is_comparable(action, function)) {
                let may_use = |need: &&Need<'_>| {
                    covers_action(action, need.action)
                        && patterns.iter().any(|pattern| may_be_about(pattern, &need.subject))
                };
                let used: Vec<&Need<'_>> = needs.iter().filter(may_use).collect();
                // A wildcard that takes in nothing else that is known is no excess.
                let is_wild = action.contains(['*', '?'])
                    && (action == "*"
                        || action.ends_with(":*")
                        || known_actions().any(|known| {
                            covers_action(action, &known) && used.iter().all(|need| need.action != known)
                        }));
                // What covers more than one thing, where all that is needed is less.
                let is_wide =
                    names_many && used.iter().all(|need| matches!(need.subject, Pattern::Resource { .. }));
                if used.is_empty() || is_wild || is_wide {
                    let beyond = all.entry((allowed.span, owner.clone())).or_default();
                    beyond.is_too_wide |= !used.is_empty();
                    if used.is_empty() || is_wild {
                        beyond.actions.insert(action.clone());
                    }
                    beyond
                        .needed
                        .extend(used.iter().map(|need| format!("{} on {}", need.action, need.resource)));
                }
            }
        }
    }
    for ((span, owner), beyond) in all {
        let mut what = match beyond.actions.len() {
            0 => format!("the role of `{}` allows more than the code needs on `{owner}`", function.id),
            _ => {
                let actions = listed(beyond.actions.iter().map(String::as_str));
                format!(
                    "the role of `{}` allows {actions} on `{owner}`, beyond what the code needs",
                    function.id
                )
            }
        };
        if beyond.is_too_wide {
            let needed: Vec<String> = beyond.needed.into_iter().collect();
            what = format!("{what}: it needs {}", needed.join(", "));
        }
        found.push(
            Diagnostic::new(Code::PERMISSION_EXCESS, what)
                .at((compared.at)(span))
                .help("allow what the code needs and no more"),
        );
    }
}

fn is_about_resources(allowed: &Allowed) -> bool {
    allowed.actions.iter().any(|action| *action == "*" || is_compared(service_of(action)))
}

fn service_of(action: &str) -> &str {
    action.split(':').next().unwrap_or_default()
}

/// Whether the action can be one for which only the code has a use.
fn is_comparable(action: &str, function: &Function) -> bool {
    let service = service_of(action).to_ascii_lowercase();
    let of_others =
        function.has_other_events || (function.has_layers && ALSO_OF_LAYERS.contains(&service.as_str()));
    !of_others && (action == "*" || is_compared(&service))
}

/// Whether a pattern and what a call is about may have something in common.
fn may_be_about(pattern: &Pattern, subject: &Pattern) -> bool {
    covers(pattern, subject) != Covers::No
}

/// The resource without index or key: `dynamodb:table/T` for `table/T/index/*`, the bucket for its objects.
fn owner(pattern: &Pattern) -> String {
    let Pattern::Resource { service, name } = pattern else { return pattern.to_string() };
    let slash =
        |at: usize| name[at..].iter().position(|token| *token == Token::Char('/')).map(|found| at + found);
    let end = match service.as_str() {
        "dynamodb" => slash(0).and_then(|first| slash(first + 1)),
        "s3" => slash(0),
        _ => None,
    };
    let name = name[..end.unwrap_or(name.len())].to_vec();
    Pattern::Resource { service: service.clone(), name }.to_string()
}

/// Whether a pattern covers more than one table, bucket or queue.
fn names_many(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::All => true,
        Pattern::Unknown => false,
        // What CloudFormation appends to the name of a secret is written as a wildcard.
        Pattern::Resource { service, .. } if service == "secretsmanager" => false,
        Pattern::Resource { .. } => owner(pattern).contains('*'),
    }
}

/// `a, b and c`.
fn listed<'t>(names: impl Iterator<Item = &'t str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_string(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}
