//! Branches and loops: every arm that may run is evaluated, and what they leave is joined.

use super::patterns::Match;
use super::{Interp, Loop, Served, join};
use crate::ordered::OrderedMap;
use crate::resolve::DefId;
use crate::routes::align::{self, Budget};
use crate::routes::table::ServedBy;
use crate::routes::value::Value;
use crate::span::{Location, Span};
use crate::syntax::Name;
use crate::syntax::ast::{Arm, Block, Expr, ExprKind, Pat};

/// How and where a router is served, and where it was made.
type ServedAt = (ServedBy, DefId, Option<Location>);

/// Routers that branches serve in one way and place, each with its branch's condition.
type Alternatives<'p> = Vec<(Option<String>, Served<'p>)>;

/// What one branch leaves: its condition, its value and the locals after it.
pub(super) struct Outcome<'p> {
    condition: Option<String>,
    value: Value<'p>,
    locals: Vec<(Name, Value<'p>)>,
    /// Routers that it serves.
    served: Vec<Served<'p>>,
}

impl<'p> Interp<'p> {
    pub(super) fn eval_if(
        &mut self,
        expr: &'p Expr,
        cond: &'p Expr,
        then: &'p Block,
        else_: Option<&'p Expr>,
    ) -> Value<'p> {
        let before = self.frame().locals.clone();
        let text = self.source_text(cond.span);
        let known = self.eval_condition(cond);
        let with_bindings = std::mem::replace(&mut self.frame_mut().locals, before.clone());
        let mut outcomes = Vec::new();
        if known != Match::No {
            self.frame_mut().locals = with_bindings;
            outcomes.push(self.branch(&text, before.len(), |interp| interp.eval_block(then)));
        }
        if known != Match::Yes {
            self.frame_mut().locals.clone_from(&before);
            let negated = negate(&text);
            outcomes.push(self.branch(&negated, before.len(), |interp| match else_ {
                Some(else_) => interp.eval(else_),
                None => Value::Unit,
            }));
        }
        self.merge(outcomes, expr.span)
    }

    /// Evaluates a condition, binds what its `let`s bind, and says whether it holds.
    fn eval_condition(&mut self, cond: &'p Expr) -> Match {
        match &cond.kind {
            ExprKind::Let { pat, expr } => {
                let value = self.eval(expr);
                // Whether an option holds something is not tracked, except that it holds nothing.
                match self.bind_pat(pat, &value) {
                    Match::No => Match::No,
                    Match::Yes if matches!(value, Value::Struct(_)) => Match::Yes,
                    _ => Match::Maybe,
                }
            }
            ExprKind::Binary { left, right, .. } if holds_let(cond) => {
                let left = self.eval_condition(left);
                let right = self.eval_condition(right);
                if left == Match::No || right == Match::No { Match::No } else { Match::Maybe }
            }
            _ => match self.eval(cond) {
                Value::Bool(true) => Match::Yes,
                Value::Bool(false) => Match::No,
                _ => Match::Maybe,
            },
        }
    }

    pub(super) fn eval_match(&mut self, expr: &'p Expr, scrutinee: &'p Expr, arms: &'p [Arm]) -> Value<'p> {
        let value = self.eval(scrutinee);
        if value.is_never() {
            return value;
        }
        let before = self.frame().locals.clone();
        let subject = self.source_text(scrutinee.span);
        let mut outcomes = Vec::new();
        for arm in arms {
            self.frame_mut().locals.clone_from(&before);
            let mut fits = self.bind_pat(&arm.pat, &value);
            if let Some(guard) = &arm.guard {
                let guard = self.eval_condition(guard);
                fits = if guard == Match::No { Match::No } else { Match::Maybe };
            }
            if fits == Match::No {
                continue;
            }
            let pattern = self.source_text(arm.pat.span);
            let condition = match &arm.guard {
                Some(guard) => format!("matches!({subject}, {pattern} if {})", self.source_text(guard.span)),
                None => format!("matches!({subject}, {pattern})"),
            };
            outcomes.push(self.branch(&condition, before.len(), |interp| interp.eval(&arm.body)));
            if fits == Match::Yes {
                break;
            }
        }
        if outcomes.is_empty() {
            self.frame_mut().locals = before;
            return Value::unknown();
        }
        self.merge(outcomes, expr.span)
    }

    /// Runs one branch under a condition. The locals it began with are kept, its own are dropped.
    fn branch(
        &mut self,
        condition: &str,
        locals: usize,
        run: impl FnOnce(&mut Self) -> Value<'p>,
    ) -> Outcome<'p> {
        self.frame_mut().conditions.push(condition.to_string());
        let served_before = self.served.len();
        let value = run(self);
        let served = self.served.split_off(served_before);
        let frame = self.frame_mut();
        frame.conditions.pop();
        let mut after = std::mem::take(&mut frame.locals);
        after.truncate(locals);
        Outcome { condition: Some(condition.to_string()), value, locals: after, served }
    }

    /// Joins the branches that come to an end: their values and their locals.
    fn merge(&mut self, mut outcomes: Vec<Outcome<'p>>, span: Span) -> Value<'p> {
        self.merge_served(&mut outcomes);
        let ends = outcomes.iter().filter(|outcome| !outcome.value.is_never()).count();
        if ends == 0 {
            if let Some(last) = outcomes.pop() {
                self.frame_mut().locals = last.locals;
            }
            return Value::Never;
        }
        let gone: Vec<String> = outcomes
            .iter()
            .filter(|outcome| outcome.value.is_never())
            .filter_map(|outcome| outcome.condition.clone())
            .collect();
        outcomes.retain(|outcome| !outcome.value.is_never());
        if ends == 1 {
            let only = outcomes.remove(0);
            let frame = self.frame_mut();
            frame.locals = only.locals;
            // What follows an early `return` runs only where its condition did not hold.
            frame.conditions.extend(gone.iter().map(|condition| negate(condition)));
            return only.value;
        }
        let at = self.at(span);
        let len = outcomes.iter().map(|outcome| outcome.locals.len()).min().unwrap_or(0);
        let locals = (0..len)
            .map(|slot| {
                let name = outcomes[0].locals[slot].0.clone();
                let column = outcomes
                    .iter()
                    .map(|outcome| (outcome.condition.clone(), outcome.locals[slot].1.clone()))
                    .collect();
                (name, join::values(column, at))
            })
            .collect();
        self.frame_mut().locals = locals;
        let values = outcomes.into_iter().map(|outcome| (outcome.condition, outcome.value)).collect();
        join::values(values, at)
    }

    /// Routers that several branches serve are one where the same text makes and serves them; all others are each their own.
    fn merge_served(&mut self, outcomes: &mut [Outcome<'p>]) {
        let mut groups: OrderedMap<(ServedAt, usize), Alternatives<'p>> = OrderedMap::default();
        for outcome in outcomes {
            let mut seen: Vec<ServedAt> = Vec::new();
            for served in std::mem::take(&mut outcome.served) {
                let key = (served.by, served.entry, served.router.begins());
                let nth = seen.iter().filter(|known| **known == key).count();
                seen.push(key);
                groups.entry((key, nth)).or_default().push((outcome.condition.clone(), served));
            }
        }
        for mut alternatives in groups.into_values() {
            let chains: Vec<_> = alternatives
                .iter()
                .map(|(condition, served)| (condition.clone(), served.router.clone()))
                .collect();
            match align::routers(&chains, &mut Budget::new()) {
                Some(router) => {
                    let calls = alternatives.iter().flat_map(|(_, served)| &served.calls).copied().collect();
                    let (_, first) = alternatives.swap_remove(0);
                    self.served.push(Served { router, calls, ..first });
                }
                None => self.served.extend(alternatives.into_iter().map(|(_, served)| served)),
            }
        }
    }

    /// `loop`: its body once. What follows it sees what each `break` leaves.
    pub(super) fn eval_loop(&mut self, expr: &'p Expr, body: &'p Block) -> Value<'p> {
        self.rounds(expr.span, |interp| {
            interp.eval_block(body);
        })
    }

    /// `while`: its body once under its condition.
    pub(super) fn eval_while(&mut self, expr: &'p Expr, cond: &'p Expr, body: &'p Block) -> Value<'p> {
        let condition = self.source_text(cond.span);
        self.rounds(expr.span, |interp| {
            let before = interp.frame().locals.len();
            if interp.eval_condition(cond) != Match::No {
                interp.maybe(&condition, expr.span, |interp| {
                    interp.eval_block(body);
                });
            }
            interp.frame_mut().locals.truncate(before);
        });
        Value::Unit
    }

    /// Runs the rounds of a loop, and joins what they leave in the end with what each `break` and `continue` leaves.
    fn rounds(&mut self, span: Span, run: impl FnOnce(&mut Self)) -> Value<'p> {
        let frame = self.frame_mut();
        let (locals, conditions) = (frame.locals.len(), frame.conditions.len());
        frame.loops.push(Loop { locals, conditions, exits: Vec::new() });
        run(self);
        let frame = self.frame_mut();
        let mut outcomes = frame.loops.pop().map_or_else(Vec::new, |one| one.exits);
        if outcomes.is_empty() {
            return Value::Unit;
        }
        let mut after = std::mem::take(&mut frame.locals);
        after.truncate(locals);
        outcomes.push(Outcome { condition: None, value: Value::Unit, locals: after, served: Vec::new() });
        self.merge(outcomes, span)
    }

    /// `break` and `continue`: the locals as they are here are among those after the loop.
    pub(super) fn exit_loop(&mut self, value: Value<'p>) {
        let frame = self.frame_mut();
        let Some(open) = frame.loops.last_mut() else { return };
        let conditions = &frame.conditions[open.conditions.min(frame.conditions.len())..];
        let condition = (!conditions.is_empty()).then(|| conditions.join(" && "));
        let locals = frame.locals.iter().take(open.locals).cloned().collect();
        open.exits.push(Outcome { condition, value, locals, served: Vec::new() });
    }

    /// Runs something that may not happen.
    pub(super) fn maybe(&mut self, condition: &str, span: Span, run: impl FnOnce(&mut Self)) {
        let before = self.frame().locals.clone();
        let taken = self.branch(condition, before.len(), |interp| {
            run(interp);
            Value::Unit
        });
        let not_taken = Outcome {
            condition: Some(negate(condition)),
            value: Value::Unit,
            locals: before,
            served: Vec::new(),
        };
        self.merge(vec![taken, not_taken], span);
    }

    pub(super) fn eval_for(
        &mut self,
        expr: &'p Expr,
        pat: &'p Pat,
        iter: &'p Expr,
        body: &'p Block,
    ) -> Value<'p> {
        let value = self.eval(iter);
        if value.is_never() {
            return value;
        }
        self.rounds(expr.span, |interp| interp.eval_each(expr, pat, iter, &value, body));
        Value::Unit
    }

    fn eval_each(
        &mut self,
        expr: &'p Expr,
        pat: &'p Pat,
        iter: &'p Expr,
        value: &Value<'p>,
        body: &'p Block,
    ) {
        match value {
            Value::List(elems) => {
                for elem in elems.iter() {
                    let locals = self.frame().locals.len();
                    self.bind_pat(pat, elem);
                    self.eval_block(body);
                    self.frame_mut().locals.truncate(locals);
                }
            }
            // An option is a list of nothing or one.
            Value::None => {}
            other => {
                let condition =
                    format!("for {} in {}", self.source_text(pat.span), self.source_text(iter.span));
                let elem = match other {
                    Value::Opaque(opaque) => Value::typed(element(&opaque.ty)),
                    _ => other.clone(),
                };
                self.maybe(&condition, expr.span, |interp| {
                    interp.bind_pat(pat, &elem);
                    interp.eval_block(body);
                });
            }
        }
    }
}

