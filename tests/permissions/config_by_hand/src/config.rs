use std::env;

#[derive(Debug, thiserror::Error)]
#[error("{name}: {source}")]
pub struct ConfigError {
    name: String,
    source: env::VarError,
}

pub struct Tables {
    pub films: String,
    pub ratings: String,
}

pub struct Media {
    pub bucket: String,
    pub region: String,
    pub limit: usize,
}

pub struct Config {
    pub tables: Tables,
    pub media: Media,
}

impl Config {
    pub fn from_env() -> Result<Self, ConfigError> {
        let tables = Tables { films: get("FILMS_TABLE")?, ratings: get("RATINGS_TABLE")? };
        let bucket = get("MEDIA_BUCKET")?;
        let region = get("MEDIA_REGION").unwrap_or_else(|_| "eu-central-1".to_owned());
        Ok(Self { tables, media: Media { bucket, region, limit: 10_000_000 } })
    }
}

fn get(name: &str) -> Result<String, ConfigError> {
    env::var(name).map_err(|source| ConfigError { name: name.to_owned(), source })
}
