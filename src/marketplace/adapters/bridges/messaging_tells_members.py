from collections.abc import Sequence

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.messaging.ports import Item, News
from marketplace.application.notifications.ports import UserEvents
from marketplace.domain.messaging.message import MessageId
from marketplace.domain.notifications.notice import Notice

FORGET = """
UPDATE notifications.user_events SET data = data || '{"content": "", "data": {}}'
WHERE data ->> 'messageId' = $1 AND name IN ('message:new', 'message:updated')
"""


class NewsOfNotifications(News):
    """In the sender's own transaction: what was acknowledged is announced with its commit."""

    def __init__(self, user_events: UserEvents, transaction: SqlTransaction) -> None:
        self._user_events = user_events
        self._transaction = transaction

    async def tell(self, items: Sequence[Item]) -> None:
        await self._user_events.append([Notice(item.to, item.name, item.data) for item in items])

    async def forget(self, message_id: MessageId) -> None:
        await self._transaction.connection.execute(FORGET, str(message_id))
