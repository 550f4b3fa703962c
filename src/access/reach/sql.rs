//! The part of the walk that meets SQL: which text a call runs, and what that text needs.

use super::super::built::{self, Built};
use super::super::credentials;
use super::super::database_user;
use super::super::query::{self, MacroStatement, Receiver, Site};
use super::super::sql::{self, Needs};
use super::Walk;
use crate::certainty::Certainty;
use crate::resolve::{Namespace, Res, Ty};
use crate::span::Span;
use crate::syntax::ast::{Expr, ExprKind, MacroCall, MethodCall};
use crate::values::{Chain, ChainRoot, FrameId, Text, Thunk, Value};

impl<'p> Walk<'_, 'p> {
    /// A function that may take a statement.
    pub(super) fn sql_call(&mut self, callee: &'p Expr, args: &'p [Expr], thunk: Thunk<'p>) {
        let ExprKind::Path(path) = &callee.kind else { return };
        let Some(Res::External(path)) = self.resolve(path, Namespace::Values, thunk.frame) else { return };
        if let Some(text) = query::statement_of_call(&path, args) {
            self.statement(Thunk { expr: text, ..thunk }, thunk.expr.span);
        } else if database_user::makes_generator(&path) {
            let config = args.first().map(|expr| Thunk { expr, ..thunk });
            let location = self.location(thunk.frame, thunk.expr.span);
            let accesses = database_user::accesses(&mut self.evaluator, config, location, &self.via);
            for access in accesses.iter().filter(|access| !access.resources[0].is_known()) {
                self.findings.push(query::user_unknown(access.location));
            }
            self.reached.note(accesses);
        } else if credentials::assumes(&path)
            && let Some(role) = args.first()
        {
            self.assumed(Thunk { expr: role, ..thunk }, thunk.expr.span);
        } else if built::makes_builder(&path) {
            self.builders.insert(self.location(thunk.frame, thunk.expr.span));
        }
    }

    /// A macro of another crate that may hold a statement; whether it does.
    pub(super) fn sql_macro(&mut self, call: &'p MacroCall, thunk: Thunk<'p>) -> bool {
        let Some(statement) = query::statement_of_macro(call) else { return false };
        let is_sqlx = match self.resolve(&call.path, Namespace::Macros, thunk.frame) {
            Some(Res::External(path)) => path.krate() == "sqlx",
            Some(_) => false,
            None => self.ground.clients.has_macro(call),
        };
        if !is_sqlx {
            return false;
        }
        let at = thunk.expr.span;
        match statement {
            MacroStatement::Text(expr) => self.statement(Thunk { expr, ..thunk }, at),
            MacroStatement::File(expr) => self.statement_of_file(Thunk { expr, ..thunk }, at),
            MacroStatement::Migrations => self.findings.push(query::migrates(self.location(thunk.frame, at))),
        }
        true
    }

    /// A statement in a file of the package.
    fn statement_of_file(&mut self, path: Thunk<'p>, at: Span) {
        let location = self.location(path.frame, at);
        let module = self.program.def(self.evaluator.frame(path.frame).owner).module;
        let package = self.program.tree.package_of(module);
        for name in self.evaluator.texts(path) {
            let Some(name) = name.as_literal() else {
                self.findings.push(query::unknown(location));
                continue;
            };
            match self.program.tree.text_of_package(package, name) {
                Some(text) => self.texts(&[Text::literal(&*text)], path.frame, at, Certainty::Proved),
                None => self.findings.push(query::file_missing(location, name)),
            }
        }
    }

    /// A method whose first argument may be a statement: its text, or one that was prepared before.
    pub(super) fn sql_method(&mut self, call: &'p MethodCall, thunk: Thunk<'p>) {
        if self.ground.clients.may_finish(call, self.static_type(&call.receiver, thunk.frame)) {
            return self.finished(&call.receiver, thunk);
        }
        let Some(first) = call.args.first() else { return };
        let receiver = self.ground.clients.receiver(call, self.static_type(&call.receiver, thunk.frame));
        if receiver == Receiver::Other {
            return;
        }
        let argument = Thunk { expr: first, ..thunk };
        let mut texts: Vec<Text> = Vec::new();
        let mut unknown = false;
        for value in self.evaluator.eval(argument).iter() {
            match value {
                Value::Text(text) => texts.push(text.clone()),
                Value::Chain(chain) => match prepared(chain) {
                    Some(text) => texts.extend(self.evaluator.texts(text)),
                    None => unknown |= !is_query(chain),
                },
                _ => unknown = true,
            }
        }
        let is_client = matches!(receiver, Receiver::Client(_));
        // Whatever an unknown receiver is, only SQL is a statement.
        if !is_client {
            texts.retain(sql::is_statement);
        }
        if !texts.is_empty() {
            let certainty = if is_client { Certainty::Proved } else { Certainty::Inferred };
            self.texts(&texts, thunk.frame, thunk.expr.span, certainty);
        }
        // Methods of `sqlx` take built queries as well, which are met where they are made.
        let takes_text = || match receiver {
            Receiver::Client("sqlx") => self.static_type(first, thunk.frame).is_some_and(is_text),
            Receiver::Client(_) => true,
            _ => query::is_distinctive(call),
        };
        if unknown && takes_text() && !self.put_together(argument, thunk.expr.span) {
            self.findings.push(query::unknown(self.location(thunk.frame, thunk.expr.span)));
        }
    }

    /// A builder that becomes a query.
    fn finished(&mut self, receiver: &'p Expr, thunk: Thunk<'p>) {
        let Some(built) = built::built(&mut self.evaluator, Thunk { expr: receiver, ..thunk }) else {
            return;
        };
        // `reqwest` and others have a `build` too.
        if !built.made.is_empty() {
            self.texts_built(built, thunk.frame, thunk.expr.span);
        }
    }

    /// A text that was put together; whether it was.
    fn put_together(&mut self, text: Thunk<'p>, at: Span) -> bool {
        match built::built(&mut self.evaluator, text) {
            Some(built) if built.variants.iter().any(|variant| !variant.pushes.is_empty()) => {
                self.texts_built(built, text.frame, at);
                true
            }
            _ => false,
        }
    }

    /// What all variants need that a database would run. Each push must be in one of these, else not all is known.
    fn texts_built(&mut self, built: Built, frame: FrameId, at: Span) {
        let mut open = built.lost;
        let mut needs = Needs::default();
        let several = built.variants.len() > 1;
        let mut known = std::collections::BTreeSet::new();
        let mut any = false;
        for variant in built.variants {
            let own = self.ground.statements.needs(sql::template(&variant.text));
            if own.parses && !own.is_wrong {
                any = true;
                known.extend(variant.pushes);
                needs.join(&own);
            } else {
                open.extend(variant.pushes);
            }
        }
        if !any || open.iter().any(|push| !known.contains(push)) {
            needs.problem("a text that is added to it does not make a statement");
        }
        let location = self.location(frame, at);
        let certainty = super::super::of_candidates(several).max(self.evaluator.frame(frame).certainty);
        let site = Site { location, certainty, via: &self.via };
        query::report(&needs, location, &mut self.findings);
        let found = query::of_needs(&needs, site);
        self.reached.note(found);
        self.followed.extend(built.made);
    }

    pub(super) fn statement(&mut self, text: Thunk<'p>, at: Span) {
        let texts = self.evaluator.texts(text);
        if texts.iter().any(|text| !text.is_known()) && self.put_together(text, at) {
            return;
        }
        self.texts(&texts, text.frame, at, Certainty::Proved);
    }

    /// What a statement with these texts needs.
    pub(super) fn texts(&mut self, texts: &[Text], frame: FrameId, at: Span, certainty: Certainty) {
        let certainty = certainty.max(self.evaluator.frame(frame).certainty);
        let site = Site { location: self.location(frame, at), certainty, via: &self.via };
        let found = query::accesses(texts, &self.ground.statements, site, &mut self.findings);
        self.reached.note(found);
    }
}

/// The text of the statement that a chain prepared.
fn prepared<'p>(chain: &Chain<'p>) -> Option<Thunk<'p>> {
    let call = chain.calls.iter().rev().find(|call| query::prepares(&call.method))?;
    call.args.first().copied()
}

/// Whether a chain is a query, which was met where it was made.
fn is_query(chain: &Chain<'_>) -> bool {
    match &chain.root {
        ChainRoot::Function { path, .. } => matches!(path.krate(), "sqlx" | "diesel" | "sea_orm"),
        ChainRoot::Typed(Ty::External(path, _)) => matches!(path.krate(), "sqlx" | "diesel" | "sea_orm"),
        _ => false,
    }
}

fn is_text(ty: &Ty) -> bool {
    match ty.peel() {
        Ty::External(path, _) => matches!(path.last(), "str" | "String"),
        _ => false,
    }
}
