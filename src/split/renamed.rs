//! Dependencies whose library has another name than their package: `tokio_tar` of `astral-tokio-tar`, `md5` of `md-5`.
//!
//! Input: the program. Output: per package the dependencies that nothing in its code names, which may be such. Manifests of other packages
//! are not read, so the library's name is not known: it is taken to be the end of the package's.

use std::collections::{BTreeMap, BTreeSet};

use crate::load::{DependencyKind, PackageId};
use crate::resolve::Program;
use crate::syntax::{ItemKind, Name};

/// Keys of dependencies by package.
#[derive(Debug, Default)]
pub(super) struct Unnamed(BTreeMap<PackageId, Vec<String>>);

impl Unnamed {
    pub(super) fn of(program: &Program) -> Self {
        let tree = &program.tree;
        let mut named: BTreeMap<PackageId, BTreeSet<Name>> = BTreeMap::new();
        for module in &tree.modules {
            let named = named.entry(tree.krate(module.krate).package).or_default();
            for item in module.items.iter() {
                let facts = tree.facts(module.source);
                let mentions = facts.mentions_in(item.span).iter();
                named.extend(mentions.map(|mention| mention.segments[0].name.clone()));
                if let ItemKind::Use(used) = &item.kind {
                    let leaves = used.tree.leaves();
                    named.extend(leaves.iter().filter_map(|leaf| Some(leaf.path.first()?.name.clone())));
                }
            }
        }
        let unnamed = |(package, named): (PackageId, BTreeSet<Name>)| {
            let dependencies = tree.packages[package].dependencies.iter();
            let normal = dependencies.filter(|one| one.kind == DependencyKind::Normal && one.local.is_none());
            let keys = normal.filter(|one| !named.iter().any(|name| one.is_called(name)));
            (package, keys.map(|one| one.key.clone()).collect())
        };
        Self(named.into_iter().map(unnamed).collect())
    }

    /// The dependency of a package that may bring a crate of this name.
    pub(super) fn bringing(&self, package: PackageId, crate_name: &str) -> Option<&str> {
        let squashed = |text: &str| text.replace(['-', '_'], "");
        let keys = self.0.get(&package).into_iter().flatten();
        let mut found = keys.filter(|key| squashed(key).ends_with(&squashed(crate_name)));
        found.next().map(String::as_str)
    }
}
