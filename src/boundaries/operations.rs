//! Paths that name operations, such as `/getUser`, `/rpc/orders.create`, `/users:merge` and `/create/order` -> what these are about.
//!
//! A verb alone proves little: `/search-history` is about a history of searches, `/app.js` about nothing but itself. So most count only
//! where the program says the same of a subject twice. Deliberately absent: paths of resources, and their prefixes (`segments`).

use super::names::kebab;
use super::segments::{SYSTEM, says_nothing, singular, subject_segments};
use crate::ordered::{OrderedMap, OrderedSet};

/// First words of an operation's name. Not those that begin names of things too, such as `load`, `import` or `check`.
const VERBS: &[&str] = &[
    "add", "approve", "assign", "cancel", "confirm", "create", "delete", "disable", "edit", "enable",
    "fetch", "find", "get", "insert", "list", "modify", "put", "reject", "remove", "save", "search", "send",
    "set", "start", "stop", "submit", "update", "upsert", "validate", "verify",
];

/// Those that stand before a subject in a segment of their own.
const FIRST: &[&str] =
    &["add", "create", "delete", "edit", "fetch", "get", "insert", "list", "remove", "update"];

/// Words between a verb and its subject, and those with which more than the subject begins.
const BEFORE: &[&str] = &["a", "all", "an", "many", "my", "new", "one", "the"];
const AFTER: &[&str] = &["as", "at", "by", "for", "from", "in", "of", "on", "to", "with"];

/// What a path may do to what.
struct Operation {
    verb: String,
    /// Kebab case.
    subject: String,
    /// Whether the path alone is enough to tell.
    is_sure: bool,
}

/// Gives routes whose paths name operations the subject of these. `keys` has the subject of each path so far.
pub(super) fn name_subjects<'a>(
    keys: &mut [String],
    paths: impl Iterator<Item = &'a str>,
    skip: Option<&str>,
) {
    let operations: Vec<Option<Operation>> =
        keys.iter().zip(paths).map(|(key, path)| operation(key, path, skip)).collect();
    if operations.iter().all(Option::is_none) {
        return;
    }
    let mut verbs: OrderedMap<String, OrderedSet<&str>> = OrderedMap::default();
    let mut plain: OrderedSet<String> = OrderedSet::default();
    for (key, operation) in keys.iter().zip(&operations) {
        match operation {
            Some(operation) => {
                verbs.entry(singular(&operation.subject)).or_default().insert(&operation.verb);
            }
            None => {
                plain.insert(singular(key));
            }
        }
    }
    let is_subject = |operation: &Operation| {
        let subject = singular(&operation.subject);
        operation.is_sure || plain.contains(&subject) || verbs[&subject].len() > 1
    };
    for (key, operation) in keys.iter_mut().zip(&operations) {
        if let Some(operation) = operation.as_ref().filter(|operation| is_subject(operation)) {
            key.clone_from(&operation.subject);
        }
    }
}

fn operation(key: &str, path: &str, skip: Option<&str>) -> Option<Operation> {
    let (verb, rest) = key.split_once('-').unwrap_or((key, ""));
    // Most paths name none.
    if !VERBS.contains(&verb) && !path.contains(['.', ':']) || key == SYSTEM {
        return None;
    }
    let segments = subject_segments(path, skip);
    let (first, next) = (segments.first()?, segments.get(1));
    if let Some((subject, verb)) = first.split_once(':') {
        return made(kebab(verb), kebab(subject), true);
    }
    if first.contains('.') {
        return dotted(first, next.copied());
    }
    if rest.is_empty() {
        // A variable between the two makes the first the name of a thing, as in `/list/{id}/items`.
        let next = next.filter(|next| FIRST.contains(&verb) && path.contains(&format!("{first}/{next}")))?;
        return made(verb.to_string(), kebab(next), false);
    }
    if VERBS.contains(&verb) { made(verb.to_string(), noun(rest), false) } else { None }
}

/// `orders.create`, `com.example.orders.create`, and `shop.v1.Orders` before `Create`.
fn dotted(segment: &str, next: Option<&str>) -> Option<Operation> {
    let parts: Vec<&str> = segment.split('.').filter(|part| !part.is_empty()).collect();
    let (last, before) = parts.split_last()?;
    if next.is_some_and(is_verb) {
        return made(next.map(kebab)?, kebab(last), true);
    }
    let subject = before.iter().rev().find(|part| !says_nothing(part))?;
    made(kebab(last), kebab(subject), is_verb(last))
}

fn is_verb(name: &str) -> bool {
    let name = kebab(name);
    VERBS.contains(&name.split('-').next().unwrap_or_default())
}

fn made(verb: String, subject: String, is_sure: bool) -> Option<Operation> {
    let is_telling = !verb.is_empty() && !subject.is_empty() && !says_nothing(&subject);
    is_telling.then_some(Operation { verb, subject, is_sure })
}

/// `user` of `all-users-by-email`, as far as it goes.
fn noun(words: &str) -> String {
    let words = words.split('-').skip_while(|word| BEFORE.contains(word));
    words.take_while(|word| !AFTER.contains(word)).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boundaries::segments::{common_first, group_key};

    #[track_caller]
    fn check(paths: &[&str], expect: &[&str]) {
        let skip = common_first(paths.iter().copied());
        let mut keys: Vec<String> = paths.iter().map(|path| group_key(path, skip)).collect();
        name_subjects(&mut keys, paths.iter().copied(), skip);
        assert_eq!(keys, expect, "{paths:?}");
    }

    #[test]
    fn verbs_before_a_subject_do_not_name_it() {
        check(
            &[
                "/api/getUser",
                "/api/listAllUsers",
                "/api/create_order",
                "/api/get-orders-by-user",
                "/api/getStats",
            ],
            &["user", "users", "order", "orders", "get-stats"],
        );
        check(&["/users/{id}", "/updateUser"], &["users", "user"]);
        check(&["/create/order", "/list/orders", "/get/user/{id}"], &["order", "orders", "get"]);
    }

    #[test]
    fn names_with_dots_and_colons_say_their_subject_first() {
        check(&["/rpc/orders.create", "/rpc/users.getById"], &["orders", "users"]);
        check(&["/xrpc/com.atproto.repo.getRecord", "/health"], &["repo", SYSTEM]);
        check(&["/twirp/shop.v1.Orders/Create", "/shop.v1.Users/GetUser"], &["orders", "users"]);
        check(&["/orders:batchGet", "/users"], &["orders", "users"]);
        check(&["/books.add", "/books.checkout"], &["books", "books"]);
    }

    #[test]
    fn what_only_looks_like_an_operation_stays() {
        check(&["/search-history", "/users"], &["search-history", "users"]);
        check(&["/import-jobs", "/export-jobs", "/jobs"], &["import-jobs", "export-jobs", "jobs"]);
        check(&["/list/{id}/items", "/items"], &["list", "items"]);
        check(&["/feed.xml", "/app.js"], &["feed-xml", "app-js"]);
        check(&["/search/books", "/books"], &["search", "books"]);
    }
}
