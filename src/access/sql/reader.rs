//! Queries and expressions: a walk that knows at each place which relations are in scope.

use sqlparser::ast::{
    Cte, Distinct, Expr, GroupByExpr, Join, JoinConstraint, JoinOperator, LimitClause, LockClause, OrderBy,
    OrderByKind, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, TableAlias,
    TableFactor, TableWithJoins, Value, With,
};

use super::super::schema::Schema;
use super::scope::{Has, Outputs, Relation, Scopes};
use super::template::has_mark;
use super::{Columns, Needs, Verb, folded, name, statement};

pub(super) struct Reader<'s> {
    pub(super) schema: &'s Schema,
    pub(super) needs: &'s mut Needs,
    pub(super) scopes: Scopes,
    /// Names of `WITH` in scope, with their columns.
    ctes: Vec<(String, Outputs)>,
}

/// What a name of the query's own list stands for.
type Alias = (String, bool);

impl<'s> Reader<'s> {
    pub(super) fn new(schema: &'s Schema, needs: &'s mut Needs) -> Self {
        Self { schema, needs, scopes: Scopes::default(), ctes: Vec::new() }
    }

    pub(super) fn query(&mut self, query: &Query) -> Outputs {
        self.query_with_tables(query).0
    }

    /// Names of a query's columns, and the tables of its `FROM`.
    fn query_with_tables(&mut self, query: &Query) -> (Outputs, Vec<String>) {
        let ctes = self.ctes.len();
        self.with(query.with.as_ref());
        self.scopes.0.push(Vec::new());
        let outputs = self.body(&query.body, query.order_by.as_ref());
        let from = self.scopes.0.last().cloned().unwrap_or_default();
        self.locks(&query.locks, &from);
        // What is left sees no column.
        self.scopes.0.pop();
        match &query.limit_clause {
            Some(LimitClause::LimitOffset { limit, offset, limit_by }) => {
                let offset = offset.iter().map(|offset| &offset.value);
                limit.iter().chain(offset).chain(limit_by).for_each(|expr| self.expr(expr));
            }
            Some(LimitClause::OffsetCommaLimit { offset, limit }) => {
                self.expr(offset);
                self.expr(limit);
            }
            None => {}
        }
        if !query.pipe_operators.is_empty() {
            self.needs.problem("it has a clause that is not known here");
        }
        self.ctes.truncate(ctes);
        let tables = from.into_iter().flat_map(|relation| relation.table.into_iter().chain(relation.behind));
        (outputs, tables.collect())
    }

    pub(super) fn with(&mut self, with: Option<&With>) {
        let Some(with) = with else { return };
        if with.recursive {
            for cte in &with.cte_tables {
                self.ctes.push((folded(&cte.alias.name), outputs_of_recursive(cte)));
            }
        }
        for cte in &with.cte_tables {
            let outputs = self.query(&cte.query);
            let outputs = renamed(outputs, Some(&cte.alias));
            self.ctes.push((folded(&cte.alias.name), outputs));
        }
    }

    /// A query's body; its relations stay in the innermost scope.
    fn body(&mut self, body: &SetExpr, order_by: Option<&OrderBy>) -> Outputs {
        match body {
            SetExpr::Select(select) => self.select(select, order_by),
            SetExpr::Query(query) => {
                let (outputs, tables) = self.query_with_tables(query);
                self.keep_tables(tables);
                self.order(
                    order_by,
                    &outputs.iter().flatten().map(|name| (name.clone(), true)).collect::<Vec<_>>(),
                );
                outputs
            }
            SetExpr::SetOperation { left, right, .. } => {
                let outputs = self.part(left);
                self.part(right);
                // The whole can be ordered by names of its columns only.
                self.order_whole(order_by);
                outputs
            }
            SetExpr::Values(values) => {
                values.rows.iter().flat_map(|row| &row.content).for_each(|expr| self.expr(expr));
                self.order_whole(order_by);
                let columns = values.rows.first().map_or(0, |row| row.content.len());
                Some((1..=columns).map(|at| format!("column{at}")).collect())
            }
            SetExpr::Insert(inner)
            | SetExpr::Update(inner)
            | SetExpr::Delete(inner)
            | SetExpr::Merge(inner) => statement::written(self, inner),
            SetExpr::Table(table) => {
                let mut parts: Vec<&str> = table.schema_name.iter().map(String::as_str).collect();
                parts.extend(table.table_name.iter().map(String::as_str));
                let table = parts.join(".").to_lowercase();
                let relation = self.named(&table, None);
                if let Some(table) = &relation.table {
                    self.needs.add(Verb::Select, table, Columns::All, false);
                }
                relation.outputs
            }
        }
    }

