//! Statements and what they need, without and with a schema.

use super::*;

const SCHEMA: &str = "CREATE TABLE users (id bigserial PRIMARY KEY, email text UNIQUE, name text, created_at timestamptz);
    CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint, total int, note text,
        CONSTRAINT once UNIQUE (user_id, total));
    CREATE FUNCTION audit() RETURNS void LANGUAGE sql AS 'DELETE FROM log';";

fn shown(text: &str, schema: &Schema) -> String {
    let needs = needs(text, schema);
    let mut lines: Vec<String> = needs
        .all
        .iter()
        .map(|need| {
            let columns = match &need.columns {
                _ if !need.verb.has_columns() => String::new(),
                Columns::All => "(*)".to_string(),
                Columns::Unknown => "(?)".to_string(),
                Columns::Some(names) => {
                    format!("({})", names.iter().map(String::as_str).collect::<Vec<_>>().join(" "))
                }
            };
            let implied = if need.implied { "?" } else { "" };
            format!("{} {}{columns}{implied}", need.verb.as_str(), need.name)
        })
        .collect();
    lines.extend(needs.problems.iter().map(|problem| format!("problem: {problem}")));
    if needs.changes_schema {
        lines.push("changes the schema".to_string());
    }
    lines.join(", ")
}

/// Without a schema.
#[track_caller]
fn check(text: &str, expect: &str) {
    assert_eq!(shown(text, &Schema::default()), expect);
}

/// With the schema above.
#[track_caller]
fn check_with(text: &str, expect: &str) {
    let mut schema = Schema::default();
    schema.apply(SCHEMA);
    assert_eq!(shown(text, &schema), expect);
}

#[test]
fn reads_count_joins_and_subqueries_but_not_names_of_with() {
    check(
        "SELECT * FROM Users u JOIN orders o ON o.user_id = u.id WHERE u.id = $1",
        "Select users(*), Select orders(*)",
    );
    check("WITH recent AS (SELECT id FROM orders) SELECT * FROM recent", "Select orders(id)");
    check("SELECT 1 WHERE EXISTS (SELECT 1 FROM shop.\"Items\")", "Select shop.Items()");
    check("SELECT a FROM public.t", "Select t(a)");
}

#[test]
fn settings_of_sqlite_need_nothing() {
    check("PRAGMA journal_mode = WAL", "");
    check("pragma foreign_keys = ON; PRAGMA busy_timeout = 5000;", "");
    check("PRAGMA a = B; SELECT FROM WHERE", "problem: its text does not parse");
}

#[test]
fn writes_imply_a_select_where_they_look() {
    check("INSERT INTO users (id) VALUES ($1)", "Insert users(id)");
    check("INSERT INTO users (id) VALUES ($1) RETURNING id", "Insert users(id), Select users(id)?");
    check("INSERT INTO a (x) SELECT x FROM b", "Select b(x), Insert a(x)");
    check(
        "INSERT INTO a (x, y) VALUES (1, 2) ON CONFLICT (x) DO UPDATE SET y = excluded.y WHERE a.z > 1",
        "Insert a(x y), Select a(x y z)?, Update a(y)",
    );
    check("INSERT INTO a (x) VALUES (1) ON CONFLICT (x) DO NOTHING", "Insert a(x), Select a(x)?");
    check("INSERT INTO a (x) VALUES (1) ON CONFLICT DO NOTHING", "Insert a(x)");
    check("UPDATE a SET x = 1", "Update a(x)");
    check("UPDATE a SET x = y + 1", "Update a(x), Select a(y)?");
    check("UPDATE a SET (x, y) = (1, 2) WHERE id = $1", "Update a(x y), Select a(id)?");
    check("DELETE FROM a WHERE id IN (SELECT id FROM b)", "Delete a, Select a(id)?, Select b(id)");
    check("DELETE FROM a", "Delete a");
    check("DELETE FROM a WHERE id IN (SELECT max(id) FROM a)", "Delete a, Select a(id)");
}

