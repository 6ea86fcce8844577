from collections.abc import Sequence

from marketplace.application.notifications.ports import UserEvents
from marketplace.application.shared.letters import Post, PostedLetter
from marketplace.application.shared.ports import Transaction
from marketplace.domain.notifications.notice import Notice


class DeliverNotices:
    """Put notices into their recipients' sequences, from where sockets and `/sync/events` get them; post letters."""

    def __init__(self, transaction: Transaction, user_events: UserEvents, post: Post) -> None:
        self.transaction = transaction
        self.user_events = user_events
        self.post = post

    async def __call__(self, notices: Sequence[Notice], letters: Sequence[PostedLetter] = ()) -> None:
        async with self.transaction:
            if notices:
                await self.user_events.append(notices)
            for letter in letters:
                self.post.add(letter)
