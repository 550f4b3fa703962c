//! Closures and functions that are put aside where they are written, in locals, structs and tables, and run where they are called.
//!
//! Input: the program. Output: which expressions run nothing where they stand, and which calls may run one of them. A callable that nothing
//! is seen to call counts where it is written. Deliberately absent: handlers (`served`).

use rayon::prelude::*;

use super::leads::Leads;
use crate::ordered::UnorderedSet;
use crate::resolve::{Def, DefId, Namespace, Program, Ty};
use crate::stack::on_all_cores;
use crate::syntax::ItemKind;
use crate::syntax::ast::{Block, Expr, ExprKind, PatKind, StmtKind};
use crate::syntax::visit;

/// One callable that is put aside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Callable<'p> {
    pub(super) owner: DefId,
    pub(super) expr: &'p Expr,
    /// How many arguments it takes.
    arity: usize,
}

impl Callable<'_> {
    /// The function that it is, where it is no closure.
    pub(super) fn function(&self, program: &Program) -> Option<DefId> {
        let ExprKind::Path(path) = &self.expr.kind else { return None };
        let owner = program.def(self.owner);
        program.resolve_ast_path(path, Namespace::Values, owner.module, Some(owner.id))?.def()
    }

    pub(super) fn names(&self, program: &Program, def: DefId) -> bool {
        self.function(program) == Some(def)
    }

    pub(super) fn address(&self) -> usize {
        address(self.expr)
    }
}

#[derive(Debug, Default)]
pub(super) struct Stored<'p> {
    callables: Vec<Callable<'p>>,
    /// Addresses of their expressions.
    aside: UnorderedSet<usize>,
    /// Addresses of `async` blocks that are dropped without being awaited.
    dropped: UnorderedSet<usize>,
}

impl<'p> Stored<'p> {
    /// `unseen`: callables that nothing was seen to call; they are not put aside.
    pub(super) fn of(program: &'p Program, leads: &Leads<'p>, unseen: &UnorderedSet<usize>) -> Self {
        let live: Vec<&Def> = program.live_defs().collect();
        let of = |def: &'p Def| InDef::of(program, leads, def);
        let parts: Vec<InDef<'_>> =
            on_all_cores(|| live.into_par_iter().with_max_len(32).filter_map(of).collect());
        let mut stored = Self::default();
        for InDef { callables, dropped } in parts {
            for callable in callables.into_iter().filter(|one| !unseen.contains(&one.address())) {
                stored.aside.insert(callable.address());
                stored.callables.push(callable);
            }
            for future in dropped {
                stored.dropped.insert(address(future));
            }
        }
        stored
    }

    /// Whether an expression runs nothing where it stands.
    pub(super) fn is_aside(&self, expr: &Expr) -> bool {
        self.aside.contains(&address(expr)) || self.dropped.contains(&address(expr))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.callables.is_empty()
    }

    pub(super) fn all(&self) -> &[Callable<'p>] {
        &self.callables
    }

    /// Callables that take so many arguments.
    pub(super) fn with_arity(&self, arity: usize) -> Vec<Callable<'p>> {
        self.callables.iter().filter(|callable| callable.arity == arity).copied().collect()
    }

    /// Whether an expression of a definition may run a callable that is put aside: a call of what is no item, or a callable as an argument.
    pub(super) fn may_run(&self, program: &Program, owner: &Def, expr: &Expr) -> bool {
        if self.is_empty() {
            return false;
        }
        match &expr.kind {
            ExprKind::Call { callee, args } => {
                is_value(program, owner, callee) || args.iter().any(|arg| is_callable(program, owner, arg))
            }
            ExprKind::MethodCall(call) => call.args.iter().any(|arg| is_callable(program, owner, arg)),
            _ => false,
        }
    }
}

/// What one definition puts aside, and its `async` blocks that are dropped without being awaited.
struct InDef<'p> {
    callables: Vec<Callable<'p>>,
    dropped: Vec<&'p Expr>,
}

impl<'p> InDef<'p> {
    /// None where it puts nothing aside.
    fn of(program: &'p Program, leads: &Leads<'p>, def: &'p Def) -> Option<Self> {
        let (mut found, mut dropped) = (Vec::new(), Vec::new());
        match &def.item.kind {
            ItemKind::Fn(func) => {
                let block = func.block()?;
                in_block(block, &mut found);
                drop_futures(block, &mut dropped);
            }
            ItemKind::Const { expr: Some(expr), .. } | ItemKind::Static { expr: Some(expr), .. } => {
                put_aside(expr.get(), &mut found);
            }
            _ => return None,
        }
        let callable = |expr| {
            let arity = arity(program, def, expr)?;
            leads_somewhere(program, leads, def, expr).then_some(Callable { owner: def.id, expr, arity })
        };
        let callables: Vec<_> = found.into_iter().filter_map(callable).collect();
        (!callables.is_empty() || !dropped.is_empty()).then_some(Self { callables, dropped })
    }
}

