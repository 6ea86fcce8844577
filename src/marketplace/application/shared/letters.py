"""Letters to people: every kind with its facts, and the port that writes them (posting.py sends them).

A kind holds facts only; its words in every language are in adapters/mail/texts.py.
"""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec


class Language(StrEnum):
    ENGLISH = "en"
    RUSSIAN = "ru"
    UZBEK = "uz"
    """In Latin letters."""
    ARABIC = "ar"
    HINDI = "hi"

    @classmethod
    def closest(cls, tag: str) -> "Language":
        """Of a language tag such as "ru-RU"; English for every other."""
        primary = tag.lower().replace("_", "-").partition("-")[0]
        return cls(primary) if primary in set(cls) else cls.ENGLISH


class Letter(msgspec.Struct, frozen=True):
    """The root of all kinds. Facts are shown as what they are: text, a number, a time (UTC), minutes, hours.

    Text holds no NUL and no lone surrogates, as after `clean_text` or in an HTTP header: the jobs table takes neither.
    """


class OneTimeCode(Letter, frozen=True, tag="one_time_code"):
    """Never posted: the code is made where the letter is written, so that no job keeps it."""

    code: str
    minutes: int


class VerifyEmail(Letter, frozen=True, tag="verify_email"):
    hours: int


class Welcome(Letter, frozen=True, tag="welcome"):
    """With the link of VerifyEmail, good for `hours`."""

    hours: int


class AccountExists(Letter, frozen=True, tag="account_exists"):
    """Somebody tried to register with the address of this account."""


class PasswordReset(Letter, frozen=True, tag="password_reset"):
    minutes: int


class PasswordChanged(Letter, frozen=True, tag="password_changed"):
    at: datetime


class AccountLocked(Letter, frozen=True, tag="account_locked"):
    """`minutes`: so long from `at` on."""

    at: datetime
    minutes: int


class NewDevice(Letter, frozen=True, tag="new_device"):
    """`place` is a network address: we do not guess at cities."""

    at: datetime
    device: str
    place: str


class EmailChanged(Letter, frozen=True, tag="email_changed"):
    """To the old address. `new_address` is masked."""

    new_address: str


class PhoneChanged(Letter, frozen=True, tag="phone_changed"): ...


class TwoFactorEnabled(Letter, frozen=True, tag="two_factor_enabled"): ...


class TwoFactorDisabled(Letter, frozen=True, tag="two_factor_disabled"): ...


class RecoveryCodeUsed(Letter, frozen=True, tag="recovery_code_used"):
    left: int


class PasskeyAdded(Letter, frozen=True, tag="passkey_added"):
    name: str


class PasskeyRemoved(Letter, frozen=True, tag="passkey_removed"):
    name: str


class ApiKeyCreated(Letter, frozen=True, tag="api_key_created"):
    name: str


class AccountSuspended(Letter, frozen=True, tag="account_suspended"):
    reason: str


class AccountActivated(Letter, frozen=True, tag="account_activated"): ...


class AccountDeleted(Letter, frozen=True, tag="account_deleted"): ...


class TradeOffer(Letter, frozen=True, tag="trade_offer"):
    """To the owner of a trade. `trade` says in short what is wanted or offered, here and in those that follow."""

    trade: str
    price: str
    quantity: str


class TradeTerms(Letter, frozen=True, tag="trade_terms"):
    """The other side changed its terms, or answered with others."""

    trade: str
    price: str
    quantity: str


class TradeOfferAccepted(Letter, frozen=True, tag="trade_offer_accepted"):
    trade: str
    price: str
    quantity: str


class TradeOfferDeclined(Letter, frozen=True, tag="trade_offer_declined"):
    trade: str


class TradeOfferEnded(Letter, frozen=True, tag="trade_offer_ended"):
    """To its author: the trade went to others or is over."""

    trade: str


class TradeInvitation(Letter, frozen=True, tag="trade_invitation"):
    trade: str
    until: datetime