    /// One side of a set operation, with a scope of its own.
    fn part(&mut self, body: &SetExpr) -> Outputs {
        self.scopes.0.push(Vec::new());
        let outputs = self.body(body, None);
        let own = self.scopes.0.pop().unwrap_or_default();
        self.keep_tables(own.into_iter().flat_map(|own| own.table.into_iter().chain(own.behind)).collect());
        outputs
    }

    /// Keeps tables behind the innermost scope for `FOR UPDATE`, without names.
    fn keep_tables(&mut self, behind: Vec<String>) {
        if let Some(scope) = self.scopes.0.last_mut() {
            scope.push(Relation { behind, outputs: Some(Vec::new()), ..Relation::default() });
        }
    }

    fn select(&mut self, select: &Select, order_by: Option<&OrderBy>) -> Outputs {
        self.from(&select.from);
        if select.into.is_some() {
            self.needs.problem("it makes a table");
            self.needs.changes_schema = true;
        }
        if let Some(Distinct::On(exprs)) = &select.distinct {
            exprs.iter().for_each(|expr| self.expr(expr));
        }
        let outputs = self.items(&select.projection);
        for expr in
            select.selection.iter().chain(&select.having).chain(&select.qualify).chain(&select.prewhere)
        {
            self.condition(expr);
        }
        // `GROUP BY` means a column before it means a name of the list, `ORDER BY` the other way round.
        let aliases = aliases(&select.projection);
        if let GroupByExpr::Expressions(exprs, _) = &select.group_by {
            for expr in exprs {
                match expr {
                    Expr::Identifier(ident) if self.is_output_only(&folded(ident), &aliases) => {}
                    _ => self.place(expr),
                }
            }
        }
        for window in &select.named_window {
            self.visit(window);
        }
        self.order(order_by, &aliases);
        for other in select.lateral_views.iter().map(|view| &view.lateral_view) {
            self.expr(other);
        }
        outputs
    }

    /// Whether a name of `GROUP BY` can only be one that the list gives.
    fn is_output_only(&self, column: &str, aliases: &[Alias]) -> bool {
        let Some((_, is_column)) = aliases.iter().find(|(name, _)| name == column) else { return false };
        let of_from =
            self.scopes.0.last().into_iter().flatten().any(|relation| relation.has(column) == Has::Yes);
        // `SELECT a.x .. GROUP BY x`: what is meant was read already.
        *is_column || !of_from
    }

    fn order(&mut self, order_by: Option<&OrderBy>, aliases: &[Alias]) {
        let Some(OrderBy { kind: OrderByKind::Expressions(exprs), .. }) = order_by else { return };
        for expr in exprs.iter().map(|order| &order.expr) {
            match expr {
                Expr::Identifier(ident) if aliases.iter().any(|(name, _)| *name == folded(ident)) => {}
                _ => self.place(expr),
            }
        }
    }

    /// The order of a set operation can only name what it gives.
    fn order_whole(&mut self, order_by: Option<&OrderBy>) {
        let Some(OrderBy { kind: OrderByKind::Expressions(exprs), .. }) = order_by else { return };
        for expr in exprs.iter().map(|order| &order.expr) {
            if !matches!(expr, Expr::Identifier(_)) {
                self.place(expr);
            }
        }
    }

    /// An expression where a number means a column: what is computed at run time there is no value.
    fn place(&mut self, expr: &Expr) {
        if is_mark(expr) {
            return self.run_time();
        }
        self.expr(expr);
    }

    /// An expression that holds or not: what is computed at run time there is no value.
    pub(super) fn condition(&mut self, expr: &Expr) {
        let mut at = expr;
        while let Expr::Nested(inner) = at {
            at = inner;
        }
        if is_mark(at) {
            return self.run_time();
        }
        self.expr(expr);
    }

    pub(super) fn run_time(&mut self) {
        self.needs.problem("a part of it that is not a value is computed at run time");
    }

