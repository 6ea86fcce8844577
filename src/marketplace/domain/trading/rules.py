"""What a seller has answered in their name: offers that are good enough, and offers that are too low."""

from dataclasses import dataclass
from datetime import datetime

from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.subject import SubjectKind
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import Asked, Offer, Rule, Side
from marketplace.domain.trading.quiet_hours import QuietHours

_WEIGHED = {"price", "quantity"}
"""Lines of a term sheet that the amounts of the rules weigh; to others only a person agrees."""


class InvalidOfferRules(Invalid):
    code = "invalid_offer_rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRules:
    """Of one listing. The amounts are for the quantity that its price is for; of a part they hold in proportion."""

    auto_accept_at: Money | None = None
    auto_decline_below: Money | None = None
    minimum_step: Money | None = None
    quiet_hours: QuietHours | None = None

    def __post_init__(self) -> None:
        if self.auto_accept_at and self.auto_decline_below and not self.auto_accept_at > self.auto_decline_below:
            raise InvalidOfferRules("must be below auto_accept_at", field="auto_decline_below")

    def require_reachable(self, asked: Asked) -> None:
        """Raises InvalidOfferRules for an amount that no offer can come to."""
        for name in ("auto_accept_at", "auto_decline_below", "minimum_step"):
            amount: Money | None = getattr(self, name)
            if asked.is_ceiling and amount and amount > asked.price:
                raise InvalidOfferRules(f"is at most the price, {asked.price.decimal}", field=name)

    def on(self, asked: Asked) -> "OfferRules":
        """What of it holds at this price: an amount in another currency says nothing."""
        amounts = (self.auto_accept_at, self.auto_decline_below, self.minimum_step)
        if any(one and one.currency != asked.price.currency for one in amounts):
            return OfferRules(quiet_hours=self.quiet_hours)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesForAll:
    """Of all listings of a seller that have no rules of their own, in per cent of what each asks."""

    auto_accept_at_percent: int | None = None
    auto_decline_below_percent: int | None = None
    minimum_step_percent: int | None = None
    quiet_hours: QuietHours | None = None

    def __post_init__(self) -> None:
        for name in ("auto_accept_at_percent", "auto_decline_below_percent", "minimum_step_percent"):
            if (percent := getattr(self, name)) is not None and not 1 <= percent <= 100:
                raise InvalidOfferRules("is between 1 and 100", field=name)
        accept_at, decline_below = self.auto_accept_at_percent, self.auto_decline_below_percent
        if accept_at and decline_below and decline_below >= accept_at:
            raise InvalidOfferRules("must be below auto_accept_at_percent", field="auto_decline_below_percent")

    def on(self, asked: Asked) -> OfferRules:
        accept_at, decline_below, step = (
            asked.price.share(100 * percent) if percent else None
            for percent in (self.auto_accept_at_percent, self.auto_decline_below_percent, self.minimum_step_percent)
        )
        return OfferRules(
            auto_accept_at=accept_at, auto_decline_below=None if decline_below == accept_at else decline_below,
            minimum_step=step, quiet_hours=self.quiet_hours,
        )  # fmt: skip


def decide(rules: OfferRules | RulesForAll, negotiation: Negotiation, now: datetime) -> Rule | datetime | None:
    """What to answer to the pending offer, when to ask again because it is quiet until then, or None: nothing.

    Only to what a buyer offers for one listing: packages and the desk are answered by people.
    """
    offer, asked = negotiation.pending, negotiation.asked
    if offer is None or asked is None or offer.side is not Side.BUYER:
        return None
    if negotiation.subject.kind is not SubjectKind.LISTING:
        return None
    answer = _answer(rules.on(asked), asked, negotiation, offer)
    return answer and ((rules.quiet_hours and rules.quiet_hours.over_at(now)) or answer)


def _answer(rules: OfferRules, asked: Asked, negotiation: Negotiation, offer: Offer) -> Rule | None:
    def for_what_is_offered(amount: Money) -> Money:
        return Asked(price=amount, quantity=asked.quantity).price_of(offer.terms.quantity)

    accept_at, decline_below, amount = rules.auto_accept_at, rules.auto_decline_below, offer.terms.amount
    if decline_below and for_what_is_offered(decline_below) > amount:
        return Rule.AUTO_DECLINE
    if accept_at is None or for_what_is_offered(accept_at) > amount:
        return None
    return Rule.AUTO_ACCEPT if _asks_for_nothing_else(negotiation, offer) else None


def _asks_for_nothing_else(negotiation: Negotiation, offer: Offer) -> bool:
    """Every line beside price and quantity stands as the seller proposed it last, or says nothing."""
    by_seller = [one.terms.lines for one in negotiation.offers if one.side is Side.SELLER]
    proposed, said = by_seller[-1] if by_seller else {}, offer.terms.lines
    return all(said.get(name) == proposed.get(name) for name in {**said, **proposed} if name not in _WEIGHED)
