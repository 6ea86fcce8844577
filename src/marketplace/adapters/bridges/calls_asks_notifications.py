from collections.abc import Sequence

from marketplace.application.calls.ports import Bell, CallNews
from marketplace.application.notifications.ports import UserEvents
from marketplace.domain.notifications.notice import Notice


class BellOfNotifications(Bell):
    def __init__(self, user_events: UserEvents) -> None:
        self._user_events = user_events

    async def tell(self, news: Sequence[CallNews]) -> None:
        await self._user_events.append([Notice(one.recipient, one.name, one.data) for one in news])