/// The element type of a list type.
pub(super) fn element(ty: &crate::resolve::Ty) -> crate::resolve::Ty {
    use crate::resolve::Ty;
    match ty.peel() {
        Ty::Slice(inner) => (**inner).clone(),
        Ty::External(path, args) if matches!(path.last(), "Vec" | "VecDeque" | "HashSet" | "BTreeSet") => {
            args.first().cloned().unwrap_or(Ty::Unknown)
        }
        _ => Ty::Unknown,
    }
}

fn holds_let(cond: &Expr) -> bool {
    match &cond.kind {
        ExprKind::Let { .. } => true,
        ExprKind::Binary { left, right, .. } => holds_let(left) || holds_let(right),
        _ => false,
    }
}

/// The text of the opposite condition.
pub(super) fn negate(condition: &str) -> String {
    match condition.strip_prefix('!') {
        Some(rest) if is_simple(rest) => rest.to_string(),
        Some(rest) if rest.starts_with('(') && rest.ends_with(')') && is_simple(&rest[1..rest.len() - 1]) => {
            rest[1..rest.len() - 1].to_string()
        }
        _ if is_simple(condition) => format!("!{condition}"),
        _ => format!("!({condition})"),
    }
}

fn is_simple(text: &str) -> bool {
    // A call or path without operators needs no brackets of its own.
    text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '(' | ')'))
}
