//! A part of the graph that was asked for: what is around a node, what leads to it, or the way from one to another.
//!
//! A name means the nodes that are called so, else those whose path ends in it, else those that contain it; the name of a service means its
//! routes. What a route touches is left out: it follows from the functions that do it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use petgraph::graph::NodeIndex;

use super::{Place, Report, count, plain};
use crate::graph::{Edge, EdgeKind, Node};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// The nodes with all to which they lead, and which lead to them, directly.
    Focus(String),
    /// All that leads to the nodes, directly or over others.
    Reaches(String),
    /// The shortest way from one to another.
    Path(String, String),
}

impl Query {
    pub(super) fn title(&self) -> String {
        match self {
            Query::Focus(name) => format!("Around {}", plain(name)),
            Query::Reaches(name) => format!("What leads to {}", plain(name)),
            Query::Path(from, to) => format!("From {} to {}", plain(from), plain(to)),
        }
    }
}

/// Nodes and edges, in the order of the graph; of a way in its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    pub(super) nodes: Vec<NodeIndex>,
    pub(super) edges: Vec<(NodeIndex, NodeIndex, Step)>,
    /// What was asked for.
    pub(super) named: BTreeSet<NodeIndex>,
}

/// What an edge says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) kind: EdgeKind,
    pub(super) place: Option<Place>,
}

/// Finds the part.
///
/// # Errors
///
/// What is not found, with names that are alike.
pub fn select(report: &Report<'_>, query: &Query) -> Result<Selection, String> {
    let links = Links::of(report);
    Ok(match query {
        Query::Focus(name) => {
            let named = find(report, name)?;
            let around =
                |edge: &&(NodeIndex, NodeIndex, &Edge)| named.contains(&edge.0) || named.contains(&edge.1);
            let nodes = links.edges.iter().filter(around).flat_map(|(from, to, _)| [*from, *to]);
            let nodes: BTreeSet<NodeIndex> = nodes.chain(named.iter().copied()).collect();
            let edges = links.edges.iter().filter(around).copied().collect();
            Links::selection(report, nodes.into_iter().collect(), edges, named)
        }
        Query::Reaches(name) => {
            let named = find(report, name)?;
            let mut nodes = named.clone();
            let mut open: Vec<NodeIndex> = named.iter().copied().collect();
            while let Some(node) = open.pop() {
                let before = links.edges.iter().filter(|(_, to, _)| *to == node).map(|(from, ..)| *from);
                open.extend(before.filter(|from| nodes.insert(*from)));
            }
            let inside =
                links.edges.iter().filter(|(from, to, _)| nodes.contains(from) && nodes.contains(to));
            let edges = inside.copied().collect();
            Links::selection(report, nodes.into_iter().collect(), edges, named)
        }
        Query::Path(from, to) => {
            let (from, to) = (find(report, from)?, find(report, to)?);
            let named = from.union(&to).copied().collect();
            let way = links.way(&from, &to);
            let nodes = match way.first() {
                Some((start, ..)) => {
                    std::iter::once(*start).chain(way.iter().map(|(_, to, _)| *to)).collect()
                }
                None => from.intersection(&to).take(1).copied().collect(),
            };
            Links::selection(report, nodes, way, named)
        }
    })
}

/// The edges that are followed.
struct Links<'a> {
    edges: Vec<(NodeIndex, NodeIndex, &'a Edge)>,
}

impl<'a> Links<'a> {
    fn of(report: &Report<'a>) -> Self {
        let edges = report.graph.edges();
        Self { edges: edges.filter(|(.., edge)| !matches!(edge.kind, EdgeKind::Touches(_))).collect() }
    }

    fn selection(
        report: &Report<'_>,
        nodes: Vec<NodeIndex>,
        edges: Vec<(NodeIndex, NodeIndex, &Edge)>,
        named: BTreeSet<NodeIndex>,
    ) -> Selection {
        let step = |edge: &Edge| Step {
            kind: edge.kind,
            place: edge.location.map(|location| report.place(location)),
        };
        Selection {
            nodes,
            edges: edges.into_iter().map(|(from, to, edge)| (from, to, step(edge))).collect(),
            named,
        }
    }

