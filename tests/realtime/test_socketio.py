import asyncio
import json
from decimal import Decimal

import httpx
import pytest
import socketio
from prometheus_client import REGISTRY

from marketplace.application.identity.authenticate import IssueSocketTicket
from marketplace.application.shared.actor import Actor
from tests.realtime.harness import Node, plain, socket_io, until

POLLING = "/socket.io/?EIO=4&transport=polling"
TRANSPORTS = [["websocket"], ["polling"], ["polling", "websocket"]]


@pytest.mark.parametrize("transports", TRANSPORTS, ids="+".join)
async def test_a_person_gets_their_events_with_exact_money(node: Node, transports: list[str]) -> None:
    person = await node.a_person()
    async with socket_io(node.url, person, transports=transports) as client:
        assert await client.next("connected") == {"userId": str(person.user), "seq": 0}
        await node.deliver(person.notice("offer:new", id="o1", offered_price=Decimal("850.00")))
        data = await client.next("offer:new")
        assert (data["id"], data["seq"], str(data["offered_price"])) == ("o1", 1, "850.00")
        assert data["eventId"]
        await node.deliver(person.notice("empty"))
        assert (await client.next("empty"))["seq"] == 2


async def test_open_sockets_are_counted(node: Node) -> None:
    def counted() -> float:
        return REGISTRY.get_sample_value("marketplace_sockets") or 0

    person, before = await node.a_person(), counted()
    async with socket_io(node.url, person) as one, plain(node, f"token={person.token}") as another:
        await one.next("connected")
        await another.next("connected")
        assert counted() == before + 2
    await until(lambda: counted() == before)


async def test_an_outsider_hears_nothing(node: Node) -> None:
    person, outsider = await node.a_person(), await node.a_person()
    async with socket_io(node.url, person) as client, socket_io(node.url, outsider) as other:
        await client.next("connected")
        await other.next("connected")
        await node.deliver(person.notice("secret"))
        await client.next("secret")
        await node.deliver(outsider.notice("mine"))
        assert (await other.next("mine"))["seq"] == 1


@pytest.mark.parametrize("auth", [None, {"token": "wrong"}, {"ticket": "wrong"}, {"token": 7}, {"token": "a.b.c"}])
async def test_bad_credentials_are_a_connect_error(node: Node, auth: object) -> None:
    client = socketio.AsyncClient(reconnection=False)
    told: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    async def refused(error: object) -> None:
        told.set_result(error)

    client.on("connect_error", refused)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.connect(node.url, auth=auth, wait_timeout=5)
    error = await asyncio.wait_for(told, 5)
    await client.shutdown()
    assert isinstance(error, dict)
    assert error["message"] == "unauthorized"
    assert error["data"]["code"] in {"not_authenticated", "invalid_token", "invalid_ticket"}
    assert not list(node.hub.connections)


async def test_a_ticket_and_an_old_clients_query_open_a_socket(node: Node) -> None:
    person = await node.a_person()
    async with node.container() as request:
        issue = await request.get(IssueSocketTicket)
        ticket = (await issue(Actor(person.user, person.session, frozenset()))).ticket
    async with socket_io(node.url, auth={"ticket": ticket}) as client:
        assert (await client.next("connected"))["userId"] == str(person.user)
    async with socket_io(f"{node.url}?token={person.token}") as client:
        assert (await client.next("connected"))["userId"] == str(person.user)


async def test_events_are_answered_or_refused(node: Node) -> None:
    person = await node.a_person()
    async with socket_io(node.url, person) as client:
        await client.next("connected")
        answer = await client.call("no:such", {"a": 1})
        assert (answer["success"], answer["code"]) == (False, "unknown_event")
        assert (await client.next("error"))["event"] == "no:such"
        answer = await client.call("resume", {"after": 0, "more": 1})
        assert (answer["success"], answer["code"]) == (False, "invalid_request")
        assert (await client.next("error"))["code"] == "invalid_request"
        answer = await client.call("offer:create", {"product_id": str(person.user), "offered_price": "850"})
        assert (answer["success"], answer["code"]) == (False, "invalid_request")
        await client.next("error")
        answer = await client.call("offer:create", {"product_id": str(person.user), "offered_price": 850})
        assert answer["success"] is False
        assert answer["code"].endswith("not_found")
        await client.next("error")
        assert await client.call("resume", {"after": 0}) == {"ok": True, "seq": 0}


