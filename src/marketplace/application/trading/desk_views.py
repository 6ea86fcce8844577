from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from marketplace.application.trading.views import ChangeView, TermsView
from marketplace.domain.shared.ids import NegotiationId, OrderId, UserId
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import NegotiationStatus, Offer, OfferId, OfferStatus, Side
from marketplace.domain.trading.terms import LotId, TermSheet
from marketplace.domain.trading.trade import Trade, TradeId, TradeSide, TradeStatus
from marketplace.domain.trading.units import base_unit

MOST_COMPARED = 200
UnitPrice = Annotated[Decimal, Meta(description="Per `normalized_unit`, to six decimals.", examples=[174.343400])]
Price = Annotated[Decimal, Meta(description="Per `price_unit`.", examples=[62000])]
PriceUnit = Annotated[str, Meta(examples=["candy"])]
Amount = Annotated[Decimal, Meta(description="What the whole quantity costs.", examples=[14819189.02])]
Currency = Annotated[str, Meta(examples=["INR"])]
HowMuch = Annotated[Decimal, Meta(examples=[500])]
Unit = Annotated[str, Meta(examples=["bale"])]
BaseUnit = Annotated[str, Meta(examples=["kilogram"])]
Turn = Annotated[Side | None, Meta(description="Whose answer is awaited; null when it is over.")]
Rounds = Annotated[int, Meta(description="Proposals so far, of both sides.", examples=[2])]


class DeskOfferView(msgspec.Struct, frozen=True):
    """An offer on a trade, with the terms that were proposed last by either side.

    `id` names the negotiation that the offer is, in every path; `offer_id` the proposal itself. `status` is `pending`
    while the trade's owner is to answer, `countered` while its author is.
    """

    id: NegotiationId
    trade_id: TradeId
    offer_id: OfferId
    status: OfferStatus
    author_id: UserId
    author: Annotated[str | None, Meta(description="Public name; null for who is gone.", examples=["guntur_ginners"])]
    price: Price
    price_unit: PriceUnit
    currency: Currency
    quantity: HowMuch
    unit: Unit
    amount: Amount
    unit_price_normalized: UnitPrice
    normalized_unit: BaseUnit
    terms: TermsView
    lot_id: LotId | None
    message: str | None
    turn: Turn
    rounds: Rounds
    expires_at: datetime
    created_at: datetime

    @classmethod
    def of(cls, negotiation: Negotiation, author: str | None) -> Self:
        first, latest = negotiation.offers[0], negotiation.offers[-1]
        terms = latest.terms
        return cls(
            id=negotiation.id, trade_id=TradeId(negotiation.subject.id), offer_id=latest.id,
            status=status_of(negotiation), author_id=author_of(negotiation), author=author, price=terms.price.decimal,
            price_unit=priced_in(terms), currency=negotiation.currency, quantity=terms.quantity.amount,
            unit=terms.quantity.unit, amount=terms.amount.decimal, unit_price_normalized=terms.unit_price,
            normalized_unit=base_unit(terms.quantity.unit), terms=TermsView.of(terms), lot_id=terms.lot,
            message=latest.message, turn=negotiation.turn, rounds=len(negotiation.offers),
            expires_at=latest.expires_at, created_at=first.created_at,
        )  # fmt: skip


class ProposalView(msgspec.Struct, frozen=True):
    """One proposal of a negotiation, as it was made."""

    id: OfferId
    side: Side
    price: Price
    price_unit: PriceUnit
    quantity: HowMuch
    unit: Unit
    amount: Amount
    terms: TermsView
    changes: Annotated[list[ChangeView], Meta(description="Against the proposal before it.")]
    message: str | None
    status: OfferStatus
    accepted_quantity: Annotated[Decimal | None, Meta(description="What of it was agreed on.", examples=[300])]
    created_at: datetime

    @classmethod
    def of(cls, offer: Offer, former: Offer) -> Self:
        terms = offer.terms
        accepted = (offer.taken or terms.quantity).amount if offer.status is OfferStatus.ACCEPTED else None
        return cls(
            id=offer.id, side=offer.side, price=terms.price.decimal, price_unit=priced_in(terms),
            quantity=terms.quantity.amount, unit=terms.quantity.unit, amount=terms.amount.decimal,
            terms=TermsView.of(terms), message=offer.message, status=offer.status, accepted_quantity=accepted,
            changes=[ChangeView(one.field, one.before, one.after) for one in terms.changes_since(former.terms)],
            created_at=offer.created_at,
        )  # fmt: skip


