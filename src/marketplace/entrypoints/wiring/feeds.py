from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.catalog_asks_social import AffinitiesOfSocial
from marketplace.adapters.bridges.catalog_asks_trading import NegotiatingOfTrading
from marketplace.adapters.sql.catalog.community import SqlCommunityQueries
from marketplace.adapters.sql.catalog.discover import SqlDiscoverQueries
from marketplace.application.catalog.feeds import Affinities, CommunityQueries, DiscoverQueries, Negotiating
from marketplace.application.catalog.live import ShowLive


class FeedsProvider(Provider):
    scope = Scope.APP

    affinities = provide(AffinitiesOfSocial, provides=Affinities)
    negotiating = provide(NegotiatingOfTrading, provides=Negotiating)
    discover = provide(SqlDiscoverQueries, provides=DiscoverQueries)
    community = provide(SqlCommunityQueries, provides=CommunityQueries)
    use_cases = provide_all(ShowLive, scope=Scope.REQUEST)
