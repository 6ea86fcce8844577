"""Many at once on real engines: a code is guessed three times at most, a refresh token has one child."""

import asyncio
from collections import Counter
from datetime import timedelta

import asyncpg
import pytest
from redis.asyncio import Redis

from marketplace.adapters.redis.one_time_codes import RedisOneTimeCodes
from marketplace.adapters.redis.socket_tickets import RedisSocketTickets
from marketplace.adapters.security.access_tokens import JwtAccessTokens
from marketplace.adapters.security.refresh_tokens import HmacRefreshTokens
from marketplace.adapters.sql.identity.queries import SqlSessionQueries
from marketplace.adapters.sql.identity.sessions import SqlSessions
from marketplace.adapters.sql.identity.users import SqlUsers
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.authenticate import Authenticate, LiveSessions
from marketplace.application.identity.codes import CODE_LIFE, CODE_TRIES
from marketplace.application.identity.permissions import actor_of
from marketplace.application.identity.ports import CodePurpose, RefreshToken, SessionToken
from marketplace.application.identity.sessions import EndSession, RefreshSession
from marketplace.application.identity.tokens import TokenPairs
from marketplace.application.identity.views import TokensView
from marketplace.domain.identity.session import RefreshTokenReused, Session, SessionEnded
from marketplace.domain.identity.user import AccountExists, User
from tests.builders.identity import NOON, a_session, a_user
from tests.engines import Database
from tests.fakes.edges import ListedAudit
from tests.fakes.identity import MemoryIdentity
from tests.fakes.world import FixedClock

ACCESS, REFRESH = JwtAccessTokens(b"a" * 32, issuer="test"), HmacRefreshTokens(b"r" * 32)
VERIFY = CodePurpose.VERIFY_ACCOUNT


def refresh_session(pool: Pool, clock: FixedClock) -> RefreshSession:
    transaction = SqlTransaction(pool, {})
    return RefreshSession(
        REFRESH, SqlSessionQueries(pool), SqlSessions(transaction), transaction, TokenPairs(ACCESS, REFRESH),
        ListedAudit(MemoryIdentity()), clock,
    )  # fmt: skip


async def stored_session(pool: Pool) -> tuple[User, Session]:
    user = a_user()
    session = a_session(user)
    transaction = SqlTransaction(pool, {})
    async with transaction:
        await SqlUsers(transaction).add(user)
        await SqlSessions(transaction).add(session)
    return user, session


async def test_of_fifty_guesses_at_once_three_are_looked_at(redis: Redis) -> None:
    codes = RedisOneTimeCodes(redis, b"k" * 32, life=CODE_LIFE, tries=CODE_TRIES)
    code = await codes.make(VERIFY, "amina")
    guesses = [f"{(int(code) + step) % 1_000_000:06}" for step in range(1, 51)]
    checks = await asyncio.gather(*(codes.check(VERIFY, "amina", guess) for guess in guesses))
    assert not any(check.right for check in checks)
    assert Counter(check.tries_left for check in checks) == {2: 1, 1: 1, 0: 48}
    assert not (await codes.check(VERIFY, "amina", code)).right


async def test_the_right_code_sent_fifty_times_at_once_is_right_once(redis: Redis) -> None:
    codes = RedisOneTimeCodes(redis, b"k" * 32, life=CODE_LIFE, tries=CODE_TRIES)
    code = await codes.make(VERIFY, "amina")
    checks = await asyncio.gather(*(codes.check(VERIFY, "amina", code) for _ in range(50)))
    assert sum(check.right for check in checks) == 1


async def test_a_ticket_presented_twenty_times_at_once_opens_one_socket(redis: Redis) -> None:
    tickets = RedisSocketTickets(redis)
    user = a_user()
    ticket = await tickets.issue(SessionToken(user.id, a_session(user).id))
    taken = await asyncio.gather(*(tickets.take(ticket) for _ in range(20)))
    assert sum(token is not None for token in taken) == 1


async def test_twenty_refreshes_of_one_token_at_once_have_one_child(pool: Pool) -> None:
    _, session = await stored_session(pool)
    token, clock = REFRESH.write(RefreshToken(session.id, 1)), FixedClock(NOON)
    answers = await asyncio.gather(*(refresh_session(pool, clock)(token) for _ in range(20)))
    assert {answer.refresh_token for answer in answers} == {REFRESH.write(RefreshToken(session.id, 2))}
    assert len({answer.access_token for answer in answers}) == 20


async def test_a_copy_used_late_kills_every_token_of_the_session(pool: Pool) -> None:
    user, session = await stored_session(pool)
    clock = FixedClock(NOON)
    first = REFRESH.write(RefreshToken(session.id, 1))
    child = await refresh_session(pool, clock)(first)
    clock.advance(timedelta(seconds=11))
    outcomes = await asyncio.gather(
        *(refresh_session(pool, clock)(token) for token in (first, child.refresh_token) * 5), return_exceptions=True
    )
    assert Counter(map(type, outcomes))[RefreshTokenReused] == 1
    assert all(isinstance(one, (RefreshTokenReused, SessionEnded, TokensView)) for one in outcomes)
    for token in (first, child.refresh_token, REFRESH.write(RefreshToken(session.id, 3))):
        with pytest.raises(SessionEnded):
            await refresh_session(pool, clock)(token)
    assert await SqlSessionQueries(pool).live(session.id, NOON) is None
    assert user.is_active


async def test_logout_is_told_to_every_process_and_counts_at_once(pool: Pool, database: Database) -> None:
    user, session = await stored_session(pool)
    clock = FixedClock(NOON)
    authenticate = Authenticate(ACCESS, LiveSessions(SqlSessionQueries(pool), clock), clock)
    token = ACCESS.issue(user.id, session.id, NOON)
    actor = await authenticate(token)
    assert actor == actor_of(user.id, session.id, user.role, NOON)
    listener = await asyncpg.connect(database.app_dsn)
    told: asyncio.Queue[str] = asyncio.Queue()
    try:
        await listener.add_listener("sessions", lambda *message: told.put_nowait(message[3]))
        transaction = SqlTransaction(pool, {})
        await EndSession(SqlSessions(transaction), transaction, ListedAudit(MemoryIdentity()), clock)(actor)
        assert await asyncio.wait_for(told.get(), 5) == str(session.id)
    finally:
        await listener.close()
    with pytest.raises(SessionEnded):
        await authenticate(token)


async def test_of_ten_registrations_of_one_address_at_once_one_stays(pool: Pool) -> None:
    email = a_user().email

    async def add() -> None:
        transaction = SqlTransaction(pool, {})
        async with transaction:
            await SqlUsers(transaction).add(a_user(email=email))

    outcomes = await asyncio.gather(*(add() for _ in range(10)), return_exceptions=True)
    assert Counter(map(type, outcomes)) == {type(None): 1, AccountExists: 9}
