use serde::Deserialize;

const TEXT: &str = include_str!("../library.toml");

#[derive(Deserialize)]
pub struct Database {
    pub books: String,
    #[serde(rename = "loans-table")]
    pub loans: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Settings {
    pub opening_hours: String,
    pub database: Database,
}

impl Settings {
    pub fn embedded() -> Result<Self, toml::de::Error> {
        toml::from_str(TEXT)
    }
}
