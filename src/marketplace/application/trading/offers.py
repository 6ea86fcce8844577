"""What a party can do with an offer."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.application.trading.ports import Blocks, Deals, ForSale, Market, Negotiations
from marketplace.application.trading.proposal import Proposal
from marketplace.application.trading.views import AcceptedView, OfferView
from marketplace.domain.shared.ids import ListingId, NegotiationId, OrderId, UserId
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import Blocked, OfferId
from marketplace.domain.trading.terms import InvalidTermSheet
from marketplace.domain.trading.units import Quantity

EXPIRE_OFFER = "trading.expire_offer"
CLOSE_AT_ONCE = 20
"""Negotiations, in one transaction."""


@dataclass(frozen=True, slots=True)
class MakeOffer:
    negotiations: Negotiations
    market: Market
    blocks: Blocks
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, listings: Sequence[ListingId], proposal: Proposal) -> OfferView:
        """On one listing, or on several of one seller as a package."""
        actor.require(Permission.MAKE_OFFERS)
        now = self.clock.now()
        async with self.transaction:
            goods = await self.market.for_sale(listings)
            if await self.blocks.between(actor.user, goods.seller):
                raise Blocked
            currency = goods.asked.price.currency
            negotiation = Negotiation(
                id=NegotiationId(self.ids.new()), subject=goods.subject, buyer=actor.user, seller=goods.seller,
                currency=currency, asked=goods.asked,
                attempts=await self.negotiations.attempts(goods.subject, actor.user),
            )  # fmt: skip
            terms = proposal.opening(currency, goods.asked.quantity, field="offered_price")
            require_sold_in(terms.quantity, goods)
            offer = negotiation.offer(OfferId(self.ids.new()), terms, by=actor.user, message=proposal.message, now=now)
            await self.negotiations.add(negotiation)
            self.timers.set(EXPIRE_OFFER, offer.id, offer.expires_at)
            return self.transaction.answers(OfferView.of(negotiation, offer))


def require_sold_in(quantity: Quantity, goods: ForSale) -> None:
    """Raises InvalidTermSheet for more than there is, or a smaller part than is sold."""
    whole = goods.asked.quantity
    wanted = quantity.within(whole.unit)
    if wanted > Fraction(whole.amount):
        raise InvalidTermSheet(f"there is only {whole}", field="quantity")
    smallest = goods.smallest or whole
    if wanted < smallest.within(whole.unit):
        raise InvalidTermSheet(f"the least that is sold of it is {smallest}", field="quantity")


@dataclass(frozen=True, slots=True)
class AcceptOffer:
    negotiations: Negotiations
    deals: Deals
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, offer_id: OfferId) -> AcceptedView:
        """Agreement, hold, order, frozen fee, every rival's end and all events: one commit."""
        actor.require(Permission.ANSWER_OFFERS)
        now = self.clock.now()
        order_id = OrderId(self.ids.new())
        async with self.transaction:
            negotiation = await self.negotiations.of_offer(offer_id)
            agreement = negotiation.accept(offer_id, by=actor.user, order_id=order_id, now=now)
            await self.deals.strike(agreement, order_id, now)
            rivals = await self.negotiations.open_rivals(negotiation)
            superseded = [offer for rival in rivals if (offer := rival.supersede(now))]
            await self.negotiations.save(negotiation, *rivals)
            for ended in (offer_id, *(offer.id for offer in superseded)):
                self.timers.clear(EXPIRE_OFFER, ended)
            offer = negotiation.find(offer_id)
            return self.transaction.answers(
                AcceptedView(offer_id, offer.status, order_id, "Offer accepted: the order awaits payment.")
            )


@dataclass(frozen=True, slots=True)
class DeclineOffer:
    negotiations: Negotiations
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, offer_id: OfferId) -> OfferView:
        actor.require(Permission.ANSWER_OFFERS)
        async with self.transaction:
            negotiation = await self.negotiations.of_offer(offer_id)
            negotiation.decline(offer_id, by=actor.user, now=self.clock.now())
            await self.negotiations.save(negotiation)
            self.timers.clear(EXPIRE_OFFER, offer_id)
            return self.transaction.answers(OfferView.of(negotiation, negotiation.find(offer_id)))


@dataclass(frozen=True, slots=True)
class CounterOffer:
    negotiations: Negotiations
    blocks: Blocks
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, offer_id: OfferId, proposal: Proposal) -> OfferView:
        """The new pending offer, made by the actor's side; what the proposal does not say stays as it was."""
        actor.require(Permission.ANSWER_OFFERS)
        async with self.transaction:
            negotiation = await self.negotiations.of_offer(offer_id)
            terms = proposal.countering(negotiation.find(offer_id).terms, field="counter_price")
            new = negotiation.counter(
                offer_id, OfferId(self.ids.new()), terms, by=actor.user, message=proposal.message, now=self.clock.now()
            )
            if await self.blocks.between(negotiation.buyer, negotiation.seller):
                raise Blocked
            await self.negotiations.save(negotiation)
            self.timers.clear(EXPIRE_OFFER, offer_id)
            self.timers.set(EXPIRE_OFFER, new.id, new.expires_at)
            return self.transaction.answers(OfferView.of(negotiation, new))


@dataclass(frozen=True, slots=True)
class WithdrawOffer:
    negotiations: Negotiations
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, offer_id: OfferId) -> OfferView:
        actor.require(Permission.ANSWER_OFFERS)
        async with self.transaction:
            negotiation = await self.negotiations.of_offer(offer_id)
            negotiation.withdraw(offer_id, by=actor.user, now=self.clock.now())
            await self.negotiations.save(negotiation)
            self.timers.clear(EXPIRE_OFFER, offer_id)
            return self.transaction.answers(OfferView.of(negotiation, negotiation.find(offer_id)))


@dataclass(frozen=True, slots=True)
class ExpireOffer:
    """Rung by the offer's timer; does nothing when the offer was answered meanwhile."""

    negotiations: Negotiations
    transaction: Transaction
    clock: Clock

    async def __call__(self, offer_id: OfferId) -> None:
        async with self.transaction:
            negotiation = await self.negotiations.of_offer(offer_id)
            if negotiation.expire(offer_id, self.clock.now()):
                await self.negotiations.save(negotiation)


@dataclass(frozen=True, slots=True)
class CloseNegotiations:
    """React to a party that was suspended or is gone: none of its negotiations stays open."""

    negotiations: Negotiations
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, party: UserId) -> None:
        await _close_all(self, lambda: self.negotiations.open_of(party, CLOSE_AT_ONCE))


@dataclass(frozen=True, slots=True)
class CancelNegotiations:
    """React to a listing that was removed: nobody negotiates over it any more."""

    negotiations: Negotiations
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, listing_id: ListingId) -> None:
        await _close_all(self, lambda: self.negotiations.open_over(listing_id, CLOSE_AT_ONCE))


async def _close_all(
    by: CloseNegotiations | CancelNegotiations, some_open: Callable[[], Awaitable[list[Negotiation]]]
) -> None:
    closing: list[Negotiation] | None = None
    while closing is None or closing:
        async with by.transaction:
            closing = await some_open()
            superseded = [offer for negotiation in closing if (offer := negotiation.supersede(by.clock.now()))]
            if closing:
                await by.negotiations.save(*closing)
            for offer in superseded:
                by.timers.clear(EXPIRE_OFFER, offer.id)
