//! Stores and hosts that are not of AWS: collections of `mongodb`, servers of `redis`, hosts that `reqwest` calls.
//!
//! Input: a method call on a value of such a crate. Output: what is read or written there. No IAM action belongs to it: the resource is for
//! reports and boundaries.

use super::naming;
use super::table::{Access, Mode, Part, Resource, ResourceName};
use crate::certainty::Certainty;
use crate::resolve::{BodyTypes, Program, Ty};
use crate::span::Location;
use crate::syntax::ast::{Expr, ExprKind, Lit, MethodCall, Path};
use crate::values::{Chain, ChainRoot, Evaluator, FrameId, Piece, Text, Thunk, Value};

/// Methods of `mongodb::Collection` that read; the others in `COLLECTION_WRITES` change something.
const COLLECTION_READS: &[&str] =
    &["find", "find_one", "aggregate", "count_documents", "estimated_document_count", "distinct", "watch"];
const COLLECTION_WRITES: &[&str] = &[
    "insert_one",
    "insert_many",
    "update_one",
    "update_many",
    "replace_one",
    "delete_one",
    "delete_many",
    "find_one_and_update",
    "find_one_and_replace",
    "find_one_and_delete",
    "bulk_write",
    "drop",
    "create_index",
];

/// Commands of `redis::AsyncCommands` and `redis::Commands` by what they do.
const REDIS_READS: &[&str] = &[
    "get",
    "mget",
    "exists",
    "ttl",
    "keys",
    "scan",
    "strlen",
    "hget",
    "hmget",
    "hgetall",
    "hexists",
    "hkeys",
    "hlen",
    "lrange",
    "llen",
    "lindex",
    "smembers",
    "sismember",
    "scard",
    "zrange",
    "zrangebyscore",
    "zscore",
    "zcard",
    "zrank",
];
const REDIS_WRITES: &[&str] = &[
    "set",
    "set_ex",
    "set_nx",
    "pset_ex",
    "mset",
    "set_options",
    "getset",
    "get_del",
    "del",
    "unlink",
    "expire",
    "persist",
    "incr",
    "decr",
    "append",
    "hset",
    "hset_nx",
    "hset_multiple",
    "hdel",
    "hincr",
    "lpush",
    "rpush",
    "lpop",
    "rpop",
    "lrem",
    "ltrim",
    "sadd",
    "srem",
    "spop",
    "zadd",
    "zrem",
    "zincr",
    "publish",
    "xadd",
    "xack",
    "xdel",
];

/// Methods of `redis::Cmd`, `Pipeline` and `Script` with which what they hold is sent, over the connection that they are given.
const REDIS_SENDS: &[&str] =
    &["query", "query_async", "exec", "exec_async", "invoke", "invoke_async", "query_iter", "iter_async"];

/// Methods of `reqwest::Client` that begin a request.
const REQUESTS: &[(&str, Mode)] = &[
    ("get", Mode::Read),
    ("head", Mode::Read),
    ("post", Mode::Write),
    ("put", Mode::Write),
    ("patch", Mode::Write),
    ("delete", Mode::Write),
];

/// A kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Store {
    Mongo,
    Redis,
    Http,
}

/// A call that reads or writes such a store.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoreCall {
    store: Store,
    mode: Mode,
    /// Whether the store is behind the first argument, not behind the receiver.
    is_given: bool,
}

/// Whether the program depends on a crate of such a store.
pub(super) fn are_used(program: &Program) -> bool {
    program.tree.dependencies().any(|dependency| store_of(&dependency.package.replace('-', "_")).is_some())
}

fn store_of(krate: &str) -> Option<Store> {
    match krate {
        "mongodb" => Some(Store::Mongo),
        "redis" | "deadpool_redis" | "bb8_redis" => Some(Store::Redis),
        "reqwest" | "reqwest_middleware" => Some(Store::Http),
        _ => None,
    }
}

/// The crate that a value of a type comes from.
fn krate_of(ty: &Ty) -> Option<&str> {
    match ty.peel() {
        Ty::External(path, args) if path.krate() == "std" => krate_of(args.first()?),
        Ty::External(path, _) => Some(path.krate()),
        Ty::MethodResult { receiver, .. } => krate_of(receiver),
        Ty::CallResult { function } => Some(function.krate()),
        _ => None,
    }
}

