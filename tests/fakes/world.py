"""In-memory adapters of catalog, trading, ordering and payments. They honour the port contracts: tests/contract."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID

from marketplace.adapters.sql.catalog.queries import PUBLIC_STATUS
from marketplace.adapters.sql.catalog.terms import lot_details, service_details, stored
from marketplace.application.catalog.file_ports import Export
from marketplace.application.catalog.history import Revision
from marketplace.application.catalog.media_views import image_view
from marketplace.application.catalog.ports import Categories, Listings, Signal, Signals, Terms
from marketplace.application.catalog.views import LocationView, ProductView, SellerView
from marketplace.application.notifications.views import EventView
from marketplace.application.ordering.ports import MoneyInFlight, Orders
from marketplace.application.payments.ports import (
    Charge,
    Gateway,
    GatewaySilent,
    Ledger,
    Payments,
    RefundOrder,
    Refunds,
    StatementLine,
)
from marketplace.application.payments.provider_ports import ProviderCall
from marketplace.application.shared.audit import AuditEntry
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.application.trading.agreements import Settled
from marketplace.application.trading.ports import Negotiations, Past
from marketplace.application.trading.provenance import ProvenanceLink
from marketplace.domain.calls.call import Call
from marketplace.domain.calls.moves import CallId
from marketplace.domain.catalog.availability import Hours
from marketplace.domain.catalog.booking import Booking, BookingId
from marketplace.domain.catalog.documents import Document, DocumentId
from marketplace.domain.catalog.imports import ExportId, ImportId, ListingImport, Problem
from marketplace.domain.catalog.listing import Audience, Listing, ListingNotAvailable, ListingNotFound, UnknownCategory
from marketplace.domain.catalog.moderation import ModerationItem, ModerationItemId, Report
from marketplace.domain.catalog.review import Concern
from marketplace.domain.catalog.standing import LISTING_MOVES, SHOWN, ListingStatus, Standing, Withheld
from marketplace.domain.catalog.terms import Kind, LotTerms, ProductTerms
from marketplace.domain.catalog.uploads import Upload, UploadId
from marketplace.domain.disputes.dispute import Dispute, Evidence, Message
from marketplace.domain.disputes.moves import DisputeId
from marketplace.domain.inventory.hold import Hold, HoldId, HoldStatus, Stock
from marketplace.domain.messaging.attachment import Attachment
from marketplace.domain.messaging.conversation import Conversation
from marketplace.domain.messaging.message import AttachmentId, MessageId, Version
from marketplace.domain.messaging.message import Message as Written
from marketplace.domain.messaging.report import MessageReport
from marketplace.domain.ordering.cart import CartItem, CartItemId, OrderGroup
from marketplace.domain.ordering.fees import FeeSchedule, FeeScheduleId
from marketplace.domain.ordering.fulfilment import Fulfilment
from marketplace.domain.ordering.order import Order, OrderNotFound, Step
from marketplace.domain.payments.click import ClickTransaction
from marketplace.domain.payments.ledger import NEVER_OVERDRAWN, Account, Entry, LedgerTransaction
from marketplace.domain.payments.payme import PaymeTransaction
from marketplace.domain.payments.payment import (
    Cause,
    Outcome,
    Payment,
    PaymentInProgress,
    PaymentNotFound,
    PaymentState,
    Verdict,
)
from marketplace.domain.payments.reconciliation import Reconciliation, ReconciliationId
from marketplace.domain.payments.refund import Refund, RefundNotFound, RefundOutcome, RefundRequestOpen, RefundStatus
from marketplace.domain.promotions.discount import PromoCodeId
from marketplace.domain.promotions.promo_code import PromoCode
from marketplace.domain.promotions.redemption import Redemption, RedemptionId
from marketplace.domain.reviews.exchange import Exchange, Mark, ReviewId
from marketplace.domain.reviews.report import ReviewReport
from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import (
    ConversationId,
    ListingId,
    NegotiationId,
    OrderGroupId,
    OrderId,
    PaymentId,
    RefundId,
    UserId,
)
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.subject import Subject
from marketplace.domain.subscriptions.moves import SubscriptionId
from marketplace.domain.subscriptions.period import PeriodId
from marketplace.domain.subscriptions.plan import Plan, PlanId
from marketplace.domain.subscriptions.subscription import Subscription
from marketplace.domain.trading.lot import TestedLot
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import NegotiationAlreadyOpen, NegotiationStatus, OfferId, OfferNotFound, Side
from marketplace.domain.trading.parsed import Parse, ParseId
from marketplace.domain.trading.rules import OfferRules, RulesForAll
from marketplace.domain.trading.terms import LotId
from marketplace.domain.trading.trade import Trade, TradeId
from marketplace.domain.webhooks.endpoint import Endpoint, EndpointId

Result = TypeVar("Result")
DEAD_PAYMENTS = {PaymentState.FAILED, PaymentState.CANCELLED, PaymentState.EXPIRED}


class FixedClock(Clock):
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


class SequentialIds(Ids):
    """UUIDv7 by their form, one after the other."""

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> UUID:
        self._last += 1
        return UUID(int=0x0197_0000_0000_7000_8000_0000_0000_0000 | self._last)


@dataclass(slots=True)
class Rows:
    listings: dict[ListingId, tuple[Listing, Money]] = field(default_factory=dict)
    """With the fee of a sale at the list price."""
    negotiations: dict[NegotiationId, Negotiation] = field(default_factory=dict)
    trades: dict[TradeId, Trade] = field(default_factory=dict)
    offer_rules: dict[ListingId, tuple[UserId, OfferRules]] = field(default_factory=dict)
    rules_for_all: dict[UserId, RulesForAll] = field(default_factory=dict)
    agreements: dict[NegotiationId, Settled] = field(default_factory=dict)
    shortlist: set[NegotiationId] = field(default_factory=set)
    lots: dict[LotId, TestedLot] = field(default_factory=dict)
    provenances: dict[OrderId, tuple[LotId | None, list[ProvenanceLink], datetime]] = field(default_factory=dict)
    parses: dict[ParseId, Parse] = field(default_factory=dict)
    stocks: dict[UUID, Stock] = field(default_factory=dict)
    holds: dict[HoldId, tuple[Hold, HoldStatus]] = field(default_factory=dict)
    orders: dict[OrderId, Order] = field(default_factory=dict)
    order_steps: list[tuple[OrderId, Step]] = field(default_factory=list)
    fulfilments: list[Fulfilment] = field(default_factory=list)
    cart_items: dict[CartItemId, tuple[UserId, CartItem]] = field(default_factory=dict)
    order_groups: dict[OrderGroupId, OrderGroup] = field(default_factory=dict)
    fee_schedules: dict[FeeScheduleId, FeeSchedule] = field(default_factory=dict)
    """Besides the defaults."""
    payments: dict[PaymentId, Payment] = field(default_factory=dict)
    promo_codes: dict[PromoCodeId, PromoCode] = field(default_factory=dict)
    plans: dict[PlanId, Plan] = field(default_factory=dict)
    subscriptions: dict[SubscriptionId, Subscription] = field(default_factory=dict)
    period_owners: dict[PeriodId, SubscriptionId] = field(default_factory=dict)
    redemptions: dict[RedemptionId, Redemption] = field(default_factory=dict)
    ended_orders: set[OrderId] = field(default_factory=set)
    """For which a promo code was used."""
    refunds: dict[RefundId, Refund] = field(default_factory=dict)
    payme: dict[str, PaymeTransaction] = field(default_factory=dict)
    click: dict[int, ClickTransaction] = field(default_factory=dict)
    provider_calls: list[ProviderCall] = field(default_factory=list)
    posted: dict[tuple[str, UUID], LedgerTransaction] = field(default_factory=dict)
    reconciliations: dict[ReconciliationId, Reconciliation] = field(default_factory=dict)
    events: list[DomainEvent] = field(default_factory=list)
    timers: dict[tuple[str, UUID], datetime] = field(default_factory=dict)
    hours: dict[ListingId, Hours] = field(default_factory=dict)
    bookings: dict[BookingId, Booking] = field(default_factory=dict)
    signals: Counter[tuple[Signal, ListingId]] = field(default_factory=Counter)
    imports: dict[ImportId, ListingImport] = field(default_factory=dict)
    import_problems: dict[ImportId, list[Problem]] = field(default_factory=dict)
    exports: dict[ExportId, Export] = field(default_factory=dict)
    live: set[ListingId] = field(default_factory=set)
    audited: list[AuditEntry] = field(default_factory=list)
    revisions: list[Revision] = field(default_factory=list)
    moderation_items: dict[ModerationItemId, tuple[ModerationItem, Collection[Concern]]] = field(default_factory=dict)
    reports: dict[tuple[ListingId, UserId], tuple[ModerationItemId, Report]] = field(default_factory=dict)
    conversations: dict[ConversationId, Conversation] = field(default_factory=dict)
    messages: dict[MessageId, tuple[ConversationId, Written]] = field(default_factory=dict)
    attachments: dict[AttachmentId, Attachment] = field(default_factory=dict)
    versions: list[Version] = field(default_factory=list)
    message_reports: dict[tuple[MessageId, UserId], MessageReport] = field(default_factory=dict)
    user_events: defaultdict[UserId, list[EventView]] = field(default_factory=lambda: defaultdict(list))
    exchanges: dict[OrderId, Exchange] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    review_reports: dict[tuple[ReviewId, UserId], ReviewReport] = field(default_factory=dict)
    calls: dict[CallId, Call] = field(default_factory=dict)
    disputes: dict[DisputeId, Dispute] = field(default_factory=dict)
    said: list[tuple[DisputeId, Message]] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    documents: dict[DocumentId, Document] = field(default_factory=dict)
    uploads: dict[UploadId, tuple[Upload, dict[int, bytes]]] = field(default_factory=dict)
    """With their parts."""
    webhook_endpoints: dict[EndpointId, Endpoint] = field(default_factory=dict)
    webhook_holders: dict[EndpointId, UUID] = field(default_factory=dict)
    webhook_deliveries: list[dict[str, Any]] = field(default_factory=list)


class MemoryTransaction(Transaction):
    """What a failed block wrote is gone, and repositories work inside a block only, as in SQL."""

    def __init__(self) -> None:
        self.rows = Rows()
        self.answer: Any = None
        self._before: Rows | None = None

    @property
    def is_open(self) -> bool:
        return self._before is not None

    @property
    def inside(self) -> Rows:
        if not self.is_open:
            raise RuntimeError("a repository was used outside `async with transaction`")
        return self.rows

    def ship(self, aggregate: Aggregate) -> None:
        self.inside.events += aggregate.pull_events()

    def answers(self, result: Result) -> Result:
        self.answer = result
        return result

    async def __aenter__(self) -> Self:
        if self.is_open:
            raise RuntimeError("transactions do not nest: one use case, one block at a time")
        self._before, self.answer = deepcopy(self.rows), None
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if exc_info[0] is not None and self._before is not None:
            self.rows = self._before
        self._before = None


class MemoryTimers(Timers):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    def set(self, timer: str, subject: UUID, at: datetime) -> None:
        self._transaction.inside.timers[timer, subject] = at

    def clear(self, timer: str, subject: UUID) -> None:
        self._transaction.inside.timers.pop((timer, subject), None)


class MemoryListings(Listings):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction
        self.follows: set[tuple[UserId, UserId]] = set()
        """Who follows whom, as for the next."""
        self.blocks: set[tuple[UserId, UserId]] = set()
        self.suspended: set[UserId] = set()

    async def open_of(self, seller: UserId, most: int) -> int:
        ended = {ListingStatus.SOLD, ListingStatus.REMOVED}
        listings = [listing for listing, _ in self._transaction.inside.listings.values()]
        return min(most, sum(one.seller == seller and one.status not in ended for one in listings))

    async def visible_to(self, viewer: UserId, listing_id: ListingId) -> bool:
        listing, _ = self._transaction.inside.listings.get(listing_id, (None, None))
        if listing is None or listing.seller == viewer:
            return listing is not None and listing.status is not ListingStatus.REMOVED
        both = {(viewer, listing.seller), (listing.seller, viewer)}
        follows = listing.audience is Audience.EVERYONE or (viewer, listing.seller) in self.follows
        return listing.status in SHOWN and follows and not both & self.blocks

    async def add(self, listing: Listing, fee: Money) -> None:
        self._transaction.ship(listing)
        self._transaction.inside.listings[listing.id] = (deepcopy(listing), fee)

    async def add_many(self, listings: Sequence[tuple[Listing, Money]]) -> None:
        for listing, fee in listings:
            await self.add(listing, fee)

    async def locked(self, listing_id: ListingId) -> Listing:
        return deepcopy(self._find(listing_id)[0])

    async def save(self, listing: Listing, fee: Money) -> None:
        self._transaction.ship(listing)
        self._transaction.inside.listings[listing.id] = (deepcopy(listing), fee)

    async def restate(self, listing: Listing) -> None:
        self._transaction.ship(listing)
        written, _ = self._find(listing.id)
        written.status, written.withheld = listing.status, listing.withheld

    async def shown(self, listing_id: ListingId) -> ProductView:
        listing, fee = self._find(listing_id)
        location = listing.location
        return ProductView(
            id=listing.id, title=listing.title, description=listing.description, price=listing.price.decimal,
            currency=listing.price.currency, category=listing.category, kind=listing.kind,
            condition=listing.terms.condition if isinstance(listing.terms, ProductTerms) else None,
            feed_type=listing.channel, audience=listing.audience, **_details(listing),
            location=None if location is None else LocationView(location.latitude, location.longitude),
            neighborhood=listing.neighborhood, image_urls=list(listing.media.images),
            images=[image_view(one) for one in listing.images], video_url=listing.media.video,
            video_thumbnail_url=listing.media.video_thumbnail, tags=list(listing.tags), platform_fee=fee.decimal,
            seller_payout=(listing.price - fee).decimal, is_available=listing.status is ListingStatus.ACTIVE,
            status=PUBLIC_STATUS[listing.status],
            seller=SellerView(listing.seller, "seller", None, False, None), created_at=listing.created_at,
        )  # fmt: skip

    async def terms_for_share(self, listing_id: ListingId) -> Terms:
        listing, _ = self._find(listing_id)
        if listing.status is ListingStatus.REMOVED:
            raise ListingNotFound("no such product")
        return _terms(listing)

    async def claim(self, listing_id: ListingId) -> Terms:
        listing, _ = self._transaction.inside.listings.get(listing_id, (None, None))
        if listing is None or listing.status is not ListingStatus.ACTIVE:
            raise ListingNotAvailable("the product is not available any more")
        if listing.kind is Kind.PRODUCT:
            listing.status = ListingStatus.RESERVED
        return _terms(listing)

    async def move(self, listing_id: ListingId, to: ListingStatus) -> Terms:
        listing, _ = self._transaction.inside.listings.get(listing_id, (None, None))
        if listing is None or to not in LISTING_MOVES[listing.status]:
            raise ListingNotAvailable("the product is not available any more")
        listing.status = to
        return _terms(listing)

    async def standing(self, listing_id: ListingId) -> Standing:
        listing, _ = self._transaction.inside.listings.get(listing_id, (None, None))
        if listing is None:
            raise ListingNotAvailable("the product is not available any more")
        standing = _standing(listing)
        if standing.status is ListingStatus.SOLD:
            standing.withheld = Withheld.SUSPENDED if listing.seller in self.suspended else None
        return standing

    async def standings_of(self, seller: UserId, *, after: ListingId | None, limit: int) -> list[Standing]:
        ended = {ListingStatus.SOLD, ListingStatus.REMOVED}
        found = [
            _standing(listing)
            for listing_id, (listing, _) in sorted(self._transaction.inside.listings.items())
            if listing.seller == seller and listing.status not in ended and (after is None or listing_id > after)
        ]
        return found[:limit]

    async def stand(self, standings: Sequence[Standing]) -> None:
        for standing in standings:
            listing, _ = self._find(standing.listing_id)
            listing.status, listing.withheld = standing.status, standing.withheld

    def _find(self, listing_id: ListingId) -> tuple[Listing, Money]:
        if listing_id not in self._transaction.inside.listings:
            raise ListingNotFound("no such product")
        return self._transaction.inside.listings[listing_id]


class MemorySignals(Signals):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def count(self, signal: Signal, times: Mapping[ListingId, int]) -> None:
        self._transaction.inside.signals.update({(signal, listing_id): n for listing_id, n in times.items()})

    async def show_live(self, listing_id: ListingId, *, is_live: bool) -> None:
        live = self._transaction.inside.live
        (live.add if is_live else live.discard)(listing_id)


class MemoryCategories(Categories):
    """Some of each tree, as a new database has them."""

    SLUGS: ClassVar[Mapping[Kind, frozenset[str]]] = {
        Kind.PRODUCT: frozenset({"electronics", "books", "home", "toys"}),
        Kind.SERVICE: frozenset({"home_services", "plumbing", "teaching"}),
    }

    async def require(self, slug: str, kind: Kind) -> None:
        if slug not in self.SLUGS[Kind.SERVICE if kind is Kind.SERVICE else Kind.PRODUCT]:
            raise UnknownCategory("no category has this slug", field="category")


def _details(listing: Listing) -> dict[str, Any]:
    """What the view has of a kind's terms, by way of what SQL would store of them."""
    row, currency = stored(listing.terms), listing.price.currency
    return {
        "service": service_details(row, currency) if listing.kind is Kind.SERVICE else None,
        "lot": lot_details(row) if listing.kind is Kind.LOT else None,
    }


