//! The text of `lith-split.toml` -> `PlanFile`, with the place of each name and route.
//!
//! Everything that is wrong is reported at once. A key that is not known is refused, so that a misspelt one is not ignored.

use toml_edit::{Array, Document, Item, TableLike, Value};

use super::budgets::{Budgets, Forbidden};
use super::constraints::{Constraints, RouteSet};
use super::{Architecture, Function, Granularity, Plan, Service, Stacks};
use crate::boundaries::Pins;
use crate::diagnostic::{Code, Diagnostic};
use crate::ordered::OrderedMap;
use crate::span::{Location, SourceId, Span};

pub(super) const VERSION: i64 = 1;
pub(super) const MEMORY: u32 = 256;
pub(super) const TIMEOUT: u32 = 10;

const TOP_KEYS: &[&str] = &[
    "version",
    "name",
    "memory",
    "timeout",
    "architecture",
    "conditions",
    "whole_state",
    "stacks",
    "granularity",
    "keep",
    "boundaries",
    "budgets",
    "services",
];
const SERVICE_KEYS: &[&str] = &["owns", "memory", "timeout", "conditions", "granularity", "functions"];
const CONSTRAINT_KEYS: &[&str] = &["together", "apart", "services", "max_services", "max_routes"];
const BUDGET_KEYS: &[&str] = &["max_cycles", "max_cross_service_calls", "forbid"];
const FUNCTION_KEYS: &[&str] = &["routes", "memory", "timeout", "conditions"];

/// A plan as read from its file.
#[derive(Debug, Clone)]
pub struct PlanFile {
    pub plan: Plan,
    pub granularity: Granularity,
    pub constraints: Constraints,
    pub budgets: Budgets,
    /// Where each service and function is named, in file order.
    pub names: Vec<(String, Location)>,
    /// Where each route is listed, kept ones included, in file order.
    pub routes: Vec<(String, Location)>,
    /// The whole file.
    pub location: Location,
}

impl PlanFile {
    /// What the plan decides about routes.
    pub fn pins(&self) -> Pins {
        let mut pins = Pins::default();
        for (service, function) in self.plan.functions() {
            for route in &function.routes {
                pins.services.insert(route.clone(), service.name.clone());
            }
        }
        pins.kept.extend(self.plan.keep.iter().cloned());
        pins.constraints = self.constraints.plain();
        pins
    }
}

/// Reads the plan; `source` is the number under which its text is known.
pub fn parse(text: &str, source: SourceId) -> Result<PlanFile, Vec<Diagnostic>> {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            let location = Location { source, span: Span::new(span.start as u32, span.end as u32) };
            return Err(vec![Diagnostic::new(Code::PLAN_INVALID, error.message()).at(location)]);
        }
    };
    let whole = Location { source, span: Span::new(0, text.len() as u32) };
    let mut reader = Reader { whole, diagnostics: Vec::new(), names: Vec::new(), routes: Vec::new() };
    let (plan, granularity) = reader.plan(document.as_table());
    let constraints = reader.constraints(document.as_table());
    let budgets = reader.budgets(document.as_table());
    if reader.diagnostics.is_empty() {
        Ok(PlanFile {
            plan,
            granularity,
            constraints,
            budgets,
            names: reader.names,
            routes: reader.routes,
            location: whole,
        })
    } else {
        Err(reader.diagnostics)
    }
}

struct Reader {
    whole: Location,
    diagnostics: Vec<Diagnostic>,
    names: Vec<(String, Location)>,
    routes: Vec<(String, Location)>,
}

impl Reader {
    fn at(&self, span: Option<std::ops::Range<usize>>) -> Location {
        span.map_or(self.whole, |span| Location {
            source: self.whole.source,
            span: Span::new(span.start as u32, span.end as u32),
        })
    }

    fn refuse(&mut self, message: impl Into<String>, location: Location) {
        self.diagnostics.push(Diagnostic::new(Code::PLAN_INVALID, message).at(location));
    }

    fn key_at(&self, table: &dyn TableLike, key: &str) -> Location {
        self.at(table.key(key).and_then(toml_edit::Key::span))
    }

    fn known_keys(&mut self, table: &dyn TableLike, what: &str, known: &[&str]) {
        for (key, _) in table.iter() {
            if !known.contains(&key) {
                let location = self.key_at(table, key);
                let message = format!("{what} has no key `{key}`");
                let help = format!("the keys are {}", known.join(", "));
                self.diagnostics.push(Diagnostic::new(Code::PLAN_INVALID, message).at(location).help(help));
            }
        }
    }

