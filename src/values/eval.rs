//! The evaluator: what every kind of expression can be.

use std::rc::Rc;
use std::sync::Arc;

use super::binding::{self, Binding, Source};
use super::flow;
use super::frame::{Frame, FrameId, Frames, address};
use super::index::{Index, made_by};
use super::macros::product;
use super::matching::is_failure;
use super::memo::{Memo, Task};
use super::text::Text;
use super::value::{Distinct, Element, MAX_VALUES, Thunk, Value, Values};
use crate::certainty::Certainty;
use crate::ordered::UnorderedMap;
use crate::resolve::types::TypeContext;
use crate::resolve::{DefId, DefKind, Namespace, Program, Res, Ty};
use crate::span::{Location, Span};
use crate::syntax::ItemKind;
use crate::syntax::visit::{exprs_in_block, exprs_in_block_while};

use crate::syntax::ast::{BinOp, Block, Expr, ExprKind, Lit, Path, StmtKind, Type};

/// Deeper expressions are unknown: the recursion must end before the stack does.
const MAX_DEPTH: usize = 160;

/// Rounds after which values around a cycle still become more: then they are not known.
const MAX_ROUNDS: usize = 6;

/// Follows expressions backwards. Holds everything that it once found out.
pub struct Evaluator<'p> {
    pub(super) program: &'p Program,
    pub(super) index: Arc<Index<'p>>,
    pub(super) frames: Frames<'p>,
    memo: Memo<'p>,
    /// Contexts without caller and type arguments.
    roots: UnorderedMap<DefId, FrameId>,
    /// How many expressions may still be evaluated.
    work_left: u32,
    /// How many texts of values are being made, one for another.
    pub(super) showing: u32,
}

impl<'p> Evaluator<'p> {
    /// Over a program and the index of it, which any number of evaluators may share.
    pub fn new(program: &'p Program, index: Arc<Index<'p>>) -> Self {
        Self {
            program,
            index,
            frames: Frames::default(),
            memo: Memo::default(),
            roots: UnorderedMap::default(),
            work_left: u32::MAX,
            showing: 0,
        }
    }

