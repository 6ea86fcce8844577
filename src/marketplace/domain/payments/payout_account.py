"""Where a seller is paid out to."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import Conflict, Invalid, NotFound
from marketplace.domain.shared.ids import PayoutAccountId, UserId

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


class PayoutAccountNotFound(NotFound):
    code = "payout_account_not_found"


class PayoutAccountCoolingOff(Conflict):
    code = "payout_account_cooling_off"


class PayoutAccountInUse(Conflict):
    code = "payout_account_in_use"


class TooManyPayoutAccounts(Conflict):
    code = "too_many_payout_accounts"


class InvalidPayoutAccount(Invalid):
    code = "invalid_payout_account"


class PayoutAccountKind(StrEnum):
    BANK = "bank"
    """An IBAN."""
    CARD_TOKEN = "card_token"  # noqa: S105 - a kind of account
    """A provider's name of a card."""
    STRIPE_ACCOUNT = "stripe_account"
    """A connected account, `acct_...`."""


_FORMS = {
    PayoutAccountKind.CARD_TOKEN: (re.compile(r"[A-Za-z0-9_-]{8,200}"), "must be a card token of your provider"),
    PayoutAccountKind.STRIPE_ACCOUNT: (re.compile(r"acct_[A-Za-z0-9]{8,64}"), "must look like acct_1Nv0FGQ9RKHgCVdK"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutAccountEvent(DomainEvent):
    """`masked`: the last four signs."""

    account_id: PayoutAccountId
    owner: UserId
    kind: PayoutAccountKind
    masked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutAccountAdded(PayoutAccountEvent):
    name: ClassVar[str] = "payments.payout_account_added.v1"
    usable_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutAccountRemoved(PayoutAccountEvent):
    name: ClassVar[str] = "payments.payout_account_removed.v1"


@dataclass(slots=True, kw_only=True, eq=False)
class PayoutAccount(Aggregate):
    id: PayoutAccountId
    owner: UserId
    kind: PayoutAccountKind
    holder: str
    destination: str = field(repr=False)
    """IBAN, token or account: empty once it is removed."""
    masked: str
    is_default: bool
    usable_from: datetime
    created_at: datetime
    removed_at: datetime | None = None

    def add(self) -> None:
        self._record(
            PayoutAccountAdded(
                occurred_at=self.created_at, account_id=self.id, owner=self.owner, kind=self.kind, masked=self.masked,
                usable_from=self.usable_from,
            )
        )  # fmt: skip

    def require_usable(self, now: datetime) -> None:
        if self.removed_at is not None:
            raise PayoutAccountNotFound("this payout account was removed", account_id=self.id)
        if now < self.usable_from:
            raise PayoutAccountCoolingOff(
                f"this account is new: it may be paid to from {self.usable_from:%Y-%m-%d %H:%M} UTC",
                usable_from=self.usable_from,
            )

    def remove(self, now: datetime) -> None:
        """Its details are forgotten."""
        self._record(
            PayoutAccountRemoved(
                occurred_at=now, account_id=self.id, owner=self.owner, kind=self.kind, masked=self.masked
            )
        )
        self.destination, self.is_default, self.removed_at = "", False, now


def destination_of(kind: PayoutAccountKind, written: str) -> str:
    """As providers take it; raises InvalidPayoutAccount."""
    if kind is PayoutAccountKind.BANK:
        return _iban(written)
    form, wanted = _FORMS[kind]
    if not form.fullmatch(written):
        raise InvalidPayoutAccount(wanted, field="details")
    return written


def mask(destination: str) -> str:
    return f"…{destination[-4:]}"


def _iban(written: str) -> str:
    """ISO 13616: the remainder of its number by 97 is 1."""
    iban = written.replace(" ", "").upper()
    if not _IBAN.fullmatch(iban):
        raise InvalidPayoutAccount("must be an IBAN such as AE07 0331 2345 6789 0123 456", field="details")
    if int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 != 1:
        raise InvalidPayoutAccount("this IBAN has a mistyped sign: its check digits do not fit", field="details")
    return iban
