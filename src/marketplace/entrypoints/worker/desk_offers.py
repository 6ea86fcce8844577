"""What follows from awards."""

from uuid import UUID

from dishka import AsyncContainer

from marketplace.application.trading.desk_awards import SUPERSEDE_REST
from marketplace.application.trading.offers import CancelNegotiations
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.timer(SUPERSEDE_REST, transactional=False)
    async def supersede_rest(scope: AsyncContainer, trade_id: UUID) -> None:
        await (await scope.get(CancelNegotiations))(trade_id)
