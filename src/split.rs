//! Cutting the program into crates: `Program` + `Plan` -> text slices and `Edit`s per output crate.
//!
//! Three steps. Specialise: each function keeps the program's `main` and routers, cut down to a skeleton. Shake: what that `main` no longer
//! reaches is left out. Share: what several functions keep moves to library crates. Nothing is printed from syntax trees: kept code is the
//! original text. Deliberately absent: manifests and templates (`render`), permissions (`aws`).

mod assets;
mod bound;
mod build_script;
pub mod crates;
mod derives;
mod document;
pub mod edit;
mod effects;
mod environment;
mod ending;
mod entry;
mod fields;
mod files;
mod for_tests;
pub mod glue;
mod imports;
mod leads;
mod leftovers;
mod list;
mod live;
mod macro_use;
mod names;
mod pattern;
mod placement;
mod proc_macros;
mod renamed;
mod server;
pub mod size;
mod skeleton;
mod state;
mod templates;
mod test_helpers;
mod trait_imports;
mod trait_members;
mod traits;
mod uncalled;
mod unit_tests;
mod visibility;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use crate::access::AccessTable;
use crate::boundaries::keys::may_be_default;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::load::{KrateId, KrateKind, ModuleId, PackageId};
use crate::plan::{EDGE, Plan};
use crate::resolve::{Def, DefId, Program};
use crate::routes::RouteTable;
use crate::span::{Location, SourceId};

use build_script::Script;
use document::Documents;
use effects::Effects;
use files::Files;
use leads::Leads;
use live::{CutProgram, Live};
use names::{CrateKey, Names};
use placement::{Functions, Level, References, unit};
use skeleton::{Skeleton, Wanted};
use state::State;

pub use crates::{CrateKind, CrateSource, DependencyUse, LocalDependency, SplitProgram};
pub use edit::Edit;

/// A function of the plan with its position among the services.
struct Target<'a> {
    service: &'a str,
    function: &'a str,
    service_at: usize,
    /// Positions of its routes in the table.
    own: BTreeSet<usize>,
    is_edge: bool,
}

