"""The fakes of the unit tests and the real adapters of second factors keep one contract."""

import re
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from uuid import uuid4

import asyncpg
import pytest
from redis.asyncio import Redis

from marketplace.adapters.redis.challenges import RedisChallenges
from marketplace.adapters.sql.identity.factor_queries import SqlFactorQueries
from marketplace.adapters.sql.identity.passkeys import SqlPasskeys
from marketplace.adapters.sql.identity.queries import SqlSessionQueries
from marketplace.adapters.sql.identity.second_factors import SqlSecondFactorsByUser
from marketplace.adapters.sql.identity.sessions import SqlSessions
from marketplace.adapters.sql.identity.users import SqlUsers
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.factor_ports import (
    Ceremony,
    Challenges,
    FactorQueries,
    KnownCredential,
    Passkeys,
    SecondFactorsByUser,
)
from marketplace.application.identity.factor_views import PasskeyView, TwoFactorView
from marketplace.application.identity.permissions import actor_of
from marketplace.application.identity.ports import SessionQueries, Sessions, Users
from marketplace.application.shared.ports import Transaction
from marketplace.domain.identity.passkey import Passkey, PasskeyId, PasskeyNotFound, PasskeyTaken
from marketplace.domain.identity.second_factor import Method, SecondFactors
from marketplace.domain.identity.session import EndReason, Session
from marketplace.domain.identity.user import Role, User
from marketplace.domain.shared.errors import StaleAggregate
from tests.builders.factors import a_passkey, enabled_factors
from tests.builders.identity import NOON, a_session, a_user
from tests.fakes.factors import (
    MemoryChallenges,
    MemoryFactorQueries,
    MemoryFactors,
    MemoryPasskeys,
    MemorySecondFactorsByUser,
)
from tests.fakes.identity import MemoryQueries, MemorySessions, MemoryUsers
from tests.fakes.world import FixedClock


@dataclass
class Storage:
    transaction: Transaction
    users: Users
    sessions: Sessions
    session_queries: SessionQueries
    factors: SecondFactorsByUser
    passkeys: Passkeys
    queries: FactorQueries

    async def user(self) -> User:
        user = a_user()
        await self.add(user)
        return user

    async def add(self, *added: User | Session | SecondFactors | Passkey) -> None:
        async with self.transaction:
            for one in added:
                match one:
                    case User():
                        await self.users.add(one)
                    case Session():
                        await self.sessions.add(one)
                    case SecondFactors():
                        await self.factors.save(one)
                    case Passkey():
                        await self.passkeys.add(one)


