//! What the evaluator knows of Axum by name: its router types, which functions serve, and the path syntax of each version.

use crate::resolve::scope::ExternalPath;
use crate::resolve::types::TypeContext;
use crate::resolve::{DefId, Program, Ty};

use super::value::RUN_TIME;
use crate::load::ModuleId;

/// Stands for the crate in paths that name resolution does not explain.
pub(super) const UNRESOLVED: &str = "?";

/// Types that are an Axum router or wrap one with the same methods.
const ROUTERS: &[&str] = &["Router", "OpenApiRouter", "ApiRouter"];

/// Whether a path leads into Axum or a crate that extends it; names that are not resolved get the benefit of the doubt.
pub(super) fn is_axum(path: &ExternalPath) -> bool {
    matches!(path.krate(), "axum" | "axum_core" | "axum_extra" | "aide" | "utoipa_axum" | UNRESOLVED)
        || path.0.iter().any(|name| name == "axum")
}

/// Whether a name is a router type's.
pub(super) fn is_router_name(name: &str) -> bool {
    ROUTERS.contains(&name)
}

pub(super) fn is_router(ty: &Ty) -> bool {
    matches!(ty.peel(), Ty::External(path, _) if is_axum(path) && is_router_name(path.last()))
}

/// The type that `.await`, `?` and smart pointers lead to: `Router` of `Result<Box<Router>, E>`.
pub(super) fn inner_type(ty: &Ty) -> Ty {
    match ty.peel() {
        Ty::External(path, args)
            if matches!(
                path.last(),
                "Result" | "Option" | "Mutex" | "RwLock" | "OnceCell" | "OnceLock" | "LazyLock"
            ) && !args.is_empty() =>
        {
            inner_type(&args[0])
        }
        Ty::Future(inner) => inner_type(inner),
        Ty::Impl(bounds) | Ty::Dyn(bounds) => {
            let output = bounds
                .iter()
                .filter(|bound| bound.trait_.external().is_some_and(|path| path.last() == "Future"))
                .flat_map(|bound| &bound.assoc)
                .find(|(name, _)| name == "Output");
            output.map_or_else(|| ty.clone(), |(_, ty)| inner_type(ty))
        }
        Ty::Tuple(elems) => Ty::Tuple(elems.clone()),
        other => other.clone(),
    }
}

/// The declared return type of a function.
pub(super) fn return_type(program: &Program, def: DefId) -> Option<Ty> {
    let ret = program.func(def)?.sig().ret.as_ref()?;
    Some(program.lower_type(ret, TypeContext { module: program.def(def).module, owner: Some(def) }))
}

/// How parameters are written in patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathSyntax {
    /// `/:id` and `/*rest`: up to 0.7.
    Colon,
    /// `/{id}` and `/{*rest}`: from 0.8.
    Braces,
    /// The version is not known: either.
    Either,
}

/// The path syntax of the Axum version that a module's package depends on.
pub(super) fn path_syntax(program: &Program, module: ModuleId) -> PathSyntax {
    let own = program.tree.package_of(module);
    let version = [own]
        .into_iter()
        .chain(&program.tree.packages)
        .flat_map(|package| &package.dependencies)
        .filter(|dependency| dependency.package == "axum")
        .find_map(|dependency| minor(dependency.version.as_deref()?));
    match version {
        Some(minor) if minor <= 7 => PathSyntax::Colon,
        Some(_) => PathSyntax::Braces,
        None => PathSyntax::Either,
    }
}

/// `7` of `0.7`, `^0.7.4` or `>=0.7, <0.9`; large for versions from 1.0.
fn minor(requirement: &str) -> Option<u32> {
    let digits = requirement.trim_start_matches(|c: char| !c.is_ascii_digit());
    let mut parts = digits.split(|c: char| !c.is_ascii_digit());
    match parts.next()?.parse::<u32>().ok()? {
        0 => parts.next()?.parse().ok(),
        _ => Some(u32::MAX),
    }
}

/// A pattern as Axum sees it -> our way to write it: `/{id}`, `/{rest+}`, `{?}` for a part known only at run time.
pub(super) fn pattern(text: &str, syntax: PathSyntax) -> String {
    let segments = text.split('/').map(|segment| {
        let segment = match syntax {
            PathSyntax::Colon => colon_segment(segment),
            PathSyntax::Either if segment.starts_with([':', '*']) => colon_segment(segment),
            PathSyntax::Braces | PathSyntax::Either => brace_segment(segment),
        };
        segment.replace(RUN_TIME, "{?}")
    });
    segments.collect::<Vec<_>>().join("/")
}

/// How a path must be written for Axum 0.8, where it begins a segment as Axum 0.7 wrote parameters: building the router ends the program.
///
/// Source: `validate_v07_paths` in `axum`, `src/routing/path_router.rs`.
pub(super) fn instead_of_refused(path: &str) -> Option<String> {
    let in_braces = |segment: &str| match segment.strip_prefix(':') {
        Some(name) => format!("{{{name}}}"),
        None if segment.starts_with('*') => format!("{{{segment}}}"),
        None => segment.to_string(),
    };
    let is_refused = path.split('/').any(|segment| segment.starts_with([':', '*']));
    is_refused.then(|| path.split('/').map(in_braces).collect::<Vec<_>>().join("/"))
}

/// The method of routers after which Axum takes such paths as text.
const WITHOUT_CHECKS: &str = "without_v07_checks";

/// Whether some router of the program may take them.
pub(super) fn may_skip_checks(program: &Program) -> bool {
    program.tree.sources.iter().any(|(_, file)| file.text.contains(WITHOUT_CHECKS))
}

fn colon_segment(segment: &str) -> String {
    if let Some(name) = segment.strip_prefix('*') {
        return format!("{{{name}+}}");
    }
    match segment.split_once(':') {
        Some((before, name)) => format!("{before}{{{name}}}"),
        None => segment.to_string(),
    }
}

fn brace_segment(segment: &str) -> String {
    match segment.strip_prefix("{*").and_then(|rest| rest.strip_suffix('}')) {
        Some(name) => format!("{{{name}+}}"),
        None => segment.to_string(),
    }
}

/// The full pattern of a route in a nested router, joined as Axum joins them.
pub(super) fn join(prefix: &str, path: &str) -> String {
    if prefix.is_empty() {
        return if path.is_empty() { "/".to_string() } else { path.to_string() };
    }
    if prefix.ends_with('/') {
        format!("{prefix}{}", path.trim_start_matches('/'))
    } else if path == "/" {
        prefix.to_string()
    } else {
        format!("{prefix}{path}")
    }
}

/// Whether a function or method of that name hands a router to the outside.
pub(super) fn is_serving(name: &str) -> bool {
    matches!(
        name,
        "serve"
            | "run"
            | "launch"
            | "start"
            | "serve_with_incoming"
            | "serve_connection"
            | "serve_connection_with_upgrades"
            | "run_with_streaming_response"
            | "run_concurrent"
            | "run_hyper_on_lambda"
    )
}

/// Whether a crate runs functions on AWS Lambda.
pub(super) fn is_lambda_runtime(krate: &str) -> bool {
    matches!(
        krate,
        "lambda_http"
            | "lambda_runtime"
            | "lambda_web"
            | "vercel_runtime"
            | "axum_aws_lambda"
            | "lambda_extension"
    )
}
