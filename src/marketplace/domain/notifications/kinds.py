"""What a notice is in the notification centre: the one table of names, kinds and groups."""

from collections.abc import Mapping
from enum import StrEnum


class Group(StrEnum):
    """What a person chooses channels for."""

    OFFERS = "offers"
    TRADES = "trades"
    ORDERS = "orders"
    PAYMENTS = "payments"
    DISPUTES = "disputes"
    SUBSCRIPTIONS = "subscriptions"
    MESSAGES = "messages"
    REVIEWS = "reviews"
    LISTINGS = "listings"
    SEARCHES = "searches"
    TASKS = "tasks"
    ACCOUNT = "account"


class NotificationKind(StrEnum):
    """Public API: never reuse or rename one."""

    OFFER_RECEIVED = "offer_received"
    OFFER_ACCEPTED = "offer_accepted"
    OFFER_DECLINED = "offer_declined"
    OFFER_WITHDRAWN = "offer_withdrawn"
    OFFER_EXPIRED = "offer_expired"
    OFFER_SUPERSEDED = "offer_superseded"
    TRADE_PUBLISHED = "trade_published"
    TRADE_UPDATED = "trade_updated"
    ORDER_CREATED = "order_created"
    ORDER_ASSIGNED = "order_assigned"
    ORDER_STATUS_CHANGED = "order_status_changed"
    PAYMENT_SUCCESS = "payment_success"
    PAYMENT_FAILED = "payment_failed"
    PAYMENT_REFUNDED = "payment_refunded"
    PAYMENT_CHARGEBACK = "payment_chargeback"
    REFUND_REQUESTED = "refund_requested"
    REFUND_REJECTED = "refund_rejected"
    REFUND_WITHDRAWN = "refund_withdrawn"
    REFUND_ESCALATED = "refund_escalated"
    PAYOUT_HELD = "payout_held"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_FAILED = "payout_failed"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_UPDATED = "dispute_updated"
    DISPUTE_MESSAGE = "dispute_message"
    DISPUTE_RESOLVED = "dispute_resolved"
    SUBSCRIPTION_STARTED = "subscription_started"
    SUBSCRIPTION_RENEWED = "subscription_renewed"
    SUBSCRIPTION_CHARGE_FAILED = "subscription_charge_failed"
    SUBSCRIPTION_UPDATED = "subscription_updated"
    SUBSCRIPTION_ENDED = "subscription_ended"
    MESSAGE_RECEIVED = "message_received"
    CALL_INCOMING = "call_incoming"
    CALL_MISSED = "call_missed"
    MESSAGE_TAKEN_DOWN = "message_taken_down"
    REVIEW_PUBLISHED = "review_published"
    REVIEW_TAKEN_DOWN = "review_taken_down"
    LISTING_APPROVED = "listing_approved"
    LISTING_REJECTED = "listing_rejected"
    LISTING_TAKEN_DOWN = "listing_taken_down"
    SEARCH_MATCH = "search_match"
    APPROVAL_REQUESTED = "approval_requested"
    APPROVAL_DECIDED = "approval_decided"
    BOOKS_DIFFER = "books_differ"
    PAYOUT_ACCOUNT_ADDED = "payout_account_added"
    PAYOUT_ACCOUNT_REMOVED = "payout_account_removed"
    KYC_REMINDER = "kyc_reminder"
    SESSION_EXPIRING = "session_expiring"


