//! What the split crates do with the structs of their start-up: literals, reads of fields, and calls of functions.
//!
//! Input: the program. Output: one index for all functions. Deliberately absent: what a function keeps of it (`state`).

use std::collections::{BTreeMap, BTreeSet};

use crate::load::KrateId;
use crate::ordered::UnorderedMap;
use crate::resolve::types::TypeContext;
use crate::resolve::{Def, DefId, DefKind, Namespace, Program, Res, Ty};
use crate::span::{Location, SourceId, Span};
use crate::split::leads::own_mentions;
use crate::syntax::ast::{Expr, ExprKind, Field, Fields, Fn, ItemKind, StructLit};
use crate::syntax::{MentionKind, Name, visit};

/// Derives that show no field to anything but a log.
const BLIND_DERIVES: &[&str] = &["Clone", "Debug", "Default", "FromRef"];

/// Attributes that say nothing about what the fields are for.
const PLAIN_ATTRIBUTES: &[&str] = &["doc", "allow", "expect", "must_use"];

/// A struct that fields can be cut from.
pub(super) struct Candidate<'a> {
    pub(super) fields: &'a [Field],
    /// Whether extractors may ask for a field by its type.
    pub(super) gives_fields: bool,
}

/// `AppState { db, s3 }` in a body.
pub(super) struct Literal<'a> {
    pub(super) holder: DefId,
    pub(super) strukt: DefId,
    pub(super) written: &'a StructLit,
    pub(super) location: Location,
}

/// `.name` in a body.
pub(super) struct Read {
    pub(super) holder: DefId,
    pub(super) location: Location,
    /// The struct that it is proved to be of.
    pub(super) of: Option<DefId>,
}

/// A call of a function of the program by its path, or of a method that is proved.
pub(super) struct Call<'a> {
    pub(super) holder: DefId,
    pub(super) args: &'a [Expr],
    /// The path or the method's name.
    pub(super) callee: Span,
    /// The parenthesis that closes the arguments.
    pub(super) end: u32,
    pub(super) by_method: bool,
}

#[derive(Default)]
pub(super) struct Index<'a> {
    pub(super) candidates: BTreeMap<DefId, Candidate<'a>>,
    pub(super) literals: Vec<Literal<'a>>,
    pub(super) reads: BTreeMap<Name, Vec<Read>>,
    pub(super) calls: BTreeMap<DefId, Vec<Call<'a>>>,
    /// Patterns and what else shows the fields of a struct: `(struct, where it stands, holder)`.
    pub(super) shown: Vec<(DefId, Location, DefId)>,
}

impl<'a> Index<'a> {
    pub(super) fn of(program: &'a Program, krates: &BTreeSet<KrateId>) -> Self {
        let mut index = Index::default();
        let split = |def: &&Def| krates.contains(&program.tree.module(def.module).krate);
        for def in program.defs.iter().filter(split) {
            if let Some(candidate) = candidate(program, def) {
                index.candidates.insert(def.id, candidate);
            }
        }
        // A literal may call a struct by another name.
        for def in program.defs.iter().filter(split) {
            if let ItemKind::TypeAlias { ty: Some(ty), .. } = &def.item.kind {
                let context = TypeContext { module: def.module, owner: Some(def.id) };
                if let Ty::Def(id, _) = program.lower_type(ty, context) {
                    index.candidates.remove(&id);
                }
            }
        }
        for def in program.defs.iter().filter(split) {
            index.add(program, def);
        }
        index
    }

