from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.disputes_asks_identity import ModeratorsOfIdentity
from marketplace.adapters.bridges.disputes_asks_ordering import DisputedOrdersOfOrdering
from marketplace.adapters.bridges.disputes_asks_payments import DisputedMoneyOfPayments
from marketplace.adapters.sql.disputes.disputes import SqlDisputes
from marketplace.adapters.sql.disputes.queries import SqlDisputeQueries
from marketplace.application.disputes.disputes import (
    AcceptProposal,
    EscalateDispute,
    LapseResponse,
    OpenDispute,
    RespondToDispute,
    WithdrawDispute,
    WriteInDispute,
)
from marketplace.application.disputes.endings import Endings, LoseToBank
from marketplace.application.disputes.evidence import AddEvidence, DeleteEvidence, LinkEvidence, OpenEvidence
from marketplace.application.disputes.ports import (
    DisputedMoney,
    DisputedOrders,
    DisputeQueries,
    Disputes,
    Moderators,
)
from marketplace.application.disputes.rulings import ResolveDispute


class DisputesProvider(Provider):
    scope = Scope.REQUEST

    disputes = provide(SqlDisputes, provides=Disputes)
    orders = provide(DisputedOrdersOfOrdering, provides=DisputedOrders)
    money = provide(DisputedMoneyOfPayments, provides=DisputedMoney)
    queries = provide(SqlDisputeQueries, provides=DisputeQueries, scope=Scope.APP)
    moderators = provide(ModeratorsOfIdentity, provides=Moderators, scope=Scope.APP)
    of_sides = provide_all(
        OpenDispute, RespondToDispute, WriteInDispute, AcceptProposal, EscalateDispute, WithdrawDispute, LapseResponse
    )
    endings = provide_all(Endings, ResolveDispute, LoseToBank)
    evidence = provide_all(AddEvidence, LinkEvidence, OpenEvidence, DeleteEvidence)
