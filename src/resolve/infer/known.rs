//! What well-known functions and methods of std, tokio and serde give. A table of shapes, not of every method.

use std::sync::Arc;

use super::body::Infer;
use super::expr::{external, string};
use super::unify::{element, merge_into};
use super::values::{err_type, ok_type};
use crate::resolve::program::DefId;
use crate::resolve::scope::{ExternalPath, Res};
use crate::resolve::types::{Bound, Ty};
use crate::syntax::Name;
use crate::syntax::ast::{Expr, ExprKind, MethodCall};

/// Method names so common on external types that a name alone says nothing.
const COMMON: &[&str] = &[
    "abs",
    "all",
    "and",
    "and_then",
    "any",
    "append",
    "args",
    "as_any",
    "as_bytes",
    "as_deref",
    "as_deref_mut",
    "as_mut",
    "as_ref",
    "as_slice",
    "as_str",
    "await",
    "begin",
    "body",
    "body_mut",
    "borrow",
    "borrow_mut",
    "build",
    "bytes",
    "chain",
    "chars",
    "checked_add",
    "checked_div",
    "checked_mul",
    "checked_sub",
    "clear",
    "clone",
    "cloned",
    "close",
    "cmp",
    "code",
    "collect",
    "commit",
    "concat",
    "connect",
    "contains",
    "contains_key",
    "context",
    "copied",
    "count",
    "data",
    "dedup",
    "display",
    "drain",
    "elapsed",
    "ends_with",
    "entry",
    "enumerate",
    "eq",
    "execute",
    "expect",
    "expect_err",
    "extend",
    "filter",
    "filter_map",
    "find",
    "first",
    "flat_map",
    "flatten",
    "flush",
    "fmt",
    "fold",
    "for_each",
    "format",
    "get",
    "get_mut",
    "get_or_init",
    "hash",
    "header",
    "headers",
    "headers_mut",
    "host",
    "id",
    "inner",
    "inner_mut",
    "insert",
    "into",
    "into_body",
    "into_inner",
    "into_iter",
    "into_parts",
    "into_response",
    "is_empty",
    "is_err",
    "is_none",
    "is_ok",
    "is_some",
    "iter",
    "iter_mut",
    "join",
    "json",
    "key",
    "keys",
    "kind",
    "last",
    "len",
    "lines",
    "load",
    "lock",
    "map",
    "map_err",
    "map_or",
    "map_or_else",
    "max",
    "merge",
    "message",
    "metadata",
    "method",
    "min",
    "mode",
    "name",
    "ne",
    "next",
    "nth",
    "ok",
    "ok_or",
    "ok_or_else",
    "or",
    "or_default",
    "or_else",
    "or_insert",
    "or_insert_with",
    "parse",
    "partial_cmp",
    "path",
    "poll",
    "pop",
    "position",
    "pow",
    "product",
    "push",
    "push_str",
    "read",
    "remove",
    "replace",
    "reserve",
    "retain",
    "rev",
    "rollback",
    "root",
    "run",
    "saturating_add",
    "saturating_sub",
    "send",
    "serialize",
    "set",
    "shutdown",
    "size",
    "skip",
    "sort",
    "sort_by",
    "sort_by_key",
    "split",
    "split_once",
    "start",
    "starts_with",
    "state",
    "status",
    "sum",
    "take",
    "text",
    "to_lowercase",
    "to_owned",
    "to_string",
    "to_uppercase",
    "to_vec",
    "trim",
    "truncate",
    "try_from",
    "try_into",
    "unwrap",
    "unwrap_err",
    "unwrap_or",
    "unwrap_or_default",
    "unwrap_or_else",
    "update",
    "uri",
    "url",
    "value",
    "values",
    "values_mut",
    "windows",
    "with_context",
    "wrapping_add",
    "write",
    "zip",
];

pub(super) fn is_common(name: &str) -> bool {
    COMMON.binary_search(&name).is_ok()
}