class DeskNegotiationView(msgspec.Struct, frozen=True):
    """What was proposed on an offer, by either side and oldest first; `offer_id` has the same value as `id`."""

    id: NegotiationId
    offer_id: NegotiationId
    trade_id: TradeId
    status: NegotiationStatus
    turn: Turn
    rounds: Rounds
    currency: Currency
    history: list[ProposalView]
    expires_at: datetime
    created_at: datetime

    @classmethod
    def of(cls, negotiation: Negotiation) -> Self:
        offers = negotiation.offers
        pairs = zip(offers, [offers[0], *offers], strict=False)
        return cls(
            id=negotiation.id, offer_id=negotiation.id, trade_id=TradeId(negotiation.subject.id),
            status=negotiation.status, turn=negotiation.turn, rounds=len(offers), currency=negotiation.currency,
            history=[ProposalView.of(offer, former) for offer, former in pairs], expires_at=offers[-1].expires_at,
            created_at=offers[0].created_at,
        )  # fmt: skip


class QualityDifferenceView(msgspec.Struct, frozen=True):
    """A parameter that is not offered as the trade wants it; null: nothing is said of it."""

    parameter: Annotated[str, Meta(examples=["staple_length"])]
    wanted: Annotated[str, Meta(examples=["29 mm"])]
    offered: Annotated[str | None, Meta(examples=["28 mm"])]


class ComparedOfferView(msgspec.Struct, frozen=True):
    """An offer beside the others. `has_lot_report`: it names a tested lot, whose laboratory report can be read."""

    offer_id: NegotiationId
    author: str | None
    status: OfferStatus
    price: Price
    price_unit: PriceUnit
    currency: Currency
    unit_price_normalized: UnitPrice
    normalized_unit: BaseUnit
    quantity: HowMuch
    unit: Unit
    amount: Amount
    terms: TermsView
    quality_differences: list[QualityDifferenceView]
    has_lot_report: bool
    shortlisted: bool
    turn: Turn
    expires_at: datetime

    @classmethod
    def of(cls, trade: Trade, offer: DeskOfferView, *, shortlisted: bool) -> Self:
        offered = offer.terms.quality
        return cls(
            offer_id=offer.id, author=offer.author, status=offer.status, price=offer.price,
            price_unit=offer.price_unit, currency=offer.currency, unit_price_normalized=offer.unit_price_normalized,
            normalized_unit=offer.normalized_unit, quantity=offer.quantity, unit=offer.unit, amount=offer.amount,
            terms=offer.terms, has_lot_report=offer.lot_id is not None, shortlisted=shortlisted, turn=offer.turn,
            quality_differences=[
                QualityDifferenceView(name, wanted, offered.get(name))
                for name, wanted in trade.need.quality.items()
                if offered.get(name) != wanted
            ],
            expires_at=offer.expires_at,
        )  # fmt: skip


class ComparisonView(msgspec.Struct, frozen=True):
    """Offers that are open or were accepted, the best price for the trade's owner first; the newest 200 at most."""

    trade_id: TradeId
    items: list[ComparedOfferView]
    has_more: bool

    @classmethod
    def of(cls, trade: Trade, items: list[ComparedOfferView], *, has_more: bool) -> Self:
        dearest_first = trade.side is TradeSide.SELL
        return cls(trade.id, sorted(items, key=lambda one: one.unit_price_normalized, reverse=dearest_first), has_more)


class DeskAcceptedView(msgspec.Struct, frozen=True):
    """`transaction_id` is the id of the order that the acceptance placed, for `quantity` at `amount`."""

    id: NegotiationId
    status: OfferStatus
    transaction_id: OrderId
    message: Annotated[str, Meta(examples=["Offer accepted: the order awaits payment."])]
    quantity: HowMuch
    unit: Unit
    amount: Amount
    remaining_quantity: Annotated[Decimal, Meta(description="Of the trade, in its unit.", examples=[200])]


class AwardView(msgspec.Struct, frozen=True):
    """A trade that was given to several at once."""

    trade_id: TradeId
    status: TradeStatus
    awards: list[DeskAcceptedView]
    remaining_quantity: Annotated[Decimal, Meta(description="Of the trade, in its unit.", examples=[0])]


class ShortlistedView(msgspec.Struct, frozen=True):
    offer_id: NegotiationId
    shortlisted: bool


def status_of(negotiation: Negotiation) -> OfferStatus:
    """In the words of the offer that its author made."""
    latest = negotiation.offers[-1]
    countered = latest.status is OfferStatus.PENDING and latest.side is not negotiation.opener
    return OfferStatus.COUNTERED if countered else latest.status


def author_of(negotiation: Negotiation) -> UserId:
    return negotiation.buyer if negotiation.opener is Side.BUYER else negotiation.seller


def priced_in(terms: TermSheet) -> str:
    return terms.price_unit or terms.quantity.unit
