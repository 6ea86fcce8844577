"""Double-entry books: every movement of money is a balanced, immutable transaction between accounts."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

from marketplace.domain.payments.payment import Payment
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money


class AccountKind(StrEnum):
    PROVIDER_CLEARING = "provider_clearing"
    """Asset: what payment providers collected and owe us."""
    SELLER_PENDING = "seller_pending"
    """Liability: what we owe a seller and may not pay out yet."""
    PLATFORM_FEES = "platform_fees"
    """Revenue: what we keep."""


@dataclass(frozen=True, slots=True)
class Account:
    kind: AccountKind
    currency: str
    owner: UserId | None = None

    @property
    def id(self) -> UUID:
        """The same account has the same id everywhere, so accounts can be locked in one order without a look-up."""
        return uuid5(NAMESPACE_URL, f"ledger:{self.kind}:{self.owner or ''}:{self.currency}")


@dataclass(frozen=True, slots=True)
class Entry:
    """`minor` is positive for a debit and negative for a credit."""

    account: Account
    minor: int


@dataclass(frozen=True, slots=True)
class LedgerTransaction:
    """`kind` and `source` together happen once. Entries sum to zero in each currency; there are at least two."""

    id: UUID
    kind: str
    source: UUID
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        if len(self.entries) < 2:
            raise ValueError("a ledger transaction has at least two entries")
        if any(total for total in _totals(self.entries).values()):
            raise ValueError("a ledger transaction sums to zero in each currency")


def capture(transaction_id: UUID, payment: Payment) -> LedgerTransaction:
    """The provider holds the buyer's money; the seller is owed the price less our fee."""
    currency = payment.amount.currency
    payout = payment.amount - payment.fee
    entries = [
        _debit(Account(AccountKind.PROVIDER_CLEARING, currency), payment.amount),
        _credit(Account(AccountKind.SELLER_PENDING, currency, payment.payee), payout),
        _credit(Account(AccountKind.PLATFORM_FEES, currency), payment.fee),
    ]
    moving = tuple(entry for entry in entries if entry.minor)
    return LedgerTransaction(transaction_id, "payment_captured", payment.id, moving)


def _debit(account: Account, amount: Money) -> Entry:
    return Entry(account, amount.minor)


def _credit(account: Account, amount: Money) -> Entry:
    return Entry(account, -amount.minor)


def _totals(entries: Iterable[Entry]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for entry in entries:
        totals[entry.account.currency] = totals.get(entry.account.currency, 0) + entry.minor
    return totals
