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
        mod inner { use diesel::prelude::*; use crate::schema::users; use users::dsl::*; pub async fn f(db: crate::Db<'_>) { users.select(name).load::<String>(db).await; } }
        async fn h9(db: Db<'_>) { inner::f(db).await; }
        async fn h10(db: Db<'_>) { users::table.left_join(posts::table).select(<(User, Option<Post>)>::as_select()).load(db).await; }
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
            "h9 Select users(name)",
            "h10 Select users(id name)",
            "h10 Select shop.posts(id user_id)",
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
        r"
        use std::collections::HashMap;
        struct Store; impl Store { fn load(&self, at: i32) -> i32 { at } }
        async fn h1() { let query = users::table.filter(users::id.eq(1)); diesel::debug_query::<Pg, _>(&query).to_string(); }
        async fn h2(store: Store, map: HashMap<i32, i32>) { store.load(1); map.get(&1); vec![1].first(); }
        async fn h3(db: Db<'_>) { if false { return; } }
        async fn unused(db: Db<'_>) { users::table.load::<User>(db).await; }
        #[cfg(test)] mod tests { async fn h4(db: super::Db<'_>) { super::users::table.load::<super::User>(db).await; } }
        ",
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
        async fn h6(db: Db<'_>) { RunQueryDsl::load::<i32>(users::table, db).await; }
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
            UNKNOWN,
            &whole("which columns it writes is not known"),
            &whole("what it joins is not known"),
            &whole("`Wrapped` writes text of its own into it"),
        ],
    );
}

const ENTITIES: &str = r#"
    mod cake {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, DeriveEntityModel)]
        #[sea_orm(table_name = "cakes", schema_name = "shop")]
        pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub name: String, #[sea_orm(column_name = "kind")] pub r#type: String, #[sea_orm(ignore)] pub shown: bool }
        #[derive(EnumIter, DeriveRelation)]
        pub enum Relation { #[sea_orm(has_many = "super::fruit::Entity")] Fruit }
        impl Related<super::fruit::Entity> for Entity { fn to() -> RelationDef { Relation::Fruit.def() } }
        impl Related<super::tag::Entity> for Entity {
            fn to() -> RelationDef { super::cake_tag::Relation::Tag.def() }
            fn via() -> Option<RelationDef> { Some(super::cake_tag::Relation::Cake.def().rev()) }
        }
        impl Entity { pub fn named(name: &str) -> Select<Entity> { Self::find().filter(Column::Name.eq(name)) } }
        impl ActiveModelBehavior for ActiveModel {}
    }
    mod fruit {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, DeriveEntityModel)]
        #[sea_orm(table_name = "fruits")]
        pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub name: String, pub cake_id: Option<i32> }
        #[derive(EnumIter, DeriveRelation)]
        pub enum Relation { #[sea_orm(belongs_to = "super::cake::Entity", from = "Column::CakeId", to = "super::cake::Column::Id")] Cake }
        impl Related<super::cake::Entity> for Entity { fn to() -> RelationDef { Relation::Cake.def() } }
        impl ActiveModelBehavior for ActiveModel {
            async fn before_save<C>(mut self, db: &C, insert: bool) -> Result<Self, DbErr> { self.name = Set("x".to_string()); super::tag::Entity::find().one(db).await?; Ok(self) }
        }
    }
    mod tag {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, DeriveEntityModel)]
        #[sea_orm(table_name = "tags")]
        pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub label: String }
        #[derive(EnumIter)] pub enum Relation {}
        impl RelationTrait for Relation { fn def(&self) -> RelationDef { panic!() } }
        impl ActiveModelBehavior for ActiveModel {}
    }
    mod cake_tag {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, DeriveEntityModel)]
        #[sea_orm(table_name = "cake_tags")]
        pub struct Model { #[sea_orm(primary_key)] pub cake_id: i32, #[sea_orm(primary_key)] pub tag_id: i32 }
        #[derive(EnumIter)]
        pub enum Relation { Cake, Tag }
        impl RelationTrait for Relation {
            fn def(&self) -> RelationDef {
                match self {
                    Self::Cake => Entity::belongs_to(super::cake::Entity).from(Column::CakeId).to(super::cake::Column::Id).into(),
                    Self::Tag => Entity::belongs_to(super::tag::Entity).from(Column::TagId).to(super::tag::Column::Id).into(),
                }
            }
        }
        impl ActiveModelBehavior for ActiveModel {}
    }
    mod prelude { pub use super::cake::Entity as Cake; pub use super::fruit::Entity as Fruit; pub use super::tag::Entity as Tag; }
    use sea_orm::*;
    use sea_orm::sea_query::{Expr, OnConflict};
    use prelude::*;
    type Db = DatabaseConnection;
    fn main() {}
"#;

