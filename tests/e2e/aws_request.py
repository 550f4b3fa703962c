"""What a request to AWS must be allowed to do: every action on every ARN, with the values of the condition keys.

Comes in: a signed HTTP request, and what is known of the account (keys of tables, keys behind aliases). Goes out: `Needs`. A request
that is not known raises `Undecodable`. Absent on purpose: what depends on data and not on the request, like the tags of a copied object or
the key of an encrypted bucket, and the authorization of the resources' own policies.

The actions, resource types and condition keys of each service are on its page of
https://docs.aws.amazon.com/service-authorization/latest/reference/; a function that needs more than that names the page.
"""

import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from fake_aws import ACCOUNT
from iam import Need


class Undecodable(Exception):
    """A request that this module does not know."""


@dataclass
class Request:
    method: str
    target: str
    headers: dict
    body: bytes = b""

    def __post_init__(self):
        self.headers = {name.lower(): value for name, value in self.headers.items()}
        url = urlsplit(self.target)
        self.path = url.path
        self.query = dict(parse_qsl(url.query, keep_blank_values=True))
        # "Authorization: AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, ..."
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
        credential = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", self.headers.get("authorization", ""))
        self.principal, self.region, self.service = credential.groups() if credential else (None, None, None)

    def json(self):
        return json.loads(self.body or b"{}")

    def arn(self, service, resource):
        """A name as an ARN of this account and region. What is an ARN stays one."""
        return resource if resource.startswith("arn:") else f"arn:aws:{service}:{self.region}:{ACCOUNT}:{resource}"


@dataclass
class Account:
    """What authorization knows beyond the request."""

    # The partition key of a table, and of an index under (table, index).
    partition_keys: dict = field(default_factory=dict)
    # Key id of an alias.
    aliases: dict = field(default_factory=dict)

    @classmethod
    def of(cls, seed):
        """An account that is filled from seed.json."""
        keys = {}
        for table in seed.get("tables", []):
            keys[table["name"]] = next(iter(table["keys"]))
            keys |= {(table["name"], name): next(iter(index)) for name, index in table.get("indexes", {}).items()}
        return cls(keys)


NOTHING_KNOWN = Account()


@dataclass
class Needs:
    needs: list
    # What the caller needs to hear that the thing is not there.
    if_missing: list = field(default_factory=list)


def decode(request, account=NOTHING_KNOWN):
    decoder = DECODERS.get(request.service)
    if decoder is None:
        raise Undecodable(f"a request to the service {request.service}")
    try:
        decoded = decoder(request, account)
    except (KeyError, ValueError, AttributeError, TypeError, ElementTree.ParseError) as error:
        raise Undecodable(f"{request.service}: {request.method} {request.target}: {error!r}") from error
    return decoded if isinstance(decoded, Needs) else Needs(decoded)


def _operation(request):
    """The operation of a request in one of the JSON protocols: `X-Amz-Target: PREFIX.OPERATION`."""
    return request.headers["x-amz-target"].rpartition(".")[2]


def _unknown(request, operation):
    return Undecodable(f"{request.service}: {operation}")


# DynamoDB

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
IN_TRANSACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
ON_TABLES = {
    "DescribeTable",
    "DescribeTimeToLive",
    "UpdateTable",
    "DeleteTable",
    "CreateTable",
    "UpdateTimeToLive",
}
WITHOUT_TABLE = {"ListTables", "DescribeLimits", "DescribeEndpoints"}


