//! Joins: one value out of those that the branches of an `if`, `match` or early `return` give, each under its condition.

use std::rc::Rc;

use super::align::{self, Budget};
use super::value::{Call, Chain, Methods, RUN_TIME, Step, StructValue, Value};
use crate::diagnostic::{Code, Diagnostic};
use crate::resolve::Ty;
use crate::span::{Location, Span};

/// A value and the condition under which it is the one.
pub(super) type Branch<'p> = (Option<String>, Value<'p>);

/// One value for all branches that come to an end. `at` is the branching expression.
pub(super) fn values(mut branches: Vec<Branch<'_>>, at: Location) -> Value<'_> {
    branches.retain(|(_, value)| !value.is_never());
    if branches.iter().any(|(_, value)| !matches!(value, Value::Err)) {
        branches.retain(|(_, value)| !matches!(value, Value::Err));
    }
    let Some((_, first)) = branches.first().cloned() else { return Value::Never };
    if branches.len() == 1 || branches.iter().all(|(_, value)| same(value, &first)) {
        return first;
    }
    let is_router = |value: &Value<'_>| matches!(value, Value::Router(_));
    if branches.iter().any(|(_, value)| is_router(value)) {
        // A router from outside is a finding where the first call on it is; what it is without that call needs none.
        let is_from_outside = branches.iter().filter_map(|(_, value)| value.router()).any(Chain::is_assumed);
        let chains = branches
            .into_iter()
            .filter_map(|(condition, value)| match value {
                Value::Router(chain) => Some((condition, Some(chain))),
                Value::None => Some((condition, None)),
                Value::Opaque(_) if !is_from_outside => Some((condition, Some(unknown(at)))),
                _ => None,
            })
            .collect();
        return routers(chains, at, &mut Budget::new());
    }
    join_others(&branches, &first, at)
}

/// A router that could not be evaluated in one of several branches.
fn unknown<'p>(at: Location) -> Chain<'p> {
    let message = "a branch gives a router that could not be evaluated, so its routes are missing";
    Chain::origin(at, None).then(Step::Finding(Diagnostic::new(Code::ROUTER_UNKNOWN, message).at(at)))
}

fn join_others<'p>(branches: &[Branch<'p>], first: &Value<'p>, at: Location) -> Value<'p> {
    let something = branches.iter().find(|(_, value)| !matches!(value, Value::None)).map(|(_, value)| value);
    match something.unwrap_or(first) {
        Value::Text(_) if branches.iter().all(|(_, value)| matches!(value, Value::Text(_))) => {
            Value::text(RUN_TIME.to_string())
        }
        Value::Layers(_) => {
            let mut all = Vec::new();
            for (_, value) in branches {
                let Value::Layers(layers) = value else { continue };
                for layer in layers.iter() {
                    if !all.iter().any(|known: &super::table::LayerUse| known.name == layer.name) {
                        all.push(layer.clone());
                    }
                }
            }
            Value::Layers(all.into())
        }
        Value::Methods(_) => {
            let mut all = Methods::default();
            for (_, value) in branches {
                let Value::Methods(methods) = value else { continue };
                for entry in &methods.entries {
                    if !all.entries.iter().any(|known| known.method == entry.method) {
                        all.entries.push(entry.clone());
                    }
                }
                all.layers.extend(methods.layers.iter().cloned());
                all.fallback = all.fallback.or_else(|| methods.fallback.clone());
            }
            Value::Methods(Rc::new(all))
        }
        Value::Tuple(elems) => {
            let len = elems.len();
            let columns = (0..len).map(|position| {
                let column = branches.iter().filter_map(|(condition, value)| match value {
                    Value::Tuple(elems) => elems.get(position).map(|elem| (condition.clone(), elem.clone())),
                    _ => None,
                });
                values(column.collect(), at)
            });
            Value::Tuple(columns.collect())
        }
        Value::Struct(one) => {
            let ty = common_type(branches);
            let mut joined = StructValue { def: one.def, ty: ty.clone(), fields: one.fields.clone() };
            for (name, field) in &mut joined.fields {
                let column = branches.iter().filter_map(|(condition, value)| match value {
                    Value::Struct(other) if other.def == one.def => {
                        other.fields.get(name).map(|field| (condition.clone(), field.clone()))
                    }
                    _ => None,
                });
                *field = values(column.collect(), at);
            }
            let all_alike = branches
                .iter()
                .all(|(_, value)| matches!(value, Value::Struct(other) if other.def == one.def));
            if all_alike { Value::Struct(Rc::new(joined)) } else { Value::typed(ty) }
        }
        _ => Value::typed(common_type(branches)),
    }
}

