//! What programs given as text reach.

mod conditions;
mod operations;
mod orm;
mod sending;
mod settings;
mod shown;
mod sql;
mod stores;

use crate::access::{AccessTable, detect};
use crate::diagnostic::Diagnostics;
use crate::resolve::{Def, DefKind, Program};
use crate::routes::{Elsewhere, Handler, LayerUse, Method, Route, RouteTable};

const PRELUDE: &str =
    "use aws_sdk_dynamodb::Client; use axum::extract::State; use std::sync::Arc; use std::env;\n";

/// Detects in a program whose handlers are the functions `h`, `h1`, `h2`, ..; a function `layer` wraps them all.
fn detected(source: &str) -> (Program, RouteTable, AccessTable, Diagnostics) {
    let text = format!("{PRELUDE}{source}");
    detected_in(&[("src/main.rs", &text)])
}

fn detected_in(files: &[(&str, &str)]) -> (Program, RouteTable, AccessTable, Diagnostics) {
    detected_program(crate::resolve::tests::program(files))
}

fn detected_program(program: Program) -> (Program, RouteTable, AccessTable, Diagnostics) {
    let handler = |def: &Def| Handler {
        name: def.name.to_string(),
        path: def.path.clone(),
        def: Some(def.id),
        location: def.location,
        expr: crate::span::Location { span: crate::span::Span::empty(0), ..def.location },
        calls: Vec::new(),
    };
    let layer = program.defs.iter().find(|def| def.name == "layer").map(|def| LayerUse {
        name: "layer".to_string(),
        def: Some(def.id),
        closure: None,
        location: def.location,
        routes_only: false,
    });
    let is_handler = |def: &&Def| {
        def.kind == DefKind::Fn
            && def.name.strip_prefix('h').is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()))
    };
    let route = |def: &Def| Route {
        id: format!("GET /{}", def.name),
        method: Method::Get,
        path: format!("/{}", def.name),
        handler: handler(def),
        layers: layer.iter().cloned().collect(),
        conditional: None,
        state: None,
        extractors: Vec::new(),
        site: def.location,
    };
    let mut routes = RouteTable {
        routes: program.defs.iter().filter(is_handler).map(route).collect(),
        entry: program.defs.iter().find(|def| def.name == "main").map(|def| def.id),
        ..RouteTable::default()
    };
    routes.elsewhere = Elsewhere::of(&program, &routes);
    let mut diagnostics = Diagnostics::default();
    let table = detect(&program, &routes, crate::access::schema(&program), &mut diagnostics);
    (program, routes, table, diagnostics)
}

/// One line per access: `h GetItem dynamodb:GetItem dynamodb:table/T proved`; one line per finding: `LS0301`.
fn shown(source: &str) -> String {
    let (_, routes, table, diagnostics) = detected(source);
    lines(&routes, &table, &diagnostics)
}

