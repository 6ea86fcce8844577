from collections.abc import Mapping
from dataclasses import dataclass

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