K = NotificationKind
KINDS: Mapping[Group, tuple[NotificationKind, ...]] = {
    Group.OFFERS: (
        K.OFFER_RECEIVED, K.OFFER_ACCEPTED, K.OFFER_DECLINED, K.OFFER_WITHDRAWN, K.OFFER_EXPIRED, K.OFFER_SUPERSEDED,
    ),
    Group.TRADES: (K.TRADE_PUBLISHED, K.TRADE_UPDATED),
    Group.ORDERS: (K.ORDER_CREATED, K.ORDER_ASSIGNED, K.ORDER_STATUS_CHANGED),
    Group.PAYMENTS: (
        K.PAYMENT_SUCCESS, K.PAYMENT_FAILED, K.PAYMENT_REFUNDED, K.PAYMENT_CHARGEBACK, K.REFUND_REQUESTED,
        K.REFUND_REJECTED, K.REFUND_WITHDRAWN, K.REFUND_ESCALATED, K.PAYOUT_HELD, K.PAYOUT_PAID, K.PAYOUT_FAILED,
    ),
    Group.DISPUTES: (K.DISPUTE_OPENED, K.DISPUTE_UPDATED, K.DISPUTE_MESSAGE, K.DISPUTE_RESOLVED),
    Group.SUBSCRIPTIONS: (
        K.SUBSCRIPTION_STARTED, K.SUBSCRIPTION_RENEWED, K.SUBSCRIPTION_CHARGE_FAILED, K.SUBSCRIPTION_UPDATED,
        K.SUBSCRIPTION_ENDED,
    ),
    Group.MESSAGES: (K.MESSAGE_RECEIVED, K.CALL_INCOMING, K.CALL_MISSED, K.MESSAGE_TAKEN_DOWN),
    Group.REVIEWS: (K.REVIEW_PUBLISHED, K.REVIEW_TAKEN_DOWN),
    Group.LISTINGS: (K.LISTING_APPROVED, K.LISTING_REJECTED, K.LISTING_TAKEN_DOWN),
    Group.SEARCHES: (K.SEARCH_MATCH,),
    Group.TASKS: (K.APPROVAL_REQUESTED, K.APPROVAL_DECIDED, K.BOOKS_DIFFER),
    Group.ACCOUNT: (K.PAYOUT_ACCOUNT_ADDED, K.PAYOUT_ACCOUNT_REMOVED, K.KYC_REMINDER, K.SESSION_EXPIRING),
}  # fmt: skip
GROUP_OF: Mapping[NotificationKind, Group] = {kind: group for group, kinds in KINDS.items() for kind in kinds}

RECEIPTS = frozenset({K.ORDER_CREATED})
"""Kept in the centre of who did it, too."""
MAILED = frozenset({
    K.OFFER_RECEIVED, K.OFFER_ACCEPTED, K.OFFER_DECLINED, K.PAYMENT_FAILED, K.PAYMENT_CHARGEBACK, K.REFUND_REQUESTED,
    K.REFUND_REJECTED, K.PAYOUT_HELD, K.MESSAGE_RECEIVED, K.CALL_MISSED, K.REVIEW_PUBLISHED, K.REVIEW_TAKEN_DOWN,
    K.LISTING_REJECTED, K.LISTING_TAKEN_DOWN, K.SEARCH_MATCH, K.APPROVAL_REQUESTED, K.APPROVAL_DECIDED, K.BOOKS_DIFFER,
    K.KYC_REMINDER,
})  # fmt: skip
"""These may go by e-mail as they are; of the others there are letters of their own, or none is worth one."""

