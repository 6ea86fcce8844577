from datetime import timedelta
from decimal import Decimal

import pytest

from marketplace.adapters.bridges.trading_asks_inventory import SuppliesOfInventory
from marketplace.application.trading.agreements import NoteAgreement
from marketplace.application.trading.lots import SettleLot
from marketplace.application.trading.provenance import FreezeProvenance, LinkKind, Source
from marketplace.domain.shared.ids import ListingId, OrderId
from marketplace.domain.shared.subject import Subject, SubjectKind
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import OfferAccepted, OfferId
from marketplace.domain.trading.trade import Need, Trade, TradeId, TradeSide, Visibility
from marketplace.domain.trading.units import ONE, Quantity
from tests.builders.commerce import HOUR, NOON, a_negotiation, a_user_id, aed, new_id, terms
from tests.fakes.inventory import MemoryStocks
from tests.fakes.lots import MemoryProvenances, MemoryTestedLots
from tests.fakes.offer_rules import MemoryAgreements, MemoryListingCategories
from tests.fakes.trades import MemoryTrades
from tests.fakes.world import FixedClock, MemoryTransaction


class Desk:
    def __init__(self) -> None:
        self.transaction = MemoryTransaction()
        self.categories = MemoryListingCategories()
        self.trades = MemoryTrades(self.transaction)
        self.provenances = MemoryProvenances(self.transaction)
        settle_lot = SettleLot(
            MemoryTestedLots(self.transaction), SuppliesOfInventory(MemoryStocks(self.transaction))
        )  # fmt: skip
        freeze = FreezeProvenance(settle_lot, self.provenances, FixedClock(NOON))
        agreements = MemoryAgreements(self.transaction)
        self.note = NoteAgreement(agreements, self.categories, self.trades, freeze, self.transaction)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def accepted(negotiation: Negotiation, quantity: Quantity | None = None) -> OfferAccepted:
    """The event of the acceptance of its pending offer."""
    assert negotiation.pending
    order_id = OrderId(new_id())
    negotiation.accept(
        negotiation.pending.id, by=negotiation.seller, order_id=order_id, now=NOON + HOUR, quantity=quantity
    )
    (event,) = [one for one in negotiation.pull_events() if isinstance(one, OfferAccepted)]
    return event


async def test_what_was_agreed_over_a_listing_is_noted_once_and_nothing_frozen(desk: Desk) -> None:
    negotiation = a_negotiation()
    negotiation.offer(OfferId(new_id()), terms(), by=negotiation.buyer, message=None, now=NOON)
    event = accepted(negotiation)
    desk.provenances.stored[event.order_id] = [Source(LinkKind.ORDER, event.order_id, NOON, {})]
    for _ in range(2):
        await desk.note(event)
    assert desk.transaction.rows.provenances == {}
    (noted,) = desk.transaction.rows.agreements.values()
    assert (noted.negotiation_id, noted.order_id, noted.subject) == (
        negotiation.id, event.order_id, negotiation.subject,
    )  # fmt: skip
    assert (noted.category, noted.grade, noted.amount, noted.asked) == ("electronics", None, aed(750), aed(850))
    assert (noted.quantity, noted.unit_price, noted.agreed_at) == (ONE, Decimal("750.000000"), NOON + HOUR)


@pytest.mark.parametrize(("second", "category"), [("electronics", "electronics"), ("books", None)])
async def test_a_package_is_of_the_category_of_all_its_listings(desk: Desk, second: str, category: str | None) -> None:
    listings = ListingId(new_id()), ListingId(new_id())
    desk.categories.of[listings[1]] = second
    negotiation = a_negotiation(subject=Subject.of_listings(*listings))
    negotiation.offer(OfferId(new_id()), terms(), by=negotiation.buyer, message=None, now=NOON)
    await desk.note(accepted(negotiation))
    (noted,) = desk.transaction.rows.agreements.values()
    assert (noted.subject.kind, noted.category) == (SubjectKind.PACKAGE, category)


async def test_of_a_trade_the_part_that_was_taken_is_noted_in_base_units_and_its_origin_frozen(
    desk: Desk,
) -> None:
    need = Need(
        commodity="Cotton MCU-5", quantity=Quantity(Decimal(500), "bale"), currency="AED", price_unit="candy",
        grade="29 mm",
    )  # fmt: skip
    trade = Trade(
        id=TradeId(new_id()), owner=a_user_id(), side=TradeSide.BUY, need=need, visibility=Visibility.OPEN,
        valid_until=NOON + timedelta(days=9), created_at=NOON,
    )  # fmt: skip
    async with desk.transaction:
        await desk.trades.add(trade)
    negotiation = a_negotiation(subject=trade.subject, asked=None)
    offered = terms("62000", price_unit="candy", quantity=Quantity(Decimal(100), "bale"))
    negotiation.offer(OfferId(new_id()), offered, by=negotiation.buyer, message=None, now=NOON)
    event = accepted(negotiation, Quantity(Decimal(10), "bale"))
    desk.provenances.stored[event.order_id] = [Source(LinkKind.ORDER, event.order_id, NOON, {})]
    await desk.note(event)
    assert desk.transaction.rows.provenances.keys() == {event.order_id}
    (noted,) = desk.transaction.rows.agreements.values()
    assert (noted.category, noted.grade, noted.asked) == ("cotton mcu-5", "29 mm", None)
    assert (noted.quantity, noted.unit_price) == (Quantity(Decimal(1700), "kilogram"), Decimal("174.343400"))
    assert noted.amount == event.amount == aed("296383.78")
