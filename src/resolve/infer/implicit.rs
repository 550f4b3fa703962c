//! What runs without being named in the text: `From` behind `?` and `into`, `Display` behind formatting.

use super::body::Infer;
use super::unify::{Map, unify_arg};
use super::values::{err_type, ok_type};
use crate::certainty::Certainty;
use crate::resolve::evidence::Evidence;
use crate::resolve::program::{DefId, ImplInfo, Program};
use crate::resolve::scope::{ExternalPath, Res};
use crate::resolve::types::Ty;
use crate::span::Span;
use crate::syntax::Name;
use crate::syntax::ast::{ExprKind, Lit, MacroCall};

/// Macros whose arguments are formatted.
const FORMATTING: &[&str] = &[
    "format",
    "print",
    "println",
    "eprint",
    "eprintln",
    "write",
    "writeln",
    "panic",
    "info",
    "debug",
    "warn",
    "error",
    "trace",
    "anyhow",
    "bail",
    "ensure",
    "assert",
    "assert_eq",
    "assert_ne",
    "unreachable",
    "todo",
    "unimplemented",
    "debug_assert",
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

/// A `{name:spec}` of a format string.
struct Hole<'t> {
    name: &'t str,
    is_debug: bool,
}

/// The holes of a format string in order; `{{` is none.
fn holes(text: &str) -> impl Iterator<Item = Hole<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let (_, after) = rest.split_once('{')?;
            if let Some(escaped) = after.strip_prefix('{') {
                rest = escaped;
                continue;
            }
            let (inside, next) = after.split_once('}')?;
            rest = next;
            let (name, spec) = inside.split_once(':').unwrap_or((inside, ""));
            return Some(Hole { name: name.trim(), is_debug: spec.ends_with('?') });
        }
    })
}

/// Routers and servers, which keep what they are given; layers are followed where they are used.
const KEEPERS: &[&str] =
    &["std", "core", "alloc", "axum", "axum_core", "axum_extra", "tower", "tower_http", "lambda_http"];

/// First words of crates whose traits describe and convert values: what implements them makes no requests.
const DATA: &[&str] = &[
    "askama",
    "bson",
    "chrono",
    "clap",
    "diesel",
    "garde",
    "metrics",
    "minijinja",
    "mongodb",
    "num",
    "postgres",
    "prost",
    "rand",
    "redis",
    "rusqlite",
    "schemars",
    "sea",
    "serde",
    "sqlx",
    "strum",
    "tera",
    "time",
    "tracing",
    "utoipa",
    "uuid",
    "validator",
];

