//! Routers that the same text built with other values, as the arms of a `match` give them: one router, in which each call stands once.
//!
//! A call that all of them make has no condition; one that some make has theirs.

use std::collections::VecDeque;
use std::rc::Rc;

use super::join::{self, when};
use super::table::LayerUse;
use super::value::{Call, Chain, Entry, Methods, Step, Target, Value};
use crate::span::Location;

/// Calls compared for one join; routers with more stay side by side.
const MAX_STEPS: usize = 20_000;
/// Routers in routers, far deeper than any application nests them.
const MAX_NESTING: usize = 100;

/// A router and the condition under which it is the one.
pub(super) type Alternative<'p> = (Option<String>, Chain<'p>);

/// What one join may still do.
pub(super) struct Budget {
    steps: usize,
    depth: usize,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { steps: MAX_STEPS, depth: 0 }
    }
}

/// A call, with the alternatives that make it.
struct Shared<'p> {
    step: Step<'p>,
    by: Vec<usize>,
    /// The router that each of them nests or merges there.
    inner: Vec<Chain<'p>>,
}

/// One router, where all begin at the same place of the text.
pub(super) fn routers<'p>(alternatives: &[Alternative<'p>], budget: &mut Budget) -> Option<Chain<'p>> {
    let (_, first) = alternatives.first()?;
    if alternatives.iter().all(|(_, chain)| chain.is(first)) {
        return Some(first.clone());
    }
    let len: usize = alternatives.iter().map(|(_, chain)| chain.len()).sum();
    if budget.depth >= MAX_NESTING || budget.steps < len {
        return None;
    }
    budget.steps -= len;
    let mut origin: Option<(Location, Option<String>)> = None;
    let mut all: Vec<Shared<'p>> = Vec::new();
    for (number, (_, chain)) in alternatives.iter().enumerate() {
        let mut steps = chain.steps().into_iter();
        let Some(Step::Origin { location, state }) = steps.next() else { return None };
        match &mut origin {
            None => origin = Some((location, state)),
            Some((known, _)) if *known != location => return None,
            Some((_, known)) => *known = common(known.take(), state.as_ref()),
        }
        all = with(all, number, steps, budget)?;
    }
    budget.depth += 1;
    let (location, state) = origin?;
    let joined = all.into_iter().fold(Chain::origin(location, state), |joined, shared| {
        joined.then(shared.into_step(alternatives, budget))
    });
    budget.depth -= 1;
    Some(joined)
}

/// The calls of those before with the calls of one more, the order of both kept.
fn with<'p>(
    before: Vec<Shared<'p>>,
    number: usize,
    steps: impl Iterator<Item = Step<'p>>,
    budget: &mut Budget,
) -> Option<Vec<Shared<'p>>> {
    let mut before = VecDeque::from(before);
    let mut all = Vec::with_capacity(before.len());
    for step in steps {
        let found = before.iter().position(|shared| same_step(&shared.step, &step));
        budget.steps = budget.steps.checked_sub(found.unwrap_or(before.len()))?;
        match found {
            Some(found) => {
                all.extend(before.drain(..found));
                all.extend(before.pop_front().map(|shared| shared.and(number, &step)));
            }
            None => all.push(Shared::new(number, step)),
        }
    }
    all.extend(before);
    Some(all)
}

impl<'p> Shared<'p> {
    fn new(number: usize, step: Step<'p>) -> Self {
        let inner = inner(&step).cloned().into_iter().collect();
        Self { step, by: vec![number], inner }
    }

    fn and(mut self, number: usize, step: &Step<'p>) -> Self {
        self.by.push(number);
        self.inner.extend(inner(step).cloned());
        if let (
            Step::Call { kind: Call::WithState { state }, .. },
            Step::Call { kind: Call::WithState { state: other }, .. },
        ) = (&mut self.step, step)
        {
            *state = common(state.take(), other.as_ref());
        }
        self
    }

