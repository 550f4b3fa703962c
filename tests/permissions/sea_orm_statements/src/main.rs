use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, EntityTrait, QueryFilter,
    QueryTrait, Statement, TransactionTrait,
};

mod seat {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "seats")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub train: String,
        pub taken: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

type Db = State<DatabaseConnection>;

fn failed(_: DbErr) -> StatusCode {
    StatusCode::BAD_GATEWAY
}

async fn free(State(db): Db, Path(train): Path<String>) -> Result<StatusCode, StatusCode> {
    let update = seat::Entity::update_many()
        .col_expr(seat::Column::Taken, Expr::value(false))
        .filter(seat::Column::Train.eq(train));
    update.exec(&db).await.map(|_| StatusCode::NO_CONTENT).map_err(failed)
}

async fn scrap(State(db): Db, Path(train): Path<String>) -> Result<StatusCode, StatusCode> {
    let transaction = db.begin().await.map_err(failed)?;
    let delete = seat::Entity::delete_many().filter(seat::Column::Train.eq(&train));
    delete.exec(&transaction).await.map_err(failed)?;
    let sql = "INSERT INTO scrapped (train) VALUES ($1)";
    let insert = Statement::from_sql_and_values(DbBackend::Postgres, sql, [train.into()]);
    transaction.execute(insert).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn delays(State(db): Db) -> Result<String, StatusCode> {
    let query = Statement::from_string(DbBackend::Postgres, "SELECT minutes FROM delays");
    let rows = db.query_all(query).await.map_err(failed)?;
    Ok(rows.len().to_string())
}

/// The text of a query that is not run.
async fn text() -> String {
    seat::Entity::find().filter(seat::Column::Taken.eq(true)).build(DbBackend::Postgres).to_string()
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let db = Database::connect(std::env::var("DATABASE_URL")?).await?;
    let app = Router::new()
        .route("/trains/{train}/freedom", post(free))
        .route("/trains/{train}", axum::routing::delete(scrap))
        .route("/delays", get(delays))
        .route("/text", get(text))
        .with_state(db);
    lambda_http::run(app).await
}
