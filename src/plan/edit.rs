//! A change of the plan in words -> the text of the plan with that change, its comments and order kept.
//!
//! Routes that need one gateway key move together. Settings of a service stay with it, those of a function move along. Deliberately absent:
//! `owns`, which `update` writes anew from what the code does.

use std::collections::BTreeSet;

use toml_edit::{Array, DocumentMut, Item, Key, Table, Value};

use super::update::{ids_of, routes_item, routes_item_mut, twins};
use crate::boundaries::Proposal;
use crate::boundaries::names::{Names, is_name, service_name};
use crate::routes::RouteTable;

/// What is to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// `move ROUTE to SERVICE`, which may be new.
    Move { route: String, to: String },
    /// `merge A B`: all functions of B go to A.
    Merge { into: String, from: String },
    /// `split A`: a service for each subject of its routes.
    Split { service: String },
    /// `rename A B`.
    Rename { from: String, to: String },
}

impl Edit {
    /// Reads the words.
    ///
    /// # Errors
    /// What can be said instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let owned = |word: &str| word.to_string();
        match words.as_slice() {
            ["move", method, path, "to", to] => {
                Ok(Self::Move { route: format!("{method} {path}"), to: owned(to) })
            }
            ["merge", into, from] => Ok(Self::Merge { into: owned(into), from: owned(from) }),
            ["split", service] => Ok(Self::Split { service: owned(service) }),
            ["rename", from, to] => Ok(Self::Rename { from: owned(from), to: owned(to) }),
            _ => {
                Err("it is none of `move ROUTE to SERVICE`, `merge A B`, `split A`, `rename A B`".to_string())
            }
        }
    }
}

/// The text of a valid plan with the change. `proposal` says what each route is about.
///
/// # Errors
/// Why the plan cannot be changed so: a name that it does not have or already has, or a part that is no table of its own.
pub fn edit(text: &str, edit: &Edit, proposal: &Proposal, routes: &RouteTable) -> Result<String, String> {
    let document: DocumentMut = text.parse().map_err(|error| format!("the plan does not parse: {error}"))?;
    let mut editor = Editor { document };
    match edit {
        Edit::Move { route, to } => editor.move_route(route, to, routes)?,
        Edit::Merge { into, from } => editor.merge(into, from)?,
        Edit::Split { service } => editor.split(service, proposal, routes)?,
        Edit::Rename { from, to } => editor.rename(from, to)?,
    }
    Ok(editor.document.to_string())
}

/// A function as it stands in its service, with its comments.
type Entry = (Key, Item);

struct Editor {
    document: DocumentMut,
}

impl Editor {
    fn services(&mut self) -> Result<&mut Table, String> {
        let services = self.document.get_mut("services").and_then(Item::as_table_mut);
        services.ok_or_else(|| "the plan has no services that are tables of their own".to_string())
    }

    fn functions(&mut self, service: &str) -> Result<&mut Table, String> {
        let known: Vec<String> = self.services()?.iter().map(|(name, _)| name.to_string()).collect();
        let Some(service) = self.services()?.get_mut(service) else {
            return Err(format!("the plan has no service `{service}`; it has {}", known.join(", ")));
        };
        let functions = service.get_mut("functions").and_then(Item::as_table_mut);
        functions.ok_or_else(|| {
            "its functions are no table of their own (`[services.NAME.functions]`)".to_string()
        })
    }

    fn has_service(&self, name: &str) -> bool {
        self.document
            .get("services")
            .and_then(Item::as_table_like)
            .is_some_and(|services| services.contains_key(name))
    }

    fn names(&self) -> Names {
        let mut names = Names::default();
        self.each_name().iter().for_each(|name| names.take(name));
        names
    }

    /// Names of services and functions.
    fn each_name(&self) -> Vec<String> {
        let services = self.document.get("services").and_then(Item::as_table_like);
        let mut names = Vec::new();
        for (name, service) in services.into_iter().flat_map(toml_edit::TableLike::iter) {
            names.push(name.to_string());
            let functions = service.get("functions").and_then(Item::as_table_like);
            names.extend(
                functions.into_iter().flat_map(toml_edit::TableLike::iter).map(|(name, _)| name.to_string()),
            );
        }
        names
    }

    /// Whether the name can be that of a new service.
    fn is_free(&self, name: &str) -> Result<(), String> {
        if !is_name(name) {
            return Err(format!("`{name}` cannot be a name"));
        }
        if self.each_name().iter().any(|known| known == name) {
            return Err(format!("the plan already has a `{name}`"));
        }
        Ok(())
    }

    fn move_route(&mut self, route: &str, to: &str, routes: &RouteTable) -> Result<(), String> {
        let Some(known) = routes.routes.iter().find(|known| known.id == route) else {
            return Err(format!("the program has no route `{route}`"));
        };
        let together = twins(routes);
        let ids: BTreeSet<String> = match together.get(route) {
            Some(ids) => ids.iter().map(ToString::to_string).collect(),
            None => BTreeSet::from([route.to_string()]),
        };
        let is_there = |functions: &mut Table| {
            functions.iter().any(|(_, function)| ids_of(routes_item(function)).iter().any(|id| id == route))
        };
        if !self.has_service(to) {
            self.is_free(to)?;
        } else if self.functions(to).map(is_there)? {
            return Err(format!("`{route}` is already in {to}"));
        }
        let (entries, loose) = self.take_out(&ids)?;
        if !loose.is_empty() {
            let name = self.names().for_route(known);
            let list = if loose.len() == 1 {
                toml_edit::value(loose[0].as_str())
            } else {
                toml_edit::value(Array::from_iter(&loose))
            };
            self.put(to, vec![(Key::new(name), list)])?;
        }
        self.put(to, entries)
    }

