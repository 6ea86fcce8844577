"""What the ports of keys promise, kept by the fake and by PostgreSQL."""

from abc import ABC, abstractmethod
from datetime import timedelta

import pytest

from marketplace.adapters.sql.identity.signing_keys import SqlSigningKeyQueries, SqlSigningKeys
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.signing_keys import SigningKeyQueries, SigningKeys
from marketplace.application.shared.ports import Transaction
from tests.builders.identity import NOON
from tests.builders.keys import a_signing_key
from tests.fakes.identity import MemoryIdentity
from tests.fakes.keys import MemorySigningKeys

LATER = NOON + timedelta(minutes=10)


class SigningKeysContract(ABC):
    keys: SigningKeys
    queries: SigningKeyQueries
    transaction: Transaction

    @pytest.fixture(autouse=True)
    @abstractmethod
    def adapter(self) -> object: ...

    async def test_every_field_comes_back_and_the_newest_is_last(self) -> None:
        later, sooner = a_signing_key(active_from=LATER, retired_at=LATER), a_signing_key(active_from=NOON)
        async with self.transaction:
            await self.keys.add(later)
            await self.keys.add(sooner)
        async with self.transaction:
            assert await self.keys.all() == [sooner, later]
        assert await self.queries.all() == [sooner, later]

    async def test_times_are_saved_and_a_removed_key_is_gone(self) -> None:
        key, gone = a_signing_key(active_from=LATER), a_signing_key()
        async with self.transaction:
            await self.keys.add(key)
            await self.keys.add(gone)
        key.active_from = NOON
        key.retire(LATER)
        async with self.transaction:
            await self.keys.save(key)
            await self.keys.remove(gone)
        assert await self.queries.all() == [key]


class TestMemorySigningKeys(SigningKeysContract):
    @pytest.fixture(autouse=True)
    def adapter(self) -> None:
        self.keys = self.queries = MemorySigningKeys()
        self.transaction = MemoryIdentity()


class TestSqlSigningKeys(SigningKeysContract):
    @pytest.fixture(autouse=True)
    def adapter(self, fresh_pool: Pool) -> None:
        self.transaction = transaction = SqlTransaction(fresh_pool, {})
        self.keys, self.queries = SqlSigningKeys(transaction), SqlSigningKeyQueries(fresh_pool)
