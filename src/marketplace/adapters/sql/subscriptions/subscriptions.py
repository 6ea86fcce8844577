from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import any_, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.subscriptions.plans import plan_of
from marketplace.adapters.sql.subscriptions.tables import periods, plans, subscriptions
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.subscriptions.ports import Subscriptions
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.subscriptions.moves import (
    AlreadySubscribed,
    PaysBy,
    SubscriptionId,
    SubscriptionNotFound,
    SubscriptionStatus,
)
from marketplace.domain.subscriptions.period import Period, PeriodId, PeriodStatus
from marketplace.domain.subscriptions.subscription import Subscription

_OPEN = "status <> 'ended'"
LOCK = "SELECT * FROM subscriptions.subscriptions WHERE id = $1 FOR UPDATE"
LOCK_OF = """
SELECT * FROM subscriptions.subscriptions
WHERE id = (SELECT subscription_id FROM subscriptions.periods WHERE id = $1) FOR UPDATE"""
OPEN_ONE = f"""
SELECT * FROM subscriptions.subscriptions WHERE subscriber_id = $1 AND creator_id = $2 AND {_OPEN} FOR UPDATE"""  # noqa: S608
HAD_TRIAL = """
SELECT EXISTS (
    SELECT FROM subscriptions.subscriptions WHERE subscriber_id = $1 AND creator_id = $2 AND had_trial)"""
OPEN_OF = {
    True: f"SELECT id FROM subscriptions.subscriptions WHERE creator_id = $1 AND {_OPEN} ORDER BY id",  # noqa: S608
    False: f"SELECT id FROM subscriptions.subscriptions WHERE subscriber_id = $1 AND {_OPEN} ORDER BY id",  # noqa: S608
}
_REFUND = "UPDATE subscriptions.periods SET refunded_minor = $2 WHERE id = $1"
_ADD = Statement(insert(subscriptions))
_PLANS = Statement(select(plans).where(plans.c.id == any_(bindparam("ids"))))
_PERIODS = Statement(select(periods).where(periods.c.id == any_(bindparam("ids"))))
_new_period = upsert(periods)
_PUT_PERIOD = Statement(
    _new_period.on_conflict_do_update(
        index_elements=[periods.c.id],
        set_={name: _new_period.excluded[name] for name in ("starts_at", "ends_at", "status")},
    )
)
_FIXED = {"id", "subscriber_id", "creator_id", "had_trial", "currency", "created_at", "version"}
_CHANGING: dict[str, Any] = {one.name: bindparam(one.name) for one in subscriptions.c if one.name not in _FIXED}
_SAVE = Statement(
    update(subscriptions)
    .where(subscriptions.c.id == bindparam("subscription_id"), subscriptions.c.version == bindparam("seen"))
    .values(**_CHANGING, version=subscriptions.c.version + 1)
)


