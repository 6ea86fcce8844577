from uuid import UUID

import asyncpg

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.subscriptions.plans import plan_of
from marketplace.adapters.sql.subscriptions.subscriptions import period_of
from marketplace.application.shared.actor import Actor, Permission, Viewer
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.application.subscriptions.ports import Membership, Part, SubscriptionQueries
from marketplace.application.subscriptions.views import PeriodView, PlanView, SubscriptionDetails, SubscriptionView
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import decimal_of
from marketplace.domain.subscriptions.moves import (
    WITH_ACCESS,
    SubscriptionId,
    SubscriptionNotFound,
    SubscriptionStatus,
)
from marketplace.domain.subscriptions.period import PeriodStatus
from marketplace.domain.subscriptions.plan import PlanId

SHOWN_PERIODS = 24
_SUBSCRIPTION = """
SELECT s.*, p.name AS plan_name, d.number, d.starts_at, d.ends_at, d.amount_minor,
    d.credit_minor AS d_credit_minor, d.refunded_minor, d.status AS d_status
FROM {source} s
JOIN LATERAL (SELECT * FROM subscriptions.plans one WHERE one.id = s.plan_id LIMIT 1) p ON true
JOIN LATERAL (SELECT * FROM subscriptions.periods one WHERE one.id = s.period_id LIMIT 1) d ON true"""
"""Row by row: a join by hash would read the whole table."""


def _page(table: str, where: str, *, by_cursor: bool) -> str:
    """$1 whose, $2 what to skip or the cursor; a filter is $3. Newest first, one row more than a page."""
    after, skip = (" AND id < $2", "") if by_cursor else ("", "OFFSET $2::int")
    return f"""
(SELECT page.*, (
    SELECT count(*) FROM (
        SELECT FROM subscriptions.{table} WHERE {where} ORDER BY id DESC LIMIT {EXACT_TOTAL_LIMIT + 1}
    ) counted
) AS total
FROM (
    SELECT * FROM subscriptions.{table} WHERE {where}{after}
    ORDER BY id DESC LIMIT {LARGEST_PER_PAGE + 1} {skip}
) page)"""  # noqa: S608 - our own words


PLANS = {
    (kind, by_cursor): _page("plans", where, by_cursor=by_cursor) + " ORDER BY id DESC LIMIT $3"
    for kind, where in {
        "any": "NOT is_archived AND $1::uuid IS NULL",
        "theirs": "creator_id = $1 AND NOT is_archived",
        "own": "creator_id = $1",
    }.items()
    for by_cursor in (False, True)
}
LISTS = {
    (kind, by_cursor): _SUBSCRIPTION.format(source=_page("subscriptions", where, by_cursor=by_cursor))
    + f" ORDER BY s.id DESC LIMIT ${3 if kind != 'to' else 4}"
    for kind, where in {
        "own": "subscriber_id = $1",
        "to": "subscriber_id = $1 AND creator_id = $3",
        "subscribers": "creator_id = $1 AND status <> 'ended'",
    }.items()
    for by_cursor in (False, True)
}
ONE = (
    _SUBSCRIPTION.format(source="subscriptions.subscriptions")
    + " WHERE s.id = $1 AND $2 IN (s.subscriber_id, s.creator_id)"
)
PERIODS = f"""
SELECT * FROM subscriptions.periods WHERE subscription_id = $1 ORDER BY number DESC LIMIT {SHOWN_PERIODS}"""  # noqa: S608
_OPEN_NOW = ", ".join(f"'{status}'" for status in sorted(WITH_ACCESS))
IS_SUBSCRIBED = f"""
SELECT EXISTS (
    SELECT FROM subscriptions.subscriptions
    WHERE subscriber_id = $1 AND creator_id = $2 AND status <> 'ended' AND status IN ({_OPEN_NOW}))"""  # noqa: S608


class SqlSubscriptionQueries(SubscriptionQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def plans(
        self, viewer: Viewer, creator: UserId | None, *, after: PlanId | None, skip: int, limit: int
    ) -> Slice[PlanView]:
        kind = "any" if creator is None else "own" if viewer.user == creator else "theirs"
        async with self._pool.connection() as connection:
            rows = await connection.fetch(PLANS[kind, after is not None], creator, after or skip, limit + 1)
        views = [PlanView.of(plan_of(row)) for row in rows[:limit]]
        return Slice(views, rows[0]["total"] if rows else 0, len(rows) > limit)

    async def subscriptions(
        self, actor: Actor, part: Part, creator: UserId | None, *, after: SubscriptionId | None, skip: int, limit: int
    ) -> Slice[SubscriptionView]:
        actor.require(Permission.PAY_ORDERS if part is Part.SUBSCRIBER else Permission.LIST_ITEMS)
        if part is Part.CREATOR:
            kind, arguments = "subscribers", [actor.user, after or skip]
        elif creator is None:
            kind, arguments = "own", [actor.user, after or skip]
        else:
            kind, arguments = "to", [actor.user, after or skip, creator]
        async with self._pool.connection() as connection:
            rows = await connection.fetch(LISTS[kind, after is not None], *arguments, limit + 1)
        views = [_view(row, actor.user) for row in rows[:limit]]
        return Slice(views, rows[0]["total"] if rows else 0, len(rows) > limit)

    async def subscription(self, actor: Actor, subscription_id: SubscriptionId) -> SubscriptionDetails:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(ONE, subscription_id, actor.user)
            if row is None:
                raise SubscriptionNotFound("no such subscription", subscription_id=subscription_id)
            periods = await connection.fetch(PERIODS, subscription_id)
        return SubscriptionDetails(_view(row, actor.user), [PeriodView.of(period_of(one)) for one in periods])


class SqlMembership(Membership):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def is_subscribed(self, user: UserId, creator: UserId) -> bool:
        async with self._pool.connection() as connection:
            found: bool = await connection.fetchval(IS_SUBSCRIBED, user, creator)
        return found


def _view(row: asyncpg.Record, reader: UUID) -> SubscriptionView:
    """How it is paid for is the subscriber's to see."""
    is_own, status, currency = row["subscriber_id"] == reader, SubscriptionStatus(row["status"]), row["currency"]
    period = PeriodView(
        number=row["number"], starts_at=row["starts_at"], ends_at=row["ends_at"],
        amount=decimal_of(row["amount_minor"], currency), credit=decimal_of(row["d_credit_minor"], currency),
        refunded=decimal_of(row["refunded_minor"], currency), currency=currency, status=PeriodStatus(row["d_status"]),
    )  # fmt: skip
    return SubscriptionView(
        id=row["id"], subscriber_id=row["subscriber_id"], creator_id=row["creator_id"], plan_id=row["plan_id"],
        plan_name=row["plan_name"], next_plan_id=row["next_plan_id"], status=status,
        has_access=status in WITH_ACCESS, period=period, is_pausing=row["is_pausing"],
        credit=decimal_of(row["credit_minor"], currency), payment_method=row["method"] if is_own else None,
        method_id=row["method_id"] if is_own else None, next_at=row["next_at"], created_at=row["created_at"],
        ended_at=row["ended_at"],
    )  # fmt: skip
