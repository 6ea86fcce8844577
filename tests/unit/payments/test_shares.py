from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.payments.shares import Reversal, Share, spread, sum_reversals
from marketplace.domain.shared.money import LARGEST_MINOR, Money
from tests.builders.commerce import aed


def test_a_refund_reverses_its_share_of_the_frozen_fee() -> None:
    share = Share.of(aed(750), aed("37.50"))
    for part, fee, left in ((300, "15.00", 450), (300, "15.00", 150), (150, "7.50", None)):
        share, reversal = share.take_back(aed(part))
        assert str(reversal.fee.decimal) == fee
        assert reversal.from_payee == aed(part) - reversal.fee
        assert share.left == (aed(left) if left else Money(0, "AED"))


@given(st.data(), st.integers(1, LARGEST_MINOR), st.integers(0, 5_000), st.integers(0, LARGEST_MINOR))
def test_refunds_in_whatever_parts_give_back_exactly_fee_and_subsidy(
    data: st.DataObject, price: int, rate: int, subsidy: int
) -> None:
    amount = Money(price, "AED")
    share = Share.of(amount, amount.share(rate), Money(subsidy, "AED"))
    reversals: list[Reversal] = []
    while share.left.minor:
        part = data.draw(st.integers(1, share.left.minor)) if len(reversals) < 6 else share.left.minor
        share, reversal = share.take_back(Money(part, "AED"))
        assert reversal.fee.minor >= 0
        assert reversal.subsidy.minor >= 0
        reversals.append(reversal)
    whole = sum_reversals(reversals)
    assert (whole.amount, whole.fee, whole.subsidy) == (amount, amount.share(rate), Money(subsidy, "AED"))


@given(st.data(), st.lists(st.integers(1, LARGEST_MINOR), min_size=1, max_size=6))
def test_a_refund_is_spread_over_lines_without_losing_a_minor_unit(data: st.DataObject, prices: list[int]) -> None:
    shares = [Share.of(Money(price, "AED"), Money(0, "AED")) for price in prices]
    while left := sum(share.left.minor for share in shares):
        amount = data.draw(st.integers(1, left)) if data.draw(st.booleans()) else left
        parts = spread(shares, Money(amount, "AED"))
        assert sum(part.minor for part in parts) == amount
        assert all(0 <= part.minor <= share.left.minor for part, share in zip(parts, shares, strict=True))
        shares = [share.take_back(part)[0] for share, part in zip(shares, parts, strict=True)]
