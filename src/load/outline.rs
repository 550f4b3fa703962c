//! Which items of a file are on, and which modules it declares: all that the tree of modules is built from.
//!
//! Input: a file's items and the features that are on. Output: `Outline`. Deliberately absent: where the files of modules lie (`modules`).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::cfg::{self, Verdict};
use crate::syntax::{Item, ItemKind};

/// The items of a file, or of an inline module, by their `cfg`.
#[derive(Debug, Clone, Default)]
pub(super) struct Outline {
    pub(super) items: Arc<[Arc<Item>]>,
    /// Items behind `cfg(test)`.
    pub(super) test_items: Arc<[Arc<Item>]>,
    /// Those of `items` whose `cfg` is not known.
    pub(super) unknown: Vec<Arc<Item>>,
    /// `mod` items among `items`, with what stands inside where that is the same file.
    pub(super) modules: Vec<(Arc<Item>, Option<Outline>)>,
    /// `mod` items that are off, or on in tests only.
    pub(super) off: Vec<Arc<Item>>,
}

impl Outline {
    pub(super) fn of(items: &[Arc<Item>], features: &BTreeSet<String>) -> Self {
        let (mut on, mut test_items) = (Vec::with_capacity(items.len()), Vec::new());
        let mut outline = Self::default();
        for item in items {
            let verdict = cfg::verdict(&item.attrs, features);
            if matches!((verdict, &item.kind), (Verdict::Off | Verdict::TestOnly, ItemKind::Mod(_))) {
                outline.off.push(item.clone());
            }
            match verdict {
                Verdict::Off => continue,
                Verdict::TestOnly => {
                    test_items.push(item.clone());
                    continue;
                }
                Verdict::Unknown => outline.unknown.push(item.clone()),
                Verdict::On => {}
            }
            on.push(item.clone());
            if let ItemKind::Mod(module) = &item.kind {
                let inside = module.items.as_ref().map(|items| Self::of(items, features));
                outline.modules.push((item.clone(), inside));
            }
        }
        outline.items = on.into();
        outline.test_items = test_items.into();
        outline
    }
}