/// What a method call does to a store, by the type of its receiver.
pub(super) fn call_of(call: &MethodCall, body: &BodyTypes) -> Option<StoreCall> {
    let store = store_of(krate_of(body.ty(call.receiver.span))?)?;
    let method = call.method.name.as_str();
    if store == Store::Redis && is_prepared(body.ty(call.receiver.span)) {
        let is_given = REDIS_SENDS.contains(&method) && !call.args.is_empty();
        return is_given.then(|| StoreCall { store, mode: prepared_mode(&call.receiver), is_given });
    }
    let mode = match store {
        Store::Mongo if COLLECTION_READS.contains(&method) => Mode::Read,
        Store::Mongo if COLLECTION_WRITES.contains(&method) => Mode::Write,
        Store::Redis if REDIS_READS.contains(&method) && !call.args.is_empty() => Mode::Read,
        Store::Redis if REDIS_WRITES.contains(&method) && !call.args.is_empty() => Mode::Write,
        Store::Http if method == "send" && call.args.is_empty() => Mode::ReadWrite,
        _ => return None,
    };
    Some(StoreCall { store, mode, is_given: false })
}

/// Where a chain of calls begins: the function, its arguments, and the methods after it from the last one on.
fn beginning(expr: &Expr) -> Option<(&Path, &[Expr], Vec<&MethodCall>)> {
    let (mut at, mut calls) = (expr, Vec::new());
    loop {
        match &at.kind {
            ExprKind::MethodCall(call) => {
                calls.push(&**call);
                at = &call.receiver;
            }
            ExprKind::Call { callee, args } => {
                let ExprKind::Path(path) = &callee.kind else { return None };
                return Some((path, args, calls));
            }
            ExprKind::Ref(inner) | ExprKind::Deref(inner) | ExprKind::Await(inner) | ExprKind::Try(inner) => {
                at = inner;
            }
            _ => return None,
        }
    }
}

/// Whether a value is commands that are put together, and sent later.
fn is_prepared(ty: &Ty) -> bool {
    match ty.peel() {
        Ty::External(path, _) => matches!(path.last(), "Cmd" | "Pipeline" | "Script" | "ScriptInvocation"),
        Ty::CallResult { function } => matches!(function.last(), "cmd" | "pipe"),
        Ty::MethodResult { receiver, .. } => is_prepared(receiver),
        _ => false,
    }
}

/// What the commands do, as far as they are named: `cmd("GET")`, `pipe().get("k")`.
fn prepared_mode(expr: &Expr) -> Mode {
    let Some((path, args, calls)) = beginning(expr) else { return Mode::ReadWrite };
    let mode = |command: &str| match command {
        command if REDIS_READS.contains(&command) => Some(Mode::Read),
        command if REDIS_WRITES.contains(&command) => Some(Mode::Write),
        _ => None,
    };
    match (path.last().ident.name.as_str(), args) {
        ("cmd", [Expr { kind: ExprKind::Lit(Lit::Str(command)), .. }]) => {
            mode(&command.to_lowercase()).unwrap_or(Mode::ReadWrite)
        }
        ("pipe", _) => {
            let modes = calls.iter().filter_map(|call| mode(&call.method.name));
            modes.reduce(Mode::join).unwrap_or(Mode::ReadWrite)
        }
        _ => Mode::ReadWrite,
    }
}

/// What a call reads or writes: one access for each name that it can have.
pub(super) fn accesses<'p>(
    evaluator: &mut Evaluator<'p>,
    found: StoreCall,
    call: &'p MethodCall,
    frame: FrameId,
    via: &[String],
) -> Vec<Access> {
    let behind = if found.is_given { &call.args[0] } else { &call.receiver };
    let values = evaluator.eval(Thunk { expr: behind, frame });
    let chains = values.iter().filter_map(|value| match value {
        Value::Chain(chain) => Some(chain.clone()),
        _ => None,
    });
    let mut all: Vec<(Mode, String, Text)> = Vec::new();
    for chain in chains {
        for one in named(evaluator, found, &chain) {
            if !all.contains(&one) {
                all.push(one);
            }
        }
    }
    if all.is_empty() {
        all.push((found.mode, String::new(), Text::unknown()));
    }
    let several = super::of_candidates(all.len() > 1);
    let owner = evaluator.frame(frame).owner;
    let location = Location { span: call.method.span, ..evaluator.program().def(owner).location };
    let way = evaluator.frame(frame).certainty.max(several);
    let (service, kind) = match found.store {
        Store::Mongo => ("mongodb", "collection"),
        Store::Redis => ("redis", "server"),
        Store::Http => ("http", "host"),
    };
    let access = |(mode, operation, text): (Mode, String, Text)| {
        let name: ResourceName = naming::name(&text, &Part::Unknown);
        Access {
            service: service.to_string(),
            operation: if operation.is_empty() { call.method.name.to_string() } else { operation },
            actions: Vec::new(),
            certainty: if name.is_known() { way } else { Certainty::Unknown },
            resources: vec![Resource { service: service.into(), kind: kind.into(), name, sub: None }],
            mode,
            location,
            via: via.to_vec(),
            implied: false,
            columns: None,
            argument: None,
            conditions: Vec::new(),
        }
    };
    all.into_iter().map(access).collect()
}

