#!/usr/bin/env python3
"""Compare the route tables of public applications with what their own documents say.

usage: corpus.py LITH_SPLIT CHECKOUTS [NAME ...]

CHECKOUTS holds a folder NAME for each application of tests/corpus.toml, at the commit named there; one that is not there is
skipped. Prints expected against found; exit code 1 on a difference, 2 where nothing could be compared.
"""

import json
import pathlib
import re
import subprocess
import sys
import time
import tomllib

TABLE = pathlib.Path(__file__).resolve().parent.parent / "tests" / "corpus.toml"
METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
LIMIT = 600  # seconds for one application


def normal(route):
    """A route without the names of its parameters; `{?}`, a part known only at run time, stays."""
    method, path = route.split(" ", 1)
    path = re.sub(r"\{\*?[^{}?]*\}", "{}", path)
    path = re.sub(r"(?<=/)[:*][A-Za-z_]\w*", "{}", path)
    return f"{method} {path}"


def operations_of_json(text):
    paths = json.loads(text)["paths"]
    return [(method, path) for path, item in paths.items() for method in item if method in METHODS]


def operations_of_snapshot(text):
    """A snapshot of the crate `insta`: a header between two lines of dashes, then the document."""
    return operations_of_json(text.split("\n---\n", 1)[1])


def operations_of_yaml(text):
    """Keys of `paths:` only, which generators write one a line; no YAML reader is in the standard library."""
    operations, path, inside, depth = [], None, False, None
    for line in text.splitlines():
        if re.match(r"\S", line):
            inside = line.startswith("paths:")
            continue
        found = re.match(r"( +)(['\"]?)([^\s'\"#][^'\"]*?)\2:\s*(?:\{\})?$", line)
        if not inside or not found:
            continue
        indent, key = len(found[1]), found[3]
        if key.startswith("/") and depth in (None, indent):
            depth, path = indent, key
        elif key in METHODS and path is not None and indent == 2 * depth:
            operations.append((key, path))
    return operations


def operations_of_typescript(text):
    """The interface `paths` of the generator openapi-typescript."""
    text = text.split("export interface paths {", 1)[1].split("\n}\n", 1)[0]
    operations, path = [], None
    for line in text.splitlines():
        if found := re.match(r'    "(/[^"]*)": \{$', line):
            path = found[1]
        elif (found := re.match(r"        (\w+): ", line)) and found[1] in METHODS:
            operations.append((found[1], path))
    return operations


READERS = {
    "json": operations_of_json,
    "snapshot": operations_of_snapshot,
    "yaml": operations_of_yaml,
    "typescript": operations_of_typescript,
}


def expected_routes(application, folder):
    """Routes of the documents, with the documented differences applied; and what is wrong with those."""
    routes, wrong = set(), []
    for document in application.get("document", []):
        text = (folder / document["file"]).read_text()
        for method, path in READERS[document["format"]](text):
            routes.add(normal(f"{method.upper()} {document.get('prefix', '')}{path}"))
    routes |= {normal(route) for route in application.get("listed", [])}
    for difference in application.get("difference", []):
        for route in map(normal, difference["routes"]):
            in_document = route in routes
            if in_document != (difference["only"] == "document"):
                wrong.append(f"{route}: said to be only in the {difference['only']}, which is not so")
            (routes.discard if in_document else routes.add)(route)
    return routes, wrong


def analyze(binary, application, folder):
    command = [binary, "analyze", "--format", "json", "--manifest-path", folder / application.get("manifest", "Cargo.toml")]
    for key, option in (("package", "--package"), ("bin", "--bin"), ("features", "--features")):
        if key in application:
            command += [option, application[key]]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)


def compare(binary, application, folder):
    """Whether an application's routes are as expected; says so on standard output."""
    name = application["name"]
    expected, wrong = expected_routes(application, folder)
    found, seconds = [], 0.0
    for crate in application.get("crates", [{}]):
        start = time.monotonic()
        try:
            done = analyze(binary, application | crate, folder)
        except subprocess.TimeoutExpired:
            print(f"{name}: FAILED, no answer in {LIMIT} s")
            return False
        seconds += time.monotonic() - start
        if done.returncode != 0:
            print(f"{name}: FAILED, exit code {done.returncode}: {done.stderr.strip()[-300:]}")
            return False
        found += [normal(f"{route['method']} {route['path']}") for route in json.loads(done.stdout)["routes"]]
    got = set(found)
    wrong += [f"missing {route}" for route in sorted(expected - got)]
    wrong += [f"too much {route}" for route in sorted(got - expected)]
    wrong += [f"twice {route}" for route in sorted(got) if found.count(route) > 1]
    if len(expected) != application["routes"]:
        wrong.append(f"{application['routes']} routes are said to be there, the sources give {len(expected)}")
    print(f"{name}: expected {len(expected)}, found {len(got)}, right {len(got & expected)}, {seconds:.2f} s")
    for line in wrong:
        print(f"  {line}")
    return not wrong


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    binary, checkouts, names = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    # Without `routes` an application is only split, by `split_corpus.py`.
    applications = [one for one in tomllib.loads(TABLE.read_text())["application"] if "routes" in one]
    if unknown := set(names) - {application["name"] for application in applications}:
        sys.exit(f"not in {TABLE.name}: {', '.join(sorted(unknown))}")
    compared, good = 0, True
    for application in applications:
        folder = checkouts / application["name"]
        if names and application["name"] not in names:
            continue
        if not folder.is_dir():
            print(f"{application['name']}: skipped, no checkout")
            continue
        compared += 1
        good &= compare(binary, application, folder)
    if not compared:
        print("nothing to compare")
        sys.exit(2)
    sys.exit(0 if good else 1)


main()
