from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from marketplace.domain.inventory.hold import Hold, HoldId, HoldStatus, Stock


class Stocks(Protocol):
    """How much of everything is held and sold. A stock is locked from its first use until the transaction ends; who
    takes of several takes in order of their ids. Listings are locked before their stocks, negotiations
    and orders after."""

    async def take(self, hold: Hold, *, of: Decimal) -> Stock:
        """Set the quantity aside, `of` being all there ever was of the subject; raises NothingLeft."""
        ...

    async def held_for(self, reference: UUID) -> list[Hold]:
        """What is held for it still, in the order in which stocks are locked."""
        ...

    async def taken_for(self, reference: UUID) -> list[Hold]:
        """What is held for it still or was sold to it, in the same order."""
        ...

    async def find(self, hold_id: HoldId) -> Hold | None:
        """If it is held still."""
        ...

    async def settle(self, hold: Hold, to: HoldStatus) -> Stock | None:
        """Give the quantity back, or sell it, as HOLD_MOVES allows; None when there is nothing to do any more."""
        ...

    async def of(self, subject: UUID) -> Stock | None:
        """Locked; None when nothing was ever held of it."""
        ...


class Goods(Protocol):
    """Answered by the contexts whose goods are held, inside the running transaction."""

    async def lock(self, holds: Sequence[Hold]) -> None:
        """Lock the goods, before their stocks."""
        ...

    async def settled(self, hold: Hold, to: HoldStatus, stock: Stock) -> None:
        """A hold ended, and this is the stock now."""
        ...