#[test]
fn columns_go_to_their_tables() {
    check(
        "SELECT u.id, o.total FROM users u, orders o WHERE u.id = o.user_id",
        "Select users(id), Select orders(total user_id)",
    );
    // Without a schema an unqualified name may be of either.
    check("SELECT total FROM users u, orders o", "Select users(?), Select orders(?)");
    check_with("SELECT total FROM users u, orders o", "Select users(), Select orders(total)");
    check_with("SELECT email, count(*) FROM users GROUP BY email", "Select users(email)");
    check_with("SELECT count(*) FROM users", "Select users()");
    check_with("SELECT * FROM users", "Select users(*)");
    check_with("SELECT u FROM users u", "Select users(*)");
    check_with("SELECT row_to_json(u) FROM users u", "Select users(*)");
    check_with("SELECT count(o.*) FROM orders o", "Select orders(*)");
    check_with(
        "SELECT o.*, email FROM users JOIN orders o ON users.id = user_id",
        "Select users(email id), Select orders(*)",
    );
    check_with(
        "SELECT nope FROM users",
        "Select users(), problem: no table in it has the column `nope`, as far as migrations say",
    );
    let missing = "problem: no table in it has the column `nope`, as far as migrations say";
    check_with("UPDATE users SET nope = 1, name = ''", &format!("Update users(name), {missing}"));
    check_with("INSERT INTO users (id, nope) VALUES (1, 2)", &format!("Insert users(id), {missing}"));
    check_with("UPDATE users SET nope = 1", missing);
    check_with("SELECT x.id FROM users", "Select users(), problem: `x` names no table in it");
    check_with("SELECT xmin FROM users", "Select users(xmin)");
}

#[test]
fn names_of_the_list_are_no_columns() {
    check("SELECT lower(a) AS b FROM t ORDER BY b", "Select t(a)");
    check_with(
        "SELECT date_trunc('day', created_at) AS day, count(*) FROM users GROUP BY day ORDER BY 2",
        "Select users(created_at)",
    );
    // `GROUP BY` means the column where there is one.
    check_with("SELECT lower(email) AS name FROM users GROUP BY name", "Select users(email name)");
    check("SELECT a FROM t UNION SELECT b FROM u ORDER BY a", "Select t(a), Select u(b)");
}

#[test]
fn joins_compare_columns_of_both_sides() {
    check("SELECT a.x FROM a JOIN b USING (id)", "Select a(id x), Select b(id)");
    check_with("SELECT total FROM users NATURAL JOIN orders", "Select users(id), Select orders(id total)");
    check("SELECT a.x FROM a NATURAL JOIN b", "Select a(?), Select b(?)");
    check(
        "SELECT a.x FROM a LEFT JOIN LATERAL (SELECT y FROM b WHERE b.a = a.id) q ON true",
        "Select a(id x), Select b(a y)",
    );
}

#[test]
fn subqueries_see_the_queries_around_them() {
    check(
        "SELECT a.x FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.a_id = a.id)",
        "Select a(id x), Select b(a_id)",
    );
    check_with(
        "SELECT email FROM users WHERE EXISTS (SELECT 1 FROM orders WHERE user_id = users.id AND name = '')",
        "Select users(email id name), Select orders(user_id)",
    );
    check("SELECT s.n FROM (SELECT count(*) AS n FROM t) s WHERE n > 1", "Select t()");
    check(
        "SELECT sum(x) OVER (PARTITION BY y ORDER BY z), rank() OVER w FROM t WINDOW w AS (ORDER BY v)",
        "Select t(v x y z)",
    );
    check("SELECT v.a FROM (VALUES (1, 2)) v(a, b), generate_series(1, 3) g WHERE g > b", "");
    check("SELECT (data->>'a')::int, (address).city, tags[1] FROM t", "Select t(address data tags)");
    check("SELECT EXTRACT(year FROM at), at AT TIME ZONE 'UTC', CURRENT_DATE, now() FROM t", "Select t(at)");
}

#[test]
fn with_may_write_and_repeat() {
    check(
        "WITH gone AS (DELETE FROM a WHERE id = 1 RETURNING id, x) INSERT INTO b (y) SELECT x FROM gone",
        "Delete a, Select a(id x)?, Insert b(y)",
    );
    check(
        "WITH RECURSIVE tree(id, depth) AS (SELECT id, 0 FROM nodes WHERE parent IS NULL UNION ALL SELECT n.id, depth + 1 FROM nodes n JOIN tree t ON n.parent = t.id) SELECT id FROM tree",
        "Select nodes(id parent)",
    );
    check(
        "WITH x AS (SELECT 1 AS id) UPDATE a SET b = 2 FROM x WHERE a.id = x.id",
        "Update a(b), Select a(id)?",
    );
}

