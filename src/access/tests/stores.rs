//! Stores and hosts that are not of AWS.

use super::{PRELUDE, detected_program, lines};

#[track_caller]
fn check(source: &str, expect: &[&str]) {
    let text = format!("{PRELUDE}{source}");
    let dependencies =
        "mongodb = \"3\"\nbb8 = \"0.9\"\nbb8-redis = \"0.2\"\nredis = \"1\"\nreqwest = \"0.12\"\n";
    let program = crate::resolve::tests::program_with(dependencies, &[("src/main.rs", &text)]);
    let (_, routes, table, diagnostics) = detected_program(program);
    assert_eq!(lines(&routes, &table, &diagnostics), expect.join("\n"));
}

#[test]
fn collections_are_read_and_written() {
    check(
        r#"struct Repo { users: mongodb::Collection<User>, other: mongodb::Collection<User> }
        struct User;
        fn repo(db: &mongodb::Database) -> Repo { Repo { users: db.collection("users"), other: db.collection::<User>("audit") } }
        async fn h1(State(repo): State<Repo>) { repo.users.find_one(doc()).await; }
        async fn h2(State(repo): State<Repo>) { repo.other.insert_one(User).await; let name = repo.users.name(); }
        async fn h3(repo: Repo) { list().find("x"); }
        fn main() { serve(repo(&db())); }"#,
        &["h1 find_one  mongodb:collection/users proved", "h2 insert_one  mongodb:collection/audit proved"],
    );
}

#[test]
fn requests_name_their_host_where_they_are_sent() {
    check(
        r#"struct App { http: reqwest::Client }
        async fn h1(State(app): State<App>) { app.http.get(format!("https://api.example.com/users/{}", id())).send().await; }
        async fn h2(State(app): State<App>) { let url = env::var("BILLING_URL").unwrap(); app.http.post(format!("{url}/bills")).json(&x()).send().await; }
        async fn h3(State(app): State<App>) { let request = app.http.get("https://never.example.com"); }
        async fn h4(State(app): State<App>) { app.http.get(target()).send().await; }
        fn main() { serve(App { http: reqwest::Client::new() }); }"#,
        &[
            "h1 get  http:host/api.example.com proved",
            "h2 post  http:host/${BILLING_URL} proved",
            "h4 get  http:host/? unknown",
        ],
    );
}

#[test]
fn servers_of_redis_are_named_where_the_client_is_followed() {
    check(
        r#"async fn h1() {
            let client = redis::Client::open(env::var("REDIS_URL").unwrap()).unwrap();
            let mut connection = client.get_multiplexed_async_connection().await.unwrap();
            let _: () = connection.set("k", "v").await.unwrap();
        }
        async fn h2(mut connection: redis::aio::MultiplexedConnection) { let _: String = connection.get("k").await.unwrap(); connection.is_open(); }
        #[derive(Clone)] struct App { kept: redis::aio::ConnectionManager, pool: bb8::Pool<bb8_redis::RedisConnectionManager> }
        async fn h3(State(app): State<App>) { let mut kept = app.kept.clone(); redis::cmd("GET").arg("k").query_async(&mut kept).await; }
        async fn h4(State(app): State<App>) { let mut one = app.pool.get().await.unwrap(); redis::pipe().set("k", 1).incr("n", 1).query_async(&mut *one).await; }
        async fn h5(State(app): State<App>) { let script = redis::Script::new("x"); script.key("k").invoke_async(&mut app.kept.clone()).await; }
        async fn h6() { let never = redis::cmd("SET"); let other = redis::pipe().get("k"); }
        async fn main() {
            let client = redis::Client::open(env::var("CACHE_URL").unwrap()).unwrap();
            let kept = redis::aio::ConnectionManager::new(client).await.unwrap();
            let manager = bb8_redis::RedisConnectionManager::new("redis://pooled:6379").unwrap();
            serve(App { kept, pool: bb8::Pool::builder().build(manager).await.unwrap() });
        }"#,
        &[
            "h1 set  redis:server/${REDIS_URL} proved",
            "h2 get  redis:server/? unknown",
            "h3 query_async  redis:server/${CACHE_URL} proved",
            "h4 query_async  redis:server/pooled proved",
            "h5 invoke_async  redis:server/${CACHE_URL} proved",
        ],
    );
}
