//! Programs with SQL: which statement each call runs, and what is said where that is not known.

use super::{Diagnostics, detected_in};
use crate::access::{Access, Columns};

const DEPENDENCIES: &str = "axum = \"0.8\"\nsqlx = { version = \"0.8\", features = [\"postgres\"] }\ntokio-postgres = \"0.7\"\ndeadpool-postgres = \"0.14\"\n";

pub(super) fn shown(dependencies: &str, files: &[(&str, &str)]) -> String {
    let manifest = format!(
        "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\n{dependencies}"
    );
    let mut all = vec![("Cargo.toml", manifest.as_str())];
    all.extend(files);
    let (_, routes, table, diagnostics) = detected_in(&all);
    let mut lines: Vec<String> = Vec::new();
    for (route, accesses) in routes.routes.iter().zip(&table.routes) {
        for access in accesses {
            let line = format!("{} {}", route.handler.name, line(access));
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    lines.extend(findings(&diagnostics));
    lines.join("\n")
}

fn line(access: &Access) -> String {
    let columns = match &access.columns {
        None => String::new(),
        Some(Columns::All) => "(*)".to_string(),
        Some(Columns::Unknown) => "(?)".to_string(),
        Some(Columns::Some(names)) => {
            format!("({})", names.iter().map(String::as_str).collect::<Vec<_>>().join(" "))
        }
    };
    let certainty = if access.certainty == crate::certainty::Certainty::Proved { "" } else { " inferred" };
    format!("{} {}{columns}{certainty}", access.operation, access.resources[0].name)
}

fn findings(diagnostics: &Diagnostics) -> Vec<String> {
    diagnostics
        .sorted()
        .iter()
        .map(|finding| format!("{}: {}", finding.code.as_str(), finding.message))
        .collect()
}

#[track_caller]
fn check(source: &str, expect: &[&str]) {
    let source = format!("{source}\nfn main() {{}}");
    assert_eq!(shown(DEPENDENCIES, &[("src/main.rs", &source)]), expect.join("\n"));
}

pub(super) const UNKNOWN: &str = "LS0303: the tables of this statement are not known";

#[test]
fn macros_hold_text_or_name_a_file() {
    let source = r#"
        async fn h1() { sqlx::query_scalar_unchecked!("SELECT a FROM t").fetch_one(p()).await; }
        async fn h2() { sqlx::query_file!("sql/find.sql", 1).fetch_one(p()).await; }
        async fn h3() { sqlx::query_file_as!(Row, "sql/find.sql").fetch_one(p()).await; }
        async fn h4() { sqlx::query_file_scalar_unchecked!("sql/gone.sql").fetch_one(p()).await; }
        async fn h5() { sqlx::query(include_str!("../sql/find.sql")).execute(p()).await; }
        async fn h6() { sqlx::query(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/find.sql"))).execute(p()).await; }
        async fn h7() { sqlx::query!("SELECT a " + "FROM u").execute(p()).await; }
        fn main() {}"#;
    let files = [("src/main.rs", source), ("sql/find.sql", "SELECT b FROM found")];
    let expect = [
        "h1 Select t(a)",
        "h2 Select found(b)",
        "h3 Select found(b)",
        "h5 Select found(b)",
        "h6 Select found(b)",
        "h7 Select u(a)",
        "LS0303: the file of this statement, `sql/gone.sql`, is not in the package",
    ];
    assert_eq!(shown(DEPENDENCIES, &files), expect.join("\n"));
}

#[test]
fn migrations_say_whose_a_column_is() {
    let source = r#"
        async fn h() { sqlx::query("SELECT total FROM users JOIN orders ON user_id = users.id").execute(p()).await; }
        fn main() {}"#;
    let files = [
        ("src/main.rs", source),
        ("migrations/2_more.sql", "ALTER TABLE orders RENAME COLUMN sum TO total;"),
        (
            "migrations/1_first.sql",
            "CREATE TABLE users (id int); CREATE TABLE orders (user_id int, sum int);",
        ),
        ("migrations/3_back.down.sql", "DROP TABLE orders;"),
    ];
    assert_eq!(shown(DEPENDENCIES, &files), "h Select users(id)\nh Select orders(total user_id)");
    assert_eq!(shown(DEPENDENCIES, &files[..1]), "h Select users(?)\nh Select orders(?)");
}

#[test]
fn strings_are_put_together_in_many_ways() {
    check(
        r#"const T: &str = "t"; static ALL: &str = concat!("SELECT a", " FROM ", "t");
        async fn h1() { sqlx::query(ALL).execute(p()).await; }
        async fn h2(id: i64) { sqlx::query(&format!("SELECT a FROM {T} WHERE b = {id} LIMIT {}", 3)).execute(p()).await; }
        async fn h3(column: String) { sqlx::query(&format!("SELECT a FROM t ORDER BY {column}")).execute(p()).await; }
        async fn h4(table: String) { sqlx::query(&format!("SELECT a FROM {table}")).execute(p()).await; }
        async fn h5(only: bool) { let mut sql = String::from("SELECT a FROM t"); if only { sql.push_str(" WHERE b = $1"); } sql += " ORDER BY c"; sqlx::query(&sql).execute(p()).await; }
        async fn h6() { let mut sql = "DELETE FROM t".to_string(); write!(sql, " WHERE {} = $1", "d").unwrap(); sqlx::query(sql.as_str()).execute(p()).await; }
        async fn h7(more: &str) { let mut sql = String::from("SELECT a FROM t"); sql.push_str(more); sqlx::query(&sql).execute(p()).await; }
        async fn h8() { let mut sql = String::from("SELECT a FROM t"); sql.truncate(3); sqlx::query(&sql).execute(p()).await; }"#,
        &[
            "h1 Select t(a)",
            "h2 Select t(a b)",
            "h3 Select t(a)",
            "h5 Select t(a b c) inferred",
            "h6 Delete t",
            "h6 Select t(d)",
            "LS0303: this statement is not known as a whole: a part of it that is not a value is computed at run time",
            "LS0303: this statement is not known as a whole: a part of it that is not a value is computed at run time",
            "LS0303: this statement is not known as a whole: a name in it is computed at run time",
            UNKNOWN,
        ],
    );
}

#[test]
fn builders_give_the_union_of_their_conditions() {
    check(
        r#"use sqlx::{QueryBuilder, Postgres};
        async fn h1(a: bool, b: bool) {
            let mut q: QueryBuilder<Postgres> = QueryBuilder::new("SELECT x FROM t WHERE true");
            if a { q.push(" AND a = ").push_bind(1); }
            if b { q.push(" AND b = "); q.push_bind(2); } else { q.push(" AND c IS NULL"); }
            q.build_query_as::<Row>().fetch_all(p()).await;
        }
        async fn h2(ids: Vec<i32>) {
            let mut q = QueryBuilder::<Postgres>::new("DELETE FROM t WHERE id IN (");
            let mut list = q.separated(", ");
            for id in ids { list.push_bind(id); }
            list.push_unseparated(")");
            q.build().execute(p()).await;
        }
        async fn h3(rows: Vec<Row>) {
            let mut q = QueryBuilder::new("INSERT INTO t (x, y) ");
            q.push_values(rows, |mut b, r| { b.push_bind(r.x).push_bind(r.y); }).push(" RETURNING id");
            q.build().execute(p()).await;
        }
        fn filter(q: &mut QueryBuilder<Postgres>, on: bool) { if on { q.push(" WHERE z = "); q.push_bind(1); } }
        fn base() -> QueryBuilder<'static, Postgres> { let mut q = QueryBuilder::new("SELECT x FROM "); q.push("u"); q }
        async fn h4(on: bool) { let mut q = base(); filter(&mut q, on); q.build().fetch_all(p()).await; }
        async fn h5(name: String) { let mut q = QueryBuilder::new("SELECT x FROM "); q.push(name); q.build().execute(p()).await; }
        async fn h8(more: String) { let mut q = QueryBuilder::new("SELECT x FROM t WHERE a = "); q.push_bind(1).push(more); q.build().execute(p()).await; }
        struct Held { q: QueryBuilder<'static, Postgres> }
        async fn h6(held: Held) { let held = Held { q: QueryBuilder::new("SELECT x FROM t") }; held.run(); }
        async fn h7(pairs: Vec<(i32, i32)>) { let mut q = QueryBuilder::new("SELECT x FROM t WHERE (a, b) IN"); q.push_tuples(pairs, |mut b, p| { b.push_bind(p.0).push_bind(p.1); }); q.build().execute(p()).await; }"#,
        &[
            "h1 Select t(a b c x) inferred",
            "h2 Delete t inferred",
            "h2 Select t(id) inferred",
            "h3 Insert t(x y)",
            "h3 Select t(id)",
            "h4 Select u(x z) inferred",
            "h7 Select t(a b x)",
            "LS0303: this statement is not known as a whole: a text that is added to it does not make a statement",
            "LS0303: this statement is not known as a whole: a text that is added to it does not make a statement",
            UNKNOWN,
        ],
    );
}

#[test]
fn methods_take_text_and_prepared_statements() {
    check(
        r#"struct Db { pool: deadpool_postgres::Pool, find: tokio_postgres::Statement }
        async fn h1(c: tokio_postgres::Client) { c.query("SELECT a FROM t", &[]).await; }
        async fn h2(db: Db) { let c = db.pool.get().await?; let s = c.prepare_cached("SELECT b FROM t").await?; c.query_one(&s, &[]).await; }
        async fn h3(c: tokio_postgres::Client) { let tx = c.transaction().await?; tx.execute("DELETE FROM t", &[]).await; tx.commit().await; }
        async fn h4(c: tokio_postgres::Client) { c.copy_in("COPY t (a) FROM STDIN").await; c.batch_execute("BEGIN; TRUNCATE u").await; }
        async fn h5(pool: sqlx::PgPool) { pool.execute("SELECT c FROM t").await; sqlx::query("SELECT d FROM t").execute(&pool).await; }
        async fn h6(c: tokio_postgres::Client, text: String) { c.query(&text, &[]).await; }
        async fn h7(db: Db, c: tokio_postgres::Client) { c.query(&db.find, &[]).await; }
        async fn h8(cache: std::collections::HashMap<String, u8>, other: Missing) { cache.get("x"); other.query("user:1", 2); other.execute("run it"); }
        async fn h11(c: tokio_postgres::Client, on: bool) { let mut sql = String::from("SELECT f FROM t"); if on { sql.push_str(" WHERE g = $1"); } c.query(&sql, &[]).await; }
        async fn h9(c: tokio_postgres::Client) { c.prepare("SELECT never FROM t").await; }
        async fn h10() { let c = injected().await; c.query_opt("SELECT e FROM t", &[]).await; }"#,
        &[
            "h1 Select t(a)",
            "h2 Select t(b)",
            "h3 Delete t",
            "h4 Insert t(a)",
            "h4 Truncate u",
            "h5 Select t(c)",
            "h5 Select t(d)",
            "h11 Select t(f g) inferred",
            "h10 Select t(e) inferred",
            UNKNOWN,
            UNKNOWN,
        ],
    );
}

#[test]
fn text_in_other_crates_is_read_too() {
    let source = r#"
        async fn h1(c: &mut diesel::PgConnection) { diesel::sql_query("SELECT a FROM t").execute(c); }
        async fn h2(c: sea_orm::DatabaseConnection) { c.query_one(sea_orm::Statement::from_sql_and_values(b(), "SELECT b FROM t", [])).await; }
        async fn h3(c: rusqlite::Connection) { let s = c.prepare("SELECT c FROM t WHERE d = ?1")?; c.execute("DELETE FROM u", []); }
        fn main() {}"#;
    let found = shown("diesel = \"2\"\nsea-orm = \"1\"\nrusqlite = \"0.32\"\n", &[("src/main.rs", source)]);
    let accesses: Vec<&str> = found.lines().filter(|line| !line.starts_with("LS")).collect();
    assert_eq!(accesses, ["h1 Select t(a)", "h2 Select t(b)", "h3 Select t(c d)", "h3 Delete u"]);
}

#[test]
fn migrations_at_the_start_are_said() {
    let source = r#"
        async fn h() {}
        async fn main() { sqlx::migrate!().run(&pool()).await; sqlx::query("CREATE TABLE a (x int)").execute(p()).await; }"#;
    let expect = "LS0306: this changes which tables there are\nLS0306: this changes which tables there are";
    assert_eq!(shown(DEPENDENCIES, &[("src/main.rs", source)]), expect);
}

#[test]
fn macros_that_an_extern_crate_brings_are_those_of_sqlx() {
    check(
        r#"#[macro_use] extern crate sqlx;
        mod other { macro_rules! query_scalar { ($text:literal) => { $text } } pub(crate) fn f() { query_scalar!("SELECT nothing FROM t"); } }
        async fn h1() { query!("SELECT a FROM t").fetch_one(p()).await; }
        async fn h2() { other::f(); }"#,
        &["h1 Select t(a)"],
    );
}

#[test]
fn tokens_name_the_user_who_connects() {
    let source = r#"use aws_sdk_rds::auth_token::{AuthTokenGenerator, Config};
        async fn token(user: &str) { let config = Config::builder().hostname("h").port(5432).username(user).build().expect("x"); AuthTokenGenerator::new(config).auth_token(&c()).await; }
        async fn h1() { token(&std::env::var("DB_USER").unwrap()).await; }
        async fn h2() { token("app").await; }
        async fn h3(user: String) { token(&user).await; }
        async fn h4(generator: AuthTokenGenerator) {}
        fn main() {}"#;
    let expect = [
        "h1 Connect ${DB_USER}",
        "h2 Connect app",
        "h3 Connect ?unknown",
        "LS0301: which database user this token is for is not known",
    ];
    let shown = shown("aws-sdk-rds = \"1\"\ntokio-postgres = \"0.7\"\n", &[("src/main.rs", source)]);
    assert_eq!(shown.replace("? inferred", "?unknown"), expect.join("\n"));
}

#[test]
fn strings_of_mysql_are_no_columns() {
    let source = r#"async fn h() { sqlx::query("SELECT a FROM t WHERE b = \"x\" AND c = 1").execute(p()).await; } fn main() {}"#;
    let with = |feature: &str| {
        shown(
            &format!("sqlx = {{ version = \"0.8\", features = [\"{feature}\"] }}\n"),
            &[("src/main.rs", source)],
        )
    };
    assert_eq!(with("mysql"), "h Select t(a b c)");
    assert_eq!(with("postgres"), "h Select t(a b c x)");
}

#[test]
fn tables_that_two_folders_make_differently_are_not_known() {
    let source = r#"
        async fn h1() { sqlx::query("INSERT INTO a (y) VALUES (1)").execute(p()).await; }
        async fn h2() { sqlx::query("SELECT y, z FROM a, b").execute(p()).await; }
        fn main() {}"#;
    let files = [
        ("src/main.rs", source),
        ("migrations/postgres/1_a.sql", "CREATE TABLE a (x serial, y int); CREATE TABLE b (z int);"),
        (
            "migrations/sqlite/1_a.sql",
            "CREATE TABLE a (x integer primary key, y int); CREATE TABLE b (z int);",
        ),
        ("tests/migrations/1_a.sql", "CREATE TABLE b (z int, y int);"),
    ];
    assert_eq!(shown(DEPENDENCIES, &files), "h1 Insert a(y)\nh2 Select a(y)\nh2 Select b(z)");
}
