from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.promotions_asks_catalog import ShelfOfCatalog
from marketplace.adapters.bridges.promotions_asks_ordering import PastOrdersOfOrdering
from marketplace.adapters.sql.promotions.promo_codes import SqlPromoCodes
from marketplace.adapters.sql.promotions.queries import SqlPromoCodeQueries
from marketplace.adapters.sql.promotions.redemptions import SqlRedemptions
from marketplace.application.promotions.codes import AddPromoCode, DeactivatePromoCode, RevisePromoCode
from marketplace.application.promotions.discounts import ReserveDiscount, SettleRedemption, ValidatePromoCode
from marketplace.application.promotions.ports import PastOrders, PromoCodeQueries, PromoCodes, Redemptions, Shelf


class PromotionsProvider(Provider):
    scope = Scope.REQUEST

    codes = provide(SqlPromoCodes, provides=PromoCodes)
    redemptions = provide(SqlRedemptions, provides=Redemptions)
    orders = provide(PastOrdersOfOrdering, provides=PastOrders)
    shelf = provide(ShelfOfCatalog, provides=Shelf, scope=Scope.APP)
    queries = provide(SqlPromoCodeQueries, provides=PromoCodeQueries, scope=Scope.APP)
    use_cases = provide_all(
        AddPromoCode, RevisePromoCode, DeactivatePromoCode, ReserveDiscount, SettleRedemption, ValidatePromoCode
    )
