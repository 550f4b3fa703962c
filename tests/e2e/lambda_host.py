"""Runs function binaries as Lambda would: a stand-in for the Lambda Runtime API, one server for all of them."""

import json
import os
import queue
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import processes
from fake_aws import ACCOUNT, HOST, REGION

TIMEOUT_SECONDS = 30


class FunctionFailed(Exception):
    """The function reported an error, ended, or did not answer in time."""


class Function:
    """One deployed function: a binary, its environment, and the process that runs it once it is needed."""

    def __init__(self, name, binary, environment, log):
        self.name = name
        self.binary = binary
        self.environment = environment
        self.log = log
        self.events = queue.Queue()
        self.answers = {}
        self.answered = threading.Condition()
        self.process = None
        # How many processes have been started. Each has a runtime API of its own: what one that has ended still asked for is nothing
        # that its successor could miss.
        self.starts = 0
        # Held while a process starts, which may ask for its first event before it is known here.
        self.starting = threading.Lock()
        self.invocations = 0

    def answer(self, request_id, kind, body):
        with self.answered:
            self.answers[request_id] = (kind, body)
            self.answered.notify_all()


class LambdaHost:
    """All functions of one side. A context manager: every process ends with the `with` block."""

    def __init__(self, endpoint, logs):
        self.endpoint = endpoint
        self.logs = logs
        self.functions = {}
        self._server = None

    def __enter__(self):
        host = self

        class Handler(_RuntimeApi):
            functions = host.functions

        self._server = _Server((HOST, 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        for function in self.functions.values():
            if function.process is not None:
                processes.stop(function.process)
        self._server.shutdown()
        self._server.server_close()

    def deploy(self, name, binary, environment):
        self.functions[name] = Function(name, binary, environment, self.logs / f"{name}.log")

    def _start(self, function):
        address, port = self._server.server_address[:2]
        start = function.starts + 1
        # What Lambda itself provides, and nothing of our own environment.
        provided = {
            # With a path, lambda_runtime wants the scheme too.
            "AWS_LAMBDA_RUNTIME_API": f"http://{address}:{port}/{function.name}/{start}",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/01/[$LATEST]0",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": function.name,
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_EXECUTION_ENV": "AWS_Lambda_provided.al2023",
            "LAMBDA_TASK_ROOT": os.path.dirname(os.path.abspath(function.binary)),
            "_HANDLER": "bootstrap",
            "LANG": "en_US.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "TZ": ":UTC",
            "AWS_ENDPOINT_URL": self.endpoint,
        }
        environment = provided | function.environment
        with function.starting:
            function.starts = start
            function.events = queue.Queue()
            function.process = processes.start([function.binary], env=environment, log=function.log)

    def invoke(self, name, event):
        """Sends one event to one function and waits for its answer (parsed JSON)."""
        function = self.functions[name]
        if function.process is None or function.process.poll() is not None:
            self._start(function)
        function.invocations += 1
        request_id = f"{function.name}-{function.invocations}"
        function.events.put((request_id, json.dumps(event).encode()))
        deadline = time.monotonic() + TIMEOUT_SECONDS
        with function.answered:
            while request_id not in function.answers:
                if function.process.poll() is not None:
                    raise FunctionFailed(f"{name} ended with {function.process.returncode}: {_end(function.log)}")
                if time.monotonic() > deadline:
                    processes.stop(function.process)
                    raise FunctionFailed(f"{name} did not answer in {TIMEOUT_SECONDS} s: {_end(function.log)}")
                function.answered.wait(0.2)
            kind, body = function.answers.pop(request_id)
        if kind != "response":
            raise FunctionFailed(f"{name} reported an error: {body.decode(errors='replace')[:300]}")
        return json.loads(body)


def _end(log):
    """What a function wrote last."""
    lines = log.read_text(errors="replace").splitlines()
    return " / ".join(lines[-5:]) or "its log is empty"


class _Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        # A function that is stopped while it reads an answer.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _RuntimeApi(BaseHTTPRequestHandler):
    """`/FUNCTION/START/2018-06-01/runtime/...`"""

    functions = {}
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def _target(self):
        """The function, which of its processes asks, and the rest of the path behind `runtime`."""
        _, name, start, _version, _runtime, *rest = self.path.split("/")
        return self.functions[name], int(start), rest

    def _reply(self, status, body=b"", headers=()):
        self.send_response(status)
        for key, value in headers:
            self.send_header(key, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        function, start, rest = self._target()
        if rest != ["invocation", "next"]:
            return self._reply(404)
        with function.starting:
            is_last, process, events = start == function.starts, function.process, function.events
        while True:
            if not is_last or process.poll() is not None:
                self.close_connection = True
                return None
            try:
                request_id, event = events.get(timeout=1)
                break
            except queue.Empty:
                continue
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function.name}"
        headers = [
            ("Lambda-Runtime-Aws-Request-Id", request_id),
            ("Lambda-Runtime-Deadline-Ms", str(int((time.time() + TIMEOUT_SECONDS) * 1000))),
            ("Lambda-Runtime-Invoked-Function-Arn", arn),
            ("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0"),
        ]
        return self._reply(200, event, headers)

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

    def do_POST(self):
        body = self._body()
        function, _start, rest = self._target()
        if rest[0] == "invocation" and rest[-1] in ("response", "error"):
            function.answer(rest[1], rest[-1], body)
        elif rest != ["init", "error"]:
            return self._reply(404)
        return self._reply(202, b'{"status":"OK"}')
