from typing import Any

import aiohttp
import pytest

from tests.realtime.harness import Node, Person, plain


async def missed(node: Node, person: Person | None, query: str = "") -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {person.token}"} if person else {}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{node.url}/api/v1/sync/events{query}", headers=headers) as answer,
    ):
        return answer.status, await answer.json(content_type=None)


async def test_what_was_missed_comes_in_order_and_in_pages(node: Node) -> None:
    person = await node.a_person()
    await node.deliver(*(person.notice("n", n=n) for n in range(1, 6)))
    status, body = await missed(node, person, "?after=1&limit=3")
    assert (status, body["success"]) == (200, True)
    data = body["data"]
    assert [(event["seq"], event["name"], event["data"]) for event in data["events"]] == [
        (2, "n", {"n": 2}), (3, "n", {"n": 3}), (4, "n", {"n": 4}),
    ]  # fmt: skip
    assert (data["first_seq"], data["last_seq"], data["has_more"]) == (1, 5, True)
    assert set(data["events"][0]) == {"seq", "id", "name", "data", "timestamp"}
    assert data["events"][0]["timestamp"].endswith("Z")
    assert (await missed(node, person, "?after=5"))[1]["data"] == {
        "events": [], "first_seq": 1, "last_seq": 5, "has_more": False,
    }  # fmt: skip
    assert len((await missed(node, person))[1]["data"]["events"]) == 5


async def test_an_outsider_sees_nothing_of_it(node: Node) -> None:
    person, outsider = await node.a_person(), await node.a_person()
    await node.deliver(person.notice("secret"))
    assert (await missed(node, outsider))[1]["data"] == {
        "events": [], "first_seq": 1, "last_seq": 0, "has_more": False,
    }  # fmt: skip
    assert (await missed(node, None))[0] == 401


async def test_who_was_away_too_long_is_told_where_to_go_on(node: Node) -> None:
    person = await node.a_person()
    await node.deliver(*(person.notice("n") for _ in range(3)))
    await node.forget_events()
    await node.deliver(person.notice("n"))
    status, body = await missed(node, person, "?after=2")
    assert (status, body["code"], body["facts"]) == (410, "full_sync_required", {"seq": 4})
    status, body = await missed(node, person, "?after=3")
    assert (status, [event["seq"] for event in body["data"]["events"]]) == (200, [4])
    async with plain(node, f"token={person.token}") as client:
        await client.next("connected")
        await client.send(type="resume", id=1, after=2)
        assert (await client.next("sync:required"))["data"] == {"seq": 4}
        assert (await client.next("ack"))["data"] == {"ok": False, "seq": 4, "code": "full_sync_required"}
        await client.send(type="resume", id=2, after=3)
        assert (await client.next("ack"))["data"] == {"ok": True, "seq": 4}
        assert (await client.next("n"))["seq"] == 4


@pytest.mark.parametrize("query", ["?after=-1", "?after=x", "?limit=0", "?limit=501", f"?after={2**63}", "?after=1.5"])
async def test_an_unusable_page_is_refused(node: Node, query: str) -> None:
    status, body = await missed(node, await node.a_person(), query)
    assert (status, body["code"]) == (422, "invalid_request")