def dynamodb(request, account):
    operation, body = _operation(request), request.json()

    def need(action, part, key=None, index=None, **context):
        table = request.arn("dynamodb", _table(part["TableName"]))
        values = _dynamodb_context(part, key, index, account) | context
        return Need(f"dynamodb:{action}", f"{table}/index/{index}" if index else table, values)

    if operation in ("GetItem", "UpdateItem", "DeleteItem"):
        return [need(operation, body, body["Key"])]
    if operation == "PutItem":
        return [need(operation, body, body["Item"])]
    if operation in ("Query", "Scan"):
        return [need(operation, body, _queried(body), body.get("IndexName"))]
    if operation == "BatchGetItem":
        parts = [(table, part, key) for table, part in body["RequestItems"].items() for key in part["Keys"]]
        return [need(operation, part | {"TableName": table}, key) for table, part, key in parts]
    if operation == "BatchWriteItem":
        writes = [
            (table, part) for table, writes in body["RequestItems"].items() for write in writes for part in write.values()
        ]
        return [need(operation, part | {"TableName": table}, part.get("Item") or part["Key"]) for table, part in writes]
    if operation in ("TransactWriteItems", "TransactGetItems"):
        parts = [(kind, part) for item in body["TransactItems"] for kind, part in item.items()]
        enclosing = {"dynamodb:EnclosingOperation": [operation]}
        return [need(IN_TRANSACTIONS[kind], part, part.get("Item") or part["Key"], **enclosing) for kind, part in parts]
    if operation == "ExecuteStatement":
        return [_partiql(request, body["Statement"], {})]
    if operation == "BatchExecuteStatement":
        return [_partiql(request, one["Statement"], {}) for one in body["Statements"]]
    if operation == "ExecuteTransaction":
        enclosing = {"dynamodb:EnclosingOperation": [operation]}
        return [_partiql(request, one["Statement"], enclosing) for one in body["TransactStatements"]]
    if operation in ON_TABLES:
        return [need(operation, body)]
    if operation in WITHOUT_TABLE:
        return [Need(f"dynamodb:{operation}", "*")]
    raise _unknown(request, operation)


def _table(name):
    return name if name.startswith("arn:") else f"table/{name}"


def _dynamodb_context(part, key, index, account):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html"""
    table = part["TableName"].rpartition("/")[2]
    partition_key = account.partition_keys.get((table, index) if index else table)
    context = {}
    if key and partition_key in key:
        context["dynamodb:LeadingKeys"] = [str(next(iter(key[partition_key].values())))]
    attributes = {*part.get("Item", {}), *part.get("Key", {}), *part.get("AttributesToGet", [])}
    expressions = ("Projection", "Update", "KeyCondition", "Filter", "Condition")
    for expression in expressions:
        attributes |= _attributes(part.get(f"{expression}Expression", ""), part.get("ExpressionAttributeNames", {}))
    if attributes:
        context["dynamodb:Attributes"] = sorted(attributes)
    for name in ("Select", "ReturnValues", "ReturnConsumedCapacity"):
        if name in part:
            context[f"dynamodb:{name}"] = [part[name]]
    return context


# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
WORDS = set(
    "and or not between in set remove add delete attribute_exists attribute_not_exists attribute_type begins_with contains size"
    " if_not_exists list_append".split()
)


def _attributes(expression, names):
    """The top-level attributes that an expression names."""
    paths = re.findall(r"(?<![:#\w.\]])(#?[A-Za-z_]\w*)", expression)
    return {names.get(path, path) for path in paths if path.lower() not in WORDS}


def _queried(body):
    """The attributes that a key condition fixes, with their values."""
    names, values = body.get("ExpressionAttributeNames", {}), body.get("ExpressionAttributeValues", {})
    fixed = re.findall(r"(#?\w+)\s*=\s*(:\w+)", body.get("KeyConditionExpression", ""))
    return {names.get(name, name): values[value] for name, value in fixed}


def _partiql(request, statement, context):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html"""
    # EXISTS checks what a SELECT finds, in transactions:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-functions.exists.html
    inner = re.fullmatch(r"(?is)\s*exists\s*\((.*)\)\s*;?\s*", statement)
    text = inner[1] if inner else statement
    verb = text.split()[0].capitalize()
    before = {"Select": "from", "Insert": "into", "Update": "update", "Delete": "from"}[verb]
    found = re.search(rf'(?is)\b{before}\s+(?:"([^"]+)"|([\w-]+))(?:\.(?:"([^"]+)"|([\w-]+)))?', text)
    table, index = found[1] or found[2], found[3] or found[4]
    resource = request.arn("dynamodb", _table(table)) + (f"/index/{index}" if index else "")
    return Need(f"dynamodb:PartiQL{verb}", resource, context)


