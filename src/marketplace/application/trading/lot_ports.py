from typing import Protocol

from marketplace.domain.shared.ids import UserId
from marketplace.domain.trading.terms import LotId
from marketplace.domain.trading.units import Quantity


class Lots(Protocol):
    """The tested lots that are offered on the desk."""

    async def for_offer(self, owner: UserId, lot_id: LotId, commodity: str) -> Quantity:
        """All there ever was of the owner's available lot of this commodity; it stays so until the transaction ends.

        Raises LotNotFound or LotNotAvailable.
        """
        ...