    /// The edges of the shortest way, the first found of equal ones; none where there is no way.
    fn way(
        &self,
        from: &BTreeSet<NodeIndex>,
        to: &BTreeSet<NodeIndex>,
    ) -> Vec<(NodeIndex, NodeIndex, &'a Edge)> {
        let mut outgoing: BTreeMap<NodeIndex, Vec<usize>> = BTreeMap::new();
        for (at, (from, ..)) in self.edges.iter().enumerate() {
            outgoing.entry(*from).or_default().push(at);
        }
        let mut came: BTreeMap<NodeIndex, usize> = BTreeMap::new();
        let mut open: VecDeque<NodeIndex> = from.iter().copied().collect();
        while let Some(node) = open.pop_front() {
            if to.contains(&node) {
                let mut way = Vec::new();
                let mut at = node;
                while let Some(&edge) = came.get(&at) {
                    way.push(self.edges[edge]);
                    at = self.edges[edge].0;
                }
                way.reverse();
                return way;
            }
            for &edge in outgoing.get(&node).map_or(&[][..], Vec::as_slice) {
                let next = self.edges[edge].1;
                if !from.contains(&next) && !came.contains_key(&next) {
                    came.insert(next, edge);
                    open.push_back(next);
                }
            }
        }
        Vec::new()
    }
}

/// The nodes that a name means.
fn find(report: &Report<'_>, name: &str) -> Result<BTreeSet<NodeIndex>, String> {
    if let Some(service) = report.plan.services.iter().find(|service| service.name == name) {
        let ids: BTreeSet<&String> = service.functions.iter().flat_map(|function| &function.routes).collect();
        let routes = report.routes.routes.iter().enumerate().filter(|(_, route)| ids.contains(&route.id));
        return Ok(routes.map(|(at, _)| report.graph.route(at)).collect());
    }
    let ends_so = |label: &str| {
        let rest = label.strip_suffix(name);
        rest.is_some_and(|rest| rest.ends_with(['/', ':']))
    };
    let in_variable = |label: &str| label.ends_with(&format!("/${{{name}}}"));
    let lower = name.to_lowercase();
    let tests: [&dyn Fn(&str) -> bool; 3] = [
        &|label| label.eq_ignore_ascii_case(name),
        &|label| ends_so(label) || in_variable(label),
        &|label| label.to_lowercase().contains(&lower),
    ];
    for is_meant in tests {
        let found: BTreeSet<NodeIndex> =
            report.graph.nodes().filter(|(_, node)| is_meant(&node.label())).map(|(at, _)| at).collect();
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Err(format!(
        "nothing in the graph is called `{}`; names are those of routes (`GET /users/{{id}}`), functions, types, layers, tables and services",
        plain(name)
    ))
}

/// The part in words: a way step by step, else each node with what it leads to.
pub(super) fn selection_text(report: &Report<'_>, query: &Query, selection: &Selection) -> String {
    let label = |node: NodeIndex| plain(&report.graph.node(node).label());
    let place = |step: &Step| {
        step.place.as_ref().map_or(String::new(), |place| format!(" {}", plain(&place.to_string())))
    };
    let mut out = String::new();
    if let Query::Path(from, to) = query {
        if selection.nodes.is_empty() {
            let _ = writeln!(out, "  nothing leads from {} to {}", plain(from), plain(to));
        }
        if let Some(&first) = selection.nodes.first() {
            let _ = writeln!(out, "  {}", label(first));
        }
        for (_, to, step) in &selection.edges {
            let _ = writeln!(out, "    {} {}{}", step.kind.as_str(), label(*to), place(step));
        }
        return out;
    }
    for &node in &selection.nodes {
        let mark = if selection.named.contains(&node) { "*" } else { " " };
        let edges: Vec<_> = selection.edges.iter().filter(|(from, ..)| *from == node).collect();
        if edges.is_empty() && !selection.named.contains(&node) {
            continue;
        }
        let _ = writeln!(out, "{mark} {}", label(node));
        for (_, to, step) in edges {
            let _ = writeln!(out, "    {} {}{}", step.kind.as_str(), label(*to), place(step));
        }
    }
    let routes = selection.nodes.iter().filter(|&&node| matches!(report.graph.node(node), Node::Route(_)));
    let (nodes, routes) = (count(selection.nodes.len(), "node"), count(routes.count(), "route"));
    let _ = writeln!(out, "\n  {nodes}, of these {routes}; * is what was asked for");
    out
}
