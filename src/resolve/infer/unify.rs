//! Types against types: what a pattern's parameters stand for, which of two half-known types knows more, associated types.

use crate::resolve::program::{DefKind, ImplInfo, Program};
use crate::resolve::scope::{ExternalPath, Res};
use crate::resolve::types::{Bound, Ty};
use crate::syntax::Name;

/// How deep associated types are followed: `T::A` whose impl says `Self::B` and so on.
const MAX_DEPTH: usize = 8;

/// What type parameters stand for.
pub(super) type Map = Vec<(Name, Ty)>;

/// Whether a type fits a pattern whose parameters are bound on the way. Unknown parts fit.
pub(super) fn unify(pattern: &Ty, actual: &Ty, map: &mut Map) -> bool {
    match (pattern, actual) {
        (Ty::Param(name), _) => {
            if !actual.is_unknown() {
                match map.iter_mut().find(|(known, _)| known == name) {
                    Some((_, known)) => merge_into(known, actual),
                    None => map.push((name.clone(), actual.clone())),
                }
            }
            true
        }
        (Ty::Unknown | Ty::Assoc(..), _) | (_, Ty::Unknown) => true,
        (Ty::Def(a, left), Ty::Def(b, right)) => a == b && unify_all(left, right, map),
        (Ty::External(a, left), Ty::External(b, right)) => same_path(a, b) && unify_all(left, right, map),
        (Ty::Ref(a), Ty::Ref(b)) | (Ty::Slice(a), Ty::Slice(b)) | (Ty::Future(a), Ty::Future(b)) => {
            unify(a, b, map)
        }
        (Ty::Tuple(left), Ty::Tuple(right)) => left.len() == right.len() && unify_all(left, right, map),
        (Ty::Dyn(left) | Ty::Impl(left), Ty::Dyn(right) | Ty::Impl(right)) => {
            let first = |bounds: &[Bound]| bounds.first().map(|bound| bound.trait_.clone());
            first(left) == first(right)
        }
        (Ty::FnPtr(a), Ty::FnPtr(b)) => unify(a, b, map),
        _ => pattern == actual,
    }
}

fn unify_all(left: &[Ty], right: &[Ty], map: &mut Map) -> bool {
    left.iter().zip(right).all(|(left, right)| unify(left, right, map))
}

/// As `unify` for an argument: references and smart pointers may differ by coercion.
pub(super) fn unify_arg(pattern: &Ty, actual: &Ty, map: &mut Map) -> bool {
    match (pattern, actual) {
        (Ty::Param(_), _) => unify(pattern, actual, map),
        (Ty::Ref(pattern), Ty::Ref(actual)) => unify_arg(pattern, actual, map),
        (Ty::Ref(pattern), _) => unify_arg(pattern, actual, map),
        (_, Ty::Ref(actual)) => unify_arg(pattern, actual, map),
        (Ty::Impl(bounds), _) => {
            for bound in bounds {
                unify_callable(bound, actual, map);
            }
            true
        }
        (Ty::Dyn(_), _) => true,
        _ => {
            let before = map.len();
            if unify(pattern, actual, map) {
                return true;
            }
            map.truncate(before);
            let (left, right) = (pattern.peel(), actual.peel());
            (left != pattern || right != actual) && unify_arg(left, right, map)
        }
    }
}

/// Binds the parameters in `Fn(A) -> B`, `Future<Output = B>` and `Iterator<Item = B>` from what is passed.
pub(super) fn unify_callable(bound: &Bound, actual: &Ty, map: &mut Map) {
    let result = match actual {
        Ty::Closure(ret) | Ty::FnPtr(ret) | Ty::Future(ret) => Some((**ret).clone()),
        other => element(other),
    };
    let Some(result) = result else { return };
    for (name, ty) in &bound.assoc {
        if matches!(name.as_str(), "Output" | "Item") {
            unify_arg(ty, &result, map);
        }
    }
}

/// Re-exports move types between modules, not between crates. What macros make in two modules is not the same.
pub(super) fn same_path(a: &ExternalPath, b: &ExternalPath) -> bool {
    a.last() == b.last()
        && a.made_in() == b.made_in()
        && (a.krate() == b.krate() || is_result(a) && is_result(b) || is_http(a) && is_http(b))
}

/// Types of `http` that frameworks re-export under their own name.
fn is_http(path: &ExternalPath) -> bool {
    matches!(path.krate(), "http" | "hyper" | "axum" | "axum_core" | "lambda_http")
        && matches!(
            path.last(),
            "Request"
                | "Response"
                | "HeaderMap"
                | "HeaderName"
                | "HeaderValue"
                | "StatusCode"
                | "Method"
                | "Uri"
                | "Version"
                | "Extensions"
                | "Parts"
        )
}

fn is_result(path: &ExternalPath) -> bool {
    path.last() == "Result"
}

/// Takes over what the other type knows where this one does not.
pub(super) fn merge_into(known: &mut Ty, other: &Ty) {
    match (&mut *known, other) {
        (Ty::Unknown, _) => *known = other.clone(),
        (Ty::Def(a, left), Ty::Def(b, right)) if a == b => merge_all(left, right),
        (Ty::External(a, left), Ty::External(b, right)) if same_path(a, b) => merge_all(left, right),
        (Ty::Ref(left), Ty::Ref(right))
        | (Ty::Slice(left), Ty::Slice(right))
        | (Ty::Future(left), Ty::Future(right)) => merge_into(left, right),
        (Ty::Tuple(left), Ty::Tuple(right)) => merge_all(left, right),
        _ => {}
    }
}

