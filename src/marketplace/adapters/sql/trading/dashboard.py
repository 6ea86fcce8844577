from datetime import datetime, timedelta

import asyncpg
import msgspec

from marketplace.adapters.sql.ids import first_id
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT
from marketplace.application.trading.trade_views import (
    DashboardView,
    ExpiringView,
    OfferCount,
    TradeCount,
    ValueView,
)
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import decimal_of

AGREED_FOR = timedelta(days=30)
EXPIRING_WITHIN = timedelta(hours=48)
MOST_NEGOTIATIONS = 1_000
MOST_EXPIRING = 20


def _of_either_side(condition: str) -> str:
    """The newest negotiations on the desk, as buyer and as seller; `mine` is the actor's side."""
    return " UNION ALL ".join(
        f"""(SELECT n.*, '{side}' AS mine FROM trading.negotiations n
        WHERE n.{side}_id = $1 AND n.subject_kind = 'trade' AND {condition.format(side=side)}
        ORDER BY n.id DESC LIMIT {MOST_NEGOTIATIONS})"""  # noqa: S608 - our own words
        for side in ("buyer", "seller")
    )


def _orders(side: str) -> str:
    return f"""(SELECT o.currency, o.amount_minor, '{side}' AS mine FROM ordering.orders o
        WHERE o.{side}_id = $1 AND o.id > $4 AND o.subject_kind = 'trade' AND o.status NOT IN ('cancelled', 'expired')
        ORDER BY o.id DESC LIMIT {EXACT_TOTAL_LIMIT})"""  # noqa: S608 - our own words


DASHBOARD = f"""
WITH own AS (
    SELECT status, count(*)
    FROM (SELECT status FROM trading.trades WHERE owner_id = $1 LIMIT {EXACT_TOTAL_LIMIT}) counted
    GROUP BY status
), opened AS (
    SELECT last.status, count(*)
    FROM (SELECT id FROM ({_of_either_side("n.opener = '{side}'")}) either ORDER BY id DESC LIMIT {MOST_NEGOTIATIONS}) n
    CROSS JOIN LATERAL (
        SELECT status FROM trading.offers WHERE negotiation_id = n.id ORDER BY id DESC LIMIT 1
    ) last
    GROUP BY last.status
), awaiting AS (
    SELECT count(*)
    FROM ({_of_either_side("n.status = 'open'")}) n
    CROSS JOIN LATERAL (
        SELECT * FROM trading.offers o WHERE o.negotiation_id = n.id AND o.status = 'pending' LIMIT 1
    ) pending
    WHERE pending.side <> n.mine AND pending.expires_at > $2
        AND (n.opener = n.mine OR n.sealed_until IS NULL OR n.sealed_until <= $2)
), agreed AS (
    SELECT currency, coalesce(sum(amount_minor) FILTER (WHERE mine = 'buyer'), 0) AS bought,
        coalesce(sum(amount_minor) FILTER (WHERE mine = 'seller'), 0) AS sold
    FROM ({_orders("buyer")} UNION ALL {_orders("seller")}) placed
    GROUP BY currency
), expiring AS (
    SELECT id, commodity, valid_until FROM trading.trades
    WHERE owner_id = $1 AND status IN ('published', 'negotiating') AND valid_until > $2 AND valid_until <= $3
    ORDER BY valid_until, id LIMIT {MOST_EXPIRING}
)
SELECT (SELECT jsonb_agg(own ORDER BY status) FROM own) AS trades,
    (SELECT jsonb_agg(opened ORDER BY status) FROM opened) AS offers,
    (SELECT count FROM awaiting) AS awaiting_answer,
    (SELECT jsonb_agg(agreed ORDER BY currency) FROM agreed) AS agreed,
    (SELECT jsonb_agg(expiring ORDER BY valid_until, id) FROM expiring) AS expiring
"""  # noqa: S608 - our own words


async def read_dashboard(connection: asyncpg.Connection, actor: UserId, now: datetime) -> DashboardView:
    row = await connection.fetchrow(DASHBOARD, actor, now, now + EXPIRING_WITHIN, first_id(now - AGREED_FOR))
    return DashboardView(
        trades=msgspec.convert(row["trades"] or [], list[TradeCount]),
        offers=msgspec.convert(row["offers"] or [], list[OfferCount]),
        awaiting_answer=row["awaiting_answer"],
        agreed=[
            ValueView(one["currency"], *(decimal_of(one[side], one["currency"]) for side in ("bought", "sold")))
            for one in row["agreed"] or ()
        ],
        expiring=msgspec.convert(row["expiring"] or [], list[ExpiringView]),
    )
