"""Sealed means sealed: before the deadline nobody but its author can tell that an offer exists.

Two worlds are alike but for one thing: whether the author's offers are on the sealed trades of the owner, or on those
of another one. Everybody else asks everything in both, and must hear the same.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from marketplace.application.identity.people_ports import Obligations
from marketplace.application.shared.ports import Transaction
from marketplace.domain.shared.ids import UserId
from marketplace.domain.trading.trade import Trade, Visibility
from prove.people import Person
from tests.engines import Engines, copied_database
from tests.http.commerce.market import data, refusal
from tests.http.desk.desk import Desk, running_desk
from tests.http.desk.probing import Asked, probed

MARKERS = ("61987.65", "6198765", "osprey-marker", "77.125")
SEALED_OFFER: dict[str, Any] = {
    "price": 61_987.65, "quantity": 77.125, "message": "osprey-marker", "payment_terms": "osprey-marker",
}  # fmt: skip
UNTIL_DEADLINE = timedelta(minutes=10)


@dataclass
class World:
    """`offer` and `doomed_offer` are the author's; where they are on the trades of another owner, unknown ids."""

    desk: Desk
    trade: Trade
    doomed: Trade
    offer: str
    doomed_offer: str

    @property
    def others(self) -> dict[str, Person | None]:
        desk = self.desk
        return {
            "anonymous": None, "owner": desk.owner, "another offerer": desk.rival, "invited": desk.invited,
            "buyer": desk.stranger, "moderator": desk.moderator, "admin": desk.admin,
        }  # fmt: skip

    async def asked(self) -> list[Asked]:
        return await probed(
            self.desk, self.others, self._ids(self.trade, self.offer), self._ids(self.doomed, self.doomed_offer)
        )

    def _ids(self, trade: Trade, offer: str) -> dict[str, str]:
        return {"trade_id": str(trade.id), "offer_id": offer, "negotiation_id": offer}


@asynccontextmanager
async def a_world(engines: Engines, template: str, redis: Redis, url: str, folder: Path) -> AsyncIterator[World]:
    await redis.flushdb()
    with copied_database(engines, template) as database:
        async with running_desk(database, url, folder) as desk:
            yield await _sealed_trades(desk)


async def _sealed_trades(desk: Desk) -> World:
    """The rival has an offer on those of the owner."""
    changes: dict[str, Any] = {
        "visibility": Visibility.SEALED, "valid_until": desk.clock.at + UNTIL_DEADLINE,
        "invited": frozenset(UserId(one.id) for one in (desk.author, desk.rival, desk.invited)),
    }  # fmt: skip
    trade, doomed = await desk.trade(**changes), await desk.trade(**changes)
    for one in (trade, doomed):
        await desk.offer(one, desk.rival, price=62_500)
    return World(desk, trade, doomed, str(uuid4()), str(uuid4()))


async def _the_author_offers(world: World, *, on_sealed_trades_of_owner: bool) -> None:
    desk = world.desk
    like: dict[str, Any] = {name: getattr(world.trade, name) for name in ("visibility", "valid_until", "invited")}
    elsewhere = [await desk.trade(owner=UserId(desk.other_owner.id), **like) for _ in range(2)]
    if on_sealed_trades_of_owner:
        world.offer = await desk.offer(world.trade, **SEALED_OFFER)
        world.doomed_offer = await desk.offer(world.doomed, **SEALED_OFFER)
    else:
        for trade in elsewhere:
            await desk.offer(trade, **SEALED_OFFER)
    await desk.work()


async def _told_to_others(desk: Desk) -> str:
    """What waits for the sockets and the mail of everybody else."""
    events = await desk.fetch("SELECT data::text FROM notifications.user_events WHERE user_id <> $1", desk.author.id)
    letters = await desk.client.get("/dev/outbox")
    return "".join(row["data"] for row in events) + letters.text


async def _obligations(desk: Desk) -> list[str]:
    async with desk.container() as scope:
        obligations = await scope.get(Obligations)
        async with await scope.get(Transaction):
            return list(await obligations.of(UserId(desk.owner.id)))


async def test_nobody_can_tell_a_sealed_trade_with_an_offer_from_one_without(
    engines: Engines,
    template: str,
    redis: Redis,
    redis_url: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    heard: dict[bool, list[Asked]] = {}
    for with_offer in (True, False):
        async with a_world(engines, template, redis, redis_url, tmp_path) as world:
            desk = world.desk
            await _the_author_offers(world, on_sealed_trades_of_owner=with_offer)
            heard[with_offer] = await world.asked()
            assert [one for one in heard[with_offer] if one.tells(MARKERS)] == []
            told = await _told_to_others(desk) + (await desk.client.get("/metrics")).text
            assert [marker for marker in MARKERS if marker in told] == []
            assert await _obligations(desk) == []
            if with_offer:
                await _the_author_alone_reads_it(world)
                await _after_the_deadline_the_owner_reads_it(world)
    logged = "".join(capfd.readouterr())
    assert "trade-desk" in logged
    assert [marker for marker in MARKERS if marker in logged] == []
    for one, other in zip(heard[True], heard[False], strict=True):
        assert one.without_ids_and_times == other.without_ids_and_times
    assert len({(one.method, one.path) for one in heard[True]}) > 40
    by_offer = [one for one in heard[True] if "{offer_id}" in one.path or "{negotiation_id}" in one.path]
    assert {one.status for one in by_offer if one.kind not in {"anonymous", "moderator"}} == {404}


async def _the_author_alone_reads_it(world: World) -> None:
    desk, author = world.desk, world.desk.author
    for path in (f"/trades/{world.trade.id}/offers", f"/offers/{world.offer}", f"/negotiations/{world.offer}"):
        assert "61987.65" in (await desk.call("GET", path, author)).text
    revised = data(await desk.call("PATCH", f"/offers/{world.offer}", author, {"delivery_days": 3}))
    assert (revised["price"], revised["rounds"]) == ("61987.65", 2)


async def _after_the_deadline_the_owner_reads_it(world: World) -> None:
    desk, offer, trade = world.desk, world.offer, world.trade
    paths = (
        f"/trades/{trade.id}/offers", f"/trades/{trade.id}/comparison", f"/offers/{offer}", f"/negotiations/{offer}",
    )  # fmt: skip
    desk.clock.at = trade.valid_until - timedelta(microseconds=1)
    answers = await asyncio.gather(*(desk.call("GET", path, desk.owner) for path in paths))
    assert not any("61987.65" in answer.text for answer in answers)
    desk.clock.at = trade.valid_until
    for path in paths:
        assert "61987.65" in (await desk.call("GET", path, desk.owner)).text
        for person in (desk.rival, desk.invited, desk.stranger, desk.moderator, desk.admin, desk.other_owner):
            assert "61987.65" not in (await desk.call("GET", path, person)).text
    assert await _obligations(desk) == ["open_negotiations"]
    refusal(await desk.call("PATCH", f"/offers/{offer}", desk.author, {"price": 1}), 409, "trade_not_open")
    accepted = data(await desk.call("POST", f"/offers/{offer}/accept", desk.owner))
    assert accepted["remaining_quantity"] == "422.875"
