//! Fields that a function does not read although the program does: the code that read them is cut out.
//!
//! Input: what each function keeps. Output: edits that cut such a field out of its struct and out of the literals that build it, where that has
//! no other effect; else the field stays, allowed to be unread, as in structs that functions share. Deliberately absent: fields of tuple structs,
//! which others are counted by.

use std::collections::{BTreeMap, BTreeSet};

use super::edit::Edit;
use super::effects::Effects;
use super::list;
use super::live::{CutProgram, Live};
use super::names::{CrateKey, Names};
use super::placement::{Level, Placement};
use super::skeleton::Skeleton;
use super::templates;
use crate::load::{KrateId, KrateKind};
use crate::resolve::{DefId, DefKind, Namespace, Program};
use crate::span::{SourceId, Span};
use crate::syntax::ast::{Expr, ExprKind, Field, Fields, Pat, PatKind, Path, StructLit, VisKind};
use crate::syntax::{ItemKind, MentionKind, Name, visit};

/// Takes a literal, `None` for what a macro may build, and whether an expression of it has no effect.
type EachLiteral<'a> = dyn FnMut(Option<&StructLit>, &dyn Fn(&Expr) -> bool) + 'a;

/// Fields that are read, each with its struct where that is known.
pub(super) type Reads = BTreeSet<(Option<DefId>, Name)>;

/// Fields that the whole text of some crates reads.
pub(super) fn read_in(program: &Program, krates: &BTreeSet<KrateId>) -> Reads {
    let defs = program.defs.iter().filter(|def| krates.contains(&program.tree.module(def.module).krate));
    reads(program, defs.map(|def| def.id), &CutProgram::new(program, &Skeleton::default()))
}

/// Places of the private fields that nothing in a library crate reads any more, although the program does (`before`); not of the `widened`
/// ones, which other crates use.
pub(super) fn unread(
    names: &Names<'_>,
    key: CrateKey,
    before: &Reads,
    widened: &BTreeSet<(SourceId, Span)>,
) -> BTreeSet<(SourceId, Span)> {
    let CrateKey::Library { .. } = key else { return BTreeSet::new() };
    let (program, contents) = (names.program, &names.crates[&key]);
    let structs: Vec<DefId> =
        contents.units.iter().copied().filter(|&id| is_only_read(program, id)).collect();
    if structs.is_empty() {
        return BTreeSet::new();
    }
    let now = reads(program, contents.defs.iter().copied(), &CutProgram::new(program, &contents.skeleton));
    let mut places = BTreeSet::new();
    for id in structs {
        let source = program.def(id).location.source;
        let fields = named_fields(program, id).iter();
        let unread = fields.filter(|field| {
            field.vis.kind != VisKind::Public
                && !widened.contains(&(source, field.vis.span))
                && is_read(before, id, field)
                && !is_read(&now, id, field)
                && !is_allowed(field)
        });
        places.extend(unread.map(|field| (source, field.span)));
    }
    places
}

/// What cutting fields looks at.
pub(super) struct Cutter<'a> {
    pub(super) program: &'a Program,
    pub(super) krates: &'a BTreeSet<KrateId>,
    pub(super) placement: &'a Placement,
    pub(super) effects: &'a Effects<'a>,
    /// What the program reads.
    pub(super) before: &'a Reads,
    /// Whether no field is cut, as the plan may ask: those that nothing reads are allowed to be unread.
    pub(super) keeps_all: bool,
}