def _terms(listing: Listing) -> Terms:
    lot = listing.terms if isinstance(listing.terms, LotTerms) else None
    return Terms(
        seller=listing.seller,
        price=listing.price,
        channel=listing.channel,
        category=listing.category,
        kind=listing.kind,
        status=listing.status,
        audience=listing.audience,
        lot=lot,
    )


def _standing(listing: Listing) -> Standing:
    return Standing(listing_id=listing.id, status=listing.status, withheld=listing.withheld)


class MemoryNegotiations(Negotiations):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def of_offer(self, offer_id: OfferId) -> Negotiation:
        for negotiation in self._transaction.inside.negotiations.values():
            if any(offer.id == offer_id for offer in negotiation.offers):
                return deepcopy(negotiation)
        raise OfferNotFound("no such offer")

    async def find(self, negotiation_id: NegotiationId) -> Negotiation:
        if negotiation_id not in self._transaction.inside.negotiations:
            raise OfferNotFound("no such offer")
        return deepcopy(self._transaction.inside.negotiations[negotiation_id])

    async def attempts(self, subject: Subject, buyer: UserId) -> int:
        past = (await self.past(subject, [buyer])).get(buyer)
        if past is not None and past.is_open:
            raise NegotiationAlreadyOpen("you negotiate over this already")
        return past.attempts if past else 0

    async def past(self, subject: Subject, buyers: Collection[UserId]) -> Mapping[UserId, Past]:
        over = [one for one in self._transaction.inside.negotiations.values() if one.subject.id == subject.id]
        own = {buyer: [one for one in over if one.buyer == buyer] for buyer in buyers}
        return {buyer: _past(negotiations) for buyer, negotiations in own.items() if negotiations}

    async def open_rivals(self, over: Subject, *, but: NegotiationId | None = None) -> list[Negotiation]:
        wanted = {over.id, *over.listings}
        return [one for one in self._open() if one.id != but and wanted & {one.subject.id, *one.subject.listings}]

    async def open_of(self, party: UserId, limit: int) -> list[Negotiation]:
        return [one for one in self._open() if party in {one.buyer, one.seller}][:limit]

    async def open_over(self, subject: UUID, limit: int) -> list[Negotiation]:
        return [one for one in self._open() if subject in {one.subject.id, *one.subject.listings}][:limit]

    def _open(self) -> list[Negotiation]:
        ordered = sorted(self._transaction.inside.negotiations.items())
        return [deepcopy(one) for _, one in ordered if one.status is NegotiationStatus.OPEN]

    async def add(self, *negotiations: Negotiation) -> None:
        stored = self._transaction.inside.negotiations.values()
        taken = {(n.subject, n.buyer, n.seller) for n in stored if n.status is NegotiationStatus.OPEN}
        for one in negotiations:
            if (one.subject, one.buyer, one.seller) in taken:
                raise NegotiationAlreadyOpen("you negotiate over this already")
            self._write(one)

    async def save(self, *negotiations: Negotiation) -> None:
        stored = self._transaction.inside.negotiations
        if any(stored[negotiation.id].version != negotiation.version for negotiation in negotiations):
            raise StaleAggregate("the negotiation changed meanwhile; load it again")
        for negotiation in negotiations:
            self._write(negotiation)

    def _write(self, negotiation: Negotiation) -> None:
        negotiation.version += 1
        self._transaction.ship(negotiation)
        self._transaction.inside.negotiations[negotiation.id] = deepcopy(negotiation)


