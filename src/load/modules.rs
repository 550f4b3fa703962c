//! Modules: every file that `mod` reaches from the crate roots, read and parsed in parallel, one level after the other.
//!
//! Rules for file names: the Rust reference, "Module source filenames".

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::cfg::{self, Verdict};
use super::expand::{self, Expanded};
use super::packages::{Packages, normal};
use super::sources::SourceFile;
use super::{Krate, KrateId, KrateKind, LoadError, Module, ModuleId, Package, SourceTree};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::span::{Location, SourceId, Span};
use crate::syntax::{self, Depth, FileFacts, Item, ItemKind, Name};

/// Larger files are refused: no hand-written source is near it.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// How often macros may define macros or modules that are read in turn.
const MAX_ROUNDS: usize = 8;

/// A module whose file is still to be read.
struct Pending {
    krate: KrateId,
    parent: Option<ModuleId>,
    name: Name,
    /// Where the file may lie, best first.
    candidates: Vec<PathBuf>,
    declaration: Option<Location>,
}

/// What is known of a module's place when its items are read.
struct Place {
    /// Folder in which `mod x;` looks.
    dir: PathBuf,
    /// Folder that `#[path]` is relative to.
    path_dir: PathBuf,
}

struct Reader<'d> {
    tree: SourceTree,
    by_path: BTreeMap<PathBuf, SourceId>,
    pending: Vec<Pending>,
    /// Of single files.
    diagnostics: &'d mut Diagnostics,
    /// Of the modules as they are so far.
    found: Vec<Diagnostic>,
    /// Parsing recurses into the input, so its threads have deep stacks. `None` where no thread can be started.
    pool: Option<rayon::ThreadPool>,
}

pub(super) fn read(packages: Packages, diagnostics: &mut Diagnostics) -> Result<SourceTree, LoadError> {
    let roots = roots(&packages);
    let sql = super::assets::sql(&packages.all, packages.workspace.as_ref());
    let tree =
        SourceTree { packages: packages.all, workspace: packages.workspace, sql, ..SourceTree::default() };
    let pool = rayon::ThreadPoolBuilder::new().stack_size(crate::stack::DEEP).build().ok();
    let mut reader =
        Reader { tree, by_path: BTreeMap::new(), pending: Vec::new(), diagnostics, found: Vec::new(), pool };
    reader.build(&roots)?;
    for _ in 0..MAX_ROUNDS {
        reader.read_included();
        let expanded = match &reader.pool {
            Some(pool) => pool.install(|| expand::expand(&reader.tree)),
            None => expand::expand(&reader.tree),
        };
        if !reader.take(expanded) {
            break;
        }
        reader.build(&roots)?;
    }
    reader.note_unreached_files();
    let Reader { mut tree, found, .. } = reader;
    tree.facts.iter_mut().for_each(|facts| facts.macros = Vec::new());
    found.into_iter().for_each(|finding| diagnostics.push(finding));
    Ok(tree)
}

/// A crate root: package, kind, name in code, file.
type Root = (usize, KrateKind, String, PathBuf);

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

