//! The environment variables that a function gets: those that its own code asks for.
//!
//! Input: which variables each route, and what all requests share, reads at which call; the code that a function keeps. Output: names. A call in
//! a function that others call, `fn setting(key: &str)`, reads what the function's own routes and its start give it. Deliberately absent: what
//! the variables hold.

use std::collections::BTreeSet;

use super::Target;
use super::live::{CutProgram, Live};
use super::names::{Contents, Names};
use crate::access::{AccessTable, EnvVar};
use crate::span::Location;

pub(super) fn environment(
    names: &Names<'_>,
    accesses: &AccessTable,
    target: &Target<'_>,
    live: &Live,
    contents: &Contents,
) -> BTreeSet<String> {
    let program = names.program;
    let cut = CutProgram::new(program, &contents.skeleton);
    let is_kept = |location: Location| {
        let holder = live.defs.iter().any(|&id| {
            let def = program.def(id);
            def.location.source == location.source && def.location.span.contains(location.span)
        });
        let is_split = program
            .tree
            .modules
            .iter()
            .any(|module| module.source == location.source && names.krates.contains(&module.krate));
        (holder || !is_split) && !cut.is_gone(location.source, location.span)
    };
    let own: BTreeSet<&EnvVar> = asked_by(target, accesses).collect();
    // What is kept and followed by none of its routes may be called by what is not seen: with whatever it is called anywhere.
    let known: BTreeSet<Location> = own.iter().map(|variable| variable.location).collect();
    let is_open = |location: Location| !known.contains(&location) || accesses.unclear_env.contains(&location);
    let wanted = accesses.env().filter(|&variable| own.contains(variable) || is_open(variable.location));
    wanted.filter(|variable| is_kept(variable.location)).map(|variable| variable.name.clone()).collect()
}

/// What is read by a function's routes and by what answers without one: fallbacks, and in the edge, which has no route of its own, all layers.
fn asked_by<'a>(target: &Target<'_>, accesses: &'a AccessTable) -> impl Iterator<Item = &'a EnvVar> {
    let routes: Vec<usize> = target.own.iter().copied().collect();
    let layers: &[EnvVar] = if target.is_edge { &accesses.layer_env } else { &[] };
    let of_routes = routes.into_iter().filter_map(|at| accesses.route_env.get(at)).flatten();
    of_routes.chain(&accesses.startup_env).chain(&accesses.fallback_env).chain(layers)
}
