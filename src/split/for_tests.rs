//! What comes along for tests alone: functions, types, impls and imports that no function keeps, as `cfg(test)`.
//!
//! Input: what a test item names, and a crate of the output. Output: definitions and imports that this crate lacks for it, or why it cannot have
//! them. Deliberately absent: in which crates a test is tried (`unit_tests`).

use std::collections::{BTreeMap, BTreeSet};

use super::bound::local_names;
use super::imports::is_prelude;
use super::names::{Contents, CrateKey, Names};
use super::placement::{Level, unit};
use super::traits::is_called;
use super::unit_tests::{called, resolve};
use crate::load::ModuleId;
use crate::resolve::{DefId, DefKind, ImplInfo, Namespace, Program, Res};
use crate::syntax::ast::UseLeaf;
use crate::syntax::{Mention, MentionKind, Name};

/// Why a test cannot move, as the end of a sentence.
pub(super) type Why = String;

/// How many definitions may come along.
const LIMIT: usize = 200;

/// The search for what a crate lacks.
pub(super) struct Search<'s, 'a> {
    names: &'s Names<'a>,
    key: CrateKey,
    pub(super) contents: &'s Contents,
    /// Names that the test brings itself.
    own: &'s BTreeSet<Name>,
    /// Methods and associated items that are called.
    called: BTreeSet<Name>,
    /// Module-level items that are named.
    units: BTreeSet<DefId>,
    /// Definitions that come along, members of impls included.
    pub(super) defs: BTreeSet<DefId>,
    /// Imports that come along: module, and the path as it would be written.
    pub(super) imports: BTreeSet<(ModuleId, String)>,
    /// `(package, dependency key)`.
    pub(super) dev: BTreeSet<(usize, String)>,
    /// Items of libraries that tests name: the module and name that they had, and where they are.
    pub(super) borrowed: BTreeMap<(ModuleId, Name), (CrateKey, DefId)>,
    /// Of `defs`, those whose text is not looked at yet.
    open: Vec<DefId>,
}

impl<'s, 'a> Search<'s, 'a> {
    pub(super) fn new(
        names: &'s Names<'a>,
        key: CrateKey,
        own: &'s BTreeSet<Name>,
        called: &BTreeSet<Name>,
        dev: &BTreeSet<(usize, String)>,
    ) -> Option<Self> {
        let contents = names.crates.get(&key)?;
        let (called, dev) = (called.clone(), dev.clone());
        let (units, defs, imports) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let (borrowed, open) = (BTreeMap::new(), Vec::new());
        Some(Self { names, key, contents, own, called, units, defs, imports, dev, borrowed, open })
    }

    /// Looks for all that a test item in `module` needs, and its helpers: paths, each with the module that it is seen from.
    pub(super) fn run(
        &mut self,
        module: ModuleId,
        paths: &[(ModuleId, Vec<Name>)],
        named: &BTreeSet<DefId>,
    ) -> Result<(), Why> {
        if !self.contents.modules.contains(&module) {
            return Err("what they test is not in one module with them".into());
        }
        self.units.extend(named.iter().map(|&id| named_unit(self.names.program, id)));
        for (module, path) in paths {
            self.path(*module, path, &BTreeSet::new())?;
        }
        self.traits(module);
        loop {
            while let Some(id) = self.open.pop() {
                self.text(id)?;
            }
            self.members()?;
            if self.open.is_empty() {
                break;
            }
        }
        let program = self.program();
        let members = self.units.iter().flat_map(|&id| program.impls_of_type(id));
        let members = members.flat_map(|&found| &program.impl_info(found).items);
        let members = members.filter(|&&member| self.called.contains(&program.def(member).name));
        let mut starts = named.iter().chain(members).chain(&self.defs);
        starts.find(|&&id| self.calls_what_is_cut(id)).map_or(Ok(()), |&id| {
            Err(format!("`{}` leads to what this function has in part", program.def(id).path))
        })
    }

