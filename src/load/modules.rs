//! Modules: every file that `mod` reaches from the crate roots, read and parsed in parallel.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::ahead::{self, FileRead, Folders, ReadFor, Start, Wanted, read_file, shown};
use super::expand::{self, Expanded, Expander};
use super::outline::Outline;
use super::packages::Packages;
use super::path::normal;
use super::sources::SourceFile;
use super::{Krate, KrateId, KrateKind, LoadError, Module, ModuleId, Package, PackageId, SourceTree};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::ordered::{UnorderedMap, UnorderedSet};
use crate::span::{Location, SourceId, Span};
use crate::stack::beside;
use crate::syntax::Name;

/// How often macros may define macros or modules that are read in turn.
const MAX_ROUNDS: usize = 8;

/// A module by its declaration.
struct Declared {
    krate: KrateId,
    parent: Option<ModuleId>,
    name: Name,
    declaration: Option<Location>,
}

/// A module that lies in a file of its own, which is not known yet.
struct Pending {
    module: Declared,
    file: Wanted,
}

struct Reader<'d> {
    tree: SourceTree,
    /// Files that modules lead to and that are not modules yet, by path, for each package.
    ahead: UnorderedMap<OsString, Vec<ReadFor>>,
    /// Of each source, by number.
    paths: Vec<PathBuf>,
    /// Paths are normal, so that their text tells them apart.
    by_path: UnorderedMap<OsString, SourceId>,
    /// By `SourceId`, with the package whose features are on.
    outlines: Vec<(PackageId, Outline)>,
    pending: Vec<Pending>,
    /// Where the modules lie that are off, or on in tests only.
    off: Vec<Wanted>,
    /// Of single files.
    diagnostics: &'d mut Diagnostics,
    /// Of the modules as they are so far.
    found: Vec<Diagnostic>,
}

pub(super) fn read(
    packages: Packages,
    listed: Listed,
    diagnostics: &mut Diagnostics,
) -> Result<SourceTree, LoadError> {
    let roots = roots(&packages);
    let tree = SourceTree { packages: packages.all, workspace: packages.workspace, ..SourceTree::default() };
    let mut reader = Reader {
        tree,
        ahead: UnorderedMap::default(),
        paths: Vec::new(),
        by_path: UnorderedMap::default(),
        outlines: Vec::new(),
        pending: Vec::new(),
        off: Vec::new(),
        diagnostics,
        found: Vec::new(),
    };
    let src = reader.tree.packages[0].dir.join("src");
    let list = || if listed.folder == src { listed } else { Listed::of(src) };
    let (listed, read) = beside(list, || reader.read_all(&roots));
    read?;
    reader.note_unreached(listed.files);
    let Reader { mut tree, found, .. } = reader;
    tree.facts.par_iter_mut().for_each(|facts| facts.macros = Vec::new());
    found.into_iter().for_each(|finding| diagnostics.push(finding));
    Ok(tree)
}

/// A crate root: package, kind, name in code, file.
type Root = (PackageId, KrateKind, String, PathBuf);

/// Crate roots: the chosen target first, then its package's library, then the libraries of local dependencies.
fn roots(packages: &Packages) -> Vec<Root> {
    let mut roots = Vec::new();
    if let Some(bin) = packages.bin {
        let package = &packages.all[0];
        let target = &package.bins[bin];
        roots.push((
            0,
            KrateKind::Bin,
            target.name.replace('-', "_"),
            normal(&package.dir.join(&target.path)),
        ));
    }
    for (at, package) in packages.all.iter().enumerate() {
        if let Some(lib) = &package.lib {
            roots.push((at, KrateKind::Lib, lib.name.clone(), normal(&package.dir.join(&lib.path))));
        }
    }
    roots
}

/// The Rust files in a folder and in those within, each folder's by name.
pub(super) struct Listed {
    folder: PathBuf,
    files: Vec<PathBuf>,
}

impl Listed {
    pub(super) fn of(folder: PathBuf) -> Self {
        let entries = walkdir::WalkDir::new(&folder).sort_by_file_name().into_iter().flatten();
        let files = entries.map(walkdir::DirEntry::into_path);
        let is_rust = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
        Self { files: files.filter(is_rust).collect(), folder }
    }
}

