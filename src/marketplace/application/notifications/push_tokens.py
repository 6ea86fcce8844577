"""The devices that a person gets pushes on: registered by the app of each, gone with its session."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self

import msgspec

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.notifications.push_token import (
    MOST_TOKENS,
    FcmToken,
    InvalidPushToken,
    Platform,
    PushAddress,
    PushNotSetUp,
    PushToken,
    PushTokenId,
    WebSubscription,
)
from marketplace.domain.shared.ids import SessionId, UserId


class PushTokenView(msgspec.Struct, frozen=True, kw_only=True):
    """`token` is its masked end. `registered_at` is when the device gave it last."""

    id: PushTokenId
    platform: Platform
    token: str
    device_name: str
    is_current: bool
    """Registered in the session that asks."""
    created_at: datetime
    registered_at: datetime

    @classmethod
    def of(cls, token: PushToken, actor: Actor) -> Self:
        return cls(
            id=token.id, platform=token.platform, token=token.masked, device_name=token.device_name,
            is_current=token.session_id == actor.own_session(), created_at=token.created_at,
            registered_at=token.registered_at,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PushSetup:
    """`vapid_key` is what browsers subscribe with: our public key (RFC 8292), base64url.

    `web_services` are hosts of push services, or `*.` before one for all below it, or `*` for any.
    """

    vapid_key: str
    has_fcm: bool
    web_services: Collection[str]

    def require(self, address: PushAddress) -> None:
        """Raises PushNotSetUp, or InvalidPushToken: whoever names a push service can keep our workers waiting."""
        if isinstance(address, FcmToken) and not self.has_fcm:
            raise PushNotSetUp("nothing is sent by Firebase here; the operator sets FCM_CREDENTIALS")
        if isinstance(address, WebSubscription) and not any(map(address.is_at, self.web_services)):
            wrong = "is not at a push service that is known here; the operator adds it to WEB_PUSH_SERVICES"
            raise InvalidPushToken(wrong, field="subscription.endpoint")


class PushTokens(Protocol):
    async def put(self, token: PushToken, most: int) -> PushToken:
        """Keep it and the `most` newest of its owner; what was kept.

        A device that is known keeps its id and `created_at`, and belongs to the owner of `token` from now on.
        """
        ...

    async def remove(self, token_id: PushTokenId, owner: UserId) -> None:
        """Raises PushTokenNotFound, also for somebody else's."""
        ...

    async def remove_of_sessions(self, sessions: Collection[SessionId]) -> None: ...
    async def remove_of(self, user: UserId) -> None: ...
    async def of(self, user: UserId) -> Collection[PushTokenId]: ...


class PushTokenQueries(Protocol):
    async def of_owner(self, actor: Actor) -> list[PushTokenView]:
        """Registered last first. Raises SessionRequired."""
        ...


class PushAddresses(Protocol):
    async def address(self, token_id: PushTokenId, owner: UserId) -> PushAddress | None:
        """None when it is gone, or another's by now."""
        ...


@dataclass(frozen=True, slots=True)
class RegisterPushToken:
    setup: PushSetup
    tokens: PushTokens
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, platform: Platform, address: PushAddress, device_name: str) -> PushTokenView:
        """Raises SessionRequired, InvalidPushToken, InvalidText or PushNotSetUp."""
        session = actor.own_session()
        self.setup.require(address)
        now = self.clock.now()
        token = PushToken(
            id=PushTokenId(self.ids.new()), user_id=actor.user, session_id=session, platform=platform, address=address,
            device_name=device_name, created_at=now, registered_at=now,
        )  # fmt: skip
        async with self.transaction:
            kept = await self.tokens.put(token, MOST_TOKENS)
            return self.transaction.answers(PushTokenView.of(kept, actor))


@dataclass(frozen=True, slots=True)
class RemovePushToken:
    tokens: PushTokens
    transaction: Transaction

    async def __call__(self, actor: Actor, token_id: PushTokenId) -> None:
        """Raises SessionRequired or PushTokenNotFound."""
        actor.own_session()
        async with self.transaction:
            await self.tokens.remove(token_id, actor.user)


@dataclass(frozen=True, slots=True)
class ForgetPushTokens:
    """Of sessions that have ended, or of a person who is gone."""

    tokens: PushTokens
    transaction: Transaction

    async def of_sessions(self, sessions: Collection[SessionId]) -> None:
        async with self.transaction:
            await self.tokens.remove_of_sessions(sessions)

    async def of(self, user: UserId) -> None:
        async with self.transaction:
            await self.tokens.remove_of(user)
