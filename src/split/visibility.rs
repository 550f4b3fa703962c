//! Visibility: what must become `pub` because a crate border now lies between an item and its users.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{CrateKey, Names};
use super::templates;
use crate::resolve::{DefId, DefKind, Namespace, Res};
use crate::span::{SourceId, Span};
use crate::syntax::ast::{ExprKind, Fields, Pat, PatKind, Path, VisKind};
use crate::syntax::lazy::Lazy;
use crate::syntax::{ItemKind, Mention, MentionKind, Name, visit};

/// Places of the visibilities in a library crate that must be `pub`. Function crates need none.
pub(super) fn widened(names: &Names<'_>, uses: &Uses, key: CrateKey) -> BTreeSet<(SourceId, Span)> {
    let CrateKey::Library { .. } = key else { return BTreeSet::new() };
    let program = names.program;
    let contents = &names.crates[&key];
    let mut queue: Vec<DefId> =
        contents.units.iter().copied().filter(|id| names.public.contains(id)).collect();
    queue.extend(reexported(names, key));
    let impls: BTreeMap<DefId, Vec<DefId>> = inherent_impls(names, key);
    // A value of a public type may come to another crate without its name.
    queue.extend(impls.iter().filter_map(|(&ty, members)| {
        let is_public = program.def(ty).item.vis.kind == VisKind::Public;
        let mut members = members.iter().map(|&member| program.def(member));
        let is_called = members.any(|member| {
            member.item.vis.kind == VisKind::Restricted && is_used_outside(&uses.names, &member.name, key)
        });
        (is_public && is_called).then_some(ty)
    }));
    let mut public: BTreeSet<DefId> = queue.iter().copied().collect();
    let mut places = BTreeSet::new();
    while let Some(id) = queue.pop() {
        let def = program.def(id);
        let source = def.location.source;
        let has_visibility = !matches!(def.kind, DefKind::MacroCall | DefKind::Impl);
        if def.item.vis.kind != VisKind::Public && has_visibility {
            places.insert((source, def.item.vis.span));
        }
        let mut in_signature: Vec<DefId> = signature_defs(names, id);
        if let ItemKind::Struct(strukt) | ItemKind::Union(strukt) = &def.item.kind {
            for field in strukt.fields.all() {
                if field.vis.kind != VisKind::Public
                    && (is_used_outside(&uses.all_fields, &id, key)
                        || is_used_outside(&uses.fields, &field.name.name, key))
                {
                    places.insert((source, field.vis.span));
                }
            }
        }
        for &member in impls.get(&id).into_iter().flatten() {
            let member_def = program.def(member);
            let vis = member_def.item.vis;
            let needed = is_used_outside(&uses.names, &member_def.name, key);
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

/// What the `pub(crate) use` items of a library crate bring: they become `pub`, and so must it.
fn reexported(names: &Names<'_>, key: CrateKey) -> Vec<DefId> {
    let program = names.program;
    let contents = &names.crates[&key];
    let mut found = Vec::new();
    for &module in &contents.modules {
        let items = program.tree.module(module).items.iter();
        for item in items.filter(|item| item.vis.kind == VisKind::Restricted) {
            let ItemKind::Use(used) = &item.kind else { continue };
            for leaf in used.tree.leaves() {
                if !contents.leaves.contains(&(module, leaf.span)) {
                    continue;
                }
                let path: Vec<Name> = leaf.path.iter().map(|ident| ident.name.clone()).collect();
                for space in [Namespace::Types, Namespace::Values] {
                    let brought = program.resolve_names(&path, space, module, None);
                    found.extend(brought.and_then(|res| res.def()).filter(|id| contents.units.contains(id)));
                }
            }
        }
    }
    found
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

/// In which output crates a name is used: all functions count as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Users {
    /// A library, or functions for `None`.
    One(Option<CrateKey>),
    Several,
}

/// What the code of the output crates uses of the inside of types, with where it does.
#[derive(Default)]
pub(super) struct Uses {
    /// Names that can mean a member.
    names: BTreeMap<Name, Users>,
    /// Fields that are read, written or matched: `.name`, and names in struct literals and patterns.
    fields: BTreeMap<Name, Users>,
    /// Structs whose every field is used: tuple structs that are built or matched by their constructor, and literals with `..rest`.
    all_fields: BTreeMap<DefId, Users>,
}

fn note<K: Ord>(map: &mut BTreeMap<K, Users>, key: K, home: Option<CrateKey>) {
    let users = map.entry(key).or_insert(Users::One(home));
    if *users != Users::One(home) {
        *users = Users::Several;
    }
}

/// Whether another crate than a library uses something.
fn is_used_outside<K: Ord>(map: &BTreeMap<K, Users>, key: &K, library: CrateKey) -> bool {
    map.get(key).is_some_and(|users| *users != Users::One(Some(library)))
}

/// Reads every kept definition once.
pub(super) fn uses(names: &Names<'_>) -> Uses {
    let mut uses = Uses::default();
    let mut seen = BTreeSet::new();
    for (&key, contents) in &names.crates {
        let home = matches!(key, CrateKey::Library { .. }).then_some(key);
        for &id in contents.defs.iter().filter(|&&id| seen.insert(id)) {
            uses.read(names, id, home);
        }
        for &(module, span) in &contents.tests {
            let tree = &names.program.tree;
            uses.of_test(tree.facts(tree.module(module).source).mentions_in(span), home);
        }
    }
    uses
}

impl Uses {
    /// A single name may be the short form of a field in a literal.
    fn of_test(&mut self, mentions: &[Mention], home: Option<CrateKey>) {
        for mention in mentions.iter().filter(|mention| mention.kind != MentionKind::Definition) {
            if let [only] = &mention.segments[..] {
                note(&mut self.fields, only.name.clone(), home);
            }
            for segment in &mention.segments {
                note(&mut self.names, segment.name.clone(), home);
            }
        }
    }

    fn read(&mut self, names: &Names<'_>, id: DefId, home: Option<CrateKey>) {
        let program = names.program;
        for mention in program.mentions(id).iter().filter(|mention| mention.kind != MentionKind::Definition) {
            if mention.kind == MentionKind::Field {
                note(&mut self.fields, mention.segments[0].name.clone(), home);
            }
            for segment in &mention.segments {
                note(&mut self.names, segment.name.clone(), home);
            }
        }
        for name in templates::names(program, program.def(id)).into_iter().flatten() {
            note(&mut self.fields, name.clone(), home);
            note(&mut self.names, name, home);
        }
        let Some(func) = program.func(id) else { return };
        let module = program.def(id).module;
        let constructor =
            |path: &Path| match program.resolve_ast_path(path, Namespace::Values, module, Some(id)) {
                Some(Res::Def(found)) if is_tuple(names, found) => Some(found),
                _ => None,
            };
        let (fields, all_fields) = (&mut self.fields, &mut self.all_fields);
        let mut pattern = |pat: &Pat| match &pat.kind {
            PatKind::Struct { fields: inner, .. } => {
                inner.iter().for_each(|(name, _)| note(fields, name.name.clone(), home));
            }
            PatKind::TupleStruct { path, .. } => {
                constructor(path).into_iter().for_each(|found| note(all_fields, found, home));
            }
            _ => {}
        };
        func.sig().params.iter().for_each(|param| visit::pat_and_inner(&param.pat, &mut pattern));
        let Some(body) = func.block() else { return };
        visit::pats(body, &mut pattern);
        visit::exprs_in_block(body, &mut |expr| match &expr.kind {
            ExprKind::Struct(literal) => {
                literal.fields.iter().for_each(|field| note(fields, field.name.name.clone(), home));
                if literal.rest.is_some()
                    && let Some(Res::Def(found)) =
                        program.resolve_ast_path(&literal.path, Namespace::Types, module, Some(id))
                {
                    note(all_fields, found, home);
                }
            }
            ExprKind::Field { name, .. } => note(fields, name.name.clone(), home),
            ExprKind::Path(path) => {
                constructor(path).into_iter().for_each(|found| note(all_fields, found, home));
            }
            _ => {}
        });
    }
}

/// Whether a definition is a tuple struct.
fn is_tuple(names: &Names<'_>, id: DefId) -> bool {
    matches!(&names.program.def(id).item.kind, ItemKind::Struct(strukt) if matches!(strukt.fields, Fields::Tuple(_)))
}

/// Types, traits and constants of the program in what a definition shows: a function's signature, a type's whole text.
fn signature_defs(names: &Names<'_>, id: DefId) -> Vec<DefId> {
    let program = names.program;
    let def = program.def(id);
    let body = program.func(id).and_then(|func| func.body.as_ref()).map(Lazy::span);
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
