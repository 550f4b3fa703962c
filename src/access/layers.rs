//! What of the program runs in a layer: the middleware function, or the code of a layer's struct and of the services that it builds.
//!
//! Input: the definition that a layer is made of. Output: functions to walk. Deliberately absent: which layers wrap a route (`routes`).

use super::walks::Beginning;
use crate::diagnostic::{Code, Diagnostic};
use crate::ordered::{OrderedMap, UnorderedMap, UnorderedSet};
use crate::resolve::types::TypeContext;
use crate::resolve::{DefId, DefKind, ImplInfo, Program, Res};
use crate::routes::{LayerCode, LayerUse, RouteTable};
use crate::span::Location;
use crate::syntax::ItemKind;
use crate::syntax::ast::ExprKind;
use crate::syntax::visit;

/// Code of layers, by the definition that they are made of.
#[derive(Debug, Default)]
pub(super) struct Layers {
    code: UnorderedMap<DefId, Vec<DefId>>,
}

impl Layers {
    /// Finds the code of every layer that is used, and reports layers of the program that have none to be seen.
    pub(super) fn of(program: &Program, routes: &RouteTable, findings: &mut Vec<Diagnostic>) -> Self {
        let mut layers = Self::default();
        let around_routes = routes.routes.iter().flat_map(|route| &route.layers);
        let around_fallbacks = routes.fallbacks.iter().flat_map(|fallback| &fallback.layers);
        for layer in around_routes.chain(around_fallbacks) {
            let Some(def) = layer.def.filter(|def| !layers.code.contains_key(def)) else { continue };
            let code = code_of(program, def);
            if code.is_empty() {
                findings.push(unknown(layer));
            }
            layers.code.insert(def, code);
        }
        findings.extend(without_type(program, routes));
        layers
    }

    /// What runs in a layer.
    pub(super) fn beginnings(&self, code: LayerCode) -> Vec<Beginning<'static>> {
        match code {
            LayerCode::Def(def) => self.code(def).iter().copied().map(Beginning::Function).collect(),
            LayerCode::Closure(closure) => vec![Beginning::Closure(closure)],
        }
    }

    /// The functions that run in a layer that is made of a definition.
    pub(super) fn code(&self, def: DefId) -> &[DefId] {
        self.code.get(&def).map_or(&[], Vec::as_slice)
    }
}

/// Findings for layers of whose value nothing is known, not even that it is another crate's.
fn without_type(program: &Program, routes: &RouteTable) -> Vec<Diagnostic> {
    let mut open: OrderedMap<Location, &LayerUse> = OrderedMap::default();
    let around_routes = routes.routes.iter().flat_map(|route| &route.layers);
    let around_fallbacks = routes.fallbacks.iter().flat_map(|fallback| &fallback.layers);
    for layer in around_routes.chain(around_fallbacks).filter(|layer| layer.code().is_none()) {
        open.insert(layer.location, layer);
    }
    let mut found = Vec::new();
    if open.is_empty() {
        return found;
    }
    for def in program.live_fns_around(open.keys().copied()) {
        let Some(body) = program.func(def.id).and_then(crate::syntax::ast::Fn::block) else { continue };
        let Some(types) = program.body(def.id) else { continue };
        visit::exprs_in_block(body, &mut |expr| {
            let plain =
                matches!(expr.kind, ExprKind::Path(_) | ExprKind::Call { .. } | ExprKind::Field { .. });
            if let Some(layer) = open.get(&Location { span: expr.span, ..def.location })
                && plain
                && types.ty(expr.span).is_unknown()
            {
                found.push(unknown(layer));
            }
        });
    }
    found
}

fn unknown(layer: &LayerUse) -> Diagnostic {
    let message = format!("what runs in the layer `{}` cannot be seen", layer.name);
    let help = "if it calls AWS, the routes under it need that permission; add it to their roles by hand";
    Diagnostic::new(Code::LAYER_UNKNOWN, message).at(layer.location).help(help)
}

/// A function itself; of a type what other crates call on it, and on the services that its `layer` builds.
fn code_of(program: &Program, def: DefId) -> Vec<DefId> {
    if program.func(def).is_some() {
        return vec![def];
    }
    let mut seen = UnorderedSet::default();
    let mut open = vec![def];
    let mut code = Vec::new();
    while let Some(ty) = open.pop() {
        if !seen.insert(ty) {
            continue;
        }
        for &id in program.impls_of_type(ty) {
            let info = program.impl_info(id);
            if !is_called_by_others(info) {
                continue;
            }
            for &item in &info.items {
                if program.func(item).is_some() {
                    code.push(item);
                    if program.def(item).name == "layer" {
                        open.extend(services(program, info, item));
                    }
                }
            }
        }
    }
    code
}

/// Whether an impl is of a trait of another crate, the standard library aside: its functions are called where no call is written.
fn is_called_by_others(info: &ImplInfo) -> bool {
    match &info.trait_ {
        Some(Res::External(path)) => !matches!(path.krate(), "std" | "core" | "alloc" | "serde"),
        Some(Res::Def(_)) | None => false,
        Some(_) => true,
    }
}

/// The types that a layer's impl builds: its `type Service`, and what its `layer` function makes.
fn services(program: &Program, info: &ImplInfo, layer: DefId) -> Vec<DefId> {
    let mut found = Vec::new();
    for &item in &info.items {
        let def = program.def(item);
        if let ItemKind::TypeAlias { ty: Some(ty), .. } = &def.item.kind {
            let context = TypeContext { module: def.module, owner: Some(item) };
            found.extend(program.lower_type(ty, context).peel().def());
        }
    }
    let types = program.body(layer);
    if let Some(body) = program.func(layer).and_then(crate::syntax::ast::Fn::block) {
        visit::exprs_in_block(body, &mut |expr| {
            found.extend(types.and_then(|types| types.ty(expr.span).peel().def()));
        });
    }
    let own = info.self_ty.peel().def();
    found.retain(|&ty| Some(ty) != own && matches!(program.def(ty).kind, DefKind::Struct | DefKind::Enum));
    found
}