fn merge_all(left: &mut Vec<Ty>, right: &[Ty]) {
    if left.is_empty() {
        *left = right.to_vec();
    }
    for (left, right) in left.iter_mut().zip(right) {
        merge_into(left, right);
    }
}

/// `impl Future<Output = T>` and `Pin<Box<dyn Future<Output = T>>>` are futures.
pub(super) fn future_of_bounds(ty: Ty) -> Ty {
    let (Ty::Impl(bounds) | Ty::Dyn(bounds)) = ty.peel() else { return ty };
    let output = bounds.iter().find_map(|bound| {
        let is_future = bound.trait_.external().is_some_and(|path| path.last() == "Future");
        is_future.then(|| bound.assoc.iter().find(|(name, _)| name == "Output"))?.map(|(_, ty)| ty.clone())
    });
    output.map_or(ty, |output| Ty::Future(Box::new(output)))
}

/// What iterating gives, without references.
pub(super) fn element(ty: &Ty) -> Option<Ty> {
    match ty.peel() {
        Ty::Slice(inner) => Some((**inner).clone()),
        Ty::External(path, args) => match path.last() {
            "HashMap" | "BTreeMap" | "IndexMap" | "DashMap" | "FxHashMap" if args.len() >= 2 => {
                Some(Ty::Tuple(args[..2].to_vec()))
            }
            "Vec" | "VecDeque" | "HashSet" | "BTreeSet" | "IndexSet" | "LinkedList" | "BinaryHeap"
            | "Option" | "Result" | "QueryResult" | "Iterator" | "Stream" | "Receiver" | "SmallVec"
            | "ArrayVec" | "Range" => args.first().cloned(),
            _ => None,
        },
        Ty::Impl(bounds) | Ty::Dyn(bounds) => bounds.iter().find_map(|bound| {
            let path = bound.trait_.external()?;
            if !matches!(path.last(), "Iterator" | "IntoIterator" | "Stream" | "DoubleEndedIterator") {
                return None;
            }
            bound.assoc.iter().find(|(name, _)| name == "Item").map(|(_, ty)| ty.clone())
        }),
        _ => None,
    }
}

impl Program {
    /// Replaces associated types by what impls say.
    pub fn normalise(&self, ty: Ty, depth: usize) -> Ty {
        if depth > MAX_DEPTH || !has_assoc(&ty) {
            return ty;
        }
        let all = |tys: Vec<Ty>| tys.into_iter().map(|ty| self.normalise(ty, depth)).collect::<Vec<_>>();
        match ty {
            Ty::Assoc(base, name) => {
                let base = self.normalise(*base, depth);
                match self.assoc_type(&base, &name) {
                    Some(found) => self.normalise(found, depth + 1),
                    None => Ty::Assoc(Box::new(base), name),
                }
            }
            Ty::Def(id, args) => Ty::Def(id, all(args)),
            Ty::External(path, args) => Ty::External(path, all(args)),
            Ty::Tuple(elems) => Ty::Tuple(all(elems)),
            Ty::Ref(inner) => Ty::Ref(Box::new(self.normalise(*inner, depth))),
            Ty::Slice(inner) => Ty::Slice(Box::new(self.normalise(*inner, depth))),
            Ty::Future(inner) => Ty::Future(Box::new(self.normalise(*inner, depth))),
            Ty::Closure(inner) => Ty::Closure(Box::new(self.normalise(*inner, depth))),
            other => other,
        }
    }

    fn assoc_type(&self, base: &Ty, name: &str) -> Option<Ty> {
        let peeled = base.peel();
        if let Ty::Dyn(bounds) | Ty::Impl(bounds) = peeled {
            let mut assoc = bounds.iter().flat_map(|bound| &bound.assoc);
            return assoc.find(|(known, _)| known == name).map(|(_, ty)| ty.clone());
        }
        if name == "Item" && matches!(peeled, Ty::External(..) | Ty::Slice(_)) {
            return element(peeled);
        }
        let id = peeled.def()?;
        self.impls_of_type(id)
            .iter()
            .find_map(|&impl_id| self.impl_assoc(self.impl_info(impl_id), peeled, name))
    }

    /// The associated type of one impl, for one self type.
    pub(super) fn impl_assoc(&self, info: &ImplInfo, self_ty: &Ty, name: &str) -> Option<Ty> {
        let item = info.items.iter().copied().find(|&item| {
            let def = self.def(item);
            def.kind == DefKind::AssocType && def.name == name
        })?;
        let mut map = Map::new();
        if !unify(&info.self_ty, self_ty, &mut map) {
            return None;
        }
        Some(self.ty_of(item)?.substitute(&map))
    }

    /// Whether a type has an impl of a program trait; unknown types and parameters count as having one.
    pub(super) fn implements(&self, ty: &Ty, trait_: &Res) -> bool {
        let Some(trait_) = trait_.def() else { return true };
        if matches!(ty, Ty::Unknown | Ty::Param(_) | Ty::Assoc(..)) {
            return true;
        }
        if let Ty::Dyn(bounds) | Ty::Impl(bounds) = ty
            && bounds.iter().any(|bound| bound.trait_.def() == Some(trait_))
        {
            return true;
        }
        self.impls_of_trait(trait_).iter().any(|&id| unify(&self.impl_info(id).self_ty, ty, &mut Map::new()))
    }
}

fn has_assoc(ty: &Ty) -> bool {
    match ty {
        Ty::Assoc(..) => true,
        Ty::Def(_, args) | Ty::External(_, args) | Ty::Tuple(args) => args.iter().any(has_assoc),
        Ty::Ref(inner) | Ty::Slice(inner) | Ty::Future(inner) | Ty::Closure(inner) => has_assoc(inner),
        _ => false,
    }
}
