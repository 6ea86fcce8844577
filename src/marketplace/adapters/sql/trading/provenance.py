"""Where an order comes from, read from the rows of lots, reports, offers and orders."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.trading.provenance import (
    AgreedView,
    Kept,
    LinkKind,
    LotProvenanceView,
    ProvenanceLink,
    ProvenanceNotFound,
    ProvenanceQueries,
    Provenances,
    ProvenanceView,
    Source,
    chain,
)
from marketplace.domain.shared.ids import OrderId
from marketplace.domain.trading.lot import LotNotFound
from marketplace.domain.trading.terms import LotId

MOST_ORDERS = 100
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def _text(time: str) -> str:
    """Always in UTC and to the microsecond, whatever the session."""
    return f"""to_char({time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


AGREED = """
WITH agreed AS MATERIALIZED (
    SELECT id, negotiation_id, created_at, CASE WHEN subject_kind = 'lot' THEN subject_id ELSE (
        SELECT (terms ->> 'lot')::uuid FROM trading.offers offer
        WHERE offer.negotiation_id = orders.negotiation_id ORDER BY offer.id DESC LIMIT 1
    ) END AS lot_id
    FROM ordering.orders WHERE id = $1
)
SELECT kind, id FROM (
    SELECT 1 AS step, 'lot' AS kind, lot_id AS id FROM agreed WHERE lot_id IS NOT NULL
    UNION ALL
    SELECT 2, 'report', report.id FROM agreed JOIN trading.lot_reports report USING (lot_id)
    WHERE report.attached_at <= agreed.created_at
    UNION ALL
    SELECT 3, 'terms', offer.id FROM agreed JOIN trading.offers offer USING (negotiation_id)
    UNION ALL
    SELECT 4, 'order', id FROM agreed
) links ORDER BY step, id
"""
OF_LOT = """
SELECT 'lot' AS kind, id FROM trading.tested_lots WHERE id = $1
UNION ALL
(SELECT 'report', id FROM trading.lot_reports WHERE lot_id = $1 ORDER BY id)
"""
SOURCES = f"""
SELECT 'lot' AS kind, id, created_at AS at, jsonb_build_object(
    'kind', 'lot', 'id', id, 'owner_id', owner_id, 'commodity', commodity, 'grade', grade, 'origin', origin,
    'quality', quality, 'quantity', trim_scale(quantity)::text, 'unit', unit, 'at', {_text("created_at")}
) AS content FROM trading.tested_lots WHERE id = ANY ($1::uuid[])
UNION ALL
SELECT 'report', id, attached_at, jsonb_build_object(
    'kind', 'report', 'id', id, 'lot_id', lot_id, 'parameters', parameters, 'method', method,
    'laboratory', laboratory, 'tested_on', tested_on, 'certificate_number', certificate_number,
    'document_id', document_id, 'document_sha256', document_sha256, 'at', {_text("attached_at")}
) FROM trading.lot_reports WHERE id = ANY ($1::uuid[])
UNION ALL
SELECT 'terms', offer.id, created_at, jsonb_build_object(
    'kind', 'terms', 'id', offer.id, 'negotiation_id', negotiation_id, 'side', side, 'price_minor', price_minor,
    'currency', currency, 'price_unit', price_unit, 'quantity', trim_scale(quantity)::text, 'unit', unit,
    'terms', terms, 'at', {_text("created_at")}
) FROM trading.offers offer JOIN trading.negotiations negotiation ON negotiation.id = negotiation_id
WHERE offer.id = ANY ($1::uuid[])
UNION ALL
SELECT 'order', id, created_at, jsonb_build_object(
    'kind', 'order', 'id', id, 'subject_kind', subject_kind, 'subject_id', subject_id,
    'negotiation_id', negotiation_id, 'buyer_id', buyer_id, 'seller_id', seller_id, 'amount_minor', amount_minor,
    'currency', currency, 'fee_minor', fee_minor, 'at', {_text("created_at")}, 'lines', (
        SELECT jsonb_agg(jsonb_build_object(
            'kind', kind, 'subject_id', line.subject_id, 'quantity', trim_scale(quantity)::text, 'unit', unit,
            'amount_minor', line.amount_minor, 'fee_rule', fee_rule, 'fee_basis_points', fee_basis_points,
            'fee_base_minor', fee_base_minor, 'fee_minor', line.fee_minor) ORDER BY line)
        FROM ordering.order_lines line WHERE order_id = orders.id
    )
) FROM ordering.orders WHERE id = ANY ($1::uuid[])
"""  # noqa: S608 - our own words
_FREEZE = """
INSERT INTO trading.provenances (order_id, lot_id, kinds, ids, hashes, frozen_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (order_id) DO NOTHING
"""
_FROZEN = "SELECT lot_id, kinds, ids, hashes, frozen_at FROM trading.provenances WHERE order_id = $1"
_IS_PARTY = "SELECT EXISTS (SELECT FROM ordering.orders WHERE id = $1 AND $2 IN (buyer_id, seller_id))"
_IS_OWNER = "SELECT EXISTS (SELECT FROM trading.tested_lots WHERE id = $1 AND owner_id = $2)"
ORDERS_OF = f"""
SELECT order_id, hashes[cardinality(hashes)] AS hash, frozen_at
FROM trading.provenances JOIN ordering.orders ON orders.id = order_id
WHERE lot_id = $1 AND $2 IN (buyer_id, seller_id) ORDER BY order_id DESC LIMIT {MOST_ORDERS}
"""  # noqa: S608


class SqlProvenances(Provenances):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def of_agreement(self, order_id: OrderId) -> Sequence[Source]:
        return await _sources(self._transaction.connection, AGREED, order_id)

    async def freeze(
        self, order_id: OrderId, lot_id: LotId | None, links: Sequence[ProvenanceLink], now: datetime
    ) -> None:
        await self._transaction.connection.execute(
            _FREEZE, order_id, lot_id, [one.kind.value for one in links], [one.id for one in links],
            [one.hash for one in links], now,
        )  # fmt: skip


class SqlProvenanceQueries(ProvenanceQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def order(self, actor: Actor, order_id: OrderId) -> ProvenanceView:
        async with self._pool.connection() as connection:
            if not await connection.fetchval(_IS_PARTY, order_id, actor.user):
                raise ProvenanceNotFound("no such order", order_id=order_id)
            frozen = await connection.fetchrow(_FROZEN, order_id)
            kept = await _kept(connection, order_id, frozen)
        links = chain(kept.sources)
        if kept.hashes:
            links = [
                ProvenanceLink(one.kind, one.id, one.at, one.content, kept.hashes[i]) for i, one in enumerate(links)
            ]
        lot = next((LotId(one.id) for one in links if one.kind is LinkKind.LOT), None)
        return ProvenanceView(order_id, lot, frozen and frozen["frozen_at"], links, links[-1].hash)

    async def lot(self, actor: Actor, lot_id: LotId) -> LotProvenanceView:
        actor.require(Permission.TRADE)
        async with self._pool.connection() as connection:
            orders = await connection.fetch(ORDERS_OF, lot_id, actor.user)
            if not orders and not await connection.fetchval(_IS_OWNER, lot_id, actor.user):
                raise LotNotFound("no such lot", lot_id=lot_id)
            links = chain(await _sources(connection, OF_LOT, lot_id))
        agreed = [AgreedView(row["order_id"], row["hash"], row["frozen_at"]) for row in orders]
        return LotProvenanceView(lot_id, links, links[-1].hash, agreed)

    async def kept(self, first: ProvenanceLink, last: ProvenanceLink) -> Kept:
        async with self._pool.connection() as connection:
            if last.kind is LinkKind.ORDER:
                return await _kept(connection, last.id, await connection.fetchrow(_FROZEN, last.id))
            return Kept(await _sources(connection, OF_LOT, first.id))


async def _kept(connection: asyncpg.Connection, order_id: UUID, frozen: asyncpg.Record | None) -> Kept:
    if frozen is None:
        return Kept(await _sources(connection, AGREED, order_id))
    named = list(zip(map(LinkKind, frozen["kinds"]), frozen["ids"], strict=True))
    return Kept(await _read(connection, named), frozen["hashes"])


async def _sources(connection: asyncpg.Connection, statement: str, of: UUID) -> list[Source]:
    rows = await connection.fetch(statement, of)
    return await _read(connection, [(LinkKind(row["kind"]), row["id"]) for row in rows])


async def _read(connection: asyncpg.Connection, named: Sequence[tuple[LinkKind, UUID]]) -> list[Source]:
    """In this order. What is gone says nothing."""
    rows = await connection.fetch(SOURCES, [id_ for _, id_ in named])
    found = {(row["kind"], row["id"]): row for row in rows}
    return [
        Source(kind, id_, row["at"], row["content"])
        if (row := found.get((kind, id_)))
        else Source(kind, id_, _NEVER, {})
        for kind, id_ in named
    ]