    fn plan(&mut self, table: &dyn TableLike) -> (Plan, Granularity) {
        self.known_keys(table, "the plan", TOP_KEYS);
        if let Some(version) = self.integer(table, "version", 1, i64::MAX)
            && version != VERSION
        {
            let location = self.key_at(table, "version");
            self.refuse(
                format!("plan version {version} is not known; this program reads version 1"),
                location,
            );
        }
        let name = self.string(table, "name").unwrap_or_else(|| "app".to_string());
        let mut plan = Plan {
            name,
            services: Vec::new(),
            keep: self.keep(table),
            memory: self.memory(table).unwrap_or(MEMORY),
            timeout: self.timeout(table).unwrap_or(TIMEOUT),
            architecture: self.architecture(table).unwrap_or_default(),
            conditions: self.switch(table, "conditions").unwrap_or_default(),
            whole_state: self.switch(table, "whole_state").unwrap_or_default(),
            stacks: self.stacks(table),
        };
        let granularity = self.granularity(table).unwrap_or_default();
        if table.contains_key("name") {
            let location = self.key_at(table, "name");
            self.names.push((plan.name.clone(), location));
        }
        if let Some(services) = self.table(table, "services") {
            for (name, item) in services.iter() {
                let location = self.key_at(services, name);
                let Some(service) = item.as_table_like() else {
                    self.refuse(format!("service `{name}` must be a table"), location);
                    continue;
                };
                self.names.push((name.to_string(), location));
                plan.services.push(self.service(name, service));
            }
        }
        (plan, granularity)
    }

    fn constraints(&mut self, table: &dyn TableLike) -> Constraints {
        let Some(table) = self.table(table, "boundaries") else { return Constraints::default() };
        self.known_keys(table, "`boundaries`", CONSTRAINT_KEYS);
        let constraints = Constraints {
            together: self.route_sets(table, "together"),
            apart: self.route_sets(table, "apart"),
            services: self.limit(table, "services", 1),
            max_services: self.limit(table, "max_services", 1),
            max_routes: self.limit(table, "max_routes", 1),
        };
        self.diagnostics.extend(constraints.contradictions());
        constraints
    }

    /// A list of lists of routes.
    fn route_sets(&mut self, table: &dyn TableLike, key: &str) -> Vec<RouteSet> {
        let Some(item) = table.get(key) else { return Vec::new() };
        let Some(list) = item.as_array() else {
            let location = self.at(item.span());
            self.refuse(format!("`{key}` must be a list of sets of routes"), location);
            return Vec::new();
        };
        let mut sets = Vec::new();
        for value in list {
            let location = self.at(value.span());
            match value.as_array() {
                Some(set) if set.len() > 1 => sets.push(self.texts(set, key)),
                Some(_) => self.refuse(format!("a set of `{key}` has at least two routes"), location),
                None => {
                    let message = format!("`{key}` lists sets of routes, such as [\"GET /a\", \"GET /b\"]");
                    self.refuse(message, location);
                }
            }
        }
        sets
    }

    /// A count with the place of its key.
    fn limit(&mut self, table: &dyn TableLike, key: &str, least: i64) -> Option<(usize, Location)> {
        let number = self.integer(table, key, least, i64::from(u32::MAX))?;
        Some((usize::try_from(number).ok()?, self.key_at(table, key)))
    }

    fn budgets(&mut self, table: &dyn TableLike) -> Budgets {
        let Some(table) = self.table(table, "budgets") else { return Budgets::default() };
        self.known_keys(table, "`budgets`", BUDGET_KEYS);
        let max_cycles = self.limit(table, "max_cycles", 0);
        let max_cross_service_calls = self.limit(table, "max_cross_service_calls", 0);
        let mut forbid = Vec::new();
        let listed = table.get("forbid").map(|item| self.strings(item, "forbid")).unwrap_or_default();
        for (text, location) in listed {
            let Some(forbidden) = Forbidden::parse(&text, location) else {
                self.refuse(format!("`forbid` lists `SERVICE -> SERVICE`, not `{text}`"), location);
                continue;
            };
            forbid.push(forbidden);
        }
        Budgets { max_cycles, max_cross_service_calls, forbid }
    }

    fn keep(&mut self, table: &dyn TableLike) -> Vec<String> {
        table.get("keep").map(|item| self.route_list(item, "keep")).unwrap_or_default()
    }

    fn service(&mut self, name: &str, table: &dyn TableLike) -> Service {
        self.known_keys(table, &format!("service `{name}`"), SERVICE_KEYS);
        let memory = self.memory(table);
        let timeout = self.timeout(table);
        let conditions = self.switch(table, "conditions");
        self.granularity(table);
        let owns = table
            .get("owns")
            .map(|item| self.strings(item, "owns").into_iter().map(|(text, _)| text).collect())
            .unwrap_or_default();
        let mut service = Service { name: name.to_string(), functions: Vec::new(), owns };
        if let Some(functions) = self.table(table, "functions") {
            for (function, item) in functions.iter() {
                let location = self.key_at(functions, function);
                self.names.push((function.to_string(), location));
                let mut function = self.function(function, item, location);
                function.memory = function.memory.or(memory);
                function.timeout = function.timeout.or(timeout);
                function.conditions = function.conditions.or(conditions);
                service.functions.push(function);
            }
        }
        service
    }

