#!/usr/bin/env python3
"""Split public applications and compile what comes out: a row of Markdown for each.

usage: split_corpus.py LITH_SPLIT CHECKOUTS OUT [--target DIR] [--database URL] [--clean] [--tests]
                       [--run-tests] [--machete] [--ignore-rust-version] [--granularity NAME ...] [NAME ...]

CHECKOUTS holds a folder NAME for each application of tests/corpus.toml, at the commit named there; one that is not there is
skipped. OUT gets a workspace for each, in place of an older one. An application that does not compile before it is split is
no failure: the row says why. A warning is new where the application itself has none of that lint and text.

--target DIR    target directories, one for each application (default: OUT/target)
--database URL  a PostgreSQL server: applications with `migrations` in their entry get a database there, for the macros of sqlx
--clean         delete an application's target directory once it is done
--tests         also build the unit tests, with `cargo test --workspace --no-run`
--run-tests     also run unit tests, and name those that pass in the application and not in the split
--machete       also look for dependencies that no code names, with `cargo machete` (crate `cargo-machete`)
--ignore-rust-version  compile although a package asks for a newer compiler (cargo's option)
--granularity   how routes become functions (repeatable): route, read-write, resource, service; default: as `plan` would write it

Of the application the tests of its package count, and those of the local packages that this one needs: others do not come along, nor do
integration tests. A test is the same where its path is, `module::tests::name`; one that passes in two packages has to pass in two crates.
Tests that need what is not there, such as a server, fail on both sides and count on none.

Where a toolchain file asks for one that is not there, RUSTUP_TOOLCHAIN chooses another.

Exit code 1 where an application that compiles does not compile once split, has a new warning, loses a test that passes (`--run-tests`), is not
the program when it is read back (`verify`), or has a dependency that it does not use.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib

TABLE = pathlib.Path(__file__).resolve().parent.parent / "tests" / "corpus.toml"
COLUMNS = ("application", "routes", "functions", "crates", "check", "errors", "new warnings", "tests", "tests that pass", "verify", "unused")
LIMIT = 7200  # seconds for one command
COUNTS = r"generated \d+ warning|could not compile|build failed"  # what cargo says of the compiler's messages
SHOWN = 12  # first errors of each application


def migrated(server, name, folder):
    """The address of a new database with the tables of an application."""
    def psql(database, *options):
        subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", f"{server}/{database}", *options], check=True)

    psql("postgres", "-c", f'DROP DATABASE IF EXISTS "{name}"', "-c", f'CREATE DATABASE "{name}"')
    for file in sorted(folder.glob("*.sql")):
        if not file.name.endswith(".down.sql"):
            psql(name, "-f", file)
    return f"{server}/{name}"


def environment(target, database):
    """What cargo runs in."""
    # Debug information is not looked at.
    env = os.environ | {"CARGO_TARGET_DIR": str(target), "CARGO_PROFILE_DEV_DEBUG": "0"}
    env.pop("DATABASE_URL", None)
    # Without a database macros of sqlx read `.sqlx`.
    return env | ({"DATABASE_URL": database} if database else {"SQLX_OFFLINE": "true"})


def cargo(command, folder, target, options=(), database=None):
    """Whether a command of cargo went well, and its errors and warnings: `(level, lint, text, place)`."""
    done = subprocess.run(
        ["cargo", *command, "--message-format", "json", *options],
        cwd=folder, env=environment(target, database), capture_output=True, text=True, timeout=LIMIT, check=False,
    )
    messages = []
    for line in done.stdout.splitlines():
        record = json.loads(line) if line.startswith("{") else {}
        message = record.get("message")
        if record.get("reason") != "compiler-message" or message["level"] not in ("error", "warning"):
            continue
        lint = (message.get("code") or {}).get("code", "")
        place = next((f"{span['file_name']}:{span['line_start']}" for span in message["spans"] if span["is_primary"]), "")
        # "aborting due to 2 previous errors", "1 warning emitted"
        if place or lint or not re.search(r"aborting due to|emitted$", message["message"]):
            messages.append((message["level"], lint, message["message"], place))
    # What cargo itself has to say; the compiler's messages are in the other stream.
    for line in done.stderr.splitlines():
        if (found := re.match(r"(warning|error): (.+)", line)) and not re.search(COUNTS, line):
            messages.append((found[1], "cargo", found[2], ""))
    return done.returncode == 0, messages


def reason(messages):
    """Why an application itself does not compile, in a few words."""
    texts = [text for level, _, text, _ in messages if level == "error"]
    for wanted, said in (
        ("DATABASE_URL", "the macros of sqlx need a database"),
        ("no cached data for this query", "the macros of sqlx need a database"),
        ("custom build command", "a build script failed: a library or program of the system is missing"),
        ("requires rustc", "needs another compiler"),
    ):
        if any(wanted in text for text in texts):
            return said
    return texts[0][:80] if texts else "no message"


def chosen(crate, *keys):
    """The options that select what is built, for lith-split and for cargo alike."""
    return [part for key in keys or ("package", "bin", "features") if key in crate for part in (f"--{key}", crate[key])]


def needed(manifest, crate):
    """The packages of an application that come along: the chosen one, and the local ones that it needs."""
    command = ["cargo", "metadata", "--format-version", "1", "--manifest-path", manifest, *chosen(crate, "features")]
    metadata = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    if "package" in crate:
        open_ones = [one for one in metadata["workspace_members"] if packages[one]["name"] == crate["package"]]
    else:
        open_ones = [one for one in packages if packages[one]["manifest_path"] == str(manifest)]
    found = set(open_ones)
    while open_ones:
        for needs in nodes[open_ones.pop()]["deps"]:
            is_built = any(kind["kind"] != "dev" for kind in needs["dep_kinds"])
            if is_built and needs["pkg"] in metadata["workspace_members"] and needs["pkg"] not in found:
                found.add(needs["pkg"])
                open_ones.append(needs["pkg"])
    return sorted(packages[one]["name"] for one in found)


def passing(folder, target, options, database):
    """Unit tests that pass, and in how many packages each does."""
    done = subprocess.run(
        ["cargo", "test", "--no-fail-fast", "--message-format", "json", *options],
        cwd=folder, env=environment(target, database), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT, check=False,
    )
    packages, package, found = {}, None, set()
    for line in done.stdout.splitlines():
        if line.startswith('{"reason"'):
            record = json.loads(line)
            if record.get("executable"):
                packages[pathlib.Path(record["executable"]).name] = record["package_id"]
        elif running := re.match(r"\s*Running unittests .*\((.+)\)$", line):
            package = packages[pathlib.Path(running[1]).name]
        elif re.match(r"\s*(Running|Doc-tests) ", line):
            package = None
        elif package and (test := re.match(r"test (\S+)( - should panic)? \.\.\. ok$", line)):
            found.add((test[1], package))
    return collections.Counter(test for test, _ in found)


def unused(folder):
    """Dependencies that no code of a workspace names: `crate: dependency`."""
    done = subprocess.run(["cargo", "machete", "."], cwd=folder, capture_output=True, text=True, timeout=LIMIT, check=False)
    found, crate = [], ""
    for line in done.stdout.splitlines():
        if named := re.match(r"(\S+) -- ", line):
            crate = named[1]
        elif line.startswith("\t"):
            found.append(f"{crate}: {line.strip()}")
    return found


def split(binary, name, crate, folder, args, granularity):
    """The row of one binary of an application, and whether it is as it should be."""
    target, out = args.target / name, args.out / (f"{name}-{granularity}" if granularity else name)
    row = dict.fromkeys(COLUMNS, "-") | {"application": f"{name}, {granularity}" if granularity else name}
    manifest = folder / crate.get("manifest", "Cargo.toml")
    database = None
    if args.database and "migrations" in crate:
        database = migrated(args.database, name, folder / crate["migrations"])
    any_rust = ["--ignore-rust-version"] if args.ignore_rust_version else []
    went, before = cargo(["check", *any_rust], manifest.parent, target, chosen(crate), database)
    if not went:
        return row | {"check": f"the application itself does not compile: {reason(before)}"}, True
    input_options = ["--manifest-path", manifest, *chosen(crate)]
    if granularity:
        plan = args.out / f"{out.name}.toml"
        plan.unlink(missing_ok=True)
        plan.parent.mkdir(parents=True, exist_ok=True)
        input_options += ["--plan", plan]
        planning = [binary, "plan", "--granularity", granularity, *input_options]
        subprocess.run(planning, capture_output=True, timeout=LIMIT, check=True)
    analyzed = subprocess.run(
        [binary, "analyze", "--format", "json", *input_options], capture_output=True, text=True, timeout=LIMIT, check=False
    )
    if analyzed.returncode == 0:
        row["routes"] = len(json.loads(analyzed.stdout)["routes"])
    shutil.rmtree(out, ignore_errors=True)
    done = subprocess.run(
        [binary, "generate", "--out", out, *input_options], capture_output=True, text=True, timeout=LIMIT, check=False
    )
    if done.returncode != 0:
        print(f"{name}: generate\n{done.stderr.strip()[-2000:]}", file=sys.stderr)
        refused = " ".join(sorted(set(re.findall(r"^error\[?.*?(LS\d{4})", done.stderr, re.M))))
        return row | {"check": f"not generated {refused}".strip()}, False
    row["functions"] = len(list(out.glob("services/*/functions/*/Cargo.toml")))
    row["crates"] = row["functions"] + len(list(out.glob("crates/*/Cargo.toml")))
    verify = [binary, "verify", "--out", out, *input_options]
    verified = subprocess.run(verify, capture_output=True, text=True, timeout=LIMIT, check=False)
    row["verify"] = "ok" if verified.returncode == 0 else "failed"
    if verified.returncode != 0:
        print(f"{name}: verify\n{verified.stdout}{verified.stderr}", file=sys.stderr)
    left = unused(out) if args.machete else []
    if args.machete:
        row["unused"] = len(left)
    went, after = cargo(["check", "--workspace", *any_rust], out, target, database=database)
    errors = [message for message in after if message[0] == "error"]
    known = {message[:3] for message in before}
    new = sorted({message for message in after if message[0] == "warning" and message[:3] not in known})
    row |= {"check": "ok" if went else "failed", "errors": len(errors), "new warnings": len(new)}
    lost = []
    if (args.tests or args.run_tests) and went:
        built, messages = cargo(["test", "--workspace", "--no-run", *any_rust], out, target, database=database)
        row["tests"] = "ok" if built else "failed"
        if not built:
            errors += [message for message in messages if message[0] == "error"]
            if not cargo(["test", "--no-run", *any_rust], manifest.parent, target, chosen(crate), database)[0]:
                row["tests"] = "the application's own do not compile"
                built = True
        went &= built
    if args.run_tests and went:
        selected = [part for package in needed(manifest, crate) for part in ("--package", package)]
        there = passing(manifest.parent, target, [*selected, *chosen(crate, "features"), *any_rust], database)
        here = passing(out, target, ["--workspace", *any_rust], database)
        lost = sorted((there - here).elements())
        row["tests that pass"] = f"{there.total() - len(lost)} of {there.total()}"
    for level, lint, text, place in errors[:SHOWN] + new[:SHOWN]:
        print(f"{name}: {level} {lint} {place}: {text.splitlines()[0]}", file=sys.stderr)
    for test in lost:
        print(f"{name}: passes in the application only: {test}", file=sys.stderr)
    for one in left[:SHOWN]:
        print(f"{name}: not used: {one}", file=sys.stderr)
    return row, went and not new and not lost and not left and verified.returncode == 0


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n", 2)[1].removeprefix("usage: "))
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("checkouts", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--target", type=pathlib.Path)
    parser.add_argument("--database")
    parser.add_argument("--clean", action="store_true")
    parser.add_argument("--tests", action="store_true")
    parser.add_argument("--run-tests", action="store_true")
    parser.add_argument("--machete", action="store_true")
    parser.add_argument("--ignore-rust-version", action="store_true")
    parser.add_argument("--granularity", action="append", choices=("route", "read-write", "resource", "service"), default=[])
    args = parser.parse_intermixed_args()
    # Commands run in other folders.
    args.binary, args.out = args.binary.resolve(), args.out.resolve()
    args.target = args.target.resolve() if args.target else args.out / "target"
    applications = tomllib.loads(TABLE.read_text())["application"]
    if unknown := set(args.names) - {application["name"] for application in applications}:
        sys.exit(f"not in {TABLE.name}: {', '.join(sorted(unknown))}")
    good = True
    print(f"| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}")
    for application in applications:
        name, folder = application["name"], args.checkouts.resolve() / application["name"]
        if args.names and name not in args.names or not folder.is_dir():
            continue
        crates = application.get("crates", [{}])
        for number, crate in enumerate(crates, 1):
            one = name if len(crates) == 1 else f"{name}-{number}"
            for granularity in args.granularity or [None]:
                row, as_it_should = split(args.binary, one, application | crate, folder, args, granularity)
                print(f"| {' | '.join(str(row[column]) for column in COLUMNS)} |", flush=True)
                good &= as_it_should
            if args.clean:
                shutil.rmtree(args.target / one, ignore_errors=True)
    sys.exit(0 if good else 1)


main()
