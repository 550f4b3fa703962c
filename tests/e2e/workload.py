"""The requests: the sample's own, and many more made from the routes of the template.

Groups, each of which starts from the seeded state:

    scenario    requests.json, in its order, and a HEAD after each GET
    methods     every path x every method x everyone who may ask
    variants    every route under paths that are almost its own: slashes, encodings, case, queries
    bodies      every route that takes a body x bodies and content types that are wrong in some way
    headers     every route with Origin, cookies, and Authorization that is wrong in some way
    unknown     paths that no route has
    rewritten   paths that lambda_http changes before the application sees them: dot segments, decoded ? and #,
                white space at the end (only on request, see README.md)

The format of requests.json:

    identities  {name: headers of that person}
    requests    [{name, method, path, as (an identity), headers, and one of json, body (text), base64}]
"""

import base64
import json
from dataclasses import dataclass, field
from urllib.parse import quote

from gateway import Gateway, Request

METHODS = ("GET", "HEAD", "OPTIONS", "PURGE", "PATCH", "POST", "PUT", "DELETE")
WITH_BODY = ("POST", "PUT", "PATCH")
JSON = ("content-type", "application/json")
LIMIT = 2 * 1024 * 1024


@dataclass
class Group:
    name: str
    requests: list = field(default_factory=list)

    def add(self, name, method, target, headers=(), body=b""):
        self.requests.append(Request(name, method, target, list(headers), body))