    fn function(&mut self, name: &str, item: &Item, location: Location) -> Function {
        let mut function = Function {
            name: name.to_string(),
            routes: Vec::new(),
            memory: None,
            timeout: None,
            conditions: None,
        };
        if let Some(table) = item.as_table_like() {
            self.known_keys(table, &format!("function `{name}`"), FUNCTION_KEYS);
            function.memory = self.memory(table);
            function.timeout = self.timeout(table);
            function.conditions = self.switch(table, "conditions");
            if let Some(routes) = table.get("routes") {
                function.routes = self.route_list(routes, "routes");
            }
        } else {
            function.routes = self.route_list(item, name);
        }
        if function.routes.is_empty() {
            self.refuse(format!("function `{name}` has no route"), location);
        }
        function
    }

    fn route_list(&mut self, item: &Item, key: &str) -> Vec<String> {
        let routes = self.strings(item, key);
        self.routes.extend(routes.iter().cloned());
        routes.into_iter().map(|(route, _)| route).collect()
    }

    /// A string, or a list of strings.
    fn strings(&mut self, item: &Item, key: &str) -> Vec<(String, Location)> {
        let location = self.at(item.span());
        match item {
            Item::Value(Value::String(text)) => vec![(text.value().clone(), location)],
            Item::Value(Value::Array(list)) => self.texts(list, key),
            _ => {
                self.refuse(format!("`{key}` must be a string or a list of strings"), location);
                Vec::new()
            }
        }
    }

    fn texts(&mut self, list: &Array, key: &str) -> Vec<(String, Location)> {
        let mut texts = Vec::new();
        for value in list {
            let location = self.at(value.span());
            match value.as_str() {
                Some(text) => texts.push((text.to_string(), location)),
                None => self.refuse(format!("`{key}` lists strings"), location),
            }
        }
        texts
    }

    fn table<'t>(&mut self, table: &'t dyn TableLike, key: &str) -> Option<&'t dyn TableLike> {
        let item = table.get(key)?;
        if item.as_table_like().is_none() {
            let location = self.key_at(table, key);
            self.refuse(format!("`{key}` must be a table"), location);
        }
        item.as_table_like()
    }

    fn string(&mut self, table: &dyn TableLike, key: &str) -> Option<String> {
        let item = table.get(key)?;
        if item.as_str().is_none() {
            let location = self.key_at(table, key);
            self.refuse(format!("`{key}` must be a string"), location);
        }
        item.as_str().map(ToString::to_string)
    }

    fn integer(&mut self, table: &dyn TableLike, key: &str, least: i64, most: i64) -> Option<i64> {
        let item = table.get(key)?;
        let number = item.as_integer().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let location = self.at(item.span());
            let message = match most {
                i64::MAX => format!("`{key}` must be a whole number"),
                _ => format!("`{key}` must be a whole number from {least} to {most}"),
            };
            self.refuse(message, location);
        }
        number
    }

    fn memory(&mut self, table: &dyn TableLike) -> Option<u32> {
        self.integer(table, "memory", 128, 10_240).and_then(|number| u32::try_from(number).ok())
    }

    fn timeout(&mut self, table: &dyn TableLike) -> Option<u32> {
        self.integer(table, "timeout", 1, 900).and_then(|number| u32::try_from(number).ok())
    }

    fn switch(&mut self, table: &dyn TableLike, key: &str) -> Option<bool> {
        let item = table.get(key)?;
        if item.as_bool().is_none() {
            let location = self.at(item.span());
            self.refuse(format!("`{key}` must be `true` or `false`"), location);
        }
        item.as_bool()
    }

    fn architecture(&mut self, table: &dyn TableLike) -> Option<Architecture> {
        let names: OrderedMap<&str, Architecture> =
            Architecture::ALL.into_iter().map(|architecture| (architecture.as_str(), architecture)).collect();
        self.choice(table, "architecture", &names)
    }

    fn stacks(&mut self, table: &dyn TableLike) -> Option<Stacks> {
        let names: OrderedMap<&str, Stacks> =
            Stacks::ALL.into_iter().map(|stacks| (stacks.as_str(), stacks)).collect();
        self.choice(table, "stacks", &names)
    }

    fn granularity(&mut self, table: &dyn TableLike) -> Option<Granularity> {
        let names: OrderedMap<&str, Granularity> =
            Granularity::ALL.into_iter().map(|granularity| (granularity.as_str(), granularity)).collect();
        self.choice(table, "granularity", &names)
    }

    fn choice<T: Copy>(
        &mut self,
        table: &dyn TableLike,
        key: &str,
        choices: &OrderedMap<&str, T>,
    ) -> Option<T> {
        let text = self.string(table, key)?;
        let choice = choices.get(text.as_str()).copied();
        if choice.is_none() {
            let location = self.at(table.get(key).and_then(Item::span));
            let names: Vec<String> = choices.keys().map(|name| format!("`{name}`")).collect();
            self.refuse(format!("`{key}` must be one of {}", names.join(", ")), location);
        }
        choice
    }
}
