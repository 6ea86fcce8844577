"""Offers on trades of the desk: an offer is a negotiation, known by the negotiation's id.

Locked in this order: trade, tested lot, stocks, negotiations, orders.
"""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Protocol

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.application.trading.desk_ports import Shortlist
from marketplace.application.trading.desk_views import (
    DeskNegotiationView,
    DeskOfferView,
    ShortlistedView,
    author_of,
)
from marketplace.application.trading.offers import EXPIRE_OFFER
from marketplace.application.trading.ports import Blocks, Negotiations, Supplies, Traders, Trades
from marketplace.application.trading.proposal import Proposal
from marketplace.application.trading.tested_lot_ports import TestedLots
from marketplace.domain.shared.ids import NegotiationId, UserId
from marketplace.domain.shared.subject import SubjectKind
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import Blocked, OfferId, OfferNotFound, Side
from marketplace.domain.trading.terms import InvalidTermSheet, TermSheet
from marketplace.domain.trading.trade import NotYourTrade, Trade, TradeId, TradeNotOpen


async def offer_on_desk(negotiations: Negotiations, actor: Actor, offer: NegotiationId, clock: Clock) -> Negotiation:
    """Raises OfferNotFound, in the same words, for what is not there, not on the desk or not to be seen yet."""
    negotiation = await negotiations.find(offer)
    if negotiation.subject.kind is not SubjectKind.TRADE:
        raise OfferNotFound("no such offer")
    negotiation.side_of(actor.user, clock.now())
    return negotiation


@dataclass(frozen=True, slots=True)
class Deliverable:
    """What can be delivered as the terms say."""

    lots: TestedLots
    supplies: Supplies

    async def require(self, terms: TermSheet, trade: Trade, seller: UserId) -> None:
        """That the quantity counts in the trade's unit, and that the seller has as much of the tested lot.

        Raises UnitsDiffer, InvalidQuantity, InvalidTermSheet, LotNotFound or LotNotAvailable.
        """
        terms.quantity.to(trade.need.quantity.unit)
        if terms.lot is None:
            return
        lot = await self.lots.shared(terms.lot)
        lot.require_deliverable(seller, trade.need.commodity)
        left, unit = (await self.supplies.of(lot.id, lot.quantity)).left, lot.quantity.unit
        if terms.quantity.within(unit) > Fraction(left):
            raise InvalidTermSheet(f"only {left} {unit} of this lot is left", field="quantity")


@dataclass(frozen=True, slots=True)
class OfferOnTrade:
    negotiations: Negotiations
    trades: Trades
    deliverable: Deliverable
    supplies: Supplies
    blocks: Blocks
    traders: Traders
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, trade_id: TradeId, proposal: Proposal) -> DeskOfferView:
        """Who answers a published need to buy sells, and the other way round."""
        actor.require(Permission.TRADE)
        async with self.transaction:
            trade = await self.trades.locked(trade_id)
            now = self.clock.now()
            trade.require_open(actor.user, now)
            if await self.blocks.between(actor.user, trade.owner):
                raise Blocked
            need = trade.need
            if not (await self.supplies.of(trade.id, need.quantity)).left:
                raise TradeNotOpen("nothing is left of this trade", trade_id=trade.id)
            negotiation = _negotiation_on(trade, NegotiationId(self.ids.new()), actor.user)
            terms = proposal.opening(need.currency, need.quantity, price_unit=need.price_unit)
            await self.deliverable.require(terms, trade, negotiation.seller)
            offer = negotiation.offer(OfferId(self.ids.new()), terms, by=actor.user, message=proposal.message, now=now)
            before = trade.status
            trade.note_offer(now)
            if trade.status is not before:
                await self.trades.save(trade)
            await self.negotiations.add(negotiation)
            self.timers.set(EXPIRE_OFFER, offer.id, offer.expires_at)
            return self.transaction.answers(await _view(negotiation, self.traders))


async def _view(negotiation: Negotiation, traders: Traders) -> DeskOfferView:
    author = author_of(negotiation)
    return DeskOfferView.of(negotiation, (await traders.names({author})).get(author))


