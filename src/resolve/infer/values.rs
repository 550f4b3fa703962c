//! What comes out of values: items of collections, outputs of futures, the ends of results.

use std::sync::Arc;

use super::body::Infer;
use super::expr::external;
use super::unify::element;
use crate::resolve::types::Ty;
use crate::syntax::Name;

impl Infer<'_> {
    pub(super) fn iterated(&self, ty: &Ty) -> Ty {
        if let Some(item) = element(ty) {
            return item;
        }
        match ty.peel() {
            Ty::MethodResult { .. } | Ty::CallResult { .. } => {
                Ty::MethodResult { receiver: Arc::new(ty.peel().clone()), method: Name::new("next") }
            }
            Ty::Def(..) => {
                self.trait_assoc(ty.peel(), &["Iterator", "IntoIterator"], "Item").unwrap_or(Ty::Unknown)
            }
            _ => Ty::Unknown,
        }
    }

    pub(super) fn indexed(&self, base: &Ty) -> Ty {
        match base.peel() {
            Ty::External(path, args) if path.last().ends_with("Map") && args.len() >= 2 => args[1].clone(),
            Ty::Def(..) => self.trait_assoc(base.peel(), &["Index"], "Output").unwrap_or(Ty::Unknown),
            other => element(other).unwrap_or(Ty::Unknown),
        }
    }

    /// The associated type of an external trait that a program type implements.
    pub(super) fn trait_assoc(&self, ty: &Ty, traits: &[&str], name: &str) -> Option<Ty> {
        let id = ty.def()?;
        self.program.impls_of_type(id).iter().find_map(|&impl_id| {
            let info = self.program.impl_info(impl_id);
            if !traits.iter().any(|known| super::implicit::is_trait(info.trait_.as_ref(), known)) {
                return None;
            }
            self.program.impl_assoc(info, ty, name)
        })
    }

    pub(super) fn awaited(&self, ty: &Ty) -> Ty {
        match ty.peel() {
            Ty::Future(inner) => (**inner).clone(),
            Ty::External(path, args) if path.last() == "JoinHandle" && !args.is_empty() => {
                external("std::result::Result", vec![args[0].clone(), Ty::Unknown])
            }
            Ty::Impl(_) | Ty::Dyn(_) => match super::unify::future_of_bounds(ty.peel().clone()) {
                Ty::Future(inner) => *inner,
                _ => Ty::Unknown,
            },
            Ty::Def(..) => {
                self.trait_assoc(ty.peel(), &["Future", "IntoFuture"], "Output").unwrap_or(Ty::Unknown)
            }
            other @ (Ty::MethodResult { .. } | Ty::CallResult { .. }) => {
                Ty::MethodResult { receiver: Arc::new(other.clone()), method: Name::new("await") }
            }
            _ => Ty::Unknown,
        }
    }
}

/// The value of `Ok` or `Some`.
pub(super) fn ok_type(ty: &Ty) -> Ty {
    match ty.peel() {
        Ty::External(path, args)
            if matches!(path.last(), "Result" | "Option") || path.last().ends_with("Result") =>
        {
            args.first().cloned().unwrap_or(Ty::Unknown)
        }
        other @ (Ty::MethodResult { .. } | Ty::CallResult { .. }) => {
            Ty::MethodResult { receiver: Arc::new(other.clone()), method: Name::new("?") }
        }
        _ => Ty::Unknown,
    }
}

/// The error of a `Result`; the crate's own error where an alias such as `anyhow::Result` leaves it out.
pub(super) fn err_type(ty: &Ty) -> Option<Ty> {
    match ty.peel() {
        Ty::External(path, args) if path.last() == "Result" => Some(match args.get(1) {
            Some(error) => error.clone(),
            None if path.krate() != "std" => external(&format!("{}::Error", path.krate()), Vec::new()),
            None => Ty::Unknown,
        }),
        // `diesel::QueryResult<T>` and others that leave the error out.
        Ty::External(path, _) if path.last() == "QueryResult" => Some(Ty::external("diesel::result::Error")),
        _ => None,
    }
}
