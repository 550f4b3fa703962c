#!/usr/bin/env python3
"""Sends the same requests to a monolith and to its split and compares everything that comes back.

Both sides stand behind a model of an API Gateway HTTP API (gateway.py) and run their real binaries against a stand-in
for the Lambda Runtime API (lambda_host.py), each with a fake AWS of its own (fake_aws.py). The monolith has one route,
`$default`; the split has the routes of its template (template.py), and each of its functions only the permissions of its role
(iam_proxy.py). The requests come from the sample's requests.json and from the template's routes (workload.py). Compared are status, headers
(but `date`), cookies and body of each answer, and after each group of requests the contents of all tables, buckets and queues.

Exit codes: 0 equal, 1 something differs, a request was misrouted or a permission is missing, 2 it could not be run.
"""

import argparse
import base64
import difflib
import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import processes
from aws_request import Account
from fake_aws import FakeAws
from gateway import MATCHINGS, Gateway, Route
from iam_proxy import IamProxy
from lambda_host import LambdaHost
from template import Deployment, TemplateError
from workload import Workload

IGNORED_HEADERS = {"date"}
SHOWN_BODY = 600


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=Path, required=True, help="folder with seed.json and requests.json")
    parser.add_argument("--workspace", type=Path, required=True, help="generated workspace with template.yaml")
    parser.add_argument("--bin-dir", type=Path, required=True, help="folder with the built functions")
    parser.add_argument("--monolith", type=Path, required=True, help="built program of the sample")
    parser.add_argument("--matching", choices=sorted(MATCHINGS), default="strict", help="how the gateway matches")
    parser.add_argument("--rewritten", action="store_true", help="add paths that the function sees differently")
    parser.add_argument("--only", action="append", default=[], help="only groups whose name starts so (repeatable)")
    parser.add_argument("--skip", action="append", default=[], help="no groups or requests whose name starts so (repeatable)")
    parser.add_argument("--logs", type=Path, help="keep the logs of all processes in this folder")
    parser.add_argument("--max-shown", type=int, default=20, help="how many differences to print (default 20)")
    parser.add_argument("--verbose", action="store_true", help="print every request and its status")
    return parser.parse_args()


class Side:
    """A deployed application with everything around it."""

    def __init__(self, stack, name, seed, logs, routes, functions, matching, policies=None):
        logs = logs / name
        logs.mkdir(parents=True, exist_ok=True)
        self.aws = stack.enter_context(FakeAws(seed, logs / "moto.log"))
        self.proxy = stack.enter_context(IamProxy(self.aws.endpoint, Account.of(seed)))
        self.proxy.policies = policies
        self.host = stack.enter_context(LambdaHost(self.proxy.endpoint, logs))
        for function, binary, environment in functions:
            self.host.deploy(function, binary, environment)
        self.gateway = Gateway(routes, self.host, matching)


def find_binary(folder, name):
    for path in (folder / name, folder / name / "bootstrap"):
        if path.is_file():
            return path.resolve()
    raise TemplateError(f"no program {name} in {folder}")


def shown(response):
    """A response as lines of text, for comparing and for reading."""
    body = response.body
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = f"base64: {base64.b64encode(body).decode()}"
    lines = [f"status {response.status}"]
    lines += [f"{key}: {value}" for key, value in sorted(response.headers.items()) if key not in IGNORED_HEADERS]
    lines += [f"set-cookie: {cookie}" for cookie in response.cookies]
    return [*lines, "", *text.splitlines(keepends=False), f"({len(body)} bytes)"]


def differs(left, right):
    # Bytes first: two bodies may look the same as text.
    return left.body != right.body or shown(left) != shown(right)


def clip(line):
    return line if len(line) <= SHOWN_BODY else f"{line[:SHOWN_BODY]}... ({len(line)} characters)"


