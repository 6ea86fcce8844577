import asyncio

import pytest

from marketplace.entrypoints.realtime.outbox import Outbox


async def test_room_ends_and_is_announced_when_it_returns() -> None:
    outbox, told = Outbox(), asyncio.Event()
    outbox.on_room = told.set
    while outbox.room:
        outbox.put_nowait("x" * 10_000)
    assert not outbox.overflows
    assert not told.is_set()
    await outbox.get()
    assert outbox.room
    assert told.is_set()


async def test_no_more_than_a_poll_may_carry_is_taken_at_once() -> None:
    """Payload.max_decode_packets of python-engineio's client is 16."""
    outbox = Outbox()
    for number in range(40):
        outbox.put_nowait(str(number))
    polls = []
    while not outbox.empty():
        polls.append([await outbox.get()])
        with pytest.raises(asyncio.QueueEmpty):
            while True:
                polls[-1].append(outbox.get_nowait())
    assert [len(poll) for poll in polls] == [16, 16, 8]
    assert [one for poll in polls for one in poll] == [str(number) for number in range(40)]
    assert outbox.size == 0
