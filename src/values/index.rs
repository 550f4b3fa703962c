//! The whole program's calls and constructions, by what they call and make.

use super::assigned::{Holder, is_held_alone};
use super::filled::may_fill;
use crate::ordered::{UnorderedMap, UnorderedSet};
use crate::resolve::derived::{self, BUILD, Derived};
use crate::resolve::{CallSite, Callee, Def, DefId, DefKind, Namespace, Program, Res, Ty};
use crate::span::Location;
use crate::stack::each;
use crate::syntax::ast::{BinOp, Expr, ExprKind, MethodCall, Path};
use crate::syntax::visit;
use crate::syntax::{ItemKind, Name};

/// One place in a body.
#[derive(Debug, Clone)]
pub(super) struct Site<'p> {
    /// The function, const or static that holds it.
    pub(super) owner: DefId,
    pub(super) expr: &'p Expr,
    /// Type on which an associated function is called; type that is made.
    pub(super) ty: Option<Ty>,
}

/// So many definitions are looked into in one piece.
const PIECE: usize = 64;

/// What an expression does, and with which definition.
enum Use {
    Call(DefId),
    Construction(DefId),
    Assignment((DefId, Name, Holder)),
    Change(DefId, Name),
    Value(DefId),
    Filling,
    OnStatic(DefId),
}

/// Who calls and makes what.
#[derive(Debug, Default)]
pub struct Index<'p> {
    callers: UnorderedMap<DefId, Sites<'p>>,
    constructions: UnorderedMap<DefId, Sites<'p>>,
    /// Assigned values by struct, field and holder: `config.table = x`.
    assigned: UnorderedMap<(DefId, Name, Holder), Sites<'p>>,
    /// Fields that are changed in place where the program's start or a route leads to: `self.items.push(x)`.
    changed: UnorderedSet<(DefId, Name)>,
    /// Functions named as values: handlers, middleware, arguments of `map`.
    as_values: UnorderedSet<DefId>,
    /// Calls with which code of other crates may fill a struct.
    fillings: Sites<'p>,
    /// Method calls on a static, by the static: `CELL.set(x)`.
    on_statics: UnorderedMap<DefId, Sites<'p>>,
}

impl<'p> Index<'p> {
    /// `roots` are the start and what routes lead to: constructions and calls that nothing of it reaches do not count.
    pub fn build(program: &'p Program, roots: &[DefId]) -> Self {
        let live = live(program, roots);
        let defs: Vec<&'p Def> = program.live_defs().collect();
        let of_defs = |defs: &[&'p Def]| -> Vec<(Use, Site<'p>)> {
            let mut uses = Vec::new();
            for def in defs {
                visit::exprs_of_item(&def.item, &mut |expr: &'p Expr| add(program, def.id, expr, &mut uses));
            }
            uses
        };
        let mut index = Self::default();
        for (used, site) in each(defs.chunks(PIECE).collect(), of_defs).into_iter().flatten() {
            let is_live = live.contains(&site.owner);
            index.take(used, site, is_live);
        }
        index
    }

    fn take(&mut self, used: Use, site: Site<'p>, is_live: bool) {
        let sites = match used {
            Use::Call(def) => self.callers.entry(def).or_default(),
            Use::Construction(def) => self.constructions.entry(def).or_default(),
            Use::Assignment(field) => self.assigned.entry(field).or_default(),
            Use::Filling => &mut self.fillings,
            Use::OnStatic(def) => self.on_statics.entry(def).or_default(),
            Use::Value(def) => {
                self.as_values.insert(def);
                return;
            }
            Use::Change(def, field) => {
                if is_live {
                    self.changed.insert((def, field));
                }
                return;
            }
        };
        sites.push(site, is_live);
    }

    /// Calls of a function; those that can run, where there are such.
    pub(super) fn callers(&self, def: DefId) -> &[Site<'p>] {
        self.callers.get(&def).map_or(&[], Sites::preferred)
    }

    /// Literals and constructor calls of a struct or variant; those that can run, where there are such.
    pub(super) fn constructions(&self, def: DefId) -> &[Site<'p>] {
        self.constructions.get(&def).map_or(&[], Sites::preferred)
    }

    /// Values that are assigned to a field; those that can be, where there are such.
    pub(super) fn assigned(&self, def: DefId, field: &str, holder: Holder) -> &[Site<'p>] {
        self.assigned.get(&(def, Name::new(field), holder)).map_or(&[], Sites::preferred)
    }

    /// Whether a field is changed in place: what it holds then is not known.
    pub(super) fn is_changed(&self, def: DefId, field: &str) -> bool {
        self.changed.contains(&(def, Name::new(field)))
    }

    /// Calls with which a struct may be filled; those that can run, where there are such.
    pub(super) fn fillings(&self) -> &[Site<'p>] {
        self.fillings.preferred()
    }

    pub(super) fn is_value(&self, def: DefId) -> bool {
        self.as_values.contains(&def)
    }

    pub(super) fn on_static(&self, def: DefId) -> &[Site<'p>] {
        self.on_statics.get(&def).map_or(&[], Sites::preferred)
    }
}

/// Places of one kind.
#[derive(Debug, Default)]
struct Sites<'p> {
    /// To which the program's start or a route leads.
    live: Vec<Site<'p>>,
    other: Vec<Site<'p>>,
}

