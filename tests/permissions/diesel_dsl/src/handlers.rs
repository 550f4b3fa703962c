use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::DbPool;
use crate::models::{NewTree, Tree};
use crate::schema::{forests, trees, visits};

fn failed<E>(_: E) -> StatusCode {
    StatusCode::BAD_GATEWAY
}

pub async fn show(State(pool): State<DbPool>, Path(id): Path<i32>) -> Result<Json<Tree>, StatusCode> {
    let mut connection = pool.get().await.map_err(failed)?;
    let tree = trees::table.find(id).select(Tree::as_select()).first(&mut connection).await.optional();
    tree.map_err(failed)?.map(Json).ok_or(StatusCode::NOT_FOUND)
}

pub async fn of_forest(
    State(pool): State<DbPool>,
    Path(id): Path<i32>,
) -> Result<Json<Vec<Tree>>, StatusCode> {
    let mut connection = pool.get().await.map_err(failed)?;
    let query = trees::table.inner_join(forests::table).filter(forests::id.eq(id)).select(Tree::as_select());
    query.load(&mut connection).await.map(Json).map_err(failed)
}

pub async fn plant(State(pool): State<DbPool>, Json(tree): Json<NewTree>) -> Result<Json<i32>, StatusCode> {
    let mut connection = pool.get().await.map_err(failed)?;
    let insert = diesel::insert_into(trees::table).values(&tree).returning(trees::id);
    insert.get_result(&mut connection).await.map(Json).map_err(failed)
}

pub async fn rename(State(pool): State<DbPool>, Path(id): Path<i32>, name: String) -> Result<(), StatusCode> {
    use crate::schema::trees::dsl;
    let mut connection = pool.get().await.map_err(failed)?;
    let update = diesel::update(dsl::trees.filter(dsl::id.eq(id))).set(dsl::name.eq(name));
    update.execute(&mut connection).await.map(drop).map_err(failed)
}

pub async fn fell(State(pool): State<DbPool>, Path(id): Path<i32>) -> Result<StatusCode, StatusCode> {
    let mut connection = pool.get().await.map_err(failed)?;
    let done = diesel::delete(trees::table.find(id)).execute(&mut connection).await.map_err(failed)?;
    Ok(if done == 0 { StatusCode::NOT_FOUND } else { StatusCode::NO_CONTENT })
}

pub async fn visit(State(pool): State<DbPool>, Path(name): Path<String>) -> Result<StatusCode, StatusCode> {
    let mut connection = pool.get().await.map_err(failed)?;
    diesel::insert_into(visits::table)
        .values((visits::ranger.eq(name), visits::number.eq(1)))
        .on_conflict(visits::ranger)
        .do_update()
        .set(visits::number.eq(visits::number + 1))
        .execute(&mut connection)
        .await
        .map_err(failed)?;
    Ok(StatusCode::CREATED)
}

/// The text of a query that is not run.
pub async fn statement() -> String {
    let query = forests::table.filter(forests::name.like("A%")).count();
    diesel::debug_query::<Pg, _>(&query).to_string()
}
