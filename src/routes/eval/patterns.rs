//! Patterns: whether a value matches, and the locals that the pattern binds.

use super::Interp;
use crate::resolve::{Namespace, Res, Ty};
use crate::routes::value::{RUN_TIME, Value};
use crate::syntax::ast::{ExprKind, Ident, Lit, Pat, PatKind};

/// Whether a pattern matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    Yes,
    No,
    Maybe,
}

impl Match {
    fn and(self, other: Match) -> Match {
        match (self, other) {
            (Match::No, _) | (_, Match::No) => Match::No,
            (Match::Yes, Match::Yes) => Match::Yes,
            _ => Match::Maybe,
        }
    }
}

impl<'p> Interp<'p> {
    /// Binds the pattern's names and says whether the value matches.
    pub(super) fn bind_pat(&mut self, pat: &'p Pat, value: &Value<'p>) -> Match {
        match &pat.kind {
            PatKind::Ident { ident, sub, .. } => self.bind_ident(ident, sub.as_deref(), value),
            PatKind::Wild | PatKind::Rest => Match::Yes,
            PatKind::Tuple(pats) => self.bind_elems(pats, value, true),
            PatKind::Slice(pats) => self.bind_elems(pats, value, false),
            PatKind::TupleStruct { path, elems } => {
                let res = self.resolve(path, Namespace::Values);
                if let Some(Res::Def(def)) = res {
                    let (fits, held) = match value {
                        Value::Struct(held) => (self.same_constructor(held.def, def), Some(held.clone())),
                        _ => (Match::Maybe, None),
                    };
                    for (at, pat) in elems.iter().enumerate() {
                        let inside =
                            held.as_ref().and_then(|held| held.fields.get(at.to_string().as_str()).cloned());
                        let ty = self.field_type_in(&value.ty(), def, &at.to_string()).unwrap_or(Ty::Unknown);
                        self.bind_pat(pat, &inside.unwrap_or_else(|| Value::typed(ty)));
                    }
                    return fits;
                }
                let name = path.last().ident.name.as_str();
                let fits = match (name, value) {
                    ("Some", Value::None) | ("Ok", Value::Err) | ("Err", Value::Router(_)) => Match::No,
                    // A router in hand is there, whatever wraps it.
                    ("Err", Value::Err) | ("Ok", Value::Router(_)) => Match::Yes,
                    _ => Match::Maybe,
                };
                // `Some`, `Ok`, `State` and the like are the value inside; an error is not.
                let inner = if name == "Err" { Value::unknown() } else { value.clone() };
                match elems.as_slice() {
                    [only] if !matches!(inner, Value::None | Value::Err) => {
                        self.bind_pat(only, &inner);
                    }
                    _ => {
                        for pat in elems {
                            self.bind_pat(pat, &Value::unknown());
                        }
                    }
                }
                fits
            }
            PatKind::Struct { path, fields, .. } => {
                let def = self.resolve(path, Namespace::Types).and_then(|res| res.def());
                let mut fits = match (value, def) {
                    (Value::Struct(held), Some(def)) => self.same_constructor(held.def, def),
                    _ => Match::Maybe,
                };
                for (name, pat) in fields {
                    let inside = self.field(value, &name.name);
                    fits = fits.and(self.bind_pat(pat, &inside));
                }
                fits
            }
            PatKind::Path(path) => match self.resolve(path, Namespace::Values) {
                Some(Res::Def(def)) => match value {
                    Value::Struct(held) => self.same_constructor(held.def, def),
                    _ => Match::Maybe,
                },
                _ => Match::Maybe,
            },
            PatKind::Ref(inner) | PatKind::Typed { pat: inner, .. } => self.bind_pat(inner, value),
            PatKind::Or(pats) => {
                let mut fits = Match::No;
                for pat in pats {
                    match self.bind_pat(pat, value) {
                        Match::Yes => return Match::Yes,
                        Match::Maybe => fits = Match::Maybe,
                        Match::No => {}
                    }
                }
                fits
            }
            PatKind::Lit(lit) => match (&lit.kind, value) {
                (ExprKind::Lit(Lit::Str(text)), Value::Text(known)) if !known.contains(RUN_TIME) => {
                    if text.as_str() == &**known { Match::Yes } else { Match::No }
                }
                (ExprKind::Lit(Lit::Bool(want)), Value::Bool(known)) => {
                    if want == known {
                        Match::Yes
                    } else {
                        Match::No
                    }
                }
                _ => Match::Maybe,
            },
            PatKind::Other => Match::Maybe,
        }
    }

    fn bind_ident(&mut self, ident: &Ident, sub: Option<&'p Pat>, value: &Value<'p>) -> Match {
        let name = ident.name.as_str();
        if name == "None" {
            return match value {
                Value::None => Match::Yes,
                Value::Opaque(_) => Match::Maybe,
                _ => Match::No,
            };
        }
        // A unit variant or constant that is in scope is a pattern of its own, not a binding.
        if name.starts_with(char::is_uppercase) {
            let place = self.place();
            let names = [ident.name.clone()];
            if let Some(Res::Def(def)) =
                self.program.resolve_names(&names, Namespace::Values, place.module, Some(place.def))
            {
                return match value {
                    Value::Struct(held) => self.same_constructor(held.def, def),
                    _ => Match::Maybe,
                };
            }
        }
        let fits = sub.map_or(Match::Yes, |sub| self.bind_pat(sub, value));
        self.bind(ident.name.clone(), value.clone());
        fits
    }

    fn bind_elems(&mut self, pats: &'p [Pat], value: &Value<'p>, is_tuple: bool) -> Match {
        let elems = match value {
            Value::Tuple(elems) if is_tuple => Some(elems.clone()),
            Value::List(elems) if !is_tuple => Some(elems.clone()),
            _ => None,
        };
        let types = match value {
            Value::Opaque(opaque) => match opaque.ty.peel() {
                Ty::Tuple(types) => types.clone(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let rest = pats.iter().position(|pat| matches!(pat.kind, PatKind::Rest));
        let mut fits = if elems.is_some() || is_tuple { Match::Yes } else { Match::Maybe };
        for (position, pat) in pats.iter().enumerate() {
            let len = elems.as_ref().map_or(types.len(), |elems| elems.len());
            let at = match rest {
                Some(rest) if position > rest => (len + position).checked_sub(pats.len()),
                _ => Some(position),
            };
            let inside = elems.as_ref().zip(at).and_then(|(elems, at)| elems.get(at).cloned());
            let ty = at.and_then(|at| types.get(at).cloned()).unwrap_or(Ty::Unknown);
            // A router that came as the only known part of an opaque pair is its first element.
            let inside = match (inside, value) {
                (None, Value::Router(_)) if position == 0 => value.clone(),
                (part, _) => part.unwrap_or_else(|| Value::typed(ty)),
            };
            fits = fits.and(self.bind_pat(pat, &inside));
        }
        fits
    }

    /// Whether two constructors are one; another variant of the same enum cannot be.
    fn same_constructor(&self, held: crate::resolve::DefId, wanted: crate::resolve::DefId) -> Match {
        if held == wanted {
            return Match::Yes;
        }
        let kind = |id| self.program.def(id).kind;
        let both_variants = kind(held) == crate::resolve::DefKind::Variant
            && kind(wanted) == crate::resolve::DefKind::Variant;
        if both_variants { Match::No } else { Match::Maybe }
    }
}
