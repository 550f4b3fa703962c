"""Proves the roles of a generated template: what they allow is enough, and nothing of it can be left out.

The functions of a generated workspace run as Lambda would run them, against a fake of AWS behind a proxy that enforces IAM. With its own
role alone each function must answer every request of requests.json as it does without enforcement. Then each atom of a role (one action on
one ARN of one statement, with the statement's conditions) is removed in turn, and at least one request must fail because it is denied.

Absent on purpose: permissions of CloudWatch Logs. Lambda itself writes the logs, so no request shows that they are needed.
"""

import argparse
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import processes
from aws_request import Account
from fake_aws import FakeAws
from gateway import Gateway
from iam import as_list
from iam_proxy import IamProxy
from lambda_host import LambdaHost
from template import Deployment, TemplateError, find_binary
from workload import requests as requests_of

OF_LAMBDA_ITSELF = "logs:"


@dataclass
class Atom:
    """One action on one ARN, as a statement of its own."""

    statement: dict
    why: list

    def __str__(self):
        condition = f" if {json.dumps(self.statement['Condition'])}" if "Condition" in self.statement else ""
        why = "".join(f" ({line})" for line in self.why)
        return f"{self.statement['Action']} on {self.statement['Resource']}{condition}{why}"


def atoms(statements):
    """The atoms of a role, without what is Lambda's own."""
    found = []
    for statement in statements:
        document = statement.document
        if document["Effect"] != "Allow" or "NotAction" in document or "NotResource" in document:
            raise TemplateError(f"a statement that allows more than it lists: {document}")
        for action in as_list(document["Action"]):
            if action.startswith(OF_LAMBDA_ITSELF):
                continue
            for resource in as_list(document["Resource"]):
                found.append(Atom(document | {"Action": action, "Resource": resource}, statement.comments))
    return found


def differs(one, other):
    """Whether two answers are not the same; the time of an answer is of no account."""

    def compared(answer):
        headers = {name: value for name, value in answer.headers.items() if name != "date"}
        return answer.status, headers, answer.cookies, answer.body

    return compared(one) != compared(other)


class Application:
    """The split with everything around it."""

    def __init__(self, stack, deployment, seed, bin_dir, logs):
        self.aws = stack.enter_context(FakeAws(seed, logs / "moto.log"))
        self.proxy = stack.enter_context(IamProxy(self.aws.endpoint, Account.of(seed)))
        self.host = stack.enter_context(LambdaHost(self.proxy.endpoint, logs))
        for function in deployment.functions():
            self.host.deploy(function.name, find_binary(bin_dir, function.binary), function.environment)
        self.gateway = Gateway(deployment.routes(), self.host)
        self.number = 0

    def reset(self):
        self.aws.reset()

    def stop(self, name):
        """The next request starts the function again, with whatever it reads then."""
        process = self.host.functions[name].process
        if process is not None:
            processes.stop(process)

    def send(self, request):
        self.number += 1
        return self.gateway.handle(request, self.number)


class Proof:
    """`roles` has the atoms of each function."""

    def __init__(self, application, roles, requests):
        self.application = application
        self.proxy = application.proxy
        self.roles = roles
        self.requests = requests
        self.sent = 0
        self.removed = 0
        self.answers = []

    def run(self):
        """The problems."""
        self.proxy.policies = None
        self.answers = [answer for answer, _ in self._replay()]
        problems = [
            f"{request.method} {request.path} cannot be answered: {answer.note}"
            for request, answer in zip(self.requests, self.answers, strict=True)
            if answer.note
        ]
        # What fails with all permissions says nothing when one is removed.
        problems += self.missing() or self.unneeded()
        return problems + list(dict.fromkeys(self.proxy.problems))

    def missing(self):
        """What fails with the roles as they are."""
        self.proxy.policies = {name: [atom.statement for atom in role] for name, role in self.roles.items()}
        problems = []
        for name in self.roles:
            self.application.stop(name)
        for request, expected, (answer, denials) in zip(self.requests, self.answers, self._replay(), strict=True):
            problems += [f"{request.method} {request.target} ({request.name}): {denial}" for denial in denials]
            if differs(expected, answer) and not denials:
                changed = f"is answered otherwise: {expected.status}, now {answer.status}"
                problems.append(f"{request.method} {request.target} ({request.name}) {changed}")
        return problems

    def unneeded(self):
        """The atoms without which nothing fails."""
        problems = []
        for name, role in self.roles.items():
            for atom in role:
                self.removed += 1
                self.proxy.policies[name] = [other.statement for other in role if other is not atom]
                self.application.stop(name)
                if not self._fails():
                    problems.append(f"{name} does not need {atom}")
            self.proxy.policies[name] = [atom.statement for atom in role]
            self.application.stop(name)
        return problems

    def _fails(self):
        """Whether something is denied and then, at once or later, an answer differs."""
        denied = False
        for expected, (answer, denials) in zip(self.answers, self._replay(), strict=True):
            denied = denied or bool(denials)
            if denied and differs(expected, answer):
                return True
        return False

    def _replay(self):
        """The answer to each request, from the seeded state on, and what was denied meanwhile."""
        self.application.reset()
        for request in self.requests:
            before = len(self.proxy.denials)
            self.sent += 1
            answer = self.application.send(request)
            yield answer, self.proxy.denials[before:]


def run(options, stack):
    seed = json.loads((options.sample / "seed.json").read_text())
    document = json.loads((options.sample / "requests.json").read_text())
    deployment = Deployment(options.workspace / "template.yaml", seed)
    roles = {function.name: atoms(deployment.statements(function.name)) for function in deployment.functions()}
    logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="permissions-")))
    application = Application(stack, deployment, seed, options.bin_dir, logs)
    requests = requests_of(document)
    proof = Proof(application, roles, requests)
    started = time.monotonic()
    problems = proof.run()
    for problem in problems:
        print(problem)
    print(f"{len(roles)} functions, {len(requests)} requests, {proof.removed} atoms removed one by one")
    print(f"{proof.sent} requests sent in {time.monotonic() - started:.0f} s, {len(problems)} problems")
    return 1 if problems else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=Path, required=True, help="folder with seed.json and requests.json")
    parser.add_argument("--workspace", type=Path, required=True, help="generated from the sample")
    parser.add_argument("--bin-dir", type=Path, required=True, help="with the binaries of the workspace")
    options = parser.parse_args()
    processes.exit_on_signals()
    with ExitStack() as stack:
        try:
            return run(options, stack)
        except (TemplateError, OSError) as error:
            print(f"permissions: {error}", file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main())