/// The type that all values have; without its arguments where these differ.
fn common_type(branches: &[Branch<'_>]) -> Ty {
    let mut types =
        branches.iter().filter(|(_, value)| !matches!(value, Value::None)).map(|(_, value)| value.ty());
    let first = types.next().unwrap_or(Ty::Unknown);
    types.fold(first, |common, ty| match (&common, &ty) {
        (common, ty) if common == ty => ty.clone(),
        (Ty::Def(a, _), Ty::Def(b, _)) if a == b => Ty::Def(*a, Vec::new()),
        _ => Ty::Unknown,
    })
}

/// One router: what all share, then what each branch adds under its condition. `None` stands for a branch without a router.
pub(super) fn routers<'p>(
    mut chains: Vec<(Option<String>, Option<Chain<'p>>)>,
    at: Location,
    budget: &mut Budget,
) -> Value<'p> {
    let mut common = chains.first().and_then(|(_, chain)| chain.clone());
    for (_, chain) in &chains {
        common = match (common, chain) {
            (Some(common), Some(chain)) => common.common(chain),
            _ => None,
        };
    }
    if let Some(common) = common {
        let len = common.0.len;
        let joined = chains.iter().fold(common, |joined, (condition, chain)| {
            let steps = chain.as_ref().map_or_else(Vec::new, |chain| chain.steps_after(len));
            steps.into_iter().fold(joined, |joined, step| joined.then(when(step, condition.as_deref())))
        });
        return Value::Router(joined);
    }
    let alternatives: Option<Vec<align::Alternative<'p>>> =
        chains.iter().map(|(condition, chain)| Some((condition.clone(), chain.clone()?))).collect();
    if let Some(one) = alternatives.and_then(|alternatives| align::routers(&alternatives, budget)) {
        return Value::Router(one);
    }
    chains.retain(|(_, chain)| chain.is_some());
    let empty = chains.iter().find_map(|(_, chain)| chain.clone().filter(Chain::is_empty));
    let full: Vec<(Option<String>, Chain<'p>)> = chains
        .into_iter()
        .filter_map(|(condition, chain)| Some((condition, chain.filter(|chain| !chain.is_empty())?)))
        .collect();
    if let ([], Some(empty)) = (full.as_slice(), &empty) {
        return Value::Router(empty.clone());
    }
    if let [(condition, only)] = full.as_slice() {
        return Value::Router(conditional(only, condition.as_deref()));
    }
    if let [(if_one, one), (if_other, other)] = full.as_slice()
        && let Some(plain) = optional_prefix(one, other, if_other.as_deref(), at)
            .or_else(|| optional_prefix(other, one, if_one.as_deref(), at))
    {
        return Value::Router(plain);
    }
    let here = Location { source: at.source, span: Span::empty(at.span.start) };
    let joined = full.into_iter().fold(Chain::origin(at, None), |joined, (condition, inner)| {
        joined.then(alternative(inner, condition, here))
    });
    Value::Router(joined)
}

/// `if prefix.is_empty() { app } else { Router::new().nest(prefix, app) }` with a prefix of run time: the application without it.
/// What the other branch registers besides stays conditional.
fn optional_prefix<'p>(
    plain: &Chain<'p>,
    nested: &Chain<'p>,
    condition: Option<&str>,
    at: Location,
) -> Option<Chain<'p>> {
    let steps = nested.steps();
    let is_prefix = |step: &Step<'p>| match step {
        Step::Call { kind: Call::Nest { prefix, inner, .. }, .. } => {
            inner.is(plain) && prefix.contains(RUN_TIME)
        }
        _ => false,
    };
    if !steps.iter().any(is_prefix) {
        return None;
    }
    let message = "routes may lie under a prefix that is known only at run time; they are listed without it";
    let finding = Diagnostic::new(Code::ROUTE_PATH_UNKNOWN, message).at(at);
    let mut joined = plain.clone().then(Step::Finding(finding));
    for step in steps {
        if !is_prefix(&step) && !matches!(step, Step::Origin { .. }) {
            joined = joined.then(when(step, condition));
        }
    }
    Some(joined)
}

/// Every call of the router under a condition.
pub(super) fn conditional<'p>(chain: &Chain<'p>, condition: Option<&str>) -> Chain<'p> {
    let mut steps = chain.steps().into_iter();
    let Some(Step::Origin { location, state }) = steps.next() else { return chain.clone() };
    steps.fold(Chain::origin(location, state), |joined, step| joined.then(when(step, condition)))
}

/// A router that stands in as one of several, without text of its own that merges it.
fn alternative(inner: Chain<'_>, conditional: Option<String>, here: Location) -> Step<'_> {
    let place = inner.steps().into_iter().find_map(|step| match step {
        Step::Call { place, .. } => Some(place),
        _ => None,
    });
    match place {
        Some(place) => Step::Call { kind: Call::Merge { inner }, call: here, conditional, place },
        None => match &inner.0.step {
            Step::Finding(finding) => Step::Finding(finding.clone()),
            Step::Wrapped { layers, at } => Step::Wrapped { layers: layers.clone(), at: *at },
            _ => Step::Origin { location: here, state: None },
        },
    }
}

pub(super) fn when<'p>(step: Step<'p>, condition: Option<&str>) -> Step<'p> {
    match step {
        Step::Call { kind, call, conditional, place } => {
            Step::Call { kind, call, conditional: both(condition, conditional.as_deref()), place }
        }
        other => other,
    }
}

/// The condition that two conditions hold.
pub(super) fn both(outer: Option<&str>, inner: Option<&str>) -> Option<String> {
    match (outer, inner) {
        (Some(outer), Some(inner)) if outer == inner => Some(outer.to_string()),
        (Some(outer), Some(inner)) => Some(format!("{outer} && {inner}")),
        (one, other) => one.or(other).map(str::to_string),
    }
}

/// Whether two values are the same one, as far as that is cheap to see.
pub(super) fn same(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::Unit, Value::Unit) | (Value::None, Value::None) | (Value::Err, Value::Err) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Router(a), Value::Router(b)) => Rc::ptr_eq(&a.0, &b.0),
        (Value::Methods(a), Value::Methods(b)) => Rc::ptr_eq(a, b),
        (Value::Closure(a), Value::Closure(b)) => Rc::ptr_eq(a, b),
        (Value::Struct(a), Value::Struct(b)) => Rc::ptr_eq(a, b),
        (Value::Opaque(a), Value::Opaque(b)) => Rc::ptr_eq(a, b),
        (Value::Func(a), Value::Func(b)) => a.def == b.def,
        (Value::Tuple(a), Value::Tuple(b)) | (Value::List(a), Value::List(b)) => {
            Rc::ptr_eq(a, b) || (a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b)))
        }
        (Value::Layers(a), Value::Layers(b)) | (Value::Stack(a), Value::Stack(b)) => a == b,
        _ => false,
    }
}