/// Splits the program along the plan. What cannot be split safely is a diagnostic of severity error.
pub fn split(
    program: &Program,
    table: &RouteTable,
    accesses: &AccessTable,
    plan: &Plan,
    diagnostics: &mut Diagnostics,
) -> SplitProgram {
    let Some((_, router)) = table.entry.zip(table.router.as_ref()) else {
        diagnostics.push(Diagnostic::new(Code::CONSTRUCT_NOT_SPLIT, "there is no served router to split"));
        return SplitProgram::default();
    };
    if program.tree.krates[0].kind != KrateKind::Bin {
        diagnostics.push(
            Diagnostic::new(
                Code::CONSTRUCT_NOT_SPLIT,
                "the package is a library: it has no `main` that a function could keep",
            )
            .help("analyse the package that has the binary, with --manifest-path, -p or --bin"),
        );
        return SplitProgram::default();
    }
    let targets = targets(plan, table);
    let text = |location: Location| program.tree.sources.text(location).to_string();

    let serve =
        if entry::is_needed(table) { entry::lambda_entry(program, table, diagnostics) } else { Vec::new() };
    let routers = leftovers::router_functions(program, router);
    let krates = split_krates(program, &routers, &serve);
    let documents = Documents::of(program, &routers, router);
    let answering: Vec<bool> =
        targets.iter().map(|one| documents.are_answered(router, &one.own, one.is_edge)).collect();
    note_documents(program, &documents, &targets, &answering, diagnostics);
    let effects = Effects { program, routers: &routers };
    let mut skeletons: Vec<Skeleton> = targets
        .iter()
        .zip(&answering)
        .map(|(target, &documents)| {
            let wanted = Wanted { table, own: target.own.clone(), is_edge: target.is_edge, documents };
            let mut skeleton = skeleton::skeleton(&wanted, router, &text);
            entry::add(&mut skeleton, &serve);
            leftovers::clear(program, &krates, &effects, &mut skeleton);
            skeleton.prefer_expansions(&program.tree.sources);
            skeleton
        })
        .collect();
    let own_roots = program_roots(program, table);
    let mut edited = edited_units(program, &own_roots, &skeletons, &krates, diagnostics);
    let leads = Leads::new(program);
    let functions = Functions { service_of: targets.iter().map(|target| target.service_at).collect() };
    let mut roots = vec![own_roots.clone(); skeletons.len()];
    let mut is_shaken = plan.whole_state;
    let mut round = 0;
    let read = fields::read_in(program, &krates);
    let (lives, placement) = loop {
        let mut lives: Vec<Live> = skeletons
            .iter()
            .zip(&roots)
            .map(|(skeleton, roots)| live::live(&CutProgram::new(program, skeleton), &leads, roots, &krates))
            .collect();
        let references = references(program, &leads, &skeletons, &lives);
        let placement = placement::place(program, &functions, &lives, &references, &edited);
        if trait_members::add_missing(program, &functions, &placement, &lives, &mut roots) {
            continue;
        }
        if !is_shaken {
            let may_copy = round == 0;
            round += 1;
            let state = State::new(program, &krates, &leads, &effects, &roots);
            is_shaken =
                !state.shake_all(&placement, &references, &mut skeletons, &mut lives, may_copy, diagnostics);
            if !is_shaken {
                edited = edited_units(program, &own_roots, &skeletons, &krates, &mut Diagnostics::default());
                continue;
            }
        }
        let keeps_all = plan.whole_state;
        let cutter = fields::Cutter {
            program,
            krates: &krates,
            placement: &placement,
            effects: &effects,
            before: &read,
            keeps_all,
        };
        let mut any_cut = false;
        for (live, skeleton) in lives.iter().zip(&mut skeletons) {
            if cutter.clear(live, skeleton) {
                leftovers::clear(program, &krates, &effects, skeleton);
                any_cut = true;
            }
        }
        if !any_cut {
            break (lives, placement);
        }
        // What was there before is known to be of the split crates.
        edited = edited_units(program, &own_roots, &skeletons, &krates, &mut Diagnostics::default());
    };
    let mut names = names::resolve(program, &placement, &functions, &krates, &lives, skeletons);
    unit_tests::place(&mut names, diagnostics);
    uncalled::find(&mut names, &leads);
    let mut split = crate_sources(&names, &targets, plan, accesses, &lives, &read, diagnostics);
    for package in packages(program, &krates) {
        let is_taken = |krate: &CrateSource| krate.package == package && krate.files.contains_key("build.rs");
        if let Some(script) = &program.tree.packages[package].build_script
            && !split.crates.iter().any(is_taken)
        {
            let of_package = names.crates.iter().filter(|(key, _)| key.package(program) == package);
            diagnostics.push(build_script::left_out(
                script,
                of_package.map(|(_, contents)| contents),
                program,
            ));
        }
    }
    split.whole_size = size::of_program(program, &krates);
    written::add_lambda_http(program, &serve, &mut split);
    split
}

