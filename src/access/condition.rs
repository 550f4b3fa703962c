//! What the arguments of a request prove beyond action and resource: `SdkCall` -> `Condition`.
//!
//! A condition is claimed only where every value is seen; one that could refuse a needed request is worse than none. Deliberately
//! absent: keys and operators of IAM (`aws::condition`), batches, filters and the attributes that are written.
//!
//! Source: DynamoDB developer guide, "Using IAM policy conditions for fine-grained access control" and "Using IAM with DynamoDB
//! transactions"; S3 user guide, "Amazon S3 condition key examples".

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::argument::follow;
use super::naming;
use super::sdk::SdkCall;
use super::table::{Access, AccessTable, Part, Resource, ResourceName};
use crate::certainty::Certainty;
use crate::resolve::{Namespace, Res};
use crate::syntax::ast::{Expr, ExprKind, Path, Stmt, StmtKind};
use crate::values::{Element, Evaluator, FrameId, Text, Thunk, Value};

/// More values than these are no useful condition.
const MAX_VALUES: usize = 20;

/// Functions that make a value, one in the other.
const MAX_CALLS: usize = 4;

/// The actions for which a condition key is used; `Scan` has no leading keys, and a condition check is always in a transaction.
/// `scripts/check_actions.py` compares this with what AWS publishes.
///
/// Source: Service Authorization Reference, "Actions defined by ...", column "Condition keys", in November 2026.
const ACTIONS: &[(&str, &[&str])] = &[
    ("dynamodb:Attributes", &["GetItem"]),
    ("dynamodb:EnclosingOperation", &["GetItem", "PutItem", "UpdateItem", "DeleteItem"]),
    ("dynamodb:LeadingKeys", &["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"]),
    ("dynamodb:Select", &["GetItem"]),
    ("s3:prefix", &["ListBucket"]),
];

/// What all requests of an access have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// A string attribute of the key, and whether it is known to be the partition key. Only until all accesses are known.
    Key { attribute: String, values: Vec<ResourceName>, partition: bool },
    /// The values of a table's partition key, in full or with `*` for what is known at run time only: `USER#*`.
    LeadingKeys(Vec<ResourceName>),
    /// All attributes that the request names, those of the primary key included.
    Attributes(Vec<String>),
    /// The prefix of a bucket's keys that are listed.
    Prefix(Vec<ResourceName>),
    /// The transaction around each item: `TransactWriteItems`.
    EnclosingOperation(String),
}

/// What a request's arguments prove, whatever action it needs.
pub(super) fn of_call<'p>(
    evaluator: &mut Evaluator<'p>,
    call: &SdkCall<'_, 'p>,
    operation: &str,
) -> Vec<Condition> {
    if call.setters.iter().any(|setter| setter.method == "customize") {
        return Vec::new();
    }
    let mut request = Request { evaluator, call };
    let found = match (call.krate.as_str(), call.method.as_str()) {
        ("aws_sdk_dynamodb", "transact_write_items" | "transact_get_items") => {
            Some(vec![Condition::EnclosingOperation(operation.to_string())])
        }
        ("aws_sdk_dynamodb", "get_item") => request.item(true),
        ("aws_sdk_dynamodb", "delete_item" | "update_item") => request.item(false),
        ("aws_sdk_dynamodb", "put_item") => request.pairs("item").map(|item| keys(item, false)),
        ("aws_sdk_dynamodb", "query") => request.query(),
        ("aws_sdk_s3", "list_objects" | "list_objects_v2") => request.prefix(),
        _ => None,
    };
    found.unwrap_or_default()
}

/// The conditions that IAM knows for all of these actions on this resource.
pub(super) fn fitting(all: &[Condition], actions: &[String], resource: &Resource) -> Vec<Condition> {
    let is_known = |key: &str| {
        let known = ACTIONS.iter().filter(|(of, _)| *of == key).flat_map(|(_, actions)| *actions);
        let known: Vec<&str> = known.copied().collect();
        actions.iter().all(|action| known.contains(&action.as_str()))
    };
    let fits = |condition: &&Condition| match condition {
        Condition::Key { .. } | Condition::LeadingKeys(_) => {
            resource.sub.is_none() && is_known("dynamodb:LeadingKeys")
        }
        Condition::Attributes(_) => is_known("dynamodb:Attributes"),
        Condition::Prefix(_) => is_known("s3:prefix"),
        Condition::EnclosingOperation(_) => is_known("dynamodb:EnclosingOperation"),
    };
    all.iter().filter(fits).cloned().collect()
}

