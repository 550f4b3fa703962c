//! The values of the evaluator: what an expression of router-building code can be, as far as routing cares.
//!
//! Deliberately absent: numbers, collections with unknown length and everything else that cannot hold a route.

use std::rc::Rc;

use super::table::{LayerUse, Method};
use crate::diagnostic::Diagnostic;
use crate::load::ModuleId;
use crate::ordered::OrderedMap;
use crate::resolve::scope::ExternalPath;
use crate::resolve::{DefId, Ty};
use crate::span::Location;
use crate::syntax::Name;
use crate::syntax::ast;

/// Stands in a text for a part that is known only at run time.
pub(super) const RUN_TIME: char = '\u{0}';

/// What an expression gives. `Some(x)`, `Ok(x)`, `Box::new(x)`, `Arc::new(x)`, futures and references are the value inside them.
#[derive(Debug, Clone)]
pub(super) enum Value<'p> {
    /// The expression does not finish: `return`, `panic!`, `break`.
    Never,
    Unit,
    None,
    Err,
    Bool(bool),
    /// `RUN_TIME` stands for parts that are not known.
    Text(Rc<str>),
    Router(Chain<'p>),
    Methods(Rc<Methods<'p>>),
    /// One layer or a tuple of layers, outermost first.
    Layers(Rc<[LayerUse]>),
    /// A `ServiceBuilder`.
    Stack(Rc<[LayerUse]>),
    /// A `MethodFilter`.
    Filter(Rc<[Method]>),
    Func(Rc<Func>),
    Closure(Rc<Closure<'p>>),
    /// A handler with layers of its own: `handler.layer(..)`.
    Layered(Rc<(Value<'p>, Vec<LayerUse>)>),
    Tuple(Rc<[Value<'p>]>),
    List(Rc<[Value<'p>]>),
    Struct(Rc<StructValue<'p>>),
    /// A function, constant or type of another crate, named as a value.
    External(Rc<(ExternalPath, Vec<Ty>)>),
    Opaque(Rc<Opaque<'p>>),
}

/// A function or constructor of the program as a value.
#[derive(Debug, Clone)]
pub(super) struct Func {
    pub(super) def: DefId,
    /// What `Self` and type parameters stand for.
    pub(super) types: Vec<(Name, Ty)>,
    /// Types given at the function's own name: `mount::<Users>`.
    pub(super) turbofish: Vec<Ty>,
}

#[derive(Debug)]
pub(super) struct Closure<'p> {
    pub(super) ast: &'p ast::Closure,
    pub(super) place: Place,
    pub(super) location: Location,
    pub(super) types: Vec<(Name, Ty)>,
    /// The frame that made it and how many locals it saw there; used where that frame is still running.
    pub(super) frame: u64,
    pub(super) locals: Vec<(Name, Value<'p>)>,
}

/// Where code stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) def: DefId,
    pub(super) module: ModuleId,
    pub(super) source: crate::span::SourceId,
}

#[derive(Debug, Clone)]
pub(super) struct StructValue<'p> {
    /// The struct or variant.
    pub(super) def: DefId,
    pub(super) ty: Ty,
    pub(super) fields: OrderedMap<Name, Value<'p>>,
}

/// Something not followed further, with what is known of it.
#[derive(Debug, Clone)]
pub(super) struct Opaque<'p> {
    pub(super) ty: Ty,
    /// The external function that made it and the arguments it got.
    pub(super) head: Option<(ExternalPath, Vec<Value<'p>>)>,
}

/// A method router under construction.
#[derive(Debug, Clone, Default)]
pub(super) struct Methods<'p> {
    pub(super) entries: Vec<Entry<'p>>,
    /// All layers on it, outermost first.
    pub(super) layers: Vec<LayerUse>,
    /// `.fallback(handler)`.
    pub(super) fallback: Option<Target<'p>>,
    /// Patterns that come with it (`routes!` of utoipa-axum), in step with `entries`.
    pub(super) patterns: Vec<Rc<str>>,
    pub(super) findings: Vec<Diagnostic>,
}

#[derive(Debug, Clone)]
pub(super) struct Entry<'p> {
    pub(super) method: Method,
    pub(super) target: Target<'p>,
    pub(super) call: Location,
    pub(super) is_head: bool,
    /// Layers of the method router and of the handler around this entry, outermost first.
    pub(super) layers: Vec<LayerUse>,
}

/// A handler or service argument with its value.
#[derive(Debug, Clone)]
pub(super) struct Target<'p> {
    pub(super) value: Value<'p>,
    pub(super) expr: Location,
    /// The calls by which the evaluation came here, from the outside in.
    pub(super) calls: Rc<[Location]>,
    pub(super) place: Place,
}

/// A router: its last step, which knows the step before it. Appending and sharing cost nothing.
#[derive(Debug, Clone)]
pub(super) struct Chain<'p>(pub(super) Rc<Node<'p>>);

#[derive(Debug)]
pub(super) struct Node<'p> {
    pub(super) before: Option<Chain<'p>>,
    pub(super) step: Step<'p>,
    pub(super) len: usize,
}

#[derive(Debug, Clone)]
pub(super) enum Step<'p> {
    Origin {
        location: Location,
        state: Option<String>,
    },
    Call {
        kind: Call<'p>,
        call: Location,
        conditional: Option<String>,
        place: Place,
    },
    /// Reported if the router is served.
    Finding(Diagnostic),
    /// Layers around the router itself, outermost first, and the expression that puts them there.
    Wrapped {
        layers: Vec<LayerUse>,
        at: Location,
    },
}

#[derive(Debug, Clone)]
pub(super) enum Call<'p> {
    Route { pattern: Rc<str>, methods: Rc<Methods<'p>> },
    RouteService { pattern: Rc<str>, service: Target<'p> },
    Nest { prefix: Rc<str>, inner: Chain<'p>, is_service: bool },
    NestService { prefix: Rc<str>, service: Target<'p> },
    Merge { inner: Chain<'p> },
    Layer { layers: Vec<LayerUse>, routes_only: bool },
    Fallback { handler: Target<'p> },
    MethodNotAllowedFallback { handler: Target<'p> },
    ResetFallback,
    WithState { state: Option<String> },
    Unknown { method: String },
}

impl<'p> Chain<'p> {
    pub(super) fn origin(location: Location, state: Option<String>) -> Self {
        Chain(Rc::new(Node { before: None, step: Step::Origin { location, state }, len: 1 }))
    }

    #[must_use]
    pub(super) fn then(self, step: Step<'p>) -> Self {
        let len = self.0.len + 1;
        Chain(Rc::new(Node { before: Some(self), step, len }))
    }

    pub(super) fn is(&self, other: &Chain<'p>) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// All steps, first to last.
    pub(super) fn steps(&self) -> Vec<Step<'p>> {
        self.steps_after(0)
    }

    /// The steps after the first `len`.
    pub(super) fn steps_after(&self, len: usize) -> Vec<Step<'p>> {
        let mut steps = Vec::with_capacity(self.0.len.saturating_sub(len));
        let mut at = Some(self);
        while let Some(chain) = at {
            if chain.0.len <= len {
                break;
            }
            steps.push(chain.0.step.clone());
            at = chain.0.before.as_ref();
        }
        steps.reverse();
        steps
    }

    /// The longest start that both share.
    pub(super) fn common(&self, other: &Chain<'p>) -> Option<Chain<'p>> {
        let (mut a, mut b) = (self.clone(), other.clone());
        loop {
            if a.is(&b) {
                return Some(a);
            }
            let longer = if a.0.len >= b.0.len { &mut a } else { &mut b };
            let before = longer.0.before.clone()?;
            *longer = before;
        }
    }

    /// Where it was made.
    pub(super) fn begins(&self) -> Option<Location> {
        let mut first = self;
        while let Some(before) = &first.0.before {
            first = before;
        }
        match first.0.step {
            Step::Origin { location, .. } => Some(location),
            _ => None,
        }
    }

    /// Whether it was not made here: what it holds besides its calls is not known.
    pub(super) fn is_assumed(&self) -> bool {
        matches!(self.steps().get(1), Some(Step::Finding(_)))
    }

    /// How many steps it has.
    pub(super) fn len(&self) -> usize {
        self.0.len
    }

    /// Whether anything was called on it.
    pub(super) fn is_empty(&self) -> bool {
        self.0.len == 1
    }
}

/// Long chains are taken down without recursion.
impl Drop for Node<'_> {
    fn drop(&mut self) {
        let mut next = self.before.take();
        while let Some(Chain(node)) = next {
            match Rc::try_unwrap(node) {
                Ok(mut node) => next = node.before.take(),
                Err(_) => break,
            }
        }
    }
}

impl<'p> Value<'p> {
    pub(super) fn unknown() -> Self {
        Self::typed(Ty::Unknown)
    }

    pub(super) fn typed(ty: Ty) -> Self {
        Value::Opaque(Rc::new(Opaque { ty, head: None }))
    }

    pub(super) fn text(text: impl AsRef<str>) -> Self {
        Value::Text(Rc::from(text.as_ref()))
    }

    pub(super) fn is_never(&self) -> bool {
        matches!(self, Value::Never)
    }

    /// The type, as far as it is known.
    pub(super) fn ty(&self) -> Ty {
        match self {
            Value::Struct(value) => value.ty.clone(),
            Value::Opaque(value) => value.ty.clone(),
            Value::Router(_) => Ty::external("axum::Router"),
            Value::Text(_) => Ty::external("std::str"),
            Value::Func(func) => Ty::FnDef(func.def),
            _ => Ty::Unknown,
        }
    }

    /// Whether nothing in it could matter to a callee beyond its type.
    pub(super) fn is_plain(&self) -> bool {
        match self {
            Value::Opaque(value) => value.head.is_none(),
            Value::Unit | Value::Err => true,
            _ => false,
        }
    }

    /// The router in it: itself, or the first in a tuple, list or struct.
    pub(super) fn router(&self) -> Option<&Chain<'p>> {
        match self {
            Value::Router(chain) => Some(chain),
            Value::Tuple(elems) => elems.iter().find_map(Value::router),
            _ => None,
        }
    }
}
