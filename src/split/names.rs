//! Names: what each output crate must contain so that every path of its code still means what it meant.
//!
//! Input: which items each crate owns. Output: per crate the modules that exist, the imports that stay, the re-exports of items that moved to
//! a more shared crate, and the dependencies. Module paths stay as they were: an item is found where it was, through a re-export if need be.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::bound::{imports, local_names};
use super::derives;
use super::live::{CutProgram, Live, MacroItems, MethodCallees, method_calls};
use super::placement::{Functions, Level, Placement, unit};
use super::proc_macros::ProcMacros;
use super::renamed::Unnamed;
use super::skeleton::Skeleton;
use super::trait_imports::{Called, is_of_foreign_trait, trait_of};
use crate::load::{KrateId, KrateKind, ModuleId, PackageId};
use crate::ordered::{UnorderedMap, UnorderedSet};
use crate::resolve::{DefId, DefKind, Namespace, Program, Res};
use crate::span::Span;
use crate::syntax::ast::UseLeaf;
use crate::syntax::{Item, ItemKind, Mention, MentionKind, Name};

/// An output crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum CrateKey {
    /// What one function keeps of one package: of the analysed one its binary with its library, of another its library.
    Function { at: usize, package: PackageId },
    /// One shared part of one crate.
    Library { level: Level, krate: KrateId },
}

impl CrateKey {
    /// The package whose code it holds.
    pub(super) fn package(self, program: &Program) -> PackageId {
        match self {
            CrateKey::Function { package, .. } => package,
            CrateKey::Library { krate, .. } => program.tree.krate(krate).package,
        }
    }
}

/// As what a name is used, where a module and something else may be called the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Used {
    /// Other names follow it: `post` of `post::Model`.
    Before,
    /// `post(handler)`
    Last,
    Either,
    /// Among the arguments of an attribute: a name that an import brings, or a word of the attribute's own.
    Argument,
    /// In a `derive`: a macro, which a trait may be called like.
    Derive,
}

/// What one output crate holds.
#[derive(Debug, Default, Clone)]
pub(super) struct Contents {
    /// Module-level items.
    pub(super) units: BTreeSet<DefId>,
    /// Every kept definition, members included.
    pub(super) defs: BTreeSet<DefId>,
    /// Of these, the methods that nothing in the crate calls.
    pub(super) uncalled: BTreeSet<DefId>,
    pub(super) skeleton: Skeleton,
    pub(super) modules: BTreeSet<ModuleId>,
    /// Kept leaves of `use` items: module and span of the leaf.
    pub(super) leaves: BTreeSet<(ModuleId, Span)>,
    /// Leaves that are kept because they may be traits in use.
    pub(super) doubtful: BTreeSet<(ModuleId, Span)>,
    /// Leaves that an attribute's argument may name, and those that something else names.
    pub(super) arguments: BTreeSet<(ModuleId, Span)>,
    pub(super) named: BTreeSet<(ModuleId, Span)>,
    /// Whether it calls macros that only `#[macro_use] extern crate` can bring.
    pub(super) macro_use: bool,
    /// Per module: name -> crate that owns it now.
    pub(super) reexports: BTreeMap<ModuleId, BTreeMap<Name, CrateKey>>,
    pub(super) libraries: BTreeSet<CrateKey>,
    /// Whole crates of the program that are copied: their packages.
    pub(super) whole: BTreeSet<usize>,
    /// `(package, dependency key)`.
    pub(super) dependencies: BTreeSet<(usize, String)>,
    /// Test items that moved along: module and span.
    pub(super) tests: BTreeSet<(ModuleId, Span)>,
    /// Definitions that are there for them alone, members included, and imports: module, and what stands between `use` and `;`.
    pub(super) for_tests: BTreeSet<DefId>,
    pub(super) test_imports: BTreeSet<(ModuleId, String)>,
    /// As `reexports`, of what only tests name.
    pub(super) test_reexports: BTreeMap<ModuleId, BTreeMap<Name, CrateKey>>,
    /// Dependencies that only test items name.
    pub(super) dev_dependencies: BTreeSet<(usize, String)>,
}

