//! SDK calls in chains: which operation of which crate, and the setters after it.

use super::services::{Operation, Service, service_of};
use crate::certainty::Certainty;
use crate::resolve::scope::ExternalPath;
use crate::resolve::{BodyTypes, DefId, Program, Ty};
use crate::span::Location;
use crate::syntax::MentionKind;
use crate::syntax::ast::{Expr, MethodCall};
use crate::values::{Chain, ChainCall, ChainRoot, Thunk};

/// Methods with which a request leaves, or is signed to leave.
const TERMINALS: &[&str] = &["send", "send_with", "presigned", "wait"];

/// Methods that make of a request something that can be sent in another way: by itself that sends nothing.
const PREPARES: &[&str] = &["into_paginator", "customize"];

/// Whether the program depends on a crate of the SDK.
pub(super) fn is_used(program: &Program) -> bool {
    program.tree.dependencies().any(|dependency| dependency.package.starts_with("aws-sdk-"))
}

/// Whether the program depends on one crate of the SDK.
pub(super) fn uses(program: &Program, krate: &str) -> bool {
    program.tree.dependencies().any(|dependency| dependency.package == krate)
}

/// Whether a method call can be the one with which a request leaves: `tx.send(message)` on a channel is none.
pub(super) fn may_send(call: &MethodCall) -> bool {
    let args = match call.method.name.as_str() {
        "send" => 0,
        "send_with" | "presigned" | "wait" => 1,
        _ => return false,
    };
    call.args.len() == args
}

/// Whether a value is a prepared request, which code of another crate that is given it can send.
pub(super) fn is_prepared(ty: &Ty) -> bool {
    match ty.peel() {
        Ty::MethodResult { receiver, method } => {
            (PREPARES.contains(&method.as_str()) && of_type(receiver).is_some()) || is_prepared(receiver)
        }
        Ty::External(path, _) => {
            path.krate().starts_with("aws_") && matches!(path.last(), "CustomizableOperation")
                || path.krate().starts_with("aws_sdk_") && path.last().ends_with("Paginator")
        }
        _ => false,
    }
}

/// Crates that keep what they are given, and call nothing of it.
const KEEPERS: &[&str] = &[
    "std",
    "axum",
    "axum_core",
    "axum_extra",
    "tower",
    "tower_http",
    "tokio",
    "once_cell",
    "arc_swap",
    "parking_lot",
    "futures",
    "futures_util",
    "tracing",
    "lambda_http",
    "lambda_runtime",
    "async_once_cell",
];

/// Whether a function of another crate is given a client, with which it may send what it likes.
pub(super) fn is_given_client(path: &ExternalPath, args: &[Expr], body: &BodyTypes) -> bool {
    let krate = path.krate();
    let is_client = |ty: &Ty| match ty.peel() {
        Ty::External(holder, inner) if holder.krate() == "std" => {
            inner.first().is_some_and(|ty| client(ty).is_some())
        }
        ty => client(ty).is_some(),
    };
    !krate.starts_with("aws_")
        && !KEEPERS.contains(&krate)
        && args.iter().any(|arg| is_client(body.ty(arg.span)))
}

/// Whether no value of a type can be a request: all of the type is known, and of other crates than the SDK's.
pub(super) fn is_foreign(ty: &Ty) -> bool {
    match ty.peel() {
        Ty::External(path, args) => !path.krate().starts_with("aws_") && args.iter().all(is_foreign),
        Ty::MethodResult { receiver, .. } => is_foreign(receiver),
        Ty::CallResult { function } => !function.krate().starts_with("aws_"),
        Ty::Tuple(elems) => elems.iter().all(is_foreign),
        Ty::Slice(inner) => is_foreign(inner),
        _ => false,
    }
}

/// One request as its chain builds it.
pub(super) struct SdkCall<'c, 'p> {
    /// `aws_sdk_dynamodb`.
    pub(super) krate: String,
    /// The client's method: `get_item`.
    pub(super) method: String,
    pub(super) location: Location,
    pub(super) setters: &'c [ChainCall<'p>],
    /// `Inferred` where the client's type is not known.
    pub(super) certainty: Certainty,
}

/// The request that a chain holds and has not sent yet.
pub(super) fn of_chain<'c, 'p>(program: &Program, chain: &'c Chain<'p>) -> Option<SdkCall<'c, 'p>> {
    let call = typed(chain).or_else(|| by_shape(program, chain))?;
    let sent = call.setters.iter().any(|setter| TERMINALS.contains(&setter.method.as_str()));
    (!sent).then_some(call)
}

fn typed<'c, 'p>(chain: &'c Chain<'p>) -> Option<SdkCall<'c, 'p>> {
    if let ChainRoot::Function { path, location, .. } = &chain.root
        && path.krate().starts_with("aws_sdk_")
        && let Some(at) = path.0.iter().position(|name| name == "operation")
        && let Some(method) = path.0.get(at + 1)
    {
        return Some(SdkCall {
            krate: path.krate().to_string(),
            method: method.to_string(),
            location: *location,
            setters: &chain.calls,
            certainty: Certainty::Proved,
        });
    }
    let root = match &chain.root {
        ChainRoot::Typed(ty) => client(ty),
        ChainRoot::Function { path, .. }
            if path.0.iter().rev().nth(1).is_some_and(|name| name == "Client") =>
        {
            sdk_crate(path.krate())
        }
        _ => None,
    };
    let first = chain.calls.iter().position(|call| client(&call.receiver).is_some());
    let (krate, at) = match (first, root) {
        (Some(at), _) => (client(&chain.calls[at].receiver)?, at),
        (None, Some(krate)) => (krate, 0),
        (None, None) => return None,
    };
    let call = chain.calls.get(at)?;
    (call.method != "config").then(|| SdkCall {
        krate: krate.to_string(),
        method: call.method.to_string(),
        location: call.location,
        setters: &chain.calls[at + 1..],
        certainty: Certainty::Proved,
    })
}

