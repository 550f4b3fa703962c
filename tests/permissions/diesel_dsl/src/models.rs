use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::schema::trees;

#[derive(Queryable, Selectable, Serialize)]
#[diesel(table_name = trees)]
pub struct Tree {
    pub id: i32,
    pub name: String,
}

#[derive(Insertable, Deserialize)]
#[diesel(table_name = trees)]
pub struct NewTree {
    pub name: String,
    pub forest_id: i32,
}
