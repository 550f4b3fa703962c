//! The program and a workspace side by side.
//!
//! Input: the program's tables, and what was read back of the workspace. Output: checks with their differences. A rule of the gateway
//! stands here only as far as a key and a route can be the same; which of several keys wins is for the gateway.
//!
//! Source: API Gateway developer guide, "Create routes for HTTP APIs".

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{self, AccessFacts, RouteFacts};
use super::workspace::{FunctionCrate, Workspace};
use super::{Check, Monolith};
use crate::deployed::DeployedKey;
use crate::diagnostic::Code;

/// All checks, in the order in which one explains the next.
pub(super) fn compare(monolith: Monolith<'_>, workspace: &Workspace) -> Vec<Check> {
    let startup = facts::startup(monolith.accesses);
    let mut routes = facts::routes(monolith.routes, monolith.accesses, &startup);
    // Where `$default` leads to no function, it leads to the program, which keeps what no function was made for.
    let is_whole = workspace.functions.iter().any(FunctionCrate::is_default);
    routes.retain(|route| is_whole || workspace.planned.contains(&route.id));
    let compared = Compared { monolith, routes, startup, functions: &workspace.functions };
    vec![
        compared.crates(),
        compared.owners(),
        compared.handlers(),
        compared.accesses(),
        compared.keys(),
        compared.fallbacks(),
        compared.roles(),
    ]
}

struct Compared<'a> {
    monolith: Monolith<'a>,
    /// Those that functions answer.
    routes: Vec<RouteFacts>,
    /// What the program does before it serves.
    startup: BTreeSet<AccessFacts>,
    functions: &'a [FunctionCrate],
}

/// A route of the program, and the same route in its function.
type Pair<'c> = (&'c RouteFacts, &'c FunctionCrate, &'c RouteFacts);

impl<'a> Compared<'a> {
    fn crates(&self) -> Check {
        let mut check = Check::new("the crate of each function can be analysed");
        check.compared = self.functions.len();
        let unread = |function: &FunctionCrate| {
            function.unread.as_ref().map(|why| format!("`{}`: {why}", function.name()))
        };
        check.differences = self.functions.iter().filter_map(unread).collect();
        check
    }

    /// Every registration of a route that has a handler, in the order of functions.
    fn answers(&self, id: &str) -> Vec<(&'a FunctionCrate, &'a RouteFacts)> {
        let all =
            self.functions.iter().flat_map(|function| function.routes.iter().map(move |own| (function, own)));
        all.filter(|(_, own)| own.id == id && own.handler.is_some()).collect()
    }

