//! What sends a request, and what only looks like it.

use super::{PRELUDE, check, detected_program, lines};

#[test]
fn what_is_prepared_counts_where_it_is_sent_or_given_away() {
    check(
        r#"async fn h1() { let p = Client::new(&c()).scan().table_name("a").into_paginator(); p.send(); }
        async fn h2() { let p = Client::new(&c()).scan().table_name("b").into_paginator(); drop(p); }
        async fn h3() { let p = Client::new(&c()).scan().table_name("c").into_paginator(); other::collect(p); }
        async fn h4() { let d = Client::new(&c()).delete_item().table_name("d").customize(); }
        async fn h5() { Client::new(&c()).delete_item().table_name("e").customize().mutate_request(f).send().await; }
        fn main() {}"#,
        &[
            "h1 Scan dynamodb:Scan dynamodb:table/a proved",
            "h3 Scan dynamodb:Scan dynamodb:table/c proved",
            "h5 DeleteItem dynamodb:DeleteItem dynamodb:table/e proved",
        ],
    );
}

#[test]
fn a_client_that_another_crate_is_given_is_a_finding() {
    let source = r"async fn h1() { locks::acquire(Client::new(&c())); }
        async fn h2() { let kept = Arc::new(Client::new(&c())); let cell = tokio::sync::OnceCell::new_with(Some(kept)); }
        fn main() {}";
    let text = format!("{PRELUDE}{source}");
    let files = [("src/main.rs", text.as_str())];
    let program = crate::resolve::tests::program_with("locks = \"1\"\n", &files);
    let (_, routes, table, diagnostics) = detected_program(program);
    assert_eq!(lines(&routes, &table, &diagnostics), "LS0308");
}

#[test]
fn what_a_value_has_of_a_trait_runs_where_the_trait_s_crate_is_given_the_value() {
    let source = r#"struct Seal { db: Client }
        impl locks::Sealer for Seal { async fn seal(&self) { self.db.get_item().table_name("keys").send().await; } }
        impl vault::Close for Seal { async fn close(&self) { self.db.put_item().table_name("never").send().await; } }
        async fn h1(State(seal): State<Arc<Seal>>) { locks::seal_all(b"x", seal.as_ref()).await; }
        async fn h2(State(seal): State<Arc<Seal>>) { locks::Machine::new().work_with(&*seal).await; }
        async fn h3(State(seal): State<Arc<Seal>>) { other::note(&seal).await; }
        fn main() { let seal = Arc::new(Seal { db: Client::new(&c()) }); serve(seal); }"#;
    let text = format!("{PRELUDE}{source}");
    let files = [("src/main.rs", text.as_str())];
    let program =
        crate::resolve::tests::program_with("locks = \"1\"\nvault = \"1\"\nother = \"1\"\n", &files);
    let (_, routes, table, diagnostics) = detected_program(program);
    let expect = [
        "h1 GetItem dynamodb:GetItem dynamodb:table/keys inferred",
        "h2 GetItem dynamodb:GetItem dynamodb:table/keys inferred",
    ];
    assert_eq!(lines(&routes, &table, &diagnostics), expect.join("\n"));
}

