import asyncpg

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.dashboard import read_dashboard
from marketplace.adapters.sql.trading.prices import read_prices
from marketplace.adapters.sql.trading.trade_lists import BY_ID, Start, Word, page
from marketplace.adapters.sql.trading.trades import trade_of
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.paging import LARGEST_PER_PAGE, Slice
from marketplace.application.shared.ports import Clock
from marketplace.application.trading.trade_ports import PriceQuestion, TradeFilter, TradeQueries
from marketplace.application.trading.trade_views import DashboardView, PriceView, TradeView
from marketplace.domain.trading.trade import TradeId, TradeNotFound, TradeSide, TradeStatus
from marketplace.domain.trading.units import plain


class SqlTradeQueries(TradeQueries):
    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def trade(self, actor: Actor, trade_id: TradeId) -> TradeView:
        actor.require(Permission.TRADE)
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(BY_ID, actor.user, trade_id)
        if row is None:
            raise TradeNotFound("no such trade", trade_id=trade_id)
        return _view(row, actor)

    async def newest(
        self, actor: Actor, wanted: TradeFilter, *, after: TradeId | None, skip: int, limit: int
    ) -> Slice[TradeView]:
        actor.require(Permission.TRADE)
        word: Word = "commodity" if wanted.commodity else "begins" if wanted.begins else ""
        start: Start = "cursor" if after else "first" if skip + limit <= LARGEST_PER_PAGE else "far"
        sides = [wanted.side] if wanted.side else list(TradeSide)
        statuses = [wanted.status] if wanted.status else list(TradeStatus)
        words = [wanted.commodity or wanted.begins] if word else []
        async with self._pool.connection() as connection:
            rows = await connection.fetch(
                page(word, start, mine=wanted.mine), actor.user, after or skip, limit + 1,
                [one.value for one in sides], [one.value for one in statuses], *words,
            )  # fmt: skip
        return Slice([_view(row, actor) for row in rows[:limit]], rows[0]["total"] if rows else 0, len(rows) > limit)

    async def dashboard(self, actor: Actor) -> DashboardView:
        actor.require(Permission.TRADE)
        async with self._pool.connection() as connection:
            return await read_dashboard(connection, actor.user, self._clock.now())

    async def prices(self, actor: Actor, asked: PriceQuestion) -> list[PriceView]:
        actor.require(Permission.TRADE)
        async with self._pool.connection() as connection:
            return await read_prices(connection, asked, self._clock.now())


def _view(row: asyncpg.Record, actor: Actor) -> TradeView:
    trade, taken = trade_of(row), row["taken"]
    remaining = trade.need.quantity.amount if taken is None else plain(row["quantity"] - taken)
    return TradeView.of(trade, row["username"], remaining, for_owner=trade.owner == actor.user)
