//! What well-known functions and methods of std, tokio and serde give. A table of shapes, not of every method.

use super::body::Infer;
use super::expr::{boolean, err_type, external, ok_type, string};
use super::unify::{element, merge_into};
use crate::resolve::program::DefId;
use crate::resolve::scope::{ExternalPath, Res};
use crate::resolve::types::{Bound, Ty};
use crate::syntax::Name;
use crate::syntax::ast::{Expr, ExprKind, MethodCall};

/// Method names so common on external types that a name alone says nothing.
const COMMON: &[&str] = &[
    "all",
    "and",
    "and_then",
    "any",
    "append",
    "args",
    "as_bytes",
    "as_deref",
    "as_deref_mut",
    "as_mut",
    "as_ref",
    "as_slice",
    "as_str",
    "await",
    "body",
    "borrow",
    "borrow_mut",
    "build",
    "bytes",
    "chain",
    "chars",
    "clear",
    "clone",
    "cloned",
    "cmp",
    "collect",
    "concat",
    "contains",
    "contains_key",
    "context",
    "copied",
    "count",
    "dedup",
    "drain",
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
    "fmt",
    "fold",
    "for_each",
    "get",
    "get_mut",
    "get_or_init",
    "hash",
    "header",
    "headers",
    "insert",
    "into",
    "into_inner",
    "into_iter",
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
    "keys",
    "last",
    "len",
    "lines",
    "lock",
    "map",
    "map_err",
    "map_or",
    "map_or_else",
    "max",
    "merge",
    "method",
    "min",
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
    "product",
    "push",
    "push_str",
    "read",
    "remove",
    "replace",
    "reserve",
    "retain",
    "rev",
    "run",
    "send",
    "serialize",
    "set",
    "skip",
    "sort",
    "sort_by",
    "sort_by_key",
    "split",
    "split_once",
    "start",
    "starts_with",
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
    "values",
    "values_mut",
    "windows",
    "with_context",
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
    pub(super) fn known_args(&mut self, receiver: &Ty, name: &str, args: &[Expr]) -> Vec<Ty> {
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
                Some(Ty::MethodResult { receiver: Box::new(other.clone()), method })
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
                Ty::Impl(vec![Bound { trait_, args: params, assoc: Vec::new() }])
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

fn option(ty: Ty) -> Ty {
    external("std::option::Option", vec![ty])
}

fn result(ok: Ty, err: Ty) -> Ty {
    external("std::result::Result", vec![ok, err])
}

fn iterator(ty: Ty) -> Ty {
    external("std::iter::Iterator", vec![ty])
}

/// What a well-known free or associated function gives.
pub(super) fn function(
    infer: &Infer<'_>,
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
        ("Arc" | "Rc" | "Clone", "clone") => match first {
            Ty::Ref(inner) => *inner,
            other => other,
        },
        ("Box", "pin") => first,
        ("Box", "new") => external("std::boxed::Box", vec![first]),
        ("env", "var") => result(string(), Ty::external("std::env::VarError")),
        ("mem", "take" | "replace") => match first {
            Ty::Ref(inner) => *inner,
            other => other,
        },
        ("task" | "tokio" | "runtime", "spawn") => {
            external("tokio::task::JoinHandle", vec![infer.awaited(&first)])
        }
        ("task", "spawn_blocking") => {
            external("tokio::task::JoinHandle", vec![infer.result_of_value(Some(&first))])
        }
        ("time", "timeout") => {
            let inner = infer.awaited(args.get(1).unwrap_or(&Ty::Unknown));
            Ty::Future(Box::new(result(inner, Ty::Unknown)))
        }
        (_, "join_all") => {
            let each = element(&first).map_or(Ty::Unknown, |ty| infer.awaited(&ty));
            Ty::Future(Box::new(external("std::vec::Vec", vec![each])))
        }
        (_, "try_join_all") => {
            let each = element(&first).map_or(Ty::Unknown, |ty| infer.awaited(&ty));
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
            Ty::External(ExternalPath::new(names), vec![infer.result_of_value(Some(&first))])
        }
        _ => return None,
    })
}

