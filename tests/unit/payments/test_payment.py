from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.application.payments.ports import Card
from marketplace.application.payments.views import PUBLIC_STATUS
from marketplace.domain.payments.payment import (
    ASK_AFTER,
    IN_FLIGHT,
    PAYMENT_MOVES,
    PaymentCaptured,
    PaymentFailed,
    PaymentState,
)
from tests.builders.commerce import APPROVED, DECLINED, GOOD_CARD, NOON, a_payment


def test_the_gateway_s_yes_captures_it() -> None:
    payment = a_payment()
    payment.settle(APPROVED, NOON)
    assert (payment.status, payment.reference, payment.message) == (PaymentState.CAPTURED, "reference-1", "Approved")
    [event] = payment.pull_events()
    assert isinstance(event, PaymentCaptured)
    assert (event.payer, event.payee, event.amount) == (payment.payer, payment.payee, payment.amount)


def test_the_gateway_s_no_fails_it_and_says_why() -> None:
    payment = a_payment()
    payment.settle(DECLINED, NOON)
    assert (payment.status, payment.reference) == (PaymentState.FAILED, None)
    [event] = payment.pull_events()
    assert isinstance(event, PaymentFailed)
    assert event.reason == "Card declined"


@given(st.sampled_from(PaymentState), st.lists(st.sampled_from([APPROVED, DECLINED]), min_size=1, max_size=4))
def test_only_the_first_word_of_the_gateway_counts(start: PaymentState, outcomes: list[object]) -> None:
    payment = a_payment(status=start)
    for outcome in outcomes:
        payment.settle(outcome, NOON)  # type: ignore[arg-type]
    if start in IN_FLIGHT:
        first = PaymentState.CAPTURED if outcomes[0] is APPROVED else PaymentState.FAILED
        assert payment.status is first
        assert first in PAYMENT_MOVES[start]
        assert len(payment.pull_events()) == 1
    else:
        assert payment.status is start
        assert payment.pull_events() == []


def test_the_gateway_is_asked_at_growing_pauses() -> None:
    payment = a_payment()
    pauses = [payment.ask_again(NOON) - NOON for _ in range(6)]
    assert pauses == [*ASK_AFTER, ASK_AFTER[-1], ASK_AFTER[-1]]
    assert ASK_AFTER[0] <= timedelta(seconds=60)


@pytest.mark.parametrize("state", PaymentState)
def test_in_flight_is_what_may_still_be_captured(state: PaymentState) -> None:
    assert (state in IN_FLIGHT) == (PaymentState.CAPTURED in PAYMENT_MOVES[state])
    assert (state in IN_FLIGHT) == (PUBLIC_STATUS[state] == "pending")


def test_a_card_shows_nothing_of_itself() -> None:
    assert repr(GOOD_CARD) == f"{Card.__name__}()"
