"""A fresh fake of AWS (moto) per side, filled from a sample's seed.json, and what it holds afterwards.

The format of seed.json:

    environment  variables of the whole application
    parameters   values of template parameters (optional; see template.py for the ones that are not listed)
    tables       [{name, keys: {attribute: type}, indexes: {name: {attribute: type}}, items: [plain JSON]}]
                 the first key is the hash key, the second the range key
    buckets      [{name, objects: [{key, text | base64, content_type}]}]
    queues       [{name}]
"""

import base64
import json
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from decimal import Decimal

import boto3
from boto3.dynamodb.types import TypeSerializer
from botocore.config import Config

import processes

REGION = "eu-west-1"
ACCOUNT = "123456789012"
HOST = "127.0.0.1"


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


class FakeAws:
    """One moto server. A context manager: the server ends with the `with` block."""

    def __init__(self, seed, log):
        self.seed = seed
        self.log = log
        self.endpoint = None
        self._process = None
        self._clients = {}

    def __enter__(self):
        port = free_port()
        self.endpoint = f"http://{HOST}:{port}"
        server = [sys.executable, "-c", "from moto.server import main; main()", "-H", HOST, "-p", str(port)]
        env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "MOTO_ACCOUNT_ID": ACCOUNT}
        self._process = processes.start(server, env=env, log=self.log)
        try:
            self._wait()
            self.reset()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        processes.stop(self._process)

    def _wait(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.endpoint}/moto-api/data.json", timeout=2).read()
                return
            except (urllib.error.URLError, OSError):
                if self._process.poll() is not None:
                    raise SystemExit(f"moto ended at once, see {self.log}") from None
                time.sleep(0.1)
        raise SystemExit(f"moto did not answer within a minute, see {self.log}")

    def client(self, service):
        # Making one takes longer than using it.
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.endpoint,
                region_name=REGION,
                aws_access_key_id="seed",
                aws_secret_access_key="seed",
                config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
            )
        return self._clients[service]

    def reset(self):
        """Forgets everything and fills the tables, buckets and queues again."""
        request = urllib.request.Request(f"{self.endpoint}/moto-api/reset", method="POST")
        urllib.request.urlopen(request, timeout=30).read()
        dynamodb = self.client("dynamodb")
        for table in self.seed.get("tables", []):
            _create_table(dynamodb, table)
        s3 = self.client("s3")
        for bucket in self.seed.get("buckets", []):
            s3.create_bucket(Bucket=bucket["name"], CreateBucketConfiguration={"LocationConstraint": REGION})
            for item in bucket.get("objects", []):
                s3.put_object(
                    Bucket=bucket["name"],
                    Key=item["key"],
                    Body=base64.b64decode(item["base64"]) if "base64" in item else item["text"].encode(),
                    ContentType=item.get("content_type", "application/octet-stream"),
                )
        sqs = self.client("sqs")
        for queue in self.seed.get("queues", []):
            sqs.create_queue(QueueName=queue["name"])



def _create_table(dynamodb, table):
    def schema(keys):
        return [
            {"AttributeName": name, "KeyType": kind}
            for name, kind in zip(keys, ("HASH", "RANGE"), strict=False)
        ]

    indexes = table.get("indexes", {})
    types = dict(table["keys"])
    for keys in indexes.values():
        types.update(keys)
    options = {}
    if indexes:
        options["GlobalSecondaryIndexes"] = [
            {"IndexName": name, "KeySchema": schema(keys), "Projection": {"ProjectionType": "ALL"}}
            for name, keys in indexes.items()
        ]
    dynamodb.create_table(
        TableName=table["name"],
        KeySchema=schema(table["keys"]),
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()],
        BillingMode="PAY_PER_REQUEST",
        **options,
    )
    to_row = TypeSerializer().serialize
    for item in table.get("items", []):
        item = json.loads(json.dumps(item), parse_float=Decimal)
        dynamodb.put_item(TableName=table["name"], Item={key: to_row(value) for key, value in item.items()})
