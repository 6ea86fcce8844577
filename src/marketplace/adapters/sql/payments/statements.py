from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import NAMESPACE_OID, UUID, uuid5

import asyncpg

from marketplace.adapters.sql.ids import first_id
from marketplace.adapters.sql.payments.movements import (
    BALANCES,
    LINES,
    SUMS_BY_KIND,
    accounts_of,
    balances_of,
)
from marketplace.adapters.sql.pool import Pool
from marketplace.application.payments.statements import (
    StatementDetails,
    StatementLineView,
    StatementNotFound,
    StatementQueries,
    Statements,
    StatementSums,
    StatementView,
)
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, Slice
from marketplace.application.shared.ports import Clock
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import decimal_of

AT_ONCE = 500

RUNNING = """
SELECT DISTINCT currency FROM payments.ledger_accounts
WHERE owner_id = $1 AND kind IN ('seller_pending', 'seller_payable') ORDER BY currency
"""
LIST = f"""
SELECT id, month, currency, -(held_minor + settled_minor + owed_minor) AS closing_minor,
    (SELECT count(*) FROM (SELECT FROM payments.statements WHERE owner_id = $1 LIMIT {EXACT_TOTAL_LIMIT + 1}) counted)
        AS total
FROM payments.statements
WHERE owner_id = $1 AND (month < $2 OR month = $2 AND currency > $3)
ORDER BY month DESC, currency OFFSET $4::int LIMIT $5
"""  # noqa: S608 - our own words
_ONE = "SELECT month, currency FROM payments.statements WHERE id = $1 AND owner_id = $2"
SELLERS = """
SELECT owner_id, currency FROM payments.ledger_accounts
WHERE kind = 'seller_pending' AND (owner_id, currency) > ($1, $2) ORDER BY owner_id, currency LIMIT $3
"""
MOVED = """
SELECT EXISTS (SELECT FROM payments.ledger_entries
        WHERE account_id = held AND transaction_id > $4 AND transaction_id < $5)
    OR EXISTS (SELECT FROM payments.ledger_entries
        WHERE account_id = settled AND transaction_id > $4 AND transaction_id < $5)
    OR EXISTS (SELECT FROM payments.ledger_entries
        WHERE account_id = owed AND transaction_id > $4 AND transaction_id < $5) AS moved
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY own(held, settled, owed, place) ORDER BY place
"""
_CLOSE = """
INSERT INTO payments.statements (id, owner_id, currency, month, held_minor, settled_minor, owed_minor)
SELECT id, owner_id, currency, $4, held, settled, owed
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $5::bigint[], $6::bigint[], $7::bigint[])
    one(id, owner_id, currency, held, settled, owed)
ON CONFLICT DO NOTHING
"""


class SqlStatements(Statements):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def close(self, month: date) -> int:
        """By the index of accounts, some hundred sellers at a time."""
        closed, after = 0, (UserId(UUID(int=0)), "")
        while True:
            async with self._pool.connection() as connection:
                sellers = await connection.fetch(SELLERS, *after, AT_ONCE)
                closed += await _close(connection, [(row[0], row[1]) for row in sellers], month)
            if len(sellers) < AT_ONCE:
                return closed
            after = sellers[-1]["owner_id"], sellers[-1]["currency"]


async def _close(connection: asyncpg.Connection, sellers: Sequence[tuple[UserId, str]], month: date) -> int:
    since, until = bounds(month)
    owners, currencies, held, settled, owed = balances_of(sellers)
    moved = await connection.fetch(MOVED, held, settled, owed, since, until)
    busy = [seller for seller, row in zip(sellers, moved, strict=True) if row["moved"]]
    rows = await connection.fetch(BALANCES, *balances_of(busy), month, until)
    owners, currencies = [row["owner_id"] for row in rows], [row["currency"] for row in rows]
    await connection.execute(
        _CLOSE, [statement_id(*one, month) for one in zip(owners, currencies, strict=True)], owners, currencies, month,
        *([row[name] for row in rows] for name in ("held_minor", "settled_minor", "owed_minor")),
    )  # fmt: skip
    return len(rows)