    pub fn program(&self) -> &'p Program {
        self.program
    }

    pub fn frame(&self, id: FrameId) -> &Frame<'p> {
        self.frames.get(id)
    }

    /// A function, const or static entered from anywhere; `self_ty` narrows what its generics are.
    pub fn root(&mut self, owner: DefId, self_ty: Option<Ty>) -> FrameId {
        let is_plain = self_ty.is_none();
        if let Some(&known) = self.roots.get(&owner).filter(|_| is_plain) {
            return known;
        }
        let type_args = self.impl_args(owner, self_ty.as_ref());
        let frame = self.frames.add(Frame {
            owner,
            caller: None,
            self_ty,
            type_args,
            certainty: Certainty::Proved,
            depth: 0,
            closures: Rc::default(),
            around: None,
            given: None,
        });
        if is_plain {
            self.roots.insert(owner, frame);
        }
        frame
    }

    /// Allows that many more expressions to be evaluated; what is asked for afterwards is unknown.
    pub fn allow(&mut self, work: u32) {
        self.work_left = work;
    }

    /// How many more expressions may be evaluated.
    pub fn work_left(&self) -> u32 {
        self.work_left
    }

    /// Takes work for something else than an expression; whether any was left.
    pub fn spend(&mut self) -> bool {
        self.work_left = self.work_left.saturating_sub(1);
        self.work_left > 0
    }

    /// All values of an expression.
    pub fn eval(&mut self, thunk: Thunk<'p>) -> Values<'p> {
        let task = Task::Expr(address(thunk.expr), thunk.frame);
        if let Some(known) = self.memo.known(&task) {
            return known;
        }
        if self.memo.depth() > MAX_DEPTH || !self.spend() {
            return Rc::new(vec![Value::Unknown]);
        }
        self.compute(task, |evaluator| {
            let mut values = Distinct::default();
            values.extend(evaluator.eval_kind(thunk));
            let mut values = values.all();
            evaluator.recover(&mut values, thunk);
            values = super::chain::merge(values);
            if values.len() > MAX_VALUES { vec![Value::Unknown] } else { values }
        })
    }

    /// What is known of a task, or comes of it.
    pub(super) fn solve(&mut self, task: Task, how: impl Fn(&mut Self) -> Vec<Value<'p>>) -> Values<'p> {
        match self.memo.known(&task) {
            Some(known) => known,
            None => self.compute(task, how),
        }
    }

    /// Values that were found without enough work are not kept.
    fn compute(&mut self, task: Task, how: impl Fn(&mut Self) -> Vec<Value<'p>>) -> Values<'p> {
        let before = self.memo.begin(&task);
        let mut rounds = 1;
        let mut is_whole = true;
        let mut values = how(self);
        while self.work_left > 0 && self.memo.is_open(&task, &before, &values) {
            if rounds == MAX_ROUNDS {
                values.push(Value::Unknown);
                is_whole = false;
                break;
            }
            self.memo.again(&task, &before, values);
            values = how(self);
            rounds += 1;
        }
        let values = Rc::new(values);
        self.memo.end(task, before, (self.work_left > 0).then(|| values.clone()), is_whole);
        values
    }

    /// Gives an unknown value the type that the expression has, where it is one of the program.
    fn recover(&mut self, values: &mut [Value<'p>], thunk: Thunk<'p>) {
        let owner = self.owner(thunk.frame);
        let lost = |value: &&mut Value<'p>| matches!(value, Value::Unknown | Value::Chain(_));
        for value in values.iter_mut().filter(lost) {
            let Some(body) = self.program.body(owner) else { return };
            let ty = self.concrete(body.ty(thunk.expr.span), thunk.frame);
            if ty.peel().def().is_none() {
                continue;
            }
            let filled = match value {
                Value::Chain(chain) => self.filled(chain),
                _ => None,
            };
            *value = match filled {
                Some(filled) => Value::Filled(ty.peel().clone(), Rc::new(filled)),
                None => Value::Of(ty),
            };
        }
    }

    /// The strings that an expression can be; what is no string is unknown. `Absent` values are left out where there are others.
    pub fn texts(&mut self, thunk: Thunk<'p>) -> Vec<Text> {
        let values = self.eval(thunk);
        self.shown(&values)
    }

    pub(super) fn eval_all(&mut self, thunks: impl IntoIterator<Item = Thunk<'p>>) -> Vec<Value<'p>> {
        let mut values = Vec::new();
        for thunk in thunks {
            values.extend(self.eval(thunk).iter().cloned());
        }
        values
    }

    fn eval_kind(&mut self, thunk: Thunk<'p>) -> Vec<Value<'p>> {
        let Thunk { expr, frame } = thunk;
        let with = |expr| Thunk { expr, frame };
        match &expr.kind {
            ExprKind::Lit(Lit::Str(text) | Lit::Int(text)) => vec![Value::Text(Text::literal(text))],
            ExprKind::Lit(Lit::Char(c)) => vec![Value::Text(Text::literal(*c))],
            ExprKind::Path(path) => self.path(path, thunk),
            ExprKind::Ref(inner)
            | ExprKind::Deref(inner)
            | ExprKind::Await(inner)
            | ExprKind::Cast { expr: inner, .. } => self.eval(with(inner)).to_vec(),
            ExprKind::Try(inner) => present(&self.eval(with(inner))),
            ExprKind::Block(block) if self.may_have_label(thunk) => {
                let mut values = self.block(block, frame);
                values.extend(self.broken_off_with(block, frame));
                values
            }
            ExprKind::Block(block) | ExprKind::Unsafe(block) | ExprKind::Async { block } => {
                self.block(block, frame)
            }
            ExprKind::Loop { body } => self.broken_off_with(body, frame),
            ExprKind::If { cond, then, else_ } => {
                let mut values = self.block(then, frame);
                if let Some(else_) = else_
                    && !(self.is_env_condition(cond, frame) && values.iter().any(has_env))
                {
                    values.extend(self.eval(with(else_)).iter().cloned());
                }
                values
            }
            ExprKind::Match { scrutinee, arms } => {
                let on = self.eval(with(scrutinee));
                let from_env = !on.is_empty() && on.iter().all(has_env);
                let (mut values, mut defaults) = (Vec::new(), Vec::new());
                for arm in arms {
                    if self.may_match(&arm.pat, &on, frame) {
                        let found = self.eval(with(&arm.body));
                        let is_default = from_env && is_failure(&arm.pat);
                        if is_default { &mut defaults } else { &mut values }.extend(found.iter().cloned());
                    }
                }
                if !values.iter().any(has_env) {
                    values.extend(defaults);
                }
                values
            }
            ExprKind::Field { base, name } => {
                let bases = self.eval(with(base));
                self.fields(&bases, &name.name)
            }
            ExprKind::Struct(literal) => {
                match made_by(self.program, self.owner(frame), &literal.path, Namespace::Types) {
                    Some(def) => vec![Value::made(def, thunk)],
                    None => vec![Value::Unknown],
                }
            }
            ExprKind::Tuple(elems) => vec![Value::Tuple(Rc::new(elems.iter().map(with).collect()))],
            ExprKind::Array(elems) => {
                vec![Value::List(Rc::new(elems.iter().map(|elem| Element::One(with(elem))).collect()))]
            }
            ExprKind::Index { base, index } => {
                let bases = self.eval(with(base));
                let position = match &index.kind {
                    ExprKind::Lit(Lit::Int(text)) => text.parse::<usize>().ok(),
                    _ => None,
                };
                let mut values = Vec::new();
                for base in bases.iter() {
                    match (base, position) {
                        (Value::List(elements), Some(at)) if at < elements.len() => {
                            let list = Value::List(Rc::new(vec![elements[at].clone()]));
                            values.extend(self.elements(&[list]));
                        }
                        _ => values.extend(self.element(base, Some(with(index)))),
                    }
                }
                values
            }
            ExprKind::Closure(_) => vec![Value::Closure(thunk)],
            ExprKind::Binary { op: BinOp::Add, left, right } => {
                let (left, right) = (self.texts(with(left)), self.texts(with(right)));
                product(vec![left, right])
            }
            ExprKind::Return(_) | ExprKind::Break(_) | ExprKind::Continue => Vec::new(),
            ExprKind::Macro(call) => self.macro_call(call, thunk),
            ExprKind::Call { callee, args } => self.call(callee, args, thunk),
            ExprKind::MethodCall(call) => self.method_call(call, thunk),
            _ => vec![Value::Unknown],
        }
    }

    pub(super) fn owner(&self, frame: FrameId) -> DefId {
        self.frames.get(frame).owner
    }

    pub(super) fn location(&self, frame: FrameId, span: Span) -> Location {
        Location { source: self.program.def(self.owner(frame)).location.source, span }
    }

    pub(super) fn block(&mut self, block: &'p Block, frame: FrameId) -> Vec<Value<'p>> {
        match block.stmts.last().map(|stmt| &stmt.kind) {
            Some(StmtKind::Expr { expr, semi: false }) => self.eval(Thunk { expr, frame }).to_vec(),
            Some(StmtKind::Expr { expr, .. }) if diverges(expr) => Vec::new(),
            _ => vec![Value::Unknown],
        }
    }

    /// Whether a block stands behind a colon, as it does behind its label.
    fn may_have_label(&self, block: Thunk<'p>) -> bool {
        let Location { source, span } = self.location(block.frame, block.expr.span);
        let before = &self.program.tree.sources.get(source).text[..span.start as usize];
        before.trim_end().ends_with(':')
    }

    /// What is given to `break` in a loop or a block with a label; unknown where it may belong to a loop inside.
    fn broken_off_with(&mut self, block: &'p Block, frame: FrameId) -> Vec<Value<'p>> {
        let mut given = Vec::new();
        let mut inner = false;
        exprs_in_block_while(block, &mut |expr| match &expr.kind {
            ExprKind::Break(Some(value)) => {
                given.push(&**value);
                true
            }
            ExprKind::Loop { body } | ExprKind::While { body, .. } | ExprKind::For { body, .. } => {
                exprs_in_block(body, &mut |expr| inner |= matches!(expr.kind, ExprKind::Break(Some(_))));
                false
            }
            ExprKind::Closure(_) => false,
            _ => true,
        });
        let mut values = self.eval_all(given.into_iter().map(|expr| Thunk { expr, frame }));
        values.extend(inner.then_some(Value::Unknown));
        values
    }

    fn path(&mut self, path: &'p Path, thunk: Thunk<'p>) -> Vec<Value<'p>> {
        let frame = thunk.frame;
        if let Some(name) = path.as_ident() {
            let values = if name == "self" {
                Some(self.receiver(frame))
            } else {
                self.local(name, thunk.expr.span, frame)
            };
            if let Some(values) = values {
                return self.with_fields_set(values, name, thunk);
            }
        }
        let owner = self.owner(frame);
        match self.resolve(path, frame) {
            Some(Res::Def(def)) => match self.program.def(def).kind {
                DefKind::Const | DefKind::Static | DefKind::AssocConst => self.constant(def, path, frame),
                DefKind::Fn | DefKind::Method => vec![Value::Func(def)],
                DefKind::Variant | DefKind::Struct => vec![Value::made(def, thunk)],
                _ => vec![Value::Unknown],
            },
            Some(Res::External(external)) if external.is("std", "None") => vec![Value::Absent],
            _ => match self.program.body(owner).map(|body| body.ty(thunk.expr.span)) {
                Some(ty) if !ty.is_unknown() => vec![Value::Of(self.concrete(ty, frame))],
                _ => vec![Value::Unknown],
            },
        }
    }

    /// What a path means, with the context's type arguments: `E::TABLE`.
    pub(super) fn resolve(&self, path: &Path, frame: FrameId) -> Option<Res> {
        let found = self
            .base(path, frame)
            .filter(|base| base.peel().def().is_some())
            .and_then(|base| self.program.assoc_of(base.peel(), &path.last().ident.name));
        found.or_else(|| {
            let owner = self.owner(frame);
            self.program.resolve_ast_path(
                path,
                Namespace::Values,
                self.program.def(owner).module,
                Some(owner),
            )
        })
    }

    /// The type that a path of two names begins with, where that is `Self`, a type parameter or `<T as Trait>`, in a context.
    pub(super) fn base(&self, path: &Path, frame: FrameId) -> Option<Ty> {
        if let Some(ty) = &path.qself {
            return Some(self.lower(ty, frame));
        }
        let [first, _] = path.segments.as_slice() else { return None };
        let (at, first) = (self.frames.get(frame), &first.ident.name);
        if first != "Self" {
            return at.type_args.iter().find(|(name, _)| name == first).map(|(_, ty)| ty.clone());
        }
        let module = self.program.def(at.owner).module;
        let context = TypeContext { module, owner: Some(at.owner) };
        at.self_ty.clone().or_else(|| Some(self.program.self_type(context)))
    }

    fn constant(&mut self, def: DefId, path: &Path, frame: FrameId) -> Vec<Value<'p>> {
        let self_ty = match self.program.def(def).kind {
            DefKind::AssocConst if path.segments.len() > 1 && path.segments[0].ident.name == "Self" => {
                self.frames.get(frame).self_ty.clone()
            }
            _ => None,
        };
        match &self.program.def(def).item.kind {
            ItemKind::Const { expr: Some(expr), .. } | ItemKind::Static { expr: Some(expr), .. } => {
                let frame = self.root(def, self_ty);
                let values = self.eval(Thunk { expr: expr.get(), frame }).to_vec();
                self.with_cell_contents(def, values)
            }
            _ => vec![Value::Unknown],
        }
    }

    /// The values of a local; `None` where no local has that name.
    fn local(&mut self, name: &'p str, at: Span, frame: FrameId) -> Option<Vec<Value<'p>>> {
        let binding = self.binding(name, at, frame)?;
        Some(self.bound(&binding, name, at, frame))
    }

    /// Whether a name means a local, a parameter included, at a place of a context's function.
    pub fn is_local(&self, name: &str, at: Span, frame: FrameId) -> bool {
        self.binding(name, at, frame).is_some()
    }

    pub(super) fn binding(&self, name: &str, at: Span, frame: FrameId) -> Option<Binding<'p>> {
        match &self.program.def(self.owner(frame)).item.kind {
            ItemKind::Fn(func) => binding::in_fn(func, name, at),
            ItemKind::Const { expr: Some(expr), .. } | ItemKind::Static { expr: Some(expr), .. } => {
                binding::in_expr(expr.get(), name, at)
            }
            _ => None,
        }
    }

    /// The values of a local at a place: what it begins with, and what is assigned or added to it on the way.
    pub(super) fn bound(
        &mut self,
        binding: &Binding<'p>,
        name: &str,
        at: Span,
        frame: FrameId,
    ) -> Vec<Value<'p>> {
        let mut values = Vec::new();
        for assigned in flow::reaching(binding.stmts, name, at) {
            match assigned {
                Some(expr) => values.extend(self.eval(Thunk { expr, frame }).iter().cloned()),
                None => values.extend(self.begun_with(binding, frame)),
            }
        }
        self.add_mutations(&mut values, binding.stmts, name, at, frame);
        if !binding.steps.is_empty() || !matches!(binding.source, Source::Let(_)) {
            return values;
        }
        let unknown = values.iter().all(|value| matches!(value, Value::Unknown));
        match binding.ty {
            Some(ty) if unknown && !values.is_empty() => vec![self.of_written(ty, frame)],
            Some(ty) => {
                let ty = self.lower(ty, frame);
                self.coerce(values, &ty)
            }
            None => values,
        }
    }

    /// What a local begins with.
    fn begun_with(&mut self, binding: &Binding<'p>, frame: FrameId) -> Vec<Value<'p>> {
        let values = match binding.source {
            Source::Param(index) => self.param(index, binding.ty, frame),
            Source::Let(init) => {
                let values = init.map(|expr| self.eval(Thunk { expr, frame }).to_vec()).unwrap_or_default();
                match binding.ty.filter(|_| !binding.steps.is_empty()) {
                    Some(ty) => {
                        let ty = self.lower(ty, frame);
                        self.coerce(values, &ty)
                    }
                    None => values,
                }
            }
            Source::Element(iter) => {
                let lists = self.eval(Thunk { expr: iter, frame });
                self.elements(&lists)
            }
            Source::Matched(scrutinee) => self.eval(Thunk { expr: scrutinee, frame }).to_vec(),
            Source::Closure { closure, param, call } => self.closure_param(closure, param, call, frame),
        };
        self.take_apart(values, &binding.steps, frame)
    }

    pub(super) fn of_written(&self, ty: &Type, frame: FrameId) -> Value<'p> {
        match self.lower(ty, frame) {
            Ty::Unknown => Value::Unknown,
            ty => Value::Of(ty),
        }
    }

    /// A written type with the context's type arguments.
    pub(super) fn lower(&self, ty: &Type, frame: FrameId) -> Ty {
        let owner = self.owner(frame);
        let context = TypeContext { module: self.program.def(owner).module, owner: Some(owner) };
        self.concrete(&self.program.lower_type(ty, context), frame)
    }

    /// A type with the context's type arguments.
    pub(super) fn concrete(&self, ty: &Ty, frame: FrameId) -> Ty {
        let at = self.frames.get(frame);
        if at.type_args.is_empty() { ty.clone() } else { ty.substitute(&at.type_args) }
    }

    fn is_env_condition(&mut self, cond: &'p Expr, frame: FrameId) -> bool {
        match &cond.kind {
            ExprKind::Let { expr, .. } => {
                let values = self.eval(Thunk { expr, frame });
                !values.is_empty() && values.iter().all(has_env)
            }
            _ => false,
        }
    }
}

/// Without `Absent`.
pub(super) fn present<'p>(values: &[Value<'p>]) -> Vec<Value<'p>> {
    values.iter().filter(|value| !matches!(value, Value::Absent)).cloned().collect()
}

pub(super) fn has_env(value: &Value<'_>) -> bool {
    matches!(value, Value::Text(text) if text.has_env())
}

fn diverges(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Return(_) | ExprKind::Break(_) | ExprKind::Continue => true,
        ExprKind::Macro(call) => {
            matches!(call.path.last().ident.name.as_str(), "panic" | "unreachable" | "todo" | "bail")
        }
        _ => false,
    }
}
