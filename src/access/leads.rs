//! Which functions can lead to an access at all: the others are not walked.

use rayon::prelude::*;

use super::built;
use super::credentials;
use super::database_user;
use super::modyne;
use super::orm::Orm;
use super::query::{self, Clients};
use super::sdk;
use super::stored::Stored;
use super::stores;
use crate::ordered::{UnorderedMap, UnorderedSet};
use crate::resolve::scope::ExternalPath;
use crate::resolve::{BodyTypes, Callee, Def, DefId, EdgeKind, Namespace, Program, Res, Why};
use crate::stack::on_all_cores;
use crate::syntax::ast::{Expr, ExprKind, Ident, MethodCall, Path};
use crate::syntax::visit;
use crate::values;

/// Functions, consts and statics whose code, or what it calls, can hold an access or read a variable.
#[expect(clippy::struct_excessive_bools, reason = "independent facts of the program, not a state")]
pub(super) struct Leads<'p> {
    program: &'p Program,
    /// Whether the program can send requests of the SDK.
    requests: bool,
    /// The crates with SQL that it depends on.
    clients: Clients,
    /// Whether it has stores beside AWS.
    stores: bool,
    orm: &'p Orm<'p>,
    /// Whether it has tables of `modyne`.
    tables: bool,
    /// Whether code of other crates fills its structs from variables.
    fillings: bool,
    /// What calls or names each definition.
    callers: UnorderedMap<DefId, Vec<DefId>>,
    defs: UnorderedSet<DefId>,
    /// Those of them that lead to more than findings.
    answers: UnorderedSet<DefId>,
    /// By definition: names of methods that may be the program's and lead to an access, on values of unknown type, where std has such too.
    lost: UnorderedMap<DefId, Vec<Ident>>,
}

/// What an expression by itself gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lead {
    /// A finding at most, whatever route leads there.
    Finding,
    /// Something that is said of the route: an access, a variable.
    Answer,
}

impl<'p> Leads<'p> {
    pub(super) fn of(program: &'p Program, orm: &'p Orm<'p>) -> Self {
        let mut leads = Self {
            program,
            requests: sdk::is_used(program),
            clients: Clients::of(program),
            stores: stores::are_used(program),
            orm,
            tables: modyne::is_used(program),
            fillings: values::fills_structs(program),
            callers: callers(program),
            defs: UnorderedSet::default(),
            answers: UnorderedSet::default(),
            lost: UnorderedMap::default(),
        };
        leads.fill();
        leads
    }

    /// Counts functions that may run a callable which is put aside, and what calls them.
    pub(super) fn add_runners(&mut self, stored: &Stored<'p>) {
        let program = self.program;
        let runs = |def: &&Def| {
            let mut runs = false;
            visit::exprs_of_item_while(&def.item, &mut |expr: &Expr| {
                runs |= stored.may_run(program, def, expr);
                !runs
            });
            runs
        };
        let live: Vec<&Def> = program.live_defs().collect();
        let runners: Vec<DefId> =
            on_all_cores(|| live.into_par_iter().with_max_len(32).filter(runs).map(|def| def.id).collect());
        for def in with_callers(&self.callers, runners) {
            self.defs.insert(def);
            self.answers.insert(def);
        }
    }

    pub(super) fn contains(&self, def: DefId) -> bool {
        self.defs.contains(&def)
    }

    /// Whether a definition leads to more than findings.
    pub(super) fn answers(&self, def: DefId) -> bool {
        self.answers.contains(&def)
    }

    /// Names of methods in a definition that may be calls of the program's own, which lead to an access.
    pub(super) fn lost(&self, def: DefId) -> &[Ident] {
        self.lost.get(&def).map_or(&[], Vec::as_slice)
    }

