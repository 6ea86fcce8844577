from typing import Any

import asyncpg
from sqlalchemy import bindparam, insert, select, update

from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.trading.tables import trades
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.trading.ports import Trades
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.trade import Need, Trade, TradeId, TradeNotFound, TradeSide, TradeStatus, Visibility
from marketplace.domain.trading.units import Quantity, plain

_LOCKED = Statement(select(trades).where(trades.c.id == bindparam("id")).with_for_update())
_SHARED = Statement(select(trades).where(trades.c.id == bindparam("id")).with_for_update(read=True))
_OPEN_OF = """
SELECT * FROM trading.trades WHERE owner_id = $1 AND status IN ('published', 'negotiating')
ORDER BY valid_until, id LIMIT $2 FOR UPDATE
"""
_ADD = Statement(insert(trades))
_FIXED = {"id", "owner_id", "created_at", "version"}
_CHANGING: dict[str, Any] = {one.name: bindparam(one.name) for one in trades.c if one.name not in _FIXED}
_SAVE = Statement(
    update(trades)
    .where(trades.c.id == bindparam("trade_id"), trades.c.version == bindparam("seen"))
    .values(**_CHANGING, version=trades.c.version + 1)
)


class SqlTrades(Trades):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def locked(self, trade_id: TradeId) -> Trade:
        return self._found(await _LOCKED.one(self._transaction.connection, id=trade_id), trade_id)

    async def shared(self, trade_id: TradeId) -> Trade:
        return self._found(await _SHARED.one(self._transaction.connection, id=trade_id), trade_id)

    def _found(self, row: asyncpg.Record | None, trade_id: TradeId) -> Trade:
        if row is None:
            raise TradeNotFound("no such trade", trade_id=trade_id)
        return trade_of(row)

    async def open_of(self, owner: UserId, limit: int) -> list[Trade]:
        return [trade_of(row) for row in await self._transaction.connection.fetch(_OPEN_OF, owner, limit)]

    async def add(self, trade: Trade) -> None:
        await _ADD.run(self._transaction.connection, **_row(trade))
        self._transaction.ship(trade, trade.id)

    async def save(self, trade: Trade) -> None:
        row = {name: value for name, value in _row(trade).items() if name not in _FIXED}
        saved = await _SAVE.run(self._transaction.connection, trade_id=trade.id, seen=trade.version, **row)
        if not saved:
            raise StaleAggregate("the trade changed meanwhile; load it again", trade_id=trade.id)
        trade.version += 1
        self._transaction.ship(trade, trade.id)


def _row(trade: Trade) -> dict[str, object]:
    need = trade.need
    return {
        "id": trade.id, "owner_id": trade.owner, "side": trade.side.value, "commodity": need.commodity,
        "grade": need.grade, "quality": dict(need.quality), "quantity": need.quantity.amount,
        "unit": need.quantity.unit, "target_minor": need.target and need.target.minor, "currency": need.currency,
        "price_unit": need.price_unit, "delivery_place": need.delivery_place, "delivery_terms": need.delivery_terms,
        "delivery_days": need.delivery_days, "payment_terms": need.payment_terms,
        "visibility": trade.visibility.value, "invited": sorted(trade.invited), "valid_until": trade.valid_until,
        "status": trade.status.value, "created_at": trade.created_at, "version": trade.version,
    }  # fmt: skip


def trade_of(row: asyncpg.Record) -> Trade:
    target = None if row["target_minor"] is None else Money(row["target_minor"], row["currency"])
    need = Need(
        commodity=row["commodity"], grade=row["grade"], quality=row["quality"],
        quantity=Quantity(plain(row["quantity"]), row["unit"]), target=target, currency=row["currency"],
        price_unit=row["price_unit"], delivery_place=row["delivery_place"], delivery_terms=row["delivery_terms"],
        delivery_days=row["delivery_days"], payment_terms=row["payment_terms"],
    )  # fmt: skip
    return Trade(
        id=row["id"], owner=row["owner_id"], side=TradeSide(row["side"]), need=need,
        visibility=Visibility(row["visibility"]), invited=frozenset(row["invited"]), valid_until=row["valid_until"],
        status=TradeStatus(row["status"]), created_at=row["created_at"], version=row["version"],
    )  # fmt: skip
