//! Graph -> functions, models and statics that routes of several services reach, and where they go.
//!
//! Functions that only have to do with the data of one service are left out: they are that service's, and calls of them are ties.

use std::collections::{BTreeMap, BTreeSet};

use super::{Becomes, Input, ItemKind, SharedItem};
use crate::graph::Node;

pub(super) fn find(
    input: &Input<'_>,
    owners_of_code: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<SharedItem> {
    let led_to_by = input.graph.led_to_by(input.groups.iter().map(|group| group.routes.as_slice()));
    let mut found: Vec<SharedItem> = Vec::new();
    for ((_, node), services) in input.graph.nodes().zip(led_to_by).filter(|(_, by)| by.len() > 1) {
        let (kind, path, location) = match node {
            Node::Function(function) => (ItemKind::Function, &function.path, function.location),
            Node::Model(model) => (ItemKind::Model, &model.path, Some(model.location)),
            Node::Static(item) => (ItemKind::State, &item.path, Some(item.location)),
            Node::Route(_) | Node::Layer(_) | Node::Resource(_) => continue,
        };
        let (becomes, because) = match (kind, owners_of_code.get(path)) {
            (ItemKind::Function, Some(owners)) if owners.len() == 1 && !owners.contains("") => continue,
            (ItemKind::Function, Some(owners)) => {
                let owners: Vec<&str> =
                    owners.iter().map(String::as_str).filter(|owner| !owner.is_empty()).collect();
                let because = match owners.as_slice() {
                    [] => "the data behind it has no owner".to_string(),
                    owners => format!("it has to do with data of {}", owners.join(", ")),
                };
                (Becomes::SharedCrate, because)
            }
            (ItemKind::Function, None) => (Becomes::SharedCrate, "it has to do with no data".to_string()),
            (ItemKind::Model, _) => (Becomes::SharedCrate, "a type without state".to_string()),
            (ItemKind::State, _) => {
                let because = "each function is a process of its own; LS0404 says where one is written";
                (Becomes::Copy, because.to_string())
            }
        };
        let services = services.into_iter().map(|at| input.groups[at].name.clone()).collect();
        found.push(SharedItem { kind, path: path.clone(), location, services, becomes, because });
    }
    found.sort_by(|a, b| (a.kind, &a.path).cmp(&(b.kind, &b.path)));
    found
}
