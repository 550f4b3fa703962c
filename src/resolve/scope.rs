//! What a name can mean in a scope.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use super::program::DefId;
use crate::load::ModuleId;
use crate::ordered::{OrderedMap, UnorderedMap};
use crate::syntax::Name;

/// The three namespaces of the Rust reference, "Namespaces".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Namespace {
    Types,
    Values,
    Macros,
}

/// What a path resolves to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Res {
    Def(DefId),
    Module(ModuleId),
    /// A path into a crate that is not part of the program: `axum::routing::get`. The first name is the package's, with `_` for `-`,
    /// whatever it is called in the code.
    External(ExternalPath),
}

/// Full path of something in an external crate.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExternalPath(pub Arc<[Name]>);

impl ExternalPath {
    pub fn new(names: impl IntoIterator<Item = Name>) -> Self {
        Self(names.into_iter().collect())
    }

    /// From `a::b::c`. Types are inferred with the same few paths over and over, so each thread keeps those that it had.
    pub fn parse(path: &str) -> Self {
        thread_local! {
            static KNOWN: RefCell<UnorderedMap<Box<str>, ExternalPath>> = RefCell::default();
        }
        KNOWN.with_borrow_mut(|known| {
            if let Some(known) = known.get(path) {
                return known.clone();
            }
            let parsed = Self::new(path.split("::").map(Name::new));
            known.insert(path.into(), parsed.clone());
            parsed
        })
    }

    /// Of a type that a macro makes in a module of the program, where a glob of a crate seems to bring it: `sea_orm::{shop::item}::Entity`.
    fn made(krate: &str, module: &str, name: &Name) -> Self {
        Self::new([Name::new(krate), Name::new(format!("{{{module}}}")), name.clone()])
    }

    /// The module of the program in which a macro makes it, in braces.
    pub(super) fn made_in(&self) -> Option<&str> {
        self.0.get(1).map(Name::as_str).filter(|name| name.starts_with('{'))
    }

    #[must_use]
    pub fn join(&self, name: Name) -> Self {
        self.join_all(&[name])
    }

    /// The path with more names behind it.
    #[must_use]
    pub(super) fn join_all(&self, names: &[Name]) -> Self {
        Self(self.0.iter().chain(names).cloned().collect())
    }

    pub fn krate(&self) -> &str {
        &self.0[0]
    }

    pub fn last(&self) -> &str {
        self.0.last().expect("an external path names at least its crate")
    }

    /// The name before the last: the type or trait of an associated function. Empty where there is none.
    pub fn owner(&self) -> &str {
        self.0.iter().rev().nth(1).map_or("", Name::as_str)
    }

    /// Whether the path starts with this crate and ends with this name, whatever modules lie between (re-exports differ there).
    pub fn is(&self, krate: &str, last: &str) -> bool {
        self.krate() == krate && self.last() == last
    }
}

impl fmt::Display for ExternalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("::")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

impl Res {
    pub fn def(&self) -> Option<DefId> {
        match self {
            Res::Def(id) => Some(*id),
            _ => None,
        }
    }

    pub fn external(&self) -> Option<&ExternalPath> {
        match self {
            Res::External(path) => Some(path),
            _ => None,
        }
    }
}

/// Meanings of one name that are kept: code that compiles has one per namespace, and one per `cfg` that is not known.
const MAX_MEANINGS: usize = 64;

/// One meaning of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// `None` where the namespace is not known: names of external crates.
    pub namespace: Option<Namespace>,
    pub res: Res,
    /// Whether it came through `*`: explicit names win over these.
    pub glob: bool,
}

impl Binding {
    fn may_be_in(&self, namespace: Option<Namespace>) -> bool {
        self.namespace == namespace || self.namespace.is_none()
    }

    /// Whether it adds nothing to those of its name: known, behind an explicit one, or one too many.
    fn is_idle(&self, bindings: &[Binding]) -> bool {
        let is_same = |known: &Binding| known.res == self.res && known.namespace == self.namespace;
        let wins = |known: &Binding| self.glob && !known.glob && known.may_be_in(self.namespace);
        bindings.len() >= MAX_MEANINGS || bindings.iter().any(|known| is_same(known) || wins(known))
    }
}

/// The names of one module, or of one function body.
#[derive(Debug, Default, Clone)]
pub struct Scope {
    pub(super) names: OrderedMap<Name, Vec<Binding>>,
    /// External paths imported with `*`.
    pub(super) external_globs: Vec<ExternalPath>,
    /// Types that must be of the program, as it has inherent impls of them, although no item defines them: a macro does. By name, the path of
    /// the module.
    pub(super) made: OrderedMap<Name, Arc<str>>,
}

impl Scope {
    /// Adds a meaning; whether it is new. An explicit one displaces a glob's of the same namespace.
    pub(super) fn add(&mut self, name: Name, binding: Binding) -> bool {
        let bindings = self.names.entry(name).or_default();
        if binding.is_idle(bindings) {
            return false;
        }
        if !binding.glob {
            bindings.retain(|known| !(known.glob && known.may_be_in(binding.namespace)));
        }
        // Most names mean one thing, and there are many names.
        bindings.reserve_exact(1);
        bindings.push(binding);
        true
    }

    /// Whether a meaning would change nothing.
    pub(super) fn knows(&self, name: &Name, binding: &Binding) -> bool {
        self.names.get(name).is_some_and(|bindings| binding.is_idle(bindings))
    }

    /// Adds an external path imported with `*`; whether it is new.
    pub(super) fn add_external_glob(&mut self, path: ExternalPath) -> bool {
        let is_new = !self.external_globs.contains(&path);
        if is_new {
            self.external_globs.push(path);
        }
        is_new
    }

    /// Adds a type that a macro makes; whether it is new.
    pub(super) fn add_made(&mut self, name: Name, module: Arc<str>) -> bool {
        let is_new = !self.made.contains_key(&name);
        if is_new {
            self.made.insert(name, module);
        }
        is_new
    }

    /// What a name can mean that only a glob import of one external path can bring.
    pub(super) fn external_glob(&self, name: &Name) -> Option<Res> {
        let [only] = self.external_globs.as_slice() else { return None };
        let path = match self.made.get(name) {
            Some(module) => ExternalPath::made(only.krate(), module, name),
            None => only.join(name.clone()),
        };
        Some(Res::External(path))
    }

    /// The meaning of a name in a namespace.
    pub fn get(&self, name: &str, namespace: Namespace) -> Option<&Res> {
        let bindings = self.names.get(name)?;
        let found = |wanted: Option<Namespace>| bindings.iter().find(|binding| binding.namespace == wanted);
        // What is known to be in the namespace, before names of other crates that may be.
        found(Some(namespace)).or_else(|| found(None)).map(|binding| &binding.res)
    }
}
