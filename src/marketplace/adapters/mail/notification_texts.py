"""The words of every kind of notification, in English; `locale/*.po` has them in the other languages.

Titles suit whichever party reads them; what they are about is shown as a list, as in letters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from marketplace.adapters.mail.texts import ACCOUNT, AMOUNT, ORDER, PRICE, QUANTITY, REASON, TRADE, _
from marketplace.domain.notifications.kinds import Kind


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

NOTIFICATIONS: Mapping[Kind, Words] = {
    Kind.OFFER_RECEIVED: Words(_("You have a new offer"), (PRICE,)),
    Kind.OFFER_ACCEPTED: Words(_("An offer was accepted"), (PRICE,)),
    Kind.OFFER_DECLINED: Words(_("An offer was declined"), (PRICE,)),
    Kind.OFFER_WITHDRAWN: Words(_("An offer was withdrawn"), (PRICE,)),
    Kind.OFFER_EXPIRED: Words(_("An offer has expired"), (PRICE,)),
    Kind.OFFER_SUPERSEDED: Words(_("An offer ended: another one was accepted"), (PRICE,)),
    Kind.TRADE_PUBLISHED: Words(_("A trade is open for offers"), (TRADE, QUANTITY)),
    Kind.TRADE_UPDATED: Words(_("A trade has changed"), (TRADE, QUANTITY)),
    Kind.ORDER_CREATED: Words(_("An order was placed"), (AMOUNT,)),
    Kind.ORDER_ASSIGNED: Words(_("An order was assigned"), (ORDER,)),
    Kind.ORDER_STATUS_CHANGED: Words(
        _("An order has changed"),
        (ORDER,),
        by_status={
            "in_progress": _("Work on an order has begun"), "delivered": _("An order was delivered"),
            "completed": _("An order is complete"), "cancelled": _("An order was cancelled"),
            "expired": _("An order has expired"),
        },
    ),
    Kind.PAYMENT_SUCCESS: Words(_("A payment went through"), (AMOUNT,)),
    Kind.PAYMENT_FAILED: Words(_("A payment failed"), (AMOUNT,)),
    Kind.PAYMENT_REFUNDED: Words(_("A payment was refunded"), (AMOUNT,)),
    Kind.PAYMENT_CHARGEBACK: Words(_("A bank disputes a payment"), (AMOUNT,)),
    Kind.REFUND_REQUESTED: Words(_("A refund was requested"), (AMOUNT,)),
    Kind.REFUND_REJECTED: Words(_("A refund was refused"), (AMOUNT,)),
    Kind.REFUND_WITHDRAWN: Words(_("A request for a refund was withdrawn"), (AMOUNT,)),
    Kind.REFUND_ESCALATED: Words(_("Our support looks at a refund"), (AMOUNT,)),
    Kind.PAYOUT_HELD: Words(_("Your payout is being checked"), (AMOUNT,)),
    Kind.PAYOUT_PAID: Words(_("Your payout was sent"), (AMOUNT,)),
    Kind.PAYOUT_FAILED: Words(_("Your payout did not arrive"), (AMOUNT,)),
    Kind.DISPUTE_OPENED: Words(_("A dispute was opened")),
    Kind.DISPUTE_UPDATED: Words(_("There is news in a dispute")),
    Kind.DISPUTE_MESSAGE: Words(_("New message in a dispute")),
    Kind.DISPUTE_RESOLVED: Words(_("A dispute is resolved")),
    Kind.SUBSCRIPTION_STARTED: Words(_("A subscription has begun")),
    Kind.SUBSCRIPTION_RENEWED: Words(_("A subscription was renewed")),
    Kind.SUBSCRIPTION_CHARGE_FAILED: Words(_("A subscription could not be charged")),
    Kind.SUBSCRIPTION_UPDATED: Words(_("A subscription has changed")),
    Kind.SUBSCRIPTION_ENDED: Words(_("A subscription has ended")),
    Kind.MESSAGE_RECEIVED: Words(_("New message"), (FROM,)),
    Kind.CALL_MISSED: Words(_("Missed call"), (FROM,)),
    Kind.REVIEW_PUBLISHED: Words(_("The reviews of an order are published")),
    Kind.REVIEW_TAKEN_DOWN: Words(_("Your review was taken down")),
    Kind.LISTING_APPROVED: Words(_("Your listing was approved")),
    Kind.LISTING_REJECTED: Words(_("Your listing was rejected"), (REASON,)),
    Kind.LISTING_TAKEN_DOWN: Words(_("Your listing was taken down"), (REASON,)),
    Kind.SEARCH_MATCH: Words(_("Something new matches your search"), (LISTING,)),
    Kind.APPROVAL_REQUESTED: Words(_("Your approval is requested")),
    Kind.APPROVAL_DECIDED: Words(_("An approval was decided")),
    Kind.BOOKS_DIFFER: Words(_("Our books differ from a provider's")),
    Kind.PAYOUT_ACCOUNT_ADDED: Words(_("A payout account was added"), (ACCOUNT,)),
    Kind.PAYOUT_ACCOUNT_REMOVED: Words(_("A payout account was removed"), (ACCOUNT,)),
    Kind.KYC_REMINDER: Words(_("Please confirm your identity")),
    Kind.SESSION_EXPIRING: Words(_("Your session ends soon")),
}  # fmt: skip
