from collections.abc import Sequence

from marketplace.application.notifications.ports import UserEvents
from marketplace.application.notifications.tell import Tell
from marketplace.application.shared.ports import Transaction
from marketplace.application.shared.posting import PostedLetter
from marketplace.domain.notifications.notice import Notice


class DeliverNotices:
    """Put notices into their recipients' sequences, from where sockets and `/sync/events` get them.

    What else becomes of them and of the letters, Tell decides in the same transaction.
    """

    def __init__(self, transaction: Transaction, user_events: UserEvents, tell: Tell) -> None:
        self.transaction = transaction
        self.user_events = user_events
        self.tell = tell

    async def __call__(self, notices: Sequence[Notice], letters: Sequence[PostedLetter] = ()) -> None:
        async with self.transaction:
            told = await self.tell(notices, letters)
            if told:
                await self.user_events.append(told)
