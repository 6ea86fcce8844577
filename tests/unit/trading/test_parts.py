"""Parts of lots, packages and services: what is held, who is left to negotiate, and what becomes of it all."""

from decimal import Decimal
from typing import Any

import pytest

from marketplace.application.shared.actor import Actor
from marketplace.application.trading.offers import NothingChanged
from marketplace.application.trading.proposal import Proposal
from marketplace.domain.catalog.listing import Channel, ListingNotAvailable
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.terms import LotTerms, ServiceTerms
from marketplace.domain.inventory.hold import HoldStatus, NothingLeft, Stock
from marketplace.domain.ordering.order import PAYMENT_TIME
from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.ids import ListingId, OrderId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.subject import Subject, SubjectKind
from marketplace.domain.trading.offer import (
    NoAttemptsLeft,
    OfferAbovePrice,
    OfferId,
    OfferNotFound,
    OfferNotOpen,
    OfferStatus,
)
from marketplace.domain.trading.terms import InvalidTermSheet
from marketplace.domain.trading.units import UnitsDiffer, UnknownUnit
from tests.builders.commerce import GOOD_CARD, a_draft, a_negotiation, an_actor, an_offer
from tests.fakes.market import Market
from tests.unit.payments.test_pay_order import pay

COTTON: dict[str, Any] = {
    "terms": LotTerms(quantity=Decimal(1_000), unit="kg", smallest=Decimal(100)),
    "price": Money.price(Decimal(5_000), "AED"),
}  # fmt: skip
SERVICE: dict[str, Any] = {"terms": ServiceTerms(), "category": "plumbing", "channel": Channel.SERVICES}


@pytest.fixture
def market() -> Market:
    return Market()


async def bid(
    market: Market,
    lot: ListingId,
    kilos: int,
    unit: str | None = None,
    price: int | None = None,
    by: Actor | None = None,
) -> OfferId:
    wish = Proposal(price=Decimal(price or kilos * 4), quantity=Decimal(kilos), unit=unit)
    return (await market.make_offer(by or an_actor(), (lot,), wish)).id


async def ordered(market: Market, offer: OfferId) -> OrderId:
    return (await market.accept_offer(market.seller, offer)).transaction_id


def status_of(market: Market, listing: ListingId) -> ListingStatus:
    return market.rows.listings[listing][0].status


def statuses(market: Market, *offers: OfferId) -> list[OfferStatus]:
    return [market.negotiation_of(one).find(one).status for one in offers]


async def test_a_lot_is_sold_in_parts_until_nothing_is_left(market: Market) -> None:
    lot = await market.listed(**COTTON)
    six, four, five, one = [await bid(market, lot, kilos) for kilos in (600, 400, 500, 100)]
    first = await ordered(market, six)
    assert (status_of(market, lot), market.rows.stocks[lot].left) == (ListingStatus.ACTIVE, Decimal(400))
    assert statuses(market, four, five, one) == [OfferStatus.PENDING] * 3
    with pytest.raises(NothingLeft) as refused:
        await market.accept_offer(market.seller, five)
    assert (refused.value.code, refused.value.facts) == ("nothing_left", {"left": Decimal(400)})
    assert statuses(market, five) == [OfferStatus.PENDING], "it stays open: the first order may expire"

    second = await ordered(market, four)
    assert status_of(market, lot) is ListingStatus.RESERVED
    assert statuses(market, five, one) == [OfferStatus.SUPERSEDED] * 2
    with pytest.raises(ListingNotAvailable):
        await bid(market, lot, 100)

    line = market.rows.orders[first].lines[0]
    assert (line.quantity, line.unit, line.amount.decimal) == (Decimal(600), "kilogram", Decimal(2_400))
    await pay(market, second, GOOD_CARD, by=an_actor(market.rows.orders[second].buyer))
    await market.settle_holds(second, HoldStatus.SOLD)
    assert status_of(market, lot) is ListingStatus.RESERVED, "600 kg wait for their payment"
    market.clock.advance(PAYMENT_TIME)
    await market.expire_order(first)
    await market.settle_holds(first, HoldStatus.RELEASED)
    assert status_of(market, lot) is ListingStatus.ACTIVE
    assert market.rows.stocks[lot] == Stock(total=Decimal(1_000), held=Decimal(0), sold=Decimal(400))

    last = await ordered(market, await bid(market, lot, 600))
    await market.settle_holds(last, HoldStatus.SOLD)
    assert (status_of(market, lot), market.rows.stocks[lot].sold) == (ListingStatus.SOLD, Decimal(1_000))


