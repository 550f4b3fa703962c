//! What all walks over a program's code need to know of it. Found out once, and changed by none of them.

use std::sync::Arc;

use super::credentials;
use super::leads::Leads;
use super::orm::Orm;
use super::query::Clients;
use super::schema::Schema;
use super::sdk;
use super::served::Served;
use super::sql::Statements;
use super::stored::{Callable, Stored};
use crate::ordered::{SharedMap, UnorderedSet};
use crate::resolve::{DefId, Program};
use crate::routes::{Elsewhere, RouteTable};
use crate::stack::beside;
use crate::syntax::ast::Expr;
use crate::values::{Evaluator, Index};

pub(super) struct Ground<'p> {
    pub(super) program: &'p Program,
    index: Arc<Index<'p>>,
    /// Functions from which something is reached.
    pub(super) leads: Leads<'p>,
    /// Whether the program depends on a crate of the SDK.
    pub(super) sends_requests: bool,
    /// Whether it makes clients with credentials of its own.
    pub(super) sets_credentials: bool,
    /// The crates with SQL that the program depends on.
    pub(super) clients: Clients,
    /// What is known of the statements that it runs.
    pub(super) statements: Statements<'p>,
    /// What it has of diesel and sea-orm.
    pub(super) orm: &'p Orm<'p>,
    pub(super) served: Served<'p>,
    pub(super) stored: Stored<'p>,
    pub(super) elsewhere: Elsewhere,
    /// By function: its expressions that can be an access or lead to one, as far as a walk has asked.
    code: SharedMap<DefId, Arc<[&'p Expr]>>,
    /// By the address of a call that fills a struct, in code that is given nothing: the variables with their defaults, where they are known.
    pub(super) fillings: SharedMap<usize, Option<Arc<Variables>>>,
}

/// Names of variables, each with its default where that is a literal.
pub(super) type Variables = [(String, Option<String>)];

impl<'p> Ground<'p> {
    pub(super) fn of(
        program: &'p Program,
        routes: &RouteTable,
        index: Index<'p>,
        schema: &'p Schema,
        orm: &'p Orm<'p>,
    ) -> Self {
        let index = Arc::new(index);
        let served = || Served::of(&mut Evaluator::new(program, index.clone()), routes);
        let (leads, served) = beside(|| Leads::of(program, orm), served);
        let mut ground = Self {
            program,
            leads,
            sends_requests: sdk::is_used(program),
            sets_credentials: sdk::is_used(program) && credentials::are_set(program),
            clients: Clients::of(program),
            statements: Statements::new(schema),
            orm,
            served,
            stored: Stored::default(),
            elsewhere: routes.elsewhere.clone(),
            code: SharedMap::default(),
            fillings: SharedMap::default(),
            index,
        };
        ground.put_aside(&UnorderedSet::default());
        ground
    }

    /// Looks for callables that are put aside. `unseen` are not: nothing was seen to call them.
    pub(super) fn put_aside(&mut self, unseen: &UnorderedSet<usize>) {
        self.code = SharedMap::default();
        self.stored = Stored::of(self.program, &self.leads, unseen);
        if !self.stored.is_empty() {
            self.leads.add_runners(&self.stored);
        }
    }

    /// A function's expressions that can be an access or lead to one, which `find` finds if no walk has asked before.
    pub(super) fn code(&self, owner: DefId, find: impl FnOnce() -> Vec<&'p Expr>) -> Arc<[&'p Expr]> {
        self.code.get_or_find(owner, |_| find().into())
    }

    /// An evaluator that has found out nothing yet.
    pub(super) fn evaluator(&self) -> Evaluator<'p> {
        Evaluator::new(self.program, self.index.clone())
    }

    /// Callables that are put aside, are no handlers, and that nothing ran: by their address.
    pub(super) fn never_run(&self, is_run: impl Fn(usize) -> bool) -> Vec<usize> {
        let stored = self.stored.all().iter();
        let never =
            stored.filter(|one| !is_run(one.address()) && !self.served.is_callable(self.program, one));
        never.map(Callable::address).collect()
    }
}
