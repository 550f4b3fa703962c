//! `Proposal` -> text of the plan file: a new one, or an old one brought up to date with its comments and order kept.
//!
//! Both go the same way: a new file is the empty one brought up to date. So a second run changes nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::Context as _;
use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value};

use super::{Granularity, file};
use crate::boundaries::keys::key_shape;
use crate::boundaries::names::Names;
use crate::boundaries::{PlacedRoute, Proposal, ProposedService};
use crate::ordered::{OrderedMap, UnorderedMap};
use crate::routes::{Route, RouteTable};

/// Longest line of a comment.
const WIDTH: usize = 100;

/// What a new plan file starts with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Kebab case.
    pub name: String,
    pub granularity: Granularity,
}

/// Which functions are formed anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regroup {
    pub granularity: Granularity,
    /// Names of services; all where this is empty.
    pub services: BTreeSet<String>,
}

/// The text brought up to date, and what changed in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    pub text: String,
    /// Ids of routes that were placed.
    pub added: Vec<String>,
    /// Ids of routes that the program no longer has.
    pub vanished: Vec<String>,
    /// Old and new ids of routes whose parameters have other names now.
    pub renamed: Vec<(String, String)>,
}

/// The text of a new plan file.
pub fn fresh(settings: &Settings, proposal: &Proposal, routes: &RouteTable) -> String {
    let text = format!(
        r#"# Which service and which function each route goes to. Edit it freely: `lith-split plan` keeps your
# changes, comments and order, places new routes and takes out routes that are gone.

version = {}
name = "{}"

# Defaults; a service or a function may have its own.
memory = {}            # MB
timeout = {}            # seconds
architecture = "arm64"  # or "x86_64"

# How new routes become functions: "route", "read-write", "resource" or "service".
granularity = "{}"

# Routes that stay in the monolith.
keep = []
"#,
        file::VERSION,
        settings.name,
        file::MEMORY,
        file::TIMEOUT,
        settings.granularity.as_str(),
    );
    update(&text, proposal, routes, None).expect("the text of a new plan parses").text
}

/// Brings the text of a valid plan file up to date. With `regroup`, functions are formed anew at its granularity.
pub fn update(
    text: &str,
    proposal: &Proposal,
    routes: &RouteTable,
    regroup: Option<&Regroup>,
) -> anyhow::Result<Update> {
    let document: DocumentMut = text.parse().context("the plan file does not parse")?;
    let mut editor = Editor { document, added: Vec::new(), vanished: Vec::new(), renamed: Vec::new() };
    if let Some(regroup) = regroup {
        editor.clear_functions(regroup);
    }
    editor.take_out(routes);
    editor.place(proposal, routes);
    if regroup.is_some() {
        editor.added.clear();
    }
    editor.keep(proposal, routes);
    editor.owns(proposal);
    let mut order: UnorderedMap<&str, usize> = UnorderedMap::default();
    for (at, route) in routes.routes.iter().enumerate() {
        order.insert(&route.id, at);
    }
    editor.added.sort_by_key(|id| order.get(id.as_str()).copied());
    Ok(Update {
        text: editor.document.to_string(),
        added: editor.added,
        vanished: editor.vanished,
        renamed: editor.renamed,
    })
}

/// By id: all routes that need the same gateway key, where there are several.
pub(super) fn twins(routes: &RouteTable) -> OrderedMap<&str, BTreeSet<&str>> {
    let mut by_shape: OrderedMap<_, BTreeSet<&str>> = OrderedMap::default();
    for route in &routes.routes {
        if let Some(shape) = key_shape(route) {
            by_shape.entry(shape).or_default().insert(&route.id);
        }
    }
    let several = by_shape.into_values().filter(|ids| ids.len() > 1);
    several.flat_map(|ids| ids.clone().into_iter().map(move |id| (id, ids.clone()))).collect()
}

struct Editor {
    document: DocumentMut,
    added: Vec<String>,
    vanished: Vec<String>,
    renamed: Vec<(String, String)>,
}