/// `let task = async { .. }; drop(task);`
fn drop_futures<'p>(block: &'p Block, dropped: &mut Vec<&'p Expr>) {
    visit::stmts(block, &mut |stmt| {
        if let StmtKind::Let { pat, init: Some(init), .. } = &stmt.kind
            && matches!(init.kind, ExprKind::Async { .. })
            && let PatKind::Ident { ident, .. } = &pat.kind
            && is_only_dropped(block, ident.name.as_str())
        {
            dropped.push(init);
        }
    });
}

/// Whether an expression that is called, or given, names no item: a local, a field.
pub(super) fn is_value(program: &Program, owner: &Def, expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Path(path) => {
            path.as_ident().is_some()
                && program.resolve_ast_path(path, Namespace::Values, owner.module, Some(owner.id)).is_none()
        }
        ExprKind::Ref(inner) => is_value(program, owner, inner),
        ExprKind::Field { .. } | ExprKind::Index { .. } | ExprKind::Deref(_) => true,
        _ => false,
    }
}

fn is_callable(program: &Program, owner: &Def, arg: &Expr) -> bool {
    let is_closure = |ty: &Ty| matches!(ty.peel(), Ty::Closure(_));
    is_value(program, owner, arg) && program.body(owner.id).is_some_and(|body| is_closure(body.ty(arg.span)))
}

pub(super) fn address(expr: &Expr) -> usize {
    std::ptr::from_ref(expr) as usize
}

fn in_block<'p>(block: &'p Block, found: &mut Vec<&'p Expr>) {
    visit::stmts(block, &mut |stmt| {
        if let StmtKind::Let { init: Some(init), .. } = &stmt.kind {
            put_aside(init, found);
        }
    });
    tail(block, found);
}

fn tail<'p>(block: &'p Block, found: &mut Vec<&'p Expr>) {
    if let Some(StmtKind::Expr { expr, semi: false }) = block.stmts.last().map(|stmt| &stmt.kind) {
        put_aside(expr, found);
    }
}

/// The closures and names in an expression that are kept in its value.
fn put_aside<'p>(expr: &'p Expr, found: &mut Vec<&'p Expr>) {
    match &expr.kind {
        ExprKind::Closure(_) | ExprKind::Path(_) => found.push(expr),
        ExprKind::Ref(inner) | ExprKind::Cast { expr: inner, .. } => put_aside(inner, found),
        ExprKind::Tuple(elems) | ExprKind::Array(elems) => {
            elems.iter().for_each(|elem| put_aside(elem, found));
        }
        ExprKind::Struct(literal) => literal.fields.iter().for_each(|field| put_aside(&field.expr, found)),
        ExprKind::Block(block) => tail(block, found),
        ExprKind::Macro(call) if call.path.last().ident.name == "vec" => {
            call.args.iter().for_each(|arg| put_aside(&arg.expr, found));
        }
        // Smart pointers and enum values hold their argument.
        ExprKind::Call { callee, args } if args.len() == 1 => {
            let ExprKind::Path(path) = &callee.kind else { return };
            let last = path.last().ident.name.as_str();
            let holder = path.segments.iter().rev().nth(1).map_or("", |segment| segment.ident.name.as_str());
            let is_holder =
                matches!((holder, last), ("Box" | "Arc" | "Rc", "new" | "pin") | (_, "Some" | "Ok"));
            if is_holder {
                put_aside(&args[0], found);
            }
        }
        _ => {}
    }
}

/// How many arguments a callable takes; `None` for a path that names none.
fn arity(program: &Program, owner: &Def, expr: &Expr) -> Option<usize> {
    match &expr.kind {
        ExprKind::Closure(closure) => Some(closure.params.len()),
        ExprKind::Path(path) => {
            let res = program.resolve_ast_path(path, Namespace::Values, owner.module, Some(owner.id))?;
            let sig = program.func(res.def()?)?.sig();
            Some(sig.params.len() + usize::from(sig.receiver.is_some()))
        }
        _ => None,
    }
}

/// Whether a callable can be an access or lead to one.
fn leads_somewhere(program: &Program, leads: &Leads<'_>, owner: &Def, expr: &Expr) -> bool {
    let site = |expr: &Expr| program.body(owner.id).and_then(|body| body.call(expr.span));
    let mut found = false;
    visit::exprs(expr, &mut |inner| {
        found |= leads.lead(owner, inner).is_some()
            || site(inner).is_some_and(|site| site.defs().any(|def| leads.contains(def)));
    });
    found
}

/// Whether a local is used for nothing but `drop(local)`.
fn is_only_dropped(block: &Block, name: &str) -> bool {
    let is_it = |expr: &Expr| matches!(&expr.kind, ExprKind::Path(path) if path.as_ident().is_some_and(|ident| ident == name));
    let (mut uses, mut drops) = (0, 0);
    visit::exprs_in_block(block, &mut |expr| {
        uses += usize::from(is_it(expr));
        if let ExprKind::Call { callee, args } = &expr.kind
            && let ExprKind::Path(path) = &callee.kind
            && path.last().ident.name == "drop"
        {
            drops += args.iter().filter(|arg| is_it(arg)).count();
        }
        // What a macro captures in its text cannot be seen.
        if let ExprKind::Macro(_) = &expr.kind {
            uses += 1;
        }
    });
    uses == drops
}
