"""Placing an order, inside a transaction that holds what is sold: at list price or as it was negotiated."""

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.application.ordering.cart_ports import Discounts
from marketplace.application.ordering.fee_ports import FeeSchedules
from marketplace.application.ordering.orders import EXPIRE_ORDER
from marketplace.application.ordering.ports import Orders
from marketplace.application.shared.ports import Timers
from marketplace.domain.ordering.discount import Bearer, Discount
from marketplace.domain.ordering.order import Order
from marketplace.domain.shared.money import sum_of


@dataclass(frozen=True, slots=True)
class PlacingSteps:
    orders: Orders
    timers: Timers

    async def place(self, order: Order) -> None:
        order.place()
        await self.orders.add(order)
        self.timers.set(EXPIRE_ORDER, order.id, order.payment_due_at)


@dataclass(frozen=True, slots=True)
class DiscountSteps:
    discounts: Discounts
    fees: FeeSchedules

    async def reduce(self, code: str, orders: Sequence[Order]) -> None:
        """One use of a promo code for all of them, not written yet.

        What sellers bear lowers what their fee is of, by the schedules that were frozen; what the platform bears does
        not. Raises what Discounts.reserve and Order.reduce raise.
        """
        cut = await self.discounts.reserve(code, orders)
        by_line = iter(cut.by_line)
        for order in orders:
            off = [next(by_line) for _ in order.lines]
            amount = sum_of(off)
            if amount.minor:
                fees = [line.fee for line in order.lines]
                if cut.bearer is Bearer.SELLER:
                    schedules = await self.fees.used({fee.schedule for fee in fees})
                    dues = [line.amount - less for line, less in zip(order.lines, off, strict=True)]
                    fees = [schedules[fee.schedule].fee_on(due) for fee, due in zip(fees, dues, strict=True)]
                order.reduce(Discount(code_id=cut.code_id, amount=amount, bearer=cut.bearer), off, fees)
