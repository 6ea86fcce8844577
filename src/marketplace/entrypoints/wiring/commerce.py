"""Catalog, trading, ordering, payments: one provider each."""

from dishka import AnyOf, Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.catalog_asks_for_judgement import JudgesOfContexts
from marketplace.adapters.bridges.inventory_moves_goods import GoodsOfEverybody
from marketplace.adapters.bridges.ordering_asks_payments import MoneyInFlightOfPayments
from marketplace.adapters.bridges.payments_asks_everybody import PayablesOfEverybody
from marketplace.adapters.bridges.payments_asks_ordering import PayablesOfOrdering
from marketplace.adapters.bridges.payments_asks_subscriptions import PayablesOfSubscriptions
from marketplace.adapters.bridges.trading_asks_catalog import MarketOfCatalog, WatchersOfCatalog
from marketplace.adapters.bridges.trading_asks_social import BlocksOfSocial
from marketplace.adapters.bridges.trading_strikes_deals import DealsOfInventoryAndOrdering
from marketplace.adapters.gateways.registry import ConfiguredGateways
from marketplace.adapters.gateways.simulator import SimulatedGateway
from marketplace.adapters.sql.catalog.categories import SqlCategories
from marketplace.adapters.sql.catalog.history import SqlHistory, SqlHistoryQueries
from marketplace.adapters.sql.catalog.listings import SqlListings
from marketplace.adapters.sql.catalog.moderation import SqlModerationItems, SqlModerationQueries
from marketplace.adapters.sql.catalog.own import SqlOwnProductQueries
from marketplace.adapters.sql.catalog.queries import SqlProductQueries
from marketplace.adapters.sql.catalog.signals import SqlSignals
from marketplace.adapters.sql.inventory.stocks import SqlStocks
from marketplace.adapters.sql.ordering.orders import SqlOrders
from marketplace.adapters.sql.ordering.queries import SqlOrderQueries
from marketplace.adapters.sql.payments.ledger import SqlLedger
from marketplace.adapters.sql.payments.payments import SqlPayments
from marketplace.adapters.sql.payments.queries import SqlPaymentQueries
from marketplace.adapters.sql.payments.refunds import SqlRefunds
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.negotiations import SqlNegotiations
from marketplace.adapters.sql.trading.queries import SqlOfferQueries
from marketplace.application.catalog.history import History, HistoryQueries
from marketplace.application.catalog.listings import (
    GiveListingsBack,
    ListItem,
    MoveOwnListing,
    ReviseListing,
    SettleListing,
    WithholdListings,
)
from marketplace.application.catalog.moderation import DecideItem, ReportListing, TakeDownListing
from marketplace.application.catalog.moderation_ports import Judges, ModerationItems, ModerationQueries
from marketplace.application.catalog.own import OwnProductQueries
from marketplace.application.catalog.ports import Categories, Listings, ProductQueries, SellerCap, Signals
from marketplace.application.inventory.holds import ReleaseHold, SettleHolds
from marketplace.application.inventory.ports import Goods, Stocks
from marketplace.application.ordering.orders import ExpireOrder
from marketplace.application.ordering.ports import MoneyInFlight, OrderQueries, Orders
from marketplace.application.payments.chargebacks import NoteChargeback
from marketplace.application.payments.earnings import EarningSteps, ReleaseEarnings, SettleEarnings
from marketplace.application.payments.payments import AskGateway, Pay, PaymentTerms, SettlePayment, SettlingSteps
from marketplace.application.payments.ports import (
    Gateways,
    Ledger,
    Payables,
    PaymentQueries,
    Payments,
    Refunds,
)
from marketplace.application.payments.refunds import RefundPayment, RefundSteps, SendRefund, SettleRefund
from marketplace.application.payments.wallet import PayablesOfTopUps
from marketplace.application.shared.moderation import ModerationDesk
from marketplace.application.trading.broadcast import BroadcastOffer
from marketplace.application.trading.offers import (
    AcceptOffer,
    CancelNegotiations,
    CloseNegotiations,
    CounterOffer,
    DeclineOffer,
    ExpireOffer,
    MakeOffer,
    WithdrawOffer,
)
from marketplace.application.trading.ports import Blocks, Deals, Market, Negotiations, OfferQueries, Watchers
from marketplace.domain.payments.payment import CauseKind, PaymentMethod
from marketplace.entrypoints.wiring.payme_click import LocalGateways
from marketplace.entrypoints.wiring.stripe import StripeSide


