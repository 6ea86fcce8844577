from uuid import UUID

from dishka import AsyncContainer

from marketplace.application.calls.calls import MISS_CALL, MissCall
from marketplace.application.calls.presence import BEAT, EndLostCalls
from marketplace.domain.calls.moves import CallId
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.timer(MISS_CALL)
    async def miss_call(scope: AsyncContainer, call_id: UUID) -> None:
        await (await scope.get(MissCall))(CallId(call_id))

    @handlers.routine("end_lost_calls", BEAT.total_seconds())
    async def end_lost_calls(scope: AsyncContainer) -> None:
        await (await scope.get(EndLostCalls))()