MALFORMED = (
    "2", "9", '2{"a":1}', '2["connect",{}]', '2["*",{}]', '2["*","x"]', "2[7]", "2[[]]", '2["x",NaN]', "51-[0]",
    "2" + "[" * 9000, "",
)  # fmt: skip


@pytest.mark.parametrize("packet", MALFORMED)
async def test_a_malformed_packet_is_answered_and_forgotten(node: Node, packet: str) -> None:
    person = await node.a_person()
    async with socket_io(node.url, person, transports=["websocket"]) as client:
        await client.next("connected")
        await client.client.eio.send(packet)
        assert (await client.next("error"))["code"] == "malformed_frame"
        assert await client.call("resume", {"after": 0}) == {"ok": True, "seq": 0}


async def test_what_is_no_engine_io_is_refused_without_a_fault_of_ours(
    node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    async def post(body: bytes) -> tuple[int, int]:
        """The status of this body, and of one behind it."""
        opening = (await http.get(POLLING)).text
        sid = json.loads(opening[1:])["sid"]
        first, second = [await http.post(f"{POLLING}&sid={sid}", content=one) for one in (body, b"3")]
        return first.status_code, second.status_code

    async with httpx.AsyncClient(base_url=node.url) as http:
        refused = [b"zzz", b"bA", b"\xff", b"\x1e".join([b"3"] * 1_001)]
        assert [await post(body) for body in refused] == [(400, 400)] * len(refused)
        assert [await post(body) for body in (b"7", b"9", b"3\x1e9")] == [(200, 200)] * 3
        answer = await http.get(f"{POLLING}&sid={'9' * 5_000}-x")
        assert (answer.status_code, answer.text[:16]) == (400, '"Invalid session')
    assert [record for record in caplog.records if record.exc_info] == []


async def test_a_poll_may_bring_many_events_at_once(node: Node) -> None:
    person = await node.a_person()
    async with socket_io(node.url, person, transports=["polling"]) as client:
        await client.next("connected")
        answers = await asyncio.gather(*(client.call("resume", {"after": 0}) for _ in range(60)))
        assert answers == [{"ok": True, "seq": 0}] * 60


async def test_resume_repeats_exactly_what_was_missed(node: Node) -> None:
    person = await node.a_person()
    async with socket_io(node.url, person) as client:
        await client.next("connected")
        await node.deliver(*(person.notice("n", n=n) for n in range(1, 4)))
        assert [(await client.next("n"))["seq"] for _ in range(3)] == [1, 2, 3]
    await node.deliver(*(person.notice("n", n=n) for n in range(4, 604)))
    async with socket_io(node.url, person) as client:
        assert (await client.next("connected"))["seq"] == 603
        assert await client.call("resume", {"after": 3}) == {"ok": True, "seq": 603}
        await node.deliver(person.notice("n", n=604))
        heard = [await client.next("n") for _ in range(601)]
    assert [(data["seq"], data["n"]) for data in heard] == [(n, n) for n in range(4, 605)]


async def test_nothing_is_lost_or_doubled_while_a_poll_becomes_a_websocket(node: Node) -> None:
    person = await node.a_person()

    async def deliver() -> None:
        while not delivered.is_set():
            await node.deliver(person.notice("n"))

    delivered = asyncio.Event()
    delivering = asyncio.create_task(deliver())
    for _ in range(3):
        async with socket_io(node.url, person, transports=["polling", "websocket"]) as client:
            begun = (await client.next("connected"))["seq"]
            heard = [(await client.next("n"))["seq"] for _ in range(10)]
            assert client.client.transport() == "websocket"
            assert heard == list(range(begun + 1, begun + 11))
    delivered.set()
    await delivering


@pytest.mark.parametrize("transports", TRANSPORTS, ids="+".join)
async def test_the_end_of_a_session_disconnects(node: Node, transports: list[str]) -> None:
    person = await node.a_person()
    async with socket_io(node.url, person, transports=transports) as client:
        await client.next("connected")
        await node.log_out(person)
        await asyncio.wait_for(client.disconnected.wait(), 5)


async def test_a_foreign_page_is_refused(node: Node) -> None:
    person = await node.a_person()
    client = socketio.AsyncClient(reconnection=False)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.connect(node.url, auth={"token": person.token}, headers={"Origin": "https://evil.example"})
    await client.shutdown()
    own = {"Origin": node.url}
    await client.connect(node.url, auth={"token": person.token}, headers=own)
    await client.disconnect()
    await client.shutdown()