/// Makes conditions of what single requests say about keys, now that all requests on a table are known, and one access of those that
/// differ in conditions only.
pub(super) fn settle(table: &mut AccessTable) {
    let partitions = partition_keys(table);
    let layers = table.layers.iter_mut().map(|(_, list)| list);
    let lists = table.routes.iter_mut().chain(&mut table.fallbacks).chain(layers).chain([&mut table.startup]);
    for list in lists {
        if list.iter().all(|access| access.conditions.is_empty()) {
            continue;
        }
        let conditional = list.iter().map(|access| !access.conditions.is_empty()).collect();
        for access in list.iter_mut().filter(|access| !access.conditions.is_empty()) {
            settle_keys(Arc::make_mut(access), &partitions);
        }
        join_equal(list, conditional);
    }
}

/// Tables whose partition key the requests agree on.
fn partition_keys(table: &AccessTable) -> BTreeMap<Resource, String> {
    let mut found: BTreeMap<&Resource, BTreeSet<&str>> = BTreeMap::new();
    let layers = table.layers.iter().map(|(_, list)| list);
    let lists = table.routes.iter().chain(&table.fallbacks).chain(layers).chain([&table.startup]);
    for access in lists.flatten().filter(|access| access.certainty == Certainty::Proved) {
        for condition in &access.conditions {
            if let Condition::Key { attribute, partition: true, .. } = condition {
                let names = access.resources.iter().map(|resource| (resource, attribute.as_str()));
                names.for_each(|(resource, name)| _ = found.entry(resource).or_default().insert(name));
            }
        }
    }
    let one = |(resource, names): (&Resource, BTreeSet<&str>)| match names.len() {
        1 => names.first().map(|name| (resource.clone(), (*name).to_string())),
        _ => None,
    };
    found.into_iter().filter_map(one).collect()
}

fn settle_keys(access: &mut Access, partitions: &BTreeMap<Resource, String>) {
    let partition = match access.resources.as_slice() {
        [resource] => partitions.get(resource),
        _ => None,
    };
    let settled =
        std::mem::take(&mut access.conditions).into_iter().filter_map(|condition| match condition {
            Condition::Key { attribute, values, .. } => (partition == Some(&attribute) && !values.is_empty())
                .then_some(Condition::LeadingKeys(values)),
            other => Some(other),
        });
    access.conditions = settled.collect();
    access.conditions.sort();
}

/// One access of several that differ in their conditions only, and in the ways to them, where one condition covers them.
fn join_equal(list: &mut Vec<Arc<Access>>, conditional: Vec<bool>) {
    let mut joined: Vec<Arc<Access>> = Vec::with_capacity(list.len());
    for (access, conditional) in std::mem::take(list).into_iter().zip(conditional) {
        let same = joined.iter_mut().find(|other| {
            conditional
                && other.location == access.location
                && other.resources == access.resources
                && other.actions == access.actions
                && (&other.operation, other.certainty) == (&access.operation, access.certainty)
                && (other.mode, other.implied) == (access.mode, access.implied)
                && other.service == access.service
        });
        match same {
            None => joined.push(access),
            Some(other) => match join(&other.conditions, &access.conditions) {
                Some(conditions) => Arc::make_mut(other).conditions = conditions,
                None => joined.push(access),
            },
        }
    }
    *list = joined;
}

/// The conditions under which either access is allowed; none where that takes two statements.
pub fn join(a: &[Condition], b: &[Condition]) -> Option<Vec<Condition>> {
    let union = |a: &[ResourceName], b: &[ResourceName]| -> Vec<ResourceName> {
        a.iter().chain(b).cloned().collect::<BTreeSet<_>>().into_iter().collect()
    };
    match (a, b) {
        _ if a == b => Some(a.to_vec()),
        ([], _) | (_, []) => Some(Vec::new()),
        ([Condition::LeadingKeys(a)], [Condition::LeadingKeys(b)]) => {
            Some(vec![Condition::LeadingKeys(union(a, b))])
        }
        ([Condition::Prefix(a)], [Condition::Prefix(b)]) => Some(vec![Condition::Prefix(union(a, b))]),
        _ => None,
    }
}

