from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.trading.parse_tables import parses
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.trading.parsing import Parses
from marketplace.domain.shared.ids import UserId
from marketplace.domain.trading.parsed import Parse, ParsedField, ParsedTrade, ParseId, ParseNotFound

_LOCKED = Statement(
    select(parses).where(parses.c.id == bindparam("id"), parses.c.owner_id == bindparam("owner")).with_for_update()
)
_ADD = Statement(insert(parses))
_SAVE = Statement(update(parses).where(parses.c.id == bindparam("parse_id")).values(trade_id=bindparam("trade_id")))
FORGET = """
WITH forgotten AS (
    DELETE FROM trading.parses WHERE id = ANY (ARRAY(SELECT id FROM trading.parses WHERE owner_id = $1 LIMIT $2))
    RETURNING 1
)
SELECT count(*) FROM forgotten
"""
FORGET_UNCONFIRMED = """
WITH forgotten AS (
    DELETE FROM trading.parses WHERE trade_id IS NULL AND id = ANY (ARRAY(
        SELECT id FROM trading.parses WHERE trade_id IS NULL AND created_at < $1 ORDER BY created_at LIMIT $2
    )) RETURNING 1
)
SELECT count(*) FROM forgotten
"""
"""What is confirmed meanwhile stays."""


class SqlParses(Parses):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, parse: Parse) -> None:
        fields = {
            name: [one.value, one.confidence, list(one.span), one.unit] for name, one in parse.read.fields.items()
        }
        await _ADD.run(
            self._transaction.connection, id=parse.id, owner_id=parse.owner, text=parse.read.text, fields=fields,
            trade_id=parse.trade, created_at=parse.created_at,
        )  # fmt: skip

    async def locked(self, parse_id: ParseId, owner: UserId) -> Parse:
        row = await _LOCKED.one(self._transaction.connection, id=parse_id, owner=owner)
        if row is None:
            raise ParseNotFound("no such parse", parse_id=parse_id)
        fields = {
            name: ParsedField(value, confidence, (start, end), unit)
            for name, (value, confidence, (start, end), unit) in row["fields"].items()
        }
        return Parse(
            id=row["id"], owner=row["owner_id"], read=ParsedTrade(row["text"], fields), created_at=row["created_at"],
            trade=row["trade_id"],
        )  # fmt: skip

    async def save(self, parse: Parse) -> None:
        await _SAVE.run(self._transaction.connection, parse_id=parse.id, trade_id=parse.trade)

    async def forget(self, owner: UserId, limit: int) -> int:
        forgotten: int = await self._transaction.connection.fetchval(FORGET, owner, limit)
        return forgotten

    async def forget_unconfirmed(self, before: datetime, limit: int) -> int:
        forgotten: int = await self._transaction.connection.fetchval(FORGET_UNCONFIRMED, before, limit)
        return forgotten
