"""Of two things done to one listing the first is stopped between its statements while the second runs or waits.

Each ordered pair at one place in every run; `EVERY_POINT=1` stops the first before each of its statements in turn.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.negotiations import SqlNegotiations
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.listings import MoveOwnListing, ReviseListing
from marketplace.application.shared.actor import Actor
from marketplace.application.trading.offers import (
    AcceptOffer,
    CancelNegotiations,
    CounterOffer,
    DeclineOffer,
    ExpireOffer,
    MakeOffer,
    WithdrawOffer,
)
from marketplace.application.trading.proposal import Proposal
from marketplace.domain.catalog.listing import Listing
from marketplace.domain.shared.errors import DomainError, Unavailable
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.trading.offer import OfferId
from marketplace.entrypoints.worker.subscriptions import handlers
from prove.checkers import INVARIANTS, wrong_agreements
from tests.builders.commerce import aed, an_actor
from tests.engines import Database
from tests.integration.commerce.gates import GATE, Gate, Gated
from tests.integration.commerce.market import SqlMarket, a_market

EVERY_POINT = bool(os.environ.get("EVERY_POINT"))
BOOKS = {name: query for name, query in INVARIANTS.items() if name.startswith(("V4", "V7"))}


@dataclass(frozen=True, slots=True)
class Haggle:
    """One pending offer, and who may answer it."""

    offer: OfferId
    maker: Actor
    asked: Actor


@dataclass(frozen=True, slots=True)
class Scene:
    """A listing with a buyer's offer, one that the seller countered, and one of another buyer."""

    market: SqlMarket
    listing: ListingId
    offered: Haggle
    countered: Haggle
    rival: Haggle

    async def expire(self, offer_id: OfferId) -> None:
        transaction = SqlTransaction(await self.market.container.get(Pool), handlers.subscriptions)
        await ExpireOffer(SqlNegotiations(transaction), transaction, self.market._late)(offer_id)


Action = Callable[[Scene, Haggle], Coroutine[Any, Any, Any]]


def counter(scene: Scene, one: Haggle) -> Coroutine[Any, Any, Any]:
    return scene.market.run(CounterOffer, one.asked, one.offer, Proposal(price=Decimal(777)))


def accept(scene: Scene, one: Haggle) -> Coroutine[Any, Any, Any]:
    return scene.market.run(AcceptOffer, one.asked, one.offer)


def edit(scene: Scene, _: Haggle) -> Coroutine[Any, Any, Any]:
    return scene.market.run(ReviseListing, scene.market.seller, scene.listing, {"price": aed(600)})


def move(to: Callable[..., None]) -> Action:
    return lambda scene, _: scene.market.run(MoveOwnListing, scene.market.seller, scene.listing, to)


ACTIONS: dict[str, Action] = {
    "accept by seller": accept,
    "accept by buyer": accept,
    "counter by seller": counter,
    "counter by buyer": counter,
    "withdraw": lambda scene, one: scene.market.run(WithdrawOffer, one.maker, one.offer),
    "decline": lambda scene, one: scene.market.run(DeclineOffer, one.asked, one.offer),
    "expiry": lambda scene, one: scene.expire(one.offer),
    "accept another": lambda scene, _: accept(scene, scene.rival),
    "edit the price": edit,
    "delete the listing": move(Listing.remove),
    "pause the listing": move(Listing.pause),
}
PAIRS = [(first, second) for first in ACTIONS for second in ACTIONS]


@pytest.fixture
async def market(fresh_database: Database) -> AsyncIterator[SqlMarket]:
    async with a_market(fresh_database, Gated(fresh_database.app_dsn)) as market:
        yield market


async def a_scene(market: SqlMarket) -> Scene:
    listing_id = await market.listed()

    async def offered() -> Haggle:
        buyer = an_actor()
        view = await market.run(MakeOffer, buyer, (listing_id,), Proposal(price=Decimal(500)))
        return Haggle(view.id, buyer, market.seller)

    first, second, rival = [await offered() for _ in range(3)]
    countered = (await counter_view(market, second)).id
    return Scene(market, listing_id, first, Haggle(countered, market.seller, second.maker), rival)


async def counter_view(market: SqlMarket, one: Haggle) -> Any:
    return await market.run(CounterOffer, one.asked, one.offer, Proposal(price=Decimal(800)))


def on_which(scene: Scene, first: str, second: str) -> tuple[Haggle, Haggle]:
    """The same negotiation, unless one of the two answers an offer and the other a counter."""
    mine = [scene.countered if name.endswith("by buyer") else scene.offered for name in (first, second)]
    if not any(name.endswith("by seller") for name in (first, second)) and scene.countered in mine:
        return scene.countered, scene.countered
    return mine[0], mine[1]


async def race(scene: Scene, first: str, second: str, point: int) -> list[Any]:
    """What both came to."""
    gate = Gate(point)
    one, other = on_which(scene, first, second)
    token = GATE.set(gate)
    stopped = asyncio.create_task(outcome(ACTIONS[first](scene, one)))
    GATE.reset(token)
    reached = asyncio.create_task(gate.reached.wait())
    await asyncio.wait({stopped, reached}, return_when=asyncio.FIRST_COMPLETED)
    reached.cancel()
    running = asyncio.create_task(outcome(ACTIONS[second](scene, other)))
    waiting = asyncio.create_task(scene.market.waiters(1))
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    gate.open.set()
    found = [await stopped, await running]
    await asyncio.gather(waiting, return_exceptions=True)
    assert gate.reached.is_set()
    await react(scene)
    return found


async def react(scene: Scene) -> None:
    """As the worker does to a removal."""
    status = "SELECT status FROM catalog.listing_states WHERE listing_id = $1"
    if await scene.market.value(status, scene.listing) == "removed":
        await scene.market.run(CancelNegotiations, scene.listing)


async def outcome(call: Coroutine[Any, Any, Any]) -> Any:
    try:
        return await call
    except Exception as error:
        return error


async def statements(market: SqlMarket, action: str) -> int:
    """How many it makes when nobody disturbs it."""
    scene, gate = await a_scene(market), Gate()
    one, _ = on_which(scene, action, action)
    token = GATE.set(gate)
    await ACTIONS[action](scene, one)
    GATE.reset(token)
    await react(scene)
    return gate.passed


async def test_whichever_two_meet_at_whatever_point_the_books_are_right(market: SqlMarket) -> None:
    lengths = {action: await statements(market, action) for action in ACTIONS}
    todo = [
        (first, second, point)
        for number, (first, second) in enumerate(PAIRS)
        for point in range(1, lengths[first] + 1)
        if EVERY_POINT or point == 1 + number * 7 % lengths[first]
    ]
    wrong = []
    for first, second, point in todo:
        scene = await a_scene(market)
        found = await race(scene, first, second, point)
        orders = await market.value("SELECT count(*) FROM ordering.orders WHERE subject_id = $1", scene.listing)
        odd = [one for one in found if isinstance(one, Exception) and _is_fault(one)]
        if odd or orders > 1:
            wrong.append(f"{first}, stopped before statement {point}, and {second}: {orders} orders, {odd}")
    async with market.pool.connection() as connection:
        wrong += [f"{name}: {row[0]}" for name, query in BOOKS.items() for row in await connection.fetch(query)]
        wrong += await wrong_agreements(connection)
    assert wrong == []
    assert len(PAIRS) == 121


def _is_fault(error: Exception) -> bool:
    """What a caller would get as a 5xx."""
    return not isinstance(error, DomainError) or isinstance(error, Unavailable)
