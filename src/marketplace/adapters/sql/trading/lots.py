"""Tested lots with their reports."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import bindparam, insert, select, update

from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.trading.lot_tables import tested_lots
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.trading.tested_lot_ports import TestedLots
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.lot import (
    Finding,
    LabReport,
    LotNotFound,
    LotStatus,
    ReportId,
    TestedLot,
)
from marketplace.domain.trading.terms import LotId
from marketplace.domain.trading.units import Quantity, plain

REPORTS = """(
    SELECT coalesce(jsonb_agg(to_jsonb(report) ORDER BY report.id), '[]')
    FROM trading.lot_reports report WHERE report.lot_id = lot.id
) AS reports"""
_LOCKED = Statement(select(tested_lots).where(tested_lots.c.id == bindparam("id")).with_for_update())
_SHARED = Statement(select(tested_lots).where(tested_lots.c.id == bindparam("id")).with_for_update(read=True))
_REPORTS_OF = f"SELECT {REPORTS} FROM (SELECT $1::uuid AS id) lot"  # noqa: S608 - our own words
"""Read after the lot is locked, so that a report that came meanwhile is among them."""
_ADD = Statement(insert(tested_lots))
_FIXED = {"id", "owner_id", "created_at", "version"}
_CHANGING: dict[str, Any] = {one.name: bindparam(one.name) for one in tested_lots.c if one.name not in _FIXED}
_SAVE = Statement(
    update(tested_lots)
    .where(tested_lots.c.id == bindparam("lot_id"), tested_lots.c.version == bindparam("seen"))
    .values(**_CHANGING, version=tested_lots.c.version + 1)
)
_ATTACH = """
INSERT INTO trading.lot_reports (id, lot_id, parameters, method, laboratory, tested_on, certificate_number,
    document_id, document_sha256, attached_at)
SELECT report.id, $1, report.parameters, report.method, report.laboratory, report.tested_on, report.certificate,
    report.document_id, report.sha256, report.attached_at
FROM unnest($2::uuid[], $3::jsonb[], $4::text[], $5::text[], $6::date[], $7::text[], $8::uuid[], $9::text[],
    $10::timestamptz[]) report(id, parameters, method, laboratory, tested_on, certificate, document_id, sha256,
    attached_at)
ON CONFLICT (id) DO NOTHING
"""


class SqlTestedLots(TestedLots):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def locked(self, lot_id: LotId) -> TestedLot:
        return await self._read(_LOCKED, lot_id)

    async def shared(self, lot_id: LotId) -> TestedLot:
        return await self._read(_SHARED, lot_id)

    async def _read(self, statement: Statement, lot_id: LotId) -> TestedLot:
        row = await statement.one(self._transaction.connection, id=lot_id)
        if row is None:
            raise LotNotFound("no such lot", lot_id=lot_id)
        return lot_of(row, await self._transaction.connection.fetchval(_REPORTS_OF, lot_id))

    async def add(self, lot: TestedLot) -> None:
        await _ADD.run(self._transaction.connection, **_row(lot))
        await self._attach(lot)

    async def save(self, lot: TestedLot) -> None:
        row = {name: value for name, value in _row(lot).items() if name not in _FIXED}
        if not await _SAVE.run(self._transaction.connection, lot_id=lot.id, seen=lot.version, **row):
            raise StaleAggregate("the lot changed meanwhile; load it again", lot_id=lot.id)
        lot.version += 1
        await self._attach(lot)

    async def _attach(self, lot: TestedLot) -> None:
        if lot.reports:
            columns = map(list, zip(*map(_report_row, lot.reports), strict=True))
            await self._transaction.connection.execute(_ATTACH, lot.id, *columns)


def _row(lot: TestedLot) -> dict[str, object]:
    return {
        "id": lot.id, "owner_id": lot.owner, "commodity": lot.commodity, "grade": lot.grade, "origin": lot.origin,
        "place": lot.place, "quality": dict(lot.quality), "quantity": lot.quantity.amount, "unit": lot.quantity.unit,
        "price_minor": lot.price and lot.price.minor, "currency": lot.price and lot.price.currency,
        "price_unit": lot.price_unit, "status": lot.status.value, "created_at": lot.created_at,
        "version": lot.version,
    }  # fmt: skip


def _report_row(report: LabReport) -> tuple[object, ...]:
    """In the order of _ATTACH's arrays."""
    parameters = {name: {"value": one.value, "unit": one.unit} for name, one in report.parameters.items()}
    return (
        report.id, parameters, report.method, report.laboratory, report.tested_on, report.certificate_number,
        report.document_id, report.document_sha256, report.attached_at,
    )  # fmt: skip


def lot_of(row: asyncpg.Record, reports: Iterable[Mapping[str, Any]]) -> TestedLot:
    """`reports` as REPORTS gives them."""
    return TestedLot(
        id=row["id"], owner=row["owner_id"], commodity=row["commodity"], grade=row["grade"], origin=row["origin"],
        place=row["place"], quality=row["quality"], quantity=Quantity(plain(row["quantity"]), row["unit"]),
        price=None if row["price_minor"] is None else Money(row["price_minor"], row["currency"]),
        price_unit=row["price_unit"], status=LotStatus(row["status"]), reports=tuple(map(_report, reports)),
        created_at=row["created_at"], version=row["version"],
    )  # fmt: skip


def _report(row: Mapping[str, Any]) -> LabReport:
    return LabReport(
        id=ReportId(UUID(row["id"])), parameters={name: Finding(**one) for name, one in row["parameters"].items()},
        method=row["method"], laboratory=row["laboratory"], tested_on=date.fromisoformat(row["tested_on"]),
        certificate_number=row["certificate_number"], document_id=UUID(row["document_id"]),
        document_sha256=row["document_sha256"], attached_at=datetime.fromisoformat(row["attached_at"]),
    )  # fmt: skip
