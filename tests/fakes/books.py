"""Our books against a provider's, in memory: what payments and refunds say, and what was posted."""

from collections.abc import Collection, Mapping
from copy import deepcopy
from datetime import datetime

from marketplace.adapters.sql.payments.movements import first_id
from marketplace.adapters.sql.payments.own_books import KINDS, POSTINGS
from marketplace.application.payments.reconciliation_ports import OwnBooks, Reconciliations
from marketplace.domain.payments.ledger import AccountKind, LedgerTransaction
from marketplace.domain.payments.reconciliation import (
    MovementKey,
    MovementKind,
    OwnMovement,
    Reconciliation,
    ReconciliationId,
    Standing,
)
from marketplace.domain.payments.refund import RefundStatus
from marketplace.domain.shared.ids import PaymentId, RefundId
from marketplace.domain.shared.money import Money
from tests.fakes.world import MemoryTransaction


class MemoryOwnBooks(OwnBooks):
    """Charges and refunds; there are no payouts in memory."""

    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def posted(self, provider: str, since: datetime, until: datetime) -> Collection[MovementKey]:
        return {
            MovementKey(KINDS[kind], source)
            for (kind, source), posting in self._transaction.rows.posted.items()
            if kind in KINDS and first_id(since) < posting.id < first_id(until) and _at(provider, posting)
        }

    async def movements(self, provider: str, keys: Collection[MovementKey]) -> Mapping[MovementKey, OwnMovement]:
        return {key: self._movement(provider, key) for key in keys}

    def _movement(self, provider: str, key: MovementKey) -> OwnMovement:
        rows = self._transaction.rows
        found = (rows.posted.get((kind, key.id)) for kind in POSTINGS[key.kind])
        posting = next((one for one in found if one is not None), None)
        posted = None if posting is None else _at(provider, posting)
        if key.kind is MovementKind.CHARGE:
            payment = rows.payments.get(PaymentId(key.id))
            if payment is not None and payment.provider == provider:
                is_done = payment.is_collected or payment.came_late
                standing = Standing.UNDER_WAY if payment.in_flight else Standing.NOT_DONE
                return OwnMovement(
                    key=key, standing=Standing.DONE if is_done else standing, amount=payment.amount,
                    posted=posted, reference=payment.reference, begun_at=payment.created_at,
                )  # fmt: skip
        refund = rows.refunds.get(RefundId(key.id))
        if refund is not None and rows.payments[refund.payment_id].provider == provider:
            under_way = {RefundStatus.APPROVED, RefundStatus.PROCESSING}
            standing = Standing.UNDER_WAY if refund.status in under_way else Standing.NOT_DONE
            return OwnMovement(
                key=key, standing=Standing.DONE if refund.status is RefundStatus.SUCCEEDED else standing,
                amount=refund.amount, posted=posted, reference=refund.reference, begun_at=refund.created_at,
            )  # fmt: skip
        return OwnMovement(
            key=key, standing=Standing.NOT_DONE, amount=None, posted=posted, reference=None, begun_at=None
        )


class MemoryReconciliations(Reconciliations):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def lock(self, reconciliation_id: ReconciliationId) -> Reconciliation | None:
        return deepcopy(self._transaction.inside.reconciliations.get(reconciliation_id))

    async def save(self, run: Reconciliation) -> None:
        self._transaction.ship(run)
        self._transaction.inside.reconciliations[run.id] = deepcopy(run)


def _at(provider: str, posting: LedgerTransaction) -> Money | None:
    """What it moved at the provider."""
    sign = 1 if posting.kind in POSTINGS[MovementKind.CHARGE] else -1
    for entry in posting.entries:
        if entry.account.kind is AccountKind.PROVIDER_CLEARING and entry.account.provider == provider:
            return Money(sign * entry.minor, entry.account.currency)
    return None
