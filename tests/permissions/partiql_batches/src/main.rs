use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, BatchStatementRequest, ParameterizedStatement};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};

const READ_GAME: &str = r#"SELECT * FROM "games" WHERE id = ?"#;
const READ_PLAYER: &str = r#"SELECT * FROM "players" WHERE id = ?"#;

fn one(statement: &str, id: &str) -> Result<BatchStatementRequest, BuildError> {
    BatchStatementRequest::builder().statement(statement).parameters(AttributeValue::S(id.to_owned())).build()
}

async fn game_and_player(
    State(client): State<Client>,
    Path((game, player)): Path<(String, String)>,
) -> Result<Json<usize>, StatusCode> {
    let statements = [one(READ_GAME, &game), one(READ_PLAYER, &player)];
    let statements = statements.into_iter().collect::<Result<Vec<_>, _>>();
    let statements = statements.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let output = client.batch_execute_statement().set_statements(Some(statements)).send().await;
    let output = output.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(Json(output.responses().len()))
}

async fn score(
    State(client): State<Client>,
    Path((game, player)): Path<(String, String)>,
) -> Result<StatusCode, StatusCode> {
    let failed = |_| StatusCode::INTERNAL_SERVER_ERROR;
    let add_score = ParameterizedStatement::builder()
        .statement("INSERT INTO \"scores\" VALUE {'game': ?, 'player': ?}")
        .parameters(AttributeValue::S(game))
        .parameters(AttributeValue::S(player.clone()))
        .build()
        .map_err(failed)?;
    let count_game = ParameterizedStatement::builder()
        .statement("UPDATE \"players\" SET games = games + 1 WHERE id = ?")
        .parameters(AttributeValue::S(player))
        .build()
        .map_err(failed)?;
    let request = client.execute_transaction().transact_statements(add_score).transact_statements(count_game);
    match request.send().await {
        Ok(_) => Ok(StatusCode::CREATED),
        Err(_) => Err(StatusCode::CONFLICT),
    }
}

async fn statement() -> &'static str {
    READ_GAME
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let app = Router::new()
        .route("/games/{game}/players/{player}", get(game_and_player))
        .route("/scores/{game}/{player}", post(score))
        .route("/statement", get(statement))
        .with_state(client);
    lambda_http::run(app).await
}
