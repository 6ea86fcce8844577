"""What follows from offers by the rules of sellers, and what is noted of agreements."""

from uuid import UUID

from dishka import AsyncContainer

from marketplace.application.trading.agreements import NoteAgreement
from marketplace.application.trading.rules import ANSWER_BY_RULES, AnswerByRules, ForgetOfferRules
from marketplace.domain.identity.user import UserDeleted
from marketplace.domain.shared.subject import SubjectKind
from marketplace.domain.trading.offer import OfferAccepted, OfferId, OfferMade, Side
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.on(OfferMade, "rules.offer_made")
    async def answer_by_rules(scope: AsyncContainer, event: OfferMade) -> None:
        if event.side is Side.BUYER and event.subject.kind is SubjectKind.LISTING:
            await (await scope.get(AnswerByRules))(event.offer_id)

    @handlers.timer(ANSWER_BY_RULES)
    async def answer_after_quiet_hours(scope: AsyncContainer, offer_id: UUID) -> None:
        await (await scope.get(AnswerByRules))(OfferId(offer_id))

    @handlers.on(OfferAccepted, "agreements.offer_accepted")
    async def note_agreement(scope: AsyncContainer, event: OfferAccepted) -> None:
        await (await scope.get(NoteAgreement))(event)

    @handlers.on(UserDeleted, "rules.user_deleted")
    async def forget_rules(scope: AsyncContainer, event: UserDeleted) -> None:
        await (await scope.get(ForgetOfferRules))(event.user_id)
