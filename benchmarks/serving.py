"""A server process on a listener of ours."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from marketplace.entrypoints.wiring.settings import Settings
from prove.ample_limits import AMPLE_LIMITS

PRODUCTION = {
    "ENVIRONMENT": "production",
    "ALLOWED_ORIGINS": "https://shop.example",
    "LOG_LEVEL": "INFO",
    **AMPLE_LIMITS,
}


@contextmanager
def serving(command: list[str], settings: Settings | None, **environ: str) -> Iterator[tuple[int, int]]:
    """Its pid and port; it takes the descriptor as its last argument."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        listener.set_inheritable(True)
        ours = {**settings.for_children(), **PRODUCTION} if settings else {}
        process = subprocess.Popen(
            [*command, str(listener.fileno())], pass_fds=[listener.fileno()], stderr=subprocess.DEVNULL,
            env={**os.environ, **ours, **environ},
        )  # fmt: skip
        try:
            yield process.pid, listener.getsockname()[1]
        finally:
            process.terminate()
            process.wait(30)
