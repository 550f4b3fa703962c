//! Placement: in which output crate each module-level item lives.
//!
//! An item reachable from one function lives in its crate; from several functions of one service in the service's crate; from several
//! services in the shared crate. An item never refers to something less shared. Items whose text differs between functions (the skeleton),
//! and what refers to them, are repeated in every function. An impl lives with the least shared type or trait of its header with
//! which the orphan rule allows it; an inherent impl lives with its type.

use std::collections::{BTreeMap, BTreeSet};

use super::live::{Live, header_defs};
use crate::resolve::{DefId, DefKind, ImplInfo, Program, Res, Ty};

/// How widely an item is shared. Ordered from the least to the most shared along any chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Level {
    /// Position of the function.
    Function(usize),
    /// Position of the service.
    Service(usize),
    Shared,
}

/// Which functions belong to which service: `service_of[function]`.
pub(super) struct Functions {
    pub(super) service_of: Vec<usize>,
}

impl Functions {
    /// The least shared level from which both are visible.
    pub(super) fn join(&self, a: Level, b: Level) -> Level {
        let service = |level: Level| match level {
            Level::Function(function) => Some(self.service_of[function]),
            Level::Service(service) => Some(service),
            Level::Shared => None,
        };
        match (a, b) {
            (a, b) if a == b => a,
            (a, b) => match (service(a), service(b)) {
                (Some(x), Some(y)) if x == y => Level::Service(x),
                _ => Level::Shared,
            },
        }
    }
}

/// Where every kept item lives; items without a level are repeated in every function that keeps them.
#[derive(Debug, Default)]
pub(super) struct Placement {
    pub(super) levels: BTreeMap<DefId, Level>,
}

/// The module-level item around a definition, itself included.
pub(super) fn unit(program: &Program, id: DefId) -> DefId {
    let mut at = id;
    while let Some(parent) = program.def(at).parent {
        at = parent;
    }
    at
}

/// References between module-level items, seen from each function: `(function, from, to)`.
pub(super) type References = BTreeMap<DefId, BTreeSet<DefId>>;

pub(super) fn place(
    program: &Program,
    functions: &Functions,
    lives: &[Live],
    references: &References,
    edited: &BTreeSet<DefId>,
) -> Placement {
    let units: Vec<BTreeSet<DefId>> =
        lives.iter().map(|live| live.defs.iter().map(|&id| unit(program, id)).collect()).collect();
    let all: BTreeSet<DefId> = units.iter().flatten().copied().collect();
    let mut repeated_from = edited.clone();
    let mut repeated = repeated(program, &all, references, &repeated_from);
    while let Some(trait_) = divided_trait(program, lives, references, &repeated) {
        repeated_from.insert(trait_);
        repeated = self::repeated(program, &all, references, &repeated_from);
    }

    let mut levels: BTreeMap<DefId, Level> = BTreeMap::new();
    for (function, units) in units.iter().enumerate() {
        for &id in units.iter().filter(|id| !repeated.contains(id)) {
            let level = Level::Function(function);
            levels.entry(id).and_modify(|known| *known = functions.join(*known, level)).or_insert(level);
        }
    }
    loop {
        let mut changed = false;
        for &id in &all {
            let Some(&level) = levels.get(&id) else { continue };
            let level = match impl_level(program, id, &levels) {
                Some(wanted) if functions.join(level, wanted) != level => {
                    changed = true;
                    functions.join(level, wanted)
                }
                _ => level,
            };
            levels.insert(id, level);
            for to in references.get(&id).into_iter().flatten() {
                if let Some(&known) = levels.get(to) {
                    let joined = functions.join(known, level);
                    if joined != known {
                        levels.insert(*to, joined);
                        changed = true;
                    }
                }
            }
        }
        if !changed {
            break;
        }
    }
    Placement { levels }
}

