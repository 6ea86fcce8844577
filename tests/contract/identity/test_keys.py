"""What the ports of keys promise, kept by the fake and by PostgreSQL."""

from abc import ABC, abstractmethod
from datetime import timedelta
from uuid import uuid4

import pytest

from marketplace.adapters.sql.identity.api_keys import SqlApiKeyCredentials, SqlApiKeyQueries, SqlApiKeys
from marketplace.adapters.sql.identity.signing_keys import SqlSigningKeyQueries, SqlSigningKeys
from marketplace.adapters.sql.identity.users import SqlUsers
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.api_keys import ApiKeyCredentials, ApiKeyQueries, ApiKeys
from marketplace.application.identity.ports import Users
from marketplace.application.identity.signing_keys import SigningKeyQueries, SigningKeys
from marketplace.application.shared.actor import Actor, Permission, SessionRequired
from marketplace.application.shared.ports import Transaction
from marketplace.domain.identity.api_key import ApiKey, ApiKeyId, ApiKeyNotFound
from marketplace.domain.identity.user import AccountStatus, Role, User
from marketplace.domain.shared.ids import SessionId
from tests.builders.identity import NOON, a_user
from tests.builders.keys import a_signing_key
from tests.fakes.identity import MemoryIdentity, MemoryUsers
from tests.fakes.keys import MemoryApiKeys, MemorySigningKeys

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


def an_api_key(owner: User, **changes: object) -> ApiKey:
    given = {"life": timedelta(days=1), "name": "Stock sync", "scopes": ["social.follow"], "now": NOON, **changes}
    key_id = ApiKeyId(uuid4())
    return ApiKey.create(key_id, owner.id, mac=key_id.bytes * 2, **given)  # type: ignore[arg-type]


class ApiKeysContract(ABC):
    api_keys: ApiKeys
    queries: ApiKeyQueries
    credentials: ApiKeyCredentials
    users: Users
    transaction: Transaction

    @pytest.fixture(autouse=True)
    @abstractmethod
    def adapter(self) -> object: ...

    async def owner(self, **changes: object) -> User:
        user = a_user(**changes)
        async with self.transaction:
            await self.users.add(user)
        return user

    async def stored(self, owner: User, **changes: object) -> ApiKey:
        key = an_api_key(owner, **changes)
        async with self.transaction:
            await self.api_keys.add(key)
        return key

    async def test_every_field_comes_back(self) -> None:
        owner = await self.owner()
        key = await self.stored(owner, scopes=["social.follow", "trading.make_offers"])
        async with self.transaction:
            found = await self.api_keys.get(key.id, owner.id)
        for name in ("id", "user_id", "name", "mac", "scopes", "created_at", "expires_at", "last_used_at"):
            assert getattr(found, name) == getattr(key, name), name

    async def test_somebody_elses_key_is_not_found(self) -> None:
        key = await self.stored(await self.owner())
        outsider = await self.owner()
        async with self.transaction:
            with pytest.raises(ApiKeyNotFound):
                await self.api_keys.get(key.id, outsider.id)

    async def test_a_removed_key_is_gone_and_dead(self) -> None:
        owner = await self.owner()
        key = await self.stored(owner)
        async with self.transaction:
            await self.api_keys.remove(await self.api_keys.get(key.id, owner.id))
        async with self.transaction:
            with pytest.raises(ApiKeyNotFound):
                await self.api_keys.get(key.id, owner.id)
        assert await self.credentials.live(key.id, NOON) is None

    async def test_live_keys_of_the_owner_are_counted(self) -> None:
        owner, other = await self.owner(), await self.owner()
        for days, whose in ((1, owner), (2, owner), (2, other)):
            await self.stored(whose, life=timedelta(days=days))
        async with self.transaction:
            assert await self.api_keys.count_live(owner.id, NOON) == 2
            assert await self.api_keys.count_live(owner.id, NOON + timedelta(days=1)) == 1

    async def test_the_owner_sees_them_newest_first_and_an_outsider_none(self) -> None:
        owner, outsider = await self.owner(), await self.owner()
        old = await self.stored(owner)
        new = await self.stored(owner, now=LATER, name="Newer")
        views = await self.queries.of_owner(Actor(owner.id, SessionId(uuid4()), frozenset()))
        assert [view.id for view in views] == [new.id, old.id]
        assert views[0].scopes == [Permission.FOLLOW]
        assert (views[0].name, views[0].created_at, views[0].last_used_at) == ("Newer", LATER, None)
        assert views[0].expires_at == new.expires_at
        assert await self.queries.of_owner(Actor(outsider.id, SessionId(uuid4()), frozenset())) == []
        with pytest.raises(SessionRequired):
            await self.queries.of_owner(Actor(owner.id, None, frozenset()))

    async def test_a_live_key_says_what_is_needed_to_check_it(self) -> None:
        owner = await self.owner(role=Role.SELLER)
        key = await self.stored(owner)
        found = await self.credentials.live(key.id, key.expires_at - timedelta(seconds=1))
        assert found is not None
        assert (found.user, found.role, frozenset(found.scopes), found.mac) == (
            owner.id,
            Role.SELLER,
            key.scopes,
            key.mac,
        )
        assert found.last_used_at is None
        assert await self.credentials.live(key.id, key.expires_at) is None
        assert await self.credentials.live(ApiKeyId(uuid4()), NOON) is None

    async def test_a_use_is_noted(self) -> None:
        key = await self.stored(await self.owner())
        await self.credentials.note_use(key.id, NOON)
        await self.credentials.note_use(key.id, LATER)
        found = await self.credentials.live(key.id, LATER)
        assert found is not None
        assert found.last_used_at == LATER

    async def test_the_key_of_an_inactive_owner_is_dead(self) -> None:
        key = await self.stored(await self.owner(status=AccountStatus.SUSPENDED))
        assert await self.credentials.live(key.id, NOON) is None


class TestMemoryApiKeys(ApiKeysContract):
    @pytest.fixture(autouse=True)
    def adapter(self) -> None:
        store = self.transaction = MemoryIdentity()
        self.users = MemoryUsers(store)
        self.api_keys = self.queries = self.credentials = MemoryApiKeys(store)


class TestSqlApiKeys(ApiKeysContract):
    @pytest.fixture(autouse=True)
    def adapter(self, pool: Pool) -> None:
        self.transaction = transaction = SqlTransaction(pool, {})
        self.users, self.api_keys = SqlUsers(transaction), SqlApiKeys(transaction)
        self.queries, self.credentials = SqlApiKeyQueries(pool), SqlApiKeyCredentials(pool)