/// Types whose constructor takes the value they hold.
pub(super) fn wraps_argument(path: &ExternalPath) -> bool {
    matches!(
        path.last(),
        "Arc"
            | "Box"
            | "Rc"
            | "Pin"
            | "Mutex"
            | "RwLock"
            | "RefCell"
            | "Cell"
            | "Cow"
            | "Reverse"
            | "Wrapping"
            | "ArcSwap"
            | "Data"
            | "State"
            | "Extension"
            | "Json"
            | "Path"
            | "Query"
            | "Form"
    )
}

/// Wrappers through which fields and methods are reached.
fn derefs(path: &ExternalPath) -> bool {
    matches!(
        path.last(),
        "Arc"
            | "Box"
            | "Rc"
            | "Pin"
            | "Cow"
            | "State"
            | "Extension"
            | "Json"
            | "Path"
            | "Query"
            | "Form"
            | "Data"
            | "MutexGuard"
            | "RwLockReadGuard"
            | "RwLockWriteGuard"
            | "OwnedMutexGuard"
            | "Ref"
            | "RefMut"
            | "LazyLock"
            | "Lazy"
            | "LazyCell"
            | "ManuallyDrop"
            | "Guard"
            | "Valid"
            | "ValidatedJson"
    )
}

impl Infer<'_> {
    /// One step of dereferencing, with the `deref` of the program that runs.
    pub(super) fn deref(&self, ty: &Ty) -> Option<(Ty, Option<DefId>)> {
        match ty {
            Ty::Ref(inner) => Some(((**inner).clone(), None)),
            Ty::External(path, args) if derefs(path) && !args.is_empty() => Some((args[0].clone(), None)),
            Ty::External(path, args) if path.last() == "Vec" && !args.is_empty() => {
                Some((Ty::Slice(Box::new(args[0].clone())), None))
            }
            Ty::External(path, _) if path.is("std", "String") => Some((Ty::external("std::str"), None)),
            Ty::Def(id, _) => {
                if let Some(target) = self.program.derived_deref(*id) {
                    return Some((self.own_type(target, ty), None));
                }
                if self.program.index.derefs.is_empty() {
                    return None;
                }
                let target = self.trait_assoc(ty, &["Deref"], "Target")?;
                let deref = self.program.impls_of_type(*id).iter().find_map(|impl_id| {
                    let info = self.program.impl_info(*impl_id);
                    if !super::implicit::is_trait(info.trait_.as_ref(), "Deref") {
                        return None;
                    }
                    info.items.iter().copied().find(|&item| self.program.def(item).name == "deref")
                });
                Some((target, deref))
            }
            _ => None,
        }
    }

    /// Types the arguments of a method of another crate; closures get the receiver's element or value as their parameter.
    pub(super) fn known_args(
        &mut self,
        receiver: &Ty,
        name: &str,
        args: &[Expr],
        wanted: Option<&Ty>,
    ) -> Vec<Ty> {
        let output = wanted.and_then(|wanted| wanted_of_closure(name, wanted));
        let inner = match name {
            "map_err" | "or_else" | "unwrap_or_else" | "inspect_err" => err_type(receiver),
            "fold" | "try_fold" => None,
            _ => element(receiver).or_else(|| match receiver.peel() {
                Ty::Future(inner) => Some((**inner).clone()),
                _ => None,
            }),
        };
        // What a closure gets from an external value is a step further on the same chain.
        let inner = inner.or_else(|| match receiver.peel() {
            other @ (Ty::MethodResult { .. } | Ty::CallResult { .. }) => {
                let is_error = matches!(name, "map_err" | "or_else" | "unwrap_or_else" | "inspect_err");
                let method = Name::new(if is_error { "err" } else { "?" });
                Some(Ty::MethodResult { receiver: Arc::new(other.clone()), method })
            }
            _ => None,
        });
        let takes_values = matches!(
            name,
            "unwrap_or"
                | "contains"
                | "push"
                | "push_back"
                | "insert"
                | "extend"
                | "zip"
                | "chain"
                | "or"
                | "ok_or"
                | "get"
                | "fold"
                | "join"
                | "and"
        );
        let is_std = element(receiver).is_some() || err_type(receiver).is_some();
        let folded = matches!(name, "fold" | "try_fold").then(|| element(receiver)).flatten();
        let mut seed = Ty::Unknown;
        let mut types = Vec::new();
        for (at, arg) in args.iter().enumerate() {
            let is_path = matches!(arg.kind, ExprKind::Path(_)) && !takes_values;
            if is_path && (is_std || is_combinator(name)) {
                self.out.to_std.push(arg.span);
            }
            let is_function = matches!(arg.kind, ExprKind::Closure(_)) || is_path;
            let params = if is_function && matches!(name, "fold" | "try_fold") {
                vec![seed.clone(), folded.clone().unwrap_or(Ty::Unknown)]
            } else if is_function {
                let one = inner.clone().unwrap_or(Ty::Unknown);
                vec![one.clone(), one]
            } else {
                Vec::new()
            };
            let expected = is_function.then(|| {
                let trait_ = Res::External(ExternalPath::parse("std::ops::FnMut"));
                let assoc = output.iter().map(|ty| (Name::new_static("Output"), ty.clone())).collect();
                Ty::Impl(vec![Bound { trait_, args: params, assoc }])
            });
            let expected = expected.or_else(|| match name {
                "push" | "unwrap_or" | "contains" | "push_back" => element(receiver),
                _ => None,
            });
            let ty = self.expr(arg, expected.as_ref());
            if let (Some(expected), false) = (&expected, is_function) {
                self.meet(&ty, expected);
            }
            if at == 0 {
                seed = ty.clone();
            }
            types.push(ty);
        }
        types
    }

    /// `v.push(x)` tells what `v` holds.
    pub(super) fn learn_elements(&mut self, call: &MethodCall, args: &[Ty]) {
        let ExprKind::Path(path) = &call.receiver.kind else { return };
        let Some(local) = path.as_ident() else { return };
        let learned = match (call.method.name.as_str(), args) {
            ("push" | "push_back", [one]) => external("std::vec::Vec", vec![one.clone()]),
            ("insert", [key, value]) => {
                external("std::collections::HashMap", vec![key.clone(), value.clone()])
            }
            ("insert", [one]) => external("std::collections::HashSet", vec![one.clone()]),
            _ => return,
        };
        self.refine_local(local, &learned);
    }

    /// What calling a function value gives: the closure's result, the function's, or a constructor's.
    pub(super) fn result_of_value(&self, ty: Option<&Ty>) -> Ty {
        match ty.map(|ty| self.called(ty)) {
            Some(Ty::Closure(ret) | Ty::FnPtr(ret)) => *ret,
            _ => Ty::Unknown,
        }
    }
}