/// Which functions keep all documented routes, and where a document is not followed.
fn note_documents(
    program: &Program,
    documents: &Documents,
    targets: &[Target<'_>],
    answering: &[bool],
    diagnostics: &mut Diagnostics,
) {
    for (target, _) in targets.iter().zip(answering).filter(|(_, answers)| **answers) {
        let message = format!(
            "`{}` keeps the handlers of all documented routes: its answers hold the API document",
            target.function
        );
        diagnostics.push(
            Diagnostic::new(Code::API_DOCUMENT, message)
                .help("serve the document as a file instead, and the function gets small"),
        );
    }
    for &id in &documents.handed_on {
        let def = program.def(id);
        let message = format!("`{}` hands on the API document, which is not followed", def.path);
        let mut finding = Diagnostic::new(Code::API_DOCUMENT, message).at(def.location).help(
            "where it is part of an answer, keep that route in the monolith, or serve the document as a file",
        );
        finding.severity = Severity::Warning;
        diagnostics.push(finding);
    }
}

/// The package that a source file belongs to.
fn package_of(program: &Program, source: SourceId) -> Option<PackageId> {
    let tree = &program.tree;
    let module = tree.modules.iter().find(|module| module.source == source)?;
    Some(tree.krate(module.krate).package)
}

/// The crates whose text differs between functions: those of the analysed package, and the libraries of the packages that build routers or
/// serve them, with those that depend on one of these. Other local packages stay whole.
fn split_krates(
    program: &Program,
    routers: &BTreeSet<DefId>,
    serve: &[(Location, Edit)],
) -> BTreeSet<KrateId> {
    let tree = &program.tree;
    let building = routers.iter().map(|&id| program.def(id).location);
    let places = building.chain(serve.iter().map(|(location, _)| *location));
    let mut cut: BTreeSet<PackageId> =
        places.filter_map(|location| package_of(program, location.source)).collect();
    cut.insert(0);
    loop {
        let depends = |at: &PackageId| {
            let locals = tree.packages[*at].dependencies.iter().filter_map(|dependency| dependency.local);
            !cut.contains(at) && locals.into_iter().any(|local| local != 0 && cut.contains(&local))
        };
        let more: Vec<PackageId> = (0..tree.packages.len()).filter(depends).collect();
        if more.is_empty() {
            break;
        }
        cut.extend(more);
    }
    let krates = (0..tree.krates.len() as u32).map(KrateId);
    krates.filter(|&id| cut.contains(&tree.krate(id).package)).collect()
}

/// The packages of some crates.
fn packages(program: &Program, krates: &BTreeSet<KrateId>) -> BTreeSet<PackageId> {
    krates.iter().map(|&krate| program.tree.krate(krate).package).collect()
}

/// Functions in plan order, then the edge.
fn targets<'a>(plan: &'a Plan, table: &RouteTable) -> Vec<Target<'a>> {
    let position = |id: &String| table.routes.iter().position(|route| &route.id == id);
    let by_default = (0..table.routes.len()).filter(|&at| may_be_default(&table.routes[at]));
    let mut targets = Vec::new();
    for (service_at, service) in plan.services.iter().enumerate() {
        for function in &service.functions {
            targets.push(Target {
                service: &service.name,
                function: &function.name,
                service_at,
                own: function.routes.iter().filter_map(position).collect(),
                is_edge: false,
            });
        }
    }
    if plan.keep.is_empty() && !targets.iter().any(|target| target.function == EDGE) {
        targets.push(Target {
            service: EDGE,
            function: EDGE,
            service_at: plan.services.len(),
            own: by_default.collect(),
            is_edge: true,
        });
    }
    targets
}

/// What stays in every function although nothing calls it: what runs before the first request, and what an attribute installs.
fn program_roots(program: &Program, table: &RouteTable) -> Vec<DefId> {
    const INSTALLED: &[&str] =
        &["global_allocator", "panic_handler", "no_mangle", "export_name", "used", "ctor"];
    let root = program.tree.krates[0].root;
    let is_installed = |def: &&Def| {
        let mut attrs = def.item.attrs.iter();
        def.module == root
            && def.parent.is_none()
            && attrs.any(|attr| INSTALLED.iter().any(|name| attr.path.ends_with(name)))
    };
    let installed = program.defs.iter().filter(is_installed).map(|def| def.id);
    table.starts(program).into_iter().chain(installed).collect()
}

/// Module-level items whose text differs between functions.
fn edited_units(
    program: &Program,
    roots: &[DefId],
    skeletons: &[Skeleton],
    krates: &BTreeSet<KrateId>,
    diagnostics: &mut Diagnostics,
) -> BTreeSet<DefId> {
    let mut edited: BTreeSet<DefId> = roots.iter().map(|&root| unit(program, root)).collect();
    for skeleton in skeletons {
        for (&source, edits) in &skeleton.edits {
            for edit in edits {
                let holder = program.defs.iter().find(|def| {
                    def.parent.is_none()
                        && def.location.source == source
                        && def.location.span.contains(edit.span)
                });
                let Some(def) = holder else { continue };
                let krate = program.tree.module(def.module).krate;
                if krates.contains(&krate) {
                    edited.insert(def.id);
                } else {
                    diagnostics.push(
                        Diagnostic::new(
                            Code::CONSTRUCT_NOT_SPLIT,
                            format!(
                                "`{}` registers routes in another package, which is kept whole",
                                def.path
                            ),
                        )
                        .at(def.location),
                    );
                }
            }
        }
    }
    edited
}

