//! Follows expressions to the statements that they build: through locals, parameters, results, branches and wrappers.
//!
//! Input: an expression in its call context. Output: a `Part`. What diesel's and sea-orm's methods mean is theirs (`diesel`, `entity`).
//! Where a local has several values the parts of all are joined: each is a way that the program can go.

use super::super::schema::Schema;
use super::Orm;
use super::names::{Made, Meaning};
use super::plain::writes_text;
use super::query::{Named, Part, Query, Row};
use super::tables::tokens;
use crate::ordered::UnorderedMap;
use crate::resolve::{DefId, DefKind, Namespace, Program, Res, Ty};
use crate::syntax::ast::{Block, Expr, ExprKind, ItemKind, MacroCall, Path, StmtKind};
use crate::syntax::{table, visit};
use crate::values::{Evaluator, FrameId, Thunk};

/// Deeper expressions are not followed.
const MAX_DEPTH: usize = 120;

/// What was found out about expressions, by address and context; most name nothing.
#[derive(Default)]
pub(in crate::access) struct Memo(UnorderedMap<(usize, FrameId), Option<Box<Part>>>);

/// Methods that give what they are called on.
const TRANSPARENT: &[&str] = &[
    "clone",
    "cloned",
    "copied",
    "to_owned",
    "into",
    "try_into",
    "as_ref",
    "as_mut",
    "as_deref",
    "borrow",
    "deref",
    "unwrap",
    "expect",
    "unwrap_or_default",
    "ok",
    "map_err",
    "inspect_err",
    "ok_or",
    "ok_or_else",
    "context",
    "with_context",
    "iter",
    "iter_mut",
    "into_iter",
    "collect",
    "to_vec",
    "rev",
    "as_slice",
    "flatten",
    "transpose",
    "instrument",
    "into_inner",
    "optional",
    "next",
    "first",
    "last",
    "pop",
    "take",
    "skip",
    "get",
    "drain",
    "boxed",
    "peekable",
    "unwrap_or_else",
    "into_boxed_slice",
    "chunks",
    "remove",
    "swap_remove",
    "in_current_span",
];

/// Types of the standard library that hold others.
const HOLDERS: &[&str] = &["Option", "Result", "Vec", "Box", "Arc", "Rc", "Pin", "VecDeque"];

/// Methods that give what their closure gives.
const MAPPING: &[&str] = &[
    "map",
    "and_then",
    "filter_map",
    "flat_map",
    "map_or",
    "map_or_else",
    "then",
    "unwrap_or_else",
    "fold",
    "or_else",
];

pub(super) struct Reader<'a, 'p> {
    pub(super) evaluator: &'a mut Evaluator<'p>,
    pub(super) orm: &'p Orm<'p>,
    pub(super) schema: &'a Schema,
    memo: &'a mut Memo,
    depth: usize,
}

impl<'a, 'p> Reader<'a, 'p> {
    pub(super) fn new(
        evaluator: &'a mut Evaluator<'p>,
        orm: &'p Orm<'p>,
        schema: &'a Schema,
        memo: &'a mut Memo,
    ) -> Self {
        Self { evaluator, orm, schema, memo, depth: 0 }
    }

