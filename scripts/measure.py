#!/usr/bin/env python3
"""Measures `lith-split analyze`: instructions against `syn::parse_file`, growth, threads, memory, cache.

    cargo build --release --example parse && cargo build --release
    scripts/measure.py instructions MANIFEST      callgrind: analyze against parsing alone, over the same files
    scripts/measure.py growth [LINES ..]          the same for programs made of crates from cargo's registry folder
    scripts/measure.py parts [LINES [COUNT]]      one such program against its crates in COUNT programs: 1 where growth is linear
    scripts/measure.py memory MANIFEST            peak resident memory
    scripts/measure.py threads MANIFEST [RUNS]    one thread against two: wall time, best of RUNS
    scripts/measure.py cache MANIFEST [RUNS]      first run against unchanged run, wall time
    scripts/measure.py assemble LINES FOLDER      writes such a program and prints its manifest

Instructions do not depend on how busy the machine is; wall times do, so the best of several runs counts.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
TOOL = TARGET / "lith-split"
PARSE = TARGET / "examples" / "parse"

# Crates whose sources are generated or tables: nobody's program looks like them.
GENERATED = re.compile(r"-sys$|^windows|^aws-|^web-sys|^libc$|^encoding_rs|^brotli|fiat|unicode|^pxfm|-data$|^typst|^crc")


def run(args, env=None, **kwargs):
    environment = {**os.environ, "LITH_SPLIT_NO_CACHE": "1", **(env or {})}
    return subprocess.run([str(arg) for arg in args], check=True, env=environment, capture_output=True, text=True, **kwargs)


def analyze(manifest):
    return [TOOL, "analyze", "--manifest-path", manifest]


def instructions(command, **kwargs):
    with tempfile.NamedTemporaryFile() as out:
        callgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}"]
        done = run([*callgrind, *command], env={"RAYON_NUM_THREADS": "1"}, **kwargs)
    found = re.search(r"Collected : (\d+)", done.stderr)
    return int(found.group(1)), done.stdout


def compare(manifest):
    """Instructions of parsing alone and of `analyze`, and the number of lines."""
    files = run([PARSE, "files", manifest]).stdout
    parsing, said = instructions([PARSE], input=files)
    lines = int(re.search(r"(\d+) lines", said).group(1))
    whole, _ = instructions(analyze(manifest))
    return lines, parsing, whole


def table(rows):
    print("|     lines | syn::parse_file | analyze | ratio | instructions per line |")
    print("|----------:|----------------:|--------:|------:|----------------------:|")
    for lines, parsing, whole in rows:
        print(f"| {lines:9,} | {parsing / 1e6:13,.0f} M | {whole / 1e6:5,.0f} M | {whole / parsing:5.2f} | {whole / lines:21,.0f} |", flush=True)


def count_lines(folder):
    return sum(path.read_bytes().count(b"\n") for path in sorted(folder.rglob("*.rs")))


def choose(lines):
    """Crates of cargo's registry folder with about that many lines: names and folders."""
    registry = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo")) / "registry" / "src"
    chosen, names, total = [], {"axum"}, 0
    for crate in sorted(path for index in registry.iterdir() for path in index.iterdir()):
        if total >= lines:
            break
        name = re.sub(r"-\d+\.\d+\..*$", "", crate.name)
        if name in names or GENERATED.search(name) or not (crate / "src" / "lib.rs").is_file() or not (crate / "Cargo.toml").is_file():
            continue
        size = count_lines(crate / "src")
        if not 300 <= size <= max(lines // 4, 2_000):
            continue
        names.add(name)
        chosen.append((name, crate))
        total += size
    return chosen


def write_program(chosen, folder):
    """An Axum application with local path dependencies, which are copies of crates; its manifest."""
    app = folder / "app"
    (app / "src").mkdir(parents=True)
    dependencies = ""
    for name, crate in chosen:
        copy = folder / "crates" / name
        shutil.copytree(crate / "src", copy / "src")
        shutil.copy(crate / "Cargo.toml", copy / "Cargo.toml")
        dependencies += f'{name} = {{ path = "../crates/{name}" }}\n'
    (app / "Cargo.toml").write_text(
        f'[package]\nname = "app"\nversion = "0.1.0"\nedition = "2024"\n\n[dependencies]\naxum = "0.8"\n{dependencies}\n[workspace]\n'
    )
    routes = "".join(f'        .route("/{name}", get(h{at}))\n' for at, (name, _) in enumerate(chosen))
    handlers = "".join(
        f'async fn h{at}() -> String {{\n    use {name.replace("-", "_")} as krate;\n    format!("{{}}", module_path!())\n}}\n\n'
        for at, (name, _) in enumerate(chosen)
    )
    (app / "src" / "main.rs").write_text(
        "use axum::Router;\nuse axum::routing::get;\n\n" + handlers
        + f"#[tokio::main]\nasync fn main() {{\n    let app = Router::new()\n{routes};\n"
        + '    let listener = tokio::net::TcpListener::bind("0.0.0.0:3000").await.unwrap();\n'
        + "    axum::serve(listener, app).await.unwrap();\n}\n"
    )
    return app / "Cargo.toml"


def assemble(lines, folder):
    """A program of about that many lines."""
    return write_program(choose(lines), folder)


def parts(lines, count):
    """Instructions of one program, and of programs that share its crates among them: equal where growth is linear."""
    chosen = choose(lines)
    size = -(-len(chosen) // count)
    with tempfile.TemporaryDirectory() as folder:
        whole, _ = instructions(analyze(write_program(chosen, Path(folder) / "whole")))
        total = 0
        for at in range(0, len(chosen), size):
            one, _ = instructions(analyze(write_program(chosen[at : at + size], Path(folder) / str(at))))
            total += one
    print(f"whole {whole / 1e6:,.0f} M, {count} parts together {total / 1e6:,.0f} M: {whole / total:.2f}")


def best(command, runs, env=None, before=lambda: None):
    times = []
    for _ in range(runs):
        before()
        start = time.monotonic()
        run(command, env=env)
        times.append(time.monotonic() - start)
    return min(times)


def peak(manifest, threads="2"):
    """Peak resident memory in megabytes."""
    script = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], check=True, capture_output=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)\n"
    )
    return float(run([sys.executable, "-c", script, *analyze(manifest)], env={"RAYON_NUM_THREADS": threads}).stdout)


