import asyncpg

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.trade_lists import BY_ID, NAME, OPEN_TO_ALL
from marketplace.adapters.sql.trading.trades import trade_of
from marketplace.application.shared.actor import Actor
from marketplace.application.trading.matches import MOST_CANDIDATES, goods_of
from marketplace.application.trading.trade_ports import MatchQueries
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.matching import Candidate, CandidateKind, Goods
from marketplace.domain.trading.trade import Trade, TradeId, TradeNotFound, TradeSide
from marketplace.domain.trading.units import Quantity, plain

_NAMED = "JOIN LATERAL (SELECT * FROM identity.public_profiles one WHERE one.id = owner_id LIMIT 1) p ON p.is_active"
COUNTER_TRADES = f"""
WITH found AS MATERIALIZED (
    (SELECT run.* FROM (VALUES ('published'), ('negotiating')) statuses(status) CROSS JOIN LATERAL (
        SELECT * FROM trading.trades t
        WHERE {OPEN_TO_ALL} AND {NAME} = lower($2) AND t.side = $3 AND t.status = statuses.status AND t.currency = $4
            AND t.valid_until > now() AND t.owner_id NOT IN ($1, $5)
        ORDER BY t.id DESC LIMIT {MOST_CANDIDATES}
    ) run)
    UNION ALL
    (SELECT * FROM trading.trades t
    WHERE t.invited @> ARRAY[$1::uuid] AND t.invited <> '{{}}' AND t.status IN ('published', 'negotiating')
        AND {NAME} = lower($2) AND t.side = $3 AND t.currency = $4 AND t.valid_until > now() AND t.owner_id <> $5
    ORDER BY t.id DESC LIMIT {MOST_CANDIDATES})
)
SELECT found.*, p.username FROM (SELECT * FROM found ORDER BY id DESC LIMIT {MOST_CANDIDATES}) found {_NAMED}
ORDER BY found.id DESC"""  # noqa: S608 - our own words
"""$1 the actor, $2 the commodity, $3 the other side, $4 the currency, $5 the owner."""
LOTS = f"""
SELECT found.*, p.username FROM (
    SELECT * FROM trading.tested_lots
    WHERE lower(commodity) = lower($2) AND status = 'available' AND coalesce(currency, $3) = $3
        AND owner_id NOT IN ($1, $4)
    ORDER BY id DESC LIMIT {MOST_CANDIDATES}
) found {_NAMED}
ORDER BY found.id DESC"""  # noqa: S608 - our own words


class SqlMatchQueries(MatchQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def trade(self, actor: Actor, trade_id: TradeId) -> Trade:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(BY_ID, actor.user, trade_id)
        if row is None:
            raise TradeNotFound("no such trade", trade_id=trade_id)
        return trade_of(row)

    async def counter_trades(self, actor: Actor, trade: Trade) -> list[Candidate]:
        need = trade.need
        other = TradeSide.SELL if trade.side is TradeSide.BUY else TradeSide.BUY
        async with self._pool.connection() as connection:
            rows = await connection.fetch(
                COUNTER_TRADES, actor.user, need.commodity, other.value, need.currency, trade.owner
            )
        return [_trade(row) for row in rows]

    async def lots(self, actor: Actor, trade: Trade) -> list[Candidate]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(LOTS, actor.user, trade.need.commodity, trade.need.currency, trade.owner)
        return [_lot(row, trade.need.currency) for row in rows]


def _trade(row: asyncpg.Record) -> Candidate:
    trade = trade_of(row)
    return Candidate(
        kind=CandidateKind.TRADE, id=trade.id, owner=trade.owner, owner_name=row["username"],
        goods=goods_of(trade.need), currency=trade.need.currency, place=trade.need.delivery_place,
    )  # fmt: skip


def _lot(row: asyncpg.Record, currency: str) -> Candidate:
    minor = row["price_minor"]
    goods = Goods(
        quantity=Quantity(plain(row["quantity"]), row["unit"]), price_unit=row["price_unit"] or row["unit"],
        grade=row["grade"], quality=row["quality"], price=None if minor is None else Money(minor, currency),
    )  # fmt: skip
    return Candidate(
        kind=CandidateKind.LOT, id=row["id"], owner=row["owner_id"], owner_name=row["username"], goods=goods,
        currency=currency, place=row["place"],
    )  # fmt: skip
