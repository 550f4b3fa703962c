//! Text that is put together step by step: `sqlx::QueryBuilder`, and strings that grow by `push_str`, `+=` and `write!`.
//!
//! Input: the expression of a builder or string where it is used. Output: the texts that it can hold there, one for each way through the
//! conditions before, with the pushes in it. Helpers that get the builder are entered. Deliberately absent: what the text means (`sql`).

use std::collections::BTreeSet;

use crate::resolve::{Namespace, Res};
use crate::span::{Location, Span};
use crate::syntax::ast::{BinOp, Block, Expr, ExprKind, Lit, MethodCall, Pat, PatKind, Path, Stmt, StmtKind};
use crate::syntax::visit::{self, Child, children};
use crate::values::{Evaluator, FrameId, Origin, Piece, Text, Thunk, local_name};

/// More ways than these are not told apart.
const MAX_VARIANTS: usize = 192;
/// A value that is bound.
const VALUE: &str = " $1 ";
/// Helpers in helpers.
const MAX_DEPTH: usize = 16;

/// Methods that give the builder or string on which they are called, as far as its text goes.
const TRANSPARENT: &[&str] = &[
    "as_str",
    "clone",
    "to_string",
    "to_owned",
    "into",
    "as_ref",
    "as_mut",
    "sql",
    "into_sql",
    "trim",
    "trim_end",
];

/// Methods that change a text in a way that is not followed.
const OPAQUE: &[&str] = &[
    "clear",
    "drain",
    "extend",
    "insert",
    "insert_str",
    "pop",
    "remove",
    "replace_range",
    "reset",
    "retain",
    "truncate",
    "with",
];

/// Identity of a push: its context and place.
type Push = (FrameId, u32);

/// One text, and the pushes that are in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Variant {
    pub(super) text: Text,
    pub(super) pushes: BTreeSet<Push>,
    /// Separated builders that have an element.
    begun: BTreeSet<String>,
}

/// All texts that a builder can hold.
#[derive(Debug, Default)]
pub(super) struct Built {
    pub(super) variants: Vec<Variant>,
    /// Pushes of variants that were too many.
    pub(super) lost: BTreeSet<Push>,
    /// Where the builders were made.
    pub(super) made: Vec<Location>,
}

/// The texts of a builder or string; `None` where one of its changes could not be followed.
pub(super) fn built<'p>(evaluator: &mut Evaluator<'p>, place: Thunk<'p>) -> Option<Built> {
    let mut reader = Reader { evaluator, lost: BTreeSet::new(), made: Vec::new(), depth: 0 };
    let variants = reader.value(place.expr, place.frame)?;
    let Reader { lost, made, .. } = reader;
    Some(Built { variants, lost, made })
}

/// Whether a function of another crate makes a builder.
pub(super) fn makes_builder(path: &crate::resolve::scope::ExternalPath) -> bool {
    path.krate() == "sqlx"
        && path.0.iter().any(|name| name == "QueryBuilder")
        && matches!(path.last(), "new" | "with_arguments" | "default")
}

/// Whether a method turns a builder into a query.
pub(super) fn finishes(method: &str) -> bool {
    matches!(
        method,
        "build"
            | "build_with"
            | "build_query_as"
            | "build_query_as_with"
            | "build_query_scalar"
            | "build_query_scalar_with"
    )
}

struct Reader<'e, 'p> {
    evaluator: &'e mut Evaluator<'p>,
    lost: BTreeSet<Push>,
    made: Vec<Location>,
    depth: usize,
}

/// A walk over the statements that may change one local.
struct Run {
    name: String,
    /// Where the local is used: what comes later does not count.
    at: Option<Span>,
    frame: FrameId,
    /// `let mut list = builder.separated(", ")`: name and separators.
    separated: Vec<(String, Vec<Text>)>,
    is_done: bool,
}

type Variants = Option<Vec<Variant>>;

