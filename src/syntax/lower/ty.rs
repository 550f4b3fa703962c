//! Paths, types, generics and patterns.

use super::Lower;
use crate::span::Span;
use crate::syntax::ast::{
    Expr, ExprKind, GenericParam, GenericParamKind, Generics, Ident, Name, Pat, PatKind, Path, Segment, Type,
    TypeKind,
};

impl Lower<'_> {
    pub(super) fn path(&self, path: &syn::Path, qself: Option<&syn::QSelf>) -> Path {
        let segments: Vec<Segment> = path.segments.iter().map(|segment| self.segment(segment)).collect();
        let mut span = self.path_span(path);
        if let Some(qself) = qself {
            span = self.span(qself.lt_token.spans[0]).to(span);
        }
        Path {
            leading_colon: path.leading_colon.is_some(),
            trait_len: qself.map_or(0, |qself| qself.position),
            qself: qself.map(|qself| Box::new(self.ty(&qself.ty))),
            segments,
            span,
        }
    }

    fn path_span(&self, path: &syn::Path) -> Span {
        let mut span: Option<Span> = path.leading_colon.map(|colon| self.span(colon.spans[0]));
        for segment in &path.segments {
            let one = self.segment_span(segment);
            span = Some(span.map_or(one, |span| span.to(one)));
        }
        span.unwrap_or_default()
    }

    fn segment_span(&self, segment: &syn::PathSegment) -> Span {
        let ident = self.span(segment.ident.span());
        match &segment.arguments {
            syn::PathArguments::None => ident,
            syn::PathArguments::AngleBracketed(args) => ident.to(self.span(args.gt_token.spans[0])),
            syn::PathArguments::Parenthesized(args) => {
                let span = ident.to(self.delim(args.paren_token.span));
                match &args.output {
                    syn::ReturnType::Default => span,
                    syn::ReturnType::Type(_, ty) => span.to(self.ty(ty).span),
                }
            }
        }
    }

    fn segment(&self, segment: &syn::PathSegment) -> Segment {
        let mut lowered = Segment::plain(self.ident(&segment.ident));
        match &segment.arguments {
            syn::PathArguments::None => {}
            syn::PathArguments::AngleBracketed(args) => self.generic_args(args, &mut lowered),
            syn::PathArguments::Parenthesized(args) => {
                args.inputs.iter().for_each(|input| lowered.add_arg(self.ty(&input.ty)));
                lowered.set_output(self.return_type(&args.output));
            }
        }
        lowered
    }

    fn generic_args(&self, args: &syn::AngleBracketedGenericArguments, into: &mut Segment) {
        for arg in &args.args {
            match arg {
                syn::GenericArgument::Type(ty) => into.add_arg(self.ty(ty)),
                syn::GenericArgument::AssocType(assoc) => {
                    into.add_assoc(super::name_of(&assoc.ident), self.ty(&assoc.ty));
                }
                _ => {}
            }
        }
    }

    pub(super) fn turbofish(&self, args: Option<&syn::AngleBracketedGenericArguments>) -> Vec<Type> {
        let Some(args) = args else { return Vec::new() };
        let ident = Ident { name: Name::default(), span: Span::default() };
        let mut segment = Segment::plain(ident);
        self.generic_args(args, &mut segment);
        segment.into_args()
    }

    pub(super) fn return_type(&self, ret: &syn::ReturnType) -> Option<Type> {
        match ret {
            syn::ReturnType::Default => None,
            syn::ReturnType::Type(_, ty) => Some(self.ty(ty)),
        }
    }

    pub(super) fn ty(&self, ty: &syn::Type) -> Type {
        let (kind, span) = match ty {
            syn::Type::Array(array) => {
                (TypeKind::Slice(Box::new(self.ty(&array.elem))), self.delim(array.bracket_token.span))
            }
            syn::Type::Slice(slice) => {
                (TypeKind::Slice(Box::new(self.ty(&slice.elem))), self.delim(slice.bracket_token.span))
            }
            syn::Type::FnPtr(func) => {
                let ret = self.return_type(&func.output);
                let mut span = self.span(func.fn_token.span).to(self.delim(func.paren_token.span));
                if let Some(ret) = &ret {
                    span = span.to(ret.span);
                }
                let params = func.inputs.iter().map(|input| self.ty(&input.ty)).collect();
                (TypeKind::FnPtr { params, ret: ret.map(Box::new) }, span)
            }
            syn::Type::Group(group) => return self.ty(&group.elem),
            syn::Type::Paren(paren) => {
                return Type { span: self.delim(paren.paren_token.span), ..self.ty(&paren.elem) };
            }
            syn::Type::ImplTrait(it) => {
                let bounds = self.bounds(&it.bounds);
                let span =
                    bounds.iter().fold(self.span(it.impl_token.span), |span, bound| span.to(bound.span));
                (TypeKind::ImplTrait(bounds), span)
            }
            syn::Type::TraitObject(object) => {
                let bounds = self.bounds(&object.bounds);
                let start = object.dyn_token.map(|token| self.span(token.span));
                let span =
                    bounds.iter().map(|bound| bound.span).chain(start).reduce(Span::to).unwrap_or_default();
                (TypeKind::DynTrait(bounds), span)
            }
            syn::Type::Infer(infer) => (TypeKind::Infer, self.span(infer.underscore_token.spans[0])),
            syn::Type::Never(never) => (TypeKind::Never, self.span(never.bang_token.spans[0])),
            syn::Type::Path(path) => {
                let path = self.path(&path.path, path.qself.as_ref());
                let span = path.span;
                (TypeKind::Path(path), span)
            }
            syn::Type::Ptr(ptr) => {
                let elem = self.ty(&ptr.elem);
                let span = self.span(ptr.star_token.spans[0]).to(elem.span);
                (TypeKind::Ptr(Box::new(elem)), span)
            }
            syn::Type::Reference(reference) => {
                let elem = self.ty(&reference.elem);
                let span = self.span(reference.and_token.spans[0]).to(elem.span);
                (TypeKind::Ref(Box::new(elem)), span)
            }
            syn::Type::Tuple(tuple) => (
                TypeKind::Tuple(tuple.elems.iter().map(|elem| self.ty(elem)).collect()),
                self.delim(tuple.paren_token.span),
            ),
            syn::Type::Macro(mac) => (TypeKind::Other, self.path_span(&mac.mac.path)),
            _ => (TypeKind::Other, Span::default()),
        };
        Type { kind, span }
    }

    pub(super) fn bounds<'b>(&self, bounds: impl IntoIterator<Item = &'b syn::TypeParamBound>) -> Vec<Path> {
        bounds
            .into_iter()
            .filter_map(|bound| match bound {
                syn::TypeParamBound::Trait(bound) => Some(self.path(&bound.path, None)),
                _ => None,
            })
            .collect()
    }

    pub(super) fn generics(&self, generics: &syn::Generics) -> Generics {
        let params = generics
            .params
            .iter()
            .map(|param| match param {
                syn::GenericParam::Lifetime(param) => GenericParam {
                    name: super::name_of(&param.lifetime.ident),
                    kind: GenericParamKind::Lifetime,
                    bounds: Vec::new(),
                    default: None,
                },
                syn::GenericParam::Type(param) => GenericParam {
                    name: super::name_of(&param.ident),
                    kind: GenericParamKind::Type,
                    bounds: self.bounds(&param.bounds),
                    default: param.default.as_ref().map(|(_, ty)| Box::new(self.ty(ty))),
                },
                syn::GenericParam::Const(param) => GenericParam {
                    name: super::name_of(&param.ident),
                    kind: GenericParamKind::Const,
                    bounds: Vec::new(),
                    default: None,
                },
            })
            .collect();
        let predicates = generics
            .where_clause
            .iter()
            .flat_map(|clause| &clause.predicates)
            .filter_map(|predicate| match predicate {
                syn::WherePredicate::Type(predicate) => {
                    Some((self.ty(&predicate.bounded_ty), self.bounds(&predicate.bounds)))
                }
                _ => None,
            })
            .collect();
        Generics { params, predicates }
    }

    pub(super) fn pat(&self, pat: &syn::Pat) -> Pat {
        let (kind, span) = match pat {
            syn::Pat::Ident(pat) => {
                let ident = self.ident(&pat.ident);
                let sub = pat.subpat.as_ref().map(|(_, sub)| Box::new(self.pat(sub)));
                let mut span = ident.span;
                for start in [pat.by_ref.map(|token| token.span), pat.mutability.map(|token| token.span)]
                    .into_iter()
                    .flatten()
                {
                    span = span.to(self.span(start));
                }
                if let Some(sub) = &sub {
                    span = span.to(sub.span);
                }
                (PatKind::Ident { ident, by_ref: pat.by_ref.is_some(), sub }, span)
            }
            syn::Pat::Wild(pat) => (PatKind::Wild, self.span(pat.underscore_token.spans[0])),
            syn::Pat::Rest(pat) => (PatKind::Rest, self.span(pat.dot2_token.spans[0])),
            syn::Pat::Tuple(pat) => (PatKind::Tuple(self.pats(&pat.elems)), self.delim(pat.paren_token.span)),
            syn::Pat::TupleStruct(pat) => {
                let path = self.path(&pat.path, pat.qself.as_ref());
                let span = path.span.to(self.delim(pat.paren_token.span));
                (PatKind::TupleStruct { path, elems: self.pats(&pat.elems) }, span)
            }
            syn::Pat::Struct(pat) => {
                let path = self.path(&pat.path, pat.qself.as_ref());
                let span = path.span.to(self.delim(pat.brace_token.span));
                let fields = pat
                    .fields
                    .iter()
                    .map(|field| (self.member(&field.member), self.pat(&field.pat)))
                    .collect();
                (PatKind::Struct { path, fields, rest: pat.rest.is_some() }, span)
            }
            syn::Pat::Path(pat) => {
                let path = self.path(&pat.path, pat.qself.as_ref());
                let span = path.span;
                (PatKind::Path(path), span)
            }
            syn::Pat::Reference(pat) => {
                let inner = self.pat(&pat.pat);
                let span = self.span(pat.and_token.spans[0]).to(inner.span);
                (PatKind::Ref(Box::new(inner)), span)
            }
            syn::Pat::Or(pat) => {
                let cases = self.pats(&pat.cases);
                let span = cases.iter().map(|case| case.span).reduce(Span::to).unwrap_or_default();
                (PatKind::Or(cases), span)
            }
            syn::Pat::Slice(pat) => {
                (PatKind::Slice(self.pats(&pat.elems)), self.delim(pat.bracket_token.span))
            }
            syn::Pat::Type(pat) => {
                let inner = self.pat(&pat.pat);
                let ty = self.ty(&pat.ty);
                let span = inner.span.to(ty.span);
                (PatKind::Typed { pat: Box::new(inner), ty }, span)
            }
            syn::Pat::Paren(pat) => return self.pat(&pat.pat),
            syn::Pat::Guard(pat) => return self.pat(&pat.pat),
            syn::Pat::Lit(lit) => {
                let expr = self.lit_expr(&lit.lit);
                let span = expr.span;
                (PatKind::Lit(Box::new(expr)), span)
            }
            _ => (PatKind::Other, Span::default()),
        };
        Pat { kind, span }
    }

    fn pats<'p>(&self, pats: impl IntoIterator<Item = &'p syn::Pat>) -> Vec<Pat> {
        pats.into_iter().map(|pat| self.pat(pat)).collect()
    }

    pub(super) fn member(&self, member: &syn::Member) -> Ident {
        match member {
            syn::Member::Named(ident) => self.ident(ident),
            syn::Member::Unnamed(index) => {
                Ident { name: Name::new(index.index.to_string()), span: self.span(index.span) }
            }
        }
    }

    fn lit_expr(&self, lit: &syn::Lit) -> Expr {
        Expr { kind: ExprKind::Lit(super::expr::lit(lit)), span: self.span(lit.span()) }
    }
}
