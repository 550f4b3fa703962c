#!/usr/bin/env python3
"""Compare public applications with what they are split into, answer by answer: a row of Markdown for each.

usage: verify_public.py LITH_SPLIT CHECKOUTS OUT [NAME ...]

CHECKOUTS holds a folder NAME for each folder of tests/public, at the commit that tests/corpus.toml names; one that is not there is
skipped. tests/public has the data that each starts from, and requests. OUT gets a workspace for each, in place of an older one, and
the evidence as NAME.json and NAME.html. All is built in OUT/target, or in CARGO_TARGET_DIR. `moto_server` has to be on the path:
`pip install -r tests/e2e/requirements.txt`.

Exit code 1 where an application cannot be split or run, an answer differs, or a role allows too little, or what no request needed.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tomllib

TESTS = pathlib.Path(__file__).resolve().parent.parent / "tests"
COLUMNS = ("application", "requests", "equal", "different", "open", "permissions", "used", "denied", "calls of AWS")
AWS = "moto_server -H 127.0.0.1 -p {port}"
REGION = "eu-north-1"


def row(name, answers):
    """What the evidence says of an application."""
    counts = [answers[key] for key in ("requests", "equal", "different")]
    granted = answers["granted"]
    used = granted - len(answers["unused"])
    return [name, *counts, len(answers["open"]), granted, used, len(answers["denied"]), answers["calls"]]


def compare(binary, name, manifest, out):
    """The row of an application, and whether it is as it should be."""
    workspace, evidence, given = out / name, out / f"{name}.json", TESTS / "public" / name
    program = ["--manifest-path", manifest, "--out", workspace]
    shutil.rmtree(workspace, ignore_errors=True)
    evidence.unlink(missing_ok=True)
    if subprocess.run([binary, "generate", "--quiet", *program], check=False).returncode != 0:
        return [name, "not generated"], False
    done = subprocess.run(
        [binary, "verify", *program, "--run", "--region", REGION, "--aws", AWS, "--deny-unused",
         "--seed", given / "seed.json", "--requests", given / "requests.json",
         "--report", evidence, "--report", evidence.with_suffix(".html")],
        stdout=sys.stderr, check=False,
    )
    if not evidence.exists():
        return [name, "not run"], False
    return row(name, json.loads(evidence.read_text())["answers"]), done.returncode == 0


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n", 2)[1].removeprefix("usage: "))
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("checkouts", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    # cargo runs in other folders.
    out = args.out.resolve()
    os.environ.setdefault("CARGO_TARGET_DIR", str(out / "target"))
    good = True
    print(f"| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}")
    for application in tomllib.loads((TESTS / "corpus.toml").read_text())["application"]:
        name = application["name"]
        manifest = args.checkouts / name / application.get("manifest", "Cargo.toml")
        if not (TESTS / "public" / name).is_dir() or args.names and name not in args.names or not manifest.exists():
            continue
        cells, as_it_should = compare(args.binary, name, manifest, out)
        print(f"| {' | '.join(map(str, cells))} |", flush=True)
        good &= as_it_should
    sys.exit(0 if good else 1)


main()