def threads(manifest, runs):
    one = best(analyze(manifest), runs, {"RAYON_NUM_THREADS": "1"})
    two = best(analyze(manifest), runs, {"RAYON_NUM_THREADS": "2"})
    print(f"one thread {one:.3f} s, two threads {two:.3f} s: {one / two:.2f} times as fast")


def cache(manifest, runs):
    with tempfile.TemporaryDirectory() as folder:
        env = {"LITH_SPLIT_CACHE_DIR": folder, "LITH_SPLIT_NO_CACHE": ""}

        def empty():
            shutil.rmtree(folder)
            os.mkdir(folder)

        first = best(analyze(manifest), runs, env, empty)
        again = best(analyze(manifest), runs, env)
    print(f"first run {first:.3f} s, unchanged run {again:.3f} s: {first / again:.1f} times as fast")


def main():
    command, *rest = sys.argv[1:] or ["--help"]
    runs = int(rest[1]) if len(rest) > 1 and command in ("threads", "cache") else 5
    if command == "instructions":
        table([compare(Path(rest[0]))])
    elif command == "growth":
        with tempfile.TemporaryDirectory() as folder:
            sizes = [int(size) for size in rest] or [10_000, 100_000, 1_000_000]
            table(compare(assemble(size, Path(folder) / str(size))) for size in sizes)
    elif command == "parts":
        parts(*([int(number) for number in rest] + [1_000_000, 10][len(rest) :]))
    elif command == "memory":
        print(f"peak {peak(rest[0]):.0f} MB")
    elif command == "threads":
        threads(rest[0], runs)
    elif command == "cache":
        cache(rest[0], runs)
    elif command == "assemble":
        print(assemble(int(rest[0]), Path(rest[1])))
    else:
        print(__doc__)


main()
