//! Items, signatures, fields and `use` trees.

use std::sync::Arc;

use super::signature::SignatureHead;
use super::{Parsed, Parser, Refused, start, vis_or};
use crate::span::Span;
use crate::syntax::ast::{
    Attr, Enum, Expr, Field, Fields, Fn, Generics, Ident, Impl, Item, ItemKind, MacroRules, Mod, Name, Path,
    Signature, Struct, Trait, Type, TypeKind, Use, UseTree, UseTreeKind, Variant, Visibility,
};
use crate::syntax::lazy::Lazy;
use crate::syntax::lex::{Delim, Kind, Word};

/// What stands in front of an item's keyword.
struct Head {
    /// Position of the first token, attributes included.
    begin: usize,
    attrs: Vec<Attr>,
    vis: Option<Visibility>,
}

impl Head {
    /// `span` runs from the keyword to the end; attributes and visibility are added in front.
    fn finish(self, keyword: Span, name: Ident, span: Span, kind: ItemKind) -> Item {
        let vis = vis_or(self.vis, keyword);
        let span = start(&self.attrs, if vis.span.is_empty() { span } else { vis.span.to(span) });
        Item { name, vis, attrs: self.attrs, span, kind }
    }
}

fn no_name(at: Span) -> Ident {
    Ident { name: Name::default(), span: Span::empty(at.start) }
}

/// What is kept of an item that no stage reads.
fn other(span: Span) -> Item {
    let head = Head { begin: 0, attrs: Vec::new(), vis: None };
    head.finish(span, no_name(span), span, ItemKind::Other)
}

