from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.shared.money import Money
from marketplace.domain.shared.subject import Subject, SubjectKind
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import Asked, OfferId, Rule
from marketplace.domain.trading.quiet_hours import QuietHours
from marketplace.domain.trading.rules import InvalidOfferRules, OfferRules, RulesForAll, decide
from marketplace.domain.trading.units import Quantity
from tests.builders.commerce import HOUR, NOON, a_negotiation, aed, new_id, terms

RULES = OfferRules(auto_accept_at=aed(800), auto_decline_below=aed(500))
QUIET = QuietHours(begins=time(11), ends=time(13, 30), time_zone="UTC")
percents = st.none() | st.integers(1, 100)


def offered(amount: str | int, **changes: Any) -> Negotiation:
    negotiation = a_negotiation()
    return another(negotiation, amount, **changes)


def another(on: Negotiation, amount: str | int, **changes: Any) -> Negotiation:
    on.offer(OfferId(new_id()), terms(str(amount), **changes), by=on.buyer, message=None, now=NOON)
    return on


@pytest.mark.parametrize(("amount", "answer"), [
    ("850", Rule.AUTO_ACCEPT), ("800", Rule.AUTO_ACCEPT), ("799.99", None), ("500", None),
    ("499.99", Rule.AUTO_DECLINE), ("0.01", Rule.AUTO_DECLINE),
])  # fmt: skip
def test_at_the_one_it_is_accepted_and_below_the_other_declined(amount: str, answer: Rule | None) -> None:
    assert decide(RULES, offered(amount), NOON) is answer


def test_rules_that_say_nothing_answer_nothing() -> None:
    for rules in (OfferRules(), RulesForAll(), OfferRules(minimum_step=aed(10), quiet_hours=QUIET)):
        assert decide(rules, offered("850"), NOON) is None


def test_in_quiet_hours_the_answer_waits_until_they_end() -> None:
    rules = OfferRules(auto_accept_at=aed(800), auto_decline_below=aed(500), quiet_hours=QUIET)
    end = NOON + 1.5 * HOUR
    assert decide(rules, offered(800), NOON) == decide(rules, offered(400), NOON) == end
    assert decide(rules, offered(600), NOON) is None
    assert decide(rules, offered(800), end) is Rule.AUTO_ACCEPT


def test_what_says_more_than_a_price_is_for_a_person_to_accept() -> None:
    assert decide(RULES, offered(850, payment_terms="in 90 days"), NOON) is None
    assert decide(RULES, offered(850, quality={"colour": "black"}), NOON) is None
    assert decide(RULES, offered(400, payment_terms="in 90 days"), NOON) is Rule.AUTO_DECLINE


@pytest.mark.parametrize(("lines", "answer"), [
    ({"delivery_days": 10}, Rule.AUTO_ACCEPT), ({"delivery_days": 3}, None), ({}, None),
])  # fmt: skip
def test_lines_stand_as_the_seller_has_proposed_them(lines: dict[str, Any], answer: Rule | None) -> None:
    negotiation = offered(600, delivery_days=3)
    countered, theirs = negotiation.offers[0].id, terms("840", delivery_days=10)
    new = negotiation.counter(countered, OfferId(new_id()), theirs, by=negotiation.seller, message=None, now=NOON)
    assert decide(RULES, negotiation, NOON) is None, "the seller's own is never answered"
    back = terms("820", **lines)
    negotiation.counter(new.id, OfferId(new_id()), back, by=negotiation.buyer, message=None, now=NOON)
    assert decide(RULES, negotiation, NOON) is answer


def test_packages_and_the_desk_are_answered_by_people() -> None:
    package = Subject.of_listings(*(one.subject.listings[0] for one in (a_negotiation(), a_negotiation())))
    assert decide(RULES, another(a_negotiation(subject=package), 850), NOON) is None
    trade = a_negotiation(subject=Subject(kind=SubjectKind.TRADE, id=new_id()), asked=None)
    assert decide(RULES, another(trade, 850), NOON) is None


def test_an_answered_offer_is_not_answered_again() -> None:
    negotiation = offered(850)
    negotiation.withdraw(negotiation.offers[0].id, by=negotiation.buyer, now=NOON)
    assert decide(RULES, negotiation, NOON) is None


