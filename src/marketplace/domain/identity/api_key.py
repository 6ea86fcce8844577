"""A key that a program of its owner's signs in with: it does what its scopes name, until it expires."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, NewType, Self
from uuid import UUID

from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import Conflict, Invalid, NotFound
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.text import clean_text

ApiKeyId = NewType("ApiKeyId", UUID)

USUAL_LIFE = timedelta(days=90)
LONGEST_LIFE = timedelta(days=365)
MOST_LIVE = 20


class ApiKeyNotFound(NotFound):
    code = "api_key_not_found"


class TooManyApiKeys(Conflict):
    code = "too_many_api_keys"


class InvalidLife(Invalid):
    code = "invalid_life"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyCreated(DomainEvent):
    name: ClassVar[str] = "identity.api_key_created.v1"
    api_key_id: ApiKeyId
    user_id: UserId
    key_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyDeleted(DomainEvent):
    name: ClassVar[str] = "identity.api_key_deleted.v1"
    api_key_id: ApiKeyId
    user_id: UserId


@dataclass(slots=True, kw_only=True, eq=False)
class ApiKey(Aggregate):
    """Of the key's text only `mac` is kept. A key without scopes reads."""

    id: ApiKeyId
    user_id: UserId
    name: str
    mac: bytes = field(repr=False)
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None

    @classmethod
    def create(
        cls,
        key_id: ApiKeyId,
        user_id: UserId,
        *,
        name: str,
        mac: bytes,
        scopes: Iterable[str],
        life: timedelta,
        now: datetime,
    ) -> Self:
        if not timedelta(0) < life <= LONGEST_LIFE:
            raise InvalidLife(f"an API key lives 1 to {LONGEST_LIFE.days} days", field="expires_in_days")
        key = cls(
            id=key_id, user_id=user_id, name=clean_text(name, field="name", longest=60), mac=mac,
            scopes=frozenset(scopes), created_at=now, expires_at=now + life,
        )  # fmt: skip
        key._record(ApiKeyCreated(occurred_at=now, api_key_id=key.id, user_id=user_id, key_name=key.name))
        return key

    def delete(self, now: datetime) -> None:
        self._record(ApiKeyDeleted(occurred_at=now, api_key_id=self.id, user_id=self.user_id))
