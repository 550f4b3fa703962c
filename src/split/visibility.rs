//! Visibility: what must become `pub` because a crate border now lies between an item and its users.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{CrateKey, Names};
use crate::resolve::{DefId, DefKind, Namespace, Res};
use crate::span::{SourceId, Span};
use crate::syntax::ast::{ExprKind, PatKind, VisKind};
use crate::syntax::{ItemKind, MentionKind, Name, visit};

/// Places of the visibilities in a library crate that must be `pub`. Function crates need none.
pub(super) fn widened(names: &Names<'_>, key: CrateKey) -> BTreeSet<(SourceId, Span)> {
    let CrateKey::Library { .. } = key else { return BTreeSet::new() };
    let program = names.program;
    let contents = &names.crates[&key];
    let outside = names_outside(names, key);
    let fields = fields_outside(names, key);
    let mut queue: Vec<DefId> =
        contents.units.iter().copied().filter(|id| names.public.contains(id)).collect();
    let mut public: BTreeSet<DefId> = queue.iter().copied().collect();
    let impls: BTreeMap<DefId, Vec<DefId>> = inherent_impls(names, key);
    let mut places = BTreeSet::new();
    while let Some(id) = queue.pop() {
        let def = program.def(id);
        let source = def.location.source;
        if def.item.vis.kind != VisKind::Public {
            places.insert((source, def.item.vis.span));
        }
        let mut in_signature: Vec<DefId> = signature_defs(names, id);
        if let ItemKind::Struct(strukt) | ItemKind::Union(strukt) = &def.item.kind {
            for field in strukt.fields.all() {
                if field.vis.kind != VisKind::Public && fields.contains(&field.name.name) {
                    places.insert((source, field.vis.span));
                }
            }
        }
        for &member in impls.get(&id).into_iter().flatten() {
            let member_def = program.def(member);
            let vis = member_def.item.vis;
            let needed = outside.contains(&member_def.name);
            if vis.kind != VisKind::Public && needed {
                places.insert((member_def.location.source, vis.span));
            }
            if vis.kind == VisKind::Public || needed {
                in_signature.extend(signature_defs(names, member));
            }
        }
        for next in in_signature {
            if contents.units.contains(&next) && public.insert(next) {
                queue.push(next);
            }
        }
    }
    places
}

/// Kept members of the inherent impls of each type of a crate.
fn inherent_impls(names: &Names<'_>, key: CrateKey) -> BTreeMap<DefId, Vec<DefId>> {
    let program = names.program;
    let contents = &names.crates[&key];
    let mut members: BTreeMap<DefId, Vec<DefId>> = BTreeMap::new();
    for info in &program.impls {
        if info.trait_.is_none()
            && contents.units.contains(&info.def)
            && let Some(ty) = info.self_ty.peel().def()
        {
            members
                .entry(ty)
                .or_default()
                .extend(info.items.iter().copied().filter(|item| contents.defs.contains(item)));
        }
    }
    members
}

/// Names of fields that the other output crates read, write or match: `.name`, and names in struct literals and patterns.
fn fields_outside(names: &Names<'_>, key: CrateKey) -> BTreeSet<Name> {
    let program = names.program;
    let mut found = BTreeSet::new();
    for (_, contents) in names.crates.iter().filter(|(other, _)| **other != key) {
        for &id in &contents.defs {
            let in_fields = program.mentions(id).iter().filter(|mention| mention.kind == MentionKind::Field);
            found.extend(in_fields.map(|mention| mention.segments[0].name.clone()));
            let Some(body) = program.func(id).and_then(|func| func.body.as_ref()) else { continue };
            visit::exprs_in_block(body, &mut |expr| {
                if let ExprKind::Struct(literal) = &expr.kind {
                    found.extend(literal.fields.iter().map(|field| field.name.name.clone()));
                }
            });
            visit::pats(body, &mut |pat| {
                if let PatKind::Struct { fields, .. } = &pat.kind {
                    found.extend(fields.iter().map(|(name, _)| name.name.clone()));
                }
            });
        }
    }
    found
}

/// Every name that the other output crates mention in a way that can mean a member.
fn names_outside(names: &Names<'_>, key: CrateKey) -> BTreeSet<Name> {
    let program = names.program;
    let mut found = BTreeSet::new();
    for (_, contents) in names.crates.iter().filter(|(other, _)| **other != key) {
        for &id in &contents.defs {
            for mention in program.mentions(id) {
                if mention.kind != MentionKind::Definition {
                    found.extend(mention.segments.iter().map(|segment| segment.name.clone()));
                }
            }
        }
    }
    found
}

/// Types, traits and constants of the program in what a definition shows: a function's signature, a type's whole text.
fn signature_defs(names: &Names<'_>, id: DefId) -> Vec<DefId> {
    let program = names.program;
    let def = program.def(id);
    let body = program.func(id).and_then(|func| func.body.as_ref()).map(|body| body.span);
    let mut found = Vec::new();
    if def.kind == DefKind::Variant {
        return found;
    }
    for mention in program.mentions(id) {
        if body.is_some_and(|body| body.contains(mention.span)) {
            continue;
        }
        let segments: Vec<Name> = mention.segments.iter().map(|segment| segment.name.clone()).collect();
        for length in 1..=segments.len() {
            if let Some(Res::Def(to)) =
                program.resolve_names(&segments[..length], Namespace::Types, def.module, Some(id))
            {
                found.push(super::placement::unit(program, to));
            }
        }
    }
    found
}
