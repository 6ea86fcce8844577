"""Which moves of a call there are, and the words around them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NewType
from uuid import UUID

from marketplace.domain.shared.errors import Conflict, Forbidden, Invalid, NotFound

CallId = NewType("CallId", UUID)


class CallNotFound(NotFound):
    code = "call_not_found"


class ConversationNotFound(NotFound):
    code = "conversation_not_found"


class CallOver(Conflict):
    code = "call_over"


class AlreadyAnswered(Conflict):
    """On another device of the same person, or on this one before."""

    code = "already_answered"


class AlreadyInCall(Conflict):
    """Who wants to call is in a call that rings or goes on."""

    code = "already_in_call"


class CalleeBusy(Conflict):
    code = "busy"


class NotPairOfPeople(Conflict):
    code = "not_a_pair"


class NotYourCall(Forbidden):
    """It is the other side's to do."""

    code = "not_your_call"


class CallRefused(Forbidden):
    """One of the two has blocked the other, or the other is gone."""

    code = "call_refused"


class OtherDevice(Conflict):
    code = "other_device"


class SignalTooLarge(Invalid):
    code = "signal_too_large"


class Media(StrEnum):
    AUDIO = "audio"
    VIDEO = "video"


class CallStatus(StrEnum):
    RINGING = "ringing"
    ACTIVE = "active"
    ENDED = "ended"
    DECLINED = "declined"
    MISSED = "missed"
    CANCELLED = "cancelled"
    BUSY = "busy"


_S = CallStatus
CALL_MOVES: Mapping[CallStatus, frozenset[CallStatus]] = {
    _S.RINGING: frozenset({_S.ACTIVE, _S.DECLINED, _S.MISSED, _S.CANCELLED, _S.BUSY}),
    _S.ACTIVE: frozenset({_S.ENDED}),
    _S.ENDED: frozenset(),
    _S.DECLINED: frozenset(),
    _S.MISSED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.BUSY: frozenset(),
}
LIVE = frozenset(status for status, targets in CALL_MOVES.items() if targets)


class EndReason(StrEnum):
    """Why a call that was answered or cancelled is over."""

    HANGUP = "hangup"
    CANCELLED = "cancelled"
    DISCONNECTED = "disconnected"
    """A device was gone for longer than GRACE."""
