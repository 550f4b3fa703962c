mod entity;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Database, DatabaseConnection, DbErr, EntityTrait,
    PaginatorTrait, QueryFilter,
};

use entity::{cake, filling};

type Db = State<DatabaseConnection>;

fn failed(_: DbErr) -> StatusCode {
    StatusCode::BAD_GATEWAY
}

async fn show(State(db): Db, Path(id): Path<i32>) -> Result<Json<cake::Model>, StatusCode> {
    let cake = cake::Entity::find_by_id(id).one(&db).await.map_err(failed)?;
    cake.map(Json).ok_or(StatusCode::NOT_FOUND)
}

async fn with_fillings(State(db): Db, Path(name): Path<String>) -> Result<Json<usize>, StatusCode> {
    let query = cake::Entity::find().filter(cake::Column::Name.eq(name)).find_with_related(filling::Entity);
    let found = query.all(&db).await.map_err(failed)?;
    Ok(Json(found.iter().map(|(_, fillings)| fillings.len()).sum()))
}

async fn count(State(db): Db) -> Result<Json<u64>, StatusCode> {
    filling::Entity::find().count(&db).await.map(Json).map_err(failed)
}

async fn bake(State(db): Db, name: String) -> Result<Json<i32>, StatusCode> {
    let cake = cake::ActiveModel { name: ActiveValue::Set(name), ..Default::default() };
    cake.insert(&db).await.map(|cake| Json(cake.id)).map_err(failed)
}

async fn rename(State(db): Db, Path(id): Path<i32>, name: String) -> Result<StatusCode, StatusCode> {
    let cake = cake::ActiveModel { id: ActiveValue::Unchanged(id), name: ActiveValue::Set(name) };
    cake.update(&db).await.map(|_| StatusCode::NO_CONTENT).map_err(failed)
}

async fn eat(State(db): Db, Path(id): Path<i32>) -> Result<StatusCode, StatusCode> {
    let done = cake::Entity::delete_by_id(id).exec(&db).await.map_err(failed)?;
    Ok(if done.rows_affected == 0 { StatusCode::NOT_FOUND } else { StatusCode::NO_CONTENT })
}

/// A cake that is looked at and never baked.
async fn draft(name: String) -> Result<String, StatusCode> {
    let filling = filling::ActiveModel { name: ActiveValue::Set(name), ..Default::default() };
    filling.name.into_value().map(|name| name.to_string()).ok_or(StatusCode::BAD_REQUEST)
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let db = Database::connect(std::env::var("DATABASE_URL")?).await?;
    let app = Router::new()
        .route("/cakes/{id}", get(show).put(rename).delete(eat))
        .route("/cakes", post(bake))
        .route("/cakes/{id}/fillings", get(with_fillings))
        .route("/fillings/count", get(count))
        .route("/drafts", post(draft))
        .with_state(db);
    lambda_http::run(app).await
}