impl Editor {
    fn services(&mut self) -> &mut dyn TableLike {
        let services = self.document.entry("services").or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        });
        services.as_table_like_mut().expect("the plan was checked: services is a table")
    }

    /// Every list of routes in the file, with the name of its function; kept routes have none.
    fn listed(&self) -> Vec<String> {
        let mut ids = Vec::new();
        if let Some(keep) = self.document.get("keep") {
            ids.extend(ids_of(keep));
        }
        let services = self.document.get("services").and_then(Item::as_table_like);
        for (_, service) in services.into_iter().flat_map(TableLike::iter) {
            for (_, function) in functions(service).into_iter().flat_map(TableLike::iter) {
                ids.extend(ids_of(routes_item(function)));
            }
        }
        ids
    }

    /// Takes the functions out, and says where new ones get their granularity from: the services that were named, or the whole plan.
    fn clear_functions(&mut self, regroup: &Regroup) {
        let Regroup { granularity, services } = regroup;
        if services.is_empty() {
            set_granularity(self.document.as_table_mut(), *granularity);
        }
        for (name, service) in self.services().iter_mut() {
            if !services.is_empty() && !services.contains(name.get()) {
                continue;
            }
            if let Some(service) = service.as_table_like_mut() {
                if services.is_empty() {
                    service.remove("granularity");
                } else {
                    set_granularity(service, *granularity);
                }
                if let Some(functions) = service.get_mut("functions").and_then(Item::as_table_like_mut) {
                    functions.clear();
                }
            }
        }
    }

    /// Takes out routes that the program no longer has; those whose parameters were renamed take their new ids.
    fn take_out(&mut self, routes: &RouteTable) {
        let listed = self.listed();
        let known: BTreeSet<&str> = routes.routes.iter().map(|route| route.id.as_str()).collect();
        let placed: BTreeSet<String> = listed.iter().cloned().collect();
        let mut new: Vec<&Route> = routes.routes.iter().filter(|route| !placed.contains(&route.id)).collect();
        let mut changes: OrderedMap<String, Option<String>> = OrderedMap::default();
        for id in listed {
            if known.contains(id.as_str()) || changes.contains_key(&id) {
                continue;
            }
            let renamed =
                new.iter().position(|route| shape(&route.id) == shape(&id)).map(|at| new.remove(at));
            match renamed {
                Some(route) => self.renamed.push((id.clone(), route.id.clone())),
                None => self.vanished.push(id.clone()),
            }
            changes.insert(id, renamed.map(|route| route.id.clone()));
        }
        if changes.is_empty() {
            return;
        }
        if let Some(keep) = self.document.get_mut("keep") {
            change_ids(keep, &changes);
        }
        if let Some(boundaries) = self.document.get_mut("boundaries").and_then(Item::as_table_like_mut) {
            change_sets(boundaries, &changes);
        }
        let mut emptied = Vec::new();
        for (name, service) in self.services().iter_mut() {
            let Some(functions) = functions_mut(service) else { continue };
            let mut gone = Vec::new();
            for (function, item) in functions.iter_mut() {
                let item = routes_item_mut(item);
                change_ids(item, &changes);
                if ids_of(item).is_empty() {
                    gone.push(function.get().to_string());
                }
            }
            for function in &gone {
                functions.remove(function);
            }
            if !gone.is_empty() && functions.is_empty() {
                emptied.push(name.get().to_string());
            }
        }
        for service in emptied {
            self.services().remove(&service);
        }
    }

    fn place(&mut self, proposal: &Proposal, routes: &RouteTable) {
        let listed: BTreeSet<String> = self.listed().into_iter().collect();
        let default = self.granularity(None);
        let mut names = self.names();
        let twins = twins(routes);
        for service in &proposal.services {
            let new: Vec<&PlacedRoute> = service
                .routes
                .iter()
                .filter(|placed| !listed.contains(&routes.routes[placed.route].id))
                .collect();
            if new.is_empty() {
                continue;
            }
            if !self.services().contains_key(&service.name) {
                names.take(&service.name);
                self.new_service(service);
            }
            let granularity = self.granularity(Some(&service.name)).or(default).unwrap_or_default();
            for placed in new {
                let route = &routes.routes[placed.route];
                let twins = twins.get(route.id.as_str());
                if twins.is_some_and(|twins| self.place_beside(route, twins)) {
                    self.added.push(route.id.clone());
                    continue;
                }
                self.place_route(service, placed, route, granularity, &mut names, routes, proposal);
                self.added.push(route.id.clone());
            }
        }
    }

    fn granularity(&self, service: Option<&str>) -> Option<Granularity> {
        let item = match service {
            None => self.document.get("granularity"),
            Some(name) => self.document.get("services")?.get(name)?.get("granularity"),
        };
        item.and_then(Item::as_str).and_then(Granularity::from_name)
    }

    fn names(&self) -> Names {
        let mut names = Names::default();
        let services = self.document.get("services").and_then(Item::as_table_like);
        for (name, service) in services.into_iter().flat_map(TableLike::iter) {
            names.take(name);
            for (function, _) in functions(service).into_iter().flat_map(TableLike::iter) {
                names.take(function);
            }
        }
        names
    }

    fn new_service(&mut self, service: &ProposedService) {
        let mut table = Table::new();
        table.decor_mut().set_prefix("\n");
        let mut functions = Table::new();
        functions.decor_mut().set_prefix("\n");
        table.insert("functions", Item::Table(functions));
        self.services().insert(&service.name, Item::Table(table));
    }

    /// Puts a route into the function that has one of the others; whether there is one.
    fn place_beside(&mut self, route: &Route, others: &BTreeSet<&str>) -> bool {
        for (_, service) in self.services().iter_mut() {
            for (_, function) in functions_mut(service).into_iter().flat_map(|table| table.iter_mut()) {
                let item = routes_item_mut(function);
                if ids_of(item).iter().any(|id| others.contains(id.as_str())) {
                    push_id(item, &route.id);
                    return true;
                }
            }
        }
        false
    }

    #[expect(clippy::too_many_arguments, reason = "one call site; the arguments are the whole situation")]
    fn place_route(
        &mut self,
        service: &ProposedService,
        placed: &PlacedRoute,
        route: &Route,
        granularity: Granularity,
        names: &mut Names,
        routes: &RouteTable,
        proposal: &Proposal,
    ) {
        let why = placed.placement.why();
        let shared = granularity.function_of(route, &service.name, &placed.group);
        let like = |id: &str| {
            let at = routes.routes.iter().position(|route| route.id == id)?;
            let (other, placed) = proposal.placed(at)?;
            granularity.function_of(&routes.routes[at], &other.name, &placed.group)
        };
        let table = self.services().get_mut(&service.name).and_then(Item::as_table_like_mut);
        let table = table.expect("the plan was checked: a service is a table");
        let functions = table.entry("functions").or_insert_with(toml_edit::table).as_table_like_mut();
        let functions = functions.expect("the plan was checked: functions is a table");
        if shared.is_some() {
            for (_, item) in functions.iter_mut() {
                let item = routes_item_mut(item);
                if ids_of(item).iter().any(|id| like(id) == shared) {
                    push_id(item, &route.id);
                    return;
                }
            }
        }
        let name = names.unique(shared.as_deref().unwrap_or(&placed.function));
        functions.insert(&name, toml_edit::value(route.id.as_str()));
        if let Some(mut key) = functions.key_mut(&name) {
            key.leaf_decor_mut().set_prefix(comment(&why));
        }
    }

    /// Lists routes that cannot be split under `keep`, with the reason.
    fn keep(&mut self, proposal: &Proposal, routes: &RouteTable) {
        let listed = self.listed();
        for kept in &proposal.kept {
            let id = &routes.routes[kept.route].id;
            if listed.contains(id) {
                continue;
            }
            let keep = self.document.entry("keep").or_insert_with(|| toml_edit::value(Array::new()));
            if let Some(list) = keep.as_array_mut() {
                let mut value = Value::from(id.as_str());
                value.decor_mut().set_prefix(format!("\n    # {}\n    ", plain(&kept.because)));
                list.push_formatted(value);
                list.set_trailing("\n");
                list.set_trailing_comma(true);
            } else {
                push_id(keep, id);
            }
            self.added.push(id.clone());
        }
    }

    /// Writes what each service owns now.
    fn owns(&mut self, proposal: &Proposal) {
        for service in &proposal.services {
            let owned: Vec<String> = service.owns.iter().map(ToString::to_string).collect();
            let Some(table) = self.services().get_mut(&service.name).and_then(Item::as_table_like_mut) else {
                continue;
            };
            let written = table.get("owns").map(ids_of).unwrap_or_default();
            if written == owned {
                continue;
            }
            if owned.is_empty() {
                table.remove("owns");
            } else {
                table.insert("owns", toml_edit::value(Array::from_iter(&owned)));
            }
        }
    }
}

