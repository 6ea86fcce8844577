"""Which events the audit trail keeps, and what of them: ids, codes and amounts, never names or texts of people.

To add one: `audited(EVENT, SUBJECT KIND, FIELD OF ITS ID, by=FIELD OF WHO DID IT, FACTS...)`.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any
from uuid import UUID

from marketplace.adapters.sql.audit.batch import AuditedEvents
from marketplace.application.shared.audit import AuditEntry, Facts
from marketplace.domain.catalog.events import ListingReviewed, ListingTakenDown
from marketplace.domain.disputes.events import DisputeMoved, DisputeOpened, DisputeResolved, EvidenceAdded
from marketplace.domain.identity.api_key import ApiKeyCreated, ApiKeyDeleted
from marketplace.domain.identity.passkey import PasskeyAdded, PasskeyCloned, PasskeyRemoved
from marketplace.domain.identity.second_factor import (
    RecoveryCodesRenewed,
    RecoveryCodeUsed,
    TwoFactorDisabled,
    TwoFactorEnabled,
)
from marketplace.domain.identity.user import (
    ContactChanged,
    PasswordChanged,
    RoleChanged,
    UserActivated,
    UserDeleted,
    UserRegistered,
    UserSuspended,
    UserVerified,
)
from marketplace.domain.messaging.conversation import MessageTakenDown
from marketplace.domain.ordering.events import (
    OrderAssigned,
    OrderCancelled,
    OrderCompleted,
    OrderExpired,
    OrderMoved,
    OrderPaid,
    OrderPlaced,
)
from marketplace.domain.payments.payment import Cause, ChargebackMoved, PaymentCameLate, PaymentCaptured, PaymentFailed
from marketplace.domain.payments.payout import PayoutMoved
from marketplace.domain.payments.payout_account import PayoutAccountAdded, PayoutAccountRemoved
from marketplace.domain.payments.refund import (
    LateMoneyReturned,
    RefundEscalated,
    RefundFailed,
    RefundRejected,
    RefundRequested,
    RefundSucceeded,
    RefundWithdrawn,
)
from marketplace.domain.promotions.promo_code import PromoCodeChanged, PromoCodeCreated
from marketplace.domain.reviews.exchange import ReviewTakenDown
from marketplace.domain.shared.aggregate import DomainEvent
from marketplace.domain.shared.money import Money
from marketplace.domain.subscriptions.moves import SubscriptionChanged

Entry = tuple[type[DomainEvent], Callable[[Any], AuditEntry]]


def audited(event: type[DomainEvent], kind: str, subject: str, *facts: str, by: str | None = None) -> Entry:
    """Without `by` it is whoever made the request, nobody for what the service does by itself.

    A fact that is Money becomes NAME_minor and currency. Raises KeyError for a field that the event does not have.
    """
    for name in (subject, *facts, *([by] if by else [])):
        event.__dataclass_fields__[name]
    action = event.name.rpartition(".v")[0]

    def entry_of(happened: Any) -> AuditEntry:
        known = {name: value for fact in facts for name, value in _fact(fact, getattr(happened, fact)).items()}
        return AuditEntry(
            action=action, actor=getattr(happened, by) if by else None, subject_kind=kind,
            subject=getattr(happened, subject), facts=known,
        )  # fmt: skip

    return event, entry_of


def _fact(name: str, value: object) -> Facts:
    match value:
        case Money():
            return {f"{name}_minor": value.minor, "currency": value.currency}
        case Cause():
            return {f"{value.kind}_id": str(value.id)}
        case StrEnum():
            return {name: value.value}
        case None | bool() | int() | UUID():
            return {name: str(value) if isinstance(value, UUID) else value}
    raise TypeError(f"{name} is {type(value).__name__}: the trail keeps ids, codes, numbers and money")


AUDITED: AuditedEvents = dict([
    audited(UserRegistered, "user", "user_id", "role", by="user_id"),
    audited(UserVerified, "user", "user_id", by="user_id"),
    audited(PasswordChanged, "user", "user_id", by="user_id"),
    audited(ContactChanged, "user", "user_id", by="user_id"),
    audited(RoleChanged, "user", "user_id", "former", "role", by="by"),
    audited(UserSuspended, "user", "user_id", by="by"),
    audited(UserActivated, "user", "user_id", by="by"),
    audited(UserDeleted, "user", "user_id", by="by"),
    audited(TwoFactorEnabled, "user", "user_id", by="user_id"),
    audited(TwoFactorDisabled, "user", "user_id", by="user_id"),
    audited(RecoveryCodeUsed, "user", "user_id", "left", by="user_id"),
    audited(RecoveryCodesRenewed, "user", "user_id", by="user_id"),
    audited(PasskeyAdded, "passkey", "passkey_id", by="user_id"),
    audited(PasskeyRemoved, "passkey", "passkey_id", by="user_id"),
    audited(PasskeyCloned, "passkey", "passkey_id", "user_id"),
    audited(ApiKeyCreated, "api_key", "api_key_id", by="user_id"),
    audited(ApiKeyDeleted, "api_key", "api_key_id", by="user_id"),
    audited(ListingReviewed, "listing", "listing_id", "seller", "decision", by="by"),
    audited(ListingTakenDown, "listing", "listing_id", "seller", by="by"),
    audited(MessageTakenDown, "message", "message_id", "conversation_id", "author", by="by"),
    audited(ReviewTakenDown, "review", "review_id", "author", "about", by="by"),
    audited(OrderPlaced, "order", "order_id", "buyer", "seller", "amount"),
    audited(OrderPaid, "order", "order_id", "buyer", "seller", "amount", by="buyer"),
    audited(OrderExpired, "order", "order_id", "buyer", "seller", "amount"),
    audited(OrderAssigned, "order", "order_id", "assignee", by="by"),
    audited(OrderMoved, "order", "order_id", "status", by="by"),
    audited(OrderCompleted, "order", "order_id", by="by"),
    audited(OrderCancelled, "order", "order_id", "was_paid", by="by"),
    audited(PaymentCaptured, "payment", "payment_id", "cause", "payer", "payee", "amount", by="payer"),
    audited(PaymentFailed, "payment", "payment_id", "cause", "payer", "payee", "amount", by="payer"),
    audited(ChargebackMoved, "payment", "payment_id", "stage", "cause", "payer", "payee", "amount"),
    audited(PayoutMoved, "payout", "payout_id", "seller", "amount", "status", "held_for", by="by"),
    audited(PayoutAccountAdded, "payout_account", "account_id", "kind", by="owner"),
    audited(PayoutAccountRemoved, "payout_account", "account_id", "kind", by="owner"),
    audited(SubscriptionChanged, "subscription", "subscription_id", "creator", "change", "status", "amount"),
    audited(RefundRequested, "refund", "refund_id", "payment_id", "cause", "amount"),
    audited(RefundRejected, "refund", "refund_id", "payment_id", "cause", "amount"),
    audited(RefundWithdrawn, "refund", "refund_id", "payment_id", "cause", "amount", by="payer"),
    audited(RefundEscalated, "refund", "refund_id", "payment_id", "cause", "amount"),
    audited(LateMoneyReturned, "refund", "refund_id", "payment_id", "cause", "amount"),
    audited(PaymentCameLate, "payment", "payment_id", "cause", "payer", "payee", "amount"),
    audited(RefundSucceeded, "refund", "refund_id", "payment_id", "cause", "amount"),
    audited(RefundFailed, "refund", "refund_id", "payment_id", "cause", "amount"),
    audited(DisputeOpened, "dispute", "dispute_id", "order_id", "buyer", "seller", "reason", by="by"),
    audited(DisputeMoved, "dispute", "dispute_id", "order_id", "status", by="by"),
    audited(DisputeResolved, "dispute", "dispute_id", "order_id", "outcome", "amount", "agreed", by="by"),
    audited(EvidenceAdded, "dispute", "dispute_id", "order_id", "evidence_id", by="by"),
    audited(PromoCodeCreated, "promo_code", "code_id", "owner", "bearer", by="by"),
    audited(PromoCodeChanged, "promo_code", "code_id", "owner", "is_active", by="by"),
])  # fmt: skip