class StorageContract:
    async def test_who_has_no_second_factors_gets_empty_ones(self, storage: Storage) -> None:
        user = await storage.user()
        async with storage.transaction:
            assert asdict(await storage.factors.get(user.id)) == asdict(SecondFactors(user_id=user.id))
        assert await storage.queries.methods(user.id) == ()

    async def test_second_factors_come_back_as_saved(self, storage: Storage) -> None:
        user = await storage.user()
        factors = enabled_factors(
            user, failures=7, failures_today=9, failed_on=date(2030, 1, 2), locked_until=NOON + timedelta(hours=1)
        )
        await storage.add(factors)
        async with storage.transaction:
            loaded = await storage.factors.get(user.id)
            assert asdict(loaded) == asdict(factors)
            assert loaded.version == 1
            loaded.disable(NOON)
            await storage.factors.save(loaded)
        async with storage.transaction:
            assert asdict(await storage.factors.get(user.id)) == asdict(loaded)

    async def test_stale_second_factors_are_not_saved(self, storage: Storage) -> None:
        user = await storage.user()
        for stored in (SecondFactors(user_id=user.id), None):
            with pytest.raises(StaleAggregate):
                async with storage.transaction:
                    mine, yours = await storage.factors.get(user.id), await storage.factors.get(user.id)
                    await storage.factors.save(mine)
                    await storage.factors.save(yours)
            if stored is not None:
                await storage.add(stored)

    async def test_methods_are_those_that_can_be_shown(self, storage: Storage) -> None:
        user = await storage.user()
        proposed = SecondFactors(user_id=user.id)
        proposed.propose(b"sealed")
        passkey = a_passkey(user)
        await storage.add(proposed, passkey)
        assert await storage.queries.methods(user.id) == ()
        proposed.enable(5, [b"one"], NOON)
        await storage.add(proposed)
        assert await storage.queries.methods(user.id) == (Method.TOTP, Method.RECOVERY_CODE, Method.PASSKEY)
        async with storage.transaction:
            passkey.suspected_at = NOON
            await storage.passkeys.save(passkey)
        proposed.use_recovery_code(b"one", NOON)
        await storage.add(proposed)
        assert await storage.queries.methods(user.id) == (Method.TOTP,)
        assert await storage.queries.methods((await storage.user()).id) == ()

    async def test_everybody_sees_their_own_state(self, storage: Storage) -> None:
        user, other = await storage.user(), await storage.user()
        await storage.add(enabled_factors(user))
        see = storage.queries.two_factor
        assert await see(actor_of(user.id, a_session(user).id, Role.BUYER)) == TwoFactorView(True, 2)
        assert await see(actor_of(other.id, a_session(other).id, Role.BUYER)) == TwoFactorView(False, 0)

    async def test_a_passkey_comes_back_as_saved(self, storage: Storage) -> None:
        user = await storage.user()
        passkey = a_passkey(user, sign_count=2**32 - 2)
        await storage.add(passkey)
        async with storage.transaction:
            loaded = await storage.passkeys.get(passkey.id)
            assert asdict(loaded) == asdict(passkey)
            loaded.use(2**32 - 1, backed_up=True, now=NOON)
            loaded.use(1, backed_up=True, now=NOON + timedelta(seconds=1))
            await storage.passkeys.save(loaded)
        async with storage.transaction:
            assert asdict(await storage.passkeys.by_credential(passkey.credential_id)) == asdict(loaded)

    async def test_an_unknown_passkey_is_not_found(self, storage: Storage) -> None:
        async with storage.transaction:
            with pytest.raises(PasskeyNotFound):
                await storage.passkeys.get(PasskeyId(uuid4()))
            with pytest.raises(PasskeyNotFound):
                await storage.passkeys.by_credential(b"")

    async def test_a_credential_is_one_passkey_only(self, storage: Storage) -> None:
        user, other = await storage.user(), await storage.user()
        passkey = a_passkey(user)
        await storage.add(passkey)
        with pytest.raises(PasskeyTaken):
            await storage.add(a_passkey(other, credential_id=passkey.credential_id))

    async def test_a_stale_passkey_is_neither_saved_nor_removed(self, storage: Storage) -> None:
        user = await storage.user()
        passkey = a_passkey(user)
        await storage.add(passkey)
        async with storage.transaction:
            mine, yours = await storage.passkeys.get(passkey.id), await storage.passkeys.get(passkey.id)
            await storage.passkeys.save(mine)
        with pytest.raises(StaleAggregate):
            async with storage.transaction:
                await storage.passkeys.remove(yours)
        with pytest.raises(StaleAggregate):
            async with storage.transaction:
                await storage.passkeys.save(yours)

    async def test_passkeys_are_listed_oldest_first_and_gone_when_removed(self, storage: Storage) -> None:
        user, other = await storage.user(), await storage.user()
        newer, older = a_passkey(user, created_at=NOON + timedelta(seconds=1)), a_passkey(user, suspected_at=NOON)
        await storage.add(newer, older, a_passkey(other))
        actor = actor_of(user.id, a_session(user).id, Role.BUYER)
        assert await storage.queries.passkeys(actor) == [PasskeyView.of(older), PasskeyView.of(newer)]
        assert await storage.queries.credentials(user.id) == [KnownCredential(newer.credential_id, newer.transports)]
        async with storage.transaction:
            assert await storage.passkeys.count(user.id) == 2
            await storage.passkeys.remove(older)
            assert await storage.passkeys.count(user.id) == 1
        assert await storage.queries.passkeys(actor) == [PasskeyView.of(newer)]

    async def test_all_sessions_of_the_user_end_but_one(self, storage: Storage) -> None:
        user, other = await storage.user(), await storage.user()
        kept, ended, foreign = a_session(user), a_session(user), a_session(other)
        await storage.add(kept, ended, foreign)
        for _ in ("once", "again"):
            async with storage.transaction:
                await storage.sessions.end_all(user.id, EndReason.FACTORS_CHANGED, NOON, keep=kept.id)
        live = [await storage.session_queries.live(one.id, NOON) for one in (kept, ended, foreign)]
        assert [one and one.user for one in live] == [user.id, None, other.id]
        async with storage.transaction:
            assert (await storage.sessions.get(ended.id)).version == 1


