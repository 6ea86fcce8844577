"""What time, payments and accounts do to subscriptions, and who is told of it."""

from uuid import NAMESPACE_OID, UUID, uuid5

from dishka import AsyncContainer

from marketplace.application.notifications.deliver import DeliverNotices
from marketplace.application.payments.earnings import ReleaseEarnings
from marketplace.application.shared import letters
from marketplace.application.shared.letters import SubscriptionLetter
from marketplace.application.shared.posting import PostedLetter
from marketplace.application.shared.user_events import Notice
from marketplace.application.subscriptions.renewals import (
    TURN,
    CloseSubscriptions,
    TurnSubscription,
    WithholdSubscriptions,
)
from marketplace.domain.identity.user import UserDeleted, UserSuspended
from marketplace.domain.payments.payment import CauseKind, PaymentCaptured
from marketplace.domain.subscriptions.moves import Change, SubscriptionChanged, SubscriptionId
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.timer(TURN, transactional=False)
    async def turn(scope: AsyncContainer, subscription_id: UUID) -> None:
        await (await scope.get(TurnSubscription))(SubscriptionId(subscription_id))

    @handlers.on(PaymentCaptured, "payments.subscription_paid", transactional=False)
    async def release(scope: AsyncContainer, event: PaymentCaptured) -> None:
        if event.cause.kind is CauseKind.SUBSCRIPTION:
            await (await scope.get(ReleaseEarnings))(event.cause)

    @handlers.on(UserSuspended, "subscriptions.user_suspended", transactional=False)
    async def withhold(scope: AsyncContainer, event: UserSuspended) -> None:
        await (await scope.get(WithholdSubscriptions))(event.user_id)

    @handlers.on(UserDeleted, "subscriptions.user_deleted", transactional=False)
    async def close(scope: AsyncContainer, event: UserDeleted) -> None:
        await (await scope.get(CloseSubscriptions))(event.user_id)

    @handlers.on(SubscriptionChanged, "notifications.subscription_changed")
    async def tell(scope: AsyncContainer, event: SubscriptionChanged) -> None:
        payload = {
            "subscription_id": event.subscription_id, "change": event.change, "status": event.status,
            "next_at": event.next_at,
        }  # fmt: skip
        people = (event.subscriber, event.creator)
        await (await scope.get(DeliverNotices))([Notice(one, "subscription:updated", payload) for one in people])

    @handlers.on(SubscriptionChanged, "letters.subscription_changed")
    async def write(scope: AsyncContainer, event: SubscriptionChanged) -> None:
        occasion = uuid5(NAMESPACE_OID, f"{event.name} {event.subscription_id} {event.occurred_at.isoformat()}")
        letter = letter_of(event)
        posted = [PostedLetter(event.subscriber, letter, occasion)] if letter else []
        await (await scope.get(DeliverNotices))([], posted)


def letter_of(event: SubscriptionChanged) -> SubscriptionLetter | None:
    """To the subscriber."""
    amount = f"{event.amount.decimal} {event.amount.currency}"
    match event.change:
        case Change.STARTED:
            return letters.SubscriptionStarted(event.plan, amount)
        case Change.CHARGE_FAILED:
            return letters.SubscriptionChargeFailed(event.plan, amount)
        case Change.ENDED:
            return letters.SubscriptionEnded(event.plan)
        case _:
            return None
