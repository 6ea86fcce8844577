"""Events for those who listen at this moment: typing, presence, chat of a stream. They have no number and no log."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec

from marketplace.domain.shared.ids import UserId

FADED_AFTER = 5.0


class Rooms(Protocol):
    """A room is `<kind>:<id>`; every socket is in `user:<id>` of its own user."""

    async def tell(
        self, rooms: Sequence[str], name: str, data: Mapping[str, object], *, fades_to: str | None = None
    ) -> None:
        """To every socket in any of these rooms, each at most once; now or never: nothing is stored.

        Raises nothing: what cannot be told is lost. What one process tells is heard in its order. What fades is
        followed by `fades_to` with the same data FADED_AFTER seconds later, unless more is told of it before.
        """
        ...

    async def expel(self, user: UserId, room: str) -> None:
        """Take every socket of `user` out of `room`, once it is stored that they may not hear it any more.

        Raises Unavailable if it may have gone unheard: repeat it.
        """
        ...


class Told(msgspec.Struct, tag="told", frozen=True):
    rooms: tuple[str, ...]
    name: str
    data: msgspec.Raw
    fades_to: str | None = None


class Expelled(msgspec.Struct, tag="expelled", frozen=True):
    user: UserId
    room: str


RoomNews = Told | Expelled


class RoomListening(Protocol):
    def listen(self, heard: Callable[[RoomNews], None]) -> AbstractAsyncContextManager[Awaitable[None]]:
        """Hear all rooms of all processes from entering the block on.

        Gives an awaitable that ends when nothing can be heard any more.
        """
        ...
