"""Buyers, seller and a stranger do whatever they like, whenever they like: the rules hold after every step.

`pytest --hypothesis-profile=prove` on this file alone runs it 2,000 times.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from marketplace.application.payments.ports import Card
from marketplace.application.shared.actor import Actor
from marketplace.application.trading.proposal import Proposal
from marketplace.domain.catalog.listing import Listing
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import Offer, OfferId, OfferStatus, Side
from marketplace.domain.trading.terms import TermSheet
from marketplace.domain.trading.units import Quantity
from tests.builders.commerce import BAD_CARD, GOOD_CARD, aed, an_actor
from tests.unit.trading.haggling import INVARIANTS, Bazaar, now_done, order_of

people = st.sampled_from(["buyer", "second", "seller", "stranger"])
prices = st.sampled_from(["1.00", "30.05", "300.00", "700.01", "850.00", "850.01", "1700.00"]).map(Decimal)
kilos = st.sampled_from(["0.5", "1", "2.5", "4", "10", "11"]).map(Decimal)
which = st.integers(0, 7)
answering = st.sampled_from(["asked", "asked", "asked", "maker", "stranger"])
"""Who tries to answer an offer: mostly the side that may."""
changing = st.sampled_from(["maker", "maker", "asked", "stranger"])
an_offer_is_there = precondition(lambda self: self.bazaar.offers)


class Haggling(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.bazaar = Bazaar()
        self.market = self.bazaar.market

    def who(self, name: str) -> Actor:
        return self.bazaar.people[name]

    @initialize(price=st.sampled_from(["30.05", "700.01"]).map(Decimal), attempts=st.sampled_from([0, 0, 0, 10]))
    def some_haggle_already(self, price: Decimal, attempts: int) -> None:
        for _ in range(attempts):
            self.offers_on_products("buyer", (0,), price)
            self.withdraws("maker", 0)
        self.offers_on_products("buyer", (0,), price)
        self.offers_on_products("second", (0, 1), price)
        self.offers_on_products("stranger", (1,), price)
        self.offers_on_the_lot("second", Decimal("30.05"), Decimal(4))
        self.offers_on_the_trade("buyer", price, Decimal(4))
        self.offers_on_the_trade("second", price, Decimal(10))

    @rule(who=people, products=st.sampled_from([(0,), (1,), (0, 1), (1, 0)]), price=prices)
    def offers_on_products(self, who: str, products: tuple[int, ...], price: Decimal) -> None:
        listings = [self.bazaar.products[place] for place in products]
        self.offers_on(who, listings, Proposal(price=price))

    @rule(who=people, price=prices, quantity=kilos)
    def offers_on_the_lot(self, who: str, price: Decimal, quantity: Decimal) -> None:
        self.offers_on(who, [self.bazaar.lot], Proposal(price=price, quantity=quantity))

    def offers_on(self, who: str, listings: list[ListingId], proposal: Proposal) -> None:
        made = self.bazaar.attempt(self.market.make_offer(self.who(who), listings, proposal))
        assert not (made and who == "seller")

    @rule(who=people, price=prices, quantity=kilos)
    def offers_on_the_trade(self, who: str, price: Decimal, quantity: Decimal) -> None:
        terms = TermSheet(price=aed(str(price)), price_unit="kg", quantity=Quantity(quantity, "kg"))
        made = self.bazaar.attempt(self.bazaar.offer_on_trade(self.who(who), terms))
        assert not (made and who == "seller")

    @an_offer_is_there
    @rule(who=answering, index=which, price=st.none() | prices, days=st.none() | st.integers(0, 30))
    def counters(self, who: str, index: int, price: Decimal | None, days: int | None) -> None:
        proposal = Proposal(price=price, delivery_days=days)

        def of_trade(one: Negotiation, offer: Offer, by: UserId) -> Any:
            terms = proposal.countering(offer.terms)
            return one.counter(offer.id, self.new_id(), terms, by=by, message=None, now=self.now)

        self.acts(who, index, lambda by, offer: self.market.counter_offer(by, offer, proposal), of_trade)

    @an_offer_is_there
    @rule(who=answering, index=which, quantity=st.none() | kilos)
    def accepts(self, who: str, index: int, quantity: Decimal | None) -> None:
        part = None if quantity is None else Quantity(quantity, "kg")

        def of_trade(one: Negotiation, offer: Offer, by: UserId) -> Any:
            return one.accept(offer.id, by=by, order_id=order_of(one), now=self.now, quantity=part)

        self.acts(who, index, self.market.accept_offer, of_trade)

    @an_offer_is_there
    @rule(who=answering, index=which)
    def declines(self, who: str, index: int) -> None:
        def of_trade(one: Negotiation, offer: Offer, by: UserId) -> None:
            one.decline(offer.id, by=by, now=self.now)

        self.acts(who, index, self.market.decline_offer, of_trade)

    @an_offer_is_there
    @rule(who=changing, index=which)
    def withdraws(self, who: str, index: int) -> None:
        def of_trade(one: Negotiation, offer: Offer, by: UserId) -> None:
            one.withdraw(offer.id, by=by, now=self.now)

        self.acts(who, index, self.market.withdraw_offer, of_trade, by_maker=True)

    @an_offer_is_there
    @rule(who=changing, index=which, price=prices)
    def replaces(self, who: str, index: int, price: Decimal) -> None:
        def replace(one: Negotiation, offer: Offer, by: UserId) -> None:
            terms = offer.terms.with_changes(price=aed(str(price)))
            one.replace(offer.id, self.new_id(), terms, by=by, message=None, now=self.now)

        self.acts(who, index, None, replace, by_maker=True)

    def acts(
        self,
        who: str,
        index: int,
        over_listings: Callable[[Actor, OfferId], Any] | None,
        of_trade: Callable[[Negotiation, Offer, UserId], Any],
        *,
        by_maker: bool = False,
    ) -> None:
        """An offer is answered by the side that did not make it, changed by its maker, and only while it lives."""
        offers = sorted(self.bazaar.offers, key=lambda one: one.status is not OfferStatus.PENDING)
        offer = offers[index % len(offers)]
        one = self.market.negotiation_of(offer.id)
        maker = one.buyer if offer.side is Side.BUYER else one.seller
        asked = one.seller if offer.side is Side.BUYER else one.buyer
        by = {"maker": an_actor(maker), "asked": an_actor(asked), "stranger": an_actor()}[who]
        lived = offer.status is OfferStatus.PENDING and self.now < offer.expires_at
        if over_listings is None or not one.subject.listings:
            work = self.bazaar.move(offer.id, lambda one: of_trade(one, one.find(offer.id), by.user))
        else:
            work = over_listings(by, offer.id)
        if self.bazaar.attempt(work):
            assert lived
            assert who == ("maker" if by_maker else "asked")

    @rule(hours=st.sampled_from([0, 1, 12, 24, 25]))
    def time_passes(self, hours: int) -> None:
        self.market.clock.advance(timedelta(hours=hours))

    @precondition(lambda self: self.bazaar.due_timers)
    @rule(index=which)
    def a_timer_rings(self, index: int) -> None:
        due = self.bazaar.due_timers
        now_done(self.bazaar.ring(*due[index % len(due)]))

    @precondition(lambda self: self.bazaar.due)
    @rule(index=which)
    def the_worker_reacts(self, index: int) -> None:
        now_done(self.bazaar.react(self.bazaar.due.pop(index % len(self.bazaar.due))))

    @rule(place=st.integers(0, 2), move=st.sampled_from([Listing.pause, Listing.resume]))
    def the_seller_moves_a_listing(self, place: int, move: Any) -> None:
        self.bazaar.attempt(self.market.move_own(self.market.seller, self.bazaar.listings[place], move))

    @rule(place=st.integers(0, 2), luck=st.integers(0, 3))
    def the_seller_removes_a_listing(self, place: int, luck: int) -> None:
        if luck == 0:
            self.bazaar.attempt(self.market.move_own(self.market.seller, self.bazaar.listings[place], Listing.remove))

    @rule(place=st.integers(0, 2), price=prices)
    def the_seller_edits_a_price(self, place: int, price: Decimal) -> None:
        listing = self.bazaar.listings[place]
        self.bazaar.attempt(self.market.revise_listing(self.market.seller, listing, {"price": aed(str(price))}))

    @precondition(lambda self: self.bazaar.orders)
    @rule(is_buyer=st.booleans(), index=which, card=st.sampled_from([GOOD_CARD, BAD_CARD]))
    def pays(self, is_buyer: bool, index: int, card: Card) -> None:
        order = self.bazaar.orders[index % len(self.bazaar.orders)]
        by = an_actor(order.buyer) if is_buyer else an_actor()
        paid = self.bazaar.attempt(self.market.pay_order(by, order.id, card))
        assert is_buyer or not paid

    @rule(who=people, luck=st.integers(0, 9))
    def a_party_leaves(self, who: str, luck: int) -> None:
        if luck == 0:
            now_done(self.market.close_negotiations(self.who(who).user))

    def new_id(self) -> OfferId:
        return OfferId(self.market.make_offer.ids.new())

    @property
    def now(self) -> datetime:
        return self.market.clock.at

    @invariant()
    def everything_holds(self) -> None:
        self.bazaar.listen()
        for holds in INVARIANTS:
            holds(self.bazaar)


TestHaggling = Haggling.TestCase
TestHaggling.settings = (
    settings()
    if settings.get_current_profile_name() == "prove"
    else settings(max_examples=60, stateful_step_count=25, deadline=None)
)
