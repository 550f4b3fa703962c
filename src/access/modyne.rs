//! Requests that `modyne` sends: `Member::get(id).execute(&database)`.
//!
//! Input: a call of `execute` with a table of the program. Output: operation, table and index.
//! Source: docs.rs, `modyne`: `EntityExt`, `QueryInputExt`, `ScanInputExt`, `keys`.

use super::table::{Access, Mode, Part, Resource, ResourceName};
use super::{naming, of_candidates};
use crate::certainty::Certainty;
use crate::resolve::{DefId, Program, Res, Ty};
use crate::span::Location;
use crate::syntax::ItemKind;
use crate::syntax::ast::{Expr, ExprKind, MethodCall};
use crate::values::{Evaluator, Value};

/// Method of the crate -> operation.
const OPERATIONS: &[(&str, &str, Mode)] = &[
    ("get", "GetItem", Mode::Read),
    ("create", "PutItem", Mode::Write),
    ("put", "PutItem", Mode::Write),
    ("replace", "PutItem", Mode::Write),
    ("update", "UpdateItem", Mode::Write),
    ("delete", "DeleteItem", Mode::Write),
    ("query", "Query", Mode::Read),
    ("scan", "Scan", Mode::Read),
];

/// A call of `execute` on a table of the program.
pub(super) struct Execution<'p> {
    /// `Some` where it is one of the operations above.
    head: Option<Head<'p>>,
    /// The type that is `modyne::Table`, with its impl's functions.
    table: DefId,
    name: Option<DefId>,
    location: Location,
}

/// The call that makes the request.
struct Head<'p> {
    operation: &'static str,
    mode: Mode,
    /// What it is called on, for queries and scans.
    input: Option<&'p Expr>,
}

/// Whether the program has tables of `modyne`.
pub(super) fn is_used(program: &Program) -> bool {
    program.tree.dependencies().any(|dependency| dependency.package == "modyne")
}

/// What a method call executes, where its argument is a table.
pub(super) fn execution<'p>(
    program: &'p Program,
    owner: DefId,
    call: &'p MethodCall,
) -> Option<Execution<'p>> {
    let [table] = call.args.as_slice() else { return None };
    let def = (call.method.name == "execute").then(|| program.body(owner)?.ty(table.span).peel().def())??;
    let info = impl_of(program, def, "Table")?;
    let name = info.iter().copied().find(|&item| program.def(item).name == "table_name");
    let location = Location { span: call.method.span, ..program.def(owner).location };
    Some(Execution { head: head(&call.receiver), table: def, name, location })
}

/// Functions and types of an impl of a trait of the crate.
fn impl_of<'p>(program: &'p Program, def: DefId, trait_: &str) -> Option<&'p [DefId]> {
    let impls = program.impls_of_type(def).iter().map(|&id| program.impl_info(id));
    let mut found =
        impls.filter(|info| matches!(&info.trait_, Some(Res::External(path)) if path.is("modyne", trait_)));
    found.next().map(|info| info.items.as_slice())
}

fn head(mut at: &Expr) -> Option<Head<'_>> {
    let of = |name: &str| OPERATIONS.iter().find(|(method, ..)| *method == name);
    loop {
        match &at.kind {
            ExprKind::MethodCall(call) => {
                if let Some(&(_, operation, mode)) = of(&call.method.name) {
                    return Some(Head { operation, mode, input: Some(&call.receiver) });
                }
                at = &call.receiver;
            }
            ExprKind::Call { callee, .. } => {
                let ExprKind::Path(path) = &callee.kind else { return None };
                let &(_, operation, mode) = of(&path.last().ident.name)?;
                return Some(Head { operation, mode, input: None });
            }
            _ => return None,
        }
    }
}

impl<'p> Execution<'p> {
    pub(super) fn location(&self) -> Location {
        self.location
    }

    /// The request, as far as it is known.
    pub(super) fn accesses(
        &self,
        evaluator: &mut Evaluator<'p>,
        owner: DefId,
        certainty: Certainty,
        via: &[String],
    ) -> Vec<Access> {
        let Some(head) = &self.head else { return Vec::new() };
        let names = self.name.map_or_else(Vec::new, |name| {
            let frame = evaluator.root(name, Some(Ty::Def(self.table, Vec::new())));
            evaluator.returned(frame)
        });
        let texts: Vec<ResourceName> = names
            .iter()
            .map(|value| match value {
                Value::Text(text) => naming::name(text, &Part::Unknown),
                _ => ResourceName::unknown(),
            })
            .collect();
        let texts = if texts.is_empty() { vec![ResourceName::unknown()] } else { texts };
        let sub = index(evaluator.program(), owner, head);
        let several = of_candidates(texts.len() > 1);
        let access = |name: ResourceName| {
            let resource = Resource {
                service: "dynamodb".to_string(),
                kind: "table".to_string(),
                name,
                sub: sub.clone(),
            };
            let known = if resource.is_known() { certainty.max(several) } else { Certainty::Unknown };
            Access {
                service: "dynamodb".to_string(),
                operation: head.operation.to_string(),
                actions: vec![format!("dynamodb:{}", head.operation)],
                resources: vec![resource],
                mode: head.mode,
                location: self.location,
                certainty: known,
                via: via.to_vec(),
                implied: false,
                columns: None,
                argument: None,
                conditions: Vec::new(),
            }
        };
        texts.into_iter().map(access).collect()
    }
}

/// The index that a query's or scan's input names by a type: `keys::Gsi1` is `GSI1`, `keys::Primary` the table itself.
fn index(program: &Program, owner: DefId, head: &Head<'_>) -> Option<ResourceName> {
    if !matches!(head.operation, "Query" | "Scan") {
        return None;
    }
    let unknown = Some(ResourceName::unknown());
    let ty = head.input.and_then(|input| program.body(owner)?.ty(input.span).peel().def());
    let trait_ = if head.operation == "Query" { "QueryInput" } else { "ScanInput" };
    let Some(items) = ty.and_then(|ty| impl_of(program, ty, trait_)) else { return unknown };
    let index = items.iter().map(|&item| program.def(item)).find(|def| def.name == "Index");
    let Some(ItemKind::TypeAlias { ty: Some(ty), .. }) = index.map(|def| &def.item.kind) else {
        return unknown;
    };
    let context =
        crate::resolve::types::TypeContext { module: index?.module, owner: index.map(|def| def.id) };
    match program.lower_type(ty, context).peel() {
        Ty::External(path, _) if path.krate() == "modyne" && path.last() == "Primary" => None,
        Ty::External(path, _) if path.krate() == "modyne" && path.last().starts_with("Gsi") => {
            Some(ResourceName::literal(path.last().to_uppercase()))
        }
        _ => unknown,
    }
}