#[test]
fn what_is_sent_with_other_credentials_is_no_matter_of_the_role() {
    let source = r#"async fn assumed() -> Client {
            let role = env::var("ROLE_ARN").unwrap();
            let reader = aws_config::sts::AssumeRoleProvider::builder(role).session_name("x").build().await;
            let config = aws_config::from_env().credentials_provider(reader).load().await;
            Client::new(&config)
        }
        async fn h1() { assumed().await.get_item().table_name("theirs").send().await; }
        async fn h2(State(own): State<Client>) {
            let found = aws_sdk_sts::Client::new(&c()).assume_role().role_arn("arn:aws:iam::111122223333:role/reader").send().await.unwrap();
            let keys = aws_sdk_dynamodb::config::Credentials::new(found.key(), found.secret(), None, None, "x");
            let config = aws_sdk_dynamodb::Config::builder().credentials_provider(keys).build();
            Client::from_conf(config).put_item().table_name("theirs").send().await;
            own.put_item().table_name("ours").send().await;
        }
        async fn h3() {
            let mut config = aws_config::from_env();
            if local() { config = config.credentials_provider(aws_sdk_dynamodb::config::Credentials::for_tests()); }
            Client::new(&config.load().await).get_item().table_name("ours").send().await;
        }
        async fn h4() {
            let chain = aws_config::default_provider::credentials::DefaultCredentialsChain::builder().build().await;
            let config = aws_config::from_env().credentials_provider(chain).load().await;
            Client::new(&config).get_item().table_name("ours").send().await;
        }
        fn main() { serve(Client::new(&c())); }"#;
    let text = format!("{PRELUDE}{source}");
    let files = [("src/main.rs", text.as_str())];
    let program = crate::resolve::tests::program_with("aws-sdk-sts = \"1\"\n", &files);
    let (_, routes, table, diagnostics) = detected_program(program);
    let expect = [
        "h1 AssumeRole sts:AssumeRole iam:role/${ROLE_ARN} proved",
        "h2 AssumeRole sts:AssumeRole iam:role/arn:aws:iam::111122223333:role/reader proved",
        "h2 PutItem dynamodb:PutItem dynamodb:table/ours proved",
        "h3 GetItem dynamodb:GetItem dynamodb:table/ours proved",
        "h4 GetItem dynamodb:GetItem dynamodb:table/ours proved",
        "LS0309",
        "LS0309",
    ];
    assert_eq!(lines(&routes, &table, &diagnostics), expect.join("\n"));
}

#[test]
fn an_argument_that_no_instance_has_makes_no_request() {
    check(
        r#"enum Store { Dynamo { client: Client, table: String }, Memory, Never { client: Client, table: String } }
        impl Store { async fn read(&self) { match self {
            Store::Dynamo { client, table } => { client.get_item().table_name(table).send().await; }
            Store::Never { client, table } => { client.put_item().table_name(table).send().await; }
            Store::Memory => {}
        } } }
        struct App { notes: Store, scratch: Store }
        async fn h1(State(app): State<App>) { app.notes.read().await; }
        async fn h2(State(app): State<App>) { app.scratch.read().await; }
        fn main() { let app = App { notes: Store::Dynamo { client: Client::new(&c()), table: "notes".into() }, scratch: Store::Memory }; serve(app); }"#,
        &["h1 GetItem dynamodb:GetItem dynamodb:table/notes proved"],
    );
}

#[test]
fn a_list_that_is_filled_out_of_sight_is_not_empty() {
    check(
        r"async fn h() {
            let mut names = Vec::new();
            other::fill(&mut names);
            for name in names { Client::new(&c()).get_item().table_name(name).send().await; }
        }
        fn main() {}",
        &["h GetItem dynamodb:GetItem dynamodb:table/? unknown", "LS0301"],
    );
}

#[test]
fn methods_behind_deref_are_those_of_the_client() {
    check(
        r#"struct Db { client: Client } impl std::ops::Deref for Db { type Target = Client; fn deref(&self) -> &Client { &self.client } }
        struct App { db: Arc<Db> }
        async fn h(State(app): State<App>) { app.db.get_item().table_name("t").send().await; }
        fn main() { serve(App { db: Arc::new(Db { client: Client::new(&c()) }) }); }"#,
        &["h GetItem dynamodb:GetItem dynamodb:table/t proved"],
    );
}

