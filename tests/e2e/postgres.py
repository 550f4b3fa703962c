"""A PostgreSQL of our own: a new cluster in a temporary folder on a free port, gone with the `with` block."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

import processes

HOST = "127.0.0.1"
OWNER = "owner"
START_SECONDS = 30


class NoPostgres(Exception):
    """The server's programs are not installed."""


def programs():
    """The folder of `initdb` and `postgres`, the newest version first."""
    on_path = shutil.which("initdb")
    if on_path and (Path(on_path).parent / "postgres").exists():
        return Path(os.path.realpath(on_path)).parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not found:
        raise NoPostgres("PostgreSQL is not installed: apt-get install postgresql")
    return found[-1].parent


class Postgres:
    """The server refuses to run as root, so then it runs as another user."""

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self.user = None
        if os.getuid() == 0:
            self.user = next(user for user in map(_user, ("postgres", "nobody")) if user)
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        with socket.socket() as free:
            free.bind((HOST, 0))
            self.port = free.getsockname()[1]
        data, bin_folder = self.folder / "data", programs()
        self._run([bin_folder / "initdb", "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-sync"])
        settings = {
            "port": self.port,
            "listen_addresses": HOST,
            "unix_socket_directories": self.folder,
            "fsync": "off",
            # Functions that were stopped may still hold theirs for a moment.
            "max_connections": 400,
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        self.process = self._start([bin_folder / "postgres", "-D", data, *options])
        self._wait()
        return self

    def __exit__(self, *_):
        processes.stop(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self, database, user=OWNER):
        return psycopg.connect(host=HOST, port=self.port, user=user, dbname=database, autocommit=True)

    def url(self, database, user):
        return f"postgres://{user}@{HOST}:{self.port}/{database}"

    def _as_user(self):
        if self.user is None:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": [], "cwd": self.folder}

    def _run(self, command):
        done = subprocess.run(command, capture_output=True, text=True, env=_environment(), **self._as_user())
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")

    def _start(self, command):
        with open(self.folder / "log", "ab") as log:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_environment(), **self._as_user()
            )

    def _wait(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self.connect("postgres").close()
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.1)


def _user(name):
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _environment():
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
