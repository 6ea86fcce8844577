"""The fakes of the unit tests and the Valkey adapters keep one contract."""

import os
import re
import sys
import threading
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from marketplace.adapters.redis.one_time_codes import RedisOneTimeCodes
from marketplace.adapters.redis.socket_tickets import RedisSocketTickets
from marketplace.adapters.security.passwords import NICENESS, BcryptPasswords
from marketplace.application.identity.codes import CODE_LIFE, CODE_TRIES
from marketplace.application.identity.ports import (
    CodeCheck,
    CodePurpose,
    OneTimeCodes,
    Passwords,
    SessionToken,
    SocketTickets,
)
from marketplace.domain.shared.ids import SessionId, UserId
from tests.builders.identity import NOON, PASSWORD
from tests.fakes.identity import MemoryCodes, MemoryTickets, PlainPasswords
from tests.fakes.world import FixedClock

VERIFY = CodePurpose.VERIFY_ACCOUNT
DEAD = CodeCheck(right=False, tries_left=0)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


class CodesContract:
    async def test_a_code_is_six_digits_and_good_once(self, codes: OneTimeCodes) -> None:
        code = await codes.make(VERIFY, "amina", "email:a@x.example")
        assert len(code) == 6
        assert code.isdecimal()
        assert await codes.check(VERIFY, "amina", code) == CodeCheck(True, 0, "email:a@x.example")
        assert await codes.check(VERIFY, "amina", code) == DEAD

    async def test_the_third_try_may_still_be_right(self, codes: OneTimeCodes) -> None:
        code = await codes.make(VERIFY, "amina")
        for left in (2, 1):
            assert await codes.check(VERIFY, "amina", wrong(code)) == CodeCheck(right=False, tries_left=left)
        assert (await codes.check(VERIFY, "amina", code)).right

    async def test_after_three_wrong_tries_the_right_code_is_dead(self, codes: OneTimeCodes) -> None:
        code = await codes.make(VERIFY, "amina")
        assert [(await codes.check(VERIFY, "amina", wrong(code))).tries_left for _ in range(3)] == [2, 1, 0]
        assert await codes.check(VERIFY, "amina", code) == DEAD
        assert await codes.check(VERIFY, "amina", wrong(code)) == DEAD

    async def test_a_new_code_kills_the_old_and_brings_new_tries(self, codes: OneTimeCodes) -> None:
        old = await codes.make(VERIFY, "amina")
        await codes.check(VERIFY, "amina", wrong(old))
        new = await codes.make(VERIFY, "amina")
        if old != new:
            assert await codes.check(VERIFY, "amina", old) == CodeCheck(right=False, tries_left=2)
        assert (await codes.check(VERIFY, "amina", new)).right

    async def test_a_code_is_good_for_its_subject_only(self, codes: OneTimeCodes) -> None:
        code = await codes.make(VERIFY, "amina")
        assert await codes.check(VERIFY, "zarina", code) == DEAD
        assert (await codes.check(VERIFY, "amina", code)).right

    @pytest.mark.parametrize("hostile", ["", "\0", "\ud800", "é" * 100_000])
    async def test_whatever_is_sent_is_merely_wrong(self, codes: OneTimeCodes, hostile: str) -> None:
        code = await codes.make(VERIFY, "amina")
        assert await codes.check(VERIFY, "amina", hostile) == CodeCheck(right=False, tries_left=2)
        assert await codes.check(VERIFY, hostile, code) == DEAD


class TestMemoryCodes(CodesContract):
    @pytest.fixture
    def codes(self) -> OneTimeCodes:
        return MemoryCodes(FixedClock(NOON))


class TestRedisCodes(CodesContract):
    @pytest.fixture
    def codes(self, redis: Redis) -> OneTimeCodes:
        return RedisOneTimeCodes(redis, b"k" * 32, life=CODE_LIFE, tries=CODE_TRIES)


