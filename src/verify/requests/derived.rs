//! Requests made from the routes of a program: those that splitting is most likely to change the answers of.
//!
//! Input: methods and paths, what was learned from requests that people gave, and who may ask. Output: groups; each path has
//!
//! ```text
//! methods   every method, by everyone who may ask, with values that exist and that do not
//! siblings  names of neighbouring routes in place of its parameters, with every method
//! paths     what is almost its path: slashes, encodings, case, queries
//! bodies    bodies that are wrong in some way, empty, or as large as allowed
//! headers   Origin, preflights, cookies, and credentials that are wrong in some way
//! ```
//!
//! and there is one group of paths that no route has. Each group is known by what it is about, so that a difference can be found again.

use std::collections::{BTreeMap, BTreeSet};

use super::variants::{self, JSON};
use super::{Group, Step};
use crate::deployed::{DeployedKey, Leads, Route as KeyRoute};
use crate::verify::event::Request;
use crate::verify::gateway::{Gateway, Matching};

/// With one that nobody has heard of.
const METHODS: &[&str] = &["GET", "HEAD", "OPTIONS", "PURGE", "PATCH", "POST", "PUT", "DELETE"];
const WITH_BODY: &[&str] = &["POST", "PUT", "PATCH"];
/// A value for a parameter, and for a wildcard, that nothing has.
const MISSING: &str = "missing";
const MISSING_REST: &str = "missing/thing";

type Headers = Vec<(String, String)>;

/// What requests that people gave tell of routes.
pub(in crate::verify) struct Examples {
    routes: Vec<Known>,
    gateway: Gateway,
}

struct Known {
    method: String,
    path: String,
    request: Option<Request>,
    /// Whether it was answered with 2xx.
    is_good: bool,
}

impl Examples {
    /// `routes` are methods and paths, `ANY` for all, `{name}` and `{name+}`.
    pub(in crate::verify) fn new(routes: &[(String, String)]) -> Self {
        let known = routes.iter().map(|(method, path)| Known {
            method: method.clone(),
            path: path.clone(),
            request: None,
            is_good: false,
        });
        let key = |(at, (method, path)): (usize, &(String, String))| KeyRoute {
            key: DeployedKey { method: method.clone(), path: Some(path.clone()) },
            leads: Leads::Function(at),
        };
        let keys = routes.iter().enumerate().map(key).collect();
        Self { routes: known.collect(), gateway: Gateway::new(keys, Matching::ENCODED) }
    }

    /// Notes how the program answered: the first good request of a route is the route's example.
    pub(in crate::verify) fn learn(&mut self, request: &Request, status: u16) {
        let Some(chosen) = self.gateway.choose(&request.method, request.path()) else { return };
        let Leads::Function(at) = chosen.route.leads else { return };
        let known = &mut self.routes[at];
        let is_good = (200..300).contains(&status);
        if known.request.is_none() || (is_good && !known.is_good) {
            known.request = Some(request.clone());
            known.is_good = is_good;
        }
    }

    /// The routes that no request answered with 2xx: `GET /items`.
    pub(in crate::verify) fn without_good(&self) -> Vec<String> {
        let without = self.routes.iter().filter(|known| !known.is_good);
        without.map(|known| format!("{} {}", known.method, known.path)).collect()
    }

    /// What reads something and had success, each a group of its own: these may be sent at once.
    pub(in crate::verify) fn reads(&self) -> Vec<Group> {
        let read =
            |known: &&Known| known.is_good && known.request.as_ref().is_some_and(|one| one.method == "GET");
        let group = |known: &Known| {
            let mut group = Group::new(&known.path);
            if let Some(request) = &known.request {
                group.add("", request.clone());
            }
            group
        };
        self.routes.iter().filter(read).map(group).collect()
    }

    /// The example of each route.
    pub(in crate::verify) fn of_routes(&self) -> Group {
        let mut group = Group::new("examples");
        for known in &self.routes {
            if let Some(request) = &known.request {
                group.add(format!("{} {}", known.method, known.path), request.clone());
            }
        }
        group
    }

    fn of_path(&self, path: &str) -> impl Iterator<Item = &Known> {
        self.routes.iter().filter(move |known| known.path == path)
    }

