from datetime import timedelta

import pytest

from marketplace.domain.shared.ids import OrderId
from marketplace.domain.shared.money import CurrencyMismatch, Money
from marketplace.domain.shared.subject import Subject, SubjectKind
from marketplace.domain.shared.text import InvalidText
from marketplace.domain.trading.negotiation import MOST_ATTEMPTS, MOST_OFFERS
from marketplace.domain.trading.offer import (
    NEGOTIATION_MOVES,
    OFFER_LIFE,
    OFFER_MOVES,
    Agreement,
    NegotiationAlreadyOpen,
    NegotiationStatus,
    NoAttemptsLeft,
    NotYourOffer,
    NotYourTurn,
    OfferAbovePrice,
    OfferAccepted,
    OfferCountered,
    OfferDeclined,
    OfferExpired,
    OfferId,
    OfferMade,
    OfferNotFound,
    OfferNotOpen,
    OfferStatus,
    OfferSuperseded,
    OfferWithdrawn,
    OwnListing,
    Side,
    TooManyOffers,
)
from marketplace.domain.trading.units import ONE
from tests.builders.commerce import HOUR, NOON, a_negotiation, a_user_id, aed, an_offer, new_id, terms

ORDER = OrderId(new_id())


def test_an_offer_is_pending_for_a_day() -> None:
    negotiation = a_negotiation()
    offer = an_offer(negotiation, message=" hello ")
    assert (offer.status, offer.side, offer.expires_at, offer.message) == (
        OfferStatus.PENDING, Side.BUYER, NOON + OFFER_LIFE, "hello",
    )  # fmt: skip
    [event] = negotiation.pull_events()
    assert isinstance(event, OfferMade)
    assert (event.offer_id, event.terms, event.asked, event.message) == (offer.id, terms(), aed(850), "hello")


def test_nobody_negotiates_with_himself() -> None:
    one = a_user_id()
    with pytest.raises(OwnListing):
        a_negotiation(buyer=one, seller=one)


def test_an_offer_is_at_most_the_list_price() -> None:
    negotiation = a_negotiation()
    with pytest.raises(OfferAbovePrice):
        negotiation.offer(OfferId(new_id()), terms("850.01"), by=negotiation.buyer, message=None, now=NOON)
    assert negotiation.offers == []
    full = negotiation.offer(OfferId(new_id()), terms(850), by=negotiation.buyer, message=None, now=NOON)
    assert full.terms.price == aed(850)


def test_an_offer_is_in_the_listing_s_currency() -> None:
    negotiation = a_negotiation()
    with pytest.raises(CurrencyMismatch):
        negotiation.offer(OfferId(new_id()), terms(price=Money(1, "USD")), by=negotiation.buyer, message=None, now=NOON)


def test_a_message_is_text() -> None:
    for message in ("", "\u200b", "a" * 1_001):
        with pytest.raises(InvalidText):
            an_offer(a_negotiation(), message=message)


def test_a_second_offer_waits_for_the_answer() -> None:
    negotiation = a_negotiation()
    an_offer(negotiation)
    for party in (negotiation.buyer, negotiation.seller):
        with pytest.raises(NegotiationAlreadyOpen):
            an_offer(negotiation, by=party)


def test_acceptance_ends_it_with_an_agreement() -> None:
    negotiation = a_negotiation()
    offer = an_offer(negotiation)
    agreement = negotiation.accept(offer.id, by=negotiation.seller, order_id=ORDER, now=NOON)
    assert agreement == Agreement(
        negotiation_id=negotiation.id, subject=negotiation.subject, buyer=negotiation.buyer,
        seller=negotiation.seller, amount=aed(750), quantity=ONE, terms=offer.terms,
    )  # fmt: skip
    assert (negotiation.status, offer.status) == (NegotiationStatus.AGREED, OfferStatus.ACCEPTED)
    _, accepted = negotiation.pull_events()
    assert isinstance(accepted, OfferAccepted)
    assert accepted.order_id == ORDER


def test_a_counter_kills_the_first_offer_and_turns_the_sides() -> None:
    negotiation = a_negotiation()
    first = an_offer(negotiation)
    new_offer = OfferId(new_id())
    second = negotiation.counter(first.id, new_offer, terms(800), by=negotiation.seller, message=None, now=NOON + HOUR)
    assert (first.status, second.status, second.side) == (OfferStatus.COUNTERED, OfferStatus.PENDING, Side.SELLER)
    assert second.expires_at == NOON + HOUR + OFFER_LIFE
    _, countered, made = negotiation.pull_events()
    assert isinstance(countered, OfferCountered)
    assert isinstance(made, OfferMade)
    assert (countered.counter_offer_id, made.offer_id, made.side) == (new_offer, new_offer, Side.SELLER)
    agreement = negotiation.accept(second.id, by=negotiation.buyer, order_id=ORDER, now=NOON + HOUR)
    assert agreement.amount == aed(800)


def test_a_counter_is_not_above_the_list_price_either() -> None:
    negotiation = a_negotiation()
    first = an_offer(negotiation)
    with pytest.raises(OfferAbovePrice):
        negotiation.counter(first.id, OfferId(new_id()), terms(851), by=negotiation.seller, message=None, now=NOON)