#[track_caller]
fn sea(source: &str, expect: &[&str]) {
    let source = format!("{ENTITIES}{source}");
    let found =
        shown("sea-orm = { version = \"1\", features = [\"sqlx-postgres\"] }\n", &[("src/main.rs", &source)]);
    assert_eq!(found, expect.join("\n"));
}

#[test]
fn entities_are_found() {
    sea(
        r#"
        #[derive(DerivePartialModel)] #[sea_orm(entity = "Cake")] struct Short { name: String, #[sea_orm(from_col = "type")] kind: String }
        async fn h1(db: Db) { Cake::find().all(&db).await; }
        async fn h2(db: Db) { cake::Entity::find_by_id(1).select_only().column(cake::Column::Type).into_tuple::<String>().one(&db).await; }
        async fn h3(db: Db) { Cake::find().filter(cake::Column::Name.contains("x")).into_partial_model::<Short>().all(&db).await; }
        async fn h4(db: Db) { Fruit::find().order_by_asc(fruit::Column::Name).paginate(&db, 10).fetch_page(0).await; }
        async fn h5(db: Db) { Cake::named("x").count(&db).await; }
        async fn h6(db: Db) { Fruit::find().filter(Expr::col((fruit::Entity, fruit::Column::Name)).eq("x")).lock_exclusive().one(&db).await; }
        async fn h7(db: Db) { let mut query = Tag::find().select_only().column(tag::Column::Id); if true { query = query.filter(tag::Column::Label.eq("x")); } query.into_tuple::<i32>().all(&db).await; }
        "#,
        &[
            "h1 Select shop.cakes(id kind name)",
            "h2 Select shop.cakes(id kind)",
            "h3 Select shop.cakes(kind name)",
            "h4 Select fruits(cake_id id name)",
            "h5 Select shop.cakes(id kind name)",
            "h6 Select fruits(cake_id id name)",
            "h6 LockRows fruits()",
            "h7 Select tags(id label)",
        ],
    );
}

#[test]
fn relations_join_both_tables_and_the_one_between() {
    sea(
        r#"
        async fn h1(db: Db) { Cake::find().find_with_related(Fruit).all(&db).await; }
        async fn h2(db: Db, cake: cake::Model) { cake.find_related(Tag).all(&db).await; }
        async fn h3(db: Db) { Fruit::find().select_only().column(fruit::Column::Name).join(JoinType::InnerJoin, fruit::Relation::Cake.def()).filter(cake::Column::Name.eq("x")).into_tuple::<String>().all(&db).await; }
        async fn h4(db: Db) { Fruit::find().left_join(Cake).all(&db).await; }
        async fn h5(db: Db, cakes: Vec<cake::Model>) { cakes.load_many(Fruit, &db).await; }
        "#,
        &[
            "h1 Select shop.cakes(id kind name)",
            "h1 Select fruits(cake_id id name)",
            "h2 Select tags(id label)",
            "h2 Select cake_tags(cake_id tag_id)",
            "h2 Select shop.cakes(id)",
            "h3 Select fruits(cake_id name)",
            "h3 Select shop.cakes(id name)",
            "h4 Select fruits(cake_id id name)",
            "h4 Select shop.cakes(id)",
            "h5 Select fruits(cake_id id name)",
        ],
    );
}

#[test]
fn rows_are_written_by_what_is_set() {
    sea(
        r#"
        async fn h1(db: Db) { cake::ActiveModel { name: Set("x".into()), ..Default::default() }.insert(&db).await; }
        async fn h2(db: Db) { let mut cake: cake::ActiveModel = Cake::find_by_id(1).one(&db).await.unwrap().unwrap().into(); cake.name = Set("x".into()); cake.update(&db).await; }
        async fn h3(db: Db) { let cake = Cake::find_by_id(1).one(&db).await.unwrap().unwrap(); cake.delete(&db).await; }
        async fn h4(db: Db, tag: tag::ActiveModel) { tag.save(&db).await; }
        async fn h5(db: Db) { fruit::ActiveModel { cake_id: Set(None), name: NotSet, ..Default::default() }.insert(&db).await; }
        async fn h6(db: Db) { let new = tag::ActiveModel { id: Set(1), label: Set("x".into()) }; Tag::insert(new).on_conflict(OnConflict::column(tag::Column::Id).update_column(tag::Column::Label).to_owned()).exec(&db).await; }
        async fn h7(db: Db) { Tag::update_many().col_expr(tag::Column::Label, Expr::value("x")).filter(tag::Column::Id.eq(1)).exec(&db).await; }
        async fn h8(db: Db) { Tag::insert_many([tag::ActiveModel { label: Set("x".into()), ..Default::default() }]).exec_without_returning(&db).await; }
        async fn h9(db: Db) { Tag::delete_by_id(1).exec(&db).await; }
        "#,
        &[
            "h1 Insert shop.cakes(name)",
            "h1 Select shop.cakes(id kind name)",
            "h2 Select shop.cakes(id kind name)",
            "h2 Update shop.cakes(name)",
            "h3 Select shop.cakes(id kind name)",
            "h3 Delete shop.cakes",
            "h3 Select shop.cakes(id)",
            "h4 Insert tags(id label)",
            "h4 Select tags(id label)",
            "h4 Update tags(label)",
            "h5 Insert fruits(cake_id name)",
            "h5 Select fruits(cake_id id name)",
            "h5 Select tags(id label)",
            "h6 Insert tags(id label)",
            "h6 Update tags(label)",
            "h6 Select tags(id label)",
            "h7 Update tags(label)",
            "h7 Select tags(id)",
            "h8 Insert tags(label)",
            "h9 Delete tags",
            "h9 Select tags(id)",
        ],
    );
}