impl<'p> Reader<'_, 'p> {
    /// What an expression holds.
    fn value(&mut self, expr: &'p Expr, frame: FrameId) -> Variants {
        if self.depth > MAX_DEPTH || !self.evaluator.spend() {
            return None;
        }
        match &expr.kind {
            ExprKind::Ref(inner) | ExprKind::Deref(inner) | ExprKind::Try(inner) | ExprKind::Await(inner) => {
                self.value(inner, frame)
            }
            ExprKind::Path(path) => match path.as_ident() {
                Some(name) => self.local(name, expr, frame),
                None => self.plain(expr, frame),
            },
            ExprKind::MethodCall(call) if TRANSPARENT.contains(&call.method.name.as_str()) => {
                self.value(&call.receiver, frame)
            }
            ExprKind::MethodCall(call) if is_step(call) => {
                let variants = self.value(&call.receiver, frame)?;
                self.step(call, None, frame, variants)
            }
            ExprKind::Call { callee, args } => {
                if let ExprKind::Path(path) = &callee.kind
                    && self.makes_builder(path, frame)
                {
                    let owner = self.evaluator.frame(frame).owner;
                    let location = self.evaluator.program().def(owner).location;
                    self.made.push(Location { span: expr.span, ..location });
                    return match args.last() {
                        Some(_) => self.plain(&args[0], frame),
                        None => Some(vec![Variant::default()]),
                    };
                }
                let targets = self.evaluator.targets(Thunk { expr, frame });
                if targets.is_empty() {
                    return self.plain(expr, frame);
                }
                let mut all = Vec::new();
                for target in targets {
                    let result = self.result(target)?;
                    self.join(&mut all, result);
                }
                Some(all)
            }
            _ => self.plain(expr, frame),
        }
    }

    /// What a function gives as its last expression.
    fn result(&mut self, frame: FrameId) -> Variants {
        let owner = self.evaluator.frame(frame).owner;
        let block = self.evaluator.program().func(owner)?.block()?;
        let mut returns = false;
        visit::exprs_in_block(block, &mut |expr| returns |= matches!(expr.kind, ExprKind::Return(_)));
        match block.stmts.last().map(|stmt| &stmt.kind) {
            Some(StmtKind::Expr { expr, semi: false }) if !returns => {
                self.depth += 1;
                let result = self.value(expr, frame);
                self.depth -= 1;
                result
            }
            _ => None,
        }
    }

    /// A text that is not put together here.
    fn plain(&mut self, expr: &'p Expr, frame: FrameId) -> Variants {
        let texts = self.evaluator.texts(Thunk { expr, frame });
        let known =
            |text: &Text| text.0.is_empty() || text.0.iter().any(|piece| matches!(piece, Piece::Literal(_)));
        texts
            .iter()
            .all(known)
            .then(|| texts.into_iter().map(|text| Variant { text, ..Variant::default() }).collect())
    }

    fn local(&mut self, name: &'p str, at: &'p Expr, frame: FrameId) -> Variants {
        let origin = self.evaluator.origin(name, at.span, frame);
        let Some(origin) = origin else { return self.plain(at, frame) };
        let mut run =
            Run { name: name.to_string(), at: Some(at.span), frame, separated: Vec::new(), is_done: false };
        self.depth += 1;
        let variants = match origin {
            Origin::Let { init, block, position } => init
                .and_then(|init| self.value(init, frame))
                .and_then(|variants| self.stmts(&mut run, &block.stmts[position + 1..], variants)),
            Origin::Argument { given, body } => self
                .value(given.expr, given.frame)
                .and_then(|variants| self.stmts(&mut run, &body.stmts, variants)),
        };
        self.depth -= 1;
        variants
    }

    fn stmts(&mut self, run: &mut Run, stmts: &'p [Stmt], mut variants: Vec<Variant>) -> Variants {
        for stmt in stmts {
            match &stmt.kind {
                StmtKind::Let { pat, init, else_, .. } => {
                    if let (Some(alias), Some(init)) = (ident_of(pat), init)
                        && let ExprKind::MethodCall(call) = &init.kind
                        && call.method.name == "separated"
                        && local_name(&call.receiver) == Some(&run.name)
                    {
                        let separators = self.argument(call, run.frame);
                        run.separated.retain(|(known, _)| known != alias);
                        run.separated.push((alias.to_string(), separators));
                        for variant in &mut variants {
                            variant.begun.remove(alias);
                        }
                        continue;
                    }
                    for expr in init.iter().chain(else_) {
                        variants = self.expr(run, expr, variants)?;
                        if run.is_done {
                            return Some(variants);
                        }
                    }
                    // Another local of that name.
                    if ident_of(pat) == Some(&run.name) {
                        return Some(variants);
                    }
                }
                StmtKind::Expr { expr, .. } => variants = self.expr(run, expr, variants)?,
                StmtKind::Item(_) => {}
            }
            if run.is_done {
                break;
            }
        }
        Some(variants)
    }

    fn block(&mut self, run: &mut Run, block: &'p Block, variants: Vec<Variant>) -> Variants {
        self.stmts(run, &block.stmts, variants)
    }

    fn expr(&mut self, run: &mut Run, expr: &'p Expr, variants: Vec<Variant>) -> Variants {
        if run.at == Some(expr.span) {
            run.is_done = true;
            return Some(variants);
        }
        if !run.concerns(expr) {
            return Some(if matches!(expr.kind, ExprKind::Return(_)) { Vec::new() } else { variants });
        }
        match &expr.kind {
            ExprKind::MethodCall(call) => self.method(run, call, expr, variants),
            ExprKind::Call { args, .. } => {
                let variants = self.all(run, args.iter(), variants)?;
                if run.is_done {
                    return Some(variants);
                }
                self.helpers(run, expr, args, variants)
            }
            ExprKind::Macro(call) => {
                let name = call.path.last().ident.name.as_str();
                let target = call.args.first().and_then(|first| local_name(&first.expr));
                if matches!(name, "write" | "writeln") && target == Some(&run.name) {
                    let texts = self.evaluator.written(call, expr, run.frame);
                    return Some(self.push(texts, (run.frame, expr.span.start), &variants));
                }
                self.all(run, call.args.iter().map(|arg| &arg.expr), variants)
            }
            ExprKind::If { cond, then, else_ } => {
                let before = self.expr(run, cond, variants)?;
                if run.is_done {
                    return Some(before);
                }
                let mut after = self.block(run, then, before.clone())?;
                if run.is_done {
                    return Some(after);
                }
                let other = match else_ {
                    Some(else_) => self.expr(run, else_, before)?,
                    None => before,
                };
                if run.is_done {
                    return Some(other);
                }
                self.join(&mut after, other);
                Some(after)
            }
            ExprKind::Match { scrutinee, arms } => {
                let before = self.expr(run, scrutinee, variants)?;
                let mut after = Vec::new();
                for arm in arms {
                    if run.is_done {
                        return Some(before);
                    }
                    let own = self.expr(run, &arm.body, before.clone())?;
                    if run.is_done {
                        return Some(own);
                    }
                    self.join(&mut after, own);
                }
                Some(after)
            }
            ExprKind::Loop { body } => self.repeated(run, body, variants),
            ExprKind::While { cond: first, body } | ExprKind::For { iter: first, body, .. } => {
                let variants = self.expr(run, first, variants)?;
                if run.is_done {
                    return Some(variants);
                }
                self.repeated(run, body, variants)
            }
            // It may run or not.
            ExprKind::Closure(closure) => {
                let mut after = self.expr(run, &closure.body, variants.clone())?;
                if !run.is_done {
                    self.join(&mut after, variants);
                }
                Some(after)
            }
            ExprKind::Block(block) | ExprKind::Unsafe(block) | ExprKind::Async { block } => {
                self.block(run, block, variants)
            }
            ExprKind::Assign { left, right } if local_name(left) == Some(&run.name) => {
                let before = self.expr(run, right, variants)?;
                if run.is_done { Some(before) } else { self.value(right, run.frame) }
            }
            ExprKind::Binary { op: BinOp::AddAssign, left, right } if local_name(left) == Some(&run.name) => {
                let texts = self.evaluator.texts(Thunk { expr: right, frame: run.frame });
                Some(self.push(texts, (run.frame, expr.span.start), &variants))
            }
            ExprKind::Return(inner) => {
                let before = self.all(run, inner.iter().map(|inner| &**inner), variants)?;
                Some(if run.is_done { before } else { Vec::new() })
            }
            _ => {
                let mut inside: Vec<Child<'p>> = Vec::new();
                children(expr, &mut |child| inside.push(child));
                let mut variants = variants;
                for child in inside {
                    variants = match child {
                        Child::Expr(child) => self.expr(run, child, variants)?,
                        Child::Block(block) => self.block(run, block, variants)?,
                    };
                    if run.is_done {
                        break;
                    }
                }
                Some(variants)
            }
        }
    }

    fn all(
        &mut self,
        run: &mut Run,
        exprs: impl IntoIterator<Item = &'p Expr>,
        mut variants: Vec<Variant>,
    ) -> Variants {
        for expr in exprs {
            variants = self.expr(run, expr, variants)?;
            if run.is_done {
                break;
            }
        }
        Some(variants)
    }

    /// A body that runs never, once or twice.
    fn repeated(&mut self, run: &mut Run, body: &'p Block, variants: Vec<Variant>) -> Variants {
        let once = self.block(run, body, variants.clone())?;
        if run.is_done {
            return Some(once);
        }
        let twice = self.block(run, body, once.clone())?;
        let mut after = twice;
        self.join(&mut after, once);
        self.join(&mut after, variants);
        Some(after)
    }

    fn method(
        &mut self,
        run: &mut Run,
        call: &'p MethodCall,
        expr: &'p Expr,
        variants: Vec<Variant>,
    ) -> Variants {
        let variants = self.expr(run, &call.receiver, variants)?;
        if run.is_done {
            return Some(variants);
        }
        let root = root(&call.receiver);
        let separated = root.and_then(|root| run.separated.iter().find(|(name, _)| name == root)).cloned();
        if root != Some(&run.name) && separated.is_none() {
            let variants = self.all(run, call.args.iter(), variants)?;
            if run.is_done {
                return Some(variants);
            }
            return self.helpers(run, expr, &call.args, variants);
        }
        if OPAQUE.contains(&call.method.name.as_str()) {
            return None;
        }
        if !is_step(call) {
            return self.all(run, call.args.iter(), variants);
        }
        self.step(call, separated.as_ref(), run.frame, variants)
    }

    /// Functions of the program that get the builder.
    fn helpers(
        &mut self,
        run: &mut Run,
        expr: &'p Expr,
        args: &'p [Expr],
        variants: Vec<Variant>,
    ) -> Variants {
        let Some(index) = args.iter().position(|arg| local_name(arg) == Some(&run.name)) else {
            return Some(variants);
        };
        let targets = self.evaluator.targets(Thunk { expr, frame: run.frame });
        if targets.is_empty() {
            return Some(variants);
        }
        if self.depth > MAX_DEPTH {
            return None;
        }
        let is_method = matches!(expr.kind, ExprKind::MethodCall(_));
        let mut all = Vec::new();
        for target in targets {
            let func = self.evaluator.program().func(self.evaluator.frame(target).owner)?;
            let skipped = usize::from(!is_method && func.sig().receiver.is_some());
            let param = func.sig().params.get(index.checked_sub(skipped)?)?;
            let mut inner = Run {
                name: ident_of(&param.pat)?.to_string(),
                at: None,
                frame: target,
                separated: Vec::new(),
                is_done: false,
            };
            self.depth += 1;
            let after = self.block(&mut inner, func.block()?, variants.clone())?;
            self.depth -= 1;
            self.join(&mut all, after);
        }
        Some(all)
    }

    /// What one method adds.
    fn step(
        &mut self,
        call: &'p MethodCall,
        separated: Option<&(String, Vec<Text>)>,
        frame: FrameId,
        mut variants: Vec<Variant>,
    ) -> Variants {
        let push = (frame, call.method.span.start);
        let name = call.method.name.as_str();
        if let Some((alias, separators)) = separated
            && matches!(name, "push" | "push_bind")
        {
            let (mut first, mut later) = (Vec::new(), Vec::new());
            for mut variant in variants {
                let begun = !variant.begun.insert(alias.clone());
                if begun { later.push(variant) } else { first.push(variant) }
            }
            variants = self.push(separators.clone(), push, &later);
            variants.extend(first);
        }
        let texts = match name {
            "push" | "push_str" | "push_unseparated" => self.argument(call, frame),
            "push_bind" | "push_bind_unseparated" => vec![Text::literal(VALUE)],
            "push_values" => vec![rows("VALUES ", "", call)],
            "push_tuples" => vec![rows(" (", ")", call)],
            // `builder.separated(", ")` in the middle of a chain.
            _ => return if name == "separated" { None } else { Some(variants) },
        };
        Some(self.push(texts, push, &variants))
    }

    fn argument(&mut self, call: &'p MethodCall, frame: FrameId) -> Vec<Text> {
        match call.args.first().map(|arg| (&arg.kind, arg)) {
            Some((ExprKind::Lit(Lit::Char(c)), _)) => vec![Text::literal(*c)],
            Some((_, expr)) => self.evaluator.texts(Thunk { expr, frame }),
            None => vec![Text::unknown()],
        }
    }

    fn push(&mut self, texts: Vec<Text>, push: Push, variants: &[Variant]) -> Vec<Variant> {
        let mut all = Vec::new();
        for text in texts {
            let more = variants.iter().cloned().map(|mut variant| {
                variant.text = variant.text.join(text.clone());
                variant.pushes.insert(push);
                variant
            });
            let more = more.collect();
            self.join(&mut all, more);
        }
        all
    }

    /// Both, as far as they can be told apart.
    fn join(&mut self, all: &mut Vec<Variant>, more: Vec<Variant>) {
        for variant in more {
            if all.contains(&variant) {
                continue;
            }
            if all.len() >= MAX_VARIANTS {
                self.lost.extend(variant.pushes);
            } else {
                all.push(variant);
            }
        }
    }

    fn makes_builder(&self, path: &Path, frame: FrameId) -> bool {
        let program = self.evaluator.program();
        let owner = self.evaluator.frame(frame).owner;
        let module = program.def(owner).module;
        match program.resolve_ast_path(path, Namespace::Values, module, Some(owner)) {
            Some(Res::External(path)) => makes_builder(&path),
            _ => false,
        }
    }
}