    /// The list of a `SELECT` or `RETURNING`.
    pub(super) fn items(&mut self, items: &[SelectItem]) -> Outputs {
        let mut outputs = Some(Vec::new());
        for item in items {
            let own: Outputs = match item {
                SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                    self.place(expr);
                    output(item).map(|name| vec![name])
                }
                SelectItem::ExprWithAliases { expr, aliases } => {
                    self.place(expr);
                    Some(aliases.iter().map(folded).collect())
                }
                SelectItem::Wildcard(_) => {
                    let scope = self.scopes.0.len() - 1;
                    self.rows((0..self.scopes.0[scope].len()).map(|at| (scope, at)).collect())
                }
                SelectItem::QualifiedWildcard(kind, _) => self.qualified_star(kind),
            };
            outputs = outputs.zip(own).map(|(mut all, own)| {
                all.extend(own);
                all
            });
        }
        outputs
    }

    fn qualified_star(&mut self, kind: &SelectItemQualifiedWildcardKind) -> Outputs {
        match kind {
            SelectItemQualifiedWildcardKind::ObjectName(of) => match self.scopes.qualified(&name(of)) {
                Some(at) => self.rows(vec![at]),
                None => {
                    self.nothing(&of.to_string());
                    None
                }
            },
            SelectItemQualifiedWildcardKind::Expr(expr) => {
                self.expr(expr);
                None
            }
        }
    }

    /// All columns of relations.
    fn rows(&mut self, all: Vec<(usize, usize)>) -> Outputs {
        let mut outputs = Some(Vec::new());
        for at in all {
            let relation = self.scopes.relation(at).clone();
            if relation.is_merged {
                // Columns that are one are given once.
                outputs = None;
            }
            if relation.is_excluded || relation.is_merged {
                continue;
            }
            self.read(&relation, Columns::All);
            outputs = outputs.zip(relation.outputs).map(|(mut all, own)| {
                all.extend(own);
                all
            });
        }
        outputs
    }

    pub(super) fn read(&mut self, relation: &Relation, columns: Columns) {
        if let Some(table) = &relation.table {
            self.needs.add(Verb::Select, table, columns, relation.is_target || relation.is_excluded);
        }
    }

    fn locks(&mut self, locks: &[LockClause], from: &[Relation]) {
        for lock in locks {
            let of = lock.of.as_ref().map(name);
            for relation in from.iter().filter(|relation| of.as_ref().is_none_or(|of| relation.is_called(of)))
            {
                for table in relation.table.iter().chain(&relation.behind) {
                    self.needs.add(Verb::LockRows, table, Columns::none(), false);
                }
            }
        }
    }

    /// Adds the relations of a `FROM` to the innermost scope.
    pub(super) fn from(&mut self, from: &[TableWithJoins]) {
        for TableWithJoins { relation, joins } in from {
            let start = self.scopes.0.last().map_or(0, Vec::len);
            self.factor(relation);
            for join in joins {
                self.join(join, start);
            }
        }
    }

    pub(super) fn join(&mut self, join: &Join, start: usize) {
        let scope = self.scopes.0.len() - 1;
        let right = self.scopes.0[scope].len();
        self.factor(&join.relation);
        let Some(constraint) = constraint(&join.join_operator) else {
            return self.needs.problem("it has a join that is not known here");
        };
        match constraint {
            JoinConstraint::On(expr) => self.condition(expr),
            JoinConstraint::Using(columns) => {
                let end = self.scopes.0[scope].len();
                for column in columns.iter().map(name) {
                    self.one_of(scope, start..right, &column);
                    self.one_of(scope, right..end, &column);
                }
                let outputs = Some(columns.iter().map(name).collect());
                self.scopes.0[scope].push(Relation { is_merged: true, outputs, ..Relation::default() });
            }
            JoinConstraint::Natural => self.natural(scope, start, right),
            JoinConstraint::None => {}
        }
    }

    /// A column of one of these relations.
    fn one_of(&mut self, scope: usize, among: std::ops::Range<usize>, column: &str) {
        let with = |has: Has| {
            let found = among.clone().map(|at| (scope, at));
            found.filter(|at| self.scopes.relation(*at).has(column) == has).collect::<Vec<_>>()
        };
        let (has, may) = (with(Has::Yes), with(Has::Maybe));
        match (has.as_slice(), may.as_slice()) {
            ([], []) => self.missing(column),
            ([], [one]) => self.read(&self.scopes.relation(*one).clone(), Columns::one(column)),
            ([], several) => {
                for &at in several {
                    self.read(&self.scopes.relation(at).clone(), Columns::Unknown);
                }
            }
            // Of a join by `USING` before, both have it.
            (some, _) => {
                for &at in some {
                    self.read(&self.scopes.relation(at).clone(), Columns::one(column));
                }
            }
        }
    }

    /// `NATURAL JOIN` compares what both sides have.
    fn natural(&mut self, scope: usize, start: usize, right: usize) {
        let all = self.scopes.0[scope][start..].to_vec();
        let (left, right) = all.split_at(right - start);
        let names = |side: &[Relation]| {
            let lists = side.iter().map(|relation| relation.outputs.clone());
            lists.collect::<Option<Vec<_>>>().map(|lists| lists.concat())
        };
        match names(left).zip(names(right)) {
            None => all.iter().for_each(|relation| self.read(relation, Columns::Unknown)),
            Some((left, right)) => {
                for column in left.iter().filter(|column| right.contains(column)) {
                    for relation in all.iter().filter(|relation| relation.has(column) == Has::Yes) {
                        self.read(relation, Columns::one(column));
                    }
                }
            }
        }
    }

    fn factor(&mut self, factor: &TableFactor) {
        let relation = match factor {
            TableFactor::Table { name: of, alias, args: None, .. } => {
                let relation = self.named(&name(of), alias.as_ref());
                // A table is read as soon as it is named, if only for how many rows it has.
                self.read(&relation, Columns::none());
                relation
            }
            TableFactor::Table { name: of, alias, args: Some(args), .. } => {
                args.args.iter().for_each(|arg| self.visit(arg));
                self.call(&name(of));
                of_function(&name(of), alias.as_ref())
            }
            TableFactor::Function { name: of, args, alias, .. } => {
                args.iter().for_each(|arg| self.visit(arg));
                self.call(&name(of));
                of_function(&name(of), alias.as_ref())
            }
            TableFactor::TableFunction { expr, alias } => {
                self.expr(expr);
                of_function("", alias.as_ref())
            }
            TableFactor::UNNEST { alias, array_exprs, .. } => {
                array_exprs.iter().for_each(|expr| self.expr(expr));
                of_function("unnest", alias.as_ref())
            }
            TableFactor::Derived { subquery, alias, lateral, .. } => {
                // Only `LATERAL` sees what stands before it.
                let scope = self.scopes.0.len() - 1;
                let before = if *lateral { Vec::new() } else { std::mem::take(&mut self.scopes.0[scope]) };
                let (outputs, behind) = self.query_with_tables(subquery);
                if !*lateral {
                    self.scopes.0[scope] = before;
                }
                Relation {
                    alias: alias.as_ref().map(|alias| folded(&alias.name)),
                    outputs: renamed(outputs, alias.as_ref()),
                    behind,
                    ..Relation::default()
                }
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                return self.from(std::slice::from_ref(table_with_joins));
            }
            _ => {
                self.needs.problem("it reads from something that is not known here");
                Relation::default()
            }
        };
        if let Some(scope) = self.scopes.0.last_mut() {
            scope.push(relation);
        }
    }

    /// A name of `WITH`, or a table.
    pub(super) fn named(&mut self, table: &str, alias: Option<&TableAlias>) -> Relation {
        let shown = alias.map(|alias| folded(&alias.name));
        if let Some((_, outputs)) = self.ctes.iter().rev().find(|(name, _)| name == table) {
            let outputs = renamed(outputs.clone(), alias);
            return Relation {
                alias: Some(shown.unwrap_or_else(|| table.to_string())),
                outputs,
                ..Relation::default()
            };
        }
        if alias.is_some_and(|alias| !alias.columns.is_empty()) {
            self.needs.problem("it gives columns of a table other names");
        }
        Relation::table(table, shown, self.schema)
    }

    pub(super) fn expr(&mut self, expr: &Expr) {
        self.visit(expr);
    }
}

