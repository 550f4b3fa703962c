//! The resolved program: every definition with its path and place, what each scope knows, and the edges between definitions.

use std::sync::{Arc, OnceLock};

use crate::certainty::Certainty;
use crate::load::{KrateId, KrateKind, ModuleId, SourceTree};
use crate::ordered::UnorderedMap;
use crate::span::{Location, Span};
use crate::syntax::ast;
use crate::syntax::{Item, ItemKind, Mention, Name};

use super::evidence::Evidence;
use super::scope::{Res, Scope};
use super::types::Ty;

/// Number of a definition in `Program::defs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DefId(pub u32);

/// Number of an impl block in `Program::impls`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImplId(pub u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DefKind {
    Fn,
    Method,
    Struct,
    Enum,
    Union,
    Variant,
    Trait,
    TypeAlias,
    Const,
    Static,
    /// An impl block, named after its type.
    Impl,
    Macro,
    /// `type X` in a trait or impl.
    AssocType,
    /// `const X` in a trait or impl.
    AssocConst,
    /// `name! { .. }` as an item.
    MacroCall,
}

/// A definition of the program (not of an external crate).
#[derive(Debug, Clone)]
pub struct Def {
    pub id: DefId,
    pub kind: DefKind,
    pub name: Name,
    /// Full path, for example `shop::db::Repository::find_user`.
    pub path: String,
    pub module: ModuleId,
    /// The impl, trait or enum that holds it, or the function in whose body it stands.
    pub parent: Option<DefId>,
    /// The whole item, attributes included.
    pub location: Location,
    /// The item; for a variant the enum.
    pub item: Arc<Item>,
}

/// An impl block with its resolved ends.
#[derive(Debug, Clone)]
pub struct ImplInfo {
    pub def: DefId,
    /// `None` for inherent impls.
    pub trait_: Option<Res>,
    /// Arguments of the trait: `X` of `impl From<X> for Y`.
    pub trait_args: Vec<Ty>,
    pub self_ty: Ty,
    /// Functions, consts and types of the block.
    pub items: Vec<DefId>,
}

/// Why one definition needs another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EdgeKind {
    /// A call in the text.
    Call,
    /// A function named as a value, for example a handler.
    Value,
    /// Called without being named: extractor, `From` behind `?`, `IntoResponse`, `Drop`.
    Implicit,
    /// A type named in a signature or body.
    Type,
    /// A constant or static that is read.
    Const,
}

/// One reference between two definitions of the program.
#[derive(Debug, Clone)]
pub struct CallEdge {
    pub from: DefId,
    pub to: DefId,
    pub kind: EdgeKind,
    /// Of the name in the text, where there is one.
    pub location: Location,
    pub certainty: Certainty,
    pub evidence: Evidence,
}

/// The resolved program.
#[derive(Debug, Default)]
pub struct Program {
    pub tree: SourceTree,
    pub defs: Vec<Def>,
    pub impls: Vec<ImplInfo>,
    /// Of live definitions; sorted by `from`, then place.
    pub edges: Vec<CallEdge>,
    /// What every scope knows without an import.
    pub(super) prelude: UnorderedMap<Name, Res>,
    /// By package.
    pub(super) crate_names: Vec<super::paths::CrateNames>,
    /// By `ModuleId`.
    pub(super) scopes: Vec<Scope>,
    /// Items and imports inside function bodies.
    pub(super) body_scopes: UnorderedMap<DefId, Scope>,
    /// Imports inside function bodies, until they are resolved.
    pub(super) body_imports: Vec<(DefId, Arc<Item>)>,
    /// By `ModuleId`: definition of an item, by its place.
    pub(super) by_place: Vec<UnorderedMap<Span, DefId>>,
    /// By `ModuleId`: definitions that stand directly in the module, in order.
    pub(super) by_module: Vec<Vec<DefId>>,
    /// The first `macro_rules!` of each name in a crate.
    pub(super) macros: UnorderedMap<(KrateId, Name), DefId>,
    /// Members of an impl, trait or enum in order.
    pub(super) members: UnorderedMap<DefId, Vec<DefId>>,
    /// Impl blocks of a type of the program.
    pub(super) impls_by_type: UnorderedMap<DefId, Vec<ImplId>>,
    /// Impl blocks of a trait of the program.
    pub(super) impls_by_trait: UnorderedMap<DefId, Vec<ImplId>>,
    /// Number of an impl definition's block.
    pub(super) impl_ids: UnorderedMap<DefId, ImplId>,
    /// Lowered signatures and fields.
    pub(super) index: super::infer::Index,
    /// By `DefId`; inferred when asked for.
    pub(super) bodies: Vec<OnceLock<Option<Box<super::infer::BodyTypes>>>>,
    /// By `DefId`: whether the analysed package leads there.
    pub(super) live: Vec<bool>,
    /// What live code puts behind bounds.
    pub(super) uses: super::infer::Uses,
}

impl Program {
    /// `main` of the analysed binary.
    pub fn main(&self) -> Option<DefId> {
        let krate = self.tree.krates.first().filter(|krate| krate.kind == KrateKind::Bin)?;
        let is_main = |def: &&Def| {
            def.kind == DefKind::Fn && def.name == "main" && def.module == krate.root && def.parent.is_none()
        };
        self.defs.iter().find(is_main).map(|def| def.id)
    }

    pub fn def(&self, id: DefId) -> &Def {
        &self.defs[id.0 as usize]
    }

