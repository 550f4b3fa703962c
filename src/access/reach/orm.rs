//! The part of the walk that meets statements of diesel and sea-orm where they run.

use super::super::orm::{self, Ran, UNKNOWN};
use super::super::query::{self, Site};
use super::Walk;
use crate::syntax::ast::{Expr, ExprKind, MethodCall};
use crate::values::{FrameId, Thunk};

impl<'p> Walk<'_, 'p> {
    /// A method that may run a statement.
    pub(super) fn orm_method(&mut self, call: &'p MethodCall, thunk: Thunk<'p>) {
        let owner = self.evaluator.frame(thunk.frame).owner;
        if !self.ground.orm.may_run(call, owner, self.static_type(&call.receiver, thunk.frame)) {
            return;
        }
        let ran = orm::ran(
            &mut self.evaluator,
            self.ground.orm,
            self.ground.statements.schema,
            &mut self.orm_memo,
            thunk,
        );
        let Some(Ran { needs, hooks }) = ran else { return };
        let location = self.location(thunk.frame, call.method.span);
        if needs.all.is_empty() && needs.problems == [UNKNOWN] {
            self.findings.push(query::unknown(location));
            return;
        }
        let certainty = self.evaluator.frame(thunk.frame).certainty;
        query::report(&needs, location, &mut self.findings);
        let found = query::of_needs(&needs, Site { location, certainty, via: &self.via });
        self.reached.note(found);
        for hook in hooks {
            let entered = self.evaluator.root(hook, None);
            self.enter(entered);
        }
    }

    /// A function of the program on something that a macro makes: `Entity::published()`.
    pub(super) fn orm_call(&mut self, callee: &'p Expr, frame: FrameId) {
        let ExprKind::Path(path) = &callee.kind else { return };
        if self.ground.orm.runs_by_trait(path) {
            self.findings.push(query::unknown(self.location(frame, callee.span)));
        }
        let owner = self.evaluator.frame(frame).owner;
        for def in self.ground.orm.called(path, owner) {
            let entered = self.evaluator.root(def, None);
            self.enter(entered);
        }
    }
}
