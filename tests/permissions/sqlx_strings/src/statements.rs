pub const PLAYER: &str = "SELECT id, name FROM players WHERE id = $1";

pub const RANKING: &str = include_str!("../sql/ranking.sql");