class TicketsContract:
    async def test_a_ticket_is_taken_once(self, tickets: SocketTickets) -> None:
        token = SessionToken(UserId(uuid4()), SessionId(uuid4()))
        first, second = await tickets.issue(token), await tickets.issue(token)
        assert first != second
        assert await tickets.take(first) == token
        assert await tickets.take(first) is None
        assert await tickets.take(second) == token

    @pytest.mark.parametrize("hostile", ["", "\0", "\ud800", "x" * 100_000])
    async def test_what_was_never_issued_is_nothing(self, tickets: SocketTickets, hostile: str) -> None:
        assert await tickets.take(hostile) is None


class TestMemoryTickets(TicketsContract):
    @pytest.fixture
    def tickets(self) -> SocketTickets:
        return MemoryTickets(FixedClock(NOON))


class TestRedisTickets(TicketsContract):
    @pytest.fixture
    def tickets(self, redis: Redis) -> SocketTickets:
        return RedisSocketTickets(redis)


class PasswordsContract:
    @pytest.mark.parametrize("password", [PASSWORD, "é" * 128, "\0" * 128, "\ud800", "", "x" * 10_000])
    async def test_a_password_fits_its_own_hash_only(self, passwords: Passwords, password: str) -> None:
        hashed = await passwords.hash(password)
        assert await passwords.verify(password, hashed)
        assert not await passwords.verify(password + "!", hashed)
        assert not await passwords.verify(password, None)


class TestPlainPasswords(PasswordsContract):
    @pytest.fixture
    def passwords(self) -> Passwords:
        return PlainPasswords()


class TestBcryptPasswords(PasswordsContract):
    @pytest.fixture
    def passwords(self) -> Passwords:
        return BcryptPasswords(b"p" * 32, cost=4)

    async def test_every_character_of_a_long_password_counts(self, passwords: Passwords) -> None:
        assert not await passwords.verify("a" * 127 + "c", await passwords.hash("a" * 127 + "b"))

    async def test_the_same_characters_differently_composed_are_one_password(self, passwords: Passwords) -> None:
        assert await passwords.verify("Ame\u0301lie-7", await passwords.hash("Am\u00e9lie-7"))

    async def test_another_pepper_fits_nothing(self, passwords: Passwords) -> None:
        hashed = await passwords.hash(PASSWORD)
        assert hashed != await passwords.hash(PASSWORD)
        assert not await BcryptPasswords(b"q" * 32, cost=4).verify(PASSWORD, hashed)

    @pytest.mark.skipif(sys.platform != "linux", reason="niceness is a thread's own on Linux only")
    async def test_hashing_gives_way_to_everything_else(self, passwords: Passwords) -> None:
        await passwords.verify(PASSWORD, None)
        hashing = {one.native_id or 0 for one in threading.enumerate() if one.name.startswith("bcrypt")}
        least_nice = min(os.getpriority(os.PRIO_PROCESS, thread) for thread in hashing)
        assert least_nice == min(19, os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) + NICENESS)


async def test_lives_end_by_the_store_itself(redis: Redis) -> None:
    await RedisOneTimeCodes(redis, b"k" * 32, life=CODE_LIFE, tries=CODE_TRIES).make(VERIFY, "amina")
    await RedisSocketTickets(redis).issue(SessionToken(UserId(uuid4()), SessionId(uuid4())))
    lives = {place.partition(":")[0]: await redis.ttl(place) for place in await places(redis)}
    assert 595 <= lives["otp"] <= CODE_LIFE.total_seconds()
    assert 25 <= lives["ticket"] <= 30


async def test_the_store_holds_macs_and_hashes_only(redis: Redis) -> None:
    await RedisOneTimeCodes(redis, b"k" * 32, life=CODE_LIFE, tries=CODE_TRIES).make(VERIFY, "amina")
    ticket = await RedisSocketTickets(redis).issue(SessionToken(UserId(uuid4()), SessionId(uuid4())))
    code_place, ticket_place = await places(redis)
    assert re.fullmatch("otp:[0-9a-f]{64}", code_place)
    assert re.fullmatch("ticket:[0-9a-f]{64}", ticket_place)
    assert ticket not in ticket_place
    stored = await redis.hget(code_place, "code")
    assert isinstance(stored, bytes)
    assert re.fullmatch(b"[0-9a-f]{64}", stored)


async def places(redis: Redis) -> list[str]:
    return sorted(place.decode() if isinstance(place, bytes) else place for place in await redis.keys())
