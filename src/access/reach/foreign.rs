//! The part of the walk that meets code of other crates: what it is given, sends or fills.

use std::sync::Arc;

use super::{Reached, Walk};
use crate::access::operation::{self, Place};
use crate::access::sdk::{self, SdkCall};
use crate::access::stored::address;
use crate::access::table::EnvVar;
use crate::access::{credentials, modyne, stores};
use crate::certainty::Certainty;
use crate::diagnostic::{Code, Diagnostic};
use crate::resolve::{Namespace, Res};
use crate::span::Span;
use crate::syntax::ast::{Expr, ExprKind, Fn, MethodCall};
use crate::values::{FrameId, Thunk, may_be_filler};

impl<'p> Walk<'_, 'p> {
    /// A store or host that is not of AWS.
    pub(super) fn stored_elsewhere(&mut self, call: &'p MethodCall, frame: FrameId) {
        let body = self.program.body(self.evaluator.frame(frame).owner);
        if let Some(found) = body.and_then(|body| stores::call_of(call, body)) {
            let via = self.via.clone();
            let accesses = stores::accesses(&mut self.evaluator, found, call, frame, &via);
            self.reached.note(accesses);
        }
    }

    /// A request that `modyne` sends.
    pub(super) fn executed(&mut self, call: &'p MethodCall, frame: FrameId) {
        let owner = self.evaluator.frame(frame).owner;
        let Some(execution) = modyne::execution(self.program, owner, call) else { return };
        let certainty = self.evaluator.frame(frame).certainty;
        let via = self.via.clone();
        let accesses = execution.accesses(&mut self.evaluator, owner, certainty, &via);
        if accesses.is_empty() || accesses.iter().any(|access| access.certainty == Certainty::Unknown) {
            self.findings.push(
                Diagnostic::new(Code::RESOURCE_UNKNOWN, "what this executes on the table is not known")
                    .at(execution.location())
                    .help("check the permissions of the functions that run it"),
            );
        }
        self.reached.note(accesses);
    }

    /// Prepared requests that code of another crate is given: it may send them.
    pub(super) fn handed_on(&mut self, args: &'p [Expr], frame: FrameId) {
        for arg in args {
            if self.ground.sends_requests && self.static_type(arg, frame).is_some_and(sdk::is_prepared) {
                self.sent(arg, frame, true);
            }
        }
    }

    /// A client with which code of another crate may send what it likes.
    pub(super) fn client_given(&mut self, callee: &'p Expr, args: &'p [Expr], call: Thunk<'p>) {
        let ExprKind::Path(path) = &callee.kind else { return };
        let Some(body) = self.program.body(self.evaluator.frame(call.frame).owner) else { return };
        if !self.ground.sends_requests {
            return;
        }
        let Some(Res::External(path)) = self.resolve(path, Namespace::Values, call.frame) else { return };
        if sdk::is_given_client(&path, args, body) {
            let message = format!("`{path}` is given an AWS client: what it sends is not known");
            let location = self.location(call.frame, call.expr.span);
            let finding = Diagnostic::new(Code::CLIENT_GIVEN, message).at(location);
            self.findings
                .push(finding.help("add the permissions that it needs to the functions that run it"));
        }
    }

    /// Whether a request leaves with other credentials than the role's, which is said then.
    pub(super) fn is_sent_as_other(&mut self, request: &'p Expr, frame: FrameId) -> bool {
        let mut at = request;
        let (client, method) = loop {
            match &at.kind {
                ExprKind::MethodCall(call) => {
                    if self.static_type(&call.receiver, frame).is_some_and(|ty| sdk::client(ty).is_some()) {
                        break (&call.receiver, &call.method);
                    }
                    at = &call.receiver;
                }
                ExprKind::Await(inner) | ExprKind::Try(inner) => at = inner,
                _ => return false,
            }
        };
        let is_other = credentials::are_others(&mut self.evaluator, Thunk { expr: client, frame });
        if is_other {
            let message = format!("`{}` is sent with other credentials than the function's", method.name);
            self.findings.push(
                Diagnostic::new(Code::OTHER_CREDENTIALS, message)
                    .at(self.location(frame, method.span))
                    .help("their role needs the permission; the function's role gets none for it"),
            );
        }
        is_other
    }

    /// The request by which a provider of credentials assumes a role.
    pub(super) fn assumed(&mut self, role: Thunk<'p>, at: Span) {
        let location = self.location(role.frame, at);
        let call = SdkCall {
            krate: "aws_sdk_sts".to_string(),
            method: "assume_role".to_string(),
            location,
            setters: &[credentials::role(role, location)],
            certainty: Certainty::Proved,
        };
        let via = self.via.clone();
        let place = Place { via: &via, frame: role.frame, changed: false };
        let found = operation::accesses(&mut self.evaluator, &call, &place, &mut self.findings);
        self.reached.note(found);
    }

    /// The variables from which code of another crate fills a struct.
    pub(super) fn filled(&mut self, call: Thunk<'p>) {
        let of = match &call.expr.kind {
            ExprKind::MethodCall(method) => self.static_type(&method.receiver, call.frame),
            _ => None,
        };
        if of.is_some_and(|ty| !may_be_filler(ty)) || !self.targets(call).is_empty() {
            return;
        }
        let location = self.location(call.frame, call.expr.span);
        let frame = self.evaluator.frame(call.frame);
        let sig = self.program.func(frame.owner).map(Fn::sig);
        // Most configuration is read in code that is given nothing, and by all routes.
        let is_given = !frame.type_args.is_empty()
            || !frame.closures.is_empty()
            || sig.is_some_and(|sig| sig.receiver.is_some() || !sig.params.is_empty());
        let ground = self.ground;
        let mut find = |_: &usize| self.evaluator.variables_of_filling(call).map(Arc::from);
        let at = address(call.expr);
        let variables = if is_given { find(&at) } else { ground.fillings.get_or_find(at, find) };
        match variables {
            Some(variables) => {
                let variable = |(name, default): &(String, Option<String>)| EnvVar {
                    name: name.clone(),
                    default: default.clone(),
                    location,
                };
                let env = variables.iter().map(variable).collect();
                self.reached.add(&Reached { env, ..Reached::default() });
            }
            None => self.findings.push(
                Diagnostic::new(Code::VARIABLES_UNKNOWN, "which variables this reads is not known")
                    .at(location)
                    .help("add those that it reads to the environment of the functions in the template"),
            ),
        }
    }
}