class CatalogProvider(Provider):
    scope = Scope.REQUEST

    def __init__(self, products_per_seller: int) -> None:
        super().__init__()
        self._products_per_seller = products_per_seller

    @provide(scope=Scope.APP)
    def cap(self) -> SellerCap:
        return SellerCap(self._products_per_seller)

    history = provide(SqlHistory, provides=History)
    history_queries = provide(SqlHistoryQueries, provides=HistoryQueries, scope=Scope.APP)
    moderation_items = provide(SqlModerationItems, provides=AnyOf[ModerationItems, ModerationDesk])
    judges = provide(JudgesOfContexts, provides=Judges)
    moderation_queries = provide(SqlModerationQueries, provides=ModerationQueries, scope=Scope.APP)
    own_queries = provide(SqlOwnProductQueries, provides=OwnProductQueries, scope=Scope.APP)
    listings = provide(SqlListings, provides=Listings)
    signals = provide(SqlSignals, provides=Signals)
    categories = provide(SqlCategories, provides=Categories)
    queries = provide(SqlProductQueries, provides=ProductQueries, scope=Scope.APP)
    use_cases = provide_all(
        ListItem, ReviseListing, MoveOwnListing, SettleListing, WithholdListings, GiveListingsBack, ReportListing,
        DecideItem, TakeDownListing,
    )  # fmt: skip


class TradingProvider(Provider):
    scope = Scope.REQUEST

    negotiations = provide(SqlNegotiations, provides=Negotiations)
    queries = provide(SqlOfferQueries, provides=OfferQueries, scope=Scope.APP)
    market = provide(MarketOfCatalog, provides=Market)
    watchers = provide(WatchersOfCatalog, provides=Watchers)
    deals = provide(DealsOfInventoryAndOrdering, provides=Deals)
    blocks = provide(BlocksOfSocial, provides=Blocks)
    use_cases = provide_all(
        MakeOffer,
        BroadcastOffer,
        AcceptOffer,
        DeclineOffer,
        CounterOffer,
        WithdrawOffer,
        ExpireOffer,
        CloseNegotiations,
        CancelNegotiations,
    )


class InventoryProvider(Provider):
    scope = Scope.REQUEST

    stocks = provide(SqlStocks, provides=Stocks)
    goods = provide(GoodsOfEverybody, provides=Goods)
    use_cases = provide_all(SettleHolds, ReleaseHold)


class OrderingProvider(Provider):
    scope = Scope.REQUEST

    orders = provide(SqlOrders, provides=Orders)
    queries = provide(SqlOrderQueries, provides=OrderQueries, scope=Scope.APP)
    money = provide(MoneyInFlightOfPayments, provides=MoneyInFlight)
    use_cases = provide_all(ExpireOrder)


class PaymentsProvider(Provider):
    scope = Scope.REQUEST

    def __init__(self, terms: PaymentTerms, *, simulates: bool, success_rate: float, seed: str | None) -> None:
        """`simulates`: the built-in simulator takes cards; in production goods would be had for nothing."""
        super().__init__()
        self._terms = terms
        self._simulates = simulates
        self._success_rate = success_rate
        self._seed = seed

    @provide(scope=Scope.APP)
    def gateways(self, pool: Pool, stripe: StripeSide, local: LocalGateways) -> Gateways:
        simulator = SimulatedGateway(pool, success_rate=self._success_rate, seed=self._seed)
        here = {method.value: gateway for method, gateway in local.items()}
        methods = {
            **({PaymentMethod.CREDIT_CARD: "simulator"} if self._simulates else {}),
            **stripe.methods,
            **{method: method.value for method in local},
        }
        return ConfiguredGateways(methods, {"simulator": simulator, **stripe.gateways, **here})

    @provide(scope=Scope.APP)
    def terms(self) -> PaymentTerms:
        return self._terms

    payments = provide(SqlPayments, provides=Payments)
    refunds = provide(SqlRefunds, provides=Refunds)
    ledger = provide(SqlLedger, provides=Ledger)
    payables_of_orders = provide(PayablesOfOrdering)

    @provide
    def payables(
        self, orders: PayablesOfOrdering, top_ups: PayablesOfTopUps, subscriptions: PayablesOfSubscriptions
    ) -> Payables:
        return PayablesOfEverybody(
            {CauseKind.ORDER: orders, CauseKind.TOP_UP: top_ups, CauseKind.SUBSCRIPTION: subscriptions}
        )

    queries = provide(SqlPaymentQueries, provides=PaymentQueries, scope=Scope.APP)
    use_cases = provide_all(
        SettlingSteps, Pay, SettlePayment, AskGateway, RefundSteps, RefundPayment, SendRefund, SettleRefund,
        EarningSteps, ReleaseEarnings, SettleEarnings, NoteChargeback,
    )  # fmt: skip
