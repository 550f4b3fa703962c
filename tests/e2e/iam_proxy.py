"""A stand-in for AWS that authorizes each request before it passes it on to a fake.

The access key id of a request's signature names its principal, and `policies` says what each principal may do; both may change while the
proxy runs. What is denied is noted, and so is what could not be decided: an unknown request, principal or element of a policy. That is a
problem of the proof and is answered with an error, never passed on.
"""

import http.client
import json
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from aws_request import NOTHING_KNOWN, Request, Undecodable, decode
from fake_aws import ACCOUNT, HOST
from iam import Need, Unsupported, allows

# Headers of one connection, which say nothing about the next.
OF_THE_CONNECTION = {"connection", "content-length", "date", "expect", "host", "server", "transfer-encoding"}


@dataclass(frozen=True)
class Denial:
    principal: str
    need: Need

    def __str__(self):
        return f"{self.principal} is not allowed {self.need}"


class IamProxy:
    """A context manager: the server ends with the `with` block. `policies` maps principals to statements; None lets everything pass."""

    def __init__(self, upstream, account=NOTHING_KNOWN):
        self.upstream = urlsplit(upstream)
        self.account = account
        self.policies = None
        self.denials = []
        self.problems = []
        self.endpoint = None
        self._server = None

    def __enter__(self):
        handler = type("Handler", (_Handler,), {"proxy": self})
        self._server = _Server((HOST, 0), handler)
        self.endpoint = f"http://{HOST}:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def denied(self, request, needs):
        """The first of `needs` that the request's principal is not allowed, which is noted."""
        if self.policies is None:
            return None
        if request.principal not in self.policies:
            raise Undecodable(f"{request.method} {request.target} by {request.principal}, whose policies are not known")
        denied = next((need for need in needs if not allows(self.policies[request.principal], need)), None)
        if denied is not None:
            self.denials.append(Denial(request.principal, denied))
        return denied

    def forward(self, request):
        connection = http.client.HTTPConnection(self.upstream.hostname, self.upstream.port, timeout=60)
        headers = {name: value for name, value in request.headers.items() if name not in OF_THE_CONNECTION}
        # The fake finds out by the host which service is asked, or by the signature where the host does not say.
        headers["host"] = self.upstream.netloc
        connection.request(request.method, request.target, request.body, headers)
        response = connection.getresponse()
        answer = response.status, response.getheaders(), response.read()
        connection.close()
        return answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        # A function that is stopped while it reads an answer.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    proxy = None
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def _any(self):
        request = Request(self.command, self.path, dict(self.headers.items()), self._body())
        try:
            self._reply(*self._answer(request))
        except (Undecodable, Unsupported) as problem:
            self.proxy.problems.append(str(problem))
            self._reply(501, [("Content-Type", "text/plain")], str(problem).encode())

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _any

    def _answer(self, request):
        decoded = decode(request, self.proxy.account)
        denied = self.proxy.denied(request, decoded.needs)
        if denied is None:
            answer = self.proxy.forward(request)
            denied = self.proxy.denied(request, decoded.if_missing) if answer[0] == 404 else None
            if denied is None:
                return answer
        return refusal(request, denied)

    def _reply(self, status, headers, body):
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in OF_THE_CONNECTION:
                self.send_header(name, value)
        # A HEAD is answered with the length of what a GET would bring.
        lengths = [value for name, value in headers if name.lower() == "content-length"]
        self.send_header("Content-Length", lengths[0] if self.command == "HEAD" and lengths else str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(chunks)


def refusal(request, need):
    """How the services say that access is denied: status, headers and body."""
    role = f"arn:aws:sts::{ACCOUNT}:assumed-role/{request.principal}/{request.principal}"
    why = f"because no identity-based policy allows the {need.action} action"
    message = f"User: {role} is not authorized to perform: {need.action} on resource: {need.resource} {why}"
    if request.service in ("s3", "sns"):
        error = f"<Code>AccessDenied</Code><Message>{escape(message)}</Message>"
        whole = (
            f"<Error>{error}</Error>" if request.service == "s3" else f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
        )
        return 403, [("Content-Type", "application/xml")], whole.encode()
    body = {"__type": "AccessDeniedException", "message": message, "Message": message}
    headers = [("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-ErrorType", "AccessDeniedException")]
    return 400 if "x-amz-target" in request.headers else 403, headers, json.dumps(body).encode()
