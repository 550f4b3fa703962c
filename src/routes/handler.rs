//! Handlers: what stands behind the argument of `get(..)`, by name, place and extractors.

use super::axum::UNRESOLVED;
use super::table::Handler;
use super::value::{Target, Value};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::resolve::{DefId, DefKind, Program, Ty};
use crate::span::Location;
use crate::syntax::ast::PatKind;

/// The handler that a value is.
pub(super) fn describe(program: &Program, target: &Target<'_>, diagnostics: &mut Diagnostics) -> Handler {
    Handler { calls: target.calls.to_vec(), ..of_value(program, target, diagnostics) }
}

fn of_value(program: &Program, target: &Target<'_>, diagnostics: &mut Diagnostics) -> Handler {
    let expr = target.expr;
    match &target.value {
        Value::Func(func) => of_def(program, func.def, expr),
        Value::Closure(closure) => Handler {
            name: "closure".to_string(),
            path: format!("{}::closure", program.tree.module_path(closure.place.module)),
            def: None,
            location: closure.location,
            expr,
            calls: Vec::new(),
        },
        Value::Struct(value) => of_def(program, value.ty.peel().def().unwrap_or(value.def), expr),
        Value::Layered(layered) => {
            let inner = Target { value: layered.0.clone(), ..target.clone() };
            of_value(program, &inner, diagnostics)
        }
        // A method router as a fallback: its first handler.
        Value::Methods(methods) if !methods.entries.is_empty() => {
            let inner = Target { value: methods.entries[0].target.value.clone(), ..target.clone() };
            of_value(program, &inner, diagnostics)
        }
        Value::External(external) if external.0.krate() != UNRESOLVED => Handler {
            name: external.0.last().to_string(),
            path: external.0.to_string(),
            def: None,
            location: expr,
            expr,
            calls: Vec::new(),
        },
        Value::Opaque(opaque) => match opaque.ty.peel() {
            Ty::Def(def, _) => of_def(program, *def, expr),
            Ty::External(path, _) => Handler {
                name: path.last().to_string(),
                path: path.to_string(),
                def: None,
                location: expr,
                expr,
                calls: Vec::new(),
            },
            Ty::CallResult { function } => Handler {
                name: function.last().to_string(),
                path: function.to_string(),
                def: None,
                location: expr,
                expr,
                calls: Vec::new(),
            },
            _ => unknown(program, expr, diagnostics),
        },
        // A constant body: `get("ok")`.
        Value::Text(_) | Value::Tuple(_) | Value::Unit => Handler {
            name: "constant".to_string(),
            path: format!("{}::constant", program.tree.module_path(target.place.module)),
            def: None,
            location: expr,
            expr,
            calls: Vec::new(),
        },
        _ => unknown(program, expr, diagnostics),
    }
}

pub(super) fn of_def(program: &Program, id: DefId, expr: Location) -> Handler {
    let def = program.def(id);
    let span = if def.kind == DefKind::Variant { def.location.span } else { def.item.name.span };
    let location = Location { source: def.location.source, span };
    Handler {
        name: def.name.to_string(),
        path: def.path.clone(),
        def: Some(id),
        location,
        expr,
        calls: Vec::new(),
    }
}

fn unknown(program: &Program, expr: Location, diagnostics: &mut Diagnostics) -> Handler {
    let path = head_text(program, expr);
    let name = path.rsplit("::").next().unwrap_or(&path).to_string();
    let message = format!("the handler `{path}` could not be tied to a function");
    diagnostics.push(Diagnostic::new(Code::HANDLER_UNKNOWN, message).at(expr));
    Handler { name, path, def: None, location: expr, expr, calls: Vec::new() }
}

/// What a mounted service is: the function that made it, else its text up to the arguments.
pub(super) fn service_text(program: &Program, target: &Target<'_>) -> String {
    match &target.value {
        Value::Opaque(opaque) if opaque.head.is_some() => {
            let names = opaque.head.iter().flat_map(|(path, _)| path.0.iter().rev().take(2));
            let names: Vec<&str> = names.map(crate::syntax::Name::as_str).collect();
            names.into_iter().rev().collect::<Vec<_>>().join("::")
        }
        _ => head_text(program, target.expr),
    }
}

/// The text of an expression up to its arguments: `ServeDir::new`.
pub(super) fn head_text(program: &Program, at: Location) -> String {
    let text = program.tree.sources.text(at);
    let head = text.split(['(', '{', '|']).next().unwrap_or_default();
    let head: String = head.split_whitespace().collect();
    let mut names = head.rsplitn(3, "::");
    let (last, before) = (names.next().unwrap_or_default(), names.next());
    let head = before.map_or_else(|| last.to_string(), |before| format!("{before}::{last}"));
    if head.is_empty() { "?".to_string() } else { head.chars().take(80).collect() }
}

/// Extractor types of a handler as written.
pub(super) fn extractors(program: &Program, target: &Target<'_>) -> Vec<String> {
    match &target.value {
        Value::Func(func) => {
            let Some(ast) = program.func(func.def) else { return Vec::new() };
            let source = program.def(func.def).location.source;
            let text = |span| program.tree.sources.text(Location { source, span });
            ast.sig().params.iter().map(|param| one_line(text(param.ty.span))).collect()
        }
        Value::Closure(closure) => {
            let source = closure.place.source;
            let text = |span| one_line(program.tree.sources.text(Location { source, span }));
            let params = closure.ast.params.iter().map(|pat| match &pat.kind {
                PatKind::Typed { ty, .. } => text(ty.span),
                PatKind::TupleStruct { path, .. } => path.to_string(),
                _ => "_".to_string(),
            });
            params.collect()
        }
        Value::Layered(layered) => {
            extractors(program, &Target { value: layered.0.clone(), ..target.clone() })
        }
        _ => Vec::new(),
    }
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
