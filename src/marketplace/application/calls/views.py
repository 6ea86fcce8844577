from datetime import datetime
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from marketplace.domain.calls.call import Call
from marketplace.domain.calls.moves import CallId, CallStatus, EndReason, Media
from marketplace.domain.shared.ids import ConversationId, UserId


class CallView(msgspec.Struct, frozen=True):
    """`ended_by` is null where the service ended it: missed, busy, or a device was gone. `duration_seconds` is how long
    they spoke."""

    id: CallId
    conversation_id: ConversationId
    caller_id: UserId
    callee_id: UserId
    media: Annotated[Media, Meta(examples=["video"])]
    status: Annotated[CallStatus, Meta(examples=["ended"])]
    started_at: datetime
    rings_until: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ended_by: UserId | None
    end_reason: Annotated[EndReason | None, Meta(examples=["hangup"])]
    duration_seconds: Annotated[int, Meta(examples=[312])]

    @classmethod
    def of(cls, one: Call) -> Self:
        return cls(
            id=one.id, conversation_id=one.conversation_id, caller_id=one.caller, callee_id=one.callee,
            media=one.media, status=one.status, started_at=one.started_at, rings_until=one.rings_until,
            answered_at=one.answered_at, ended_at=one.ended_at, ended_by=one.ended_by, end_reason=one.reason,
            duration_seconds=one.seconds,
        )  # fmt: skip


class IceServer(msgspec.Struct, frozen=True, omit_defaults=True):
    """As RTCPeerConnection takes it (W3C WebRTC, RTCIceServer)."""

    urls: Annotated[list[str], Meta(examples=[["turn:turn.example.com:3478"]])]
    username: Annotated[str | None, Meta(examples=["1798761600:01987a2e-6c00-7d3a-9b5e-4f1c2a7d8e90"])] = None
    credential: Annotated[str | None, Meta(examples=["k0mN1Lw4v1UZ3zq1m3sUuSy2x2U="])] = None


class IceServersView(msgspec.Struct, frozen=True):
    """The credential is good until `expires_at`: what is begun by then goes on."""

    ice_servers: list[IceServer]
    expires_at: datetime