class TestMemoryStorage(StorageContract):
    @pytest.fixture
    def storage(self) -> Storage:
        store = MemoryFactors()
        return Storage(
            store, MemoryUsers(store), MemorySessions(store), MemoryQueries(store), MemorySecondFactorsByUser(store),
            MemoryPasskeys(store), MemoryFactorQueries(store),
        )  # fmt: skip


class TestSqlStorage(StorageContract):
    @pytest.fixture
    def storage(self, pool: Pool) -> Storage:
        transaction = SqlTransaction(pool, {})
        return Storage(
            transaction, SqlUsers(transaction), SqlSessions(transaction), SqlSessionQueries(pool),
            SqlSecondFactorsByUser(transaction), SqlPasskeys(transaction), SqlFactorQueries(pool),
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("changes", "constraint"),
        [
            ({"last_step": None}, "ck_second_factors_confirmed_with_a_code"),
            ({"seed": None}, "ck_second_factors_confirmed_with_a_code"),
            ({"recovery_codes": tuple(bytes([n]) for n in range(11))}, "ck_second_factors_recovery_codes_at_most"),
            ({"failures": -1}, "ck_second_factors_failures_counted"),
        ],
    )
    async def test_the_database_refuses_nonsense(
        self, storage: Storage, changes: dict[str, object], constraint: str
    ) -> None:
        user = await storage.user()
        with pytest.raises(asyncpg.CheckViolationError, match=constraint):
            await storage.add(enabled_factors(user, **changes))


class ChallengesContract:
    async def test_a_challenge_is_long_and_taken_once(self, challenges: Challenges) -> None:
        first = await challenges.issue(Ceremony.SIGN_IN, None)
        second = await challenges.issue(Ceremony.SIGN_IN, None)
        assert len(first) == 32
        assert first != second
        assert await challenges.take(Ceremony.SIGN_IN, None, first)
        assert not await challenges.take(Ceremony.SIGN_IN, None, first)
        assert await challenges.take(Ceremony.SIGN_IN, None, second)

    async def test_it_is_for_one_ceremony_and_one_subject(self, challenges: Challenges) -> None:
        mine, yours = uuid4(), uuid4()
        challenge = await challenges.issue(Ceremony.ADD_PASSKEY, mine)
        assert not await challenges.take(Ceremony.ADD_PASSKEY, yours, challenge)
        assert not await challenges.take(Ceremony.SECOND_FACTOR, mine, challenge)
        assert not await challenges.take(Ceremony.SIGN_IN, None, challenge)
        assert await challenges.take(Ceremony.ADD_PASSKEY, mine, challenge)

    @pytest.mark.parametrize("hostile", [b"", b"\0", b"x" * 100_000])
    async def test_what_was_never_issued_is_nothing(self, challenges: Challenges, hostile: bytes) -> None:
        assert not await challenges.take(Ceremony.SIGN_IN, None, hostile)


class TestMemoryChallenges(ChallengesContract):
    @pytest.fixture
    def challenges(self) -> Challenges:
        return MemoryChallenges(FixedClock(NOON))

    async def test_it_is_good_for_five_minutes(self) -> None:
        clock = FixedClock(NOON)
        challenges = MemoryChallenges(clock)
        challenge = await challenges.issue(Ceremony.SIGN_IN, None)
        clock.advance(timedelta(minutes=5))
        assert not await challenges.take(Ceremony.SIGN_IN, None, challenge)


class TestRedisChallenges(ChallengesContract):
    @pytest.fixture
    def challenges(self, redis: Redis) -> Challenges:
        return RedisChallenges(redis)

    async def test_it_is_kept_by_hash_for_five_minutes(self, challenges: Challenges, redis: Redis) -> None:
        await challenges.issue(Ceremony.SIGN_IN, None)
        (place,) = await redis.keys()
        assert isinstance(place, bytes)
        assert re.fullmatch(b"challenge:[0-9a-f]{64}", place)
        assert 295 <= await redis.ttl(place) <= 300