#[test]
fn other_tables_of_a_write_are_read() {
    check(
        "UPDATE a SET x = b.y FROM b WHERE b.id = a.id RETURNING a.z",
        "Select b(id y), Update a(x), Select a(id z)?",
    );
    check("DELETE FROM a USING b WHERE a.id = b.id", "Delete a, Select b(id), Select a(id)?");
    check_with(
        "MERGE INTO orders o USING users u ON o.user_id = u.id WHEN MATCHED AND u.name = '' THEN DELETE WHEN MATCHED THEN UPDATE SET note = u.email WHEN NOT MATCHED THEN INSERT (user_id) VALUES (u.id)",
        "Select users(email id name), Select orders(user_id)?, Delete orders, Update orders(note), Insert orders(user_id)",
    );
}

#[test]
fn defaults_use_their_sequences() {
    check_with("INSERT INTO users (email) VALUES ($1)", "Insert users(email), Usage users_id_seq");
    check_with("INSERT INTO users (id, email) VALUES ($1, $2)", "Insert users(email id)");
    check_with(
        "INSERT INTO users (id, email) VALUES (DEFAULT, $2)",
        "Insert users(email id), Usage users_id_seq",
    );
    check_with("INSERT INTO users VALUES (1, 'a')", "Insert users(email id)");
    check_with("INSERT INTO users DEFAULT VALUES", "Insert users(), Usage users_id_seq");
    check_with("INSERT INTO orders (total) VALUES (1)", "Insert orders(total)");
    check("SELECT nextval('shop.numbers'::regclass), setval('x', 1)", "Usage shop.numbers, SetSequence x");
    check("SELECT nextval($1)", "problem: which sequence `nextval` is about is not known");
    check("INSERT INTO a SELECT * FROM b", "Select b(*), Insert a(*)");
}

#[test]
fn constraints_stand_for_their_columns() {
    check_with(
        "INSERT INTO orders (total) VALUES (1) ON CONFLICT ON CONSTRAINT once DO NOTHING",
        "Insert orders(total), Select orders(total user_id)?",
    );
    check_with(
        "INSERT INTO users (id, email) VALUES (1, '') ON CONFLICT ON CONSTRAINT users_email_key DO NOTHING",
        "Insert users(email id), Select users(email)?",
    );
    check("INSERT INTO a (x) VALUES (1) ON CONFLICT ON CONSTRAINT k DO NOTHING", "Insert a(x), Select a(?)?");
}

#[test]
fn locks_need_a_right_to_write() {
    check(
        "SELECT a.x FROM a JOIN b ON a.id = b.id FOR UPDATE",
        "Select a(id x), Select b(id), LockRows a(), LockRows b()",
    );
    check(
        "SELECT a.x FROM a JOIN b ON a.id = b.id FOR SHARE OF b SKIP LOCKED",
        "Select a(id x), Select b(id), LockRows b()",
    );
    check("SELECT x FROM (SELECT x FROM a) q FOR UPDATE", "Select a(x), LockRows a()");
    check("LOCK TABLE a IN ACCESS SHARE MODE", "Select a(*)");
    check("LOCK TABLE a, b", "Lock a, Lock b");
    check("SELECT pg_advisory_xact_lock($1)", "");
    check("TRUNCATE a, b", "Truncate a, Truncate b");
    check("TRUNCATE a CASCADE", "Truncate a, problem: which tables `CASCADE` reaches is not known");
}

#[test]
fn copy_reads_or_inserts() {
    check("COPY a (x, y) FROM STDIN WITH (FORMAT csv)", "Insert a(x y)");
    check("COPY (SELECT x FROM a) TO STDOUT", "Select a(x)");
    check("COPY a TO STDOUT", "Select a(*)");
}

