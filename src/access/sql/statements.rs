//! What each text needs, read once: many functions run the same statements, each on the way of several routes.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Needs, needs};
use crate::access::schema::Schema;
use crate::ordered::UnorderedMap;

/// The texts that were met so far, by all walks.
pub(in crate::access) struct Statements<'s> {
    pub(in crate::access) schema: &'s Schema,
    known: Mutex<UnorderedMap<String, Arc<Needs>>>,
}

impl<'s> Statements<'s> {
    pub(in crate::access) fn new(schema: &'s Schema) -> Self {
        Self { schema, known: Mutex::default() }
    }

    /// What a text needs.
    pub(in crate::access) fn needs(&self, text: String) -> Arc<Needs> {
        // What a thread that panicked left behind is whole: entries are put in at once.
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(needs) = known().get(&text) {
            return needs.clone();
        }
        let needs = Arc::new(needs(&text, self.schema));
        known().insert(text, needs.clone());
        needs
    }
}
