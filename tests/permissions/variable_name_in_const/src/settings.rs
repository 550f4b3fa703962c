use std::env;

const MEMBERS_VAR: &str = "MEMBERS_TABLE_NAME";
const JOURNAL_VAR: &str = "JOURNAL_TABLE_NAME";
const LIMIT_VAR: &str = "MAX_MEMBERS";

#[derive(Debug, thiserror::Error)]
#[error("the environment variable {0} is missing")]
pub struct Missing(&'static str);

#[derive(Clone)]
pub struct Settings {
    pub members: String,
    pub journal: String,
    pub max_members: u32,
}

impl Settings {
    pub fn read() -> Result<Self, Missing> {
        Ok(Self {
            members: required(MEMBERS_VAR)?,
            journal: required(JOURNAL_VAR)?,
            max_members: required(LIMIT_VAR).ok().and_then(|text| text.parse().ok()).unwrap_or(100),
        })
    }
}

fn required(name: &'static str) -> Result<String, Missing> {
    env::var(name).map_err(|_| Missing(name))
}
