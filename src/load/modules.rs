//! Modules: every file that `mod` reaches from the crate roots, read and parsed in parallel, one level after the other.
//!
//! Rules for file names: the Rust reference, "Module source filenames".

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::expand::{self, Expanded, Expander};
use super::outline::Outline;
use super::packages::Packages;
use super::path::normal;
use super::sources::SourceFile;
use super::{Krate, KrateId, KrateKind, LoadError, Module, ModuleId, Package, PackageId, SourceTree};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::ordered::{OrderedMap, UnorderedMap};
use crate::span::{Location, SourceId, Span};
use crate::stack::{beside, each};
use crate::syntax::{self, Depth, FileFacts, ItemKind, Name};

/// Larger files are refused: no hand-written source is near it.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// How often macros may define macros or modules that are read in turn.
const MAX_ROUNDS: usize = 8;

/// A module whose file is still to be read.
struct Pending {
    krate: KrateId,
    parent: Option<ModuleId>,
    name: Name,
    file: Wanted,
    declaration: Option<Location>,
}

/// Where a module's file is looked for.
enum Wanted {
    /// By the name that it is given.
    At(PathBuf),
    /// By the module's name.
    In(PathBuf),
}

impl Pending {
    /// Where the file may lie, best first.
    fn candidates(&self) -> Vec<PathBuf> {
        match &self.file {
            Wanted::At(path) => vec![normal(path)],
            Wanted::In(folder) => vec![
                normal(&folder.join(format!("{}.rs", self.name))),
                normal(&folder.join(self.name.as_str()).join("mod.rs")),
            ],
        }
    }
}

/// Folders from which a module's files are looked for.
struct Folders {
    /// Folder in which `mod x;` looks.
    dir: PathBuf,
    /// Folder that `#[path]` is relative to.
    path_dir: PathBuf,
}

/// Where a pending module's text is.
enum Place {
    Read(SourceId),
    /// With its size in bytes.
    File(PathBuf, u64),
}

/// A file that is about to be read for a package.
#[derive(Clone, Copy)]
struct ToRead<'p> {
    path: &'p Path,
    size: u64,
    package: PackageId,
    depth: Depth,
}

/// A file as it was read for a package.
struct FileRead {
    shown: String,
    text: Arc<str>,
    facts: FileFacts,
    outline: Outline,
    package: PackageId,
}

struct Reader<'d> {
    tree: SourceTree,
    /// Of each source, by number.
    paths: Vec<PathBuf>,
    by_path: UnorderedMap<PathBuf, SourceId>,
    /// By `SourceId`, with the package whose features are on.
    outlines: Vec<(PackageId, Outline)>,
    pending: Vec<Pending>,
    /// Of single files.
    diagnostics: &'d mut Diagnostics,
    /// Of the modules as they are so far.
    found: Vec<Diagnostic>,
}