    fn program(&self) -> &'a Program {
        self.names.program
    }

    fn is_kept(&self, id: DefId) -> bool {
        self.names.crates.values().any(|contents| contents.defs.contains(&id))
    }

    fn is_of_split(&self, id: DefId) -> bool {
        let program = self.program();
        self.names.krates.contains(&program.tree.module(program.def(id).module).krate)
    }

    /// The first name of a path that leads into the program is there, or comes along.
    fn path(&mut self, module: ModuleId, path: &[Name], own: &BTreeSet<Name>) -> Result<(), Why> {
        let program = self.program();
        let (holder, name) = match (anchor(program, module, path), path) {
            (Some((base, [rest @ .., name])), _) => {
                match program.resolve_rest(Res::Module(base), rest, Namespace::Types) {
                    Some(Res::Module(holder)) => (holder, name),
                    // A member of a type: the type's own path is checked with the shorter prefix.
                    Some(Res::Def(_)) => return self.path(module, &path[..path.len() - 1], own),
                    _ => return Ok(()),
                }
            }
            (None, [name, ..]) => (module, name),
            _ => return Ok(()),
        };
        let one = std::slice::from_ref(name);
        if own.contains(name) || resolve(self.names, holder, one).is_none() || self.is_there(holder, name) {
            return Ok(());
        }
        let defined: Vec<DefId> = program
            .module_items(holder)
            .iter()
            .copied()
            .filter(|&id| &program.def(id).name == name && program.def(id).kind != DefKind::Impl)
            .collect();
        if let [id] = defined[..]
            && let Some(owner) = self.library_of(id)
        {
            self.borrowed.insert((holder, name.clone()), (owner, id));
            return Ok(());
        }
        if !self.contents.modules.contains(&holder) {
            return Err(format!("no function keeps the module of `{name}`"));
        }
        if !defined.is_empty() {
            return defined.into_iter().try_for_each(|id| self.unit(id));
        }
        self.import(holder, name)
    }

    /// Whether a crate has a name in a module.
    fn is_there(&self, holder: ModuleId, name: &Name) -> bool {
        let (program, contents) = (self.program(), self.contents);
        let is_home = program.module_items(holder).iter().any(|&id| {
            &program.def(id).name == name && (contents.units.contains(&id) || self.defs.contains(&id))
        });
        let is_child = program
            .tree
            .module(holder)
            .children
            .iter()
            .any(|child| &program.tree.module(*child).name == name && contents.modules.contains(child));
        let is_reexported = contents.reexports.get(&holder).is_some_and(|found| found.contains_key(name));
        // `use async_trait::async_trait;` hides the crate, `use crate::error::Result;` what the prelude has.
        let leaves = self.names.leaves.get(&holder).into_iter().flat_map(|leaves| leaves.iter());
        let mut brought = leaves.filter_map(|(_, leaf)| leaf.name.as_ref());
        let is_hidden = brought.any(|other| other == name)
            || program.module_items(holder).iter().any(|&id| &program.def(id).name == name);
        let is_external = !is_hidden && (program.resolve_crate(name, holder).is_some() || is_prelude(name));
        is_home || is_child || is_reexported || is_external || self.names.is_imported(contents, holder, name)
    }

    /// The more shared crate that an item lives in, which this one may depend on.
    fn library_of(&self, id: DefId) -> Option<CrateKey> {
        let program = self.program();
        let &level = self.names.placement.levels.get(&id)?;
        let own = match self.key {
            CrateKey::Function { at, .. } => Level::Function(at),
            CrateKey::Library { level, .. } => level,
        };
        let owner = CrateKey::Library { level, krate: program.tree.module(program.def(id).module).krate };
        let is_there = self.names.crates.get(&owner).is_some_and(|contents| contents.units.contains(&id));
        let is_item = !matches!(program.def(id).kind, DefKind::Macro | DefKind::MacroCall);
        (is_item && is_there && level != own && self.names.functions.join(own, level) == level)
            .then_some(owner)
    }

    /// An item that no function keeps comes along.
    fn unit(&mut self, id: DefId) -> Result<(), Why> {
        let def = self.program().def(id);
        if self.is_kept(id) {
            return Err(format!("`{}` is in another crate", def.path));
        }
        if !self.is_of_split(id) || matches!(def.kind, DefKind::Macro | DefKind::MacroCall) {
            return Err(format!("no function keeps `{}`", def.path));
        }
        if self.defs.len() > LIMIT {
            return Err("they need much that no function keeps".into());
        }
        if self.defs.insert(id) {
            self.units.insert(id);
            self.open.push(id);
            let program = self.program();
            if def.kind == DefKind::Trait {
                for &member in program.members(id) {
                    self.called.insert(program.def(member).name.clone());
                    self.defs.insert(member);
                }
            }
        }
        Ok(())
    }

    /// An import that is cut comes along.
    fn import(&mut self, holder: ModuleId, name: &Name) -> Result<(), Why> {
        let names = self.names;
        let leaves = names.leaves.get(&holder).cloned();
        let leaf =
            leaves.iter().flat_map(|leaves| leaves.iter()).find(|(_, leaf)| leaf.name.as_ref() == Some(name));
        // The standard prelude brings what no import does.
        let is_std = |res: &Res| matches!(res, Res::External(path) if matches!(path.krate(), "std" | "core" | "alloc"));
        let Some((leading, leaf)) = leaf else {
            let is_there = resolve(names, holder, std::slice::from_ref(name)).as_ref().is_some_and(is_std);
            return if is_there { Ok(()) } else { Err(format!("`{name}` is not there")) };
        };
        self.leaf(holder, *leading, leaf)
    }

    fn leaf(&mut self, holder: ModuleId, leading: bool, leaf: &UseLeaf) -> Result<(), Why> {
        let program = self.program();
        let path: Vec<Name> = leaf.path.iter().map(|ident| ident.name.clone()).collect();
        let Some(first) = path.first() else { return Ok(()) };
        match resolve(self.names, holder, &path) {
            Some(Res::External(_)) | None => {
                let package = program.tree.krate(program.tree.module(holder).krate).package;
                if let Some(dependency) = program.tree.packages[package].dependency(first) {
                    self.dev.insert((package, dependency.key.clone()));
                }
            }
            Some(Res::Def(_) | Res::Module(_)) if anchor(program, holder, &path).is_some() => {
                self.path(holder, &path, &BTreeSet::new())?;
            }
            Some(_) => return Err(format!("`{}` is not there", path.last().map_or("", Name::as_str))),
        }
        let text: Vec<&str> = path.iter().map(Name::as_str).collect();
        let mut text = format!("{}{}", if leading { "::" } else { "" }, text.join("::"));
        if let Some(name) = leaf.name.as_ref().filter(|name| path.last() != Some(name)) {
            text = format!("{text} as {name}");
        }
        self.imports.insert((holder, text));
        Ok(())
    }

    /// Well-known traits whose methods only the test calls come along.
    fn traits(&mut self, module: ModuleId) {
        let leaves = self.names.leaves.get(&module).cloned();
        for (leading, leaf) in leaves.iter().flat_map(|leaves| leaves.iter()) {
            let Some(last) = leaf.path.last() else { continue };
            let is_kept = self.contents.leaves.contains(&(module, leaf.span));
            if !is_kept
                && leaf.name.is_some()
                && is_called(&last.name, &self.called) == Some(true)
                && matches!(self.names.meaning(module, leaf), Some(Res::External(_)))
            {
                // An external import needs nothing of the program.
                drop(self.leaf(module, *leading, leaf));
            }
        }
    }

    /// What the text of a definition that comes along needs; of an impl its header.
    fn text(&mut self, id: DefId) -> Result<(), Why> {
        let program = self.program();
        let def = program.def(id);
        let members = if def.kind == DefKind::Impl { program.members(id) } else { &[] };
        let end = members.iter().map(|&member| program.def(member).location.span.start).min();
        let mentions: Vec<Mention> = program
            .mentions(id)
            .iter()
            .filter(|mention| end.is_none_or(|end| mention.span.start < end))
            .cloned()
            .collect();
        let mut own = local_names(program, id);
        own.extend(generics(program, id));
        own.extend(["Self", "self"].map(Name::new));
        let introduced = mentions.iter().filter(|mention| mention.kind == MentionKind::Definition);
        own.extend(introduced.map(|mention| mention.segments[0].name.clone()));
        let package = program.tree.krate(program.tree.module(def.module).krate).package;
        for mention in &mentions {
            if !matches!(mention.kind, MentionKind::Path | MentionKind::Macro | MentionKind::InAttribute) {
                continue;
            }
            let path: Vec<Name> = mention.segments.iter().map(|segment| segment.name.clone()).collect();
            if path.first().is_none_or(|first| own.contains(first)) {
                continue;
            }
            match resolve(self.names, def.module, &path) {
                Some(Res::Def(found)) => drop(self.units.insert(named_unit(program, found))),
                Some(Res::Module(_)) => {}
                Some(Res::External(_)) | None => {
                    if let Some(dependency) = program.tree.packages[package].dependency(&path[0]) {
                        self.dev.insert((package, dependency.key.clone()));
                    }
                }
            }
            self.path(def.module, &path, &own)?;
        }
        self.called.extend(called(&mentions));
        Ok(())
    }

    /// Members that no function keeps and that may be called come along.
    fn members(&mut self) -> Result<(), Why> {
        let program = self.program();
        for id in self.units.clone() {
            if !self.is_of_split(id) {
                continue;
            }
            let impls: Vec<ImplInfo> =
                program.impls_of_type(id).iter().map(|&found| program.impl_info(found).clone()).collect();
            for info in impls {
                let wanted: Vec<DefId> =
                    info.items.iter().copied().filter(|&member| self.is_wanted(member)).collect();
                if !wanted.is_empty() {
                    self.of_impl(id, &info, &wanted)?;
                }
            }
            // A test may implement a trait, by a macro too.
            let is_written = |member: DefId| {
                program.def(id).kind == DefKind::Trait
                    && self.own.contains(&program.def(member).name)
                    && !self.defs.contains(&member)
                    && !self.is_kept(member)
            };
            let all = program.members(id).iter().copied();
            for lost in all.filter(|&member| self.is_wanted(member) || is_written(member)).collect::<Vec<_>>()
            {
                self.of_trait(id, lost)?;
            }
        }
        Ok(())
    }

    /// A member of a kept trait comes along, with those of the impls that are kept: these have to be in the same crate, because a
    /// crate that others depend on has nothing for their tests.
    fn of_trait(&mut self, of: DefId, member: DefId) -> Result<(), Why> {
        let program = self.program();
        let (name, is_trait) = (&program.def(member).name, program.def(of).kind == DefKind::Trait);
        let is_here = |contents: &Contents| contents.units.contains(&of);
        let impls = program.impls_of_trait(of).iter().map(|&found| program.impl_info(found));
        let kept: Vec<&ImplInfo> =
            impls.filter(|info| self.is_kept(info.def) || self.defs.contains(&info.def)).collect();
        let has_impl = |contents: &Contents| kept.iter().any(|info| contents.units.contains(&info.def));
        if !is_trait
            || !is_here(self.contents)
            || self.names.crates.values().any(|contents| has_impl(contents) && !is_here(contents))
        {
            return Err(format!("no function keeps `{}`", program.def(member).path));
        }
        let of_impls = kept.iter().flat_map(|info| &info.items).copied();
        let of_impls = of_impls.filter(|&member| &program.def(member).name == name);
        for id in of_impls.chain([member]).collect::<Vec<_>>() {
            if self.defs.insert(id) {
                self.open.push(id);
            }
        }
        Ok(())
    }

    fn is_wanted(&self, member: DefId) -> bool {
        let def = self.program().def(member);
        def.kind != DefKind::Variant
            && self.called.contains(&def.name)
            && !self.defs.contains(&member)
            && !self.is_kept(member)
    }

    fn of_impl(&mut self, of: DefId, info: &ImplInfo, wanted: &[DefId]) -> Result<(), Why> {
        let program = self.program();
        let (impl_kept, def) = (self.contents.units.contains(&info.def), program.def(info.def));
        let is_here = self.contents.units.contains(&of) || self.defs.contains(&of);
        let name = &program.def(wanted[0]).path;
        let module = def.module;
        // Of a trait of the program.
        if let Some(Res::Def(of)) = info.trait_.as_ref().filter(|_| impl_kept) {
            let named = |member: DefId| {
                program.members(*of).iter().find(|&&id| program.def(id).name == program.def(member).name)
            };
            return wanted
                .iter()
                .filter_map(|&member| named(member))
                .try_for_each(|&member| self.of_trait(*of, member));
        }
        if !is_here || !self.contents.modules.contains(&module) || info.trait_.is_some() && impl_kept {
            return Err(format!("no function keeps `{name}`"));
        }
        if !impl_kept {
            if self.is_kept(info.def) {
                return Err(format!("`{name}` is in another crate"));
            }
            if self.defs.insert(info.def) {
                self.open.push(info.def);
            }
        }
        let all = if info.trait_.is_some() { &info.items[..] } else { wanted };
        for &member in all {
            if self.defs.insert(member) {
                self.open.push(member);
            }
        }
        Ok(())
    }

    /// Whether an item that is repeated in functions may call one that is cut down there, such as a router.
    fn calls_what_is_cut(&self, id: DefId) -> bool {
        let program = self.program();
        // What libraries have is whole.
        if !matches!(self.key, CrateKey::Function { .. }) {
            return false;
        }
        // State that tests name keeps its fields.
        let is_cut = |id: DefId| {
            let def = program.def(id);
            let edits = self.contents.skeleton.edits.get(&def.location.source);
            matches!(def.kind, DefKind::Fn | DefKind::Method)
                && edits.is_some_and(|edits| edits.iter().any(|edit| def.location.span.contains(edit.span)))
        };
        let mut seen = BTreeSet::from([id]);
        let mut open = vec![id];
        while let Some(at) = open.pop() {
            if is_cut(at) {
                return true;
            }
            open.extend(program.edges_from(at).iter().map(|edge| edge.to).filter(|&to| seen.insert(to)));
        }
        false
    }
}

