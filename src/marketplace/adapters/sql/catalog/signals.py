from collections.abc import Mapping

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.ports import Signal, Signals
from marketplace.domain.shared.ids import ListingId

_COUNT = {
    signal: f"""
INSERT INTO catalog.listing_signals AS known (listing_id, {signal})
SELECT * FROM unnest($1::uuid[], $2::bigint[]) ORDER BY 1
ON CONFLICT (listing_id) DO UPDATE SET {signal} = known.{signal} + excluded.{signal}"""  # noqa: S608 - our own words
    for signal in Signal
}
_SHOW_LIVE = """
INSERT INTO catalog.listing_signals (listing_id, is_live) VALUES ($1, $2)
ON CONFLICT (listing_id) DO UPDATE SET is_live = excluded.is_live"""


class SqlSignals(Signals):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def count(self, signal: Signal, times: Mapping[ListingId, int]) -> None:
        await self._transaction.connection.execute(_COUNT[signal], list(times), list(times.values()))

    async def show_live(self, listing_id: ListingId, *, is_live: bool) -> None:
        await self._transaction.connection.execute(_SHOW_LIVE, listing_id, is_live)
