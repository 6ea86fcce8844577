import asyncio
import json
import socket
from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest
from websockets.exceptions import InvalidStatus

from marketplace.application.identity.authenticate import IssueSocketTicket
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.audit import Refusals
from marketplace.entrypoints.http.wire import WebSocketProtocol
from marketplace.entrypoints.realtime.credentials import Origins
from marketplace.entrypoints.websocket.app import WebSocketApp
from tests.engines import Database
from tests.realtime.harness import HurriedHub, Node, plain, running_node, settings, until

HANDSHAKE = (
    "GET /ws?token={token} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.mark.parametrize("path", ["/ws", "/ws/", "/ws/notifications", "/ws/notifications/"])
async def test_a_person_gets_their_events_with_exact_money(node: Node, path: str) -> None:
    person, other = await node.a_person(), await node.a_person()
    async with plain(node, f"token={person.token}&user_id={other.user}", path) as client:
        connected = await client.next("connected")
        assert connected["data"] == {"userId": str(person.user), "seq": 0}
        await node.deliver(other.notice("secret"), person.notice("priced", amount=Decimal("850.00")))
        frame = await client.next("priced")
        assert (frame["seq"], frame["data"]) == (1, {"amount": 850})
        assert frame["id"]
        assert frame["timestamp"].endswith("Z")


@pytest.mark.parametrize("query", ["", "token=wrong", "ticket=wrong", "token=", "token=a.b.c", "token=%00"])
async def test_bad_credentials_close_with_4401(node: Node, query: str) -> None:
    async with plain(node, query) as client:
        assert await client.closed() == 4401
    assert not list(node.hub.connections)


async def test_a_ticket_opens_one_socket(node: Node) -> None:
    person = await node.a_person()
    async with node.container() as request:
        issue = await request.get(IssueSocketTicket)
        ticket = (await issue(Actor(person.user, person.session, frozenset()))).ticket
    async with plain(node, f"ticket={ticket}") as client, plain(node, f"ticket={ticket}") as again:
        await client.next("connected")
        assert await again.closed() == 4401


async def test_frames_are_answered_or_refused(node: Node) -> None:
    person = await node.a_person()
    async with plain(node, f"token={person.token}") as client:
        await client.next("connected")
        await client.send(type="ping")
        await client.next("pong")
        await client.send(type="pong")
        for bad in ("", "{", "7", "[]", '{"type":7}', '{"type":"x","more":1}', "[" * 9000, '{"type":"x","after":NaN}'):
            await client.connection.send(bad)
            assert (await client.next("error"))["data"]["code"] == "malformed_frame"
        await client.connection.send(b"\x00")
        assert (await client.next("error"))["data"]["code"] == "malformed_frame"
        await client.send(type="no:such", id=7)
        assert (await client.next("ack"))["data"]["code"] == "unknown_event"
        assert (await client.next("error"))["data"]["event"] == "no:such"
        await client.send(type="subscribe", room=f"user:{person.user}")
        assert (await client.next("ack"))["data"]["success"] is True
        await client.send(type="subscribe", room="user:0193")
        assert (await client.next("error"))["data"]["code"] == "not_found"
        await client.send(type="resume")
        assert (await client.next("error"))["data"]["code"] == "invalid_request"
        offer = {"product_id": str(person.user), "offered_price": 850}
        await client.send(type="offer:create", id="a", data=offer)
        ack = await client.next("ack")
        assert (ack["id"], ack["data"]["success"]) == ("a", False)
        assert (await client.next("error"))["data"]["code"].endswith("not_found")


async def test_a_frame_that_is_too_large_closes(node: Node) -> None:
    person = await node.a_person()
    async with plain(node, f"token={person.token}") as client:
        await client.next("connected")
        await client.connection.send("x" * 70_000)
        assert await client.closed() == 1009


async def test_resume_repeats_exactly_what_was_missed(node: Node) -> None:
    person = await node.a_person()
    async with plain(node, f"token={person.token}") as client:
        await client.next("connected")
        await node.deliver(*(person.notice("n", n=n) for n in range(1, 4)))
        assert [(await client.next("n"))["seq"] for _ in range(3)] == [1, 2, 3]
        client.connection.transport.abort()
    await node.deliver(*(person.notice("n", n=n) for n in range(4, 604)))
    async with plain(node, f"token={person.token}") as client:
        assert (await client.next("connected"))["seq"] == 603
        await client.send(type="resume", after=3)
        assert (await client.next("ack"))["data"] == {"ok": True, "seq": 603}
        await node.deliver(person.notice("n", n=604))
        heard = [await client.next("n") for _ in range(601)]
    assert [(frame["seq"], frame["data"]["n"]) for frame in heard] == [(n, n) for n in range(4, 605)]


async def test_the_end_of_a_session_closes_with_4401(node: Node) -> None:
    person = await node.a_person()
    async with plain(node, f"token={person.token}") as client, plain(node, f"token={person.token}") as second:
        await client.next("connected")
        await second.next("connected")
        await node.log_out(person)
        assert await client.closed() == 4401
        assert await second.closed() == 4401
    async with plain(node, f"token={person.token}") as client:
        assert await client.closed() == 4401


async def test_a_foreign_page_is_refused(node: Node) -> None:
    person = await node.a_person()
    with pytest.raises(InvalidStatus):
        async with plain(node, f"token={person.token}", origin="https://evil.example"):
            pass
    for origin in ("https://shop.example", node.url):
        async with plain(node, f"token={person.token}", origin=origin) as client:
            await client.next("connected")


async def test_another_path_is_no_socket(node: Node) -> None:
    with pytest.raises(InvalidStatus):
        async with plain(node, "", "/wss"):
            pass


async def test_who_never_reads_is_cut_while_others_keep_receiving(
    database: Database, redis_url: str, tmp_path: Path
) -> None:
    async with running_node(settings(database, redis_url, tmp_path), 0, HurriedHub()) as node:
        deaf, person = await node.a_person(), await node.a_person()

        def connected() -> bool:
            return any(one.user == deaf.user for one in node.hub.connections)

        with socket.socket() as silent:
            silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            silent.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(silent, ("127.0.0.1", node.port))
            await loop.sock_sendall(silent, HANDSHAKE.format(token=deaf.token).encode())
            async with asyncio.timeout(10), plain(node, f"token={person.token}") as client:
                await client.next("connected")
                await until(connected)
                sent, largest = 0, 0
                while connected():
                    await node.deliver(*[deaf.notice(filler="x" * 6_000)] * 50, person.notice("n"))
                    sent += 1
                    assert (await client.next("n"))["seq"] == sent
                    largest = max([largest, *(one.outbox.size for one in node.hub.connections)])
                assert largest < 256 * 1024


class OpenWire:
    """Takes everything."""

    on_writable = staticmethod(lambda: None)

    def __init__(self) -> None:
        self.frames: asyncio.Queue[bytes] = asyncio.Queue()

    def write(self, frame: bytes) -> bool:
        self.frames.put_nowait(frame)
        return True

    def abort(self) -> None: ...


async def test_a_silent_client_is_pinged_and_then_taken_for_gone(
    database: Database, redis_url: str, tmp_path: Path
) -> None:
    async with running_node(settings(database, redis_url, tmp_path), 0, HurriedHub(0.07)) as node:
        person, wire = await node.a_person(), OpenWire()
        app = WebSocketApp(node.container, node.hub, Origins.of(["*"]), heartbeat=0.05, silence=0.2)
        incoming: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        outgoing: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        query = f"token={person.token}".encode()
        scope = {"type": "websocket", "headers": [], "query_string": query, "extensions": {"wire": wire}}
        incoming.put_nowait({"type": "websocket.connect"})
        running = asyncio.create_task(app(scope, incoming.get, outgoing.put))

        async def sent() -> dict[str, object]:
            return await asyncio.wait_for(outgoing.get(), 5)

        assert (await sent())["type"] == "websocket.accept"
        assert b'"connected"' in await asyncio.wait_for(wire.frames.get(), 5)
        for _ in range(6):
            assert b'{"type":"ping"}' in await asyncio.wait_for(wire.frames.get(), 5)
            incoming.put_nowait({"type": "websocket.receive", "text": '{"type":"pong"}', "bytes": None})
        assert await sent() == {"type": "websocket.close", "code": 4408, "reason": "silent"}
        assert wire.frames.qsize() >= 2
        incoming.put_nowait({"type": "websocket.disconnect", "code": 1006})
        await asyncio.wait_for(running, 5)
        assert not list(node.hub.connections)


async def test_pings_of_one_who_reads_no_pongs_fill_no_memory(node: Node) -> None:
    person, loop = await node.a_person(), asyncio.get_running_loop()
    pings = (b"\x89\xfd" + bytes(4 + 125)) * 500
    with socket.socket() as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        silent.setblocking(False)
        await loop.sock_connect(silent, ("127.0.0.1", node.port))
        await loop.sock_sendall(silent, HANDSHAKE.format(token=person.token).encode())
        await until(lambda: list(node.hub.connections))
        (protocol,) = [one for one in node.server.server_state.connections if isinstance(one, WebSocketProtocol)]
        while protocol.writable.is_set():
            await loop.sock_sendall(silent, pings)
        for _ in range(100):
            await loop.sock_sendall(silent, pings)
        assert 0 < protocol.transport.get_write_buffer_size() < 512 * 1024


async def test_what_is_refused_over_a_socket_is_in_the_audit_trail(fresh_node: Node, fresh_database: Database) -> None:
    person = await fresh_node.a_person()
    async with plain(fresh_node, "token=wrong") as stranger:
        assert await stranger.closed() == 4401
    async with plain(fresh_node, "") as nobody:
        assert await nobody.closed() == 4401
    async with plain(fresh_node, f"token={person.token}") as client:
        await client.next("connected")
        await client.send(type="offer:create", data={"product_id": str(person.user), "offered_price": 5})
        assert (await client.next("error"))["data"]["code"] == "listing_not_found"
        connection = await asyncpg.connect(fresh_database.admin_dsn)
        await connection.execute("UPDATE identity.sessions SET ended_at = now(), end_reason = 'logged_out'")
        await client.send(type="offer:create", data={"product_id": str(person.user), "offered_price": 5})
        assert (await client.next("error"))["data"]["code"] == "session_ended"
    await (await fresh_node.container.get(Refusals)).close()
    try:
        rows = await connection.fetch("SELECT actor, session, facts FROM audit.entries WHERE outcome = 'refused'")
    finally:
        await connection.close()
    assert [(row["actor"], row["session"], json.loads(row["facts"])) for row in rows] == [
        (None, None, {"route": "SOCKET connect", "code": "invalid_token", "status": 401}),
        (None, None, {"route": "SOCKET offer:create", "code": "session_ended", "status": 401}),
    ]