impl Cutter<'_> {
    /// Adds the edits for one function's skeleton; whether there are any.
    pub(super) fn clear(&self, live: &Live, skeleton: &mut Skeleton) -> bool {
        let program = self.program;
        let owned: Vec<DefId> = live.defs.iter().copied().filter(|&id| self.is_owned(id)).collect();
        if owned.is_empty() {
            return false;
        }
        let now = reads(program, live.defs.iter().copied(), &CutProgram::new(program, skeleton));
        let mut edits = Vec::new();
        for id in owned {
            let unread: BTreeSet<&Name> = named_fields(program, id)
                .iter()
                .filter(|field| is_read(self.before, id, field) && !is_read(&now, id, field))
                .filter(|field| self.is_warned_of(id, field))
                .map(|field| &field.name.name)
                .collect();
            if !unread.is_empty() {
                self.cut(id, &unread, live, &CutProgram::new(program, skeleton), &mut edits);
            }
        }
        let mut changed = false;
        for (source, edit) in edits {
            changed |= skeleton.add(source, edit);
        }
        changed
    }

    /// A struct in a function crate whose fields only its code reads.
    fn is_owned(&self, id: DefId) -> bool {
        matches!(self.placement.levels.get(&id), None | Some(Level::Function(_)))
            && is_only_read(self.program, id)
    }

    /// Whether the compiler says so where a field is not read: not of the public fields of a library.
    fn is_warned_of(&self, id: DefId, field: &Field) -> bool {
        let tree = &self.program.tree;
        let kind = tree.krate(tree.module(self.program.def(id).module).krate).kind;
        kind == KrateKind::Bin || field.vis.kind != VisKind::Public
    }

    fn cut(
        &self,
        id: DefId,
        unread: &BTreeSet<&Name>,
        live: &Live,
        cut: &CutProgram<'_>,
        edits: &mut Vec<(SourceId, Edit)>,
    ) {
        let program = self.program;
        let mut can_go = unread.clone();
        let mut literals = Vec::new();
        for &user in &live.defs {
            self.literals(user, id, cut, &mut |literal, is_quiet| match literal {
                Some(literal) if literal.rest.is_none() => {
                    for init in literal.fields.iter().filter(|init| !is_quiet(&init.expr)) {
                        can_go.remove(&init.name.name);
                    }
                    literals.push((user, literal.clone()));
                }
                _ => can_go.clear(),
            });
        }
        if self.is_in_tests(id) {
            can_go.clear();
        }
        let def = program.def(id);
        let text = |source: SourceId| &*program.tree.sources.get(source).text;
        let fields = named_fields(program, id);
        let source = def.location.source;
        let spans: Vec<(Span, bool)> =
            fields.iter().map(|field| (field.span, can_go.contains(&field.name.name))).collect();
        edits.extend(
            cut_list(text(source), def.item.name.span.end, &spans).into_iter().map(|edit| (source, edit)),
        );
        for field in fields.iter().filter(|field| {
            unread.contains(&field.name.name) && !can_go.contains(&field.name.name) && !is_allowed(field)
        }) {
            edits.push((source, Edit::allow_dead_code(field.span)));
        }
        for (user, literal) in literals {
            let source = program.def(user).location.source;
            let spans: Vec<(Span, bool)> =
                literal.fields.iter().map(|init| (init.span, can_go.contains(&init.name.name))).collect();
            let found = cut_list(text(source), literal.path.span.end, &spans);
            edits.extend(found.into_iter().map(|edit| (source, edit)));
        }
    }

    /// Calls `each` with the literals of a struct in a definition, and with `None` where a macro may build it.
    fn literals(&self, user: DefId, id: DefId, cut: &CutProgram<'_>, each: &mut EachLiteral<'_>) {
        let program = self.program;
        let def = program.def(user);
        let name = &program.def(id).name;
        let quiet = |expr: &Expr| !self.keeps_all && self.effects.is_none(def, expr);
        let names_it = |within: Span| {
            program.mentions(user).iter().any(|mention| {
                within.contains(mention.span) && mention.segments.iter().any(|segment| &segment.name == name)
            })
        };
        if def.kind == DefKind::MacroCall && names_it(def.location.span) {
            each(None, &quiet);
        }
        let Some(body) = program.func(user).and_then(crate::syntax::ast::Fn::block) else { return };
        visit::exprs_in_block(body, &mut |expr| {
            if cut.is_gone(def.location.source, expr.span) {
                return;
            }
            match &expr.kind {
                ExprKind::Struct(literal) if struct_of(program, user, &literal.path) == Some(id) => {
                    each(Some(literal), &quiet);
                }
                ExprKind::Macro(call) if names_it(call.tokens) => each(None, &quiet),
                _ => {}
            }
        });
    }

    /// Whether unit tests name a struct.
    fn is_in_tests(&self, id: DefId) -> bool {
        let tree = &self.program.tree;
        let name = &self.program.def(id).name;
        tree.modules.iter().filter(|module| self.krates.contains(&module.krate)).any(|module| {
            module.test_items.iter().any(|item| {
                let mut mentions = tree.facts(module.source).mentions_in(item.span).iter();
                mentions.any(|mention| mention.segments.iter().any(|segment| &segment.name == name))
            })
        })
    }
}

