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
SAMPLE = Path("samples/bookshop")
# The group that is made from the requests of the sample.
SCENARIO = "samples/bookshop/requests.json"
# Groups of random requests.
SEQUENCES = "sequence "


@dataclass
class Mutation:
    """Replaces a text, once."""
    what: str
    file: str
    before: str
    after: str
    # Groups of requests, by the start of their names.
    only: list
    # Of a difference, or `unused`: what the role allows and nothing needed.
    kind: str
    # Of the template; none where the gateway answers by itself.
    function: str | None
    # `status`, `header NAME`, `body`, `calls`: one that has to differ. Of what is not used, the action.
    part: str
    # Words of the cause.
    cause: str
    # Packages that have to be built anew.
    packages: list = field(default_factory=list)
    # Further texts of the template that are replaced: before and after.
    template: list = field(default_factory=list)
    # Texts of the program itself that are replaced: file, before and after. Then it is the program that the functions are not any more.
    program: list = field(default_factory=list)

    def texts(self):
        """What is replaced: file, before and after."""
        own = [(self.file, self.before, self.after)] if self.file else []
        return own + [(TEMPLATE, before, after) for before, after in self.template]

    def edits(self, folder, is_built):
        """Files, and what becomes of their texts: those that have to be there when it is built, or afterwards."""
        if is_built:
            # Code that nothing uses any more is no error.
            for package in self.packages:
                yield next(folder.glob(f"services/*/functions/{package}/src/main.rs")), lambda text: "#![allow(warnings)]\n" + text
        for file, before, after in self.texts():
            if is_built != (file == TEMPLATE):
                yield folder / file, lambda text, before=before, after=after: text.replace(before, after, 1)


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
    Mutation("memory that two routes of the program share", None, "", "", [SEQUENCES],
             "body", "GetBooksFunction", "body", "state that was shared", program=[
                 ("src/routes/catalogue.rs", "    books.truncate(", "    if SEARCHES.load(std::sync::atomic::Ordering::Relaxed) > 0 {\n"
                  "        books.reverse();\n    }\n    books.truncate("),
                 ("src/routes/catalogue.rs", "    Ok(Json(find_books(", "    SEARCHES.fetch_add(1, std::sync::atomic::Ordering::Relaxed);\n"
                  "    Ok(Json(find_books("),
                 ("src/routes/catalogue.rs", "pub fn router(", "static SEARCHES: std::sync::atomic::AtomicUsize = "
                  "std::sync::atomic::AtomicUsize::new(0);\n\npub fn router("),
             ]),
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
    Mutation("a key for another method", TEMPLATE, "Method: DELETE\n            Path: /books/{id}\n",
             "Method: PATCH\n            Path: /books/{id}\n", [SCENARIO],
             "misrouted", "EdgeFunction", "status", "a key is missing"),
    Mutation("two keys that lead to each other's function", TEMPLATE, "Method: GET\n            Path: /books/{id}\n",
             "Method: GET\n            Path: /swapped/{id}\n", [SCENARIO],
             "misrouted", "GetBooksIdStockFunction", "status", "leads to `GetBooksIdStockFunction`", [], [
                 ("Method: GET\n            Path: /books/{id}/stock\n", "Method: GET\n            Path: /books/{id}\n"),
                 ("Method: GET\n            Path: /swapped/{id}\n", "Method: GET\n            Path: /books/{id}/stock\n"),
             ]),
    Mutation("a key that takes more than it should", TEMPLATE, "Method: GET\n            Path: /health\n",
             "Method: GET\n            Path: /{all+}\n", ["methods of /customers/me/session"],
             "status", "GetHealthFunction", "status", "knows no route for the path"),
    Mutation("no `$default`", TEMPLATE, "          /$default:\n            x-amazon-apigateway-any-method:",
             "          /default:\n            x-amazon-apigateway-any-method:", [SCENARIO],
             "no-key", None, "body", "there is no `$default`"),
    Mutation("an action too many", TEMPLATE, "Action: dynamodb:Scan", "Action: [dynamodb:Scan, dynamodb:DeleteItem]", [SCENARIO],
             "unused", "GetBooksFunction", "dynamodb:DeleteItem", ""),
    Mutation("another table in a role", TEMPLATE,
             "Action: dynamodb:PutItem\n                Resource: !Sub arn:${AWS::Partition}:dynamodb:${AWS::Region}:"
             "${AWS::AccountId}:table/${OrdersTable}",
             "Action: dynamodb:PutItem\n                Resource: !Sub arn:${AWS::Partition}:dynamodb:${AWS::Region}:"
             "${AWS::AccountId}:table/${StockTable}", [SCENARIO],
             "denied", "PostOrdersFunction", "status", "may not do dynamodb:PutItem"),
    Mutation("another account in an ARN", TEMPLATE, "Action: dynamodb:Scan\n                Resource: !Sub arn:${AWS::Partition}:"
             "dynamodb:${AWS::Region}:${AWS::AccountId}",
             "Action: dynamodb:Scan\n                Resource: !Sub arn:${AWS::Partition}:dynamodb:${AWS::Region}:999999999999", [SCENARIO],
             "denied", "GetBooksFunction", "status", "may not do dynamodb:Scan"),
    Mutation("another prefix of objects in a role", TEMPLATE,
             "Action: s3:GetObject\n                Resource: !Sub arn:${AWS::Partition}:s3:::${CoversBucket}/covers/*",
             "Action: s3:GetObject\n                Resource: !Sub arn:${AWS::Partition}:s3:::${CoversBucket}/cover/*", [SCENARIO],
             "denied", "GetBooksIdCoverFunction", "status", "may not do s3:GetObject"),
    Mutation("a condition that does not hold", TEMPLATE, "Action: sqs:SendMessage\n                Resource: !Ref OrdersQueueArn",
             "Action: sqs:SendMessage\n                Resource: !Ref OrdersQueueArn\n                Condition:\n"
             "                  StringEquals:\n                    aws:SourceVpce: vpce-1", [SCENARIO],
             "denied", "PostOrdersFunction", "status", "may not do sqs:SendMessage"),
    Mutation("a queue whose messages the role does not allow", TEMPLATE,
             "COUNTERS_TABLE: !Ref CountersTable\n          ORDERS_QUEUE_URL: !Ref OrdersQueueUrl",
             "COUNTERS_TABLE: !Ref CountersTable\n          ORDERS_QUEUE_URL: https://sqs.eu-west-1.amazonaws.com/123456789012/other",
             [SCENARIO], "denied", "PostOrdersFunction", "status", "may not do sqs:SendMessage"),
    Mutation("a variable whose value is refused at the start", TEMPLATE,
             "Variables:\n          ALLOWED_ORIGIN: !Ref AllowedOrigin\n          BOOKS_TABLE",
             'Variables:\n          ALLOWED_ORIGIN: "a\\nb"\n          BOOKS_TABLE', [SCENARIO],
             "failed", "GetBooksFunction", "status", "ended"),
    Mutation("a method that the skeleton lost", f"{EDGE}/src/routes/catalogue.rs", "put(crate::misrouted).delete(crate::misrouted)",
             "put(crate::misrouted)", ["methods of /books/{id}"],
             "header", "EdgeFunction", "header allow", "its skeleton lost or gained a route", ["edge"]),
    Mutation("CORS that is gone from what answers preflights", f"{EDGE}/src/routes/mod.rs", ".layer(cors)", "", ["headers for /books"],
             "status", "EdgeFunction", "status", "has the path and not the method", ["edge"]),
    Mutation("a layer too many: who may ask", f"{BOOKS}/get-books-id/src/routes/catalogue.rs", "get(get_book)",
             "get(get_book).route_layer(from_fn_with_state(state.clone(), require_staff))", [SCENARIO],
             "status", "GetBooksIdFunction", "status", "who may ask", ["get-books-id"]),
    Mutation("a cookie that is not set", f"{CUSTOMERS}/delete-customers-me-session/src/routes/customers.rs",
             "Ok((StatusCode::NO_CONTENT, cookie))", "Ok(StatusCode::NO_CONTENT)", [SCENARIO],
             "header", "DeleteCustomersMeSessionFunction", "cookies", "lost what sets the cookies", ["delete-customers-me-session"]),
    Mutation("a message that is sent twice", f"{ORDERS}/post-orders-id-cancel/src/routes/orders.rs",
             "state.queue.send(&order.id, order.status).await?;",
             "state.queue.send(&order.id, order.status).await?; state.queue.send(&order.id, order.status).await?;", [SCENARIO],
             "calls", "PostOrdersIdCancelFunction", "calls", "does something else", ["post-orders-id-cancel"]),
    Mutation("another type of content", f"{BOOKS}/get-books-id-cover/src/routes/catalogue.rs",
             "(CONTENT_TYPE, cover.content_type)", '(CONTENT_TYPE, "application/octet-stream".to_owned())', [SCENARIO],
             "header", "GetBooksIdCoverFunction", "header content-type", "otherwise", ["get-books-id-cover"]),
    Mutation("a handler that takes too long", f"{BOOKS}/get-books-id-stock/src/routes/catalogue.rs",
             "let stock = state.stock.find(&id).await?;",
             "tokio::time::sleep(std::time::Duration::from_secs(20)).await;\n    let stock = state.stock.find(&id).await?;", [SCENARIO],
             "failed", "GetBooksIdStockFunction", "status", "within its time limit of 3 s", ["get-books-id-stock"],
             [("Timeout: 10", "Timeout: 3")]),
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
        self.programs = folder / "bin"
        self.programs.mkdir()
        # What an earlier run broke may be built, and whole again only in its source.
        if not self.build():
            raise SystemExit(2)
        (folder / "whole").mkdir()
        for manifest in options.workspace.glob("services/*/functions/*/Cargo.toml"):
            shutil.copy(self.built(manifest.parent.name), folder / "whole")
            self.use(manifest.parent.name, folder / "whole")

    def built(self, name):
        return self.options.target_dir / "debug" / name

    def use(self, name, folder):
        (self.programs / name).unlink(missing_ok=True)
        (self.programs / name).symlink_to((folder / name).resolve())

    @contextmanager
    def changed(self, edits):
        """The edits, until the end of the block."""
        before = {}
        try:
            for file, edit in edits:
                text = file.read_text()
                before.setdefault(file, text)
                file.write_text(edit(text))
            yield
        finally:
            for file, text in before.items():
                file.write_text(text)

    def build(self):
        """Whether it builds."""
        # All of it: cargo chooses other features of dependencies for a part.
        return self.cargo(self.options.workspace, ["--workspace"])

    def cargo(self, folder, arguments):
        command = ["cargo", "build", "--quiet", "--offline", *arguments]
        environment = {**os.environ, "CARGO_TARGET_DIR": str(self.options.target_dir.resolve())}
        built = subprocess.run(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
        if built.returncode:
            print(built.stderr, file=sys.stderr)
        return built.returncode == 0

    def build_broken(self, mutations):
        """Builds what is broken, many packages at once; whether all of it compiles."""
        waiting = [mutation for mutation in mutations if mutation.packages]
        while waiting:
            chosen, taken = [], set()
            for mutation in waiting:
                if taken.isdisjoint(mutation.packages):
                    chosen.append(mutation)
                    taken.update(mutation.packages)
            waiting = [mutation for mutation in waiting if mutation not in chosen]
            edits = [edit for mutation in chosen for edit in mutation.edits(self.options.workspace, is_built=True)]
            with self.changed(edits):
                if not self.build():
                    return False
            for mutation in chosen:
                self.broken(mutation).mkdir()
                for package in mutation.packages:
                    shutil.copy(self.built(package), self.broken(mutation))
        return all(self.build_program(mutation) for mutation in mutations if mutation.program)

    def build_program(self, mutation):
        """Builds the program anew under another name; whether it compiles."""
        source, name = self.folder / "program", f"{SAMPLE.name}-broken"
        shutil.rmtree(source, ignore_errors=True)
        shutil.copytree(SAMPLE, source, ignore=shutil.ignore_patterns("target"))
        manifest = ("Cargo.toml", f'name = "{SAMPLE.name}"', f'name = "{name}"')
        for file, before, after in [manifest, *mutation.program]:
            text = (source / file).read_text()
            if before not in text:
                print(f"{mutation.what}: {file} does not hold {before!r}", file=sys.stderr)
                return False
            (source / file).write_text(text.replace(before, after, 1))
        self.broken(mutation).mkdir()
        built = self.cargo(source, [])
        if built:
            shutil.copy(self.built(name), self.broken(mutation) / "program")
        return built

    def broken(self, mutation):
        return self.folder / f"broken-{MUTATIONS.index(mutation)}"

    @contextmanager
    def with_broken(self, mutation):
        """The programs and the template of a mutation, until the end of the block."""
        with self.changed(mutation.edits(self.options.workspace, is_built=False)):
            for package in mutation.packages:
                self.use(package, self.broken(mutation))
            yield
        for package in mutation.packages:
            self.use(package, self.folder / "whole")

    def verify(self, groups, program=None):
        """What is said of the answers, or nothing where nothing could be asked."""
        command = [self.options.program, "verify", "--quiet", "--manifest-path", "samples/bookshop/Cargo.toml",
                   "--out", self.options.workspace, "--run", "--region", "eu-west-1", "--format", "json",
                   "--bin-dir", self.programs, "--monolith", program or self.options.monolith, "--aws", self.options.aws,
                   "--seed", "samples/bookshop/seed.json", "--requests", SCENARIO, "--logs", self.folder / "logs"]
        for group in groups:
            command += ["--only", group]
        if SEQUENCES in groups:
            command += ["--sequences", "40"]
        ran = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True)
        return json.loads(ran.stdout)["answers"] if ran.returncode in (0, 5) else None