    fn into_step(self, alternatives: &[Alternative<'p>], budget: &mut Budget) -> Step<'p> {
        let condition = |number: &usize| alternatives[*number].0.clone();
        let conditions: Option<Vec<String>> = self.by.iter().map(condition).collect();
        let by_all = self.by.len() == alternatives.len();
        let mut step = self.step;
        if let Step::Call { kind: Call::Nest { inner, .. } | Call::Merge { inner }, call, .. } = &mut step {
            let chains = self.by.iter().map(condition).zip(self.inner.into_iter().map(Some)).collect();
            if let Value::Router(joined) = join::routers(chains, *call, budget) {
                *inner = joined;
            }
        }
        let condition = conditions.filter(|_| !by_all).map(|conditions| conditions.join(" || "));
        when(step, condition.as_deref())
    }
}

/// The state type of both; without its arguments where these differ.
fn common(one: Option<String>, other: Option<&String>) -> Option<String> {
    let (one, other) = (one?, other?);
    let head = |text: &str| text.split('<').next().unwrap_or_default().to_string();
    if one == *other {
        return Some(one);
    }
    Some(head(&one)).filter(|common| *common == head(other))
}

/// The router that a call nests or merges.
fn inner<'s, 'p>(step: &'s Step<'p>) -> Option<&'s Chain<'p>> {
    match step {
        Step::Call { kind: Call::Nest { inner, .. } | Call::Merge { inner }, .. } => Some(inner),
        _ => None,
    }
}

/// Whether two calls are one in the text and do the same, but for the routers and state that they are given.
fn same_step(one: &Step<'_>, other: &Step<'_>) -> bool {
    match (one, other) {
        (Step::Finding(one), Step::Finding(other)) => one == other,
        (Step::Wrapped { at: one, .. }, Step::Wrapped { at: other, .. }) => one == other,
        (
            Step::Call { kind: one, call: here, conditional: if_one, .. },
            Step::Call { kind: other, call: there, conditional: if_other, .. },
        ) => here == there && if_one == if_other && same_call(one, other),
        _ => false,
    }
}

fn same_call(one: &Call<'_>, other: &Call<'_>) -> bool {
    match (one, other) {
        (Call::Route { pattern: a, methods: one }, Call::Route { pattern: b, methods: other }) => {
            a == b && same_methods(one, other)
        }
        (
            Call::RouteService { pattern: a, service: one },
            Call::RouteService { pattern: b, service: other },
        )
        | (Call::NestService { prefix: a, service: one }, Call::NestService { prefix: b, service: other }) => {
            a == b && same_target(one, other)
        }
        (Call::Nest { prefix: a, is_service: one, .. }, Call::Nest { prefix: b, is_service: other, .. }) => {
            a == b && one == other
        }
        (Call::Layer { layers: a, routes_only: one }, Call::Layer { layers: b, routes_only: other }) => {
            a == b && one == other
        }
        (Call::Fallback { handler: one }, Call::Fallback { handler: other })
        | (
            Call::MethodNotAllowedFallback { handler: one },
            Call::MethodNotAllowedFallback { handler: other },
        ) => same_target(one, other),
        (Call::Unknown { method: one }, Call::Unknown { method: other }) => one == other,
        (Call::Merge { .. }, Call::Merge { .. })
        | (Call::ResetFallback, Call::ResetFallback)
        | (Call::WithState { .. }, Call::WithState { .. }) => true,
        _ => false,
    }
}

fn same_methods(one: &Rc<Methods<'_>>, other: &Rc<Methods<'_>>) -> bool {
    let same_entry = |one: &Entry<'_>, other: &Entry<'_>| {
        one.method == other.method
            && one.call == other.call
            && one.layers == other.layers
            && same_target(&one.target, &other.target)
    };
    let same_fallback = match (&one.fallback, &other.fallback) {
        (Some(one), Some(other)) => same_target(one, other),
        (None, None) => true,
        _ => false,
    };
    Rc::ptr_eq(one, other)
        || same_fallback
            && one.layers == other.layers
            && one.patterns == other.patterns
            && one.findings == other.findings
            && one.entries.len() == other.entries.len()
            && one.entries.iter().zip(&other.entries).all(|(one, other)| same_entry(one, other))
}

fn same_target(one: &Target<'_>, other: &Target<'_>) -> bool {
    one.expr == other.expr && same_handler(&one.value, &other.value)
}

/// Whether two handlers or services are made by the same text; what they hold is not looked at.
fn same_handler(one: &Value<'_>, other: &Value<'_>) -> bool {
    let same_layers = |one: &[LayerUse], other: &[LayerUse]| one == other;
    match (one, other) {
        (Value::Func(one), Value::Func(other)) => one.def == other.def,
        (Value::Closure(one), Value::Closure(other)) => one.location == other.location,
        (Value::Struct(one), Value::Struct(other)) => one.def == other.def,
        (Value::External(one), Value::External(other)) => one.0 == other.0,
        (Value::Opaque(one), Value::Opaque(other)) => one.ty == other.ty,
        (Value::Layered(one), Value::Layered(other)) => {
            same_layers(&one.1, &other.1) && same_handler(&one.0, &other.0)
        }
        (one, other) => join::same(one, other),
    }
}
