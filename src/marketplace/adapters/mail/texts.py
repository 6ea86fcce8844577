"""The words of every letter, in English; `locale/*.po` has them in the other languages.

`details` names the facts that are shown as a list, so that no sentence has to bend around a number or a name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from marketplace.application.shared import letters
from marketplace.application.shared.letters import Letter
from marketplace.application.shared.posting import Digest, News


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """`action` labels the link. %(brand)s and %(code)s may stand in the subject."""

    subject: str
    paragraphs: tuple[str, ...]
    details: Mapping[str, str] = field(default_factory=dict)
    action: str = ""
    advice: tuple[str, ...] = ()


def _(english: str) -> str:
    """Marks what `pybabel extract` finds."""
    return english


GREETING = _("Hello %(name)s,")
FOOTER = _("You receive this message because of your account at %(brand)s.")
OPEN_LINK = _("If the button does not work, open this address:")
SMS_CODE = _("%(brand)s code: %(code)s. Do not share it with anyone.")

VALID_FOR = _("Valid for")
TIME = _("Time")
DEVICE = _("Device")
NAME = _("Name")
NEW_ADDRESS = _("New address")
TRADE = _("Trade")
PRICE = _("Price")
QUANTITY = _("Quantity")
ORDER = _("Order")
AMOUNT = _("Amount")
ACCOUNT = _("Account")
PLAN = _("Plan")
REASON = _("Reason")
MORE = _("Earlier news that does not fit here")

NOT_YOU = _("If this was not you, reset your password at once and contact our support.")
NOT_ASKED = _("If you did not ask for this, ignore this message: nothing will change.")
CONTACT = _("If this was not you, contact our support at once.")
NOTHING_TO_DO = _("If this was you, there is nothing to do.")

TEXTS: dict[type[Letter], Words] = {
    letters.OneTimeCode: Words(
        subject=_("%(code)s is your verification code"),
        paragraphs=(_("Enter this code to go on:"),),
        details={"minutes": VALID_FOR},
        advice=(_("Do not share it with anyone, not even with us."), NOT_ASKED),
    ),
    letters.VerifyEmail: Words(
        subject=_("Confirm your email address"),
        paragraphs=(_("Please confirm that this is your email address."),),
        details={"hours": VALID_FOR},
        action=_("Confirm address"),
        advice=(_("If you did not create an account, ignore this message."),),
    ),
    letters.Welcome: Words(
        subject=_("Welcome to %(brand)s"),
        paragraphs=(
            _("Your account is ready. You can buy, sell and negotiate prices right away."),
            _("Please confirm that this is your email address."),
        ),
        details={"hours": VALID_FOR},
        action=_("Confirm address"),
        advice=(_("If you did not create an account, ignore this message."),),
    ),
    letters.AccountExists: Words(
        subject=_("You already have an account"),
        paragraphs=(
            _("Somebody tried to register with your email address. It has an account already, so no other was made."),
            _("If it was you and you forgot your password, you can reset it on the sign-in page."),
        ),
        advice=(_("If it was not you, there is nothing to do: your account is safe."),),
    ),
    letters.PasswordReset: Words(
        subject=_("Set a new password"),
        paragraphs=(_("You can set a new password for your account. The link works once."),),
        details={"minutes": VALID_FOR},
        action=_("Choose a new password"),
        advice=(NOT_ASKED,),
    ),
    letters.PasswordChanged: Words(
        subject=_("Your password was changed"),
        paragraphs=(_("The password of your account was changed."),),
        details={"at": TIME},
        advice=(NOTHING_TO_DO, NOT_YOU),
    ),
    letters.AccountLocked: Words(
        subject=_("Your account is locked for a while"),
        paragraphs=(_("There were too many failed attempts to sign in, so signing in is paused for your safety."),),
        details={"at": TIME, "minutes": _("Locked for")},
        advice=(_("If this was not you, somebody may be guessing your password: choose a longer one."),),
    ),
    letters.NewDevice: Words(
        subject=_("New sign-in to your account"),
        paragraphs=(_("Somebody signed in to your account from a device that we did not know."),),
        details={"at": TIME, "device": DEVICE, "place": _("Network address")},
        advice=(NOTHING_TO_DO, NOT_YOU),
    ),
    letters.EmailChanged: Words(
        subject=_("Your email address was changed"),
        paragraphs=(_("Your account has a new email address. Our messages no longer go to this one."),),
        details={"new_address": NEW_ADDRESS},
        advice=(CONTACT,),
    ),
    letters.PhoneChanged: Words(
        subject=_("Your phone number was changed"),
        paragraphs=(_("The phone number of your account was changed."),),
        advice=(NOTHING_TO_DO, NOT_YOU),
    ),
    letters.TwoFactorEnabled: Words(
        subject=_("Two-factor authentication is on"),
        paragraphs=(
            _("From now on, signing in needs a code from your app besides your password."),
            _("Keep your recovery codes in a safe place."),
        ),
        advice=(NOT_YOU,),
    ),
    letters.TwoFactorDisabled: Words(
        subject=_("Two-factor authentication is off"),
        paragraphs=(
            _("From now on, signing in needs your password only."),
            _("We advise you to turn two-factor authentication on again."),
        ),
        advice=(NOT_YOU,),
    ),
    letters.RecoveryCodeUsed: Words(
        subject=_("A recovery code was used"),
        paragraphs=(
            _("Somebody signed in to your account with a recovery code. Each code works once."),
            _("When few are left, make new ones in the security settings."),
        ),
        details={"left": _("Codes left")},
        advice=(NOTHING_TO_DO, NOT_YOU),
    ),
    letters.PasskeyAdded: Words(
        subject=_("A passkey was added"),
        paragraphs=(_("You can now sign in to your account with this passkey."),),
        details={"name": NAME},
        advice=(NOT_YOU,),
    ),
    letters.PasskeyRemoved: Words(
        subject=_("A passkey was removed"),
        paragraphs=(_("You can no longer sign in to your account with this passkey."),),
        details={"name": NAME},
        advice=(NOT_YOU,),
    ),
    letters.ApiKeyCreated: Words(
        subject=_("An API key was created"),
        paragraphs=(_("Whoever has this key can act in your name, within the rights that it was given."),),
        details={"name": NAME},
        advice=(_("If this was not you, revoke the key, reset your password at once and contact our support."),),
    ),
    letters.AccountSuspended: Words(
        subject=_("Your account is suspended"),
        paragraphs=(_("You cannot sign in to your account until the suspension is lifted."),),
        details={"reason": REASON},
        advice=(_("If you think that this is a mistake, contact our support."),),
    ),
    letters.AccountActivated: Words(
        subject=_("Your account is active again"),
        paragraphs=(_("You can sign in and use your account as before."),),
    ),
    letters.AccountDeleted: Words(
        subject=_("Your account was deleted"),
        paragraphs=(
            _("Your account and your profile are deleted. We keep only the records that the law demands."),
            _("Thank you for having been with us."),
        ),
        advice=(CONTACT,),
    ),
    letters.TradeOffer: Words(
        subject=_("New offer on your trade"),
        paragraphs=(_("Somebody answered your trade with an offer. You can accept, counter or reject it."),),
        details={"trade": TRADE, "price": PRICE, "quantity": QUANTITY},
    ),
    letters.TradeTerms: Words(
        subject=_("New terms await your answer"),
        paragraphs=(_("The other side proposes new terms. It is your turn to answer."),),
        details={"trade": TRADE, "price": PRICE, "quantity": QUANTITY},
    ),
    letters.TradeOfferAccepted: Words(
        subject=_("Your offer was accepted"),
        paragraphs=(_("The other side accepted your offer, and an order was placed on these terms."),),
        details={"trade": TRADE, "price": PRICE, "quantity": QUANTITY},
    ),
    letters.TradeOfferDeclined: Words(
        subject=_("Your offer was declined"),
        paragraphs=(_("The other side declined your offer. While the trade is open, you can make another one."),),
        details={"trade": TRADE},
    ),
    letters.TradeOfferEnded: Words(
        subject=_("Your offer has ended"),
        paragraphs=(_("The trade is over, or all of it went to others: your offer ended with it."),),
        details={"trade": TRADE},
    ),
    letters.TradeInvitation: Words(
        subject=_("You are invited to a trade"),
        paragraphs=(_("A trader invites you to make an offer."),),
        details={"trade": TRADE, "until": _("Offers until")},
    ),
    letters.TradeOffersOpen: Words(
        subject=_("The offers on your trade are open"),
        paragraphs=(_("The time for offers is over: you can now read, compare and accept them."),),
        details={"trade": TRADE, "offers": _("Offers")},
    ),
    letters.TradeEndsSoon: Words(
        subject=_("Your trade ends soon"),
        paragraphs=(_("Your trade ends soon and has not been awarded. Open offers on it end with it."),),
        details={"trade": TRADE, "at": _("Ends")},
    ),
    letters.TradeAwarded: Words(
        subject=_("Your trade was awarded"),
        paragraphs=(_("You agreed with a trader, and an order was placed. What is left can be awarded to others."),),
        details={"trade": TRADE, "price": PRICE, "quantity": QUANTITY},
    ),
    letters.OrderPaid: Words(
        subject=_("An order was paid"),
        paragraphs=(_("The buyer has paid. Accept the order and begin with it, or decline it."),),
        details={"order": ORDER, "amount": AMOUNT},
    ),
    letters.OrderDelivered: Words(
        subject=_("Your order was delivered"),
        paragraphs=(
            _("Look at what you received: complete the order, or ask for changes."),
            _("If you do nothing, it completes by itself."),
        ),
        details={"order": ORDER, "until": _("Completes by itself")},
    ),
    letters.OrderCompleted: Words(
        subject=_("An order is complete"),
        paragraphs=(_("The order is complete. Your earnings are free to be paid out after the holding time."),),
        details={"order": ORDER},
    ),
    letters.OrderCancelled: Words(
        subject=_("An order was cancelled"),
        paragraphs=(_("The order was cancelled. What was paid goes back to the buyer in full."),),
        details={"order": ORDER},
    ),
    letters.OrderRefunded: Words(
        subject=_("Your money is on its way back"),
        paragraphs=(_("A refund was sent. Depending on your bank it arrives within some days."),),
        details={"order": ORDER, "amount": AMOUNT},
    ),
    letters.DisputeOpened: Words(
        subject=_("An order of yours is disputed"),
        paragraphs=(_("The other side opened a dispute. Accept what it wants, or answer with your own proposal."),),
        details={"order": ORDER, "until": _("Answer until")},
    ),
    letters.DisputeResolved: Words(
        subject=_("A dispute is resolved"),
        paragraphs=(_("The dispute of this order is over. What goes back to the buyer is sent by itself."),),
        details={"order": ORDER},
    ),
    letters.DisputeWithdrawn: Words(
        subject=_("A dispute was withdrawn"),
        paragraphs=(_("The other side withdrew its dispute: the order goes on where it was."),),
        details={"order": ORDER},
    ),
    letters.PayoutPaid: Words(
        subject=_("Your payout was sent"),
        paragraphs=(_("It is on its way to your account. Depending on your bank it arrives within some days."),),
        details={"amount": AMOUNT},
    ),
    letters.PayoutFailed: Words(
        subject=_("Your payout did not arrive"),
        paragraphs=(
            _("The money is in your balance again. Check your payout account, then ask for the payout again."),
        ),
        details={"amount": AMOUNT},
    ),
    letters.PayoutAccountAdded: Words(
        subject=_("A payout account was added"),
        paragraphs=(_("For your safety nothing is paid to it for some days."),),
        details={"account": ACCOUNT, "usable_from": _("May be paid to from")},
        advice=(CONTACT,),
    ),
    letters.PayoutAccountRemoved: Words(
        subject=_("A payout account was removed"),
        paragraphs=(_("Nothing is paid to it any more."),),
        details={"account": ACCOUNT},
        advice=(CONTACT,),
    ),
    letters.SubscriptionStarted: Words(
        subject=_("Your subscription has begun"),
        paragraphs=(_("It renews itself at the end of each period. You can cancel it at any time."),),
        details={"plan": PLAN, "amount": AMOUNT},
    ),
    letters.SubscriptionChargeFailed: Words(
        subject=_("We could not charge your subscription"),
        paragraphs=(
            _("Check your payment method, or choose another: then we try again at once. Otherwise it may end."),
        ),
        details={"plan": PLAN, "amount": AMOUNT},
    ),
    letters.SubscriptionEnded: Words(
        subject=_("Your subscription has ended"),
        paragraphs=(_("Nothing is charged for it any more. You are welcome to subscribe again."),),
        details={"plan": PLAN},
    ),
    Digest: Words(
        subject=_("Your news at a glance"),
        paragraphs=(_("This is what happened since we last wrote."),),
    ),
    News: Words(subject="", paragraphs=()),
}
"""News have the words of their notification (notification_texts.py)."""
