from typing import Any

import asyncpg
from sqlalchemy import bindparam, delete
from sqlalchemy.dialects.postgresql import insert

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.trading.rule_tables import offer_rules, rules_for_all
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.actor import Actor
from marketplace.application.trading.rule_ports import OfferRuleBook, OfferRuleQueries, Showcase
from marketplace.application.trading.rule_views import OfferRulesView, RulesForAllView
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.quiet_hours import QuietHours
from marketplace.domain.trading.rules import OfferRules, RulesForAll

_ON_LISTING = """
SELECT true AS is_own, currency, auto_accept_at_minor AS accept_at, auto_decline_below_minor AS decline_below,
    minimum_step_minor AS step, quiet_from, quiet_until, time_zone
FROM trading.offer_rules WHERE listing_id = $1
UNION ALL
SELECT false, NULL, auto_accept_at_percent, auto_decline_below_percent, minimum_step_percent, quiet_from, quiet_until,
    time_zone
FROM trading.rules_for_all WHERE seller_id = $2
ORDER BY is_own DESC LIMIT 1
"""
_FOR_ALL = """
SELECT auto_accept_at_percent AS accept_at, auto_decline_below_percent AS decline_below,
    minimum_step_percent AS step, quiet_from, quiet_until, time_zone
FROM trading.rules_for_all WHERE seller_id = $1
"""
_own, _all = insert(offer_rules), insert(rules_for_all)
_PUT = Statement(
    _own.on_conflict_do_update(
        index_elements=[offer_rules.c.listing_id],
        set_={one.name: _own.excluded[one.name] for one in offer_rules.c if one.name != "listing_id"},
    )
)
_PUT_FOR_ALL = Statement(
    _all.on_conflict_do_update(
        index_elements=[rules_for_all.c.seller_id],
        set_={one.name: _all.excluded[one.name] for one in rules_for_all.c if one.name != "seller_id"},
    )
)
_DROP = Statement(delete(offer_rules).where(offer_rules.c.listing_id == bindparam("id")))
_FORGET = (
    Statement(delete(offer_rules).where(offer_rules.c.seller_id == bindparam("seller"))),
    Statement(delete(rules_for_all).where(rules_for_all.c.seller_id == bindparam("seller"))),
)


class SqlOfferRuleBook(OfferRuleBook):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def on_listing(self, listing_id: ListingId, seller: UserId) -> OfferRules | RulesForAll | None:
        return _acting(await self._transaction.connection.fetchrow(_ON_LISTING, listing_id, seller))

    async def put(self, listing_id: ListingId, seller: UserId, rules: OfferRules) -> None:
        amounts = (rules.auto_accept_at, rules.auto_decline_below, rules.minimum_step)
        accept_at, decline_below, step = (amount and amount.minor for amount in amounts)
        await _PUT.run(
            self._transaction.connection, listing_id=listing_id, seller_id=seller,
            currency=next((amount.currency for amount in amounts if amount), None), auto_accept_at_minor=accept_at,
            auto_decline_below_minor=decline_below, minimum_step_minor=step, **_quiet(rules.quiet_hours),
        )  # fmt: skip

    async def put_for_all(self, seller: UserId, rules: RulesForAll) -> None:
        await _PUT_FOR_ALL.run(
            self._transaction.connection, seller_id=seller, auto_accept_at_percent=rules.auto_accept_at_percent,
            auto_decline_below_percent=rules.auto_decline_below_percent,
            minimum_step_percent=rules.minimum_step_percent, **_quiet(rules.quiet_hours),
        )  # fmt: skip

    async def drop(self, listing_id: ListingId) -> None:
        await _DROP.run(self._transaction.connection, id=listing_id)

    async def forget(self, seller: UserId) -> None:
        for statement in _FORGET:
            await statement.run(self._transaction.connection, seller=seller)


class SqlOfferRuleQueries(OfferRuleQueries):
    def __init__(self, pool: Pool, showcase: Showcase) -> None:
        self._pool = pool
        self._showcase = showcase

    async def on_listing(self, actor: Actor, listing_id: ListingId) -> OfferRulesView:
        shown = await self._showcase.own(actor, listing_id)
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_ON_LISTING, listing_id, actor.user)
        return OfferRulesView.of(listing_id, shown.asked, _acting(row))

    async def for_all(self, actor: Actor) -> RulesForAllView:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_FOR_ALL, actor.user)
        return RulesForAllView.of(RulesForAll() if row is None else _rules_for_all(row))


def _acting(row: asyncpg.Record | None) -> OfferRules | RulesForAll | None:
    if row is None:
        return None
    return _own_rules(row) if row["is_own"] else _rules_for_all(row)


def _own_rules(row: asyncpg.Record) -> OfferRules:
    accept_at, decline_below, step = (
        None if row[name] is None else Money(row[name], row["currency"])
        for name in ("accept_at", "decline_below", "step")
    )
    return OfferRules(
        auto_accept_at=accept_at, auto_decline_below=decline_below, minimum_step=step, quiet_hours=_hours(row)
    )


def _rules_for_all(row: asyncpg.Record) -> RulesForAll:
    return RulesForAll(
        auto_accept_at_percent=row["accept_at"], auto_decline_below_percent=row["decline_below"],
        minimum_step_percent=row["step"], quiet_hours=_hours(row),
    )  # fmt: skip


def _hours(row: asyncpg.Record) -> QuietHours | None:
    if row["time_zone"] is None:
        return None
    return QuietHours(begins=row["quiet_from"], ends=row["quiet_until"], time_zone=row["time_zone"])


def _quiet(hours: QuietHours | None) -> dict[str, Any]:
    return {
        "quiet_from": hours and hours.begins, "quiet_until": hours and hours.ends,
        "time_zone": hours and hours.time_zone,
    }  # fmt: skip
