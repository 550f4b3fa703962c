//! Which paths of a route table can match a request of another: a tree of their segments.
//!
//! Input: the paths. Output: for a path, the places of those that overlap with it. It says the same as `pattern::overlaps` of each pair,
//! without looking at each pair.

use std::collections::BTreeMap;

use crate::routes::pattern::{Segment, segments};

/// Paths by their segments.
#[derive(Debug, Default)]
pub(super) struct PathTree<'a> {
    literals: BTreeMap<&'a str, PathTree<'a>>,
    param: Option<Box<PathTree<'a>>>,
    wildcard: Option<Box<PathTree<'a>>>,
    /// Places of the paths that end here.
    ends: Vec<usize>,
}

impl<'a> PathTree<'a> {
    pub(super) fn new(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let mut tree = PathTree::default();
        for (place, path) in paths.into_iter().enumerate() {
            let mut node = &mut tree;
            for segment in segments(path) {
                node = match Segment::parse(segment) {
                    Segment::Literal(text) => node.literals.entry(text).or_default(),
                    Segment::Param(_) => node.param.get_or_insert_default(),
                    Segment::Wildcard(_) => node.wildcard.get_or_insert_default(),
                };
            }
            node.ends.push(place);
        }
        tree
    }

    /// Places of the paths that overlap with this one, in order.
    pub(super) fn overlapping(&self, path: &str) -> Vec<usize> {
        let segments: Vec<Segment<'_>> = segments(path).map(Segment::parse).collect();
        let mut found = Vec::new();
        self.walk(&segments, &mut found);
        found.sort_unstable();
        found
    }

    fn walk(&self, path: &[Segment<'_>], found: &mut Vec<usize>) {
        let Some((first, rest)) = path.split_first() else {
            found.extend(&self.ends);
            return;
        };
        // A wildcard takes all that is left.
        if let Some(wildcard) = &self.wildcard {
            wildcard.all(found);
        }
        match first {
            Segment::Wildcard(_) => {
                self.literals.values().chain(self.param.as_deref()).for_each(|next| next.all(found));
            }
            Segment::Param(_) => {
                self.literals.values().chain(self.param.as_deref()).for_each(|next| next.walk(rest, found));
            }
            Segment::Literal(text) => {
                self.literals
                    .get(text)
                    .into_iter()
                    .chain(self.param.as_deref())
                    .for_each(|next| next.walk(rest, found));
            }
        }
    }

    fn all(&self, found: &mut Vec<usize>) {
        found.extend(&self.ends);
        let others = self.param.as_deref().into_iter().chain(self.wildcard.as_deref());
        self.literals.values().chain(others).for_each(|next| next.all(found));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::pattern::overlaps;

    #[test]
    fn the_tree_finds_what_each_pair_says() {
        let paths = [
            "/",
            "/a",
            "/a/",
            "/b",
            "/{x}",
            "/a/b",
            "/a/{y}",
            "/{x}/b",
            "/{x}/{y}",
            "/a/{rest+}",
            "/{rest+}",
            "/a/{rest+}/b",
            "/a/b/c",
            "/{x}/c/{rest+}",
            "/p/{name}.png",
            "/{?}/x",
        ];
        let tree = PathTree::new(paths);
        for path in paths {
            let expect: Vec<usize> = (0..paths.len()).filter(|&at| overlaps(paths[at], path)).collect();
            assert_eq!(tree.overlapping(path), expect, "{path}");
        }
    }
}