/// References between module-level items, over all functions.
fn references(program: &Program, leads: &Leads<'_>, skeletons: &[Skeleton], lives: &[Live]) -> References {
    let mut references = References::new();
    for (skeleton, live) in skeletons.iter().zip(lives) {
        let cut = CutProgram::new(program, skeleton);
        for &id in &live.defs {
            let from = unit(program, id);
            let def = program.def(id);
            for lead in leads.of(id).iter().filter(|lead| !cut.is_gone(def.location.source, lead.span)) {
                for &to in &lead.defs {
                    let to = unit(program, to);
                    if to != from && live.defs.contains(&to) {
                        references.entry(from).or_default().insert(to);
                    }
                }
            }
        }
    }
    references
}

/// Files and manifests' needs of every output crate.
fn crate_sources(
    names: &Names<'_>,
    targets: &[Target<'_>],
    plan: &Plan,
    accesses: &AccessTable,
    lives: &[Live],
    read: &fields::Reads,
    diagnostics: &mut Diagnostics,
) -> SplitProgram {
    let program = names.program;
    let crate_ids: BTreeMap<CrateKey, (String, String)> =
        names.crates.keys().map(|&key| (key, name_and_dir(program, key, targets, plan))).collect();
    let code_names: BTreeMap<CrateKey, String> =
        crate_ids.iter().map(|(&key, (name, _))| (key, name.replace('-', "_"))).collect();
    let uses = visibility::uses(names);
    let mut split = SplitProgram::default();
    for (&key, contents) in &names.crates {
        if contents.modules.is_empty() {
            continue;
        }
        let widened = visibility::widened(names, &uses, key);
        let unread = fields::unread(names, key, read, &widened);
        let additions = root_additions(program, contents);
        let files = Files {
            names,
            key,
            contents,
            crate_names: &code_names,
            widened: &widened,
            unread: &unread,
            root_additions: &additions,
        };
        let texts = files.texts();
        let package = key.package(program);
        let (name, dir) = crate_ids[&key].clone();
        let path = |module| files.path(module);
        let modules = contents.modules.iter().filter(|module| !program.tree.module(**module).inline);
        let origins = modules.map(|&module| (path(module), program.tree.module(module).source)).collect();
        let mut taken = assets::collect(names, package, &dir, contents, &path, diagnostics);
        let script = build_script::taken(program, package, contents);
        let Script { files: of_script, dependencies: build_dependencies } = script.unwrap_or_default();
        taken.extend(of_script);
        let lib = texts.contains_key("src/lib.rs").then(|| match key {
            CrateKey::Function { package: 0, .. } => {
                program.tree.packages[0].lib_name().unwrap_or(&name).to_string()
            }
            _ => name.replace('-', "_"),
        });
        let (kind, env) = match key {
            CrateKey::Function { at, package: 0 } => (
                CrateKind::Function {
                    service: targets[at].service.to_string(),
                    function: targets[at].function.to_string(),
                },
                environment::environment(names, accesses, &targets[at], &lives[at], contents),
            ),
            CrateKey::Function { at, package } => (
                CrateKind::Part {
                    function: targets[at].function.to_string(),
                    package: program.tree.packages[package].name.clone(),
                },
                BTreeSet::new(),
            ),
            CrateKey::Library { .. } => (CrateKind::Library, BTreeSet::new()),
        };
        written::add_axum(names, key, &name, &mut split);
        split.crates.push(CrateSource {
            name,
            dir,
            package,
            kind,
            features: features(&texts),
            files: {
                taken.extend(texts.into_iter().map(|(path, text)| (path, text.into_bytes())));
                taken
            },
            origins,
            edition: program.tree.packages[package].edition.clone(),
            dependencies: contents
                .dependencies
                .iter()
                .map(|entry| (entry, false))
                .chain(contents.dev_dependencies.iter().map(|entry| (entry, true)))
                .map(|((package, key), dev)| DependencyUse {
                    package: *package,
                    key: key.clone(),
                    // An attribute for tests may name what nothing else does: `cfg_attr(test, automock)`.
                    dev: dev || program.tree.packages[*package].is_for_tests(key),
                })
                .collect(),
            build_dependencies,
            lib,
            local_dependencies: contents
                .libraries
                .iter()
                .filter(|library| {
                    names.crates.get(library).is_some_and(|contents| !contents.modules.is_empty())
                })
                .filter_map(|library| local_dependency(program, key, *library, &crate_ids))
                .collect(),
            env,
        });
        split.whole.extend(contents.whole.iter().copied());
    }
    split.whole = whole_closure(program, &split.whole);
    split
}

/// A library that the code calls by the name that it had keeps that name; `None` where no code can name it.
fn local_dependency(
    program: &Program,
    user: CrateKey,
    library: CrateKey,
    ids: &BTreeMap<CrateKey, (String, String)>,
) -> Option<LocalDependency> {
    let is_bin = |key: CrateKey| matches!(key, CrateKey::Library { krate, .. } if program.tree.krate(krate).kind == KrateKind::Bin);
    let (from, to) = (user.package(program), library.package(program));
    let rename = match library {
        _ if from != to => Some(name_in_code(program, from, to)?),
        CrateKey::Library { krate, .. } if is_bin(user) && !is_bin(library) => {
            Some(program.tree.krate(krate).name.to_string())
        }
        _ => None,
    };
    Some(LocalDependency { name: ids[&library].0.clone(), rename })
}

/// What the code of a package calls the library of another one.
fn name_in_code(program: &Program, user: PackageId, library: PackageId) -> Option<String> {
    let packages = &program.tree.packages;
    let dependency = packages[user].dependencies.iter().find(|one| one.local == Some(library))?;
    let is_renamed = dependency.key != dependency.package;
    let own = packages[library].lib_name().filter(|_| !is_renamed);
    Some(own.map_or_else(|| dependency.code_name(), str::to_string))
}

/// Package name and folder of an output crate.
fn name_and_dir(program: &Program, key: CrateKey, targets: &[Target<'_>], plan: &Plan) -> (String, String) {
    match key {
        CrateKey::Function { at, package } => {
            let Target { service, function, .. } = &targets[at];
            let dir = format!("services/{service}/functions/{function}");
            match package {
                0 => ((*function).to_string(), dir),
                _ => {
                    let package = &program.tree.packages[package].name;
                    (format!("{function}-{package}"), format!("{dir}/{package}"))
                }
            }
        }
        CrateKey::Library { level, krate } => {
            let scope = match level {
                Level::Service(at) => plan.services.get(at).map_or(EDGE, |service| service.name.as_str()),
                Level::Shared | Level::Function(_) => "shared",
            };
            // Where the package has a library too, what its binary shares is a crate of its own.
            let has_lib = program.tree.packages[0].lib_name().is_some();
            let suffix = match program.tree.krate(krate).package {
                0 if has_lib && program.tree.krate(krate).kind == KrateKind::Bin => "-main".to_string(),
                0 => String::new(),
                package => format!("-{}", program.tree.packages[package].name),
            };
            (format!("{}-{scope}{suffix}", plan.name), format!("crates/{scope}{suffix}"))
        }
    }
}

/// The stub, at the end of each crate root whose code names it.
fn root_additions(program: &Program, contents: &names::Contents) -> BTreeMap<ModuleId, String> {
    let mut additions = BTreeMap::new();
    for &module in &contents.modules {
        let one = program.tree.module(module);
        if contents.skeleton.stubs.contains(&one.source) {
            let root = program.tree.krate(one.krate).root;
            additions.insert(root, glue::misrouted("axum"));
        }
    }
    additions
}

/// Features that the kept text tests.
fn features(texts: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for text in texts.values() {
        for attr in all_attributes(text) {
            let mut rest = attr.as_str();
            while let Some(at) = rest.find("feature") {
                rest = &rest[at + "feature".len()..];
                let value = rest
                    .trim_start()
                    .strip_prefix('=')
                    .map(str::trim_start)
                    .and_then(|rest| rest.strip_prefix('"'));
                if let Some((name, _)) = value.and_then(|value| value.split_once('"')) {
                    found.insert(name.to_string());
                }
            }
        }
    }
    found
}

/// Arguments of the `cfg` and `cfg_attr` attributes of a text, as lines that hold them.
fn all_attributes(text: &str) -> Vec<String> {
    text.lines().filter(|line| line.contains("cfg")).map(str::to_string).collect()
}

/// Packages that stay whole, with the local packages that they depend on.
fn whole_closure(program: &Program, whole: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut all = BTreeSet::new();
    let mut queue: Vec<usize> = whole.iter().copied().collect();
    while let Some(package) = queue.pop() {
        if package != 0 && all.insert(package) {
            queue.extend(
                program.tree.packages[package].dependencies.iter().filter_map(|dependency| dependency.local),
            );
        }
    }
    all
}

#[cfg(test)]
mod tests;
