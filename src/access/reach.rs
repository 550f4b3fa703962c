//! What code reaches: a walk from a function through its calls, each with its context, to SDK calls and environment variables.

mod callables;
mod foreign;
mod orm;
mod sql;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::entered::{Entered, Entry};
use super::ground::Ground;
use super::leads::is_env_read;
use super::operation::{self, Place};
use super::orm::Memo;
use super::sdk::{self, SdkCall};
use super::table::{Access, EnvVar};
use crate::certainty::Certainty;
use crate::diagnostic::{Code, Diagnostic};
use crate::ordered::{UnorderedMap, UnorderedSet};
use crate::resolve::{CallEdge, DefId, EdgeKind, Evidence, Namespace, Program, Res, Ty, unknown_calls};
use crate::routes::Handler;
use crate::span::{Location, Span};
use crate::syntax::ast::{Expr, ExprKind, Path};
use crate::syntax::visit;
use crate::values::{Evaluator, FrameId, Piece, Thunk, Value};

/// Work for one route's code, in expressions that are evaluated and functions that are entered; then call contexts are not told apart.
pub(super) const ROUTE_WORK: u32 = 50_000;

/// What was found on the way.
#[derive(Debug, Clone, Default)]
pub(super) struct Reached {
    pub(super) accesses: Vec<Arc<Access>>,
    pub(super) env: Vec<EnvVar>,
    /// Where variables are read of which not all names are known.
    pub(super) unclear: BTreeSet<Location>,
}

impl Reached {
    pub(super) fn all(all: impl Iterator<Item = Reached>) -> Self {
        let mut joined = Self::default();
        all.for_each(|more| joined.add(&more));
        joined
    }

    fn note(&mut self, accesses: Vec<Access>) {
        for access in accesses {
            if !self.knows(&access) {
                self.accesses.push(Arc::new(access));
            }
        }
    }

    /// What was found from a position on is at most so certain.
    fn doubt(&mut self, from: usize, certainty: Certainty) {
        for access in &mut self.accesses[from..] {
            if access.certainty < certainty {
                Arc::make_mut(access).certainty = certainty;
            }
        }
    }

    fn knows(&self, access: &Access) -> bool {
        // Most differ in their place.
        self.accesses.iter().any(|known| known.location == access.location && **known == *access)
    }

    pub(super) fn add(&mut self, more: &Reached) {
        for access in &more.accesses {
            if !self.knows(access) {
                self.accesses.push(access.clone());
            }
        }
        for variable in &more.env {
            if !self.env.contains(variable) {
                self.env.push(variable.clone());
            }
        }
        self.unclear.extend(&more.unclear);
    }
}

/// Walks from functions and handlers.
pub(super) struct Walk<'e, 'p> {
    ground: &'e Ground<'p>,
    program: &'p Program,
    evaluator: Evaluator<'p>,
    /// What was found out about statements of diesel and sea-orm.
    orm_memo: Memo,
    /// Callables that were run, by the address of their expression.
    pub(super) ran: UnorderedSet<usize>,
    /// Those that the present route ran, in their contexts.
    ran_here: UnorderedSet<(usize, FrameId)>,
    via: Vec<String>,
    entered: Entered,
    /// Functions that lead to findings alone, which no context changes.
    looked_through: UnorderedSet<DefId>,
    /// Functions that were entered without context.
    plain: UnorderedSet<DefId>,
    /// How much work is left for what is still to be followed.
    work_left: u32,
    /// Where builders of statements are made, and those of which a use was followed.
    pub(super) builders: BTreeSet<Location>,
    pub(super) followed: BTreeSet<Location>,
    reached: Reached,
    pub(super) findings: Vec<Diagnostic>,
}

