from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from marketplace.application.payments.views import PaymentView, TrialBalanceView
from marketplace.application.shared.actor import Actor
from marketplace.domain.payments.ledger import LedgerTransaction
from marketplace.domain.payments.payment import Outcome, Payment
from marketplace.domain.shared.errors import Unavailable
from marketplace.domain.shared.ids import OrderId, PaymentId, UserId
from marketplace.domain.shared.money import Money


@dataclass(frozen=True, slots=True)
class Card:
    """Goes to the gateway and nowhere else: never stored, logged or returned."""

    number: str = field(repr=False)
    exp_month: int = field(repr=False)
    exp_year: int = field(repr=False)
    cvc: str = field(repr=False)


class GatewaySilent(Unavailable):
    """The gateway gave no answer: whether money moved is unknown, and only it can tell."""

    code = "gateway_silent"


class Gateway(Protocol):
    """A payment provider. `payment_id` is the idempotency key of the charge: charging it again charges nothing."""

    async def charge(self, payment_id: PaymentId, amount: Money, card: Card | None) -> Outcome:
        """Raises GatewaySilent."""
        ...

    async def resolve(self, payment_id: PaymentId) -> Outcome:
        """What became of a charge; one the provider has not seen is cancelled there, so it can never succeed later.

        Raises GatewaySilent.
        """
        ...


@dataclass(frozen=True, slots=True)
class Payable:
    order_id: OrderId
    payee: UserId
    amount: Money
    fee: Money


class Payables(Protocol):
    """Answered by ordering inside the running transaction."""

    async def due(self, order_id: OrderId, payer: UserId, now: datetime) -> Payable:
        """Lock an order for its payer; raises ordering's NotFound or Conflict."""
        ...

    async def hold(self, order_id: OrderId) -> None:
        """Lock the order, before its payment is locked."""
        ...

    async def paid(self, order_id: OrderId, now: datetime) -> None:
        """The locked order is paid."""
        ...


class Payments(Protocol):
    async def add(self, payment: Payment) -> None:
        """Raises PaymentInProgress while another payment of the order is under way."""
        ...

    async def order_of(self, payment_id: PaymentId) -> OrderId: ...

    async def lock(self, payment_id: PaymentId) -> Payment: ...

    async def save(self, payment: Payment) -> None: ...


class Ledger(Protocol):
    async def post(self, transaction: LedgerTransaction) -> None:
        """Write once: posting the same kind and source again changes nothing."""
        ...


class PaymentQueries(Protocol):
    """Reads for payer and payee; to others a payment is not found."""

    async def payment(self, actor: Actor, payment_id: PaymentId) -> PaymentView: ...


class LedgerQueries(Protocol):
    async def trial_balance(self, actor: Actor) -> TrialBalanceView: ...
