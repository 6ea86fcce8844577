"""Where a request comes from, told from its scope alone."""

from ipaddress import ip_network
from typing import Any
from uuid import uuid4

import httpx
import pytest
from dishka import make_async_container
from hypothesis import given
from hypothesis import strategies as st

from marketplace.application.shared.caller import Caller
from marketplace.entrypoints.http.caller import Addresses, CallerProvider, language_of
from marketplace.entrypoints.http.gate import Gate

PROXIES = tuple(map(ip_network, ["10.0.0.0/8", "fd00::/8"]))
PRIVATE_SOCKET = ("/run/http-0.sock", None)


def scope(peer: str | None, *forwarded: str, server: tuple[str, int | None] = ("127.0.0.1", 8000)) -> Any:
    headers = [(b"x-forwarded-for", one.encode("latin-1")) for one in forwarded]
    return {"client": peer and (peer, 4711), "server": server, "headers": headers}


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["203.0.113.5"], "192.0.2.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", ["6.6.6.6", "203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.5, 10.9.9.9"], "203.0.113.5"),
        ("10.0.0.1", ["6.6.6.6,203.0.113.5 ,10.9.9.9", "fd00::1"], "203.0.113.5"),
        ("10.0.0.1", ["10.3.3.3, 10.2.2.2"], "10.3.3.3"),
        ("10.0.0.1", ["203.0.113.5:61000"], "203.0.113.5"),
        ("10.0.0.1", ["[2001:DB8::5]:61000"], "2001:db8::5"),
        ("10.0.0.1", ["2001:db8:0:0::5"], "2001:db8::5"),
        ("10.0.0.1", ["::ffff:203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", ["203.0.113.5, nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.5, unknown, 10.2.2.2"], "10.2.2.2"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.5,"], "10.0.0.1"),
        ("::ffff:10.0.0.1", ["203.0.113.5"], "203.0.113.5"),
        ("fd00::2", ["203.0.113.5"], "203.0.113.5"),
        ("fe80::1%eth0", ["203.0.113.5"], "fe80::1%eth0"),
    ],
)
def test_the_address_is_the_last_that_a_listed_proxy_names(peer: str, forwarded: list[str], address: str) -> None:
    assert Addresses(PROXIES).of(scope(peer, *forwarded)) == address


def test_without_listed_proxies_nothing_is_believed() -> None:
    assert Addresses(()).of(scope("127.0.0.1", "203.0.113.5")) == "127.0.0.1"


def test_another_process_of_this_node_tells_the_address_it_found() -> None:
    told = scope(None, "203.0.113.5", server=PRIVATE_SOCKET)
    assert Addresses(()).of(told) == Addresses(PROXIES).of(told) == "203.0.113.5"
    assert Addresses(()).of(scope(None, server=PRIVATE_SOCKET)) == ""


def test_a_client_that_left_before_it_was_seen_is_not_believed() -> None:
    """uvicorn then has no peer, as on a private socket."""
    assert Addresses(PROXIES).of(scope(None, "203.0.113.5")) == ""
    assert Addresses(PROXIES).of(scope(None, "203.0.113.5") | {"server": None}) == ""


@given(st.lists(st.text(st.characters(max_codepoint=255))), st.sampled_from(["10.0.0.1", "192.0.2.1"]))
def test_no_header_makes_the_address_fall_over(forwarded: list[str], peer: str) -> None:
    address = Addresses(PROXIES).of(scope(peer, *forwarded))
    assert Caller(address=address).network


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:1:aaaa::1", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:bbbb::2", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_a_network_is_an_ipv4_address_or_a_64_of_ipv6(address: str, network: str) -> None:
    assert Caller(address=address).network == network


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"), ("ru", "ru"), ("RU-ru", "ru"), ("uz-Cyrl-UZ,ru;q=0.9", "uz"), ("fr,de;q=0.9", "en"),
        ("fr, ar;q=0.5, hi;q=0.7", "hi"), ("en;q=0.3,ru;q=0.8", "ru"), ("ru;q=0, uz;q=0.1", "uz"), ("ru;q=0", "en"),
        ("*", "en"), ("*, hi;q=0.1", "hi"), ("hi;q=nonsense, ar", "ar"), ("ru;q=9", "en"),
        ("ar ; q=0.5 , hi;q=0.5", "ar"),
        ("rust, uzbek", "en"), (",;,q=", "en"), ("x" * 10_000, "en"),
    ],
)  # fmt: skip
def test_the_language_is_the_one_of_ours_that_is_liked_best(accepted: str, language: str) -> None:
    assert language_of(accepted) == language


async def test_who_calls_is_known_during_the_request_and_nobody_afterwards() -> None:
    container = make_async_container(CallerProvider())
    seen: list[Caller] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async with container() as request:
            seen.append(await request.get(Caller))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    gate: Any = Gate(app, allowed_hosts=frozenset(), new_id=uuid4, trusted_proxies=PROXIES)
    headers = {
        "user-agent": "Browser/1.0 \x07(\x9bx)" + "y" * 300, "accept-language": "uz, ru;q=0.9", "x-request-id": "r-1",
        "x-forwarded-for": "203.0.113.5",
    }  # fmt: skip
    transport = httpx.ASGITransport(gate, client=("10.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        await client.get("/", headers=[(name.encode(), value.encode("latin-1")) for name, value in headers.items()])
        await client.get("/", headers={"user-agent": ""})
    async with container() as request:
        seen.append(await request.get(Caller))
    device = ("Browser/1.0 (x)" + "y" * 300)[:200]
    assert seen[0] == Caller("203.0.113.5", device, "uz", "r-1")
    assert (seen[1].address, seen[1].device, seen[1].language) == ("10.0.0.1", "", "en")
    assert seen[1].request_id
    assert seen[2] == Caller()
    await container.close()


async def test_a_websocket_has_a_caller_too() -> None:
    container = make_async_container(CallerProvider())
    seen: list[Caller] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async with container() as request:
            seen.append(await request.get(Caller))

    gate: Any = Gate(app, allowed_hosts=frozenset(), new_id=uuid4)
    socket = scope("192.0.2.1", "203.0.113.5") | {"type": "websocket", "path": "/ws/"}
    socket["headers"].append((b"user-agent", b"App/2"))
    await gate(socket, None, None)
    assert seen == [Caller("192.0.2.1", "App/2", "en", "")]
    await container.close()