fn lines(routes: &RouteTable, table: &AccessTable, diagnostics: &Diagnostics) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (route, accesses) in routes.routes.iter().zip(&table.routes) {
        for access in accesses {
            let resources: Vec<String> = access.resources.iter().map(ToString::to_string).collect();
            let line = format!(
                "{} {} {} {} {}",
                route.handler.name,
                access.operation,
                access.actions.join("+"),
                resources.join("+"),
                access.certainty
            );
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    lines.extend(diagnostics.sorted().iter().map(|finding| finding.code.as_str().to_string()));
    lines.join("\n")
}

#[track_caller]
fn check(source: &str, expect: &[&str]) {
    assert_eq!(shown(source), expect.join("\n"));
}

#[test]
fn a_table_named_by_a_field_comes_from_the_variable_in_main() {
    check(
        r#"#[derive(Clone)] struct App { db: Client, table: String }
        async fn h(State(app): State<App>) { app.db.get_item().table_name(&app.table).send().await; }
        fn main() { let table = env::var("T").expect("T"); let app = App { db: Client::new(&c()), table }; serve(app); }"#,
        &["h GetItem dynamodb:GetItem dynamodb:table/${T} proved"],
    );
}

#[test]
fn a_store_built_twice_has_two_tables() {
    check(
        r#"#[derive(Clone)] struct Store { db: Client, table: String }
        impl Store {
            fn new(db: Client, table: impl Into<String>) -> Self { Self { db, table: table.into() } }
            async fn get(&self) { self.db.get_item().table_name(self.table.as_str()).send().await.unwrap(); }
        }
        struct App { users: Store, items: Arc<Store> }
        async fn h1(State(app): State<Arc<App>>) { app.users.get().await; }
        async fn h2(State(app): State<Arc<App>>) { let items = app.items.clone(); items.get().await; }
        fn main() {
            let db = Client::new(&c());
            let items = Arc::new(Store::new(db.clone(), "items"));
            serve(Arc::new(App { users: Store::new(db, env::var("USERS").unwrap_or("u".into())), items }));
        }"#,
        &[
            "h1 GetItem dynamodb:GetItem dynamodb:table/${USERS} proved",
            "h2 GetItem dynamodb:GetItem dynamodb:table/items proved",
        ],
    );
}

#[test]
fn a_generic_store_is_told_apart_by_its_type_argument() {
    check(
        r#"struct User; struct Item;
        struct Repo<T> { db: Client, table: String, p: std::marker::PhantomData<T> }
        impl<T> Repo<T> { async fn new(table: String) -> Result<Self, ()> { Ok(Self { db: Client::new(&c()), table, p: std::marker::PhantomData }) } }
        trait Ops<T> { async fn scan(&self); }
        impl<T> Ops<T> for Repo<T> { async fn scan(&self) { self.db.scan().table_name(&self.table).send().await; } }
        async fn h1(axum::Extension(db): axum::Extension<Repo<User>>) { db.scan().await; }
        async fn h2(axum::Extension(db): axum::Extension<Repo<Item>>) { db.scan().await; }
        struct Config { users: Option<String>, items: String }
        fn config() -> Config { Config { users: Some(env::var("U").expect("U")), items: env::var("I").expect("I") } }
        async fn main() { let c = config(); let a = Repo::<User>::new(c.users.unwrap()).await.expect("x"); let b = Repo::<Item>::new(c.items).await.expect("y"); }"#,
        &[
            "h1 Scan dynamodb:Scan dynamodb:table/${U} proved",
            "h2 Scan dynamodb:Scan dynamodb:table/${I} proved",
        ],
    );
}

#[test]
fn only_the_impl_that_main_wires_counts() {
    check(
        r#"trait Books { async fn find(&self); }
        struct Real { db: Client, table: String } struct Fake;
        impl Books for Real { async fn find(&self) { self.db.get_item().table_name(&self.table).send().await; } }
        impl Books for Fake { async fn find(&self) {} }
        struct Other { db: Client }
        impl Books for Other { async fn find(&self) { self.db.put_item().table_name("other").send().await; } }
        struct App { books: Arc<dyn Books> }
        async fn h(State(app): State<Arc<App>>) { app.books.find().await; }
        fn unused() { let x: Arc<dyn Books> = Arc::new(Other { db: Client::new(&c()) }); }
        fn main() { let app = App { books: Arc::new(Real { db: Client::new(&c()), table: "books".to_string() }) }; serve(app); }"#,
        &["h GetItem dynamodb:GetItem dynamodb:table/books proved"],
    );
}

#[test]
fn transactions_need_each_items_action_on_its_own_table() {
    check(
        r#"use aws_sdk_dynamodb::types::{Put, Update, TransactWriteItem, ConditionCheck};
        const ORDERS: &str = "orders";
        async fn h1() {
            let client = Client::new(&c());
            let put = Put::builder().table_name(ORDERS).build().unwrap();
            let mut t = client.transact_write_items().transact_items(TransactWriteItem::builder().put(put).build());
            for line in lines() {
                let take = Update::builder().table_name("stock").build().unwrap();
                t = t.transact_items(TransactWriteItem::builder().update(take).build());
            }
            t.send().await;
        }
        fn check(table: &str) -> TransactWriteItem { TransactWriteItem::builder().condition_check(ConditionCheck::builder().table_name(table).build().unwrap()).build() }
        async fn h2() {
            let client = Client::new(&c());
            let mut items = vec![check("customers")];
            items.push(TransactWriteItem::builder().put(Put::builder().table_name(ORDERS).build().unwrap()).build());
            client.transact_write_items().set_transact_items(Some(items)).send().await;
        }
        fn main() {}"#,
        &[
            "h1 TransactWriteItems dynamodb:PutItem dynamodb:table/orders proved",
            "h1 TransactWriteItems dynamodb:UpdateItem dynamodb:table/stock proved",
            "h2 TransactWriteItems dynamodb:PutItem dynamodb:table/orders proved",
            "h2 TransactWriteItems dynamodb:ConditionCheckItem dynamodb:table/customers proved",
        ],
    );
}

#[test]
fn an_index_stands_in_place_of_its_table() {
    check(
        r#"async fn h1() { Client::new(&c()).query().table_name("t").index_name("by-a").into_paginator().items().send(); }
        async fn h2(f: bool) { let mut q = Client::new(&c()).query().table_name("t"); if f { q = q.index_name("by-a"); } q.send().await; }
        async fn h3() { let mut q = Client::new(&c()).query().table_name("t"); q = q.index_name("by-a"); q.send().await; }
        fn main() {}"#,
        &[
            "h1 Query dynamodb:Query dynamodb:table/t/index/by-a proved",
            "h2 Query dynamodb:Query dynamodb:table/t proved",
            "h2 Query dynamodb:Query dynamodb:table/t/index/by-a proved",
            "h3 Query dynamodb:Query dynamodb:table/t/index/by-a proved",
        ],
    );
}

#[test]
fn builders_go_through_helpers_and_closures() {
    check(
        r#"use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
        struct Params { table: String }
        fn build(client: &Client, p: Params) -> QueryFluentBuilder { client.query().table_name(p.table).limit(1) }
        async fn run(q: QueryFluentBuilder) -> Result<(), ()> { q.send().await?; Ok(()) }
        async fn h1() { let r = build(&Client::new(&c()), Params { table: "t1".to_string() }); r.send().await; }
        async fn h2() { run(build(&Client::new(&c()), Params { table: "t2".into() })).await; }
        async fn h3() { let f = |t: &str| Client::new(&c()).delete_item().table_name(t).send(); f("t3").await; }
        async fn h4() { tokio::spawn(async move { Client::new(&c()).put_item().table_name("t4").send().await; }); }
        async fn h5() { for t in ["a", "b"] { Client::new(&c()).get_item().table_name(t).send().await; } }
        fn main() {}"#,
        &[
            "h1 Query dynamodb:Query dynamodb:table/t1 proved",
            "h2 Query dynamodb:Query dynamodb:table/t2 proved",
            "h3 DeleteItem dynamodb:DeleteItem dynamodb:table/t3 proved",
            "h4 PutItem dynamodb:PutItem dynamodb:table/t4 proved",
            "h5 GetItem dynamodb:GetItem dynamodb:table/a inferred",
            "h5 GetItem dynamodb:GetItem dynamodb:table/b inferred",
        ],
    );
}

#[test]
fn what_is_never_sent_or_is_no_client_gives_nothing() {
    check(
        r#"struct Bus; impl Bus { fn publish(&self) -> Bus { Bus } fn scan(&self) -> Bus { Bus } fn table_name(self, t: &str) -> Self { self } async fn send(&self) {} }
        async fn h1() { let request = Client::new(&c()).get_item().table_name("never"); drop(request); }
        async fn h2() { Bus.publish().send().await; Bus.scan().table_name("x").send().await; }
        async fn h3() { reqwest::Client::new().get("http://x").send().await; }
        async fn h4(tx: tokio::sync::mpsc::Sender<u8>) { tx.send(1).await; }
        async fn dead() { Client::new(&c()).delete_table().table_name("x").send().await; }
        #[cfg(test)] mod tests { async fn h9() { aws_sdk_dynamodb::Client::new(&c()).delete_item().table_name("x").send().await; } }
        fn main() {}"#,
        &[],
    );
}

#[test]
fn s3_arguments_change_actions_and_keys() {
    check(
        r#"use aws_sdk_s3::Client as Store;
        fn key(id: &str) -> String { format!("covers/{id}.png") }
        struct Covers { s3: Store, bucket: String }
        impl Covers { async fn get(&self, id: &str) { self.s3.get_object().bucket(&self.bucket).key(key(id)).send().await; } }
        fn covers() -> Covers { Covers { s3: Store::new(&c()), bucket: env::var("BUCKET").unwrap() } }
        async fn h1(axum::extract::Path(id): axum::extract::Path<String>) { covers().get(&id).await; }
        async fn h2() { Store::new(&c()).get_object().bucket("b").key("k").version_id("1").send().await; }
        async fn h3() { Store::new(&c()).put_object().bucket("b").key("k").tagging("a=b").send().await; }
        async fn h4() { Store::new(&c()).copy_object().bucket("to").key("k").copy_source(format!("from/{}", name())).send().await; }
        async fn h5() { Store::new(&c()).list_objects_v2().bucket("b").prefix("p/").into_paginator().send(); }
        async fn h6() { Store::new(&c()).head_object().bucket("b").key("k").presigned(x()).await; }
        fn main() {}"#,
        &[
            "h1 GetObject s3:GetObject s3:object/${BUCKET}/covers/*.png proved",
            "h2 GetObject s3:GetObjectVersion s3:object/b/k proved",
            "h3 PutObject s3:PutObject s3:object/b/k proved",
            "h3 PutObject s3:PutObjectTagging s3:object/b/k proved",
            "h4 CopyObject s3:PutObject s3:object/to/k proved",
            "h4 CopyObject s3:GetObject s3:object/from/* proved",
            "h5 ListObjectsV2 s3:ListBucket s3:bucket/b proved",
            "h6 HeadObject s3:GetObject s3:object/b/k proved",
        ],
    );
}

#[test]
fn who_tells_a_missing_key_apart_may_list_the_bucket() {
    check(
        r#"use aws_sdk_s3::{Client as Store, operation::{get_object::GetObjectError, head_object::HeadObjectError}};
        use aws_sdk_s3::error::SdkError;
        fn s3() -> Store { Store::new(&c()) }
        async fn h1() { match s3().get_object().bucket("a").key("k").send().await.map_err(SdkError::into_service_error) { Err(GetObjectError::NoSuchKey(_)) => none(), _ => some() } }
        async fn h2() { let found = s3().head_object().bucket("b").key("k").send().await; if found.is_err_and(|e| e.as_service_error().is_some_and(|e| e.is_not_found())) { none() } }
        enum AppError { NotFound, Other }
        impl From<SdkError<GetObjectError>> for AppError { fn from(e: SdkError<GetObjectError>) -> Self { if e.into_service_error().is_no_such_key() { AppError::NotFound } else { AppError::Other } } }
        async fn h3() -> Result<(), AppError> { s3().get_object().bucket("c").key("k").send().await?; Ok(()) }
        async fn load() -> Result<Out, SdkError<GetObjectError>> { s3().get_object().bucket("d").key("k").send().await }
        async fn h4() { match load().await { Err(e) if matches!(e.as_service_error(), Some(GetObjectError::NoSuchKey(_))) => none(), _ => some() } }
        fn is_missing<E: ProvideErrorMetadata>(e: &E) -> bool { e.code() == Some("NoSuchKey") }
        async fn h5() { if let Err(e) = s3().get_object().bucket("e").key("k").send().await { is_missing(&e); } }
        async fn h6() { s3().wait_until_object_exists().bucket("f").key("k").wait(t()).await; }
        fn main() {}"#,
        &[
            "h1 GetObject s3:GetObject s3:object/a/k proved",
            "h1 GetObject s3:ListBucket s3:bucket/a proved",
            "h2 HeadObject s3:GetObject s3:object/b/k proved",
            "h2 HeadObject s3:ListBucket s3:bucket/b inferred",
            "h3 GetObject s3:GetObject s3:object/c/k proved",
            "h3 GetObject s3:ListBucket s3:bucket/c inferred",
            "h4 GetObject s3:GetObject s3:object/d/k proved",
            "h4 GetObject s3:ListBucket s3:bucket/d inferred",
            "h5 GetObject s3:GetObject s3:object/e/k proved",
            "h5 GetObject s3:ListBucket s3:bucket/e inferred",
            "h6 HeadObject s3:GetObject s3:object/f/k proved",
            "h6 HeadObject s3:ListBucket s3:bucket/f proved",
        ],
    );
}

#[test]
fn a_missing_key_that_nobody_tells_apart_needs_no_list() {
    check(
        r#"use aws_sdk_s3::{Client as Store, error::SdkError, operation::get_object::GetObjectError};
        fn s3() -> Store { Store::new(&c()) }
        enum AppError { NotFound, NoSuchKey }
        impl AppError { fn is_not_found(&self) -> bool { true } }
        async fn h1() -> Result<(), AppError> { s3().get_object().bucket("a").key("k").send().await.map_err(|_| AppError::NoSuchKey)?; Err(AppError::NotFound) }
        async fn h2(e: AppError) { s3().head_object().bucket("b").key("k").send().await; e.is_not_found(); }
        async fn there() -> Option<Out> { match s3().get_object().bucket("c").key("k").send().await { Err(SdkError::ServiceError(e)) if matches!(e.err(), GetObjectError::NoSuchKey(_)) => None, _ => some() } }
        async fn h3() { s3().get_object().bucket("d").key("k").send().await.unwrap(); }
        async fn plain() -> Out { s3().get_object().bucket("e").key("k").send().await.unwrap() }
        fn name(key: &str) -> bool { key == "NoSuchKey" }
        async fn h4() { plain().await; name("x"); }
        async fn h5() { s3().put_object().bucket("f").key("NoSuchKey").send().await; }
        fn main() {}"#,
        &[
            "h1 GetObject s3:GetObject s3:object/a/k proved",
            "h2 HeadObject s3:GetObject s3:object/b/k proved",
            "h3 GetObject s3:GetObject s3:object/d/k proved",
            "h4 GetObject s3:GetObject s3:object/e/k proved",
            "h5 PutObject s3:PutObject s3:object/f/NoSuchKey proved",
        ],
    );
}

#[test]
fn names_come_from_consts_wrappers_and_formats() {
    check(
        r#"const VAR: &str = "NAMED"; static STAGE: &str = "dev";
        fn need(key: &str) -> Result<String, env::VarError> { env::var(key) }
        fn required(key: &str) -> String { match env::var(key) { Ok(value) => value, Err(_) => panic!("no {key}") } }
        async fn h1() -> Result<(), ()> { Client::new(&c()).get_item().table_name(need("A")?).send().await; Ok(()) }
        async fn h2() { Client::new(&c()).get_item().table_name(env::var(VAR).unwrap_or_else(|_| "d".into())).send().await; }
        async fn h3() { let stage = env::var("STAGE").ok(); Client::new(&c()).get_item().table_name(format!("{}-users", stage.unwrap())).send().await; }
        async fn h4() { Client::new(&c()).get_item().table_name(STAGE.to_string() + "-x").send().await; }
        async fn h5() { Client::new(&c()).get_item().table_name(required("B")).send().await; }
        async fn h6() { Client::new(&c()).get_item().table_name(concat!("a", "b")).send().await; }
        async fn h7(axum::extract::Path(table): axum::extract::Path<String>) { Client::new(&c()).get_item().table_name(table).send().await; }
        trait Entity { const TABLE: &'static str; } struct U; impl Entity for U { const TABLE: &'static str = "u"; }
        async fn save<E: Entity>() { Client::new(&c()).put_item().table_name(E::TABLE).send().await; }
        async fn h8() { save::<U>().await; }
        static T: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| env::var("LAZY").expect("x"));
        async fn h9() { Client::new(&c()).get_item().table_name(T.as_str()).send().await; }
        fn main() {}"#,
        &[
            "h1 GetItem dynamodb:GetItem dynamodb:table/${A} proved",
            "h2 GetItem dynamodb:GetItem dynamodb:table/${NAMED} proved",
            "h3 GetItem dynamodb:GetItem dynamodb:table/${STAGE}-users proved",
            "h4 GetItem dynamodb:GetItem dynamodb:table/dev-x proved",
            "h5 GetItem dynamodb:GetItem dynamodb:table/${B} proved",
            "h6 GetItem dynamodb:GetItem dynamodb:table/ab proved",
            "h7 GetItem dynamodb:GetItem dynamodb:table/? unknown",
            "h8 PutItem dynamodb:PutItem dynamodb:table/u proved",
            "h9 GetItem dynamodb:GetItem dynamodb:table/${LAZY} proved",
            "LS0301",
        ],
    );
}

