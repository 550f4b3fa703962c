//! The interpreter: expressions of router-building code -> values.
//!
//! Input: the program and a function to start with. Output: the value it gives and the routers it serves on the way.
//! Every run is bounded in steps and depth; where the bound is met the rest is `Opaque`.
//! Deliberately absent: which function to start with (`entry`) and what the served router means (`flatten`).

mod built;
mod calls;
mod control;
mod defaults;
mod extensions;
mod external;
mod generics;
mod layers;
mod lists;
mod macros;
mod method_routers;
mod methods;
mod paths;
mod places;
mod patterns;
mod routers;
mod text;

use std::rc::Rc;

use extensions::Extensions;

use super::handler;
use super::join;
use super::relevant;
use super::table::ServedBy;
use super::value::{Chain, Closure, Func, Place, Value};
use crate::ordered::{UnorderedMap, UnorderedSet};
use crate::resolve::types::TypeContext;
use crate::resolve::{DefId, Namespace, Program, Res, Ty};
use crate::span::{Location, Span};
use crate::syntax::Name;
use crate::syntax::ast::{BinOp, Block, Expr, ExprKind, Lit, Stmt, StmtKind, Type};

/// Expressions evaluated before the run ends: enough for the largest programs seen, times fifty.
const MAX_STEPS: u64 = 3_000_000;
/// Expressions evaluated in a call of a function that no router code is reached from.
const MAX_ASIDE: u64 = 1_000;
/// Nested expressions and calls, far below what the evaluator's stack holds.
const MAX_DEPTH: usize = 4_000;
/// Functions that are being evaluated at once.
const MAX_FRAMES: usize = 120;

/// What every run needs to know of the program, found once.
#[derive(Debug, Clone)]
pub(super) struct Knowledge {
    extensions: Extensions,
    /// Functions that can matter to routing.
    relevant: Rc<UnorderedSet<DefId>>,
}

impl Knowledge {
    pub(super) fn new(program: &Program) -> Self {
        Self { extensions: Extensions::new(program), relevant: Rc::new(relevant::functions(program)) }
    }
}

/// A router that was handed to a server.
#[derive(Debug, Clone)]
pub(super) struct Served<'p> {
    pub(super) router: Chain<'p>,
    pub(super) by: ServedBy,
    /// The function in which that happens.
    pub(super) entry: DefId,
    /// The calls that do it: several where branches serve the same.
    pub(super) calls: Vec<Location>,
}

pub(super) struct Interp<'p> {
    pub(super) program: &'p Program,
    knowledge: Knowledge,
    pub(super) served: Vec<Served<'p>>,
    frames: Vec<Frame<'p>>,
    /// Constants that were evaluated, and functions called with nothing but opaque arguments.
    known: UnorderedMap<DefId, Value<'p>>,
    /// Constants that are being evaluated.
    consts_open: Vec<DefId>,
    next_frame: u64,
    steps: u64,
    /// Where the evaluation of the present function ends.
    limit: u64,
    depth: usize,
}

/// A function or closure body that is being evaluated.
struct Frame<'p> {
    id: u64,
    place: Place,
    /// The call by which a function was entered.
    call: Option<Location>,
    /// What type parameters and `Self` stand for.
    types: Vec<(Name, Ty)>,
    locals: Vec<(Name, Value<'p>)>,
    /// Values of `return`, each with its condition.
    returns: Vec<join::Branch<'p>>,
    /// Conditions of the branches that are open.
    conditions: Vec<String>,
    /// The loops that are open.
    loops: Vec<Loop<'p>>,
}

/// A loop that is being evaluated.
struct Loop<'p> {
    /// How many locals and conditions there were before it.
    locals: usize,
    conditions: usize,
    /// What `break` and `continue` leave.
    exits: Vec<control::Outcome<'p>>,
}

impl<'p> Interp<'p> {
    pub(super) fn new(program: &'p Program, knowledge: Knowledge) -> Self {
        Self {
            program,
            knowledge,
            served: Vec::new(),
            frames: Vec::new(),
            known: UnorderedMap::default(),
            consts_open: Vec::new(),
            next_frame: 0,
            steps: 0,
            limit: MAX_STEPS,
            depth: 0,
        }
    }

