//! Whether code tells a missing resource apart from other errors, by the names that it has for the error.
//!
//! Input: the context from which a request leaves. Output: how sure it is, `None` where nothing looks at the error.
//! Deliberately absent: which names these are (`services`), and what is needed then (`operation`).

use crate::certainty::Certainty;
use crate::ordered::UnorderedSet;
use crate::resolve::{DefId, EdgeKind, Namespace, Program, Res, Ty};
use crate::syntax::ast::{ExprKind, Fn};
use crate::syntax::visit;
use crate::syntax::{Mention, MentionKind, Name};
use crate::values::{Evaluator, FrameId};

/// Looks in the function that sends the request, in those that it hands an error to, and in its callers while they get the error.
pub(super) fn told_apart(
    evaluator: &mut Evaluator<'_>,
    frame: FrameId,
    method: &str,
    names: &[String],
) -> Option<Certainty> {
    let search = Search { program: evaluator.program(), names };
    let owner = evaluator.frame(frame).owner;
    let own = search.names_it(owner);
    if own == Some(Certainty::Proved) && search.requests(owner, method) == 1 {
        return own;
    }
    let mut at = frame;
    loop {
        let here = evaluator.frame(at);
        if search.names_it(here.owner).is_some() || search.hands_it_on(here.owner) {
            return Some(Certainty::Inferred);
        }
        if !search.returns_errors(here.owner) {
            return None;
        }
        at = evaluator.caller(at)?;
    }
}

struct Search<'s> {
    program: &'s Program,
    names: &'s [String],
}

impl Search<'_> {
    /// Whether a function names the error; proved where the name is the SDK's for sure.
    fn names_it(&self, def: DefId) -> Option<Certainty> {
        let by_path = self
            .program
            .mentions(def)
            .iter()
            .filter(|mention| matches!(mention.kind, MentionKind::Path | MentionKind::Assoc))
            .filter_map(|mention| self.is_path(def, mention))
            .min();
        let by_method = self.method(def);
        let location = self.program.def(def).location;
        let text = self.program.tree.sources.text(location);
        let by_code = self.names.iter().any(|name| text.contains(&format!("\"{name}\"")));
        [by_path, by_method, by_code.then_some(Certainty::Inferred)].into_iter().flatten().min()
    }

    fn is_path(&self, def: DefId, mention: &Mention) -> Option<Certainty> {
        let last = mention.segments.last()?;
        let candidates = || self.names.iter().filter(|name| name.rsplit("::").next() == Some(&last.name));
        candidates().next()?;
        let written: Vec<Name> = mention.segments.iter().map(|segment| segment.name.clone()).collect();
        let module = self.program.def(def).module;
        let resolved = self
            .program
            .resolve_names(&written, Namespace::Values, module, Some(def))
            .or_else(|| self.program.resolve_names(&written, Namespace::Types, module, Some(def)));
        let (full, certainty) = match resolved {
            Some(Res::External(path)) => {
                let sdk = path.krate().starts_with("aws_sdk_");
                (path.to_string(), if sdk { Certainty::Proved } else { Certainty::Inferred })
            }
            Some(_) => return None,
            None => (written.join("::"), Certainty::Inferred),
        };
        let is_end = |name: &String| full == *name || full.ends_with(&format!("::{name}"));
        candidates().any(is_end).then_some(certainty)
    }

    /// A method of another crate's type; proved where that is the SDK's.
    fn method(&self, def: DefId) -> Option<Certainty> {
        let body = self.program.func(def)?.block()?;
        let types = self.program.body(def)?;
        let mut found: Option<Certainty> = None;
        visit::exprs_in_block(body, &mut |expr| {
            if let ExprKind::MethodCall(call) = &expr.kind
                && self.names.iter().any(|name| call.method.name == *name)
                && types.call(expr.span).is_none_or(|site| site.defs().next().is_none())
            {
                let is_sdk = matches!(types.ty(call.receiver.span).peel(),
                    Ty::External(path, _) if path.krate().starts_with("aws_sdk_"));
                let certainty = if is_sdk { Certainty::Proved } else { Certainty::Inferred };
                found = Some(found.map_or(certainty, |before| before.min(certainty)));
            }
        });
        found
    }

    /// How many requests of the operation a function holds.
    fn requests(&self, def: DefId, method: &str) -> usize {
        let mut count = 0;
        if let Some(body) = self.program.func(def).and_then(crate::syntax::ast::Fn::block) {
            visit::exprs_in_block(body, &mut |expr| {
                let is_one = matches!(&expr.kind, ExprKind::MethodCall(call) if call.method.name == method);
                count += usize::from(is_one);
            });
        }
        count
    }

    /// Whether a function that takes errors and is called, named or run by `?` from here names the error.
    fn hands_it_on(&self, def: DefId) -> bool {
        let mut seen = UnorderedSet::default();
        let mut open = vec![def];
        while let Some(def) = open.pop() {
            for edge in self.program.edges_from(def) {
                let runs = matches!(edge.kind, EdgeKind::Call | EdgeKind::Value | EdgeKind::Implicit);
                let Some(func) = self.program.func(edge.to).filter(|_| runs) else { continue };
                if self.takes_errors(edge.to, func) && seen.insert(edge.to) {
                    if self.names_it(edge.to).is_some() {
                        return true;
                    }
                    open.push(edge.to);
                }
            }
        }
        false
    }

    /// Whether a parameter can be the error: its type or a bound says so, or the method's own type holds one.
    fn takes_errors(&self, def: DefId, func: &Fn) -> bool {
        let location = self.program.def(def).location;
        let params = crate::span::Location { span: func.sig().params_span, ..location };
        let is_error = |name: &str| name.contains("Err");
        let generics = &func.sig().generics;
        let bounds = generics.params.iter().flat_map(|param| &param.bounds);
        let mut bounds = bounds.chain(generics.predicates.iter().flat_map(|(_, bounds)| bounds));
        is_error(self.program.tree.sources.text(params))
            || bounds.any(|bound| is_error(&bound.last().ident.name))
            || (func.sig().receiver.is_some() && self.holds_sdk_error(def))
    }

    fn holds_sdk_error(&self, method: DefId) -> bool {
        let ty = self.program.enclosing_type(method).and_then(|around| self.program.impl_of(around));
        let Some(ty) = ty.and_then(|info| info.self_ty.peel().def()) else { return false };
        let is_error =
            |name: &str| matches!(name, "SdkError" | "HeadObjectError" | "GetObjectError" | "aws_sdk_s3");
        let mentions = self.program.mentions(ty);
        mentions.iter().flat_map(|mention| &mention.segments).any(|segment| is_error(&segment.name))
    }

    /// Whether a function's result can carry the error to its caller.
    fn returns_errors(&self, def: DefId) -> bool {
        let Some(ret) = self.program.func(def).and_then(|func| func.sig().ret.as_ref()) else { return false };
        let location = crate::span::Location { span: ret.span, ..self.program.def(def).location };
        let text = self.program.tree.sources.text(location);
        text.contains("Result") || text.contains("Err")
    }
}