/// What a well-known method gives; `None` where it is not known.
pub(super) fn method(
    infer: &Infer<'_>,
    receiver: &Ty,
    name: &str,
    turbofish: &[Ty],
    args: &[Ty],
    expected: Option<&Ty>,
) -> Option<Ty> {
    let by_value = match receiver {
        Ty::Ref(inner) => inner,
        other => other,
    };
    // Only receivers whose methods are those of std: `get_item().table_name(..)` has builders with the same names.
    let peeled = receiver.peel();
    let is_foreign = match peeled {
        Ty::MethodResult { .. } | Ty::CallResult { .. } => true,
        Ty::External(path, _) => !is_std_shaped(path),
        _ => false,
    };
    match name {
        "clone" | "to_owned" | "borrow" | "borrow_mut" | "by_ref" if !matches!(peeled, Ty::External(path, _) if path.is("std", "RefCell")) =>
        {
            if peeled == &Ty::external("std::str") {
                return Some(string());
            }
            return Some(by_value.clone());
        }
        "to_string" => return Some(string()),
        "into" | "try_into" | "parse" if !is_foreign || name == "into" => {
            let target = turbofish.first().cloned().or_else(|| expected.cloned());
            return Some(match name {
                "into" => target.unwrap_or(Ty::Unknown),
                _ => match turbofish.first() {
                    Some(ty) => result(ty.clone(), Ty::Unknown),
                    None => expected.cloned().unwrap_or_else(|| result(Ty::Unknown, Ty::Unknown)),
                },
            });
        }
        "boxed" | "boxed_local" | "instrument" | "in_current_span" | "shared"
            if matches!(peeled, Ty::Future(_)) =>
        {
            return Some(by_value.clone());
        }
        _ => {}
    }
    if is_foreign {
        let value = || Ty::MethodResult { receiver: Box::new(peeled.clone()), method: Name::new("?") };
        return match name {
            "map_err" | "ok_or_else" if args.len() == 1 => {
                Some(result(value(), infer.result_of_value(args.first())))
            }
            "ok_or" => Some(result(value(), args.first()?.clone())),
            "collect" | "try_collect" => {
                turbofish.first().or(expected).filter(|ty| !ty.is_unknown()).cloned()
            }
            _ => None,
        };
    }
    let item = || element(receiver).unwrap_or(Ty::Unknown);
    let produced = || infer.result_of_value(args.last());
    let is_option = matches!(peeled, Ty::External(path, _) if path.last() == "Option");
    let is_result = matches!(peeled, Ty::External(path, _) if path.last().ends_with("Result"));
    if is_option || is_result {
        let error = || err_type(receiver).unwrap_or(Ty::Unknown);
        let same = |ok: Ty, err: Ty| if is_option { option(ok) } else { result(ok, err) };
        return Some(match name {
            "unwrap" | "expect" | "unwrap_or_default" | "unwrap_unchecked" => item(),
            "unwrap_or" | "unwrap_or_else" | "get_or_insert_with" | "insert" | "get_or_insert" => {
                let mut ty = item();
                match name {
                    "unwrap_or" => merge_into(&mut ty, args.first()?),
                    _ => merge_into(&mut ty, &produced()),
                }
                ty
            }
            "map" => same(produced(), error()),
            "and_then" => produced(),
            "or_else" if is_result => {
                let mut ty = produced();
                merge_into(&mut ty, &result(item(), Ty::Unknown));
                ty
            }
            "or" | "or_else" | "xor" | "filter" | "take" | "replace" | "as_ref" | "as_mut" | "cloned"
            | "copied" | "inspect" | "inspect_err" => by_value.clone(),
            "as_deref" | "as_deref_mut" => {
                let inner = item();
                same(infer.deref(&inner).map_or(inner, |(ty, _)| ty), error())
            }
            "ok_or" => result(item(), args.first()?.clone()),
            "ok_or_else" => result(item(), produced()),
            "context" | "with_context" => result(item(), Ty::external("anyhow::Error")),
            "map_err" => result(item(), produced()),
            "ok" => option(item()),
            "err" => option(error()),
            "unwrap_err" | "expect_err" => error(),
            "map_or" | "map_or_else" => {
                let mut ty = produced();
                merge_into(&mut ty, args.first()?);
                ty
            }
            "is_some" | "is_none" | "is_ok" | "is_err" | "is_some_and" | "is_ok_and" | "is_none_or" => {
                boolean()
            }
            "iter" | "into_iter" | "iter_mut" => iterator(item()),
            "flatten" => item(),
            "transpose" => {
                let inner = item();
                if is_option {
                    result(option(ok_type(&inner)), err_type(&inner).unwrap_or(Ty::Unknown))
                } else {
                    option(result(ok_type(&inner), error()))
                }
            }
            "zip" => option(Ty::Tuple(vec![item(), args.first().and_then(element).unwrap_or(Ty::Unknown)])),
            _ => return None,
        });
    }
    if let Ty::External(path, types) = peeled {
        if matches!(path.last(), "str" | "String") {
            return text_method(name);
        }
        match (path.last(), name) {
            ("Mutex" | "RwLock" | "RefCell" | "OnceCell" | "OnceLock" | "ArcSwap" | "Atomic", _)
                if !types.is_empty() =>
            {
                let inner = types[0].clone();
                let is_std = path.krate() == "std" && path.last() != "RefCell" && path.last() != "OnceCell";
                return Some(match name {
                    "lock" | "read" | "write" if path.krate() == "tokio" => Ty::Future(Box::new(inner)),
                    "lock" | "read" | "write" | "try_lock" if is_std => result(inner, Ty::Unknown),
                    "lock" | "read" | "write" | "borrow" | "borrow_mut" | "load" | "load_full"
                    | "into_inner" | "get_mut" => inner,
                    "get_or_init" if path.krate() == "tokio" => Ty::Future(Box::new(inner)),
                    "get_or_try_init" => Ty::Future(Box::new(result(inner, Ty::Unknown))),
                    "get_or_init" => inner,
                    "get" => option(inner),
                    _ => return None,
                });
            }
            (map, _) if map.ends_with("Map") && types.len() >= 2 => {
                let (key, value) = (types[0].clone(), types[1].clone());
                return Some(match name {
                    "get" | "get_mut" | "remove" | "insert" => option(value),
                    "values" | "values_mut" | "into_values" => iterator(value),
                    "keys" | "into_keys" => iterator(key),
                    "get_key_value" | "first_key_value" | "last_key_value" | "remove_entry" => {
                        option(Ty::Tuple(vec![key, value]))
                    }
                    "iter" | "iter_mut" | "into_iter" | "drain" => iterator(Ty::Tuple(vec![key, value])),
                    "entry" => external("std::collections::hash_map::Entry", vec![key, value]),
                    "len" => Ty::external("std::usize"),
                    "contains_key" | "is_empty" => boolean(),
                    _ => return None,
                });
            }
            ("Entry", "or_insert" | "or_insert_with" | "or_default" | "or_insert_with_key") => {
                return types.get(1).cloned();
            }
            ("Entry", "and_modify") => return Some(by_value.clone()),
            (
                "Extension" | "State" | "Json" | "Path" | "Query" | "Data" | "Form",
                "into_inner" | "get_ref",
            ) => {
                return types.first().cloned();
            }
            _ => {}
        }
    }
    element(receiver)?;
    let is_iterator = matches!(peeled, Ty::External(path, _) if matches!(path.last(), "Iterator" | "Range" | "Stream"))
        || matches!(peeled, Ty::Impl(_) | Ty::Dyn(_));
    Some(match name {
        "iter" | "iter_mut" | "into_iter" | "drain" | "rev" | "skip" | "step_by" | "filter" | "cloned"
        | "copied" | "peekable" | "skip_while" | "take_while" | "chain" | "inspect" | "cycle" | "fuse"
        | "into_par_iter" | "par_iter" | "difference" | "union" | "intersection" => iterator(item()),
        "take" if is_iterator => iterator(item()),
        "map" | "then" => iterator(match produced() {
            Ty::Future(inner) if name == "then" => *inner,
            other => other,
        }),
        "filter_map" | "flat_map" | "map_while" => {
            let made = match produced() {
                Ty::Future(inner) => *inner,
                other => other,
            };
            iterator(element(&made).unwrap_or(Ty::Unknown))
        }
        "flatten" => iterator(element(&item()).unwrap_or(Ty::Unknown)),
        "enumerate" => iterator(Ty::Tuple(vec![Ty::external("std::usize"), item()])),
        "zip" => iterator(Ty::Tuple(vec![item(), args.first().and_then(element).unwrap_or(Ty::Unknown)])),
        "buffer_unordered" | "buffered" => iterator(infer.awaited(&item())),
        "next" if matches!(peeled, Ty::External(path, _) if path.last() == "Stream") => {
            Ty::Future(Box::new(option(item())))
        }
        "find_map" => produced(),
        "next" | "first" | "last" | "get" | "get_mut" | "find" | "pop" | "max_by_key" | "min_by_key"
        | "max_by" | "min_by" | "max" | "min" | "nth" | "pop_front" | "pop_back" | "first_mut"
        | "last_mut" | "peek" | "reduce" | "next_back" | "front" | "back" | "iter_next"
            if !(name == "get"
                && matches!(args.first(), Some(Ty::External(path, _)) if path.last() == "Range")) =>
        {
            option(item())
        }
        "split_first" | "split_last" => option(Ty::Tuple(vec![item(), Ty::Slice(Box::new(item()))])),
        "remove" | "swap_remove" => item(),
        "as_slice" | "as_mut_slice" => Ty::Slice(Box::new(item())),
        "to_vec" | "into_vec" => external("std::vec::Vec", vec![item()]),
        "chunks" | "windows" | "chunks_exact" => iterator(Ty::Slice(Box::new(item()))),
        "len" | "count" => Ty::external("std::usize"),
        "is_empty" | "contains" | "any" | "all" => boolean(),
        "fold" => args.first().cloned()?,
        "position" => option(Ty::external("std::usize")),
        "partition" => {
            let half = external("std::vec::Vec", vec![item()]);
            Ty::Tuple(vec![half.clone(), half])
        }
        "collect" | "try_collect" | "sum" | "product" => collected(&item(), turbofish.first().or(expected))?,
        "push" | "extend" | "sort" | "sort_by" | "sort_by_key" | "for_each" | "clear" | "retain" => {
            infer.unit()
        }
        "join" | "concat" => string(),
        _ => return None,
    })
}

