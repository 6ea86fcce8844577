from collections.abc import Sequence

from marketplace.application.messaging.ports import Item, News
from marketplace.application.notifications.ports import UserEvents
from marketplace.domain.notifications.notice import Notice


class NewsOfNotifications(News):
    """In the sender's own transaction: what was acknowledged is announced with its commit."""

    def __init__(self, user_events: UserEvents) -> None:
        self._user_events = user_events

    async def tell(self, items: Sequence[Item]) -> None:
        await self._user_events.append([Notice(item.to, item.name, item.data) for item in items])
