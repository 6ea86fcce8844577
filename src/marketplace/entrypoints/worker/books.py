"""The nightly comparison of our books with those of providers, who hears of differences, and the invariants."""

from datetime import datetime

import structlog
from dishka import AsyncContainer

from marketplace.application.notifications.deliver import DeliverNotices
from marketplace.application.payments.ledger_reads import SETTLED_AFTER, LedgerCheckpoints
from marketplace.application.payments.reconciliation import ReconcileEverybody
from marketplace.application.payments.reconciliation_ports import Bookkeepers
from marketplace.application.shared.invariants import Invariants
from marketplace.application.shared.user_events import Notice
from marketplace.domain.payments.reconciliation import BooksCompared
from marketplace.entrypoints.worker import metrics
from marketplace.entrypoints.worker.registry import Handlers

log = structlog.get_logger()


def subscribe(handlers: Handlers) -> None:
    @handlers.cron("payments.reconcile", "40 2 * * *", transactional=False)
    async def reconcile(scope: AsyncContainer, at: datetime) -> None:
        await (await scope.get(ReconcileEverybody))(at)

    @handlers.cron("payments.advance_checkpoints", "50 * * * *", transactional=False)
    async def advance_checkpoints(scope: AsyncContainer, at: datetime) -> None:
        await (await scope.get(LedgerCheckpoints)).advance(at - SETTLED_AFTER)

    @handlers.routine("check_invariants", 60.0)
    async def check_invariants(scope: AsyncContainer) -> None:
        for checked in await (await scope.get(Invariants)).check():
            metrics.INVARIANTS.labels(checked.name).set(len(checked.violations))
            for line in checked.news:
                log.error("invariant_violated", invariant=checked.name, violation=line)
            if checked.error:
                log.warning("invariant_not_checked", invariant=checked.name, error=checked.error)

    @handlers.on(BooksCompared, "notifications.books_compared")
    async def tell_of_differences(scope: AsyncContainer, event: BooksCompared) -> None:
        metrics.DIFFERENCES.labels(event.provider).set(event.differences)
        facts = {
            "reconciliation_id": event.reconciliation_id, "provider": event.provider,
            "differences": event.differences,
        }  # fmt: skip
        told = []
        if event.is_news:
            log.error("books_differ", **{name: str(fact) for name, fact in facts.items()})
            told = [
                Notice(person, "reconciliation:differs", facts)
                for person in await (await scope.get(Bookkeepers)).everybody()
            ]
        await (await scope.get(DeliverNotices))(told)
