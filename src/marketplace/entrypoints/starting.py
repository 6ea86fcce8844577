"""What makes the start of a process short."""

import gc
import sys

UNUSED = ("aiohttp", "requests", "rich", "valkey")
"""structlog and python-socketio import these where they are installed, for parts of theirs that no
process here uses: clients, brokers, coloured traces. It is a tenth of a start."""


def begin() -> None:
    """A start makes much and drops nothing, so the garbage collector looks for nothing until `end`."""
    gc.disable()
    for name in UNUSED:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's way to say that it is not there


def end() -> None:
    """What the start made stays for good: the collector never looks at it."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()