def _negotiation_on(trade: Trade, negotiation_id: NegotiationId, author: UserId) -> Negotiation:
    opener = trade.side.owner_side.other
    buyer, seller = (author, trade.owner) if opener is Side.BUYER else (trade.owner, author)
    return Negotiation(
        id=negotiation_id, subject=trade.subject, buyer=buyer, seller=seller, currency=trade.need.currency,
        opener=opener, closes_at=trade.decided_by, sealed_until=trade.sealed_until,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReviseDeskOffer:
    negotiations: Negotiations
    trades: Trades
    deliverable: Deliverable
    blocks: Blocks
    traders: Traders
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, offer: NegotiationId, proposal: Proposal) -> DeskOfferView:
        """One's own pending proposal is replaced; what the new one does not say stays as it was.

        The author of an offer may do so while offers are taken, so never after the deadline of a sealed trade.
        """
        actor.require(Permission.TRADE)
        async with self.transaction:
            negotiation = await offer_on_desk(self.negotiations, actor, offer, self.clock)
            trade = await self.trades.shared(TradeId(negotiation.subject.id))
            now = self.clock.now()
            former = negotiation.offers[-1]
            terms = proposal.countering(former.terms)
            new_id = OfferId(self.ids.new())
            new = negotiation.replace(former.id, new_id, terms, by=actor.user, message=proposal.message, now=now)
            if actor.user == trade.owner:
                trade.require_dealing(now)
            else:
                trade.require_open(actor.user, now)
            if await self.blocks.between(negotiation.buyer, negotiation.seller):
                raise Blocked
            await self.deliverable.require(terms, trade, negotiation.seller)
            await self.negotiations.save(negotiation)
            self.timers.clear(EXPIRE_OFFER, former.id)
            self.timers.set(EXPIRE_OFFER, new.id, new.expires_at)
            return self.transaction.answers(await _view(negotiation, self.traders))


@dataclass(frozen=True, slots=True)
class CounterDeskOffer:
    negotiations: Negotiations
    trades: Trades
    deliverable: Deliverable
    blocks: Blocks
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, offer: NegotiationId, proposal: Proposal) -> DeskNegotiationView:
        """By the side whose turn it is; what the proposal does not say stays as it was."""
        actor.require(Permission.TRADE)
        async with self.transaction:
            negotiation = await offer_on_desk(self.negotiations, actor, offer, self.clock)
            trade = await self.trades.shared(TradeId(negotiation.subject.id))
            now = self.clock.now()
            former = negotiation.offers[-1]
            terms = proposal.countering(former.terms)
            new_id = OfferId(self.ids.new())
            new = negotiation.counter(former.id, new_id, terms, by=actor.user, message=proposal.message, now=now)
            trade.require_dealing(now)
            if await self.blocks.between(negotiation.buyer, negotiation.seller):
                raise Blocked
            await self.deliverable.require(terms, trade, negotiation.seller)
            await self.negotiations.save(negotiation)
            self.timers.clear(EXPIRE_OFFER, former.id)
            self.timers.set(EXPIRE_OFFER, new.id, new.expires_at)
            return self.transaction.answers(DeskNegotiationView.of(negotiation))


class End(Protocol):
    def __call__(self, negotiation: Negotiation, offer_id: OfferId, /, *, by: UserId, now: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class EndDeskOffer:
    negotiations: Negotiations
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, offer: NegotiationId, end: End) -> DeskNegotiationView:
        """`end`: Negotiation.decline by the side whose turn it is, or Negotiation.withdraw by the other."""
        actor.require(Permission.TRADE)
        async with self.transaction:
            negotiation = await offer_on_desk(self.negotiations, actor, offer, self.clock)
            latest = negotiation.offers[-1]
            end(negotiation, latest.id, by=actor.user, now=self.clock.now())
            await self.negotiations.save(negotiation)
            self.timers.clear(EXPIRE_OFFER, latest.id)
            return self.transaction.answers(DeskNegotiationView.of(negotiation))


@dataclass(frozen=True, slots=True)
class ShortlistOffer:
    """The private mark of the trade's owner: its author never hears of it."""

    negotiations: Negotiations
    shortlist: Shortlist
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, offer: NegotiationId, *, shortlisted: bool) -> ShortlistedView:
        actor.require(Permission.TRADE)
        async with self.transaction:
            negotiation = await offer_on_desk(self.negotiations, actor, offer, self.clock)
            if actor.user == author_of(negotiation):
                raise NotYourTrade("only who made the trade marks its offers")
            await (self.shortlist.add(offer) if shortlisted else self.shortlist.remove(offer))
            return self.transaction.answers(ShortlistedView(offer, shortlisted))
