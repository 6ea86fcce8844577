"""Buyer, seller and a stranger do whatever they like, whenever they like: the rules hold after every step."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from marketplace.domain.shared.errors import DomainError
from marketplace.domain.shared.ids import OrderId
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.offer import (
    NEGOTIATION_MOVES,
    OFFER_MOVES,
    NegotiationStatus,
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
)
from tests.builders.commerce import NOON, a_negotiation, a_user_id, aed, new_id, terms

ENDS: dict[type[OfferEvent], OfferStatus] = {
    OfferAccepted: OfferStatus.ACCEPTED, OfferCountered: OfferStatus.COUNTERED, OfferDeclined: OfferStatus.DECLINED,
    OfferWithdrawn: OfferStatus.WITHDRAWN, OfferExpired: OfferStatus.EXPIRED, OfferSuperseded: OfferStatus.SUPERSEDED,
}  # fmt: skip
people = st.sampled_from(["buyer", "seller", "stranger"])
prices = st.integers(1, 100_000).map(lambda minor: Money(minor, "AED"))
which = st.integers(0, 5)


class Haggling(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.negotiation = a_negotiation()
        self.people = {
            "buyer": self.negotiation.buyer, "seller": self.negotiation.seller, "stranger": a_user_id(),
        }  # fmt: skip
        self.now = NOON
        self.events: list[OfferEvent] = []
        self.before: tuple[NegotiationStatus, list[OfferStatus]] = (NegotiationStatus.OPEN, [])

    def attempt(self, move: Callable[[], Any]) -> bool:
        """False when it was refused; then nothing may have happened."""
        had_ended = self.negotiation.status is not NegotiationStatus.OPEN
        try:
            move()
        except DomainError:
            return False
        assert not had_ended
        return True

    def offer_id(self, index: int) -> OfferId:
        offers = self.negotiation.offers
        return offers[-1 - index % len(offers)].id if offers else OfferId(new_id())

    @rule(hours=st.sampled_from([0, 1, 12, 24, 25]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(who=people, price=prices)
    def offers(self, who: str, price: Money) -> None:
        party = self.people[who]
        made = self.attempt(
            lambda: self.negotiation.offer(OfferId(new_id()), terms(price=price), by=party, message=None, now=self.now)
        )
        assert not (made and who == "stranger")

    @rule(who=people, index=which, price=prices)
    def counters(self, who: str, index: int, price: Money) -> None:
        if price > aed(850):
            return
        self.answers(
            who,
            index,
            lambda offer: self.negotiation.counter(
                offer, OfferId(new_id()), terms(price=price), by=self.people[who], message=None, now=self.now
            ),
        )

    @rule(who=people, index=which)
    def accepts(self, who: str, index: int) -> None:
        self.answers(
            who,
            index,
            lambda offer: self.negotiation.accept(offer, by=self.people[who], order_id=OrderId(new_id()), now=self.now),
        )

    @rule(who=people, index=which)
    def declines(self, who: str, index: int) -> None:
        self.answers(who, index, lambda offer: self.negotiation.decline(offer, by=self.people[who], now=self.now))

    def answers(self, who: str, index: int, answer: Callable[[OfferId], Any]) -> None:
        offer_id = self.offer_id(index)
        if self.attempt(lambda: answer(offer_id)):
            offer = self.negotiation.find(offer_id)
            assert who == offer.side.other
            assert self.now < offer.expires_at

    @rule(who=people, index=which)
    def withdraws(self, who: str, index: int) -> None:
        offer_id = self.offer_id(index)
        if self.attempt(lambda: self.negotiation.withdraw(offer_id, by=self.people[who], now=self.now)):
            assert who == self.negotiation.find(offer_id).side

    @rule(index=which)
    def timer_rings(self, index: int) -> None:
        if self.negotiation.offers:
            offer = self.negotiation.find(self.offer_id(index))
            if self.negotiation.expire(offer.id, self.now):
                assert self.now >= offer.expires_at

    @rule(luck=st.integers(0, 9))
    def listing_goes_to_another(self, luck: int) -> None:
        if luck == 0:
            self.attempt(lambda: self.negotiation.supersede(self.now))

    @invariant()
    def every_move_is_in_the_table(self) -> None:
        status, offers = self.before
        now = [offer.status for offer in self.negotiation.offers]
        assert self.negotiation.status is status or self.negotiation.status in NEGOTIATION_MOVES[status]
        assert all(new is old or new in OFFER_MOVES[old] for old, new in zip(offers, now, strict=False))
        self.before = (self.negotiation.status, now)

    @invariant()
    def at_most_one_offer_is_pending_and_none_after_the_end(self) -> None:
        counts = Counter(offer.status for offer in self.negotiation.offers)
        assert counts[OfferStatus.PENDING] <= (self.negotiation.status is NegotiationStatus.OPEN)
        assert counts[OfferStatus.ACCEPTED] == (self.negotiation.status is NegotiationStatus.AGREED)

    @invariant()
    def no_price_is_above_the_list_price(self) -> None:
        assert not any(offer.terms.price > aed(850) for offer in self.negotiation.offers)

    @invariant()
    def the_events_tell_exactly_what_happened(self) -> None:
        for event in self.negotiation.pull_events():
            assert isinstance(event, OfferEvent)
            self.events.append(event)
        told: dict[OfferId, OfferStatus] = {}
        for event in self.events:
            if isinstance(event, OfferMade):
                assert event.offer_id not in told
                told[event.offer_id] = OfferStatus.PENDING
            else:
                assert told[event.offer_id] is OfferStatus.PENDING
                told[event.offer_id] = ENDS[type(event)]
        assert told == {offer.id: offer.status for offer in self.negotiation.offers}


TestHaggling = Haggling.TestCase
TestHaggling.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