KIND_OF: Mapping[str, NotificationKind | None] = {
    "offer:created": None,
    "offer:new": K.OFFER_RECEIVED,
    "offer:updated accepted": K.OFFER_ACCEPTED,
    "offer:updated countered": None,  # the counter-offer is an offer:new of its own
    "offer:updated declined": K.OFFER_DECLINED,
    "offer:updated withdrawn": K.OFFER_WITHDRAWN,
    "offer:updated expired": K.OFFER_EXPIRED,
    "offer:updated superseded": K.OFFER_SUPERSEDED,
    "trade:updated": K.TRADE_UPDATED,
    "trade:updated published": K.TRADE_PUBLISHED,
    "order_created": K.ORDER_CREATED,
    "order_assigned": K.ORDER_ASSIGNED,
    "order_status_changed": K.ORDER_STATUS_CHANGED,
    "order_status_changed assigned": None,  # order_assigned tells
    "order_status_changed disputed": None,  # dispute:updated tells
    "payment_success": K.PAYMENT_SUCCESS,
    "payment_failed": K.PAYMENT_FAILED,
    "payment_refunded": K.PAYMENT_REFUNDED,
    "payment_chargeback": K.PAYMENT_CHARGEBACK,
    "refund_requested": K.REFUND_REQUESTED,
    "refund_rejected": K.REFUND_REJECTED,
    "refund_withdrawn": K.REFUND_WITHDRAWN,
    "refund_escalated": K.REFUND_ESCALATED,
    "payout:updated": None,
    "payout:updated held": K.PAYOUT_HELD,
    "payout:updated paid": K.PAYOUT_PAID,
    "payout:updated failed": K.PAYOUT_FAILED,
    "payout:updated reversed": K.PAYOUT_FAILED,
    "payout_account:updated added": K.PAYOUT_ACCOUNT_ADDED,
    "payout_account:updated removed": K.PAYOUT_ACCOUNT_REMOVED,
    "dispute:updated opened": K.DISPUTE_OPENED,
    "dispute:updated moved": K.DISPUTE_UPDATED,
    "dispute:updated evidence": K.DISPUTE_UPDATED,
    "dispute:updated message": K.DISPUTE_MESSAGE,
    "dispute:updated resolved": K.DISPUTE_RESOLVED,
    "subscription:updated": K.SUBSCRIPTION_UPDATED,
    "subscription:updated started": K.SUBSCRIPTION_STARTED,
    "subscription:updated renewed": K.SUBSCRIPTION_RENEWED,
    "subscription:updated charge_failed": K.SUBSCRIPTION_CHARGE_FAILED,
    "subscription:updated ended": K.SUBSCRIPTION_ENDED,
    "review:published": K.REVIEW_PUBLISHED,
    "review:taken_down": K.REVIEW_TAKEN_DOWN,
    "listing:reviewed approve": K.LISTING_APPROVED,
    "listing:reviewed reject": K.LISTING_REJECTED,
    "listing:reviewed take_down": K.LISTING_TAKEN_DOWN,
    "search:match": K.SEARCH_MATCH,
    "reconciliation:differs": K.BOOKS_DIFFER,
    "approval:requested": K.APPROVAL_REQUESTED,
    "approval:decided": K.APPROVAL_DECIDED,
    "kyc:reminder": K.KYC_REMINDER,
    "session:expiring": K.SESSION_EXPIRING,
    "webhook:disabled": None,
    "message:new": None,  # message:received calls those who are away
    "message:received": K.MESSAGE_RECEIVED,
    "message:updated": None,
    "message:deleted": None,
    "messages:delivered": None,
    "conversation:updated": None,
    "message:taken_down": K.MESSAGE_TAKEN_DOWN,
    "messages:read": None,
    "typing:active": None,
    "typing:inactive": None,
    "user:online": None,
    "user:offline": None,
    "call:incoming": None,  # call:ringing says by whom
    "call:ringing": K.CALL_INCOMING,
    "call:accepted": None,
    "call:declined": None,
    "call:missed": None,  # call:unheard says by whom
    "call:unheard": K.CALL_MISSED,
    "call:ended": None,
    "stream:joined": None,
    "viewer:joined": None,
    "viewer:left": None,
    "chat:message": None,
    "reaction:new": None,
    "stream:ended": None,
    "notification:read": None,
}
"""By the name of the notice, or by it and what became of its subject; None: nothing for the centre."""


def kind_of(name: str, data: Mapping[str, object], *, quiet: bool) -> NotificationKind | None:
    """None where the centre has nothing to show, and for names that are not in the table."""
    became = data.get("change") or data.get("decision") or data.get("status")
    kind = KIND_OF.get(f"{name} {became}", KIND_OF.get(name))
    return None if quiet and kind not in RECEIPTS else kind
