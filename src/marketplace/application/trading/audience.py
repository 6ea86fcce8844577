"""Who may know of a trade of the desk, and what is told of the offers on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from marketplace.application.shared.ports import Timers, Transaction
from marketplace.domain.shared.ids import UserId
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import OfferMade, OfferStatus
from marketplace.domain.trading.trade import Trade, TradeId, TradeStatus

REMIND_OF_END = "trading.remind_of_end"
REMINDED_BEFORE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Audience:
    """`left`: what is neither held nor sold, in the unit of the trade. `offerers` know of their own offers alone."""

    trade: Trade
    left: Decimal
    offerers: frozenset[UserId]

    @property
    def everybody(self) -> list[UserId]:
        return [self.trade.owner, *sorted((self.trade.invited | self.offerers) - {self.trade.owner})]

    @property
    def ends_unanswered(self) -> bool:
        """Whether the trade will expire at its end unless something is done."""
        return self.trade.status in {TradeStatus.PUBLISHED, TradeStatus.NEGOTIATING}


class Audiences(Protocol):
    async def of(self, trade_id: TradeId) -> Audience:
        """Raises TradeNotFound."""
        ...

    async def negotiations(self, trade_id: TradeId) -> list[Negotiation]:
        """All on the trade, open or not, by id."""
        ...


def offers_at_deadline(negotiations: Iterable[Negotiation]) -> list[OfferMade]:
    """What a sealed trade shows to its owner when it is opened, each as its event told its maker."""
    found = []
    for one in negotiations:
        made = [offer for offer in one.offers if one.sealed_until and offer.created_at < one.sealed_until]
        if made and made[-1].status is not OfferStatus.WITHDRAWN:
            offer = made[-1]
            found.append(
                OfferMade(
                    occurred_at=offer.created_at, negotiation_id=one.id, offer_id=offer.id, subject=one.subject,
                    buyer=one.buyer, seller=one.seller, side=offer.side, terms=offer.terms, asked=None,
                    expires_at=offer.expires_at, sealed_until=one.sealed_until, negotiates=len(made) > 1,
                    message=offer.message,
                )
            )  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class PlanReminder:
    """React to a trade that was published: its owner is reminded a day before it expires, if it lasts that long."""

    timers: Timers
    transaction: Transaction

    async def __call__(self, trade: Trade, published_at: datetime) -> None:
        at = trade.decided_by - REMINDED_BEFORE
        async with self.transaction:
            if at > published_at:
                self.timers.set(REMIND_OF_END, trade.id, at)
