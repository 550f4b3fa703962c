//! Macros of the standard library that make strings and lists, and strings put together.

use std::rc::Rc;
use std::sync::Arc;

use super::eval::Evaluator;
use super::format;
use super::text::{Piece, Text};
use super::value::{Element, MAX_VALUES, Thunk, Value};
use crate::resolve::{Namespace, Res};
use crate::syntax::ItemKind;
use crate::syntax::ast::{ExprKind, Lit, MacroCall};

impl<'p> Evaluator<'p> {
    pub(super) fn macro_call(&mut self, call: &'p MacroCall, thunk: Thunk<'p>) -> Vec<Value<'p>> {
        let with = |expr| Thunk { expr, frame: thunk.frame };
        let arg = |at: usize| call.args.get(at).map(|arg| with(&arg.expr));
        match call.path.last().ident.name.as_str() {
            "format" | "format_args" | "format_smolstr" | "formatcp" => self.format(call, thunk),
            // In a `Display`, what it writes is its text.
            "write" => self.format_after(1, call, thunk),
            "concat" | "concatcp" => {
                let parts: Vec<Vec<Text>> = call.args.iter().map(|arg| self.texts(with(&arg.expr))).collect();
                product(parts)
            }
            "include_str" | "include_bytes" => match arg(0) {
                Some(path) => self.included(path),
                None => vec![Value::Unknown],
            },
            "env" | "option_env" => match arg(0) {
                Some(name) => self.texts(name).iter().map(|name| self.compiled(name, thunk)).collect(),
                None => vec![Value::Unknown],
            },
            "vec" => {
                let elements = call.args.iter().map(|arg| Element::One(with(&arg.expr))).collect();
                vec![Value::List(Rc::new(elements))]
            }
            // Of the crates `phf`, `maplit` and `indexmap`: `{ key => value, .. }`.
            "phf_map" | "phf_ordered_map" | "hashmap" | "btreemap" | "indexmap"
                if call.args.len().is_multiple_of(2) =>
            {
                let entries = call.args.chunks_exact(2);
                let entries = entries.map(|entry| Element::Pair(with(&entry[0].expr), with(&entry[1].expr)));
                vec![Value::List(Rc::new(entries.collect()))]
            }
            "panic" | "unreachable" | "todo" | "unimplemented" | "bail" => Vec::new(),
            _ => vec![Value::Unknown],
        }
    }

    fn format(&mut self, call: &'p MacroCall, thunk: Thunk<'p>) -> Vec<Value<'p>> {
        self.format_after(0, call, thunk)
    }

    /// The string that a macro makes of its arguments, the first of them left out.
    pub(super) fn format_after(
        &mut self,
        skipped: usize,
        call: &'p MacroCall,
        thunk: Thunk<'p>,
    ) -> Vec<Value<'p>> {
        let frame = thunk.frame;
        let args = call.args.get(skipped..).unwrap_or_default();
        let Some((first, rest)) = args.split_first() else { return vec![Value::Unknown] };
        let ExprKind::Lit(Lit::Str(template)) = &first.expr.kind else { return vec![Value::Unknown] };
        let mut pieces = Vec::new();
        let mut next = 0;
        for part in format::parts(template) {
            let position = match &part {
                format::Part::Next => {
                    next += 1;
                    Some(next - 1)
                }
                format::Part::Position(at) => Some(*at),
                format::Part::Name(name) => {
                    rest.iter().position(|arg| arg.name.as_ref().is_some_and(|known| known == name.as_str()))
                }
                format::Part::Literal(_) | format::Part::Altered => None,
            };
            pieces.push(match (part, position.and_then(|at| rest.get(at))) {
                (format::Part::Literal(text), _) => vec![Text::literal(text)],
                (_, Some(arg)) => self.texts(Thunk { expr: &arg.expr, frame }),
                (format::Part::Name(name), None) => self.captured(&name, thunk),
                _ => vec![Text::unknown()],
            });
        }
        product(pieces)
    }

    /// `{name}` of a format string: a local, const or static.
    fn captured(&mut self, name: &str, thunk: Thunk<'p>) -> Vec<Text> {
        let frame = thunk.frame;
        if let Some(binding) = self.binding(name, thunk.expr.span, frame) {
            let values = self.bound(&binding, name, thunk.expr.span, frame);
            return self.shown(&values);
        }
        let owner = self.owner(frame);
        let names = [crate::syntax::Name::new(name)];
        let module = self.program.def(owner).module;
        let Some(Res::Def(def)) = self.program.resolve_names(&names, Namespace::Values, module, Some(owner))
        else {
            return vec![Text::unknown()];
        };
        match &self.program.def(def).item.kind {
            ItemKind::Const { expr: Some(expr), .. } | ItemKind::Static { expr: Some(expr), .. } => {
                let frame = self.root(def, None);
                self.texts(Thunk { expr: expr.get(), frame })
            }
            _ => vec![Text::unknown()],
        }
    }

    /// A variable of the build: what cargo sets is known.
    ///
    /// Source: the Cargo book, "Environment variables Cargo sets for crates".
    fn compiled(&self, name: &Text, at: Thunk<'p>) -> Value<'p> {
        let Some(name) = name.as_literal() else { return Value::Unknown };
        let tree = &self.program.tree;
        let module = self.program.def(self.owner(at.frame)).module;
        let package = tree.package_of(module);
        let krate = tree.krate(tree.module(module).krate);
        Value::Text(match name {
            "CARGO_PKG_NAME" => Text::literal(&package.name),
            "CARGO_PKG_VERSION" => Text::literal(&package.version),
            "CARGO_CRATE_NAME" => Text::literal(krate.name.as_str()),
            _ => Text::env(name),
        })
    }

    /// The text of a file: from the folder of the source file, or from the package's where the path says so.
    fn included(&mut self, path: Thunk<'p>) -> Vec<Value<'p>> {
        let def = self.program.def(self.owner(path.frame));
        let tree = &self.program.tree;
        let text_of = |path: &Text| match path.0.as_slice() {
            [Piece::Literal(path)] => tree.text_beside(def.location.source, path),
            [Piece::Env(folder), Piece::Literal(path)] if folder == "CARGO_MANIFEST_DIR" => {
                tree.text_of_package(tree.package_of(def.module), path.trim_start_matches('/'))
            }
            _ => None,
        };
        self.texts(path).iter().map(|path| of_file(text_of(path))).collect()
    }

    /// The text of a file of the analysed package that is read at start-up.
    pub(super) fn read_file(&mut self, path: Thunk<'p>) -> Vec<Value<'p>> {
        let tree = &self.program.tree;
        let text_of = |path: &Text| tree.text_of_package(tree.packages.first()?, path.as_literal()?);
        self.texts(path).iter().map(|path| of_file(text_of(path))).collect()
    }

    /// The variable whose name the expression gives.
    pub(super) fn env(&mut self, name: Thunk<'p>) -> Vec<Value<'p>> {
        let names = self.texts(name);
        names
            .iter()
            .map(|name| name.as_literal().map_or(Value::Unknown, |name| Value::Text(Text::env(name))))
            .collect()
    }
}

/// The text of a file, where there is one.
fn of_file<'p>(text: Option<Arc<str>>) -> Value<'p> {
    text.map_or(Value::Unknown, |text| Value::Text(Text::literal(&*text)))
}

pub(super) fn texts_of(values: &[Value<'_>]) -> Vec<Text> {
    let texts: Vec<Text> = values
        .iter()
        .filter(|value| !matches!(value, Value::Absent))
        .map(|value| match value {
            Value::Text(text) => text.clone(),
            _ => Text::unknown(),
        })
        .collect();
    if texts.is_empty() { vec![Text::unknown()] } else { texts }
}

/// Every combination of the parts in a row.
pub(super) fn product<'p>(parts: Vec<Vec<Text>>) -> Vec<Value<'p>> {
    let mut all = vec![Text::default()];
    for part in parts {
        if all.len() * part.len() > MAX_VALUES {
            return vec![Value::Unknown];
        }
        all = all.iter().flat_map(|head| part.iter().map(|tail| head.clone().join(tail.clone()))).collect();
    }
    all.into_iter().map(Value::Text).collect()
}
