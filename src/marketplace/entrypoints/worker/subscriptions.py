"""Who reacts to what: every event, timer and tick, and the use case it leads to."""

from datetime import datetime
from uuid import UUID

import msgspec
import structlog
from dishka import AsyncContainer

from marketplace.application.catalog.bookings import EXPIRE_HOLD, ExpireHold
from marketplace.application.catalog.listings import GiveListingsBack, WithholdListings
from marketplace.application.catalog.search import Vocabulary
from marketplace.application.identity.avatar import DELETE_AVATAR, DeleteAvatar
from marketplace.application.identity.signing_keys import RotateSigningKeys
from marketplace.application.inventory.holds import RELEASE_HOLD, ReleaseHold, SettleHolds
from marketplace.application.notifications.deliver import DeliverNotices
from marketplace.application.ordering.orders import EXPIRE_ORDER, ExpireOrder
from marketplace.application.payments.earnings import SETTLE_EARNINGS, ReleaseEarnings, SettleEarnings
from marketplace.application.payments.payments import ASK_GATEWAY, AskGateway
from marketplace.application.payments.refunds import SEND_REFUND, SendRefund
from marketplace.application.shared.audit import SealAuditTrail
from marketplace.application.shared.audit_chain import SignHead
from marketplace.application.shared.idempotency import ForgetOldKeys
from marketplace.application.social.relations import ForgetPerson
from marketplace.application.trading.offers import EXPIRE_OFFER, CancelNegotiations, CloseNegotiations, ExpireOffer
from marketplace.domain.catalog.booking import BookingId
from marketplace.domain.catalog.events import ListingRemoved, ListingReviewed, ListingTakenDown
from marketplace.domain.catalog.standing import Withheld
from marketplace.domain.identity.user import UserActivated, UserDeleted, UserSuspended
from marketplace.domain.inventory.hold import HoldId, HoldStatus
from marketplace.domain.ordering.events import OrderCompleted, OrderExpired, OrderPaid, OrderPlaced
from marketplace.domain.payments.payment import Cause, CauseKind, PaymentCaptured, PaymentFailed
from marketplace.domain.shared.ids import OrderId, PaymentId, RefundId
from marketplace.domain.trading.offer import (
    OfferAccepted,
    OfferCountered,
    OfferDeclined,
    OfferEvent,
    OfferExpired,
    OfferId,
    OfferMade,
    OfferStatus,
    OfferSuperseded,
    OfferWithdrawn,
)
from marketplace.entrypoints.worker import (
    account_letters,
    attachments,
    books,
    calls,
    carts,
    catalog_reactions,
    conversation_news,
    conversation_records,
    creator_subscriptions,
    desk,
    dispute_news,
    events,
    files,
    invoices,
    media,
    notices,
    notification_centre,
    offer_rules,
    order_life,
    order_news,
    payment_providers,
    payouts,
    promo_codes,
    provider_calls,
    push,
    refunds,
    review_reactions,
    trades,
    webhook_sender,
)
from marketplace.entrypoints.worker.registry import Handlers

handlers = Handlers()
account_letters.subscribe(handlers)
attachments.subscribe(handlers)
carts.subscribe(handlers)
books.subscribe(handlers)
calls.subscribe(handlers)
catalog_reactions.subscribe(handlers)
conversation_news.subscribe(handlers)
conversation_records.subscribe(handlers)
creator_subscriptions.subscribe(handlers)
desk.subscribe(handlers)
dispute_news.subscribe(handlers)
events.subscribe(handlers)
files.subscribe(handlers)
invoices.subscribe(handlers)
media.subscribe(handlers)
notification_centre.subscribe(handlers)
offer_rules.subscribe(handlers)
provider_calls.subscribe(handlers)
order_life.subscribe(handlers)
order_news.subscribe(handlers)
payouts.subscribe(handlers)
payment_providers.subscribe(handlers)
promo_codes.subscribe(handlers)
push.subscribe(handlers)
refunds.subscribe(handlers)
review_reactions.subscribe(handlers)
trades.subscribe(handlers)
webhook_sender.subscribe(handlers)

