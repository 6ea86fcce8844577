"""Payment providers' side of payments in memory: what they told, saved methods, and who keeps them."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from marketplace.application.payments.inbox import (
    ChargebackHint,
    PaymentHint,
    ProviderEvent,
    ProviderEventNotFound,
    ProviderEvents,
    ProviderWebhooks,
    SignatureRefused,
    Told,
)
from marketplace.application.payments.methods import (
    AttachedMethod,
    MethodKeeper,
    PaymentToken,
    PaymentTokens,
    SavedMethodsByUser,
    SavedMethodTokens,
    SealedToken,
)
from marketplace.application.payments.ports import Card, GatewaySilent
from marketplace.domain.payments.saved_method import (
    SavedCard,
    SavedMethodId,
    SavedMethodNotFound,
    SavedMethodRefused,
    SavedMethods,
)
from marketplace.domain.shared.ids import UserId


class MemoryProviderEvents(ProviderEvents):
    def __init__(self) -> None:
        self.events: dict[UUID, ProviderEvent] = {}

    async def add(self, event: ProviderEvent) -> bool:
        name = (event.source, event.told.external_id)
        if any((one.source, one.told.external_id) == name for one in self.events.values()):
            return False
        self.events[event.id] = deepcopy(event)
        return True

    async def lock(self, event_id: UUID) -> ProviderEvent:
        if event_id not in self.events:
            raise ProviderEventNotFound("no such event")
        return deepcopy(self.events[event_id])

    async def save(self, event: ProviderEvent) -> None:
        self.events[event.id] = deepcopy(event)

    async def failed(self, limit: int) -> list[UUID]:
        found = sorted(one.id for one in self.events.values() if one.error and one.applied_at is None)
        return found[:limit]

    async def forget(self, before: datetime, limit: int) -> int:
        old = [one for one in self.events.values() if one.applied_at and one.received_at < before]
        gone = sorted(old, key=lambda one: one.received_at)[:limit]
        for one in gone:
            del self.events[one.id]
        return len(gone)


@dataclass
class MemoryWebhooks(ProviderWebhooks):
    """Bodies are names of events; `signature` is the header that makes one genuine."""

    meanings: dict[str, PaymentHint | ChargebackHint] = field(default_factory=dict)
    signature: str = "genuine"

    def read(self, headers: object, body: bytes, now: datetime) -> Told:
        if not isinstance(headers, dict) or headers.get("signature") != self.signature:
            raise SignatureRefused("not genuine")
        return Told(body.decode(), body.decode().partition("#")[0], {})

    async def meaning(self, kind: str, body: bytes) -> PaymentHint | ChargebackHint | None:
        return self.meanings.get(kind)


class MemorySavedMethods(SavedMethodsByUser, SavedMethodTokens):
    def __init__(self, tokens: PaymentTokens) -> None:
        self._tokens = tokens
        self._methods: dict[UserId, SavedMethods] = {}
        self._customers: dict[tuple[UserId, str], str] = {}

    async def lock(self, user: UserId) -> SavedMethods:
        return deepcopy(self._methods.get(user) or SavedMethods(user_id=user, methods=[], default=None))

    async def save(self, methods: SavedMethods) -> None:
        self._methods[methods.user_id] = deepcopy(methods)

    async def customer(self, user: UserId, provider: str) -> str | None:
        return self._customers.get((user, provider))

    async def keep_customer(self, user: UserId, provider: str, customer: str) -> None:
        self._customers[user, provider] = customer

    async def forget_customers(self, user: UserId) -> None:
        self._customers = {key: one for key, one in self._customers.items() if key[0] != user}

    async def token_of(self, user: UserId, method_id: SavedMethodId) -> PaymentToken:
        for one in (await self.lock(user)).methods:
            if one.id == method_id:
                token = self._tokens.open(user, one.sealed_token)
                return PaymentToken(one.provider, token, self._customers.get((user, one.provider)))
        raise SavedMethodNotFound("no such saved method")


class PlainTokens(PaymentTokens):
    """Not sealed at all."""

    def seal(self, user: UserId, token: str) -> SealedToken:
        return SealedToken(f"{user}:{token}".encode(), token.encode())

    def open(self, user: UserId, sealed: bytes) -> str:
        return sealed.decode().removeprefix(f"{user}:")


class MemoryKeeper(MethodKeeper):
    """Takes every token; it can be silent."""

    def __init__(self) -> None:
        self.attached: dict[str, str] = {}
        self.unreachable = False

    async def attach(self, user: UserId, customer: str | None, token: str | None, card: Card | None) -> AttachedMethod:
        self._reached()
        if token is None:
            raise SavedMethodRefused("takes tokens", field="token")
        customer = customer or f"customer-{user}"
        self.attached[token] = customer
        return AttachedMethod(token, customer, SavedCard(brand="visa", last4="4242", exp_month=12, exp_year=2034))

    async def detach(self, token: str) -> None:
        self._reached()
        self.attached.pop(token, None)

    def _reached(self) -> None:
        if self.unreachable:
            raise GatewaySilent("the payment provider did not answer in time")
