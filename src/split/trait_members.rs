//! Traits that are more shared than their impls: an impl must have every method that the trait declares where it lives now.
//!
//! Input: what each function keeps, and where it lives. Output: further roots for functions whose impls would miss a method that only other
//! functions call. Deliberately absent: traits that are repeated beside their impls (`placement`), which declare what that function calls.

use super::live::Live;
use super::placement::{Functions, Level, Placement, unit};
use crate::resolve::{DefId, Program, Res};

/// Adds the methods that are missing to the roots of each function; whether there are any.
pub(super) fn add_missing(
    program: &Program,
    functions: &Functions,
    placement: &Placement,
    lives: &[Live],
    roots: &mut [Vec<DefId>],
) -> bool {
    let mut any = false;
    for info in &program.impls {
        let Some(Res::Def(trait_)) = info.trait_ else { continue };
        let level = placement.levels.get(&info.def).copied();
        // A trait without a level is repeated in every function.
        let Some(trait_level) = placement.levels.get(&unit(program, trait_)) else { continue };
        if level == Some(*trait_level) {
            continue;
        }
        for &declared in program.members(trait_) {
            let is_required = program.func(declared).is_some_and(|func| func.body.is_none());
            if !is_required || !lives.iter().any(|live| live.defs.contains(&declared)) {
                continue;
            }
            for (at, live) in lives.iter().enumerate().filter(|(_, live)| live.defs.contains(&info.def)) {
                let is_there = match level {
                    Some(Level::Service(service)) => lives
                        .iter()
                        .zip(&functions.service_of)
                        .any(|(live, &other)| other == service && live.defs.contains(&declared)),
                    _ => live.defs.contains(&declared),
                };
                if !is_there && !roots[at].contains(&declared) {
                    roots[at].push(declared);
                    any = true;
                }
            }
        }
    }
    any
}
