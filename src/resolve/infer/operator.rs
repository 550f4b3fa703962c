//! Operators as the trait functions that they are: `a + b`, `a == b`, `a[b]`, `for x in a`.

use super::body::Infer;
use super::expr::boolean;
use super::implicit::{function_of, impls_named, own_type};
use super::unify::{Map, unify_arg};
use crate::certainty::Certainty;
use crate::resolve::evidence::Evidence;
use crate::resolve::types::Ty;
use crate::span::Span;
use crate::syntax::Name;
use crate::syntax::ast::BinOp;

/// The trait and the function behind an operator.
fn function(op: BinOp) -> Option<(&'static str, &'static str)> {
    Some(match op {
        BinOp::Add => ("Add", "add"),
        BinOp::AddAssign => ("AddAssign", "add_assign"),
        BinOp::Sub => ("Sub", "sub"),
        BinOp::SubAssign => ("SubAssign", "sub_assign"),
        BinOp::Mul => ("Mul", "mul"),
        BinOp::MulAssign => ("MulAssign", "mul_assign"),
        BinOp::Div => ("Div", "div"),
        BinOp::DivAssign => ("DivAssign", "div_assign"),
        BinOp::Rem => ("Rem", "rem"),
        BinOp::RemAssign => ("RemAssign", "rem_assign"),
        BinOp::Equal => ("PartialEq", "eq"),
        BinOp::Order => ("PartialOrd", "partial_cmp"),
        BinOp::Other => return None,
    })
}

impl Infer<'_> {
    /// What an operator gives, and the function of the program that runs.
    pub(super) fn operator(&mut self, op: BinOp, left: &Ty, right: &Ty, span: Span) -> Ty {
        if let Some((trait_, name)) = function(op) {
            let output = self.runs_for(left, Some(right), trait_, name, span, Evidence::Operator);
            if let Some(output) = output {
                return output;
            }
        }
        match op {
            // Sums keep their type: numbers, times, text.
            BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div | BinOp::Rem => left.clone(),
            BinOp::Equal | BinOp::Order => boolean(),
            _ => Ty::Unknown,
        }
    }

    /// Notes the function of a type's impl of a trait of another crate; gives the impl's `Output`.
    pub(super) fn runs_for(
        &mut self,
        ty: &Ty,
        argument: Option<&Ty>,
        trait_: &str,
        name: &str,
        span: Span,
        evidence: Evidence,
    ) -> Option<Ty> {
        let id = own_type(ty)?;
        let program = self.program;
        let fits = |info: &&crate::resolve::ImplInfo| match (argument, info.trait_args.first()) {
            (Some(argument), Some(wanted)) => unify_arg(wanted, argument, &mut Map::new()),
            (Some(argument), None) => {
                argument.is_unknown() || unify_arg(&info.self_ty, argument, &mut Map::new())
            }
            _ => true,
        };
        let info = impls_named(program, id, trait_).find(fits)?;
        let def = function_of(program, info, name)?;
        self.implicit(def, span, Certainty::Proved, evidence);
        program.impl_assoc(info, ty.peel(), &Name::new_static("Output"))
    }
}
