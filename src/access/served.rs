//! Where handlers and middleware are named in router-building code, and in which context: naming them there runs nothing.
//!
//! Input: the routes, each handler with the calls that led to it. Output: the function around a handler's expression, entered the same way.

use super::stored::Callable;
use crate::ordered::{OrderedSet, UnorderedMap, UnorderedSet};
use crate::resolve::{DefId, Program};
use crate::routes::{Handler, RouteTable};
use crate::span::Location;
use crate::syntax::ast::{Expr, Fn};
use crate::syntax::visit;
use crate::values::{Evaluator, FrameId, Thunk, Value};

pub(super) struct Served<'p> {
    /// Functions that are handlers or middleware.
    defs: UnorderedSet<DefId>,
    /// The expressions that name them, and closures that are handlers or middleware.
    at: UnorderedSet<Location>,
    /// Expressions of handlers and calls that lead to them, with the function around each, and what stands exactly there.
    places: UnorderedMap<Location, (DefId, Vec<&'p Expr>)>,
}

impl<'p> Served<'p> {
    pub(super) fn of(evaluator: &mut Evaluator<'p>, routes: &RouteTable) -> Self {
        let (mut defs, mut at) = (UnorderedSet::default(), UnorderedSet::default());
        let mut wanted = OrderedSet::default();
        let of_routes = routes.routes.iter().map(|route| (&route.handler, &route.layers));
        let of_fallbacks = routes.fallbacks.iter().map(|fallback| (&fallback.handler, &fallback.layers));
        let mut closures = Vec::new();
        for (handler, layers) in of_routes.chain(of_fallbacks) {
            at.insert(handler.expr);
            wanted.insert(handler.expr);
            handler.calls.iter().for_each(|&call| {
                wanted.insert(call);
            });
            for closure in layers.iter().filter_map(|layer| layer.closure) {
                at.insert(closure);
                wanted.insert(closure);
            }
            for def in handler.def.into_iter().chain(layers.iter().filter_map(|layer| layer.def)) {
                defs.insert(def);
            }
            if handler.def.is_none() {
                closures.push(handler);
            }
        }
        let places = places(evaluator.program(), &wanted);
        let mut served = Self { defs, at, places };
        for handler in closures {
            for closure in served.closures(evaluator, handler) {
                served.at.insert(location(evaluator, closure));
            }
        }
        served
    }

    /// Whether a function is a handler or middleware.
    pub(super) fn is_served(&self, def: DefId) -> bool {
        self.defs.contains(&def)
    }

    /// Whether a callable that is put aside is one.
    pub(super) fn is_callable(&self, program: &Program, callable: &Callable<'p>) -> bool {
        match callable.function(program) {
            Some(def) => self.is_served(def),
            None => {
                let owner = program.def(callable.owner).location;
                self.is_named_at(Location { span: callable.expr.span, ..owner })
            }
        }
    }

    /// Whether a handler or middleware is named there.
    pub(super) fn is_named_at(&self, at: Location) -> bool {
        self.at.contains(&at)
    }

    /// The expression of a handler in the context in which router-building code comes to it.
    pub(super) fn expr(&self, evaluator: &mut Evaluator<'p>, handler: &Handler) -> Vec<Thunk<'p>> {
        let Some((holder, exprs)) = self.places.get(&handler.expr) else { return Vec::new() };
        let frame =
            self.context(evaluator, handler, *holder).unwrap_or_else(|| evaluator.root(*holder, None));
        exprs.iter().map(|expr| Thunk { expr, frame }).collect()
    }

    /// A closure that is middleware, whatever calls the function around it.
    pub(super) fn middleware(&self, evaluator: &mut Evaluator<'p>, closure: Location) -> Vec<Thunk<'p>> {
        let Some((holder, exprs)) = self.places.get(&closure) else { return Vec::new() };
        let frame = evaluator.root(*holder, None);
        exprs.iter().map(|expr| Thunk { expr, frame }).collect()
    }

    /// A handler's closure, where it is one: written there, or kept in a local.
    pub(super) fn closures(&self, evaluator: &mut Evaluator<'p>, handler: &Handler) -> Vec<Thunk<'p>> {
        let exprs = self.expr(evaluator, handler);
        let values: Vec<_> = exprs.into_iter().map(|expr| evaluator.eval(expr)).collect();
        let closures = values.iter().flat_map(|values| values.iter()).filter_map(|value| match value {
            Value::Closure(closure) => Some(*closure),
            _ => None,
        });
        closures.collect()
    }

    /// The function around a handler's expression, entered by the calls that the evaluation of the routers entered it by.
    fn context(&self, evaluator: &mut Evaluator<'p>, handler: &Handler, holder: DefId) -> Option<FrameId> {
        let owner_at = |at: usize| match handler.calls.get(at) {
            Some(call) => self.places.get(call).map(|(owner, _)| *owner),
            None => Some(holder),
        };
        let mut frame = evaluator.root(owner_at(0)?, None);
        for (at, call) in handler.calls.iter().enumerate() {
            let (_, exprs) = self.places.get(call)?;
            let next = owner_at(at + 1)?;
            let entered = exprs.iter().flat_map(|expr| evaluator.targets(Thunk { expr, frame }));
            let entered: Vec<FrameId> = entered.collect();
            frame = entered.into_iter().find(|&entered| evaluator.frame(entered).owner == next)?;
        }
        Some(frame)
    }
}

fn location(evaluator: &Evaluator<'_>, thunk: Thunk<'_>) -> Location {
    let owner = evaluator.frame(thunk.frame).owner;
    Location { span: thunk.expr.span, ..evaluator.program().def(owner).location }
}

fn places<'p>(
    program: &'p Program,
    wanted: &OrderedSet<Location>,
) -> UnorderedMap<Location, (DefId, Vec<&'p Expr>)> {
    let mut found: UnorderedMap<Location, (DefId, Vec<&'p Expr>)> = UnorderedMap::default();
    for def in program.live_fns_around(wanted.iter().copied()) {
        let Some(body) = program.func(def.id).and_then(Fn::block) else { continue };
        let source = def.location.source;
        visit::exprs_in_block(body, &mut |expr| {
            let at = Location { source, span: expr.span };
            if wanted.contains(&at) {
                let (holder, exprs) = found.entry(at).or_insert_with(|| (def.id, Vec::new()));
                if *holder == def.id {
                    exprs.push(expr);
                }
            }
        });
    }
    found
}
