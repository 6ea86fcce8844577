"""What follows from the calls of providers that call us."""

from datetime import datetime
from uuid import UUID

from dishka import AsyncContainer

from marketplace.application.payments.click import CONFIRM_CANCELLATION, ConfirmCancellation
from marketplace.application.payments.provider_ports import ForgetProviderCalls
from marketplace.domain.shared.ids import PaymentId
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.timer(CONFIRM_CANCELLATION, transactional=False)
    async def confirm_cancellation(scope: AsyncContainer, payment_id: UUID) -> None:
        await (await scope.get(ConfirmCancellation))(PaymentId(payment_id))

    @handlers.cron("payments.forget_provider_calls", "47 2 * * *", transactional=False)
    async def forget_provider_calls(scope: AsyncContainer, _: datetime) -> None:
        await (await scope.get(ForgetProviderCalls))()
