from collections.abc import Mapping, Sequence
from typing import Protocol


class Rooms(Protocol):
    async def tell(self, rooms: Sequence[str], name: str, data: Mapping[str, object]) -> None:
        """To every socket in any of these rooms, each at most once; now or never: nothing is stored.

        Every socket is in the room `user:<id>` of its user.
        """
        ...