/// The contents of all output crates, with names resolved.
pub(super) struct Names<'a> {
    pub(super) program: &'a Program,
    pub(super) placement: &'a Placement,
    pub(super) functions: &'a Functions,
    /// Crates whose items are split.
    pub(super) krates: &'a BTreeSet<KrateId>,
    pub(super) crates: BTreeMap<CrateKey, Contents>,
    /// Items that must be `pub` because another output crate names them.
    pub(super) public: BTreeSet<DefId>,
    pub(super) macro_items: MacroItems,
    proc_macros: ProcMacros,
    pub(super) unnamed: Unnamed,
    /// Macros of the program by function and name, which are there only where a call that stays names them: one that makes items is replaced
    /// by what it makes.
    asleep: BTreeMap<(usize, Name), Vec<(CrateKey, DefId)>>,
    /// Of these, the ones that are named and whose own names are not looked at yet.
    woken: Vec<(CrateKey, DefId)>,
    /// Names that a function binds, which many crates ask for.
    locals: UnorderedMap<DefId, Rc<BTreeSet<Name>>>,
    seen: UnorderedSet<(CrateKey, ModuleId, Name, Used)>,
    queue: Vec<(CrateKey, ModuleId, Name, Used)>,
    /// Use leaves by module, in order.
    pub(super) leaves: UnorderedMap<ModuleId, Rc<[(bool, UseLeaf)]>>,
}

/// Packages whose macros name another crate, with that crate: `utoipa_axum::routes!` names `utoipa`.
const MACRO_NEEDS: &[(&str, &str)] = &[("utoipa-axum", "utoipa")];

/// Sorts the kept definitions into crates and finds everything their names need.
pub(super) fn resolve<'a>(
    program: &'a Program,
    placement: &'a Placement,
    functions: &'a Functions,
    krates: &'a BTreeSet<KrateId>,
    lives: &[Live],
    skeletons: Vec<Skeleton>,
) -> Names<'a> {
    let mut names = Names {
        program,
        placement,
        functions,
        krates,
        crates: BTreeMap::new(),
        public: BTreeSet::new(),
        unnamed: Unnamed::of(program),
        macro_items: MacroItems::of(program),
        proc_macros: ProcMacros::of(program),
        asleep: BTreeMap::new(),
        woken: Vec::new(),
        locals: UnorderedMap::default(),
        seen: UnorderedSet::default(),
        queue: Vec::new(),
        leaves: leaves(program),
    };
    for (function, (live, skeleton)) in lives.iter().zip(skeletons).enumerate() {
        for package in super::packages(program, krates) {
            let own = names.crates.entry(CrateKey::Function { at: function, package }).or_default();
            own.skeleton = skeleton.clone();
        }
        for &id in &live.defs {
            let item = unit(program, id);
            let krate = krate_of(program, item);
            let key = match placement.levels.get(&item) {
                Some(Level::Function(_)) | None => {
                    CrateKey::Function { at: function, package: program.tree.krate(krate).package }
                }
                Some(&level) => CrateKey::Library { level, krate },
            };
            if program.def(id).kind == DefKind::Macro {
                let name = program.def(id).name.clone();
                names.asleep.entry((function, name)).or_default().push((key, id));
                continue;
            }
            let contents = names.crates.entry(key).or_default();
            contents.units.insert(item);
            contents.defs.insert(id);
        }
    }
    let keys: Vec<CrateKey> = names.crates.keys().copied().collect();
    for key in keys {
        let defs = names.crates[&key].defs.clone();
        names.start(key, &defs);
        names.written(key);
    }
    loop {
        if let Some((key, module, name, used)) = names.queue.pop() {
            names.bring(key, module, &name, used);
        } else if let Some((key, id)) = names.woken.pop() {
            names.start(key, &BTreeSet::from([id]));
        } else {
            return names;
        }
    }
}

fn krate_of(program: &Program, id: DefId) -> KrateId {
    program.tree.module(program.def(id).module).krate
}

/// The leaves of every module's `use` items, each with whether its path begins with `::`.
pub(super) fn leaves(program: &Program) -> UnorderedMap<ModuleId, Rc<[(bool, UseLeaf)]>> {
    let mut leaves = UnorderedMap::default();
    for (at, module) in program.tree.modules.iter().enumerate() {
        let of_item = |item: &Arc<Item>| match &item.kind {
            ItemKind::Use(used) => {
                used.tree.leaves().into_iter().map(|leaf| (used.leading_colon, leaf)).collect()
            }
            _ => Vec::new(),
        };
        leaves.insert(ModuleId(at as u32), module.items.iter().flat_map(of_item).collect());
    }
    leaves
}