def _past(negotiations: Sequence[Negotiation]) -> Past:
    offers = [offer for one in negotiations for offer in one.offers]
    return Past(
        attempts=sum(offer.side is Side.BUYER for offer in offers),
        is_open=any(one.status is NegotiationStatus.OPEN for one in negotiations),
        offered_at=max((offer.created_at for offer in offers if offer.side is Side.SELLER), default=None),
    )


class MemoryOrders(Orders):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def lock(self, order_id: OrderId) -> Order:
        if order_id not in self._transaction.inside.orders:
            raise OrderNotFound("no such order")
        return deepcopy(self._transaction.inside.orders[order_id])

    async def add(self, order: Order) -> None:
        order.number = order.number or len(self._transaction.inside.orders) + 1
        self._transaction.ship(order)
        self._transaction.inside.orders[order.id] = deepcopy(order)

    async def save(self, order: Order) -> None:
        if self._transaction.inside.orders[order.id].version != order.version:
            raise StaleAggregate("the order changed meanwhile; load it again")
        order.version += 1
        self._transaction.inside.order_steps += [(order.id, step) for step in order.steps]
        order.steps = []
        await self.add(order)

    async def reprice(self, order: Order) -> None:
        await self.save(order)


class MemoryPayments(Payments):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def add(self, payment: Payment) -> None:
        others = self._transaction.inside.payments.values()
        if any(other.cause.id == payment.cause.id and other.status not in DEAD_PAYMENTS for other in others):
            raise PaymentInProgress(f"a payment of this {payment.cause.kind} is under way")
        self._write(payment)

    async def find(self, payment_id: PaymentId) -> Payment:
        return await self.lock(payment_id)

    async def lock(self, payment_id: PaymentId) -> Payment:
        if payment_id not in self._transaction.inside.payments:
            raise PaymentNotFound("no such payment")
        return deepcopy(self._transaction.inside.payments[payment_id])

    async def collected_for(self, cause: Cause) -> Payment | None:
        payments = self._transaction.inside.payments.values()
        return deepcopy(next((one for one in payments if one.cause == cause and one.is_collected), None))

    async def save(self, payment: Payment) -> None:
        if self._transaction.inside.payments[payment.id].version != payment.version:
            raise StaleAggregate("the payment changed meanwhile; load it again")
        payment.version += 1
        self._write(payment)

    def _write(self, payment: Payment) -> None:
        self._transaction.ship(payment)
        self._transaction.inside.payments[payment.id] = deepcopy(payment)


