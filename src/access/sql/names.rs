//! Names in expressions: which column of which relation each means, and what functions and sequences they name.

use std::ops::ControlFlow;

use sqlparser::ast::{
    AccessExpr, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, Query, Visit,
    Visitor,
};

use super::super::schema::sequence_argument;
use super::reader::{Reader, is_mark};
use super::scope::{Has, Meaning};
use super::{Columns, Verb, folded, name};

impl Reader<'_> {
    /// Reads what a part of a statement names.
    pub(super) fn visit(&mut self, part: &impl Visit) {
        let mut walk = Walk { reader: self, depth: 0, skipped: Vec::new() };
        let _ = part.visit(&mut walk);
    }

    fn column(&mut self, ident: &Ident) {
        if ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("default") {
            return;
        }
        let column = folded(ident);
        match self.scopes.meaning(&column) {
            Meaning::Column { at, proved } => {
                self.needs.is_inferred |= !proved;
                self.read(&self.scopes.relation(at).clone(), Columns::one(column));
            }
            Meaning::OneOf(several) => {
                for at in several {
                    self.read(&self.scopes.relation(at).clone(), Columns::Unknown);
                }
            }
            Meaning::Row(at) => self.read(&self.scopes.relation(at).clone(), Columns::All),
            Meaning::Nothing => self.missing(&column),
        }
    }

    pub(super) fn missing(&mut self, column: &str) {
        self.needs.problem(format!("no table in it has the column `{column}`, as far as migrations say"));
    }

    /// `orders.id`, `shop.orders.id`.
    fn qualified_column(&mut self, parts: &[Ident]) {
        let names: Vec<String> = parts.iter().map(folded).collect();
        let Some((column, qualifier)) = names.split_last() else { return };
        let qualifier = match qualifier {
            [schema, table] if schema == "public" => table.clone(),
            _ => qualifier.join("."),
        };
        let Some(at) = self.scopes.qualified(&qualifier) else {
            return self.nothing(&qualifier);
        };
        let relation = self.scopes.relation(at).clone();
        match relation.has(column) {
            Has::No if relation.table.is_some() => self.missing(column),
            _ => self.read(&relation, Columns::one(column)),
        }
    }

    /// A qualifier that means nothing.
    pub(super) fn nothing(&mut self, qualifier: &str) {
        self.needs.problem(format!("`{qualifier}` names no table in it"));
        self.needs.is_wrong = true;
    }

    /// A function by its name.
    pub(super) fn call(&mut self, of: &str) {
        if self.schema.functions.contains(of) {
            self.needs
                .problem(format!("it calls the function `{of}`, which may do more than the statement says"));
        }
    }

    fn sequence(&mut self, of: &str, args: &FunctionArguments) {
        let verb = match of {
            "nextval" | "currval" => Verb::Usage,
            "setval" => Verb::SetSequence,
            _ => return,
        };
        match sequence_argument(args) {
            Some(sequence) => {
                let sequence = sequence.strip_prefix("public.").unwrap_or(&sequence).to_string();
                self.needs.add(verb, &sequence, Columns::none(), false);
            }
            None => self.needs.problem(format!("which sequence `{of}` is about is not known")),
        }
    }
}

/// Reads the names in an expression; queries in it are handed to the reader whole.
struct Walk<'r, 's> {
    reader: &'r mut Reader<'s>,
    /// How many queries around this place were handed over.
    depth: usize,
    /// Expressions that are names of fields.
    skipped: Vec<*const Expr>,
}

impl Visitor for Walk<'_, '_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if self.depth == 0 {
            self.reader.query(query);
        }
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.depth > 0 || self.skipped.contains(&std::ptr::from_ref(expr)) {
            return ControlFlow::Continue(());
        }
        match expr {
            Expr::Identifier(ident) => self.reader.column(ident),
            Expr::CompoundIdentifier(parts) => self.reader.qualified_column(parts),
            Expr::CompoundFieldAccess { access_chain, .. } => {
                for access in access_chain {
                    if let AccessExpr::Dot(field) = access {
                        self.skipped.push(std::ptr::from_ref(field));
                    }
                }
            }
            Expr::BinaryOp { left, op, right }
                if matches!(op.to_string().as_str(), "AND" | "OR") && (is_mark(left) || is_mark(right)) =>
            {
                self.reader.run_time();
            }
            Expr::Function(function) => {
                let of = name(&function.name);
                self.reader.call(&of);
                self.reader.sequence(&of, &function.args);
                if let FunctionArguments::List(list) = &function.args {
                    list.args.iter().for_each(|arg| self.star(arg));
                }
            }
            Expr::QualifiedWildcard(of, _) => self.row(of),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl Walk<'_, '_> {
    /// `count(o.*)` reads a whole row.
    fn star(&mut self, arg: &FunctionArg) {
        match arg {
            FunctionArg::Unnamed(FunctionArgExpr::QualifiedWildcard(of)) => self.row(of),
            // The name of an argument is no column.
            FunctionArg::ExprNamed { name, .. } => self.skipped.push(std::ptr::from_ref(name)),
            _ => {}
        }
    }

    fn row(&mut self, of: &ObjectName) {
        match self.reader.scopes.qualified(&name(of)) {
            Some(at) => self.reader.read(&self.reader.scopes.relation(at).clone(), Columns::All),
            None => self.reader.nothing(&of.to_string()),
        }
    }
}
