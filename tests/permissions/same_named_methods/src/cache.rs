use std::collections::BTreeSet;
use std::sync::Mutex;

#[derive(Default)]
pub struct Cache {
    entries: Mutex<BTreeSet<String>>,
}

pub struct Scan<'c> {
    cache: &'c Cache,
    prefix: String,
}

impl Cache {
    pub fn put_item(&self, id: &str) {
        self.entries.lock().expect("the lock is not poisoned").insert(id.to_owned());
    }

    pub fn scan(&self) -> Scan<'_> {
        Scan { cache: self, prefix: String::new() }
    }
}

impl Scan<'_> {
    pub fn table_name(mut self, name: &str) -> Self {
        self.prefix = name.to_owned();
        self
    }

    pub fn send(self) -> Vec<String> {
        let entries = self.cache.entries.lock().expect("the lock is not poisoned");
        entries.iter().filter(|entry| entry.starts_with(&self.prefix)).cloned().collect()
    }
}
