//! Locals: what they hold at a place, with what was assigned to them before, and the rows that written types say.

use super::names::Made;
use super::query::{Part, Row};
use super::reader::Reader;
use super::rows::{filled, unknown};
use crate::syntax::Name;
use crate::syntax::ast::{Expr, ExprKind, Stmt, StmtKind, Type, TypeKind};
use crate::syntax::visit;
use crate::values::{FrameId, Origin, local_name};

/// Methods that change the local on which they are called.
const CHANGING: &[&str] =
    &["set", "try_set", "set_if_not_equals", "reset", "set_from_json", "filter_mut", "query"];

impl<'p> Reader<'_, 'p> {
    /// What `self` is at a place.
    pub(super) fn receiver(&mut self, at: &'p Expr, frame: FrameId) -> Part {
        let part = self.received(frame);
        self.changed(part, "self", at, self.body(frame), frame)
    }

    fn received(&mut self, frame: FrameId) -> Part {
        if let Some(given) = self.evaluator.given_by_caller(None, frame) {
            let part = self.part(given.expr, given.frame);
            if !part.names_nothing() {
                return part;
            }
        }
        let owner = self.owner(frame);
        let module = self.program().def(owner).module;
        match self.orm.names.names(&self.orm.tables, &[Name::new_static("Self")], module, Some(owner)) {
            Some((made, _)) => self.of_made(made),
            None => Part::default(),
        }
    }

    /// The row that a written type says: `Option<cake::Model>`.
    fn row_of_written(&self, ty: &Type, frame: FrameId) -> Option<Row> {
        match &ty.kind {
            TypeKind::Path(path) => match self.meaning(path, frame) {
                Some((Made::ActiveModel(entity), _)) => Some(unknown(entity)),
                Some((Made::Model(entity), _)) => Some(Row::Model(entity)),
                _ => path.last().args().iter().find_map(|arg| self.row_of_written(arg, frame)),
            },
            TypeKind::Ref(inner) | TypeKind::Slice(inner) => self.row_of_written(inner, frame),
            _ => None,
        }
    }

    pub(super) fn local(
        &mut self,
        name: &'p str,
        written: Option<&'p Type>,
        at: &'p Expr,
        frame: FrameId,
    ) -> Part {
        let written = written.and_then(|ty| self.row_of_written(ty, frame));
        let (mut part, stmts) = match self.evaluator.origin(name, at.span, frame) {
            Some(Origin::Let { init, block, position }) => {
                let init = init.map(|init| self.part(init, frame)).unwrap_or_default();
                (init, &block.stmts[position + 1..])
            }
            Some(Origin::Argument { given, body }) => (self.part(given.expr, given.frame), &*body.stmts),
            None => (self.taken_apart(name, at, frame), self.body(frame)),
        };
        match (written, &part.row) {
            // `let cake: cake::ActiveModel = cake.into();`
            (Some(Row::Active { entity, .. }), Some(Row::Model(_))) => part.row = Some(filled(entity)),
            (Some(row), None | Some(Row::Struct(_))) => part.row = Some(row),
            _ => {}
        }
        self.changed(part, name, at, stmts, frame)
    }

    /// The statements of the function of a context.
    fn body(&self, frame: FrameId) -> &'p [Stmt] {
        let block = self.program().func(self.owner(frame)).and_then(|func| func.block());
        block.map_or(&[], |block| &block.stmts)
    }

    /// What a pattern takes out of something.
    fn taken_apart(&mut self, name: &str, at: &'p Expr, frame: FrameId) -> Part {
        let Some((from, element)) = self.evaluator.taken_from(name, at.span, frame) else {
            return Part::default();
        };
        match (&from.expr.kind, element) {
            (ExprKind::Tuple(elems), Some(at)) if at < elems.len() => self.part(&elems[at], from.frame),
            (ExprKind::Macro(call), Some(at)) => self.alias(call, Some(at), from.frame),
            (_, None) => self.part(from.expr, from.frame),
            (_, Some(at)) => {
                let part = self.part(from.expr, from.frame);
                Part { row: part.row.filter(|_| at == 0), queries: part.queries, ..Part::default() }
            }
        }
    }

    /// A local's value at a place, with what was assigned to it before.
    fn changed(&mut self, first: Part, name: &str, at: &'p Expr, stmts: &'p [Stmt], frame: FrameId) -> Part {
        let mut part = first;
        for stmt in stmts {
            if stmt.span.start >= at.span.start {
                break;
            }
            let mut changes: Vec<&'p Expr> = Vec::new();
            visit::exprs_in_stmt(stmt, &mut |expr| {
                if expr.span.end <= at.span.start && changes_local(expr, name) {
                    changes.push(expr);
                }
            });
            for change in changes {
                let always = matches!(&stmt.kind, StmtKind::Expr { expr, .. } if std::ptr::eq(expr, change));
                match &change.kind {
                    ExprKind::Assign { left, right } => match &left.kind {
                        ExprKind::Field { name: field, .. } => {
                            self.set_field(&mut part, &field.name, right);
                        }
                        _ => {
                            let value = self.part(right, frame);
                            if always { part = value } else { part.join(value) }
                        }
                    },
                    ExprKind::MethodCall(call) => self.changed_by(&mut part, call, frame),
                    // A call that is lent it.
                    _ if self.lends(change, name, frame) => {
                        if !part.queries.is_empty() {
                            part.named.problem("it is changed by a function that is given it");
                        }
                        if let Some(Row::Active { set, .. }) = &mut part.row {
                            *set = None;
                        }
                    }
                    _ => {}
                }
            }
        }
        part
    }

    /// Whether a call is given `&mut name`.
    fn lends(&self, call: &Expr, name: &str, frame: FrameId) -> bool {
        let ExprKind::Call { args, .. } = &call.kind else { return false };
        let source = self.program().def(self.owner(frame)).location.source;
        let text = &self.program().tree.sources.get(source).text;
        args.iter().any(|arg| {
            crate::values::local_name(arg) == Some(name) && arg.span.slice(text).starts_with("&mut")
        })
    }
}

/// Whether an expression by itself changes a local: an assignment to it or its field, one of its methods, a call that is lent it.
fn changes_local(expr: &Expr, name: &str) -> bool {
    let is_it = |expr: &Expr| local_name(expr) == Some(name);
    match &expr.kind {
        ExprKind::Assign { left, .. } => match &left.kind {
            ExprKind::Field { base, .. } => is_it(base),
            _ => is_it(left),
        },
        ExprKind::MethodCall(call) => is_it(&call.receiver) && CHANGING.contains(&call.method.name.as_str()),
        ExprKind::Call { args, .. } => {
            args.iter().any(|arg| matches!(&arg.kind, ExprKind::Ref(inner) if is_it(inner)))
        }
        _ => false,
    }
}