class TradeOffersOpen(Letter, frozen=True, tag="trade_offers_open"):
    """The deadline of a sealed trade has come."""

    trade: str
    offers: int


class TradeEndsSoon(Letter, frozen=True, tag="trade_ends_soon"):
    trade: str
    at: datetime


class TradeAwarded(Letter, frozen=True, tag="trade_awarded"):
    """To the owner of a trade, for each order over it."""

    trade: str
    price: str
    quantity: str


class OrderPaid(Letter, frozen=True, tag="order_paid"):
    """To the seller. `order` is its number, here and in those that follow."""

    order: str
    amount: str


class OrderDelivered(Letter, frozen=True, tag="order_delivered"):
    """To the buyer; after `until` it completes by itself."""

    order: str
    until: datetime


class OrderCompleted(Letter, frozen=True, tag="order_completed"):
    """To the seller."""

    order: str


class OrderCancelled(Letter, frozen=True, tag="order_cancelled"):
    """To both."""

    order: str


class OrderRefunded(Letter, frozen=True, tag="order_refunded"):
    """To the buyer: so much went back."""

    order: str
    amount: str


class PayoutPaid(Letter, frozen=True, tag="payout_paid"):
    amount: str


class PayoutFailed(Letter, frozen=True, tag="payout_failed"):
    """Refused, or returned by the bank."""

    amount: str


class PayoutAccountAdded(Letter, frozen=True, tag="payout_account_added"):
    """`account`: its last four signs."""

    account: str
    usable_from: datetime


class PayoutAccountRemoved(Letter, frozen=True, tag="payout_account_removed"):
    account: str


class DisputeOpened(Letter, frozen=True, tag="dispute_opened"):
    """To the other side, which answers until then."""

    order: str
    until: datetime


class DisputeResolved(Letter, frozen=True, tag="dispute_resolved"):
    """To both."""

    order: str


class DisputeWithdrawn(Letter, frozen=True, tag="dispute_withdrawn"):
    """To the other side."""

    order: str


DisputeLetter = DisputeOpened | DisputeResolved | DisputeWithdrawn


class SubscriptionStarted(Letter, frozen=True, tag="subscription_started"):
    """To the subscriber, as those that follow. `plan` is its name."""

    plan: str
    amount: str


class SubscriptionChargeFailed(Letter, frozen=True, tag="subscription_charge_failed"):
    plan: str
    amount: str


class SubscriptionEnded(Letter, frozen=True, tag="subscription_ended"):
    plan: str


PayoutLetter = PayoutPaid | PayoutFailed
SubscriptionLetter = SubscriptionStarted | SubscriptionChargeFailed | SubscriptionEnded
OrderLetter = OrderPaid | OrderDelivered | OrderCompleted | OrderCancelled | OrderRefunded
TradeLetter = (
    TradeOffer
    | TradeTerms
    | TradeOfferAccepted
    | TradeOfferDeclined
    | TradeOfferEnded
    | TradeInvitation
    | TradeOffersOpen
    | TradeEndsSoon
    | TradeAwarded
)


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """Where the letter goes.

    `phone` is E.164; `name` as the person writes it, empty for a letter without a greeting.
    """

    email: str
    phone: str | None = None
    name: str = ""
    language: Language = Language.ENGLISH


class WrittenMail(msgspec.Struct, frozen=True):
    subject: str
    text: str
    html: str


class Templates(Protocol):
    """The words of every kind in every language. A person's own texts appear escaped and isolated."""

    def mail(self, letter: Letter, to: Recipient, link: str = "") -> WrittenMail: ...

    def sms(self, letter: Letter, to: Recipient, link: str = "") -> str:
        """One segment (160 characters of GSM 03.38, or 70 others) where the facts leave room for it."""
        ...


def mask_email(email: str) -> str:
    """`a…@example.com`: its owner knows it again, a stranger learns little."""
    name, _, host = email.partition("@")
    return f"{name[:1]}…@{host}"