/// More impls than this say nothing where the source's type is not known.
const MAX_GUESSED: usize = 4;

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

    /// A crate is given values of these types: it can call what they have of its traits.
    pub(super) fn given(&mut self, krate: &str, values: &[DefId], span: Span) {
        if values.is_empty() || KEEPERS.contains(&krate) || DATA.contains(&family(krate)) {
            return;
        }
        let program = self.program;
        for &id in values {
            for &impl_id in program.impls_of_type(id) {
                let info = program.impl_info(impl_id);
                if matches!(&info.trait_, Some(Res::External(path)) if same_family(path, krate)) {
                    for &item in info.items.iter().filter(|&&item| program.func(item).is_some()) {
                        self.implicit(item, span, Certainty::Inferred, Evidence::Given);
                    }
                }
            }
        }
    }

    fn conversion(&mut self, source: &Ty, target: &Ty, span: Span, evidence: Evidence) {
        let Some(id) = own_type(target) else { return self.conversion_away(source, target, span, evidence) };
        if own_type(source) == Some(id) {
            return;
        }
        let program = self.program;
        let froms: Vec<&ImplInfo> = impls_named(program, id, "From").collect();
        let argument = |info: &ImplInfo| info.trait_args.first().cloned().unwrap_or(Ty::Unknown);
        let known = !matches!(source.peel(), Ty::Unknown | Ty::MethodResult { .. } | Ty::CallResult { .. });
        let fitting: Vec<&ImplInfo> = if known {
            let fits = |info: &&ImplInfo| unify_arg(&argument(info), source, &mut Map::new());
            exact_first(froms.iter().copied().filter(fits).collect())
        } else if let Some(krate) = root_crate(source) {
            let of_crate = |info: &&ImplInfo| match argument(info).peel() {
                Ty::External(path, _) => same_family(path, &krate),
                Ty::Param(_) => true,
                _ => false,
            };
            by_step(froms.iter().copied().filter(of_crate).collect(), source)
        } else if froms.len() <= MAX_GUESSED {
            froms
        } else {
            Vec::new()
        };
        let certainty = if known && fitting.len() == 1 { Certainty::Proved } else { Certainty::Inferred };
        for info in fitting {
            if let Some(def) = function_of(program, info, "from") {
                self.implicit(def, span, certainty, evidence);
            }
        }
    }

    /// A type of the program becomes one of another crate: `impl From<Own> for u64`.
    fn conversion_away(&mut self, source: &Ty, target: &Ty, span: Span, evidence: Evidence) {
        let Some(id) = source.peel().def() else { return };
        let program = self.program;
        let away = program.index.conversions_of(id).iter().map(|&id| program.impl_info(id));
        let away = away.filter(|info| unify_arg(&info.self_ty, target, &mut Map::new()));
        let found: Vec<DefId> = away.filter_map(|info| function_of(program, info, "from")).collect();
        if let [one] = found.as_slice() {
            self.implicit(*one, span, Certainty::Proved, evidence);
        }
    }

    /// `value.try_into()` and `text.parse()` give a `Result` of a type of the program.
    pub(super) fn convert_fallibly(&mut self, name: &str, source: &Ty, result: &Ty, span: Span) {
        let target = ok_type(result);
        if name == "parse" {
            self.runs_for(&target, None, "FromStr", "from_str", span, Evidence::Conversion);
        } else {
            self.runs_for(&target, Some(source), "TryFrom", "try_from", span, Evidence::Conversion);
        }
    }

    /// A value is written as text.
    pub(super) fn display_of(&mut self, ty: &Ty, span: Span) {
        self.runs_for(ty, None, "Display", "fmt", span, Evidence::Format);
    }

    /// Arguments of formatting macros, and locals named in the text: `info!("{user} {id:?}")`.
    pub(super) fn display_in_format(&mut self, name: &Name, call: &MacroCall, types: &[Ty]) {
        if !FORMATTING.contains(&name.as_str()) {
            return;
        }
        let text = call.args.iter().find_map(|arg| match &arg.expr.kind {
            ExprKind::Lit(Lit::Str(text)) => Some((text, arg.expr.span)),
            _ => None,
        });
        let holes: Vec<Hole<'_>> = text.map_or_else(Vec::new, |(text, _)| holes(text).collect());
        let mut positional = holes.iter().filter(|hole| hole.name.is_empty());
        for (arg, ty) in call.args.iter().zip(types) {
            if text.is_some_and(|(_, span)| arg.expr.span.end <= span.end) {
                continue;
            }
            let hole = match &arg.name {
                Some(name) => holes.iter().find(|hole| hole.name == name.as_str()),
                None => positional.next(),
            };
            let is_debug = hole.is_some_and(|hole| hole.is_debug);
            self.formats(ty, is_debug, arg.expr.span);
        }
        for hole in &holes {
            let is_named = call.args.iter().any(|arg| arg.name.as_deref() == Some(hole.name));
            if let (Some(ty), false, Some((_, span))) = (self.local(hole.name).cloned(), is_named, text) {
                self.formats(&ty, hole.is_debug, span);
            }
        }
    }

    fn formats(&mut self, ty: &Ty, is_debug: bool, span: Span) {
        let trait_ = if is_debug { "Debug" } else { "Display" };
        self.runs_for(ty, None, trait_, "fmt", span, Evidence::Format);
    }
}

/// The type of the program, or the trait behind `Box<dyn Trait>`, for which impls stand.
pub(super) fn own_type(ty: &Ty) -> Option<DefId> {
    match ty.peel() {
        Ty::Dyn(bounds) => bounds.iter().find_map(|bound| bound.trait_.def()),
        other => other.def(),
    }
}

/// The type of the program that a value is of, or leads to.
pub(super) fn own_value(ty: &Ty) -> Option<DefId> {
    match ty.peel() {
        Ty::MethodResult { receiver, method }
            if matches!(method.as_str(), "as_ref" | "as_mut" | "borrow" | "clone" | "deref") =>
        {
            own_value(receiver)
        }
        ty => ty.def(),
    }
}

/// `impl From<A>` before `impl<E: Error> From<E>`.
fn exact_first(all: Vec<&ImplInfo>) -> Vec<&ImplInfo> {
    let exact = |info: &&ImplInfo| !matches!(info.trait_args.first(), Some(Ty::Param(_)));
    let exact: Vec<&ImplInfo> = all.iter().copied().filter(exact).collect();
    if exact.is_empty() { all } else { exact }
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
pub(super) fn root_crate(ty: &Ty) -> Option<Name> {
    match ty.peel() {
        Ty::MethodResult { receiver, .. } => root_crate(receiver),
        Ty::CallResult { function } => Some(Name::new(function.krate())),
        Ty::External(path, _) if path.krate() != "std" => Some(Name::new(path.krate())),
        _ => None,
    }
}

/// Crates that share their error types: `aws_sdk_dynamodb` and `aws_smithy_runtime_api`.
fn same_family(path: &ExternalPath, krate: &str) -> bool {
    path.krate() == krate || family(path.krate()) == family(krate)
}

fn family(krate: &str) -> &str {
    krate.split('_').next().unwrap_or(krate)
}
