"""GET /sync/stream: the sockets' events as server-sent ones."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from marketplace.application.identity.authenticate import IssueSocketTicket
from marketplace.application.shared.actor import Actor
from marketplace.entrypoints.realtime.credentials import Admission
from marketplace.entrypoints.sse.stream import EventStream
from prove.streams import ServerSent, events_in
from tests import canaries
from tests.engines import Database
from tests.realtime.harness import PATIENCE, HurriedHub, Node, Person, plain, running_node, settings, socket_io, until


class Listening:
    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._events = events_in(answer.aiter_lines())

    async def next(self, name: str) -> ServerSent:
        event = await asyncio.wait_for(anext(self._events), PATIENCE)
        canaries.listen(event.name, event.data)
        assert event.name == name, event
        return event

    async def ended(self) -> bool:
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(self._events), PATIENCE)
        return True


@asynccontextmanager
async def listening(node: Node, person: Person | None, query: str = "", **headers: str) -> AsyncIterator[Listening]:
    """Past `retry`, where it is admitted."""
    if person:
        headers["authorization"] = f"Bearer {person.token}"
    async with (
        httpx.AsyncClient(timeout=PATIENCE) as client,
        client.stream("GET", f"{node.url}/api/v1/sync/stream{query}", headers=headers) as answer,
    ):
        stream = Listening(answer)
        if answer.status_code == 200:
            assert 1_000 <= int((await stream.next("retry")).data["text"]) <= 3_000
        else:
            await answer.aread()
        yield stream


async def a_ticket(node: Node, person: Person) -> str:
    async with node.container() as request:
        issue = await request.get(IssueSocketTicket)
        return (await issue(Actor(person.user, person.session, frozenset()))).ticket


async def test_a_person_gets_the_frames_of_the_plain_websocket_and_nobody_elses(node: Node) -> None:
    person, other = await node.a_person(), await node.a_person()
    async with listening(node, person) as stream, plain(node, f"token={person.token}") as client:
        assert stream.answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.answer.headers["cache-control"] == "no-store"
        greeting = await stream.next("connected")
        assert (greeting.id, greeting.data["data"]) == ("0", {"userId": str(person.user), "seq": 0})
        await client.next("connected")
        await node.deliver(other.notice("secret"), *(person.notice("n", n=n) for n in range(300)))
        for number in range(1, 301):
            event = await stream.next("n")
            assert event == (str(number), "n", await client.next("n"))


async def test_a_client_that_comes_back_gets_what_it_missed(node: Node) -> None:
    person = await node.a_person()
    await node.deliver(*(person.notice("n") for _ in range(450)))
    headers = {"last-event-id": "440"}
    async with listening(node, person, "?after=3", **headers) as again, listening(node, person, "?after=0") as anew:
        greeting = await again.next("connected")
        assert (greeting.id, greeting.data["data"]["seq"]) == ("440", 450)
        assert [(await again.next("n")).id for _ in range(10)] == [str(n) for n in range(441, 451)]
        await anew.next("connected")
        assert [(await anew.next("n")).id for _ in range(450)] == [str(n) for n in range(1, 451)]
    async with listening(node, person, "?after=999") as ahead:
        assert (await ahead.next("connected")).id == "450"
        await node.deliver(person.notice("n"))
        assert (await ahead.next("n")).id == "451"


async def test_what_is_no_longer_kept_is_said_with_where_it_goes_on(node: Node) -> None:
    person = await node.a_person()
    await node.deliver(*(person.notice("n") for _ in range(5)))
    await node.forget_events()
    async with listening(node, person, "?after=2") as stream:
        await stream.next("connected")
        told = await stream.next("sync:required")
        assert (told.id, told.data["data"]) == ("5", {"seq": 5})
        await node.deliver(person.notice("n"))
        assert (await stream.next("n")).id == "6"


async def test_a_ticket_opens_one_stream(node: Node) -> None:
    person = await node.a_person()
    ticket = await a_ticket(node, person)
    async with listening(node, None, f"?ticket={ticket}") as stream:
        await stream.next("connected")
        async with listening(node, None, f"?ticket={ticket}") as again:
            assert (again.answer.status_code, again.answer.json()["code"]) == (401, "invalid_ticket")


@pytest.mark.parametrize("query", ["", "?ticket=wrong", "?ticket="])
async def test_nobody_listens_without_credentials(node: Node, query: str) -> None:
    async with listening(node, None, query) as stream:
        assert stream.answer.status_code == 401
        assert stream.answer.headers["content-type"] == "application/problem+json"
    async with listening(node, None, query, authorization="Bearer a.b.c") as stream:
        assert stream.answer.status_code == 401
    assert not list(node.hub.connections)


async def test_a_foreign_page_is_refused_and_a_number_that_is_none(node: Node) -> None:
    person = await node.a_person()
    async with listening(node, person, origin="https://evil.example") as stream:
        assert (stream.answer.status_code, stream.answer.json()["code"]) == (403, "foreign_origin")
    async with listening(node, person, "?after=x") as stream:
        assert (stream.answer.status_code, stream.answer.json()["code"]) == (422, "invalid_request")
    async with listening(node, person, origin="https://shop.example") as stream:
        await stream.next("connected")
        assert stream.answer.headers["access-control-allow-origin"] == "https://shop.example"


async def test_who_asks_for_the_head_alone_gets_it(node: Node) -> None:
    person = await node.a_person()
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        answer = await client.head(
            f"{node.url}/api/v1/sync/stream", headers={"authorization": f"Bearer {person.token}"}
        )
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


async def test_the_end_of_a_session_ends_its_stream(node: Node) -> None:
    person = await node.a_person()
    async with listening(node, person) as stream:
        await stream.next("connected")
        await node.log_out(person)
        await node.deliver(person.notice("too late"))
        assert (await stream.next("closed")).data["data"] == {"code": 4401, "reason": "not_authenticated"}
        assert await stream.ended()
    async with listening(node, person) as again:
        assert (again.answer.status_code, again.answer.json()["code"]) == (401, "session_ended")


async def test_the_end_of_a_token_ends_all_that_it_opened(node: Node) -> None:
    person = await node.a_person()
    async with (
        listening(node, person) as stream,
        plain(node, f"token={person.token}") as frames,
        socket_io(node.url, person) as client,
    ):
        await stream.next("connected")
        await until(lambda: len(list(node.hub.connections)) == 3)
        for connection in node.hub.connections:
            connection.expires_at = time.time() + 1
        await stream.next("session:expiring")
        assert (await stream.next("closed")).data["data"]["code"] == 4401
        assert await frames.closed() == 4401
        await asyncio.wait_for(client.disconnected.wait(), PATIENCE)


async def test_who_leaves_is_forgotten_and_a_stop_sends_the_others_away(
    database: Database, redis_url: str, tmp_path: Path
) -> None:
    async with running_node(settings(database, redis_url, tmp_path)) as node:
        person = await node.a_person()
        async with listening(node, person) as stream:
            await stream.next("connected")
        await until(lambda: not list(node.hub.connections))
        async with listening(node, person) as stream:
            await stream.next("connected")
            node.server.should_exit = True
            assert (await stream.next("closed")).data["data"] == {"code": 1012, "reason": "reconnect"}
            assert await stream.ended()
            await asyncio.wait_for(asyncio.shield(node.running), 5)


async def test_who_never_reads_is_cut_and_can_resume(database: Database, redis_url: str, tmp_path: Path) -> None:
    async with running_node(settings(database, redis_url, tmp_path), 0, HurriedHub()) as node:
        deaf = await node.a_person()
        with socket.socket() as silent:
            silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            silent.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(silent, ("127.0.0.1", node.port))
            ask = "GET /api/v1/sync/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n"
            await loop.sock_sendall(silent, ask.format(deaf.token).encode())
            await until(lambda: list(node.hub.connections))
            sent, largest = 0, 0
            async with asyncio.timeout(10):
                while list(node.hub.connections):
                    await node.deliver(*[deaf.notice("n", filler="x" * 6_000)] * 50)
                    sent += 50
                    largest = max([largest, *(one.outbox.size for one in node.hub.connections)])
            assert largest < 256 * 1024
        async with listening(node, deaf, f"?after={sent - 1}") as stream:
            await stream.next("connected")
            assert (await stream.next("n")).id == str(sent)


async def test_a_comment_comes_while_nothing_happens(node: Node) -> None:
    person = await node.a_person()
    admission = Admission(Actor(person.user, person.session, frozenset()), expires_at=2**40)
    outgoing: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    gone = asyncio.Event()

    async def receive() -> dict[str, str]:
        await gone.wait()
        return {"type": "http.disconnect"}

    stream = EventStream(node.hub, admission, None, bodiless=False)
    answering = asyncio.create_task(stream.to_asgi_response()({}, receive, outgoing.put))

    async def sent() -> bytes:
        message = await asyncio.wait_for(outgoing.get(), PATIENCE)
        return bytes(message.get("body", b""))

    assert [(await sent())[:6] for _ in range(3)] == [b"", b"retry:", b"id: 0\n"]
    (connection,) = node.hub.connections
    now = asyncio.get_running_loop().time()
    for seconds in ((20, 26), (27, 52)):
        for one in seconds:
            connection.beat(now + one)
        assert await sent() == b": still here\n\n"
    gone.set()
    await asyncio.wait_for(answering, PATIENCE)
    assert not list(node.hub.connections)