/// Where an impl must live: with its type, or with the least shared part of its header that makes it one's own.
fn impl_level(program: &Program, id: DefId, levels: &BTreeMap<DefId, Level>) -> Option<Level> {
    if program.def(id).kind != DefKind::Impl {
        return None;
    }
    let info = program.impl_of(id)?;
    let least =
        |parts: Vec<DefId>| parts.iter().filter_map(|&id| levels.get(&unit(program, id)).copied()).min();
    if info.trait_.is_none() {
        return least(info.self_ty.peel().def().into_iter().collect());
    }
    least(own_parts(info)).or_else(|| least(header_defs(info)))
}

/// What of the program makes an impl of a trait one's own: the trait, its type, or an argument of the trait. What only stands inside another
/// crate's type does not.
///
/// Source: Rust reference, "Trait implementation coherence".
fn own_parts(info: &ImplInfo) -> Vec<DefId> {
    let trait_ = info.trait_.as_ref().and_then(Res::def);
    let types = info.trait_args.iter().chain([&info.self_ty]).filter_map(own_type);
    trait_.into_iter().chain(types).collect()
}

fn own_type(ty: &Ty) -> Option<DefId> {
    match ty {
        Ty::Def(id, _) => Some(*id),
        Ty::Ref(inner) => own_type(inner),
        // The fundamental types beside references.
        Ty::External(path, args) if path.is("std", "Box") || path.is("std", "Pin") => own_type(args.first()?),
        _ => None,
    }
}

/// A trait of which functions call different methods, while all that refers to it is repeated: it is repeated beside its impls, each with the
/// methods that its function calls.
fn divided_trait(
    program: &Program,
    lives: &[Live],
    references: &References,
    repeated: &BTreeSet<DefId>,
) -> Option<DefId> {
    let traits = repeated.iter().filter_map(|&id| match program.impl_of(id)?.trait_ {
        Some(Res::Def(trait_)) if program.def(id).kind == DefKind::Impl => Some(unit(program, trait_)),
        _ => None,
    });
    let is_divided = |trait_: DefId| {
        let mut kept = lives.iter().filter(|live| live.defs.contains(&trait_)).map(|live| {
            program.members(trait_).iter().filter(|id| live.defs.contains(id)).collect::<Vec<_>>()
        });
        kept.next().is_some_and(|first| kept.any(|other| other != first))
    };
    traits.into_iter().find(|trait_| {
        !repeated.contains(trait_)
            && is_divided(*trait_)
            && references.iter().all(|(from, to)| !to.contains(trait_) || repeated.contains(from))
    })
}

/// Items whose text differs between functions, and everything that refers to them.
pub(super) fn repeated(
    program: &Program,
    all: &BTreeSet<DefId>,
    references: &References,
    edited: &BTreeSet<DefId>,
) -> BTreeSet<DefId> {
    let mut repeated: BTreeSet<DefId> = edited.iter().map(|&id| unit(program, id)).collect();
    // A macro is visible by the order of the text, so it is repeated where it is used.
    repeated.extend(all.iter().copied().filter(|&id| program.def(id).kind == DefKind::Macro));
    loop {
        let before = repeated.len();
        for &id in all {
            let refers = references.get(&id).into_iter().flatten().any(|to| repeated.contains(to));
            if refers {
                repeated.insert(id);
            }
            if program.def(id).kind != DefKind::Impl {
                continue;
            }
            let Some(info) = program.impl_of(id) else { continue };
            let header: Vec<DefId> = header_defs(info).into_iter().map(|id| unit(program, id)).collect();
            if header.iter().any(|part| repeated.contains(part)) {
                repeated.insert(id);
            }
            // An impl that is repeated needs its trait, its type or an argument of its trait beside it; a foreign type is beside everything.
            let is_beside = |part: DefId| repeated.contains(&unit(program, part));
            let needs_type = info.trait_.is_none()
                || !(matches!(info.trait_, Some(Res::Def(part)) if is_beside(part))
                    || info.trait_args.iter().filter_map(own_type).any(is_beside));
            if repeated.contains(&id)
                && needs_type
                && let Some(ty) = info.self_ty.peel().def()
                && all.contains(&unit(program, ty))
            {
                repeated.insert(unit(program, ty));
            }
        }
        if repeated.len() == before {
            return repeated;
        }
    }
}
