from typing import Any

import aiohttp
import pytest

from tests.realtime.harness import Node, Person


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
    assert (data["last_seq"], data["has_more"]) == (5, True)
    assert set(data["events"][0]) == {"seq", "id", "name", "data", "timestamp"}
    assert data["events"][0]["timestamp"].endswith("Z")
    assert (await missed(node, person, "?after=5"))[1]["data"] == {"events": [], "last_seq": 5, "has_more": False}
    assert len((await missed(node, person))[1]["data"]["events"]) == 5


async def test_an_outsider_sees_nothing_of_it(node: Node) -> None:
    person, outsider = await node.a_person(), await node.a_person()
    await node.deliver(person.notice("secret"))
    assert (await missed(node, outsider))[1]["data"] == {"events": [], "last_seq": 0, "has_more": False}
    assert (await missed(node, None))[0] == 401


@pytest.mark.parametrize("query", ["?after=-1", "?after=x", "?limit=0", "?limit=501", f"?after={2**63}", "?after=1.5"])
async def test_an_unusable_page_is_refused(node: Node, query: str) -> None:
    status, body = await missed(node, await node.a_person(), query)
    assert (status, body["code"]) == (422, "invalid_request")
