"""What a party can do with an offer."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.application.trading.ports import Blocks, Deals, ForSale, Market, Negotiations
from marketplace.application.trading.proposal import Proposal
from marketplace.application.trading.rule_ports import OfferRuleBook
from marketplace.application.trading.views import AcceptedView, OfferView
from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.ids import ListingId, NegotiationId, OrderId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.subject import Subject, SubjectKind
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import Blocked, OfferId, OfferNotFound, Rule
from marketplace.domain.trading.terms import InvalidTermSheet
from marketplace.domain.trading.units import Quantity

EXPIRE_OFFER = "trading.expire_offer"
CLOSE_AT_ONCE = 20
"""Negotiations, in one transaction."""


class NothingChanged(Invalid):
    code = "nothing_changed"


async def over_listings(negotiations: Negotiations, offer_id: OfferId) -> Negotiation:
    """Raises OfferNotFound, also for an offer of the desk, which has operations of its own."""
    negotiation = await negotiations.of_offer(offer_id)
    if not negotiation.subject.listings:
        raise OfferNotFound("no such offer")
    return negotiation


@dataclass(frozen=True, slots=True)
class MakeOffer:
    negotiations: Negotiations
    market: Market
    rules: OfferRuleBook
    blocks: Blocks
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, listings: Sequence[ListingId], proposal: Proposal) -> OfferView:
        """On one listing, or on several of one seller as a package."""
        actor.require(Permission.MAKE_OFFERS)
        async with self.transaction:
            goods = await self.market.for_sale(actor.user, listings)
            if await self.blocks.between(actor.user, goods.seller):
                raise Blocked
            currency = goods.asked.price.currency
            negotiation = Negotiation(
                id=NegotiationId(self.ids.new()), subject=goods.subject, buyer=actor.user, seller=goods.seller,
                currency=currency, asked=goods.asked,
                attempts=await self.negotiations.attempts(goods.subject, actor.user),
                step=await step_asked(self.rules, goods),
            )  # fmt: skip
            terms = proposal.opening(currency, goods.asked.quantity, field="offered_price")
            require_sold_in(terms.quantity, goods)
            now = self.clock.now()
            offer = negotiation.offer(OfferId(self.ids.new()), terms, by=actor.user, message=proposal.message, now=now)
            await self.negotiations.add(negotiation)
            self.timers.set(EXPIRE_OFFER, offer.id, offer.expires_at)
            return self.transaction.answers(OfferView.of(negotiation, offer))


async def step_asked(book: OfferRuleBook, goods: ForSale) -> Money | None:
    """As the seller's rules say now, for as long as the negotiation lasts; a package has none."""
    if goods.subject.kind is not SubjectKind.LISTING:
        return None
    rules = await book.on_listing(goods.subject.listings[0], goods.seller)
    return None if rules is None else rules.on(goods.asked).minimum_step


def require_sold_in(quantity: Quantity, goods: ForSale) -> None:
    """Raises InvalidTermSheet for more than there ever was, or a smaller part than is sold; UnitsDiffer."""
    whole = goods.asked.quantity
    wanted = quantity.to(whole.unit)
    if wanted.amount > whole.amount:
        raise InvalidTermSheet(f"there is only {whole}", field="quantity")
    smallest = goods.smallest or whole
    if wanted.amount < smallest.amount:
        raise InvalidTermSheet(f"the least that is sold of it is {smallest}", field="quantity")


def end_all(rivals: Sequence[Negotiation], timers: Timers, now: datetime) -> None:
    """What they negotiate over is gone."""
    for rival in rivals:
        if offer := rival.supersede(now):
            timers.clear(EXPIRE_OFFER, offer.id)


@dataclass(frozen=True, slots=True)
class SupersedeOffers:
    """Inside a running transaction that holds the last of these listings: nobody negotiates over them any more."""

    negotiations: Negotiations
    timers: Timers
    clock: Clock

    async def __call__(self, listings: Collection[ListingId]) -> None:
        rivals = await self.negotiations.open_rivals(Subject.of_listings(*listings))
        if rivals:
            end_all(rivals, self.timers, self.clock.now())
            await self.negotiations.save(*rivals)