/// The setters of a request whose output says where a resource is, and the arguments that name it: `get_queue_url`.
pub(super) fn finds<'c, 'p>(chain: &'c Chain<'p>) -> Option<(&'c [ChainCall<'p>], &'static [String])> {
    let call = typed(chain)?;
    let service = service_of(&call.krate)?;
    let operation = service.operations.get(&call.method).filter(|operation| operation.finds)?;
    Some((call.setters, &service.rule(operation.resource.as_ref()).arg))
}

/// The arguments of a request that hold an SQL statement.
pub(super) fn statements<'p>(call: &SdkCall<'_, 'p>) -> Vec<Thunk<'p>> {
    let operation = service_of(&call.krate).and_then(|service| service.operations.get(&call.method));
    let Some(argument) = operation.and_then(|operation| operation.sql.as_ref()) else { return Vec::new() };
    let of_it =
        |setter: &&ChainCall<'p>| setter.method.strip_prefix("set_").unwrap_or(&setter.method) == *argument;
    call.setters.iter().filter(of_it).filter_map(|setter| setter.args.first().copied()).collect()
}

/// A chain on a value of unknown type that can only be this operation: its name is one of a service that the program depends on,
/// and the setter that names the operation's resource follows.
fn by_shape<'c, 'p>(program: &Program, chain: &'c Chain<'p>) -> Option<SdkCall<'c, 'p>> {
    let mut found = None;
    for (at, call) in chain.calls.iter().enumerate() {
        if !matches!(call.receiver.peel(), Ty::Unknown | Ty::MethodResult { .. } | Ty::CallResult { .. }) {
            continue;
        }
        let setters = &chain.calls[at + 1..];
        for service in services(program) {
            if names_its_resource(service, &call.method, setters) {
                if found.is_some() {
                    return None;
                }
                found = Some(SdkCall {
                    krate: service.krate.clone(),
                    method: call.method.to_string(),
                    location: call.location,
                    setters,
                    certainty: Certainty::Inferred,
                });
            }
        }
    }
    found
}

fn names_its_resource(service: &Service, method: &str, setters: &[ChainCall<'_>]) -> bool {
    let Some(operation) = service.operations.get(method) else { return false };
    let names = naming_setters(service, operation);
    setters.iter().any(|setter| names.contains(&setter.method.strip_prefix("set_").unwrap_or(&setter.method)))
}

/// The setters that name what an operation is about.
fn naming_setters<'s>(service: &'s Service, operation: &'s Operation) -> Vec<&'s str> {
    let rule = service.rule(operation.resource.as_ref());
    let paths = operation.partiql.as_slice().iter().chain(&rule.arg);
    paths.filter_map(|path| path.split('.').next()).collect()
}

/// Operations that the rules of a macro send, by the methods that they name: operation, its resource's setter, `send`.
pub(super) fn of_macro(program: &Program, def: DefId) -> Vec<(String, String)> {
    let methods: Vec<&str> = program
        .mentions(def)
        .iter()
        .filter(|mention| mention.kind == MentionKind::Method)
        .filter_map(|mention| mention.segments.first())
        .map(|segment| segment.name.as_str())
        .collect();
    if !methods.iter().any(|method| TERMINALS.contains(method) || PREPARES.contains(method)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for service in services(program) {
        for (at, method) in methods.iter().enumerate() {
            let Some(operation) = service.operations.get(method) else { continue };
            let names = naming_setters(service, operation);
            if names.iter().any(|setter| methods[at..].contains(setter)) {
                found.push((service.krate.clone(), (*method).to_string()));
            }
        }
    }
    found
}

/// Services with a data file whose crates the program's packages name.
fn services(program: &Program) -> impl Iterator<Item = &'static Service> {
    let mut krates: Vec<String> = program
        .tree
        .packages
        .iter()
        .flat_map(|package| &package.dependencies)
        .map(|dependency| dependency.package.replace('-', "_"))
        .collect();
    krates.sort();
    krates.dedup();
    krates.into_iter().filter_map(|krate| service_of(&krate))
}

/// The operation that the type of a request builder names: `aws_sdk_x::operation::query::builders::QueryFluentBuilder`, or a chain of
/// methods that starts at a client.
pub(super) fn of_type(ty: &Ty) -> Option<(String, String)> {
    match ty.peel() {
        Ty::External(path, _)
            if path.krate().starts_with("aws_sdk_") && path.last().ends_with("FluentBuilder") =>
        {
            let at = path.0.iter().position(|name| name == "operation")?;
            Some((path.krate().to_string(), path.0.get(at + 1)?.to_string()))
        }
        Ty::MethodResult { receiver, method } => match client(receiver) {
            Some(krate) => Some((krate.to_string(), method.to_string())),
            None if TERMINALS.contains(&method.as_str()) => None,
            None => of_type(receiver),
        },
        _ => None,
    }
}

/// The SDK crate whose client a type is.
pub(super) fn client(ty: &Ty) -> Option<&str> {
    match ty.peel() {
        Ty::External(path, _) if path.last() == "Client" => sdk_crate(path.krate()),
        _ => None,
    }
}

fn sdk_crate(krate: &str) -> Option<&str> {
    krate.starts_with("aws_sdk_").then_some(krate)
}