#[test]
fn a_module_that_imports_entities_alone_runs_their_queries() {
    sea(
        r#"
        mod pages {
            use crate::{Db, cake};
            pub async fn named(db: Db) { cake::Entity::named("x").all(&db).await; }
            pub async fn each(list: Vec<u8>) -> bool { list.iter().all(|one| *one > 0) }
        }
        async fn h1(db: Db) { pages::named(db).await; }
        async fn h2() { pages::each(Vec::new()).await; }
        "#,
        &["h1 Select shop.cakes(id kind name)"],
    );
}

#[test]
fn what_is_not_run_or_not_of_sea_orm_gives_nothing() {
    sea(
        r#"
        use std::collections::HashSet;
        async fn h1() { let query = Cake::find().filter(cake::Column::Id.eq(1)); query.build(DbBackend::Postgres).to_string(); }
        async fn h2() { let cake = cake::ActiveModel { name: Set("x".into()), ..Default::default() }; cake.name.into_value(); }
        async fn h3(mut set: HashSet<i32>, list: Vec<i32>) { set.insert(1); list.iter().all(|one| *one > 0); list.iter().count(); }
        async fn h4(db: Db) { let statement = Statement::from_string(DbBackend::Postgres, "SELECT id FROM tags"); db.query_all(statement).await; }
        async fn h5(db: Db) { Cake::find().from_raw_sql(Statement::from_string(DbBackend::Postgres, "SELECT id FROM tags")).all(&db).await; }
        async fn unused(db: Db) { Cake::find().all(&db).await; }
        "#,
        &["h4 Select tags(id)", "h5 Select tags(id)"],
    );
}

#[test]
fn what_is_not_understood_of_sea_orm_is_said() {
    let whole = |problem: &str| format!("LS0303: this statement is not known as a whole: {problem}");
    sea(
        r#"
        async fn h1(db: Db) { Tag::find().filter(Expr::cust("label = 'x'")).all(&db).await; }
        async fn h2(db: Db) { Tag::find().filter(Expr::col(Alias::new("label")).eq("x")).all(&db).await; }
        async fn h3<E: EntityTrait>(db: Db) { E::find().all(&db).await; }
        async fn h4(db: Db, cake: cake::Model) { cake.find_linked(elsewhere::Linked).all(&db).await; }
        async fn h5(db: Db) { Tag::find().left_join(Cake).all(&db).await; }
        "#,
        &[
            "h1 Select tags(id label)",
            "h2 Select tags(id label)",
            "h4 Select shop.cakes()",
            "h5 Select tags(id label)",
            "h5 Select shop.cakes()",
            &whole("a part of it is text"),
            &whole("a column in it is named by text"),
            UNKNOWN,
            &whole("which rows belong to it is not known"),
            &whole("how `tags` and `shop.cakes` are joined is not known"),
        ],
    );
}

#[test]
fn a_named_import_wins_over_a_module_that_a_glob_brings() {
    diesel(
        r"
        mod rows { pub mod users { pub struct Row; } pub use users::Row; }
        mod store {
            use crate::{rows::*, schema::users};
            use diesel::prelude::*;
            pub async fn all(db: crate::Db<'_>) { users::table.select(users::id).load::<i32>(db).await; }
        }
        async fn h(db: Db<'_>) { store::all(db).await; }
        ",
        &["h Select users(id)"],
    );
}

#[test]
fn an_import_is_no_way_to_its_own_start() {
    sea(
        r"
        use anyhow::{anyhow, Result};
        use self::tag::tag;
        async fn h1(db: Db) -> Result<()> { let ids: Vec<_> = rows().into_iter().map(|one| Result::Ok(one.id)).collect(); Tag::find().filter(tag::Column::Id.is_in(ids)).all(&db).await; Ok(()) }
        ",
        &["h1 Select tags(id label)"],
    );
}