def test_declining_and_withdrawing_close_it() -> None:
    declined, withdrawn = a_negotiation(), a_negotiation()
    first, second = an_offer(declined), an_offer(withdrawn)
    declined.decline(first.id, by=declined.seller, now=NOON)
    withdrawn.withdraw(second.id, by=withdrawn.buyer, now=NOON)
    assert (first.status, second.status) == (OfferStatus.DECLINED, OfferStatus.WITHDRAWN)
    assert declined.status is withdrawn.status is NegotiationStatus.CLOSED
    assert isinstance(declined.pull_events()[1], OfferDeclined)
    assert isinstance(withdrawn.pull_events()[1], OfferWithdrawn)


def test_only_the_other_side_answers() -> None:
    negotiation = a_negotiation()
    offer = an_offer(negotiation)
    with pytest.raises(NotYourTurn):
        negotiation.accept(offer.id, by=negotiation.buyer, order_id=ORDER, now=NOON)
    with pytest.raises(NotYourTurn):
        negotiation.decline(offer.id, by=negotiation.buyer, now=NOON)
    with pytest.raises(NotYourTurn):
        negotiation.counter(offer.id, OfferId(new_id()), terms(1), by=negotiation.buyer, message=None, now=NOON)
    with pytest.raises(NotYourOffer):
        negotiation.withdraw(offer.id, by=negotiation.seller, now=NOON)
    assert offer.status is OfferStatus.PENDING


def test_to_a_stranger_there_is_no_offer() -> None:
    negotiation = a_negotiation()
    offer, stranger = an_offer(negotiation), a_user_id()
    with pytest.raises(OfferNotFound):
        negotiation.accept(offer.id, by=stranger, order_id=ORDER, now=NOON)
    with pytest.raises(OfferNotFound):
        negotiation.decline(offer.id, by=stranger, now=NOON)
    with pytest.raises(OfferNotFound):
        negotiation.withdraw(offer.id, by=stranger, now=NOON)
    with pytest.raises(OfferNotFound):
        negotiation.counter(offer.id, OfferId(new_id()), terms(1), by=stranger, message=None, now=NOON)


def test_an_offer_of_another_negotiation_is_not_found() -> None:
    negotiation, other = a_negotiation(), an_offer(a_negotiation())
    with pytest.raises(OfferNotFound):
        negotiation.accept(other.id, by=negotiation.seller, order_id=ORDER, now=NOON)


@pytest.mark.parametrize("late", [timedelta(0), HOUR])
def test_an_offer_that_ran_out_is_not_answered(late: timedelta) -> None:
    negotiation = a_negotiation()
    offer = an_offer(negotiation)
    now = offer.expires_at + late
    with pytest.raises(OfferNotOpen):
        negotiation.accept(offer.id, by=negotiation.seller, order_id=ORDER, now=now)
    with pytest.raises(OfferNotOpen):
        negotiation.withdraw(offer.id, by=negotiation.buyer, now=now)
    assert offer.status is OfferStatus.PENDING


def test_an_offer_expires_at_its_time_and_once() -> None:
    negotiation = a_negotiation()
    offer = an_offer(negotiation)
    assert not negotiation.expire(offer.id, offer.expires_at - timedelta(microseconds=1))
    assert negotiation.expire(offer.id, offer.expires_at)
    assert not negotiation.expire(offer.id, offer.expires_at)
    assert (offer.status, negotiation.status) == (OfferStatus.EXPIRED, NegotiationStatus.EXPIRED)
    assert [type(event) for event in negotiation.pull_events()] == [OfferMade, OfferExpired]


def test_when_the_listing_went_to_another_its_offer_is_superseded() -> None:
    negotiation = a_negotiation()
    offer = an_offer(negotiation)
    assert negotiation.supersede(NOON) is offer
    assert (offer.status, negotiation.status) == (OfferStatus.SUPERSEDED, NegotiationStatus.CANCELLED)
    assert isinstance(negotiation.pull_events()[1], OfferSuperseded)
    with pytest.raises(OfferNotOpen):
        negotiation.supersede(NOON)


def test_a_buyer_has_a_bounded_number_of_attempts_on_a_listing() -> None:
    negotiation = a_negotiation(attempts=MOST_ATTEMPTS - 1)
    first = an_offer(negotiation)
    negotiation.counter(first.id, OfferId(new_id()), terms(840), by=negotiation.seller, message=None, now=NOON)
    [_, pending] = negotiation.offers
    with pytest.raises(NoAttemptsLeft):
        negotiation.counter(pending.id, OfferId(new_id()), terms(760), by=negotiation.buyer, message=None, now=NOON)


def test_a_negotiation_has_a_bounded_number_of_offers() -> None:
    negotiation = a_negotiation(subject=Subject(kind=SubjectKind.TRADE, id=new_id()), asked=None)
    offer = an_offer(negotiation)
    for turn in range(MOST_OFFERS - 1):
        answerer = negotiation.seller if turn % 2 == 0 else negotiation.buyer
        offer = negotiation.counter(offer.id, OfferId(new_id()), terms(800), by=answerer, message=None, now=NOON)
    last = negotiation.buyer if offer.side is Side.SELLER else negotiation.seller
    with pytest.raises(TooManyOffers):
        negotiation.counter(offer.id, OfferId(new_id()), terms(800), by=last, message=None, now=NOON)


def test_what_has_ended_never_moves_again() -> None:
    assert {status for status, moves in OFFER_MOVES.items() if moves} == {OfferStatus.PENDING}
    assert {status for status, moves in NEGOTIATION_MOVES.items() if moves} == {NegotiationStatus.OPEN}