/// Sets the key and keeps the comment behind it.
fn set_granularity(table: &mut dyn TableLike, granularity: Granularity) {
    if let Some(value) = table.get_mut("granularity").and_then(Item::as_value_mut) {
        let decor = value.decor().clone();
        *value = Value::from(granularity.as_str());
        *value.decor_mut() = decor;
    } else {
        table.insert("granularity", toml_edit::value(granularity.as_str()));
    }
}

fn functions(service: &Item) -> Option<&dyn TableLike> {
    service.get("functions").and_then(Item::as_table_like)
}

fn functions_mut(service: &mut Item) -> Option<&mut dyn TableLike> {
    service.get_mut("functions").and_then(Item::as_table_like_mut)
}

/// Where a function lists its routes: the item itself, or its key `routes`.
pub(super) fn routes_item(function: &Item) -> &Item {
    function.as_table_like().and_then(|table| table.get("routes")).unwrap_or(function)
}

pub(super) fn routes_item_mut(function: &mut Item) -> &mut Item {
    if function.is_table_like() && function.get("routes").is_some() {
        function.get_mut("routes").expect("the key was just seen")
    } else {
        function
    }
}

pub(super) fn ids_of(item: &Item) -> Vec<String> {
    match item {
        Item::Value(Value::String(id)) => vec![id.value().clone()],
        Item::Value(Value::Array(list)) => {
            list.iter().filter_map(Value::as_str).map(ToString::to_string).collect()
        }
        _ => Vec::new(),
    }
}

