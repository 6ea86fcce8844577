"""Calls that are counted after they are answered, against the exact limits."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from marketplace.application.shared.limits import Limit, RateWindow, TooManyCalls
from marketplace.entrypoints.http.ahead import PAUSE, SHARE, TRUST, CallsAhead
from tests.fakes.limits import MemoryRateLimits
from tests.fakes.world import FixedClock

HERE, THERE = "192.0.2.1", "2001:db8:1:2::7"
MINUTE = (RateWindow(320, 60),)
POLICY = "320;w=60"


class House:
    """Processes that share the exact limits of the fake, and a clock."""

    def __init__(self, processes: int, limit: int = 320) -> None:
        self.clock = FixedClock(datetime(2030, 1, 1, tzinfo=UTC))
        self.limits = MemoryRateLimits({Limit.API: (RateWindow(limit, 60),)}, self.clock)
        self.processes = [CallsAhead(self.limits, MINUTE, self._now) for _ in range(processes)]

    def _now(self) -> float:
        return self.clock.now().timestamp()

    @property
    def counted(self) -> int:
        return len(self.limits.calls[Limit.API, "network:192.0.2.1"])

    async def call(self, process: int = 0, address: str = HERE) -> bool:
        """As the server does: ahead if that may be, else counted first. Whether it was answered."""
        if self.processes[process].give(address) is not None:
            return True
        try:
            await self.processes[process].take(address)
        except TooManyCalls:
            return False
        return True


async def test_who_is_not_known_is_counted_first() -> None:
    house = House(1)
    assert house.processes[0].give(HERE) is None
    told = dict(await house.processes[0].take(HERE))
    assert (told[b"ratelimit-limit"], told[b"ratelimit-remaining"]) == (b"320", b"319")
    assert house.processes[0].give(THERE) is None


async def test_what_is_given_ahead_tells_what_is_left() -> None:
    house = House(1)
    await house.call()
    given = [house.processes[0].give(HERE) for _ in range(2)]
    assert given == [
        b"ratelimit-policy: 320;w=60\r\nratelimit-limit: 320\r\nratelimit-remaining: %d\r\nratelimit-reset: 61\r\n"
        % left
        for left in (318, 317)
    ]
    assert house.counted == 1


async def test_a_share_is_given_then_all_is_counted_at_once() -> None:
    house = House(1)
    await house.call()
    ahead = 0
    while house.processes[0].give(HERE):
        ahead += 1
    assert ahead == 319 // SHARE
    assert house.counted == 1
    await house.call()
    assert house.counted == 2 + ahead


async def test_what_was_given_is_counted_a_moment_later_by_itself() -> None:
    house = House(1)
    await house.call()
    for _ in range(5):
        house.processes[0].give(HERE)
    async with asyncio.timeout(50 * PAUSE):
        while house.counted < 6:
            await asyncio.sleep(PAUSE / 10)
    assert house.counted == 6


async def test_what_was_told_long_ago_is_not_believed() -> None:
    house = House(1)
    await house.call()
    house.clock.advance(timedelta(seconds=TRUST))
    assert house.processes[0].give(HERE) is None


async def test_networks_are_forgotten_that_do_not_come_back() -> None:
    house = House(1)
    for number in range(200):
        await house.call(address=f"192.0.2.{number}")
    house.clock.advance(timedelta(seconds=TRUST))
    async with asyncio.timeout(50 * PAUSE):
        while house.processes[0]._known:
            await asyncio.sleep(PAUSE / 10)
    assert house.processes[0]._timer is None


async def test_one_process_gives_its_limit_and_not_a_call_more() -> None:
    house = House(1)
    answered = [await house.call() for _ in range(400)]
    assert answered == [True] * 320 + [False] * 80
    assert house.counted == 320


async def test_a_small_limit_is_exact_over_any_number_of_processes() -> None:
    house = House(4, limit=SHARE)
    answered = [await house.call(turn % 4) for turn in range(SHARE + 40)]
    assert answered == [True] * SHARE + [False] * 40


@pytest.mark.parametrize("processes", [2, 4])
async def test_several_processes_give_a_share_more_at_most_and_it_is_paid_back(processes: int) -> None:
    house = House(processes)
    answered = sum([await house.call(turn % processes) for turn in range(600)])
    assert 320 <= answered <= 320 + (processes - 1) * (320 // SHARE)
    house.clock.advance(timedelta(seconds=61))
    assert await house.call()


async def test_addresses_of_one_network_are_one() -> None:
    house = House(1)
    await house.call(address=THERE)
    assert house.processes[0].give("2001:db8:1:2::9999") is not None
    assert house.processes[0].give("2001:db8:1:3::7") is None
