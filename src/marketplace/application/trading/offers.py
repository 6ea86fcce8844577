"""What a party can do with an offer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.application.trading.ports import Blocks, Deals, Negotiations, Subjects
from marketplace.application.trading.views import AcceptedView, OfferView
from marketplace.domain.shared.ids import ListingId, NegotiationId, OrderId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.negotiation import Blocked, Negotiation, OfferId

EXPIRE_OFFER = "trading.expire_offer"
CLOSE_AT_ONCE = 20
"""Negotiations, in one transaction."""


@dataclass(frozen=True, slots=True)
class MakeOffer:
    negotiations: Negotiations
    subjects: Subjects
    blocks: Blocks
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(
        self, actor: Actor, listing_id: ListingId, amount: Decimal, *, quantity: int = 1, message: str | None = None
    ) -> OfferView:
        actor.require(Permission.MAKE_OFFERS)
        now = self.clock.now()
        async with self.transaction:
            subject = await self.subjects.available(listing_id)
            if await self.blocks.between(actor.user, subject.seller):
                raise Blocked
            price = Money.price(amount, subject.price.currency, field="offered_price")
            negotiation = Negotiation(
                id=NegotiationId(self.ids.new()), listing_id=listing_id, buyer=actor.user, seller=subject.seller,
                list_price=subject.price.times(quantity),
            )  # fmt: skip
            offer = negotiation.offer(
                OfferId(self.ids.new()), by=actor.user, price=price, quantity=quantity, message=message, now=now
            )
            await self.negotiations.add(negotiation)
            self.timers.set(EXPIRE_OFFER, offer.id, offer.expires_at)
            return self.transaction.answers(OfferView.of(negotiation, offer))


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

    async def __call__(self, actor: Actor, offer_id: OfferId, amount: Decimal, message: str | None = None) -> OfferView:
        """The new pending offer, made by the actor's side."""
        actor.require(Permission.ANSWER_OFFERS)
        async with self.transaction:
            negotiation = await self.negotiations.of_offer(offer_id)
            price = Money.price(amount, negotiation.list_price.currency, field="counter_price")
            new = negotiation.counter(
                offer_id, OfferId(self.ids.new()), by=actor.user, price=price, message=message, now=self.clock.now()
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