/// Replaces ids in a list, or takes them out where there is no new one. A lone id taken out leaves an empty list.
fn change_ids(item: &mut Item, changes: &OrderedMap<String, Option<String>>) {
    let Some(value) = item.as_value_mut() else { return };
    if let Value::Array(list) = value {
        change_list(list, changes);
    } else if value.as_str().is_some_and(|id| matches!(changes.get(id), Some(None))) {
        *value = Value::Array(Array::new());
    } else {
        rename(value, changes);
    }
}

fn change_list(list: &mut Array, changes: &OrderedMap<String, Option<String>>) {
    let gone = |value: &Value| value.as_str().is_some_and(|id| matches!(changes.get(id), Some(None)));
    let is_first_gone = list.get(0).is_some_and(gone);
    list.retain(|value| !gone(value));
    // What stood behind a comma now stands first.
    if is_first_gone
        && let Some(first) = list.get_mut(0)
        && first.decor().prefix().and_then(|prefix| prefix.as_str()) == Some(" ")
    {
        first.decor_mut().set_prefix("");
    }
    for value in list.iter_mut() {
        rename(value, changes);
    }
}

/// Lets sets of routes keep up with the program; one that says nothing any more goes.
fn change_sets(boundaries: &mut dyn TableLike, changes: &OrderedMap<String, Option<String>>) {
    for key in ["together", "apart"] {
        let Some(sets) = boundaries.get_mut(key).and_then(Item::as_array_mut) else { continue };
        for set in sets.iter_mut().filter_map(Value::as_array_mut) {
            change_list(set, changes);
        }
        sets.retain(|set| set.as_array().is_none_or(|set| set.len() > 1));
    }
}

fn rename(value: &mut Value, changes: &OrderedMap<String, Option<String>>) {
    if let Some(Some(new)) = value.as_str().and_then(|id| changes.get(id)) {
        let decor = value.decor().clone();
        *value = Value::from(new.as_str());
        *value.decor_mut() = decor;
    }
}

/// Adds an id to a list, or makes a list of a lone id. A list of several stands on lines of its own.
fn push_id(item: &mut Item, id: &str) {
    let Some(value) = item.as_value_mut() else { return };
    if let Some(lone) = value.as_str() {
        let mut list = Array::from_iter([lone]);
        list.decor_mut().clone_from(value.decor());
        *value = Value::Array(list);
    }
    let Value::Array(list) = value else { return };
    list.push(id);
    let commented = list.iter().any(|value| {
        value.decor().prefix().and_then(|prefix| prefix.as_str()).is_some_and(|text| text.contains('#'))
    });
    if commented {
        let newest = list.len() - 1;
        if let Some(value) = list.get_mut(newest) {
            value.decor_mut().set_prefix("\n    ");
        }
    } else {
        for value in list.iter_mut() {
            value.decor_mut().set_prefix("\n    ");
            value.decor_mut().set_suffix("");
        }
    }
    list.set_trailing("\n");
    list.set_trailing_comma(true);
}

/// A route id with the names of parameters left out.
fn shape(id: &str) -> String {
    let mut shape = String::new();
    let mut inside = false;
    for c in id.chars() {
        if c == '}' {
            inside = false;
        }
        if !inside || c == '+' {
            shape.push(c);
        }
        if c == '{' {
            inside = true;
        }
    }
    shape
}

/// The text without anything that would end a comment.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Comment lines that fit the width.
fn comment(text: &str) -> String {
    let mut lines = String::new();
    let mut line = String::from("#");
    for word in plain(text).split_whitespace() {
        if line.len() > 1 && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(lines, "{line}");
            line = String::from("#  ");
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(lines, "{line}");
    lines
}
