"""Who hears what of a trade, and is written to: the aggregates' own events, the real worker, sockets and letters."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from marketplace.application.shared.messages import Outbox
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.application.trading.audience import REMIND_OF_END
from marketplace.application.trading.ports import Negotiations, Trades
from marketplace.domain.shared.ids import OrderId
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import OfferId
from marketplace.domain.trading.trade import Trade, Visibility
from marketplace.domain.trading.units import Quantity
from marketplace.entrypoints.worker.ports import Queue
from marketplace.entrypoints.worker.subscriptions import handlers
from marketplace.entrypoints.worker.worker import Worker
from tests.builders.commerce import new_id
from tests.builders.trades import a_published_trade, offered, on_trade, per_candy
from tests.engines import Database, rows_of
from tests.realtime.harness import Node, Person, plain, socket_io
from tests.realtime.test_sync import missed

DAY = timedelta(days=1)
Heard = list[tuple[str, Any]]


@dataclass
class Desk:
    node: Node
    database: Database
    _saved: set[UUID] = field(default_factory=set)

    async def person(self) -> Person:
        """With a confirmed address."""
        person = await self.node.a_person()
        await self.fetch("UPDATE identity.users SET email_verified = true WHERE id = $1", person.user)
        return person

    async def save(self, *changed: Trade | Negotiation) -> None:
        """In one commit; then the worker does all that follows, the letters too."""
        async with self.node.container() as scope:
            trades, negotiations = await scope.get(Trades), await scope.get(Negotiations)
            async with await scope.get(Transaction):
                for one in changed:
                    if isinstance(one, Trade):
                        await (trades.save(one) if one.id in self._saved else trades.add(one))
                    else:
                        await (negotiations.save(one) if one.id in self._saved else negotiations.add(one))
        self._saved |= {one.id for one in changed}
        await self.work()

    async def work(self) -> None:
        queue = await self.node.container.get(Queue)
        await Worker(self.node.container, queue, handlers, self.database.app_dsn).drain()

    async def heard(self, person: Person) -> Heard:
        """Without what the notification centre adds."""
        events = (await missed(self.node, person))[1]["data"]["events"]
        for one in events:
            one["data"].pop("notification", None)
        return [(one["name"], one["data"]) for one in events if one["name"] != "message:new"]

    async def names(self, person: Person) -> list[str]:
        """Each `trade:updated` with its status."""
        events = await self.heard(person)
        return [f"trade {data['status']}" if name == "trade:updated" else name for name, data in events]

    async def letters(self, person: Person) -> list[tuple[str, str]]:
        """Subject and body, oldest first."""
        (row,) = await self.fetch("SELECT email FROM identity.users WHERE id = $1", person.user)
        messages = await (await self.node.container.get(Outbox)).messages(row["email"])
        return [(one.subject, one.body) for one in reversed(messages)]

    async def subjects(self, person: Person) -> list[str]:
        return [subject for subject, _ in await self.letters(person)]

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        return await rows_of(self.database.admin_dsn, statement, *values)


@pytest.fixture
def desk(fresh_node: Node, fresh_database: Database) -> Desk:
    return Desk(fresh_node, fresh_database)


async def test_an_open_trade_is_told_to_its_owner_and_each_offerer_of_their_own(desk: Desk) -> None:
    now = (await desk.node.container.get(Clock)).now()
    mill, ravi, sita, outsider = [await desk.person() for _ in range(4)]
    trade = a_published_trade(now, owner=mill.user, valid_until=now + 3 * DAY)
    async with socket_io(desk.node.url, mill) as mills, plain(desk.node, f"token={ravi.token}") as ravis:
        await mills.next("connected")
        await ravis.next("connected")
        await desk.save(trade)
        assert (await mills.next("trade:updated"))["status"] == "published"

        first, second = on_trade(trade, ravi.user), on_trade(trade, sita.user)
        offer = offered(first, "62000", now)
        trade.note_offer(now)
        await desk.save(first, trade)
        assert (await mills.next("offer:new"))["price"] == 62000
        created = await ravis.next("offer:created")
        assert created["data"] == (await desk.heard(mill))[1][1]
        assert (created["data"]["tradeId"], created["data"]["negotiationId"]) == (str(trade.id), str(first.id))

        offered(second, "61500", now)
        await desk.save(second)
        before = await desk.heard(ravi)
        assert not [data for _, data in before if data.get("negotiationId") == str(second.id)]

        first.accept(
            offer.id, by=mill.user, order_id=OrderId(new_id()), now=now, quantity=Quantity(Decimal(100), "bale")
        )
        trade.award(now)
        await desk.save(first, trade)
    assert await desk.names(mill) == [
        "trade published", "offer:new", "trade negotiating", "trade negotiating", "offer:new", "trade negotiating",
        "offer:updated", "trade awarded", "trade awarded",
    ]  # fmt: skip
    assert await desk.names(ravi) == [
        "offer:created", "trade negotiating", "trade negotiating", "offer:updated", "trade awarded", "trade awarded",
    ]  # fmt: skip
    assert await desk.names(sita) == [
        "offer:created", "trade negotiating", "trade awarded", "trade awarded",
    ], "she learns how the trade stands, and nothing of his offer"  # fmt: skip
    assert str(first.id) not in str(await desk.heard(sita))
    assert await desk.heard(outsider) == []
    assert await desk.subjects(mill) == ["New offer on your trade", "New offer on your trade", "Your trade was awarded"]
    assert await desk.subjects(ravi) == ["Your offer was accepted"]
    assert await desk.subjects(sita) == await desk.subjects(outsider) == []


async def test_a_counter_and_a_refusal_reach_who_is_to_answer(desk: Desk) -> None:
    now = (await desk.node.container.get(Clock)).now()
    mill, ravi = await desk.person(), await desk.person()
    trade = a_published_trade(now, owner=mill.user, valid_until=now + 3 * DAY)
    negotiation = on_trade(trade, ravi.user)
    offer = offered(negotiation, "62000", now)
    await desk.save(trade, negotiation)
    counter = negotiation.counter(
        offer.id, OfferId(new_id()), per_candy("61000"), by=mill.user, message="sixty-one", now=now
    )
    await desk.save(negotiation)
    negotiation.decline(counter.id, by=ravi.user, now=now)
    await desk.save(negotiation)
    for who, own in ((mill, "offer:new"), (ravi, "offer:created")):
        other = {"offer:new": "offer:created", "offer:created": "offer:new"}[own]
        told = [name for name in await desk.names(who) if name.startswith("offer")]
        assert told == [own, "offer:updated", other, "offer:updated"]
    stands = [name for name in await desk.names(ravi) if name.startswith("trade")]
    assert stands == ["trade published"] * 3, "at the offer, at the counter, at its end"
    turns = [data["turn"] for name, data in await desk.heard(ravi) if name.startswith("offer")]
    assert turns == ["buyer", "seller", "seller", None]
    assert [subject for subject in await desk.subjects(mill) if "declined" in subject] == ["Your offer was declined"]
    ((subject, body),) = await desk.letters(ravi)
    assert subject == "New terms await your answer"
    assert "61000.00 INR / candy" in body


async def test_a_sealed_offer_is_told_to_nobody_else_until_the_trade_is_opened(desk: Desk) -> None:
    now = (await desk.node.container.get(Clock)).now()
    mill, ravi, sita, meena, outsider = [await desk.person() for _ in range(5)]
    trade = a_published_trade(
        now, owner=mill.user, valid_until=now + DAY, visibility=Visibility.SEALED,
        invited=frozenset({ravi.user, sita.user, meena.user}),
    )  # fmt: skip
    await desk.save(trade)
    quiet = [await desk.heard(one) for one in (mill, outsider)]
    kept, gone = on_trade(trade, ravi.user), on_trade(trade, sita.user)
    offer = offered(kept, "61987.65", now)
    withdrawn = offered(gone, "60000", now)
    await desk.save(kept, gone)
    gone.withdraw(withdrawn.id, by=sita.user, now=now)
    await desk.save(gone)
    assert [await desk.heard(one) for one in (mill, outsider)] == quiet == [quiet[0], []]
    assert await desk.names(mill) == ["trade published"]
    assert await desk.names(ravi) == ["trade published", "offer:created"]
    assert await desk.names(sita) == ["trade published", "offer:created", "offer:updated"]
    assert await desk.names(meena) == ["trade published"]
    assert await desk.letters(mill) == []
    for one in (ravi, sita, meena):
        assert await desk.subjects(one) == ["You are invited to a trade"]

    trade.open(now + DAY, has_offers=True)
    await desk.save(trade)
    assert await desk.names(mill) == ["trade published", "trade negotiating", "offer:new"]
    new = (await desk.heard(mill))[-1][1]
    assert (new["id"], new["price"], new["negotiationId"]) == (str(offer.id), 61987.65, str(kept.id))
    for one in (ravi, sita, meena):
        assert (await desk.names(one))[-1] == "trade negotiating"
        assert str(kept.id) not in str(await desk.heard(one)) or one is ravi
    ((subject, body),) = await desk.letters(mill)
    assert subject == "The offers on your trade are open"
    assert "61987" not in body

    kept.decline(offer.id, by=mill.user, now=now + DAY)
    await desk.save(kept)
    told = {one: [name for name in await desk.names(one) if name == "offer:updated"] for one in (mill, ravi)}
    assert list(told.values()) == [["offer:updated"]] * 2
    assert await desk.heard(outsider) == []


async def test_a_day_before_its_end_the_owner_is_reminded_once_at_a_confirmed_address(desk: Desk) -> None:
    now = (await desk.node.container.get(Clock)).now()
    mill, unconfirmed = await desk.person(), await desk.node.a_person()
    trades = [a_published_trade(now, owner=one.user, valid_until=now + 2 * DAY) for one in (mill, unconfirmed)]
    await desk.save(*trades)
    timers = await desk.fetch("SELECT key, run_at FROM jobs.job WHERE handler = $1", REMIND_OF_END)
    assert {row["key"]: row["run_at"] for row in timers} == {str(one.id): now + DAY for one in trades}
    await desk.fetch("UPDATE jobs.job SET run_at = now() WHERE handler = $1", REMIND_OF_END)
    await desk.work()
    await desk.work()
    ((subject, body),) = await desk.letters(mill)
    assert subject == "Your trade ends soon"
    assert "cotton, MCU-5, 500 bale" in body
    assert await desk.letters(unconfirmed) == []
    assert await desk.fetch("SELECT handler, error FROM jobs.job WHERE error IS NOT NULL") == []


async def test_notices_come_within_a_second_while_a_worker_runs(desk: Desk) -> None:
    now = (await desk.node.container.get(Clock)).now()
    mill = await desk.person()
    queue = await desk.node.container.get(Queue)
    worker = Worker(desk.node.container, queue, handlers, desk.database.app_dsn)
    working = asyncio.create_task(worker.run())
    async with socket_io(desk.node.url, mill) as mills, desk.node.container() as scope:
        await mills.next("connected")
        trades = await scope.get(Trades)
        async with await scope.get(Transaction):
            await trades.add(a_published_trade(now, owner=mill.user, valid_until=now + DAY))
        async with asyncio.timeout(1.5):
            assert (await mills.next("trade:updated"))["commodity"] == "cotton"
    worker.stop()
    await working
