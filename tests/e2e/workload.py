"""The requests of a sample: requests.json.

    identities  {name: headers of that person}
    requests    [{name, method, path, as (an identity), headers, and one of json, body (text), base64}]

`lith-split verify` reads the same file, and more: see docs/verify.md.
"""

import base64
import json

from gateway import Request

JSON = ("content-type", "application/json")


def requests(document):
    """The requests in their order."""
    identities = {name: list(headers.items()) for name, headers in document.get("identities", {}).items()}
    return [_request(entry, identities) for entry in document["requests"]]


def _request(entry, identities):
    headers = [*identities[entry["as"]]] if "as" in entry else []
    headers += list(entry.get("headers", {}).items())
    body = entry.get("body", "").encode()
    if "json" in entry:
        headers.append(JSON)
        body = json.dumps(entry["json"]).encode()
    if "base64" in entry:
        body = base64.b64decode(entry["base64"])
    return Request(entry["name"], entry["method"], entry["path"], headers, body)
