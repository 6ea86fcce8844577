from collections.abc import Mapping
from datetime import datetime

from marketplace.application.payments.ports import Payable, Payables
from marketplace.domain.payments.payment import Cause, CauseKind
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money


class PayablesOfEverybody(Payables):
    """Asks the context that the cause belongs to."""

    def __init__(self, of: Mapping[CauseKind, Payables]) -> None:
        self._of = of

    async def due(self, cause: Cause, payer: UserId) -> Payable:
        return await self._of[cause.kind].due(cause, payer)

    async def hold(self, cause: Cause) -> None:
        await self._of[cause.kind].hold(cause)

    async def paid(self, cause: Cause, now: datetime) -> None:
        await self._of[cause.kind].paid(cause, now)

    async def failed(self, cause: Cause, now: datetime) -> None:
        await self._of[cause.kind].failed(cause, now)

    async def refunded(self, cause: Cause, refunded: Money) -> None:
        await self._of[cause.kind].refunded(cause, refunded)

    async def called_off(self, cause: Cause, reason: str, now: datetime) -> None:
        await self._of[cause.kind].called_off(cause, reason, now)
