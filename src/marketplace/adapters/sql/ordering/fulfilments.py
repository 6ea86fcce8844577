from decimal import Decimal

import asyncpg

from marketplace.adapters.sql.ordering.orders import plain
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.ordering.life_ports import Fulfilments
from marketplace.domain.ordering.fulfilment import Fulfilment, Shipment
from marketplace.domain.shared.ids import OrderId

OF_ORDER = """
SELECT f.*, (
    SELECT jsonb_object_agg(line, quantity::text) FROM ordering.fulfilment_lines WHERE fulfilment_id = f.id
) AS quantities
FROM ordering.fulfilments f WHERE f.order_id = $1 ORDER BY f.id
"""
_ADD = """
WITH added AS (
    INSERT INTO ordering.fulfilments
        (id, order_id, by_id, round, carrier, tracking_number, tracking_url, note, shipped_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id
)
INSERT INTO ordering.fulfilment_lines (fulfilment_id, line, quantity)
SELECT added.id, line, quantity FROM added, unnest($10::smallint[], $11::numeric[]) one(line, quantity)
"""


class SqlFulfilments(Fulfilments):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def of(self, order_id: OrderId) -> list[Fulfilment]:
        return [fulfilment_of(row) for row in await self._transaction.connection.fetch(OF_ORDER, order_id)]

    async def add(self, fulfilment: Fulfilment) -> None:
        said = fulfilment.shipment
        await self._transaction.connection.execute(
            _ADD, fulfilment.id, fulfilment.order_id, fulfilment.by, fulfilment.round, said.carrier,
            said.tracking_number, said.tracking_url, said.note, fulfilment.shipped_at, list(fulfilment.quantities),
            list(fulfilment.quantities.values()),
        )  # fmt: skip


def fulfilment_of(row: asyncpg.Record) -> Fulfilment:
    quantities: dict[int, Decimal] = {int(line): plain(quantity) for line, quantity in row["quantities"].items()}
    said = Shipment(
        carrier=row["carrier"], tracking_number=row["tracking_number"], tracking_url=row["tracking_url"],
        note=row["note"], quantities=quantities, shipped_at=row["shipped_at"],
    )  # fmt: skip
    return Fulfilment(
        id=row["id"], order_id=row["order_id"], by=row["by_id"], round=row["round"], shipment=said,
        quantities=quantities, shipped_at=row["shipped_at"],
    )  # fmt: skip
