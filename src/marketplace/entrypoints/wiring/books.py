"""Proof of the books: reconciliation with providers, invariants, and reads of the ledger."""

from dishka import AnyOf, Provider, Scope, provide, provide_all

from marketplace.adapters.sql.invariants.checks import SqlInvariantQueries, SqlInvariants
from marketplace.adapters.sql.payments.ledger_checkpoints import SqlLedgerCheckpoints
from marketplace.adapters.sql.payments.ledger_queries import SqlLedgerQueries
from marketplace.adapters.sql.payments.own_books import SqlOwnBooks
from marketplace.adapters.sql.payments.reconciliations import SqlReconciliationQueries, SqlReconciliations
from marketplace.application.payments.ledger_reads import LedgerCheckpoints, LedgerQueries
from marketplace.application.payments.reconciliation import Reconcile, ReconcileEverybody, RunReconciliation
from marketplace.application.payments.reconciliation_ports import (
    Bookkeepers,
    OwnBooks,
    ReconciliationQueries,
    Reconciliations,
)
from marketplace.application.shared.invariants import InvariantQueries, Invariants


class BooksProvider(Provider):
    scope = Scope.REQUEST

    own_books = provide(SqlOwnBooks, provides=OwnBooks, scope=Scope.APP)
    reconciliations = provide(SqlReconciliations, provides=Reconciliations)
    queries = provide(SqlReconciliationQueries, provides=AnyOf[ReconciliationQueries, Bookkeepers], scope=Scope.APP)
    ledger_queries = provide(SqlLedgerQueries, provides=LedgerQueries, scope=Scope.APP)
    checkpoints = provide(SqlLedgerCheckpoints, provides=LedgerCheckpoints, scope=Scope.APP)
    invariants = provide(SqlInvariants, provides=Invariants, scope=Scope.APP)
    invariant_queries = provide(SqlInvariantQueries, provides=InvariantQueries, scope=Scope.APP)
    use_cases = provide_all(Reconcile, RunReconciliation, ReconcileEverybody)
