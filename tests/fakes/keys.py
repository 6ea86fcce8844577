"""In-memory stores of keys, proven by tests/contract/identity/test_keys.py."""

from copy import deepcopy
from datetime import datetime

from marketplace.application.identity.api_keys import (
    ApiKeyCredentials,
    ApiKeyQueries,
    ApiKeys,
    ApiKeyView,
    LiveApiKey,
)
from marketplace.application.identity.signing_keys import SigningKeyQueries, SigningKeys
from marketplace.application.shared.actor import Actor, Permission
from marketplace.domain.identity.api_key import ApiKey, ApiKeyId, ApiKeyNotFound
from marketplace.domain.identity.signing_key import SigningKey
from marketplace.domain.shared.ids import UserId
from tests.fakes.identity import MemoryIdentity


class MemorySigningKeys(SigningKeys, SigningKeyQueries):
    """`reads` counts them; `broken` stands for a database that does not answer."""

    def __init__(self, *keys: SigningKey) -> None:
        self._keys = {key.kid: deepcopy(key) for key in keys}
        self.reads = 0
        self.broken = False

    async def all(self) -> list[SigningKey]:
        self.reads += 1
        if self.broken:
            raise ConnectionError
        return sorted(deepcopy(list(self._keys.values())), key=lambda key: key.created_at)

    async def add(self, key: SigningKey) -> None:
        self._keys[key.kid] = deepcopy(key)

    async def save(self, key: SigningKey) -> None:
        await self.add(key)

    async def remove(self, key: SigningKey) -> None:
        del self._keys[key.kid]


class MemoryApiKeys(ApiKeys, ApiKeyQueries, ApiKeyCredentials):
    """Events go to the store, which knows the owners too; `notes` counts the uses written."""

    def __init__(self, store: MemoryIdentity) -> None:
        self._store = store
        self._keys: dict[ApiKeyId, ApiKey] = {}
        self.notes = 0

    async def get(self, key_id: ApiKeyId, owner: UserId) -> ApiKey:
        found = self._keys.get(key_id)
        if found is None or found.user_id != owner:
            raise ApiKeyNotFound("no such API key", api_key_id=key_id)
        return deepcopy(found)

    async def add(self, key: ApiKey) -> None:
        self._store.events += key.pull_events()
        self._keys[key.id] = deepcopy(key)

    async def remove(self, key: ApiKey) -> None:
        self._store.events += key.pull_events()
        del self._keys[key.id]

    async def count_live(self, owner: UserId, now: datetime) -> int:
        return sum(key.user_id == owner and key.expires_at > now for key in self._keys.values())

    async def of_owner(self, actor: Actor) -> list[ApiKeyView]:
        actor.own_session()
        newest = sorted(self._keys.values(), key=lambda key: (key.created_at, key.id), reverse=True)
        return [
            ApiKeyView(
                id=key.id, name=key.name, scopes=[one for one in Permission if one in key.scopes],
                created_at=key.created_at, expires_at=key.expires_at, last_used_at=key.last_used_at,
            )
            for key in newest if key.user_id == actor.user
        ][:100]  # fmt: skip

    async def live(self, key_id: ApiKeyId, now: datetime) -> LiveApiKey | None:
        key = self._keys.get(key_id)
        owner = None if key is None else self._store.users[key.user_id]
        if key is None or owner is None or key.expires_at <= now or not owner.is_active:
            return None
        return LiveApiKey(owner.id, owner.role, key.scopes, key.mac, key.last_used_at)

    async def note_use(self, key_id: ApiKeyId, now: datetime) -> None:
        self.notes += 1
        self._keys[key_id].last_used_at = now