_ANSWERS: dict[type[OfferEvent], OfferStatus] = {
    OfferCountered: OfferStatus.COUNTERED, OfferAccepted: OfferStatus.ACCEPTED, OfferDeclined: OfferStatus.DECLINED,
    OfferWithdrawn: OfferStatus.WITHDRAWN, OfferExpired: OfferStatus.EXPIRED, OfferSuperseded: OfferStatus.SUPERSEDED,
}  # fmt: skip


@handlers.on(OfferMade, "notifications.offer_made")
async def tell_of_new_offer(scope: AsyncContainer, event: OfferMade) -> None:
    await desk.tell_of_offer(scope, event, notices.of_new_offer(event))


def _tell_of_answer(kind: type[OfferEvent], status: OfferStatus) -> None:
    @handlers.on(kind, f"notifications.offer_{status}")
    async def tell(scope: AsyncContainer, event: OfferEvent) -> None:
        await desk.tell_of_offer(scope, event, notices.of_answered_offer(event, status))


for _kind, _status in _ANSWERS.items():
    _tell_of_answer(_kind, _status)


@handlers.on(OrderPlaced, "notifications.order_placed")
async def tell_of_order(scope: AsyncContainer, event: OrderPlaced) -> None:
    await (await scope.get(DeliverNotices))(notices.of_placed_order(event))
    await catalog_reactions.counts_changed(scope)


@handlers.on(OrderExpired, "notifications.order_expired")
async def tell_of_expired_order(scope: AsyncContainer, event: OrderExpired) -> None:
    await (await scope.get(DeliverNotices))(notices.of_expired_order(event))


@handlers.on(PaymentCaptured, "notifications.payment_captured")
async def tell_of_payment(scope: AsyncContainer, event: PaymentCaptured) -> None:
    await (await scope.get(DeliverNotices))(notices.of_captured_payment(event))


@handlers.on(PaymentFailed, "notifications.payment_failed")
async def tell_of_failed_payment(scope: AsyncContainer, event: PaymentFailed) -> None:
    await (await scope.get(DeliverNotices))(notices.of_failed_payment(event))


@handlers.on(OrderPaid, "inventory.order_paid")
async def sell_what_was_held(scope: AsyncContainer, event: OrderPaid) -> None:
    await (await scope.get(SettleHolds))(event.order_id, HoldStatus.SOLD)


@handlers.on(OrderExpired, "inventory.order_expired")
async def release_what_was_held(scope: AsyncContainer, event: OrderExpired) -> None:
    await (await scope.get(SettleHolds))(event.order_id, HoldStatus.RELEASED)
    await catalog_reactions.counts_changed(scope)


@handlers.timer(RELEASE_HOLD)
async def release_hold(scope: AsyncContainer, hold_id: UUID) -> None:
    await (await scope.get(ReleaseHold))(HoldId(hold_id))


@handlers.timer(EXPIRE_HOLD)
async def expire_hold(scope: AsyncContainer, booking_id: UUID) -> None:
    await (await scope.get(ExpireHold))(BookingId(booking_id))


@handlers.timer(DELETE_AVATAR, transactional=False)
async def delete_avatar(scope: AsyncContainer, name: UUID) -> None:
    await (await scope.get(DeleteAvatar))(name)


@handlers.on(UserSuspended, "catalog.user_suspended", transactional=False)
async def pause_listings(scope: AsyncContainer, event: UserSuspended) -> None:
    await (await scope.get(WithholdListings))(event.user_id, Withheld.SUSPENDED)


@handlers.on(UserActivated, "catalog.user_activated", transactional=False)
async def resume_listings(scope: AsyncContainer, event: UserActivated) -> None:
    await (await scope.get(GiveListingsBack))(event.user_id)


@handlers.on(UserDeleted, "catalog.user_deleted", transactional=False)
async def remove_listings(scope: AsyncContainer, event: UserDeleted) -> None:
    await (await scope.get(WithholdListings))(event.user_id, Withheld.CLOSED)