    /// The function to which the gateway sends a request: by a key of path and method, of the path, or `$default`.
    fn receiver(&self, method: &str, path: &str) -> Option<&'a FunctionCrate> {
        let of_path = |key: &DeployedKey| key.path.as_deref().map(shape) == Some(shape(path));
        let find = |fits: &dyn Fn(&DeployedKey) -> bool| {
            self.functions.iter().find(|function| function.deployed.keys.iter().any(fits))
        };
        find(&|key| of_path(key) && key.method == method)
            .or_else(|| find(&|key| of_path(key) && key.method == "ANY"))
            .or_else(|| find(&|key| key.path.is_none()))
    }

    /// The registrations of a route in the function that gets its requests.
    fn own_answers(&self, id: &str) -> Vec<(&'a FunctionCrate, &'a RouteFacts)> {
        let receiver = id.split_once(' ').and_then(|(method, path)| self.receiver(method, path));
        let is_own = |function: &FunctionCrate| receiver.is_some_and(|own| std::ptr::eq(own, function));
        self.answers(id).into_iter().filter(|(function, _)| is_own(function)).collect()
    }

    /// Ids of the routes and how often each is registered: more than once where conditions exclude one another.
    fn ids(&self) -> BTreeMap<&str, usize> {
        let mut ids = BTreeMap::new();
        for route in &self.routes {
            *ids.entry(route.id.as_str()).or_default() += 1;
        }
        ids
    }

    fn owners(&self) -> Check {
        let mut check = Check::new("each route is answered by the one function that gets its requests");
        let ids = self.ids();
        check.compared = ids.len();
        for (id, times) in &ids {
            let own = self.own_answers(id).len();
            let others = self.answers(id).into_iter().map(|(function, _)| function.name());
            let receiver = id.split_once(' ').and_then(|(method, path)| self.receiver(method, path));
            let receiver = receiver.map_or("nothing", FunctionCrate::name);
            let others: BTreeSet<&str> = others.filter(|other| *other != receiver).collect();
            if own != *times {
                let message =
                    format!("`{id}` is sent to `{receiver}`, which has {own} handlers for it, not {times}");
                check.differences.push(message);
            }
            // The function that answers with the API document keeps what the document lists.
            let unused = others
                .iter()
                .map(|other| format!("`{other}` has a handler for `{id}` and gets no request for it"));
            check.open.extend(unused);
        }
        for function in self.functions {
            let own = function.routes.iter().filter(|own| own.handler.is_some());
            for own in own.filter(|own| !ids.contains_key(own.id.as_str())) {
                let message = format!(
                    "`{}` answers `{}`, which the program does not, or keeps",
                    function.name(),
                    own.id
                );
                check.differences.push(message);
            }
        }
        check
    }

    /// Registrations of one id belong together in their order.
    fn pairs(&self) -> Vec<Pair<'_>> {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        let mut pairs = Vec::new();
        for route in &self.routes {
            let nth = seen.entry(&route.id).or_default();
            if let Some((function, own)) = self.own_answers(&route.id).get(*nth) {
                pairs.push((route, *function, *own));
            }
            *nth += 1;
        }
        pairs
    }

    fn handlers(&self) -> Check {
        let mut check = Check::new("handlers, layers and conditions are the same");
        for (route, function, own) in self.pairs() {
            check.compared += 1;
            let mut differs = |what: &str, before: &str, now: &str| {
                if before != now {
                    let message =
                        format!("{what} of `{}` in `{}`: `{now}`, not `{before}`", route.id, function.name());
                    check.differences.push(message);
                }
            };
            let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_string());
            differs("the handler", &text(&route.handler), &text(&own.handler));
            differs("the layers", &route.layers.join(" > "), &own.layers.join(" > "));
            differs("the condition", &text(&route.conditional), &text(&own.conditional));
        }
        check
    }

    fn accesses(&self) -> Check {
        let mut check = Check::new("calls of AWS and SQL statements are the same");
        for (route, function, own) in self.pairs() {
            let at_start = self.startup.union(&function.startup).collect::<BTreeSet<_>>();
            let of_route = |access: &&AccessFacts| !at_start.contains(access);
            check.compared += route.accesses.len();
            for lost in route.accesses.difference(&own.accesses).filter(of_route) {
                let message = format!("`{}` in `{}` lost {lost}", route.id, function.name());
                // What was only assumed may be ruled out where less code is left to assume it from.
                let list = if lost.is_proved() { &mut check.differences } else { &mut check.open };
                list.push(message);
            }
            for new in own.accesses.difference(&route.accesses).filter(of_route) {
                check.differences.push(format!("`{}` in `{}` has {new} besides", route.id, function.name()));
            }
        }
        check
    }

    fn keys(&self) -> Check {
        let mut check = Check::new("the gateway has each key once, and HEAD wherever it has GET");
        let keys: Vec<(&DeployedKey, &FunctionCrate)> = self
            .functions
            .iter()
            .flat_map(|function| function.deployed.keys.iter().map(move |key| (key, function)))
            .collect();
        check.compared = keys.len();
        let mut seen = BTreeSet::new();
        for (key, function) in keys {
            if !seen.insert((&key.method, key.path.as_deref().map(shape))) {
                let path = key.path.as_deref().unwrap_or("$default");
                check.differences.push(format!(
                    "a second key `{} {path}` leads to `{}`",
                    key.method,
                    function.name()
                ));
            }
        }
        let ids = self.ids();
        for id in ids.keys() {
            let Some((method, path)) = id.split_once(' ') else { continue };
            // Axum answers HEAD by the handler of GET, where there is none for HEAD.
            if method != "GET" || ids.contains_key(format!("HEAD {path}").as_str()) {
                continue;
            }
            check.compared += 1;
            let name = |method| self.receiver(method, path).map_or("nothing", FunctionCrate::name);
            if name("GET") != name("HEAD") {
                let message =
                    format!("`HEAD {path}` is sent to `{}`, not to `{}`", name("HEAD"), name("GET"));
                check.differences.push(message);
            }
        }
        check
    }

    /// What answers where no route does is in the function behind `$default`, unless that is the program itself.
    fn fallbacks(&self) -> Check {
        let mut check = Check::new("fallbacks are the same behind `$default`");
        let Some(default) = self.functions.iter().find(|function| function.is_default()) else {
            check.open.push("`$default` leads to the program itself".to_string());
            return check;
        };
        let before = facts::fallbacks(self.monolith.routes);
        check.compared = before.len();
        for lost in before.difference(&default.fallbacks) {
            check.differences.push(format!("`{}` lost {lost}", default.name()));
        }
        for new in default.fallbacks.difference(&before) {
            check.differences.push(format!("`{}` has {new} besides", default.name()));
        }
        // 405 and its `Allow` are made from all the routes that the program has.
        let all: BTreeSet<&str> = default.routes.iter().map(|route| route.id.as_str()).collect();
        for id in self.ids().keys().filter(|id| !all.contains(**id)) {
            check.differences.push(format!("`{}` knows nothing of `{id}`", default.name()));
        }
        check
    }

    fn roles(&self) -> Check {
        let mut check = Check::new("roles, variables and keys are what each function needs, and no more");
        check.compared = self.functions.len();
        for function in self.functions {
            for finding in &function.findings {
                let list = if finding.code == Code::TEMPLATE_NOT_COMPARED {
                    &mut check.open
                } else {
                    &mut check.differences
                };
                list.push(finding.message.clone());
            }
        }
        check
    }
}

/// A path without the names of its parameters: a key may call them otherwise.
fn shape(path: &str) -> String {
    let part = |part: &str| match part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(name) if name.ends_with('+') => "{+}".to_string(),
        Some(_) => "{}".to_string(),
        None => part.to_string(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}
