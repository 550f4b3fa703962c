#!/usr/bin/env python3
"""Breaks a generated workspace in one place at a time, builds what that place belongs to, and looks whether `lith-split verify --run` says so.

Each mutation names the requests that show it, and the kind of difference, the function and the part of the answer that have to be reported.
The workspace is changed where it lies, so that what was built of it counts, and changed back afterwards. Before all else, it has to be
equal for all these requests: what is reported afterwards comes from the mutation.

Exit codes: 0 each mutation is reported as what it is, 1 one is not, 2 it could not be run.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import processes

BOOKS = "services/books/functions"
CUSTOMERS = "services/customers/functions"
ORDERS = "services/orders/functions"
EDGE = "services/edge/functions/edge"
TEMPLATE = "template.yaml"
# The group that is made from the requests of the sample.
SCENARIO = "samples/bookshop/requests.json"


@dataclass
class Mutation:
    """Replaces a text, once."""
    what: str
    file: str
    before: str
    after: str
    # Groups of requests, by the start of their names.
    only: list
    kind: str
    # Of the template.
    function: str
    # `status`, `header NAME`, `body`, `calls`: one that has to differ.
    part: str
    # Words of the cause.
    cause: str
    # Packages that have to be built anew.
    packages: list = field(default_factory=list)

    def edits(self, folder):
        """Files, and what becomes of their texts."""
        # Code that nothing uses any more is no error.
        for package in self.packages:
            yield next(folder.glob(f"services/*/functions/{package}/src/main.rs")), lambda text: "#![allow(warnings)]\n" + text
        yield folder / self.file, lambda text: text.replace(self.before, self.after, 1)


# Of samples/bookshop.
MUTATIONS = [
    Mutation("a stub in place of a handler", f"{BOOKS}/get-books/src/routes/catalogue.rs",
             'get(list_books)', 'get(crate::misrouted)', [SCENARIO],
             "misrouted", "GetBooksFunction", "status", "has a stub for `GET /books`", ["get-books"]),
    Mutation("another handler answers", f"{BOOKS}/get-books/src/routes/catalogue.rs",
             "books.truncate(", "books.reverse();\n    books.truncate(", [SCENARIO],
             "body", "GetBooksFunction", "body", "another handler", ["get-books"]),
    Mutation("a layer that is gone: who may ask", f"{BOOKS}/put-books-id-cover/src/routes/catalogue.rs",
             ".route_layer(from_fn_with_state(state.clone(), require_staff))", "", ["methods of /books/{id}/cover"],
             "status", "PutBooksIdCoverFunction", "status", "who may ask", ["put-books-id-cover"]),
    Mutation("the limit for bodies", f"{BOOKS}/put-books-id-cover/src/routes/catalogue.rs",
             "DefaultBodyLimit::max(MAX_COVER_BYTES)", "DefaultBodyLimit::max(1000)", ["bodies of /books/{id}/cover"],
             "status", "PutBooksIdCoverFunction", "status", "the limit for bodies", ["put-books-id-cover"]),
    Mutation("the order of layers", f"{EDGE}/src/routes/mod.rs",
             ".fallback(not_found)\n        // The last layer is the outermost: every request is traced, also one that CORS answers.\n        .layer(cors)",
             ".layer(cors)\n        .fallback(not_found)", [SCENARIO],
             "header", "EdgeFunction", "header vary", "lost what sets the header", ["edge"]),
    Mutation("a header that is gone", f"{BOOKS}/get-books/src/routes/mod.rs",
             ".layer(cors)", "", [SCENARIO],
             "header", "GetBooksFunction", "header vary", "lost what sets the header", ["get-books"]),
    Mutation("a header with another value", f"{BOOKS}/get-books/src/routes/mod.rs",
             ".allow_credentials(true)", ".allow_credentials(true)\n        .expose_headers([CONTENT_TYPE])",
             [SCENARIO], "header", "GetBooksFunction", "header access-control-expose-headers",
             "something more that sets the header", ["get-books"]),
    Mutation("a fallback that is gone", f"{EDGE}/src/routes/mod.rs", ".fallback(not_found)", "", [SCENARIO],
             "header", "EdgeFunction", "body", "lost what sets the header content-type", ["edge"]),
    Mutation("a path that the skeleton lost", f"{EDGE}/src/routes/mod.rs", '.nest("/admin", admin::router(&state))', "", [SCENARIO],
             "status", "EdgeFunction", "status", "knows no route for the path", ["edge"]),
    Mutation("a value that stays in the memory of one function", f"{BOOKS}/get-books-featured/src/routes/catalogue.rs",
             "Ok(Json(state.books.featured().await?))",
             "static KEPT: std::sync::Mutex<Option<Vec<Book>>> = std::sync::Mutex::new(None);\n"
             "    let kept = KEPT.lock().unwrap().clone();\n"
             "    let books = match kept {\n"
             "        Some(books) => books,\n"
             "        None => state.books.featured().await?,\n"
             "    };\n"
             "    *KEPT.lock().unwrap() = Some(books.clone());\n"
             "    Ok(Json(books))", [SCENARIO],
             "body", "GetBooksFeaturedFunction", "body", "state that was shared", ["get-books-featured"]),
    Mutation("a message that is not sent", f"{ORDERS}/post-orders/src/routes/orders.rs",
             "state.queue.send(&order.id, order.status).await?;", "", [SCENARIO],
             "calls", "PostOrdersFunction", "calls", "does something else", ["post-orders"]),
    Mutation("another header from a handler", f"{ORDERS}/post-orders/src/routes/orders.rs",
             'format!("/orders/{}", order.id)', 'format!("/order/{}", order.id)', [SCENARIO],
             "header", "PostOrdersFunction", "header location", "otherwise", ["post-orders"]),
    Mutation("another status from a handler", f"{ORDERS}/post-orders/src/routes/orders.rs",
             "StatusCode::CREATED", "StatusCode::OK", [SCENARIO],
             "status", "PostOrdersFunction", "status", "something else than the program", ["post-orders"]),
    Mutation("a handler that panics", f"{ORDERS}/post-orders/src/routes/orders.rs",
             "new.validate()?;", 'new.validate().expect("it is valid");', [SCENARIO],
             "failed", "PostOrdersFunction", "status", "panicked at", ["post-orders"]),
    Mutation("a key that is gone", TEMPLATE, "Method: PUT\n            Path: /books/{id}\n",
             "Method: PUT\n            Path: /other/{id}\n", [SCENARIO],
             "misrouted", "EdgeFunction", "status", "a key is missing"),
    Mutation("a key for HEAD that is gone", TEMPLATE, "Method: HEAD\n            Path: /books\n",
             "Method: HEAD\n            Path: /other\n", [SCENARIO],
             "misrouted", "EdgeFunction", "status", "a key is missing"),
    Mutation("the program of another function", TEMPLATE, "Binary: get-books\n", "Binary: get-books-featured\n", [SCENARIO],
             "status", "GetBooksFunction", "status", "knows no route for the path"),
    Mutation("a variable that is missing", TEMPLATE, "Variables:\n          ALLOWED_ORIGIN: !Ref AllowedOrigin\n          BOOKS_TABLE",
             "Variables:\n          OTHER_ORIGIN: !Ref AllowedOrigin\n          BOOKS_TABLE", [SCENARIO],
             "failed", "GetBooksFunction", "status", "ended"),
    Mutation("a variable with another value", TEMPLATE, "Variables:\n          ALLOWED_ORIGIN: !Ref AllowedOrigin\n          BOOKS_TABLE",
             "Variables:\n          ALLOWED_ORIGIN: https://other.example.com\n          BOOKS_TABLE", [SCENARIO],
             "header", "GetBooksFunction", "header access-control-allow-origin", "otherwise"),
    Mutation("an action that the role lacks", TEMPLATE, "Action: dynamodb:Scan", "Action: dynamodb:Query", [SCENARIO],
             "denied", "GetBooksFunction", "status", "may not do dynamodb:Scan"),
    Mutation("a variable that names another table", TEMPLATE, "BOOKS_TABLE: !Ref BooksTable\n          SESSIONS_TABLE",
             "BOOKS_TABLE: !Ref SessionsTable\n          SESSIONS_TABLE", [SCENARIO],
             "denied", "GetBooksFunction", "status", "may not do dynamodb:Scan"),
]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, required=True, help="lith-split")
    parser.add_argument("--workspace", type=Path, required=True, help="workspace generated from samples/bookshop")
    parser.add_argument("--monolith", type=Path, required=True, help="the built program")
    parser.add_argument("--target-dir", type=Path, required=True, help="where the workspace and its dependencies are built")
    parser.add_argument("--aws", required=True, help="command that starts what stands for AWS, with {port}")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="mutations whose name has this (repeatable)")
    return parser.parse_args()


class Workspace:
    """A generated workspace and its programs, to be changed."""

    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.whole, self.programs = folder / "whole", folder / "bin"
        self.whole.mkdir()
        self.programs.mkdir()
        # What an earlier run broke may be built, and whole again only in its source.
        if not self.build([]):
            raise SystemExit(2)
        changed = {package for mutation in MUTATIONS for package in mutation.packages}
        for manifest in options.workspace.glob("services/*/functions/*/Cargo.toml"):
            name = manifest.parent.name
            built = (options.target_dir / "debug" / name).resolve()
            if name in changed:
                shutil.copy(built, self.whole / name)
                built = self.whole / name
            (self.programs / name).symlink_to(built)

    def use(self, name, program):
        (self.programs / name).unlink()
        (self.programs / name).symlink_to(program.resolve())

    @contextmanager
    def changed(self, mutation):
        """The mutation, until the end of the block."""
        before = {}
        try:
            for file, edit in mutation.edits(self.options.workspace):
                before[file] = file.read_text()
                file.write_text(edit(before[file]))
            yield
        finally:
            for file, text in before.items():
                file.write_text(text)
            for package in mutation.packages:
                self.use(package, self.whole / package)

    def build(self, packages):
        """Whether it builds; what is built takes the place of what was there."""
        # All of it: cargo chooses other features of dependencies for a part.
        command = ["cargo", "build", "--quiet", "--offline", "--workspace"]
        environment = {**os.environ, "CARGO_TARGET_DIR": str(self.options.target_dir.resolve())}
        built = subprocess.run(command, cwd=self.options.workspace, env=environment, stderr=subprocess.PIPE, text=True)
        if built.returncode:
            print(built.stderr, file=sys.stderr)
            return False
        for package in packages:
            self.use(package, self.options.target_dir / "debug" / package)
        return True

    def verify(self, groups):
        """What is said of the answers, or nothing where nothing could be asked."""
        command = [self.options.program, "verify", "--quiet", "--manifest-path", "samples/bookshop/Cargo.toml",
                   "--out", self.options.workspace, "--run", "--region", "eu-west-1", "--format", "json",
                   "--bin-dir", self.programs, "--monolith", self.options.monolith, "--aws", self.options.aws,
                   "--seed", "samples/bookshop/seed.json", "--requests", SCENARIO, "--logs", self.folder / "logs"]
        for group in groups:
            command += ["--only", group]
        ran = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True)
        return json.loads(ran.stdout)["answers"] if ran.returncode in (0, 5) else None


def differs(mutation, answers):
    """Whether the difference is among those that are reported."""
    return any(
        found["kind"] == mutation.kind and found["function"] == mutation.function and mutation.cause in found["cause"]
        and any(part["what"] == mutation.part for part in found["parts"])
        for found in answers["differences"])


def check(workspace, mutation):
    """A sentence about what is wrong, if something is."""
    if mutation.before not in (workspace.options.workspace / mutation.file).read_text():
        return f"{mutation.file} does not hold {mutation.before!r}"
    with workspace.changed(mutation):
        if mutation.packages and not workspace.build(mutation.packages):
            return "it does not compile"
        answers = workspace.verify(mutation.only)
    if answers is None:
        return "it could not be compared"
    if differs(mutation, answers):
        return None
    found = sorted({(one["kind"], one["function"], one["cause"]) for one in answers["differences"]}, key=str)
    return f"it is not reported as `{mutation.kind}`, but as {found}"


def run(options, folder):
    workspace = Workspace(options, folder)
    chosen = [one for one in MUTATIONS if not options.only or any(text in one.what for text in options.only)]
    groups = sorted({group for mutation in chosen for group in mutation.only})
    answers = workspace.verify(groups)
    if answers is None:
        print("mutations: the workspace could not be compared", file=sys.stderr)
        return 2
    if answers["different"] or not answers["equal"]:
        print(f"mutations: {answers['different']} of {answers['requests']} differ before anything is broken", file=sys.stderr)
        return 2
    wrong = 0
    for mutation in chosen:
        problem = check(workspace, mutation)
        wrong += problem is not None
        print(f"{'WRONG' if problem else 'ok   '} {mutation.kind:10} {mutation.what}{': ' + problem if problem else ''}", flush=True)
    print(f"{len(chosen)} mutations, {wrong} not reported as what they are")
    return 1 if wrong else 0


def main():
    options = arguments()
    processes.exit_on_signals()
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        return run(options, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