/// Methods of `str` and `String`.
fn text_method(name: &str) -> Option<Ty> {
    let text = || Ty::Ref(Box::new(Ty::external("std::str")));
    Some(match name {
        "trim"
        | "trim_start"
        | "trim_end"
        | "trim_matches"
        | "trim_start_matches"
        | "trim_end_matches"
        | "as_str"
        | "as_ref"
        | "trim_end_matches_char" => text(),
        "to_lowercase" | "to_uppercase" | "to_ascii_lowercase" | "to_ascii_uppercase" | "replace"
        | "replacen" | "repeat" | "into_string" => string(),
        "strip_prefix" | "strip_suffix" | "get" => option(text()),
        "split_once" | "rsplit_once" => option(Ty::Tuple(vec![text(), text()])),
        "split"
        | "rsplit"
        | "splitn"
        | "rsplitn"
        | "lines"
        | "split_whitespace"
        | "split_terminator"
        | "matches"
        | "split_ascii_whitespace"
        | "split_inclusive" => iterator(text()),
        "chars" => iterator(Ty::external("std::char")),
        "bytes" => iterator(Ty::external("std::u8")),
        "as_bytes" => Ty::Ref(Box::new(Ty::Slice(Box::new(Ty::external("std::u8"))))),
        "into_bytes" => external("std::vec::Vec", vec![Ty::external("std::u8")]),
        "len" => Ty::external("std::usize"),
        "find" | "rfind" => option(Ty::external("std::usize")),
        "contains" | "starts_with" | "ends_with" | "is_empty" | "eq_ignore_ascii_case" => boolean(),
        _ => return None,
    })
}

