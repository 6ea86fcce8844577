from datetime import time
from decimal import Decimal
from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta

from marketplace.domain.shared.ids import ListingId
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.offer import Asked
from marketplace.domain.trading.quiet_hours import QuietHours
from marketplace.domain.trading.rules import OfferRules, RulesForAll

Percent = Annotated[int | None, Meta(examples=[90])]
MINUTES = "%H:%M"


class QuietHoursView(msgspec.Struct, frozen=True):
    """On the wall's clock in the time zone; past midnight when they end earlier than they begin."""

    begins: Annotated[str, Meta(examples=["22:00"])] = msgspec.field(name="from")
    until: Annotated[str, Meta(examples=["07:00"])]
    time_zone: Annotated[str, Meta(examples=["Asia/Dubai"])]

    @classmethod
    def of(cls, hours: QuietHours | None) -> Self | None:
        return None if hours is None else cls(_text(hours.begins), _text(hours.ends), hours.time_zone)


def _text(at: time) -> str:
    return at.strftime(MINUTES)


class OfferRulesView(msgspec.Struct, frozen=True):
    """What acts on a product. `source`: its own rules, those for all your products, or none at all."""

    product_id: ListingId
    source: Literal["product", "all", "none"]
    currency: Annotated[str, Meta(examples=["AED"])]
    auto_accept_at: Annotated[Decimal | None, Meta(examples=[800.00])]
    auto_decline_below: Annotated[Decimal | None, Meta(examples=[500.00])]
    minimum_step: Annotated[Decimal | None, Meta(examples=[10.00])]
    quiet_hours: QuietHoursView | None

    @classmethod
    def of(cls, listing_id: ListingId, asked: Asked, rules: OfferRules | RulesForAll | None) -> Self:
        acting = rules.on(asked) if rules else OfferRules()
        source: Literal["product", "all", "none"] = "none"
        if rules:
            source = "product" if isinstance(rules, OfferRules) else "all"
        return cls(
            product_id=listing_id, source=source, currency=asked.price.currency,
            auto_accept_at=_amount(acting.auto_accept_at), auto_decline_below=_amount(acting.auto_decline_below),
            minimum_step=_amount(acting.minimum_step), quiet_hours=QuietHoursView.of(acting.quiet_hours),
        )  # fmt: skip


def _amount(amount: Money | None) -> Decimal | None:
    return None if amount is None else amount.decimal


class RulesForAllView(msgspec.Struct, frozen=True):
    """What acts on those of your products that have no rules of their own, in per cent of their price."""

    auto_accept_at_percent: Percent
    auto_decline_below_percent: Percent
    minimum_step_percent: Percent
    quiet_hours: QuietHoursView | None

    @classmethod
    def of(cls, rules: RulesForAll) -> Self:
        return cls(
            rules.auto_accept_at_percent, rules.auto_decline_below_percent, rules.minimum_step_percent,
            QuietHoursView.of(rules.quiet_hours),
        )  # fmt: skip
