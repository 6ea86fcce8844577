"""The words of every kind of notification, in English; `locale/*.po` has them in the other languages.

Titles suit whichever party reads them; what they are about is shown as a list, as in letters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from marketplace.adapters.mail.texts import ACCOUNT, AMOUNT, ORDER, PRICE, QUANTITY, REASON, TRADE, _
from marketplace.domain.notifications.kinds import NotificationKind


@dataclass(frozen=True, slots=True)
class Words:
    """`shows`: labels of the facts below. `by_status`: other titles for what became of the subject."""

    title: str
    shows: tuple[str, ...] = ()
    by_status: Mapping[str, str] = field(default_factory=dict)


LISTING = _("Listing")
FROM = _("From")
FACTS: Mapping[str, tuple[str, ...]] = {
    ORDER: ("number",), TRADE: ("commodity",), LISTING: ("title",), FROM: ("username",), ACCOUNT: ("masked",),
    PRICE: ("price", "offeredPrice"), AMOUNT: ("amount",), QUANTITY: ("quantity",), REASON: ("reason",),
}  # fmt: skip
"""What a label shows: the first of these facts that there is."""
UNIT_OF = {"price": "currency", "offeredPrice": "currency", "amount": "currency", "quantity": "unit"}

NOTIFICATIONS: Mapping[NotificationKind, Words] = {
    NotificationKind.OFFER_RECEIVED: Words(_("You have a new offer"), (PRICE,)),
    NotificationKind.OFFER_ACCEPTED: Words(_("An offer was accepted"), (PRICE,)),
    NotificationKind.OFFER_DECLINED: Words(_("An offer was declined"), (PRICE,)),
    NotificationKind.OFFER_WITHDRAWN: Words(_("An offer was withdrawn"), (PRICE,)),
    NotificationKind.OFFER_EXPIRED: Words(_("An offer has expired"), (PRICE,)),
    NotificationKind.OFFER_SUPERSEDED: Words(_("An offer ended: another one was accepted"), (PRICE,)),
    NotificationKind.TRADE_PUBLISHED: Words(_("A trade is open for offers"), (TRADE, QUANTITY)),
    NotificationKind.TRADE_UPDATED: Words(_("A trade has changed"), (TRADE, QUANTITY)),
    NotificationKind.ORDER_CREATED: Words(_("An order was placed"), (AMOUNT,)),
    NotificationKind.ORDER_ASSIGNED: Words(_("An order was assigned"), (ORDER,)),
    NotificationKind.ORDER_STATUS_CHANGED: Words(
        _("An order has changed"),
        (ORDER,),
        by_status={
            "in_progress": _("Work on an order has begun"), "delivered": _("An order was delivered"),
            "completed": _("An order is complete"), "cancelled": _("An order was cancelled"),
            "expired": _("An order has expired"),
        },
    ),
    NotificationKind.PAYMENT_SUCCESS: Words(_("A payment went through"), (AMOUNT,)),
    NotificationKind.PAYMENT_FAILED: Words(_("A payment failed"), (AMOUNT,)),
    NotificationKind.PAYMENT_REFUNDED: Words(_("A payment was refunded"), (AMOUNT,)),
    NotificationKind.PAYMENT_CHARGEBACK: Words(_("A bank disputes a payment"), (AMOUNT,)),
    NotificationKind.REFUND_REQUESTED: Words(_("A refund was requested"), (AMOUNT,)),
    NotificationKind.REFUND_REJECTED: Words(_("A refund was refused"), (AMOUNT,)),
    NotificationKind.REFUND_WITHDRAWN: Words(_("A request for a refund was withdrawn"), (AMOUNT,)),
    NotificationKind.REFUND_ESCALATED: Words(_("Our support looks at a refund"), (AMOUNT,)),
    NotificationKind.PAYOUT_HELD: Words(_("Your payout is being checked"), (AMOUNT,)),
    NotificationKind.PAYOUT_PAID: Words(_("Your payout was sent"), (AMOUNT,)),
    NotificationKind.PAYOUT_FAILED: Words(_("Your payout did not arrive"), (AMOUNT,)),
    NotificationKind.DISPUTE_OPENED: Words(_("A dispute was opened")),
    NotificationKind.DISPUTE_UPDATED: Words(_("There is news in a dispute")),
    NotificationKind.DISPUTE_MESSAGE: Words(_("New message in a dispute")),
    NotificationKind.DISPUTE_RESOLVED: Words(_("A dispute is resolved")),
    NotificationKind.SUBSCRIPTION_STARTED: Words(_("A subscription has begun")),
    NotificationKind.SUBSCRIPTION_RENEWED: Words(_("A subscription was renewed")),
    NotificationKind.SUBSCRIPTION_CHARGE_FAILED: Words(_("A subscription could not be charged")),
    NotificationKind.SUBSCRIPTION_UPDATED: Words(_("A subscription has changed")),
    NotificationKind.SUBSCRIPTION_ENDED: Words(_("A subscription has ended")),
    NotificationKind.MESSAGE_RECEIVED: Words(_("New message"), (FROM,)),
    NotificationKind.MESSAGE_TAKEN_DOWN: Words(_("Your message was taken down"), (REASON,)),
    NotificationKind.CALL_INCOMING: Words(_("Incoming call"), (FROM,)),
    NotificationKind.CALL_MISSED: Words(_("Missed call"), (FROM,)),
    NotificationKind.REVIEW_PUBLISHED: Words(_("The reviews of an order are published")),
    NotificationKind.REVIEW_TAKEN_DOWN: Words(_("Your review was taken down")),
    NotificationKind.LISTING_APPROVED: Words(_("Your listing was approved")),
    NotificationKind.LISTING_REJECTED: Words(_("Your listing was rejected"), (REASON,)),
    NotificationKind.LISTING_TAKEN_DOWN: Words(_("Your listing was taken down"), (REASON,)),
    NotificationKind.SEARCH_MATCH: Words(_("Something new matches your search"), (LISTING,)),
    NotificationKind.APPROVAL_REQUESTED: Words(_("Your approval is requested")),
    NotificationKind.APPROVAL_DECIDED: Words(_("An approval was decided")),
    NotificationKind.BOOKS_DIFFER: Words(_("Our books differ from a provider's")),
    NotificationKind.PAYOUT_ACCOUNT_ADDED: Words(_("A payout account was added"), (ACCOUNT,)),
    NotificationKind.PAYOUT_ACCOUNT_REMOVED: Words(_("A payout account was removed"), (ACCOUNT,)),
    NotificationKind.KYC_REMINDER: Words(_("Please confirm your identity")),
    NotificationKind.SESSION_EXPIRING: Words(_("Your session ends soon")),
}  # fmt: skip