    fn methods(&self, path: &str) -> Vec<&'static str> {
        let own: BTreeSet<&str> = self.of_path(path).map(|known| known.method.as_str()).collect();
        METHODS.iter().copied().filter(|method| own.contains(method) || own.contains("ANY")).collect()
    }

    fn of_method(&self, path: &str, method: &str) -> Option<&Request> {
        let of = |method: &str| self.of_path(path).find(|known| known.method == method)?.request.as_ref();
        of(method).or_else(|| of("ANY"))
    }

    /// A path as people asked for it, or one with made-up values.
    fn example(&self, path: &str) -> String {
        let good = self.of_path(path).find(|known| known.is_good);
        let any = good.or_else(|| self.of_path(path).find(|known| known.request.is_some()));
        any.and_then(|known| known.request.as_ref())
            .map_or_else(|| filled(path), |request| request.path().to_string())
    }

    /// The headers that open the door to a route.
    fn credentials(&self, path: &str, method: &str) -> Headers {
        let of = self.of_method(path, method).or_else(|| self.of_method(path, "GET"));
        let headers = of.into_iter().flat_map(|request| request.headers.iter().cloned());
        headers.filter(|(name, _)| variants::is_credential(name)).collect()
    }

    /// A body that suits a route, with its content type.
    fn body(&self, path: &str, method: &str) -> (Headers, Vec<u8>) {
        match self.of_method(path, method) {
            Some(request) if !request.body.is_empty() => {
                let kind =
                    request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
                (kind.cloned().collect(), request.body.clone())
            }
            _ if WITH_BODY.contains(&method) => (variants::headers(&[JSON]), b"{}".to_vec()),
            _ => (Headers::new(), Vec::new()),
        }
    }
}

/// The requests for all routes.
pub(in crate::verify) fn derive(examples: &Examples, identities: &BTreeMap<String, Headers>) -> Vec<Group> {
    let mut people = vec![
        ("nobody".to_string(), Headers::new()),
        ("an unknown token".to_string(), variants::headers(&[("authorization", "Bearer unknown")])),
    ];
    people.extend(identities.iter().map(|(name, headers)| (name.clone(), headers.clone())));
    let mut seen = BTreeSet::new();
    // A part of a path that is known at run time only cannot be asked for.
    let paths = examples.routes.iter().map(|known| known.path.as_str());
    let paths: Vec<&str> = paths.filter(|path| !path.contains("{?}") && seen.insert(*path)).collect();
    let deriving = Deriving { examples, people, identities, paths };
    let each: [Make<'_>; 7] = [
        Deriving::methods,
        Deriving::siblings,
        Deriving::near,
        Deriving::empty_segments,
        Deriving::rewritten,
        Deriving::bodies,
        Deriving::headers,
    ];
    let mut groups = Vec::new();
    for make in each {
        groups.extend(deriving.paths.iter().map(|path| make(&deriving, path)));
    }
    groups.push(deriving.unknown());
    groups.retain(|group| !group.steps.is_empty());
    groups
}

/// Makes the requests about a path.
type Make<'a> = fn(&Deriving<'a>, &str) -> Group;

struct Deriving<'a> {
    examples: &'a Examples,
    people: Vec<(String, Headers)>,
    identities: &'a BTreeMap<String, Headers>,
    /// Each once, in the order of the program.
    paths: Vec<&'a str>,
}

