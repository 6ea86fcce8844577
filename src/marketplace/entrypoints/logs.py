"""Logs for people (development, tests) or for machines (production, JSON lines), on standard error.

Only listed keys leave the process: numbers, codes, ids and paths, never bodies, tokens, addresses or names of people.
"""

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import structlog

from marketplace.entrypoints.wiring.settings import Settings

CODES = frozenset({
    "action", "actor_kind", "attempt", "attempts", "bytes", "code", "count", "currency", "duration_ms", "engine",
    "environment", "exit_code", "gateway", "handler", "head", "index", "job", "jobs", "kind", "level", "limit",
    "logger", "method", "ms", "outcome", "pid", "place", "port", "process", "public_key", "queue", "route", "rows",
    "running", "seconds", "signature", "size", "state", "status", "subscriber", "task", "timestamp", "trace", "version",
    "worker",
})  # fmt: skip
"""Numbers and words of our own code."""
TEXTS = frozenset({"error", "event", "lane", "path", "reason", "room", "topic"})
"""May hold what others wrote: what looks like an address, a number or a token of a person is blotted out."""
SUFFIXES = ("_id", "_ms", "_count", "_bytes", "_seconds")
"""Keys that end so are ids and numbers."""
LONGEST = 200
"""Characters of a text."""
DEEPEST = 6
"""Frames of a trace."""
BLOT = "***"
_ID = re.compile(r"[A-Za-z0-9][\w.:-]{0,79}", re.ASCII)
_PERSONAL = re.compile(
    r"[^\s@]+@[^\s@]+"  # a mail address
    r"|(?<![\w-])\+?\d(?:[ ()-]?\d){8,14}(?![\w-])"  # a telephone number
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b"  # an IPv4 address
    r"|\b(?:[0-9A-Fa-f]{0,4}:){3,}[0-9A-Fa-f]{0,4}\b"  # an IPv6 address
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*"  # a token
)


class Requests:
    """The line of every request: its facts are all ours, so a machine's line is written without the filters."""

    def __init__(self) -> None:
        self._process: str | None = None
        self._enabled = True

    def configure(self, settings: Settings, process: str, level: int) -> None:
        self._enabled = level <= logging.INFO
        self._process = process if settings.is_production else None

    def __call__(self, request_id: str, method: str, route: str, status: int, ms: float) -> None:
        if not self._enabled:
            return
        if self._process is None:
            structlog.get_logger().info(
                "request", request_id=request_id, method=method, route=route, status=status, ms=ms
            )
            return
        now = datetime.now(UTC).isoformat()  # noqa: TID251 - the log's own time
        line = {
            "request_id": request_id, "method": method, "route": route, "status": status, "ms": ms,
            "event": "request", "process": self._process, "level": "info", "timestamp": now,
        }  # fmt: skip
        sys.stderr.buffer.write(msgspec.json.encode(line) + b"\n")
        sys.stderr.buffer.flush()


log_request = Requests()
LIBRARIES = ("asyncio", "uvicorn", "uvicorn.error", "uvicorn.access", "engineio", "socketio", "websockets", "alembic")


def configure(settings: Settings, process: str) -> None:
    """Set up structlog and, from WARNING on, the libraries' own logging. `process` is in every line."""
    level = logging.getLevelNamesMapping()[settings.log_level]
    log_request.configure(settings, process, level)
    structlog.contextvars.clear_contextvars()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _Process(process),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _traced if settings.is_production else _shown,
            *_renderer(settings.is_production),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.handlers[:] = [_Bridge()]
    root.setLevel(max(level, logging.WARNING))
    for name in LIBRARIES:
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
        library.setLevel(logging.NOTSET)


def allowed(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop what is not listed, and cut what is left to harmless values."""
    return {
        key: _harmless(key, value)
        for key, value in line.items()
        if key in CODES or key in TEXTS or key.endswith(SUFFIXES)
    }


def _traced(logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception as the places it came through, innermost first, without its message or anybody's values."""
    if error := _exception(line):
        frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
        line["trace"] = " < ".join(
            f"{Path(frame.filename).stem}.{frame.name}:{frame.lineno}" for frame in reversed(frames)
        )
    return allowed(logger, method, line)


def _shown(logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception in full, for the developer's own terminal."""
    error = _exception(line)
    kept = allowed(logger, method, line)
    if error:
        kept["exc_info"] = error
    return kept


def _exception(line: MutableMapping[str, Any]) -> BaseException | None:
    """As given, or the one being handled for `exc_info=True`."""
    given = line.pop("exc_info", None)
    if isinstance(given, BaseException):
        return given
    return sys.exc_info()[1] if given else None


class _Process:
    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, _: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        line["process"] = self._name
        return line


class _Bridge(logging.Handler):
    """The libraries' records: the first line of the message, and the class of the exception."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            error = record.exc_info[1] if record.exc_info else None
            facts = {"error": type(error).__name__, "exc_info": error} if error else {}
            event = record.getMessage().strip().partition("\n")[0]
            structlog.get_logger().log(record.levelno, event, logger=record.name, **facts)
        except Exception:  # as logging itself does: a log line must not end the program
            self.handleError(record)


def _harmless(key: str, value: Any) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, BaseException):
        return type(value).__name__
    if not isinstance(value, str | UUID):
        return f"<{type(value).__name__}>"
    text = str(value)
    if key in CODES:
        return text[:LONGEST] if key != "trace" else text
    if key not in TEXTS:
        return text if _ID.fullmatch(text) else BLOT
    shown = text.partition("?")[0] if key == "path" else text
    return _PERSONAL.sub(BLOT, " ".join(shown[:LONGEST].split()))


def _renderer(production: bool) -> list[structlog.typing.Processor]:
    if production:
        return [structlog.processors.JSONRenderer(serializer=_json)]
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), sort_keys=False, exception_formatter=structlog.dev.plain_traceback
        ),
        _encoded,
    ]


def _json(line: Mapping[str, Any], **_: Any) -> bytes:
    return msgspec.json.encode(line)


def _encoded(_: Any, __: str, line: Any) -> bytes:
    return str(line).encode(errors="replace")
