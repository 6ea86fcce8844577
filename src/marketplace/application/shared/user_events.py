from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from marketplace.domain.shared.ids import UserId


@dataclass(frozen=True, slots=True)
class Notice:
    """Something one user is to hear. `name` and `data` are public: what clients get, money as Decimal.

    `quiet`: its recipient did it, or hears of it by another notice too, so nobody has to be called.
    """

    recipient: UserId
    name: str
    data: Mapping[str, object]
    quiet: bool = False


class UserEvents(Protocol):
    async def append(self, notices: Sequence[Notice]) -> None:
        """Number each notice in its recipient's sequence, without gaps, and announce it at the commit.

        Once per transaction, and late in it: recipients are locked, in order of their ids.
        """
        ...
