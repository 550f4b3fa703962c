//! Methods that a query builder's trait adds to types which macros make: of these nothing is known but what such a method gives.

use super::body::Infer;
use super::expr::external;
use crate::resolve::scope::Res;
use crate::resolve::types::Ty;
use crate::syntax::ast::MethodCall;

/// Methods of `RunQueryDsl` of diesel and diesel-async.
const DIESEL: &[&str] = &["execute", "load", "get_result", "get_results", "first", "load_stream"];

impl Infer<'_> {
    /// What a query gives where the trait that runs it is imported; `None` for other methods.
    pub(super) fn query_result(
        &self,
        call: &MethodCall,
        turbofish: &[Ty],
        expected: Option<&Ty>,
    ) -> Option<Ty> {
        let name = call.method.name.as_str();
        if call.args.len() != 1 || !DIESEL.contains(&name) {
            return None;
        }
        let is_async = self.runs_diesel()?;
        let one = turbofish.first().cloned().unwrap_or(Ty::Unknown);
        let rows = match name {
            "execute" => Ty::external("std::usize"),
            "load" | "get_results" => external("std::vec::Vec", vec![one]),
            _ => one,
        };
        let mut made = external("std::result::Result", vec![rows, Ty::external("diesel::result::Error")]);
        if let Some(expected) = expected {
            let expected = match expected {
                Ty::Future(inner) => inner,
                other => other,
            };
            super::unify::merge_into(&mut made, expected);
        }
        Some(if is_async { Ty::Future(Box::new(made)) } else { made })
    }

    /// Whether the module imports the trait that runs queries, and whether that is the asynchronous one.
    fn runs_diesel(&self) -> Option<bool> {
        let module = self.context.module;
        let mut found = None;
        for (name, res) in self.program.module_names(module) {
            if let (true, Res::External(path)) = (name == "RunQueryDsl", res) {
                found = Some(path.krate() == "diesel_async");
            }
        }
        found.or_else(|| self.program.imports_all_of(module, "diesel", "prelude").then_some(false))
    }
}
