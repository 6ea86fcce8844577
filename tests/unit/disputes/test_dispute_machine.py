"""Buyer, seller, moderator, bank and timers do whatever they like: the money of an order is frozen exactly while it is
disputed, goes where the ruling says, and the order ends in a legal state."""

import asyncio
import itertools
from collections.abc import Coroutine
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from marketplace.application.disputes.disputes import Wish
from marketplace.application.ordering.life import Move
from marketplace.application.shared.actor import Actor
from marketplace.domain.disputes.moves import DISPUTE_MOVES, LIVE, DisputeId, DisputeOutcome, DisputeStatus
from marketplace.domain.ordering.events import OrderCancelled, OrderCompleted
from marketplace.domain.ordering.moves import ORDER_MOVES, OrderStatus
from marketplace.domain.ordering.order import Order
from marketplace.domain.payments.chargeback import ChargebackStage
from marketplace.domain.payments.ledger import AccountKind
from marketplace.domain.payments.payment import Cause, CauseKind
from marketplace.domain.shared.errors import DomainError
from marketplace.domain.shared.ids import OrderId
from tests.unit.disputes.court import Court

WISHES = st.one_of(
    st.sampled_from([Wish(DisputeOutcome.BUYER), Wish(DisputeOutcome.SELLER)]),
    st.builds(
        Wish,
        st.just(DisputeOutcome.SPLIT),
        st.sampled_from([Decimal(1), Decimal(300), Decimal("749.99"), Decimal(750)]),
    ),
)
PERSON = st.sampled_from(["buyer", "seller", "moderator"])
STEPS: dict[str, Move] = {"start": Order.start, "deliver": Order.deliver, "complete": Order.complete}


def is_disputed(machine: "Disputing") -> bool:
    return machine.dispute_id is not None


