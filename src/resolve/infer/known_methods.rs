//! What well-known methods give: options, results, iterators, maps, locks and text.

use std::sync::Arc;

use super::body::Infer;
use super::expr::{boolean, external, string, unit};
use super::known::{iterator, option, result};
use super::unify::{element, merge_into};
use super::values::{err_type, ok_type};
use crate::resolve::scope::ExternalPath;
use crate::resolve::types::Ty;
use crate::syntax::Name;

/// What a well-known method gives; `None` where it is not known.
pub(super) fn method(
    body: &Infer<'_>,
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
        let value = || Ty::MethodResult { receiver: Arc::new(peeled.clone()), method: Name::new("?") };
        return match name {
            "map_err" | "ok_or_else" if args.len() == 1 => {
                Some(result(value(), body.result_of_value(args.first())))
            }
            "ok_or" => Some(result(value(), args.first()?.clone())),
            "collect" | "try_collect" => {
                let wanted = turbofish.first().or(expected).filter(|ty| !ty.is_unknown());
                wanted.and_then(|wanted| collected(&value(), Some(wanted)))
            }
            _ => None,
        };
    }
    let item = || element(receiver).unwrap_or(Ty::Unknown);
    let produced = || body.result_of_value(args.last());
    let is_option = matches!(peeled, Ty::External(path, _) if path.last() == "Option");
    let is_result = matches!(peeled, Ty::External(path, _) if path.last().ends_with("Result"));
    if is_option || is_result {
        let error = || err_type(receiver).unwrap_or(Ty::Unknown);
        let same = |ok: Ty, err: Ty| if is_option { option(ok) } else { result(ok, err) };
        return Some(match name {
            "unwrap" | "expect" | "unwrap_or_default" | "unwrap_unchecked" | "flatten" => item(),
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
                same(body.deref(&inner).map_or(inner, |(ty, _)| ty), error())
            }
            "ok_or" => result(item(), args.first()?.clone()),
            "context" | "with_context" => result(item(), Ty::external("anyhow::Error")),
            "ok_or_else" | "map_err" => result(item(), produced()),
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
            "transpose" => {
                let inner = item();
                if is_option {
                    result(option(ok_type(&inner)), err_type(&inner).unwrap_or(Ty::Unknown))
                } else {
                    option(result(ok_type(&inner), error()))
                }
            }
            // Of diesel: a row that is not there is no error.
            "optional" if is_result => result(option(item()), error()),
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
                    "lock" | "read" | "write" | "get_or_init" if path.krate() == "tokio" => {
                        Ty::Future(Box::new(inner))
                    }
                    "lock" | "read" | "write" | "try_lock" if is_std => result(inner, Ty::Unknown),
                    "lock" | "read" | "write" | "borrow" | "borrow_mut" | "load" | "load_full"
                    | "into_inner" | "get_mut" | "get_or_init" => inner,
                    "get_or_try_init" => Ty::Future(Box::new(result(inner, Ty::Unknown))),
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
        "buffer_unordered" | "buffered" => iterator(body.awaited(&item())),
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
        "push" | "extend" | "sort" | "sort_by" | "sort_by_key" | "for_each" | "clear" | "retain" => unit(),
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
        Ty::Future(inner) => {
            if let Some(known) = collected(item, Some(inner)) {
                **inner = known;
            }
        }
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
    ) || matches!(
        path.last(),
        "Result" | "QueryResult" | "Extension" | "State" | "Json" | "Path" | "Query" | "Data" | "Form"
    )
}
