"""Commands over sockets are counted by person, over all their sockets; messages together with those over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from tests.engines import Database
from tests.realtime.harness import Node, Person, plain, running_node, settings, socket_io


@pytest.fixture
async def node(database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Node]:
    limited = settings(database, redis_url, tmp_path, RATE_LIMIT_SOCKET="5/minute", RATE_LIMIT_CHAT="3/minute")
    async with running_node(limited) as node:
        yield node


async def test_who_sends_too_much_is_told_how_long_to_wait(node: Node) -> None:
    person, other = await node.a_person(), await node.a_person()
    mine = {"room": f"user:{person.user}"}
    async with plain(node, f"token={person.token}") as client, socket_io(node.url, person) as stock:
        await client.next("connected")
        await stock.next("connected")
        for _ in range(2):
            await client.send(type="subscribe", **mine)
            assert (await client.next("ack"))["data"]["success"]
            assert (await stock.call("subscribe", mine))["success"]
        assert (await stock.call("no:such", {}))["code"] == "unknown_event", "what is refused counts too"
        assert (await stock.next("error"))["code"] == "unknown_event"

        refused = await stock.call("subscribe", mine)
        assert (refused["success"], refused["code"], refused["event"]) == (False, "rate_limited", "subscribe")
        assert 1 <= refused["retry_after"] <= 61
        assert (await stock.next("error"))["retry_after"] == refused["retry_after"]
        await client.send(type="subscribe", **mine)
        told = (await client.next("error"))["data"]
        assert (told["code"], told["event"], 1 <= told["retry_after"] <= 61) == ("rate_limited", "subscribe", True)
        async with plain(node, f"token={other.token}") as another:
            await another.next("connected")
            await another.send(type="subscribe", room=f"user:{other.user}")
            assert (await another.next("ack"))["data"]["success"]


async def test_messages_count_together_wherever_they_are_sent(node: Node) -> None:
    person, other = await node.a_person(), await node.a_person()
    headers = {"authorization": f"Bearer {person.token}"}
    async with httpx.AsyncClient(base_url=f"{node.url}/api/v1", headers=headers) as http:

        async def post(path: str, **body: str) -> httpx.Response:
            return await http.post(path, json=body)

        begun = (await post("/conversations", other_user_id=str(other.user), initial_message="One")).json()["data"]
        messages = f"/conversations/{begun['id']}/messages"
        assert (await post(messages, content="Two")).status_code == 201
        async with socket_io(node.url, person) as stock:
            await stock.next("connected")
            said: dict[str, Any] = {"conversation_id": begun["id"], "content": "Three"}
            assert (await stock.call("message:send", said))["data"]["seq"] == 3
            refused = await stock.call("message:send", {**said, "content": "Four"})
            assert (refused["code"], refused["retry_after"] > 0) == ("rate_limited", True)
        answer = await post(messages, content="Four")
        assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
        assert int(answer.headers["retry-after"]) >= 1
        assert (await http.get(messages)).json()["data"]["total"] == 3
    assert await _may_answer(node, other, messages)


async def _may_answer(node: Node, who: Person, path: str) -> bool:
    headers = {"authorization": f"Bearer {who.token}"}
    async with httpx.AsyncClient(base_url=f"{node.url}/api/v1", headers=headers) as http:
        return (await http.post(path, json={"content": "Well"})).is_success