/// Names of attributes, and their values where these are strings.
type Pairs = BTreeMap<String, Option<Vec<Text>>>;

struct Request<'e, 'c, 'p> {
    evaluator: &'e mut Evaluator<'p>,
    call: &'e SdkCall<'c, 'p>,
}

impl<'p> Request<'_, '_, 'p> {
    /// The item that a request is about, by its whole primary key, and the attributes that it asks for.
    fn item(&mut self, projected: bool) -> Option<Vec<Condition>> {
        let key = self.pairs("key")?;
        let names: Vec<String> = key.keys().cloned().collect();
        let mut found = keys(key, names.len() == 1);
        if projected && let Some(attributes) = self.projection(names) {
            found.push(Condition::Attributes(attributes));
        }
        Some(found)
    }

    /// The key of a query on the table itself. Only the partition key must be compared by `=`.
    fn query(&mut self) -> Option<Vec<Condition>> {
        let index = follow(self.evaluator, self.call.setters, &["index_name".to_string()]);
        if index.given || index.unknown {
            return None;
        }
        let expression = self.one_literal("key_condition_expression")?;
        let equal = equalities(&expression)?;
        let values = self.pairs("expression_attribute_values");
        let mut key = Pairs::new();
        for (name, value) in &equal {
            let texts = values.as_ref().and_then(|values| values.get(value).cloned().flatten());
            key.insert(self.attribute(name)?, texts);
        }
        Some(keys(key, equal.len() == 1))
    }

    fn prefix(&mut self) -> Option<Vec<Condition>> {
        let prefix = follow(self.evaluator, self.call.setters, &["prefix".to_string()]);
        if prefix.missing || prefix.unknown || prefix.texts.is_empty() {
            return None;
        }
        patterns(&prefix.texts).map(|patterns| vec![Condition::Prefix(patterns)])
    }

    /// The attributes of a projection, with those of the key.
    fn projection(&mut self, key: Vec<String>) -> Option<Vec<String>> {
        let expression = self.one_literal("projection_expression")?;
        let mut all: BTreeSet<String> = key.into_iter().collect();
        for path in expression.split(',') {
            let name = path.trim().split(['.', '[']).next().unwrap_or_default().trim_end();
            all.insert(self.attribute(name)?);
        }
        all.iter().all(|name| is_plain(name)).then(|| all.into_iter().collect())
    }