impl Reader<'_> {
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
                candidates: vec![path.clone()],
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
        let mut changed = false;
        for (source, Expanded { file, facts, findings }) in expanded {
            changed |= file.expansions().len() > self.tree.sources.get(source).expansions().len();
            self.tree.sources.replace(source, file);
            self.tree.facts[source.0 as usize] = facts;
            self.found.extend(findings);
        }
        changed
    }

    /// Reads the files that `include!` names.
    fn read_included(&mut self) {
        for source in (0..self.tree.facts.len() as u32).map(SourceId) {
            for (span, path) in expand::includes(&self.tree, source) {
                let location = Location { source, span };
                let Some(path) = path else {
                    let message = "a file that `include!` names is made while building, and is not read";
                    self.found.push(Diagnostic::new(Code::MACRO_NOT_EXPANDED, message).at(location));
                    continue;
                };
                let folder = self
                    .by_path
                    .iter()
                    .find(|(_, known)| **known == source)
                    .and_then(|(path, _)| path.parent());
                let file = normal(&folder.unwrap_or(Path::new("")).join(&path));
                if let Some(&known) = self.by_path.get(&file) {
                    self.tree.included.insert((source, path), known);
                    continue;
                }
                let size = std::fs::metadata(&file).map_or(0, |meta| meta.len());
                match read_file(&file, size, self.tree.facts(source).depth) {
                    Ok((text, facts)) => {
                        // What is included in a body is no file of items: whether it parses is seen at its call.
                        let shown = self.shown(&file);
                        let included = self.tree.sources.push(SourceFile::new(shown, text));
                        self.tree.facts.push(facts);
                        self.by_path.insert(file, included);
                        self.tree.included.insert((source, path), included);
                    }
                    Err(why) => {
                        let message = format!("`{}` cannot be read: {why}", self.shown(&file));
                        self.found.push(Diagnostic::new(Code::FILE_NOT_READ, message).at(location));
                    }
                }
            }
        }
    }

    /// Reads the pending files, largest first, and queues the modules they declare. All of the analysed package is looked into, of its
    /// dependencies what it leads to.
    fn read_level(&mut self) -> Result<(), LoadError> {
        let pending = std::mem::take(&mut self.pending);
        let place = |one: Pending| {
            let is_file = |path: &PathBuf| std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file);
            let file = one.candidates.iter().find_map(|path| Some((path.clone(), is_file(path)?.len())));
            (one, file)
        };
        let found: Vec<(Pending, Option<(PathBuf, u64)>)> = match &self.pool {
            Some(pool) => pool.install(|| pending.into_par_iter().map(place).collect()),
            None => pending.into_iter().map(place).collect(),
        };
        let mut to_read: BTreeMap<PathBuf, (Depth, u64)> = BTreeMap::new();
        for (one, file) in &found {
            let Some((path, size)) = file.as_ref().filter(|(path, _)| !self.by_path.contains_key(path))
            else {
                continue;
            };
            let known = to_read.entry(path.clone()).or_insert((Depth::Skeleton, *size));
            if self.tree.krate(one.krate).package == 0 {
                known.0 = Depth::Whole;
            }
        }
        let mut to_read: Vec<(PathBuf, Depth, u64)> =
            to_read.into_iter().map(|(path, (depth, size))| (path, depth, size)).collect();
        to_read.sort_by_key(|(.., size)| std::cmp::Reverse(*size));
        let read = |(path, depth, size): (PathBuf, Depth, u64)| {
            let file = read_file(&path, size, depth);
            (path, file)
        };
        let mut parsed: BTreeMap<PathBuf, Result<(Arc<str>, FileFacts), String>> = match &self.pool {
            Some(pool) => pool.install(|| to_read.into_par_iter().with_max_len(1).map(read).collect()),
            None => to_read.into_iter().map(read).collect(),
        };

        for (one, file) in found {
            let Some((path, _)) = file else {
                self.missing(&one)?;
                continue;
            };
            let source = match (self.by_path.get(&path).copied(), parsed.remove(&path)) {
                (Some(source), _) => {
                    if self.is_ancestor(one.parent, source) {
                        self.report(
                            Code::MODULE_CYCLE,
                            &one,
                            format!("module `{}` includes a file that includes it", one.name),
                        );
                        continue;
                    }
                    source
                }
                (None, Some(Ok((text, facts)))) => self.add_source(&path, text, facts),
                (None, Some(Err(why))) if one.parent.is_none() => {
                    return Err(LoadError::NoRootFile { path, why });
                }
                (None, Some(Err(why))) => {
                    self.report(
                        Code::FILE_NOT_READ,
                        &one,
                        format!("`{}` cannot be read: {why}", self.shown(&path)),
                    );
                    continue;
                }
                (None, None) => continue,
            };
            self.add_file_module(one, source, &path);
        }
        Ok(())
    }

    fn missing(&mut self, one: &Pending) -> Result<(), LoadError> {
        if one.parent.is_none() {
            let path = one.candidates.first().cloned().unwrap_or_default();
            return Err(LoadError::NoRootFile { path, why: "there is no such file".to_string() });
        }
        let places: Vec<String> =
            one.candidates.iter().map(|path| format!("`{}`", self.shown(path))).collect();
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

    /// With `/`, from the analysed package's folder.
    fn shown(&self, path: &Path) -> String {
        let base = &self.tree.packages[0].dir;
        let relative = pathdiff::diff_paths(path, base).unwrap_or_else(|| path.to_path_buf());
        relative.to_string_lossy().replace('\\', "/")
    }

    fn add_source(&mut self, path: &Path, text: Arc<str>, facts: FileFacts) -> SourceId {
        let shown = self.shown(path);
        let source = self.tree.sources.push(SourceFile::new(shown.clone(), text));
        if let Some(error) = &facts.error {
            let location = Location { source, span: error.span };
            self.diagnostics.push(
                Diagnostic::new(Code::FILE_NOT_PARSED, format!("`{shown}` does not parse: {}", error.message))
                    .at(location)
                    .help("the routes and calls of this file are missing from the report; the other files were read"),
            );
        }
        self.tree.facts.push(facts);
        self.by_path.insert(path.to_path_buf(), source);
        source
    }

    fn add_file_module(&mut self, one: Pending, source: SourceId, path: &Path) {
        let dir = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let owns_dir = one.parent.is_none() || stem == "mod";
        let place = Place { dir: if owns_dir { dir.clone() } else { dir.join(&stem) }, path_dir: dir };
        let items = self.tree.facts(source).items.clone();
        let (krate, is_root) = (one.krate, one.parent.is_none());
        let id = self.add_module(one, source, false);
        if is_root {
            self.tree.krates[krate.0 as usize].root = id;
        }
        self.fill(id, &items, &place);
    }

    fn add_module(&mut self, one: Pending, source: SourceId, inline: bool) -> ModuleId {
        let id = ModuleId(self.tree.modules.len() as u32);
        if let Some(parent) = one.parent {
            self.tree.modules[parent.0 as usize].children.push(id);
        }
        self.tree.modules.push(Module {
            krate: one.krate,
            parent: one.parent,
            name: one.name,
            source,
            items: Vec::new(),
            test_items: Vec::new(),
            declaration: one.declaration,
            inline,
            children: Vec::new(),
        });
        id
    }

    /// Sorts a module's items by `cfg`, and queues or adds the modules among them.
    fn fill(&mut self, id: ModuleId, items: &[Arc<Item>], place: &Place) {
        let (krate, source) = (self.tree.module(id).krate, self.tree.module(id).source);
        let features = self.tree.packages[self.tree.krate(krate).package].features.clone();
        for item in items {
            match cfg::verdict(&item.attrs, &features) {
                Verdict::Off => continue,
                Verdict::TestOnly => {
                    self.tree.modules[id.0 as usize].test_items.push(item.clone());
                    continue;
                }
                Verdict::Unknown => {
                    let name = if item.name.name.is_empty() { "an item" } else { item.name.name.as_str() };
                    let location = Location { source, span: Span::new(item.span.start, item.name.span.end) };
                    self.found.push(
                        Diagnostic::new(
                            Code::CFG_UNKNOWN,
                            format!("the `cfg` of `{name}` is not known here; it was read as on"),
                        )
                        .at(location),
                    );
                }
                Verdict::On => {}
            }
            self.tree.modules[id.0 as usize].items.push(item.clone());
            let ItemKind::Mod(module) = &item.kind else { continue };
            let declaration = Some(Location { source, span: item.span });
            let name = item.name.name.clone();
            let explicit =
                item.attrs.iter().find(|attr| attr.path == "path").and_then(|attr| attr.string_value());
            if let Some(items) = &module.items {
                let dir =
                    explicit.map_or_else(|| place.dir.join(name.as_str()), |path| place.path_dir.join(path));
                let inner = Place { path_dir: dir.clone(), dir };
                let one = Pending { krate, parent: Some(id), name, candidates: Vec::new(), declaration };
                let child = self.add_module(one, source, true);
                self.fill(child, items, &inner);
            } else {
                let candidates = match explicit {
                    Some(path) => vec![normal(&place.path_dir.join(path))],
                    None => vec![
                        normal(&place.dir.join(format!("{name}.rs"))),
                        normal(&place.dir.join(name.as_str()).join("mod.rs")),
                    ],
                };
                self.pending.push(Pending { krate, parent: Some(id), name, candidates, declaration });
            }
        }
    }

    /// Files under the analysed package's `src` that no module reaches, other than further binaries.
    fn note_unreached_files(&mut self) {
        let package: &Package = &self.tree.packages[0];
        let src = package.dir.join("src");
        let others: Vec<PathBuf> =
            package.bins.iter().map(|bin| normal(&package.dir.join(&bin.path))).collect();
        let mut unreached: Vec<PathBuf> = walkdir::WalkDir::new(&src)
            .sort_by_file_name()
            .into_iter()
            .flatten()
            .map(walkdir::DirEntry::into_path)
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .filter(|path| {
                !path.starts_with(src.join("bin"))
                    && !others.contains(path)
                    && !self.by_path.contains_key(path)
            })
            .collect();
        unreached.retain(|path| !self.is_test_only(path));
        for path in unreached {
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
