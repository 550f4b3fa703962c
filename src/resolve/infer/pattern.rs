//! Patterns: what each name in them is bound to.

use std::sync::Arc;

use super::body::Infer;
use super::unify::{Map, unify};
use crate::resolve::program::DefKind;
use crate::resolve::scope::{Namespace, Res};
use crate::resolve::types::Ty;
use crate::span::Span;
use crate::syntax::Name;
use crate::syntax::ast::{ExprKind, Pat, PatKind, Path};

impl Infer<'_> {
    /// Binds the names of a pattern that a value of this type meets.
    pub(super) fn bind(&mut self, pat: &Pat, ty: &Ty) {
        match &pat.kind {
            PatKind::Ident { ident, sub, .. } => {
                if sub.is_none() && self.is_constant(&ident.name) {
                    return;
                }
                if let Some(sub) = sub {
                    self.bind(sub, ty);
                }
                self.set_local(&ident.name, ty.clone());
                self.note_dropped(ty, ident.span);
                self.record(ident.span, ty);
            }
            PatKind::Tuple(pats) => {
                let elems = match ty.peel() {
                    Ty::Tuple(elems) => elems.clone(),
                    _ => Vec::new(),
                };
                self.bind_in_order(pats, &elems);
            }
            PatKind::TupleStruct { path, elems } => {
                let types = self.tuple_fields(path, ty);
                self.bind_in_order(elems, &types);
            }
            PatKind::Struct { path, fields, .. } => {
                let types = self.named_fields(path, ty);
                for (ident, pat) in fields {
                    let ty = types.iter().find(|(name, _)| *name == ident.name);
                    let ty = ty.map_or(Ty::Unknown, |(_, ty)| ty.clone());
                    self.bind(pat, &ty);
                }
            }
            PatKind::Ref(inner) => match ty {
                Ty::Ref(ty) => self.bind(inner, ty),
                other => self.bind(inner, other),
            },
            PatKind::Or(pats) => {
                for pat in pats {
                    self.bind(pat, ty);
                }
            }
            PatKind::Slice(pats) => {
                let elem = super::unify::element(ty).unwrap_or(Ty::Unknown);
                for pat in pats {
                    match &pat.kind {
                        PatKind::Ident { sub: Some(sub), .. } if matches!(sub.kind, PatKind::Rest) => {
                            self.bind(pat, ty);
                        }
                        _ => self.bind(pat, &elem),
                    }
                }
            }
            PatKind::Typed { pat, ty } => {
                let ty = self.lower(ty);
                self.bind(pat, &ty);
            }
            PatKind::Lit(expr) => {
                if !matches!(expr.kind, ExprKind::Lit(_)) {
                    self.expr(expr, Some(ty));
                }
            }
            PatKind::Path(path) => self.note_const_path(path),
            PatKind::Wild | PatKind::Rest | PatKind::Other => {}
        }
    }

    /// A local that holds a value with a `Drop` of the program, itself or in a wrapper of another crate.
    fn note_dropped(&mut self, ty: &Ty, span: Span) {
        if self.program.index.drops.is_empty() {
            return;
        }
        match ty {
            Ty::Def(id, _) if self.program.index.drops.contains(id) => self.out.dropped.push((*id, span)),
            Ty::External(_, args) | Ty::Tuple(args) => {
                for arg in args {
                    self.note_dropped(arg, span);
                }
            }
            _ => {}
        }
    }

    /// Patterns in order against types in order; `..` skips in the middle.
    fn bind_in_order(&mut self, pats: &[Pat], types: &[Ty]) {
        let rest = pats.iter().position(|pat| matches!(pat.kind, PatKind::Rest));
        for (at, pat) in pats.iter().enumerate() {
            let place = match rest {
                Some(rest) if at > rest => (types.len() + at).checked_sub(pats.len()),
                _ => Some(at),
            };
            let ty = place.and_then(|place| types.get(place)).cloned().unwrap_or(Ty::Unknown);
            self.bind(pat, &ty);
        }
    }

    /// A single name in a pattern may be a constant or a unit variant.
    fn is_constant(&mut self, name: &Name) -> bool {
        if !name.starts_with(char::is_uppercase) {
            return false;
        }
        let names = [name.clone()];
        let found =
            self.program.resolve_names(&names, Namespace::Values, self.context.module, self.context.owner);
        match found {
            Some(Res::Def(id)) => matches!(
                self.program.def(id).kind,
                DefKind::Const | DefKind::Static | DefKind::Variant | DefKind::Struct | DefKind::AssocConst
            ),
            Some(Res::External(_)) => true,
            _ => false,
        }
    }

    fn note_const_path(&mut self, path: &Path) {
        let found =
            self.program.resolve_ast_path(path, Namespace::Values, self.context.module, self.context.owner);
        if let Some(Res::Def(id)) = found
            && matches!(self.program.def(id).kind, DefKind::Const | DefKind::Static | DefKind::AssocConst)
        {
            self.out.consts.push((id, path.span));
        }
    }

    /// Types of the parts of `Some(..)`, `Thing(..)`, `State(..)` for a value of this type.
    fn tuple_fields(&self, path: &Path, ty: &Ty) -> Vec<Ty> {
        let found =
            self.program.resolve_ast_path(path, Namespace::Values, self.context.module, self.context.owner);
        if let Some(Res::Def(id)) = found {
            return self.own_fields(id, ty).into_iter().map(|(_, ty)| ty).collect();
        }
        let name = path.last().ident.name.as_str();
        let peeled = peel_to_external(ty);
        if let Ty::External(_, args) = peeled {
            let at = usize::from(name == "Err");
            return args.get(at).cloned().into_iter().collect();
        }
        if matches!(name, "Some" | "Ok" | "Err")
            && let Ty::MethodResult { .. } | Ty::CallResult { .. } = peeled
        {
            let method = Name::new(if name == "Err" { "err" } else { "?" });
            return vec![Ty::MethodResult { receiver: Arc::new(peeled.clone()), method }];
        }
        // `Json(x)` against an unknown type says nothing about x.
        Vec::new()
    }

    fn named_fields(&self, path: &Path, ty: &Ty) -> Vec<(Name, Ty)> {
        let found =
            self.program.resolve_ast_path(path, Namespace::Types, self.context.module, self.context.owner);
        match found {
            Some(Res::Def(id)) => self.own_fields(id, ty),
            _ => Vec::new(),
        }
    }

    /// A type written in the definition of a type of the program, for one value of that type.
    pub(super) fn own_type(&self, written: &Ty, ty: &Ty) -> Ty {
        let Ty::Def(id, _) = ty else { return written.clone() };
        let (_, generic) = self.constructed_type(*id);
        let mut map = Map::new();
        unify(&generic, ty, &mut map);
        self.program.normalise(written.substitute(&map), 0)
    }

    /// Fields of a struct or variant for a value of this type.
    pub(super) fn own_fields(&self, id: crate::resolve::DefId, ty: &Ty) -> Vec<(Name, Ty)> {
        let (id, generic) = self.constructed_type(id);
        let mut map = Map::new();
        unify(&generic, ty.peel(), &mut map);
        let fields = self.program.field_types(id).iter();
        fields.map(|(name, ty)| (name.clone(), self.program.normalise(ty.substitute(&map), 0))).collect()
    }

    /// The definition with fields behind a struct, variant or alias, and the type that it makes, with its parameters.
    pub(super) fn constructed_type(&self, id: crate::resolve::DefId) -> (crate::resolve::DefId, Ty) {
        let def = self.program.def(id);
        let owner = if def.kind == DefKind::Variant { def.parent.unwrap_or(id) } else { id };
        if def.kind == DefKind::TypeAlias
            && let Some(ty) = self.program.ty_of(id)
            && let Some(target) = ty.def()
        {
            return (target, ty.clone());
        }
        let params = self.program.generics(owner).map_or_else(Vec::new, |generics| {
            super::index::type_param_names(generics).map(Ty::Param).collect()
        });
        (id, Ty::Def(owner, params))
    }
}

/// Without references and pointers, but not without the wrapper that a pattern such as `State(x)` names.
fn peel_to_external(ty: &Ty) -> &Ty {
    match ty {
        Ty::Ref(inner) => peel_to_external(inner),
        other => other,
    }
}
