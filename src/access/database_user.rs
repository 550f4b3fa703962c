//! Tokens with which code connects to a database of RDS by IAM: `aws_sdk_rds::auth_token::AuthTokenGenerator`.
//!
//! Input: the call that makes the generator. Output: one access per database user. Deliberately absent: which database (`aws`), which the
//! code names by host only.
//!
//! Source: the RDS user guide, "Creating and using an IAM policy for IAM database access".

use super::argument::follow;
use super::naming;
use super::of_candidates;
use super::table::{Access, Mode, Part, Resource, ResourceName};
use crate::certainty::Certainty;
use crate::resolve::scope::ExternalPath;
use crate::span::Location;
use crate::values::{Evaluator, Thunk, Value};

/// Whether a function makes a generator of tokens.
pub(super) fn makes_generator(path: &ExternalPath) -> bool {
    path.krate() == "aws_sdk_rds"
        && path.last() == "new"
        && path.0.iter().any(|name| name == "AuthTokenGenerator")
}

/// The right to connect as the user that the generator's configuration names.
pub(super) fn accesses<'p>(
    evaluator: &mut Evaluator<'p>,
    config: Option<Thunk<'p>>,
    location: Location,
    via: &[String],
) -> Vec<Access> {
    let (mut names, mut several) = (Vec::new(), false);
    if let Some(config) = config {
        for value in evaluator.eval(config).iter() {
            let Value::Chain(chain) = value else { continue };
            let user = follow(evaluator, &chain.calls, &["username".to_string()]);
            several |= user.several;
            names.extend(user.texts.iter().map(|text| naming::name(text, &Part::Unknown)));
        }
    }
    if names.is_empty() {
        names.push(ResourceName::unknown());
    }
    let several = several || names.len() > 1;
    let access = |name: ResourceName| Access {
        service: "rds-db".to_string(),
        operation: "Connect".to_string(),
        actions: vec!["rds-db:connect".to_string()],
        certainty: if name.is_known() { of_candidates(several) } else { Certainty::Unknown },
        resources: vec![Resource { service: "rds-db".into(), kind: "user".into(), name, sub: None }],
        mode: Mode::Read,
        location,
        via: via.to_vec(),
        implied: false,
        columns: None,
        argument: None,
        conditions: Vec::new(),
    };
    names.into_iter().map(access).collect()
}
