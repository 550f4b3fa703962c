pub use aws_sdk_dynamodb::Client as Connection;

/// The table's client.
pub type Table = Connection;

pub struct Sheet {
    name: String,
}

impl Sheet {
    pub fn new(name: String) -> Self {
        Self { name }
    }

    /// What the sheet is called: no object is fetched.
    pub fn get_object(&self) -> String {
        self.name.to_uppercase()
    }
}
