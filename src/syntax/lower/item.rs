//! Items, signatures, fields and `use` trees.

use std::sync::Arc;

use super::Lower;
use crate::span::Span;
use crate::syntax::ast::{
    Enum, Expr, Field, Fields, Fn, Ident, Impl, Item, ItemKind, MacroRules, Mod, Name, Param, Receiver,
    Signature, Struct, Trait, Use, UseTree, UseTreeKind, Variant, VisKind, Visibility,
};
use crate::syntax::lazy::Lazy;
use crate::syntax::visit;

impl Lower<'_> {
    fn lazy_signature(&self, sig: &syn::Signature) -> Lazy<Signature> {
        Lazy::known(self.first_of_signature(sig), self.signature(sig))
    }

    fn value(&self, expr: &syn::Expr) -> Lazy<Expr> {
        let expr = self.expr(expr);
        Lazy::known(expr.span, expr)
    }

    pub(super) fn items(&self, items: &[syn::Item]) -> Vec<Arc<Item>> {
        items.iter().map(|item| Arc::new(self.item(item))).collect()
    }

    fn vis(&self, vis: &syn::Visibility, next: Span) -> Visibility {
        match vis {
            syn::Visibility::Public(token) => {
                Visibility { kind: VisKind::Public, span: self.span(token.span) }
            }
            syn::Visibility::Restricted(restricted) => Visibility {
                kind: VisKind::Restricted,
                span: self.span(restricted.pub_token.span).to(self.delim(restricted.paren_token.span)),
            },
            syn::Visibility::Inherited => {
                Visibility { kind: VisKind::Inherited, span: Span::empty(next.start) }
            }
        }
    }

    fn no_vis(&self, next: Span) -> Visibility {
        self.vis(&syn::Visibility::Inherited, next)
    }

    fn no_name(at: Span) -> Ident {
        Ident { name: Name::default(), span: Span::empty(at.start) }
    }

    pub(super) fn item(&self, item: &syn::Item) -> Item {
        match item {
            syn::Item::Fn(func) => {
                let body = self.block(&func.block);
                let inner = visit::items(&body);
                let body = Lazy::known(body.span, body);
                let first = self.first_of_signature(&func.sig);
                let span = first.to(body.span());
                let kind = ItemKind::Fn(Box::new(Fn {
                    sig: self.lazy_signature(&func.sig),
                    body: Some(body),
                    inner,
                }));
                self.finish(&func.attrs, self.vis(&func.vis, first), self.ident(&func.sig.ident), span, kind)
            }
            syn::Item::Struct(strukt) => {
                let keyword = self.span(strukt.struct_token.span);
                let (fields, fields_span) = self.fields(&strukt.fields);
                let mut span = keyword.to(self.span(strukt.ident.span()));
                if let Some(fields_span) = fields_span {
                    span = span.to(fields_span);
                }
                if let Some(semi) = strukt.semi_token {
                    span = span.to(self.span(semi.spans[0]));
                }
                let kind =
                    ItemKind::Struct(Box::new(Struct { generics: self.generics(&strukt.generics), fields }));
                self.finish(
                    &strukt.attrs,
                    self.vis(&strukt.vis, keyword),
                    self.ident(&strukt.ident),
                    span,
                    kind,
                )
            }
            syn::Item::Union(union) => {
                let keyword = self.span(union.union_token.span);
                let fields =
                    Fields::Named(union.fields.named.iter().map(|field| self.field(field, 0)).collect());
                let span = keyword.to(self.delim(union.fields.brace_token.span));
                let kind =
                    ItemKind::Union(Box::new(Struct { generics: self.generics(&union.generics), fields }));
                self.finish(&union.attrs, self.vis(&union.vis, keyword), self.ident(&union.ident), span, kind)
            }
            syn::Item::Enum(enumeration) => {
                let keyword = self.span(enumeration.enum_token.span);
                let variants = enumeration.variants.iter().map(|variant| self.variant(variant)).collect();
                let kind = ItemKind::Enum(Box::new(Enum {
                    generics: self.generics(&enumeration.generics),
                    variants,
                }));
                let span = keyword.to(self.delim(enumeration.brace_token.span));
                self.finish(
                    &enumeration.attrs,
                    self.vis(&enumeration.vis, keyword),
                    self.ident(&enumeration.ident),
                    span,
                    kind,
                )
            }
            syn::Item::Trait(trait_) => {
                let mut keyword = self.span(trait_.trait_token.span);
                if let Some(token) = trait_.unsafety {
                    keyword = keyword.to(self.span(token.span));
                }
                let kind = ItemKind::Trait(Box::new(Trait {
                    generics: self.generics(&trait_.generics),
                    supertraits: self.bounds(&trait_.supertraits),
                    items: trait_.items.iter().map(|item| Arc::new(self.trait_item(item))).collect(),
                }));
                let span = keyword.to(self.delim(trait_.brace_token.span));
                self.finish(
                    &trait_.attrs,
                    self.vis(&trait_.vis, keyword),
                    self.ident(&trait_.ident),
                    span,
                    kind,
                )
            }
            syn::Item::Impl(implementation) => {
                let mut keyword = self.span(implementation.impl_token.span);
                if let Some(token) = implementation.unsafety {
                    keyword = keyword.to(self.span(token.span));
                }
                let kind = ItemKind::Impl(Box::new(Impl {
                    generics: self.generics(&implementation.generics),
                    trait_: implementation.trait_.as_ref().map(|(path, _)| self.path(path, None)),
                    self_ty: self.ty(&implementation.self_ty),
                    items: implementation.items.iter().map(|item| Arc::new(self.impl_item(item))).collect(),
                }));
                let span = keyword.to(self.delim(implementation.brace_token.span));
                self.finish(&implementation.attrs, self.no_vis(keyword), Self::no_name(keyword), span, kind)
            }
            syn::Item::Type(alias) => {
                let keyword = self.span(alias.type_token.span);
                let kind = ItemKind::TypeAlias {
                    generics: Box::new(self.generics(&alias.generics)),
                    bounds: Vec::new(),
                    ty: Some(Box::new(self.ty(&alias.ty))),
                };
                let span = keyword.to(self.span(alias.semi_token.spans[0]));
                self.finish(&alias.attrs, self.vis(&alias.vis, keyword), self.ident(&alias.ident), span, kind)
            }
            syn::Item::Const(constant) => {
                let keyword = self.span(constant.const_token.span);
                let kind = ItemKind::Const {
                    ty: Box::new(self.ty(&constant.ty)),
                    expr: Some(self.value(&constant.expr)),
                };
                let span = keyword.to(self.span(constant.semi_token.spans[0]));
                self.finish(
                    &constant.attrs,
                    self.vis(&constant.vis, keyword),
                    self.ident(&constant.ident),
                    span,
                    kind,
                )
            }
            syn::Item::Static(item) => {
                let keyword = self.span(item.static_token.span);
                let kind = ItemKind::Static {
                    ty: Box::new(self.ty(&item.ty)),
                    expr: Some(self.value(&item.expr)),
                    mutable: matches!(item.mutability, syn::StaticMutability::Mut(_)),
                };
                let span = keyword.to(self.span(item.semi_token.spans[0]));
                self.finish(&item.attrs, self.vis(&item.vis, keyword), self.ident(&item.ident), span, kind)
            }
            syn::Item::Use(item) => {
                let keyword = self.span(item.use_token.span);
                let kind = ItemKind::Use(Box::new(Use {
                    leading_colon: item.leading_colon.is_some(),
                    tree: self.use_tree(&item.tree),
                }));
                let span = keyword.to(self.span(item.semi_token.spans[0]));
                self.finish(&item.attrs, self.vis(&item.vis, keyword), Self::no_name(keyword), span, kind)
            }
            syn::Item::ExternCrate(item) => {
                let keyword = self.span(item.extern_token.span);
                let alias = item.rename.as_ref().map(|(_, ident)| super::name_of(ident));
                let kind = ItemKind::ExternCrate { krate: super::name_of(&item.ident), alias };
                let span = keyword.to(self.span(item.semi_token.spans[0]));
                self.finish(&item.attrs, self.vis(&item.vis, keyword), self.ident(&item.ident), span, kind)
            }
            syn::Item::Mod(module) => {
                let keyword = self.span(module.mod_token.span);
                let end = match (&module.content, module.semi) {
                    (Some((brace, _)), _) => self.delim(brace.span),
                    (None, Some(semi)) => self.span(semi.spans[0]),
                    (None, None) => keyword,
                };
                let kind =
                    ItemKind::Mod(Mod { items: module.content.as_ref().map(|(_, items)| self.items(items)) });
                self.finish(
                    &module.attrs,
                    self.vis(&module.vis, keyword),
                    self.ident(&module.ident),
                    keyword.to(end),
                    kind,
                )
            }
            syn::Item::Macro(mac) => {
                let call = self.macro_call(&mac.mac);
                let mut span = call.path.span.to(Span::new(call.tokens.start, call.tokens.end + 1));
                if let Some(semi) = mac.semi_token {
                    span = span.to(self.span(semi.spans[0]));
                }
                match &mac.ident {
                    Some(ident) => {
                        let kind = ItemKind::MacroRules(MacroRules { body: call.tokens });
                        self.finish(&mac.attrs, self.no_vis(span), self.ident(ident), span, kind)
                    }
                    None => self.finish(
                        &mac.attrs,
                        self.no_vis(span),
                        Self::no_name(span),
                        span,
                        ItemKind::MacroCall(Box::new(call)),
                    ),
                }
            }
            syn::Item::ForeignMod(block) => {
                let span = self.span(block.abi.extern_token.span).to(self.delim(block.brace_token.span));
                self.finish(&block.attrs, self.no_vis(span), Self::no_name(span), span, ItemKind::Other)
            }
            _ => {
                use syn::spanned::Spanned as _;
                let span = self.span(item.span());
                self.finish(&[], self.no_vis(span), Self::no_name(span), span, ItemKind::Other)
            }
        }
    }

    /// `span` runs from the keyword to the end; attributes and visibility are added in front.
    fn finish(
        &self,
        attrs: &[syn::Attribute],
        vis: Visibility,
        name: Ident,
        span: Span,
        kind: ItemKind,
    ) -> Item {
        let span = self.start(attrs, if vis.span.is_empty() { span } else { vis.span.to(span) });
        Item { name, vis, attrs: self.attrs(attrs), span, kind }
    }

    fn first_of_signature(&self, sig: &syn::Signature) -> Span {
        let mut first = self.span(sig.fn_token.span);
        if let Some(token) = sig.constness {
            first = first.to(self.span(token.span));
        }
        if let Some(token) = sig.asyncness {
            first = first.to(self.span(token.span));
        }
        match &sig.safety {
            syn::Safety::Safe(token) => first = first.to(self.span(token.span)),
            syn::Safety::Unsafe(token) => first = first.to(self.span(token.span)),
            syn::Safety::Default => {}
        }
        if let Some(abi) = &sig.abi {
            first = first.to(self.span(abi.extern_token.span));
        }
        first
    }

    pub(super) fn signature(&self, sig: &syn::Signature) -> Signature {
        let mut receiver = None;
        let mut params = Vec::new();
        for input in &sig.inputs {
            match input {
                syn::FnArg::Receiver(arg) => {
                    let span = self.span(arg.self_token.span);
                    let (by_ref, ty) = match &arg.kind {
                        syn::ReceiverKind::Reference(..) => (true, None),
                        syn::ReceiverKind::Typed(_, ty) => (false, Some(self.ty(ty))),
                        _ => (false, None),
                    };
                    receiver = Some(Receiver { by_ref, ty, span });
                }
                syn::FnArg::Typed(arg) => {
                    let pat = self.pat(&arg.pat);
                    let ty = self.ty(&arg.ty);
                    let span = self.start(&arg.attrs, pat.span.to(ty.span));
                    params.push(Param { pat, ty, span });
                }
            }
        }
        Signature {
            is_async: sig.asyncness.is_some(),
            generics: self.generics(&sig.generics),
            receiver,
            params,
            ret: self.return_type(&sig.output),
            params_span: self.delim(sig.paren_token.span),
        }
    }

    fn fields(&self, fields: &syn::Fields) -> (Fields, Option<Span>) {
        match fields {
            syn::Fields::Named(named) => {
                let all = named.named.iter().map(|field| self.field(field, 0)).collect();
                (Fields::Named(all), Some(self.delim(named.brace_token.span)))
            }
            syn::Fields::Unnamed(unnamed) => {
                let all =
                    unnamed.unnamed.iter().enumerate().map(|(at, field)| self.field(field, at)).collect();
                (Fields::Tuple(all), Some(self.delim(unnamed.paren_token.span)))
            }
            syn::Fields::Unit => (Fields::Unit, None),
        }
    }

    fn field(&self, field: &syn::Field, position: usize) -> Field {
        let ty = self.ty(&field.ty);
        let name = field.ident.as_ref().map_or_else(
            || Ident { name: Name::new(position.to_string()), span: Span::empty(ty.span.start) },
            |ident| self.ident(ident),
        );
        let vis = self.vis(&field.vis, name.span);
        let span = self.start(&field.attrs, vis.span.to(name.span).to(ty.span));
        Field { name, vis, ty, attrs: self.attrs(&field.attrs), span }
    }

    fn variant(&self, variant: &syn::Variant) -> Variant {
        let name = self.ident(&variant.ident);
        let (fields, fields_span) = self.fields(&variant.fields);
        let mut span = fields_span.map_or(name.span, |fields_span| name.span.to(fields_span));
        if let Some((_, expr)) = &variant.discriminant {
            span = span.to(self.expr(expr).span);
        }
        Variant { name, fields, attrs: self.attrs(&variant.attrs), span: self.start(&variant.attrs, span) }
    }

    pub(super) fn trait_item(&self, item: &syn::TraitItem) -> Item {
        match item {
            syn::TraitItem::Fn(func) => {
                let block = func.default.as_ref().map(|block| self.block(block));
                let inner = block.as_ref().map(visit::items).unwrap_or_default();
                let body = block.map(|block| Lazy::known(block.span, block));
                let first = self.first_of_signature(&func.sig);
                let end = match (&body, func.semi_token) {
                    (Some(body), _) => body.span(),
                    (None, Some(semi)) => self.span(semi.spans[0]),
                    (None, None) => first,
                };
                let kind = ItemKind::Fn(Box::new(Fn { sig: self.lazy_signature(&func.sig), body, inner }));
                self.finish(&func.attrs, self.no_vis(first), self.ident(&func.sig.ident), first.to(end), kind)
            }
            syn::TraitItem::Const(item) => {
                let keyword = self.span(item.const_token.span);
                let kind = ItemKind::Const {
                    ty: Box::new(self.ty(&item.ty)),
                    expr: item.default.as_ref().map(|(_, expr)| self.value(expr)),
                };
                let span = keyword.to(self.span(item.semi_token.spans[0]));
                self.finish(&item.attrs, self.no_vis(keyword), self.ident(&item.ident), span, kind)
            }
            syn::TraitItem::Type(item) => {
                let keyword = self.span(item.type_token.span);
                let kind = ItemKind::TypeAlias {
                    generics: Box::new(self.generics(&item.generics)),
                    bounds: self.bounds(&item.bounds),
                    ty: item.default.as_ref().map(|(_, ty)| Box::new(self.ty(ty))),
                };
                let span = keyword.to(self.span(item.semi_token.spans[0]));
                self.finish(&item.attrs, self.no_vis(keyword), self.ident(&item.ident), span, kind)
            }
            syn::TraitItem::Macro(item) => self.assoc_macro(&item.attrs, &item.mac, item.semi_token),
            _ => self.finish(
                &[],
                self.no_vis(Span::default()),
                Self::no_name(Span::default()),
                Span::default(),
                ItemKind::Other,
            ),
        }
    }

    pub(super) fn impl_item(&self, item: &syn::ImplItem) -> Item {
        match item {
            syn::ImplItem::Fn(func) => {
                let body = self.block(&func.block);
                let inner = visit::items(&body);
                let body = Lazy::known(body.span, body);
                let first = self.first_of_signature(&func.sig);
                let span = first.to(body.span());
                let kind = ItemKind::Fn(Box::new(Fn {
                    sig: self.lazy_signature(&func.sig),
                    body: Some(body),
                    inner,
                }));
                self.finish(&func.attrs, self.vis(&func.vis, first), self.ident(&func.sig.ident), span, kind)
            }
            syn::ImplItem::Const(item) => {
                let keyword = self.span(item.const_token.span);
                let kind =
                    ItemKind::Const { ty: Box::new(self.ty(&item.ty)), expr: Some(self.value(&item.expr)) };
                let span = keyword.to(self.span(item.semi_token.spans[0]));
                self.finish(&item.attrs, self.vis(&item.vis, keyword), self.ident(&item.ident), span, kind)
            }
            syn::ImplItem::Type(item) => {
                let keyword = self.span(item.type_token.span);
                let kind = ItemKind::TypeAlias {
                    generics: Box::new(self.generics(&item.generics)),
                    bounds: Vec::new(),
                    ty: Some(Box::new(self.ty(&item.ty))),
                };
                let span = keyword.to(self.span(item.semi_token.spans[0]));
                self.finish(&item.attrs, self.vis(&item.vis, keyword), self.ident(&item.ident), span, kind)
            }
            syn::ImplItem::Macro(item) => self.assoc_macro(&item.attrs, &item.mac, item.semi_token),
            _ => self.finish(
                &[],
                self.no_vis(Span::default()),
                Self::no_name(Span::default()),
                Span::default(),
                ItemKind::Other,
            ),
        }
    }

    fn assoc_macro(
        &self,
        attrs: &[syn::Attribute],
        mac: &syn::Macro,
        semi: Option<syn::token::Semi>,
    ) -> Item {
        let call = self.macro_call(mac);
        let mut span = call.path.span.to(Span::new(call.tokens.start, call.tokens.end + 1));
        if let Some(semi) = semi {
            span = span.to(self.span(semi.spans[0]));
        }
        self.finish(attrs, self.no_vis(span), Self::no_name(span), span, ItemKind::MacroCall(Box::new(call)))
    }

    fn use_tree(&self, tree: &syn::UseTree) -> UseTree {
        let (kind, span) = match tree {
            syn::UseTree::Path(path) => {
                let prefix = self.ident(&path.ident);
                let rest = self.use_tree(&path.tree);
                let span = prefix.span.to(rest.span);
                (UseTreeKind::Path { prefix, rest: Box::new(rest) }, span)
            }
            syn::UseTree::Name(name) => {
                let name = self.ident(&name.ident);
                let span = name.span;
                (UseTreeKind::Name { name, alias: None }, span)
            }
            syn::UseTree::Rename(rename) => {
                let name = self.ident(&rename.ident);
                let alias = self.ident(&rename.rename);
                let span = name.span.to(alias.span);
                (UseTreeKind::Name { name, alias: Some(Box::new(alias)) }, span)
            }
            syn::UseTree::Glob(glob) => (UseTreeKind::Glob, self.span(glob.star_token.spans[0])),
            syn::UseTree::Group(group) => {
                let trees = group.items.iter().map(|tree| self.use_tree(tree)).collect();
                (UseTreeKind::Group(trees), self.delim(group.brace_token.span))
            }
        };
        UseTree { kind, span }
    }
}