/// Mode, operation where the chain says it, and name of what a chain leads to.
fn named<'p>(
    evaluator: &mut Evaluator<'p>,
    found: StoreCall,
    chain: &Chain<'p>,
) -> Vec<(Mode, String, Text)> {
    let texts = |evaluator: &mut Evaluator<'p>, thunk: Option<&Thunk<'p>>| match thunk {
        Some(&thunk) => evaluator.texts(thunk),
        None => vec![Text::unknown()],
    };
    let of = |mode: Mode, operation: &str, texts: Vec<Text>| {
        texts.into_iter().map(|text| (mode, operation.to_string(), text)).collect::<Vec<_>>()
    };
    match found.store {
        Store::Mongo => {
            let collection = chain.calls.iter().rev().find(|call| call.method.starts_with("collection"));
            of(found.mode, "", texts(evaluator, collection.and_then(|call| call.args.first())))
        }
        Store::Redis => of(found.mode, "", servers(evaluator, chain, 0)),
        Store::Http => {
            for call in &chain.calls {
                let method = call.method.as_str();
                if let Some(&(_, mode)) = REQUESTS.iter().find(|(name, _)| *name == method) {
                    let hosts = texts(evaluator, call.args.first()).into_iter().map(host).collect();
                    return of(mode, method, hosts);
                }
                if method == "request" {
                    let hosts = texts(evaluator, call.args.get(1)).into_iter().map(host).collect();
                    return of(Mode::ReadWrite, method, hosts);
                }
            }
            Vec::new()
        }
    }
}

/// The servers that a client, connection or pool of `redis` leads to: through managers that are made of a client, and pools of a manager.
fn servers<'p>(evaluator: &mut Evaluator<'p>, chain: &Chain<'p>, depth: u32) -> Vec<Text> {
    const MAX_DEPTH: u32 = 4;
    let given = match &chain.root {
        ChainRoot::Function { path, args, .. } if matches!(path.last(), "open" | "from_url") => {
            let urls = args.first().map(|&url| evaluator.texts(url)).unwrap_or_default();
            return urls.into_iter().map(host).collect();
        }
        ChainRoot::Function { path, args, .. } if path.last().starts_with("new") => args.first().copied(),
        _ => {
            chain.calls.iter().find(|call| call.method == "build").and_then(|call| call.args.first().copied())
        }
    };
    let Some(given) = given.filter(|_| depth < MAX_DEPTH) else { return Vec::new() };
    let mut found = Vec::new();
    for value in evaluator.eval(given).iter() {
        match value {
            Value::Text(url) => found.push(host(url.clone())),
            Value::Chain(chain) => found.extend(servers(evaluator, chain, depth + 1)),
            _ => {}
        }
    }
    found
}

/// The host of a URL, without user, port, path and query. A variable at the start holds the host, and more.
fn host(url: Text) -> Text {
    let mut kept = Text::default();
    let mut is_after_scheme = !matches!(url.0.first(), Some(Piece::Literal(text)) if text.contains("://"));
    for piece in url.0 {
        match piece {
            Piece::Literal(text) => {
                let text = match text.split_once("://") {
                    Some((_, rest)) if !is_after_scheme => {
                        rest.rsplit_once('@').map_or(rest, |(_, host)| host).to_string()
                    }
                    _ => text,
                };
                is_after_scheme = true;
                match text.find(['/', ':', '?', '#']) {
                    Some(end) => return kept.join(Text::literal(&text[..end])),
                    None => kept = kept.join(Text::literal(text)),
                }
            }
            piece => kept = kept.join(Text(vec![piece])),
        }
    }
    kept
}

/// Whether an expression is a call on such a store.
pub(super) fn is_call(expr: &Expr, body: Option<&BodyTypes>) -> bool {
    match (&expr.kind, body) {
        (ExprKind::MethodCall(call), Some(body)) => call_of(call, body).is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: Vec<Piece>, expect: impl Into<Option<Text>>) {
        assert_eq!(Some(host(Text(url))), expect.into());
    }

    #[test]
    fn hosts_are_what_stands_between_scheme_and_path() {
        let lit = |text: &str| Piece::Literal(text.to_string());
        check(vec![lit("https://api.example.com/v1?x=1")], Text::literal("api.example.com"));
        check(vec![lit("redis://user:pw@cache:6379/0")], Text::literal("cache"));
        check(vec![lit("https://"), Piece::Env("HOST".into()), lit("/v1")], Text::env("HOST"));
        check(vec![Piece::Env("API_URL".into()), lit("/v1/"), Piece::Unknown], Text::env("API_URL"));
        check(vec![Piece::Unknown], Text::unknown());
        check(
            vec![lit("https://"), Piece::Unknown, lit(".example.com")],
            Text(vec![Piece::Unknown, lit(".example.com")]),
        );
    }
}
