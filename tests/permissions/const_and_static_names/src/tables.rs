//! Where everything is kept.

pub const NOTES: &str = "notes";
pub static ARCHIVE: &str = "notes-archive";
pub const RETIRED: &str = "notes-2019";

pub struct Tags;

impl Tags {
    pub const TABLE: &'static str = "tags";
}