async def test_a_part_is_said_in_any_unit_of_its_kind(market: Market) -> None:
    lot = await market.listed(**COTTON)
    offer = await bid(market, lot, 1, "quintal", 450)
    await ordered(market, offer)
    assert market.rows.stocks[lot].held == 100
    with pytest.raises(OfferAbovePrice):
        await bid(market, lot, 1, "quintal", 501)


@pytest.mark.parametrize(("kilos", "unit", "error"), [
    (1_001, "kg", InvalidTermSheet), (99, "kg", InvalidTermSheet), (2, "bag", UnitsDiffer), (2, "vat", UnknownUnit),
])  # fmt: skip
async def test_what_is_no_part_of_a_lot(market: Market, kilos: int, unit: str, error: type[Invalid]) -> None:
    lot = await market.listed(**COTTON)
    with pytest.raises(error) as refused:
        await bid(market, lot, kilos, unit)
    assert refused.value.field in {"quantity", "unit"}
    offer = await bid(market, lot, 500)
    with pytest.raises(error):
        await market.counter_offer(market.seller, offer, Proposal(price=Decimal(5), quantity=Decimal(kilos), unit=unit))
    assert statuses(market, offer) == [OfferStatus.PENDING]


async def test_a_lot_without_a_smallest_part_and_a_product_are_sold_whole(market: Market) -> None:
    whole = await market.listed(**{**COTTON, "terms": LotTerms(quantity=Decimal(1_000), unit="kg")})
    product = await market.listed()
    for listing, quantity in ((whole, 999), (product, 2)):
        with pytest.raises(InvalidTermSheet):
            await market.make_offer(market.buyer, (listing,), Proposal(price=Decimal(5), quantity=Decimal(quantity)))
    offer = await market.offered(product)
    with pytest.raises(InvalidTermSheet):
        await market.counter_offer(market.seller, offer, Proposal(quantity=Decimal(2)))


async def test_a_counter_changes_a_line_and_keeps_the_others(market: Market) -> None:
    offer = await market.offered()
    for nothing in (Proposal(), Proposal(price=Decimal(750)), Proposal(message="Please!")):
        with pytest.raises(NothingChanged):
            await market.counter_offer(market.seller, offer, nothing)
    view = await market.counter_offer(market.seller, offer, Proposal(delivery_days=3))
    assert (view.offered_price, view.terms.delivery_days) == (Decimal("750.00"), 3)
    assert [(one.field, one.before, one.after) for one in view.changes] == [("delivery_days", None, "3")]


async def test_a_service_is_agreed_on_with_many_at_any_price(market: Market) -> None:
    service = await market.listed(**SERVICE)
    one, other = [await market.offered(service, an_actor(), Decimal(amount)) for amount in (900, 800)]
    await ordered(market, one)
    assert statuses(market, other) == [OfferStatus.PENDING]
    await ordered(market, other)
    assert status_of(market, service) is ListingStatus.ACTIVE
    assert (market.rows.stocks, market.rows.holds) == ({}, {})