class MemoryRefunds(Refunds):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def add(self, refund: Refund) -> None:
        others = self._transaction.inside.refunds.values()
        if refund.is_open and any(one.payment_id == refund.payment_id and one.is_open for one in others):
            raise RefundRequestOpen("a request for this payment waits for an answer")
        self._write(refund)

    async def find(self, refund_id: RefundId) -> Refund:
        return await self.lock(refund_id)

    async def lock(self, refund_id: RefundId) -> Refund:
        if refund_id not in self._transaction.inside.refunds:
            raise RefundNotFound("no such refund")
        return deepcopy(self._transaction.inside.refunds[refund_id])

    async def under_way(self, payment_id: PaymentId) -> Refund | None:
        refunds = self._transaction.inside.refunds.values()
        found = (one for one in refunds if one.payment_id == payment_id and one.status is RefundStatus.PROCESSING)
        return deepcopy(next(found, None))

    async def save(self, refund: Refund) -> None:
        if self._transaction.inside.refunds[refund.id].version != refund.version:
            raise StaleAggregate("the refund changed meanwhile; load it again")
        refund.version += 1
        self._write(refund)

    def _write(self, refund: Refund) -> None:
        self._transaction.ship(refund)
        self._transaction.inside.refunds[refund.id] = deepcopy(refund)