/// Fields that definitions read, or take apart in a pattern: of which struct, where that is known.
fn reads(program: &Program, defs: impl Iterator<Item = DefId>, cut: &CutProgram<'_>) -> Reads {
    let mut reads = Reads::default();
    for id in defs {
        let def = program.def(id);
        if def.kind == DefKind::Variant {
            continue;
        }
        // A template may read a field of any type.
        let in_template = templates::names(program, def).into_iter().filter(|path| path.len() == 1);
        reads.extend(in_template.flatten().map(|name| (None, name)));
        let owners = owners(program, id);
        let fields = cut.own_mentions(id).into_iter().filter(|mention| mention.kind == MentionKind::Field);
        reads.extend(
            fields.map(|mention| (owners.get(&mention.span).copied(), mention.segments[0].name.clone())),
        );
        let Some(func) = program.func(id) else { continue };
        let mut each = |pat: &Pat| {
            if let PatKind::Struct { path, fields, .. } = &pat.kind
                && !cut.is_gone(def.location.source, pat.span)
            {
                let owner = struct_of(program, id, path);
                reads.extend(fields.iter().map(|(name, _)| (owner, name.name.clone())));
            }
        };
        func.sig().params.iter().for_each(|param| visit::pat_and_inner(&param.pat, &mut each));
        if let Some(body) = func.block() {
            visit::pats(body, &mut each);
        }
    }
    reads
}

/// The struct, or the variant with fields, that a path in a definition means; `None` where that is not known.
fn struct_of(program: &Program, user: DefId, path: &Path) -> Option<DefId> {
    let def = program.def(user);
    if path.as_ident().is_some_and(|ident| ident == "Self") {
        let info = def.parent.and_then(|parent| program.impl_of(parent))?;
        return info.self_ty.peel().def();
    }
    let meant = program.resolve_ast_path(path, Namespace::Types, def.module, Some(user))?.def()?;
    matches!(program.def(meant).kind, DefKind::Struct | DefKind::Variant).then_some(meant)
}

/// By the place of a field's name in a body: the struct that has it. A type that only leads to one by `Deref` is not known.
fn owners(program: &Program, id: DefId) -> BTreeMap<Span, DefId> {
    let mut owners = BTreeMap::new();
    let Some(body) = program.body(id) else { return owners };
    visit::exprs_of_item(&program.def(id).item, &mut |expr| {
        if let ExprKind::Field { base, name } = &expr.kind
            && let Some(owner) = body.ty(base.span).peel().def()
            && named_fields(program, owner).iter().any(|field| field.name.name == name.name)
        {
            owners.insert(name.span, owner);
        }
    });
    owners
}

fn is_allowed(field: &Field) -> bool {
    field.attrs.iter().any(|attr| attr.path == "allow")
}

/// A struct with named fields of whose derives none reads or fills them.
fn is_only_read(program: &Program, id: DefId) -> bool {
    const IGNORED: &[&str] = &["Clone", "Copy", "Debug", "Default"];
    let def = program.def(id);
    let derives = def.item.attrs.iter().filter(|attr| attr.path == "derive");
    let mut derived = derives.flat_map(|attr| {
        attr.args.trim_matches(['(', ')']).split(',').map(str::trim).filter(|name| !name.is_empty())
    });
    def.parent.is_none()
        && !named_fields(program, id).is_empty()
        && derived.all(|name| IGNORED.contains(&name))
}

fn is_read(reads: &Reads, id: DefId, field: &Field) -> bool {
    [None, Some(id)].into_iter().any(|owner| reads.contains(&(owner, field.name.name.clone())))
}

fn named_fields(program: &Program, id: DefId) -> &[Field] {
    match &program.def(id).item.kind {
        ItemKind::Struct(strukt) => match &strukt.fields {
            Fields::Named(fields) => fields,
            Fields::Tuple(_) | Fields::Unit => &[],
        },
        _ => &[],
    }
}

/// Deletes members of a list in braces. The brace opens behind `from`.
fn cut_list(text: &str, from: u32, members: &[(Span, bool)]) -> Vec<Edit> {
    let spans: Vec<Span> = members.iter().map(|(span, _)| *span).collect();
    let gone = (0..members.len()).filter(|&at| members[at].1);
    gone.filter_map(|at| list::member(text, from, &spans, at)).map(Edit::delete).collect()
}
