#!/usr/bin/env python3
"""Sends requests to a generated workspace behind `lith-split run`, with a fake AWS (fake_aws.py), and measures what a request costs.

Each request is given with the status of its answer. Then one that no route takes is
sent many times: it needs no AWS, so that its time is that of gateway, Runtime API and function. With `--rounds`, the sample's requests.json is
sent as often, each time from the same data: each answer has to have the status that it had first, and none is 5xx. At the end `run` gets SIGTERM, and none of
its processes may be left.

Exit codes: 0 all of this holds, 1 something does not, 2 it could not be run.
"""

import argparse
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import processes
from fake_aws import REGION, FakeAws
from workload import requests as requests_of


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, required=True, help="lith-split")
    parser.add_argument("--sample", type=Path, required=True, help="folder with seed.json")
    parser.add_argument("--workspace", type=Path, required=True, help="generated workspace with template.yaml")
    parser.add_argument("--bin-dir", type=Path, required=True, help="folder with the built functions")
    parser.add_argument("--rounds", type=int, default=0, help="how often requests.json of the sample is sent (default 0)")
    parser.add_argument("--request", action="append", default=[], metavar="STATUS METHOD PATH [BODY]",
                        help="a request and the status of its answer (repeatable)")
    parser.add_argument("--times", type=int, default=300, help="how often the request without AWS is sent (default 300)")
    parser.add_argument("--at-most", type=float, help="milliseconds that its median may take")
    return parser.parse_args()


def alive(pid):
    """Whether a process runs: one that ended and whose status nobody asked for does not."""
    try:
        return not Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += (task / "children").read_text().split()
    return found


def resident(pid):
    """Kilobytes of memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def send(connection, method, path, body=None):
    headers = {} if body is None else {"content-type": "application/json"}
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def rounds(options, aws, connection, pid):
    """How many answers are not what they have to be."""
    requests = requests_of(json.loads((options.sample / "requests.json").read_text()))
    wrong = sent = 0
    first = before = None
    for _ in range(options.rounds):
        aws.reset()
        statuses = []
        for request in requests:
            connection.request(request.method, request.target, body=request.body or None, headers=dict(request.headers))
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        sent += len(requests)
        first = first or statuses
        for request, status, expect in zip(requests, statuses, first, strict=True):
            if status != expect or status >= 500:
                wrong += 1
                print(f"WRONG: {request.method} {request.target} is answered by {status}, first by {expect} ({request.name})")
        own = [resident(child) for child in children(pid)]
        if before is None:
            before = resident(pid), sum(own)
    print(f"{sent} requests of the sample, {wrong} wrong; memory of lith-split {before[0]} kB after the first round, {resident(pid)} kB "
          f"at the end; of its {len(own)} functions {before[1]} and {sum(own)} kB")
    return wrong


def check(options, aws, connection, pid):
    wrong = rounds(options, aws, connection, pid) if options.rounds else 0
    for line in options.request:
        status, method, path, body = (line.split(" ", 3) + [None])[:4]
        found, answer = send(connection, method, path, body)
        if found != int(status):
            wrong += 1
            print(f"WRONG: {method} {path} is answered by {found}, not {status}: {answer[:300]!r}")
    for _ in range(20):
        send(connection, "GET", "/there/is/no/such/route")
    before = resident(pid)
    took, failed = [], 0
    for _ in range(options.times):
        begun = time.perf_counter()
        status, _ = send(connection, "GET", "/there/is/no/such/route")
        took.append((time.perf_counter() - begun) * 1000)
        failed += status >= 500
    took.sort()
    median, last = statistics.median(took), took[int(len(took) * 0.99)]
    if failed:
        wrong += 1
        print(f"WRONG: {failed} of {len(took)} requests without AWS failed")
    print(f"{len(options.request)} requests, {wrong} wrong")
    print(f"{len(took)} requests without AWS: median {median:.2f} ms, 99 % within {last:.2f} ms; "
          f"memory {before} kB before, {resident(pid)} kB after")
    if options.at_most is not None and median > options.at_most:
        wrong += 1
        print(f"WRONG: the median is above {options.at_most} ms")
    return wrong


def run(options, folder):
    seed = json.loads((options.sample / "seed.json").read_text())
    with FakeAws(seed, folder / "moto.log") as aws:
        command = [options.program, "run", "--quiet", "--port", "0", "--out", options.workspace,
                   "--bin-dir", options.bin_dir, "--endpoint", aws.endpoint, "--logs", folder / "logs"]
        for name, value in seed.get("parameters", {}).items():
            command += ["--parameter", f"{name}={value}"]
        environment = {"PATH": os.environ["PATH"], "AWS_REGION": REGION, **seed["environment"]}
        served = subprocess.Popen([str(part) for part in command], env=environment, stdout=subprocess.PIPE, text=True)
        try:
            address = served.stdout.readline().strip().removeprefix("http://")
            if not address:
                print("served: lith-split ended at once", file=sys.stderr)
                return 2
            wrong = check(options, aws, http.client.HTTPConnection(address, timeout=60), served.pid)
            own = children(served.pid)
            served.send_signal(signal.SIGTERM)
            code = served.wait(timeout=20)
        finally:
            processes.stop(served)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and any(alive(pid) for pid in own):
        time.sleep(0.05)
    left = [pid for pid in own if alive(pid)]
    print(f"{len(own)} processes of functions, {len(left)} left after SIGTERM; exit code {code}")
    return 1 if wrong or left or code or not own else 0


def main():
    options = arguments()
    processes.exit_on_signals()
    with tempfile.TemporaryDirectory(prefix="served-") as folder:
        return run(options, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