class MemoryMoneyInFlight(MoneyInFlight):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def towards(self, order_id: OrderId) -> bool:
        payments = self._transaction.inside.payments.values()
        return any(payment.cause.id == order_id and payment.in_flight for payment in payments)


class MemoryLedger(Ledger):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def lock(self, *accounts: Account) -> Mapping[Account, Money]:
        entries = entries_of(self._transaction.inside)
        return {
            account: Money(sum(one.minor for one in entries if one.account == account), account.currency)
            for account in accounts
        }

    async def post(self, transaction: LedgerTransaction) -> None:
        self._transaction.inside.posted.setdefault((transaction.kind, transaction.source), transaction)
        for account, balance in (await self.lock(*(entry.account for entry in transaction.entries))).items():
            if account.kind in NEVER_OVERDRAWN and balance.minor > 0:
                raise RuntimeError(f"{account.kind} is overdrawn")


def entries_of(rows: Rows) -> list[Entry]:
    return [entry for transaction in rows.posted.values() for entry in transaction.entries]


class MemoryGateway(Gateway):
    """Knows the test cards. It refuses to be called inside a transaction, and can be cut off.

    `unreachable`: nothing arrives. `lose_reply`: the next charge is made, but its answer is lost.
    """

    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction
        self.books: dict[PaymentId, Outcome] = {}
        self.amounts: dict[PaymentId, Money] = {}
        self.refunds: dict[RefundId, RefundOrder] = {}
        self.calls = 0
        self.unreachable = False
        self.lose_reply = False

    async def charge(self, charge: Charge) -> Outcome:
        self._called()
        payment_id, card = charge.payment_id, charge.card
        known = payment_id in self.books
        if not known:
            good = card is not None and card.number in {"4242424242424242", "4000000000000341"}
            self.books[payment_id] = (
                Outcome(verdict=Verdict.CAPTURED, message="Approved", reference=f"charge-{payment_id}")
                if good
                else Outcome(verdict=Verdict.FAILED, message="Card declined", reference=None)
            )
            self.amounts[payment_id] = charge.amount
        lost = self.lose_reply or (card is not None and card.number == "4000000000000341")
        self.lose_reply = False
        if lost and not known:
            raise GatewaySilent("the payment provider did not answer in time")
        return self.books[payment_id]

    async def resolve(self, payment_id: PaymentId, reference: str | None, *, give_up: bool) -> Outcome:
        self._called()
        cancelled = Outcome(verdict=Verdict.FAILED, reference=None, message="Cancelled")
        return self.books.setdefault(payment_id, cancelled)

    async def refund(self, order: RefundOrder) -> RefundOutcome:
        self._called()
        sent = sum(one.amount.minor for one in self.refunds.values() if one.payment_id == order.payment_id)
        captured = order.payment_id in self.books and self.books[order.payment_id].captured
        if order.refund_id not in self.refunds:
            if not captured or sent + order.amount.minor > self.amounts[order.payment_id].minor:
                return RefundOutcome(succeeded=False, reference=None, message="More than was charged")
            self.refunds[order.refund_id] = order
        if self.lose_reply:
            self.lose_reply = False
            raise GatewaySilent("the payment provider did not answer in time")
        return RefundOutcome(succeeded=True, reference=f"refund-{order.refund_id}", message="Refunded")

    async def statement(self, since: datetime, until: datetime) -> Sequence[StatementLine]:
        self._called()
        charges = [
            StatementLine(kind="charge", id=one, reference=said.reference or "", amount=self.amounts[one], at=since)
            for one, said in self.books.items()
            if said.captured
        ]
        return charges + [
            StatementLine(
                kind="refund", id=one.refund_id, reference=f"refund-{one.refund_id}", amount=one.amount, at=since
            )
            for one in self.refunds.values()
        ]

    def _called(self) -> None:
        if self._transaction.is_open:
            raise RuntimeError("the gateway was called inside a transaction")
        self.calls += 1
        if self.unreachable:
            raise GatewaySilent("the payment provider did not answer in time")