#[test]
fn start_up_and_layers_count_for_every_route() {
    check(
        r#"struct Db { client: Client, table: String }
        impl Db { async fn open() -> Result<Self, ()> { let table = env::var("T")?; let client = Client::new(&c()); client.describe_table().table_name(&table).send().await?; Ok(Self { client, table }) } }
        async fn layer(State(db): State<Arc<Db>>) { db.client.get_item().table_name(&db.table).send().await; }
        async fn h() {}
        async fn main() { let db = Db::open().await.unwrap(); let app = axum::Router::new().route("/", axum::routing::get(h)).with_state(Arc::new(db)); }"#,
        &[
            "h GetItem dynamodb:GetItem dynamodb:table/${T} proved",
            "h DescribeTable dynamodb:DescribeTable dynamodb:table/${T} proved",
        ],
    );
}

/// Detects with the layers that the program's own router has.
fn shown_with_router(source: &str) -> String {
    let text = format!("{PRELUDE}{source}");
    let program = crate::resolve::tests::program(&[("src/main.rs", &text)]);
    let mut diagnostics = Diagnostics::default();
    let routes = crate::routes::evaluate(&program, &mut diagnostics);
    let mut diagnostics = Diagnostics::default();
    let table = detect(&program, &routes, crate::access::schema(&program), &mut diagnostics);
    lines(&routes, &table, &diagnostics)
}