/// Columns of a name of `WITH RECURSIVE` as it names itself: from its list, or from its first part.
fn outputs_of_recursive(cte: &Cte) -> Outputs {
    if !cte.alias.columns.is_empty() {
        return renamed(None, Some(&cte.alias));
    }
    let mut body = &*cte.query.body;
    while let SetExpr::SetOperation { left, .. } = body {
        body = left;
    }
    let SetExpr::Select(select) = body else { return None };
    select.projection.iter().map(output).collect()
}

/// What a function in a `FROM` gives.
fn of_function(of: &str, alias: Option<&TableAlias>) -> Relation {
    let bare = of.rsplit('.').next().unwrap_or(of);
    let shown = alias.map_or_else(|| bare.to_string(), |alias| folded(&alias.name));
    let columns = alias.map(|alias| &alias.columns).filter(|columns| !columns.is_empty());
    let outputs = match columns {
        Some(columns) => Some(columns.iter().map(|column| folded(&column.name)).collect()),
        // What these give is called by the alias, or so.
        None if PLAIN.contains(&bare) => {
            let names = ["value", "key", "ordinality", bare];
            Some(names.into_iter().map(str::to_string).chain([shown.clone()]).collect())
        }
        None => None,
    };
    Relation { alias: Some(shown), outputs, ..Relation::default() }
}