    pub(super) fn program(&self) -> &'p Program {
        self.evaluator.program()
    }

    pub(super) fn owner(&self, frame: FrameId) -> DefId {
        self.evaluator.frame(frame).owner
    }

    /// What an expression is.
    pub(super) fn part(&mut self, expr: &'p Expr, frame: FrameId) -> Part {
        let key = (std::ptr::from_ref(expr).addr(), frame);
        if let Some(known) = self.memo.0.get(&key) {
            return known.as_deref().cloned().unwrap_or_default();
        }
        // Of what is asked for again on the way nothing is known yet.
        self.memo.0.insert(key, None);
        let part = self.followed(expr, frame);
        if !part.names_nothing() {
            self.memo.0.insert(key, Some(Box::new(part.clone())));
        }
        part
    }

    /// What an expression is on which a method is called. Nothing but that call asks for a link of a chain.
    fn link(&mut self, expr: &'p Expr, frame: FrameId) -> Part {
        match &expr.kind {
            ExprKind::MethodCall(_) => self.followed(expr, frame),
            _ => self.part(expr, frame),
        }
    }

    fn followed(&mut self, expr: &'p Expr, frame: FrameId) -> Part {
        if let Some(known) = self.of_static_type(expr, frame) {
            return known;
        }
        if self.depth > MAX_DEPTH || !self.evaluator.spend() {
            return Part::problem("it is too deep to be followed");
        }
        self.depth += 1;
        let part = self.of_kind(expr, frame);
        self.depth -= 1;
        part
    }

    pub(super) fn all(&mut self, exprs: impl IntoIterator<Item = &'p Expr>, frame: FrameId) -> Part {
        let mut all = Part::default();
        for expr in exprs {
            let part = self.part(expr, frame);
            all.join(part);
        }
        // Several columns beside each other are not one.
        all.column = None;
        all
    }

    fn of_kind(&mut self, expr: &'p Expr, frame: FrameId) -> Part {
        match &expr.kind {
            ExprKind::Path(path) => self.path(path, expr, frame),
            ExprKind::Ref(inner)
            | ExprKind::Deref(inner)
            | ExprKind::Await(inner)
            | ExprKind::Try(inner)
            | ExprKind::Unary(inner)
            | ExprKind::Cast { expr: inner, .. } => self.part(inner, frame),
            ExprKind::Block(block) | ExprKind::Unsafe(block) | ExprKind::Async { block } => {
                self.block(block, frame)
            }
            ExprKind::If { then, else_, .. } => {
                let mut part = self.block(then, frame);
                if let Some(else_) = else_ {
                    part.join(self.part(else_, frame));
                }
                part
            }
            ExprKind::Match { arms, .. } => {
                let mut all = Part::default();
                for arm in arms {
                    let part = self.part(&arm.body, frame);
                    all.join(part);
                }
                all
            }
            ExprKind::Tuple(elems) | ExprKind::Array(elems) => self.all(elems, frame),
            ExprKind::Binary { left, right, .. } => {
                let mut part = self.expression(left, frame);
                part.named.join(self.expression(right, frame).named);
                part
            }
            ExprKind::Closure(closure) => self.part(&closure.body, frame),
            ExprKind::Struct(literal) => self.literal(literal, frame),
            ExprKind::Call { callee, args } => self.call(callee, args, Thunk { expr, frame }),
            ExprKind::MethodCall(_) => self.method(Thunk { expr, frame }),
            ExprKind::Macro(call) => self.macro_call(call, frame),
            ExprKind::Field { base, name } => self.field(base, &name.name, frame),
            ExprKind::Index { base, .. } => Part { row: self.part(base, frame).row, ..Part::default() },
            _ => Part::default(),
        }
    }

    /// What an expression names; queries in it are subqueries.
    pub(super) fn expression(&mut self, expr: &'p Expr, frame: FrameId) -> Part {
        let named = self.part(expr, frame).into_expression(&self.orm.tables);
        Part { named, ..Part::default() }
    }

    pub(super) fn expressions(&mut self, exprs: impl IntoIterator<Item = &'p Expr>, frame: FrameId) -> Part {
        let mut all = Part::default();
        for expr in exprs {
            all.named.join(self.expression(expr, frame).named);
        }
        all
    }

    /// What the arguments of a clause name. A condition that names nothing was not understood.
    pub(super) fn clause(&mut self, name: &str, args: &'p [Expr], frame: FrameId) -> Named {
        let mut named = self.expressions(args, frame).named;
        let is_literal = |arg: &Expr| matches!(arg.kind, ExprKind::Lit(_));
        if name == "filter" && named == Named::default() && !args.iter().all(is_literal) {
            named.problem("what its condition reads is not known");
        }
        named
    }

    /// What the type of an expression says by itself.
    fn of_static_type(&self, expr: &Expr, frame: FrameId) -> Option<Part> {
        let ty = self.program().body(self.owner(frame))?.ty(expr.span);
        // The resolver takes a name that a macro makes for one that a glob of another crate brings.
        if super::head(expr).is_some_and(|path| self.meaning(path, frame).is_some()) {
            return None;
        }
        let args = &self.evaluator.frame(frame).type_args;
        if args.is_empty() { self.of_type(ty) } else { self.of_type(&ty.substitute(args)) }
    }

    fn of_type(&self, ty: &Ty) -> Option<Part> {
        match ty {
            Ty::Ref(inner) | Ty::Slice(inner) | Ty::Future(inner) => self.of_type(inner),
            Ty::Def(def, _) => match self.row_of(*def) {
                Some(row) => Some(Part::row(row)),
                None => self.is_plain(*def).then(Part::default),
            },
            Ty::Tuple(elems) => {
                let mut all = Part::default();
                for elem in elems {
                    all.join(self.of_type(elem)?);
                }
                Some(all)
            }
            Ty::External(path, args) => match (path.krate(), args.as_slice()) {
                // Of these the content is what counts, and it is not known.
                ("std", []) if HOLDERS.contains(&path.last()) => None,
                ("std", []) => Some(Part::default()),
                ("std", [first, ..]) => self.of_type(first),
                (krate, _) if super::is_family(krate) => None,
                _ => Some(Part::default()),
            },
            _ => None,
        }
    }

    /// The row that a struct of the program is.
    pub(super) fn row_of(&self, def: DefId) -> Option<Row> {
        let program = self.program();
        if let Some(entity) = self.orm.tables.entity_of_model(program, def) {
            return Some(Row::Model(entity));
        }
        self.orm.model(def).map(|_| Row::Struct(def))
    }

    fn is_plain(&self, def: DefId) -> bool {
        self.orm.plain.is_plain(self.program(), def, &|def| self.row_of(def).is_some())
    }

    fn block(&mut self, block: &'p Block, frame: FrameId) -> Part {
        match block.stmts.last().map(|stmt| &stmt.kind) {
            Some(StmtKind::Expr { expr, semi: false }) => self.part(expr, frame),
            _ => Part::default(),
        }
    }

    /// What functions give that were entered.
    pub(super) fn results(&mut self, targets: &[FrameId]) -> Part {
        let mut all = Part::default();
        for &frame in targets {
            let Some(block) = self.program().func(self.owner(frame)).and_then(|func| func.block()) else {
                continue;
            };
            all.join(self.block(block, frame));
            let mut returns = Vec::new();
            visit::exprs_in_block_while(block, &mut |expr| {
                if let ExprKind::Return(Some(value)) = &expr.kind {
                    returns.push(&**value);
                }
                !matches!(expr.kind, ExprKind::Closure(_))
            });
            for value in returns {
                all.join(self.part(value, frame));
            }
        }
        all
    }

    /// What a path of names means among what macros make.
    pub(super) fn meaning(&self, path: &Path, frame: FrameId) -> Option<Meaning> {
        let owner = self.owner(frame);
        self.orm.names.path(&self.orm.tables, path, self.program().def(owner).module, Some(owner))
    }

    pub(super) fn resolve(&self, path: &Path, namespace: Namespace, frame: FrameId) -> Option<Res> {
        let owner = self.owner(frame);
        self.program().resolve_ast_path(path, namespace, self.program().def(owner).module, Some(owner))
    }

    fn path(&mut self, path: &'p Path, expr: &'p Expr, frame: FrameId) -> Part {
        if let Some(name) = path.as_ident() {
            if name == "self" {
                return self.receiver(expr, frame);
            }
            if let Some(ty) = self.evaluator.written_type(name, expr.span, frame) {
                return self.local(name, ty, expr, frame);
            }
        }
        if let Some((made, rest)) = self.meaning(path, frame) {
            return if rest.is_empty() { self.of_made(made) } else { self.unknown_name(&made) };
        }
        match self.resolve(path, Namespace::Values, frame) {
            Some(Res::Def(def)) => match &self.program().def(def).item.kind {
                ItemKind::Const { expr: Some(value), .. } | ItemKind::Static { expr: Some(value), .. } => {
                    let frame = self.evaluator.root(def, None);
                    self.part(value.get(), frame)
                }
                _ => Part::default(),
            },
            _ => Part::default(),
        }
    }

    fn unknown_name(&self, made: &Made) -> Part {
        match made {
            Made::Columns(table) => {
                Part::problem(format!("a column of `{}` is not known", self.orm.tables.get(*table).name))
            }
            _ => Part::default(),
        }
    }

    pub(super) fn of_made(&self, made: Made) -> Part {
        match made {
            Made::Table(table) => Part::query(Query::bare(table)),
            Made::Column(table, column) => {
                let named = Named::column(table, &column);
                Part { named, column: Some((table, column)), ..Part::default() }
            }
            Made::AllColumns(table) => {
                let mut part = Part::default();
                part.named.read(table, self.orm.tables.get(table).all());
                part
            }
            Made::ActiveModel(entity) => Part::row(super::rows::unknown(entity)),
            Made::Model(entity) => Part::row(Row::Model(entity)),
            Made::Module(_) | Made::Columns(_) => Part::default(),
        }
    }

    fn macro_call(&mut self, call: &'p MacroCall, frame: FrameId) -> Part {
        if call.path.last().ident.name == "alias" {
            return self.alias(call, None, frame);
        }
        self.all(call.args.iter().map(|arg| &arg.expr), frame)
    }

    /// `alias!(users as other)`; one of several where a place among them is given.
    pub(super) fn alias(&mut self, call: &MacroCall, element: Option<usize>, frame: FrameId) -> Part {
        let def = self.program().def(self.owner(frame));
        let named = table::aliased(tokens(self.program(), def, call)).unwrap_or_default();
        let wanted = match (element, named.as_slice()) {
            (Some(at), all) => all.get(at),
            (None, [only]) => Some(only),
            _ => None,
        };
        let found =
            wanted.and_then(|path| self.orm.names.names(&self.orm.tables, path, def.module, Some(def.id)));
        match found {
            Some((Made::Module(table) | Made::Table(table), _)) => Part::query(Query::bare(table)),
            _ => Part::problem("an alias is of a table that is not known"),
        }
    }

    fn field(&mut self, base: &'p Expr, name: &str, frame: FrameId) -> Part {
        if let ExprKind::Path(path) = &base.kind
            && let Some((Made::Columns(table), _)) = self.meaning(path, frame)
        {
            return match self.orm.tables.get(table).column(name) {
                Some(column) => self.of_made(Made::Column(table, column.to_string())),
                None => self.unknown_name(&Made::Columns(table)),
            };
        }
        // A field of a row is a value; one of a wrapper may be the query in it.
        let part = self.part(base, frame);
        if part.row.is_some() {
            Part::default()
        } else {
            Part { queries: part.queries, named: part.named, ..Part::default() }
        }
    }

    fn literal(&mut self, literal: &'p crate::syntax::ast::StructLit, frame: FrameId) -> Part {
        match self.meaning(&literal.path, frame) {
            Some((Made::ActiveModel(entity), _)) => return self.active_literal(entity, literal, frame),
            Some((Made::Model(entity), _)) => return Part::row(Row::Model(entity)),
            _ => {}
        }
        let def = match self.resolve(&literal.path, Namespace::Types, frame) {
            Some(Res::Def(def)) => Some(def),
            _ => None,
        };
        if let Some(row) = def.and_then(|def| self.row_of(def)) {
            return Part::row(row);
        }
        let mut part = self.all(literal.fields.iter().map(|field| &field.expr), frame);
        if let Some(rest) = &literal.rest {
            part.join(self.part(rest, frame));
        }
        if let Some(def) = def.filter(|&def| writes_text(self.program(), def)) {
            part.named.problem(format!("`{}` writes text of its own into it", self.program().def(def).name));
        }
        part
    }

    fn call(&mut self, callee: &'p Expr, args: &'p [Expr], thunk: Thunk<'p>) -> Part {
        let frame = thunk.frame;
        // Errors hold no statement.
        if matches!(&callee.kind, ExprKind::Path(path) if path.as_ident().is_some_and(|name| name == "Err")) {
            return Part::default();
        }
        let targets = self.evaluator.targets(thunk);
        if !targets.is_empty() {
            return self.results(&targets);
        }
        let ExprKind::Path(path) = &callee.kind else {
            let mut part = self.part(callee, frame);
            part.named.join(self.expressions(args, frame).named);
            return part;
        };
        if let Some(name) = path.as_ident()
            && self.evaluator.written_type(name, callee.span, frame).is_some()
        {
            return self.part(callee, frame);
        }
        if let Some((made, rest)) = self.meaning(path, frame)
            && let [function] = rest.as_slice()
        {
            return self.function_of_made(&made, function, args, frame);
        }
        if let Some(part) = self.function_of_model(path, args, frame) {
            return part;
        }
        let res = self.resolve(path, Namespace::Values, frame);
        if let Some(Res::Def(def)) = res {
            return match self.program().def(def).kind {
                DefKind::Fn | DefKind::Method => {
                    let entered = self.evaluator.root(def, None);
                    self.results(&[entered])
                }
                _ => {
                    let mut part = self.all(args, frame);
                    if writes_text(self.program(), def) {
                        part.named.problem(format!(
                            "`{}` writes text of its own into it",
                            self.program().def(def).name
                        ));
                    }
                    part
                }
            };
        }
        let external = match &res {
            Some(Res::External(path)) => Some(path),
            _ => None,
        };
        if let Some(part) = self.function(path, external, args, frame) {
            return part;
        }
        let name = &path.last().ident.name;
        let holds = name.starts_with(char::is_uppercase)
            || matches!(name.as_str(), "new" | "from" | "pin" | "once" | "from_iter");
        let mut part = if holds { self.all(args, frame) } else { self.expressions(args, frame) };
        if self.schema.functions.contains(name.as_str()) {
            part.named.problem(format!(
                "it calls the function `{name}`, which may do more than the statement says"
            ));
        }
        part
    }

    fn method(&mut self, thunk: Thunk<'p>) -> Part {
        let (ExprKind::MethodCall(call), frame) = (&thunk.expr.kind, thunk.frame) else {
            return Part::default();
        };
        let name = call.method.name.as_str();
        let targets = self.evaluator.targets(thunk);
        if !targets.is_empty() {
            return self.results(&targets);
        }
        let receiver = self.link(&call.receiver, frame);
        if super::runs(call) && !receiver.queries.is_empty() {
            return self.rows(&receiver, name);
        }
        if !receiver.queries.is_empty() {
            let tables = &self.orm.tables;
            let is_entity =
                |query: &Query| query.sources.first().is_some_and(|&table| tables.get(table).is_entity);
            return if receiver.queries.iter().any(is_entity) {
                self.entity_method(receiver, call, frame)
            } else {
                self.diesel_method(receiver, call, frame)
            };
        }
        if let Some(part) = self.row_method(&receiver, call, frame) {
            return part;
        }
        if MAPPING.contains(&name)
            && let Some(closure) = call.args.iter().find(|arg| matches!(arg.kind, ExprKind::Closure(_)))
        {
            return self.part(closure, frame);
        }
        if name == "map" || TRANSPARENT.contains(&name) {
            return receiver;
        }
        if name == "chain" || name == "extend" {
            let mut part = receiver;
            part.join(self.all(&call.args, frame));
            return part;
        }
        if let Some(part) = self.conflict_method(&receiver, call, frame) {
            return part;
        }
        if name == "eq"
            && let Some((_, column)) = &receiver.column
        {
            let value = self.expressions(&call.args, frame);
            let mut part = Part { named: receiver.named.clone(), ..Part::default() };
            part.named.join(value.named.clone());
            let columns = std::collections::BTreeSet::from([column.clone()]);
            part.given = Some(super::query::Given { columns, named: value.named, ..Default::default() });
            return part;
        }
        let mut part = Part { is_text: receiver.is_text, ..Part::default() };
        part.named = receiver.into_expression(&self.orm.tables);
        part.named.join(self.expressions(&call.args, frame).named);
        part
    }
}
