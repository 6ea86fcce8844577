import os
import subprocess
import sys
from typing import Any
from uuid import UUID

import msgspec
import pytest

from marketplace.entrypoints import logs

LINES = """
import logging, structlog
from marketplace.entrypoints import logs
from marketplace.entrypoints.wiring.settings import Settings
import os
logs.configure(Settings.inspect(os.environ)[0], "http 0")
log = structlog.get_logger()
log.debug("too detailed")
log.info("offer accepted", offer_id="0192", status=200, body="secret words", email="ann@example.com")
try:
    raise ValueError("ann@example.com is taken")
except ValueError as error:
    log.error("request failed", error=error, exc_info=error)
    logging.getLogger("engineio").exception("handler error\\nsecret words")
logging.getLogger("uvicorn.access").info("GET /?token=secret")
"""


def written(environment: str) -> str:
    environ = {"PATH": os.environ["PATH"], "ENVIRONMENT": environment}
    done = subprocess.run([sys.executable, "-c", LINES], env=environ, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == ""
    return done.stderr


def test_production_writes_json_without_anybodys_words() -> None:
    lines = [msgspec.json.decode(line) for line in written("production").splitlines()]
    for line in lines:
        assert line.pop("timestamp").endswith("Z")
        assert line.pop("process") == "http 0"
    assert lines == [
        {"event": "offer accepted", "level": "info", "offer_id": "0192", "status": 200},
        {"event": "request failed", "level": "error", "error": "ValueError", "trace": "<string>.<module>:11"},
        {"event": "handler error", "level": "error", "logger": "engineio", "error": "ValueError",
         "trace": "<string>.<module>:11"},
    ]  # fmt: skip


def test_development_shows_people_the_trace() -> None:
    text = written("development")
    assert "offer accepted" in text
    assert "ValueError: ann@example.com is taken" in text
    assert "secret" not in text
    assert "too detailed" not in text


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("status", 404, 404),
        ("ok_count", 3, 3),
        ("path", "/ws?token=abc", "/ws"),
        ("user_id", UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        ("user_id", "ann@example.com", "***"),
        ("target_id", "+998901234567", "***"),
        ("error", ValueError("ann"), "ValueError"),
        ("reason", "mail to ann@example.com", "mail to ***"),
        ("reason", "call +998 90 123-45-67", "call ***"),
        ("reason", "from 203.0.113.9 or 2001:db8::1:2", "from *** or ***"),
        ("reason", "token eyJhbGciOi.eyJzdWIiOi.c2ln", "token ***"),
        ("event", "two\nlines", "two lines"),
        ("outcome", ["a"], "<list>"),
    ],
)
def test_what_is_kept_is_harmless(key: str, value: object, expected: object) -> None:
    assert logs.allowed(None, "info", {key: value}) == {key: expected}


@pytest.mark.parametrize("key", ["body", "password", "token", "email", "phone", "ip", "address", "otp", "username"])
def test_what_is_not_listed_is_dropped(key: str) -> None:
    line: dict[str, Any] = {key: "x", "event": "e"}
    assert logs.allowed(None, "info", line) == {"event": "e"}
