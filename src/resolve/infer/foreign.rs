//! Calls of functions of other crates: what they give, and what they expect of their arguments.

use std::sync::Arc;

use super::body::Infer;
use super::expr::external;
use crate::resolve::scope::{ExternalPath, Res};
use crate::resolve::types::{Bound, Ty};
use crate::syntax::Name;
use crate::syntax::ast::Path;

impl Infer<'_> {
    /// Whether a type of the program reads the command line: `#[derive(Parser)]`.
    fn is_parser(&self, ty: &Ty) -> bool {
        ty.def().is_some_and(|id| crate::syntax::ast::derives(&self.program.def(id).item.attrs, "Parser"))
    }

    /// What external functions give: constructors by their name, well-known functions, else `CallResult`.
    pub(super) fn external_result(
        &mut self,
        function: &ExternalPath,
        self_ty: Option<Ty>,
        args: &[Ty],
        expected: Option<&Ty>,
        path: &Path,
    ) -> Ty {
        let turbofish: Vec<Ty> = path.last().args().iter().map(|ty| self.lower(ty)).collect();
        let first = args.first().cloned().unwrap_or(Ty::Unknown);
        if let Some(ty) = super::known::function(self, function, &turbofish, args, expected) {
            return ty;
        }
        if let Some(self_ty) = self_ty {
            let name = function.last();
            let makes = name == "default"
                || ["new", "from", "with_", "try_from"].iter().any(|start| name.starts_with(start))
                || self.is_parser(&self_ty) && matches!(name, "parse" | "parse_from" | "try_parse");
            if makes && name.starts_with("try_") {
                return external("std::result::Result", vec![self_ty, Ty::Unknown]);
            }
            if makes {
                return match self_ty {
                    Ty::External(path, mut type_args) if type_args.is_empty() => {
                        if super::known::wraps_argument(&path) && !first.is_unknown() {
                            type_args.push(first);
                        } else if let Some(Ty::External(wanted, wanted_args)) = expected
                            && wanted.last() == path.last()
                        {
                            type_args.clone_from(wanted_args);
                        }
                        Ty::External(path, type_args)
                    }
                    Ty::External(path, mut type_args) => {
                        if type_args.iter().all(Ty::is_unknown) && super::known::wraps_argument(&path) {
                            type_args = vec![first];
                        }
                        Ty::External(path, type_args)
                    }
                    other => other,
                };
            }
            if matches!(self_ty, Ty::Def(..)) {
                let method = Name::new(name);
                return expected
                    .filter(|ty| !ty.is_unknown())
                    .cloned()
                    .unwrap_or_else(|| Ty::MethodResult { receiver: Arc::new(self_ty), method });
            }
        }
        if function.last().starts_with(char::is_uppercase) {
            // A tuple struct of another crate: `Json(x)`, `Extension(x)`.
            return Ty::External(function.clone(), args.to_vec());
        }
        Ty::CallResult { function: function.clone() }
    }
}

/// `Arc::new(x)` and `Some(x)` pass the expectation on to their argument.
pub(super) fn wanted_by_external(
    function: &ExternalPath,
    self_ty: Option<&Ty>,
    expected: Option<&Ty>,
) -> Option<Ty> {
    if let Some(Ty::External(_, args)) = self_ty
        && let [only] = args.as_slice()
        && function.last() == "new"
    {
        return Some(only.clone());
    }
    if matches!(function.last(), "block_in_place" | "catch_unwind") {
        let trait_ = Res::External(ExternalPath::parse("std::ops::FnOnce"));
        let assoc = vec![(Name::new_static("Output"), expected?.clone())];
        return Some(Ty::Impl(vec![Bound { trait_, args: Vec::new(), assoc }]));
    }
    let Ty::External(path, args) = expected? else { return None };
    match function.last() {
        "Some" | "Ok" => args.first().cloned(),
        "Err" => args.get(1).cloned(),
        "new" | "pin" | "from" => {
            let of = function.0.iter().rev().nth(1)?;
            (path.last() == of.as_str() || of == "Box").then(|| args.first().cloned())?
        }
        name if name == path.last() => args.first().cloned(),
        _ => None,
    }
}
