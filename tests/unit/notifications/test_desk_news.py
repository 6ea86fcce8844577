"""What each event of the desk is to the people it concerns: notices and letters."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace.application.shared import letters
from marketplace.application.shared.posting import PostedLetter
from marketplace.application.shared.user_events import Notice
from marketplace.application.trading.audience import REMIND_OF_END, Audience, PlanReminder
from marketplace.domain.shared.aggregate import Aggregate
from marketplace.domain.shared.ids import ListingId, OrderId, UserId
from marketplace.domain.shared.subject import Subject
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import OfferEvent, OfferId, OfferStatus
from marketplace.domain.trading.trade import Trade, TradeOpened, TradePublished, TradeStatus, Visibility
from marketplace.domain.trading.units import Quantity
from marketplace.entrypoints.worker import desk_letters, notices
from tests.builders.commerce import HOUR, NOON, a_negotiation, a_user_id, an_offer, new_id
from tests.builders.trades import DEADLINE, a_published_trade, offered, on_trade, per_candy
from tests.fakes.world import MemoryTimers, MemoryTransaction


def last(aggregate: Aggregate) -> Any:
    return aggregate.pull_events()[-1]


def heard(told: list[Notice]) -> list[tuple[UserId, str]]:
    return [(one.recipient, one.name) for one in told]


def audience(trade: Trade, *offerers: UserId) -> Audience:
    return Audience(trade, trade.need.quantity.amount, frozenset(offerers))


def kinds(posted: list[PostedLetter]) -> list[tuple[UserId, type]]:
    return [(one.to, type(one.letter)) for one in posted]


def accepted(negotiation: Negotiation, offer_id: OfferId, by: UserId, bales: int | None = None) -> OfferEvent:
    quantity = None if bales is None else Quantity(Decimal(bales), "bale")
    negotiation.accept(offer_id, by=by, order_id=OrderId(new_id()), now=NOON + HOUR, quantity=quantity)
    event: OfferEvent = last(negotiation)
    return event


def test_an_offer_on_a_trade_says_what_its_price_is_for() -> None:
    trade = a_published_trade()
    negotiation = on_trade(trade)
    offer = offered(negotiation, "62000")
    created, new = notices.of_new_offer(last(negotiation))
    assert heard([created, new]) == [(negotiation.seller, "offer:created"), (trade.owner, "offer:new")]
    assert created.data == new.data == {
        "id": offer.id, "tradeId": trade.id, "negotiationId": negotiation.id, "quantity": Decimal(300), "unit": "bale",
        "currency": "INR", "status": "pending", "side": "seller", "turn": "buyer", "expiresAt": DEADLINE,
        "price": Decimal("62000.00"), "priceUnit": "candy", "amount": Decimal("8891513.41"),
        "unitPriceNormalized": Decimal("174.343400"), "deliveryDays": None, "paymentTerms": None, "lotId": None,
        "message": None,
    }  # fmt: skip


def test_an_acceptance_says_what_was_taken() -> None:
    negotiation = on_trade(a_published_trade())
    offer = offered(negotiation, "62000")
    event = accepted(negotiation, offer.id, negotiation.buyer, 100)
    told = notices.of_answered_offer(event, OfferStatus.ACCEPTED)
    assert {one.recipient for one in told} == {negotiation.buyer, negotiation.seller}
    payload = told[0].data
    assert (payload["quantity"], payload["takenQuantity"], payload["amount"], payload["turn"]) == (
        Decimal(300), Decimal(100), Decimal("2963837.80"), None,
    )  # fmt: skip


def test_after_a_counter_it_is_the_turn_of_who_was_countered() -> None:
    negotiation = on_trade(a_published_trade())
    offer = offered(negotiation, "62000")
    negotiation.counter(
        offer.id, OfferId(new_id()), per_candy("61000"), by=negotiation.buyer, message=None, now=NOON + HOUR
    )
    *_, countered, made = negotiation.pull_events()
    assert isinstance(countered, OfferEvent)
    told = notices.of_answered_offer(countered, OfferStatus.COUNTERED)
    assert [one.data["turn"] for one in told] == ["seller", "seller"]
    assert [one.data["turn"] for one in notices.of_new_offer(made)] == ["seller", "seller"]  # type: ignore[arg-type]


def test_offers_on_listings_keep_their_words() -> None:
    negotiation = a_negotiation(subject=Subject.of_listings(ListingId(new_id()), ListingId(new_id())))
    an_offer(negotiation)
    payload = notices.of_new_offer(last(negotiation))[0].data
    assert (payload["offeredPrice"], payload["originalPrice"]) == (Decimal("750.00"), Decimal("850.00"))
    assert (payload["productId"], payload["productIds"]) == (
        negotiation.subject.listings[0], negotiation.subject.listings,
    )  # fmt: skip
    assert "tradeId" not in payload
    assert "price" not in payload


def test_a_sealed_offer_is_told_to_its_maker_alone_until_the_deadline() -> None:
    trade = a_published_trade(visibility=Visibility.SEALED)
    negotiation = on_trade(trade)
    first = offered(negotiation, "62000")
    made = last(negotiation)
    assert heard(notices.of_new_offer(made)) == [(negotiation.seller, "offer:created")]
    assert notices.of_offer_received(made).recipient == trade.owner
    negotiation.replace(
        first.id, OfferId(new_id()), per_candy("61000"), by=negotiation.seller, message=None, now=DEADLINE - HOUR
    )
    withdrawn, _ = negotiation.pull_events()
    assert isinstance(withdrawn, OfferEvent)
    told = notices.of_answered_offer(withdrawn, OfferStatus.WITHDRAWN)
    assert heard(told) == [(negotiation.seller, "offer:updated")]
    negotiation.decline(negotiation.offers[-1].id, by=trade.owner, now=DEADLINE)
    told = notices.of_answered_offer(last(negotiation), OfferStatus.DECLINED)
    assert {one for one, _ in heard(told)} == {negotiation.seller, trade.owner}


def test_what_is_told_of_a_trade_tells_of_no_offer() -> None:
    trade = a_published_trade(visibility=Visibility.SEALED)
    without, with_offers = audience(trade), audience(trade, a_user_id(), a_user_id())
    (one,), (other,) = (notices.of_trade(seen, TradeStatus.PUBLISHED, [trade.owner]) for seen in (without, with_offers))
    assert one == other
    assert one.data == {
        "tradeId": trade.id, "status": "published", "side": "buy", "commodity": "cotton", "quantity": Decimal(500),
        "remainingQuantity": Decimal(500), "unit": "bale", "visibility": "sealed", "validUntil": DEADLINE,
    }  # fmt: skip


def test_letters_of_an_offer_and_its_answers() -> None:
    trade = a_published_trade()
    negotiation = on_trade(trade)
    seen, ginner = audience(trade, negotiation.seller), negotiation.seller
    first = offered(negotiation, "62000")
    (posted,) = desk_letters.of_offer(last(negotiation), seen)
    assert (posted.to, posted.letter) == (
        trade.owner, letters.TradeOffer("cotton, MCU-5, 500 bale", "62000.00 INR / candy", "300 bale"),
    )  # fmt: skip
    counter = negotiation.counter(
        first.id, OfferId(new_id()), per_candy("61000"), by=trade.owner, message=None, now=NOON + HOUR
    )
    countered, made = negotiation.pull_events()
    assert isinstance(countered, OfferEvent)
    assert isinstance(made, OfferEvent)
    assert desk_letters.of_offer(countered, seen) == []
    assert kinds(desk_letters.of_offer(made, seen)) == [(ginner, letters.TradeTerms)]
    (posted,) = desk_letters.of_offer(accepted(negotiation, counter.id, ginner, 100), seen)
    assert (posted.to, posted.letter) == (
        trade.owner, letters.TradeAwarded("cotton, MCU-5, 500 bale", "61000.00 INR / candy", "100 bale"),
    )  # fmt: skip


def test_letters_of_an_acceptance_by_the_owner() -> None:
    trade = a_published_trade()
    negotiation = on_trade(trade)
    event = accepted(negotiation, offered(negotiation, "62000").id, trade.owner)
    assert kinds(desk_letters.of_offer(event, audience(trade, negotiation.seller))) == [
        (trade.owner, letters.TradeAwarded), (negotiation.seller, letters.TradeOfferAccepted),
    ]  # fmt: skip


def test_letters_of_a_revision_and_a_refusal() -> None:
    trade = a_published_trade()
    negotiation = on_trade(trade)
    first = offered(negotiation, "62000")
    revised = negotiation.replace(
        first.id, OfferId(new_id()), per_candy("61000"), by=negotiation.seller, message=None, now=NOON + HOUR
    )
    seen = audience(trade, negotiation.seller)
    assert kinds(desk_letters.of_offer(last(negotiation), seen)) == [(trade.owner, letters.TradeTerms)]
    negotiation.decline(revised.id, by=trade.owner, now=NOON + HOUR)
    assert kinds(desk_letters.of_offer(last(negotiation), seen)) == [(negotiation.seller, letters.TradeOfferDeclined)]


def test_letters_of_a_trade() -> None:
    guests = frozenset({a_user_id(), a_user_id()})
    trade = a_published_trade(visibility=Visibility.SEALED, invited=guests)
    published = last(trade)
    assert isinstance(published, TradePublished)
    seen = audience(trade)
    assert sorted(kinds(desk_letters.of_published_trade(published, seen))) == [
        (one, letters.TradeInvitation) for one in sorted(guests)
    ]
    facts = {"occurred_at": DEADLINE, "trade_id": trade.id, "owner": trade.owner}
    opened = TradeOpened(**facts, status=TradeStatus.NEGOTIATING)  # type: ignore[arg-type]
    assert [one.letter for one in desk_letters.of_opened_trade(opened, seen, 2)] == [
        letters.TradeOffersOpen("cotton, MCU-5, 500 bale", 2)
    ]
    assert desk_letters.of_opened_trade(opened, seen, 0) == []


def test_each_letter_has_an_occasion_of_its_own() -> None:
    trade = a_published_trade(visibility=Visibility.INVITED, invited=frozenset({a_user_id(), a_user_id()}))
    event = last(trade)
    occasions = [one.occasion for one in desk_letters.of_published_trade(event, audience(trade))]
    assert len(set(occasions)) == 2
    assert occasions == [one.occasion for one in desk_letters.of_published_trade(event, audience(trade))]


@pytest.mark.parametrize(("lasts", "reminded"), [(timedelta(days=3), True), (timedelta(hours=24), False)])
async def test_the_owner_is_reminded_a_day_before_the_end(lasts: timedelta, reminded: bool) -> None:
    trade, transaction = a_published_trade(valid_until=NOON + lasts), MemoryTransaction()
    await PlanReminder(MemoryTimers(transaction), transaction)(trade, NOON)
    expected = {(REMIND_OF_END, trade.id): NOON + lasts - timedelta(hours=24)} if reminded else {}
    assert transaction.rows.timers == expected


def test_only_what_would_expire_is_reminded_of() -> None:
    trade = a_published_trade()
    (posted,) = desk_letters.of_coming_end(audience(trade))
    assert (posted.to, posted.letter) == (trade.owner, letters.TradeEndsSoon("cotton, MCU-5, 500 bale", DEADLINE))
    trade.award(NOON)
    assert desk_letters.of_coming_end(audience(trade)) == []


@pytest.mark.parametrize("visibility", [Visibility.OPEN, Visibility.SEALED])
def test_an_author_is_told_that_an_offer_ended_with_its_trade_whoever_was_to_answer(visibility: Visibility) -> None:
    trade = a_published_trade(visibility=visibility)
    waiting, countered = on_trade(trade), on_trade(trade)
    offered(waiting, "62000")
    first = offered(countered, "61000")
    after = DEADLINE + HOUR if visibility is Visibility.SEALED else NOON + HOUR
    countered.counter(first.id, OfferId(new_id()), per_candy("60000"), by=trade.owner, message=None, now=after)
    waiting.supersede(NOON + HOUR)
    countered.supersede(after)
    seen = audience(trade, waiting.seller, countered.seller)
    for negotiation in (waiting, countered):
        event = last(negotiation)
        assert kinds(desk_letters.of_offer(event, seen)) == [(negotiation.seller, letters.TradeOfferEnded)]
