"""Which accounts a payout moves."""

from uuid import UUID, uuid5

from marketplace.domain.payments.ledger import Account, AccountKind, LedgerTransaction, credit, debit
from marketplace.domain.payments.payout import Payout
from marketplace.domain.payments.postings import payable
from marketplace.domain.shared.ids import UserId


def on_the_way(owner: UserId, currency: str) -> Account:
    return Account(AccountKind.PAYOUTS_IN_TRANSIT, currency, owner)


def payout_reserved(transaction_id: UUID, payout: Payout) -> LedgerTransaction:
    """Set aside: nothing else can be paid out of it."""
    return _between("payout_reserved", transaction_id, _attempt(payout), payout, _settled(payout), _transit(payout))


def payout_returned(transaction_id: UUID, payout: Payout) -> LedgerTransaction:
    """Cancelled or failed: it is there to be paid out again."""
    return _between("payout_returned", transaction_id, _attempt(payout), payout, _transit(payout), _settled(payout))


def payout_paid(transaction_id: UUID, payout: Payout) -> LedgerTransaction:
    return _between("payout_paid", transaction_id, payout.id, payout, _transit(payout), _clearing(payout))


def payout_reversed(transaction_id: UUID, payout: Payout) -> LedgerTransaction:
    """The bank sent it back."""
    return _between("payout_reversed", transaction_id, payout.id, payout, _clearing(payout), _settled(payout))


def _between(
    kind: str, transaction_id: UUID, source: UUID, payout: Payout, taken: Account, given: Account
) -> LedgerTransaction:
    return LedgerTransaction(transaction_id, kind, source, (debit(taken, payout.amount), credit(given, payout.amount)))


def _attempt(payout: Payout) -> UUID:
    """A payout that is taken up again after a failure is set aside once more."""
    return uuid5(payout.id, str(payout.attempt)) if payout.attempt else payout.id


def _settled(payout: Payout) -> Account:
    return payable(payout.seller, payout.amount.currency)


def _transit(payout: Payout) -> Account:
    return on_the_way(payout.seller, payout.amount.currency)


def _clearing(payout: Payout) -> Account:
    return Account(AccountKind.PROVIDER_CLEARING, payout.amount.currency, provider=payout.provider)
