"""What follows from what happens on the trade desk: who is told of it, at once and by letter."""

from uuid import UUID

from dishka import AsyncContainer

from marketplace.application.identity.letters import SendPosted
from marketplace.application.notifications.deliver import DeliverNotices
from marketplace.application.shared.posting import SEND_POSTED, PostedLetter
from marketplace.application.shared.user_events import Notice
from marketplace.application.trading.audience import (
    REMIND_OF_END,
    Audience,
    Audiences,
    PlanReminder,
    offers_at_deadline,
)
from marketplace.domain.shared.subject import SubjectKind
from marketplace.domain.trading.offer import OfferAccepted, OfferDeclined, OfferEvent, OfferMade, OfferWithdrawn
from marketplace.domain.trading.trade import TradeId, TradeMoved, TradeOpened, TradePublished
from marketplace.entrypoints.worker import desk_letters, notices
from marketplace.entrypoints.worker.account_letters import PATIENT
from marketplace.entrypoints.worker.registry import Handlers

TELLS_OF_TRADE = (OfferMade, OfferAccepted, OfferDeclined, OfferWithdrawn)
"""A counter makes an offer; what is superseded or expires follows from a move of the trade, which is told anyway."""


def subscribe(handlers: Handlers) -> None:
    @handlers.on(TradePublished, "notifications.trade_published")
    async def tell_of_trade(scope: AsyncContainer, event: TradePublished) -> None:
        audience = await _audience(scope, event.trade_id)
        told = notices.of_trade(audience, event.status, [event.owner, *event.invited])
        await (await scope.get(DeliverNotices))(told, desk_letters.of_published_trade(event, audience))

    @handlers.on(TradePublished, "reminders.trade_published")
    async def plan_reminder(scope: AsyncContainer, event: TradePublished) -> None:
        audience = await _audience(scope, event.trade_id)
        await (await scope.get(PlanReminder))(audience.trade, event.occurred_at)

    @handlers.on(TradeMoved, "notifications.trade_moved")
    async def tell_of_move(scope: AsyncContainer, event: TradeMoved) -> None:
        audience = await _audience(scope, event.trade_id)
        await (await scope.get(DeliverNotices))(notices.of_trade(audience, event.status, audience.everybody))

    @handlers.on(TradeOpened, "notifications.trade_opened")
    async def tell_of_offers(scope: AsyncContainer, event: TradeOpened) -> None:
        """To the owner each offer is new only now."""
        audience = await _audience(scope, event.trade_id)
        offers = offers_at_deadline(await (await scope.get(Audiences)).negotiations(event.trade_id))
        told = notices.of_trade(audience, event.status, audience.everybody)
        told += [notices.of_offer_received(offer) for offer in offers]
        letters = desk_letters.of_opened_trade(event, audience, len(offers))
        await (await scope.get(DeliverNotices))(told, letters)

    @handlers.timer(REMIND_OF_END)
    async def remind_of_end(scope: AsyncContainer, trade_id: UUID) -> None:
        audience = await _audience(scope, TradeId(trade_id))
        await (await scope.get(DeliverNotices))([], desk_letters.of_coming_end(audience))

    @handlers.job(SEND_POSTED, PostedLetter, **PATIENT)
    async def send_posted(scope: AsyncContainer, letter: PostedLetter) -> None:
        await (await scope.get(SendPosted))(letter)


async def tell_of_offer(scope: AsyncContainer, event: OfferEvent, told: list[Notice]) -> None:
    """What its parties are told; of an offer on a trade also by letter, and how the trade stands.

    An acceptance changes what is left for everybody; all else is between the two.
    """
    letters: list[PostedLetter] = []
    if event.subject.kind is SubjectKind.TRADE:
        audience = await _audience(scope, TradeId(event.subject.id))
        if isinstance(event, TELLS_OF_TRADE) and not notices.is_sealed(event):
            to = audience.everybody if isinstance(event, OfferAccepted) else notices.parties(event)
            told += notices.of_trade(audience, audience.trade.status, to, after_offer=True)
        letters = desk_letters.of_offer(event, audience)
    await (await scope.get(DeliverNotices))(told, letters)


async def _audience(scope: AsyncContainer, trade_id: TradeId) -> Audience:
    audiences: Audiences = await scope.get(Audiences)
    return await audiences.of(trade_id)