impl Run {
    /// Whether an expression names the local, or holds the place where it is used.
    fn concerns(&self, expr: &Expr) -> bool {
        if self.at.is_some_and(|at| expr.span.contains(at)) {
            return true;
        }
        let is_meant =
            |name: &str| self.name == name || self.separated.iter().any(|(alias, _)| alias == name);
        let mut found = false;
        visit::exprs(expr, &mut |expr| {
            if let ExprKind::Path(path) = &expr.kind
                && let Some(name) = path.as_ident()
            {
                found |= is_meant(name);
            }
            found |= matches!(expr.kind, ExprKind::Return(_));
        });
        found
    }
}

fn is_step(call: &MethodCall) -> bool {
    matches!(
        call.method.name.as_str(),
        "push"
            | "push_str"
            | "push_bind"
            | "push_values"
            | "push_tuples"
            | "push_unseparated"
            | "push_bind_unseparated"
            | "separated"
    )
}

/// The local at the start of a chain of steps.
fn root(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::MethodCall(call) if is_step(call) => root(&call.receiver),
        _ => local_name(expr),
    }
}

fn ident_of(pat: &Pat) -> Option<&str> {
    match &pat.kind {
        PatKind::Ident { ident, .. } => Some(&ident.name),
        PatKind::Typed { pat, .. } | PatKind::Ref(pat) => ident_of(pat),
        _ => None,
    }
}

/// One row with as many values as the closure binds or pushes.
fn rows(before: &str, after: &str, call: &MethodCall) -> Text {
    let mut values = 0;
    for arg in call.args.iter().skip(1) {
        visit::exprs(arg, &mut |expr| {
            if let ExprKind::MethodCall(call) = &expr.kind {
                values += usize::from(matches!(call.method.name.as_str(), "push_bind" | "push"));
            }
        });
    }
    let mut text = Text::literal(format!("{before}("));
    for at in 0..values.max(1) {
        if at > 0 {
            text = text.join(Text::literal(", "));
        }
        text = text.join(Text::literal(VALUE));
    }
    text.join(Text::literal(format!("){after}")))
}
