"""Saved methods of payment: kept at the provider, known here by its sealed token."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, Self

import msgspec

from marketplace.application.payments.inbox import ProviderNotSetUp
from marketplace.application.payments.payments import Means
from marketplace.application.payments.ports import Card, Gateways
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.payments.payment import PaymentMethod
from marketplace.domain.payments.saved_method import (
    SavedCard,
    SavedMethod,
    SavedMethodId,
    SavedMethodRefused,
    SavedMethods,
)
from marketplace.domain.shared.ids import UserId


class SavedMethodView(msgspec.Struct, frozen=True, kw_only=True):
    id: SavedMethodId
    provider: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    is_default: bool
    created_at: datetime

    @classmethod
    def of(cls, method: SavedMethod, default: SavedMethodId | None) -> Self:
        card = method.card
        return cls(
            id=method.id, provider=method.provider, brand=card.brand, last4=card.last4, exp_month=card.exp_month,
            exp_year=card.exp_year, is_default=method.id == default, created_at=method.created_at,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AttachedMethod:
    """`customer` is the payer at the provider, where the provider knows payers."""

    token: str = field(repr=False)
    customer: str | None
    card: SavedCard


@dataclass(frozen=True, slots=True)
class PaymentToken:
    """What pays with a saved method, at its provider."""

    provider: str
    token: str = field(repr=False)
    customer: str | None


@dataclass(frozen=True, slots=True)
class SealedToken:
    """`fingerprint` is the same for the same token, and tells nothing of it."""

    sealed: bytes = field(repr=False)
    fingerprint: bytes = field(repr=False)


class MethodKeeper(Protocol):
    """Where one provider keeps methods of payment."""

    async def attach(self, user: UserId, customer: str | None, token: str | None, card: Card | None) -> AttachedMethod:
        """Raises SavedMethodRefused or GatewaySilent; asked again it attaches nothing twice."""
        ...

    async def detach(self, token: str) -> None:
        """It pays nothing from now on. One that is gone already is fine. Raises GatewaySilent."""
        ...


@dataclass(frozen=True, slots=True)
class MethodKeepers:
    by_name: Mapping[str, MethodKeeper]

    def of(self, provider: str) -> MethodKeeper:
        if provider not in self.by_name:
            raise ProviderNotSetUp("no such payment provider is set up here")
        return self.by_name[provider]


class PaymentTokens(Protocol):
    def seal(self, user: UserId, token: str) -> SealedToken: ...
    def open(self, user: UserId, sealed: bytes) -> str: ...


class SavedMethodsByUser(Protocol):
    async def lock(self, user: UserId) -> SavedMethods: ...
    async def save(self, methods: SavedMethods) -> None: ...
    async def customer(self, user: UserId, provider: str) -> str | None: ...
    async def keep_customer(self, user: UserId, provider: str, customer: str) -> None: ...
    async def forget_customers(self, user: UserId) -> None: ...


class SavedMethodQueries(Protocol):
    async def of_owner(self, actor: Actor) -> list[SavedMethodView]:
        """Oldest first."""
        ...


class SavedMethodTokens(Protocol):
    async def token_of(self, user: UserId, method_id: SavedMethodId) -> PaymentToken:
        """What pays with it. Raises SavedMethodNotFound, also for somebody else's."""
        ...


@dataclass(frozen=True, slots=True)
class ChooseMeans:
    """With what somebody pays: a card, a token fresh from the provider's page, or a saved method."""

    saved: SavedMethodTokens
    gateways: Gateways

    async def __call__(
        self, actor: Actor, method: PaymentMethod, card: Card | None, token: str | None, saved: SavedMethodId | None
    ) -> Means:
        """Raises SavedMethodNotFound, SavedMethodRefused for one of another provider, PaymentMethodUnavailable."""
        actor.require(Permission.PAY_ORDERS)
        if saved is None:
            return Means(method, card, token)
        found = await self.saved.token_of(actor.user, saved)
        if found.provider != self.gateways.provider_of(method):
            raise SavedMethodRefused(f"this saved method does not pay by {method}", field="method_id")
        return Means(method, token=found.token, customer=found.customer)


@dataclass(frozen=True, slots=True)
class AddSavedMethod:
    keepers: MethodKeepers
    tokens: PaymentTokens
    saved: SavedMethodsByUser
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(
        self, actor: Actor, provider: str, token: str | None, card: Card | None, *, as_default: bool
    ) -> SavedMethodView:
        """Raises ProviderNotSetUp, SavedMethodRefused, TooManySavedMethods or GatewaySilent."""
        actor.require(Permission.PAY_ORDERS)
        keeper = self.keepers.of(provider)
        async with self.transaction:
            customer = await self.saved.customer(actor.user, provider)
        attached = await keeper.attach(actor.user, customer, token, card)
        sealed = self.tokens.seal(actor.user, attached.token)
        method = SavedMethod(
            id=SavedMethodId(self.ids.new()), provider=provider, card=attached.card, sealed_token=sealed.sealed,
            fingerprint=sealed.fingerprint, created_at=self.clock.now(),
        )  # fmt: skip
        async with self.transaction:
            methods = await self.saved.lock(actor.user)
            kept = methods.add(method, as_default=as_default)
            if attached.customer is not None:
                await self.saved.keep_customer(actor.user, provider, attached.customer)
            await self.saved.save(methods)
            return self.transaction.answers(SavedMethodView.of(kept, methods.default))


@dataclass(frozen=True, slots=True)
class MakeMethodDefault:
    saved: SavedMethodsByUser
    transaction: Transaction

    async def __call__(self, actor: Actor, method_id: SavedMethodId) -> SavedMethodView:
        actor.require(Permission.PAY_ORDERS)
        async with self.transaction:
            methods = await self.saved.lock(actor.user)
            method = methods.make_default(method_id)
            await self.saved.save(methods)
            return self.transaction.answers(SavedMethodView.of(method, methods.default))


@dataclass(frozen=True, slots=True)
class RemoveSavedMethod:
    """Detached first: while the provider is silent it stays, and can be removed again."""

    keepers: MethodKeepers
    tokens: PaymentTokens
    saved: SavedMethodsByUser
    transaction: Transaction

    async def __call__(self, actor: Actor, method_id: SavedMethodId) -> None:
        """Raises SavedMethodNotFound or GatewaySilent."""
        actor.require(Permission.PAY_ORDERS)
        async with self.transaction:
            method = (await self.saved.lock(actor.user)).get(method_id)
        await self._detach(actor.user, method)
        async with self.transaction:
            methods = await self.saved.lock(actor.user)
            methods.remove(method_id)
            await self.saved.save(methods)
            self.transaction.answers(None)

    async def every(self, user: UserId) -> None:
        """Nothing of this person's is left to pay with."""
        async with self.transaction:
            known = await self.saved.lock(user)
        for method in known.methods:
            await self._detach(user, method)
        async with self.transaction:
            methods = await self.saved.lock(user)
            for method in known.methods:
                methods.remove(method.id)
            await self.saved.save(methods)
            await self.saved.forget_customers(user)

    async def _detach(self, user: UserId, method: SavedMethod) -> None:
        await self.keepers.of(method.provider).detach(self.tokens.open(user, method.sealed_token))