impl Names<'_> {
    pub(super) fn contents(&mut self, key: CrateKey) -> &mut Contents {
        self.crates.entry(key).or_default()
    }

    /// What items of a crate need.
    fn start(&mut self, key: CrateKey, defs: &BTreeSet<DefId>) {
        let program = self.program;
        let skeleton = self.crates[&key].skeleton.clone();
        let cut = CutProgram::new(program, &skeleton);
        let mut called: BTreeMap<ModuleId, Called> = BTreeMap::new();
        for &id in defs {
            let def = program.def(id);
            if def.kind == DefKind::Variant {
                continue;
            }
            self.module_exists(key, def.module);
            let called = called.entry(def.module).or_default();
            let calls = method_calls(program, id);
            let (globs, named): (Vec<_>, Vec<_>) =
                imports(program, id).into_iter().map(|(_, leaf)| leaf).partition(|leaf| leaf.name.is_none());
            let in_body: BTreeSet<Name> = named.into_iter().filter_map(|leaf| leaf.name).collect();
            let locals = self.locals.entry(id).or_insert_with(|| Rc::new(local_names(program, id))).clone();
            for mention in cut.own_mentions(id) {
                match mention.kind {
                    MentionKind::Method | MentionKind::Assoc => {
                        let name = mention.segments[0].name.clone();
                        match calls.get(&mention.span) {
                            Some(callees) if !callees.through_bound => {
                                called
                                    .traits
                                    .extend(callees.defs.iter().filter_map(|&def| trait_of(program, def)));
                            }
                            Some(_) => {}
                            None => {
                                called.unproved.insert(name.clone());
                            }
                        }
                        let is_own = |callees: &MethodCallees| {
                            !callees.defs.is_empty()
                                && !callees.defs.iter().any(|&def| is_of_foreign_trait(program, def))
                        };
                        if !calls.get(&mention.span).is_some_and(is_own) {
                            called.foreign.insert(name);
                        }
                    }
                    MentionKind::Path
                    | MentionKind::Macro
                    | MentionKind::InAttribute
                    | MentionKind::FormatCapture => {
                        let text = &program.tree.sources.get(def.location.source).text;
                        let before = text[..mention.span.start as usize].trim_end();
                        // `#[tracing::instrument]` calls no method.
                        if let [around @ .., last] = mention.segments.as_slice()
                            && !around.is_empty()
                            && !before.ends_with("#[")
                        {
                            called.foreign.insert(last.name.clone());
                            called.path(program, id, around, &last.name);
                        }
                        let is_local = mention.kind == MentionKind::Path
                            && mention.segments.len() == 1
                            && (self.is_no_import(def.module, &mention.segments[0].name, &locals, before)
                                || self.is_variable(id, mention, &locals));
                        if mention.kind == MentionKind::Macro {
                            // They call it on whatever they are given (std, `write!`).
                            let last = mention.segments.last().map(|segment| segment.name.as_str());
                            if matches!(last, Some("write" | "writeln")) {
                                called.foreign.insert(Name::new_static("write_fmt"));
                            }
                            self.macro_use(key, def.module, mention);
                            self.wake(key, mention);
                        }
                        let first = &mention.segments[0].name;
                        let begins = |glob: &UseLeaf| {
                            glob.path.first().is_some_and(|ident| ident.span == mention.segments[0].span)
                        };
                        let is_in_import = globs.iter().any(begins);
                        let is_hidden =
                            !is_local && !is_in_import && self.through_globs(key, def.module, &globs, first);
                        if !is_local && !is_hidden && !in_body.contains(first) {
                            self.mention(key, def.module, id, mention);
                        }
                    }
                    MentionKind::Field | MentionKind::Label | MentionKind::Definition => {}
                }
            }
            called.foreign.extend(derives::called(def));
            for name in derives::needed(def) {
                self.path(key, def.module, &[name], false);
            }
            for path in self.proc_macros.paths(program, def) {
                self.path(key, def.module, &path, false);
            }
            self.body_imports(key, id, &cut);
        }
        for (module, called) in &called {
            self.traits_in_use(key, *module, called);
        }
    }

    /// The crate that what is written into the kept code names.
    fn written(&mut self, key: CrateKey) {
        let (program, contents) = (self.program, &self.crates[&key]);
        let names_axum =
            |module: &&ModuleId| contents.skeleton.names_axum(program.tree.module(**module).source);
        if let Some(&module) = contents.modules.iter().find(names_axum) {
            self.external(key, module, "axum");
        }
    }

    /// A call that stays names macros of the program.
    fn wake(&mut self, key: CrateKey, mention: &Mention) {
        let (CrateKey::Function { at, .. }, Some(last)) = (key, mention.segments.last()) else { return };
        for (key, id) in self.asleep.remove(&(at, last.name.clone())).unwrap_or_default() {
            let contents = self.contents(key);
            contents.units.insert(id);
            contents.defs.insert(id);
            self.woken.push((key, id));
        }
    }

    fn mention(&mut self, key: CrateKey, module: ModuleId, owner: DefId, mention: &Mention) {
        let mut names: Vec<Name> = mention.segments.iter().map(|segment| segment.name.clone()).collect();
        if let Some(documented) = self.documented(module, owner, mention, &names) {
            names.pop();
            names.push(documented);
        }
        let space = if names.len() > 1 { Namespace::Types } else { Namespace::Values };
        let in_body = self.program.is_type_param(&names[0], Some(owner))
            || names[0] == "Self"
            || (names.len() == 1
                && mention.kind == MentionKind::FormatCapture
                && self.program.resolve_names(&names, space, module, None).is_none());
        if in_body {
            return;
        }
        match self.argument(owner, mention) {
            Some(used) if names.len() == 1 => self.need_as(key, module, &names[0], used),
            _ => self.path(key, module, &names, mention.leading_colon),
        }
    }

    /// As what a name stands among the arguments of an attribute, if it does.
    fn argument(&self, owner: DefId, mention: &Mention) -> Option<Used> {
        let def = self.program.def(owner);
        let text = &self.program.tree.sources.get(def.location.source).text;
        let holder = def.item.attrs.iter().find(|attr| attr.span.contains(mention.span))?;
        let is_argument = !text[..mention.span.start as usize].trim_end().ends_with("#[");
        is_argument.then_some(if holder.path == "derive" { Used::Derive } else { Used::Argument })
    }

    /// The type that `#[utoipa::path]` makes beside a handler, where `#[openapi(paths(..))]` names the handler.
    fn documented(&self, module: ModuleId, owner: DefId, mention: &Mention, names: &[Name]) -> Option<Name> {
        let inner = self.program.func(owner).into_iter().flat_map(|func| func.inner.iter());
        let mut attrs = inner.chain([&self.program.def(owner).item]).flat_map(|item| item.attrs.iter());
        attrs.find(|attr| attr.path == "openapi" && attr.span.contains(mention.span))?;
        match self.program.resolve_names(names, Namespace::Values, module, None)? {
            Res::Def(id) if is_documented(self.program, id) => {
                Some(Name::new(format!("{DOCUMENTED}{}", self.program.def(id).name)))
            }
            _ => None,
        }
    }

    /// Everything along a path: modules exist, imports stay, items are there or re-exported.
    pub(super) fn path(&mut self, key: CrateKey, module: ModuleId, names: &[Name], leading_colon: bool) {
        let Some((first, rest)) = names.split_first() else { return };
        let program = self.program;
        let start = match first.as_str() {
            "crate" | "$crate" => {
                let krate = program.tree.module(module).krate;
                Some(Res::Module(program.tree.krate(krate).root))
            }
            "self" => Some(Res::Module(module)),
            "super" => program.tree.module(module).parent.map(Res::Module),
            _ if leading_colon => {
                self.external(key, module, first);
                None
            }
            _ => {
                self.need_as(key, module, first, if rest.is_empty() { Used::Last } else { Used::Before });
                program.resolve_names(std::slice::from_ref(first), Namespace::Types, module, None)
            }
        };
        self.follow(key, start, rest);
    }

    /// A path whose first segment is a crate's name.
    fn path_from_crate(&mut self, key: CrateKey, module: ModuleId, names: &[Name]) {
        let start = self.program.resolve_crate(&names[0], module);
        self.follow(key, start, &names[1..]);
    }

    /// The segments after a resolved start.
    fn follow(&mut self, key: CrateKey, start: Option<Res>, rest: &[Name]) {
        let program = self.program;
        let mut at = start;
        for name in rest {
            let Some(Res::Module(target)) = at else { return };
            let target_krate = program.tree.module(target).krate;
            let Some(target_key) = self.crate_for(key, target_krate) else {
                self.contents(key).whole.insert(program.tree.krate(target_krate).package);
                return;
            };
            if name == "self" {
                continue;
            }
            if name == "super" {
                at = program.tree.module(target).parent.map(Res::Module);
                continue;
            }
            self.module_exists(target_key, target);
            self.need(target_key, target, name);
            at = program.resolve_rest(Res::Module(target), std::slice::from_ref(name), Namespace::Types);
        }
    }

    /// The output crate in which code of `key` finds the modules of a crate of the program; `None` for crates that stay whole.
    pub(super) fn crate_for(&mut self, key: CrateKey, krate: KrateId) -> Option<CrateKey> {
        if !self.krates.contains(&krate) {
            return None;
        }
        let package = self.program.tree.krate(krate).package;
        let other = match key {
            CrateKey::Library { level, krate: own } if own != krate => CrateKey::Library { level, krate },
            CrateKey::Function { at, package: own } if own != package => CrateKey::Function { at, package },
            _ => return Some(key),
        };
        self.contents(other);
        self.contents(key).libraries.insert(other);
        Some(other)
    }

    /// The module and those around it exist in the crate.
    pub(super) fn module_exists(&mut self, key: CrateKey, module: ModuleId) {
        let mut at = Some(module);
        while let Some(id) = at {
            if !self.contents(key).modules.insert(id) {
                return;
            }
            at = self.program.tree.module(id).parent;
        }
    }

    pub(super) fn need(&mut self, key: CrateKey, module: ModuleId, name: &Name) {
        self.need_as(key, module, name, Used::Either);
    }

    fn need_as(&mut self, key: CrateKey, module: ModuleId, name: &Name, used: Used) {
        if self.seen.insert((key, module, name.clone(), used)) {
            self.queue.push((key, module, name.clone(), used));
        }
    }

    /// Makes a name of a module available in a crate, by whatever brings it there.
    fn bring(&mut self, key: CrateKey, module: ModuleId, name: &Name, used: Used) {
        let program = self.program;
        let krate = program.tree.module(module).krate;
        if !self.krates.contains(&krate) {
            let package = program.tree.krate(krate).package;
            self.contents(key).whole.insert(package);
            return;
        }
        let mut found = false;
        let home: Vec<DefId> = program
            .module_items(module)
            .iter()
            .copied()
            .filter(|&id| {
                let own = &program.def(id).name;
                let is_made = || name.strip_prefix(DOCUMENTED) == Some(own) && is_documented(program, id);
                (own == name && program.def(id).kind != DefKind::Impl) || is_made()
            })
            .collect();
        let mut moved = false;
        for id in home.into_iter().chain(self.macro_items.defining(module, name).collect::<Vec<_>>()) {
            found |= program.def(id).kind != DefKind::MacroCall;
            moved |= self.item(key, module, id, name);
        }
        if let Some(&child) = program
            .tree
            .module(module)
            .children
            .iter()
            .find(|&&child| &program.tree.module(child).name == name)
        {
            found = true;
            self.module_exists(key, child);
        }
        let leaves = self.leaves.get(&module).cloned().unwrap_or_default();
        // Where the item moved, an import of the same name, such as a derive macro's, went with it.
        let named = leaves.iter().filter(|(_, leaf)| !moved && leaf.name.as_ref() == Some(name));
        for (leading_colon, leaf) in self.meant(module, named.collect(), used) {
            found = true;
            self.keep_used(key, module, *leading_colon, leaf, used);
        }
        if found {
            return;
        }
        let globs = leaves.iter().filter(|(_, leaf)| leaf.name.is_none());
        let bringing: Vec<_> = globs.filter(|(_, leaf)| self.glob_brings(module, leaf, name)).collect();
        // What a glob certainly brings, no glob that may bring something of another crate brings too.
        let is_certain = |leaf: &UseLeaf| self.glob_brings_own(module, leaf, name);
        let any_certain = bringing.iter().any(|(_, leaf)| is_certain(leaf));
        let bringing: Vec<_> =
            bringing.into_iter().filter(|(_, leaf)| !any_certain || is_certain(leaf)).collect();
        for (leading_colon, leaf) in bringing {
            found = true;
            self.keep_used(key, module, *leading_colon, leaf, used);
            self.need_through(key, module, leaf, name);
        }
        // A crate is nothing by itself: something of it follows. A glob of another crate may seem to bring its name.
        if (!found || !any_certain) && !matches!(used, Used::Last | Used::Argument | Used::Derive) {
            self.external(key, module, name);
        }
    }

    /// What a glob brings under a name is where the glob looks for it.
    pub(super) fn need_through(&mut self, key: CrateKey, module: ModuleId, glob: &UseLeaf, name: &Name) {
        if let Some(Res::Module(target)) = self.meaning(module, glob)
            && let Some(target_key) = self.crate_for(key, self.program.tree.module(target).krate)
        {
            self.module_exists(target_key, target);
            self.need(target_key, target, name);
        }
    }

    pub(super) fn is_crate_name(&self, module: ModuleId, name: &str) -> bool {
        self.program.resolve_crate(name, module).is_some()
    }

    fn keep_used(
        &mut self,
        key: CrateKey,
        module: ModuleId,
        leading_colon: bool,
        leaf: &UseLeaf,
        used: Used,
    ) {
        let may_be_unused = match used {
            Used::Argument => self.meaning(module, leaf).is_none_or(|res| res.def().is_none()),
            Used::Derive => self.is_beside_derive(module, leaf),
            Used::Before | Used::Last | Used::Either => false,
        };
        let contents = self.contents(key);
        if may_be_unused {
            contents.arguments.insert((module, leaf.span));
        } else {
            contents.named.insert((module, leaf.span));
        }
        self.keep_leaf(key, module, leading_colon, leaf);
    }

    pub(super) fn keep_leaf(&mut self, key: CrateKey, module: ModuleId, leading_colon: bool, leaf: &UseLeaf) {
        self.module_exists(key, module);
        if self.contents(key).leaves.insert((module, leaf.span)) {
            let names: Vec<Name> = leaf.path.iter().map(|ident| ident.name.clone()).collect();
            // `use tracing;` and `use async_trait::async_trait;` begin with a crate, not with the name that they bring.
            let brings_first = names.len() == 1 || leaf.name.as_ref() == Some(&names[0]);
            if names.len() == 1 {
                self.external(key, module, &names[0]);
            }
            if leading_colon || (brings_first && self.is_crate_name(module, &names[0])) {
                self.external(key, module, &names[0]);
                self.path_from_crate(key, module, &names);
            } else {
                self.path(key, module, &names, false);
            }
        }
    }

    /// An item at home in a module: it is there, or a re-export stands for it. Whether it moved to another crate.
    fn item(&mut self, key: CrateKey, module: ModuleId, id: DefId, name: &Name) -> bool {
        let owner = match self.placement.levels.get(&id) {
            Some(Level::Function(_)) | None => return false,
            Some(&level) => CrateKey::Library { level, krate: krate_of(self.program, id) },
        };
        if owner == key || !self.crates.get(&owner).is_some_and(|contents| contents.units.contains(&id)) {
            return false;
        }
        self.module_exists(key, module);
        let names = std::iter::once(name.clone()).chain(derives::beside(self.program, id));
        let contents = self.contents(key);
        contents.reexports.entry(module).or_default().extend(names.map(|name| (name, owner)));
        contents.libraries.insert(owner);
        self.public.insert(id);
        self.module_exists(owner, module);
        true
    }

    /// A crate that is not part of the program.
    pub(super) fn external(&mut self, key: CrateKey, module: ModuleId, name: &str) {
        let program = self.program;
        let package_id = program.tree.krate(program.tree.module(module).krate).package;
        let Some(dependency) = program.tree.packages[package_id].dependency(name) else {
            if let Some(renamed) = self.unnamed.bringing(package_id, name).map(str::to_string) {
                self.contents(key).dependencies.insert((package_id, renamed));
            }
            return;
        };
        if let Some(local) = dependency.local {
            if let Some(krate) = self.library_that_is_cut(local) {
                if let Some(other) = self.crate_for(key, krate) {
                    self.module_exists(other, program.tree.krate(krate).root);
                }
                return;
            }
            self.contents(key).whole.insert(local);
        }
        let package = &program.tree.packages[package_id];
        let implied = MACRO_NEEDS.iter().filter(|(user, _)| *user == dependency.package);
        let implied = implied.filter_map(|(_, needed)| package.dependency(needed));
        for used in std::iter::once(dependency).chain(implied) {
            self.contents(key).dependencies.insert((package_id, used.key.clone()));
        }
    }

    /// The library of a package, where its items are split.
    fn library_that_is_cut(&self, package: PackageId) -> Option<KrateId> {
        let tree = &self.program.tree;
        let is_library = |&&id: &&KrateId| {
            let krate = tree.krate(id);
            krate.package == package && krate.kind == KrateKind::Lib
        };
        self.krates.iter().find(is_library).copied()
    }
}

/// How the name begins that `utoipa` gives to what it makes of a documented handler.
const DOCUMENTED: &str = "__path_";

/// Whether `#[utoipa::path]` makes a type beside a function.
fn is_documented(program: &Program, id: DefId) -> bool {
    let def = program.def(id);
    def.kind == DefKind::Fn && def.item.attrs.iter().any(|attr| attr.path == "utoipa::path")
}