/// What a join compares; `None` for joins of other databases.
fn constraint(join: &JoinOperator) -> Option<&JoinConstraint> {
    match join {
        JoinOperator::Join(on)
        | JoinOperator::Inner(on)
        | JoinOperator::Left(on)
        | JoinOperator::LeftOuter(on)
        | JoinOperator::Right(on)
        | JoinOperator::RightOuter(on)
        | JoinOperator::FullOuter(on)
        | JoinOperator::CrossJoin(on)
        | JoinOperator::StraightJoin(on) => Some(on),
        _ => None,
    }
}

/// Functions that give rows of one plain value.
const PLAIN: &[&str] = &[
    "generate_series",
    "unnest",
    "json_array_elements",
    "jsonb_array_elements",
    "json_array_elements_text",
    "jsonb_array_elements_text",
    "json_each",
    "jsonb_each",
    "json_each_text",
    "jsonb_each_text",
    "json_object_keys",
    "jsonb_object_keys",
    "regexp_split_to_table",
    "regexp_matches",
    "string_to_table",
];

/// Whether an expression is computed at run time.
pub(super) fn is_mark(expr: &Expr) -> bool {
    match expr {
        Expr::Value(value) => matches!(&value.value, Value::Number(text, _) if has_mark(text)),
        Expr::Nested(inner) => is_mark(inner),
        _ => false,
    }
}

/// Names that the list gives, and whether each is a column of the same name.
fn aliases(items: &[SelectItem]) -> Vec<Alias> {
    let one = |item: &SelectItem| match item {
        SelectItem::ExprWithAlias { expr, alias } => {
            let own = folded(alias);
            let is_column = match expr {
                Expr::Identifier(ident) => folded(ident) == own,
                Expr::CompoundIdentifier(parts) => parts.last().is_some_and(|last| folded(last) == own),
                _ => false,
            };
            Some((own, is_column))
        }
        SelectItem::UnnamedExpr(expr @ (Expr::Identifier(_) | Expr::CompoundIdentifier(_))) => {
            Some((name_of(expr), true))
        }
        SelectItem::UnnamedExpr(expr) => Some((name_of(expr), false)),
        _ => None,
    };
    items.iter().filter_map(one).collect()
}

/// The name of a column that an item gives; `None` for `*`.
fn output(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::UnnamedExpr(expr) => Some(name_of(expr)),
        SelectItem::ExprWithAlias { alias, .. } => Some(folded(alias)),
        _ => None,
    }
}

fn name_of(expr: &Expr) -> String {
    match expr {
        Expr::Identifier(ident) => folded(ident),
        Expr::CompoundIdentifier(parts) => parts.last().map(folded).unwrap_or_default(),
        Expr::Function(function) => name(&function.name),
        Expr::Cast { expr, .. } | Expr::Nested(expr) | Expr::Collate { expr, .. } => name_of(expr),
        Expr::Exists { .. } => "exists".to_string(),
        Expr::Case { .. } => "case".to_string(),
        _ => "?column?".to_string(),
    }
}

/// Column names with those that an alias gives in front.
fn renamed(outputs: Outputs, alias: Option<&TableAlias>) -> Outputs {
    let given: Vec<String> =
        alias.iter().flat_map(|alias| &alias.columns).map(|column| folded(&column.name)).collect();
    match outputs {
        Some(mut names) => {
            for (at, name) in given.into_iter().enumerate() {
                match names.get_mut(at) {
                    Some(old) => *old = name,
                    None => names.push(name),
                }
            }
            Some(names)
        }
        None if given.is_empty() => None,
        None => Some(given),
    }
}
