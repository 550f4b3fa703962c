//! Answers that were found once, for all threads that ask.

use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use crate::ordered::UnorderedMap;

/// Answers by question.
pub(super) struct Known<K, V>(Mutex<UnorderedMap<K, V>>);

impl<K, V> Default for Known<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Known<K, V> {
    pub(super) fn get(&self, question: &K) -> Option<V> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(question).cloned()
    }

    pub(super) fn insert(&self, question: K, answer: V) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(question, answer);
    }
}