    /// Evaluates a function that nobody calls, its parameters known by their types only.
    pub(super) fn start(&mut self, func: &Func) -> Value<'p> {
        let at = self.program.def(func.def).location.span;
        let has_receiver = self.program.func(func.def).is_some_and(|ast| ast.sig().receiver.is_some());
        let receiver = has_receiver.then(|| {
            let def = self.program.def(func.def);
            Value::typed(self.program.self_type(TypeContext { module: def.module, owner: Some(def.id) }))
        });
        self.enter(func, receiver, &[], at).value
    }

    /// Whether the run ended before the program did.
    pub(super) fn is_exhausted(&self) -> bool {
        self.steps >= MAX_STEPS
    }

    fn frame(&self) -> &Frame<'p> {
        self.frames.last().expect("code is evaluated in a frame")
    }

    fn frame_mut(&mut self) -> &mut Frame<'p> {
        self.frames.last_mut().expect("code is evaluated in a frame")
    }

    fn place(&self) -> Place {
        self.frame().place
    }

    /// The calls by which the functions that are being evaluated were entered, from the outside in.
    fn calls(&self) -> Rc<[Location]> {
        self.frames.iter().filter_map(|frame| frame.call).collect()
    }

    fn at(&self, span: Span) -> Location {
        Location { source: self.place().source, span }
    }

    /// The text under a span on one line, cut where it is long.
    fn source_text(&self, span: Span) -> String {
        let text = self.program.tree.sources.text(self.at(span));
        let mut text = handler::one_line(text);
        if let Some((cut, _)) = text.char_indices().nth(100) {
            text.truncate(cut);
            text.push_str("..");
        }
        text
    }

    /// A written type, with type parameters replaced by what they stand for here.
    fn lower(&self, ty: &Type) -> Ty {
        let place = self.place();
        let context = TypeContext { module: place.module, owner: Some(place.def) };
        self.program.normalise(self.program.lower_type(ty, context).substitute(&self.frame().types), 0)
    }

    fn resolve(&self, path: &crate::syntax::ast::Path, namespace: Namespace) -> Option<Res> {
        let place = self.place();
        self.program.resolve_ast_path(path, namespace, place.module, Some(place.def))
    }

    fn local(&self, name: &str) -> Option<&Value<'p>> {
        self.frame().locals.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    fn set_local(&mut self, name: &str, value: Value<'p>) {
        if let Some((_, known)) = self.frame_mut().locals.iter_mut().rev().find(|(known, _)| known == name) {
            *known = value;
        }
    }

    fn bind(&mut self, name: Name, value: Value<'p>) {
        self.frame_mut().locals.push((name, value));
    }

    pub(super) fn eval(&mut self, expr: &'p Expr) -> Value<'p> {
        if self.steps >= self.limit || self.depth >= MAX_DEPTH {
            return Value::unknown();
        }
        self.steps += 1;
        self.depth += 1;
        let value = self.eval_kind(expr);
        self.depth -= 1;
        value
    }

    fn eval_kind(&mut self, expr: &'p Expr) -> Value<'p> {
        match &expr.kind {
            ExprKind::Path(path) => self.eval_path(path),
            ExprKind::Lit(Lit::Str(text) | Lit::Int(text)) => Value::text(text),
            ExprKind::Lit(Lit::Char(c)) => Value::text(c.to_string()),
            ExprKind::Lit(Lit::Bool(value)) => Value::Bool(*value),
            ExprKind::Call { callee, args } => self.eval_call(expr, callee, args),
            ExprKind::MethodCall(_) | ExprKind::Try(_) | ExprKind::Await(_) => self.eval_chain(expr),
            ExprKind::Field { base, name } => {
                let base = self.eval(base);
                self.field(&base, &name.name)
            }
            ExprKind::Macro(call) => self.eval_macro(expr, call),
            ExprKind::Block(block) | ExprKind::Unsafe(block) => self.eval_block(block),
            ExprKind::Async { block } => self.eval_async(block),
            ExprKind::If { cond, then, else_ } => self.eval_if(expr, cond, then, else_.as_deref()),
            ExprKind::Let { pat, expr } => {
                let value = self.eval(expr);
                self.bind_pat(pat, &value);
                Value::unknown()
            }
            ExprKind::Match { scrutinee, arms } => self.eval_match(expr, scrutinee, arms),
            ExprKind::Loop { body } => self.eval_loop(expr, body),
            ExprKind::While { cond, body } => self.eval_while(expr, cond, body),
            ExprKind::For { pat, iter, body } => self.eval_for(expr, pat, iter, body),
            ExprKind::Closure(closure) => {
                self.may_assign(closure);
                Value::Closure(Rc::new(Closure {
                    ast: closure,
                    place: self.place(),
                    location: self.at(expr.span),
                    types: self.frame().types.clone(),
                    frame: self.frame().id,
                    locals: self.frame().locals.clone(),
                }))
            }
            ExprKind::Assign { left, right } => {
                let value = self.eval(right);
                if value.is_never() {
                    return value;
                }
                self.assign(left, value);
                Value::Unit
            }
            ExprKind::Binary { op, left, right } => self.eval_binary(*op, left, right),
            ExprKind::Unary(inner) => match self.eval(inner) {
                Value::Bool(value) => Value::Bool(!value),
                Value::Never => Value::Never,
                _ => Value::unknown(),
            },
            ExprKind::Deref(inner) | ExprKind::Ref(inner) => self.eval(inner),
            ExprKind::Cast { expr, .. } => self.eval(expr),
            ExprKind::Struct(literal) => self.eval_struct(literal),
            ExprKind::Tuple(elems) if elems.is_empty() => Value::Unit,
            ExprKind::Tuple(elems) => match self.eval_all(elems) {
                Some(elems) => Value::Tuple(elems.into()),
                None => Value::Never,
            },
            ExprKind::Array(elems) => match self.eval_all(elems) {
                Some(elems) => Value::List(elems.into()),
                None => Value::Never,
            },
            ExprKind::Index { base, index } => self.eval_index(base, index),
            ExprKind::Range { from, to } => {
                from.iter().chain(to).for_each(|end| {
                    self.eval(end);
                });
                Value::unknown()
            }
            ExprKind::Return(value) => {
                let value = value.as_ref().map_or(Value::Unit, |value| self.eval(value));
                let frame = self.frame_mut();
                let condition = (!frame.conditions.is_empty()).then(|| frame.conditions.join(" && "));
                frame.returns.push((condition, value));
                Value::Never
            }
            ExprKind::Break(value) => {
                let value = value.as_ref().map_or(Value::Unit, |value| self.eval(value));
                self.exit_loop(value);
                Value::Never
            }
            ExprKind::Continue => {
                self.exit_loop(Value::Unit);
                Value::Never
            }
            ExprKind::Lit(Lit::Other) | ExprKind::Other => Value::unknown(),
        }
    }

    /// All values, or `None` where one does not finish.
    fn eval_all(&mut self, exprs: &'p [Expr]) -> Option<Vec<Value<'p>>> {
        let mut values = Vec::with_capacity(exprs.len());
        for expr in exprs {
            let value = self.eval(expr);
            if value.is_never() {
                return None;
            }
            values.push(value);
        }
        Some(values)
    }

    fn eval_block(&mut self, block: &'p Block) -> Value<'p> {
        let locals = self.frame().locals.len();
        let conditions = self.frame().conditions.len();
        let value = self.eval_stmts(&block.stmts);
        let frame = self.frame_mut();
        frame.locals.truncate(locals);
        frame.conditions.truncate(conditions);
        value
    }

    fn eval_stmts(&mut self, stmts: &'p [Stmt]) -> Value<'p> {
        let mut last = Value::Unit;
        for stmt in stmts {
            last = match &stmt.kind {
                StmtKind::Let { pat, ty, init, else_ } => {
                    let expected = ty.as_ref().map(|ty| self.lower(ty));
                    let mut value = match init {
                        Some(init) => self.eval(init),
                        None => Value::unknown(),
                    };
                    if value.is_never() {
                        return value;
                    }
                    if let Some(expected) = expected {
                        let at = init.as_ref().map_or(stmt.span, |init| init.span);
                        value = self.coerce(value, &expected, at);
                    }
                    if let Some(else_) = else_ {
                        let before = self.frame().locals.clone();
                        self.eval(else_);
                        self.frame_mut().locals = before;
                    }
                    self.bind_pat(pat, &value);
                    Value::Unit
                }
                StmtKind::Expr { expr, semi } => {
                    let value = self.eval(expr);
                    if value.is_never() {
                        return value;
                    }
                    if *semi { Value::Unit } else { value }
                }
                StmtKind::Item(_) => last,
            };
        }
        last
    }

    /// `return` and `?` inside belong to the block.
    fn eval_async(&mut self, block: &'p Block) -> Value<'p> {
        let (returns, conditions) = {
            let frame = self.frame_mut();
            (std::mem::take(&mut frame.returns), std::mem::take(&mut frame.conditions))
        };
        let value = self.eval_block(block);
        let frame = self.frame_mut();
        let mut branches = std::mem::replace(&mut frame.returns, returns);
        frame.conditions = conditions;
        branches.push((None, value));
        let joined = join::values(branches, self.at(block.span));
        if joined.is_never() { Value::Unit } else { joined }
    }

    fn eval_binary(&mut self, op: BinOp, left: &'p Expr, right: &'p Expr) -> Value<'p> {
        let left = self.eval(left);
        if left.is_never() {
            return left;
        }
        // The right side of `&&` and `||` may not run, so its end is not ours.
        let right = self.eval(right);
        match (op, left, right) {
            (BinOp::Add, Value::Text(left), Value::Text(right)) => Value::text(format!("{left}{right}")),
            (BinOp::Add, Value::Text(left), _) => Value::text(format!("{left}{}", super::value::RUN_TIME)),
            (BinOp::Add, _, Value::Text(right)) => Value::text(format!("{}{right}", super::value::RUN_TIME)),
            (BinOp::Other, Value::Filter(left), Value::Filter(right)) => {
                Value::Filter(left.iter().chain(right.iter()).copied().collect())
            }
            _ => Value::unknown(),
        }
    }
}
