"""Many at once on real engines: a step, a recovery code and a challenge are good once, guesses are counted."""

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest
from redis.asyncio import Redis

from marketplace.adapters.ids import TimeOrderedIds
from marketplace.adapters.redis.challenges import RedisChallenges
from marketplace.adapters.security.recovery_codes import HashedRecoveryCodes
from marketplace.adapters.security.totp import SealedTotp
from marketplace.adapters.security.vault import Vault
from marketplace.adapters.security.webauthn import WebAuthn
from marketplace.adapters.sql.identity.factor_queries import SqlFactorQueries
from marketplace.adapters.sql.identity.passkeys import SqlPasskeys
from marketplace.adapters.sql.identity.queries import SqlAccountQueries
from marketplace.adapters.sql.identity.second_factors import SqlSecondFactorsByUser
from marketplace.adapters.sql.identity.sessions import SqlSessions
from marketplace.adapters.sql.identity.users import SqlUsers
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.factor_ports import Ceremony
from marketplace.application.identity.passkey_proof import PasskeyProof
from marketplace.application.identity.passkeys import AddPasskey, OfferNewPasskey
from marketplace.application.identity.permissions import actor_of
from marketplace.application.identity.second_factor_check import SecondFactorCheck, ShownCodes
from marketplace.application.identity.two_factor import EnableTwoFactor, SetUpTwoFactor
from marketplace.application.shared.actor import Actor
from marketplace.domain.identity.passkey import InvalidPasskey, PasskeySuspected, TooManyPasskeys
from marketplace.domain.identity.second_factor import (
    InvalidSecondFactor,
    Method,
    SecondFactorLocked,
    TwoFactorAlreadyEnabled,
)
from marketplace.domain.identity.user import User
from marketplace.domain.shared.errors import StaleAggregate
from tests.builders.authenticator import ORIGIN, RP_ID, Authenticator
from tests.builders.factors import code_of, wrong_code
from tests.builders.identity import NOON, a_session, a_user
from tests.fakes.world import FixedClock

TOTP, CODES = SealedTotp(Vault([b"v" * 32]), issuer="Marketplace"), HashedRecoveryCodes()
AUTHENTICATORS = WebAuthn(RP_ID, [ORIGIN], rp_name="Marketplace")


@dataclass
class Processes:
    """Every call makes use cases of its own, as every request does."""

    pool: Pool
    redis: Redis
    clock: FixedClock
    user: User
    actor: Actor

    @property
    def check(self) -> SecondFactorCheck:
        transaction = SqlTransaction(self.pool, {})
        return SecondFactorCheck(
            SqlFactorQueries(self.pool), SqlSecondFactorsByUser(transaction), ShownCodes(TOTP, CODES), self.proof,
            RedisChallenges(self.redis), AUTHENTICATORS, transaction, self.clock,
        )  # fmt: skip

    @property
    def proof(self) -> PasskeyProof:
        transaction = SqlTransaction(self.pool, {})
        challenges = RedisChallenges(self.redis)
        return PasskeyProof(challenges, AUTHENTICATORS, SqlPasskeys(transaction), transaction, self.clock)

    @property
    def set_up(self) -> SetUpTwoFactor:
        transaction = SqlTransaction(self.pool, {})
        factors, accounts = SqlSecondFactorsByUser(transaction), SqlAccountQueries(self.pool)
        return SetUpTwoFactor(factors, accounts, TOTP, transaction, self.clock)

    @property
    def enable(self) -> EnableTwoFactor:
        transaction = SqlTransaction(self.pool, {})
        others = SqlSessions(transaction)
        return EnableTwoFactor(SqlSecondFactorsByUser(transaction), TOTP, CODES, others, transaction, self.clock)

    async def add(self, authenticator: Authenticator) -> UUID:
        transaction, challenges = SqlTransaction(self.pool, {}), RedisChallenges(self.redis)
        accounts, queries = SqlAccountQueries(self.pool), SqlFactorQueries(self.pool)
        options = await OfferNewPasskey(accounts, queries, challenges, AUTHENTICATORS, self.clock)(self.actor)
        add = AddPasskey(
            challenges, AUTHENTICATORS, SqlUsers(transaction), SqlPasskeys(transaction),
            SqlSessions(transaction), transaction, TimeOrderedIds(), self.clock,
        )  # fmt: skip
        return (await add(self.actor, authenticator.create(options), "Key")).id

    async def enabled(self) -> tuple[str, list[str]]:
        """The secret, and the recovery codes; the clock is one step after."""
        secret = (await self.set_up(self.actor)).secret
        view = await self.enable(self.actor, code_of(secret, self.clock.now()))
        self.clock.advance(timedelta(seconds=30))
        return secret, view.recovery_codes


@pytest.fixture
async def processes(pool: Pool, redis: Redis) -> Processes:
    user = a_user()
    session = a_session(user)
    transaction = SqlTransaction(pool, {})
    async with transaction:
        await SqlUsers(transaction).add(user)
        await SqlSessions(transaction).add(session)
    return Processes(pool, redis, FixedClock(NOON), user, actor_of(user.id, session.id, user.role, NOON))


