"""Random moves by everybody: a call makes only the moves that there are, ends once and tells once."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.calls.call import RINGING_TIME, CallEnded, CallStarted
from marketplace.domain.calls.moves import (
    CALL_MOVES,
    AlreadyAnswered,
    CallNotFound,
    CallOver,
    CallStatus,
    EndReason,
    NotYourCall,
    OtherDevice,
)
from marketplace.domain.shared.errors import DomainError
from marketplace.domain.shared.ids import SessionId
from tests.builders.calls import a_call
from tests.builders.commerce import NOON, a_user_id, new_id

DEVICE, OTHER = SessionId(new_id()), SessionId(new_id())
SOON = NOON + timedelta(seconds=10)
MOVES = ("accept", "decline", "hang_up", "miss", "lose")


@given(st.lists(st.tuples(st.sampled_from(MOVES), st.sampled_from(["caller", "callee", "outsider"]),
                          st.integers(0, 20)), max_size=8))  # fmt: skip
def test_a_call_makes_only_the_moves_that_there_are(moves: list[tuple[str, str, int]]) -> None:
    call, now, statuses = a_call(), NOON, [CallStatus.RINGING]
    people = {"caller": call.caller, "callee": call.callee, "outsider": a_user_id()}
    for move, who, seconds in moves:
        now += timedelta(seconds=seconds)
        before = call.status
        try:
            match move:
                case "accept":
                    call.accept(people[who], DEVICE, now)
                case "decline":
                    call.decline(people[who], now)
                case "hang_up":
                    call.hang_up(people[who], now)
                case "miss":
                    call.miss(now)
                case "lose":
                    call.lose(now)
            assert who != "outsider" or move in {"miss", "lose"}
        except DomainError:
            assert call.status is before
        if call.status is not before:
            statuses.append(call.status)
    assert all(to in CALL_MOVES[source] for source, to in pairwise(statuses))
    started, *ended = call.pull_events()
    assert isinstance(started, CallStarted)
    assert [type(event) for event in ended] == [CallEnded] * (not call.is_live)
    assert (call.ended_at is None) == call.is_live
    assert (call.answered_at is None) == (CallStatus.ACTIVE not in statuses)
    assert call.seconds >= 0


def test_it_is_answered_once_by_the_one_who_is_called() -> None:
    call = a_call()
    with pytest.raises(NotYourCall):
        call.accept(call.caller, DEVICE, SOON)
    with pytest.raises(CallNotFound):
        call.accept(a_user_id(), DEVICE, SOON)
    call.accept(call.callee, DEVICE, SOON)
    with pytest.raises(AlreadyAnswered):
        call.accept(call.callee, OTHER, SOON)
    with pytest.raises(AlreadyAnswered):
        call.decline(call.callee, SOON)
    assert (call.status, call.answered_at, call.devices[call.callee]) == (CallStatus.ACTIVE, SOON, DEVICE)


def test_it_rings_for_45_seconds_to_the_moment() -> None:
    call = a_call()
    assert not call.miss(NOON + RINGING_TIME - timedelta(microseconds=1))
    with pytest.raises(CallOver):
        call.accept(call.callee, DEVICE, NOON + RINGING_TIME)
    assert call.miss(NOON + RINGING_TIME)
    assert (call.status, call.ended_by, call.seconds) == (CallStatus.MISSED, None, 0)
    with pytest.raises(CallOver):
        call.accept(call.callee, DEVICE, SOON)


@pytest.mark.parametrize(("answered", "who", "status", "reason"), [
    (False, "caller", CallStatus.CANCELLED, EndReason.CANCELLED), (False, "callee", CallStatus.DECLINED, None),
    (True, "caller", CallStatus.ENDED, EndReason.HANGUP), (True, "callee", CallStatus.ENDED, EndReason.HANGUP),
])  # fmt: skip
def test_hanging_up_means_what_the_moment_makes_of_it(
    answered: bool, who: str, status: CallStatus, reason: EndReason | None
) -> None:
    call = a_call()
    if answered:
        call.accept(call.callee, DEVICE, NOON)
    by = call.caller if who == "caller" else call.callee
    assert call.hang_up(by, SOON)
    assert (call.status, call.reason, call.ended_by, call.ended_at) == (status, reason, by, SOON)
    assert call.seconds == (10 if answered else 0)
    assert not call.hang_up(call.other_than(by), SOON)
    assert call.ended_by == by


def test_a_call_that_lost_a_device_is_ended_by_nobody() -> None:
    call = a_call()
    assert not call.lose(SOON)
    call.accept(call.callee, DEVICE, NOON)
    assert call.lose(SOON)
    assert (call.reason, call.ended_by, call.seconds) == (EndReason.DISCONNECTED, None, 10)


def test_signals_go_between_the_devices_of_the_call() -> None:
    call = a_call()
    mine = call.devices[call.caller]
    assert call.hearer_of(call.caller, mine) == call.callee
    assert call.hearer_of(call.callee, OTHER) == call.caller
    with pytest.raises(OtherDevice):
        call.hearer_of(call.caller, OTHER)
    call.accept(call.callee, DEVICE, SOON)
    assert call.hearer_of(call.callee, DEVICE) == call.caller
    with pytest.raises(OtherDevice):
        call.hearer_of(call.callee, OTHER)
    with pytest.raises(CallNotFound):
        call.hearer_of(a_user_id(), DEVICE)
    call.hang_up(call.caller, SOON)
    with pytest.raises(CallOver):
        call.hearer_of(call.caller, mine)