@dataclass(frozen=True, slots=True)
class AcceptOffer:
    negotiations: Negotiations
    deals: Deals
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, offer_id: OfferId) -> AcceptedView:
        """Agreement, hold, order, frozen fee, the end of rivals when nothing is left, all events: one commit."""
        actor.require(Permission.ANSWER_OFFERS)
        async with self.transaction:
            negotiation = await over_listings(self.negotiations, offer_id)
            order_id = await self.within(negotiation, offer_id, actor.user)
            offer = negotiation.find(offer_id)
            return self.transaction.answers(
                AcceptedView(offer_id, offer.status, order_id, "Offer accepted: the order awaits payment.")
            )

    async def within(
        self, negotiation: Negotiation, offer_id: OfferId, by: UserId, by_rule: Rule | None = None
    ) -> OrderId:
        """Inside a running transaction."""
        now = self.clock.now()
        order_id = OrderId(self.ids.new())
        agreement = negotiation.accept(offer_id, by=by, order_id=order_id, now=now, by_rule=by_rule)
        is_gone = await self.deals.strike(agreement, order_id, now)
        negotiation.require_in_time(offer_id, self.clock.now())
        rivals = []
        if is_gone:
            rivals = await self.negotiations.open_rivals(negotiation.subject, but=negotiation.id)
        end_all(rivals, self.timers, now)
        self.timers.clear(EXPIRE_OFFER, offer_id)
        await self.negotiations.save(negotiation, *rivals)
        return order_id


@dataclass(frozen=True, slots=True)
class DeclineOffer:
    negotiations: Negotiations
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, offer_id: OfferId) -> OfferView:
        actor.require(Permission.ANSWER_OFFERS)
        async with self.transaction:
            negotiation = await over_listings(self.negotiations, offer_id)
            await self.within(negotiation, offer_id, actor.user)
            return self.transaction.answers(OfferView.of(negotiation, negotiation.find(offer_id)))

    async def within(
        self, negotiation: Negotiation, offer_id: OfferId, by: UserId, by_rule: Rule | None = None
    ) -> None:
        """Inside a running transaction."""
        negotiation.decline(offer_id, by=by, now=self.clock.now(), by_rule=by_rule)
        await self.negotiations.save(negotiation)
        self.timers.clear(EXPIRE_OFFER, offer_id)


@dataclass(frozen=True, slots=True)
class CounterOffer:
    negotiations: Negotiations
    market: Market
    blocks: Blocks
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, offer_id: OfferId, proposal: Proposal) -> OfferView:
        """The new pending offer, made by the actor's side; what the proposal does not say stays as it was."""
        actor.require(Permission.ANSWER_OFFERS)
        async with self.transaction:
            negotiation = await over_listings(self.negotiations, offer_id)
            former = negotiation.find(offer_id).terms
            terms = proposal.countering(former, field="counter_price")
            new = negotiation.counter(
                offer_id, OfferId(self.ids.new()), terms, by=actor.user, message=proposal.message, now=self.clock.now()
            )
            if await self.blocks.between(negotiation.buyer, negotiation.seller):
                raise Blocked
            if not terms.changes_since(former):
                raise NothingChanged("say another price or another line, or accept the offer", field="counter_price")
            if terms.quantity != former.quantity:
                goods = await self.market.for_sale(negotiation.seller, negotiation.subject.listings)
                require_sold_in(terms.quantity, goods)
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
            negotiation = await over_listings(self.negotiations, offer_id)
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
    """React to a listing that was removed or a trade that has ended: nobody negotiates over it any more."""

    negotiations: Negotiations
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, subject: UUID) -> None:
        await _close_all(self, lambda: self.negotiations.open_over(subject, CLOSE_AT_ONCE))


async def _close_all(
    by: CloseNegotiations | CancelNegotiations, some_open: Callable[[], Awaitable[list[Negotiation]]]
) -> None:
    closing: list[Negotiation] | None = None
    while closing is None or closing:
        async with by.transaction:
            closing, now = await some_open(), by.clock.now()
            for negotiation in closing:
                pending = negotiation.pending
                if pending is not None:
                    by.timers.clear(EXPIRE_OFFER, pending.id)
                if pending is None or not negotiation.expire(pending.id, now):
                    negotiation.supersede(now)
            if closing:
                await by.negotiations.save(*closing)