#[test]
fn a_function_of_a_type_parameter_is_that_of_the_type_in_its_context() {
    check(
        r#"trait Stored { fn table() -> &'static str; async fn load(db: &Client) { db.scan().table_name(Self::table()).send().await; } }
        struct User; struct Item;
        impl Stored for User { fn table() -> &'static str { "users" } }
        impl Stored for Item { fn table() -> &'static str { "items" } }
        struct Repo<T> { db: Client, of: PhantomData<T> }
        impl<T: Stored> Repo<T> { async fn one(&self) { self.db.get_item().table_name(<T as Stored>::table()).send().await; } }
        async fn put<T: Stored>(db: &Client) { let table = T::table(); db.put_item().table_name(table).send().await; }
        async fn h1(State(db): State<Client>) { put::<User>(&db).await; }
        async fn h2(State(db): State<Client>) { Item::load(&db).await; }
        async fn h3(State(db): State<Client>) { let repo: Repo<User> = Repo { db, of: PhantomData }; repo.one().await; }
        fn main() { serve(Client::new(&c())); }"#,
        &[
            "h1 PutItem dynamodb:PutItem dynamodb:table/users proved",
            "h2 Scan dynamodb:Scan dynamodb:table/items proved",
            "h3 GetItem dynamodb:GetItem dynamodb:table/users proved",
        ],
    );
}

#[test]
fn a_layer_that_is_a_struct_is_charged_to_the_routes_under_it() {
    let source = r#"use tower::{Layer, Service}; use axum::{Router, routing::get};
        #[derive(Clone)] struct AuthLayer { db: Client, table: String }
        #[derive(Clone)] struct AuthService<S> { inner: S, auth: AuthLayer }
        impl<S> Layer<S> for AuthLayer { type Service = AuthService<S>; fn layer(&self, inner: S) -> Self::Service { AuthService { inner, auth: self.clone() } } }
        impl<S, R> Service<R> for AuthService<S> {
            type Response = (); type Error = (); type Future = F;
            fn call(&mut self, request: R) -> F { let auth = self.auth.clone(); Box::pin(async move { auth.db.get_item().table_name(&auth.table).send().await; }) }
        }
        async fn h1() {}
        async fn h2() {}
        async fn main() {
            let auth = AuthLayer { db: Client::new(&c()), table: env::var("S").unwrap() };
            let app = Router::new().route("/a", get(h1)).layer(auth).route("/b", get(h2));
            axum::serve(l(), app).await.unwrap();
        }"#;
    assert_eq!(shown_with_router(source), "h1 GetItem dynamodb:GetItem dynamodb:table/${S} proved");
}

#[test]
fn what_a_layer_of_another_crate_calls_is_charged_too() {
    let source = r#"use axum::{Router, routing::get};
        #[derive(Clone)] struct Keys { db: Client }
        impl<B> tower_http::validate_request::ValidateRequest<B> for Keys { type ResponseBody = B; fn validate(&mut self, r: &mut R) -> Result<(), ()> { block_on(self.db.get_item().table_name("keys").send()) } }
        async fn h1() {}
        async fn h2() {}
        async fn main() {
            let keys = tower_http::validate_request::ValidateRequestHeaderLayer::custom(Keys { db: Client::new(&c()) });
            let app = Router::new().route("/a", get(h1)).route_layer(keys).route("/b", get(h2));
            axum::serve(l(), app).await.unwrap();
        }"#;
    assert_eq!(shown_with_router(source), "h1 GetItem dynamodb:GetItem dynamodb:table/keys proved");
}

#[test]
fn a_layer_without_code_to_be_seen_is_reported() {
    let source = r#"use axum::{Router, routing::get};
        #[derive(Clone)] struct Audit;
        generated! { impl Layer for Audit }
        async fn h() {}
        async fn main() { let app = Router::new().route("/a", get(h)).layer(Audit).layer(tower_http::trace::TraceLayer::new_for_http()); axum::serve(l(), app).await.unwrap(); }"#;
    assert_eq!(shown_with_router(source), "LS0304");
    let source = r#"use axum::{Router, routing::get};
        async fn h() {}
        fn app(limit: Missing) -> Router { Router::new().route("/a", get(h)).layer(limit).layer(axum::Extension(1)) }
        async fn main() { axum::serve(l(), app(made())).await.unwrap(); }"#;
    assert_eq!(shown_with_router(source), "LS0304");
}

#[test]
fn partiql_and_batches_name_tables_in_text_and_keys() {
    check(
        r#"const TABLE: &str = "t";
        async fn h1() { Client::new(&c()).execute_statement().statement(format!(r"SELECT a FROM {TABLE} WHERE a = ?")).send().await; }
        async fn h2() { Client::new(&c()).batch_get_item().request_items("a", keys()).request_items("b", keys()).send().await; }
        async fn h3() { let mut m = std::collections::HashMap::new(); m.insert("x".to_string(), reqs()); Client::new(&c()).batch_write_item().set_request_items(Some(m)).send().await; }
        fn main() {}"#,
        &[
            "h1 ExecuteStatement dynamodb:PartiQLSelect dynamodb:table/t proved",
            "h2 BatchGetItem dynamodb:BatchGetItem dynamodb:table/a proved",
            "h2 BatchGetItem dynamodb:BatchGetItem dynamodb:table/b proved",
            "h3 BatchWriteItem dynamodb:BatchWriteItem dynamodb:table/x proved",
        ],
    );
}

#[test]
fn a_client_of_unknown_origin_is_known_by_the_shape_of_the_call() {
    check(
        r#"async fn h1() { let client = injected().await.client; client.scan().table_name("t").into_paginator().send(); }
        async fn h2() { let cache = injected(); cache.scan().limit(1).send(); }
        fn main() {}"#,
        &["h1 Scan dynamodb:Scan dynamodb:table/t inferred"],
    );
}

#[test]
fn queues_are_named_by_their_urls() {
    check(
        r#"struct Queue { sqs: aws_sdk_sqs::Client, url: String }
        impl Queue { async fn push(&self) { self.sqs.send_message_batch().queue_url(&self.url).send().await; } }
        async fn h(State(q): State<Queue>) { q.push().await; }
        fn main() { let q = Queue { sqs: aws_sdk_sqs::Client::new(&c()), url: env::var("QUEUE_URL").unwrap() }; serve(q); }"#,
        &["h SendMessageBatch sqs:SendMessage sqs:queue/${QUEUE_URL} proved"],
    );
}

#[test]
fn unknown_operations_are_proposed_by_name_and_reported() {
    check(
        r#"async fn h() { Client::new(&c()).describe_dreams().dream_arn("x").send().await; }
        fn main() {}"#,
        &["h DescribeDreams dynamodb:DescribeDreams dynamodb:resource/? unknown", "LS0302"],
    );
}

#[test]
fn variables_keep_their_defaults_and_places() {
    let (_, _, table, _) = detected(
        r#"fn level() -> String { env::var("LEVEL").unwrap_or_else(|_| "info".to_string()) }
        async fn h() { level(); }
        fn main() { env::var("T").unwrap(); }"#,
    );
    let names = |all: &[super::EnvVar]| {
        all.iter().map(|var| format!("{}={:?}", var.name, var.default)).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(&table.startup_env), "T=None");
    assert_eq!(names(&table.route_env[0]), "LEVEL=Some(\"info\") T=None");
}

#[test]
fn sql_in_text_names_tables_and_other_sql_is_reported() {
    let manifest = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nsqlx = \"0.8\"\n";
    let source = r#"
        const FIND: &str = "SELECT * FROM users WHERE id = $1";
        async fn h1() { sqlx::query(FIND).fetch_one(&pool()).await; }
        async fn h2() { sqlx::query_as!(User, "INSERT INTO users (id) VALUES ($1) RETURNING id", 1).fetch_one(&pool()).await; }
        async fn h3(sql: String) { sqlx::query(&sql).execute(&pool()).await; }
        async fn h4() { use sqlx::query_scalar; query_scalar("SELECT count(*) FROM a JOIN b ON a.x = b.x").fetch_one(&pool()).await; }
        fn query(text: &str) {}
        async fn h5() { query("SELECT * FROM nothing"); }
        fn main() {}"#;
    let (_, routes, table, diagnostics) = detected_in(&[("Cargo.toml", manifest), ("src/main.rs", source)]);
    let expect = [
        "h1 Select  sql:table/users proved",
        "h2 Insert  sql:table/users proved",
        "h2 Select  sql:table/users proved",
        "h4 Select  sql:table/a proved",
        "h4 Select  sql:table/b proved",
        "LS0303",
    ];
    assert_eq!(lines(&routes, &table, &diagnostics), expect.join("\n"));
    let implied = table.routes[1].iter().map(|access| access.implied).collect::<Vec<_>>();
    assert_eq!(implied, [false, true]);
}

#[test]
fn a_config_filled_by_another_crate_is_unknown_and_said() {
    let manifest = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nenvy = \"0.4\"\nserde = \"1\"\naws-sdk-dynamodb = \"1\"\n";
    let source = r"use aws_sdk_dynamodb::Client;
        #[derive(serde::Deserialize)] struct Config { table: String }
        struct Db { client: Client, table: String }
        async fn h(axum::extract::State(db): axum::extract::State<Db>) { db.client.get_item().table_name(&db.table).send().await; }
        fn main() { let config: Config = envy::from_env().unwrap(); let db = Db { client: Client::new(&c()), table: config.table }; serve(db); }";
    let (_, routes, table, diagnostics) = detected_in(&[("Cargo.toml", manifest), ("src/main.rs", source)]);
    let expect = "h GetItem dynamodb:GetItem dynamodb:table/? unknown\nLS0301";
    assert_eq!(lines(&routes, &table, &diagnostics), expect);
}

#[test]
fn swapped_tables_and_branches_are_not_mixed_up() {
    check(
        r#"#[derive(Clone)] struct Tables { a: String, b: String }
        struct Repo { db: Client, tables: Tables }
        impl Repo {
            fn new(db: Client, a: &str, b: &str) -> Self { let tables = Tables { a: b.to_string(), b: a.to_string() }; Repo { db, tables } }
            async fn read(&self) { self.db.get_item().table_name(self.tables.a.clone()).send().await; }
            async fn search(&self, index: Option<&str>) { self.db.query().table_name(&self.tables.b).set_index_name(index.map(|i| i.to_string())).send().await; }
        }
        async fn h1(State(r): State<Arc<Repo>>) { r.read().await; }
        async fn h2(State(r): State<Arc<Repo>>) { r.search(Some("by-x")).await; }
        async fn h3(State(r): State<Arc<Repo>>) { r.search(None).await; }
        fn main() { let r = Repo::new(Client::new(&c()), "first", "second"); serve(Arc::new(r)); }"#,
        &[
            "h1 GetItem dynamodb:GetItem dynamodb:table/second proved",
            "h2 Query dynamodb:Query dynamodb:table/first/index/by-x proved",
            "h3 Query dynamodb:Query dynamodb:table/first proved",
        ],
    );
}

#[test]
fn generic_services_over_a_repository_use_the_one_that_is_wired() {
    check(
        r#"trait Repo { async fn load(&self); }
        #[derive(Clone)] struct Dynamo { db: Client, table: String }
        #[derive(Clone)] struct Memory;
        impl Repo for Dynamo { async fn load(&self) { self.db.get_item().table_name(&self.table).send().await; } }
        impl Repo for Memory { async fn load(&self) {} }
        #[derive(Clone)] struct Service<R: Repo> { repo: R }
        impl<R: Repo> Service<R> { fn new(repo: R) -> Self { Self { repo } } async fn run(&self) { self.repo.load().await } }
        async fn h(State(s): State<Service<Dynamo>>) { s.run().await; }
        fn main() { let s = Service::new(Dynamo { db: Client::new(&c()), table: env::var("T").unwrap() }); serve(s); }"#,
        &["h GetItem dynamodb:GetItem dynamodb:table/${T} proved"],
    );
}

#[test]
fn clients_in_cells_and_requests_in_other_forms_count() {
    check(
        r#"static DB: tokio::sync::OnceCell<Client> = tokio::sync::OnceCell::const_new();
        async fn db() -> &'static Client { DB.get_or_init(|| async { Client::new(&c()) }).await }
        async fn h1() { db().await.get_item().table_name("a").send().await; }
        async fn h2() { aws_sdk_dynamodb::operation::get_item::GetItemInput::builder().table_name("b").send_with(db().await).await; }
        async fn h3() { let request = Client::new(&c()).put_item(); let request = request.table_name("c"); request.customize().mutate_request(f()).send().await; }
        async fn h4() { Client::new(&c()).wait_until_table_exists().table_name("d").wait(t()).await; }
        async fn h5() { let ids = vec!["x"]; ids.iter().for_each(|id| { Client::new(&c()).get_item().table_name(format!("e-{id}")).send(); }); }
        fn main() {}"#,
        &[
            "h1 GetItem dynamodb:GetItem dynamodb:table/a proved",
            "h2 GetItem dynamodb:GetItem dynamodb:table/b proved",
            "h3 PutItem dynamodb:PutItem dynamodb:table/c proved",
            "h4 DescribeTable dynamodb:DescribeTable dynamodb:table/d proved",
            "h5 GetItem dynamodb:GetItem dynamodb:table/e-x proved",
        ],
    );
}

#[test]
fn extractors_behind_a_handler_count() {
    check(
        r#"#[derive(Clone)] struct Sessions { db: Client, table: String }
        #[derive(Clone)] struct App { sessions: Sessions }
        impl axum::extract::FromRef<App> for Sessions { fn from_ref(app: &App) -> Self { app.sessions.clone() } }
        struct SignedIn;
        impl<S> axum::extract::FromRequestParts<S> for SignedIn where Sessions: axum::extract::FromRef<S>, S: Send + Sync {
            type Rejection = ();
            async fn from_request_parts(parts: &mut axum::http::request::Parts, state: &S) -> Result<Self, ()> {
                let sessions = Sessions::from_ref(state);
                sessions.db.get_item().table_name(&sessions.table).send().await; Ok(SignedIn)
            }
        }
        async fn h1(_who: SignedIn) {}
        async fn h2() {}
        fn main() { let app = App { sessions: Sessions { db: Client::new(&c()), table: env::var("S").unwrap() } };
            let router = axum::Router::new().route("/a", axum::routing::get(h1)).route("/b", axum::routing::get(h2)).with_state(app); }"#,
        &["h1 GetItem dynamodb:GetItem dynamodb:table/${S} proved"],
    );
}

#[test]
fn a_field_that_updates_copy_is_followed() {
    check(
        r#"#[derive(Clone)] struct S { a: String, b: String }
        impl S { fn with(self, b: String) -> Self { Self { b, ..self } } }
        async fn h1(State(s): State<S>) { Client::new(&c()).get_item().table_name(&s.a).send().await; }
        fn main() { let mut s = S { a: "t".into(), b: "u".into() }; for x in ["v", "w"] { s = s.with(x.into()); } }"#,
        &["h1 GetItem dynamodb:GetItem dynamodb:table/t proved"],
    );
}

#[test]
fn a_request_sent_by_a_local_macro_is_followed() {
    check(
        r#"macro_rules! fetch { ($c:expr, $t:expr) => { $c.get_item().table_name($t).send().await }; }
        macro_rules! plain { ($c:expr) => { $c.get_item() }; }
        async fn h1() { fetch!(Client::new(&c()), "t"); }
        async fn h2() { plain!(cache()); }
        fn main() {}"#,
        &["h1 GetItem dynamodb:GetItem dynamodb:table/t proved"],
    );
}

#[test]
fn tables_in_a_map_are_found_by_their_key() {
    check(
        r#"use std::collections::HashMap;
        async fn h1() { let m = HashMap::from([("a", "t1"), ("b", "t2")]); Client::new(&c()).get_item().table_name(m["a"]).send().await; }
        async fn h2() { let mut m = HashMap::new(); m.insert("a", "t1"); m.insert("b", "t2"); Client::new(&c()).get_item().table_name(*m.get("b").unwrap()).send().await; }
        fn main() {}"#,
        &[
            "h1 GetItem dynamodb:GetItem dynamodb:table/t1 proved",
            "h2 GetItem dynamodb:GetItem dynamodb:table/t2 proved",
        ],
    );
}

#[test]
fn functions_that_all_call_each_other_are_entered_once_for_each_answer() {
    let function = |at: usize| {
        let others = (0..14).filter(|&other| other != at);
        let calls: Vec<String> = others.map(|other| format!("f{other}(c, t).await;")).collect();
        let own = if at == 7 { "c.get_item().table_name(t).send().await;" } else { "" };
        format!("async fn f{at}(c: &Client, t: &str) {{ {} {own} }}", calls.join(" "))
    };
    let functions: Vec<String> = (0..14).map(function).collect();
    let handlers = r#"async fn h1(State(c): State<Client>) { f0(&c, "a").await; }
        async fn h2(State(c): State<Client>) { f3(&c, "b").await; }"#;
    check(
        &format!("{} {handlers}", functions.join("\n")),
        &[
            "h1 GetItem dynamodb:GetItem dynamodb:table/a proved",
            "h2 GetItem dynamodb:GetItem dynamodb:table/b proved",
        ],
    );
}

#[test]
fn more_answers_than_can_be_told_apart_are_a_finding_and_no_request_is_lost() {
    let function = |at: usize| {
        let call = |more: &str| format!("f{}(c, &format!(\"{{t}}{more}\")).await;", at + 1);
        format!("async fn f{at}(c: &Client, t: &str) {{ {} {} }}", call("x"), call("y"))
    };
    let functions: Vec<String> = (0..20).map(function).collect();
    let rest = r#"async fn f20(c: &Client, t: &str) { c.get_item().table_name(t).send().await; }
        async fn last(c: &Client) { c.put_item().table_name("p").send().await; }
        async fn h1(State(c): State<Client>) { f0(&c, "a").await; last(&c).await; }"#;
    let shown = shown(&format!("{} {rest}", functions.join("\n")));
    assert!(shown.contains("h1 GetItem dynamodb:GetItem dynamodb:table/? unknown"), "{shown}");
    assert!(shown.contains("h1 PutItem dynamodb:PutItem"), "{shown}");
    assert!(shown.contains("LS0305"), "{shown}");
}

#[test]
fn main_runs_before_what_another_function_serves() {
    let text = format!(
        "{PRELUDE}use axum::{{Router, routing::get}};\nasync fn h() {{}}\n{}",
        r#"async fn run() { env::var("RUN").unwrap(); axum::serve(l(), Router::new().route("/", get(h))).await; }
        fn main() { env::var("MAIN").unwrap(); unknown!(run()); }"#
    );
    let program = crate::resolve::tests::program(&[("src/main.rs", &text)]);
    let mut diagnostics = Diagnostics::default();
    let routes = crate::routes::evaluate(&program, &mut diagnostics);
    assert_eq!(routes.entry.map(|entry| program.def(entry).name.as_str()), Some("run"));
    let table = detect(&program, &routes, crate::access::schema(&program), &mut diagnostics);
    let names: Vec<&str> = table.startup_env.iter().map(|variable| variable.name.as_str()).collect();
    assert_eq!(names, ["RUN", "MAIN"]);
}

#[test]
fn what_a_cfg_switches_off_gives_nothing() {
    check(
        r#"struct Names { #[cfg(feature = "off")] table: Other, #[cfg(not(feature = "off"))] table: String }
        fn put(table: &str) { Client::new(&c()).put_item().table_name(table).send(); }
        fn both(#[cfg(feature = "off")] table: u8, #[cfg(not(feature = "off"))] table: &str) { put(table) }
        async fn h1() { #[cfg(feature = "off")] put("A"); }
        async fn h2() { #[cfg(feature = "off")] { put("A"); } #[cfg(debug_assertions)] put("A") }
        async fn h3() { match n() { #[cfg(feature = "off")] 1 => put("A"), #[cfg(any())] 2 => { put("A") } _ => {} } }
        async fn h4() { let table = "B"; #[cfg(feature = "off")] let table = "A"; put(table); }
        async fn h5() { let names = Names { #[cfg(feature = "off")] table: of("A"), #[cfg(not(feature = "off"))] table: "C".to_string() }; put(&names.table); }
        async fn h6() { both(#[cfg(feature = "off")] 1, #[cfg(not(feature = "off"))] "D"); }
        async fn h7() { tokio::join!(async { #[cfg(feature = "off")] put("A"); put("E"); }); }
        async fn h8() { #[cfg(test)] return put("A"); #[cfg(not(test))] put("F") }
        fn main() {}"#,
        &[
            "h4 PutItem dynamodb:PutItem dynamodb:table/B proved",
            "h5 PutItem dynamodb:PutItem dynamodb:table/C proved",
            "h6 PutItem dynamodb:PutItem dynamodb:table/D proved",
            "h7 PutItem dynamodb:PutItem dynamodb:table/E proved",
            "h8 PutItem dynamodb:PutItem dynamodb:table/F proved",
        ],
    );
}

#[test]
fn a_call_that_may_be_lost_is_said_where_it_may_lead_to_an_access() {
    let code = |call: &str| {
        format!(
            "struct Store {{ db: Client }} impl Store {{ async fn get(&self, id: u8) {{ self.db.get_item().table_name(\"T\").send().await; }} fn remove(&self, id: u8) {{}} }} \
            async fn h(State(a): State<App>) {{ let found = foreign::thing!(a); {call} }} \
            async fn h2(State(a): State<App>) {{ let store = Store {{ db: a.db }}; store.get(1).await; store.remove(1); }}"
        )
    };
    let known = "h2 GetItem dynamodb:GetItem dynamodb:table/T proved";
    assert_eq!(shown(&code("found.get(1);")), format!("{known}\nLS0101"));
    // Those of other numbers of arguments and those that lead nowhere do not.
    assert_eq!(shown(&code("found.get(1, 2); found.remove(1);")), known);
}