async def test_a_package_reserves_all_its_products_and_ends_what_is_about_any_of_them(market: Market) -> None:
    camera, lens, book = [await market.listed(price=Money.price(Decimal(n), "AED")) for n in (300, 100, 50)]
    package = (await market.make_offer(market.buyer, (lens, camera), Proposal(price=Decimal(360)))).id
    alone, apart = await market.offered(camera, amount=Decimal(9)), await market.offered(book, amount=Decimal(9))
    other = (await market.make_offer(an_actor(), (lens, book), Proposal(price=Decimal(9)))).id
    order = market.rows.orders[await ordered(market, package)]
    assert order.subject == Subject.of_listings(camera, lens)
    assert {line.subject: line.amount.decimal for line in order.lines} == {camera: 270, lens: 90}
    assert [status_of(market, one) for one in (camera, lens, book)] == [*[ListingStatus.RESERVED] * 2, "active"]
    assert statuses(market, alone, other, apart) == [*[OfferStatus.SUPERSEDED] * 2, OfferStatus.PENDING]
    await market.settle_holds(order.id, HoldStatus.RELEASED)
    assert [status_of(market, one) for one in (camera, lens)] == [ListingStatus.ACTIVE] * 2


async def test_what_makes_no_package(market: Market) -> None:
    camera, lot = await market.listed(), await market.listed(**COTTON)
    dirhams, dollars = await market.listed(), await market.listed(price=Money.price(Decimal(5), "USD"))
    stranger = (await market.list_product(market.stranger, a_draft())).id
    for listings in ((camera, lot), (camera, dollars), (camera, stranger), (camera, dirhams, camera)):
        with pytest.raises(InvalidTermSheet) as refused:
            await market.make_offer(market.buyer, listings, Proposal(price=Decimal(5)))
        assert refused.value.field == "product_ids"
    await ordered(market, await market.offered(dirhams))
    with pytest.raises(ListingNotAvailable):
        await market.make_offer(market.buyer, (camera, dirhams), Proposal(price=Decimal(5)))


async def test_offers_of_the_desk_are_not_found_here(market: Market) -> None:
    desk = a_negotiation(
        subject=Subject(kind=SubjectKind.TRADE, id=a_negotiation().id), asked=None, buyer=market.buyer.user,
        seller=market.seller.user,
    )  # fmt: skip
    offer = an_offer(desk, now=market.clock.now()).id
    market.rows.negotiations[desk.id] = desk
    seller, buyer = market.seller, market.buyer
    for answer in (
        market.accept_offer(seller, offer), market.decline_offer(seller, offer), market.withdraw_offer(buyer, offer),
        market.counter_offer(seller, offer, Proposal(price=Decimal(5))),
    ):  # fmt: skip
        with pytest.raises(OfferNotFound):
            await answer
    assert statuses(market, offer) == [OfferStatus.PENDING]


async def test_ten_offers_of_a_buyer_on_a_listing_are_counted_over_all_negotiations(market: Market) -> None:
    listing = await market.listed()
    for amount in range(1, 9):
        await market.withdraw_offer(market.buyer, await market.offered(listing, amount=Decimal(amount)))
    ninth = await market.offered(listing, amount=Decimal(9))
    counter = await market.counter_offer(market.seller, ninth, Proposal(price=Decimal(800)))
    tenth = await market.counter_offer(market.buyer, counter.id, Proposal(price=Decimal(10)))
    last = await market.counter_offer(market.seller, tenth.id, Proposal(price=Decimal(790)))
    with pytest.raises(NoAttemptsLeft):
        await market.counter_offer(market.buyer, last.id, Proposal(price=Decimal(11)))
    assert statuses(market, last.id) == [OfferStatus.PENDING], "it can still be accepted"
    await market.decline_offer(market.buyer, last.id)
    with pytest.raises(NoAttemptsLeft):
        await market.offered(listing, amount=Decimal(12))
    await market.offered(listing, an_actor())
    await market.offered(await market.listed())


async def test_an_answer_to_a_lot_that_was_sold_out_meanwhile(market: Market) -> None:
    lot = await market.listed(**COTTON)
    all_, late = await bid(market, lot, 1_000), await bid(market, lot, 100)
    await ordered(market, all_)
    with pytest.raises(OfferNotOpen):
        await market.accept_offer(market.seller, late)
