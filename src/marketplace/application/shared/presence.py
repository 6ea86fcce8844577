"""Who has a socket with any process of any node at this moment. It may be lost, and is then found out anew."""

from collections.abc import Collection
from typing import Protocol

from marketplace.domain.shared.ids import UserId


class Presence(Protocol):
    """Each process tells of its own; all raise Unavailable."""

    async def came(self, users: Collection[UserId]) -> set[UserId]:
        """They have a socket here. Those of them that had none anywhere before."""
        ...

    async def went(self, users: Collection[UserId]) -> set[UserId]:
        """They have none here any more. Those of them that have none anywhere."""
        ...

    async def beat(self) -> tuple[int, set[UserId]]:
        """This process lives. How many are noted as here, and who is gone with processes that have fallen silent."""
        ...

    async def online(self, users: Collection[UserId]) -> set[UserId]: ...