async def test_a_step_sent_fifty_times_at_once_is_accepted_once(processes: Processes) -> None:
    secret, _ = await processes.enabled()
    code = code_of(secret, processes.clock.now())
    outcomes = await asyncio.gather(
        *(processes.check.prove(processes.user.id, otp_code=code) for _ in range(50)), return_exceptions=True
    )
    assert Counter(map(type, outcomes)) == {Method: 1, InvalidSecondFactor: 49}
    assert await processes.check.prove(processes.user.id, otp_code=code_of(secret, processes.clock.now(), 1))


async def test_of_fifty_guesses_at_once_five_are_looked_at(processes: Processes) -> None:
    secret, _ = await processes.enabled()
    wrong = wrong_code(secret, processes.clock.now())
    outcomes = await asyncio.gather(
        *(processes.check.prove(processes.user.id, otp_code=wrong) for _ in range(50)), return_exceptions=True
    )
    assert Counter(map(type, outcomes)) == {InvalidSecondFactor: 5, SecondFactorLocked: 45}
    with pytest.raises(SecondFactorLocked):
        await processes.check.prove(processes.user.id, otp_code=code_of(secret, processes.clock.now()))


async def test_a_recovery_code_sent_fifty_times_at_once_is_accepted_once(processes: Processes) -> None:
    _, codes = await processes.enabled()
    outcomes = await asyncio.gather(
        *(processes.check.prove(processes.user.id, recovery_code=codes[0]) for _ in range(50)), return_exceptions=True
    )
    assert Counter(map(type, outcomes)) == {Method: 1, InvalidSecondFactor: 49}
    assert (await SqlFactorQueries(processes.pool).two_factor(processes.actor)).recovery_codes_left == 9


async def test_ten_recovery_codes_sent_at_once_are_all_accepted(processes: Processes) -> None:
    _, codes = await processes.enabled()
    proofs = await asyncio.gather(*(processes.check.prove(processes.user.id, recovery_code=code) for code in codes))
    assert proofs == [Method.RECOVERY_CODE] * 10
    assert await processes.check.required(processes.user.id) == (Method.TOTP,)


async def test_of_ten_first_setups_at_once_one_secret_is_good(processes: Processes) -> None:
    outcomes = await asyncio.gather(*(processes.set_up(processes.actor) for _ in range(10)), return_exceptions=True)
    secrets = [one.secret for one in outcomes if not isinstance(one, BaseException)]
    assert secrets
    assert {type(one) for one in outcomes if isinstance(one, BaseException)} <= {StaleAggregate}
    enabled = await asyncio.gather(
        *(processes.enable(processes.actor, code_of(secret, NOON)) for secret in secrets), return_exceptions=True
    )
    kinds = Counter(map(type, enabled))
    assert sum(not issubclass(kind, BaseException) for kind in kinds.elements()) == 1
    assert {kind for kind in kinds if issubclass(kind, BaseException)} <= {InvalidSecondFactor, TwoFactorAlreadyEnabled}


async def test_of_twelve_passkeys_added_at_once_ten_stay(processes: Processes) -> None:
    outcomes = await asyncio.gather(*(processes.add(Authenticator()) for _ in range(12)), return_exceptions=True)
    assert Counter(isinstance(one, TooManyPasskeys) for one in outcomes) == {False: 10, True: 2}
    assert len(await SqlFactorQueries(processes.pool).passkeys(processes.actor)) == 10


async def test_an_answer_sent_twenty_times_at_once_signs_in_once(processes: Processes) -> None:
    phone = Authenticator(counts=False)
    await processes.add(phone)
    challenge = await RedisChallenges(processes.redis).issue(Ceremony.SIGN_IN, None)
    answer = phone.get(AUTHENTICATORS.request_options(challenge, (), 300, verify_user=True))
    outcomes = await asyncio.gather(
        *(processes.proof(Ceremony.SIGN_IN, answer) for _ in range(20)), return_exceptions=True
    )
    assert Counter(type(one) for one in outcomes if isinstance(one, BaseException)) == {InvalidPasskey: 19}
    assert [one for one in outcomes if not isinstance(one, BaseException)] == [processes.user.id]


async def test_of_two_copies_used_at_once_at_most_one_signs_in(processes: Processes) -> None:
    phone = Authenticator()
    await processes.add(phone)
    copied = replace(phone)
    copied.key = phone.key
    challenges = RedisChallenges(processes.redis)
    options = [
        AUTHENTICATORS.request_options(await challenges.issue(Ceremony.SIGN_IN, None), (), 300, verify_user=True)
        for _ in range(2)
    ]
    outcomes = await asyncio.gather(
        processes.proof(Ceremony.SIGN_IN, phone.get(options[0])),
        processes.proof(Ceremony.SIGN_IN, copied.get(options[1])),
        return_exceptions=True,
    )
    assert Counter(type(one) for one in outcomes if isinstance(one, BaseException)) == {PasskeySuspected: 1}
    assert (await SqlFactorQueries(processes.pool).passkeys(processes.actor))[0].suspected_at == NOON
