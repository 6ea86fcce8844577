from decimal import Decimal

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.invoicing.ports import Sales
from marketplace.domain.invoicing.invoice import Party, Sale, SaleNotFound, Sold
from marketplace.domain.ordering.order import number_of
from marketplace.domain.shared.ids import OrderId
from marketplace.domain.shared.money import Money

SALE = """
SELECT orders.number, currency, seller_id, seller.full_name AS seller_name, buyer_id, buyer.full_name AS buyer_name, (
    SELECT jsonb_agg(jsonb_build_object(
        'title', coalesce(listing.title, concat_ws(', ', coalesce(trade.commodity, lot.commodity),
            coalesce(trade.grade, lot.grade))),
        'quantity', trim_scale(line.quantity)::text, 'unit', line.unit, 'amount', line.amount_minor,
        'discount', line.discount_minor) ORDER BY line.line)
    FROM ordering.order_lines line
    LEFT JOIN catalog.listings listing ON line.kind = 'listing' AND listing.id = line.subject_id
    LEFT JOIN trading.trades trade ON line.kind = 'trade' AND trade.id = line.subject_id
    LEFT JOIN trading.tested_lots lot ON line.kind = 'lot' AND lot.id = line.subject_id
    WHERE line.order_id = orders.id
) AS lines
FROM ordering.orders
JOIN identity.users seller ON seller.id = seller_id
JOIN identity.users buyer ON buyer.id = buyer_id
WHERE orders.id = $1
"""


class SalesOfOrdering(Sales):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def of(self, order_id: OrderId) -> Sale:
        row = await self._transaction.connection.fetchrow(SALE, order_id)
        if row is None:
            raise SaleNotFound("no such order", order_id=order_id)
        return Sale(
            order_id=order_id, order_number=number_of(row["number"]),
            seller=Party(id=row["seller_id"], name=row["seller_name"]),
            buyer=Party(id=row["buyer_id"], name=row["buyer_name"]),
            lines=tuple(
                Sold(
                    title=line["title"], quantity=Decimal(line["quantity"]), unit=line["unit"],
                    amount=Money(line["amount"], row["currency"]), discount=Money(line["discount"], row["currency"]),
                )
                for line in row["lines"]
            ),
        )  # fmt: skip
