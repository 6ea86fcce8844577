"""Processes end with their supervisor, even when it was killed: they read a pipe that only it holds open."""

import os
import signal
import threading

VARIABLE = "SUPERVISOR_PIPE"


def follow(grace: float = 30.0) -> None:
    """When the supervisor is gone send this process SIGTERM, and SIGKILL `grace` seconds later.

    Does nothing in a process that no supervisor started.
    """
    if descriptor := os.environ.pop(VARIABLE, ""):
        threading.Thread(target=_watch, args=(int(descriptor), grace), name="lifeline", daemon=True).start()


def _watch(descriptor: int, grace: float) -> None:
    os.read(descriptor, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(grace)
    os.kill(os.getpid(), signal.SIGKILL)