impl<'e, 'p> Walk<'e, 'p> {
    pub(super) fn new(ground: &'e Ground<'p>, work: u32) -> Self {
        Self {
            ground,
            program: ground.program,
            evaluator: ground.evaluator(),
            orm_memo: Memo::default(),
            ran: UnorderedSet::default(),
            ran_here: UnorderedSet::default(),
            via: Vec::new(),
            entered: Entered::default(),
            looked_through: UnorderedSet::default(),
            plain: UnorderedSet::default(),
            work_left: work,
            builders: BTreeSet::new(),
            followed: BTreeSet::new(),
            reached: Reached::default(),
            findings: Vec::new(),
        }
    }

    /// Everything that a function reaches.
    pub(super) fn function(&mut self, def: DefId) -> Reached {
        let location = self.program.def(def).location;
        self.route(location, |walk| {
            let frame = walk.evaluator.root(def, None);
            walk.enter(frame);
        })
    }

    /// Everything that a handler reaches.
    pub(super) fn handler(&mut self, handler: &Handler) -> Reached {
        let served = &self.ground.served;
        let named = served.expr(&mut self.evaluator, handler);
        if let Some(def) = handler.def {
            return self.handler_function(def, named.first().copied());
        }
        let closures = served.closures(&mut self.evaluator, handler);
        let closures = if closures.is_empty() { named } else { closures };
        self.route(handler.expr, |walk| walk.closures(closures))
    }

    /// Everything that a closure reaches that is middleware.
    pub(super) fn middleware(&mut self, closure: Location) -> Reached {
        let closures = self.ground.served.middleware(&mut self.evaluator, closure);
        self.route(closure, |walk| walk.closures(closures))
    }

    fn closures(&mut self, closures: Vec<Thunk<'p>>) {
        for Thunk { expr, frame } in closures {
            let owner = self.evaluator.frame(frame).owner;
            self.via.push(format!("{}::closure", self.program.def(owner).path));
            self.expr(expr, frame);
            self.via.pop();
        }
    }

    /// A handler that is a function; where it is named says its type arguments: `get(list::<User>)`.
    fn handler_function(&mut self, handler: DefId, named: Option<Thunk<'p>>) -> Reached {
        let Some(named) = named else { return self.function(handler) };
        let location = self.program.def(handler).location;
        self.route(location, |walk| {
            let mut entered = walk.evaluator.targets(named);
            entered.retain(|&frame| walk.evaluator.frame(frame).owner == handler);
            if entered.is_empty() {
                entered.push(walk.evaluator.root(handler, None));
            }
            walk.enter_all(entered);
        })
    }

    /// What a walk finds; what it costs is limited, and said where the limit was met.
    fn route(&mut self, location: Location, walk: impl FnOnce(&mut Self)) -> Reached {
        self.entered = Entered::default();
        self.plain = UnorderedSet::default();
        self.ran_here = UnorderedSet::default();
        let work = self.work_left.min(ROUTE_WORK);
        self.evaluator.allow(work);
        walk(self);
        self.work_left -= work - self.evaluator.work_left();
        if self.evaluator.work_left() == 0 {
            self.findings.push(
                Diagnostic::new(Code::CODE_TOO_WIDE, "this leads to more code than can be followed")
                    .at(location)
                    .help("requests behind it are listed with resources that are not known; fill in the template's parameters"),
            );
        }
        std::mem::take(&mut self.reached)
    }

    fn enter_all(&mut self, frames: Vec<FrameId>) {
        for frame in frames {
            self.enter(frame);
        }
    }

    fn enter(&mut self, frame: FrameId) {
        let owner = self.evaluator.frame(frame).owner;
        if !self.ground.leads.contains(owner) {
            return;
        }
        if !self.ground.leads.answers(owner) {
            if self.looked_through.insert(owner) {
                let frame = self.evaluator.root(owner, None);
                self.body(owner, frame);
            }
            return;
        }
        if !self.evaluator.spend() {
            return self.enter_plainly(owner);
        }
        if let Some(entry) = self.entered.begin(&mut self.evaluator, frame, &self.via) {
            self.body(owner, frame);
            self.finish(entry);
        }
        // Without work contexts look alike that are not.
        if self.evaluator.work_left() == 0 {
            self.enter_plainly(owner);
        }
    }

