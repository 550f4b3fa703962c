"""Proves sql/grants.sql on a real PostgreSQL: what it grants is enough, and nothing of it can be left out.

The functions of a generated workspace run as Lambda would run them, each with a connection of its own database role.
With all grants every request must succeed. Then each privilege of a role is revoked in turn, a column's or a whole
object's, and at least one request of its function must fail with `permission denied`.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import processes
from gateway import Gateway
from lambda_host import LambdaHost
from postgres import Postgres
from template import Deployment
from workload import requests

DATABASE = "app"

# Every privilege of a role: how to give and take it, and what it is called.
PRIVILEGES = """
SELECT a.privilege_type AS privilege, quote_ident(t.attname) AS column, c.oid::regclass::text AS object,
       CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind
FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
WHERE a.grantee = %(role)s::regrole
UNION ALL
SELECT a.privilege_type, NULL, c.oid::regclass::text, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END
FROM pg_class c, aclexplode(c.relacl) a WHERE a.grantee = %(role)s::regrole
UNION ALL
SELECT a.privilege_type, NULL, n.oid::regnamespace::text, 'SCHEMA'
FROM pg_namespace n, aclexplode(n.nspacl) a WHERE a.grantee = %(role)s::regrole
ORDER BY 3, 1, 2
"""


class Proof:
    def __init__(self, sample, workspace, binaries, postgres, host):
        self.postgres = postgres
        self.host = host
        self.seed = (sample / "seed.sql").read_text()
        self.script = (workspace / "sql/grants.sql").read_text()
        postgres.connect("postgres").execute(f"CREATE DATABASE {DATABASE}")
        self.owner = postgres.connect(DATABASE)
        for migration in sorted((sample / "migrations").glob("*.sql")):
            self.owner.execute(migration.read_text())
        # Nobody has by accident what a role should be given.
        self.owner.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        deployment = Deployment(workspace / "template.yaml", {"environment": {"DATABASE_URL": "given below"}})
        self.roles = {}
        for function in deployment.functions():
            # A function without SQL still connects before it serves.
            granted = f"'{function.binary}'" in self.script
            self.roles[function.name] = function.binary if granted else None
            url = postgres.url(DATABASE, function.binary if granted else "owner")
            host.deploy(function.name, binaries / function.binary, function.environment | {"DATABASE_URL": url})
        routes = deployment.routes()
        self.gateway = Gateway(routes, host)
        document = json.loads((sample / "requests.json").read_text())
        self.requests = {}
        for request in requests(document):
            route, _ = self.gateway.choose(request.method, request.path)
            self.requests.setdefault(route.function, []).append(request)
        self.number = 0

    def run(self):
        """The problems."""
        self.owner.execute(self.script)
        before = {role: self.privileges(role) for role in self.roles.values() if role}
        self.owner.execute(self.script)
        problems = [
            f"{role} has other privileges after a second run of the script"
            for role, privileges in before.items()
            if self.privileges(role) != privileges
        ]
        problems += [f"{role} has no request in requests.json" for role in self.untried()]
        count = 0
        for function, role in sorted(self.roles.items()):
            if role is None or function not in self.requests:
                continue
            problems += [f"{role}: {failed}" for failed in self.failures(function)]
            for privilege in before[role]:
                count += 1
                self.change("REVOKE", privilege, "FROM", role)
                failed = self.failures(function)
                # Without the right to a schema, PostgreSQL does not say that something is in it.
                signs = ("permission denied", "does not exist" if privilege[3] == "SCHEMA" else "permission denied")
                if not any(sign in answer for answer in failed for sign in signs):
                    shown = failed or "every request passes"
                    problems.append(f"{role} without {_text(privilege)}: {shown}")
                self.change("GRANT", privilege, "TO", role)
            self.stop(function)
        requests = sum(len(requests) for requests in self.requests.values())
        print(f"{len(before)} roles, {requests} requests, {count} privileges revoked one by one")
        return problems

    def untried(self):
        return [role for function, role in self.roles.items() if role and function not in self.requests]

    def privileges(self, role):
        return self.owner.execute(PRIVILEGES, {"role": f'"{role}"'}).fetchall()

    def change(self, verb, privilege, preposition, role):
        name, column, on, kind = privilege
        columns = f" ({column})" if column else ""
        self.owner.execute(f'{verb} {name}{columns} ON {kind} {on} {preposition} "{role}"')

    def stop(self, function):
        process = self.host.functions[function].process
        if process is not None:
            processes.stop(process)

    def failures(self, function):
        """Runs a function's requests on the seeded state, in a process and connection of their own."""
        self.stop(function)
        self.owner.execute(self.seed)
        failed = []
        for request in self.requests[function]:
            self.number += 1
            answer = self.gateway.handle(request, self.number)
            if answer.status >= 400:
                detail = answer.note or answer.body.decode(errors="replace")
                failed.append(f"{request.method} {request.path} is answered {answer.status}: {detail}")
        return failed


def _text(privilege):
    name, column, on, kind = privilege
    return f"{name}{f' ({column})' if column else ''} ON {kind} {on}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=Path, required=True, help="its migrations/, seed.sql and requests.json")
    parser.add_argument("--workspace", type=Path, required=True, help="generated from the sample")
    parser.add_argument("--bin-dir", type=Path, required=True, help="with the binaries of the workspace")
    options = parser.parse_args()
    processes.exit_on_signals()
    with tempfile.TemporaryDirectory() as logs, Postgres() as postgres, LambdaHost("", Path(logs)) as host:
        problems = Proof(options.sample, options.workspace, options.bin_dir, postgres, host).run()
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
