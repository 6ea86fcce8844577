"""Double-entry books: every movement of money is a balanced, immutable transaction between accounts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money


class AccountKind(StrEnum):
    PROVIDER_CLEARING = "provider_clearing"
    """Asset, one for each provider: what it collected and owes us, less what it sent for us."""
    DISPUTED_FUNDS = "disputed_funds"
    """Asset: taken from us by a bank until a chargeback is decided."""
    SELLER_RECEIVABLE = "seller_receivable"
    """Asset: what a seller owes us beyond what later earnings are expected to cover."""
    SELLER_PENDING = "seller_pending"
    """Liability: earned, and held until the order is settled."""
    SELLER_PAYABLE = "seller_payable"
    """Liability: to be paid out. Refunds after a payout may overdraw it; later earnings fill it again."""
    BUYER_WALLET = "buyer_wallet"
    """Liability: what a person has with us to spend."""
    REFUNDS_IN_TRANSIT = "refunds_in_transit"
    """Liability: promised to payers, and not yet confirmed by the provider."""
    PAYOUTS_IN_TRANSIT = "payouts_in_transit"
    """Liability: on the way to sellers."""
    PLATFORM_FEES = "platform_fees"
    """Revenue: what we keep."""
    PROMO_COST = "promo_cost"
    """Expense: discounts at the platform's cost."""
    LOSS = "loss"
    """Expense: what nobody else bears."""


NEVER_OVERDRAWN = frozenset(
    {
        AccountKind.SELLER_PENDING, AccountKind.BUYER_WALLET, AccountKind.REFUNDS_IN_TRANSIT,
        AccountKind.PAYOUTS_IN_TRANSIT,
    }
)  # fmt: skip
"""Liabilities that no posting may turn into a debt to us; the database refuses it too."""


@dataclass(frozen=True, slots=True)
class Account:
    """`owner` is the person of a seller's or a buyer's account, `provider` the one of a clearing account."""

    kind: AccountKind
    currency: str
    owner: UserId | None = None
    provider: str | None = None

    @property
    def id(self) -> UUID:
        """The same account has the same id everywhere, so accounts can be locked in one order without a look-up."""
        return uuid5(NAMESPACE_URL, f"ledger:{self.kind}:{self.provider or self.owner or ''}:{self.currency}")


@dataclass(frozen=True, slots=True)
class Entry:
    """`minor` is positive for a debit and negative for a credit."""

    account: Account
    minor: int


@dataclass(frozen=True, slots=True)
class LedgerTransaction:
    """`kind` and `source` together happen once; `about` is the payment whose money moves, where there is one. Entries
    sum to zero in each currency; there are at least two."""

    id: UUID
    kind: str
    source: UUID
    entries: tuple[Entry, ...]
    about: UUID | None = None

    def __post_init__(self) -> None:
        if len(self.entries) < 2:
            raise ValueError("a ledger transaction has at least two entries")
        if any(total for total in _totals(self.entries).values()):
            raise ValueError("a ledger transaction sums to zero in each currency")


def debit(account: Account, amount: Money) -> Entry:
    return Entry(account, amount.minor)


def credit(account: Account, amount: Money) -> Entry:
    return Entry(account, -amount.minor)


def moving(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Without those that move nothing."""
    return tuple(entry for entry in entries if entry.minor)


def _totals(entries: Iterable[Entry]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for entry in entries:
        totals[entry.account.currency] = totals.get(entry.account.currency, 0) + entry.minor
    return totals
