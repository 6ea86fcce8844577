"""Lists of payments, refunds and chargebacks, newest first."""

from typing import Literal, Protocol
from uuid import UUID

from marketplace.application.payments.views import ChargebackView, PaymentView, RefundDetails
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.domain.shared.ids import PaymentId

Whose = Literal["paid", "received", "all"]
"""Payments that the actor made, or got; or, for who may read the ledger, all."""
RequestState = Literal["any", "open", "escalated"]
"""Escalated: open, and nobody answered in time."""


class MoneyLists(Protocol):
    """Each raises MissingPermission for `all` where the actor may not read the ledger."""

    async def payments(
        self, actor: Actor, whose: Whose, *, after: UUID | None, skip: int, limit: int
    ) -> Slice[PaymentView]: ...

    async def refunds(
        self, actor: Actor, payment_id: PaymentId, *, after: UUID | None, skip: int, limit: int
    ) -> Slice[RefundDetails]:
        """Of one payment; raises PaymentNotFound for who is neither payer nor payee and may not read the ledger."""
        ...

    async def refund_requests(
        self, actor: Actor, whose: Whose, state: RequestState, *, after: UUID | None, skip: int, limit: int
    ) -> Slice[RefundDetails]: ...

    async def failed_refunds(self, actor: Actor, *, after: UUID | None, skip: int, limit: int) -> Slice[RefundDetails]:
        """What providers refused; for who may read the ledger."""
        ...

    async def chargebacks(
        self, actor: Actor, *, is_open: bool, after: UUID | None, skip: int, limit: int
    ) -> Slice[ChargebackView]:
        """For who may read the ledger."""
        ...
