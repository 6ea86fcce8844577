"""Calls: the fake of the unit tests and the SQL adapter keep one contract."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from marketplace.adapters.sql.calls.calls import SqlCalls, SqlLiveCalls
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.calls.ports import Calls, LiveCalls
from marketplace.application.shared.ports import Transaction
from marketplace.domain.calls.call import Call
from marketplace.domain.calls.moves import AlreadyInCall, CallId, CallNotFound, CallStatus
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import SessionId
from tests.builders.calls import a_call
from tests.builders.commerce import NOON, a_user_id, new_id
from tests.fakes.calls import MemoryCalls
from tests.fakes.world import FixedClock, MemoryTransaction

ABSENCE = timedelta(minutes=10)
MANY = 10_000


def fields_of(call: Call) -> dict[str, Any]:
    return {name: getattr(call, name) for name in Call.__dataclass_fields__ if name[0] != "_"}


@dataclass
class House:
    transaction: Transaction
    calls: Calls
    live: LiveCalls
    let_pass: Callable[[timedelta], Awaitable[None]]

    async def added(self, call: Call) -> Call:
        async with self.transaction:
            await self.calls.add(call)
        return call

    async def saved(self, call: Call) -> Call:
        async with self.transaction:
            await self.calls.save(call)
            found = await self.calls.lock(call.id)
        assert fields_of(await self.live.find(call.id)) == fields_of(found)
        return found

    async def answered(self) -> Call:
        call = await self.added(a_call())
        call.accept(call.callee, SessionId(new_id()), NOON)
        return await self.saved(call)

    async def lost(self) -> set[CallId]:
        return set(await self.live.lost(ABSENCE, MANY))


class CallsContract:
    async def test_what_is_added_and_saved_comes_back_whole(self, house: House) -> None:
        call = await house.added(a_call())
        assert fields_of(await house.live.find(call.id)) == fields_of(call)
        call.accept(call.callee, SessionId(new_id()), NOON + timedelta(seconds=9))
        assert fields_of(await house.saved(call)) == fields_of(call)
        call.hang_up(call.callee, NOON + timedelta(seconds=70))
        found = await house.saved(call)
        assert fields_of(found) == fields_of(call)
        assert (found.status, found.seconds, found.ended_by) == (CallStatus.ENDED, 61, call.callee)

    async def test_nobody_is_in_two_live_calls(self, house: House) -> None:
        call = await house.added(a_call())
        for second in (a_call(callee=call.caller), a_call(caller=call.callee), a_call(callee=call.callee)):
            with pytest.raises(AlreadyInCall):
                await house.added(second)
        busy = a_call(callee=call.callee)
        busy.find_busy()
        await house.added(busy)
        async with house.transaction:
            assert await house.calls.hold_lines(call.callee, call.caller, busy.caller) == {
                call.caller: call.id, call.callee: call.id
            }  # fmt: skip
        call.decline(call.callee, NOON)
        await house.saved(call)
        async with house.transaction:
            assert await house.calls.hold_lines(call.caller, call.callee) == {}
        await house.added(a_call(caller=call.callee, callee=call.caller))

    async def test_what_changed_meanwhile_is_not_overwritten(self, house: House) -> None:
        call = await house.added(a_call())
        other = await house.live.find(call.id)
        call.decline(call.callee, NOON)
        await house.saved(call)
        other.hang_up(other.caller, NOON)
        with pytest.raises(StaleAggregate):
            await house.saved(other)

    async def test_a_call_is_lost_when_one_device_is_not_noted(self, house: House) -> None:
        ringing = await house.added(a_call())
        await house.let_pass(2 * ABSENCE)
        call = await house.answered()
        assert not {call.id, ringing.id} & await house.lost()
        await house.let_pass(2 * ABSENCE)
        assert call.id in await house.lost()
        await house.live.note({call.devices[call.caller]})
        assert call.id in await house.lost()
        await house.live.note({SessionId(new_id()), *call.devices.values()})
        assert call.id not in await house.lost()
        await house.let_pass(2 * ABSENCE)
        assert call.id in await house.lost()
        assert ringing.id not in await house.lost()
        call.hang_up(call.caller, NOON)
        await house.saved(call)
        assert call.id not in await house.lost()

    async def test_what_never_was_is_not_found(self, house: House) -> None:
        with pytest.raises(CallNotFound):
            await house.live.find(CallId(new_id()))
        with pytest.raises(CallNotFound):
            async with house.transaction:
                await house.calls.lock(CallId(new_id()))
        await house.live.note({SessionId(new_id())})
        async with house.transaction:
            assert await house.calls.hold_lines(a_user_id()) == {}


class TestMemory(CallsContract):
    @pytest.fixture
    def house(self) -> House:
        transaction = MemoryTransaction()
        clock = FixedClock(NOON)
        calls = MemoryCalls(transaction, clock)

        async def let_pass(time: timedelta) -> None:
            clock.advance(time)

        return House(transaction, calls, calls, let_pass)


class TestSql(CallsContract):
    @pytest.fixture
    def house(self, pool: Pool) -> House:
        transaction = SqlTransaction(pool, {})

        async def let_pass(time: timedelta) -> None:
            async with pool.connection() as connection:
                await connection.execute("UPDATE calls.members SET seen_at = seen_at - $1::interval", time)

        return House(transaction, SqlCalls(transaction), SqlLiveCalls(pool), let_pass)
