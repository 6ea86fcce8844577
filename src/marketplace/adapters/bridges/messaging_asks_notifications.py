from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.messaging.ports import ToldMessages
from marketplace.domain.messaging.message import MessageId

FORGET = """
UPDATE notifications.user_events SET data = data || '{"content": "", "data": {}}'
WHERE data ->> 'messageId' = $1 AND name IN ('message:new', 'message:updated')
"""


class ToldMessagesOfNotifications(ToldMessages):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def forget(self, message_id: MessageId) -> None:
        await self._transaction.connection.execute(FORGET, str(message_id))
