"""Buyer, seller, moderator, dispute and time do whatever they like with an order: it moves as the glossary says, by
whom it says, and its timeline tells all of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from marketplace.domain.ordering.events import OrderCancelled, OrderCompleted
from marketplace.domain.ordering.moves import ORDER_ACTORS, SYSTEM, OrderRole, OrderStatus, Party
from marketplace.domain.ordering.order import (
    DISPUTE_WINDOW,
    MOST_CHANGES,
    Order,
    PaymentStatus,
)
from marketplace.domain.shared.errors import DomainError
from tests.builders.commerce import NOON, a_placed_order, a_user_id, aed

S = OrderStatus
WORKED_ON = {S.ASSIGNED, S.IN_PROGRESS, S.DELIVERED, S.CHANGES_REQUESTED, S.COMPLETED}
MOVES: dict[str, Callable[[Order, Party, Any], object]] = {
    "accept": lambda order, by, now: order.assign(order.seller, by, now),
    "start": Order.start,
    "deliver": Order.deliver,
    "request_changes": lambda order, by, now: order.request_changes(by, now, "Blue, please"),
    "complete": Order.complete,
    "cancel": lambda order, by, now: order.cancel(by, now, None),
    "dispute": lambda order, by, now: order.dispute(by, now, "Broken"),
}


class LifeOfAnOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.order = a_placed_order()
        self.order.pull_events()
        self.now = NOON
        self.parties = {
            OrderRole.BUYER: Party(OrderRole.BUYER, self.order.buyer),
            OrderRole.SELLER: Party(OrderRole.SELLER, self.order.seller),
            OrderRole.MODERATOR: Party(OrderRole.MODERATOR, a_user_id()), OrderRole.SYSTEM: SYSTEM,
        }  # fmt: skip
        self.events: list[Any] = []

    def attempt(self, move: Callable[[], object]) -> bool:
        """A use case throws the order away when its move is refused."""
        before = (self.order.status, self.order.payment_status)
        steps, shown = len(self.order.steps), vars_of(self.order)
        try:
            move()
        except DomainError:
            for name, value in shown.items():
                setattr(self.order, name, value)
            del self.order.steps[steps:]
            self.order.pull_events()
            assert (self.order.status, self.order.payment_status) == before
            return False
        self.events += self.order.pull_events()
        return True

    @rule(is_service=st.booleans())
    def it_is_a_service(self, is_service: bool) -> None:
        if not self.order.steps:
            self.order.is_service = is_service

    @rule(hours=st.integers(1, 24 * 8))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def the_buyer_pays(self) -> None:
        was = self.order.status
        if self.attempt(lambda: self.order.require_payable(self.now)):
            assert self.attempt(lambda: self.order.pay(self.now))
            assert self.order.status is (S.PAID if was is S.AWAITING_PAYMENT else was)

    @rule(move=st.sampled_from(sorted(MOVES)), role=st.sampled_from(OrderRole))
    def somebody_moves(self, move: str, role: OrderRole) -> None:
        self.attempt(lambda: MOVES[move](self.order, self.parties[role], self.now))

    @rule(
        by=st.sampled_from([OrderRole.BUYER, OrderRole.MODERATOR, OrderRole.SYSTEM]),
        to=st.sampled_from([None, S.COMPLETED, S.CANCELLED]),
    )
    def the_dispute_ends(self, by: OrderRole, to: OrderStatus | None) -> None:
        before = self.order.before_dispute
        if self.order.status is S.DISPUTED and self.attempt(
            lambda: self.order.end_dispute(to, self.parties[by], self.now, None)
        ):
            assert self.order.status is (to or before)
            assert self.order.before_dispute is None

    @rule()
    def deadlines_ring(self) -> None:
        due, completes = self.order.payment_due_at, self.order.completes_at
        if self.order.expire(self.now):
            assert due <= self.now
        if self.order.complete_by_itself(self.now):
            assert completes is not None
            assert completes <= self.now
        self.events += self.order.pull_events()

    @invariant()
    def every_step_was_the_move_of_who_made_it(self) -> None:
        at = S.AWAITING_PAYMENT
        for step in self.order.steps:
            assert step.source is at
            assert step.by.role in ORDER_ACTORS[step.source, step.target]
            at = step.target
        assert self.order.status is at
        assert [step.at for step in self.order.steps] == sorted(step.at for step in self.order.steps)

    @invariant()
    def goods_are_worked_on_once_they_are_paid(self) -> None:
        if self.order.status in WORKED_ON and not self.order.is_service:
            assert self.order.is_paid
        assert (self.order.assignee is None) or any(step.target is S.ASSIGNED for step in self.order.steps)

    @invariant()
    def it_is_told_when_it_ends(self) -> None:
        completed = [step for step in self.order.steps if step.target is S.COMPLETED]
        assert sum(isinstance(one, OrderCompleted) for one in self.events) == len(completed)
        cancelled = [one for one in self.events if isinstance(one, OrderCancelled)]
        assert len(cancelled) == (self.order.status is S.CANCELLED)
        assert all(one.was_paid == self.order.is_paid for one in cancelled)
        assert self.order.changes_asked <= MOST_CHANGES

    @invariant()
    def a_dispute_is_opened_in_time(self) -> None:
        ended = self.order.completed_at
        for step in self.order.steps:
            if step.target is S.DISPUTED and step.source is S.COMPLETED and ended is not None:
                assert step.at <= ended + DISPUTE_WINDOW


def vars_of(order: Order) -> dict[str, Any]:
    names = ("status", "payment_status", "assignee", "changes_asked", "delivered_at", "completed_at", "before_dispute")
    return {name: getattr(order, name) for name in names}


TestLifeOfAnOrder = LifeOfAnOrder.TestCase
TestLifeOfAnOrder.settings = (
    settings()
    if settings.get_current_profile_name() == "prove"
    else settings(max_examples=200, stateful_step_count=30, deadline=None)
)


@pytest.mark.parametrize(("back", "status"), [(1, PaymentStatus.PARTIALLY_REFUNDED), (750, PaymentStatus.REFUNDED)])
def test_what_goes_back_is_told_by_the_payment_status(back: int, status: PaymentStatus) -> None:
    order = a_placed_order()
    order.pay(NOON)
    order.refund(aed(back))
    assert order.payment_status is status