    fn fill(&mut self) {
        let program = self.program;
        let lead = |def: &&'p Def| {
            let (mut found, mut unknown) = (None, Vec::new());
            visit::exprs_of_item(&def.item, &mut |expr: &'p Expr| {
                if found < Some(Lead::Answer) {
                    found = found.max(self.lead(def, expr));
                }
                unknown.extend(on_unknown(program, def.id, expr));
            });
            (def.id, found, unknown)
        };
        let live: Vec<&Def> = program.live_defs().collect();
        let found: Vec<(DefId, Option<Lead>, Vec<&MethodCall>)> =
            on_all_cores(|| live.par_iter().with_max_len(32).map(lead).collect());
        let unknown: Vec<(DefId, &MethodCall)> =
            found.iter().flat_map(|(def, _, calls)| calls.iter().map(|&call| (*def, call))).collect();
        let found: Vec<(DefId, Lead)> =
            found.iter().filter_map(|(def, lead, _)| Some((*def, (*lead)?))).collect();
        let answer = found.iter().filter(|(_, lead)| *lead == Lead::Answer).map(|(def, _)| *def).collect();
        for def in with_callers(&self.callers, found.iter().map(|(def, _)| *def).collect()) {
            self.defs.insert(def);
        }
        for def in with_callers(&self.callers, answer) {
            self.answers.insert(def);
        }
        self.add_lost(&unknown);
    }

    /// Keeps those calls on values of unknown type that may be calls of a method which leads to an access.
    fn add_lost(&mut self, unknown: &[(DefId, &'p MethodCall)]) {
        let mut holders = Vec::new();
        for (def, call) in unknown {
            let mut methods = self.program.methods_with(&call.method.name, call.args.len());
            // Other names are said wherever they stand (`hazards`).
            let is_common = !self.program.may_name_method(&call.method.name);
            if is_common && methods.any(|method| self.answers.contains(&method)) {
                self.lost.entry(*def).or_default().push(call.method.clone());
                holders.push(*def);
            }
        }
        for def in with_callers(&self.callers, holders) {
            self.defs.insert(def);
        }
    }

    /// What an expression of a definition gives, without what is inside.
    pub(super) fn lead(&self, owner: &Def, expr: &Expr) -> Option<Lead> {
        if self.uses_store(owner, expr) || self.fills(expr) {
            return Some(Lead::Answer);
        }
        match &expr.kind {
            ExprKind::MethodCall(call) => {
                let ty = || self.program.body(owner.id).map(|body| body.ty(call.receiver.span));
                if self.requests && sdk::may_send(call) && !ty().is_some_and(sdk::is_foreign) {
                    return Some(Lead::Answer);
                }
                if self.tables && modyne::execution(self.program, owner.id, call).is_some() {
                    return Some(Lead::Answer);
                }
                if self.hands_on(owner, &call.args)
                    || self.clients.may_finish(call, ty())
                    || self.clients.may_run_text(call, ty())
                {
                    return Some(Lead::Answer);
                }
                self.orm.may_run(call, owner.id, ty()).then_some(Lead::Answer)
            }
            ExprKind::Call { args, .. } if self.hands_on(owner, args) => Some(Lead::Answer),
            ExprKind::Call { callee, args } => {
                let ExprKind::Path(path) = &callee.kind else { return None };
                if self.orm.runs_by_trait(path) {
                    return Some(Lead::Finding);
                }
                let Some(Res::External(path)) = self.resolve(owner, path, Namespace::Values) else {
                    let called = self.orm.called(path, owner.id);
                    return (!called.is_empty()).then_some(Lead::Answer);
                };
                let takes_client = || {
                    self.program.body(owner.id).is_some_and(|body| sdk::is_given_client(&path, args, body))
                };
                if self.requests && takes_client() {
                    return Some(Lead::Finding);
                }
                if is_env_read(&path)
                    || built::makes_builder(&path)
                    || database_user::makes_generator(&path)
                    || credentials::assumes(&path)
                    || query::statement_of_call(&path, args).is_some()
                {
                    return Some(Lead::Answer);
                }
                None
            }
            ExprKind::Macro(call) if self.clients.has_macro(call) => Some(Lead::Answer),
            ExprKind::Macro(call) => match self.resolve(owner, &call.path, Namespace::Macros)? {
                Res::External(path) => (path.krate() == "sqlx").then_some(Lead::Answer),
                Res::Def(def) if self.requests && !sdk::of_macro(self.program, def).is_empty() => {
                    Some(Lead::Answer)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a call reads or writes a store beside AWS.
    fn uses_store(&self, owner: &Def, expr: &Expr) -> bool {
        self.stores && stores::is_call(expr, self.program.body(owner.id))
    }

    /// Whether a call fills a struct from variables.
    pub(super) fn fills(&self, expr: &Expr) -> bool {
        self.fillings && values::may_fill(expr)
    }

    /// Whether an argument is a prepared request.
    fn hands_on(&self, owner: &Def, args: &[Expr]) -> bool {
        let is_prepared = |body: &BodyTypes| args.iter().any(|arg| sdk::is_prepared(body.ty(arg.span)));
        self.requests && self.program.body(owner.id).is_some_and(is_prepared)
    }

    fn resolve(&self, owner: &Def, path: &Path, namespace: Namespace) -> Option<Res> {
        self.program.resolve_ast_path(path, namespace, owner.module, Some(owner.id))
    }
}

/// A call of a method that std has too, on a value of unknown type.
fn on_unknown<'p>(program: &Program, owner: DefId, expr: &'p Expr) -> Option<&'p MethodCall> {
    let ExprKind::MethodCall(call) = &expr.kind else { return None };
    let is_unknown = |callee: &Callee| match callee {
        Callee::ExternalMethod { receiver, .. } => receiver.peel().is_unknown(),
        Callee::Unresolved { why } => *why == Why::UnknownReceiver,
        _ => false,
    };
    program.body(owner)?.call(expr.span)?.callees.iter().all(is_unknown).then_some(call)
}

/// What calls or names each definition.
fn callers(program: &Program) -> UnorderedMap<DefId, Vec<DefId>> {
    let mut callers: UnorderedMap<DefId, Vec<DefId>> = UnorderedMap::default();
    for edge in program.edges.iter().filter(|edge| edge.kind != EdgeKind::Type) {
        callers.entry(edge.to).or_default().push(edge.from);
    }
    callers
}

/// Definitions with everything that leads to them.
fn with_callers(callers: &UnorderedMap<DefId, Vec<DefId>>, mut queue: Vec<DefId>) -> Vec<DefId> {
    let mut known = UnorderedSet::default();
    let mut all = Vec::new();
    while let Some(def) = queue.pop() {
        if known.insert(def) {
            all.push(def);
            queue.extend(callers.get(&def).into_iter().flatten());
        }
    }
    all
}

/// Whether a function of another crate reads an environment variable.
pub(super) fn is_env_read(path: &ExternalPath) -> bool {
    match &*path.0 {
        [krate, module, name] => krate == "std" && module == "env" && (name == "var" || name == "var_os"),
        [krate, name] => (krate == "dotenv" || krate == "dotenvy") && name == "var",
        _ => false,
    }
}
