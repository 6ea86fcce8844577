"""What the gate refuses before anything is routed."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from marketplace.entrypoints.http.gate import Gate


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("api.example.com", 204),
        ("API.example.com:8000", 204),
        ("[::1]:8000", 204),
        ("shop.example.org", 204),
        ("a.b.example.org:443", 204),
        ("example.org", 400),
        ("badexample.org", 400),
        ("evil.example", 400),
        ("api.example.com.evil.example", 400),
        ("", 400),
    ],
)
async def test_only_the_hosts_allowed_are_answered_for(host: str, status: int) -> None:
    gate: Any = Gate(nothing, allowed_hosts=frozenset({"api.example.com", "[::1]", "*.example.org"}), new_id=uuid4)
    transport = httpx.ASGITransport(gate)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        answer = await client.get("/", headers={"host": host})
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["code"] == "unknown_host"
