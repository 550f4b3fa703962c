//! What well-known macros give; their arguments are expressions like any other.

use super::body::Infer;
use super::expr::{boolean, external, string, unit};
use super::unify::{element, merge_into};
use super::values::{err_type, ok_type};
use crate::resolve::scope::{Namespace, Res};
use crate::resolve::types::Ty;
use crate::syntax::ast::{MacroCall, Path};

impl Infer<'_> {
    pub(super) fn macro_call(&mut self, call: &MacroCall, expected: Option<&Ty>) -> Ty {
        let name = call.path.last().ident.name.clone();
        let wanted = match name.as_str() {
            "vec" => expected.and_then(element),
            _ => None,
        };
        let types: Vec<Ty> =
            self.scoped(|this| call.args.iter().map(|arg| this.expr(&arg.expr, wanted.as_ref())).collect());
        self.display_in_format(&name, call, &types);
        match name.as_str() {
            "vec" => {
                let mut elem = wanted.unwrap_or(Ty::Unknown);
                for (at, ty) in types.iter().enumerate() {
                    if at == 0 || types.len() > 2 {
                        merge_into(&mut elem, ty);
                    }
                }
                external("std::vec::Vec", vec![elem])
            }
            "format" | "concat" | "stringify" | "env" | "include_str" => string(),
            "json" => Ty::external("serde_json::Value"),
            "join" => Ty::Tuple(types.iter().map(|ty| self.awaited(ty)).collect()),
            "try_join" => {
                let parts: Vec<Ty> = types.iter().map(|ty| ok_type(&self.awaited(ty))).collect();
                let error = types.iter().find_map(|ty| err_type(&self.awaited(ty))).unwrap_or(Ty::Unknown);
                external("std::result::Result", vec![Ty::Tuple(parts), error])
            }
            "println" | "eprintln" | "print" | "eprint" | "assert" | "assert_eq" | "assert_ne"
            | "debug_assert" | "info" | "debug" | "warn" | "error" | "trace" => unit(),
            "matches" => boolean(),
            "dbg" => types.into_iter().next().unwrap_or(Ty::Unknown),
            "pin" if types.len() == 1 => types.into_iter().next().unwrap_or(Ty::Unknown),
            "anyhow" => Ty::external("anyhow::Error"),
            "unreachable" | "panic" | "todo" | "unimplemented" | "bail" => Ty::Unknown,
            _ => self.macro_result(&call.path, expected),
        }
    }

    fn macro_result(&mut self, path: &Path, expected: Option<&Ty>) -> Ty {
        let found =
            self.program.resolve_ast_path(path, Namespace::Macros, self.context.module, self.context.owner);
        match found {
            Some(Res::External(path)) if path.krate() != "std" => Ty::CallResult { function: path },
            _ => expected.cloned().unwrap_or(Ty::Unknown),
        }
    }
}
