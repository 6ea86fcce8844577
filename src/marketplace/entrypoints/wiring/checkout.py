from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.holds_of_listings import ListingHolds
from marketplace.adapters.bridges.ordering_asks_promotions import DiscountsOfPromotions
from marketplace.adapters.bridges.ordering_buys_listings import ShopOfEverybody
from marketplace.adapters.bridges.payments_asks_ordering import PricesOfOrdering
from marketplace.adapters.sql.ordering.carts import (
    SqlCartQueries,
    SqlCarts,
    SqlOrderGroupQueries,
    SqlOrderGroups,
)
from marketplace.application.ordering.buying import ApplyPromoCode, BuyingSteps, BuyNow, Checkout
from marketplace.application.ordering.cart_ports import (
    CartQueries,
    Carts,
    Discounts,
    OrderGroupQueries,
    OrderGroups,
    Shop,
)
from marketplace.application.ordering.carts import AddToCart, ChangeCartItem, ForgetCart, RemoveFromCart
from marketplace.application.ordering.placing import DiscountSteps, PlacingSteps
from marketplace.application.payments.ports import OrderPrices
from marketplace.application.trading.offers import SupersedeOffers
from marketplace.entrypoints.http.checkout import PaymentsApart


class CheckoutProvider(Provider):
    scope = Scope.REQUEST

    holds = provide(ListingHolds)
    shop = provide(ShopOfEverybody, provides=Shop)
    discounts = provide(DiscountsOfPromotions, provides=Discounts)
    prices = provide(PricesOfOrdering, provides=OrderPrices)
    carts = provide(SqlCarts, provides=Carts)
    groups = provide(SqlOrderGroups, provides=OrderGroups)
    cart_queries = provide(SqlCartQueries, provides=CartQueries, scope=Scope.APP)
    group_queries = provide(SqlOrderGroupQueries, provides=OrderGroupQueries, scope=Scope.APP)
    payments = provide(PaymentsApart, scope=Scope.APP)
    use_cases = provide_all(
        PlacingSteps, DiscountSteps, BuyingSteps, SupersedeOffers, BuyNow, Checkout, ApplyPromoCode, AddToCart,
        ChangeCartItem, RemoveFromCart, ForgetCart,
    )  # fmt: skip
