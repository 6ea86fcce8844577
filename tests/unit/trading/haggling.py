"""A small market on the memory adapters, and what must hold of it after every step of whoever acts in it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Coroutine, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from marketplace.application.inventory.holds import RELEASE_HOLD
from marketplace.application.ordering.orders import EXPIRE_ORDER
from marketplace.application.shared.actor import Actor
from marketplace.application.trading.offers import EXPIRE_OFFER
from marketplace.domain.catalog.events import ListingRemoved
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.terms import LotTerms
from marketplace.domain.inventory.hold import HOLD_MOVES, HoldStatus
from marketplace.domain.ordering.events import OrderExpired, OrderPaid, OrderPlaced
from marketplace.domain.ordering.fees import BASIS_POINTS
from marketplace.domain.ordering.moves import ORDER_MOVES, OrderStatus
from marketplace.domain.ordering.order import Order, PaymentStatus
from marketplace.domain.shared.aggregate import DomainEvent
from marketplace.domain.shared.errors import DomainError
from marketplace.domain.shared.ids import ListingId, NegotiationId, OrderId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.subject import SubjectKind
from marketplace.domain.trading.negotiation import MOST_ATTEMPTS, Negotiation
from marketplace.domain.trading.offer import (
    NEGOTIATION_MOVES,
    OFFER_MOVES,
    Agreement,
    NegotiationStatus,
    Offer,
    OfferAccepted,
    OfferCountered,
    OfferDeclined,
    OfferEvent,
    OfferExpired,
    OfferId,
    OfferMade,
    OfferStatus,
    OfferSuperseded,
    OfferWithdrawn,
    Side,
)
from marketplace.domain.trading.terms import TermSheet
from marketplace.domain.trading.trade import Need, Trade, TradeId, TradeSide, Visibility
from marketplace.domain.trading.units import Quantity
from tests.builders.commerce import NOON, an_actor, new_id
from tests.fakes.market import Market

Result = TypeVar("Result")
ENDS: dict[type[OfferEvent], OfferStatus] = {
    OfferAccepted: OfferStatus.ACCEPTED, OfferCountered: OfferStatus.COUNTERED, OfferDeclined: OfferStatus.DECLINED,
    OfferWithdrawn: OfferStatus.WITHDRAWN, OfferExpired: OfferStatus.EXPIRED, OfferSuperseded: OfferStatus.SUPERSEDED,
}  # fmt: skip
DEAD = {OrderStatus.CANCELLED, OrderStatus.EXPIRED}
TEN_KILOS = Quantity(Decimal(10), "kg")
GONE = {ListingStatus.RESERVED, ListingStatus.SOLD, ListingStatus.REMOVED}
MOVES: dict[type[Any], Mapping[Any, Collection[Any]]] = {
    NegotiationStatus: NEGOTIATION_MOVES, OfferStatus: OFFER_MOVES, HoldStatus: HOLD_MOVES, OrderStatus: ORDER_MOVES,
}  # fmt: skip
HELD_FOR = {PaymentStatus.UNPAID: HoldStatus.HELD, PaymentStatus.PAID: HoldStatus.SOLD}


def now_done(work: Coroutine[Any, Any, Result]) -> Result:
    """Memory adapters never wait."""
    try:
        work.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    raise AssertionError("something waited")


class Bazaar:
    """Two products, a lot of 10 kg and a trade of 10 kg, all of one seller. `due`: what the worker has to react to."""

    def __init__(self) -> None:
        self.market = Market()
        self.people = {
            "seller": self.market.seller, "buyer": self.market.buyer, "second": an_actor(), "stranger": an_actor(),
        }  # fmt: skip
        lot = LotTerms(quantity=Decimal(10), unit="kg", smallest=Decimal(1))
        self.products = [now_done(self.market.listed()) for _ in range(2)]
        self.lot = now_done(self.market.listed(terms=lot))
        self.trade = Trade(
            id=TradeId(new_id()), owner=self.market.seller.user, side=TradeSide.SELL, visibility=Visibility.OPEN,
            need=Need(commodity="cotton", quantity=TEN_KILOS, currency="AED", price_unit="kg"),
            valid_until=NOON.replace(year=2031), created_at=NOON,
        )  # fmt: skip
        self.market.forget_news()
        self.due: list[DomainEvent] = []
        self.told: dict[OfferId, OfferStatus] = {}
        self.placed: dict[OrderId, OrderPlaced] = {}
        self.agreed: dict[OrderId, OfferAccepted] = {}
        self.written: dict[OfferId, tuple[Side, TermSheet, str | None, datetime, datetime]] = {}
        self.before: dict[UUID, Any] = {}

    @property
    def negotiations(self) -> dict[NegotiationId, Negotiation]:
        return self.market.rows.negotiations

    @property
    def listings(self) -> list[ListingId]:
        return [*self.products, self.lot]

    @property
    def due_timers(self) -> list[tuple[str, UUID]]:
        return [key for key, at in self.market.rows.timers.items() if at <= self.market.clock.at]

    @property
    def offers(self) -> list[Offer]:
        """Latest first."""
        return sorted((o for n in self.negotiations.values() for o in n.offers), key=lambda one: one.id, reverse=True)

    @property
    def orders(self) -> list[Order]:
        return list(self.market.rows.orders.values())

    def attempt(self, work: Coroutine[Any, Any, Any]) -> bool:
        """False when it was refused; a refusal leaves nothing behind."""
        try:
            now_done(work)
        except DomainError:
            return False
        return True

    async def offer_on_trade(self, by: Actor, terms: TermSheet) -> None:
        making, now = self.market.make_offer, self.market.clock.at
        negotiation = Negotiation(
            id=NegotiationId(making.ids.new()), subject=self.trade.subject, buyer=by.user, seller=self.trade.owner,
            currency="AED", opener=self.trade.side.owner_side.other, closes_at=self.trade.decided_by,
        )  # fmt: skip
        async with making.transaction:
            offer = negotiation.offer(OfferId(making.ids.new()), terms, by=by.user, message=None, now=now)
            await making.negotiations.add(negotiation)
            making.timers.set(EXPIRE_OFFER, offer.id, offer.expires_at)

    async def move(self, offer_id: OfferId, move: Callable[[Negotiation], Any]) -> None:
        """Of one negotiation by itself, which may lead to an agreement over the trade; timers follow."""
        accepting = self.market.accept_offer
        async with accepting.transaction:
            negotiation = await accepting.negotiations.of_offer(offer_id)
            result = move(negotiation)
            if isinstance(result, Agreement):
                order_id = order_of(negotiation)
                need = (SubjectKind.TRADE, self.trade.id, self.trade.need.quantity)
                await accepting.deals.strike(with_goods(result, need), order_id, self.market.clock.at)
            await accepting.negotiations.save(negotiation)
            accepting.timers.clear(EXPIRE_OFFER, offer_id)
            if negotiation.pending is not None:
                accepting.timers.set(EXPIRE_OFFER, negotiation.pending.id, negotiation.pending.expires_at)

    async def ring(self, timer: str, subject: UUID) -> None:
        del self.market.rows.timers[timer, subject]
        calls: dict[str, Callable[[Any], Coroutine[Any, Any, None]]] = {
            EXPIRE_OFFER: self.market.expire_offer, EXPIRE_ORDER: self.market.expire_order,
            RELEASE_HOLD: self.market.release_hold,
        }  # fmt: skip
        if timer in calls:
            await calls[timer](subject)

    async def react(self, event: DomainEvent) -> None:
        """As the worker does."""
        if isinstance(event, ListingRemoved):
            await self.market.cancel_negotiations(event.listing_id)
        if isinstance(event, OrderPaid | OrderExpired):
            to = HoldStatus.SOLD if isinstance(event, OrderPaid) else HoldStatus.RELEASED
            await self.market.settle_holds(event.order_id, to)

    def listen(self) -> None:
        """Take note of what was told since the last step."""
        for event in self.market.rows.events:
            if isinstance(event, OfferMade):
                assert event.offer_id not in self.told
                self.told[event.offer_id] = OfferStatus.PENDING
            elif isinstance(event, OfferEvent):
                assert self.told[event.offer_id] is OfferStatus.PENDING
                self.told[event.offer_id] = ENDS[type(event)]
            if isinstance(event, OfferAccepted):
                self.agreed[event.order_id] = event
            if isinstance(event, OrderPlaced):
                self.placed[event.order_id] = event
            if isinstance(event, OrderPaid | OrderExpired | ListingRemoved):
                self.due.append(event)
        self.market.forget_news()

    def status_of(self, listing_id: ListingId) -> ListingStatus:
        return self.market.rows.listings[listing_id][0].status


def with_goods(agreement: Agreement, *goods: tuple[SubjectKind, UUID, Quantity]) -> Agreement:
    return Agreement(
        negotiation_id=agreement.negotiation_id, subject=agreement.subject, buyer=agreement.buyer,
        seller=agreement.seller, amount=agreement.amount, quantity=agreement.quantity, terms=agreement.terms,
        goods=goods,
    )  # fmt: skip


def order_of(negotiation: Negotiation) -> OrderId:
    """The order's id is the negotiation's: it has no more than one."""
    return OrderId(negotiation.id)


def every_move_is_in_the_tables(bazaar: Bazaar) -> None:
    rows = bazaar.market.rows
    now: dict[UUID, Any] = {one.id: one.status for one in bazaar.negotiations.values()}
    now |= {offer.id: offer.status for offer in bazaar.offers}
    now |= {hold.id: status for hold, status in rows.holds.values()}
    now |= {order.id: order.status for order in bazaar.orders if order.id not in now}
    for id_, former in bazaar.before.items():
        assert now[id_] is former or now[id_] in MOVES[type(former)][former]
    bazaar.before = now


def one_offer_is_pending_while_open_and_none_after_the_end(bazaar: Bazaar) -> None:
    for negotiation in bazaar.negotiations.values():
        counts = Counter(offer.status for offer in negotiation.offers)
        assert counts[OfferStatus.PENDING] == (negotiation.status is NegotiationStatus.OPEN)
        assert counts[OfferStatus.ACCEPTED] == (negotiation.status is NegotiationStatus.AGREED)
    pending = {(EXPIRE_OFFER, o.id): o.expires_at for o in bazaar.offers if o.status is OfferStatus.PENDING}
    assert pending == {key: at for key, at in bazaar.market.rows.timers.items() if key[0] == EXPIRE_OFFER}


def the_past_stays_as_it_was(bazaar: Bazaar) -> None:
    now = {o.id: (o.side, o.terms, o.message, o.created_at, o.expires_at) for o in bazaar.offers}
    assert {offer_id: now[offer_id] for offer_id in bazaar.written} == bazaar.written
    bazaar.written = now


def events_tell_exactly_what_happened(bazaar: Bazaar) -> None:
    assert bazaar.told == {offer.id: offer.status for offer in bazaar.offers}
    assert bazaar.placed.keys() == bazaar.agreed.keys() == bazaar.market.rows.orders.keys()
    assert all(bazaar.placed[order.id].amount == order.amount for order in bazaar.orders)


def attempts_and_prices_keep_their_bounds(bazaar: Bazaar) -> None:
    attempts: Counter[tuple[UUID, UserId]] = Counter()
    for one in bazaar.negotiations.values():
        for offer in one.offers:
            assert one.asked is None or not offer.terms.amount > one.asked.price_of(offer.terms.quantity)
            attempts[one.subject.id, one.buyer] += offer.side is Side.BUYER and one.subject != bazaar.trade.subject
    assert all(made <= MOST_ATTEMPTS for made in attempts.values())


def an_order_is_what_was_agreed(bazaar: Bazaar) -> None:
    accepted = {one.id: one for one in bazaar.offers if one.status is OfferStatus.ACCEPTED}
    assert sorted(event.offer_id for event in bazaar.agreed.values()) == sorted(accepted)
    for order in bazaar.orders:
        event = bazaar.agreed[order.id]
        offer = accepted[event.offer_id]
        taken, price = offer.taken or offer.terms.quantity, offer.terms.price
        per_kilo = int(price.minor * taken.amount + Decimal("0.5"))
        amount = Money(price.minor if offer.terms.price_unit is None else per_kilo, price.currency)
        assert (order.amount, order.subject, order.buyer) == (amount, event.subject, event.buyer)
        assert (event.amount, event.taken) == (amount, taken)
        assert all(
            line.fee.amount == line.amount.share(BASIS_POINTS[line.fee.rule.partition("_")[0]]) for line in order.lines
        )


def what_is_held_is_what_live_orders_wait_for(bazaar: Bazaar) -> None:
    """But for what the worker has not got to yet."""
    rows = bazaar.market.rows
    late = {event.order_id for event in bazaar.due if isinstance(event, OrderPaid | OrderExpired)}
    sums: dict[tuple[UUID, HoldStatus], Decimal] = defaultdict(Decimal)
    held: dict[OrderId, list[tuple[UUID, HoldStatus]]] = {order.id: [] for order in bazaar.orders}
    for hold, status in rows.holds.values():
        sums[hold.subject, status] += hold.quantity
        held[OrderId(hold.reference)].append((hold.subject, status))
    for subject, stock in rows.stocks.items():
        assert (stock.held, stock.sold) == (sums[subject, HoldStatus.HELD], sums[subject, HoldStatus.SOLD])
        assert stock.held + stock.sold <= stock.total
    for order in bazaar.orders:
        due = HoldStatus.RELEASED if order.status in DEAD else HELD_FOR[order.payment_status]
        wanted = HoldStatus.HELD if order.id in late else due
        assert sorted(held[order.id]) == sorted((line.subject, wanted) for line in order.lines)
    for product in bazaar.products:
        live = [o for o in bazaar.orders if o.status not in DEAD and product in {line.subject for line in o.lines}]
        assert len(live) <= 1
        if not late:
            assert bool(live) == (bazaar.status_of(product) in {ListingStatus.RESERVED, ListingStatus.SOLD})


def nobody_negotiates_over_what_is_gone(bazaar: Bazaar) -> None:
    removed = {event.listing_id for event in bazaar.due if isinstance(event, ListingRemoved)}
    gone = {listing for listing in bazaar.listings if bazaar.status_of(listing) in GONE} - removed
    for one in bazaar.negotiations.values():
        assert one.status is not NegotiationStatus.OPEN or not gone & set(one.subject.listings)


INVARIANTS = (
    every_move_is_in_the_tables, one_offer_is_pending_while_open_and_none_after_the_end, the_past_stays_as_it_was,
    events_tell_exactly_what_happened, attempts_and_prices_keep_their_bounds, an_order_is_what_was_agreed,
    what_is_held_is_what_live_orders_wait_for, nobody_negotiates_over_what_is_gone,
)  # fmt: skip