    /// The impl block of an impl definition.
    pub fn impl_info(&self, id: ImplId) -> &ImplInfo {
        &self.impls[id.0 as usize]
    }

    pub fn impl_of(&self, def: DefId) -> Option<&ImplInfo> {
        self.impl_id(def).map(|id| self.impl_info(id))
    }

    /// Number of an impl definition's block.
    pub fn impl_id(&self, def: DefId) -> Option<ImplId> {
        self.impl_ids.get(&def).copied()
    }

    /// Members of an impl, trait or enum in order.
    pub fn members(&self, id: DefId) -> &[DefId] {
        self.members.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Inherent and trait impls of a type of the program.
    pub fn impls_of_type(&self, id: DefId) -> &[ImplId] {
        self.impls_by_type.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Impls of a trait of the program, for any type.
    pub fn impls_of_trait(&self, id: DefId) -> &[ImplId] {
        self.impls_by_trait.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The definition of an item that stands at a place of a module.
    pub fn def_at(&self, span: Span, module: ModuleId) -> Option<DefId> {
        self.by_place[module.0 as usize].get(&span).copied()
    }

    /// Definitions that stand directly in a module, in order.
    pub fn module_items(&self, module: ModuleId) -> &[DefId] {
        &self.by_module[module.0 as usize]
    }

    /// The edges that start at a definition, by place.
    pub fn edges_from(&self, def: DefId) -> &[CallEdge] {
        let from = self.edges.partition_point(|edge| edge.from < def);
        let len = self.edges[from..].iter().take_while(|edge| edge.from == def).count();
        &self.edges[from..from + len]
    }

    /// Every name of a module's scope with each of its meanings.
    pub fn module_names(&self, module: ModuleId) -> impl Iterator<Item = (&Name, &Res)> {
        let scope = &self.scopes[module.0 as usize];
        scope
            .names
            .iter()
            .flat_map(|(name, bindings)| bindings.iter().map(move |binding| (name, &binding.res)))
    }

    /// Whether a module has `use krate::..::last::*` for an external crate.
    pub(super) fn imports_all_of(&self, module: ModuleId, krate: &str, last: &str) -> bool {
        self.scopes[module.0 as usize].external_globs.iter().any(|path| path.is(krate, last))
    }

    /// The function of a definition, with signature and body.
    pub fn func(&self, id: DefId) -> Option<&ast::Fn> {
        match &self.def(id).item.kind {
            ItemKind::Fn(func) => Some(func),
            _ => None,
        }
    }

    /// Signature fields of a struct; of the variant for a variant.
    pub fn fields(&self, id: DefId) -> Option<&ast::Fields> {
        let def = self.def(id);
        match &def.item.kind {
            ItemKind::Struct(strukt) | ItemKind::Union(strukt) => Some(&strukt.fields),
            ItemKind::Enum(enumeration) if def.kind == DefKind::Variant => enumeration
                .variants
                .iter()
                .find(|variant| variant.name.name == def.name)
                .map(|variant| &variant.fields),
            _ => None,
        }
    }

    /// Whether a definition is a macro call among items that is followed by what it expands to.
    pub fn is_expanded(&self, id: DefId) -> bool {
        let Def { kind, location, .. } = self.def(id);
        *kind == DefKind::MacroCall && self.tree.sources.get(location.source).is_expanded(location.span)
    }

    /// Names that the tokens of a definition mention.
    pub fn mentions(&self, id: DefId) -> &[Mention] {
        let location = self.def(id).location;
        self.tree.facts(location.source).mentions_in(location.span)
    }

    /// The function, const or type of that name in a type's own impl blocks, trait impls included.
    pub fn assoc_of_type(&self, ty: DefId, name: &str) -> Vec<DefId> {
        let (mut inherent, mut by_trait) = (Vec::new(), Vec::new());
        for &id in self.impls_of_type(ty) {
            let info = self.impl_info(id);
            let found = info.items.iter().copied().filter(|&item| self.def(item).name == name);
            if info.trait_.is_some() { by_trait.extend(found) } else { inherent.extend(found) }
        }
        if inherent.is_empty() { by_trait } else { inherent }
    }

    /// Whether a trait of the program declares a member of that name.
    pub fn is_trait_member(&self, name: &str) -> bool {
        self.index.is_trait_member(name)
    }

    /// The generics of a definition, where its kind has some.
    pub fn generics(&self, id: DefId) -> Option<&ast::Generics> {
        match &self.def(id).item.kind {
            ItemKind::Fn(func) => Some(&func.sig().generics),
            ItemKind::Struct(strukt) | ItemKind::Union(strukt) => Some(&strukt.generics),
            ItemKind::Enum(enumeration) => Some(&enumeration.generics),
            ItemKind::Trait(trait_) => Some(&trait_.generics),
            ItemKind::Impl(implementation) => Some(&implementation.generics),
            ItemKind::TypeAlias { generics, .. } => Some(generics),
            _ => None,
        }
    }

    /// The innermost impl or trait around a definition.
    pub fn enclosing_type(&self, id: DefId) -> Option<DefId> {
        let mut at = self.def(id).parent;
        while let Some(parent) = at {
            if matches!(self.def(parent).kind, DefKind::Impl | DefKind::Trait | DefKind::Enum) {
                return Some(parent);
            }
            at = self.def(parent).parent;
        }
        None
    }
}
