//! Visibility: what must become `pub` because a crate border now lies between an item and its users.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{CrateKey, Names};
use crate::resolve::{DefId, DefKind, Namespace, Res};
use crate::span::{SourceId, Span};
use crate::syntax::ast::{ExprKind, Fields, Pat, PatKind, Path, VisKind};
use crate::syntax::{ItemKind, MentionKind, Name, visit};

/// Places of the visibilities in a library crate that must be `pub`. Function crates need none.
pub(super) fn widened(names: &Names<'_>, key: CrateKey) -> BTreeSet<(SourceId, Span)> {
    let CrateKey::Library { .. } = key else { return BTreeSet::new() };
    let program = names.program;
    let contents = &names.crates[&key];
    let outside = names_outside(names, key);
    let touched = touched_outside(names, key);
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
                let is_positional =
                    matches!(strukt.fields, Fields::Tuple(_)) && touched.constructors.contains(&id);
                if field.vis.kind != VisKind::Public
                    && (is_positional || touched.fields.contains(&field.name.name))
                {
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

/// What the other output crates touch of the inside of types.
#[derive(Default)]
struct Touched {
    /// Names of fields that are read, written or matched: `.name`, and names in struct literals and patterns.
    fields: BTreeSet<Name>,
    /// Tuple structs that are built or matched by their constructor.
    constructors: BTreeSet<DefId>,
}

fn touched_outside(names: &Names<'_>, key: CrateKey) -> Touched {
    let program = names.program;
    let mut touched = Touched::default();
    for (_, contents) in names.crates.iter().filter(|(other, _)| **other != key) {
        for &id in &contents.defs {
            let in_fields = program.mentions(id).iter().filter(|mention| mention.kind == MentionKind::Field);
            touched.fields.extend(in_fields.map(|mention| mention.segments[0].name.clone()));
            let Some(func) = program.func(id) else { continue };
            let module = program.def(id).module;
            let constructor =
                |path: &Path| match program.resolve_ast_path(path, Namespace::Values, module, Some(id)) {
                    Some(Res::Def(found)) => Some(found),
                    _ => None,
                };
            let mut pattern = |pat: &Pat| match &pat.kind {
                PatKind::Struct { fields, .. } => {
                    touched.fields.extend(fields.iter().map(|(name, _)| name.name.clone()));
                }
                PatKind::TupleStruct { path, .. } => touched.constructors.extend(constructor(path)),
                _ => {}
            };
            func.sig.params.iter().for_each(|param| visit::pat_and_inner(&param.pat, &mut pattern));
            let Some(body) = &func.body else { continue };
            visit::pats(body, &mut pattern);
            visit::exprs_in_block(body, &mut |expr| match &expr.kind {
                ExprKind::Struct(literal) => {
                    touched.fields.extend(literal.fields.iter().map(|field| field.name.name.clone()));
                }
                ExprKind::Field { name, .. } => {
                    touched.fields.insert(name.name.clone());
                }
                ExprKind::Path(path) => touched.constructors.extend(constructor(path)),
                _ => {}
            });
        }
    }
    touched
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