class Disputing(RuleBasedStateMachine):
    @initialize(
        progress=st.sampled_from([(), ("deliver",), ("deliver", "complete")]),
        opener=st.sampled_from(["buyer", "seller", None]),
    )
    def pay(self, progress: tuple[str, ...], opener: str | None) -> None:
        self.court = Court()
        self.order_id: OrderId = self.now(self.court.paid())
        self.dispute_id: DisputeId | None = None
        self.lost = False
        self.court.forget_news()
        for step in progress:
            self.go_on(step)
        if opener:
            self.open(opener, Wish(DisputeOutcome.BUYER))

    def now(self, doing: Coroutine[object, object, Any]) -> Any:
        return asyncio.run(doing)

    def attempt(self, doing: Coroutine[object, object, Any]) -> Any:
        """None where it was refused; what happened has its reactions."""
        try:
            return self.now(doing)
        except DomainError:
            return None
        finally:
            self.react()

    def react(self) -> None:
        """As the worker does. A completion is noted once more later: see `late_news`."""
        for event in self.court.rows.events:
            if isinstance(event, OrderCompleted):
                self.now(self.court.release_earnings(Cause(CauseKind.ORDER, self.order_id)))
            if isinstance(event, OrderCancelled):
                self.now(self.court.refund_cancelled(Cause(CauseKind.ORDER, self.order_id), "Cancelled"))
        self.court.forget_news()

    @property
    def dispute_or_none(self) -> DisputeStatus | None:
        return None if self.dispute_id is None else self.court.dispute(self.dispute_id).status

    @property
    def disputed(self) -> DisputeId:
        assert self.dispute_id is not None
        return self.dispute_id

    def actor(self, person: str) -> Actor:
        found: Actor = getattr(self.court, person)
        return found

    @rule(hours=st.sampled_from([1, 71, 80, 340]))
    def wait(self, hours: int) -> None:
        self.court.clock.advance(timedelta(hours=hours))

    @rule(step=st.sampled_from(sorted(STEPS)))
    def go_on(self, step: str) -> None:
        actor = self.court.buyer if step == "complete" else self.court.seller
        self.attempt(self.court.move(self.order_id, STEPS[step], actor))

    @rule(person=PERSON, wish=WISHES)
    def open(self, person: str, wish: Wish) -> None:
        opened = self.attempt(self.court.opened(self.order_id, actor=self.actor(person), wanted=wish))
        self.dispute_id = opened or self.dispute_id

    @rule(person=PERSON, wish=st.none() | WISHES, number=st.none() | st.integers(1, 4))
    @precondition(is_disputed)
    def respond(self, person: str, wish: Wish | None, number: int | None) -> None:
        self.attempt(self.court.respond(self.actor(person), self.disputed, "No.", wish, number))

    @rule(person=PERSON, wish=st.none() | WISHES)
    @precondition(is_disputed)
    def write(self, person: str, wish: Wish | None) -> None:
        self.attempt(self.court.write(self.actor(person), self.disputed, "But.", wish))

    @rule(person=PERSON, number=st.integers(1, 4))
    @precondition(is_disputed)
    def accept(self, person: str, number: int) -> None:
        self.attempt(self.court.accept(self.actor(person), self.disputed, number))

    @rule(person=PERSON, withdraws=st.booleans())
    @precondition(is_disputed)
    def give_up_or_insist(self, person: str, withdraws: bool) -> None:
        use_case = self.court.withdraw if withdraws else self.court.escalate
        self.attempt(use_case(self.actor(person), self.disputed))

    @rule(person=PERSON, wish=WISHES)
    @precondition(is_disputed)
    def rule_on_it(self, person: str, wish: Wish) -> None:
        before = self.court.payment_of(self.order_id)
        done = self.attempt(self.court.resolve(self.actor(person), self.disputed, wish, "Clear."))
        if done is None:
            return
        assert person == "moderator", "no party decides"
        back = before.refundable.minor - self.court.payment_of(self.order_id).refundable.minor
        asked = {DisputeOutcome.BUYER: before.refundable.minor, DisputeOutcome.SELLER: 0}
        wanted = asked.get(wish.outcome, int((wish.amount or 0) * 100))
        assert back == (0 if self.lost else wanted), "what the bank took is not sent back once more"

    @rule()
    def late_news(self) -> None:
        """An older completion is noted only now."""
        if self.court.order(self.order_id).completed_at:
            self.attempt(self.court.release_earnings(Cause(CauseKind.ORDER, self.order_id)))

    @rule()
    @precondition(is_disputed)
    def end_the_time_to_answer(self) -> None:
        self.attempt(self.court.lapse(self.disputed))

    @rule()
    def end_the_time_to_complete(self) -> None:
        self.attempt(self.court.auto_complete(self.order_id))

    @rule()
    def end_the_hold(self) -> None:
        """Also by a timer that was taken before it was cleared."""
        if self.court.order(self.order_id).completed_at:
            self.attempt(self.court.settle_earnings(self.court.payment_of(self.order_id).id))

    @rule()
    def lose(self) -> None:
        payment = self.court.payment_of(self.order_id)
        if not self.lost:
            self.attempt(self.court.note_chargeback(payment.id, ChargebackStage.LOST, payment.amount))
            self.lost = True

    @rule()
    def hear_of_the_loss(self) -> None:
        if self.lost:
            refunds = len(self.court.rows.refunds)
            self.attempt(self.court.lose_to_bank(self.order_id))
            assert len(self.court.rows.refunds) == refunds, "the bank has paid it back already"
            assert self.dispute_or_none not in LIVE

    @invariant()
    def earnings_are_frozen_exactly_while_it_is_disputed(self) -> None:
        payment, order = self.court.payment_of(self.order_id), self.court.order(self.order_id)
        is_live = self.dispute_or_none in LIVE
        assert payment.is_frozen == is_live == (order.status is OrderStatus.DISPUTED)
        assert not (payment.is_settled and is_live)

    @invariant()
    def what_goes_back_was_paid(self) -> None:
        payment = self.court.payment_of(self.order_id)
        asked = sum(refund.amount.minor for refund in self.court.rows.refunds.values())
        assert 0 <= asked <= payment.amount.minor
        assert asked <= payment.back.amount.minor
        held, free = (self.court.balance(kind) for kind in (AccountKind.SELLER_PENDING, AccountKind.SELLER_PAYABLE))
        debt = self.court.balance(AccountKind.SELLER_RECEIVABLE)
        assert -(held + free + debt) == payment.earnings.minor
        assert -held == (0 if payment.is_settled else payment.earnings.minor)

    @invariant()
    def every_move_of_the_order_is_legal(self) -> None:
        steps = [step for order_id, step in self.court.rows.order_steps if order_id == self.order_id]
        assert all(step.target in ORDER_MOVES[step.source] for step in steps)
        assert all(one.target is two.source for one, two in itertools.pairwise(steps))

    @invariant()
    def messages_are_numbered_without_gaps(self) -> None:
        for dispute in self.court.rows.disputes.values():
            numbers = [message.number for dispute_id, message in self.court.rows.said if dispute_id == dispute.id]
            assert numbers == [*range(1, dispute.said + 1)]
            assert (dispute.ended_at is None) == bool(DISPUTE_MOVES[dispute.status])


TestDisputing = Disputing.TestCase
TestDisputing.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
