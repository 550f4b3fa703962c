//! A client of the order service, shaped like the SDK's.

pub struct Client {
    base: String,
}

pub struct GetItem {
    path: String,
}

impl Client {
    pub fn new(base: &str) -> Self {
        Self { base: base.to_owned() }
    }

    pub fn get_item(&self) -> GetItem {
        GetItem { path: self.base.clone() }
    }
}

impl GetItem {
    pub fn table_name(self, table: &str) -> Self {
        Self { path: format!("{}/{table}", self.path) }
    }

    pub fn key(self, name: &str, value: &str) -> Self {
        Self { path: format!("{}?{name}={value}", self.path) }
    }

    pub async fn send(self) -> String {
        self.path
    }
}