    /// The attribute that an expression calls `name` or `#name`.
    fn attribute(&mut self, name: &str) -> Option<String> {
        let is_word = |name: &str| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        };
        if !name.starts_with('#') {
            return is_word(name).then(|| name.to_string());
        }
        let mut found = None;
        for (key, value) in self.elements("expression_attribute_names")? {
            if literal(&self.evaluator.texts(key))? == name {
                let value = literal(&self.evaluator.texts(value))?;
                if found.as_ref().is_some_and(|found| *found != value) {
                    return None;
                }
                found = Some(value);
            }
        }
        found
    }

    /// The one text that an argument has on every way.
    fn one_literal(&mut self, setter: &str) -> Option<String> {
        let argument = follow(self.evaluator, self.call.setters, &[setter.to_string()]);
        if argument.missing || argument.unknown { None } else { literal(&argument.texts) }
    }

    /// The entries of a map of attributes, where all of them are seen.
    fn pairs(&mut self, setter: &str) -> Option<Pairs> {
        let mut pairs = Pairs::new();
        for (name, value) in self.elements(setter)? {
            let name = literal(&self.evaluator.texts(name))?;
            let texts = self.string(value, MAX_CALLS);
            match pairs.entry(name) {
                std::collections::btree_map::Entry::Vacant(entry) => _ = entry.insert(texts),
                std::collections::btree_map::Entry::Occupied(mut entry) => {
                    let both = entry.get_mut().take().zip(texts);
                    *entry.get_mut() = both.map(|(mut all, more)| {
                        all.extend(more);
                        all
                    });
                }
            }
        }
        (!pairs.is_empty()).then_some(pairs)
    }

    /// Keys and values of a map that is given entry by entry or whole, on every way.
    fn elements(&mut self, setter: &str) -> Option<Vec<(Thunk<'p>, Thunk<'p>)>> {
        let mut elements = Vec::new();
        for call in self.call.setters {
            let whole = call.method.strip_prefix("set_") == Some(setter);
            if call.method != setter && !whole {
                continue;
            }
            if !call.always || call.certainty != Certainty::Proved {
                return None;
            }
            match call.args.as_slice() {
                [key, value] if !whole => elements.push((*key, *value)),
                // What a local is changed to elsewhere is not seen.
                [map] if whole && is_made_here(map.expr) && self.evaluator.targets(*map).is_empty() => {
                    let values = self.evaluator.eval(*map);
                    let [Value::List(list)] = values.as_slice() else { return None };
                    for element in list.iter() {
                        elements.push(self.pair(element)?);
                    }
                }
                _ => return None,
            }
        }
        Some(elements)
    }

    fn pair(&mut self, element: &Element<'p>) -> Option<(Thunk<'p>, Thunk<'p>)> {
        let of_tuple = |value: &Value<'p>| match value {
            Value::Tuple(pair) if pair.len() == 2 => Some((pair[0], pair[1])),
            _ => None,
        };
        match element {
            Element::Pair(key, value) => Some((*key, *value)),
            Element::Value(value) => of_tuple(value),
            Element::One(thunk) => match self.evaluator.eval(*thunk).as_slice() {
                [value] => of_tuple(value),
                _ => None,
            },
        }
    }

    /// The texts of an `AttributeValue::S`, made here or by a function that does nothing else; none where it may be anything else.
    fn string(&mut self, value: Thunk<'p>, depth: usize) -> Option<Vec<Text>> {
        let mut expr = value.expr;
        while let ExprKind::Ref(inner) = &expr.kind {
            expr = inner;
        }
        let value = Thunk { expr, ..value };
        if let ExprKind::Call { callee, args } = &expr.kind
            && let ([text], ExprKind::Path(path)) = (args.as_slice(), &callee.kind)
            && self.is_string_variant(path, value.frame)
        {
            let texts = self.evaluator.texts(Thunk { expr: text, ..value });
            return (!texts.is_empty()).then_some(texts);
        }
        let targets = self.evaluator.targets(value);
        if targets.is_empty() || depth == 0 {
            return None;
        }
        let mut texts = Vec::new();
        for frame in targets {
            let func = self.evaluator.program().func(self.evaluator.frame(frame).owner)?;
            let [Stmt { kind: StmtKind::Expr { expr, semi: false }, .. }] = func.block()?.stmts.as_slice()
            else {
                return None;
            };
            texts.extend(self.string(Thunk { expr, frame }, depth - 1)?);
        }
        Some(texts)
    }

    fn is_string_variant(&self, path: &Path, frame: FrameId) -> bool {
        let program = self.evaluator.program();
        let owner = self.evaluator.frame(frame).owner;
        let module = program.def(owner).module;
        match program.resolve_ast_path(path, Namespace::Values, module, Some(owner)) {
            Some(Res::External(path)) => path.0.ends_with(&["AttributeValue".into(), "S".into()]),
            _ => false,
        }
    }
}

/// Whether a value is written in place, as it is or in `Some`: `Some(HashMap::from([..]))`.
fn is_made_here(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call { callee, args } => match &callee.kind {
            ExprKind::Path(path) => {
                let is_some = path.segments.last().is_some_and(|last| last.ident.name == "Some");
                args.iter().all(|arg| if is_some { is_made_here(arg) } else { is_literal(arg) })
            }
            _ => false,
        },
        _ => is_literal(expr),
    }
}

/// A list of what is written out, whatever its elements are.
fn is_literal(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Array(_) | ExprKind::Lit(_))
}

fn literal(texts: &[Text]) -> Option<String> {
    match texts {
        [text] => text.as_literal().map(str::to_string),
        _ => None,
    }
}

fn keys(pairs: Pairs, partition: bool) -> Vec<Condition> {
    let key = |(attribute, texts): (String, Option<Vec<Text>>)| {
        let values = texts.as_deref().and_then(patterns).unwrap_or_default();
        (partition || !values.is_empty()).then_some(Condition::Key { attribute, values, partition })
    };
    pairs.into_iter().filter_map(key).collect()
}