class SqlStatementQueries(StatementQueries):
    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def statements(
        self, actor: Actor, *, after: tuple[date, str] | None, skip: int, limit: int
    ) -> Slice[StatementView]:
        actor.require(Permission.RECEIVE_PAYOUTS)
        running: list[StatementView] = []
        async with self._pool.connection() as connection:
            if after is None or after[0] == self._month:
                running = [
                    one for one in await self._running(connection, actor) if not after or one.currency > after[1]
                ]
            place, currency = after or (date.max, "")
            rows = await connection.fetch(
                LIST, actor.user, place, currency, max(0, skip - len(running)), limit + 1
            )  # fmt: skip
            total = rows[0]["total"] if rows else 0
        found = running[skip:] + [
            StatementView(
                id=row["id"], month=row["month"], currency=row["currency"],
                closing=decimal_of(row["closing_minor"], row["currency"]), is_final=True,
            )
            for row in rows
        ]  # fmt: skip
        return Slice(found[:limit], total + len(running), len(found) > limit)

    async def statement(self, actor: Actor, statement_id: UUID) -> StatementDetails:
        actor.require(Permission.RECEIVE_PAYOUTS)
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_ONE, statement_id, actor.user)
            if row is not None:
                return await self._details(connection, actor, statement_id, row["month"], row["currency"])
            for (currency,) in await connection.fetch(RUNNING, actor.user):
                if statement_id_of(actor, currency, self._month) == statement_id:
                    return await self._details(connection, actor, statement_id, self._month, currency)
        raise StatementNotFound("no such statement", statement_id=statement_id)

    async def lines(
        self, actor: Actor, statement: StatementView, *, after: UUID | None, limit: int
    ) -> Sequence[StatementLineView]:
        since, until = bounds(statement.month)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(
                LINES, *accounts_of(actor.user, statement.currency), after or since, until, limit
            )
        return [_line(row, statement.currency) for row in rows]

    @property
    def _month(self) -> date:
        return self._clock.now().date().replace(day=1)

    async def _running(self, connection: asyncpg.Connection, actor: Actor) -> list[StatementView]:
        currencies = [row["currency"] for row in await connection.fetch(RUNNING, actor.user)]
        sellers = [(actor.user, currency) for currency in currencies]
        rows = await connection.fetch(BALANCES, *balances_of(sellers), self._month, bounds(self._month)[1])
        return [
            StatementView(
                id=statement_id_of(actor, row["currency"], self._month), month=self._month, currency=row["currency"],
                closing=decimal_of(_worth(row), row["currency"]), is_final=False,
            )
            for row in sorted(rows, key=lambda row: str(row["currency"]))
        ]  # fmt: skip

    async def _details(
        self, connection: asyncpg.Connection, actor: Actor, id_: UUID, month: date, currency: str
    ) -> StatementDetails:
        since, until = bounds(month)
        before = await connection.fetchrow(BALANCES, *balances_of([(actor.user, currency)]), month, since)
        by_kind = {row["kind"]: row for row in await connection.fetch(
            SUMS_BY_KIND, *accounts_of(actor.user, currency), since, until
        )}  # fmt: skip
        opening, change = _worth(before), -sum(row["minor"] for row in by_kind.values())
        fees = -sum(row["fee_minor"] for row in by_kind.values())
        sales = -sum(_gross(row) for kind, row in by_kind.items() if kind == "payment_captured")
        refunds = sum(_gross(row) for kind, row in by_kind.items() if kind == "refund_promised")
        payouts = sum(row["minor"] for kind, row in by_kind.items() if kind.startswith("payout_"))

        def money(minor: int) -> Decimal:
            return decimal_of(minor, currency)

        return StatementDetails(
            id=id_, month=month, currency=currency, closing=money(opening + change), is_final=month < self._month,
            sums=StatementSums(
                opening=money(opening), sales=money(sales), fees=money(fees), refunds=money(refunds),
                payouts=money(payouts), other=money(change - (sales - fees - refunds - payouts)),
                closing=money(opening + change),
            ),
        )  # fmt: skip


def bounds(month: date) -> tuple[UUID, UUID]:
    """Of the ids of its transactions."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    first, last = (first_id(datetime(day.year, day.month, 1, tzinfo=UTC)) for day in (month, following))
    return first, last


def statement_id(owner: UserId, currency: str, month: date) -> UUID:
    """The same while the month runs and when it is over."""
    return uuid5(NAMESPACE_OID, f"statement {owner} {currency} {month}")


def statement_id_of(actor: Actor, currency: str, month: date) -> UUID:
    return statement_id(actor.user, currency, month)


def _worth(row: asyncpg.Record) -> int:
    return -int(row["held_minor"] + row["settled_minor"] + row["owed_minor"])


def _gross(row: asyncpg.Record) -> int:
    return int(row["minor"] + row["fee_minor"])


def _line(row: asyncpg.Record, currency: str) -> StatementLineView:
    amount, fee = _worth(row), -int(row["fee_minor"])
    return StatementLineView(
        id=row["transaction_id"], at=row["posted_at"], kind=row["kind"], order_id=row["order_id"],
        order_number=row["number"], payment_id=row["payment_id"],
        gross=decimal_of(amount + fee, currency), fee=decimal_of(fee, currency), amount=decimal_of(amount, currency),
        held=decimal_of(-row["held_minor"], currency), settled=decimal_of(-row["settled_minor"], currency),
        owed=decimal_of(-row["owed_minor"], currency),
    )  # fmt: skip
