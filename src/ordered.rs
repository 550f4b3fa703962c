//! Maps and sets whose type says whether they may reach the output.
//!
//! `OrderedMap` iterates in insertion order; `UnorderedMap` and `UnorderedSet` cannot be iterated at all, so hash order can never
//! leak into a report or a generated file.

use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxBuildHasher;

/// Iterates in insertion order.
pub type OrderedMap<K, V> = indexmap::IndexMap<K, V, FxBuildHasher>;
/// Iterates in insertion order.
pub type OrderedSet<T> = indexmap::IndexSet<T, FxBuildHasher>;

/// What several threads find out, each key once for all of them; two that ask at the same time may both look for it.
pub struct SharedMap<K, V>(Mutex<UnorderedMap<K, V>>);

impl<K, V> Default for SharedMap<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> SharedMap<K, V> {
    /// What is known of a key, else what `find` finds.
    pub fn get_or_find(&self, key: K, find: impl FnOnce(&K) -> V) -> V {
        // What a thread that panicked left behind is whole: entries are put in at once.
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = known().get(&key) {
            return value.clone();
        }
        let value = find(&key);
        known().insert(key, value.clone());
        value
    }
}

/// A hash map for look-ups only: it has no iteration method, on purpose.
#[derive(Debug, Clone)]
pub struct UnorderedMap<K, V>(HashMap<K, V, FxBuildHasher>);

impl<K, V> Default for UnorderedMap<K, V> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

impl<K: Eq + Hash, V> UnorderedMap<K, V> {
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.0.insert(key, value)
    }

    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.0.get(key)
    }

    pub fn contains_key<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.contains_key(key)
    }

    pub fn entry(&mut self, key: K) -> std::collections::hash_map::Entry<'_, K, V> {
        self.0.entry(key)
    }

    pub fn remove<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.0.remove(key)
    }

    pub fn get_mut<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.0.get_mut(key)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A hash set for membership tests only: it has no iteration method, on purpose.
#[derive(Debug, Clone)]
pub struct UnorderedSet<T>(HashSet<T, FxBuildHasher>);

impl<T> Default for UnorderedSet<T> {
    fn default() -> Self {
        Self(HashSet::default())
    }
}

impl<T: Eq + Hash> UnorderedSet<T> {
    /// Whether the value was not yet there.
    pub fn insert(&mut self, value: T) -> bool {
        self.0.insert(value)
    }

    pub fn remove(&mut self, value: &T) -> bool {
        self.0.remove(value)
    }

    pub fn contains<Q: Eq + Hash + ?Sized>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.0.contains(value)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