/// The type that `collect` is asked for, its `_` filled from the items.
fn collected(item: &Ty, wanted: Option<&Ty>) -> Option<Ty> {
    let mut wanted = wanted?.clone();
    match &mut wanted {
        Ty::External(path, args) if path.last() == "Result" => {
            if args.is_empty() {
                args.push(Ty::Unknown);
            }
            if let Some(inner) = collected(&ok_type(item), Some(&args[0])) {
                args[0] = inner;
            }
            if let (Some(error), Some(place)) = (err_type(item), args.get_mut(1)) {
                merge_into(place, &error);
            }
        }
        Ty::External(path, args) if path.last().ends_with("Map") => {
            if let Ty::Tuple(pair) = item {
                if args.is_empty() {
                    args.clone_from(pair);
                }
                for (place, ty) in args.iter_mut().zip(pair) {
                    merge_into(place, ty);
                }
            }
        }
        Ty::External(_, args) => match args.first_mut() {
            Some(place) => merge_into(place, item),
            None => args.push(item.clone()),
        },
        _ => {}
    }
    Some(wanted)
}

/// Types whose methods this table knows.
fn is_std_shaped(path: &ExternalPath) -> bool {
    matches!(
        path.krate(),
        "std"
            | "tokio"
            | "futures"
            | "futures_util"
            | "indexmap"
            | "dashmap"
            | "once_cell"
            | "parking_lot"
            | "arc_swap"
    ) || matches!(path.last(), "Result" | "Extension" | "State" | "Json" | "Path" | "Query" | "Data" | "Form")
}