impl<'p> Sites<'p> {
    fn push(&mut self, site: Site<'p>, is_live: bool) {
        if is_live { self.live.push(site) } else { self.other.push(site) }
    }

    fn preferred(&self) -> &[Site<'p>] {
        if self.live.is_empty() { &self.other } else { &self.live }
    }
}

/// Adds what an expression does.
fn add<'p>(program: &'p Program, owner: DefId, expr: &'p Expr, uses: &mut Vec<(Use, Site<'p>)>) {
    let site = |ty| Site { owner, expr, ty };
    let made = || program.body(owner).map(|body| body.ty(expr.span).clone());
    if may_fill(expr) {
        uses.push((Use::Filling, site(None)));
    }
    if let Some((base, field)) = changed(expr)
        && (!matches!(expr.kind, ExprKind::Ref(_)) || is_mutable(program, owner, expr))
        && let Some(def) = program.body(owner).and_then(|body| body.ty(base.span).peel().def())
    {
        uses.push((Use::Change(def, field.clone()), site(None)));
    }
    match &expr.kind {
        ExprKind::Struct(literal) => {
            if let Some(def) = made_by(program, owner, &literal.path, Namespace::Types) {
                uses.push((Use::Construction(def), site(made())));
            }
        }
        ExprKind::Call { callee, .. } => {
            if let ExprKind::Path(path) = &callee.kind
                && let Some(def) = made_by(program, owner, path, Namespace::Values)
            {
                uses.push((Use::Construction(def), site(made())));
                return;
            }
            if let Some(def) = constructed(program, owner, expr) {
                uses.push((Use::Construction(def), site(made())));
            }
            add_call(program, owner, expr, uses);
        }
        ExprKind::MethodCall(call) => {
            if let ExprKind::Path(path) = &call.receiver.kind
                && let Some(Res::Def(def)) =
                    program.resolve_ast_path(path, Namespace::Values, program.def(owner).module, Some(owner))
            {
                uses.push((Use::OnStatic(def), site(None)));
            }
            add_derived(program, owner, expr, call, uses);
            add_call(program, owner, expr, uses);
        }
        ExprKind::Assign { left, right } => {
            if let ExprKind::Field { base, name } = &left.kind
                && let Some(body) = program.body(owner)
                && let Some(def) = body.ty(base.span).peel().def()
            {
                let is_alone = program.func(owner).is_some_and(|func| is_held_alone(func, body, base));
                let holder = if is_alone { Holder::Alone } else { Holder::Shared };
                let value = Site { owner, expr: right, ty: None };
                uses.push((Use::Assignment((def, name.name.clone(), holder)), value));
            }
        }
        ExprKind::Path(_) => {
            let named = program.body(owner).and_then(|body| body.call(expr.span));
            let defs = named.into_iter().flat_map(CallSite::defs);
            uses.extend(defs.map(|def| (Use::Value(def), site(None))));
        }
        _ => {}
    }
}

/// The struct that a call of a constructor makes which a derive adds.
fn constructed(program: &Program, owner: DefId, call: &Expr) -> Option<DefId> {
    let body = program.body(owner)?;
    let Callee::External(function) = body.call(call.span)?.callees.first()? else { return None };
    let def = body.ty(call.span).def()?;
    let is_derived = function.krate() == "std" && function.owner() == "trait";
    let added = is_derived.then(|| derived::function(program, def, function.last())).flatten();
    matches!(added, Some(Derived::Constructor(_))).then_some(def)
}

