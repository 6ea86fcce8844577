from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.messaging.ports import ToldMessages
from marketplace.domain.messaging.message import MessageId

FORGET = """
WITH forgotten AS (
    UPDATE notifications.user_events SET data = data || '{"content": "", "data": {}}'
    WHERE data ->> 'messageId' = $1 AND name IN ('message:new', 'message:updated') RETURNING event_id
)
UPDATE webhooks.deliveries
SET body = jsonb_set(jsonb_set(body::jsonb, '{data,content}', '""'), '{data,data}', '{}')::text
WHERE event_type IN ('message.created', 'message.updated') AND event_id IN (SELECT event_id FROM forgotten)
"""
"""In the sequences, and in the history of webhooks, which replays them."""


class ToldMessagesOfNotifications(ToldMessages):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def forget(self, message_id: MessageId) -> None:
        await self._transaction.connection.execute(FORGET, str(message_id))