# S3

# Parameters of a query that belong to the operation itself.
LISTING = {
    "list-type",
    "prefix",
    "delimiter",
    "max-keys",
    "marker",
    "encoding-type",
    "x-id",
    "continuation-token",
    "start-after",
    "fetch-owner",
    "key-marker",
    "version-id-marker",
}
SUBRESOURCES = {"tagging": "Tagging", "acl": "Acl", "retention": "Retention", "legal-hold": "LegalHold"}
ON_BUCKETS = {
    "location": "GetBucketLocation",
    "versioning": "GetBucketVersioning",
    "tagging": "GetBucketTagging",
    "policy": "GetBucketPolicy",
}
# Headers of a PUT that need an action of their own.
WITH_HEADERS = {
    "x-amz-tagging": "PutObjectTagging",
    "x-amz-acl": "PutObjectAcl",
    "x-amz-grant-full-control": "PutObjectAcl",
    "x-amz-grant-read": "PutObjectAcl",
    "x-amz-grant-read-acp": "PutObjectAcl",
    "x-amz-grant-write-acp": "PutObjectAcl",
    "x-amz-object-lock-legal-hold": "PutObjectLegalHold",
    "x-amz-object-lock-mode": "PutObjectRetention",
    "x-amz-object-lock-retain-until-date": "PutObjectRetention",
}


def s3(request, _account):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html, addresses in path style"""
    bucket, _, key = request.path.lstrip("/").partition("/")
    bucket, key = unquote(bucket), unquote(key)
    if not bucket:
        return [Need("s3:ListAllMyBuckets", "*")]
    arn = f"arn:aws:s3:::{bucket}"
    return _s3_object(request, arn, f"{arn}/{key}") if key else _s3_bucket(request, arn)


def _s3_bucket(request, bucket):
    method, query = request.method, request.query
    subresource = next((name for name in query if name in ON_BUCKETS), None)
    if method == "GET" and subresource:
        return [Need(f"s3:{ON_BUCKETS[subresource]}", bucket)]
    context = {f"s3:{name}": [query[name]] for name in ("prefix", "delimiter", "max-keys") if name in query}
    if method == "GET" and "versions" in query:
        return [Need("s3:ListBucketVersions", bucket, context)]
    if method == "GET" and "uploads" in query:
        return [Need("s3:ListBucketMultipartUploads", bucket, context)]
    if method == "HEAD" or (method == "GET" and query.keys() <= LISTING):
        return [Need("s3:ListBucket", bucket, context)]
    if method == "POST" and "delete" in query:
        return _deleted(request, bucket)
    raise Undecodable(f"s3: {method} {request.target}")


def _deleted(request, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html"""
    needs = []
    for element in ElementTree.fromstring(request.body).iter():
        if element.tag.rpartition("}")[2] != "Object":
            continue
        parts = {part.tag.rpartition("}")[2]: part.text or "" for part in element}
        action = "DeleteObjectVersion" if "VersionId" in parts else "DeleteObject"
        needs.append(Need(f"s3:{action}", f"{bucket}/{parts['Key']}"))
    return needs + [Need("s3:BypassGovernanceRetention", need.resource) for need in needs if _bypasses(request)]


def _bypasses(request):
    return request.headers.get("x-amz-bypass-governance-retention", "").lower() == "true"


