use async_trait::async_trait;
use sqlx::{PgConnection, PgExecutor, PgPool};

pub trait Entity {
    const TABLE: &'static str;
}

pub struct Bike;
pub struct Ride;

impl Entity for Bike {
    const TABLE: &'static str = "bikes";
}

impl Entity for Ride {
    const TABLE: &'static str = "rides";
}

pub async fn exists<'e, E: Entity>(executor: impl PgExecutor<'e>, id: i64) -> Result<bool, sqlx::Error> {
    let sql = format!("SELECT id FROM {} WHERE id = $1", E::TABLE);
    let row = sqlx::query(&sql).bind(id).fetch_optional(executor).await?;
    Ok(row.is_some())
}

pub async fn remove<E: Entity>(connection: &mut PgConnection, id: i64) -> Result<(), sqlx::Error> {
    let sql = format!("DELETE FROM {} WHERE id = $1", E::TABLE);
    sqlx::query(&sql).bind(id).execute(connection).await?;
    Ok(())
}

#[async_trait]
pub trait Rides: Send + Sync {
    async fn start(&self, bike: i64) -> bool;
}

pub struct SqlRides {
    pool: PgPool,
}

impl SqlRides {
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl Rides for SqlRides {
    async fn start(&self, bike: i64) -> bool {
        let insert = sqlx::query("INSERT INTO rides (bike_id, started) VALUES ($1, now())").bind(bike);
        insert.execute(&self.pool).await.is_ok()
    }
}

/// For demonstrations: rides that are logged in a table of their own. Not wired.
#[allow(dead_code)]
pub struct DemoRides(PgPool);

#[async_trait]
impl Rides for DemoRides {
    async fn start(&self, bike: i64) -> bool {
        sqlx::query("INSERT INTO demo_rides (bike_id) VALUES ($1)").bind(bike).execute(&self.0).await.is_ok()
    }
}
