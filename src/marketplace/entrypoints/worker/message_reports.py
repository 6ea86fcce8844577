"""Who wrote what a moderator took down is told why."""

from dishka import AsyncContainer

from marketplace.application.notifications.deliver import DeliverNotices
from marketplace.application.shared.user_events import Notice
from marketplace.domain.messaging.conversation import MessageTakenDown
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.on(MessageTakenDown, "notifications.message_taken_down")
    async def tell_of_take_down(scope: AsyncContainer, event: MessageTakenDown) -> None:
        data = {"messageId": event.message_id, "conversationId": event.conversation_id, "reason": event.reason}
        await (await scope.get(DeliverNotices))([Notice(event.author, "message:taken_down", data)])