def _s3_object(request, bucket, key):
    method, query = request.method, request.query
    version = "Version" if "versionId" in query else ""
    subresource = next((SUBRESOURCES[name] for name in query if name in SUBRESOURCES), None)
    if subresource and method in ("GET", "PUT", "DELETE"):
        # Retention and legal hold have no actions for versions.
        kind = version if subresource in ("Tagging", "Acl") else ""
        needs = [Need(f"s3:{method.capitalize()}Object{kind}{subresource}", key)]
        return needs + ([Need("s3:BypassGovernanceRetention", key)] if _bypasses(request) else [])
    if method in ("GET", "HEAD"):
        if "uploadId" in query:
            return [Need("s3:ListMultipartUploadParts", key)]
        # "If the object you request doesn't exist, the error depends on whether you also have the s3:ListBucket permission":
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
        missing = [Need("s3:ListBucket", bucket)]
        needs = [Need(f"s3:GetObject{version}", key)]
        if "attributes" in query:
            needs.append(Need(f"s3:GetObject{version}Attributes", key))
        return Needs(needs, missing)
    if method == "DELETE":
        if "uploadId" in query:
            return [Need("s3:AbortMultipartUpload", key)]
        needs = [Need(f"s3:DeleteObject{version}", key)]
        return needs + ([Need("s3:BypassGovernanceRetention", key)] if _bypasses(request) else [])
    if method == "PUT" or (method == "POST" and ("uploads" in query or "uploadId" in query)):
        # All steps of a multipart upload: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
        actions = dict.fromkeys(action for header, action in WITH_HEADERS.items() if header in request.headers)
        return [Need("s3:PutObject", key), *(Need(f"s3:{action}", key) for action in actions), *_copied(request)]
    raise Undecodable(f"s3: {method} {request.target}")


def _copied(request):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""
    source = request.headers.get("x-amz-copy-source")
    if source is None:
        return []
    path, _, version = source.partition("?versionId=")
    return [Need("s3:GetObjectVersion" if version else "s3:GetObject", f"arn:aws:s3:::{unquote(path).lstrip('/')}")]


# Messages and events


def sqs(request, _account):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html"""
    operation, body = _operation(request), request.json()
    if operation == "ListQueues":
        return [Need("sqs:ListQueues", "*")]
    # A batch is authorized as its single messages.
    action = f"sqs:{operation.removesuffix('Batch')}"
    if "QueueUrl" in body:
        *_, account, name = body["QueueUrl"].rstrip("/").split("/")
        return [Need(action, f"arn:aws:sqs:{request.region}:{account}:{name}")]
    return [Need(action, request.arn("sqs", body["QueueName"]))]


def sns(request, _account):
    """Its query protocol. https://docs.aws.amazon.com/sns/latest/dg/sns-using-identity-based-policies.html"""
    form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    action = f"sns:{form['Action'].removesuffix('Batch')}"
    if action == "sns:Publish" and "PhoneNumber" in form:
        # A text message has no topic.
        return [Need(action, "*")]
    if action == "sns:CreateTopic":
        return [Need(action, request.arn("sns", form["Name"]))]
    if action in ("sns:ListTopics", "sns:ListSubscriptions"):
        return [Need(action, "*")]
    return [Need(action, form["TopicArn"] if "TopicArn" in form else form["TargetArn"])]


