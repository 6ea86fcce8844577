from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from marketplace.application.payments.views import PaymentView
from marketplace.application.shared.actor import Actor
from marketplace.domain.payments.ledger import Account, LedgerTransaction
from marketplace.domain.payments.payment import Cause, Outcome, Payment, PaymentMethod
from marketplace.domain.payments.refund import Refund, RefundOutcome
from marketplace.domain.payments.shares import Share
from marketplace.domain.shared.errors import Unavailable
from marketplace.domain.shared.ids import OrderId, PaymentId, RefundId, UserId
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """`payment_id` is the idempotency key at the provider: charging it again charges nothing.

    `token` is the provider's name of a payment method, `customer` the one of the payer, where methods are saved.
    `return_url`: where the provider sends the payer back; coming back proves nothing.
    """

    payment_id: PaymentId
    amount: Money
    card: Card | None = None
    token: str | None = field(default=None, repr=False)
    customer: str | None = None
    description: str
    return_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrder:
    """`refund_id` is the idempotency key; `reference` is the provider's id of the charge."""

    refund_id: RefundId
    payment_id: PaymentId
    reference: str | None
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One movement in a provider's books; `id` is ours: of the payment, the refund or the payout."""

    kind: Literal["charge", "refund", "payout"]
    id: UUID
    reference: str
    amount: Money
    at: datetime


class Gateway(Protocol):
    """A payment provider. Its calls are never made inside a transaction; each raises GatewaySilent."""

    async def charge(self, charge: Charge) -> Outcome: ...

    async def resolve(self, payment_id: PaymentId, reference: str | None, *, give_up: bool) -> Outcome:
        """What became of a charge; one the provider has not seen is cancelled there, so it can never succeed later.

        `give_up`: one that still waits for its payer is cancelled too.
        """
        ...

    async def refund(self, order: RefundOrder) -> RefundOutcome:
        """Asked again with the same refund it gives the same answer, and sends nothing twice."""
        ...

    async def statement(self, since: datetime, until: datetime) -> Sequence[StatementLine]:
        """Every movement that the provider booked in [since, until)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutOrder:
    """`payout_id` is the idempotency key; `destination` is the provider's id of the payee's account."""

    payout_id: UUID
    destination: str
    amount: Money


@dataclass(frozen=True, slots=True)
class PayoutOutcome:
    """What a provider said of a payout; silence is GatewaySilent."""

    succeeded: bool
    reference: str | None
    message: str


class PayoutGateway(Protocol):
    async def send(self, order: PayoutOrder) -> PayoutOutcome:
        """Asked again with the same payout it gives the same answer, and sends nothing twice. Raises GatewaySilent."""
        ...


class Gateways(Protocol):
    """The providers that this installation has; a wallet needs none."""

    def provider_of(self, method: PaymentMethod) -> str:
        """Raises PaymentMethodUnavailable."""
        ...

    def gateway(self, provider: str) -> Gateway: ...

    @property
    def providers(self) -> Collection[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Payable:
    """What is due, and until when it may be paid."""

    cause: Cause
    payee: UserId
    shares: tuple[Share, ...]
    description: str
    until: datetime


class Payables(Protocol):
    """Answered inside the running transaction by what costs money: an order, a period of a subscription."""

    async def due(self, cause: Cause, payer: UserId) -> Payable:
        """Lock it for its payer; raises its own NotFound or Conflict."""
        ...

    async def hold(self, cause: Cause) -> None:
        """Lock it, before its payment is locked."""
        ...

    async def paid(self, cause: Cause, now: datetime) -> None:
        """What is locked is paid."""
        ...

    async def failed(self, cause: Cause, now: datetime) -> None:
        """A payment of what is locked came to nothing; who lets people try again as they like does nothing."""

    async def refunded(self, cause: Cause, refunded: Money) -> None:
        """So much of what is locked went back, in all."""
        ...

    async def called_off(self, cause: Cause, reason: str, now: datetime) -> None:
        """The provider took all of the money back: what is locked ends, unless it was worked on already."""
        ...


class OrderPrices(Protocol):
    """Asked of ordering, before a payment begins."""

    async def reduce(self, actor: Actor, order_id: OrderId, promo_code: str) -> None:
        """Take the promo code off the order; raises why it gives nothing."""
        ...


class Payments(Protocol):
    async def add(self, payment: Payment) -> None:
        """Raises PaymentInProgress while another payment of the same cause is under way."""
        ...

    async def find(self, payment_id: PaymentId) -> Payment:
        """As it is now, not locked; raises PaymentNotFound."""
        ...

    async def lock(self, payment_id: PaymentId) -> Payment:
        """After what it pays for was locked; raises PaymentNotFound."""
        ...

    async def collected_for(self, cause: Cause) -> Payment | None:
        """The payment that brought the money, locked."""
        ...

    async def save(self, payment: Payment) -> None: ...


class Refunds(Protocol):
    """Saving ships the events."""

    async def add(self, refund: Refund) -> None:
        """Raises RefundRequestOpen while another request for the same payment waits for an answer."""
        ...

    async def find(self, refund_id: RefundId) -> Refund:
        """Not locked; raises RefundNotFound."""
        ...

    async def lock(self, refund_id: RefundId) -> Refund:
        """After its payment was locked."""
        ...

    async def under_way(self, payment_id: PaymentId) -> Refund | None:
        """One of this payment that the provider has not confirmed yet, locked."""
        ...

    async def save(self, refund: Refund) -> None: ...


class Ledger(Protocol):
    async def lock(self, *accounts: Account) -> Mapping[Account, Money]:
        """Their balances, debits positive, locked in the order of their ids until the transaction ends.

        Who looks at a balance before posting locks every account that this transaction will touch, at once.
        """
        ...

    async def post(self, transaction: LedgerTransaction) -> None:
        """Write once: posting the same kind and source again changes nothing."""
        ...


class PaymentQueries(Protocol):
    """Reads for payer, payee and who may read the ledger; to others a payment is not found."""

    async def payment(self, actor: Actor, payment_id: PaymentId) -> PaymentView: ...