impl Reader<'_> {
    /// Reads every file that modules and `include!` name, those that macros make among them.
    fn read_all(&mut self, roots: &[Root]) -> Result<(), LoadError> {
        self.build(roots)?;
        let mut expander = Expander::default();
        for _ in 0..MAX_ROUNDS {
            self.read_included();
            if !self.take(expander.round(&self.tree)) {
                break;
            }
            self.build(roots)?;
        }
        Ok(())
    }

    /// Makes the modules of all crates, reading the files that are not read yet.
    fn build(&mut self, roots: &[Root]) -> Result<(), LoadError> {
        self.tree.krates.clear();
        self.tree.modules.clear();
        self.found.clear();
        self.off.clear();
        for (at, (package, kind, name, path)) in roots.iter().enumerate() {
            let krate = KrateId(at as u32);
            // The root module's number is known when its file has been read.
            self.tree.krates.push(Krate {
                package: *package,
                name: Name::new(name),
                kind: *kind,
                root: ModuleId(0),
            });
            let module = Declared { krate, parent: None, name: Name::default(), declaration: None };
            self.pending.push(Pending { module, file: Wanted::At(path.clone()) });
        }
        while !self.pending.is_empty() {
            self.add_level()?;
        }
        Ok(())
    }

    /// Puts files with expansions in the place of those without; whether there were any.
    fn take(&mut self, expanded: BTreeMap<SourceId, Expanded>) -> bool {
        let outline = |(source, expanded): (SourceId, Expanded)| {
            let is_new = expanded.file.expansions().len() > self.tree.sources.get(source).expansions().len();
            let (package, _) = self.outlines[source.0 as usize];
            let features = &self.tree.packages[package].features;
            (source, is_new.then(|| Outline::of(&expanded.facts.items, features)), expanded)
        };
        let outlined: Vec<_> = expanded.into_par_iter().map(outline).collect();
        let mut changed = false;
        let mut old = Vec::with_capacity(outlined.len());
        for (source, outline, Expanded { file, facts, findings }) in outlined {
            let at = source.0 as usize;
            changed |= outline.is_some();
            let outline = outline.map(|outline| std::mem::replace(&mut self.outlines[at].1, outline));
            old.push((outline, std::mem::replace(&mut self.tree.facts[at], facts)));
            self.tree.sources.replace(source, file);
            self.found.extend(findings);
        }
        if changed {
            // The modules hold the old items too, and are made anew.
            self.tree.modules.clear();
        }
        old.into_par_iter().for_each(drop);
        changed
    }

    /// Reads the files that `include!` names.
    fn read_included(&mut self) {
        let sources = (0..self.tree.facts.len() as u32).into_par_iter().map(SourceId);
        let sources = sources.filter(|&source| expand::may_include(&self.tree, source));
        let includes = sources.flat_map_iter(|source| expand::includes(&self.tree, source));
        let includes: Vec<(Location, Option<String>)> = includes.collect();
        for (location, path) in includes {
            let source = location.source;
            let Some(path) = path else {
                let message = "a file that `include!` names is made while building, and is not read";
                self.found.push(Diagnostic::new(Code::MACRO_NOT_EXPANDED, message).at(location));
                continue;
            };
            let folder = self.paths[source.0 as usize].parent();
            let file = normal(&folder.unwrap_or(Path::new("")).join(&path));
            if let Some(&known) = self.by_path.get(file.as_os_str()) {
                self.tree.included.insert((source, path), known);
                continue;
            }
            let size = std::fs::metadata(&file).map_or(0, |meta| meta.len());
            let (package, _) = self.outlines[source.0 as usize];
            let features = &self.tree.packages[package].features;
            match read_file(&file, size, self.tree.facts(source).depth, features) {
                Ok((text, facts)) => {
                    // What is included in a body is no file of items: whether it parses is seen at its call.
                    let outline = Outline::of(&facts.items, features);
                    let shown = self.shown(&file);
                    let included = self.push_source(file, FileRead { shown, text, facts, outline, package });
                    self.tree.included.insert((source, path), included);
                }
                Err(why) => {
                    let message = format!("`{}` cannot be read: {why}", self.shown(&file));
                    self.found.push(Diagnostic::new(Code::FILE_NOT_READ, message).at(location));
                }
            }
        }
    }

    /// Reads the pending files that are not read yet, and all that they lead to.
    fn read_ahead(&mut self, pending: &[Pending]) {
        let package = |one: &Pending| self.tree.krate(one.module.krate).package;
        let is_read = |one: &Pending, path: PathBuf| {
            self.by_path.contains_key(path.as_os_str()) || self.is_ahead(&path, package(one))
        };
        let is_unread = |one: &&Pending| !one.file.candidates().any(|path| is_read(one, path));
        let start = |one: &Pending| Start {
            file: one.file.clone(),
            package: package(one),
            is_root: one.module.parent.is_none(),
        };
        let starts: Vec<Start> = pending.iter().filter(is_unread).map(start).collect();
        if !starts.is_empty() {
            let is_known = |path: &Path| self.by_path.contains_key(path.as_os_str());
            for (path, read) in ahead::read(starts, &self.tree.packages, is_known) {
                self.ahead.entry(path.into_os_string()).or_default().push(read);
            }
        }
    }

    /// Makes modules of the pending files, and queues the modules that they declare.
    fn add_level(&mut self) -> Result<(), LoadError> {
        let pending = std::mem::take(&mut self.pending);
        self.read_ahead(&pending);
        for Pending { module, file } in pending {
            match file.candidates().find_map(|path| self.source_of(path, &module)) {
                Some(Ok(source)) if self.is_ancestor(module.parent, source) => {
                    let message = format!("module `{}` includes a file that includes it", module.name);
                    self.report(Code::MODULE_CYCLE, &module, message);
                }
                Some(Ok(source)) => self.add_file_module(module, source),
                Some(Err((path, why))) if module.parent.is_none() => {
                    return Err(LoadError::NoRootFile { path, why });
                }
                Some(Err((path, why))) => {
                    let message = format!("`{}` cannot be read: {why}", self.shown(&path));
                    self.report(Code::FILE_NOT_READ, &module, message);
                }
                None => self.missing(&module, &file)?,
            }
        }
        Ok(())
    }

    fn is_ahead(&self, path: &Path, package: PackageId) -> bool {
        let read = self.ahead.get(path.as_os_str());
        read.is_some_and(|read| read.iter().any(|(of, _)| *of == package))
    }

    /// The source in which a module lies, or the file that cannot be read; `None` where there is no such file.
    fn source_of(&mut self, path: PathBuf, module: &Declared) -> Option<Result<SourceId, (PathBuf, String)>> {
        if let Some(&source) = self.by_path.get(path.as_os_str()) {
            return Some(Ok(source));
        }
        let own = self.tree.krate(module.krate).package;
        let read = self.ahead.get_mut(path.as_os_str())?;
        let of = |wanted: PackageId| read.iter().position(|(package, _)| *package == wanted);
        // What the analysed package reads of a file is never less than what another does.
        let at = of(0).or_else(|| of(own))?;
        // Another module may lie there too.
        if let Err(why) = &read[at].1 {
            return Some(Err((path, why.clone())));
        }
        let file = read.swap_remove(at).1.ok()?;
        Some(Ok(self.add_source(path, file)))
    }

    fn missing(&mut self, module: &Declared, file: &Wanted) -> Result<(), LoadError> {
        if module.parent.is_none() {
            let path = file.candidates().next().unwrap_or_default();
            return Err(LoadError::NoRootFile { path, why: "there is no such file".to_string() });
        }
        let places: Vec<String> = file.candidates().map(|path| format!("`{}`", self.shown(&path))).collect();
        let message = format!("module `{}` has no file: looked for {}", module.name, places.join(" and "));
        self.report(Code::MODULE_NOT_FOUND, module, message);
        Ok(())
    }

    fn report(&mut self, code: Code, module: &Declared, message: String) {
        let mut diagnostic = Diagnostic::new(code, message);
        diagnostic.location = module.declaration;
        self.found.push(diagnostic);
    }

    /// Whether a module or one of those around it is made of this file.
    fn is_ancestor(&self, from: Option<ModuleId>, source: SourceId) -> bool {
        std::iter::successors(from, |&id| self.tree.module(id).parent)
            .any(|id| self.tree.module(id).source == source)
    }

    fn shown(&self, path: &Path) -> String {
        shown(&self.tree.packages[0], path)
    }

    fn push_source(&mut self, path: PathBuf, file: FileRead) -> SourceId {
        let source = self.tree.sources.push(SourceFile::new(file.shown, file.text));
        self.tree.facts.push(file.facts);
        self.outlines.push((file.package, file.outline));
        self.by_path.insert(path.clone().into_os_string(), source);
        self.paths.push(path);
        source
    }

    fn add_source(&mut self, path: PathBuf, file: FileRead) -> SourceId {
        let source = self.push_source(path, file);
        if let Some(error) = &self.tree.facts(source).error {
            let location = Location { source, span: error.span };
            let shown = &self.tree.sources.get(source).path;
            self.diagnostics.push(
                Diagnostic::new(Code::FILE_NOT_PARSED, format!("`{shown}` does not parse: {}", error.message))
                    .at(location)
                    .help("the routes and calls of this file are missing from the report; the other files were read"),
            );
        }
        source
    }

    fn add_file_module(&mut self, module: Declared, source: SourceId) {
        let folders = Folders::of_file(&self.paths[source.0 as usize], module.parent.is_none());
        let package = self.tree.krate(module.krate).package;
        let (read_for, outline) = &mut self.outlines[source.0 as usize];
        let outline = if *read_for == package {
            std::mem::take(outline)
        } else {
            Outline::of(&self.tree.facts[source.0 as usize].items, &self.tree.packages[package].features)
        };
        let (krate, is_root) = (module.krate, module.parent.is_none());
        let id = self.add_module(module, source, &outline, false);
        if is_root {
            self.tree.krates[krate.0 as usize].root = id;
        }
        self.declare(id, &outline, &folders);
        if self.outlines[source.0 as usize].0 == package {
            self.outlines[source.0 as usize].1 = outline;
        }
    }

    fn add_module(
        &mut self,
        module: Declared,
        source: SourceId,
        outline: &Outline,
        inline: bool,
    ) -> ModuleId {
        let id = ModuleId(self.tree.modules.len() as u32);
        if let Some(parent) = module.parent {
            self.tree.modules[parent.0 as usize].children.push(id);
        }
        for item in &outline.unknown {
            let name = if item.name.name.is_empty() { "an item" } else { item.name.name.as_str() };
            let location = Location { source, span: Span::new(item.span.start, item.name.span.end) };
            let message = format!("the `cfg` of `{name}` is not known here; it was read as on");
            self.found.push(Diagnostic::new(Code::CFG_UNKNOWN, message).at(location));
        }
        self.tree.modules.push(Module {
            krate: module.krate,
            parent: module.parent,
            name: module.name,
            source,
            items: outline.items.clone(),
            test_items: outline.test_items.clone(),
            declaration: module.declaration,
            inline,
            children: Vec::new(),
        });
        id
    }

    /// Queues or adds the modules that a module declares.
    fn declare(&mut self, id: ModuleId, outline: &Outline, folders: &Folders) {
        let (krate, source) = (self.tree.module(id).krate, self.tree.module(id).source);
        self.off.extend(outline.off.iter().map(|item| folders.wanted(item)));
        for (item, inside) in &outline.modules {
            let module = Declared {
                krate,
                parent: Some(id),
                name: item.name.name.clone(),
                declaration: Some(Location { source, span: item.span }),
            };
            if let Some(inside) = inside {
                let child = self.add_module(module, source, inside, true);
                self.declare(child, inside, &folders.of_inline(item));
            } else {
                self.pending.push(Pending { module, file: folders.wanted(item) });
            }
        }
    }

    /// Files under the analysed package's `src` that no module reaches, other than further binaries.
    fn note_unreached(&mut self, mut files: Vec<PathBuf>) {
        let package: &Package = &self.tree.packages[0];
        let binaries = package.dir.join("src/bin");
        let others: Vec<PathBuf> =
            package.bins.iter().map(|bin| normal(&package.dir.join(&bin.path))).collect();
        let is_reached =
            |path: &PathBuf| self.by_path.contains_key(path.as_os_str()) || self.is_ahead(path, 0);
        files.retain(|path| !is_reached(path) && !path.starts_with(&binaries) && !others.contains(path));
        if files.is_empty() {
            return;
        }
        // Files of modules that are off, and folders with those of modules inside of them.
        let (mut off, mut folders) = (UnorderedSet::default(), UnorderedSet::default());
        for wanted in &self.off {
            if let Wanted::In(folder) = wanted {
                folders.insert(folder.clone());
            }
            wanted.candidates().for_each(|path| _ = off.insert(path));
        }
        files.retain(|path| !off.contains(path) && !path.ancestors().any(|folder| folders.contains(folder)));
        for path in files {
            let message =
                format!("`{}` is reached by no `mod` declaration and was left out", self.shown(&path));
            self.found.push(Diagnostic::new(Code::FILE_NOT_REACHED, message));
        }
    }
}
