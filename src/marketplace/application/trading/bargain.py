"""The bargain assistant: what was agreed on before, for what is like this. It guesses nothing."""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Protocol, Self

import msgspec
from msgspec import Meta

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock
from marketplace.application.trading.rule_ports import Showcase
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.bargain import FEWEST, LOOK_BACK, MOST, Experience, Past, Standing
from marketplace.domain.trading.offer import Asked
from marketplace.domain.trading.units import base_unit


class PastAgreements(Protocol):
    async def latest(
        self, category: str, currency: str, unit: str, since: datetime, until: datetime, most: int
    ) -> list[Past]:
        """Over single listings, from `since` and before `until`, the latest first; `unit` is a base unit."""
        ...


class RatioPercentiles(msgspec.Struct, frozen=True):
    """What was agreed in per cent of what was asked: so many of a hundred agreements were at this or below."""

    p10: Annotated[int, Meta(examples=[76])]
    p25: Annotated[int, Meta(examples=[82])]
    p50: Annotated[int, Meta(examples=[88])]
    p75: Annotated[int, Meta(examples=[94])]
    p90: Annotated[int, Meta(examples=[100])]


class PricePercentiles(msgspec.Struct, frozen=True):
    """Prices for one `unit`, in two significant digits."""

    p10: Annotated[Decimal, Meta(examples=[150.00])]
    p25: Annotated[Decimal, Meta(examples=[320.00])]
    p50: Annotated[Decimal, Meta(examples=[750.00])]
    p75: Annotated[Decimal, Meta(examples=[1200.00])]
    p90: Annotated[Decimal, Meta(examples=[2300.00])]


class StandingView(msgspec.Struct, frozen=True):
    """Where the asked price stands: as low or lower were so many of a hundred agreements, in steps of five."""

    ratio_percent: Annotated[int, Meta(description="The price in per cent of what is asked.", examples=[88])]
    of_ratios: Annotated[int, Meta(description="By their share of what was asked.", examples=[50])]
    of_prices: Annotated[int, Meta(description="By their price for one unit.", examples=[45])]

    @classmethod
    def of(cls, standing: Standing) -> Self:
        return cls(standing.ratio_percent, standing.of_ratios, standing.of_prices)


class BargainView(msgspec.Struct, frozen=True):
    """Figures only when there are enough agreements that no single one shows in them; else they are null."""

    enough: bool
    count: Annotated[int, Meta(description="Agreements that are counted, the latest 1,000 at most.", examples=[140])]
    needed: Annotated[int, Meta(examples=[FEWEST])]
    days: Annotated[int, Meta(description="How far back they go.", examples=[LOOK_BACK.days])]
    currency: Annotated[str, Meta(examples=["AED"])]
    unit: Annotated[str, Meta(examples=["piece"])]
    ratio_percent: RatioPercentiles | None = None
    price: PricePercentiles | None = None
    standing: Annotated[StandingView | None, Meta(description="Where a price was given.")] = None


@dataclass(frozen=True, slots=True)
class ReadBargain:
    showcase: Showcase
    agreements: PastAgreements
    clock: Clock

    async def __call__(self, actor: Actor, listing_id: ListingId, price: Decimal | None = None) -> BargainView:
        """Of the days before today (UTC), so that nobody sees a single agreement come in."""
        shown = await self.showcase.shown_to(actor, listing_id)
        currency, unit = shown.asked.price.currency, base_unit(shown.asked.quantity.unit)
        offered = None if price is None else Money.price(price, currency)
        today = datetime.combine(now := self.clock.now(), time(), now.tzinfo)
        since = today - LOOK_BACK
        experience = Experience(await self.agreements.latest(shown.category, currency, unit, since, today, MOST))
        view = BargainView(
            enough=experience.enough, count=len(experience.past), needed=FEWEST, days=LOOK_BACK.days,
            currency=currency, unit=unit,
        )  # fmt: skip
        return _with_figures(view, experience, shown.asked, offered) if experience.enough else view


def _with_figures(view: BargainView, experience: Experience, asked: Asked, offered: Money | None) -> BargainView:
    ratios, prices = experience.ratios, experience.prices
    standing = offered and experience.standing_of(
        Fraction(offered.minor, asked.price.minor), _per_unit(offered, asked, view.unit)
    )
    return msgspec.structs.replace(
        view,
        ratio_percent=RatioPercentiles(*ratios.values()),
        price=PricePercentiles(*prices.values()),
        standing=standing and StandingView.of(standing),
    )


def _per_unit(offered: Money, asked: Asked, unit: str) -> Decimal:
    exact = Fraction(offered.decimal) / asked.quantity.within(unit)
    return Decimal(exact.numerator) / Decimal(exact.denominator)
