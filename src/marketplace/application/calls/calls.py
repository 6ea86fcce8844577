from collections.abc import Collection, Mapping
from dataclasses import dataclass

from marketplace.application.calls.ports import CallLimits, Calls, Lines
from marketplace.application.calls.views import CallView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.application.shared.user_events import Notice, UserEvents
from marketplace.domain.calls.call import Call
from marketplace.domain.calls.moves import AlreadyInCall, CalleeBusy, CallId, CallStatus, Media, NotPairOfPeople
from marketplace.domain.shared.ids import ConversationId, UserId

MISS_CALL = "calls.miss"

_SAID: Mapping[CallStatus, str] = {
    CallStatus.RINGING: "call:incoming", CallStatus.ACTIVE: "call:accepted", CallStatus.DECLINED: "call:declined",
    CallStatus.MISSED: "call:missed", CallStatus.BUSY: "call:missed", CallStatus.CANCELLED: "call:ended",
    CallStatus.ENDED: "call:ended",
}  # fmt: skip
_TO_CALLEE = frozenset({CallStatus.RINGING, CallStatus.BUSY})
"""The caller has it as an answer."""


def news_of(call: Call) -> list[Notice]:
    """What people hear of where the call stands now, on all their devices."""
    data: dict[str, object] = {"call_id": call.id}
    if call.status in _TO_CALLEE:
        data |= {"from": call.caller, "media": call.media, "conversationId": call.conversation_id}
    if call.status is CallStatus.RINGING:
        data["expiresAt"] = call.rings_until
    if call.status is CallStatus.BUSY:
        data["reason"] = call.status
    if call.status is CallStatus.ACTIVE:
        data["deviceId"] = call.devices[call.callee]
    if call.reason:
        data |= {"reason": call.reason, "endedBy": call.ended_by, "durationSeconds": call.seconds}
    recipients = [call.callee] if call.status in _TO_CALLEE else [call.caller, call.callee]
    return [Notice(one, _SAID[call.status], data) for one in recipients]


@dataclass(frozen=True, slots=True)
class SaveCall:
    """After a move, inside the running transaction: the call is saved and both sides hear of it."""

    calls: Calls
    user_events: UserEvents
    timers: Timers

    async def __call__(self, call: Call) -> CallView:
        self.timers.clear(MISS_CALL, call.id)
        await self.calls.save(call)
        await self.user_events.append(news_of(call))
        return CallView.of(call)


@dataclass(frozen=True, slots=True)
class StartCall:
    calls: Calls
    lines: Lines
    user_events: UserEvents
    limits: CallLimits
    timers: Timers
    transaction: Transaction
    ids: Ids
    clock: Clock

    async def __call__(self, actor: Actor, conversation_id: ConversationId, media: Media) -> CallView:
        """Every device of the other side rings. A busy one does not: the call is recorded all the same.

        Raises SessionRequired, TooManyCalls, ConversationNotFound, CallRefused, NotPairOfPeople, AlreadyInCall,
        CalleeBusy.
        """
        device = actor.own_session()
        await self.limits.start(actor.user)
        callee = _other(await self.lines.members_of(conversation_id, actor), actor.user)
        async with self.transaction:
            live = await self.calls.hold_lines(actor.user, callee)
            if actor.user in live:
                raise AlreadyInCall("you are in a call: end it first", call_id=live[actor.user])
            call = Call(
                id=CallId(self.ids.new()), conversation_id=conversation_id, caller=actor.user, callee=callee,
                media=media, started_at=self.clock.now(), devices={actor.user: device},
            )  # fmt: skip
            if callee in live:
                call.find_busy()
            else:
                call.ring()
                self.timers.set(MISS_CALL, call.id, call.rings_until)
            await self.calls.add(call)
            await self.user_events.append(news_of(call))
            if call.is_live:
                return self.transaction.answers(CallView.of(call))
        raise CalleeBusy("the other side is in another call: try later", call=CallView.of(call))


def _other(members: Collection[UserId], user: UserId) -> UserId:
    others = [one for one in members if one != user]
    if len(others) != 1:
        raise NotPairOfPeople("a call is between two people, and this conversation is not")
    return others[0]


@dataclass(frozen=True, slots=True)
class AcceptCall:
    save: SaveCall
    calls: Calls
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, call_id: CallId) -> CallView:
        """On this device; the others hear so and ring no more. Raises what Call.accept raises, and SessionRequired."""
        device = actor.own_session()
        async with self.transaction:
            call = await self.calls.lock(call_id)
            call.accept(actor.user, device, self.clock.now())
            return self.transaction.answers(await self.save(call))


@dataclass(frozen=True, slots=True)
class DeclineCall:
    save: SaveCall
    calls: Calls
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, call_id: CallId) -> CallView:
        """Raises what Call.decline raises, and SessionRequired."""
        actor.own_session()
        async with self.transaction:
            call = await self.calls.lock(call_id)
            call.decline(actor.user, self.clock.now())
            return self.transaction.answers(await self.save(call))


@dataclass(frozen=True, slots=True)
class HangUp:
    save: SaveCall
    calls: Calls
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, call_id: CallId) -> CallView:
        """While it rings the caller cancels it so, and the callee declines it. Raises CallNotFound, SessionRequired."""
        actor.own_session()
        async with self.transaction:
            call = await self.calls.lock(call_id)
            if call.hang_up(actor.user, self.clock.now()):
                return self.transaction.answers(await self.save(call))
            return self.transaction.answers(CallView.of(call))


@dataclass(frozen=True, slots=True)
class MissCall:
    """Rung when nobody has answered in time."""

    save: SaveCall
    calls: Calls
    transaction: Transaction
    clock: Clock

    async def __call__(self, call_id: CallId) -> None:
        async with self.transaction:
            call = await self.calls.lock(call_id)
            if call.miss(self.clock.now()):
                await self.save(call)