@pytest.mark.parametrize(("amount", "answer"), [
    ("320", Rule.AUTO_ACCEPT), ("319.99", None), ("200", None), ("199.99", Rule.AUTO_DECLINE),
])  # fmt: skip
def test_of_a_part_of_a_lot_the_amounts_hold_in_proportion(amount: str, answer: Rule | None) -> None:
    whole, part = Quantity(Decimal(1), "tonne"), Quantity(Decimal(400), "kilogram")
    negotiation = a_negotiation(asked=Asked(price=aed(850), quantity=whole))
    assert decide(RULES, another(negotiation, amount, quantity=part), NOON) is answer


def test_those_for_all_are_shares_of_what_is_asked() -> None:
    rules = RulesForAll(auto_accept_at_percent=90, auto_decline_below_percent=50, minimum_step_percent=1)
    assert rules.on(Asked(price=aed("99.99"))) == OfferRules(
        auto_accept_at=aed("89.99"), auto_decline_below=aed("50.00"), minimum_step=aed("1.00")
    )
    assert decide(rules, offered("765"), NOON) is Rule.AUTO_ACCEPT
    assert decide(rules, offered("424.99"), NOON) is Rule.AUTO_DECLINE


def test_amounts_in_another_currency_than_the_price_say_nothing() -> None:
    euros = OfferRules(auto_accept_at=Money(1, "EUR"), quiet_hours=QUIET)
    assert euros.on(Asked(price=aed(850))) == OfferRules(quiet_hours=QUIET)
    assert decide(euros, offered(850), NOON) is None


@pytest.mark.parametrize(("decline_below", "accept_at"), [(800, 800), (801, 800)])
def test_what_is_declined_lies_below_what_is_accepted(decline_below: int, accept_at: int) -> None:
    with pytest.raises(InvalidOfferRules) as refused:
        OfferRules(auto_accept_at=aed(accept_at), auto_decline_below=aed(decline_below))
    assert refused.value.field == "auto_decline_below"
    with pytest.raises(InvalidOfferRules) as refused:
        RulesForAll(auto_accept_at_percent=accept_at // 10, auto_decline_below_percent=decline_below // 10)
    assert refused.value.field == "auto_decline_below_percent"


@pytest.mark.parametrize("name", ["auto_accept_at", "auto_decline_below", "minimum_step"])
def test_an_amount_above_the_price_is_out_of_reach_unless_offers_may_be(name: str) -> None:
    rules = replace(OfferRules(), **{name: aed("850.01")})  # type: ignore[arg-type]  # one of its amounts
    with pytest.raises(InvalidOfferRules, match=r"850\.00") as refused:
        rules.require_reachable(Asked(price=aed(850)))
    assert refused.value.field == name
    rules.require_reachable(Asked(price=aed(850), is_ceiling=False))


@pytest.mark.parametrize("percent", [0, -1, 101])
def test_a_share_is_between_one_and_a_hundred_per_cent(percent: int) -> None:
    with pytest.raises(InvalidOfferRules, match="between 1 and 100"):
        RulesForAll(minimum_step_percent=percent)


@given(percents, percents, st.integers(1, 100_000), st.integers(1, 100_000), st.timedeltas(timedelta(0), timedelta(1)))
def test_a_higher_offer_is_never_answered_worse(
    accept_at: int | None, decline_below: int | None, price: int, minor: int, later: timedelta
) -> None:
    if accept_at and decline_below and decline_below >= accept_at:
        return
    rules = RulesForAll(auto_accept_at_percent=accept_at, auto_decline_below_percent=decline_below, quiet_hours=None)
    order = {Rule.AUTO_DECLINE: 0, None: 1, Rule.AUTO_ACCEPT: 2}
    answers = []
    for one in (min(minor, price), price):
        negotiation = a_negotiation(asked=Asked(price=Money(price, "AED")))
        another(negotiation, str(Money(one, "AED").decimal))
        answer = decide(rules, negotiation, NOON + later)
        assert not isinstance(answer, datetime)
        answers.append(order[answer])
    assert answers == sorted(answers)
    assert answers[1] == 2 or accept_at is None
