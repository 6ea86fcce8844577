"""What a seller says of answers in their name, and the answers themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Timers, Transaction
from marketplace.application.trading.offers import AcceptOffer, DeclineOffer
from marketplace.application.trading.ports import Blocks, Negotiations
from marketplace.application.trading.rule_ports import OfferRuleBook, Showcase
from marketplace.application.trading.rule_views import OfferRulesView, RulesForAllView
from marketplace.domain.shared.errors import Conflict, NotFound
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.trading.offer import OfferId, Rule
from marketplace.domain.trading.rules import OfferRules, RulesForAll, decide

ANSWER_BY_RULES = "trading.answer_by_rules"


@dataclass(frozen=True, slots=True)
class SetOfferRules:
    rules: OfferRuleBook
    showcase: Showcase
    transaction: Transaction

    async def __call__(
        self, actor: Actor, listing_id: ListingId, rules_in: Callable[[str], OfferRules]
    ) -> OfferRulesView:
        """`rules_in` makes them in the listing's currency."""
        actor.require(Permission.LIST_ITEMS)
        actor.require(Permission.ANSWER_OFFERS)
        shown = await self.showcase.own(actor, listing_id)
        rules = rules_in(shown.asked.price.currency)
        rules.require_reachable(shown.asked)
        async with self.transaction:
            await self.rules.put(listing_id, actor.user, rules)
            return self.transaction.answers(OfferRulesView.of(listing_id, shown.asked, rules))


@dataclass(frozen=True, slots=True)
class DropOfferRules:
    rules: OfferRuleBook
    showcase: Showcase
    transaction: Transaction

    async def __call__(self, actor: Actor, listing_id: ListingId) -> None:
        """From then on the seller's rules for all hold on it."""
        actor.require(Permission.LIST_ITEMS)
        actor.require(Permission.ANSWER_OFFERS)
        await self.showcase.own(actor, listing_id)
        async with self.transaction:
            await self.rules.drop(listing_id)


@dataclass(frozen=True, slots=True)
class SetRulesForAll:
    rules: OfferRuleBook
    transaction: Transaction

    async def __call__(self, actor: Actor, rules: RulesForAll) -> RulesForAllView:
        actor.require(Permission.LIST_ITEMS)
        actor.require(Permission.ANSWER_OFFERS)
        async with self.transaction:
            await self.rules.put_for_all(actor.user, rules)
            return self.transaction.answers(RulesForAllView.of(rules))


@dataclass(frozen=True, slots=True)
class ForgetOfferRules:
    """React to a seller who is gone."""

    rules: OfferRuleBook
    transaction: Transaction

    async def __call__(self, seller: UserId) -> None:
        async with self.transaction:
            await self.rules.forget(seller)


@dataclass(frozen=True, slots=True)
class AnswerByRules:
    """React to an offer that was made, and again when the quiet hours are over.

    Nothing happens to an offer that was answered or withdrawn meanwhile, or when what it asks for is gone.
    """

    rules: OfferRuleBook
    negotiations: Negotiations
    blocks: Blocks
    accept: AcceptOffer
    decline: DeclineOffer
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, offer_id: OfferId) -> None:
        try:
            async with self.transaction:
                await self._answer(offer_id)
        except (Conflict, NotFound):
            return

    async def _answer(self, offer_id: OfferId) -> None:
        negotiation = await self.negotiations.of_offer(offer_id)
        pending, listings, seller = negotiation.pending, negotiation.subject.listings, negotiation.seller
        if pending is None or pending.id != offer_id or len(listings) != 1:
            return
        rules = await self.rules.on_listing(listings[0], seller)
        answer = rules and decide(rules, negotiation, self.clock.now())
        if isinstance(answer, datetime):
            self.timers.set(ANSWER_BY_RULES, offer_id, answer)
        elif answer is Rule.AUTO_DECLINE:
            await self.decline.within(negotiation, offer_id, seller, answer)
        elif answer is Rule.AUTO_ACCEPT and not await self.blocks.between(negotiation.buyer, seller):
            await self.accept.within(negotiation, offer_id, seller, answer)
