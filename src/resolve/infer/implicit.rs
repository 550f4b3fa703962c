//! What runs without being named in the text: `From` behind `?` and `into`, `Display` behind formatting.

use super::body::Infer;
use super::unify::{Map, unify_arg};
use super::values::err_type;
use crate::certainty::Certainty;
use crate::resolve::evidence::Evidence;
use crate::resolve::program::{DefId, ImplInfo, Program};
use crate::resolve::scope::{ExternalPath, Res};
use crate::resolve::types::Ty;
use crate::span::Span;
use crate::syntax::Name;
use crate::syntax::ast::MacroCall;

/// Macros whose arguments are formatted.
const FORMATTING: &[&str] = &[
    "format", "print", "println", "eprint", "eprintln", "write", "writeln", "panic", "info", "debug", "warn",
    "error", "trace", "anyhow", "bail", "ensure",
];

/// Whether a trait of another crate is called so.
pub(in crate::resolve) fn is_trait(trait_: Option<&Res>, name: &str) -> bool {
    matches!(trait_, Some(Res::External(path)) if path.last() == name)
}

/// Impls of an external trait for a type of the program.
pub(in crate::resolve) fn impls_named<'p>(
    program: &'p Program,
    ty: DefId,
    name: &'p str,
) -> impl Iterator<Item = &'p ImplInfo> + 'p {
    program
        .impls_of_type(ty)
        .iter()
        .map(|&id| program.impl_info(id))
        .filter(move |info| is_trait(info.trait_.as_ref(), name))
}

/// The function of that name in an impl.
pub(in crate::resolve) fn function_of(program: &Program, info: &ImplInfo, name: &str) -> Option<DefId> {
    info.items.iter().copied().find(|&item| program.def(item).name == name)
}

impl Infer<'_> {
    /// The error of the value meets the error of the enclosing function through `From`.
    pub(super) fn convert_error(&mut self, ty: &Ty, span: Span) {
        let Some(target) = self.rets.last().and_then(Option::as_ref).and_then(err_type) else { return };
        let source = err_type(ty).unwrap_or_else(|| match ty.peel() {
            other @ (Ty::MethodResult { .. } | Ty::CallResult { .. }) => other.clone(),
            _ => Ty::Unknown,
        });
        self.conversion(&source, &target, span, Evidence::Question);
    }

    pub(super) fn convert_into(&mut self, source: &Ty, target: &Ty, span: Span) {
        self.conversion(source, target, span, Evidence::Conversion);
        if let Some(id) = source.peel().def() {
            let into: Vec<DefId> = impls_named(self.program, id, "Into")
                .filter_map(|info| function_of(self.program, info, "into"))
                .collect();
            for def in into {
                self.implicit(def, span, Certainty::Proved, Evidence::Conversion);
            }
        }
    }

    fn conversion(&mut self, source: &Ty, target: &Ty, span: Span, evidence: Evidence) {
        let Some(id) = target.peel().def() else { return };
        if source.peel().def() == Some(id) {
            return;
        }
        let program = self.program;
        let froms: Vec<&ImplInfo> = impls_named(program, id, "From").collect();
        let argument = |info: &ImplInfo| info.trait_args.first().cloned().unwrap_or(Ty::Unknown);
        let known = !matches!(source.peel(), Ty::Unknown | Ty::MethodResult { .. } | Ty::CallResult { .. });
        let fitting: Vec<&ImplInfo> = if known {
            froms.iter().copied().filter(|info| unify_arg(&argument(info), source, &mut Map::new())).collect()
        } else if let Some(krate) = root_crate(source) {
            let of_crate = |info: &&ImplInfo| match argument(info).peel() {
                Ty::External(path, _) => same_family(path, &krate),
                Ty::Param(_) => true,
                _ => false,
            };
            by_step(froms.iter().copied().filter(of_crate).collect(), source)
        } else {
            froms
        };
        let certainty = if known && fitting.len() == 1 { Certainty::Proved } else { Certainty::Inferred };
        for info in fitting {
            if let Some(def) = function_of(program, info, "from") {
                self.implicit(def, span, certainty, evidence);
            }
        }
    }

    /// A value is written as text.
    pub(super) fn display_of(&mut self, ty: &Ty, span: Span) {
        let Some(id) = ty.peel().def() else { return };
        let found: Vec<DefId> = impls_named(self.program, id, "Display")
            .filter_map(|info| function_of(self.program, info, "fmt"))
            .collect();
        for def in found {
            self.implicit(def, span, Certainty::Proved, Evidence::Format);
        }
    }

    pub(super) fn display_in_format(&mut self, name: &Name, call: &MacroCall, types: &[Ty]) {
        if !FORMATTING.contains(&name.as_str()) {
            return;
        }
        for (arg, ty) in call.args.iter().zip(types) {
            self.display_of(ty, arg.expr.span);
        }
    }
}

/// Builders fail otherwise than requests: `build()?` takes the impl for a `BuildError`, other steps the rest.
fn by_step<'p>(all: Vec<&'p ImplInfo>, source: &Ty) -> Vec<&'p ImplInfo> {
    let builds = matches!(last_step(source), Some("build"));
    let named = |info: &&ImplInfo| match info.trait_args.first() {
        Some(Ty::External(path, _)) => path.last().contains("Build") == builds,
        _ => true,
    };
    let fitting: Vec<&ImplInfo> = all.iter().copied().filter(named).collect();
    if fitting.is_empty() { all } else { fitting }
}

/// The last method of a chain that is more than unwrapping.
fn last_step(ty: &Ty) -> Option<&str> {
    match ty.peel() {
        Ty::MethodResult { receiver, method } if matches!(method.as_str(), "?" | "err" | "await") => {
            last_step(receiver)
        }
        Ty::MethodResult { method, .. } => Some(method),
        _ => None,
    }
}

/// The crate from which a chain of external calls starts.
fn root_crate(ty: &Ty) -> Option<Name> {
    match ty.peel() {
        Ty::MethodResult { receiver, .. } => root_crate(receiver),
        Ty::CallResult { function } => Some(Name::new(function.krate())),
        Ty::External(path, _) if path.krate() != "std" => Some(Name::new(path.krate())),
        _ => None,
    }
}

/// Crates that share their error types: `aws_sdk_dynamodb` and `aws_smithy_runtime_api`.
fn same_family(path: &ExternalPath, krate: &str) -> bool {
    let family = |name: &str| name.split('_').next().map(str::to_string);
    path.krate() == krate || family(path.krate()) == family(krate)
}