#[test]
fn a_default_method_reaches_what_the_type_argument_of_its_trait_has() {
    check(
        r#"trait Repo { async fn list(&self); }
        struct Rooms { db: Client } impl Repo for Rooms { async fn list(&self) { self.db.scan().table_name("rooms").send().await; } }
        struct Desks { db: Client } impl Repo for Desks { async fn list(&self) { self.db.scan().table_name("desks").send().await; } }
        trait Service<R: Repo> { fn repo(&self) -> &R; async fn list(&self) { self.repo().list().await; } }
        struct RoomService { rooms: Rooms } impl Service<Rooms> for RoomService { fn repo(&self) -> &Rooms { &self.rooms } }
        struct DeskService { desks: Desks } impl Service<Desks> for DeskService { fn repo(&self) -> &Desks { &self.desks } }
        struct App { rooms: RoomService, desks: DeskService }
        async fn h1(State(app): State<Arc<App>>) { app.rooms.list().await; }
        async fn h2(State(app): State<Arc<App>>) { app.desks.list().await; }
        fn main() { serve(App { rooms: RoomService { rooms: Rooms { db: Client::new(&c()) } }, desks: DeskService { desks: Desks { db: Client::new(&c()) } } }); }"#,
        &[
            "h1 Scan dynamodb:Scan dynamodb:table/rooms proved",
            "h2 Scan dynamodb:Scan dynamodb:table/desks proved",
        ],
    );
}

#[test]
fn a_callable_that_is_put_aside_counts_where_it_is_called() {
    check(
        r#"struct App { job: Box<dyn Fn(&str)>, client: Client }
        fn purge(table: &str) { Client::new(&c()).delete_item().table_name("inbox").send(); }
        const JOBS: [(&str, fn(&str)); 1] = [("purge", purge)];
        async fn h1(State(app): State<App>) { (app.job)("x"); }
        async fn h2() { let (_, job) = JOBS[0]; job("x"); }
        async fn h3() { let names = JOBS.map(|(name, _)| name); }
        fn main() {
            let job = Box::new(|table: &str| { Client::new(&c()).put_item().table_name("jobs").send(); });
            serve(App { job, client: Client::new(&c()) });
        }"#,
        &[
            "h1 PutItem dynamodb:PutItem dynamodb:table/jobs proved",
            "h2 DeleteItem dynamodb:DeleteItem dynamodb:table/inbox proved",
        ],
    );
}

#[test]
fn a_callable_that_nothing_is_seen_to_call_counts_where_it_is_written() {
    check(
        r#"async fn h1() { let config = other::Config { on_error: |e| { Client::new(&c()).put_item().table_name("errors").send(); } }; other::run(config); }
        async fn h2() { let count = |n: u32| n + 1; count(1); }
        fn main() {}"#,
        &["h1 PutItem dynamodb:PutItem dynamodb:table/errors proved"],
    );
}

#[test]
fn where_it_is_not_known_what_is_called_every_fitting_callable_counts() {
    check(
        r#"async fn h1(State(app): State<App>) { let f = other::pick(); f("x"); app.first("y"); }
        struct App { first: Box<dyn Fn(&str)> }
        fn main() {
            let first = Box::new(|table: &str| { Client::new(&c()).put_item().table_name("jobs").send(); });
            let second = Box::new(|| { Client::new(&c()).put_item().table_name("none").send(); });
            serve(App { first, second });
        }"#,
        &[
            "h1 PutItem dynamodb:PutItem dynamodb:table/jobs inferred",
            "h1 PutItem dynamodb:PutItem dynamodb:table/none proved",
        ],
    );
}

#[test]
fn a_local_comes_before_what_a_glob_import_may_have() {
    check(
        r#"use aws_sdk_dynamodb::types::*;
        async fn h1() { let put = |c: &Client| c.put_item().table_name("t"); put(&Client::new(&c())).send().await; }
        async fn run(edit: impl Fn(B) -> B) { edit(Client::new(&c()).put_item()).send().await; }
        async fn h2() { run(|builder| builder.table_name("u")).await; }
        fn main() {}"#,
        &[
            "h1 PutItem dynamodb:PutItem dynamodb:table/t proved",
            "h2 PutItem dynamodb:PutItem dynamodb:table/u proved",
        ],
    );
}
