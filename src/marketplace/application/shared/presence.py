"""Who has a socket with any process of any node at this moment. It may be lost, and is then found out anew."""

from collections.abc import Collection
from typing import Protocol

from marketplace.domain.shared.ids import UserId

REAPED_AT_ONCE = 100


class Presence(Protocol):
    """Each process tells of its own, and beats or is taken for dead; those four raise Unavailable."""

    async def came(self, users: Collection[UserId]) -> set[UserId]:
        """They have a socket here. Those of them who were not online before."""
        ...

    async def went(self, users: Collection[UserId]) -> set[UserId]:
        """They have none here any more. Those of them who have none anywhere."""
        ...

    async def beat(self) -> int:
        """This process lives. How many are noted as here."""
        ...

    async def reap(self) -> set[UserId] | None:
        """Forget REAPED_AT_ONCE of those who were with a dead process: who of them has a socket nowhere.

        None once there are no more.
        """
        ...

    async def online(self, users: Collection[UserId]) -> set[UserId] | None:
        """None while it is not known."""
        ...