/// Texts in which what is known at run time only is `*`, where each begins with something literal.
fn patterns(texts: &[Text]) -> Option<Vec<ResourceName>> {
    let mut all = BTreeSet::new();
    for text in texts {
        let mut parts: Vec<Part> = Vec::new();
        for part in naming::name(text, &Part::Any).0 {
            match part {
                Part::Literal(literal) if is_plain(&literal) => parts.push(Part::Literal(literal)),
                Part::Literal(_) => return None,
                _ if parts.last() == Some(&Part::Any) => {}
                _ => parts.push(Part::Any),
            }
        }
        if !matches!(parts.first(), Some(Part::Literal(_))) {
            return None;
        }
        all.insert(ResourceName(parts));
    }
    (!all.is_empty() && all.len() <= MAX_VALUES).then(|| all.into_iter().collect())
}

/// Whether a policy can hold the text: IAM user guide, "IAM and AWS STS quotas", characters of policy documents.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| (' '..='~').contains(&c))
}

/// Names and values that a key condition compares by `=`: `pk = :pk AND begins_with(sk, :sk)` -> `(pk, :pk)`.
fn equalities(expression: &str) -> Option<Vec<(String, String)>> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "_-.#:".contains(c);
    let mut tokens: Vec<String> = Vec::new();
    let mut in_word = false;
    for c in expression.chars() {
        match c {
            c if is_word(c) => {
                if !in_word {
                    tokens.push(String::new());
                }
                tokens.last_mut()?.push(c);
            }
            '<' | '>' | '=' | '(' | ')' | ',' => match tokens.last_mut() {
                Some(last) if c == '=' && (last == "<" || last == ">") => last.push(c),
                _ => tokens.push(c.to_string()),
            },
            c if c.is_whitespace() => {}
            _ => return None,
        }
        in_word = is_word(c);
    }
    let mut found = Vec::new();
    for at in (0..tokens.len()).filter(|&at| tokens[at] == "=") {
        let (left, right) = (tokens.get(at.checked_sub(1)?)?, tokens.get(at + 1)?);
        match (left.starts_with(':'), right.starts_with(':')) {
            (false, true) => found.push((left.clone(), right.clone())),
            (true, false) => found.push((right.clone(), left.clone())),
            _ => return None,
        }
    }
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, expect: &[(&str, &str)]) {
        let found = equalities(expression).unwrap_or_default();
        let found: Vec<(&str, &str)> =
            found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, expect, "{expression}");
    }

    #[test]
    fn the_partition_key_is_compared_by_equality() {
        check("pk = :pk", &[("pk", ":pk")]);
        check("#pk=:pk AND begins_with(#sk, :sk)", &[("#pk", ":pk")]);
        check(":p = pk and sk BETWEEN :a AND :b", &[("pk", ":p")]);
        check("pk = :pk AND sk >= :sk", &[("pk", ":pk")]);
        check("pk = :pk AND sk = :sk", &[("pk", ":pk"), ("sk", ":sk")]);
        check("pk < :pk", &[]);
        check("pk = 'x'", &[]);
    }

    #[test]
    fn a_value_that_begins_with_nothing_literal_is_no_condition() {
        let user = Text::literal("USER#").join(Text::unknown());
        assert_eq!(patterns(std::slice::from_ref(&user)).unwrap()[0].to_string(), "USER#*");
        assert_eq!(patterns(&[user, Text::unknown()]), None);
        assert_eq!(patterns(&[Text::env("TENANT").join(Text::literal("#"))]), None);
        assert_eq!(patterns(&[Text::literal("caf\u{e9}")]), None);
    }

    #[test]
    fn conditions_join_where_one_statement_says_both() {
        let keys = |value: &str| Condition::LeadingKeys(vec![ResourceName::literal(value)]);
        let both = Condition::LeadingKeys(vec![ResourceName::literal("A"), ResourceName::literal("B")]);
        assert_eq!(join(&[keys("A")], &[keys("B")]), Some(vec![both]));
        assert_eq!(join(&[keys("A")], &[]), Some(vec![]));
        let attributes = Condition::Attributes(vec!["id".into()]);
        assert_eq!(join(&[keys("A"), attributes.clone()], &[keys("B"), attributes]), None);
    }
}
