"""Deadlines of the desk's trades, what ends with them, and when what was read in messages is forgotten."""

from datetime import datetime
from uuid import UUID

from dishka import AsyncContainer

from marketplace.application.trading.desk_awards import SUPERSEDE_REST
from marketplace.application.trading.offers import CancelNegotiations
from marketplace.application.trading.parsing import ForgetParses, ForgetUnconfirmedParses
from marketplace.application.trading.trades import EXPIRE_TRADE, OPEN_TRADE, EndTrades, ExpireTrade, OpenTrade
from marketplace.domain.identity.user import UserDeleted, UserSuspended
from marketplace.domain.trading.trade import ENDED, TradeId, TradeMoved
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.timer(EXPIRE_TRADE)
    async def expire_trade(scope: AsyncContainer, trade_id: UUID) -> None:
        await (await scope.get(ExpireTrade))(TradeId(trade_id))

    @handlers.timer(OPEN_TRADE)
    async def open_trade(scope: AsyncContainer, trade_id: UUID) -> None:
        await (await scope.get(OpenTrade))(TradeId(trade_id))

    @handlers.on(TradeMoved, "trading.trade_moved", transactional=False)
    async def end_its_negotiations(scope: AsyncContainer, event: TradeMoved) -> None:
        if event.status in ENDED:
            await (await scope.get(CancelNegotiations))(event.trade_id)

    @handlers.timer(SUPERSEDE_REST, transactional=False)
    async def supersede_rest(scope: AsyncContainer, trade_id: UUID) -> None:
        await (await scope.get(CancelNegotiations))(trade_id)

    @handlers.on(UserSuspended, "trades.user_suspended", transactional=False)
    async def end_trades_of_suspended(scope: AsyncContainer, event: UserSuspended) -> None:
        await (await scope.get(EndTrades))(event.user_id)

    @handlers.on(UserDeleted, "trades.user_deleted", transactional=False)
    async def end_trades_of_deleted(scope: AsyncContainer, event: UserDeleted) -> None:
        await (await scope.get(EndTrades))(event.user_id)

    @handlers.on(UserDeleted, "parses.user_deleted", transactional=False)
    async def forget_parses(scope: AsyncContainer, event: UserDeleted) -> None:
        await (await scope.get(ForgetParses))(event.user_id)

    @handlers.cron("trading.forget_unconfirmed_parses", "41 2 * * *", transactional=False)
    async def forget_unconfirmed_parses(scope: AsyncContainer, _: datetime) -> None:
        await (await scope.get(ForgetUnconfirmedParses))()