pub(super) fn read(packages: Packages, diagnostics: &mut Diagnostics) -> Result<SourceTree, LoadError> {
    let roots = roots(&packages);
    let tree = SourceTree { packages: packages.all, workspace: packages.workspace, ..SourceTree::default() };
    let mut reader = Reader {
        tree,
        paths: Vec::new(),
        by_path: UnorderedMap::default(),
        outlines: Vec::new(),
        pending: Vec::new(),
        diagnostics,
        found: Vec::new(),
    };
    let src = reader.tree.packages[0].dir.join("src");
    let (files, read) = beside(|| rust_files(&src), || reader.read_all(&roots));
    read?;
    reader.note_unreached(files);
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
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
    let files = entries.map(walkdir::DirEntry::into_path);
    files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
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
        for (at, (package, kind, name, path)) in roots.iter().enumerate() {
            let krate = KrateId(at as u32);
            // The root module's number is known when its file has been read.
            self.tree.krates.push(Krate {
                package: *package,
                name: Name::new(name),
                kind: *kind,
                root: ModuleId(0),
            });
            self.pending.push(Pending {
                krate,
                parent: None,
                name: Name::default(),
                file: Wanted::At(path.clone()),
                declaration: None,
            });
        }
        while !self.pending.is_empty() {
            self.read_level()?;
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
            if let Some(&known) = self.by_path.get(&file) {
                self.tree.included.insert((source, path), known);
                continue;
            }
            let size = std::fs::metadata(&file).map_or(0, |meta| meta.len());
            match read_file(&file, size, self.tree.facts(source).depth) {
                Ok((text, facts)) => {
                    // What is included in a body is no file of items: whether it parses is seen at its call.
                    let (package, _) = self.outlines[source.0 as usize];
                    let outline = Outline::of(&facts.items, &self.tree.packages[package].features);
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

    /// Reads the pending files, largest first, and queues the modules they declare. All of the analysed package is looked into, of its
    /// dependencies what it leads to.
    fn read_level(&mut self) -> Result<(), LoadError> {
        let pending = std::mem::take(&mut self.pending);
        let place = |one: Pending| {
            let candidates = one.candidates();
            // What is read already needs no second look.
            if let Some(&source) = candidates.first().and_then(|path| self.by_path.get(path)) {
                return (one, Some(Place::Read(source)));
            }
            let is_file = |path: &PathBuf| std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file);
            let file = candidates.into_iter().find_map(|path| {
                let size = is_file(&path)?.len();
                Some((path, size))
            });
            let place = file.map(|(path, size)| match self.by_path.get(&path) {
                Some(&source) => Place::Read(source),
                None => Place::File(path, size),
            });
            (one, place)
        };
        let found: Vec<(Pending, Option<Place>)> = pending.into_par_iter().map(place).collect();
        let mut to_read: OrderedMap<&Path, ToRead> = OrderedMap::default();
        for (one, place) in &found {
            let Some(Place::File(path, size)) = place else { continue };
            let package = self.tree.krate(one.krate).package;
            let known =
                to_read.entry(path).or_insert(ToRead { path, size: *size, package, depth: Depth::Skeleton });
            if package == 0 {
                *known = ToRead { package, depth: Depth::Whole, ..*known };
            }
        }
        let mut to_read: Vec<ToRead<'_>> = to_read.into_values().collect();
        to_read.sort_by_key(|file| std::cmp::Reverse(file.size));
        let packages = &self.tree.packages;
        let read = |ToRead { path, size, package, depth }: ToRead<'_>| {
            let read = read_file(path, size, depth).map(|(text, facts)| {
                let outline = Outline::of(&facts.items, &packages[package].features);
                FileRead { shown: shown(&packages[0], path), text, facts, outline, package }
            });
            (path.to_path_buf(), read)
        };
        let mut read: OrderedMap<PathBuf, Result<FileRead, String>> =
            each(to_read, read).into_iter().collect();

        for (one, place) in found {
            let known = match place {
                None => {
                    self.missing(&one)?;
                    continue;
                }
                Some(Place::Read(source)) => Some(source),
                Some(Place::File(path, _)) => match read.swap_remove(&path) {
                    Some(Ok(file)) => {
                        let source = self.add_source(path, file);
                        self.add_file_module(one, source);
                        continue;
                    }
                    Some(Err(why)) if one.parent.is_none() => {
                        return Err(LoadError::NoRootFile { path, why });
                    }
                    Some(Err(why)) => {
                        let message = format!("`{}` cannot be read: {why}", self.shown(&path));
                        self.report(Code::FILE_NOT_READ, &one, message);
                        continue;
                    }
                    // Another module of this level names it too.
                    None => self.by_path.get(&path).copied(),
                },
            };
            let Some(source) = known else { continue };
            if self.is_ancestor(one.parent, source) {
                let message = format!("module `{}` includes a file that includes it", one.name);
                self.report(Code::MODULE_CYCLE, &one, message);
                continue;
            }
            self.add_file_module(one, source);
        }
        Ok(())
    }

    fn missing(&mut self, one: &Pending) -> Result<(), LoadError> {
        if one.parent.is_none() {
            let path = one.candidates().into_iter().next().unwrap_or_default();
            return Err(LoadError::NoRootFile { path, why: "there is no such file".to_string() });
        }
        let places: Vec<String> =
            one.candidates().iter().map(|path| format!("`{}`", self.shown(path))).collect();
        let message = format!("module `{}` has no file: looked for {}", one.name, places.join(" and "));
        self.report(Code::MODULE_NOT_FOUND, one, message);
        Ok(())
    }

    fn report(&mut self, code: Code, one: &Pending, message: String) {
        let mut diagnostic = Diagnostic::new(code, message);
        diagnostic.location = one.declaration;
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
        self.by_path.insert(path.clone(), source);
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

    fn add_file_module(&mut self, one: Pending, source: SourceId) {
        let path = &self.paths[source.0 as usize];
        let dir = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let stem = path.file_stem().unwrap_or_default();
        let owns_dir = one.parent.is_none() || stem == "mod";
        let folders = Folders { dir: if owns_dir { dir.clone() } else { dir.join(stem) }, path_dir: dir };
        let package = self.tree.krate(one.krate).package;
        let (read_for, outline) = &mut self.outlines[source.0 as usize];
        let outline = if *read_for == package {
            std::mem::take(outline)
        } else {
            Outline::of(&self.tree.facts[source.0 as usize].items, &self.tree.packages[package].features)
        };
        let (krate, is_root) = (one.krate, one.parent.is_none());
        let id = self.add_module(one, source, &outline, false);
        if is_root {
            self.tree.krates[krate.0 as usize].root = id;
        }
        self.declare(id, &outline, &folders);
        if self.outlines[source.0 as usize].0 == package {
            self.outlines[source.0 as usize].1 = outline;
        }
    }

    fn add_module(&mut self, one: Pending, source: SourceId, outline: &Outline, inline: bool) -> ModuleId {
        let id = ModuleId(self.tree.modules.len() as u32);
        if let Some(parent) = one.parent {
            self.tree.modules[parent.0 as usize].children.push(id);
        }
        for item in &outline.unknown {
            let name = if item.name.name.is_empty() { "an item" } else { item.name.name.as_str() };
            let location = Location { source, span: Span::new(item.span.start, item.name.span.end) };
            let message = format!("the `cfg` of `{name}` is not known here; it was read as on");
            self.found.push(Diagnostic::new(Code::CFG_UNKNOWN, message).at(location));
        }
        self.tree.modules.push(Module {
            krate: one.krate,
            parent: one.parent,
            name: one.name,
            source,
            items: outline.items.clone(),
            test_items: outline.test_items.clone(),
            declaration: one.declaration,
            inline,
            children: Vec::new(),
        });
        id
    }

    /// Queues or adds the modules that a module declares.
    fn declare(&mut self, id: ModuleId, outline: &Outline, folders: &Folders) {
        let (krate, source) = (self.tree.module(id).krate, self.tree.module(id).source);
        for (item, inside) in &outline.modules {
            let declaration = Some(Location { source, span: item.span });
            let name = item.name.name.clone();
            let explicit =
                item.attrs.iter().find(|attr| attr.path == "path").and_then(|attr| attr.string_value());
            let one = |name, file| Pending { krate, parent: Some(id), name, file, declaration };
            if let Some(inside) = inside {
                let dir = explicit
                    .map_or_else(|| folders.dir.join(name.as_str()), |path| folders.path_dir.join(path));
                let child = self.add_module(one(name, Wanted::In(PathBuf::new())), source, inside, true);
                self.declare(child, inside, &Folders { path_dir: dir.clone(), dir });
            } else {
                let file = match explicit {
                    Some(path) => Wanted::At(folders.path_dir.join(path)),
                    None => Wanted::In(folders.dir.clone()),
                };
                self.pending.push(one(name, file));
            }
        }
    }

    /// Files under the analysed package's `src` that no module reaches, other than further binaries.
    fn note_unreached(&mut self, mut files: Vec<PathBuf>) {
        let package: &Package = &self.tree.packages[0];
        let binaries = package.dir.join("src/bin");
        let others: Vec<PathBuf> =
            package.bins.iter().map(|bin| normal(&package.dir.join(&bin.path))).collect();
        files.retain(|path| {
            !self.by_path.contains_key(path) && !path.starts_with(&binaries) && !others.contains(path)
        });
        files.retain(|path| !self.is_test_only(path));
        for path in files {
            let message =
                format!("`{}` is reached by no `mod` declaration and was left out", self.shown(&path));
            self.found.push(Diagnostic::new(Code::FILE_NOT_REACHED, message));
        }
    }

    /// Whether a `cfg(test)` module declares the file by its usual name.
    fn is_test_only(&self, path: &Path) -> bool {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        self.tree.modules.iter().any(|module| {
            module
                .test_items
                .iter()
                .any(|item| matches!(item.kind, ItemKind::Mod(_)) && item.name.name == stem.as_str())
        })
    }
}

/// A path with `/`, from the analysed package's folder.
fn shown(analysed: &Package, path: &Path) -> String {
    let relative = pathdiff::diff_paths(path, &analysed.dir).unwrap_or_else(|| path.to_path_buf());
    relative.to_string_lossy().replace('\\', "/")
}

fn read_file(path: &Path, size: u64, depth: Depth) -> Result<(Arc<str>, FileFacts), String> {
    if size > MAX_FILE_BYTES {
        return Err(format!("it has {size} bytes, more than the limit of {MAX_FILE_BYTES}"));
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let text: Arc<str> =
        String::from_utf8(bytes).map_err(|error| format!("it is not UTF-8: {error}"))?.into();
    let facts = syntax::parse(&text, depth);
    Ok((text, facts))
}