    fn add(&mut self, program: &'a Program, def: &Def) {
        let at = |span: Span| Location { source: def.location.source, span };
        let body = program.func(def.id).and_then(Fn::block);
        let types = program.body(def.id);
        let known = |expr: &Expr| types.and_then(|types| types.ty(expr.span).peel().def());
        let mut owners: UnorderedMap<Span, DefId> = UnorderedMap::default();
        let first_literal = self.literals.len();
        if let Some(body) = body {
            visit::exprs_in_block(body, &mut |expr| match &expr.kind {
                ExprKind::Struct(literal) => {
                    let by_path = match program.resolve_ast_path(
                        &literal.path,
                        Namespace::Types,
                        def.module,
                        Some(def.id),
                    ) {
                        Some(Res::Def(id)) => Some(id),
                        _ => None,
                    };
                    let strukt =
                        by_path.filter(|id| self.candidates.contains_key(id)).or_else(|| known(expr));
                    if let Some(strukt) = strukt.filter(|id| self.candidates.contains_key(id)) {
                        self.literals.push(Literal {
                            holder: def.id,
                            strukt,
                            written: literal,
                            location: at(expr.span),
                        });
                    }
                }
                ExprKind::Field { base, name } => {
                    // A type with a field of that name is looked at before what it gives on.
                    let owner = known(base).filter(|&id| has_field(program, id, &name.name));
                    if let Some(owner) = owner {
                        owners.insert(name.span, owner);
                    }
                }
                ExprKind::Call { callee, args } => {
                    if let ExprKind::Path(path) = &callee.kind
                        && let Some(Res::Def(id)) =
                            program.resolve_ast_path(path, Namespace::Values, def.module, Some(def.id))
                    {
                        let call = Call {
                            holder: def.id,
                            args,
                            callee: callee.span,
                            end: expr.span.end - 1,
                            by_method: false,
                        };
                        self.calls.entry(id).or_default().push(call);
                    }
                }
                ExprKind::MethodCall(call) => {
                    let site = types.and_then(|types| types.call(expr.span));
                    let callees: Vec<DefId> = site.map(|site| site.defs().collect()).unwrap_or_default();
                    if let [id] = callees.as_slice() {
                        let call = Call {
                            holder: def.id,
                            args: &call.args,
                            callee: call.method.span,
                            end: call.args_span.end - 1,
                            by_method: true,
                        };
                        self.calls.entry(*id).or_default().push(call);
                    }
                }
                _ => {}
            });
        }
        let has_values =
            body.is_some() || matches!(def.kind, DefKind::Const | DefKind::Static | DefKind::AssocConst);
        let text = &program.tree.sources.get(def.location.source).text;
        let literals: Vec<u32> =
            self.literals[first_literal..].iter().map(|literal| literal.location.span.start).collect();
        for mention in own_mentions(program, def.id) {
            match mention.kind {
                MentionKind::Field => {
                    let Some(segment) = mention.segments.first() else { continue };
                    let of = owners.get(&segment.span).copied();
                    let read = Read { holder: def.id, location: at(mention.span), of };
                    self.reads.entry(segment.name.clone()).or_default().push(read);
                }
                MentionKind::Path if has_values && !literals.contains(&mention.span.start) => {
                    let rest = &text[mention.span.end as usize..];
                    let brace =
                        rest.find(|c: char| !c.is_whitespace()).filter(|&at| rest[at..].starts_with('{'));
                    let opens = brace.map(|at| mention.span.end + at as u32);
                    if opens.is_none() || opens == body.map(|body| body.span.start) {
                        continue;
                    }
                    let names: Vec<Name> =
                        mention.segments.iter().map(|segment| segment.name.clone()).collect();
                    if let Some(Res::Def(id)) =
                        program.resolve_names(&names, Namespace::Types, def.module, Some(def.id))
                    {
                        self.shown.push((id, at(mention.span), def.id));
                    }
                }
                _ => {}
            }
        }
    }
}

/// A struct with named fields of which no derive, attribute or macro needs to know.
fn candidate<'a>(program: &'a Program, def: &Def) -> Option<Candidate<'a>> {
    if def.kind != DefKind::Struct
        || def.parent.is_some()
        || is_expansion(program, def.location.source, def.location.span)
    {
        return None;
    }
    let ItemKind::Struct(strukt) = &program.def(def.id).item.kind else { return None };
    let Fields::Named(fields) = &strukt.fields else { return None };
    if !strukt.generics.params.is_empty() {
        return None;
    }
    let mut gives_fields = false;
    for attr in &def.item.attrs {
        if attr.path != "derive" {
            if !PLAIN_ATTRIBUTES.contains(&attr.path.as_str()) {
                return None;
            }
            continue;
        }
        for derive in
            attr.args.trim_matches(['(', ')']).split(',').map(str::trim).filter(|derive| !derive.is_empty())
        {
            let name = derive.rsplit("::").next().unwrap_or(derive).trim();
            if !BLIND_DERIVES.contains(&name) {
                return None;
            }
            gives_fields |= name == "FromRef";
        }
    }
    Some(Candidate { fields, gives_fields })
}

/// Whether a field may be cut where nothing reads it.
pub(super) fn is_plain_field(field: &Field) -> bool {
    !field.name.name.starts_with('_')
        && field.attrs.iter().all(|attr| PLAIN_ATTRIBUTES.contains(&attr.path.as_str()))
}

/// Whether a place stands in what a macro expands to.
pub(super) fn is_expansion(program: &Program, source: SourceId, span: Span) -> bool {
    program
        .tree
        .sources
        .get(source)
        .expansions()
        .iter()
        .any(|expansion| expansion.text.contains(span) || expansion.call.contains(span))
}

fn has_field(program: &Program, id: DefId, name: &str) -> bool {
    program.fields(id).is_some_and(|fields| fields.all().iter().any(|field| field.name.name == name))
}
