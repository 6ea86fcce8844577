"""Letters to people: every kind with its facts, and the ports that post, write and complete them.

A kind holds facts only; its words in every language are in adapters/mail/texts.py.
"""

from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from marketplace.application.shared.messages import MessageChannel
from marketplace.domain.shared.ids import UserId


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


class Welcome(Letter, frozen=True, tag="welcome"): ...


class AccountExists(Letter, frozen=True, tag="account_exists"):
    """Somebody tried to register with the address of this account."""


class PasswordReset(Letter, frozen=True, tag="password_reset"):
    minutes: int


class PasswordChanged(Letter, frozen=True, tag="password_changed"):
    at: datetime
    device: str


class AccountLocked(Letter, frozen=True, tag="account_locked"):
    """`minutes`: so long from `at` on."""

    at: datetime
    minutes: int


class NewDevice(Letter, frozen=True, tag="new_device"):
    """`place` is a network address: we do not guess at cities."""

    at: datetime
    device: str
    place: str


class EmailChange(Letter, frozen=True, tag="email_change"):
    """To the new address, which is confirmed by the link. `new_address` is masked."""

    new_address: str
    hours: int


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


class SessionsEnded(Letter, frozen=True, tag="sessions_ended"): ...


class AccountSuspended(Letter, frozen=True, tag="account_suspended"):
    reason: str


class AccountActivated(Letter, frozen=True, tag="account_activated"): ...


class AccountDeleted(Letter, frozen=True, tag="account_deleted"): ...


LinkedLetter = VerifyEmail | PasswordReset | EmailChange
"""These lead to a page by a link that is made when they are delivered."""
PostableLetter = (
    LinkedLetter | Welcome | AccountExists | PasswordChanged | AccountLocked | NewDevice | EmailChanged | PhoneChanged
    | TwoFactorEnabled | TwoFactorDisabled | RecoveryCodeUsed | PasskeyAdded | PasskeyRemoved | ApiKeyCreated
    | SessionsEnded | AccountSuspended | AccountActivated | AccountDeleted
)  # fmt: skip


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """Where the letter goes, as it was when it was posted: the letter of a changed address goes to the old one.

    `phone` is E.164; `name` as the person writes it, empty for a letter without a greeting.
    """

    user_id: UserId | None
    email: str
    phone: str | None = None
    name: str = ""
    language: Language = Language.ENGLISH


class PostedLetter(msgspec.Struct, frozen=True):
    """A letter on its way; `id` stays the same when the delivery is repeated."""

    id: UUID
    letter: PostableLetter
    to: Recipient
    channel: MessageChannel = MessageChannel.EMAIL


DELIVER_LETTER = "mail.deliver"
"""The job that calls DeliverLetter; its payload is a PostedLetter, hence never a code or a token."""


class Letters(Protocol):
    def send(self, letter: PostableLetter, to: Recipient, channel: MessageChannel = MessageChannel.EMAIL) -> None:
        """Have it delivered after the commit of the running transaction. SMS falls back to e-mail."""
        ...


class Links(Protocol):
    """Addresses of pages that let one person do one thing. None: there is nothing to do any more, so no letter goes."""

    async def verify_email(self, user_id: UserId, email: str) -> str | None: ...
    async def password_reset(self, user_id: UserId) -> str | None: ...
    async def email_change(self, user_id: UserId, new_email: str) -> str | None: ...


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
