from collections.abc import Sequence
from uuid import UUID

from marketplace.application.notifications.ports import UserEventEcho
from marketplace.application.shared.user_events import Notice
from marketplace.application.webhooks.deliveries import Happened, RecordEvents


class EchoToWebhooks(UserEventEcho):
    def __init__(self, record: RecordEvents) -> None:
        self._record = record

    async def __call__(self, appended: Sequence[tuple[UUID, Notice]]) -> None:
        await self._record([Happened(one.recipient, event_id, one.name, one.data) for event_id, one in appended])
