use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use modyne::{
    Aggregate, Entity, EntityDef, Error, Item, ProjectionSet, QueryInput, Table, expr, keys, projections,
};
use serde::{Deserialize, Serialize};

#[derive(Clone)]
pub struct Database {
    client: Client,
    table: String,
}

impl Database {
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self { client: Client::new(config), table }
    }
}

impl Table for Database {
    type PrimaryKey = keys::Primary;
    type IndexKeys = keys::Gsi1;

    fn table_name(&self) -> &str {
        &self.table
    }

    fn client(&self) -> &Client {
        &self.client
    }
}

#[derive(Debug, EntityDef, Serialize, Deserialize)]
pub struct Member {
    pub id: String,
    pub club: String,
}

impl Entity for Member {
    type KeyInput<'a> = &'a str;
    type Table = Database;
    type IndexKeys = keys::Gsi1;

    fn primary_key(id: Self::KeyInput<'_>) -> keys::Primary {
        keys::Primary { hash: format!("MEMBER#{id}"), range: "MEMBER".to_owned() }
    }

    fn full_key(&self) -> keys::FullKey<keys::Primary, Self::IndexKeys> {
        keys::FullKey {
            primary: Self::primary_key(&self.id),
            indexes: keys::Gsi1 { hash: format!("CLUB#{}", self.club), range: self.id.clone() },
        }
    }
}

projections! {
    pub enum ClubEntities {
        Member,
    }
}

/// All members of a club.
#[derive(Default)]
pub struct Club {
    pub members: Vec<Member>,
}

impl Aggregate for Club {
    type Projections = ClubEntities;

    fn merge(&mut self, item: Item) -> Result<(), Error> {
        if let Some(ClubEntities::Member(member)) = ClubEntities::try_from_item(item)? {
            self.members.push(member);
        }
        Ok(())
    }
}

pub struct MembersOf<'a> {
    pub club: &'a str,
}

impl QueryInput for MembersOf<'_> {
    type Index = keys::Gsi1;
    type Aggregate = Club;

    fn key_condition(&self) -> expr::KeyCondition<Self::Index> {
        expr::KeyCondition::in_partition(format!("CLUB#{}", self.club))
    }
}
