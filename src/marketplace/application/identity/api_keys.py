"""API keys: made and deleted by their owner, and what a program that shows one may do."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Protocol

import msgspec

from marketplace.application.identity.permissions import PERMISSIONS
from marketplace.application.identity.ports import Users
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.identity.api_key import MOST_LIVE, ApiKey, ApiKeyId, TooManyApiKeys
from marketplace.domain.identity.session import InvalidToken
from marketplace.domain.identity.user import Role
from marketplace.domain.shared.errors import Unavailable
from marketplace.domain.shared.ids import UserId

PREFIX = "mk_"
"""What the text of every API key begins with."""

USE_NOTED_EVERY = timedelta(minutes=1)


class ApiKeyView(msgspec.Struct, frozen=True, kw_only=True):
    """An API key as its owner sees it. `last_used_at` is exact to the minute."""

    id: ApiKeyId
    name: str
    scopes: list[Permission]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None


class NewApiKeyView(ApiKeyView, frozen=True, kw_only=True):
    """`key` is shown this once."""

    key: str


@dataclass(frozen=True, slots=True)
class PresentedKey:
    id: ApiKeyId
    mac: bytes = field(repr=False)


class ApiKeyTexts(Protocol):
    def write(self, key_id: ApiKeyId) -> tuple[str, bytes]:
        """A new text that holds the id and a secret, and its MAC."""
        ...

    def read(self, text: str) -> PresentedKey:
        """Raises InvalidToken for what cannot be one of ours."""
        ...


class ApiKeys(Protocol):
    """`get` locks the key until the commit and raises ApiKeyNotFound, also for somebody else's."""

    async def get(self, key_id: ApiKeyId, owner: UserId) -> ApiKey: ...
    async def add(self, key: ApiKey) -> None: ...
    async def remove(self, key: ApiKey) -> None: ...

    async def count_live(self, owner: UserId, now: datetime) -> int: ...


class ApiKeyQueries(Protocol):
    async def of_owner(self, actor: Actor) -> list[ApiKeyView]:
        """Newest first, at most 100. Raises SessionRequired."""
        ...


@dataclass(frozen=True, slots=True)
class LiveApiKey:
    user: UserId
    role: Role
    scopes: Collection[str]
    mac: bytes = field(repr=False)
    last_used_at: datetime | None


class ApiKeyCredentials(Protocol):
    async def live(self, key_id: ApiKeyId, now: datetime) -> LiveApiKey | None:
        """None when the key is deleted or expired, or its owner not active."""
        ...

    async def note_use(self, key_id: ApiKeyId, now: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class LiveApiKeys:
    """Turns the text of an API key into an actor without a session."""

    texts: ApiKeyTexts
    credentials: ApiKeyCredentials
    clock: Clock

    async def actor(self, text: str) -> Actor:
        """Raises InvalidToken, whatever the reason."""
        presented, now = self.texts.read(text), self.clock.now()
        found = await self.credentials.live(presented.id, now)
        if found is None or not compare_digest(found.mac, presented.mac):
            raise InvalidToken
        if found.last_used_at is None or now - found.last_used_at >= USE_NOTED_EVERY:
            with suppress(Unavailable):
                await self.credentials.note_use(presented.id, now)
        allowed = frozenset(permission for permission in PERMISSIONS[found.role] if permission in found.scopes)
        return Actor(found.user, None, allowed)


@dataclass(frozen=True, slots=True)
class CreateApiKey:
    api_keys: ApiKeys
    texts: ApiKeyTexts
    users: Users
    transaction: Transaction
    ids: Ids
    clock: Clock

    async def __call__(self, actor: Actor, name: str, scopes: Collection[Permission], life: timedelta) -> NewApiKeyView:
        """Raises StepUpRequired, MissingPermission for a scope beyond the owner's own, TooManyApiKeys."""
        now = self.clock.now()
        actor.require_recent_proof(now)
        for scope in scopes:
            actor.require(scope)
        key_id = ApiKeyId(self.ids.new())
        text, mac = self.texts.write(key_id)
        key = ApiKey.create(key_id, actor.user, name=name, mac=mac, scopes=scopes, life=life, now=now)
        async with self.transaction:
            await self.users.get(actor.user)  # one after the other, so that no two are both the last
            if await self.api_keys.count_live(actor.user, now) >= MOST_LIVE:
                raise TooManyApiKeys(f"there are {MOST_LIVE} live API keys already; delete one that is not used")
            await self.api_keys.add(key)
        return NewApiKeyView(
            id=key.id,
            name=key.name,
            scopes=[one for one in Permission if one in scopes],
            created_at=now,
            expires_at=key.expires_at,
            key=text,
        )


@dataclass(frozen=True, slots=True)
class DeleteApiKey:
    api_keys: ApiKeys
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, key_id: ApiKeyId) -> None:
        """Counts at once. Raises StepUpRequired or ApiKeyNotFound."""
        now = self.clock.now()
        actor.require_recent_proof(now)
        async with self.transaction:
            key = await self.api_keys.get(key_id, actor.user)
            key.delete(now)
            await self.api_keys.remove(key)
            self.transaction.answers(None)
