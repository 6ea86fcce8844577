"""Catalog, trading, ordering and payments on the memory adapters, joined by the real bridges."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.adapters.bridges.catalog_asks_ordering import FeesOfOrdering
from marketplace.adapters.bridges.holds_of_listings import ListingHolds
from marketplace.adapters.bridges.inventory_moves_goods import GoodsOfEverybody
from marketplace.adapters.bridges.payments_asks_ordering import PayablesOfOrdering
from marketplace.adapters.bridges.trading_asks_catalog import MarketOfCatalog, WatchersOfCatalog
from marketplace.adapters.bridges.trading_asks_inventory import SuppliesOfInventory
from marketplace.adapters.bridges.trading_strikes_deals import DealsOfInventoryAndOrdering
from marketplace.application.catalog.listings import (
    GiveListingsBack,
    ListItem,
    MoveOwnListing,
    ReviseListing,
    SettleListing,
    WithholdListings,
)
from marketplace.application.catalog.moderation import DecideItem, ReportListing, TakeDownListing
from marketplace.application.catalog.ports import SellerCap
from marketplace.application.inventory.holds import ReleaseHold, SettleHolds
from marketplace.application.ordering.orders import ExpireOrder
from marketplace.application.ordering.placing import PlacingSteps
from marketplace.application.payments.chargebacks import NoteChargeback
from marketplace.application.payments.earnings import EarningSteps, ReleaseEarnings, SettleEarnings
from marketplace.application.payments.payments import (
    AskGateway,
    Means,
    Pay,
    PaymentTerms,
    SettlePayment,
    SettlingSteps,
)
from marketplace.application.payments.ports import Card
from marketplace.application.payments.refunds import RefundPayment, RefundSteps, SendRefund, SettleRefund
from marketplace.application.payments.views import PaymentView
from marketplace.application.shared.actor import Actor
from marketplace.application.trading.broadcast import BroadcastOffer
from marketplace.application.trading.lots import SettleLot
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
from marketplace.application.trading.proposal import Proposal
from marketplace.application.trading.rules import AnswerByRules
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.payments.payment import Cause, CauseKind, PaymentMethod
from marketplace.domain.shared.ids import ListingId, OrderId
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import OfferId
from tests.builders.commerce import NOON, OFFERED, a_draft, an_actor
from tests.fakes.audit import MemoryAuditTrail
from tests.fakes.fees import MemoryFeeSchedules
from tests.fakes.gateways import the_only
from tests.fakes.inventory import MemoryStocks
from tests.fakes.lots import MemoryTestedLots
from tests.fakes.moderation import MemoryHistory, MemoryJudges, MemoryModerationItems
from tests.fakes.offer_rules import MemoryOfferRuleBook
from tests.fakes.people import MemoryBlocks
from tests.fakes.personal import MemoryFavorites, MemoryPersonal
from tests.fakes.world import (
    FixedClock,
    MemoryCategories,
    MemoryGateway,
    MemoryLedger,
    MemoryListings,
    MemoryMoneyInFlight,
    MemoryNegotiations,
    MemoryOrders,
    MemoryPayments,
    MemoryRefunds,
    MemoryTimers,
    Rows,
    SequentialIds,
)


class Market:
    """One of everything, and the way to a product, an offer and an order in one call each."""

    def __init__(self, products_per_seller: int = 50) -> None:
        self.clock = FixedClock(NOON)
        self.transaction = MemoryPersonal()
        self.gateway = MemoryGateway(self.transaction)
        self.seller, self.buyer, self.stranger = an_actor(), an_actor(), an_actor()
        self.blocks = MemoryBlocks()
        self.rules = MemoryOfferRuleBook(self.transaction)
        ids = SequentialIds()
        timers = MemoryTimers(self.transaction)
        listings = MemoryListings(self.transaction)
        negotiations = MemoryNegotiations(self.transaction)
        orders = MemoryOrders(self.transaction)
        payments = MemoryPayments(self.transaction)
        market = MarketOfCatalog(listings)
        self.stocks = MemoryStocks(self.transaction)
        schedules = MemoryFeeSchedules(self.transaction)
        holds, placing = ListingHolds(listings, self.stocks, ids), PlacingSteps(orders, timers)
        deals = DealsOfInventoryAndOrdering(listings, holds, self.stocks, placing, schedules, ids)
        payables = PayablesOfOrdering(orders, timers, self.clock)
        block, clock = self.transaction, self.clock
        history, items, self.audit = (
            MemoryHistory(block),
            MemoryModerationItems(block),
            MemoryAuditTrail(lambda: block.inside.audited),
        )
        fees = FeesOfOrdering(MemoryFeeSchedules(block), clock)
        categories, self.listings = MemoryCategories(), listings
        cap = SellerCap(products_per_seller)
        self.list_product = ListItem(listings, categories, fees, history, items, cap, block, clock, ids)
        self.revise_listing = ReviseListing(listings, categories, fees, history, items, block, clock, ids)
        self.move_own = MoveOwnListing(listings, history, items, block, clock, ids)
        self._settle_listing = SettleListing(listings, history, clock)
        settle_lot = SettleLot(MemoryTestedLots(block), SuppliesOfInventory(self.stocks))
        goods = GoodsOfEverybody(listings, self._settle_listing, settle_lot)
        self.settle_holds = SettleHolds(self.stocks, goods, block)
        self.release_hold = ReleaseHold(self.stocks, goods, block)
        self.withhold_listings = WithholdListings(listings, history, block, clock)
        self.give_listings_back = GiveListingsBack(listings, history, block, clock)
        self.report_listing = ReportListing(listings, items, block, clock, ids)
        self.judges = MemoryJudges()
        self.decide = DecideItem(listings, items, self.judges, history, self.audit, block, clock)
        self.take_down = TakeDownListing(listings, history, block, clock)
        self.make_offer = MakeOffer(negotiations, market, self.rules, self.blocks, timers, block, clock, ids)
        self.favorites = MemoryFavorites(self.transaction)
        watchers = WatchersOfCatalog(self.favorites)
        self.broadcast = BroadcastOffer(negotiations, market, self.rules, watchers, timers, block, clock, ids)
        self.accept_offer = AcceptOffer(negotiations, deals, timers, block, clock, ids)
        self.decline_offer = DeclineOffer(negotiations, timers, block, clock)
        self.answer_by_rules = AnswerByRules(
            self.rules, negotiations, self.blocks, self.accept_offer, self.decline_offer, timers, block, clock
        )
        self.counter_offer = CounterOffer(negotiations, market, self.blocks, timers, block, clock, ids)
        self.withdraw_offer = WithdrawOffer(negotiations, timers, block, clock)
        self.cancel_negotiations = CancelNegotiations(negotiations, timers, block, clock)
        self.close_negotiations = CloseNegotiations(negotiations, timers, block, clock)
        self.expire_offer = ExpireOffer(negotiations, block, clock)
        self.expire_order = ExpireOrder(orders, MemoryMoneyInFlight(block), timers, block, clock)
        ledger, refunds = MemoryLedger(block), MemoryRefunds(block)
        gateways = the_only(self.gateway)
        terms = PaymentTerms(
            return_url="http://localhost/payments", hold=timedelta(hours=72), cool_off=timedelta(hours=72)
        )
        steps = SettlingSteps(payments, payables, ledger, timers, ids, clock)
        self.settle = SettlePayment(payments, payables, steps, block)
        self.pay = Pay(
            payments, payables, gateways, ledger, steps, self.settle, timers, block, clock, ids, terms
        )  # fmt: skip
        self.ask_gateway = AskGateway(gateways, payments, self.settle, block, clock)
        self.refund_steps = RefundSteps(payments, refunds, ledger, timers, clock, ids)
        settle_refund = SettleRefund(payments, refunds, payables, ledger, timers, block, clock, ids)
        self.send_refund = SendRefund(payments, refunds, gateways, settle_refund, block)
        self.refund_payment = RefundPayment(payments, payables, self.refund_steps, self.send_refund, block)
        self.note_chargeback = NoteChargeback(payments, payables, ledger, block, clock, ids)
        self.earning_steps = EarningSteps(payments, ledger, timers, ids)
        self.settle_earnings = SettleEarnings(payments, payables, self.earning_steps, block)
        self.release_earnings = ReleaseEarnings(payments, payables, timers, block, clock, terms)

    async def pay_order(
        self, actor: Actor, order_id: OrderId, card: Card | None, method: PaymentMethod = PaymentMethod.CREDIT_CARD
    ) -> PaymentView:
        return await self.pay(actor, Cause(CauseKind.ORDER, order_id), Means(method, card))

    async def move_listing(self, listing_id: ListingId, to: ListingStatus) -> None:
        """As the end of an order does, or its hold."""
        async with self.transaction:
            await self._settle_listing(await self.listings.standing(listing_id), to)

    @property
    def rows(self) -> Rows:
        return self.transaction.rows

    @property
    def news(self) -> list[str]:
        """The names of all events since the last look, without their version."""
        events, self.rows.events = self.rows.events, []
        return [event.name.rsplit(".", 1)[0] for event in events]

    def forget_news(self) -> None:
        self.rows.events = []

    def timers(self, name: str) -> list[UUID]:
        return [subject for timer, subject in self.rows.timers if timer == name]

    def negotiation_of(self, offer_id: OfferId) -> Negotiation:
        return next(n for n in self.rows.negotiations.values() if any(offer.id == offer_id for offer in n.offers))

    async def listed(self, **changes: Any) -> ListingId:
        return (await self.list_product(self.seller, a_draft(**changes))).id

    async def offered(
        self, listing_id: ListingId | None = None, by: Actor | None = None, amount: Decimal = OFFERED
    ) -> OfferId:
        listing_id = listing_id or await self.listed()
        return (await self.make_offer(by or self.buyer, (listing_id,), Proposal(price=amount))).id

    async def ordered(self) -> OrderId:
        return (await self.accept_offer(self.seller, await self.offered())).transaction_id
