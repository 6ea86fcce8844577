"""What two devices must tell each other before they can talk directly, passed on and kept nowhere."""

from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.application.calls.ports import CallLimits, LiveCalls
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.rooms import Rooms
from marketplace.domain.calls.moves import CallId, SignalTooLarge

DESCRIPTION = 48 * 1024
"""Bytes of JSON: a session description of 32 KiB, with the escapes of its line ends and what is around it."""

SIGNALS = {"webrtc:offer": DESCRIPTION, "webrtc:answer": DESCRIPTION, "webrtc:ice-candidate": 4 * 1024}
"""The largest of each, in bytes of JSON."""


@dataclass(frozen=True, slots=True)
class RelaySignal:
    live_calls: LiveCalls
    rooms: Rooms
    limits: CallLimits

    async def __call__(self, actor: Actor, call_id: CallId, name: str, data: Mapping[str, object], size: int) -> None:
        """`data` as it is to the other side of a call that rings or goes on; `size` is that of its JSON, in bytes.

        Raises SessionRequired, SignalTooLarge, TooManyCalls, CallNotFound, CallOver, OtherDevice.
        """
        device = actor.own_session()
        if size > SIGNALS[name]:
            raise SignalTooLarge(f"has at most {SIGNALS[name]} bytes", field="body")
        await self.limits.signal(actor.user)
        call = await self.live_calls.find(call_id)
        await self.rooms.tell([f"user:{call.hearer_of(actor.user, device)}"], name, data)
