"""Which schedule rules a sale, what its fee is and why, and what of it goes back."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.application.ordering.fee_words import WORDS, explanation
from marketplace.domain.ordering.fees import (
    CHANNELS,
    DEFAULTS,
    SETTLED_BEFORE,
    DefaultFeeSchedule,
    FeeBook,
    FeeSchedule,
    FeeScheduleEnded,
    FeeScheduleId,
    FeeScheduleInUse,
    InvalidFeeSchedule,
    NoFeeSchedule,
    Sale,
    fee_on,
)
from marketplace.domain.shared.errors import DomainError
from marketplace.domain.shared.money import LARGEST_MINOR, Money, UnknownCurrency
from tests.builders.commerce import HOUR, NOON, a_user_id, aed
from tests.builders.fees import a_fee_schedule, a_sale

SOON = NOON + HOUR
ONE, TWO = a_user_id(), a_user_id()


@pytest.mark.parametrize("channel", sorted(set(CHANNELS) - {"live"}))
def test_without_other_schedules_the_default_of_the_channel_rules(channel: str) -> None:
    sale = a_sale(channel=channel)
    fee = FeeBook(DEFAULTS.values()).fee_on(sale, NOON)
    assert fee == fee_on(channel, sale.amount)
    assert fee.schedule in DEFAULTS


def test_a_channel_without_a_schedule_sells_nothing() -> None:
    with pytest.raises(NoFeeSchedule):
        FeeBook(DEFAULTS.values()).fee_on(a_sale(channel="live"), NOON)


def test_the_most_specific_rules() -> None:
    sale = a_sale(category="cameras")
    scopes: list[dict[str, Any]] = [
        {}, {"channel": "community"}, {"category": "electronics"}, {"category": "cameras"},
        {"category": "cameras", "channel": "community"}, {"seller": sale.seller},
        {"seller": sale.seller, "channel": "community"}, {"seller": sale.seller, "category": "electronics"},
        {"seller": sale.seller, "category": "cameras"},
    ]  # fmt: skip
    ruling = [a_fee_schedule(**scope) for scope in scopes]
    others = [
        a_fee_schedule(channel="discover"), a_fee_schedule(category="books"), a_fee_schedule(seller=TWO),
        a_fee_schedule(seller=sale.seller, category="cameras", currency="USD"),
        a_fee_schedule(seller=sale.seller, starts_at=SOON), a_fee_schedule(seller=sale.seller, ends_at=SOON),
    ]  # fmt: skip
    for most in range(1, len(ruling) + 1):
        book = FeeBook([*reversed(ruling[:most]), *others[:5]], parents={"cameras": "electronics"})
        assert book.ruling(sale, NOON) is ruling[most - 1], scopes[most - 1]


def test_of_two_schedules_in_one_period_the_one_that_started_last_rules() -> None:
    lasting = a_fee_schedule(channel="community", starts_at=NOON - HOUR)
    campaign = a_fee_schedule(channel="community", basis_points=0, ends_at=SOON)
    book = FeeBook([campaign, lasting, *DEFAULTS.values()])
    told = [book.ruling(a_sale(), at) for at in (NOON - timedelta(microseconds=1), NOON, SOON - HOUR / 2, SOON)]
    assert told == [lasting, campaign, campaign, lasting]


_SLUGS = ("cameras", "electronics", "books")
_schedules = st.builds(
    a_fee_schedule, id=st.uuids().map(FeeScheduleId), channel=st.none() | st.sampled_from(CHANNELS),
    category=st.none() | st.sampled_from(_SLUGS), seller=st.none() | st.sampled_from([ONE, TWO]),
    currency=st.none() | st.sampled_from(["AED", "USD"]),
    starts_at=st.integers(-3, 2).map(lambda hours: NOON + hours * HOUR),
    ends_at=st.none() | st.integers(3, 6).map(lambda hours: NOON + hours * HOUR),
)  # fmt: skip
_sales = st.builds(
    a_sale, channel=st.sampled_from(CHANNELS), category=st.none() | st.sampled_from(_SLUGS),
    seller=st.sampled_from([ONE, TWO]),
)  # fmt: skip


@given(st.lists(_schedules, max_size=12), _sales, st.integers(-4, 7))
def test_the_book_finds_what_looking_at_every_schedule_finds(all_: list[FeeSchedule], sale: Sale, hours: int) -> None:
    at, parents = NOON + hours * HOUR, {"cameras": "electronics"}
    own, parent = sale.category, parents.get(sale.category or "")

    def rank(one: FeeSchedule) -> tuple[object, ...]:
        category = 0 if one.category is None else 2 if one.category == own else 1
        return one.seller is not None, category, one.channel is not None, one.starts_at, one.id

    fitting = [
        one
        for one in all_
        if one.is_in_force(at)
        and one.channel in {None, sale.channel}
        and one.category in {None, own, parent}
        and one.seller in {None, sale.seller}
        and one.currency in {None, "AED"}
    ]
    book = FeeBook(all_, parents)
    if fitting:
        assert book.ruling(sale, at) is max(fitting, key=rank)
    else:
        with pytest.raises(NoFeeSchedule):
            book.ruling(sale, at)


@pytest.mark.parametrize(
    ("changes", "price", "fee", "rule", "why"),
    [
        ({}, "750", "112.50", "any_1500bp", "15 % of 750.00 AED, rounded half up = 112.50 AED"),
        (
            {"channel": "community", "fixed": 100, "basis_points": 125}, "750", "10.38", "community_125bp_plus_100",
            "1.25 % of 750.00 AED, rounded half up, plus 1.00 AED = 10.38 AED",
        ),
        (
            {"category": "cameras", "minimum": 200}, "10", "2.00", "cameras_1500bp",
            "15 % of 10.00 AED, rounded half up = 1.50 AED, but at least 2.00 AED",
        ),
        (
            {"seller": ONE, "maximum": 5_000}, "750", "50.00", "seller_1500bp",
            "15 % of 750.00 AED, rounded half up = 112.50 AED, but at most 50.00 AED",
        ),
        (
            {"minimum": 200}, "1.50", "1.50", "any_1500bp",
            "15 % of 1.50 AED, rounded half up = 0.23 AED, but at least 1.50 AED",
        ),
        (
            {"fixed": 200}, "1.50", "1.50", "any_1500bp_plus_200",
            "15 % of 1.50 AED, rounded half up, plus 2.00 AED = 2.23 AED, but at most 1.50 AED",
        ),
        ({"basis_points": 0}, "750", "0.00", "any_0bp", "0 % of 750.00 AED, rounded half up = 0.00 AED"),
    ],
)  # fmt: skip
def test_a_fee_and_why(changes: dict[str, Any], price: str, fee: str, rule: str, why: str) -> None:
    line = a_fee_schedule(currency="AED", **changes).fee_on(aed(price))
    assert (str(line.amount.decimal), line.rule, explanation(line, "en")) == (fee, rule, why)
    others = {explanation(line, language) for language in WORDS}
    assert len(others) == len(WORDS) == 5
    assert all(f"{line.amount.decimal} AED" in text for text in others)


@given(
    st.integers(0, 5_000), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6),
    st.integers(0, LARGEST_MINOR),
)  # fmt: skip
def test_a_fee_keeps_its_bounds(rate: int, fixed: int, minimum: int, more: int, price: int) -> None:
    schedule = a_fee_schedule(basis_points=rate, fixed=fixed, minimum=minimum, maximum=minimum + more, currency="AED")
    line = schedule.fee_on(Money(price, "AED"))
    assert line.reckoned.minor == (price * rate + 5_000) // 10_000 + fixed
    assert 0 <= line.amount.minor <= min(price, minimum + more)
    assert line.amount.minor >= min(price, minimum)


@pytest.mark.parametrize(
    ("wrong", "error", "field"),
    [
        ({"channel": "bazaar"}, InvalidFeeSchedule, "channel"),
        ({"basis_points": -1}, InvalidFeeSchedule, "basis_points"),
        ({"basis_points": 5_001}, InvalidFeeSchedule, "basis_points"),
        ({"fixed": 1}, InvalidFeeSchedule, "currency"),
        ({"currency": "XXX"}, UnknownCurrency, "currency"),
        ({"minimum": 2, "maximum": 1, "currency": "AED"}, InvalidFeeSchedule, "maximum"),
        ({"ends_at": NOON}, InvalidFeeSchedule, "ends_at"),
    ],
)
def test_what_is_no_schedule(wrong: dict[str, Any], error: type[DomainError], field: str) -> None:
    with pytest.raises(error) as refused:
        a_fee_schedule(**wrong)
    assert getattr(refused.value, "field", None) == field


_BEGUN = a_fee_schedule(starts_at=NOON, ends_at=NOON + 3 * HOUR)
_DEFAULT = next(iter(DEFAULTS.values()))


@pytest.mark.parametrize(
    ("known", "changes", "error"),
    [
        (_BEGUN, {"ends_at": SOON, "note": "Shorter"}, None),
        (_BEGUN, {"ends_at": None}, None),
        (_BEGUN, {"basis_points": 500}, FeeScheduleInUse),
        (_BEGUN, {"seller": ONE}, FeeScheduleInUse),
        (_BEGUN, {"ends_at": SOON - timedelta(seconds=1)}, InvalidFeeSchedule),
        (a_fee_schedule(starts_at=SOON + SETTLED_BEFORE), {"basis_points": 500}, FeeScheduleInUse),
        (a_fee_schedule(starts_at=SOON + 2 * SETTLED_BEFORE), {"basis_points": 500, "channel": "desk"}, None),
        (a_fee_schedule(starts_at=SOON + HOUR), {"starts_at": SOON - HOUR}, InvalidFeeSchedule),
        (a_fee_schedule(ends_at=SOON), {"ends_at": None}, FeeScheduleEnded),
        (a_fee_schedule(ends_at=SOON), {"note": "Over"}, None),
        (_DEFAULT, {"ends_at": SOON + HOUR}, DefaultFeeSchedule),
        (_DEFAULT, {"basis_points": 0}, FeeScheduleInUse),
        (_DEFAULT, {"note": "As ever"}, None),
    ],
)
def test_what_was_used_is_never_rewritten(
    known: FeeSchedule, changes: dict[str, Any], error: type[DomainError] | None
) -> None:
    given_ = {name: getattr(known, name) for name in known.__dataclass_fields__}
    wanted = FeeSchedule(**{**given_, **changes})
    if error is None:
        known.require_change(wanted, SOON)
    else:
        with pytest.raises(error):
            known.require_change(wanted, SOON)