    /// Ends a context. What was taken for the same, while not all was known that it is asked, may be another.
    fn finish(&mut self, entry: Entry) {
        while let Some((frame, via)) = self.entered.other(&mut self.evaluator, entry) {
            let here = std::mem::replace(&mut self.via, via);
            self.enter(frame);
            self.via = here;
        }
        self.entered.end(entry);
    }

    /// Enters a function once, whatever its callers give.
    fn enter_plainly(&mut self, owner: DefId) {
        if self.plain.insert(owner) {
            let frame = self.evaluator.root(owner, None);
            let before = self.reached.accesses.len();
            self.body(owner, frame);
            self.reached.doubt(before, Certainty::Inferred);
        }
    }

    /// What the code of a function, const or static does.
    fn body(&mut self, owner: DefId, frame: FrameId) {
        self.via.push(self.program.def(owner).path.clone());
        self.lost(owner);
        let mut defaults = UnorderedMap::default();
        for expr in self.code(owner).iter() {
            self.one(expr, frame, &mut defaults);
        }
        self.implicit(owner, frame);
        self.via.pop();
    }

    /// Says which calls may lead to an access that is not found, once for each function.
    fn lost(&mut self, owner: DefId) {
        let calls = self.ground.leads.lost(owner).iter().map(|call| (call.name.as_str(), call.span));
        self.findings.extend(unknown_calls(self.program.def(owner), calls));
    }