#[test]
fn statements_without_tables_need_nothing() {
    for text in [
        "BEGIN",
        "COMMIT",
        "SELECT 1",
        "SET statement_timeout = 5",
        "LISTEN jobs",
        "SAVEPOINT a",
        "SHOW search_path",
    ] {
        check(text, "");
    }
}

#[test]
fn what_is_not_understood_is_said() {
    check("CREATE TABLE a (x int)", "changes the schema");
    check("SELEC 1", "problem: its text does not parse");
    check_with(
        "SELECT audit()",
        "problem: it calls the function `audit`, which may do more than the statement says",
    );
    check("SET ROLE admin", "problem: it changes the role that the statements after it have");
    check("CALL refresh()", "problem: `CALL` is a statement of a kind that is not known here");
}

#[test]
fn run_time_parts_are_values_or_a_problem() {
    let mark = |text: &str| {
        let mut pieces = Vec::new();
        for (at, part) in text.split("{}").enumerate() {
            if at > 0 {
                pieces.push(crate::values::Piece::Unknown);
            }
            pieces.push(crate::values::Piece::Literal(part.to_string()));
        }
        shown(&template(&crate::values::Text(pieces)), &Schema::default())
    };
    let computed = "problem: a part of it that is not a value is computed at run time";
    assert_eq!(mark("SELECT x FROM a WHERE b = {} AND c IN ({}) LIMIT {}"), "Select a(b c x)");
    assert_eq!(mark("SELECT x FROM a WHERE b = ${} OR c LIKE '%{}%'"), "Select a(b c x)");
    assert_eq!(mark("INSERT INTO a (x) VALUES {}"), "Insert a(x)");
    assert_eq!(mark("SELECT x FROM {}"), computed);
    assert_eq!(mark("SELECT x FROM a ORDER BY {}"), format!("Select a(x), {computed}"));
    assert_eq!(mark("SELECT x FROM a WHERE {}"), format!("Select a(x), {computed}"));
    assert_eq!(mark("SELECT x FROM a WHERE b = 1 AND {}"), format!("Select a(b x), {computed}"));
    assert_eq!(mark("SELECT {} FROM a"), format!("Select a(), {computed}"));
    assert_eq!(mark("SELECT x FROM a WHERE b = 1 {}"), computed);
    assert_eq!(mark("SELECT x FROM a WHERE b = $1{}"), computed);
    assert_eq!(mark("SELECT x FROM a WHERE b = {} {}"), computed);
    let name = "problem: a name in it is computed at run time";
    assert_eq!(mark("SELECT x FROM a_{}"), name);
    assert_eq!(mark("SELECT a.x_{} FROM a"), format!("Select a(), {name}"));
}

#[test]
fn syntax_of_postgresql_that_the_parser_does_not_know() {
    check("SELECT a FROM ONLY t FOR NO KEY UPDATE", "Select t(a), LockRows t()");
    check("SELECT a FROM t x FOR KEY SHARE OF x", "Select t(a), LockRows t()");
    check("INSERT INTO t (a) OVERRIDING SYSTEM VALUE VALUES (1)", "Insert t(a)");
    check("UPDATE ONLY t SET a = 2", "Update t(a)");
    check("DELETE FROM ONLY t x WHERE x.a = 1", "Delete t, Select t(a)?");
    check(
        "INSERT INTO t (a) VALUES (1) ON CONFLICT (lower(a), \"B\") DO NOTHING",
        "Insert t(a), Select t(B a)?",
    );
    check(
        "INSERT INTO t (a) VALUES (1) ON CONFLICT (a) WHERE b IS NULL DO UPDATE SET c = 2",
        "Insert t(a), Select t(a b)?, Update t(c)",
    );
    check(
        "INSERT INTO t (a) VALUES (1) ON CONFLICT (a text_ops) DO NOTHING",
        "problem: its text does not parse",
    );
    check("SELECT only FROM t", "Select t(only)");
}

#[test]
fn columns_that_using_joins_are_of_both_sides() {
    check("SELECT id, u.x FROM t LEFT JOIN u USING (id) WHERE id = 1", "Select t(id), Select u(id x)");
    check("SELECT id, y FROM t JOIN u USING (id)", "Select t(?), Select u(?)");
    check_with("SELECT * FROM users JOIN orders USING (id)", "Select users(*), Select orders(*)");
}
