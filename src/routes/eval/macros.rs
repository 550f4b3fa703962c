//! Macros: those that make texts, lists and routes, those that never return, and the expressions in the arguments of all others.

use std::rc::Rc;

use super::Interp;
use super::places::is_place;
use crate::diagnostic::{Code, Diagnostic};
use crate::load::is_on;
use crate::resolve::{Namespace, Res};
use crate::routes::table::Method;
use crate::routes::value::{Entry, Methods, RUN_TIME, Step, Target, Value};
use crate::span::Span;
use crate::syntax::Attr;
use crate::syntax::ast::{Expr, MacroCall};

impl<'p> Interp<'p> {
    pub(super) fn eval_macro(&mut self, expr: &'p Expr, call: &'p MacroCall) -> Value<'p> {
        match call.path.last().ident.name.as_str() {
            "panic" | "unreachable" | "todo" | "unimplemented" | "compile_error" => return Value::Never,
            "bail" | "return_err" => {
                self.frame_mut().returns.push((None, Value::Err));
                return Value::Never;
            }
            "vec" | "array" | "join" | "try_join" => {
                let values = call.args.iter().map(|arg| self.eval(&arg.expr)).collect::<Vec<_>>();
                return if values.iter().any(Value::is_never) {
                    Value::Never
                } else {
                    Value::List(values.into())
                };
            }
            "format" | "concat_string" | "const_format" | "formatcp" | "format_args" => {
                return self.format(&call.args);
            }
            "write" | "writeln" if call.args.len() > 1 && is_place(&call.args[0].expr) => {
                if let Value::Text(before) = self.eval(&call.args[0].expr) {
                    let end = match self.format(&call.args[1..]) {
                        Value::Text(text) => text,
                        _ => RUN_TIME.to_string().into(),
                    };
                    let line = if call.path.last().ident.name == "writeln" { "\n" } else { "" };
                    self.assign(&call.args[0].expr, Value::text(format!("{before}{end}{line}")));
                    return Value::Unit;
                }
            }
            "concat" | "concatcp" => {
                let mut text = String::new();
                for arg in &call.args {
                    match self.eval(&arg.expr) {
                        Value::Text(part) => text.push_str(&part),
                        _ => text.push(RUN_TIME),
                    }
                }
                return Value::text(text);
            }
            "env" | "option_env" => return Value::text(RUN_TIME.to_string()),
            "cfg" => return self.cfg(call.tokens),
            "routes" => return self.routes_macro(expr, call),
            _ => {}
        }
        let is_own = matches!(self.resolve(&call.path, Namespace::Macros), Some(Res::Def(_)));
        let mut router = None;
        for arg in &call.args {
            let locals = self.frame().locals.len();
            let mut value = self.eval(&arg.expr);
            self.frame_mut().locals.truncate(locals);
            if let (true, Value::Router(chain)) = (is_own, &value) {
                let message =
                    format!("`{}!` is given a router; what the macro registers is not known", call.path);
                let finding = Diagnostic::new(Code::ROUTER_UNKNOWN, message).at(self.at(expr.span));
                value = Value::Router(chain.clone().then(Step::Finding(finding)));
                if is_place(&arg.expr) {
                    self.assign(&arg.expr, value.clone());
                }
            }
            if value.router().is_some() || matches!(value, Value::Methods(_)) {
                router = router.or(Some(value));
            }
        }
        router.unwrap_or_else(Value::unknown)
    }

    /// `cfg!(..)`: known, or not where both it and its opposite may hold.
    fn cfg(&self, tokens: Span) -> Value<'p> {
        let condition = self.program.tree.sources.text(self.at(tokens));
        let features = &self.program.tree.package_of(self.place().module).features;
        let holds = |condition: &str| {
            let attr = Attr { path: "cfg".into(), args: format!("({condition})"), span: tokens };
            is_on(&[attr], features)
        };
        match (holds(condition), holds(&format!("not({condition})"))) {
            (true, true) => Value::unknown(),
            (on, _) => Value::Bool(on),
        }
    }

    /// `routes!(list, create)` of utoipa-axum: method and path stand in the handlers' `#[utoipa::path(..)]`.
    fn routes_macro(&mut self, expr: &'p Expr, call: &'p MacroCall) -> Value<'p> {
        let mut methods = Methods::default();
        for arg in &call.args {
            let handler = self.eval(&arg.expr);
            let at = self.at(arg.expr.span);
            let attribute = match &handler {
                Value::Func(func) => {
                    let item = &self.program.def(func.def).item;
                    item.attrs.iter().find(|attr| &attr.path == "utoipa::path" || attr.path == "path")
                }
                _ => None,
            };
            let Some(found) = attribute.map(|attr| open_api_path(&attr.args)) else {
                let message = "a handler in `routes!` has no `#[utoipa::path]` that could be read";
                methods.findings.push(Diagnostic::new(Code::ROUTER_UNKNOWN, message).at(at));
                continue;
            };
            let (verbs, path) = found;
            let pattern: Rc<str> = Rc::from(path.unwrap_or_else(|| format!("/{RUN_TIME}")));
            for method in verbs {
                methods.entries.push(Entry {
                    method,
                    target: Target {
                        value: handler.clone(),
                        expr: at,
                        calls: self.calls(),
                        place: self.place(),
                    },
                    call: self.at(expr.span),
                    is_head: true,
                    layers: Vec::new(),
                });
                methods.patterns.push(pattern.clone());
            }
        }
        Value::Methods(Rc::new(methods))
    }
}

/// Methods and path of `#[utoipa::path(get, path = "/x", ..)]`.
fn open_api_path(args: &str) -> (Vec<Method>, Option<String>) {
    let inside = args.trim().strip_prefix('(').unwrap_or(args);
    let mut verbs = Vec::new();
    let mut path = None;
    for part in top_level(inside) {
        let part = part.trim();
        if let Some(rest) =
            part.strip_prefix("path").map(str::trim_start).and_then(|rest| rest.strip_prefix('='))
        {
            path = rest.trim().strip_prefix('"').and_then(|rest| rest.split('"').next()).map(str::to_string);
        } else if let Some(list) = part.strip_prefix("method") {
            let names = list.trim_start_matches(|c: char| "(= ".contains(c)).trim_end_matches(')');
            verbs.extend(names.split(',').filter_map(|name| Method::from_routing_fn(name.trim())));
        } else if let Some(method) = Method::from_routing_fn(part) {
            verbs.push(method);
        }
    }
    (verbs, path)
}

/// The parts between commas that stand in no bracket and no string.
fn top_level(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start, mut in_string, mut escaped) = (Vec::new(), 0i32, 0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            '(' | '[' | '{' if !in_string => depth += 1,
            ')' | ']' | '}' if !in_string => depth -= 1,
            ',' if !in_string && depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