impl Deriving<'_> {
    /// A request with what a route wants: credentials, content type and body.
    fn whole(&self, path: &str, method: &str, target: &str) -> Request {
        let (kind, body) = self.examples.body(path, method);
        let headers = self.examples.credentials(path, method).into_iter().chain(kind).collect();
        Request { method: method.to_string(), target: target.to_string(), headers, body }
    }

    fn methods(&self, path: &str) -> Group {
        let mut group = Group::new(format!("methods of {path}"));
        let (example, missing) = (self.examples.example(path), filled(path));
        let own = self.examples.methods(path);
        for (person, credentials) in &self.people {
            let mut add = |what: &str, method: &str, target: &str| {
                let (kind, body) = self.examples.body(path, method);
                let headers = credentials.iter().cloned().chain(kind).collect();
                let request =
                    Request { method: method.to_string(), target: target.to_string(), headers, body };
                group.add(format!("{what}as {person}"), request);
            };
            METHODS.iter().for_each(|method| add("", method, &example));
            if missing != example {
                own.iter().for_each(|method| add("something that is not there, ", method, &missing));
            }
        }
        group
    }

    /// A parameter takes what a literal of another route does not: for each method one of the two, or neither, has to answer.
    fn siblings(&self, path: &str) -> Group {
        let mut group = Group::new(format!("siblings of {path}"));
        let parts: Vec<&str> = path.split('/').collect();
        for at in (0..parts.len()).filter(|at| is_parameter(parts[*at])) {
            let mut names: BTreeSet<&str> = BTreeSet::new();
            for other in &self.paths {
                let others: Vec<&str> = other.split('/').collect();
                let same =
                    others.len() > at && (0..at).all(|at| is_parameter(parts[at]) || parts[at] == others[at]);
                if same && !is_parameter(others[at]) && !others[at].is_empty() {
                    names.insert(others[at]);
                }
            }
            for name in names {
                let mut own = parts.clone();
                own[at] = name;
                let target = filled(&own.join("/"));
                for method in METHODS {
                    group.add(format!("`{name}` for {}", parts[at]), self.whole(path, method, &target));
                }
            }
        }
        group
    }

    /// Each of these with every method of the route.
    fn targets(&self, path: &str, name: &str, targets: Vec<(String, String)>) -> Group {
        let mut group = Group::new(format!("{name} {path}"));
        for (what, target) in targets {
            for method in self.examples.methods(path) {
                group.add(what.clone(), self.whole(path, method, &target));
            }
        }
        group
    }

    fn near(&self, path: &str) -> Group {
        self.targets(path, "paths near", variants::near(path, &self.examples.example(path)))
    }

    fn empty_segments(&self, path: &str) -> Group {
        let targets = variants::empty_segments(path, &self.examples.example(path));
        let mut group = self.targets(path, "empty segments of", targets);
        group.open =
            Some("whether an empty segment fills a variable of a route is not documented for the gateway");
        group
    }

    fn rewritten(&self, path: &str) -> Group {
        let targets = variants::rewritten(path, &self.examples.example(path));
        let mut group = self.targets(path, "rewritten paths of", targets);
        group.open = Some("the function sees another path than the gateway, which may or may not pass it on");
        group
    }

    fn bodies(&self, path: &str) -> Group {
        let mut group = Group::new(format!("bodies of {path}"));
        let target = self.examples.example(path);
        for method in self.examples.methods(path).into_iter().filter(|method| WITH_BODY.contains(method)) {
            let credentials = self.examples.credentials(path, method);
            let mut add = |name: &str, mut headers: Headers, body: Vec<u8>, is_known: bool| {
                if is_known {
                    headers.extend(credentials.iter().cloned());
                }
                let request = Request { method: method.to_string(), target: target.clone(), headers, body };
                group.add(name, request);
            };
            for (name, headers, body) in variants::bodies(&self.examples.body(path, method).1) {
                add(name, headers, body, true);
            }
            add("too large, as nobody", variants::headers(&[JSON]), vec![b' '; variants::LIMIT + 1], false);
        }
        group
    }

    fn headers(&self, path: &str) -> Group {
        let mut group = Group::new(format!("headers for {path}"));
        let target = self.examples.example(path);
        for method in self.examples.methods(path) {
            for (name, headers) in variants::of_headers(self.identities) {
                let mut request = self.whole(path, method, &target);
                if headers.iter().any(|(name, _)| variants::is_credential(name)) {
                    request.headers.retain(|(name, _)| !variants::is_credential(name));
                }
                request.headers.extend(headers);
                group.add(name, request);
            }
        }
        for (name, headers) in variants::preflights(&self.examples.methods(path)) {
            let request =
                Request { method: "OPTIONS".into(), target: target.clone(), headers, body: Vec::new() };
            group.add(name, request);
        }
        group
    }

    fn unknown(&self) -> Group {
        let mut group = Group::new("paths that no route has");
        let mut targets: Vec<String> =
            ["/", "//", "/nowhere", "/nowhere/", "/nowhere/at/all", "/favicon.ico"]
                .into_iter()
                .chain(["/%E2%98%83", "/a%20b"])
                .map(str::to_string)
                .collect();
        targets.push(format!("/{}", "x".repeat(4000)));
        // The beginnings of routes that are no routes themselves.
        for path in &self.paths {
            let whole = filled(path);
            targets.extend(whole.match_indices('/').skip(1).map(|(at, _)| whole[..at].to_string()));
        }
        let mut seen = BTreeSet::new();
        targets.retain(|target| seen.insert(target.clone()));
        for target in &targets {
            for (person, credentials) in &self.people {
                let methods = if person == "nobody" { METHODS } else { &["GET", "POST"] };
                for method in methods {
                    let headers = credentials.clone();
                    let request = Request {
                        method: (*method).into(),
                        target: target.clone(),
                        headers,
                        body: Vec::new(),
                    };
                    group.add(format!("as {person}"), request);
                }
            }
        }
        for (name, headers) in variants::preflights(&["GET"]) {
            let request =
                Request { method: "OPTIONS".into(), target: "/nowhere".into(), headers, body: Vec::new() };
            group.steps.push(Step { name, request, ..Step::default() });
        }
        group
    }
}

fn is_parameter(part: &str) -> bool {
    part.contains('{')
}

