"""A sealed offer that ends before the deadline, whoever ends it, ends unheard of: two owners with trades alike hear
the same, though one of them had offers and the other none."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from marketplace.domain.shared.ids import UserId
from marketplace.domain.trading.trade import Trade, Visibility
from prove.people import Person
from tests.http.commerce.market import data, refusal
from tests.http.desk.desk import Desk
from tests.http.desk.test_sealed import MARKERS, SEALED_OFFER
from tests.http.lots.desk import LOT

OWN = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)")


async def heard_by(desk: Desk, owner: Person) -> list[tuple[str, str]]:
    """What its sockets were told, without ids and times."""
    told = "SELECT name, data::text FROM notifications.user_events WHERE user_id = $1 ORDER BY seq"
    rows = await desk.fetch(told, owner.id)
    return [(row["name"], OWN.sub("", row["data"])) for row in rows]


async def read_by(desk: Desk, owner: Person, trades: Sequence[Trade]) -> list[str]:
    places = ["/dashboard", *(f"/trades/{one.id}{end}" for one in trades for end in ("", "/offers", "/comparison"))]
    told = [(await desk.call("GET", place, owner)).text for place in places]
    told.append((await desk.client.get("/api/v1/offers", headers=owner.headers)).text)
    export = data(await desk.client.get("/api/v1/users/me/export", headers=owner.headers))["records"]
    told += [str(export[kind]) for kind in ("negotiations", "trades", "notifications")]
    return [re.sub(r"p-[0-9a-f]{16}", "", OWN.sub("", one)) for one in told]


async def test_an_end_before_the_deadline_is_heard_by_the_author_alone(desk: Desk) -> None:
    sealed: dict[str, Any] = {"visibility": Visibility.SEALED, "valid_until": desk.clock.at + timedelta(minutes=10)}
    with_offers = [await desk.trade(**sealed) for _ in range(5)]
    without = [await desk.trade(**sealed, owner=UserId(desk.other_owner.id)) for _ in range(5)]
    await desk.work()
    lot = data(await desk.call("POST", "/tested-lots", desk.author, {**LOT, "commodity": "cotton"}), 201)["id"]
    for status in ("tested", "available"):
        await desk.fetch("UPDATE trading.tested_lots SET status = $2 WHERE id = $1", lot, status)
    withdrawn, blocked, cancelled, suspended, passed = [await desk.offer(one, **SEALED_OFFER) for one in with_offers]
    data(await desk.call("PATCH", f"/offers/{cancelled}", desk.author, {"quantity": 17, "unit": "bale", "lot_id": lot}))
    assert data(await desk.call("GET", f"/tested-lots/{lot}", desk.owner))["remaining_quantity"] == 20
    data(await desk.call("POST", f"/offers/{withdrawn}/withdraw", desk.author))
    for owner, trades in ((desk.owner, with_offers), (desk.other_owner, without)):
        path = f"/api/v1/users/{desk.author.id}/block"
        assert (await desk.client.post(path, headers=owner.headers)).is_success
        data(await desk.call("POST", f"/trades/{trades[2].id}/cancel", owner))
    refusal(await desk.call("PATCH", f"/offers/{blocked}", desk.owner, {"price": 1}), 404, "offer_not_found")
    await desk.work()
    suspend = await desk.client.post(
        f"/api/v1/users/{desk.author.id}/suspend", json={"reason": "fraud"}, headers=desk.admin.headers
    )
    assert suspend.is_success, suspend.text
    await desk.work()
    assert await heard_by(desk, desk.owner) == await heard_by(desk, desk.other_owner)
    assert await read_by(desk, desk.owner, with_offers) == await read_by(desk, desk.other_owner, without)
    for offer in (withdrawn, blocked, cancelled, suspended, passed):
        for person in (desk.owner, desk.rival, desk.admin):
            refusal(await desk.call("GET", f"/offers/{offer}", person), 404, "offer_not_found")
    letters = (await desk.client.get("/dev/outbox")).text
    assert [marker for marker in MARKERS if marker in letters] == []
    of = "SELECT status FROM trading.negotiations WHERE id = ANY ($1::uuid[])"
    ended = await desk.fetch(of, [cancelled, suspended])
    assert [row["status"] for row in ended] == ["cancelled", "cancelled"]
    trail = await desk.fetch("SELECT e::text AS entry FROM audit.entries e")
    assert not [row for row in trail if any(str(one) in row["entry"] for one in (cancelled, with_offers[0].id))]
