"""What Payme and Click leave with us, in memory. It keeps the contracts of SQL: tests/contract/payments."""

from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime

from marketplace.application.payments.ports import Charge, Gateway, GatewaySilent, RefundOrder, StatementLine
from marketplace.application.payments.provider_ports import (
    Alarms,
    ClickTransactions,
    PaymeTransactions,
    ProviderCall,
    ProviderCalls,
)
from marketplace.domain.payments.click import ClickTransaction
from marketplace.domain.payments.payme import PaymeTransaction
from marketplace.domain.payments.payment import Outcome, Payment, Verdict
from marketplace.domain.payments.refund import RefundOutcome
from marketplace.domain.shared.ids import PaymentId
from tests.fakes.world import MemoryTransaction


class MemoryPaymeTransactions(PaymeTransactions):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def find(self, transaction_id: str) -> PaymeTransaction | None:
        return deepcopy(self._transaction.inside.payme.get(transaction_id))

    async def of_payment(self, payment_id: PaymentId) -> PaymeTransaction | None:
        stored = self._transaction.inside.payme.values()
        return deepcopy(next((one for one in stored if one.payment_id == payment_id), None))

    async def between(self, since: int, until: int) -> Sequence[PaymeTransaction]:
        found = [one for one in self._transaction.inside.payme.values() if since <= one.time <= until]
        return deepcopy(sorted(found, key=lambda one: (one.time, one.id)))

    async def add(self, transaction: PaymeTransaction) -> None:
        self._transaction.inside.payme[transaction.id] = deepcopy(transaction)

    async def save(self, transaction: PaymeTransaction) -> None:
        await self.add(transaction)


class MemoryClickTransactions(ClickTransactions):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def of_payment(self, payment_id: PaymentId) -> ClickTransaction | None:
        stored = self._transaction.inside.click.values()
        return deepcopy(next((one for one in stored if one.payment_id == payment_id), None))

    async def add(self, transaction: ClickTransaction) -> bool:
        stored = self._transaction.inside.click
        if transaction.id in stored:
            return False
        transaction.number = len(stored) + 1
        stored[transaction.id] = deepcopy(transaction)
        return True

    async def save(self, transaction: ClickTransaction) -> None:
        self._transaction.inside.click[transaction.id] = deepcopy(transaction)


class MemoryProviderCalls(ProviderCalls):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def add(self, call: ProviderCall) -> None:
        self._transaction.inside.provider_calls.append(call)

    async def forget(self, before: datetime, limit: int) -> int:
        stored = self._transaction.inside.provider_calls
        old = sorted((one for one in stored if one.received_at < before), key=lambda one: one.received_at)[:limit]
        self._transaction.inside.provider_calls = [one for one in stored if one not in old]
        return len(old)


class MemoryAlarms(Alarms):
    def __init__(self) -> None:
        self.stages: list[str] = []

    def cancelled(self, payment: Payment, provider: str, stage: str) -> None:
        self.stages.append(stage)


class LinkGateway(Gateway):
    """Sends the payer away to pay, and says of a charge what a test wrote into `said`; else it is silent."""

    def __init__(self) -> None:
        self.said: Outcome | None = None

    async def charge(self, charge: Charge) -> Outcome:
        return Outcome(
            verdict=Verdict.ACTION_REQUIRED, reference=None, message="Pay there",
            checkout_url=f"https://pay.example/{charge.payment_id}",
        )  # fmt: skip

    async def resolve(self, payment_id: PaymentId, reference: str | None, *, give_up: bool) -> Outcome:
        if self.said is None:
            raise GatewaySilent("not told yet")
        return self.said

    async def refund(self, order: RefundOrder) -> RefundOutcome:
        raise GatewaySilent("the provider tells when it is done")

    async def statement(self, since: datetime, until: datetime) -> Sequence[StatementLine]:
        return []
