//! Time of each stage of `analyze`, on the samples and on a program of a thousand handlers.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use lith_split::diagnostic::Diagnostics;
use lith_split::load::{Options, SourceTree, load};
use lith_split::{access, boundaries, graph, resolve, routes, syntax};

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
        bencher.iter(|| black_box(boundaries::propose(&graph, &table, &accesses, &pins)));
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

criterion_group!(benches, stages);
criterion_main!(benches);
