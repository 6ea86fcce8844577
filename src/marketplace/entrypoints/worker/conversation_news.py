"""Who is called to a conversation they are not looking at, and who is told why a message of theirs is gone."""

from dishka import AsyncContainer

from marketplace.application.notifications.deliver import Alert, DeliverNotices
from marketplace.application.shared.user_events import Notice
from marketplace.domain.calls.call import CallEnded, CallStarted
from marketplace.domain.calls.moves import CallStatus
from marketplace.domain.messaging.conversation import MessageTakenDown, MessageWritten
from marketplace.entrypoints.worker.registry import Handlers

UNHEARD = frozenset({CallStatus.MISSED, CallStatus.BUSY, CallStatus.CANCELLED})


def subscribe(handlers: Handlers) -> None:
    @handlers.on(MessageWritten, "notifications.message_written")
    async def call_readers(scope: AsyncContainer, event: MessageWritten) -> None:
        about = {"conversationId": event.conversation_id, "messageId": event.message_id}
        await (await scope.get(Alert))("message:received", event.author, event.to, about)

    @handlers.on(CallStarted, "notifications.call_started")
    async def ring(scope: AsyncContainer, event: CallStarted) -> None:
        await (await scope.get(Alert))("call:ringing", event.caller, [event.callee], _about(event))

    @handlers.on(CallEnded, "notifications.call_ended")
    async def tell_of_missed_call(scope: AsyncContainer, event: CallEnded) -> None:
        if event.status in UNHEARD:
            await (await scope.get(Alert))("call:unheard", event.caller, [event.callee], _about(event))

    @handlers.on(MessageTakenDown, "notifications.message_taken_down")
    async def tell_of_take_down(scope: AsyncContainer, event: MessageTakenDown) -> None:
        data = {"messageId": event.message_id, "conversationId": event.conversation_id, "reason": event.reason}
        await (await scope.get(DeliverNotices))([Notice(event.author, "message:taken_down", data)])


def _about(event: CallStarted | CallEnded) -> dict[str, object]:
    return {"conversationId": event.conversation_id, "callId": event.call_id, "media": event.media}
