//! Functions of this process.

#[derive(Clone)]
pub struct Client;

#[derive(Default)]
pub struct Invoke {
    name: String,
    payload: String,
}

impl Client {
    pub fn invoke(&self) -> Invoke {
        Invoke::default()
    }
}

impl Invoke {
    pub fn function_name(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }

    pub fn payload(mut self, payload: String) -> Self {
        self.payload = payload;
        self
    }

    pub fn send(self) -> String {
        format!("{}: {}", self.name, self.payload)
    }
}
