//! What each text needs, read once: many functions run the same statements, each on the way of several routes.

use std::sync::Arc;

use super::{Needs, needs};
use crate::access::schema::Schema;
use crate::ordered::SharedMap;

/// The texts that were met so far, by all walks.
pub(in crate::access) struct Statements<'s> {
    pub(in crate::access) schema: &'s Schema,
    known: SharedMap<String, Arc<Needs>>,
}

impl<'s> Statements<'s> {
    pub(in crate::access) fn new(schema: &'s Schema) -> Self {
        Self { schema, known: SharedMap::default() }
    }

    /// What a text needs.
    pub(in crate::access) fn needs(&self, text: String) -> Arc<Needs> {
        self.known.get_or_find(text, |text| Arc::new(needs(text, self.schema)))
    }
}
