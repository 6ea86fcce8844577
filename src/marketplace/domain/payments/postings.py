"""Which accounts a fact of business moves (docs/adr/0035). Debits are positive; `source` makes each happen once."""

from dataclasses import replace
from uuid import UUID

from marketplace.domain.payments.ledger import (
    Account,
    AccountKind,
    Entry,
    LedgerTransaction,
    credit,
    debit,
    moving,
)
from marketplace.domain.payments.payment import CauseKind, Payment
from marketplace.domain.payments.refund import Refund
from marketplace.domain.payments.shares import Reversal
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money

WALLET = "wallet"
OVERDRAFT_LIMIT = 10_000
"""How far a seller's payable may be overdrawn, in minor units, before the rest becomes a receivable."""


def payable(owner: UserId, currency: str) -> Account:
    return Account(AccountKind.SELLER_PAYABLE, currency, owner)


def receivable(owner: UserId, currency: str) -> Account:
    return Account(AccountKind.SELLER_RECEIVABLE, currency, owner)


def held(payment: Payment) -> Account:
    return Account(AccountKind.SELLER_PENDING, payment.amount.currency, payment.payee)


def earnings_of(payment: Payment) -> Account:
    """Where the payee's earnings of this payment are now: held, or to be paid out."""
    if payment.cause.kind is CauseKind.TOP_UP:
        return Account(AccountKind.BUYER_WALLET, payment.amount.currency, payment.payee)
    return _free(payment) if payment.is_settled else held(payment)


def source_of(payment: Payment) -> Account:
    """Where the money came from, and goes back to."""
    currency = payment.amount.currency
    if payment.provider == WALLET:
        return Account(AccountKind.BUYER_WALLET, currency, payment.payer)
    return Account(AccountKind.PROVIDER_CLEARING, currency, provider=payment.provider)


def capture(transaction_id: UUID, payment: Payment) -> LedgerTransaction:
    """The payer's money is here; the payee is owed the price less our fee."""
    currency = payment.amount.currency
    entries = [
        debit(source_of(payment), payment.amount),
        debit(Account(AccountKind.PROMO_COST, currency), payment.subsidy),
        credit(earnings_of(payment), payment.earnings),
        credit(Account(AccountKind.PLATFORM_FEES, currency), payment.fee),
    ]
    return LedgerTransaction(transaction_id, "payment_captured", payment.id, moving(entries), about=payment.id)


def late_capture(transaction_id: UUID, payment: Payment) -> LedgerTransaction:
    """Nothing was sold for it: it only waits to go back."""
    entries = (
        debit(source_of(payment), payment.amount),
        credit(Account(AccountKind.REFUNDS_IN_TRANSIT, payment.amount.currency), payment.amount),
    )
    return LedgerTransaction(transaction_id, "stray_captured", payment.id, entries, about=payment.id)


def settlement(transaction_id: UUID, payment: Payment) -> LedgerTransaction | None:
    """What is left of the earnings leaves the hold."""
    return _between("earnings_settled", transaction_id, payment, held(payment), _free(payment))


def freezing(transaction_id: UUID, payment: Payment) -> LedgerTransaction | None:
    """Settled earnings go back into the hold while a dispute runs; what was paid out already overdraws the payable."""
    return _between("earnings_frozen", transaction_id, payment, _free(payment), held(payment))


def refund_promised(transaction_id: UUID, refund: Refund, reversal: Reversal, payment: Payment) -> LedgerTransaction:
    """Payee, fee and subsidy give their exact parts; the money waits for the provider."""
    currency = refund.amount.currency
    entries = [
        debit(earnings_of(payment), reversal.from_payee),
        debit(Account(AccountKind.PLATFORM_FEES, currency), reversal.fee),
        credit(Account(AccountKind.PROMO_COST, currency), reversal.subsidy),
        credit(Account(AccountKind.REFUNDS_IN_TRANSIT, currency), refund.amount),
    ]
    return LedgerTransaction(transaction_id, "refund_promised", refund.id, moving(entries), about=payment.id)


