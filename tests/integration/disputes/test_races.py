"""Sides, moderators, banks and timers at the same moment: an order's money is frozen once and goes back once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from marketplace.application.disputes.disputes import (
    AcceptProposal,
    LapseResponse,
    OpenDispute,
    RespondToDispute,
    Wish,
    WithdrawDispute,
    WriteInDispute,
)
from marketplace.application.disputes.endings import LoseToBank
from marketplace.application.disputes.rulings import ResolveDispute
from marketplace.application.ordering.life import AutoCompleteOrder, MoveOrder
from marketplace.application.payments.chargebacks import NoteChargeback
from marketplace.application.payments.earnings import ReleaseEarnings, SettleEarnings
from marketplace.application.payments.refunds import RefundPayment
from marketplace.domain.disputes.dispute import RESPONSE_TIME
from marketplace.domain.disputes.moves import DisputeId, DisputeOutcome, DisputeReason
from marketplace.domain.ordering.order import AUTO_COMPLETE, Order
from marketplace.domain.payments.chargeback import ChargebackStage
from marketplace.domain.payments.payment import Cause, CauseKind
from marketplace.domain.shared.errors import Conflict, Invalid
from marketplace.domain.shared.ids import OrderId, PaymentId
from tests.builders.commerce import NOON, aed, an_actor
from tests.engines import Database
from tests.integration.commerce.market import SqlMarket, a_market
from tests.integration.races import outcomes

ALL, HALF = Wish(DisputeOutcome.BUYER), Wish(DisputeOutcome.SPLIT, Decimal(375))
ROUNDS = 2


@dataclass
class Case:
    market: SqlMarket
    order: OrderId
    payment: PaymentId
    dispute: DisputeId

    async def row(self) -> tuple[Any, ...]:
        """The order, the dispute, whether the payment is settled and frozen, the sums promised back."""
        return tuple(
            (
                await self.market.all(
                    "SELECT o.status, d.status, p.is_settled, p.is_frozen,"
                    " (SELECT coalesce(sum(amount_minor), 0)::int FROM payments.refunds WHERE payment_id = p.id)"
                    " FROM ordering.orders o JOIN payments.payments p ON p.cause_id = o.id"
                    " LEFT JOIN disputes.disputes d ON d.order_id = o.id WHERE o.id = $1",
                    self.order,
                )
            )[0]
        )


@pytest.fixture
async def market(database: Database) -> AsyncIterator[SqlMarket]:
    async with a_market(database) as market:
        yield market


async def delivered(market: SqlMarket) -> Case:
    market.clock.at = NOON
    order = await market.ordered()
    payment = (await market.pay(order)).id
    await market.run(MoveOrder, market.seller, order, Order.deliver)
    return Case(market, order, payment, DisputeId(UUID(int=0)))


async def opened(market: SqlMarket, *, answered: bool = True) -> Case:
    case = await delivered(market)
    case.dispute = (await market.run(OpenDispute, market.buyer, case.order, DisputeReason.OTHER, "Empty.", HALF)).id
    if answered:
        await market.run(RespondToDispute, market.seller, case.dispute, "Full.", None, None)
    return case


def refused(results: list[Any]) -> list[Any]:
    return [one for one in results if isinstance(one, BaseException)]


async def test_opening_against_completion_and_settling(market: SqlMarket) -> None:
    for _ in range(ROUNDS):
        case = await delivered(market)
        market.clock.at = NOON + AUTO_COMPLETE
        cause = Cause(CauseKind.ORDER, case.order)
        opening = market.run(OpenDispute, market.buyer, case.order, DisputeReason.LATE, "Late.", ALL)
        results = await outcomes(
            opening, market.run(AutoCompleteOrder, case.order), market.run(ReleaseEarnings, cause),
            market.run(OpenDispute, market.seller, case.order, DisputeReason.PAYMENT, "He lies.", ALL),
        )  # fmt: skip
        assert [type(one).__name__ for one in refused(results)] == ["DisputeAlreadyOpen"]
        await market.run(SettleEarnings, case.payment)
        assert (await case.row())[:4] == ("disputed", "awaiting_response", False, True)
    await market.books_are_right()


async def test_opening_against_the_settling_of_a_completed_order(market: SqlMarket) -> None:
    for _ in range(ROUNDS):
        case = await delivered(market)
        await market.run(MoveOrder, market.buyer, case.order, Order.complete)
        market.clock.at = NOON + timedelta(days=4)
        opening = market.run(OpenDispute, market.buyer, case.order, DisputeReason.DAMAGED, "Broken.", ALL)
        assert not refused(await outcomes(market.run(SettleEarnings, case.payment), opening))
        assert (await case.row())[:4] == ("disputed", "awaiting_response", False, True)
        held = await market.value(
            "SELECT sum(e.minor)::int FROM payments.ledger_entries e JOIN payments.ledger_accounts a"
            " ON a.id = e.account_id JOIN payments.ledger_transactions t ON t.id = e.transaction_id"
            " WHERE a.kind = 'seller_pending' AND t.about_id = $1",
            case.payment,
        )
        assert held == -71_250
    await market.books_are_right()


async def test_two_rulings_an_agreement_and_a_withdrawal_at_once(market: SqlMarket) -> None:
    for _ in range(ROUNDS):
        case = await opened(market)
        moderators = [an_actor(), an_actor()]
        results = await outcomes(
            market.run(ResolveDispute, moderators[0], case.dispute, ALL, "All."),
            market.run(ResolveDispute, moderators[1], case.dispute, Wish(DisputeOutcome.SELLER), "None."),
            market.run(AcceptProposal, market.seller, case.dispute, 1),
            market.run(WithdrawDispute, market.buyer, case.dispute),
        )
        assert all(isinstance(one, Conflict) for one in refused(results)), results
        (done,) = [one for one in results if not isinstance(one, BaseException)]
        order, status, _, is_frozen, back = await case.row()
        expected = {"resolved_buyer": 75_000, "resolved_seller": 0, "resolved_split": 37_500, "withdrawn": 0}
        assert (done.status, back, is_frozen) == (status, expected[status], False)
        assert order == ("delivered" if status == "withdrawn" else "completed")
    await market.books_are_right()


async def test_a_ruling_against_a_lost_chargeback_and_a_refund(market: SqlMarket) -> None:
    for _ in range(ROUNDS):
        case = await opened(market)
        results = await outcomes(
            market.run(ResolveDispute, an_actor(), case.dispute, HALF, "Half."),
            market.run(NoteChargeback, case.payment, ChargebackStage.LOST, aed(750)),
            market.run(RefundPayment, an_actor(), case.payment, Decimal(500), "Sorry."),
        )
        assert all(isinstance(one, (Conflict, Invalid)) for one in refused(results)), results
        await market.run(LoseToBank, case.order)
        await market.run(LoseToBank, case.order)
        order, status, _, is_frozen, back = await case.row()
        assert (order, is_frozen) == ("completed", False)
        assert status in {"resolved_split", "resolved_buyer"}
        assert back <= 75_000
    await market.books_are_right()


async def test_an_answer_and_the_end_of_its_time(market: SqlMarket) -> None:
    for turn in range(ROUNDS):
        case = await opened(market, answered=False)
        market.clock.at = NOON + RESPONSE_TIME - timedelta(microseconds=turn % 2)
        answer, *_ = await outcomes(
            market.run(RespondToDispute, market.seller, case.dispute, "Full.", None, None),
            market.run(LapseResponse, case.dispute), market.run(LapseResponse, case.dispute),
        )  # fmt: skip
        assert isinstance(answer, Conflict) if turn % 2 == 0 else answer.status == "under_review"
        assert (await case.row())[1] == "under_review"


async def test_messages_at_once_have_numbers_without_gaps(market: SqlMarket) -> None:
    case = await opened(market)
    people = [market.buyer, market.seller, an_actor()] * 3
    results = await outcomes(*(market.run(WriteInDispute, one, case.dispute, "And.", None) for one in people))
    assert sorted(one.number for one in results) == [*range(3, 12)]