/// What a closure gives that is passed to a method of an option or result, by what is wanted of the whole.
fn wanted_of_closure(name: &str, wanted: &Ty) -> Option<Ty> {
    let Ty::External(path, args) = wanted else { return None };
    if !matches!(path.last(), "Option" | "Result") {
        return None;
    }
    let output = match name {
        "map" => args.first().cloned(),
        "map_err" | "ok_or_else" => args.get(1).cloned(),
        "and_then" | "or_else" => Some(wanted.clone()),
        _ => None,
    };
    output.filter(|ty| !ty.is_unknown())
}

/// Methods of options, results, iterators and futures that take a function.
fn is_combinator(name: &str) -> bool {
    matches!(
        name,
        "map"
            | "and_then"
            | "map_err"
            | "filter_map"
            | "flat_map"
            | "for_each"
            | "filter"
            | "ok_or_else"
            | "or_else"
            | "unwrap_or_else"
            | "map_or"
            | "map_or_else"
            | "find_map"
            | "inspect"
            | "inspect_err"
            | "then"
            | "any"
            | "all"
    )
}

pub(super) fn option(ty: Ty) -> Ty {
    external("std::option::Option", vec![ty])
}

pub(super) fn result(ok: Ty, err: Ty) -> Ty {
    external("std::result::Result", vec![ok, err])
}