def refund_sent(transaction_id: UUID, refund: Refund, payment: Payment) -> LedgerTransaction:
    entries = (
        debit(Account(AccountKind.REFUNDS_IN_TRANSIT, refund.amount.currency), refund.amount),
        credit(source_of(payment), refund.amount),
    )
    return LedgerTransaction(transaction_id, "refund_sent", refund.id, entries, about=payment.id)


def chargeback_withdrawn(transaction_id: UUID, payment: Payment, amount: Money) -> LedgerTransaction:
    """The payer's bank took it from the provider until it decides."""
    entries = (debit(_disputed(amount), amount), credit(source_of(payment), amount))
    return LedgerTransaction(transaction_id, "chargeback_withdrawn", payment.id, entries, about=payment.id)


def chargeback_returned(transaction_id: UUID, payment: Payment, amount: Money) -> LedgerTransaction:
    entries = (debit(source_of(payment), amount), credit(_disputed(amount), amount))
    return LedgerTransaction(transaction_id, "chargeback_returned", payment.id, entries, about=payment.id)


def chargeback_lost(
    transaction_id: UUID, payment: Payment, amount: Money, reversal: Reversal | None
) -> LedgerTransaction:
    """`reversal`: of what had not gone back yet; nobody but us bears the rest."""
    currency, nothing = amount.currency, Money(0, amount.currency)
    back = reversal or Reversal(amount=nothing, fee=nothing, subsidy=nothing)
    entries = [
        debit(earnings_of(payment), back.from_payee),
        debit(Account(AccountKind.PLATFORM_FEES, currency), back.fee),
        credit(Account(AccountKind.PROMO_COST, currency), back.subsidy),
        debit(Account(AccountKind.LOSS, currency), amount - back.amount),
        credit(_disputed(amount), amount),
    ]
    return LedgerTransaction(transaction_id, "chargeback_lost", payment.id, moving(entries), about=payment.id)


def lost_beyond_wallet(posting: LedgerTransaction, wallet: Account, has: Money) -> LedgerTransaction:
    """A wallet gives what it `has`; what was spent already is our loss."""
    moved = {entry.account: entry.minor for entry in posting.entries}
    spent, loss = max(0, moved.get(wallet, 0) - has.minor), Account(AccountKind.LOSS, wallet.currency)
    if not spent:
        return posting
    moved[wallet], moved[loss] = moved[wallet] - spent, moved.get(loss, 0) + spent
    return replace(posting, entries=moving([Entry(account, minor) for account, minor in moved.items()]))


def receivable_raised(transaction_id: UUID, source: UUID, seller: UserId, balance: Money) -> LedgerTransaction | None:
    """`balance`: of the seller's payable now, positive when overdrawn; what is beyond the limit becomes a debt."""
    beyond = balance.minor - OVERDRAFT_LIMIT
    if beyond <= 0:
        return None
    currency = balance.currency
    entries = (Entry(receivable(seller, currency), beyond), Entry(payable(seller, currency), -beyond))
    return LedgerTransaction(transaction_id, "receivable_raised", source, entries)


def receivable_netted(
    transaction_id: UUID, source: UUID, seller: UserId, owed_to_seller: Money, owed_to_us: Money
) -> LedgerTransaction | None:
    """Earnings that were settled pay the seller's debt first."""
    netted = min(owed_to_seller.minor, owed_to_us.minor)
    if netted <= 0:
        return None
    currency = owed_to_us.currency
    entries = (Entry(payable(seller, currency), netted), Entry(receivable(seller, currency), -netted))
    return LedgerTransaction(transaction_id, "receivable_netted", source, entries)


def _disputed(amount: Money) -> Account:
    return Account(AccountKind.DISPUTED_FUNDS, amount.currency)


def _free(payment: Payment) -> Account:
    return payable(payment.payee, payment.amount.currency)


def _between(
    kind: str, transaction_id: UUID, payment: Payment, taken: Account, given: Account
) -> LedgerTransaction | None:
    """May happen again and again, so the transaction is its own source."""
    if not payment.earnings.minor:
        return None
    entries = (debit(taken, payment.earnings), credit(given, payment.earnings))
    return LedgerTransaction(transaction_id, kind, transaction_id, entries, about=payment.id)