class Workload:
    def __init__(self, document, routes):
        self.identities = {name: list(headers.items()) for name, headers in document.get("identities", {}).items()}
        self.routes = [route for route in routes if route.path is not None]
        self.scenario = [self._own(entry) for entry in document["requests"]]
        self._owner = {}
        gateway = Gateway(self.routes, None)
        self._keys = {}
        for request in self.scenario:
            chosen = gateway.choose(request.method, request.path)
            if chosen is not None:
                self._keys[id(request)] = chosen[0].key
                self._owner.setdefault(chosen[0].key, request)
        self._learned = set()

    def learn(self, request, status):
        """Notes an answer of the monolith: the first good one of a route makes its request the route's example."""
        key = self._keys.get(id(request))
        if key is not None and key not in self._learned and 200 <= status < 300:
            self._learned.add(key)
            self._owner[key] = request

    def _own(self, entry):
        headers = [*self.identities[entry["as"]]] if "as" in entry else []
        headers += list(entry.get("headers", {}).items())
        body = entry.get("body", "").encode()
        if "json" in entry:
            headers.append(JSON)
            body = json.dumps(entry["json"]).encode()
        if "base64" in entry:
            body = base64.b64decode(entry["base64"])
        return Request(entry["name"], entry["method"], entry["path"], headers, body)

    def groups(self, rewritten=False):
        yield self._scenario()
        paths = list(dict.fromkeys(route.path for route in self.routes))
        for make in (self._methods, self._variants, self._bodies, self._headers):
            for path in paths:
                group = make(path)
                if group.requests:
                    yield group
        yield self._unknown()
        if rewritten:
            yield from map(self._rewritten, paths)

    # What is known about a path of the template

    def _methods_of(self, path):
        methods = {route.method for route in self.routes if route.path == path}
        return [method for method in METHODS if method in methods or "ANY" in methods]

    def _owners(self, path):
        """The sample's own requests for this path, by method."""
        keys = {method: f"{method} {path}" for method in (*METHODS, "ANY")}
        return {method: self._owner[key] for method, key in keys.items() if key in self._owner}

    def _example(self, path):
        """A path as the sample asks for it, or one with made-up values."""
        owners = self._owners(path)
        good = [owner for method, owner in owners.items() if f"{method} {path}" in self._learned]
        return next(iter([*good, *owners.values()])).path if owners else _filled(path)

    def _identity(self, method, path):
        """The headers that open the door to a route, as far as the sample shows them."""
        owners = self._owners(path)
        owner = owners.get(method) or owners.get("GET" if method == "HEAD" else "ANY")
        return [] if owner is None else [(k, v) for k, v in owner.headers if k.lower() in ("authorization", "cookie")]

    def _body(self, method, path):
        """A body that suits the route: headers and bytes."""
        owner = self._owners(path).get(method)
        if owner is not None and owner.body:
            return [header for header in owner.headers if header[0].lower() == "content-type"], owner.body
        return ([JSON], b"{}") if method in WITH_BODY else ([], b"")

    def _people(self):
        yield "nobody", []
        yield "an unknown token", [("authorization", "Bearer unknown")]
        yield from self.identities.items()

    # The groups

    def _scenario(self):
        group = Group("scenario")
        for request in self.scenario:
            group.requests.append(request)
            if request.method == "GET":
                group.add(f"{request.name}, headers only", "HEAD", request.target, request.headers, request.body)
        return group

    def _methods(self, path):
        group = Group(f"methods {path}")
        example, missing = self._example(path), _filled(path)
        for person, identity in self._people():
            for method in METHODS:
                headers, body = self._body(method, path)
                group.add(f"as {person}", method, example, [*identity, *headers], body)
            if missing == example:
                continue
            for method in self._methods_of(path):
                headers, body = self._body(method, path)
                group.add(f"something missing, as {person}", method, missing, [*identity, *headers], body)
        return group

    def _variants(self, path):
        group = Group(f"variants {path}")
        example = self._example(path)
        for name, target in _variants(path, example):
            for method in self._methods_of(path):
                headers, body = self._body(method, path)
                group.add(name, method, target, [*self._identity(method, path), *headers], body)
        return group

    def _bodies(self, path):
        group = Group(f"bodies {path}")
        for method in self._methods_of(path):
            if method not in WITH_BODY:
                continue
            target, identity = self._example(path), self._identity(method, path)
            for name, headers, body in _bodies(self._body(method, path)[1]):
                group.add(name, method, target, [*identity, *headers], body)
            group.add("too large, as nobody", method, target, [JSON], b" " * (LIMIT + 1))
        return group

    def _headers(self, path):
        group = Group(f"headers {path}")
        example = self._example(path)
        for method in self._methods_of(path):
            identity = self._identity(method, path)
            content, body = self._body(method, path)
            for name, headers in _headers(self.identities):
                who = [] if any(key in ("authorization", "cookie") for key, _ in headers) else identity
                group.add(name, method, example, [*who, *headers, *content], body)
        for name, headers in _preflights(self._methods_of(path)):
            group.add(name, "OPTIONS", example, headers)
        return group

    def _unknown(self):
        group = Group("unknown")
        targets = ["/", "//", "/nowhere", "/nowhere/", "/nowhere/at/all", "/favicon.ico", "/%E2%98%83", "/a%20b", "/" + "x" * 4000]
        # The beginnings of routes that are no routes themselves.
        for route in self.routes:
            parts = _filled(route.path).split("/")
            targets += ["/".join(parts[:end]) or "/" for end in range(1, len(parts))]
        targets = dict.fromkeys(targets)
        for target in targets:
            for person, identity in self._people():
                for method in METHODS if person == "nobody" else ("GET", "POST"):
                    group.add(f"as {person}", method, target, identity)
        for name, headers in _preflights(["GET"]):
            group.add(name, "OPTIONS", "/nowhere", headers)
        return group

    def _rewritten(self, path):
        group = Group(f"rewritten {path}")
        example = self._example(path)
        targets = {
            "a dot segment in front": f"/.{example}",
            "up and down again": f"/nowhere/..{example}",
            "up at the end": f"{example}/..",
            "an encoded dot segment": f"/nowhere/%2e%2e{example}",
            "a decoded question mark at the end": f"{example}%3Fa=1",
            "a decoded hash at the end": f"{example}%23a",
            "a backslash": f"{example}%5Cextra",
            "a space at the end": f"{example}%20",
            "a tab at the end": f"{example}%09",
        }
        parts = path.split("/")
        for index, part in enumerate(parts):
            if part.startswith("{"):
                for name, value in (("?", "x%3F"), ("#", "x%23"), ("..", ".."), (".", ".")):
                    filled = [*parts[:index], value, *parts[index + 1 :]]
                    targets[f"{name} for {part}"] = _filled("/".join(filled))
        for name, target in targets.items():
            for method in self._methods_of(path):
                headers, body = self._body(method, path)
                group.add(name, method, target, [*self._identity(method, path), *headers], body)
        return group


def _filled(path):
    """A path of the template with a value for each of its variables."""
    parts = path.split("/")
    return "/".join("missing/thing" if part.endswith("+}") else "missing" if part.startswith("{") else part for part in parts)


