"""A push on its way: one job per person becomes one per device, so that a retry repeats nothing that arrived."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar
from uuid import UUID

import msgspec

from marketplace.application.notifications.push import Push
from marketplace.application.notifications.push_tokens import PushAddresses, PushTokens
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.domain.notifications.push_token import (
    FcmToken,
    PushAddress,
    PushTokenId,
    PushTokenNotFound,
    WebSubscription,
)
from marketplace.domain.shared.errors import RateLimited
from marketplace.domain.shared.ids import UserId

SEND_PUSH, SEND_TO_DEVICE = "notifications.push", "notifications.push_to_device"

LIFE = timedelta(days=1)
"""A device that is not reached for so long does not hear of it."""
RINGING = timedelta(seconds=45)
CALLS = frozenset({"call_incoming"})
"""Kinds that wake a device, and are pointless after RINGING."""


class WantedPush(msgspec.Struct, frozen=True):
    """`id` is the same for every try, and on every device."""

    id: UUID
    to: UserId
    push: Push
    until: datetime


def life_of(push: Push) -> timedelta:
    return RINGING if push.kind in CALLS else LIFE


class DevicePush(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    to: UserId
    device: PushTokenId
    push: Push
    until: datetime


@dataclass(frozen=True, slots=True)
class PushMessage:
    """What goes to one device. `life` is how long a push service keeps it for one that is away."""

    id: UUID
    push: Push
    life: timedelta

    @property
    def is_call(self) -> bool:
        return self.push.kind in CALLS


class PushBusy(RateLimited):
    """The push service takes no more before `retry_after` seconds have passed."""

    code = "push_busy"


class Verdict(StrEnum):
    DELIVERED = "delivered"
    """The push service took it."""
    GONE = "gone"
    """The address leads to no device any more."""
    REFUSED = "refused"
    """For good, by a fault that the adapter logs without the address."""


Address = TypeVar("Address", bound=PushAddress, contravariant=True)


class PushGateway(Protocol[Address]):
    async def send(self, address: Address, message: PushMessage) -> Verdict:
        """Raises PushBusy or Unavailable, and may then be called again: a device shows the same `id` once."""
        ...


@dataclass(frozen=True, slots=True)
class PushGateways(PushGateway[PushAddress]):
    web: PushGateway[WebSubscription]
    fcm: PushGateway[FcmToken] | None

    async def send(self, address: PushAddress, message: PushMessage) -> Verdict:
        """As PushGateway does; refused where Firebase is not set up any more."""
        if isinstance(address, WebSubscription):
            return await self.web.send(address, message)
        return await self.fcm.send(address, message) if self.fcm else Verdict.REFUSED


class DevicePushes(Protocol):
    def add(self, push: DevicePush) -> None:
        """Within a transaction: sent after its commit."""
        ...


@dataclass(frozen=True, slots=True)
class SendPush:
    tokens: PushTokens
    device_pushes: DevicePushes
    transaction: Transaction

    async def __call__(self, wanted: WantedPush) -> None:
        async with self.transaction:
            for device in await self.tokens.of(wanted.to):
                self.device_pushes.add(
                    DevicePush(id=wanted.id, to=wanted.to, device=device, push=wanted.push, until=wanted.until)
                )


@dataclass(frozen=True, slots=True)
class SendToDevice:
    addresses: PushAddresses
    gateways: PushGateways
    tokens: PushTokens
    transaction: Transaction
    clock: Clock

    async def __call__(self, wanted: DevicePush) -> Verdict | None:
        """None when it is too late, or the device not the person's any more. Raises PushBusy or Unavailable."""
        life = wanted.until - self.clock.now()
        if life <= timedelta(0):
            return None
        address = await self.addresses.address(wanted.device, wanted.to)
        if address is None:
            return None
        verdict = await self.gateways.send(address, PushMessage(wanted.id, wanted.push, life))
        if verdict is Verdict.GONE:
            await self._forget(wanted)
        return verdict

    async def _forget(self, wanted: DevicePush) -> None:
        try:
            async with self.transaction:
                await self.tokens.remove(wanted.device, wanted.to)
        except PushTokenNotFound:
            return
