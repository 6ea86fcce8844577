"""What the stores of outside sign-in promise, kept by the fakes, Valkey and PostgreSQL."""

import asyncio
from abc import ABC, abstractmethod
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from marketplace.adapters.redis.sign_in_attempts import LIFETIME, RedisSignInAttempts
from marketplace.adapters.sql.identity.outside_identities import SqlOutsideIdentities
from marketplace.adapters.sql.identity.users import SqlUsers
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.outside import OutsideIdentities, SignInAttempts
from marketplace.application.identity.ports import Users
from marketplace.application.shared.ports import Transaction
from marketplace.domain.identity.outside_identity import OutsideIdentity, OutsideIdentityTaken
from marketplace.domain.identity.user import User
from tests.builders.identity import NOON, a_user
from tests.fakes.identity import MemoryIdentity, MemoryUsers
from tests.fakes.outside import MemoryAttempts, MemoryOutsideIdentities
from tests.fakes.world import FixedClock

BACK = "https://shop.example/back?a=1"


class AttemptsContract(ABC):
    attempts: SignInAttempts

    @pytest.fixture(autouse=True)
    @abstractmethod
    def adapter(self) -> object: ...

    async def test_an_attempt_is_taken_once(self) -> None:
        state, attempt = await self.attempts.begin(BACK)
        assert attempt.redirect_uri == BACK
        taken = await asyncio.gather(*(self.attempts.take(state) for _ in range(20)))
        assert [one for one in taken if one] == [attempt]

    async def test_no_two_attempts_share_a_secret(self) -> None:
        (one, first), (other, second) = await self.attempts.begin(BACK), await self.attempts.begin(BACK)
        assert len({one, other, first.nonce, second.nonce, first.verifier, second.verifier}) == 6
        assert 43 <= len(first.verifier) <= 128, "RFC 7636, section 4.1"

    @pytest.mark.parametrize("state", ["", "unknown", "\ud800"])
    async def test_an_unknown_state_leads_nowhere(self, state: str) -> None:
        assert await self.attempts.take(state) is None


class TestMemoryAttempts(AttemptsContract):
    @pytest.fixture(autouse=True)
    def adapter(self) -> None:
        self.attempts = MemoryAttempts(FixedClock(NOON))


class TestRedisAttempts(AttemptsContract):
    @pytest.fixture(autouse=True)
    def adapter(self, redis: Redis) -> None:
        self.attempts, self.redis = RedisSignInAttempts(redis), redis

    async def test_it_lives_ten_minutes_under_the_hash_of_its_state(self) -> None:
        state, _ = await self.attempts.begin(BACK)
        (place,) = await self.redis.keys("openid:*")
        assert state not in str(place)
        assert LIFETIME - 5 <= await self.redis.ttl(place) <= LIFETIME == 600


class IdentitiesContract(ABC):
    identities: OutsideIdentities
    users: Users
    transaction: Transaction

    @pytest.fixture(autouse=True)
    @abstractmethod
    def adapter(self) -> object: ...

    async def user(self) -> User:
        user = a_user()
        async with self.transaction:
            await self.users.add(user)
        return user

    async def link(self, user: User, subject: str, issuer: str = "https://a.example") -> None:
        async with self.transaction:
            await self.identities.add(
                OutsideIdentity(id=uuid4(), user_id=user.id, issuer=issuer, subject=subject, linked_at=NOON)
            )

    async def test_an_identity_leads_to_its_account(self) -> None:
        user, subject = await self.user(), uuid4().hex
        await self.link(user, subject)
        async with self.transaction:
            assert await self.identities.owner("https://a.example", subject) == user.id
            assert await self.identities.owner("https://b.example", subject) is None
            assert await self.identities.owner("https://a.example", subject.upper() + "x") is None

    async def test_an_identity_has_one_account_and_an_account_one_identity_of_an_issuer(self) -> None:
        user, other, subject = await self.user(), await self.user(), uuid4().hex
        await self.link(user, subject)
        await self.link(user, subject, "https://b.example")
        for whose, which in ((other, subject), (user, uuid4().hex), (user, subject)):
            with pytest.raises(OutsideIdentityTaken):
                await self.link(whose, which)


class TestMemoryIdentities(IdentitiesContract):
    @pytest.fixture(autouse=True)
    def adapter(self) -> None:
        store = self.transaction = MemoryIdentity()
        self.users, self.identities = MemoryUsers(store), MemoryOutsideIdentities()


class TestSqlIdentities(IdentitiesContract):
    @pytest.fixture(autouse=True)
    def adapter(self, pool: Pool) -> None:
        self.transaction = transaction = SqlTransaction(pool, {})
        self.users, self.identities = SqlUsers(transaction), SqlOutsideIdentities(transaction)
