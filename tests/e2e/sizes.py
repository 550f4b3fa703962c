#!/usr/bin/env python3
"""Measures what a split costs and gains: size, start-up time and lines of each function against the monolith.

usage: sizes.py --sample DIR --workspace OUT --bin-dir DIR --monolith BINARY [--runs N]

Both are built by the caller, in the same profile; `--bin-dir` has a binary for each function of OUT's template. Start-up is the time from
the start of the process until it asks the Lambda Runtime API for its first event: median of N runs, monolith and functions in turn.
A sample without seed.json gets a PostgreSQL of its own to connect to.
Lines are those of a function's crate, and with them those of the generated crates that it depends on; blank lines do not count.

Prints a table in Markdown. Exit code 1 where a function is not smaller than the monolith, or starts later than it by more than a tenth.
"""

import argparse
import contextlib
import json
import os
import socket
import statistics
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import processes
from fake_aws import HOST, REGION
from postgres import OWNER, Postgres
from template import Deployment

LIMIT = 30  # seconds
LATER = 1.1


def started(binary, environment, log):
    """Seconds until a program asks for its first event."""
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(LIMIT)
        port = server.getsockname()[1]
        provided = {
            "AWS_LAMBDA_RUNTIME_API": f"{HOST}:{port}",
            "AWS_LAMBDA_FUNCTION_NAME": binary.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "PATH": "/usr/bin:/bin",
        }
        begun = time.perf_counter()
        process = processes.start([binary], env=provided | environment, log=log)
        try:
            connection, _ = server.accept()
            with connection:
                asked = connection.recv(4096)
            seconds = time.perf_counter() - begun
        finally:
            processes.stop(process)
        if b"/invocation/next" not in asked:
            sys.exit(f"{binary.name} asked for something else first: {asked[:80]!r}, see {log}")
        return seconds


@contextlib.contextmanager
def seeded(sample):
    """What a sample's `seed.json` says; for one of a database, the address of an empty one."""
    if (file := sample / "seed.json").exists():
        yield json.loads(file.read_text())
        return
    with Postgres() as server:
        yield {"environment": {"DATABASE_URL": server.url("postgres", OWNER)}}


def lines(folder):
    files = [file for file in folder.rglob("*.rs") if "target" not in file.parts]
    return sum(1 for file in files for line in file.read_text().splitlines() if line.strip())


def all_lines(folder, workspace, seen=None):
    """Lines of a crate and of the generated crates that it depends on."""
    seen = set() if seen is None else seen
    if folder in seen:
        return 0
    seen.add(folder)
    manifest = tomllib.loads((folder / "Cargo.toml").read_text())
    shared = tomllib.loads((workspace / "Cargo.toml").read_text())["workspace"].get("dependencies", {})
    total = lines(folder)
    for key, value in manifest.get("dependencies", {}).items():
        base, entry = folder, value
        if isinstance(value, dict) and value.get("workspace"):
            base, entry = workspace, shared.get(key)
        if isinstance(entry, dict) and "path" in entry:
            total += all_lines((base / entry["path"]).resolve(), workspace, seen)
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=Path, required=True)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--bin-dir", type=Path, required=True)
    parser.add_argument("--monolith", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=11)
    options = parser.parse_args()
    processes.exit_on_signals()
    with seeded(options.sample) as seed:
        return measure(options, seed)


def measure(options, seed):
    deployment = Deployment(options.workspace / "template.yaml", seed)
    workspace = options.workspace.resolve()
    folders = {path.parent.name: path.parent for path in workspace.glob("services/*/functions/*/Cargo.toml")}
    programs = {"the monolith": (options.monolith.resolve(), seed["environment"])}
    for function in deployment.functions():
        programs[function.binary] = ((options.bin_dir / function.binary).resolve(), function.environment)
    times = {name: [] for name in programs}
    with tempfile.TemporaryDirectory(prefix="sizes-") as logs:
        for _ in range(options.runs):
            for name, (binary, environment) in programs.items():
                times[name].append(started(binary, environment, Path(logs) / f"{name.replace(' ', '-')}.log"))
    whole = os.path.getsize(options.monolith)
    start = statistics.median(times["the monolith"])
    worse = []
    print("| program | lines | with shared crates | binary, MB | of the monolith's | start, ms | of the monolith's |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, (binary, _) in programs.items():
        folder = folders.get(name, options.sample.resolve())
        size, median = os.path.getsize(binary), statistics.median(times[name])
        own, with_shared = lines(folder), all_lines(folder, workspace) if name in folders else lines(folder)
        print(
            f"| {name} | {own} | {with_shared} | {size / 1e6:.2f} | {size / whole:.2f}"
            f" | {median * 1e3:.1f} | {median / start:.2f} |"
        )
        if name in folders and (size >= whole or median > start * LATER):
            worse.append(name)
    for name in worse:
        print(f"{name} is not smaller than the monolith, or starts later", file=sys.stderr)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
