"""Giving a trade away: all of it or parts, to one or to several."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.application.trading.desk_offers import offer_on_desk
from marketplace.application.trading.desk_views import AwardView, DeskAcceptedView
from marketplace.application.trading.offers import EXPIRE_OFFER
from marketplace.application.trading.ports import Deals, Negotiations, Supplies, Trades
from marketplace.application.trading.tested_lot_ports import TestedLots
from marketplace.domain.shared.ids import NegotiationId, OrderId
from marketplace.domain.shared.subject import SubjectKind
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import Agreement, OfferNotFound, OfferStatus
from marketplace.domain.trading.terms import InvalidTermSheet, TermSheet
from marketplace.domain.trading.trade import Trade, TradeId
from marketplace.domain.trading.units import Quantity

SUPERSEDE_REST = "trading.supersede_rest"
"""A timer, rung at once, for more open offers than one transaction ends."""
SUPERSEDE_AT_ONCE = 100
MOST_AWARDED_AT_ONCE = 50
AWAITS_PAYMENT = "Offer accepted: the order awaits payment."


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What is taken of an offer: all of it, or a quantity in `unit`, else in the offer's own."""

    offer: NegotiationId
    quantity: Decimal | None = None
    unit: str | None = None

    def of(self, terms: TermSheet) -> Quantity | None:
        if self.quantity is None:
            return None
        return Quantity.of(self.quantity, self.unit or terms.quantity.unit)


@dataclass(frozen=True, slots=True)
class Awards:
    """Part of a running transaction in which the trade is locked."""

    negotiations: Negotiations
    trades: Trades
    lots: TestedLots
    supplies: Supplies
    deals: Deals
    timers: Timers
    clock: Clock
    ids: Ids

    async def give(
        self, actor: Actor, trade: Trade, accepted: Sequence[tuple[Negotiation, Share]]
    ) -> tuple[list[DeskAcceptedView], Decimal]:
        """Each agreement with its holds and its order, and what is left of the trade; raises NothingLeft."""
        now, before = self.clock.now(), trade.status
        trade.award(now)
        deals: list[tuple[Negotiation, Agreement, OrderId]] = []
        for negotiation, share in sorted(accepted, key=lambda one: one[0].id):
            latest, order_id = negotiation.offers[-1], OrderId(self.ids.new())
            agreement = negotiation.accept(
                latest.id, by=actor.user, order_id=order_id, now=now, quantity=share.of(latest.terms)
            )
            deals.append((negotiation, agreement, order_id))
        if trade.status is not before:
            await self.trades.save(trade)
        wholes = await self._lock_goods(trade, [agreement for _, agreement, _ in deals])
        trade.require_dealing(self.clock.now())
        for negotiation, agreement, order_id in deals:
            await self.deals.strike(replace(agreement, goods=_goods(trade, agreement, wholes)), order_id, now)
            await self.negotiations.save(negotiation)
            self.timers.clear(EXPIRE_OFFER, negotiation.offers[-1].id)
        left = (await self.supplies.of(trade.id, trade.need.quantity)).left
        if not left:
            await self._supersede_others(trade, now)
        return [_view(negotiation, agreement, order_id, left) for negotiation, agreement, order_id in deals], left

    async def _lock_goods(self, trade: Trade, agreements: Sequence[Agreement]) -> dict[UUID, Quantity]:
        """All there ever was of the trade and of each tested lot; locked in order of their ids, like all stocks."""
        wholes: dict[UUID, Quantity] = {}
        sellers = {agreement.terms.lot: agreement.seller for agreement in agreements if agreement.terms.lot}
        for lot_id, seller in sorted(sellers.items()):
            lot = await self.lots.shared(lot_id)
            lot.require_deliverable(seller, trade.need.commodity)
            wholes[lot_id] = lot.quantity
        wholes[trade.id] = trade.need.quantity
        for subject, whole in sorted(wholes.items()):
            await self.supplies.of(subject, whole)
        return wholes

    async def _supersede_others(self, trade: Trade, now: datetime) -> None:
        others = await self.negotiations.open_over(trade.id, SUPERSEDE_AT_ONCE)
        ended = [offer for other in others if (offer := other.supersede(now))]
        if others:
            await self.negotiations.save(*others)
        for offer in ended:
            self.timers.clear(EXPIRE_OFFER, offer.id)
        if len(others) == SUPERSEDE_AT_ONCE:
            self.timers.set(SUPERSEDE_REST, trade.id, now)


def _goods(
    trade: Trade, agreement: Agreement, wholes: dict[UUID, Quantity]
) -> tuple[tuple[SubjectKind, UUID, Quantity], ...]:
    goods: list[tuple[SubjectKind, UUID, Quantity]] = [(SubjectKind.TRADE, trade.id, wholes[trade.id])]
    if lot := agreement.terms.lot:
        goods.append((SubjectKind.LOT, lot, wholes[lot]))
    return tuple(goods)


def _view(negotiation: Negotiation, agreement: Agreement, order_id: OrderId, left: Decimal) -> DeskAcceptedView:
    return DeskAcceptedView(
        id=negotiation.id, status=OfferStatus.ACCEPTED, transaction_id=order_id, message=AWAITS_PAYMENT,
        quantity=agreement.quantity.amount, unit=agreement.quantity.unit, amount=agreement.amount.decimal,
        remaining_quantity=left,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AcceptDeskOffer:
    negotiations: Negotiations
    trades: Trades
    awards: Awards
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, share: Share) -> DeskAcceptedView:
        """By the side whose turn it is: the owner of the trade, or the author of an offer that was countered.

        Agreement, holds, order, frozen fee and, when nothing is left, every rival's end: one commit.
        """
        actor.require(Permission.TRADE)
        async with self.transaction:
            negotiation = await offer_on_desk(self.negotiations, actor, share.offer, self.clock)
            trade = await self.trades.locked(TradeId(negotiation.subject.id))
            (view,), _ = await self.awards.give(actor, trade, [(negotiation, share)])
            return self.transaction.answers(view)


@dataclass(frozen=True, slots=True)
class AwardTrade:
    negotiations: Negotiations
    trades: Trades
    awards: Awards
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, trade_id: TradeId, shares: Sequence[Share]) -> AwardView:
        """To several at once, all of them or none."""
        actor.require(Permission.TRADE)
        if len({share.offer for share in shares}) < len(shares):
            raise InvalidTermSheet("name each offer once", field="items")
        async with self.transaction:
            trade = await self.trades.locked(trade_id)
            trade.require_owner(actor.user)
            accepted = [(await self._offer(actor, trade, share.offer), share) for share in shares]
            views, left = await self.awards.give(actor, trade, accepted)
            return self.transaction.answers(AwardView(trade.id, trade.status, views, left))

    async def _offer(self, actor: Actor, trade: Trade, offer: NegotiationId) -> Negotiation:
        negotiation = await offer_on_desk(self.negotiations, actor, offer, self.clock)
        if negotiation.subject != trade.subject:
            raise OfferNotFound("no such offer")
        return negotiation