@handlers.on(UserSuspended, "trading.user_suspended", transactional=False)
async def close_negotiations_of_suspended(scope: AsyncContainer, event: UserSuspended) -> None:
    await (await scope.get(CloseNegotiations))(event.user_id)


@handlers.on(UserDeleted, "trading.user_deleted", transactional=False)
async def close_negotiations_of_deleted(scope: AsyncContainer, event: UserDeleted) -> None:
    await (await scope.get(CloseNegotiations))(event.user_id)


@handlers.on(ListingRemoved, "trading.listing_removed", transactional=False)
async def cancel_negotiations(scope: AsyncContainer, event: ListingRemoved) -> None:
    await (await scope.get(CancelNegotiations))(event.listing_id)


@handlers.on(ListingReviewed, "notifications.listing_reviewed")
async def tell_of_review(scope: AsyncContainer, event: ListingReviewed) -> None:
    await (await scope.get(DeliverNotices))(notices.of_reviewed_listing(event))


@handlers.on(ListingTakenDown, "notifications.listing_taken_down")
async def tell_of_take_down(scope: AsyncContainer, event: ListingTakenDown) -> None:
    await (await scope.get(DeliverNotices))(notices.of_listing_taken_down(event))


@handlers.on(UserDeleted, "social.user_deleted", transactional=False)
async def forget_relations(scope: AsyncContainer, event: UserDeleted) -> None:
    await (await scope.get(ForgetPerson))(event.user_id)


@handlers.timer(EXPIRE_OFFER)
async def expire_offer(scope: AsyncContainer, offer_id: UUID) -> None:
    await (await scope.get(ExpireOffer))(OfferId(offer_id))


@handlers.timer(EXPIRE_ORDER)
async def expire_order(scope: AsyncContainer, order_id: UUID) -> None:
    await (await scope.get(ExpireOrder))(OrderId(order_id))


@handlers.timer(ASK_GATEWAY, transactional=False)
async def ask_gateway(scope: AsyncContainer, payment_id: UUID) -> None:
    await (await scope.get(AskGateway))(PaymentId(payment_id))


@handlers.timer(SEND_REFUND, transactional=False)
async def send_refund(scope: AsyncContainer, refund_id: UUID) -> None:
    await (await scope.get(SendRefund))(RefundId(refund_id))


@handlers.timer(SETTLE_EARNINGS)
async def settle_earnings(scope: AsyncContainer, payment_id: UUID) -> None:
    await (await scope.get(SettleEarnings))(PaymentId(payment_id))


@handlers.on(OrderCompleted, "payments.order_completed")
async def release_earnings(scope: AsyncContainer, event: OrderCompleted) -> None:
    await (await scope.get(ReleaseEarnings))(Cause(CauseKind.ORDER, event.order_id))


@handlers.cron("identity.rotate_signing_keys", "23 3 * * *")
async def rotate_signing_keys(scope: AsyncContainer, _: datetime) -> None:
    await (await scope.get(RotateSigningKeys)).when_due()


@handlers.cron("edge.forget_idempotency_keys", "17 * * * *", transactional=False)
async def forget_idempotency_keys(scope: AsyncContainer, _: datetime) -> None:
    await (await scope.get(ForgetOldKeys))()


@handlers.routine("seal_audit_trail", 1.0)
async def seal_audit_trail(scope: AsyncContainer) -> None:
    await (await scope.get(SealAuditTrail))()


@handlers.routine("witness_audit_trail", 3_600.0)
async def witness_audit_trail(scope: AsyncContainer) -> None:
    """The line for a witness outside (docs/adr/0012): keep the logs where the database's operators cannot write."""
    if head := await (await scope.get(SignHead))():
        structlog.get_logger().info("audit trail sealed", **msgspec.to_builtins(head))


@handlers.routine("learn_words", 5.0)
async def learn_words(scope: AsyncContainer) -> None:
    """What search knows of new listings beside their own words: frequencies, beginnings and corrections."""
    vocabulary = await scope.get(Vocabulary)
    while await vocabulary.learn():
        pass