impl Parser<'_> {
    pub(super) fn items(&mut self) -> Parsed<Vec<Arc<Item>>> {
        let mut items = Vec::new();
        while !self.is_done() {
            let begin = self.at;
            let attrs = self.outer_attrs()?;
            items.push(Arc::new(self.item_after_attrs(begin, attrs)?));
        }
        items.shrink_to_fit();
        Ok(items)
    }

    /// The item behind attributes that start at the token `begin`.
    pub(super) fn item_after_attrs(&mut self, begin: usize, attrs: Vec<Attr>) -> Parsed<Item> {
        let vis = self.vis();
        let head = Head { begin, attrs, vis };
        match self.kind(0) {
            _ if self.is_signature() => self.func(head),
            Kind::Word(Word::Use) => self.use_item(head),
            Kind::Word(Word::Static) => self.static_item(head),
            Kind::Word(Word::Const) => self.const_item(head),
            Kind::Word(Word::Mod) => self.module(head),
            Kind::Word(Word::Type) => self.type_alias(head),
            Kind::Word(Word::Struct) => self.strukt(head),
            Kind::Word(Word::Enum) => self.enumeration(head),
            Kind::Word(Word::Trait) => self.trait_item(head),
            Kind::Word(Word::Impl) => self.impl_item(head),
            Kind::Word(Word::Extern) if self.is_word(1, Word::Crate) => self.extern_crate(head),
            Kind::Word(Word::Extern) => self.foreign_block(head),
            Kind::Word(Word::Unsafe) => match self.kind(1) {
                Kind::Word(Word::Trait) | Kind::Ident => self.trait_item(head),
                Kind::Word(Word::Impl) => self.impl_item(head),
                Kind::Word(Word::Extern) => self.foreign_block(head),
                Kind::Word(Word::Mod) => self.module(head),
                _ => Err(Refused::Unclear),
            },
            Kind::Word(Word::Macro) => {
                self.at += 1;
                self.ident()?;
                let group = self.delimited()?;
                if !self.is_brace(group) {
                    self.open(Delim::Brace).map(|group| self.skip_group(group))?;
                }
                Ok(other(self.since(begin)))
            }
            Kind::Ident if self.kind(1) == Kind::Ident && self.is_named(0, "union") => self.union(head),
            Kind::Ident if self.is_word(1, Word::Trait) && self.is_named(0, "auto") => self.trait_item(head),
            Kind::Ident if self.is_named(0, "default") && !self.is(1, b'!') => self.impl_item(head),
            Kind::Ident | Kind::Punct(b':') | Kind::Word(Word::SelfValue | Word::Super | Word::Crate)
                if head.vis.is_none() =>
            {
                self.macro_item(head)
            }
            _ => Err(Refused::Unclear),
        }
    }

    fn func(&mut self, head: Head) -> Parsed<Item> {
        let (sig, of_sig) = self.signature()?;
        if self.eat(b';').is_some() {
            return Ok(other(self.since(head.begin)));
        }
        self.func_with_body(head, sig, of_sig)
    }

    fn func_with_body(
        &mut self,
        mut head: Head,
        sig: Lazy<Signature>,
        SignatureHead { name, first, .. }: SignatureHead,
    ) -> Parsed<Item> {
        let (body, inner) = self.body()?;
        head.attrs.append(&mut self.inner);
        let span = first.to(body.span());
        let kind = ItemKind::Fn(Box::new(Fn { sig, body: Some(body), inner }));
        Ok(head.finish(first, name, span, kind))
    }

    fn use_item(&mut self, head: Head) -> Parsed<Item> {
        let keyword = self.word(Word::Use)?;
        let leading_colon = self.eat_marks(b"::").is_some();
        let tree = self.use_tree()?;
        let span = keyword.to(self.mark(b';')?);
        let kind = ItemKind::Use(Box::new(Use { leading_colon, tree }));
        Ok(head.finish(keyword, no_name(keyword), span, kind))
    }

    fn use_tree(&mut self) -> Parsed<UseTree> {
        self.deeper(Self::use_tree_inside)
    }

    fn use_tree_inside(&mut self) -> Parsed<UseTree> {
        let of = |kind, span| Ok(UseTree { kind, span });
        match self.kind(0) {
            Kind::Ident | Kind::Word(Word::SelfValue | Word::Super | Word::Crate | Word::Try) => {
                let name = self.any_name()?;
                let span = name.span;
                if self.eat_marks(b"::").is_some() {
                    let rest = self.use_tree()?;
                    let span = span.to(rest.span);
                    return of(UseTreeKind::Path { prefix: name, rest: Box::new(rest) }, span);
                }
                if self.eat_word(Word::As).is_some() {
                    let alias =
                        if self.is_word(0, Word::Underscore) { self.any_name()? } else { self.ident()? };
                    let span = span.to(alias.span);
                    return of(UseTreeKind::Name { name, alias: Some(Box::new(alias)) }, span);
                }
                of(UseTreeKind::Name { name, alias: None }, span)
            }
            Kind::Punct(b'*') => {
                let span = self.next();
                of(UseTreeKind::Glob, span)
            }
            Kind::Open(Delim::Brace) => {
                let group = self.open(Delim::Brace)?;
                let trees = self.list(Self::use_tree)?;
                of(UseTreeKind::Group(trees), self.close(group)?)
            }
            _ => Err(Refused::Unclear),
        }
    }

    fn static_item(&mut self, head: Head) -> Parsed<Item> {
        let keyword = self.word(Word::Static)?;
        let mutable = self.eat_word(Word::Mut).is_some();
        let name = self.ident()?;
        self.mark(b':')?;
        let ty = self.ty(true)?;
        if self.eat(b';').is_some() {
            return Ok(other(self.since(head.begin)));
        }
        self.mark(b'=')?;
        let expr = Some(self.value()?);
        let span = keyword.to(self.mark(b';')?);
        Ok(head.finish(keyword, name, span, ItemKind::Static { ty: Box::new(ty), expr, mutable }))
    }

    fn const_item(&mut self, head: Head) -> Parsed<Item> {
        let keyword = self.word(Word::Const)?;
        let name = if self.is_word(0, Word::Underscore) { self.any_name()? } else { self.ident()? };
        let begin = head.begin;
        match self.const_rest()? {
            (ty, Some(expr)) => {
                let span = self.since_span(keyword);
                Ok(head.finish(keyword, name, span, ItemKind::Const { ty: Box::new(ty), expr: Some(expr) }))
            }
            (_, None) => Ok(other(self.since(begin))),
        }
    }

    /// `: T = value;`. Generics are refused, as they are rare.
    fn const_rest(&mut self) -> Parsed<(Type, Option<Lazy<Expr>>)> {
        self.mark(b':')?;
        let ty = self.ty(true)?;
        let expr = if self.eat(b'=').is_some() { Some(self.value()?) } else { None };
        self.mark(b';')?;
        Ok((ty, expr))
    }

    /// From a place to the token before the next.
    fn since_span(&self, from: Span) -> Span {
        from.to(self.span_at(self.at - 1))
    }

    fn module(&mut self, mut head: Head) -> Parsed<Item> {
        self.eat_word(Word::Unsafe);
        let keyword = self.word(Word::Mod)?;
        let name = if self.is_word(0, Word::Try) { self.any_name()? } else { self.ident()? };
        if let Some(semi) = self.eat(b';') {
            return Ok(head.finish(keyword, name, keyword.to(semi), ItemKind::Mod(Mod { items: None })));
        }
        let group = self.open(Delim::Brace)?;
        head.attrs.extend(self.inner_attrs()?);
        let items = Some(self.deeper(Self::items)?);
        let end = self.close(group)?;
        Ok(head.finish(keyword, name, keyword.to(end), ItemKind::Mod(Mod { items })))
    }

    fn type_alias(&mut self, head: Head) -> Parsed<Item> {
        let (begin, keyword) = (head.begin, self.word(Word::Type)?);
        let name = self.ident()?;
        let mut generics = self.generics()?;
        if self.is(0, b':') {
            return Err(Refused::Unclear);
        }
        self.where_clause(&mut generics)?;
        let ty = if self.eat(b'=').is_some() { Some(self.ty(true)?) } else { None };
        self.where_clause(&mut generics)?;
        self.mark(b';')?;
        if ty.is_none() {
            return Ok(other(self.since(begin)));
        }
        let span = self.since_span(keyword);
        Ok(head.finish(
            keyword,
            name,
            span,
            ItemKind::TypeAlias { generics: Box::new(generics), bounds: Vec::new(), ty: ty.map(Box::new) },
        ))
    }

    fn strukt(&mut self, head: Head) -> Parsed<Item> {
        let keyword = self.word(Word::Struct)?;
        let name = self.ident()?;
        let mut generics = self.generics()?;
        let early = self.where_clause(&mut generics)?;
        let fields = match self.kind(0) {
            Kind::Open(Delim::Brace) => self.named_fields()?,
            Kind::Open(Delim::Paren) if !early => {
                let fields = self.tuple_fields_of()?;
                self.where_clause(&mut generics)?;
                self.mark(b';')?;
                fields
            }
            _ => {
                self.mark(b';')?;
                Fields::Unit
            }
        };
        let span = self.since_span(keyword);
        Ok(head.finish(keyword, name, span, ItemKind::Struct(Box::new(Struct { generics, fields }))))
    }

    fn union(&mut self, head: Head) -> Parsed<Item> {
        let keyword = self.next();
        let name = self.ident()?;
        let mut generics = self.generics()?;
        self.where_clause(&mut generics)?;
        let fields = self.named_fields()?;
        let span = self.since_span(keyword);
        Ok(head.finish(keyword, name, span, ItemKind::Union(Box::new(Struct { generics, fields }))))
    }

    fn named_fields(&mut self) -> Parsed<Fields> {
        let group = self.open(Delim::Brace)?;
        let fields = self.list(|parser| {
            let attrs = parser.outer_attrs()?;
            let vis = parser.vis();
            let name = parser.ident()?;
            parser.mark(b':')?;
            parser.field(attrs, vis, Some(name))
        })?;
        self.close(group)?;
        Ok(Fields::Named(fields))
    }

    fn tuple_fields_of(&mut self) -> Parsed<Fields> {
        let group = self.open(Delim::Paren)?;
        let mut position = 0;
        let fields = self.list(|parser| {
            let attrs = parser.outer_attrs()?;
            let vis = parser.vis();
            let mut field = parser.field(attrs, vis, None)?;
            field.name.name = Name::new(position.to_string());
            position += 1;
            Ok(field)
        })?;
        self.close(group)?;
        Ok(Fields::Tuple(fields))
    }

    fn field(&mut self, attrs: Vec<Attr>, vis: Option<Visibility>, name: Option<Ident>) -> Parsed<Field> {
        let ty = self.ty(true)?;
        if self.is(0, b'=') {
            return Err(Refused::Unclear);
        }
        let name = name.unwrap_or_else(|| no_name(ty.span));
        let vis = vis_or(vis, name.span);
        let span = start(&attrs, vis.span.to(name.span).to(ty.span));
        Ok(Field { name, vis, ty, attrs, span })
    }

    fn enumeration(&mut self, head: Head) -> Parsed<Item> {
        let keyword = self.word(Word::Enum)?;
        let name = self.ident()?;
        let mut generics = self.generics()?;
        self.where_clause(&mut generics)?;
        let group = self.open(Delim::Brace)?;
        let variants = self.list(Self::variant)?;
        let span = keyword.to(self.close(group)?);
        Ok(head.finish(keyword, name, span, ItemKind::Enum(Box::new(Enum { generics, variants }))))
    }

    fn variant(&mut self) -> Parsed<Variant> {
        let attrs = self.outer_attrs()?;
        self.vis();
        let name = self.ident()?;
        let fields = match self.kind(0) {
            Kind::Open(Delim::Brace) => self.named_fields()?,
            Kind::Open(Delim::Paren) => self.tuple_fields_of()?,
            _ => Fields::Unit,
        };
        let mut span = self.since_span(name.span);
        if self.eat(b'=').is_some() {
            span = span.to(self.expr()?.span);
        }
        Ok(Variant { name, fields, span: start(&attrs, span), attrs })
    }

    fn trait_item(&mut self, mut head: Head) -> Parsed<Item> {
        let safety = self.eat_word(Word::Unsafe);
        if self.is_named(0, "auto") {
            self.at += 1;
        }
        let token = self.word(Word::Trait)?;
        let keyword = safety.map_or(token, |safety| token.to(safety));
        let name = self.ident()?;
        let mut generics = self.generics()?;
        let ends = |parser: &Self| {
            parser.is_word(0, Word::Where) || parser.is_open(0, Delim::Brace) || parser.is(0, b';')
        };
        if self.eat(b'=').is_some() {
            self.bounds_until(ends)?;
            self.where_clause(&mut generics)?;
            self.mark(b';')?;
            return Ok(other(self.since(head.begin)));
        }
        let supertraits = if self.eat(b':').is_some() { self.bounds_until(ends)? } else { Vec::new() };
        self.where_clause(&mut generics)?;
        let (items, end) = self.members(&mut head, Self::trait_member)?;
        let span = keyword.to(end);
        Ok(head.finish(
            keyword,
            name,
            span,
            ItemKind::Trait(Box::new(Trait { generics, supertraits, items })),
        ))
    }

    /// `{ .. }` of a trait or impl: its members and where it closes. Inner attributes go to the head.
    fn members(
        &mut self,
        head: &mut Head,
        member: fn(&mut Self) -> Parsed<Item>,
    ) -> Parsed<(Vec<Arc<Item>>, Span)> {
        let group = self.open(Delim::Brace)?;
        head.attrs.extend(self.inner_attrs()?);
        let items = self.all_members(member)?;
        Ok((items, self.close(group)?))
    }

    /// Members up to the end of the group or text.
    pub(super) fn all_members(&mut self, member: fn(&mut Self) -> Parsed<Item>) -> Parsed<Vec<Arc<Item>>> {
        let mut items = Vec::new();
        while !self.is_done() {
            items.push(Arc::new(member(self)?));
        }
        items.shrink_to_fit();
        Ok(items)
    }

    pub(super) fn trait_member(&mut self) -> Parsed<Item> {
        let begin = self.at;
        let attrs = self.outer_attrs()?;
        if self.is_word(0, Word::Pub) || (self.is_named(0, "default") && !self.is(1, b'!')) {
            return Err(Refused::Unclear);
        }
        let head = Head { begin, attrs, vis: None };
        if self.is_signature() {
            let (sig, of_sig) = self.signature()?;
            if let Some(semi) = self.eat(b';') {
                let kind = ItemKind::Fn(Box::new(Fn { sig, body: None, inner: Box::default() }));
                let SignatureHead { name, first, .. } = of_sig;
                return Ok(head.finish(first, name, first.to(semi), kind));
            }
            return self.func_with_body(head, sig, of_sig);
        }
        match self.kind(0) {
            Kind::Word(Word::Const) => {
                let keyword = self.next();
                let name = if self.is_word(0, Word::Underscore) { self.any_name()? } else { self.ident()? };
                let (ty, expr) = self.const_rest()?;
                let span = self.since_span(keyword);
                Ok(head.finish(keyword, name, span, ItemKind::Const { ty: Box::new(ty), expr }))
            }
            Kind::Word(Word::Type) => {
                let keyword = self.next();
                let name = self.ident()?;
                let mut generics = self.generics()?;
                let mut bounds = Vec::new();
                if self.eat(b':').is_some() {
                    bounds = self.bounds_until(|parser| {
                        parser.is_word(0, Word::Where) || parser.is(0, b'=') || parser.is(0, b';')
                    })?;
                }
                let ty = if self.eat(b'=').is_some() { Some(self.ty(true)?) } else { None };
                self.where_clause(&mut generics)?;
                self.mark(b';')?;
                let span = self.since_span(keyword);
                Ok(head.finish(
                    keyword,
                    name,
                    span,
                    ItemKind::TypeAlias { generics: Box::new(generics), bounds, ty: ty.map(Box::new) },
                ))
            }
            _ => self.member_macro(head),
        }
    }

    fn impl_item(&mut self, mut head: Head) -> Parsed<Item> {
        if head.vis.is_some() {
            return Err(Refused::Unclear);
        }
        if self.is_named(0, "default") {
            self.at += 1;
        }
        let safety = self.eat_word(Word::Unsafe);
        let token = self.word(Word::Impl)?;
        let keyword = safety.map_or(token, |safety| token.to(safety));
        let mut generics = if self.is_impl_generics() { self.generics()? } else { Generics::default() };
        let negative = self.is(0, b'!') && !self.is_open(1, Delim::Brace);
        if negative {
            self.at += 1;
        }
        let first = self.ty(true)?;
        let (mut trait_, mut self_ty): (Option<Path>, _) = (None, first);
        if self.eat_word(Word::For).is_some() {
            match self_ty.kind {
                TypeKind::Path(path) if path.qself.is_none() => trait_ = Some(path),
                _ => return Err(Refused::Unclear),
            }
            self_ty = self.ty(true)?;
        } else if negative {
            return Err(Refused::Unclear);
        }
        self.where_clause(&mut generics)?;
        let (items, end) = self.members(&mut head, Self::impl_member)?;
        let span = keyword.to(end);
        let kind = ItemKind::Impl(Box::new(Impl { generics, trait_, self_ty, items }));
        Ok(head.finish(keyword, no_name(keyword), span, kind))
    }

    /// Whether `<` starts generics and not a qualified path.
    fn is_impl_generics(&self) -> bool {
        self.is(0, b'<')
            && (self.is(1, b'>')
                || self.is(1, b'#')
                || self.is_word(1, Word::Const)
                || (matches!(self.kind(1), Kind::Lifetime | Kind::Ident)
                    && (self.is(2, b'>')
                        || self.is(2, b',')
                        || (self.is(2, b':') && !self.are(2, b"::"))
                        || self.is(2, b'='))))
    }

    pub(super) fn impl_member(&mut self) -> Parsed<Item> {
        let begin = self.at;
        let attrs = self.outer_attrs()?;
        let vis = self.vis();
        let is_default = self.is_named(0, "default") && !self.is(1, b'!');
        self.at += usize::from(is_default);
        let plain = vis.is_none() && !is_default;
        let head = Head { begin, attrs, vis };
        if self.is_signature() {
            let (sig, of_sig) = self.signature()?;
            if self.is(0, b';') {
                return Err(Refused::Unclear);
            }
            return self.func_with_body(head, sig, of_sig);
        }
        match self.kind(0) {
            Kind::Word(Word::Const) => {
                let keyword = self.next();
                let name = if self.is_word(0, Word::Underscore) { self.any_name()? } else { self.ident()? };
                let (ty, expr) = self.const_rest()?;
                if expr.is_none() {
                    return Err(Refused::Unclear);
                }
                let span = self.since_span(keyword);
                Ok(head.finish(keyword, name, span, ItemKind::Const { ty: Box::new(ty), expr }))
            }
            Kind::Word(Word::Type) => {
                let keyword = self.next();
                let name = self.ident()?;
                let mut generics = self.generics()?;
                self.mark(b'=')?;
                let ty = Some(self.ty(true)?);
                self.where_clause(&mut generics)?;
                self.mark(b';')?;
                let span = self.since_span(keyword);
                Ok(head.finish(
                    keyword,
                    name,
                    span,
                    ItemKind::TypeAlias {
                        generics: Box::new(generics),
                        bounds: Vec::new(),
                        ty: ty.map(Box::new),
                    },
                ))
            }
            _ if plain => self.member_macro(head),
            _ => Err(Refused::Unclear),
        }
    }

    /// A macro call among the members of an impl or trait.
    fn member_macro(&mut self, head: Head) -> Parsed<Item> {
        let path = self.mod_path()?;
        self.mark(b'!')?;
        let (call, group) = self.macro_call(path)?;
        let mut span = call.path.span.to(Span::new(call.tokens.start, call.tokens.end + 1));
        if !self.is_brace(group) {
            span = span.to(self.mark(b';')?);
        }
        Ok(head.finish(span, no_name(span), span, ItemKind::MacroCall(Box::new(call))))
    }

    fn macro_item(&mut self, head: Head) -> Parsed<Item> {
        let path = self.mod_path()?;
        self.mark(b'!')?;
        let name = if self.is_any_name(0) { Some(self.any_name()?) } else { None };
        let (call, group) = self.macro_call(path)?;
        let mut span = call.path.span.to(Span::new(call.tokens.start, call.tokens.end + 1));
        if !self.is_brace(group) {
            span = span.to(self.mark(b';')?);
        }
        Ok(match name {
            Some(name) => {
                head.finish(span, name, span, ItemKind::MacroRules(MacroRules { body: call.tokens }))
            }
            None => head.finish(span, no_name(span), span, ItemKind::MacroCall(Box::new(call))),
        })
    }

    fn extern_crate(&mut self, head: Head) -> Parsed<Item> {
        let keyword = self.word(Word::Extern)?;
        self.word(Word::Crate)?;
        let name = if self.is_word(0, Word::SelfValue) { self.any_name()? } else { self.ident()? };
        let alias = if self.eat_word(Word::As).is_some() { Some(self.any_name()?.name) } else { None };
        let span = keyword.to(self.mark(b';')?);
        let kind = ItemKind::ExternCrate { krate: name.name.clone(), alias };
        Ok(head.finish(keyword, name, span, kind))
    }

    fn foreign_block(&mut self, mut head: Head) -> Parsed<Item> {
        if head.vis.is_some() {
            return Err(Refused::Unclear);
        }
        self.eat_word(Word::Unsafe);
        let keyword = self.abi().ok_or(Refused::Unclear)?;
        let group = self.open(Delim::Brace)?;
        head.attrs.extend(self.inner_attrs()?);
        let span = keyword.to(self.skip_group(group));
        Ok(head.finish(span, no_name(span), span, ItemKind::Other))
    }
}
