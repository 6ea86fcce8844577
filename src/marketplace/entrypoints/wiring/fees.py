from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.catalog_asks_ordering import FeesOfOrdering
from marketplace.adapters.bridges.ordering_asks_for_scopes import FeeScopesOfEverybody
from marketplace.adapters.sql.ordering.fee_queries import SqlFeeQueries
from marketplace.adapters.sql.ordering.fee_schedules import KnownFees, SqlFeeSchedules
from marketplace.application.catalog.ports import Fees
from marketplace.application.ordering.fee_ports import FeeQueries, FeeSchedules, FeeScopes
from marketplace.application.ordering.fee_schedules import AddFeeSchedule, ChangeFeeSchedule


class FeesProvider(Provider):
    scope = Scope.REQUEST

    @provide(scope=Scope.APP)
    def known(self) -> KnownFees:
        return KnownFees()

    schedules = provide(SqlFeeSchedules, provides=FeeSchedules)
    scopes = provide(FeeScopesOfEverybody, provides=FeeScopes)
    queries = provide(SqlFeeQueries, provides=FeeQueries, scope=Scope.APP)
    listed = provide(FeesOfOrdering, provides=Fees)
    use_cases = provide_all(AddFeeSchedule, ChangeFeeSchedule)
