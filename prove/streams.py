"""Server-sent events as an EventSource reads them."""

import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple


class ServerSent(NamedTuple):
    """`id` is empty where none was sent; `data` is the frame."""

    id: str
    name: str
    data: dict[str, Any]


async def events_in(lines: AsyncIterator[str]) -> AsyncIterator[ServerSent]:
    """A comment is an event called `:`, and `retry` one of that name."""
    fields: dict[str, str] = {}
    async for line in lines:
        name, _, value = line.partition(":")
        if line:
            fields[name or ":"] = value.removeprefix(" ")
        elif "event" in fields:
            yield ServerSent(fields.get("id", ""), fields["event"], json.loads(fields["data"]))
            fields = {}
        elif fields:
            yield ServerSent("", next(iter(fields)), {"text": next(iter(fields.values()))})
            fields = {}
