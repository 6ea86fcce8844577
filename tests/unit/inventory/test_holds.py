from datetime import timedelta
from decimal import Decimal

import pytest

from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.terms import LotTerms
from marketplace.domain.inventory.hold import Hold, HoldId, HoldReason, HoldStatus, Stock
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.shared.subject import SubjectKind
from tests.builders.commerce import NOON, new_id
from tests.fakes.market import Market

TEN = Decimal(10)


@pytest.fixture
def market() -> Market:
    return Market()


async def held(market: Market, listing: ListingId, quantity: int = 4) -> Hold:
    hold = Hold(
        id=HoldId(new_id()), kind=SubjectKind.LISTING, subject=listing, quantity=Decimal(quantity),
        reason=HoldReason.RESERVATION, reference=new_id(), until=NOON + timedelta(hours=1),
    )  # fmt: skip
    async with market.transaction:
        await market.stocks.take(hold, of=TEN)
    return hold


async def a_lot(market: Market) -> ListingId:
    return await market.listed(terms=LotTerms(quantity=TEN, unit="bale", smallest=Decimal(1)))


def stock(held: int, sold: int) -> Stock:
    return Stock(total=TEN, held=Decimal(held), sold=Decimal(sold))


@pytest.mark.parametrize(("to", "after"), [(HoldStatus.RELEASED, stock(5, 0)), (HoldStatus.SOLD, stock(5, 4))])
async def test_what_was_held_for_an_order_is_settled_once(market: Market, to: HoldStatus, after: Stock) -> None:
    lot = await a_lot(market)
    hold, _ = await held(market, lot), await held(market, lot, 5)
    for again in (to, to, HoldStatus.SOLD):
        await market.settle_holds(hold.reference, again)
        assert market.rows.stocks[lot] == after
    for again in (HoldStatus.RELEASED, HoldStatus.RELEASED, HoldStatus.SOLD):
        await market.settle_holds(hold.reference, again)
        assert market.rows.stocks[lot] == stock(5, 0), "what was sold comes back, and is given back once"


async def test_an_order_that_holds_nothing_changes_nothing(market: Market) -> None:
    lot = await a_lot(market)
    await held(market, lot)
    await market.settle_holds(new_id(), HoldStatus.SOLD)
    assert market.rows.stocks[lot] == stock(4, 0)


async def test_a_deadline_gives_back_what_is_held_still(market: Market) -> None:
    lot = await a_lot(market)
    kept, sold = await held(market, lot), await held(market, lot, 6)
    await market.settle_holds(sold.reference, HoldStatus.SOLD)
    for hold in (kept, sold, kept):
        await market.release_hold(hold.id)
    assert market.rows.stocks[lot] == stock(0, 6)


async def test_what_its_seller_has_paused_stays_paused(market: Market) -> None:
    lot = await a_lot(market)
    hold = await held(market, lot)
    market.rows.listings[lot][0].status = ListingStatus.PAUSED
    await market.release_hold(hold.id)
    assert market.rows.listings[lot][0].status is ListingStatus.PAUSED
    assert market.rows.stocks[lot] == stock(0, 0)


async def test_a_lot_that_was_sold_out_is_for_sale_again_when_a_sale_is_cancelled(market: Market) -> None:
    lot = await a_lot(market)
    holds = await held(market, lot, 6), await held(market, lot, 4)
    market.rows.listings[lot][0].status = ListingStatus.RESERVED
    for hold in holds:
        await market.settle_holds(hold.reference, HoldStatus.SOLD)
    assert market.rows.listings[lot][0].status is ListingStatus.SOLD
    await market.settle_holds(holds[1].reference, HoldStatus.RELEASED)
    assert market.rows.listings[lot][0].status is ListingStatus.ACTIVE
    assert market.rows.stocks[lot] == stock(0, 6)
