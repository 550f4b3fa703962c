//! Paths, types, bounds and generics.

use super::{Parsed, Parser, Refused};
use crate::span::Span;
use crate::syntax::ast::{
    GenericParam, GenericParamKind, Generics, Ident, Name, Path, Segment, Type, TypeKind,
};
use crate::syntax::lex::{Delim, Kind, Word};

impl Parser<'_> {
    /// A path of a type, or of an expression, where `<` compares unless `::` stands before it.
    pub(super) fn path(&mut self, expr_style: bool) -> Parsed<Path> {
        let colon = self.eat_marks(b"::");
        let mut segments = Vec::with_capacity(1);
        let (first, mut span) = self.segment(expr_style)?;
        segments.push(first);
        if let Some(colon) = colon {
            span = Span::new(colon.start, colon.start + 1).to(span);
        }
        while self.are(0, b"::") && !self.is_open(2, Delim::Paren) {
            self.at += 2;
            let (segment, one) = self.segment(expr_style)?;
            segments.push(segment);
            span = span.to(one);
        }
        Ok(Path { leading_colon: colon.is_some(), qself: None, trait_len: 0, segments, span })
    }

    /// A path that may start with `<T as Trait>`.
    pub(super) fn qualified_path(&mut self, expr_style: bool) -> Parsed<Path> {
        if !self.is(0, b'<') {
            return self.path(expr_style);
        }
        let lt = self.next();
        let qself = self.ty(true)?;
        let trait_ = match self.eat_word(Word::As) {
            Some(_) => Some(self.path(false)?),
            None => None,
        };
        self.mark(b'>')?;
        let colon = self.marks(b"::")?;
        let mut path = trait_.unwrap_or_else(|| Path {
            leading_colon: true,
            qself: None,
            trait_len: 0,
            segments: Vec::new(),
            span: Span::new(colon.start, colon.start + 1),
        });
        path.trait_len = path.segments.len();
        path.qself = Some(Box::new(qself));
        path.span = lt.to(path.span);
        loop {
            let (segment, span) = self.segment(expr_style)?;
            path.segments.push(segment);
            path.span = path.span.to(span);
            if self.eat_marks(b"::").is_none() {
                break;
            }
        }
        Ok(path)
    }

    fn segment(&mut self, expr_style: bool) -> Parsed<(Segment, Span)> {
        let plain =
            matches!(self.kind(0), Kind::Word(Word::Super | Word::SelfValue | Word::Crate | Word::Try));
        let ident = if plain || self.is_word(0, Word::SelfType) { self.any_name()? } else { self.ident()? };
        let mut span = ident.span;
        let mut segment = Segment::plain(ident);
        let has_args = !plain
            && ((!expr_style && self.is(0, b'<') && !self.are(0, b"<=") && !self.are(0, b"<<="))
                || (self.are(0, b"::") && self.is(2, b'<')));
        if has_args {
            span = span.to(self.generic_args(&mut segment)?);
        }
        Ok((segment, span))
    }

    /// `<A, B = C>` with or without `::` before it; the span of `>`.
    pub(super) fn generic_args(&mut self, into: &mut Segment) -> Parsed<Span> {
        self.eat_marks(b"::");
        self.mark(b'<')?;
        while !self.is(0, b'>') {
            self.generic_arg(into)?;
            if self.is(0, b'>') {
                break;
            }
            self.mark(b',')?;
        }
        self.mark(b'>')
    }

    fn generic_arg(&mut self, into: &mut Segment) -> Parsed<()> {
        if self.kind(0) == Kind::Lifetime && !self.is(1, b'+') {
            self.at += 1;
            return Ok(());
        }
        if self.is_lit(0) || self.is_open(0, Delim::Brace) {
            return self.const_arg();
        }
        let ty = self.ty(true)?;
        let may_name = match &ty.kind {
            TypeKind::Path(path) => path.qself.is_none() && !path.leading_colon && path.segments.len() == 1,
            _ => false,
        };
        if may_name && self.eat(b'=').is_some() {
            if self.is_lit(0) || self.is_open(0, Delim::Brace) {
                return self.const_arg();
            }
            let TypeKind::Path(path) = ty.kind else { return Err(Refused::Unclear) };
            let value = self.ty(true)?;
            into.add_assoc(path.last().ident.name.clone(), value);
        } else if may_name && self.is(0, b':') {
            self.at += 1;
            while !self.is(0, b',') && !self.is(0, b'>') {
                self.bound()?;
                if self.eat(b'+').is_none() {
                    break;
                }
            }
        } else {
            into.add_arg(ty);
        }
        Ok(())
    }

    /// A literal, name or block as a generic argument; nothing of it is kept.
    fn const_arg(&mut self) -> Parsed<()> {
        if self.is_lit(0) {
            self.at += usize::from(self.is(0, b'-')) + 1;
        } else if self.kind(0) == Kind::Ident {
            self.at += 1;
        } else {
            self.block()?;
        }
        Ok(())
    }

    pub(super) fn turbofish(&mut self) -> Parsed<Vec<Type>> {
        let ident = Ident { name: Name::default(), span: Span::default() };
        let mut segment = Segment::plain(ident);
        self.generic_args(&mut segment)?;
        Ok(segment.into_args())
    }

    /// `-> T`.
    pub(super) fn return_type(&mut self, allow_plus: bool) -> Parsed<Option<Type>> {
        if self.eat_marks(b"->").is_none() { Ok(None) } else { self.ty(allow_plus).map(Some) }
    }

    pub(super) fn ty(&mut self, allow_plus: bool) -> Parsed<Type> {
        self.deeper(|parser| parser.ty_inside(allow_plus))
    }

    fn ty_inside(&mut self, allow_plus: bool) -> Parsed<Type> {
        let of = |kind, span| Ok(Type { kind, span });
        let binder = self.binder()?;
        match self.kind(0) {
            Kind::Open(Delim::Paren) => self.ty_in_parens(allow_plus),
            Kind::Word(Word::Fn | Word::Unsafe | Word::Extern) => self.fn_ptr(),
            Kind::Ident
            | Kind::Word(Word::Super | Word::SelfValue | Word::SelfType | Word::Crate)
            | Kind::Punct(b':' | b'<') => {
                if self.is_named(0, "builtin") && self.is(1, b'#') {
                    return Err(Refused::Unclear);
                }
                let path = self.qualified_path(false)?;
                let span = path.span;
                if path.qself.is_some() {
                    return of(TypeKind::Path(path), span);
                }
                if self.is(0, b'!') && !self.are(0, b"!=") && is_mod_style(&path) {
                    self.at += 1;
                    self.delimited()?;
                    return of(TypeKind::Other, span);
                }
                if binder || (allow_plus && self.is(0, b'+')) {
                    let mut bounds = vec![path];
                    if allow_plus {
                        self.more_bounds(&mut bounds, false)?;
                    }
                    let span = union(&bounds).unwrap_or_default();
                    return of(TypeKind::DynTrait(bounds), span);
                }
                of(TypeKind::Path(path), span)
            }
            _ if binder => Err(Refused::Unclear),
            Kind::Word(Word::Dyn) => {
                let token = self.next();
                let verbatim = self.eat(b'*').is_some();
                let bounds = self.bounds(allow_plus, false)?;
                if verbatim {
                    return of(TypeKind::Other, Span::default());
                }
                let span = union(&bounds).map_or(token, |span| span.to(token));
                of(TypeKind::DynTrait(bounds), span)
            }
            Kind::Open(Delim::Bracket) => {
                let group = self.open(Delim::Bracket)?;
                let elem = self.ty(true)?;
                if self.eat(b';').is_some() {
                    self.expr()?;
                }
                of(TypeKind::Slice(Box::new(elem)), self.close(group)?)
            }
            Kind::Punct(b'*') => {
                let star = self.next();
                if self.eat_word(Word::Const).is_none() {
                    self.word(Word::Mut)?;
                }
                let elem = self.ty(false)?;
                let span = star.to(elem.span);
                of(TypeKind::Ptr(Box::new(elem)), span)
            }
            Kind::Punct(b'&') => {
                let and = self.next();
                self.eat_lifetime();
                self.eat_word(Word::Mut);
                let elem = self.ty(false)?;
                let span = and.to(elem.span);
                of(TypeKind::Ref(Box::new(elem)), span)
            }
            Kind::Punct(b'!') if !self.is(1, b'=') => {
                let span = self.next();
                of(TypeKind::Never, span)
            }
            Kind::Word(Word::Impl) => {
                let token = self.next();
                let bounds = self.bounds(allow_plus, true)?;
                let span = bounds.iter().fold(token, |span, bound| span.to(bound.span));
                of(TypeKind::ImplTrait(bounds), span)
            }
            Kind::Word(Word::Underscore) => {
                let span = self.next();
                of(TypeKind::Infer, span)
            }
            Kind::Lifetime => {
                let bounds = self.bounds(true, false)?;
                let span = union(&bounds).ok_or(Refused::Unclear)?;
                of(TypeKind::DynTrait(bounds), span)
            }
            _ => Err(Refused::Unclear),
        }
    }

    /// `for<'a>`; whether it stood there.
    fn binder(&mut self) -> Parsed<bool> {
        if !self.is_word(0, Word::For) {
            return Ok(false);
        }
        self.at += 1;
        self.generic_params()?;
        Ok(true)
    }

    fn ty_in_parens(&mut self, allow_plus: bool) -> Parsed<Type> {
        let group = self.open(Delim::Paren)?;
        if self.is_done() {
            let span = self.close(group)?;
            return Ok(Type { kind: TypeKind::Tuple(Vec::new()), span });
        }
        if self.kind(0) == Kind::Lifetime || self.is(0, b'?') {
            return Err(Refused::Unclear);
        }
        let first = self.ty(true)?;
        if self.is(0, b',') {
            self.at += 1;
            let mut elems = vec![first];
            elems.extend(self.list(|parser| parser.ty(true))?);
            let span = self.close(group)?;
            return Ok(Type { kind: TypeKind::Tuple(elems), span });
        }
        let span = self.close(group)?;
        if allow_plus && self.is(0, b'+') {
            let TypeKind::Path(path) = first.kind else { return Err(Refused::Unclear) };
            if path.qself.is_some() {
                return Err(Refused::Unclear);
            }
            let mut bounds = vec![path];
            self.more_bounds(&mut bounds, false)?;
            let span = union(&bounds).unwrap_or_default();
            return Ok(Type { kind: TypeKind::DynTrait(bounds), span });
        }
        Ok(Type { kind: first.kind, span })
    }

    fn fn_ptr(&mut self) -> Parsed<Type> {
        if self.is_word(0, Word::Unsafe) && self.is(1, b'<') {
            return Err(Refused::Unclear);
        }
        self.eat_word(Word::Unsafe);
        self.abi();
        let token = self.word(Word::Fn)?;
        let group = self.open(Delim::Paren)?;
        let mut params = Vec::new();
        while !self.is_done() {
            self.outer_attrs()?;
            let named = matches!(self.kind(0), Kind::Ident | Kind::Word(Word::Underscore))
                && self.is(1, b':')
                && !self.are(1, b"::");
            if named {
                self.at += 2;
            }
            if self.eat_marks(b"...").is_some() {
                self.eat(b',');
                break;
            }
            params.push(self.ty(true)?);
            if self.is_done() {
                break;
            }
            self.mark(b',')?;
        }
        let mut span = token.to(self.close(group)?);
        let ret = self.return_type(false)?;
        if let Some(ret) = &ret {
            span = span.to(ret.span);
        }
        Ok(Type { kind: TypeKind::FnPtr { params, ret: ret.map(Box::new) }, span })
    }

    /// `extern "C"`; the span of `extern`.
    pub(super) fn abi(&mut self) -> Option<Span> {
        let token = self.eat_word(Word::Extern)?;
        if self.kind(0) == Kind::Str {
            self.at += 1;
        }
        Some(token)
    }

    /// Bounds with `+` between; of these the traits.
    pub(super) fn bounds(&mut self, allow_plus: bool, allow_const: bool) -> Parsed<Vec<Path>> {
        let mut bounds = Vec::new();
        bounds.extend(self.bound()?);
        if allow_plus {
            self.more_bounds(&mut bounds, allow_const)?;
        }
        Ok(bounds)
    }

    fn more_bounds(&mut self, bounds: &mut Vec<Path>, allow_const: bool) -> Parsed<()> {
        while self.eat(b'+').is_some() {
            let goes_on = self.is_any_name(0)
                || self.are(0, b"::")
                || self.is(0, b'?')
                || self.kind(0) == Kind::Lifetime
                || self.is_open(0, Delim::Paren)
                || (allow_const && self.is_open(0, Delim::Bracket));
            if !goes_on {
                break;
            }
            bounds.extend(self.bound()?);
        }
        Ok(())
    }

    /// Bounds up to what may follow them in generics and `where`.
    pub(super) fn bounds_until(&mut self, ends: impl Fn(&Self) -> bool) -> Parsed<Vec<Path>> {
        let mut bounds = Vec::new();
        while !ends(self) {
            bounds.extend(self.bound()?);
            if self.eat(b'+').is_none() {
                break;
            }
        }
        bounds.shrink_to_fit();
        Ok(bounds)
    }

    /// One bound: a trait's path, or nothing for a lifetime or `use<..>`.
    fn bound(&mut self) -> Parsed<Option<Path>> {
        if self.eat_lifetime() {
            return Ok(None);
        }
        if self.eat_word(Word::Use).is_some() {
            self.mark(b'<')?;
            while !self.is(0, b'>') {
                if !self.eat_lifetime() {
                    self.any_name()?;
                }
                if self.eat(b',').is_none() {
                    break;
                }
            }
            self.mark(b'>')?;
            return Ok(None);
        }
        if self.is_open(0, Delim::Paren) {
            let group = self.open(Delim::Paren)?;
            let bound = self.trait_bound()?;
            self.close(group)?;
            return Ok(bound);
        }
        self.trait_bound()
    }

    fn trait_bound(&mut self) -> Parsed<Option<Path>> {
        let bound = self.binder()?;
        let is_const = if self.is_open(0, Delim::Bracket) {
            let group = self.open(Delim::Bracket)?;
            self.word(Word::Const)?;
            self.close(group)?;
            true
        } else {
            self.eat_word(Word::Const).is_some()
        };
        if self.eat(b'?').is_some() && !bound {
            self.binder()?;
        }
        let mut path = self.path(false)?;
        let in_parens =
            self.is_open(0, Delim::Paren) || (self.are(0, b"::") && self.is_open(2, Delim::Paren));
        if in_parens {
            self.eat_marks(b"::");
            let group = self.open(Delim::Paren)?;
            let args = self.list(|parser| parser.ty(true))?;
            path.span = path.span.to(self.close(group)?);
            let output = self.return_type(false)?;
            if let Some(output) = &output {
                path.span = path.span.to(output.span);
            }
            let last = path.segments.last_mut().ok_or(Refused::Unclear)?;
            args.into_iter().for_each(|arg| last.add_arg(arg));
            last.set_output(output);
        }
        Ok((!is_const).then_some(path))
    }

    /// `<T: A, 'a, const N: usize>`, where it stands; without `where`.
    pub(super) fn generics(&mut self) -> Parsed<Generics> {
        let params = if self.is(0, b'<') { self.generic_params()? } else { Vec::new() };
        Ok(Generics { params, predicates: Vec::new() })
    }

    fn generic_params(&mut self) -> Parsed<Vec<GenericParam>> {
        self.mark(b'<')?;
        let mut params = Vec::new();
        while !self.is(0, b'>') {
            self.outer_attrs()?;
            params.push(self.generic_param()?);
            if self.is(0, b'>') {
                break;
            }
            self.mark(b',')?;
        }
        self.mark(b'>')?;
        params.shrink_to_fit();
        Ok(params)
    }

    fn generic_param(&mut self) -> Parsed<GenericParam> {
        let plain = |name, kind| GenericParam { name, kind, bounds: Vec::new(), default: None };
        match self.kind(0) {
            Kind::Lifetime => {
                let name = super::name_of(&self.slice(self.at)[1..]);
                self.at += 1;
                if self.eat(b':').is_some() {
                    while self.eat_lifetime() && self.eat(b'+').is_some() {}
                }
                Ok(plain(name, GenericParamKind::Lifetime))
            }
            Kind::Word(Word::Const) => {
                self.at += 1;
                let name = self.ident()?.name;
                self.mark(b':')?;
                self.ty(true)?;
                if self.eat(b'=').is_some() {
                    self.const_arg()?;
                }
                Ok(plain(name, GenericParamKind::Const))
            }
            Kind::Word(Word::Underscore) => Ok(plain(self.any_name()?.name, GenericParamKind::Type)),
            _ => {
                let name = self.ident()?.name;
                let bounds = if self.eat(b':').is_some() {
                    self.bounds_until(|parser| {
                        parser.is_done() || parser.is(0, b',') || parser.is(0, b'>') || parser.is(0, b'=')
                    })?
                } else {
                    Vec::new()
                };
                let default = if self.eat(b'=').is_some() { Some(Box::new(self.ty(true)?)) } else { None };
                Ok(GenericParam { name, kind: GenericParamKind::Type, bounds, default })
            }
        }
    }

    /// `where T: A, ..`, where it stands; whether it did.
    pub(super) fn where_clause(&mut self, generics: &mut Generics) -> Parsed<bool> {
        if self.eat_word(Word::Where).is_none() {
            return Ok(false);
        }
        let ends = |parser: &Self| {
            parser.is_done()
                || parser.is_open(0, Delim::Brace)
                || parser.is(0, b',')
                || parser.is(0, b';')
                || (parser.is(0, b':') && !parser.are(0, b"::"))
                || parser.is(0, b'=')
        };
        while !ends(self) {
            self.outer_attrs()?;
            if self.kind(0) == Kind::Lifetime && self.is(1, b':') {
                self.at += 2;
                while self.eat_lifetime() && self.eat(b'+').is_some() {}
            } else {
                // The binder belongs to the predicate, not to the type.
                self.binder()?;
                let ty = self.ty(true)?;
                self.mark(b':')?;
                generics.predicates.push((ty, self.bounds_until(ends)?));
            }
            if self.eat(b',').is_none() {
                break;
            }
        }
        generics.predicates.shrink_to_fit();
        Ok(true)
    }
}

/// Whether no segment has arguments.
pub(super) fn is_mod_style(path: &Path) -> bool {
    !path.segments.iter().any(Segment::has_args)
}

fn union(bounds: &[Path]) -> Option<Span> {
    bounds.iter().map(|bound| bound.span).reduce(Span::to)
}
