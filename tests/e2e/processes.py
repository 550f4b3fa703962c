"""Child processes that never outlive this one."""

import ctypes
import os
import signal
import subprocess
import sys

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _die_with_parent():
    """Runs in the child before exec: the kernel kills it when its parent is gone, however that happened."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def start(command, *, env, log):
    """Starts `command` with exactly `env`; both of its output streams go to the file `log`."""
    with open(log, "ab") as output:
        return subprocess.Popen(
            [os.fspath(part) for part in command],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=_die_with_parent,
        )


def stop(process):
    """Ends a child and reaps it."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def exit_on_signals():
    """Turns SIGTERM and SIGHUP into an ordinary exit, so that every `with` block still cleans up."""

    def leave(number, _frame):
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
