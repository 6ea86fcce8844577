"""Renewals on a clock of the test's own: each period is opened once and paid once, whatever dies or races."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace.application.payments.methods import AddSavedMethod
from marketplace.application.payments.payments import ASK_GATEWAY, AskGateway, Means
from marketplace.application.payments.ports import Gateways
from marketplace.application.payments.wallet import TopUpWallet
from marketplace.application.shared.actor import Actor
from marketplace.application.subscriptions.plans import AddPlan, PlanDraft
from marketplace.application.subscriptions.renewals import (
    TURN,
    CloseSubscriptions,
    TurnSubscription,
    WithholdSubscriptions,
)
from marketplace.application.subscriptions.subscriptions import (
    CancelSubscription,
    ChangePlan,
    PauseSubscription,
    Subscribe,
)
from marketplace.application.subscriptions.views import SubscriptionView
from marketplace.domain.payments.payment import PaymentMethod
from marketplace.domain.subscriptions.moves import AlreadySubscribed, PaysBy
from marketplace.domain.subscriptions.plan import PlanInterval
from tests.builders.commerce import GOOD_CARD
from tests.engines import Database
from tests.fakes.gateways import Crash, Dying, DyingGateway, Point
from tests.integration.commerce.market import SqlMarket, a_market
from tests.integration.races import outcomes

DAY = timedelta(days=1)
WALLET = PaysBy("wallet")


@pytest.fixture
async def market(database: Database) -> AsyncIterator[SqlMarket]:
    async with a_market(database, Dying()) as market:
        yield market


async def a_plan(market: SqlMarket, price: int = 31, **changes: Any) -> Any:
    facts: dict[str, Any] = {
        "name": "Front row", "description": "", "price": Decimal(price), "currency": "AED",
        "interval": PlanInterval.MONTH, "count": 1, "trial_days": 0, **changes,
    }  # fmt: skip
    return await market.run(AddPlan, market.seller, PlanDraft(**facts))


async def filled(market: SqlMarket, actor: Actor, amount: int) -> None:
    await market.run(TopUpWallet, actor, Decimal(amount), "AED", Means(PaymentMethod.CREDIT_CARD, GOOD_CARD))


async def by_card(market: SqlMarket) -> PaysBy:
    async with market.container() as scope:
        add = await scope.get(AddSavedMethod)
        return PaysBy("credit_card", (await add(market.buyer, "simulator", None, GOOD_CARD, as_default=True)).id)


async def subscribed(market: SqlMarket, pays_by: PaysBy = WALLET, **plan: Any) -> SubscriptionView:
    made = await a_plan(market, **plan)
    view: SubscriptionView = await market.run(Subscribe, market.buyer, made.id, pays_by)
    return view


async def standing(market: SqlMarket, one: SubscriptionView) -> tuple[str, int, str]:
    """Status, number of the period and its status."""
    (row,) = await market.all(
        "SELECT s.status, p.number, p.status AS paid FROM subscriptions.subscriptions s"
        " JOIN subscriptions.periods p ON p.id = s.period_id WHERE s.id = $1",
        one.id,
    )
    return row["status"], row["number"], row["paid"]


async def charges(market: SqlMarket, one: SubscriptionView) -> list[tuple[int, int]]:
    """Of each period: captured payments, and ledger transactions of them."""
    rows = await market.all(
        "SELECT count(DISTINCT y.id) FILTER (WHERE y.status = 'captured') AS paid, count(t.id) AS posted"
        " FROM subscriptions.periods p LEFT JOIN payments.payments y ON y.cause_id = p.id"
        " LEFT JOIN payments.ledger_transactions t ON t.source_id = y.id"
        " WHERE p.subscription_id = $1 GROUP BY p.number ORDER BY p.number",
        one.id,
    )
    return [(row["paid"], row["posted"]) for row in rows]


async def rings_at(market: SqlMarket, one: SubscriptionView) -> Any:
    """When its one timer rings."""
    rows = await market.all(
        "SELECT run_at FROM jobs.job WHERE handler = $1 AND key = $2 AND state = 'ready'", TURN, str(one.id)
    )
    return [row[0] for row in rows]


async def ring(market: SqlMarket, one: SubscriptionView) -> None:
    """Its timer, at its time."""
    (at,) = await rings_at(market, one)
    market.clock.at = max(market.clock.at, at)
    await market.run(TurnSubscription, one.id)


async def test_fourteen_months_with_an_upgrade_a_failure_and_an_end(market: SqlMarket) -> None:
    market.clock.at = market.clock.at.replace(month=1, day=31)
    await filled(market, market.buyer, 31 * 9)
    one = await subscribed(market)
    ends = []
    for _ in range(8):
        await ring(market, one)
        await market.run(TurnSubscription, one.id)
        (at,) = await rings_at(market, one)
        ends.append((at.month, at.day))
    assert ends == [(3, 31), (4, 30), (5, 31), (6, 30), (7, 31), (8, 31), (9, 30), (10, 31)]
    assert await charges(market, one) == [(1, 1)] * 9
    await ring(market, one)
    assert await standing(market, one) == ("past_due", 10, "failed")
    for status in ("past_due", "past_due", "unpaid", "ended"):
        await ring(market, one)
        assert (await standing(market, one))[0] == status
    assert await rings_at(market, one) == []
    await filled(market, market.buyer, 500)
    again = await subscribed(market, price=40)
    dearer = await a_plan(market, price=100)
    market.clock.advance(7 * DAY)
    more = await market.run(ChangePlan, market.buyer, again.id, dearer.id)
    assert more.period.amount + more.period.credit == 100
    for _ in range(3):
        await ring(market, again)
    assert await standing(market, again) == ("active", 5, "paid")
    earned = await market.value(
        "SELECT -balance_minor FROM payments.ledger_accounts WHERE owner_id = $1 AND kind = 'seller_pending'",
        market.seller.user,
    )
    paid, fees = (
        await market.all(
            "SELECT sum(amount_minor), sum(fee_minor) FROM payments.payments"
            " WHERE payee_id = $1 AND status = 'captured'",
            market.seller.user,
        )
    )[0]
    assert earned == paid - fees
    await market.books_are_right()


@pytest.mark.parametrize("point", [Point.AFTER_INTENT, Point.AFTER_CHARGE])
async def test_a_worker_that_dies_in_a_renewal_leaves_a_period_that_is_paid_once(
    market: SqlMarket, point: Point
) -> None:
    one = await subscribed(market, await by_card(market))
    gateway = (await market.container.get(Gateways)).gateway("simulator")
    assert isinstance(gateway, DyingGateway)
    gateway.point = point
    with pytest.raises(Crash):
        await ring(market, one)
    assert await standing(market, one) == ("active", 2, "charging")
    gateway.point = Point.NOWHERE
    await market.run(TurnSubscription, one.id)
    assert await standing(market, one) == ("active", 2, "charging")
    payment_id = await market.value(
        "SELECT key::uuid FROM jobs.job WHERE handler = $1 AND state = 'ready'"
        " AND key IN (SELECT id::text FROM payments.payments WHERE payer_id = $2)",
        ASK_GATEWAY, market.buyer.user,
    )  # fmt: skip
    await market.run(AskGateway, payment_id)
    if point is Point.AFTER_INTENT:
        assert await standing(market, one) == ("past_due", 2, "failed")
        await ring(market, one)
    assert await standing(market, one) == ("active", 2, "paid")
    assert await charges(market, one) == [(1, 1), (1, 1)]
    await market.books_are_right()


async def test_renewals_at_once_open_one_period_and_charge_it_once(market: SqlMarket) -> None:
    one = await subscribed(market, await by_card(market))
    (market.clock.at,) = await rings_at(market, one)
    assert await outcomes(*(market.run(TurnSubscription, one.id) for _ in range(6))) == [None] * 6
    assert await standing(market, one) == ("active", 2, "paid")
    assert await charges(market, one) == [(1, 1), (1, 1)]


@pytest.mark.parametrize(("verb", "after"), [(CancelSubscription, "ended"), (PauseSubscription, "paused")])
async def test_either_the_renewal_or_the_end_of_it_comes_first(market: SqlMarket, verb: type[Any], after: str) -> None:
    one = await subscribed(market, await by_card(market))
    (market.clock.at,) = await rings_at(market, one)
    await outcomes(market.run(verb, market.buyer, one.id), market.run(TurnSubscription, one.id))
    status, number, paid = await standing(market, one)
    assert (status, number, paid) in {
        (after, 1, "paid"), ("active", 2, "paid"), ("cancelling", 2, "paid"), ("cancelling", 1, "paid"),
        ("active", 1, "paid"), ("ended", 2, "void"),
    }  # fmt: skip
    while await rings_at(market, one) and (await standing(market, one))[0] != "active":
        await ring(market, one)
    assert await charges(market, one) in ([(1, 1)], [(1, 1), (1, 1)], [(1, 1), (0, 0)])


async def test_of_subscriptions_made_at_once_one_is_made(market: SqlMarket) -> None:
    plan = await a_plan(market, trial_days=7)
    made = await outcomes(*(market.run(Subscribe, market.buyer, plan.id, WALLET) for _ in range(4)))
    assert sorted(type(one).__name__ for one in made) == ["AlreadySubscribed"] * 3 + ["SubscriptionView"]
    assert all(isinstance(one, AlreadySubscribed | SubscriptionView) for one in made)


async def test_accounts_that_go_take_their_subscriptions_with_them(market: SqlMarket) -> None:
    one = await subscribed(market, await by_card(market))
    await market.run(WithholdSubscriptions, market.seller.user)
    await ring(market, one)
    assert await standing(market, one) == ("paused", 1, "paid")
    await market.run(CloseSubscriptions, market.buyer.user)
    await market.run(CloseSubscriptions, market.seller.user)
    assert (await standing(market, one))[0] == "ended"
