from collections.abc import Mapping, Sequence

from marketplace.application.notifications.ports import Names
from marketplace.application.notifications.tell import Tell
from marketplace.application.shared.ports import Transaction
from marketplace.application.shared.posting import PostedLetter
from marketplace.application.shared.user_events import Notice, UserEvents
from marketplace.domain.shared.ids import UserId


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


class Alert:
    """Of what people hear on their sockets otherwise: it calls those who are away.

    Only what their centre shows of it goes into their sequences.
    """

    def __init__(self, transaction: Transaction, user_events: UserEvents, tell: Tell, names: Names) -> None:
        self.transaction = transaction
        self.user_events = user_events
        self.tell = tell
        self.names = names

    async def __call__(self, name: str, by: UserId, to: Sequence[UserId], data: Mapping[str, object]) -> None:
        async with self.transaction:
            facts = {**data, "userId": by, "username": await self.names.of(by)}
            told = await self.tell([Notice(one, name, facts) for one in to], ())
            if shown := [notice for notice in told if "notification" in notice.data]:
                await self.user_events.append(shown)
