//! Many books: statements that are put together, or lie in files.

use axum::extract::{Path, Query, State};
use serde::Deserialize;
use sqlx::{Postgres, QueryBuilder};

use crate::app::{Answer, App};

const BY_LANGUAGE: &str = concat!(
    "SELECT language, count(*) AS number ",
    "FROM books GROUP BY language ORDER BY number"
);

pub struct Stock {
    pub title: String,
    pub copies: i32,
}

#[derive(Deserialize)]
pub struct Filter {
    title: Option<String>,
    language: Option<String>,
    author: Option<String>,
}

pub async fn languages(State(app): State<App>) -> Answer {
    let rows: Vec<(Option<String>, i64)> = sqlx::query_as(BY_LANGUAGE).fetch_all(&app.pool).await?;
    Ok(rows.len().to_string())
}

pub async fn search(State(app): State<App>, Query(filter): Query<Filter>) -> Answer {
    let mut query: QueryBuilder<'_, Postgres> = QueryBuilder::new("SELECT b.title FROM books b");
    if filter.author.is_some() {
        query.push(" JOIN authors a ON a.id = b.author_id");
    }
    query.push(" WHERE b.copies > ").push_bind(0);
    restrict(&mut query, &filter);
    query.push(" ORDER BY b.title");
    let titles: Vec<String> = query.build_query_scalar().fetch_all(&app.pool).await?;
    Ok(titles.join("\n"))
}

fn restrict(query: &mut QueryBuilder<'_, Postgres>, filter: &Filter) {
    if let Some(title) = &filter.title {
        query
            .push(" AND b.title LIKE ")
            .push_bind(format!("%{title}%"));
    }
    if let Some(language) = &filter.language {
        query.push(" AND b.language = ");
        query.push_bind(language.clone());
    }
    if let Some(author) = &filter.author {
        query.push(" AND a.name = ").push_bind(author.clone());
    }
}

pub async fn import(State(app): State<App>, body: String) -> Answer {
    let mut query: QueryBuilder<'_, Postgres> =
        QueryBuilder::new("INSERT INTO authors (name, country) ");
    query.push_values(body.lines(), |mut row, name| {
        row.push_bind(name).push_bind("nowhere");
    });
    let done = query.build().execute(&app.pool).await?;
    Ok(done.rows_affected().to_string())
}

pub async fn add_author(State(app): State<App>, name: String) -> Answer {
    let mut statement = String::from("INSERT INTO authors (name, country) VALUES ($1, 'nowhere')");
    statement += " ON CONFLICT (lower(name)) WHERE country IS NOT NULL DO NOTHING";
    let done = sqlx::query(&statement)
        .bind(name)
        .execute(&app.pool)
        .await?;
    Ok(done.rows_affected().to_string())
}

pub async fn of_author(State(app): State<App>, Path(id): Path<i64>) -> Answer {
    let books = sqlx::query_file_as!(Stock, "queries/books_of_author.sql", id)
        .fetch_all(&app.pool)
        .await?;
    Ok(books
        .iter()
        .map(|book| format!("{} {}\n", book.copies, book.title))
        .collect())
}

pub async fn path(State(app): State<App>, Path(id): Path<i64>) -> Answer {
    let statement = include_str!("../queries/category_path.sql");
    let path: Option<String> = sqlx::query_scalar(statement)
        .bind(id)
        .fetch_one(&app.pool)
        .await?;
    Ok(path.unwrap_or_default())
}
