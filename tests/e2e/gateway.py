"""A model of an API Gateway HTTP API (v2) in front of Lambda functions, after its documentation.

Documented: routes are chosen by a full match of route and method, then by a greedy route and method, then
`$default`; payload format 2.0. Not documented, hence choices of this model: a trailing slash counts, an empty segment fills no
parameter, and matching sees the path after decoding. `lith-split verify` has the others too.
"""

import base64
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from lambda_host import FunctionFailed

DOMAIN = "api.example.com"
EPOCH = 1767225600


@dataclass
class Request:
    """A request as the client sends it: `target` is the path with its query, still encoded."""

    name: str
    method: str
    target: str
    headers: list = field(default_factory=list)
    body: bytes = b""

    @property
    def path(self):
        return self.target.partition("?")[0]

    @property
    def query(self):
        return self.target.partition("?")[2]


@dataclass
class Response:
    status: int
    headers: dict
    cookies: list
    body: bytes
    function: str = ""
    note: str = ""


@dataclass(frozen=True)
class Route:
    """A route key and its function. `path` is None for `$default`."""

    method: str
    path: str | None
    function: str

    @property
    def key(self):
        return "$default" if self.path is None else f"{self.method} {self.path}"

    def match(self, segments):
        """The path parameters, or None where the path does not match."""
        pattern = self.path.split("/")[1:]
        values = {}
        for index, part in enumerate(pattern):
            if part.endswith("+}"):
                rest = segments[index:]
                if not rest or rest == [""]:
                    return None
                values[part[1:-2]] = "/".join(rest)
                return values
            if index >= len(segments):
                return None
            value = segments[index]
            if part.startswith("{") and part.endswith("}"):
                if not value:
                    return None
                values[part[1:-1]] = value
            elif part != value:
                return None
        return values if len(pattern) == len(segments) else None

    def rank(self):
        """Smaller is more specific: whole routes before greedy ones, static before parameter, method before ANY."""
        kinds = [2 if part.endswith("+}") else 1 if part.startswith("{") else 0 for part in self.path.split("/")[1:]]
        greedy = 2 in kinds
        return (greedy, kinds, self.method == "ANY")


class Gateway:
    """Routes requests to the functions of a `LambdaHost`."""

    def __init__(self, routes, host):
        self.routes = sorted((route for route in routes if route.path is not None), key=Route.rank)
        self.default = next((route for route in routes if route.path is None), None)
        self.host = host

    def choose(self, method, path):
        """The route for a request and its path parameters, or None."""
        segments = unquote(path, errors="replace").split("/")[1:]
        for route in self.routes:
            if route.method not in (method, "ANY"):
                continue
            values = route.match(segments)
            if values is not None:
                return route, values
        return (self.default, {}) if self.default is not None else None

    def handle(self, request, number):
        chosen = self.choose(request.method, request.path)
        if chosen is None:
            return Response(404, {"content-type": "application/json"}, [], b'{"message":"Not Found"}', "(gateway)")
        route, values = chosen
        try:
            answer = self.host.invoke(route.function, event(request, route, values, number))
        except FunctionFailed as failure:
            body = b'{"message":"Internal Server Error"}'
            return Response(500, {"content-type": "application/json"}, [], body, route.function, str(failure))
        return response(answer, route.function)


def event(request, route, values, number):
    """The event of payload format 2.0. Only `routeKey` and `pathParameters` depend on the route."""
    headers, cookies = {}, []
    sent = [("host", DOMAIN), *request.headers]
    if request.body:
        sent.append(("content-length", str(len(request.body))))
    sent += [
        ("x-amzn-trace-id", f"Root=1-00000000-{number:024x}"),
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-port", "443"),
        ("x-forwarded-proto", "https"),
    ]
    for key, value in sent:
        key = key.lower()
        if key == "cookie":
            cookies += [cookie.strip() for cookie in value.split(";") if cookie.strip()]
        else:
            headers[key] = f"{headers[key]},{value}" if key in headers else value
    raw_path = unquote(request.path, errors="replace")
    result = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": raw_path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": DOMAIN,
            "domainPrefix": "api",
            "http": {
                "method": request.method,
                "path": raw_path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": f"request-{number}",
            "routeKey": route.key,
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": EPOCH * 1000,
        },
        "isBase64Encoded": False,
    }
    if cookies:
        result["cookies"] = cookies
    if request.query:
        joined = {}
        for key, value in parse_qsl(request.query, keep_blank_values=True, errors="replace"):
            joined[key] = f"{joined[key]},{value}" if key in joined else value
        result["queryStringParameters"] = joined
    if values:
        result["pathParameters"] = values
    if request.body:
        text = _as_text(request.body, headers.get("content-type", ""))
        result["isBase64Encoded"] = text is None
        result["body"] = base64.b64encode(request.body).decode() if text is None else text
    return result


def _as_text(body, content_type):
    """The body as text where the gateway passes it as such, else None."""
    kind = content_type.split(";")[0].strip().lower()
    named = ("application/json", "application/javascript", "application/xml")
    if not (kind.startswith("text/") or kind in named or kind.endswith(("+json", "+xml"))):
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def response(answer, function):
    """What the client gets for a function's answer of payload format 2.0."""
    if not isinstance(answer, dict) or "statusCode" not in answer:
        return Response(200, {"content-type": "application/json"}, [], json.dumps(answer).encode(), function)
    body = answer.get("body") or ""
    raw = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    headers = {key.lower(): str(value) for key, value in (answer.get("headers") or {}).items()}
    return Response(answer["statusCode"], headers, answer.get("cookies") or [], raw, function)
