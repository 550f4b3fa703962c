//! Names that are values of the program: by `Display`, conversions into strings and derives.

use super::{PRELUDE, detected_program, lines};

#[track_caller]
fn check(source: &str, expect: &[&str]) {
    let text = format!("{PRELUDE}{source}");
    let program = crate::resolve::tests::program_with("strum = \"0.27\"\n", &[("src/main.rs", &text)]);
    let (_, routes, table, diagnostics) = detected_program(program);
    assert_eq!(lines(&routes, &table, &diagnostics), expect.join("\n"));
}

#[test]
fn what_display_writes_is_the_name() {
    check(
        r#"enum Table { Users, Items }
        impl std::fmt::Display for Table {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self { Table::Users => write!(f, "users"), Table::Items => f.write_str("items") }
            }
        }
        struct Name { stage: String, table: Table }
        impl std::fmt::Display for Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { let table = &self.table; write!(f, "{}-{table}", self.stage) }
        }
        async fn h1(State(db): State<Client>) { db.scan().table_name(Table::Users.to_string()).send().await; }
        async fn h2(State(db): State<Client>) { let table = Table::Items; db.scan().table_name(format!("x-{table}")).send().await; }
        async fn h3(State(db): State<Client>, table: Table) { db.scan().table_name(table.to_string()).send().await; }
        async fn h4(State(db): State<Client>) {
            let name = Name { stage: env::var("STAGE").unwrap(), table: Table::Users };
            db.scan().table_name(name.to_string()).send().await;
        }
        fn main() { serve(Client::new(&c())); }"#,
        &[
            "h1 Scan dynamodb:Scan dynamodb:table/users proved",
            "h2 Scan dynamodb:Scan dynamodb:table/x-items proved",
            "h3 Scan dynamodb:Scan dynamodb:table/users inferred",
            "h3 Scan dynamodb:Scan dynamodb:table/items inferred",
            "h4 Scan dynamodb:Scan dynamodb:table/${STAGE}-users proved",
        ],
    );
}

#[test]
fn a_display_that_writes_piece_by_piece_is_not_guessed() {
    check(
        r#"struct A; struct B { long: bool } struct C;
        impl std::fmt::Display for A { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("a")?; f.write_str("-b") } }
        impl std::fmt::Display for B { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            if self.long { write!(f, "long-")?; }
            write!(f, "b")
        } }
        impl std::fmt::Display for C { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { let done = write!(f, "a"); write!(f, "b") } }
        async fn h1(State(db): State<Client>) { db.scan().table_name(A.to_string()).send().await; }
        async fn h2(State(db): State<Client>) { db.scan().table_name(B { long: true }.to_string()).send().await; }
        async fn h3(State(db): State<Client>) { db.scan().table_name(C.to_string()).send().await; }
        fn main() { serve(Client::new(&c())); }"#,
        &[
            "h1 Scan dynamodb:Scan dynamodb:table/? unknown",
            "h2 Scan dynamodb:Scan dynamodb:table/? unknown",
            "h3 Scan dynamodb:Scan dynamodb:table/? unknown",
            "LS0301",
            "LS0301",
            "LS0301",
        ],
    );
}

#[test]
fn conversions_into_strings_and_newtypes_give_the_name() {
    check(
        r#"enum Table { Users, Items }
        impl From<Table> for String { fn from(table: Table) -> Self { match table { Table::Users => "users".into(), Table::Items => "items".into() } } }
        struct Name(String);
        impl std::ops::Deref for Name { type Target = str; fn deref(&self) -> &str { &self.0 } }
        async fn h1(State(db): State<Client>) { db.scan().table_name(Table::Users).send().await; }
        async fn h2(State(db): State<Client>) { let table: String = Table::Items.into(); db.scan().table_name(table).send().await; }
        async fn h3(State(db): State<Client>) { let name = Name(env::var("NAME").unwrap()); db.scan().table_name(&*name).send().await; }
        fn main() { serve(Client::new(&c())); }"#,
        &[
            "h1 Scan dynamodb:Scan dynamodb:table/users proved",
            "h2 Scan dynamodb:Scan dynamodb:table/items proved",
            "h3 Scan dynamodb:Scan dynamodb:table/${NAME} proved",
        ],
    );
}

#[test]
fn variants_are_named_by_strum() {
    check(
        r#"#[derive(strum::Display, strum::AsRefStr)] #[strum(serialize_all = "kebab-case")]
        enum Table { UserItems, #[strum(serialize = "old_orders")] Orders, Q3Results }
        #[derive(strum::IntoStaticStr)] enum Plain { Alpha }
        async fn h1(State(db): State<Client>) { db.scan().table_name(Table::UserItems.to_string()).send().await; }
        async fn h2(State(db): State<Client>) { db.scan().table_name(Table::Orders.as_ref()).send().await; }
        async fn h3(State(db): State<Client>) { db.scan().table_name(Table::Q3Results.as_ref()).send().await; }
        async fn h4(State(db): State<Client>) { let name: &'static str = Plain::Alpha.into(); db.scan().table_name(name).send().await; }
        fn main() { serve(Client::new(&c())); }"#,
        &[
            "h1 Scan dynamodb:Scan dynamodb:table/user-items proved",
            "h2 Scan dynamodb:Scan dynamodb:table/old_orders proved",
            "h3 Scan dynamodb:Scan dynamodb:table/? unknown",
            "h4 Scan dynamodb:Scan dynamodb:table/Alpha proved",
            "LS0301",
        ],
    );
}

#[test]
fn what_a_struct_is_by_default_fills_what_a_literal_leaves_out() {
    check(
        r#"struct Config { table: String, limit: u32 }
        impl Default for Config { fn default() -> Self { Self { table: "items".into(), limit: 1 } } }
        async fn h1(State(db): State<Client>) { let config = Config { limit: 2, ..Default::default() }; db.scan().table_name(config.table).send().await; }
        async fn h2(State(db): State<Client>) { let config: Config = Default::default(); db.scan().table_name(config.table).send().await; }
        fn main() { serve(Client::new(&c())); }"#,
        &[
            "h1 Scan dynamodb:Scan dynamodb:table/items proved",
            "h2 Scan dynamodb:Scan dynamodb:table/items proved",
        ],
    );
}
