//! Which functions can lead to an access at all: the others are not walked.

use super::{query, sdk};
use crate::ordered::{UnorderedMap, UnorderedSet};
use crate::resolve::scope::ExternalPath;
use crate::resolve::{Def, DefId, EdgeKind, Namespace, Program, Res};
use crate::syntax::ItemKind;
use crate::syntax::ast::{Block, Expr, ExprKind, Path, StmtKind};
use crate::syntax::visit::{Child, children};

/// Every expression inside, itself included, outer before inner; where `each` answers `false`, what is inside is left out.
pub(super) fn inside<'p>(expr: &'p Expr, each: &mut dyn FnMut(&'p Expr) -> bool) {
    if each(expr) {
        children(expr, &mut |child| match child {
            Child::Expr(child) => inside(child, each),
            Child::Block(block) => in_block(block, each),
        });
    }
}

/// The same for a block.
pub(super) fn in_block<'p>(block: &'p Block, each: &mut dyn FnMut(&'p Expr) -> bool) {
    for stmt in &block.stmts {
        match &stmt.kind {
            StmtKind::Let { init, else_, .. } => init.iter().chain(else_).for_each(|expr| inside(expr, each)),
            StmtKind::Expr { expr, .. } => inside(expr, each),
            StmtKind::Item(_) => {}
        }
    }
}

/// Functions, consts and statics whose code, or what it calls, can hold an access or read a variable.
pub(super) struct Leads<'p> {
    program: &'p Program,
    /// Whether the program can send requests of the SDK.
    requests: bool,
    /// Whether it builds statements by methods.
    statements: bool,
    defs: UnorderedSet<DefId>,
}

impl<'p> Leads<'p> {
    pub(super) fn of(program: &'p Program) -> Self {
        let mut leads = Self {
            program,
            requests: sdk::is_used(program),
            statements: query::builds_statements(program),
            defs: UnorderedSet::default(),
        };
        leads.fill();
        leads
    }

    pub(super) fn contains(&self, def: DefId) -> bool {
        self.defs.contains(&def)
    }

    fn fill(&mut self) {
        let program = self.program;
        let mut callers: UnorderedMap<DefId, Vec<DefId>> = UnorderedMap::default();
        for edge in program.edges.iter().filter(|edge| edge.kind != EdgeKind::Type) {
            callers.entry(edge.to).or_default().push(edge.from);
        }
        let mut queue: Vec<DefId> = Vec::new();
        for def in &program.defs {
            let mut holds = false;
            let mut each = |expr: &'_ Expr| {
                holds = holds || self.is_one(def, expr);
                !holds
            };
            match &def.item.kind {
                ItemKind::Fn(func) => func.body.iter().for_each(|body| in_block(body, &mut each)),
                ItemKind::Const { expr: Some(expr), .. } | ItemKind::Static { expr: Some(expr), .. } => {
                    inside(expr, &mut each);
                }
                _ => {}
            }
            if holds {
                queue.push(def.id);
            }
        }
        while let Some(def) = queue.pop() {
            if self.defs.insert(def) {
                queue.extend(callers.get(&def).into_iter().flatten());
            }
        }
    }

    /// Whether an expression of a definition, without what is inside, can be an access or read a variable.
    pub(super) fn is_one(&self, owner: &Def, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::MethodCall(call) => {
                let ty = || self.program.body(owner.id).map(|body| body.ty(call.receiver.span));
                (self.requests && sdk::may_send(call) && !ty().is_some_and(sdk::is_foreign))
                    || (self.statements && query::may_run(call) && !ty().is_some_and(query::runs_nothing))
            }
            ExprKind::Call { callee, args } => match &callee.kind {
                ExprKind::Path(path) => match self.resolve(owner, path, Namespace::Values) {
                    Some(Res::External(path)) => {
                        is_env_read(&path)
                            || query::is_built(&path)
                            || query::statement_of_call(&path, args).is_some()
                    }
                    _ => false,
                },
                _ => false,
            },
            ExprKind::Macro(call) => match self.resolve(owner, &call.path, Namespace::Macros) {
                Some(Res::External(path)) => path.krate() == "sqlx",
                Some(Res::Def(def)) => self.requests && !sdk::of_macro(self.program, def).is_empty(),
                _ => false,
            },
            _ => false,
        }
    }

    fn resolve(&self, owner: &Def, path: &Path, namespace: Namespace) -> Option<Res> {
        self.program.resolve_ast_path(path, namespace, owner.module, Some(owner.id))
    }
}

/// Whether a function of another crate reads an environment variable.
pub(super) fn is_env_read(path: &ExternalPath) -> bool {
    match &*path.0 {
        [krate, module, name] => krate == "std" && module == "env" && (name == "var" || name == "var_os"),
        [krate, name] => (krate == "dotenv" || krate == "dotenvy") && name == "var",
        _ => false,
    }
}