def is_reported(mutation, answers):
    """Whether it is among what is reported."""
    if mutation.kind == "unused":
        found = [(one["function"], one["action"]) for one in answers["unused"]]
        return (mutation.function, mutation.part) in found
    return any(
        found["kind"] == mutation.kind and found["function"] == mutation.function and mutation.cause in found["cause"]
        and any(part["what"] == mutation.part for part in found["parts"])
        for found in answers["differences"])


def check(workspace, mutation):
    """A sentence about what is wrong, if something is."""
    with workspace.with_broken(mutation):
        answers = workspace.verify(mutation.only, workspace.broken(mutation) / "program" if mutation.program else None)
    if answers is None:
        return "it could not be compared"
    if SEQUENCES in mutation.only and not any(one["is_minimal"] and one["requests"] < 4 for one in answers["sequences"]):
        return f"no short sequence shows it: {answers['sequences']}"
    if is_reported(mutation, answers):
        return None
    found = sorted({(one["kind"], one["function"], one["cause"]) for one in answers["differences"]}, key=str)
    return f"it is not reported as `{mutation.kind}`, but as {found}"


def run(options, folder):
    chosen = [one for one in MUTATIONS if not options.only or any(text in one.what for text in options.only)]
    for mutation in chosen:
        now = {}
        for file, before, after in mutation.texts():
            text = now.get(file) or (options.workspace / file).read_text()
            if before not in text:
                print(f"mutations: {mutation.what}: {file} does not hold {before!r}", file=sys.stderr)
                return 2
            now[file] = text.replace(before, after, 1)
    workspace = Workspace(options, folder)
    groups = sorted({group for mutation in chosen for group in mutation.only})
    answers = workspace.verify(groups)
    if answers is None:
        print("mutations: the workspace could not be compared", file=sys.stderr)
        return 2
    if answers["different"] or not answers["equal"]:
        print(f"mutations: {answers['different']} of {answers['requests']} differ before anything is broken", file=sys.stderr)
        return 2
    reported = [mutation.what for mutation in chosen if mutation.kind == "unused" and is_reported(mutation, answers)]
    if reported:
        print(f"mutations: reported before anything is broken: {reported}", file=sys.stderr)
        return 2
    if not workspace.build_broken(chosen):
        print("mutations: what is broken does not compile", file=sys.stderr)
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
