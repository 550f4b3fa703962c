//! Programs with diesel and sea-orm: which statement each call runs, and what is said where that is not known.

use super::sql::{UNKNOWN, shown};

const SCHEMA: &str = r#"
    mod schema {
        diesel::table! { users (id) { id -> Int4, name -> Text, #[sql_name = "mail"] email -> Nullable<Text>, } }
        diesel::table! { shop.posts (id) { id -> Int4, user_id -> Int4, title -> Text, } }
        diesel::joinable!(posts -> users (user_id));
        diesel::allow_tables_to_appear_in_same_query!(users, posts);
    }
    mod models {
        use diesel::prelude::*;
        use super::schema::{posts, users};
        #[derive(Queryable, Selectable, Identifiable, AsChangeset)] #[diesel(table_name = users)]
        pub struct User { pub id: i32, pub name: String }
        #[derive(Insertable)] #[diesel(table_name = users)]
        pub struct NewUser<'a> { pub name: &'a str, #[diesel(column_name = email)] pub mail: Option<String> }
        #[derive(Queryable, Associations, HasQuery)] #[diesel(table_name = posts, belongs_to(User))]
        pub struct Post { pub id: i32, pub user_id: i32 }
        #[derive(HasQuery)] #[diesel(base_query = posts::table.inner_join(users::table))]
        pub struct Both { #[diesel(select_expression = users::name)] pub name: String, #[diesel(embed)] pub post: Post }
    }
    use diesel::prelude::*;
    use diesel_async::{AsyncPgConnection, RunQueryDsl};
    use models::*;
    use schema::{posts, users};
    type Db<'a> = &'a mut AsyncPgConnection;
    fn main() {}
"#;

#[track_caller]
fn diesel(source: &str, expect: &[&str]) {
    let source = format!("{SCHEMA}{source}");
    let found = shown("diesel = \"2\"\ndiesel-async = \"0.5\"\n", &[("src/main.rs", &source)]);
    assert_eq!(found, expect.join("\n"));
}

#[test]
fn selects_read_what_they_say_or_every_column() {
    diesel(
        r#"
        async fn h1(db: Db<'_>) { users::table.load::<User>(db).await; }
        async fn h2(db: Db<'_>) { use schema::users::dsl::*; users.select((id, email)).filter(name.eq("x")).first::<(i32, String)>(db).await; }
        async fn h3(db: Db<'_>) { users::table.find(1).select(User::as_select()).get_result(db).await; }
        async fn h4(db: Db<'_>) { users::table.count().get_result::<i64>(db).await; }
        async fn h5(db: Db<'_>) { posts::table.inner_join(users::table).select(posts::title).order(users::email.desc()).load::<String>(db).await; }
        async fn h6(db: Db<'_>) { users::table.left_join(posts::table.on(posts::title.eq(users::name))).select(users::id).for_update().load::<i32>(db).await; }
        async fn h7(db: Db<'_>) { Both::query().load(db).await; }
        async fn h8(db: Db<'_>, user: User) { Post::belonging_to(&user).load::<Post>(db).await; }
        "#,
        &[
            "h1 Select users(id mail name)",
            "h2 Select users(id mail name)",
            "h3 Select users(id name)",
            "h4 Select users()",
            "h5 Select shop.posts(title user_id)",
            "h5 Select users(id mail)",
            "h6 Select users(id name)",
            "h6 LockRows users()",
            "h6 Select shop.posts(title)",
            "h6 LockRows shop.posts()",
            "h7 Select shop.posts(id user_id)",
            "h7 Select users(id name)",
            "h8 Select shop.posts(id title user_id)",
        ],
    );
}

#[test]
fn subqueries_are_read_as_they_are() {
    diesel(
        r#"
        use diesel::dsl::{exists, not, select};
        async fn h1(db: Db<'_>) { select(exists(users::table.filter(users::name.eq("x")))).get_result::<bool>(db).await; }
        async fn h2(db: Db<'_>) { users::table.select(users::id).filter(not(exists(posts::table.select(posts::id).filter(posts::user_id.eq(users::email))))).load::<i32>(db).await; }
        async fn h3(db: Db<'_>) { let ids = posts::table.select(posts::user_id); diesel::delete(users::table.filter(users::id.eq_any(ids))).execute(db).await; }
        "#,
        &[
            "h1 Select users(id mail name)",
            "h2 Select shop.posts(id user_id)",
            "h2 Select users(id mail)",
            "h3 Delete users",
            "h3 Select shop.posts(user_id)",
            "h3 Select users(id)",
        ],
    );
}

#[test]
fn writes_return_what_they_say() {
    diesel(
        r#"
        async fn h1(db: Db<'_>, new: &NewUser<'_>) { diesel::insert_into(users::table).values(new).execute(db).await; }
        async fn h2(db: Db<'_>) { let new = NewUser { name: "x", mail: None }; diesel::insert_into(users::table).values(&new).get_result::<User>(db).await; }
        async fn h3(db: Db<'_>) { diesel::insert_into(users::table).values(vec![(users::name.eq("a"), users::email.eq("b"))]).on_conflict(users::name).do_update().set(users::email.eq(diesel::upsert::excluded(users::email))).returning(users::id).get_results::<i32>(db).await; }
        async fn h4(db: Db<'_>, user: User) { diesel::update(&user).set(users::name.eq("x")).execute(db).await; }
        async fn h5(db: Db<'_>, user: User) { user.save_changes::<User>(db).await; }
        async fn h6(db: Db<'_>) { diesel::update(users::table).set((users::name.eq(users::email), users::email.eq("x"))).execute(db).await; }
        async fn h7(db: Db<'_>, new: NewUser<'_>) { new.insert_into(users::table).on_conflict_do_nothing().execute(db).await; }
        async fn h8(db: Db<'_>) { users::table.select((users::id, users::name)).insert_into(posts::table).into_columns((posts::user_id, posts::title)).execute(db).await; }
        async fn h9(db: Db<'_>) { let user: User = users::table.select(User::as_select()).first(db).await.unwrap(); diesel::delete(&user).execute(db).await; }
        "#,
        &[
            "h1 Insert users(mail name)",
            "h2 Insert users(mail name)",
            "h2 Select users(id mail name)",
            "h3 Insert users(mail name)",
            "h3 Update users(mail)",
            "h3 Select users(id mail name)",
            "h4 Update users(name)",
            "h4 Select users(id)",
            "h5 Update users(name)",
            "h5 Select users(id mail name)",
            "h6 Update users(mail name)",
            "h6 Select users(mail)",
            "h7 Insert users(mail name)",
            "h8 Insert shop.posts(title user_id)",
            "h8 Select users(id name)",
            "h9 Select users(id name)",
            "h9 Delete users",
            "h9 Select users(id)",
        ],
    );
}

#[test]
fn queries_are_followed_through_locals_and_functions() {
    diesel(
        r#"
        #[diesel::dsl::auto_type]
        fn named<'a>(name: &'a str) -> _ { users::table.filter(users::name.eq(name)) }
        const COLUMNS: (users::id, users::email) = (users::id, users::email);
        fn by(key: i32) -> Box<dyn BoxableExpression<users::table, Pg, SqlType = Bool>> { if key > 0 { Box::new(users::id.eq(key)) } else { return Box::new(users::email.is_null()); } }
        trait Page: Sized { fn page(self, at: i64) -> Paged<Self> { Paged { query: self, at } } }
        impl<T> Page for T {}
        struct Paged<T> { query: T, at: i64 }
        async fn h1(db: Db<'_>) { named("x").select(COLUMNS).load::<(i32, String)>(db).await; }
        async fn h2(db: Db<'_>, titled: bool) {
            let mut query = posts::table.select(posts::id).into_boxed();
            if titled { query = query.filter(posts::title.eq("x")); }
            query.load::<i32>(db).await;
        }
        async fn h3(db: Db<'_>) { let base = || users::table.filter(by(1)); base().count().get_result::<i64>(db).await; }
        async fn h4(db: Db<'_>) { let other = diesel::alias!(users as other); users::table.inner_join(other.on(users::id.eq(other.field(users::id)))).select(other.field(users::name)).load::<String>(db).await; }
        async fn h5(db: Db<'_>) { users::table.select(users::id).page(1).load::<i32>(db).await; }
        async fn h6(db: Db<'_>) { let new: Vec<_> = ["a"].iter().map(|name| users::name.eq(*name)).collect(); diesel::insert_into(users::table).values(new).execute(db).await; }
        async fn h7(db: Db<'_>) { let Some(user) = users::table.select(User::as_select()).first(db).await.optional().unwrap() else { return }; diesel::update(&user).set(users::name.eq("x")).execute(db).await; }
        "#,
        &[
            "h1 Select users(id mail name)",
            "h2 Select shop.posts(id title)",
            "h3 Select users(id mail)",
            "h4 Select users(id name)",
            "h5 Select users(id)",
            "h6 Insert users(name)",
            "h7 Select users(id name)",
            "h7 Update users(name)",
            "h7 Select users(id)",
        ],
    );
}

#[test]
fn what_is_not_run_or_not_of_diesel_gives_nothing() {
    diesel(
        r#"
        use std::collections::HashMap;
        struct Store; impl Store { fn load(&self, at: i32) -> i32 { at } }
        async fn h1() { let query = users::table.filter(users::id.eq(1)); diesel::debug_query::<Pg, _>(&query).to_string(); }
        async fn h2(store: Store, map: HashMap<i32, i32>) { store.load(1); map.get(&1); vec![1].first(); }
        async fn h3(db: Db<'_>) { if false { return; } }
        async fn unused(db: Db<'_>) { users::table.load::<User>(db).await; }
        #[cfg(test)] mod tests { async fn h4(db: super::Db<'_>) { super::users::table.load::<super::User>(db).await; } }
        "#,
        &[""; 0],
    );
}

#[test]
fn what_is_not_understood_is_said() {
    let whole = |problem: &str| format!("LS0303: this statement is not known as a whole: {problem}");
    diesel(
        r#"
        use diesel::dsl::sql;
        struct Wrapped<T> { query: T }
        impl<T> diesel::query_builder::QueryFragment<Pg> for Wrapped<T> {}
        async fn h1(db: Db<'_>) { users::table.select(users::id).filter(sql::<Bool>("name = 'x'")).load::<i32>(db).await; }
        async fn h2(db: Db<'_>) { elsewhere::query().load::<i32>(db).await; }
        async fn h3(db: Db<'_>) { diesel::insert_into(users::table).values(elsewhere::values()).execute(db).await; }
        async fn h4(db: Db<'_>) { users::table.inner_join(missing::table).select(users::id).load::<i32>(db).await; }
        async fn h5(db: Db<'_>) { Wrapped { query: users::table.select(users::id) }.load::<i32>(db).await; }
        "#,
        &[
            "h1 Select users(id)",
            "h3 Insert users()",
            "h4 Select users(id)",
            "h5 Select users(id)",
            &whole("a fragment of it is text"),
            UNKNOWN,
            &whole("which columns it writes is not known"),
            &whole("what it joins is not known"),
            &whole("`Wrapped` writes text of its own into it"),
        ],
    );
}
