"""A seller offers a price to everybody who watches a listing."""

from dataclasses import dataclass
from datetime import datetime

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.application.trading.offers import EXPIRE_OFFER, require_sold_in, step_asked
from marketplace.application.trading.ports import Market, Negotiations, Past, Watchers
from marketplace.application.trading.proposal import Proposal
from marketplace.application.trading.rule_ports import OfferRuleBook
from marketplace.application.trading.views import BroadcastView
from marketplace.domain.shared.ids import ListingId, NegotiationId
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import OFFER_LIFE, OfferId, Side

MOST_WATCHERS = 200
"""Those who kept the listing last."""


@dataclass(frozen=True, slots=True)
class BroadcastOffer:
    negotiations: Negotiations
    market: Market
    rules: OfferRuleBook
    watchers: Watchers
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, listing_id: ListingId, proposal: Proposal) -> BroadcastView:
        """A negotiation with each; who negotiates already, or got an offer within OFFER_LIFE, is left out."""
        actor.require(Permission.LIST_ITEMS)
        async with self.transaction:
            goods = await self.market.own_for_sale(actor.user, listing_id)
            now = self.clock.now()
            currency = goods.asked.price.currency
            terms = proposal.opening(currency, goods.asked.quantity, field="offered_price")
            require_sold_in(terms.quantity, goods)
            step = await step_asked(self.rules, goods)
            watchers = await self.watchers.of(listing_id, MOST_WATCHERS)
            past = await self.negotiations.past(goods.subject, watchers)
            chosen = [one for one, may_see in watchers.items() if may_see and not _is_busy(past.get(one), now)]
            made: list[Negotiation] = []
            for buyer in chosen:
                negotiation = Negotiation(
                    id=NegotiationId(self.ids.new()), subject=goods.subject, buyer=buyer, seller=actor.user,
                    currency=currency, opener=Side.SELLER, asked=goods.asked, step=step,
                    attempts=past[buyer].attempts if buyer in past else 0,
                )  # fmt: skip
                offer = negotiation.offer(
                    OfferId(self.ids.new()), terms, by=actor.user, message=proposal.message, now=now
                )
                self.timers.set(EXPIRE_OFFER, offer.id, offer.expires_at)
                made.append(negotiation)
            await self.negotiations.add(*made)
            return self.transaction.answers(BroadcastView(len(made), len(watchers) - len(made)))


def _is_busy(past: Past | None, now: datetime) -> bool:
    return past is not None and (past.is_open or (past.offered_at is not None and now - past.offered_at < OFFER_LIFE))
