"""What was agreed on, kept for statistics: what it was, never who."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from marketplace.application.shared.ports import Transaction
from marketplace.application.trading.ports import Trades
from marketplace.application.trading.provenance import FreezeProvenance
from marketplace.domain.shared.ids import ListingId, NegotiationId, OrderId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.subject import Subject, SubjectKind
from marketplace.domain.trading.offer import Asked, OfferAccepted
from marketplace.domain.trading.trade import TradeId
from marketplace.domain.trading.units import FINEST, Quantity, base_unit

LARGEST_FIGURE = Decimal(10) ** 14
"""With six decimals, twenty digits in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """`category`: of a listing, or the commodity in small letters; None for a package of several.

    `quantity` is in base units (kilogram, piece, liter), to six decimals, and `unit_price` for one of them. `asked`:
    for the same quantity, where something was asked.
    """

    negotiation_id: NegotiationId
    order_id: OrderId
    subject: Subject
    category: str | None
    grade: str | None
    amount: Money
    asked: Money | None
    quantity: Quantity
    unit_price: Decimal
    agreed_at: datetime


class Agreements(Protocol):
    async def note(self, settled: Settled) -> None:
        """Once for each negotiation: what is noted of it stays."""
        ...


class ListingCategories(Protocol):
    """Asked of the catalog, inside the running transaction."""

    async def category_of(self, listing_id: ListingId) -> str:
        """Raises ListingNotFound."""
        ...


@dataclass(frozen=True, slots=True)
class NoteAgreement:
    """React to an offer that was accepted: note it for statistics; of goods of the desk also freeze where they come
    from."""

    agreements: Agreements
    categories: ListingCategories
    trades: Trades
    freeze_provenance: FreezeProvenance
    transaction: Transaction

    async def __call__(self, event: OfferAccepted) -> None:
        async with self.transaction:
            category, grade = await self._class_of(event.subject)
            if settled := settled_by(event, category, grade):
                await self.agreements.note(settled)
            if event.terms.lot or not event.subject.listings:
                await self.freeze_provenance(event.order_id)

    async def _class_of(self, subject: Subject) -> tuple[str | None, str | None]:
        """Category and grade; a package whose listings are of several categories has none."""
        if subject.kind is SubjectKind.TRADE:
            need = (await self.trades.shared(TradeId(subject.id))).need
            return need.commodity.lower(), need.grade
        categories = {await self.categories.category_of(listing) for listing in subject.listings}
        return (categories.pop() if len(categories) == 1 else None), None


def settled_by(event: OfferAccepted, category: str | None, grade: str | None) -> Settled | None:
    """None for so little, or at such a price, that no statistics can reckon with it."""
    unit = base_unit(event.taken.unit)
    exact = event.taken.within(unit)
    quantity = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(FINEST, ROUND_HALF_UP)
    unit_price = event.terms.unit_price
    if not (0 < quantity < LARGEST_FIGURE and 0 < unit_price < LARGEST_FIGURE):
        return None
    asked = event.asked and Asked(price=event.asked, quantity=event.terms.quantity).price_of(event.taken)
    return Settled(
        negotiation_id=event.negotiation_id, order_id=event.order_id, subject=event.subject, category=category,
        grade=grade, amount=event.amount, asked=asked, quantity=Quantity(quantity, unit),
        unit_price=unit_price, agreed_at=event.occurred_at,
    )  # fmt: skip