    /// The expressions of a definition that can be an access or lead to one. Handlers and middleware that are named run later, and some
    /// branches only where the program does not serve.
    fn code(&self, owner: DefId) -> Arc<[&'p Expr]> {
        let def = self.program.def(owner);
        let source = def.location.source;
        self.ground.code(owner, || {
            let mut found = Vec::new();
            let mut each = |expr: &'p Expr| {
                let place = Location { source, span: expr.span };
                let runs_here = !self.ground.served.is_named_at(place)
                    && !self.ground.stored.is_aside(expr)
                    && !self.ground.elsewhere.contains(place);
                if runs_here && self.matters(owner, expr) {
                    found.push(expr);
                }
                runs_here
            };
            visit::exprs_of_item_while(&def.item, &mut each);
            found
        })
    }

    /// Whether an expression, without what is inside, can be an access or lead to one.
    fn matters(&self, owner: DefId, expr: &'p Expr) -> bool {
        match &expr.kind {
            ExprKind::MethodCall(call) if call.method.name.starts_with("unwrap_or") => return true,
            ExprKind::MethodCall(_) | ExprKind::Call { .. } | ExprKind::Path(_) | ExprKind::Macro(_) => {}
            _ => return false,
        }
        self.ground.leads.lead(self.program.def(owner), expr).is_some()
            || self.ground.stored.may_run(self.program, self.program.def(owner), expr)
            || self.evaluator.callees(owner, expr).into_iter().any(|def| self.ground.leads.contains(def))
    }

    /// Definitions that run without being named: extractors, conversions, statics that are filled on first use.
    fn implicit(&mut self, owner: DefId, frame: FrameId) {
        let program = self.program;
        let edges = program.edges_from(owner).iter();
        let way = self.evaluator.frame(frame).certainty;
        for edge in edges.filter(|edge| matches!(edge.kind, EdgeKind::Implicit | EdgeKind::Const)) {
            if self.ground.elsewhere.contains(edge.location) || self.is_in_layer(edge) {
                continue;
            }
            if program.func(edge.to).is_some() || edge.kind == EdgeKind::Const {
                let entered = self.evaluator.root(edge.to, None);
                let certainty = way.max(edge.certainty);
                let before = self.reached.accesses.len();
                self.enter(entered);
                self.reached.doubt(before, certainty);
            }
        }
    }

    /// Whether a layer runs what another crate is given: it counts for the routes under the layer.
    fn is_in_layer(&self, edge: &CallEdge) -> bool {
        let holder = || self.program.def(edge.to).parent.and_then(|parent| self.program.impl_of(parent));
        edge.evidence == Evidence::Given
            && holder()
                .and_then(|info| info.self_ty.peel().def())
                .is_some_and(|ty| self.ground.served.is_served(ty))
    }

    /// An expression and all inside it.
    fn expr(&mut self, expr: &'p Expr, frame: FrameId) {
        let owner = self.evaluator.frame(frame).owner;
        let mut all = Vec::new();
        visit::exprs(expr, &mut |expr| {
            if self.matters(owner, expr) {
                all.push(expr);
            }
        });
        let mut defaults = UnorderedMap::default();
        for expr in all {
            self.one(expr, frame, &mut defaults);
        }
    }

    /// One expression, without what is inside.
    fn one(&mut self, expr: &'p Expr, frame: FrameId, defaults: &mut UnorderedMap<Span, Option<String>>) {
        let thunk = Thunk { expr, frame };
        if self.ground.leads.fills(expr) {
            self.filled(thunk);
        }
        self.run_stored(thunk);
        match &expr.kind {
            ExprKind::MethodCall(call) => {
                let method = call.method.name.as_str();
                if method.starts_with("unwrap_or") {
                    self.note_default(&call.receiver, call.args.first(), frame, defaults);
                }
                let targets = self.targets(thunk);
                if targets.is_empty() && self.ground.sends_requests && sdk::may_send(call) {
                    self.sent(&call.receiver, frame, false);
                }
                if targets.is_empty() {
                    self.executed(call, frame);
                    self.stored_elsewhere(call, frame);
                    self.handed_on(&call.args, frame);
                    self.sql_method(call, thunk);
                    self.orm_method(call, thunk);
                }
                self.enter_all(targets);
            }
            ExprKind::Call { callee, args } => {
                if let Some(name) = args.first()
                    && self.is_env_read(callee, frame)
                {
                    let location = self.location(frame, expr.span);
                    let default = defaults.get(&expr.span).and_then(Option::as_ref);
                    self.read_env(Thunk { expr: name, frame }, default, location);
                }
                self.sql_call(callee, args, thunk);
                self.client_given(callee, args, thunk);
                let targets = self.targets(thunk);
                let is_dropped =
                    matches!(&callee.kind, ExprKind::Path(path) if path.last().ident.name == "drop");
                if targets.is_empty() && !is_dropped {
                    self.handed_on(args, frame);
                    self.orm_call(callee, frame);
                }
                self.enter_all(targets);
            }
            ExprKind::Macro(call) => {
                if !self.sql_macro(call, thunk)
                    && let Some(Res::Def(def)) = self.resolve(&call.path, Namespace::Macros, frame)
                {
                    self.local_macro(def, expr.span, frame);
                }
            }
            ExprKind::Path(_) => {
                let owner = self.evaluator.frame(frame).owner;
                let site = self.program.body(owner).and_then(|body| body.call(expr.span));
                if let Some(site) = site
                    && !site.is_call
                    && !site.defs().any(|def| self.ground.served.is_served(def))
                {
                    let targets = self.targets(thunk);
                    self.enter_all(targets);
                }
            }
            _ => {}
        }
    }

    /// The contexts that a call enters. Where call paths are too long to tell, what is found from here depends on the way.
    fn targets(&mut self, call: Thunk<'p>) -> Vec<FrameId> {
        if self.evaluator.is_deep(call.frame) {
            self.entered.cut();
        }
        self.evaluator.targets(call)
    }

    fn location(&self, frame: FrameId, span: Span) -> Location {
        Location { span, ..self.program.def(self.evaluator.frame(frame).owner).location }
    }

    /// A request that leaves: what the builder before `.send()` holds.
    fn sent(&mut self, receiver: &'p Expr, frame: FrameId, changed: bool) {
        if self.static_type(receiver, frame).is_some_and(sdk::is_foreign) {
            return;
        }
        if self.ground.sets_credentials && self.is_sent_as_other(receiver, frame) {
            return;
        }
        let values = self.evaluator.eval(Thunk { expr: receiver, frame });
        let via = self.via.clone();
        let place = Place { via: &via, frame, changed };
        let mut any = false;
        for value in values.iter() {
            let Value::Chain(chain) = value else { continue };
            any = true;
            if let Some(call) = sdk::of_chain(self.program, chain) {
                let found = operation::accesses(&mut self.evaluator, &call, &place, &mut self.findings);
                let statements = if found.is_empty() { Vec::new() } else { sdk::statements(&call) };
                self.reached.note(found);
                for text in statements {
                    self.statement(text, text.expr.span);
                }
            }
        }
        if any {
            return;
        }
        if let Some((krate, method)) = self.static_type(receiver, frame).and_then(sdk::of_type) {
            let location = self.location(frame, receiver.span);
            let call = SdkCall { krate, method, location, setters: &[], certainty: Certainty::Proved };
            let found = operation::accesses(&mut self.evaluator, &call, &place, &mut self.findings);
            self.reached.note(found);
        }
    }

    /// The type that an expression has in its function, whatever the context.
    fn static_type(&self, expr: &Expr, frame: FrameId) -> Option<&'p Ty> {
        let owner = self.evaluator.frame(frame).owner;
        self.program.body(owner).map(|body| body.ty(expr.span))
    }

    fn read_env(&mut self, name: Thunk<'p>, default: Option<&String>, location: Location) {
        for text in self.evaluator.texts(name) {
            match text.0.as_slice() {
                [Piece::Literal(name)] => {
                    let variable = EnvVar { name: name.clone(), default: default.cloned(), location };
                    self.reached.add(&Reached { env: vec![variable], ..Reached::default() });
                }
                _ => {
                    self.reached.unclear.insert(location);
                }
            }
        }
    }

    /// A macro of the program whose rules send a request: what it sends is read from the names, on what is not known.
    fn local_macro(&mut self, def: DefId, span: Span, frame: FrameId) {
        let location = self.location(frame, span);
        let via = self.via.clone();
        for (krate, method) in sdk::of_macro(self.program, def) {
            let call = SdkCall { krate, method, location, setters: &[], certainty: Certainty::Inferred };
            let place = Place { via: &via, frame, changed: true };
            let found = operation::accesses(&mut self.evaluator, &call, &place, &mut self.findings);
            self.reached.note(found);
        }
    }

    fn resolve(&self, path: &Path, namespace: Namespace, frame: FrameId) -> Option<Res> {
        let owner = self.evaluator.frame(frame).owner;
        let module = self.program.def(owner).module;
        self.program.resolve_ast_path(path, namespace, module, Some(owner))
    }

    fn is_env_read(&self, callee: &Expr, frame: FrameId) -> bool {
        let ExprKind::Path(path) = &callee.kind else { return false };
        match self.resolve(path, Namespace::Values, frame) {
            Some(Res::External(path)) => is_env_read(&path),
            _ => false,
        }
    }

    /// Keeps the literal default of a variable that is read inside `receiver`.
    fn note_default(
        &mut self,
        receiver: &'p Expr,
        default: Option<&'p Expr>,
        frame: FrameId,
        defaults: &mut UnorderedMap<Span, Option<String>>,
    ) {
        let mut at = receiver;
        while let ExprKind::MethodCall(call) = &at.kind {
            at = &call.receiver;
        }
        let ExprKind::Call { callee, .. } = &at.kind else { return };
        if !self.is_env_read(callee, frame) {
            return;
        }
        let Some(mut default) = default else {
            defaults.insert(at.span, Some(String::new()));
            return;
        };
        if let ExprKind::Closure(closure) = &default.kind {
            default = &closure.body;
        }
        let texts = self.evaluator.texts(Thunk { expr: default, frame });
        let literal = match texts.as_slice() {
            [text] => text.as_literal().map(str::to_string),
            _ => None,
        };
        defaults.insert(at.span, literal);
    }
}
