"""What payment providers tell us by themselves: kept as it came, answered at once, and applied by a job."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from marketplace.application.payments.chargebacks import NoteChargeback
from marketplace.application.payments.payments import SettlePayment
from marketplace.application.payments.ports import Gateways
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.domain.payments.chargeback import ChargebackStage
from marketplace.domain.shared.errors import NotFound, Unauthenticated
from marketplace.domain.shared.ids import PaymentId
from marketplace.domain.shared.money import Money

APPLY_PROVIDER_EVENT = "payments.apply_provider_event"
KEPT = timedelta(days=90)
"""How long what was applied is kept."""
AT_ONCE = 1_000
"""Rows that are forgotten in one commit."""


class ProviderNotSetUp(NotFound):
    code = "provider_not_set_up"


class ProviderEventNotFound(NotFound):
    code = "provider_event_not_found"


class SignatureRefused(Unauthenticated):
    code = "signature_refused"


@dataclass(frozen=True, slots=True)
class Told:
    """One message of a provider's. `external_id` is its own id of it; `headers` are those worth keeping."""

    external_id: str
    kind: str
    headers: Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class ProviderEvent:
    id: UUID
    source: str
    told: Told
    body: bytes = field(repr=False)
    received_at: datetime
    applied_at: datetime | None = None
    failures: int = 0
    error: str | None = None

    def applied(self, now: datetime) -> None:
        self.applied_at, self.error = now, None

    def failed(self, error: str) -> None:
        """`error` names what went wrong, without anybody's data."""
        self.failures, self.error = self.failures + 1, error


@dataclass(frozen=True, slots=True)
class PaymentHint:
    """Only a hint: what became of it is asked of the provider."""

    payment_id: PaymentId
    reference: str


@dataclass(frozen=True, slots=True)
class ChargebackHint:
    """As the provider has it now, whatever the event said."""

    payment: PaymentHint
    stage: ChargebackStage
    amount: Money


class ProviderWebhooks(Protocol):
    """How one provider tells us things."""

    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Told:
        """Names of headers are in lower case. Raises SignatureRefused for what the provider did not sign, or too long
        ago."""
        ...

    async def meaning(self, kind: str, body: bytes) -> PaymentHint | ChargebackHint | None:
        """None for what changes nothing here. Raises GatewaySilent."""
        ...


@dataclass(frozen=True, slots=True)
class WebhooksOfProviders:
    by_name: Mapping[str, ProviderWebhooks]

    def of(self, provider: str) -> ProviderWebhooks:
        if provider not in self.by_name:
            raise ProviderNotSetUp("no such payment provider is set up here")
        return self.by_name[provider]


class ProviderEvents(Protocol):
    async def add(self, event: ProviderEvent) -> bool:
        """False when the provider told it before."""
        ...

    async def lock(self, event_id: UUID) -> ProviderEvent:
        """Raises ProviderEventNotFound."""
        ...

    async def save(self, event: ProviderEvent) -> None: ...

    async def failed(self, limit: int) -> list[UUID]:
        """Oldest first: those that could not be applied."""
        ...

    async def forget(self, before: datetime, limit: int) -> int:
        """Delete what was received before and applied; how many there were."""
        ...


@dataclass(frozen=True, slots=True)
class ReceiveProviderEvent:
    webhooks: WebhooksOfProviders
    events: ProviderEvents
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, provider: str, headers: Mapping[str, str], body: bytes) -> None:
        """Told twice, it is kept once. Raises ProviderNotSetUp or SignatureRefused."""
        now = self.clock.now()
        told = self.webhooks.of(provider).read(headers, body, now)
        event = ProviderEvent(id=self.ids.new(), source=provider, told=told, body=body, received_at=now)
        async with self.transaction:
            if await self.events.add(event):
                self.timers.set(APPLY_PROVIDER_EVENT, event.id, now)


@dataclass(frozen=True, slots=True)
class ApplyProviderEvent:
    """Run by a job, in any order and more than once: a hint that is old or told before changes nothing."""

    webhooks: WebhooksOfProviders
    events: ProviderEvents
    gateways: Gateways
    settle: SettlePayment
    note_chargeback: NoteChargeback
    transaction: Transaction
    clock: Clock

    async def __call__(self, event_id: UUID) -> ProviderEvent:
        """Raises what went wrong, after noting its name."""
        async with self.transaction:
            event = await self.events.lock(event_id)
        if event.applied_at is not None:
            return event
        try:
            await self._apply(event)
        except Exception as error:
            event.failed(getattr(error, "code", type(error).__name__))
            await self._save(event)
            raise
        event.applied(self.clock.now())
        await self._save(event)
        return event

    async def _apply(self, event: ProviderEvent) -> None:
        hint = await self.webhooks.of(event.source).meaning(event.told.kind, event.body)
        match hint:
            case PaymentHint():
                await self._ask(event.source, hint)
            case ChargebackHint():
                await self._ask(event.source, hint.payment)  # the news that it was charged may come later
                await self.note_chargeback(hint.payment.payment_id, hint.stage, hint.amount)

    async def _ask(self, provider: str, hint: PaymentHint) -> None:
        outcome = await self.gateways.gateway(provider).resolve(hint.payment_id, hint.reference, give_up=False)
        await self.settle(hint.payment_id, outcome)

    async def _save(self, event: ProviderEvent) -> None:
        async with self.transaction:
            await self.events.save(event)


@dataclass(frozen=True, slots=True)
class ReplayProviderEvents:
    """Apply again what could not be applied, after its cause was mended."""

    events: ProviderEvents
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self) -> int:
        """How many will be tried again."""
        now = self.clock.now()
        async with self.transaction:
            failed = await self.events.failed(AT_ONCE)
            for event_id in failed:
                self.timers.set(APPLY_PROVIDER_EVENT, event_id, now)
        return len(failed)


@dataclass(frozen=True, slots=True)
class ForgetProviderEvents:
    events: ProviderEvents
    transaction: Transaction
    clock: Clock

    async def __call__(self) -> None:
        before = self.clock.now() - KEPT
        while True:
            async with self.transaction:
                if await self.events.forget(before, AT_ONCE) < AT_ONCE:
                    return
