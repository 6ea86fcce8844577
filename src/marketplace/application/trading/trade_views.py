from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.domain.shared.ids import UserId
from marketplace.domain.trading.matching import MOST_POINTS, Candidate, CandidateKind, Criterion, Reason
from marketplace.domain.trading.offer import OfferStatus
from marketplace.domain.trading.trade import Trade, TradeId, TradeSide, TradeStatus, Visibility


class TraderView(msgspec.Struct, frozen=True):
    id: UserId
    username: Annotated[str, Meta(examples=["amina"])]


class TradeView(msgspec.Struct, frozen=True):
    """A need as its owner and those who may answer it read it.

    `invited` is told to its owner alone. Nothing here tells of the offers on a sealed trade before `valid_until`.
    """

    id: TradeId
    owner: TraderView
    side: TradeSide
    status: TradeStatus
    commodity: Annotated[str, Meta(examples=["Cotton"])]
    grade: Annotated[str | None, Meta(examples=["Shankar-6"])]
    quality: Annotated[dict[str, str], Meta(examples=[{"staple_length": "min 29 mm"}])]
    quantity: Annotated[Decimal, Meta(examples=[500])]
    remaining_quantity: Annotated[
        Decimal, Meta(description="What is neither held for somebody nor sold.", examples=[300])
    ]
    unit: Annotated[str, Meta(examples=["bale"])]
    target_price: Annotated[Decimal | None, Meta(description="Per `price_unit`.", examples=[57500.00])]
    currency: Annotated[str, Meta(examples=["INR"])]
    price_unit: Annotated[str, Meta(examples=["candy"])]
    delivery_place: Annotated[str | None, Meta(examples=["Guntur"])]
    delivery_terms: Annotated[str | None, Meta(examples=["ex-works"])]
    delivery_days: Annotated[int | None, Meta(examples=[15])]
    payment_terms: Annotated[str | None, Meta(examples=["letter of credit, 30 days"])]
    visibility: Visibility
    invited: list[UserId] | None
    valid_until: Annotated[datetime, Meta(description="Until then offers are taken.")]
    decided_by: Annotated[
        datetime, Meta(description="When its offers end and it expires: of a sealed trade a week after `valid_until`.")
    ]
    created_at: datetime

    @classmethod
    def of(cls, trade: Trade, owner_name: str, remaining: Decimal, *, for_owner: bool) -> Self:
        need = trade.need
        return cls(
            id=trade.id, owner=TraderView(trade.owner, owner_name), side=trade.side, status=trade.status,
            commodity=need.commodity, grade=need.grade, quality=dict(need.quality), quantity=need.quantity.amount,
            remaining_quantity=remaining, unit=need.quantity.unit,
            target_price=None if need.target is None else need.target.decimal, currency=need.currency,
            price_unit=need.price_unit, delivery_place=need.delivery_place, delivery_terms=need.delivery_terms,
            delivery_days=need.delivery_days, payment_terms=need.payment_terms, visibility=trade.visibility,
            invited=sorted(trade.invited) if for_owner else None, valid_until=trade.valid_until,
            decided_by=trade.decided_by, created_at=trade.created_at,
        )  # fmt: skip


class ReasonView(msgspec.Struct, frozen=True):
    criterion: Criterion
    points: Annotated[int, Meta(examples=[15])]
    most_points: Annotated[int, Meta(examples=[25])]
    detail: Annotated[str, Meta(examples=["2 of 3 parameters fit: staple_length, moisture"])]


class MatchView(msgspec.Struct, frozen=True):
    """A trade of the other side, or a tested lot. `price` is per `price_unit`."""

    kind: CandidateKind
    id: UUID
    owner: TraderView
    score: Annotated[int, Meta(description="Of 100: the points of its reasons.", examples=[85])]
    reasons: list[ReasonView]
    grade: str | None
    quality: dict[str, str]
    quantity: Decimal
    unit: str
    price: Decimal | None
    currency: str
    price_unit: str
    place: str | None

    @classmethod
    def of(cls, candidate: Candidate, reasons: list[Reason], score: int) -> Self:
        goods = candidate.goods
        return cls(
            kind=candidate.kind, id=candidate.id, owner=TraderView(candidate.owner, candidate.owner_name), score=score,
            reasons=[ReasonView(one.criterion, one.points, MOST_POINTS[one.criterion], one.detail) for one in reasons],
            grade=goods.grade, quality=dict(goods.quality), quantity=goods.quantity.amount, unit=goods.quantity.unit,
            price=None if goods.price is None else goods.price.decimal, currency=candidate.currency,
            price_unit=goods.price_unit, place=candidate.place,
        )  # fmt: skip


class MatchesView(msgspec.Struct, frozen=True):
    """The best first; of the newest 200 trades and the newest 200 lots of the same commodity."""

    items: list[MatchView]


class TradeCount(msgspec.Struct, frozen=True):
    status: TradeStatus
    count: int


class OfferCount(msgspec.Struct, frozen=True):
    status: OfferStatus
    count: int


class ValueView(msgspec.Struct, frozen=True):
    currency: str
    bought: Decimal
    sold: Decimal


class ExpiringView(msgspec.Struct, frozen=True):
    id: TradeId
    commodity: str
    valid_until: datetime


class DashboardView(msgspec.Struct, frozen=True):
    """What a trader has to know at a glance. Offers of others on a sealed trade count once it is opened."""

    trades: Annotated[list[TradeCount], Meta(description="The actor's own, the newest 10,000.")]
    offers: Annotated[
        list[OfferCount],
        Meta(description="The newest 1,000 that the actor made on the desk, each by its last counter."),
    ]  # fmt: skip
    awaiting_answer: Annotated[int, Meta(description="Offers and counters that the actor is to answer.")]
    agreed: Annotated[list[ValueView], Meta(description="Orders of 30 days that still stand, by currency.")]
    expiring: Annotated[list[ExpiringView], Meta(description="Own trades that take offers for 48 hours at most.")]


class PriceView(msgspec.Struct, frozen=True):
    """What was agreed on from `first_day` to `last_day`: a day, or of days with too few agreements their week.

    Prices are per `unit`, the base unit (kilogram, piece, liter). `average` is weighted by quantity.
    """

    first_day: Annotated[date, Meta(examples=["2026-11-16"])]
    last_day: Annotated[date, Meta(examples=["2026-11-16"])]
    unit: Annotated[str, Meta(examples=["kilogram"])]
    agreements: Annotated[int, Meta(examples=[7])]
    low: Annotated[Decimal, Meta(examples=[158.500000])]
    high: Annotated[Decimal, Meta(examples=[163.250000])]
    average: Annotated[Decimal, Meta(examples=[161.125000])]


class PriceHistoryView(msgspec.Struct, frozen=True):
    """Oldest first. What has fewer than three agreements is left out: no single deal can be read from it."""

    commodity: str
    grade: str | None
    currency: str
    items: list[PriceView]