class SqlSubscriptions(Subscriptions):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, subscription: Subscription) -> None:
        try:
            await _ADD.run(self._transaction.connection, **_row(subscription))
        except asyncpg.UniqueViolationError:
            raise AlreadySubscribed("you have a subscription to this creator") from None
        await self._put_periods(subscription)
        self._transaction.ship(subscription, subscription.id)

    async def lock(self, subscription_id: SubscriptionId) -> Subscription:
        row = await self._transaction.connection.fetchrow(LOCK, subscription_id)
        if row is None:
            raise SubscriptionNotFound("no such subscription", subscription_id=subscription_id)
        return await self._whole(row)

    async def lock_of(self, period_id: PeriodId) -> Subscription:
        row = await self._transaction.connection.fetchrow(LOCK_OF, period_id)
        if row is None:
            raise SubscriptionNotFound("no such subscription", period_id=period_id)
        return await self._whole(row)

    async def open_one(self, subscriber: UserId, creator: UserId) -> Subscription | None:
        row = await self._transaction.connection.fetchrow(OPEN_ONE, subscriber, creator)
        return None if row is None else await self._whole(row)

    async def had_trial(self, subscriber: UserId, creator: UserId) -> bool:
        found: bool = await self._transaction.connection.fetchval(HAD_TRIAL, subscriber, creator)
        return found

    async def open_of(self, user: UserId, *, as_creator: bool) -> Sequence[SubscriptionId]:
        rows = await self._transaction.connection.fetch(OPEN_OF[as_creator], user)
        return [row["id"] for row in rows]

    async def note_refund(self, period_id: PeriodId, refunded: Money) -> None:
        await self._transaction.connection.execute(_REFUND, period_id, refunded.minor)

    async def save(self, subscription: Subscription) -> None:
        row = _row(subscription)
        changing = {name: row[name] for name in _CHANGING}
        saved = await _SAVE.run(
            self._transaction.connection, subscription_id=subscription.id, seen=subscription.version, **changing
        )
        if not saved:
            raise StaleAggregate("the subscription changed meanwhile; load it again", subscription_id=subscription.id)
        subscription.version += 1
        await self._put_periods(subscription)
        self._transaction.ship(subscription, subscription.id)

    async def _put_periods(self, subscription: Subscription) -> None:
        for period in (subscription.period, subscription.upgrade):
            if period is not None:
                await _PUT_PERIOD.run(self._transaction.connection, **_period_row(subscription.id, period))

    async def _whole(self, row: asyncpg.Record) -> Subscription:
        connection = self._transaction.connection
        wanted = [one for one in (row["plan_id"], row["next_plan_id"]) if one]
        all_plans = {one["id"]: plan_of(one) for one in await _PLANS.all(connection, ids=wanted)}
        wanted = [one for one in (row["period_id"], row["upgrade_id"]) if one]
        all_periods = {one["id"]: period_of(one) for one in await _PERIODS.all(connection, ids=wanted)}

        def maybe(found: dict[UUID, Any], name: str) -> Any:
            return None if row[name] is None else found[row[name]]

        return Subscription(
            id=row["id"], subscriber=row["subscriber_id"], creator=row["creator_id"], plan=all_plans[row["plan_id"]],
            next_plan=maybe(all_plans, "next_plan_id"), pays_by=PaysBy(row["method"], row["method_id"]),
            status=SubscriptionStatus(row["status"]), had_trial=row["had_trial"],
            period=all_periods[row["period_id"]], upgrade=maybe(all_periods, "upgrade_id"), anchor=row["anchor"],
            turn=row["turn"], credit=Money(row["credit_minor"], row["currency"]), is_pausing=row["is_pausing"],
            failing_since=row["failing_since"], next_at=row["next_at"], created_at=row["created_at"],
            ended_at=row["ended_at"], version=row["version"],
        )  # fmt: skip


def period_of(row: asyncpg.Record) -> Period:
    currency = row["currency"]
    return Period(
        id=row["id"], number=row["number"], plan=row["plan_id"], starts_at=row["starts_at"], ends_at=row["ends_at"],
        amount=Money(row["amount_minor"], currency), credit=Money(row["credit_minor"], currency),
        fee=Money(row["fee_minor"], currency), refunded=Money(row["refunded_minor"], currency),
        status=PeriodStatus(row["status"]),
    )  # fmt: skip


def _row(one: Subscription) -> dict[str, object]:
    return {
        "id": one.id, "subscriber_id": one.subscriber, "creator_id": one.creator, "plan_id": one.plan.id,
        "next_plan_id": one.next_plan and one.next_plan.id, "method": one.pays_by.method,
        "method_id": one.pays_by.saved, "status": one.status.value, "had_trial": one.had_trial,
        "period_id": one.period.id, "upgrade_id": one.upgrade and one.upgrade.id, "anchor": one.anchor,
        "turn": one.turn, "credit_minor": one.credit.minor, "currency": one.credit.currency,
        "is_pausing": one.is_pausing, "failing_since": one.failing_since, "next_at": one.next_at,
        "created_at": one.created_at, "ended_at": one.ended_at, "version": one.version,
    }  # fmt: skip


def _period_row(subscription_id: SubscriptionId, one: Period) -> dict[str, object]:
    return {
        "id": one.id, "subscription_id": subscription_id, "number": one.number, "plan_id": one.plan,
        "starts_at": one.starts_at, "ends_at": one.ends_at, "amount_minor": one.amount.minor,
        "credit_minor": one.credit.minor, "fee_minor": one.fee.minor, "refunded_minor": one.refunded.minor,
        "currency": one.amount.currency, "status": one.status.value,
    }  # fmt: skip
