"""That the proof of permissions can fail: a role that lacks an atom, and one that has too many."""

import unittest
from types import SimpleNamespace

from gateway import Request, Response
from iam import Need, allows
from iam_proxy import Denial
from permissions import Proof, TemplateError, atoms
from template import Statement

BOOKS = "arn:aws:dynamodb:eu-west-1:123456789012:table/books"


def statement(action, resource=BOOKS, **elements):
    return Statement({"Effect": "Allow", "Action": action, "Resource": resource} | elements, [f"why: {action}"])


class Shop:
    """An application of one function: `/page` reads a book, and `/stored` what was read when the function started."""

    def __init__(self, swallows=False):
        self.proxy = SimpleNamespace(policies=None, denials=[], problems=[])
        self.swallows = swallows
        self.started = None

    def reset(self):
        pass

    def stop(self, _name):
        self.started = None

    def may(self, action):
        need = Need(action, BOOKS)
        allowed = self.proxy.policies is None or allows(self.proxy.policies["shop"], need)
        if not allowed:
            self.proxy.denials.append(Denial("shop", need))
        return allowed

    def send(self, request):
        if self.started is None:
            self.started = self.may("dynamodb:Scan")
        passed = self.may("dynamodb:GetItem") if request.path == "/page" else self.started
        return Response(200 if passed or self.swallows else 500, {}, [], b"")


def problems(statements, paths=("/page", "/stored"), **options):
    requests = [Request(path, "GET", path) for path in paths]
    return Proof(Shop(**options), {"shop": atoms(statements)}, requests).run()


class Roles(unittest.TestCase):
    def test_exact_ones_have_no_problems(self):
        self.assertEqual(problems([statement("dynamodb:GetItem"), statement("dynamodb:Scan")]), [])
        self.assertEqual(problems([statement(["dynamodb:GetItem", "dynamodb:Scan"])]), [])

    def test_a_missing_atom_is_denied(self):
        expected = f"GET /page (/page): shop is not allowed dynamodb:GetItem on {BOOKS}"
        self.assertEqual(problems([statement("dynamodb:Scan")]), [expected])

    def test_a_missing_atom_of_the_start_is_denied(self):
        self.assertIn("shop is not allowed dynamodb:Scan", problems([statement("dynamodb:GetItem")])[0])

    def test_an_atom_too_many_is_reported(self):
        exact = [statement("dynamodb:GetItem"), statement("dynamodb:Scan")]
        expected = f"shop does not need dynamodb:PutItem on {BOOKS} (why: dynamodb:PutItem)"
        self.assertEqual(problems([*exact, statement("dynamodb:PutItem")]), [expected])
        self.assertEqual(
            problems([*exact[:1], statement("dynamodb:Scan", [BOOKS, f"{BOOKS}/index/*"])]),
            [f"shop does not need dynamodb:Scan on {BOOKS}/index/* (why: dynamodb:Scan)"],
        )

    def test_an_atom_given_twice_is_reported_twice(self):
        self.assertEqual(len(problems([statement("dynamodb:GetItem")] * 2 + [statement("dynamodb:Scan")])), 2)

    def test_a_branch_that_no_request_takes_is_reported(self):
        self.assertEqual(len(problems([statement("dynamodb:GetItem"), statement("dynamodb:Scan")], ["/stored"])), 1)

    def test_a_denial_that_no_answer_shows_is_not_enough(self):
        self.assertEqual(len(problems([statement("dynamodb:GetItem"), statement("dynamodb:Scan")], swallows=True)), 2)

    def test_conditions_stay_with_their_atoms(self):
        (only,) = atoms([statement("dynamodb:GetItem", Condition={"Null": {"a": "true"}})])
        self.assertIn("Condition", only.statement)

    def test_the_logs_are_of_lambda(self):
        self.assertEqual(atoms([statement(["logs:PutLogEvents", "logs:CreateLogStream"])]), [])

    def test_what_allows_more_than_it_lists_has_no_atoms(self):
        with self.assertRaises(TemplateError):
            atoms([Statement({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}, [])])


if __name__ == "__main__":
    unittest.main()