class Comparison:
    def __init__(self, workload, monolith, split, pool, options):
        self.workload = workload
        self.pool = pool
        self.monolith = monolith
        self.split = split
        self.options = options
        self.sent = 0
        self.different = 0
        self.state_differences = 0
        self.succeeded = set()
        self.failures = {}

    def _both(self, act):
        """Does the same to both sides at once: they share nothing."""
        left = self.pool.submit(act, self.monolith)
        right = act(self.split)
        return left.result(), right

    def run(self, group):
        self._both(lambda side: side.aws.reset())
        for request in group.requests:
            if request.name.startswith(tuple(self.options.skip)):
                continue
            self.sent += 1
            left, right = self._both(lambda side, request=request: side.gateway.handle(request, self.sent))
            self.workload.learn(request, left.status)
            self._note(request, left, right)
            if differs(left, right):
                self.different += 1
                self._show(group, request, left, right)
        self._compare_contents(group)

    def _note(self, request, left, right):
        chosen = self.split.gateway.choose(request.method, request.path)
        if chosen is not None and 200 <= right.status < 300:
            self.succeeded.add(chosen[0].key)
        # An answer of 5xx on both sides is equal, but rarely what the sample meant to show.
        if left.status >= 500:
            self.failures.setdefault(f"{left.status} {request.method} {request.path[:80]}", left.note)
        if self.options.verbose:
            print(f"{left.status} {right.status} {request.method} {request.target[:80]} ({request.name})")

    def _show(self, group, request, left, right):
        if self.different > self.options.max_shown:
            return
        print(f"\nDIFFERENT in {group.name}: {request.method} {clip(request.target)} ({request.name})")
        for key, value in request.headers:
            print(f"    > {key}: {value}")
        if request.body:
            print(f"    > {clip(repr(request.body))}")
        chosen = self.split.gateway.choose(request.method, request.path)
        print(f"    answered by {right.function}, route {chosen[0].key if chosen else '(none)'}")
        for side, response in (("monolith", left), ("split", right)):
            if response.note:
                print(f"    {side}: {response.note}")
        lines = difflib.unified_diff(shown(left), shown(right), "monolith", "split", lineterm="", n=1)
        for line in lines:
            print(f"    {clip(line)}")

    def _compare_contents(self, group):
        left, right = self._both(lambda side: side.aws.contents())
        for place in sorted(left.keys() | right.keys()):
            here, there = left.get(place, {}), right.get(place, {})
            for key in sorted(here.keys() | there.keys()):
                if here.get(key) != there.get(key):
                    self.state_differences += 1
                    print(f"\nDIFFERENT CONTENTS after {group.name}: {place}, {key}")
                    for side, values in (("monolith", here), ("split", there)):
                        print(f"    {side}: {clip(json.dumps(values.get(key), sort_keys=True, default=str))}")


def selected(group, options):
    if options.only and not group.name.startswith(tuple(options.only)):
        return False
    return not group.name.startswith(tuple(options.skip))


def run(options, stack):
    seed = json.loads((options.sample / "seed.json").read_text())
    document = json.loads((options.sample / "requests.json").read_text())
    deployment = Deployment(options.workspace / "template.yaml", seed)
    routes = deployment.routes()
    functions = [(f.name, find_binary(options.bin_dir, f.binary), f.environment) for f in deployment.functions()]
    policies = {name: [one.document for one in deployment.statements(name)] for name, _, _ in functions}
    # What stays in the monolith is answered by the function that exists, with its own role.
    for name in deployment.existing(routes):
        functions.append((name, options.monolith.resolve(), seed["environment"]))
        policies[name] = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    logs = options.logs or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="equivalence-")))

    # First, hence closed last: the kernel ends a child together with the thread that started it.
    pool = stack.enter_context(ThreadPoolExecutor(max_workers=1))
    matching = MATCHINGS[options.matching]
    whole = [("monolith", options.monolith.resolve(), seed["environment"])]
    monolith = Side(stack, "monolith", seed, logs, [Route("ANY", None, "monolith")], whole, matching)
    split = Side(stack, "split", seed, logs, routes, functions, matching, policies)

    workload = Workload(document, routes)
    comparison = Comparison(workload, monolith, split, pool, options)
    started = time.monotonic()
    for group in workload.groups(options.rewritten):
        if selected(group, options):
            comparison.run(group)

    keys = {route.key for route in routes}
    for key in sorted(keys - comparison.succeeded - {"$default"}):
        print(f"note: no request to {key} was answered with 2xx")
    for answer, note in list(comparison.failures.items())[:10]:
        print(f"note: the monolith answers {answer} {note}")
    misrouted = split.host.lines_with("misrouted")
    for function, line in misrouted[: options.max_shown]:
        print(f"MISROUTED in {function}: {clip(line)}")
    denied = [str(denial) for denial in dict.fromkeys(split.proxy.denials)]
    denied += dict.fromkeys(monolith.proxy.problems + split.proxy.problems)
    for line in denied[: options.max_shown]:
        print(f"NOT ALLOWED: {clip(line)}")
    sent, different = comparison.sent, comparison.different
    seconds = time.monotonic() - started
    print(f"{len(functions)} functions, {len(keys)} route keys, {seconds:.0f} s")
    if comparison.state_differences or misrouted:
        print(f"{comparison.state_differences} differences of contents, {len(misrouted)} misrouted requests")
    print(f"{sent} requests, {sent - different} equal, {different} different")
    return 1 if different or comparison.state_differences or misrouted or denied or not sent else 0


def main():
    options = arguments()
    processes.exit_on_signals()
    with ExitStack() as stack:
        try:
            return run(options, stack)
        except (TemplateError, OSError) as error:
            print(f"equivalence: {error}", file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main())
