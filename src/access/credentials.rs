//! Clients that send with other credentials than those of the function's role: what they send needs no permission of that role.
//!
//! Input: the client of a request. Output: whether its client is made, on every way, with credentials that are certainly others. Deliberately
//! absent: what the other role may do. The request by which a provider assumes a role is one of the function's own.
//!
//! Source: AWS SDK for Rust developer guide, "Credential providers".

use crate::certainty::Certainty;
use crate::resolve::scope::ExternalPath;
use crate::resolve::{Def, Program, Ty};
use crate::span::Location;
use crate::syntax::{MentionKind, Name};
use crate::values::{Chain, ChainCall, ChainRoot, Evaluator, Thunk, Value};

/// Types and functions whose values are credentials of another role or user; the function's own role is what the default chain finds.
const OTHERS: &[&str] = &[
    "AssumeRoleProvider",
    "AssumeRoleProviderBuilder",
    "Credentials",
    "WebIdentityTokenCredentialsProvider",
];

/// Configurations may be made of one another; deeper than this they are not followed.
const MAX_DEPTH: u32 = 4;

/// Whether some code of the program gives a configuration credentials.
pub(super) fn are_set(program: &Program) -> bool {
    let sets = |def: &Def| {
        let methods = program.mentions(def.id).iter().filter(|one| one.kind == MentionKind::Method);
        methods.flat_map(|one| &one.segments).any(|name| name.name.ends_with("credentials_provider"))
    };
    program.live_defs().any(sets)
}

/// Whether a client has credentials of its own.
pub(super) fn are_others<'p>(evaluator: &mut Evaluator<'p>, client: Thunk<'p>) -> bool {
    all(evaluator, client, 0, |evaluator, chain, depth| match &chain.root {
        ChainRoot::Function { path, args, .. } if path.owner() == "Client" => {
            args.first().is_some_and(|&config| all(evaluator, config, depth, has_others))
        }
        _ => false,
    })
}

/// Whether a function begins to make a provider that assumes a role, which is its first argument: it asks STS for it.
pub(super) fn assumes(path: &ExternalPath) -> bool {
    path.owner() == "AssumeRoleProvider" && path.last() == "builder"
}

/// The setter of the request that such a provider sends.
pub(super) fn role(role: Thunk<'_>, location: Location) -> ChainCall<'_> {
    ChainCall {
        method: Name::new_static("role_arn"),
        location,
        args: vec![role],
        receiver: Ty::Unknown,
        always: true,
        certainty: Certainty::Proved,
    }
}

/// Whether something holds of every value of an expression, of which there is one.
fn all<'p>(
    evaluator: &mut Evaluator<'p>,
    thunk: Thunk<'p>,
    depth: u32,
    holds: fn(&mut Evaluator<'p>, &Chain<'p>, u32) -> bool,
) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    let values = evaluator.eval(thunk);
    !values.is_empty()
        && values.iter().all(|value| match value {
            Value::Chain(chain) => holds(evaluator, chain, depth + 1),
            _ => false,
        })
}

/// Whether a configuration is given other credentials, itself or what it is made of.
fn has_others<'p>(evaluator: &mut Evaluator<'p>, config: &Chain<'p>, depth: u32) -> bool {
    let sets = |call: &&ChainCall<'p>| call.method.ends_with("credentials_provider") && !call.args.is_empty();
    match (config.calls.iter().rfind(sets), &config.root) {
        (Some(call), _) => call.always && all(evaluator, call.args[0], depth, is_other),
        (None, ChainRoot::Function { args, .. }) => {
            args.first().is_some_and(|&base| all(evaluator, base, depth, has_others))
        }
        (None, _) => false,
    }
}

/// Whether a provider of credentials is certainly of another role: `AssumeRoleProvider::builder(..)`, `Credentials::new(..)`.
fn is_other<'p>(evaluator: &mut Evaluator<'p>, provider: &Chain<'p>, depth: u32) -> bool {
    let ChainRoot::Function { path, args, .. } = &provider.root else { return false };
    OTHERS.contains(&path.owner())
        || (path.owner() == "SharedCredentialsProvider"
            && args.first().is_some_and(|&inner| all(evaluator, inner, depth, is_other)))
}
