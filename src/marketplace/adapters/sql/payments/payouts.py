import asyncpg
from sqlalchemy import bindparam, exists, insert, select, update

from marketplace.adapters.sql.payments.payout_tables import payouts
from marketplace.adapters.sql.statement import Statement, constant
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.payout_ports import Payouts
from marketplace.domain.payments.payout import HoldReason, Payout, PayoutNotFound, PayoutStatus
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import PayoutAccountId, PayoutId
from marketplace.domain.shared.money import Money

AWAITED = (PayoutStatus.REQUESTED, PayoutStatus.HELD, PayoutStatus.PROCESSING)

_ADD = Statement(insert(payouts))
_FIND = Statement(select(payouts).where(payouts.c.id == bindparam("payout_id")))
_LOCK = Statement(select(payouts).where(payouts.c.id == bindparam("payout_id")).with_for_update())
_IS_AWAITED = Statement(
    select(
        exists().where(
            payouts.c.account_id == bindparam("account"), payouts.c.status.in_([constant(one) for one in AWAITED])
        )
    )
)
_SAVE = Statement(
    update(payouts)
    .where(payouts.c.id == bindparam("payout_id"), payouts.c.version == bindparam("seen"))
    .values(
        status=bindparam("to"), held_for=bindparam("reason"), decided_by=bindparam("decider"),
        attempt=bindparam("number"), reference=bindparam("provider_reference"), message=bindparam("provider_message"),
        asked=bindparam("times_asked"), version=payouts.c.version + 1,
    )
)  # fmt: skip


class SqlPayouts(Payouts):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, payout: Payout) -> None:
        await _ADD.run(
            self._transaction.connection, id=payout.id, seller_id=payout.seller, account_id=payout.account_id,
            provider=payout.provider, amount_minor=payout.amount.minor, currency=payout.amount.currency,
            requested_by=payout.requested_by, decided_by=payout.decided_by, status=payout.status.value,
            held_for=payout.held_for, attempt=payout.attempt, reference=payout.reference, message=payout.message,
            asked=payout.asked, created_at=payout.created_at, version=payout.version,
        )  # fmt: skip
        self._transaction.ship(payout, payout.id)

    async def find(self, payout_id: PayoutId) -> Payout:
        return _found(await _FIND.one(self._transaction.connection, payout_id=payout_id), payout_id)

    async def lock(self, payout_id: PayoutId) -> Payout:
        return _found(await _LOCK.one(self._transaction.connection, payout_id=payout_id), payout_id)

    async def save(self, payout: Payout) -> None:
        saved = await _SAVE.run(
            self._transaction.connection, payout_id=payout.id, seen=payout.version, to=payout.status.value,
            reason=payout.held_for, decider=payout.decided_by, number=payout.attempt,
            provider_reference=payout.reference, provider_message=payout.message, times_asked=payout.asked,
        )  # fmt: skip
        if not saved:
            raise StaleAggregate("the payout changed meanwhile; load it again", payout_id=payout.id)
        payout.version += 1
        self._transaction.ship(payout, payout.id)

    async def is_awaited(self, account_id: PayoutAccountId) -> bool:
        return bool(await _IS_AWAITED.value(self._transaction.connection, account=account_id))


def _found(row: asyncpg.Record | None, payout_id: PayoutId) -> Payout:
    if row is None:
        raise PayoutNotFound("no such payout", payout_id=payout_id)
    return payout_of(row)


def payout_of(row: asyncpg.Record) -> Payout:
    return Payout(
        id=row["id"], seller=row["seller_id"], account_id=row["account_id"], provider=row["provider"],
        amount=Money(row["amount_minor"], row["currency"]), requested_by=row["requested_by"],
        decided_by=row["decided_by"], status=PayoutStatus(row["status"]),
        held_for=HoldReason(row["held_for"]) if row["held_for"] else None, attempt=row["attempt"],
        reference=row["reference"], message=row["message"], asked=row["asked"], created_at=row["created_at"],
        version=row["version"],
    )  # fmt: skip
