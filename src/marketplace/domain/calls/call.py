"""One call of one person to another, on one device each."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from marketplace.domain.calls.moves import (
    CALL_MOVES,
    LIVE,
    AlreadyAnswered,
    CallId,
    CallNotFound,
    CallOver,
    CallStatus,
    EndReason,
    Media,
    NotYourCall,
    OtherDevice,
)
from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.ids import ConversationId, SessionId, UserId

RINGING_TIME = timedelta(seconds=45)
GRACE = timedelta(seconds=15)
"""So long may a device in a call be without a socket: time to reconnect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted(DomainEvent):
    """It rings."""

    name: ClassVar[str] = "calls.call_started.v1"
    call_id: CallId
    conversation_id: ConversationId
    caller: UserId
    callee: UserId
    media: Media
    rings_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(DomainEvent):
    """However it ended; `seconds` is how long they spoke, 0 where nobody answered."""

    name: ClassVar[str] = "calls.call_ended.v1"
    call_id: CallId
    conversation_id: ConversationId
    caller: UserId
    callee: UserId
    media: Media
    status: CallStatus
    seconds: int


@dataclass(slots=True, kw_only=True, eq=False)
class Call(Aggregate):
    """`devices` are the sessions that it goes on between: the caller's, and the callee's once it is answered."""

    id: CallId
    conversation_id: ConversationId
    caller: UserId
    callee: UserId
    media: Media
    started_at: datetime
    status: CallStatus = CallStatus.RINGING
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: UserId | None = None
    """None: by the service itself."""
    devices: dict[UserId, SessionId] = field(default_factory=dict)

    @property
    def rings_until(self) -> datetime:
        return self.started_at + RINGING_TIME

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def seconds(self) -> int:
        if self.answered_at is None or self.ended_at is None:
            return 0
        return int((self.ended_at - self.answered_at).total_seconds())

    @property
    def reason(self) -> EndReason | None:
        if self.status is CallStatus.CANCELLED:
            return EndReason.CANCELLED
        if self.status is CallStatus.ENDED:
            return EndReason.HANGUP if self.ended_by else EndReason.DISCONNECTED
        return None

    def ring(self) -> None:
        self._record(CallStarted(
            occurred_at=self.started_at, call_id=self.id, conversation_id=self.conversation_id, caller=self.caller,
            callee=self.callee, media=self.media, rings_until=self.rings_until,
        ))  # fmt: skip

    def find_busy(self) -> None:
        self._end(CallStatus.BUSY, None, self.started_at)

    def accept(self, by: UserId, device: SessionId, now: datetime) -> None:
        """On this device, from where it may signal from now on. Raises CallNotFound, NotYourCall, AlreadyAnswered,
        CallOver."""
        self._require_callee(by)
        if self.status is CallStatus.RINGING and now >= self.rings_until:
            raise CallOver("it rings no more: call back", status=CallStatus.MISSED)
        self._move(CallStatus.ACTIVE)
        self.answered_at = now
        self.devices[by] = device

    def decline(self, by: UserId, now: datetime) -> None:
        """Raises CallNotFound, NotYourCall, AlreadyAnswered, CallOver."""
        self._require_callee(by)
        self._end(CallStatus.DECLINED, by, now)

    def hang_up(self, by: UserId, now: datetime) -> bool:
        """False if it was over already: both may hang up at once. Raises CallNotFound."""
        self.other_than(by)
        if not self.is_live:
            return False
        if self.status is CallStatus.ACTIVE:
            self._end(CallStatus.ENDED, by, now)
        else:
            self._end(CallStatus.CANCELLED if by == self.caller else CallStatus.DECLINED, by, now)
        return True

    def miss(self, now: datetime) -> bool:
        """False unless it has rung for its whole time."""
        if self.status is not CallStatus.RINGING or now < self.rings_until:
            return False
        self._end(CallStatus.MISSED, None, now)
        return True

    def lose(self, now: datetime) -> bool:
        """One of its devices is gone. False unless it goes on."""
        if self.status is not CallStatus.ACTIVE:
            return False
        self._end(CallStatus.ENDED, None, now)
        return True

    def other_than(self, user: UserId) -> UserId:
        """Raises CallNotFound for who is not in it."""
        if user not in (self.caller, self.callee):
            raise CallNotFound("no such call", call_id=self.id)
        return self.callee if user == self.caller else self.caller

    def hearer_of(self, user: UserId, device: SessionId) -> UserId:
        """To whom a signal of this device goes. While it rings any device of the callee may signal.

        Raises CallNotFound, CallOver, OtherDevice.
        """
        other = self.other_than(user)
        if not self.is_live:
            raise self._over()
        if self.devices.get(user, device) != device:
            raise OtherDevice("this call goes on on another device of yours", call_id=self.id)
        return other

    def _require_callee(self, user: UserId) -> None:
        self.other_than(user)
        if user != self.callee:
            raise NotYourCall("the other side answers it; hang up instead", call_id=self.id)

    def _move(self, to: CallStatus) -> None:
        if to not in CALL_MOVES[self.status]:
            if self.status is CallStatus.ACTIVE:
                raise AlreadyAnswered("it was answered already", call_id=self.id)
            raise self._over()
        self.status = to

    def _over(self) -> CallOver:
        return CallOver(f"this call is over: {self.status}", call_id=self.id, status=self.status)

    def _end(self, to: CallStatus, by: UserId | None, now: datetime) -> None:
        self._move(to)
        self.ended_by, self.ended_at = by, now
        self._record(CallEnded(
            occurred_at=now, call_id=self.id, conversation_id=self.conversation_id, caller=self.caller,
            callee=self.callee, media=self.media, status=to, seconds=self.seconds,
        ))  # fmt: skip