pub(super) fn iterator(ty: Ty) -> Ty {
    external("std::iter::Iterator", vec![ty])
}

/// What a well-known free or associated function gives.
pub(super) fn function(
    body: &Infer<'_>,
    path: &ExternalPath,
    turbofish: &[Ty],
    args: &[Ty],
    expected: Option<&Ty>,
) -> Option<Ty> {
    let names = &path.0;
    let of = if names.len() >= 2 { names[names.len() - 2].as_str() } else { "" };
    let first = args.first().cloned().unwrap_or(Ty::Unknown);
    let wanted = |at: usize| match expected {
        Some(Ty::External(_, args)) => args.get(at).cloned().unwrap_or(Ty::Unknown),
        _ => Ty::Unknown,
    };
    let known = |mut own: Ty, other: Ty| {
        merge_into(&mut own, &other);
        own
    };
    Some(match (of, path.last()) {
        ("Option", "Some") => option(known(first, wanted(0))),
        ("Result", "Ok") => result(known(first, wanted(0)), wanted(1)),
        ("Result", "Err") => result(wanted(0), known(first, wanted(1))),
        ("Arc" | "Rc" | "Clone", "clone") | ("mem", "take" | "replace") => match first {
            Ty::Ref(inner) => *inner,
            other => other,
        },
        ("Box", "pin") => first,
        ("Box", "new") => external("std::boxed::Box", vec![first]),
        ("env", "var") => result(string(), Ty::external("std::env::VarError")),
        ("task" | "tokio" | "runtime", "spawn") => {
            external("tokio::task::JoinHandle", vec![body.awaited(&first)])
        }
        ("task", "spawn_blocking") => {
            external("tokio::task::JoinHandle", vec![body.result_of_value(Some(&first))])
        }
        ("task", "block_in_place") => body.result_of_value(Some(&first)),
        ("time", "timeout") => {
            let inner = body.awaited(args.get(1).unwrap_or(&Ty::Unknown));
            Ty::Future(Box::new(result(inner, Ty::Unknown)))
        }
        (_, "join_all") => {
            let each = element(&first).map_or(Ty::Unknown, |ty| body.awaited(&ty));
            Ty::Future(Box::new(external("std::vec::Vec", vec![each])))
        }
        (_, "try_join_all") => {
            let each = element(&first).map_or(Ty::Unknown, |ty| body.awaited(&ty));
            let error = err_type(&each).unwrap_or(Ty::Unknown);
            Ty::Future(Box::new(result(external("std::vec::Vec", vec![ok_type(&each)]), error)))
        }
        ("serde_json" | "serde_dynamo" | "toml" | "serde_yaml" | "serde_urlencoded" | "serde_qs", name)
            if name.starts_with("from_") =>
        {
            let made = turbofish.first().cloned().unwrap_or_else(|| wanted(0));
            result(made, external(&format!("{}::Error", path.krate()), Vec::new()))
        }
        ("Default" | "trait", "default") => expected.cloned()?,
        ("String", _) if matches!(path.last(), "new" | "from" | "with_capacity" | "from_utf8_lossy") => {
            string()
        }
        (
            "Vec" | "HashMap" | "HashSet" | "BTreeMap" | "BTreeSet" | "VecDeque" | "IndexMap",
            "new" | "with_capacity",
        ) => match expected {
            Some(known @ Ty::External(wanted, _)) if wanted.last() == of => known.clone(),
            _ => {
                let count = if of.ends_with("Map") { 2 } else { 1 };
                let names = names[..names.len() - 1].iter().cloned();
                let mut types = turbofish.to_vec();
                types.resize(count, Ty::Unknown);
                Ty::External(ExternalPath::new(names), types)
            }
        },
        ("LazyLock" | "Lazy" | "LazyCell", "new") => {
            let names = names[..names.len() - 1].iter().cloned();
            Ty::External(ExternalPath::new(names), vec![body.result_of_value(Some(&first))])
        }
        _ => return None,
    })
}
