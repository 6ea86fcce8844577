"""Frames go straight to the wire, in order, and wait here only while it takes none."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from marketplace.entrypoints.realtime.outbox import WiredOutbox, text_frame


class Wire:
    def __init__(self) -> None:
        self.on_writable: Callable[[], None] = lambda: None
        self.takes = 1_000_000
        self.frames: list[bytes] = []

    def write(self, frame: bytes) -> bool:
        if self.takes == 0:
            return False
        self.takes -= 1
        self.frames.append(frame)
        return True

    def abort(self) -> None: ...


def test_a_wire_that_takes_gets_each_frame_at_once() -> None:
    wire = Wire()
    outbox = WiredOutbox(wire)
    outbox.put(b"a")
    assert (wire.frames, outbox.empty(), outbox.size, outbox.taken) == ([b"a"], True, 0, 0)


@given(steps=st.lists(st.integers(0, 4), max_size=40))
def test_the_order_is_kept_whenever_the_wire_takes_some(steps: list[int]) -> None:
    wire, put = Wire(), 0
    outbox = WiredOutbox(wire)
    wire.takes = 0
    for step in steps:
        outbox.put(b"%d" % put)
        put += 1
        wire.takes = step
        wire.on_writable()
    wire.takes = put
    wire.on_writable()
    assert wire.frames == [b"%d" % number for number in range(put)]
    assert (outbox.size, outbox.empty()) == (0, True)


def test_room_ends_and_is_announced_when_it_returns() -> None:
    wire, told = Wire(), []
    outbox = WiredOutbox(wire)
    outbox.on_room = lambda: told.append(outbox.size)
    wire.takes = 0
    while outbox.room:
        outbox.put(b"x" * 10_000)
    assert not outbox.overflows
    while not outbox.overflows:
        outbox.put(b"x" * 10_000)
    assert outbox.size < WiredOutbox.LIMIT + 10_001
    wire.takes = 5
    wire.on_writable()
    assert not told
    wire.takes = 100
    wire.on_writable()
    assert len(told) == 1
    assert outbox.taken == outbox.LIMIT // 10_000 + 1


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
def test_a_frame_is_what_the_standard_says(size: int) -> None:
    text = "ü" * (size // 2) + "x" * (size % 2)
    assert text_frame(text) == Frame(Opcode.TEXT, text.encode()).serialize(mask=False)
