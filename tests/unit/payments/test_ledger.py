from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.payments.ledger import Account, AccountKind, Entry, LedgerTransaction
from marketplace.domain.payments.postings import capture
from marketplace.domain.payments.shares import Share
from marketplace.domain.shared.money import LARGEST_MINOR, Money
from tests.builders.commerce import a_payment, a_user_id, aed, new_id

accounts = st.builds(
    Account, st.sampled_from(AccountKind), st.sampled_from(["AED", "USD", "UZS"]), st.sampled_from([None, a_user_id()])
)
entries = st.lists(st.builds(Entry, accounts, st.integers(-1_000, 1_000)), max_size=6)


def sums(of: list[Entry]) -> dict[str, int]:
    by_currency = sorted(of, key=lambda entry: entry.account.currency)
    return {
        currency: sum(entry.minor for entry in group)
        for currency, group in groupby(by_currency, key=lambda entry: entry.account.currency)
    }


@given(entries)
def test_only_balanced_transactions_exist(legs: list[Entry]) -> None:
    balanced = len(legs) >= 2 and not any(sums(legs).values())
    try:
        LedgerTransaction(new_id(), "test", new_id(), tuple(legs))
    except ValueError:
        assert not balanced
    else:
        assert balanced


@given(entries.filter(bool))
def test_closing_each_currency_balances_any_entries(legs: list[Entry]) -> None:
    closing = [Entry(Account(AccountKind.PLATFORM_FEES, currency), -total) for currency, total in sums(legs).items()]
    assert LedgerTransaction(new_id(), "test", new_id(), (*legs, *closing)).entries == (*legs, *closing)


@given(st.integers(1, LARGEST_MINOR), st.integers(0, 10_000))
def test_a_capture_divides_the_price_between_seller_and_platform(minor: int, basis_points: int) -> None:
    amount = Money(minor, "AED")
    payment = a_payment(shares=(Share.of(amount, amount.share(basis_points)),))
    posted = capture(new_id(), payment)
    by_kind = {entry.account.kind: entry.minor for entry in posted.entries}
    assert (posted.kind, posted.source) == ("payment_captured", payment.id)
    assert by_kind[AccountKind.PROVIDER_CLEARING] == minor
    assert by_kind.get(AccountKind.PLATFORM_FEES, 0) == -payment.fee.minor
    assert by_kind.get(AccountKind.SELLER_PENDING, 0) == payment.fee.minor - minor
    assert all(entry.minor for entry in posted.entries)


def test_the_sale_for_750_brings_the_seller_712_50() -> None:
    payment = a_payment(amount=aed(750))
    assert [(entry.account.kind, entry.account.owner, entry.minor) for entry in capture(new_id(), payment).entries] == [
        (AccountKind.PROVIDER_CLEARING, None, 75_000),
        (AccountKind.SELLER_PENDING, payment.payee, -71_250),
        (AccountKind.PLATFORM_FEES, None, -3_750),
    ]


def test_an_account_has_the_same_id_everywhere_and_no_other_account_has_it() -> None:
    one, other = a_user_id(), a_user_id()
    every = [
        Account(kind, currency, owner)
        for kind in AccountKind
        for currency in ("AED", "USD")
        for owner in (None, one, other)
    ]
    assert len({account.id for account in every}) == len(every)
    assert Account(AccountKind.SELLER_PENDING, "AED", one).id == Account(AccountKind.SELLER_PENDING, "AED", one).id


@pytest.mark.parametrize("legs", [(), (Entry(Account(AccountKind.PLATFORM_FEES, "AED"), 0),)])
def test_a_transaction_moves_something_between_two(legs: tuple[Entry, ...]) -> None:
    with pytest.raises(ValueError, match="at least two"):
        LedgerTransaction(new_id(), "test", new_id(), legs)