    /// Takes routes out: functions that have nothing else as a whole, of others the routes alone, and those that are kept.
    fn take_out(&mut self, ids: &BTreeSet<String>) -> Result<(Vec<Entry>, Vec<String>), String> {
        let (mut entries, mut loose) = (Vec::new(), Vec::new());
        if let Some(list) = self.document.get_mut("keep").and_then(Item::as_array_mut) {
            loose.extend(
                list.iter().filter_map(Value::as_str).filter(|id| ids.contains(*id)).map(ToString::to_string),
            );
            list.retain(|id| !id.as_str().is_some_and(|id| ids.contains(id)));
        }
        let services: Vec<String> = self.services()?.iter().map(|(name, _)| name.to_string()).collect();
        for service in services {
            let functions = self.functions(&service)?;
            let mut whole = Vec::new();
            for (name, function) in functions.iter_mut() {
                let item = routes_item_mut(function);
                let listed = ids_of(item);
                if listed.iter().all(|id| ids.contains(id)) {
                    whole.push(name.get().to_string());
                } else if let Some(list) = item.as_array_mut() {
                    loose.extend(listed.into_iter().filter(|id| ids.contains(id)));
                    list.retain(|id| !id.as_str().is_some_and(|id| ids.contains(id)));
                }
            }
            entries.extend(whole.iter().filter_map(|name| functions.remove_entry(name)));
            self.drop_empty(&service)?;
        }
        Ok((entries, loose))
    }

    fn drop_empty(&mut self, service: &str) -> Result<(), String> {
        if self.functions(service)?.is_empty() {
            self.services()?.remove(service);
        }
        Ok(())
    }

    /// Puts functions into a service, which is made where there is none.
    fn put(&mut self, service: &str, entries: Vec<Entry>) -> Result<(), String> {
        if !self.has_service(service) {
            let mut table = Table::new();
            table.decor_mut().set_prefix("\n");
            let mut functions = Table::new();
            functions.decor_mut().set_prefix("\n");
            table.insert("functions", Item::Table(functions));
            self.services()?.insert(service, Item::Table(table));
        }
        let functions = self.functions(service)?;
        for (key, item) in entries {
            functions.insert_formatted(&key, item);
        }
        Ok(())
    }

    fn merge(&mut self, into: &str, from: &str) -> Result<(), String> {
        if into == from {
            return Err("a service cannot be merged with itself".to_string());
        }
        self.functions(into)?;
        let functions = self.functions(from)?;
        let names: Vec<String> = functions.iter().map(|(name, _)| name.to_string()).collect();
        let entries = names.iter().filter_map(|name| functions.remove_entry(name)).collect();
        self.services()?.remove(from);
        self.put(into, entries)?;
        self.forbid(from, into);
        Ok(())
    }

    fn split(&mut self, service: &str, proposal: &Proposal, routes: &RouteTable) -> Result<(), String> {
        let subject = |id: &str| {
            let route = routes.routes.iter().position(|route| route.id == id)?;
            Some(proposal.placed(route)?.1.group.clone())
        };
        let mut subjects: Vec<(String, Vec<String>)> = Vec::new();
        for (name, function) in self.functions(service)?.iter() {
            let about = ids_of(routes_item(function)).first().and_then(|id| subject(id)).unwrap_or_default();
            match subjects.iter_mut().find(|(known, _)| *known == about) {
                Some((_, names)) => names.push(name.to_string()),
                None => subjects.push((about, vec![name.to_string()])),
            }
        }
        if subjects.len() < 2 {
            return Err(format!(
                "all routes of {service} are about one subject; `move ROUTE to SERVICE` takes single ones"
            ));
        }
        let most = subjects.iter().map(|(_, names)| names.len()).max().unwrap_or(0);
        let named = subjects.iter().position(|(about, _)| service_name(about, service) == service);
        let stays = named.or_else(|| subjects.iter().position(|(_, names)| names.len() == most)).unwrap_or(0);
        for (at, (about, functions)) in subjects.into_iter().enumerate() {
            if at == stays {
                continue;
            }
            let wanted = service_name(&about, service);
            let to = if self.has_service(&wanted) { wanted } else { self.names().unique(&wanted) };
            let table = self.functions(service)?;
            let entries = functions.iter().filter_map(|name| table.remove_entry(name)).collect();
            self.put(&to, entries)?;
        }
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), String> {
        self.functions(from)?;
        self.is_free(to)?;
        let services = self.services()?;
        if let Some((_, item)) = services.remove_entry(from) {
            services.insert(to, item);
        }
        self.forbid(from, to);
        Ok(())
    }

    /// Lets `forbid` name a service as it is called now.
    fn forbid(&mut self, old: &str, new: &str) {
        let list = self.document.get_mut("budgets").and_then(|budgets| budgets.get_mut("forbid"));
        let renamed = |text: &str| {
            let sides = text.split("->").map(str::trim).map(|side| if side == old { new } else { side });
            sides.collect::<Vec<_>>().join(" -> ")
        };
        let Some(value) = list.and_then(Item::as_value_mut) else { return };
        if let Value::Array(list) = value {
            for value in list.iter_mut() {
                if let Some(text) = value.as_str().map(renamed) {
                    let decor = value.decor().clone();
                    *value = Value::from(text);
                    *value.decor_mut() = decor;
                }
            }
            // A service may use its own data.
            list.retain(|value| value.as_str() != Some(&format!("{new} -> {new}")));
        } else if let Some(text) = value.as_str().map(renamed) {
            *value = if text == format!("{new} -> {new}") {
                Value::Array(Array::new())
            } else {
                Value::from(text)
            };
        }
    }
}

#[cfg(test)]
mod tests;
