//! Time of each stage of `analyze`, on the samples and on a program of a thousand handlers, and of the partitioner on a large graph.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use lith_split::boundaries::cluster::{Limits, Link, Problem, Weights, solve};
use lith_split::diagnostic::Diagnostics;
use lith_split::load::{Options, SourceTree, load};
use lith_split::{access, boundaries, graph, metrics, resolve, routes, syntax};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MODULES: usize = 50;
const HANDLERS: usize = 20;

fn stages(criterion: &mut Criterion) {
    let samples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples");
    let folder = tempfile::tempdir().expect("a folder");
    synthetic(folder.path());
    for (name, manifest) in [
        ("bookshop", samples.join("bookshop/Cargo.toml")),
        ("items", samples.join("items/Cargo.toml")),
        ("synthetic", folder.path().join("Cargo.toml")),
    ] {
        one(criterion, name, &manifest);
    }
}

fn read(manifest: &Path) -> SourceTree {
    let options = Options { manifest_path: Some(manifest.to_path_buf()), ..Options::default() };
    load(&options, &mut Diagnostics::default()).expect("the program is read")
}

/// One group of benchmarks. Each stage gets what the stages before it give.
fn one(criterion: &mut Criterion, name: &str, manifest: &Path) {
    let mut group = criterion.benchmark_group(name);
    let tree = read(manifest);
    let texts: Vec<String> = tree.sources.iter().map(|(_, file)| file.on_disk().into_owned()).collect();
    group.bench_function("parse", |bencher| {
        bencher.iter(|| {
            texts
                .iter()
                .map(|text| syntax::parse(&text.as_str().into(), syntax::Depth::Whole).items.len())
                .sum::<usize>()
        });
    });
    group.bench_function("load", |bencher| bencher.iter(|| black_box(read(manifest))));
    group.bench_function("resolve", |bencher| {
        let resolve = |tree| resolve::resolve(tree, &mut Diagnostics::default());
        bencher.iter_batched(|| read(manifest), resolve, BatchSize::LargeInput);
    });
    let mut diagnostics = Diagnostics::default();
    let program = resolve::resolve(read(manifest), &mut diagnostics);
    let table = routes::evaluate(&program, &mut diagnostics);
    let accesses = access::detect(&program, &table, access::schema(&program), &mut diagnostics);
    let graph = graph::build(&program, &table, &accesses);
    let pins = boundaries::Pins::default();
    let uses = metrics::uses::of_routes(&graph, &accesses);
    group.bench_function("routes", |bencher| {
        bencher.iter(|| black_box(routes::evaluate(&program, &mut Diagnostics::default())));
    });
    group.bench_function("access", |bencher| {
        bencher.iter(|| {
            black_box(access::detect(&program, &table, access::schema(&program), &mut Diagnostics::default()))
        });
    });
    group.bench_function("graph", |bencher| {
        bencher.iter(|| black_box(graph::build(&program, &table, &accesses)));
    });
    group.bench_function("boundaries", |bencher| {
        bencher.iter(|| black_box(boundaries::propose(&graph, &table, &uses, &pins)));
    });
    group.finish();
}

/// A program of many modules with handlers that read and write a table of their module.
fn synthetic(folder: &Path) {
    let manifest = "[package]\nname = \"synthetic\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
                    axum = \"0.8\"\naws-sdk-dynamodb = \"1\"\n";
    fs::create_dir_all(folder.join("src")).expect("a folder");
    fs::write(folder.join("Cargo.toml"), manifest).expect("written");
    let (mut mods, mut merges) = (String::new(), String::new());
    for module in 0..MODULES {
        writeln!(mods, "mod m{module};").expect("a string takes all");
        write!(merges, "\n        .merge(m{module}::router())").expect("a string takes all");
        fs::write(folder.join(format!("src/m{module}.rs")), module_text(module)).expect("written");
    }
    let main = format!(
        "{mods}\n#[derive(Clone)]\npub struct App {{ pub db: aws_sdk_dynamodb::Client }}\n\n#[tokio::main]\nasync fn main() {{\n    \
         let db = aws_sdk_dynamodb::Client::new(&aws_config::load_from_env().await);\n    \
         let app = axum::Router::new(){merges}\n        .with_state(App {{ db }});\n    \
         let listener = tokio::net::TcpListener::bind(\"0.0.0.0:3000\").await.unwrap();\n    \
         axum::serve(listener, app).await.unwrap();\n}}\n"
    );
    fs::write(folder.join("src/main.rs"), main).expect("written");
}

fn module_text(module: usize) -> String {
    let mut text =
        "use crate::App;\nuse axum::{Router, extract::{Path, State}, routing::{get, put}};\n\n".to_string();
    let mut routes = String::new();
    for handler in 0..HANDLERS {
        let (method, call) = if handler % 2 == 0 { ("get", "get_item") } else { ("put", "put_item") };
        writeln!(
            text,
            "async fn h{handler}(State(app): State<App>, Path(id): Path<String>) -> String {{\n    \
             let found = app.db.{call}().table_name(\"table-{module}\").send().await;\n    \
             let shown = format!(\"{{id}} {{:?}}\", found.is_ok());\n    shown\n}}\n"
        )
        .expect("a string takes all");
        write!(routes, "\n        .route(\"/m{module}/h{handler}/{{id}}\", {method}(h{handler}))")
            .expect("a string takes all");
    }
    writeln!(text, "pub fn router() -> Router<App> {{\n    Router::new(){routes}\n}}")
        .expect("a string takes all");
    text
}

/// 2,000 nodes and 20,000 links, four of five of them within 50 groups of 40, without requests and with 300.
fn groups(criterion: &mut Criterion) {
    const GROUP: usize = 40;
    const NODES: usize = 50 * GROUP;
    let mut draw = Draw(1);
    let mut links = Vec::new();
    while links.len() < 20_000 {
        let from = draw.below(NODES);
        let to = if draw.below(5) < 4 { from / GROUP * GROUP + draw.below(GROUP) } else { draw.below(NODES) };
        if from != to {
            links.push(Link { from, to, weight: 1.0 });
        }
    }
    let mut requests = Vec::new();
    for _ in 0..300 {
        let first = draw.below(NODES) / GROUP * GROUP;
        let mut nodes: Vec<usize> = (0..30).map(|_| first + draw.below(GROUP)).collect();
        nodes.extend((0..5).map(|_| draw.below(NODES)));
        nodes.sort_unstable();
        nodes.dedup();
        requests.push(nodes);
    }
    let mut group = criterion.benchmark_group("groups");
    group.sample_size(10);
    for (name, requests) in [("links", Vec::new()), ("links and requests", requests)] {
        for count in [None, Some(20), Some(50)] {
            let problem = Problem {
                sizes: vec![1; NODES],
                links: links.clone(),
                requests: requests.clone(),
                limits: Limits { groups: count, ..Limits::default() },
                ..Problem::default()
            };
            let name = format!(
                "{name}, {}",
                count.map_or_else(|| "any number".to_string(), |count| count.to_string())
            );
            group.bench_function(name, |bencher| {
                bencher.iter(|| black_box(solve(&problem, Weights::default())));
            });
        }
    }
    group.finish();
}

/// Numbers that are the same on each run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

criterion_group!(benches, stages, groups);
criterion_main!(benches);
