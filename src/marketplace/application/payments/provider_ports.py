"""What providers that call us (Payme, Click) leave behind with us."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.payments.click import ClickTransaction
from marketplace.domain.payments.payme import PaymeTransaction
from marketplace.domain.payments.payment import Payment
from marketplace.domain.shared.ids import PaymentId

KEPT = timedelta(days=180)
"""How long calls are kept, for disagreements with a provider."""
AT_ONCE = 1_000
"""Calls that are forgotten in one commit."""
LONGEST_KEPT = 4_096
"""Characters of a body, and of an answer."""
NOT_KEPT = {"authorization", "cookie", "proxy-authorization"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """As it came. `headers` have names in lower case."""

    method: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCall:
    """A call that was authentic, without what would let anybody repeat it, and what we answered."""

    id: UUID
    provider: str
    received_at: datetime
    address: str
    headers: Mapping[str, str]
    body: str
    answer: str

    @classmethod
    def of(cls, provider: str, call: Call, body: str, answer: bytes, *, id_: UUID, now: datetime) -> "ProviderCall":
        """`body` is that of the call without its secrets."""
        kept = {name: value[:256] for name, value in call.headers.items() if name not in NOT_KEPT}
        return cls(
            id=id_, provider=provider, received_at=now, address=call.address, headers=kept,
            body=body[:LONGEST_KEPT], answer=answer.decode()[:LONGEST_KEPT],
        )  # fmt: skip


class PaymeTransactions(Protocol):
    async def find(self, transaction_id: str) -> PaymeTransaction | None:
        """As it is now, not locked."""
        ...

    async def of_payment(self, payment_id: PaymentId) -> PaymeTransaction | None:
        """Locked, after its payment was. There is at most one."""
        ...

    async def between(self, since: int, until: int) -> Sequence[PaymeTransaction]:
        """Those whose time is in [since, until], in order of it. Both in milliseconds since 1970."""
        ...

    async def add(self, transaction: PaymeTransaction) -> None: ...

    async def save(self, transaction: PaymeTransaction) -> None: ...


class ClickTransactions(Protocol):
    async def of_payment(self, payment_id: PaymentId) -> ClickTransaction | None:
        """Locked, after its payment was. There is at most one."""
        ...

    async def add(self, transaction: ClickTransaction) -> bool:
        """Numbers it. False where Click used its id for another payment already."""
        ...

    async def save(self, transaction: ClickTransaction) -> None: ...


class Alarms(Protocol):
    def cancelled(self, payment: Payment, provider: str, stage: str) -> None:
        """A provider took a payment back that it had paid. Somebody should look: in the log and the audit trail.

        `stage`: claimed, confirmed (and booked), refuted (nothing was booked), too_late (the seller was paid out).
        """
        ...


class ProviderCalls(Protocol):
    async def add(self, call: ProviderCall) -> None: ...

    async def forget(self, before: datetime, limit: int) -> int:
        """Delete the oldest of those received before; how many there were."""
        ...


@dataclass(frozen=True, slots=True)
class NoteCall:
    """Inside a transaction that runs already."""

    calls: ProviderCalls
    clock: Clock
    ids: Ids

    async def __call__(self, provider: str, call: Call, body: str, answer: bytes) -> None:
        await self.calls.add(
            ProviderCall.of(provider, call, body, answer, id_=self.ids.new(), now=self.clock.now())
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ForgetProviderCalls:
    calls: ProviderCalls
    transaction: Transaction
    clock: Clock

    async def __call__(self) -> None:
        before = self.clock.now() - KEPT
        while True:
            async with self.transaction:
                if await self.calls.forget(before, AT_ONCE) < AT_ONCE:
                    return
