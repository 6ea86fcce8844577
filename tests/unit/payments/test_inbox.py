"""What providers tell: in any order, again and again, and never twice an effect."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest

from marketplace.adapters.gateways.registry import ConfiguredGateways
from marketplace.application.payments.inbox import (
    APPLY_PROVIDER_EVENT,
    AT_ONCE,
    KEPT,
    ApplyProviderEvent,
    ChargebackHint,
    ForgetProviderEvents,
    PaymentHint,
    ProviderEventNotFound,
    ProviderNotSetUp,
    ReceiveProviderEvent,
    ReplayProviderEvents,
    SignatureRefused,
    WebhooksOfProviders,
)
from marketplace.application.payments.ports import GatewaySilent
from marketplace.domain.payments.chargeback import ChargebackStage
from marketplace.domain.payments.payment import PaymentMethod, PaymentState
from tests.builders.commerce import GOOD_CARD, OFFERED, aed, new_id
from tests.fakes.market import Market
from tests.fakes.providers import MemoryProviderEvents, MemoryWebhooks
from tests.fakes.world import MemoryTimers, SequentialIds

GENUINE = {"signature": "genuine"}
KINDS = ("created", "action", "succeeded", "failed", "dispute", "closed")


@dataclass
class Inbox:
    market: Market
    webhooks: MemoryWebhooks
    events: MemoryProviderEvents
    receive: ReceiveProviderEvent
    apply: ApplyProviderEvent

    async def tell(self, name: str) -> None:
        await self.receive("simulator", GENUINE, name.encode())

    async def work(self) -> None:
        """What the timers ring."""
        timers = self.market.rows.timers
        for timer, subject in [one for one in timers if one[0] == APPLY_PROVIDER_EVENT]:
            del timers[timer, subject]
            await self.apply(subject)


async def an_inbox() -> Inbox:
    """Of a market with one payment that was made, and whose answer was lost."""
    market = Market()
    order = await market.ordered()
    market.gateway.lose_reply = True
    await market.pay_order(market.buyer, order, GOOD_CARD)
    ((payment_id, _),) = market.rows.payments.items()
    moved = PaymentHint(payment_id, f"charge-{payment_id}")
    lost = ChargebackHint(moved, ChargebackStage.LOST, aed("750"))
    webhooks = MemoryWebhooks({"succeeded": moved, "failed": moved, "dispute": lost, "closed": lost})
    by_name, block, clock = WebhooksOfProviders({"simulator": webhooks}), market.transaction, market.clock
    events = MemoryProviderEvents()
    receive = ReceiveProviderEvent(by_name, events, MemoryTimers(block), block, clock, SequentialIds())
    gateways = ConfiguredGateways({PaymentMethod.CREDIT_CARD: "simulator"}, {"simulator": market.gateway})
    apply = ApplyProviderEvent(by_name, events, gateways, market.settle, market.note_chargeback, block, clock)
    return Inbox(market, webhooks, events, receive, apply)


ALL_ORDERS: Sequence[tuple[str, ...]] = list(permutations(KINDS))


@pytest.mark.parametrize("part", range(4))
async def test_orders_of_events_with_duplicates_end_the_same(part: int) -> None:
    chosen = random.Random(part)  # noqa: S311 - the same each time
    for order in chosen.sample(ALL_ORDERS, 6):
        inbox = await an_inbox()
        for name in (*order, chosen.choice(order)):
            await inbox.tell(name)
            if chosen.random() < 0.5:
                await inbox.work()
        await inbox.work()
        (payment,) = inbox.market.rows.payments.values()
        assert (payment.status, payment.chargeback) == (PaymentState.REFUNDED, ChargebackStage.LOST), order
        assert payment.amount.decimal == OFFERED
        kinds = ["payment_captured", "chargeback_withdrawn", "chargeback_lost"]
        assert [kind for kind, _ in inbox.market.rows.posted] == kinds, order
        assert all(event.applied_at for event in inbox.events.events.values())


async def test_an_event_is_kept_once_and_applied_by_a_job() -> None:
    inbox = await an_inbox()
    for _ in range(2):
        await inbox.tell("succeeded")
    assert len(inbox.events.events) == len(inbox.market.timers(APPLY_PROVIDER_EVENT)) == 1
    (payment,) = inbox.market.rows.payments.values()
    assert payment.status is PaymentState.CREATED
    await inbox.work()
    (payment,) = inbox.market.rows.payments.values()
    assert payment.status is PaymentState.CAPTURED
    (event,) = inbox.events.events.values()
    calls = inbox.market.gateway.calls
    assert await inbox.apply(event.id) == event
    assert inbox.market.gateway.calls == calls


async def test_only_what_is_genuine_is_kept() -> None:
    inbox = await an_inbox()
    with pytest.raises(SignatureRefused):
        await inbox.receive("simulator", {"signature": "forged"}, b"succeeded")
    with pytest.raises(ProviderNotSetUp):
        await inbox.receive("stripe", GENUINE, b"succeeded")
    with pytest.raises(ProviderEventNotFound):
        await inbox.apply(UUID(int=1))
    assert inbox.events.events == {}


async def test_what_cannot_be_applied_keeps_its_error_and_is_replayed() -> None:
    inbox = await an_inbox()
    await inbox.tell("succeeded")
    inbox.market.gateway.unreachable = True
    for failures in (1, 2):
        (event_id,) = inbox.events.events
        with pytest.raises(GatewaySilent):
            await inbox.apply(event_id)
        event = inbox.events.events[event_id]
        assert (event.error, event.failures, event.applied_at) == ("gateway_silent", failures, None)
    inbox.market.gateway.unreachable = False
    inbox.market.rows.timers.clear()
    block = inbox.market.transaction
    replay = ReplayProviderEvents(inbox.events, MemoryTimers(block), block, inbox.market.clock)
    assert await replay() == 1
    await inbox.work()
    assert inbox.events.events[event_id].error is None
    assert await replay() == 0


async def test_what_was_applied_is_forgotten_after_its_time() -> None:
    """However many they are."""
    inbox = await an_inbox()
    for name in ("new", "unapplied", "old"):
        await inbox.tell(name)
    await inbox.work()
    new, unapplied, old = inbox.events.events.values()
    unapplied.applied_at = None
    for event in (unapplied, old):
        event.received_at -= KEPT + timedelta(seconds=1)
    inbox.events.events |= {other: replace(old, id=other) for other in (new_id() for _ in range(AT_ONCE))}
    await ForgetProviderEvents(inbox.events, inbox.market.transaction, inbox.market.clock)()
    assert list(inbox.events.events) == [new.id, unapplied.id]
