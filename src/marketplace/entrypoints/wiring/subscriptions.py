from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.payments_asks_subscriptions import PayablesOfSubscriptions
from marketplace.adapters.bridges.subscriptions_asks_identity import CreatorsOfIdentity
from marketplace.adapters.bridges.subscriptions_asks_ordering import FeesOfSubscriptions
from marketplace.adapters.bridges.subscriptions_asks_payments import CollectorOfPayments
from marketplace.adapters.sql.subscriptions.plans import SqlPlans
from marketplace.adapters.sql.subscriptions.queries import SqlMembership, SqlSubscriptionQueries
from marketplace.adapters.sql.subscriptions.subscriptions import SqlSubscriptions
from marketplace.application.subscriptions.plans import AddPlan, RevisePlan
from marketplace.application.subscriptions.ports import (
    Collector,
    Creators,
    Fees,
    Membership,
    Plans,
    SubscriptionQueries,
    Subscriptions,
)
from marketplace.application.subscriptions.renewals import (
    ChargePeriod,
    CloseSubscriptions,
    TurnSubscription,
    WithholdSubscriptions,
)
from marketplace.application.subscriptions.subscriptions import (
    CancelSubscription,
    ChangePlan,
    OwnSubscriptions,
    PauseSubscription,
    PayByAnother,
    ResumeSubscription,
    Subscribe,
)


class SubscriptionsProvider(Provider):
    scope = Scope.REQUEST

    plans = provide(SqlPlans, provides=Plans)
    subscriptions = provide(SqlSubscriptions, provides=Subscriptions)
    queries = provide(SqlSubscriptionQueries, provides=SubscriptionQueries, scope=Scope.APP)
    membership = provide(SqlMembership, provides=Membership, scope=Scope.APP)
    payables = provide(PayablesOfSubscriptions)
    collector = provide(CollectorOfPayments, provides=Collector)
    fees = provide(FeesOfSubscriptions, provides=Fees)
    creators = provide(CreatorsOfIdentity, provides=Creators)
    use_cases = provide_all(
        AddPlan, RevisePlan, ChargePeriod, TurnSubscription, CloseSubscriptions, WithholdSubscriptions,
        OwnSubscriptions, Subscribe, CancelSubscription, PauseSubscription, ResumeSubscription, ChangePlan,
        PayByAnother,
    )  # fmt: skip
