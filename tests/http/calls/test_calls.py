"""Calls over HTTP: started, answered, ended, refused, listed, and who may know of them."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from marketplace.application.calls.calls import MissCall
from marketplace.domain.calls.call import RINGING_TIME
from marketplace.domain.calls.moves import CallId
from tests.http.calls.conftest import Exchange
from tests.http.commerce.market import data, refusal


async def test_a_call_from_the_ringing_to_the_end(exchange: Exchange) -> None:
    ann, bob = exchange.ann, exchange.bob
    call = await exchange.started()
    facts = {"conversation_id": exchange.conversation, "caller_id": str(ann.id), "callee_id": str(bob.id),
             "media": "video", "status": "ringing", "answered_at": None, "ended_at": None, "ended_by": None,
             "end_reason": None, "duration_seconds": 0}  # fmt: skip
    assert {name: call[name] for name in facts} == facts
    rings = datetime.fromisoformat(call["rings_until"]) - datetime.fromisoformat(call["started_at"])
    assert rings == RINGING_TIME
    exchange.clock.advance(timedelta(seconds=3))
    accepted = data(await exchange.ask("POST", f"/{call['id']}/accept", bob))
    assert accepted["status"] == "active"
    refusal(await exchange.ask("POST", f"/{call['id']}/accept", bob), 409, "already_answered")
    refusal(await exchange.ask("POST", f"/{call['id']}/decline", bob), 409, "already_answered")
    exchange.clock.advance(timedelta(seconds=75))
    ended = data(await exchange.ask("POST", f"/{call['id']}/hangup", bob))
    assert (ended["status"], ended["end_reason"], ended["ended_by"]) == ("ended", "hangup", str(bob.id))
    assert ended["duration_seconds"] == 75
    assert data(await exchange.ask("POST", f"/{call['id']}/hangup", ann)) == ended
    assert data(await exchange.ask("GET", f"/{call['id']}", ann)) == ended
    refusal(await exchange.ask("POST", f"/{call['id']}/accept", bob), 409, "call_over")
    heard = await exchange.heard(bob)
    assert [name for name, _ in heard] == ["call:incoming", "call:accepted", "call:ended"]
    assert heard[0][1]["from"] == str(ann.id)
    assert await exchange.heard(ann) == heard[1:]


async def test_declined_cancelled_and_missed(exchange: Exchange) -> None:
    call = await exchange.started()
    refusal(await exchange.ask("POST", f"/{call['id']}/accept", exchange.ann), 403, "not_your_call")
    refusal(await exchange.ask("POST", f"/{call['id']}/decline", exchange.ann), 403, "not_your_call")
    assert data(await exchange.ask("POST", f"/{call['id']}/decline", exchange.bob))["status"] == "declined"
    cancelled = data(await exchange.ask("POST", f"/{(await exchange.started())['id']}/hangup", exchange.ann))
    assert (cancelled["status"], cancelled["end_reason"]) == ("cancelled", "cancelled")
    missed = (await exchange.started())["id"]
    exchange.clock.advance(RINGING_TIME)
    refusal(await exchange.ask("POST", f"/{missed}/accept", exchange.bob), 409, "call_over")
    async with exchange.town.container() as request:
        await (await request.get(MissCall))(CallId(missed))
    assert data(await exchange.ask("GET", f"/{missed}", exchange.bob))["status"] == "missed"


async def test_who_is_busy_is_not_rung(exchange: Exchange) -> None:
    call = await exchange.started()
    refused = refusal(await exchange.start(exchange.ann), 409, "already_in_call")
    assert refused["facts"]["call_id"] == call["id"]
    carol = await exchange.town.person()
    conversation = await exchange.between(carol, exchange.bob)
    busy = refusal(await exchange.start(carol, conversation), 409, "busy")["facts"]["call"]
    record = data(await exchange.ask("GET", f"/{busy['id']}", carol))
    assert record == busy
    assert (record["status"], record["ended_by"]) == ("busy", None)
    name, told = (await exchange.heard(exchange.bob))[-1]
    assert (name, told["call_id"], told["reason"]) == ("call:missed", busy["id"], "busy")


async def test_what_is_not_acceptable_is_refused(exchange: Exchange) -> None:
    refusal(await exchange.start(exchange.ann, str(uuid4())), 404, "conversation_not_found")
    refusal(await exchange.start(exchange.ann, media="smell"), 422, "invalid_request", "media")
    more = {"conversation_id": exchange.conversation, "media": "audio", "record": True}
    refusal(await exchange.ask("POST", "", exchange.ann, more), 422, "invalid_request", "record")
    data(await exchange.town.call("POST", f"/users/{exchange.ann.id}/block", exchange.bob), 201)
    refusal(await exchange.start(exchange.bob), 403, "call_refused")


async def test_an_outsider_knows_nothing_of_a_call(exchange: Exchange) -> None:
    call = (await exchange.started())["id"]
    outsider = await exchange.town.person("admin")
    refusal(await exchange.start(outsider), 404, "conversation_not_found")
    for method, path in (("GET", ""), ("POST", "/accept"), ("POST", "/decline"), ("POST", "/hangup")):
        absent = refusal(await exchange.ask(method, f"/{uuid4()}{path}", outsider), 404, "call_not_found")
        hidden = refusal(await exchange.ask(method, f"/{call}{path}", outsider), 404, "call_not_found")
        assert hidden["detail"] == absent["detail"]
        refusal(await exchange.ask(method, f"/{call}{path}", None), 401, "not_authenticated")
    assert data(await exchange.ask("GET", "", outsider))["items"] == []
    assert data(await exchange.ask("GET", f"/{call}", exchange.bob))["status"] == "ringing"


async def test_own_calls_are_listed_newest_first(exchange: Exchange) -> None:
    calls: list[str] = []
    for _ in range(5):
        calls.insert(0, (await exchange.started())["id"])
        await exchange.ask("POST", f"/{calls[0]}/hangup", exchange.ann)
    first = data(await exchange.ask("GET", "", exchange.bob, per_page=2))
    assert ([one["id"] for one in first["items"]], first["total"], first["has_more"]) == (calls[:2], 5, True)
    rest = data(await exchange.ask("GET", "", exchange.bob, per_page=5, cursor=first["next_cursor"]))
    assert ([one["id"] for one in rest["items"]], rest["has_more"]) == (calls[2:], False)
    second = data(await exchange.ask("GET", "", exchange.ann, per_page=2, page=2))
    assert [one["id"] for one in second["items"]] == calls[2:4]


async def test_ice_servers_are_for_who_is_signed_in(exchange: Exchange) -> None:
    answer = await exchange.ask("GET", "/ice-servers", exchange.ann)
    assert answer.headers["cache-control"] == "no-store"
    view = data(answer)
    stun, turn = view["ice_servers"]
    assert stun == {"urls": ["stun:stun.example.com"]}
    assert turn["urls"] == ["turn:turn.example.com:3478"]
    expiry = int(datetime.fromisoformat(view["expires_at"]).timestamp())
    assert turn["username"] == f"{expiry}:{exchange.ann.id}"
    assert turn["credential"]
    refusal(await exchange.ask("GET", "/ice-servers", None), 401, "not_authenticated")


@pytest.mark.parametrize("move", ["accept", "decline", "hangup"])
async def test_the_same_key_gets_the_same_answer(exchange: Exchange, move: str) -> None:
    call, headers = (await exchange.started())["id"], {**exchange.bob.headers, "idempotency-key": f"k-{move}"}
    path = f"/api/v1/calls/{call}/{move}"
    first, again = [await exchange.town.client.post(path, headers=headers) for _ in range(2)]
    assert data(again) == data(first)