/// The module that a path begins at, and what follows, where that is `crate`, `self` or `super`.
fn anchor<'p>(program: &Program, module: ModuleId, path: &'p [Name]) -> Option<(ModuleId, &'p [Name])> {
    let tree = &program.tree;
    match path.first()?.as_str() {
        "crate" => return Some((tree.krate(tree.module(module).krate).root, &path[1..])),
        "self" => return Some((module, &path[1..])),
        _ => {}
    }
    let ups = path.iter().take_while(|name| *name == "super").count();
    let base = std::iter::successors(Some(module), |&at| tree.module(at).parent).nth(ups)?;
    (ups > 0).then_some((base, &path[ups..]))
}

/// The item that a name leads to; for a member of an impl its type.
pub(super) fn named_unit(program: &Program, id: DefId) -> DefId {
    let unit = unit(program, id);
    let of_type = program.impl_of(unit).and_then(|info| info.self_ty.peel().def());
    of_type.unwrap_or(unit)
}

/// Names of type parameters that count in a definition.
fn generics(program: &Program, id: DefId) -> BTreeSet<Name> {
    let around = std::iter::successors(Some(id), |&at| program.def(at).parent);
    let params = around.filter_map(|at| program.generics(at)).flat_map(|generics| &generics.params);
    params.map(|param| param.name.clone()).collect()
}
