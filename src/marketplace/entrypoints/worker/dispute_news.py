"""What follows from disputes: the end of the time to answer, lost chargebacks, and who is told."""

from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from dishka import AsyncContainer

from marketplace.application.disputes.disputes import LapseResponse
from marketplace.application.disputes.endings import RESPONSE_DUE, LoseToBank
from marketplace.application.disputes.evidence import DELETE_EVIDENCE, DeleteEvidence
from marketplace.application.disputes.ports import Moderators
from marketplace.application.notifications.deliver import DeliverNotices
from marketplace.application.ordering.life_ports import OrderNews
from marketplace.application.shared import letters
from marketplace.application.shared.letters import DisputeLetter
from marketplace.application.shared.posting import PostedLetter
from marketplace.application.shared.user_events import Notice
from marketplace.domain.disputes.events import (
    DisputeEvent,
    DisputeMessageAdded,
    DisputeMoved,
    DisputeOpened,
    DisputeResolved,
    EvidenceAdded,
)
from marketplace.domain.disputes.moves import DECIDABLE, DisputeId, DisputeSide, DisputeStatus
from marketplace.domain.payments.chargeback import ChargebackStage
from marketplace.domain.payments.payment import CauseKind, ChargebackMoved
from marketplace.domain.shared.ids import OrderId, UserId
from marketplace.entrypoints.worker.registry import Handlers

MOST_MODERATORS = 100
"""Told that a dispute waits for one of them."""
CHANGES: dict[type[DisputeEvent], str] = {
    DisputeOpened: "opened", DisputeMoved: "moved", DisputeResolved: "resolved", DisputeMessageAdded: "message",
    EvidenceAdded: "evidence",
}  # fmt: skip


def subscribe(handlers: Handlers) -> None:
    for kind, change in CHANGES.items():
        _tell(handlers, kind, change)

    @handlers.timer(RESPONSE_DUE)
    async def lapse(scope: AsyncContainer, dispute_id: UUID) -> None:
        await (await scope.get(LapseResponse))(DisputeId(dispute_id))

    @handlers.timer(DELETE_EVIDENCE, transactional=False)
    async def delete_evidence(scope: AsyncContainer, name: UUID) -> None:
        await (await scope.get(DeleteEvidence))(name)

    @handlers.on(ChargebackMoved, "disputes.chargeback_moved")
    async def lose_to_bank(scope: AsyncContainer, event: ChargebackMoved) -> None:
        if event.stage is ChargebackStage.LOST and event.cause.kind is CauseKind.ORDER:
            await (await scope.get(LoseToBank))(OrderId(event.cause.id))


def _tell(handlers: Handlers, kind: type[DisputeEvent], change: str) -> None:
    @handlers.on(kind, f"notifications.dispute_{change}")
    async def tell(scope: AsyncContainer, event: DisputeEvent) -> None:
        waits = isinstance(event, DisputeMoved) and event.status in DECIDABLE
        moderators = await (await scope.get(Moderators)).some(MOST_MODERATORS) if waits else ()
        news: OrderNews = await scope.get(OrderNews)
        order = (await news.of(event.order_id)).title
        told = notices_of(event, change, [event.buyer, event.seller, *moderators])
        await (await scope.get(DeliverNotices))(told, letters_of(event, order))


def notices_of(event: DisputeEvent, change: str, to: list[UserId]) -> list[Notice]:
    payload: dict[str, Any] = {
        "disputeId": event.dispute_id, "orderId": event.order_id, "status": event.status, "change": change,
        "changedAt": event.occurred_at,
    }  # fmt: skip
    match event:
        case DisputeOpened():
            payload["responseDueAt"] = event.response_due_at
        case DisputeResolved():
            payload |= {"outcome": event.outcome, "amount": event.amount and event.amount.decimal}
        case DisputeMessageAdded():
            payload |= {"number": event.number, "voice": event.voice}
        case EvidenceAdded():
            payload["evidenceId"] = event.evidence_id
    return [Notice(one, "dispute:updated", payload, quiet=one == event.by) for one in dict.fromkeys(to)]


def letters_of(event: DisputeEvent, order: str) -> list[PostedLetter]:
    other = event.seller if event.opener is DisputeSide.BUYER else event.buyer
    match event:
        case DisputeOpened():
            return [_post(other, letters.DisputeOpened(order, event.response_due_at), event)]
        case DisputeResolved():
            return [_post(one, letters.DisputeResolved(order), event) for one in (event.buyer, event.seller)]
        case DisputeMoved(status=DisputeStatus.WITHDRAWN):
            return [_post(other, letters.DisputeWithdrawn(order), event)]
    return []


def _post(to: UserId, letter: DisputeLetter, event: DisputeEvent) -> PostedLetter:
    return PostedLetter(to, letter, uuid5(NAMESPACE_OID, f"{event.name} {event.dispute_id} {event.status} {to}"))