def events(request, _account):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html"""
    operation, body = _operation(request), request.json()
    if operation != "PutEvents":
        raise _unknown(request, operation)
    needs = []
    for entry in body["Entries"]:
        bus = entry.get("EventBusName") or "default"
        context = {"events:source": [entry.get("Source", "")], "events:detail-type": [entry.get("DetailType", "")]}
        needs.append(
            Need("events:PutEvents", request.arn("events", bus if bus.startswith("arn:") else f"event-bus/{bus}"), context)
        )
    return needs


# Secrets, parameters and keys


def secretsmanager(request, _account):
    """https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html"""
    operation, body = _operation(request), request.json()

    def secret(name):
        # AWS ends the ARN of a secret in six random characters.
        return name if name.startswith("arn:") else request.arn("secretsmanager", f"secret:{name}-AbCdEf")

    if operation in ("ListSecrets", "GetRandomPassword"):
        return [Need(f"secretsmanager:{operation}", "*")]
    if operation == "BatchGetSecretValue":
        each = [Need("secretsmanager:GetSecretValue", secret(name)) for name in body["SecretIdList"]]
        return [Need("secretsmanager:BatchGetSecretValue", "*"), *each]
    return [Need(f"secretsmanager:{operation}", secret(body["SecretId"] if "SecretId" in body else body["Name"]))]


def ssm(request, _account):
    """https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html"""
    operation, body = _operation(request), request.json()

    def parameter(name):
        if name.startswith("arn:"):
            return name
        # A name may say a version or a label behind a colon.
        return request.arn("ssm", f"parameter/{name.partition(':')[0].strip('/')}")

    if operation == "DescribeParameters":
        return [Need("ssm:DescribeParameters", "*")]
    if operation in ("GetParameters", "DeleteParameters"):
        return [Need(f"ssm:{operation}", parameter(name)) for name in body["Names"]]
    if operation == "GetParametersByPath":
        context = {"ssm:Recursive": [str(body.get("Recursive", False)).lower()]}
        return [Need("ssm:GetParametersByPath", parameter(body["Path"]), context)]
    if operation in ("GetParameter", "PutParameter", "DeleteParameter", "GetParameterHistory"):
        return [Need(f"ssm:{operation}", parameter(body["Name"]))]
    raise _unknown(request, operation)


def kms(request, account):
    """An alias is authorized as its key: https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html"""
    operation, body = _operation(request), request.json()
    context = {f"kms:EncryptionContext:{key}": [value] for key, value in body.get("EncryptionContext", {}).items()}

    def need(action, key):
        name = key.rpartition(":")[2] if key.startswith("arn:") else key
        if not name.startswith("alias/"):
            return Need(f"kms:{action}", key if key.startswith("arn:") else request.arn("kms", f"key/{name}"), context)
        return Need(f"kms:{action}", request.arn("kms", f"key/{account.aliases[name]}"), context | {"kms:RequestAlias": [name]})

    if operation in ("GenerateRandom", "ListKeys", "ListAliases"):
        return [Need(f"kms:{operation}", "*")]
    if operation == "ReEncrypt":
        return [need("ReEncryptFrom", body["SourceKeyId"]), need("ReEncryptTo", body["DestinationKeyId"])]
    # The key of a ciphertext is in the ciphertext, where only AWS reads it.
    return [need(operation, body["KeyId"])]


# Functions and workflows


def lambda_(request, _account):
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html"""
    pattern = r"/(2015-03-31|2021-11-15)/functions/([^/]+)/(response-streaming-)?(invocations|invoke-async)"
    found = re.fullmatch(pattern, request.path)
    if not found or request.method != "POST":
        raise Undecodable(f"lambda: {request.method} {request.target}")
    name = unquote(found[2])
    if not name.startswith("arn:"):
        # NAME, NAME:QUALIFIER, or ACCOUNT:function:NAME.
        name = request.arn("lambda", f"function:{name.partition('function:')[2] or name}")
    qualifier = request.query.get("Qualifier")
    return [Need("lambda:InvokeFunction", f"{name}:{qualifier}" if qualifier else name)]


def states(request, _account):
    operation, body = _operation(request), request.json()
    if operation in ("StartExecution", "StartSyncExecution", "DescribeStateMachine", "ListExecutions"):
        return [Need(f"states:{operation}", body["stateMachineArn"])]
    if operation in ("DescribeExecution", "StopExecution", "GetExecutionHistory"):
        return [Need(f"states:{operation}", body["executionArn"])]
    raise _unknown(request, operation)


# By the service that a request is signed for.
DECODERS = {
    "dynamodb": dynamodb,
    "s3": s3,
    "sqs": sqs,
    "sns": sns,
    "events": events,
    "secretsmanager": secretsmanager,
    "ssm": ssm,
    "kms": kms,
    "lambda": lambda_,
    "states": states,
}
