//! The part of the walk that runs callables which are put aside: closures in locals and structs, functions in tables.

use super::Walk;
use crate::access::stored;
use crate::certainty::Certainty;
use crate::resolve::DefId;
use crate::syntax::ast::{Expr, ExprKind};
use crate::values::{Thunk, Value};

impl<'p> Walk<'_, 'p> {
    /// Callables that were put aside and that an expression calls or gives to a call.
    pub(super) fn run_stored(&mut self, call: Thunk<'p>) {
        let stored = &self.ground.stored;
        let owner = self.program.def(self.evaluator.frame(call.frame).owner);
        if !stored.may_run(self.program, owner, call.expr) {
            return;
        }
        let (callee, args) = match &call.expr.kind {
            ExprKind::Call { callee, args } => (Some(&**callee), args),
            ExprKind::MethodCall(method) => (None, &method.args),
            _ => return,
        };
        let is_local = |callee: &Expr| match &callee.kind {
            ExprKind::Path(path) => {
                path.as_ident().is_some_and(|name| self.evaluator.is_local(name, callee.span, call.frame))
            }
            _ => true,
        };
        let callee =
            callee.filter(|callee| stored::is_value(self.program, owner, callee) && is_local(callee));
        for (expr, is_called) in
            callee.map(|callee| (callee, true)).into_iter().chain(args.iter().map(|arg| (arg, false)))
        {
            let mut is_known = true;
            for value in self.evaluator.eval(Thunk { expr, ..call }).iter() {
                match value {
                    Value::Closure(closure) => self.run(*closure),
                    Value::Func(def)
                        if is_called || stored.all().iter().any(|one| one.names(self.program, *def)) =>
                    {
                        self.ran_function(*def);
                        let frame = self.evaluator.root(*def, None);
                        self.enter(frame);
                    }
                    Value::Func(_) => {}
                    _ => is_known = false,
                }
            }
            if is_called && !is_known {
                self.run_any(args.len());
            }
        }
    }

    /// What is called is not known: every callable that takes so many arguments may be.
    fn run_any(&mut self, arity: usize) {
        let before = self.reached.accesses.len();
        for callable in self.ground.stored.with_arity(arity) {
            let frame = self.evaluator.root(callable.owner, None);
            match callable.function(self.program) {
                Some(def) => {
                    self.ran_function(def);
                    let frame = self.evaluator.root(def, None);
                    self.enter(frame);
                }
                None => self.run(Thunk { expr: callable.expr, frame }),
            }
        }
        self.reached.doubt(before, Certainty::Inferred);
    }

    fn ran_function(&mut self, def: DefId) {
        for callable in self.ground.stored.all().iter().filter(|one| one.names(self.program, def)) {
            self.ran.insert(callable.address());
        }
    }

    /// A closure that was put aside. Others count where they are written.
    fn run(&mut self, closure: Thunk<'p>) {
        let location = self.location(closure.frame, closure.expr.span);
        if !self.ground.stored.is_aside(closure.expr) || self.ground.served.is_named_at(location) {
            return;
        }
        let address = stored::address(closure.expr);
        self.ran.insert(address);
        if self.ran_here.insert((address, closure.frame)) {
            let owner = self.evaluator.frame(closure.frame).owner;
            self.via.push(format!("{}::closure", self.program.def(owner).path));
            self.expr(closure.expr, closure.frame);
            self.via.pop();
        }
    }
}