/// A path of a route with a value for each of its parameters.
fn filled(path: &str) -> String {
    let part = |part: &str| match part.find('{') {
        Some(_) if part.ends_with("+}") => MISSING_REST.to_string(),
        // There may be text around it.
        Some(at) => {
            let end = part.rfind('}').map_or(part.len(), |end| end + 1);
            format!("{}{MISSING}{}", &part[..at], part.get(end..).unwrap_or_default())
        }
        None => part.to_string(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples(routes: &[&str]) -> Examples {
        let routes = routes.iter().filter_map(|route| route.split_once(' '));
        Examples::new(&routes.map(|(method, path)| (method.into(), path.into())).collect::<Vec<_>>())
    }

    fn get(target: &str, headers: &[(&str, &str)]) -> Request {
        Request {
            method: "GET".into(),
            target: target.into(),
            headers: variants::headers(headers),
            body: vec![],
        }
    }

    /// `METHOD TARGET` of the requests in a group.
    fn sent(groups: &[Group], name: &str) -> Vec<String> {
        let group =
            groups.iter().find(|group| group.name == name).unwrap_or_else(|| panic!("no group {name}"));
        group.steps.iter().map(|step| format!("{} {}", step.request.method, step.request.target)).collect()
    }

    #[track_caller]
    fn check(groups: &[Group], name: &str, expect: &[&str]) {
        let sent = sent(groups, name);
        for request in expect {
            assert!(sent.iter().any(|own| own == request), "{request} is not sent in {name}: {sent:?}");
        }
    }

    #[test]
    fn names_of_other_routes_are_tried_for_parameters() {
        let groups = derive(
            &examples(&["GET /users/me", "DELETE /users/{id}", "GET /users/{id}/posts"]),
            &BTreeMap::new(),
        );
        check(&groups, "siblings of /users/{id}", &["DELETE /users/me", "GET /users/me", "PURGE /users/me"]);
        check(&groups, "siblings of /users/{id}/posts", &["GET /users/me/posts"]);
        check(&groups, "methods of /users/{id}", &["DELETE /users/missing", "OPTIONS /users/missing"]);
        check(
            &groups,
            "paths near /users/{id}",
            &["DELETE /users/missing/", "DELETE /users/a%2Fb", "DELETE /%75sers/missing"],
        );
        check(&groups, "paths that no route has", &["GET /users", "PURGE /nowhere", "GET /"]);
        assert!(!groups.iter().any(|group| group.name == "siblings of /users/me"));
    }

    /// The first good request; until there is one, the first.
    #[test]
    fn examples_are_what_the_program_answered_with_success() {
        let mut examples = examples(&["GET /a/{id}", "POST /a/{id}"]);
        examples.learn(&get("/a/1?x=1", &[]), 404);
        assert_eq!(examples.example("/a/{id}"), "/a/1");
        examples.learn(&get("/a/2", &[("Authorization", "Bearer x"), ("x-other", "1")]), 200);
        examples.learn(&get("/a/3", &[]), 200);
        examples.learn(&get("/b", &[]), 200);
        assert_eq!(examples.example("/a/{id}"), "/a/2");
        assert_eq!(examples.without_good(), ["POST /a/{id}"]);
        let groups = derive(&examples, &BTreeMap::new());
        let near = groups.iter().find(|group| group.name == "paths near /a/{id}").expect("it is there");
        let first = &near.steps[0].request;
        assert_eq!((first.target.as_str(), first.headers.len()), ("/a/2", 1));
        // The door that GET opens is tried for POST too.
        let posted = near.steps.iter().find(|step| step.request.method == "POST").expect("it is there");
        assert!(posted.request.headers.iter().any(|(name, _)| name == "Authorization"));
    }

    #[test]
    fn everyone_asks_and_any_is_every_method() {
        let identities =
            BTreeMap::from([("ada".to_string(), variants::headers(&[("authorization", "Bearer a")]))]);
        let groups = derive(&examples(&["ANY /x", "GET /r/{rest+}", "GET /dyn/{?}"]), &identities);
        let methods = groups.iter().find(|group| group.name == "methods of /x").expect("it is there");
        assert_eq!(methods.steps.len(), 3 * METHODS.len());
        assert!(methods.steps.iter().any(|step| step.name == "as ada"));
        check(&groups, "bodies of /x", &["POST /x", "PUT /x", "PATCH /x"]);
        check(&groups, "methods of /r/{rest+}", &["GET /r/missing/thing"]);
        assert!(!groups.iter().any(|group| group.name.contains("{?}")));
    }

    /// The same program asks the same: a difference can be found again.
    #[test]
    fn the_same_routes_give_the_same_requests() {
        let of = || derive(&examples(&["GET /a/{b}", "POST /a"]), &BTreeMap::new());
        let shown = |groups: &[Group]| format!("{groups:?}");
        assert_eq!(shown(&of()), shown(&of()));
        assert!(of().iter().any(|group| group.open.is_some()));
    }
}
