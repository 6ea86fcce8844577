"""Listens to what applications say in tests; tests/conftest.py fails the test in which a secret was told."""

import re

import pytest
from litestar.types import Message, Scope

from prove.canaries import leaks

DOCUMENTS = ("/openapi.json", "/api/schema")
"""Their examples are cards that everybody knows."""
SHOWN_ONCE = re.compile(r"/api/v1/webhooks/endpoints(/[0-9a-f-]{36}/rotate-secret)?")
"""A POST to these answers with a secret of the caller's own."""
_CHATTER = re.compile(r"^(DEBUG|INFO) .*$", re.MULTILINE)
_HEARD: list[str] = []


async def hear(message: Message, scope: Scope) -> None:
    """For Litestar's `before_send`: the headers and bodies of answers."""
    shows = scope["path"] in DOCUMENTS or (scope.get("method") == "POST" and SHOWN_ONCE.fullmatch(scope["path"]))
    if not shows:
        said = message.get("body") or repr(message.get("headers"))
        listen(scope["path"], said)


def listen(what: str, said: object) -> None:
    text = said if isinstance(said, str | bytes) else repr(said)
    _HEARD.extend(f"{what} told {leak}" for leak in leaks(text))


def taken() -> list[str]:
    """What was told since the last time."""
    heard = _HEARD.copy()
    _HEARD.clear()
    return heard


def written(report: pytest.TestReport) -> list[str]:
    """What this step of a test wrote on its output and in its log, where only warnings of libraries ever go."""
    own = [(name, _CHATTER.sub("", text)) for name, text in report.sections if name.endswith(report.when)]
    return [f"{name} holds {leak}" for name, text in own for leak in leaks(text)]