/// Adds what a method does that a derive adds: it makes a struct, sets a field, or gives a field away to be changed.
fn add_derived<'p>(
    program: &'p Program,
    owner: DefId,
    expr: &'p Expr,
    call: &'p MethodCall,
    uses: &mut Vec<(Use, Site<'p>)>,
) {
    let Some(body) = program.body(owner) else { return };
    let receiver = body.ty(call.receiver.span);
    if let Some(def) = derived::built(receiver).and_then(Ty::def).filter(|_| call.method.name == BUILD) {
        let ty = Some(Ty::Def(def, Vec::new()));
        uses.push((Use::Construction(def), Site { owner, expr, ty }));
    }
    let Some(def) = receiver.peel().def() else { return };
    match derived::method(program, def, &call.method.name, call.args.len()) {
        Some(Derived::Setter(field)) if !call.args.is_empty() => {
            let value = Site { owner, expr: &call.args[0], ty: None };
            uses.push((Use::Assignment((def, field.name.name.clone(), Holder::Shared)), value));
        }
        Some(Derived::MutGetter(field)) => {
            uses.push((Use::Change(def, field.name.name.clone()), Site { owner, expr, ty: None }));
        }
        _ => {}
    }
}

/// Methods that add to a text, list, map or cell, or put something else in its place.
const CHANGES: &[&str] = &[
    "append",
    "entry",
    "extend",
    "get_or_insert",
    "get_or_insert_with",
    "insert",
    "insert_str",
    "push",
    "push_back",
    "push_front",
    "push_str",
    "replace",
    "replace_range",
    "set",
    "swap",
    "truncate",
    "write_fmt",
    "write_str",
];

/// Whether a reference is written with `mut`.
fn is_mutable(program: &Program, owner: DefId, expr: &Expr) -> bool {
    let source = program.def(owner).location.source;
    let text = program.tree.sources.text(Location { source, span: expr.span });
    text.trim_start_matches('&').trim_start().starts_with("mut ")
}

/// The field that an expression changes in place, with what it is a field of; a reference may be one that changes nothing.
fn changed(expr: &Expr) -> Option<(&Expr, &Name)> {
    match &expr.kind {
        // `str::replace` has two arguments and changes nothing.
        ExprKind::MethodCall(call) if CHANGES.contains(&call.method.name.as_str()) => {
            (call.method.name != "replace" || call.args.len() == 1).then(|| field_behind(&call.receiver))?
        }
        ExprKind::Ref(inner) => field_of(inner),
        ExprKind::Assign { left, .. } => match &left.kind {
            ExprKind::Deref(inner) => field_behind(inner),
            ExprKind::Index { base, .. } => field_behind(base),
            _ => None,
        },
        ExprKind::Binary { op: BinOp::AddAssign, left, .. } => field_of(left),
        _ => None,
    }
}

/// The field at the start of calls without arguments: `self.items` of `self.items.lock().unwrap()`.
fn field_behind(expr: &Expr) -> Option<(&Expr, &Name)> {
    match &expr.kind {
        ExprKind::MethodCall(call) if call.args.is_empty() => field_behind(&call.receiver),
        ExprKind::Await(inner) | ExprKind::Try(inner) | ExprKind::Ref(inner) => field_behind(inner),
        _ => field_of(expr),
    }
}

fn field_of(expr: &Expr) -> Option<(&Expr, &Name)> {
    match &expr.kind {
        ExprKind::Field { base, name } => Some((base, &name.name)),
        _ => None,
    }
}

fn add_call<'p>(program: &'p Program, owner: DefId, expr: &'p Expr, uses: &mut Vec<(Use, Site<'p>)>) {
    let Some(call) = program.body(owner).and_then(|body| body.call(expr.span)) else { return };
    for callee in call.callees.iter() {
        if let Callee::Def { def, self_ty, .. } = callee {
            uses.push((Use::Call(*def), Site { owner, expr, ty: self_ty.clone() }));
        }
    }
}

/// The struct or variant that a literal's or constructor's path names.
pub(super) fn made_by(program: &Program, owner: DefId, path: &Path, namespace: Namespace) -> Option<DefId> {
    let module = program.def(owner).module;
    let def = program.resolve_ast_path(path, namespace, module, Some(owner))?.def()?;
    match program.def(def).kind {
        DefKind::Struct | DefKind::Variant | DefKind::Union => Some(def),
        DefKind::TypeAlias => {
            let ItemKind::TypeAlias { ty: Some(ty), .. } = &program.def(def).item.kind else { return None };
            let context =
                crate::resolve::types::TypeContext { module: program.def(def).module, owner: Some(def) };
            program.lower_type(ty, context).peel().def()
        }
        _ => None,
    }
}

/// Everything that the roots lead to.
fn live(program: &Program, roots: &[DefId]) -> UnorderedSet<DefId> {
    let mut live = UnorderedSet::default();
    let mut queue: Vec<DefId> = roots.to_vec();
    while let Some(def) = queue.pop() {
        if !live.insert(def) {
            continue;
        }
        queue.extend(program.edges_from(def).iter().map(|edge| edge.to));
    }
    live
}
