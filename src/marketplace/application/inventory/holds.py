"""What becomes of holds: the order they wait for is paid or dead, or their time is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.application.inventory.ports import Goods, Stocks
from marketplace.application.shared.ports import Transaction
from marketplace.domain.inventory.hold import Hold, HoldId, HoldStatus

RELEASE_HOLD = "inventory.release_hold"


@dataclass(frozen=True, slots=True)
class SettleHolds:
    """React to the payment or the end of an order: all that was taken for it is sold, or to be had again."""

    stocks: Stocks
    goods: Goods
    transaction: Transaction

    async def __call__(self, reference: UUID, to: HoldStatus) -> None:
        async with self.transaction:
            await _settle(self, await self.stocks.taken_for(reference), to)


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    """Rung by the deadline of a hold that waits for no order."""

    stocks: Stocks
    goods: Goods
    transaction: Transaction

    async def __call__(self, hold_id: HoldId) -> None:
        async with self.transaction:
            hold = await self.stocks.find(hold_id)
            await _settle(self, [hold] if hold else [], HoldStatus.RELEASED)


async def _settle(by: SettleHolds | ReleaseHold, holds: Sequence[Hold], to: HoldStatus) -> None:
    await by.goods.lock(holds)
    for hold in holds:
        if stock := await by.stocks.settle(hold, to):
            await by.goods.settled(hold, to, stock)
