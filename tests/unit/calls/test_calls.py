"""The use cases of calls, on fakes."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from marketplace.adapters.memory.call_limits import SIGNALS as MOST_SIGNALS
from marketplace.adapters.memory.call_limits import STARTS, LocalCallLimits
from marketplace.application.calls.calls import (
    MISS_CALL,
    AcceptCall,
    DeclineCall,
    HangUp,
    MissCall,
    SaveCall,
    StartCall,
)
from marketplace.application.calls.ice import CREDENTIAL_LIFE, IssueIceServers, Turn
from marketplace.application.calls.presence import BEAT, EndLostCalls, Watch
from marketplace.application.calls.signals import SIGNALS, RelaySignal
from marketplace.application.calls.views import CallView, IceServer
from marketplace.application.shared.actor import Actor, SessionRequired
from marketplace.application.shared.limits import TooManyCalls
from marketplace.application.shared.rooms import RoomNews, Told
from marketplace.domain.calls.call import GRACE, RINGING_TIME, CallEnded
from marketplace.domain.calls.moves import (
    AlreadyInCall,
    CalleeBusy,
    CallId,
    CallNotFound,
    CallRefused,
    CallStatus,
    ConversationNotFound,
    EndReason,
    Media,
    NotPairOfPeople,
    SignalTooLarge,
)
from marketplace.domain.shared.ids import SessionId, UserId
from tests.builders.commerce import NOON, a_user_id, new_id
from tests.fakes.calls import MemoryCalls, MemoryLines
from tests.fakes.notifications import MemoryUserEvents
from tests.fakes.rooms import MemoryRooms
from tests.fakes.world import FixedClock, MemoryTimers, MemoryTransaction, SequentialIds


def a_person(user: UserId | None = None) -> Actor:
    """On a device of their own."""
    return Actor(user or a_user_id(), SessionId(new_id()), frozenset())


class Exchange:
    """Ann and Bob have a conversation; Bob has two devices."""

    def __init__(self) -> None:
        self.transaction = MemoryTransaction()
        self.clock = FixedClock(NOON)
        self.calls = MemoryCalls(self.transaction, self.clock)
        self.timers = MemoryTimers(self.transaction)
        self.lines, self.rooms, self.limits = MemoryLines(), MemoryRooms(), LocalCallLimits()
        self.events = MemoryUserEvents(self.transaction)
        self.watch = Watch(self.clock)
        self.ids = SequentialIds()
        self.ann, self.bob = a_person(), a_person()
        self.tablet = a_person(self.bob.user)
        self.conversation = self.lines.between(self.ann.user, self.bob.user)

    async def start(self, who: Actor, conversation: Any = None, media: Media = Media.AUDIO) -> CallView:
        start = StartCall(
            self.calls, self.lines, self.events, self.limits, self.timers, self.transaction, self.ids, self.clock
        )
        return await start(who, conversation or self.conversation, media)

    async def move(self, use_case: type[AcceptCall | DeclineCall | HangUp], who: Actor, call_id: CallId) -> CallView:
        save = SaveCall(self.calls, self.events, self.timers)
        return await use_case(save, self.calls, self.transaction, self.clock)(who, call_id)

    async def miss(self, call_id: CallId) -> None:
        save = SaveCall(self.calls, self.events, self.timers)
        await MissCall(save, self.calls, self.transaction, self.clock)(call_id)

    async def look(self) -> None:
        save = SaveCall(self.calls, self.events, self.timers)
        await EndLostCalls(self.watch, self.calls, save, self.calls, self.transaction, self.clock)()

    async def signal(self, who: Actor, call_id: CallId, size: int = 100, name: str = "webrtc:offer") -> None:
        await RelaySignal(self.calls, self.rooms, self.limits)(who, call_id, name, {"call_id": call_id}, size)

    def heard(self, who: Actor) -> list[tuple[str, Mapping[str, Any]]]:
        return [(event.name, msgspec.json.decode(event.data)) for event in self.events.events[who.user]]

    def status(self, call_id: CallId) -> CallStatus:
        return self.transaction.rows.calls[call_id].status


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


async def test_a_call_rings_is_answered_on_one_device_and_ends(exchange: Exchange) -> None:
    call = await exchange.start(exchange.ann)
    assert (call.status, call.callee_id) == (CallStatus.RINGING, exchange.bob.user)
    assert exchange.transaction.rows.timers == {(MISS_CALL, call.id): NOON + RINGING_TIME}
    exchange.clock.advance(timedelta(seconds=5))
    accepted = await exchange.move(AcceptCall, exchange.tablet, call.id)
    assert (accepted.status, accepted.answered_at) == (CallStatus.ACTIVE, NOON + timedelta(seconds=5))
    assert exchange.transaction.rows.timers == {}
    exchange.clock.advance(timedelta(seconds=61))
    ended = await exchange.move(HangUp, exchange.ann, call.id)
    assert exchange.transaction.answer == ended
    assert (ended.end_reason, ended.duration_seconds, ended.ended_by) == (EndReason.HANGUP, 61, exchange.ann.user)
    (event,) = [one for one in exchange.transaction.rows.events if isinstance(one, CallEnded)]
    assert (event.conversation_id, event.status, event.seconds) == (exchange.conversation, CallStatus.ENDED, 61)
    one = {"call_id": str(call.id)}
    over = {"reason": "hangup", "endedBy": str(exchange.ann.user), "durationSeconds": 61}
    both = [
        ("call:accepted", {**one, "deviceId": str(exchange.tablet.session)}), ("call:ended", {**one, **over}),
    ]  # fmt: skip
    incoming = {
        **one, "from": str(exchange.ann.user), "media": "audio", "conversationId": str(exchange.conversation),
        "expiresAt": "2030-01-01T12:00:45Z",
    }  # fmt: skip
    assert exchange.heard(exchange.ann) == both
    assert exchange.heard(exchange.bob) == [("call:incoming", incoming), *both]


async def test_who_is_in_a_call_is_busy_and_the_call_is_recorded(exchange: Exchange) -> None:
    first = await exchange.start(exchange.ann)
    carol = a_person()
    to_bob = exchange.lines.between(carol.user, exchange.bob.user)
    with pytest.raises(CalleeBusy) as refusal:
        await exchange.start(carol, to_bob)
    busy = refusal.value.facts["call"]
    assert isinstance(busy, CallView)
    assert exchange.status(busy.id) is busy.status is CallStatus.BUSY
    assert exchange.heard(exchange.bob)[-1][0] == "call:missed"
    assert exchange.heard(exchange.bob)[-1][1]["reason"] == "busy"
    with pytest.raises(AlreadyInCall) as own:
        await exchange.start(exchange.bob, to_bob)
    assert own.value.facts == {"call_id": first.id}
    await exchange.move(HangUp, exchange.ann, first.id)
    assert (await exchange.start(carol, to_bob)).status is CallStatus.RINGING


async def test_a_call_nobody_answers_is_missed_by_both(exchange: Exchange) -> None:
    call = await exchange.start(exchange.ann)
    exchange.clock.advance(RINGING_TIME - timedelta(seconds=1))
    await exchange.miss(call.id)
    assert exchange.status(call.id) is CallStatus.RINGING
    exchange.clock.advance(timedelta(seconds=1))
    await exchange.miss(call.id)
    await exchange.miss(call.id)
    assert exchange.status(call.id) is CallStatus.MISSED
    assert [name for name, _ in exchange.heard(exchange.ann)] == ["call:missed"]
    assert [name for name, _ in exchange.heard(exchange.bob)] == ["call:incoming", "call:missed"]


async def test_declined_and_cancelled_calls_are_told_to_both(exchange: Exchange) -> None:
    call = await exchange.start(exchange.ann)
    assert (await exchange.move(DeclineCall, exchange.bob, call.id)).status is CallStatus.DECLINED
    second = await exchange.start(exchange.ann)
    assert (await exchange.move(HangUp, exchange.ann, second.id)).status is CallStatus.CANCELLED
    assert (await exchange.move(HangUp, exchange.bob, second.id)).status is CallStatus.CANCELLED
    assert [name for name, _ in exchange.heard(exchange.ann)] == ["call:declined", "call:ended"]
    assert exchange.heard(exchange.bob)[-1][1]["reason"] == "cancelled"


async def test_only_the_two_of_a_conversation_call_and_only_with_a_session(exchange: Exchange) -> None:
    outsider, key = a_person(), Actor(exchange.ann.user, None, frozenset())
    with pytest.raises(ConversationNotFound):
        await exchange.start(outsider)
    with pytest.raises(SessionRequired):
        await exchange.start(key)
    with pytest.raises(NotPairOfPeople):
        await exchange.start(exchange.ann, exchange.lines.between(exchange.ann.user, exchange.bob.user, outsider.user))
    exchange.lines.blocks.add(frozenset({exchange.ann.user, exchange.bob.user}))
    with pytest.raises(CallRefused):
        await exchange.start(exchange.bob)
    exchange.lines.blocks.clear()
    call = await exchange.start(exchange.ann)
    for use_case in (AcceptCall, DeclineCall, HangUp):
        with pytest.raises(CallNotFound):
            await exchange.move(use_case, outsider, call.id)
        with pytest.raises(SessionRequired):
            await exchange.move(use_case, Actor(exchange.bob.user, None, frozenset()), call.id)
    assert exchange.status(call.id) is CallStatus.RINGING


async def test_nobody_calls_again_and_again(exchange: Exchange) -> None:
    for _ in range(STARTS.limit):
        await exchange.move(HangUp, exchange.ann, (await exchange.start(exchange.ann)).id)
    with pytest.raises(TooManyCalls):
        await exchange.start(exchange.ann)
    assert (await exchange.start(exchange.bob)).status is CallStatus.RINGING


async def test_signals_reach_the_other_side_and_no_one_else(exchange: Exchange) -> None:
    call = await exchange.start(exchange.ann)
    told: list[RoomNews] = []
    async with exchange.rooms.listen(told.append):
        await exchange.signal(exchange.ann, call.id)
        await exchange.signal(exchange.tablet, call.id, name="webrtc:answer")
        await refused_signals(exchange, call.id)
    data = msgspec.Raw(b'{"call_id":"%s"}' % str(call.id).encode())
    assert told == [
        Told((f"user:{exchange.bob.user}",), "webrtc:offer", data),
        Told((f"user:{exchange.ann.user}",), "webrtc:answer", data),
    ]


async def refused_signals(exchange: Exchange, call_id: CallId) -> None:
    with pytest.raises(CallNotFound):
        await exchange.signal(a_person(), call_id)
    with pytest.raises(SignalTooLarge):
        await exchange.signal(exchange.ann, call_id, SIGNALS["webrtc:offer"] + 1)
    for _ in range(MOST_SIGNALS.limit - 1):
        await exchange.limits.signal(exchange.ann.user)
    with pytest.raises(TooManyCalls):
        await exchange.signal(exchange.ann, call_id)


async def test_a_call_ends_when_a_device_is_gone_for_its_grace(exchange: Exchange) -> None:
    call = await exchange.start(exchange.ann)
    await exchange.move(AcceptCall, exchange.bob, call.id)
    for _ in range(10):
        await exchange.calls.note({exchange.ann.own_session(), exchange.bob.own_session()})
        exchange.clock.advance(BEAT)
        await exchange.look()
    assert exchange.status(call.id) is CallStatus.ACTIVE
    gone = exchange.clock.now()
    while exchange.status(call.id) is CallStatus.ACTIVE:
        await exchange.calls.note({exchange.ann.own_session(), exchange.tablet.own_session()})
        exchange.clock.advance(BEAT)
        await exchange.look()
    assert GRACE <= exchange.clock.now() - gone <= GRACE + 2 * BEAT
    assert exchange.heard(exchange.bob)[-1] == (
        "call:ended", {"call_id": str(call.id), "reason": "disconnected", "endedBy": None, "durationSeconds": 48},
    )  # fmt: skip


async def test_after_an_outage_everybody_has_their_grace_again(exchange: Exchange) -> None:
    call = await exchange.start(exchange.ann)
    await exchange.move(AcceptCall, exchange.bob, call.id)
    exchange.clock.advance(timedelta(minutes=5))
    await exchange.look()
    exchange.clock.advance(BEAT)
    await exchange.look()
    assert exchange.status(call.id) is CallStatus.ACTIVE
    for _ in range(int(GRACE / BEAT)):
        exchange.clock.advance(BEAT)
        await exchange.look()
    assert exchange.status(call.id) is CallStatus.ENDED


BY_OPENSSL = "1+zrOO1jl2phMSirACTI+0amqEc="
"""printf 1893502800:01970000-0000-7000-8000-000000000001 | openssl dgst -sha1 -hmac north -binary | base64"""


def test_credentials_of_relays_are_what_coturn_checks() -> None:
    ann = Actor(UserId(SequentialIds().new()), SessionId(new_id()), frozenset())
    urls = ("turn:turn.example.com:3478", "stun:stun.example.com", "turns:turn.example.com:443")
    view = IssueIceServers(Turn(urls, b"north"), FixedClock(NOON))(ann)
    assert view.expires_at == NOON + CREDENTIAL_LIFE
    username = f"{int(view.expires_at.timestamp())}:{ann.user}"
    assert view.ice_servers == [
        IceServer(["stun:stun.example.com"]),
        IceServer(["turn:turn.example.com:3478", "turns:turn.example.com:443"], username, BY_OPENSSL),
    ]


def test_without_relays_there_are_none(exchange: Exchange) -> None:
    assert IssueIceServers(Turn(), exchange.clock)(exchange.ann).ice_servers == []
    with pytest.raises(SessionRequired):
        IssueIceServers(Turn(), exchange.clock)(Actor(exchange.ann.user, None, frozenset()))
