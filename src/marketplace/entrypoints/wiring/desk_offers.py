"""The trade desk's offers and awards."""

from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.desk_asks_identity import PublicNamesOfIdentity
from marketplace.adapters.bridges.desk_asks_inventory import SupplyOfInventory
from marketplace.adapters.sql.trading.desk_offer_queries import SqlDeskOfferQueries
from marketplace.adapters.sql.trading.shortlist import SqlShortlist
from marketplace.application.trading.desk_awards import AcceptDeskOffer, Awards, AwardTrade
from marketplace.application.trading.desk_offers import (
    CounterDeskOffer,
    Deliverable,
    OfferOnTrade,
    RejectDeskOffer,
    ReviseDeskOffer,
    ShortlistOffer,
    WithdrawDeskOffer,
)
from marketplace.application.trading.desk_ports import DeskOfferQueries, PublicNames, Shortlist, Supply


class DeskOffersProvider(Provider):
    scope = Scope.REQUEST

    shortlist = provide(SqlShortlist, provides=Shortlist)
    supply = provide(SupplyOfInventory, provides=Supply)
    names = provide(PublicNamesOfIdentity, provides=PublicNames)
    queries = provide(SqlDeskOfferQueries, provides=DeskOfferQueries, scope=Scope.APP)
    use_cases = provide_all(
        Deliverable, OfferOnTrade, ReviseDeskOffer, CounterDeskOffer, RejectDeskOffer, WithdrawDeskOffer,
        ShortlistOffer, Awards, AcceptDeskOffer, AwardTrade,
    )  # fmt: skip
