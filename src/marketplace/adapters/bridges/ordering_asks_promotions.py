from collections.abc import Sequence

from marketplace.adapters.bridges.promotions_asks_catalog import CATEGORIES
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.ordering.cart_ports import Cut, Discounts
from marketplace.application.promotions.discounts import ReserveDiscount
from marketplace.application.promotions.ports import Redemptions
from marketplace.domain.ordering.discount import Bearer
from marketplace.domain.ordering.order import Order
from marketplace.domain.promotions.discount import Line, PromoCodeApplied
from marketplace.domain.shared.subject import SubjectKind

CLASSES = f"SELECT l.id, l.channel, {CATEGORIES} FROM catalog.listings l WHERE l.id = ANY ($1::uuid[])"  # noqa: S608 - our own words


class DiscountsOfPromotions(Discounts):
    def __init__(self, transaction: SqlTransaction, reserve: ReserveDiscount, redemptions: Redemptions) -> None:
        self._transaction = transaction
        self._reserve = reserve
        self._redemptions = redemptions

    async def reserve(self, code: str, orders: Sequence[Order]) -> Cut:
        first = orders[0]
        if first.number is not None and first.discount is None and await self._redemptions.live(first.id):
            raise PromoCodeApplied("the promo code of your checkout takes nothing off this order", order_id=first.id)
        discount = await self._reserve(code, first.buyer, await self._lines(orders), [order.id for order in orders])
        return Cut(code_id=discount.code_id, bearer=Bearer(discount.bearer), by_line=discount.by_line)

    async def _lines(self, orders: Sequence[Order]) -> list[Line]:
        listings = [line.subject for order in orders for line in order.lines if line.kind is SubjectKind.LISTING]
        rows = {row["id"]: row for row in await self._transaction.connection.fetch(CLASSES, listings)}
        return [
            Line(
                seller=order.seller, amount=line.amount, channel=row["channel"],
                categories=frozenset(row["categories"]), listing=line.subject,
            )
            if (row := rows.get(line.subject))
            else Line(seller=order.seller, amount=line.amount)
            for order in orders
            for line in order.lines
        ]  # fmt: skip
