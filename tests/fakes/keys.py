"""In-memory stores of keys, proven by tests/contract/identity/test_keys.py."""

from copy import deepcopy

from marketplace.application.identity.signing_keys import SigningKeyQueries, SigningKeys
from marketplace.domain.identity.signing_key import SigningKey


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
        return sorted(deepcopy(list(self._keys.values())), key=lambda key: (key.active_from, key.created_at))

    async def add(self, key: SigningKey) -> None:
        self._keys[key.kid] = deepcopy(key)

    async def save(self, key: SigningKey) -> None:
        await self.add(key)

    async def remove(self, key: SigningKey) -> None:
        del self._keys[key.kid]