def _variants(path, example):
    parts = example.split("/")
    yield "as it is", example
    yield "trailing slash", f"{example}/"
    yield "two trailing slashes", f"{example}//"
    yield "leading double slash", f"/{example}"
    for index in range(2, len(parts)):
        yield "double slash", "/".join([*parts[:index], "", *parts[index:]])
    for index, part in enumerate(path.split("/")):
        if part.startswith("{") and index < len(parts):
            yield "empty segment", "/".join([*parts[:index], "", *parts[index + 1 :]])
            yield "encoded slash", "/".join([*parts[:index], "a%2Fb", *parts[index + 1 :]])
            yield "encoded text", "/".join([*parts[:index], "a%20b%2Bc+d", *parts[index + 1 :]])
            yield "accents", "/".join([*parts[:index], quote("Łódź"), *parts[index + 1 :]])
            yield "no UTF-8", "/".join([*parts[:index], "%FF%FE", *parts[index + 1 :]])
            yield "encoded percent", "/".join([*parts[:index], "50%25", *parts[index + 1 :]])
            yield "a name of the API", "/".join([*parts[:index], path.split("/")[1], *parts[index + 1 :]])
    for index in range(1, len(parts)):
        if parts[index]:
            encoded = f"%{ord(parts[index][0]):02x}{parts[index][1:]}"
            yield "encoded letter", "/".join([*parts[:index], encoded, *parts[index + 1 :]])
    yield "one segment more", f"{example}/extra"
    yield "one encoded segment more", f"{example}%2Fextra"
    yield "upper case", example.upper()
    yield "parameter in the path", f"{example};v=1"
    yield "empty query", f"{example}?"
    yield "query", f"{example}?limit=1&limit=2&category=&q=%20a+b%2F%3F&flag"
    yield "query without UTF-8", f"{example}?category=%FF"


def _bodies(good):
    form = ("content-type", "application/x-www-form-urlencoded")
    yield "no body", [JSON], b""
    yield "broken JSON", [JSON], b'{"'
    yield "another JSON type", [JSON], b"[]"
    yield "null", [JSON], b"null"
    yield "something behind the JSON", [JSON], good + b" x"
    yield "no UTF-8", [JSON], b'{"name": "\xff"}'
    yield "with a charset", [("content-type", "application/json; charset=utf-8")], good
    yield "another JSON content type", [("content-type", "application/problem+json")], good
    yield "no content type", [], good
    yield "text", [("content-type", "text/plain")], good
    yield "a form", [form], b"a=1&b=2"
    yield "an image", [("content-type", "image/png")], b"\x89PNG\r\n\x1a\n"
    yield "as large as allowed", [JSON], good + b" " * (LIMIT - len(good))
    yield "one byte too large", [JSON], good + b" " * (LIMIT + 1 - len(good))


def _headers(identities):
    yield "foreign origin", [("origin", "https://elsewhere.example.com")]
    yield "origin", [("origin", "https://shop.example.com")]
    yield "accept", [("accept", "text/html"), ("accept-language", "pl")]
    yield "encodings", [("accept-encoding", "gzip, br"), ("range", "bytes=0-3")]
    yield "conditional", [("if-none-match", "*"), ("if-modified-since", "Thu, 01 Jan 2026 00:00:00 GMT")]
    yield "headers twice", [("x-twice", "1"), ("X-Twice", "2"), ("x-forwarded-host", "other.example.com")]
    for value in ("", "Bearer", "Bearer ", "Basic YTpi", "bearer unknown", "Bearer unknown", "Bearer a b", "Bearer ł"):
        yield f"authorization {value!r}", [("authorization", value)]
    for value in ("session=", "session=unknown", "a=1; b=2; a=3", "broken"):
        yield f"cookie {value!r}", [("cookie", value)]
    for name, headers in identities.items():
        for key, value in headers:
            if key == "authorization":
                token = value.rpartition(" ")[2]
                yield f"cookie of {name}", [("cookie", f"theme=dark; session={token}")]
                yield f"two cookie headers of {name}", [("cookie", "theme=dark"), ("cookie", f"session={token}")]
                yield f"authorization twice, {name} first", [(key, value), (key, "Bearer unknown")]


def _preflights(methods):
    yield "no origin", []
    yield "origin only", [("origin", "https://shop.example.com")]
    for method in (*methods, "PATCH"):
        for origin in ("https://shop.example.com", "https://elsewhere.example.com"):
            preflight = [("origin", origin), ("access-control-request-method", method)]
            yield f"preflight of {method}", [*preflight, ("access-control-request-headers", "authorization,content-type")]
