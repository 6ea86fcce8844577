"""Payouts of sellers, their statements, and wallets."""

from collections.abc import Callable

from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.payments_asks_for_risks import RisksOfEverybody
from marketplace.adapters.documents.statements import PdfStatements
from marketplace.adapters.gateways.simulated_payouts import ConfiguredPayoutGateways, SimulatedPayouts
from marketplace.adapters.security.vault import Vault
from marketplace.adapters.sql.payments.payout_accounts import SqlPayoutAccounts, SqlPayoutSchedules
from marketplace.adapters.sql.payments.payout_queries import SqlPayoutQueries
from marketplace.adapters.sql.payments.payouts import SqlPayouts
from marketplace.adapters.sql.payments.statements import SqlStatementQueries, SqlStatements
from marketplace.adapters.sql.payments.wallets import SqlTopUps, SqlWalletQueries
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.payout_accounts import (
    AddPayoutAccount,
    ForgetPayoutAccounts,
    RemovePayoutAccount,
    RunPayoutSchedules,
    SetPayoutSchedule,
)
from marketplace.application.payments.payout_ports import (
    PayoutAccounts,
    PayoutGateways,
    PayoutQueries,
    PayoutRisks,
    Payouts,
    PayoutSchedules,
)
from marketplace.application.payments.payouts import (
    ApprovePayout,
    CancelPayout,
    PayoutSteps,
    RequestPayout,
    RetryPayout,
    ReversePayout,
    SendPayout,
    SettlePayout,
)
from marketplace.application.payments.statements import (
    CloseStatements,
    StatementPapers,
    StatementQueries,
    Statements,
    WriteStatement,
)
from marketplace.application.payments.wallet import PayablesOfTopUps, TopUps, TopUpWallet, WalletQueries
from marketplace.domain.payments.payout import PayoutLimits
from marketplace.domain.payments.payout_account import PayoutAccountKind
from marketplace.entrypoints.wiring.stripe import StripeSide


class PayoutsProvider(Provider):
    scope = Scope.REQUEST

    def __init__(self, key: Callable[[str], bytes], *, simulates: bool) -> None:
        super().__init__()
        self._key = key
        self._simulates = simulates

    @provide(scope=Scope.APP)
    def limits(self) -> PayoutLimits:
        return PayoutLimits()

    @provide(scope=Scope.APP)
    def gateways(self, pool: Pool, stripe: StripeSide) -> PayoutGateways:
        simulated = (PayoutAccountKind.BANK, PayoutAccountKind.CARD_TOKEN) if self._simulates else ()
        kinds = dict.fromkeys(simulated, "simulator")
        gateways = {"simulator": SimulatedPayouts(pool), **stripe.payout_gateways}
        return ConfiguredPayoutGateways({**kinds, **stripe.payout_kinds}, gateways)

    @provide
    def accounts(self, transaction: SqlTransaction) -> PayoutAccounts:
        return SqlPayoutAccounts(transaction, Vault([self._key("payout-accounts")]))

    payouts = provide(SqlPayouts, provides=Payouts)
    schedules = provide(SqlPayoutSchedules, provides=PayoutSchedules)
    risks = provide(RisksOfEverybody, provides=PayoutRisks)
    queries = provide(SqlPayoutQueries, provides=PayoutQueries, scope=Scope.APP)
    statements = provide(SqlStatements, provides=Statements, scope=Scope.APP)
    statement_queries = provide(SqlStatementQueries, provides=StatementQueries, scope=Scope.APP)
    papers = provide(PdfStatements, provides=StatementPapers, scope=Scope.APP)
    top_ups = provide(SqlTopUps, provides=TopUps)
    payables = provide(PayablesOfTopUps)
    wallet_queries = provide(SqlWalletQueries, provides=WalletQueries, scope=Scope.APP)
    use_cases = provide_all(
        PayoutSteps, RequestPayout, ApprovePayout, CancelPayout, RetryPayout, ReversePayout, SendPayout, SettlePayout,
        AddPayoutAccount, RemovePayoutAccount, ForgetPayoutAccounts, SetPayoutSchedule, RunPayoutSchedules,
        CloseStatements, WriteStatement, TopUpWallet,
    )  # fmt: skip
