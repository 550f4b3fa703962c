"""The proxy, between a client of AWS and a server that answers everything."""

import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from fake_aws import HOST, REGION
from iam_proxy import IamProxy

GET = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:eu-west-1:123456789012:table/books"}
COVERS = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::covers/*"}
LIST_COVERS = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::covers"}


class Upstream(BaseHTTPRequestHandler):
    """Has an empty row of everything, and no objects."""

    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, b"{}")

    def do_GET(self):
        self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Proxy(unittest.TestCase):
    def setUp(self):
        upstream = HTTPServer((HOST, 0), Upstream)
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        self.addCleanup(upstream.server_close)
        self.addCleanup(upstream.shutdown)
        self.proxy = self.enterContext(IamProxy(f"http://{HOST}:{upstream.server_port}"))
        self.proxy.policies = {"reader": [GET]}

    def client(self, service, principal="reader"):
        client = boto3.client(
            service,
            endpoint_url=self.proxy.endpoint,
            region_name=REGION,
            aws_access_key_id=principal,
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )
        self.addCleanup(client.close)
        return client

    def refused(self, call, **arguments):
        with self.assertRaises(ClientError) as raised:
            call(**arguments)
        return raised.exception.response["Error"]["Code"]

    def test_what_is_allowed_passes(self):
        self.client("dynamodb").get_item(TableName="books", Key={"id": {"S": "dune"}})
        self.assertEqual((self.proxy.denials, self.proxy.problems), ([], []))

    def test_what_is_not_allowed_is_denied_and_noted(self):
        code = self.refused(self.client("dynamodb").get_item, TableName="orders", Key={"id": {"S": "1"}})
        self.assertEqual(code, "AccessDeniedException")
        denied = "reader is not allowed dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:123456789012:table/orders"
        self.assertEqual([str(denial) for denial in self.proxy.denials], [denied])

    def test_policies_change_while_it_runs(self):
        self.proxy.policies["reader"].clear()
        self.refused(self.client("dynamodb").get_item, TableName="books", Key={"id": {"S": "dune"}})
        self.assertEqual(len(self.proxy.denials), 1)

    def test_each_principal_has_its_own_policies(self):
        self.proxy.policies["other"] = []
        self.refused(self.client("dynamodb", "other").get_item, TableName="books", Key={"id": {"S": "dune"}})
        self.assertEqual(self.proxy.denials[0].principal, "other")

    def test_an_unknown_principal_is_a_problem(self):
        self.refused(self.client("dynamodb", "nobody").get_item, TableName="books", Key={"id": {"S": "dune"}})
        self.assertIn("by nobody, whose policies are not known", self.proxy.problems[0])

    def test_an_unknown_request_is_a_problem(self):
        self.refused(self.client("dynamodb").list_backups)
        self.assertEqual(self.proxy.problems, ["dynamodb: ListBackups"])
        self.assertEqual(self.proxy.denials, [])

    def test_who_may_not_list_does_not_hear_what_is_missing(self):
        self.proxy.policies["reader"] = [COVERS]
        self.assertEqual(self.refused(self.client("s3").get_object, Bucket="covers", Key="dune"), "AccessDenied")
        self.proxy.policies["reader"].append(LIST_COVERS)
        self.assertEqual(self.refused(self.client("s3").get_object, Bucket="covers", Key="dune"), "NoSuchKey")


if __name__ == "__main__":
    unittest.main()
