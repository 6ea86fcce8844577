"""The wallet: what a person has with us to spend."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Protocol
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.application.payments.payments import Means, Pay
from marketplace.application.payments.payout_views import Currency, Sum
from marketplace.application.payments.ports import Payable, Payables
from marketplace.application.payments.views import PaymentView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.paging import Slice
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.payments.payment import Cause, CauseKind
from marketplace.domain.payments.shares import Share
from marketplace.domain.payments.wallet import PAYMENT_TIME, TopUp, TopUpNotFound
from marketplace.domain.shared.ids import OrderId, PaymentId, TopUpId, UserId
from marketplace.domain.shared.money import Money


class WalletView(msgspec.Struct, frozen=True):
    currency: Currency
    balance: Sum


class WalletEntryView(msgspec.Struct, frozen=True):
    """`amount` is positive for what came in. `kind` is that of the posting: `payment_captured`, `refund_sent`, ..."""

    id: UUID
    kind: Annotated[str, Meta(examples=["payment_captured"])]
    amount: Sum
    currency: Currency
    payment_id: PaymentId | None
    order_id: OrderId | None
    at: datetime


class TopUps(Protocol):
    async def add(self, top_up: TopUp) -> None: ...

    async def lock(self, top_up_id: TopUpId) -> TopUp:
        """Raises TopUpNotFound."""
        ...


class WalletQueries(Protocol):
    """One's own."""

    async def balances(self, actor: Actor) -> list[WalletView]: ...

    async def entries(
        self, actor: Actor, currency: str, *, after: UUID | None, skip: int, limit: int
    ) -> Slice[WalletEntryView]:
        """Newest first."""
        ...


class PayablesOfTopUps(Payables):
    """Without a fee; the payer is the payee."""

    def __init__(self, top_ups: TopUps) -> None:
        self._top_ups = top_ups

    async def due(self, cause: Cause, payer: UserId) -> Payable:
        top_up = await self._top_ups.lock(TopUpId(cause.id))
        if top_up.owner != payer:
            raise TopUpNotFound("no such top-up", top_up_id=top_up.id)
        return Payable(
            cause=cause, payee=payer, shares=(Share.of(top_up.amount, Money(0, top_up.amount.currency)),),
            description="Wallet top-up", until=top_up.created_at + PAYMENT_TIME,
        )  # fmt: skip

    async def hold(self, cause: Cause) -> None:
        await self._top_ups.lock(TopUpId(cause.id))

    async def paid(self, cause: Cause, now: datetime) -> None:
        """The posting of the payment is all there is to it."""

    async def failed(self, cause: Cause, now: datetime) -> None:
        """It may be tried again until it is due."""

    async def refunded(self, cause: Cause, refunded: Money) -> None:
        """The same."""

    async def called_off(self, cause: Cause, reason: str, now: datetime) -> None:
        """The same."""


@dataclass(frozen=True, slots=True)
class TopUpWallet:
    top_ups: TopUps
    pay: Pay
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, amount: Decimal, currency: str, means: Means) -> PaymentView:
        """Raises what Pay raises."""
        actor.require(Permission.PAY_ORDERS)
        wanted = Money.price(amount, currency, field="amount")
        top_up = TopUp(id=TopUpId(self.ids.new()), owner=actor.user, amount=wanted, created_at=self.clock.now())
        async with self.transaction:
            await self.top_ups.add(top_up)
        return await self.pay(actor, Cause(CauseKind.TOP_UP, top_up.id), means)
