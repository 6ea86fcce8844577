"""What a code takes off: exact to the minor unit, never more than a line costs, or the reason why nothing."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.promotions.discount import (
    Line,
    PromoBearer,
    PromoCodeExpired,
    PromoCodeMinimum,
    PromoCodeNotForThis,
    PromoCodeUnknown,
    PromoCodeUsedUp,
    spread,
)
from marketplace.domain.promotions.promo_code import PromoChannel
from marketplace.domain.shared.errors import DomainError
from marketplace.domain.shared.money import Money, sum_of
from tests.builders.commerce import NOON, a_user_id, aed, new_id
from tests.builders.promotions import a_line, a_promo_code

SELLER, LISTING = a_user_id(), new_id()
MINOR = st.integers(0, 10**12)


def off(*amounts: int, **changes: Any) -> tuple[int, ...]:
    """Minor units off each line."""
    lines = [a_line(amount) for amount in amounts]
    discount = a_promo_code(**changes).discount_on(lines, NOON, is_first_order=True)
    return tuple(one.minor for one in discount.by_line)


def test_a_percentage_is_rounded_half_up_and_ends_at_its_maximum() -> None:
    assert off(850) == (127_50,)
    assert a_promo_code(basis_points=1_250).discount_on(
        [a_line(amount=1)], NOON, is_first_order=True
    ).amount == Money(13, "AED")  # fmt: skip
    assert off(850, maximum=aed(100)) == (100_00,)
    assert off(850, basis_points=10_000) == (850_00,)


def test_an_amount_is_never_above_what_is_bought() -> None:
    assert off(850, amount=aed(50)) == (50_00,)
    assert off(30, amount=aed(50)) == (30_00,)


def test_what_is_left_goes_to_the_largest_remainders() -> None:
    thirds = [Money(100, "AED")] * 3
    assert [one.minor for one in spread(Money(100, "AED"), thirds)] == [34, 33, 33]
    lines = [Money(0, "AED"), Money(1, "AED"), Money(2, "AED")]
    assert [one.minor for one in spread(Money(2, "AED"), lines)] == [0, 1, 1]


@given(st.lists(MINOR, min_size=1, max_size=12).filter(any), st.data())
def test_a_discount_is_spread_without_loss_and_no_share_is_above_its_line(
    amounts: list[int], data: st.DataObject
) -> None:
    lines = [Money(one, "AED") for one in amounts]
    discount = Money(data.draw(st.integers(0, sum(amounts))), "AED")
    shares = spread(discount, lines)
    assert sum_of(shares) == discount
    assert all(0 <= share.minor <= line.minor for share, line in zip(shares, lines, strict=True))


@given(
    st.lists(st.tuples(MINOR, st.booleans()), min_size=1, max_size=8),
    st.integers(1, 10_000),
    st.none() | st.integers(1, 10**9),
)
def test_a_percentage_of_some_lines_is_theirs_alone(
    lines: list[tuple[int, bool]], basis_points: int, maximum: int | None
) -> None:
    code = a_promo_code(basis_points=basis_points, maximum=maximum and Money(maximum, "AED"), listings={LISTING})
    bought = [
        Line(seller=SELLER, amount=Money(minor, "AED"), listing=LISTING if is_covered else None)
        for minor, is_covered in lines
    ]
    covered = sum(minor for minor, is_covered in lines if is_covered)
    wanted = min((covered * basis_points + 5_000) // 10_000, maximum or 10**15)
    if not wanted:
        with pytest.raises((PromoCodeNotForThis, PromoCodeMinimum)):
            code.discount_on(bought, NOON, is_first_order=True)
        return
    discount = code.discount_on(bought, NOON, is_first_order=True)
    assert discount.amount.minor == wanted == sum_of(discount.by_line).minor
    for share, (minor, is_covered) in zip(discount.by_line, lines, strict=True):
        assert 0 <= share.minor <= (minor if is_covered else 0)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"is_active": False}, PromoCodeUnknown),
        ({"starts_at": NOON + timedelta(seconds=1)}, PromoCodeUnknown),
        ({"owner": a_user_id(), "bearer": PromoBearer.SELLER}, PromoCodeUnknown),
        ({"starts_at": NOON - timedelta(days=1), "ends_at": NOON}, PromoCodeExpired),
        ({"listings": frozenset({new_id()})}, PromoCodeNotForThis),
        ({"categories": frozenset({"books"})}, PromoCodeNotForThis),
        ({"channels": frozenset({PromoChannel.DESK})}, PromoCodeNotForThis),
        ({"minimum": Money(1, "USD")}, PromoCodeNotForThis),
        ({"first_order_only": True}, PromoCodeNotForThis),
        ({"minimum": aed("850.01")}, PromoCodeMinimum),
        ({"cap": 3, "used": 3}, PromoCodeUsedUp),
    ],
)
def test_why_there_is_no_discount(changes: dict[str, Any], refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        a_promo_code(**changes).discount_on([a_line(850)], NOON, is_first_order=False)


def test_at_its_bounds_a_code_is_good() -> None:
    just = {
        "starts_at": NOON, "ends_at": NOON + timedelta(microseconds=1), "minimum": aed(850), "cap": 3, "used": 2,
        "owner": SELLER, "bearer": PromoBearer.SELLER, "categories": frozenset({"electronics"}),
        "first_order_only": True,
    }  # fmt: skip
    code = a_promo_code(**just)
    assert code.discount_on([a_line(850, SELLER)], NOON, is_first_order=True).amount == aed("127.5")


def test_a_sellers_code_takes_nothing_off_what_others_sell_nor_counts_it() -> None:
    code = a_promo_code(owner=SELLER, bearer=PromoBearer.SELLER, minimum=aed(100))
    discount = code.discount_on([a_line(850), a_line(100, SELLER)], NOON, is_first_order=True)
    assert (discount.bearer, discount.by_line) == (PromoBearer.SELLER, (aed(1).times(0), aed(15)))
    with pytest.raises(PromoCodeMinimum):
        code.discount_on([a_line(850), a_line(99, SELLER)], NOON, is_first_order=True)


def test_what_is_too_little_for_a_minor_unit_uses_up_no_code() -> None:
    with pytest.raises(PromoCodeMinimum):
        a_promo_code(basis_points=1).discount_on([a_line(1)], NOON, is_first_order=True)
