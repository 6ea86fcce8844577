from dataclasses import replace
from decimal import Decimal

import pytest

from marketplace.application.payments.refund_requests import ESCALATE_REFUND, Decision
from marketplace.application.payments.refunds import SEND_REFUND
from marketplace.application.payments.views import PaymentView, RefundDetails
from marketplace.application.shared.actor import MissingPermission, Permission, StepUpRequired
from marketplace.domain.payments.chargeback import ChargebackStage
from marketplace.domain.payments.ledger import AccountKind
from marketplace.domain.payments.payment import (
    Cause,
    CauseKind,
    PaymentNotFound,
    PaymentNotRefundable,
    PaymentState,
    RefundTooLarge,
)
from marketplace.domain.payments.refund import (
    ANSWER_TIME,
    AnswerMissing,
    IllegalRefundMove,
    OwnRefundRequest,
    RefundNotFound,
    RefundRequestOpen,
    RefundStatus,
    is_large,
)
from marketplace.domain.shared.ids import PaymentId
from marketplace.domain.shared.money import Money
from tests.builders.commerce import (
    BAD_CARD,
    GOOD_CARD,
    NOON,
    aed,
    an_actor,
    an_actor_who_may_not,
    new_id,
)
from tests.fakes.market import Market
from tests.fakes.refunds import RefundDesk

K = AccountKind
YES = Decision(approve=True)


@pytest.fixture
def market() -> Market:
    return Market()


@pytest.fixture
def desk(market: Market) -> RefundDesk:
    return RefundDesk(market)


async def paid(market: Market) -> PaymentView:
    return await market.pay_order(market.buyer, await market.ordered(), GOOD_CARD)


async def asked(desk: RefundDesk, amount: str | None = "300") -> RefundDetails:
    payment = await paid(desk.market)
    desk.market.forget_news()
    wish = Decimal(amount) if amount else None
    return await desk.ask(desk.market.buyer, payment.id, wish, "Arrived broken")


async def test_a_request_waits_for_the_seller(market: Market, desk: RefundDesk) -> None:
    before = desk.balances
    request = await asked(desk)
    assert (request.status, request.amount, request.fee_returned) == (RefundStatus.REQUESTED, Decimal("300.00"), None)
    assert (request.payer_id, request.payee_id) == (market.buyer.user, market.seller.user)
    assert market.rows.timers[ESCALATE_REFUND, request.id] == NOON + ANSWER_TIME
    assert market.news == ["payments.refund_requested"]
    assert not before
    assert desk.balances[K.SELLER_PENDING] == -71_250
    assert market.transaction.answer is request


async def test_what_the_seller_approves_is_sent_with_its_part_of_the_fee(market: Market, desk: RefundDesk) -> None:
    request = await asked(desk)
    decided = await desk.decide(market.seller, request.id, YES)
    assert (decided.status, decided.fee_returned) == (RefundStatus.PROCESSING, Decimal("15.00"))
    assert market.timers(SEND_REFUND) == [request.id]
    assert market.timers(ESCALATE_REFUND) == []
    await market.send_refund(request.id)
    assert desk.refund(request.id).status is RefundStatus.SUCCEEDED
    assert desk.balances == {K.PROVIDER_CLEARING: 45_000, K.SELLER_PENDING: -42_750, K.PLATFORM_FEES: -2_250}


async def test_all_that_is_left_is_asked_for_without_an_amount(market: Market, desk: RefundDesk) -> None:
    payment = await paid(market)
    await market.refund_payment(an_actor(), payment.id, Decimal("250"), "A part")
    order = Cause(CauseKind.ORDER, next(iter(market.rows.orders)))
    request = await desk.ask(market.buyer, order, None, "The rest too")
    assert request.amount == Decimal("500.00")


async def test_who_decides_may_give_less_and_no_more(market: Market, desk: RefundDesk) -> None:
    request = await asked(desk)
    with pytest.raises(RefundTooLarge):
        await desk.decide(market.seller, request.id, Decision(approve=True, amount=Decimal("300.01")))
    decided = await desk.decide(market.seller, request.id, Decision(True, Decimal("100"), "Only the lens was"))
    assert (decided.amount, decided.fee_returned, decided.answer) == (
        Decimal("100.00"), Decimal("5.00"), "Only the lens was",
    )  # fmt: skip


async def test_a_rejection_says_why_and_changes_no_books(market: Market, desk: RefundDesk) -> None:
    request = await asked(desk)
    before = desk.balances
    with pytest.raises(AnswerMissing):
        await desk.decide(market.seller, request.id, Decision(approve=False))
    market.forget_news()
    decided = await desk.decide(market.seller, request.id, Decision(approve=False, answer="It was in order"))
    assert (decided.status, decided.answer) == (RefundStatus.REJECTED, "It was in order")
    assert market.news == ["payments.refund_rejected"]
    assert desk.balances == before
    assert await desk.ask(market.buyer, decided.payment_id, None, "Look again")


async def test_one_request_at_a_time(market: Market, desk: RefundDesk) -> None:
    request = await asked(desk)
    with pytest.raises(RefundRequestOpen):
        await desk.ask(market.buyer, request.payment_id, Decimal(1), "And this")
    await desk.withdraw(market.buyer, request.id)
    assert market.timers(ESCALATE_REFUND) == []
    assert desk.refund(request.id).status is RefundStatus.CANCELLED
    assert await desk.ask(market.buyer, request.payment_id, Decimal(1), "And this")


async def test_only_what_was_paid_and_is_left(market: Market, desk: RefundDesk) -> None:
    payment = await paid(market)
    with pytest.raises(RefundTooLarge):
        await desk.ask(market.buyer, payment.id, Decimal("750.01"), "More")
    declined = await market.pay_order(market.buyer, await market.ordered(), BAD_CARD)
    with pytest.raises(PaymentNotRefundable):
        await desk.ask(market.buyer, declined.id, None, "Nothing came")
    await market.refund_payment(an_actor(), payment.id, None, "All of it")
    with pytest.raises(PaymentNotRefundable):
        await desk.ask(market.buyer, payment.id, None, "Again")


async def test_while_a_bank_holds_the_money_nothing_is_asked_for_or_given(market: Market, desk: RefundDesk) -> None:
    request = await asked(desk)
    await market.note_chargeback(request.payment_id, ChargebackStage.NEEDS_RESPONSE, aed(750))
    with pytest.raises(PaymentNotRefundable):
        await desk.decide(market.seller, request.id, YES)
    await desk.withdraw(market.buyer, request.id)
    with pytest.raises(PaymentNotRefundable):
        await desk.ask(market.buyer, request.payment_id, None, "Quick")
    await market.note_chargeback(request.payment_id, ChargebackStage.WON, aed(750))
    assert await desk.ask(market.buyer, request.payment_id, None, "Now")


async def test_a_payment_of_somebody_else_is_none(market: Market, desk: RefundDesk) -> None:
    payment = await paid(market)
    order = Cause(CauseKind.ORDER, next(iter(market.rows.orders)))
    for about in (payment.id, order, PaymentId(new_id()), Cause(CauseKind.ORDER, new_id())):
        for other in (market.stranger, market.seller):
            with pytest.raises(PaymentNotFound):
                await desk.ask(other, about, None, "Mine")
    with pytest.raises(MissingPermission):
        await desk.ask(an_actor_who_may_not(Permission.PAY_ORDERS, market.buyer.user), payment.id, None, "Mine")


async def test_only_seller_and_office_decide_and_only_the_buyer_withdraws(market: Market, desk: RefundDesk) -> None:
    request = await asked(desk)
    outsider = an_actor_who_may_not(Permission.REFUND)
    with pytest.raises(RefundNotFound):
        await desk.decide(outsider, request.id, YES)
    with pytest.raises(RefundNotFound):
        await desk.decide(an_actor_who_may_not(Permission.REFUND, market.buyer.user), request.id, YES)
    with pytest.raises(OwnRefundRequest):
        await desk.decide(market.buyer, request.id, YES)
    for other in (market.seller, market.stranger):
        with pytest.raises(RefundNotFound):
            await desk.withdraw(other, request.id)
    assert (await desk.decide(an_actor(), request.id, YES)).status is RefundStatus.PROCESSING
    with pytest.raises(IllegalRefundMove):
        await desk.decide(market.seller, request.id, YES)
    with pytest.raises(IllegalRefundMove):
        await desk.withdraw(market.buyer, request.id)


async def test_a_large_refund_by_the_office_needs_a_recent_proof(market: Market, desk: RefundDesk) -> None:
    listing = await market.listed(price=aed(1_200))
    deal = await market.accept_offer(market.seller, await market.offered(listing, amount=Decimal(1_000)))
    payment = await market.pay_order(market.buyer, deal.transaction_id, GOOD_CARD)
    assert [is_large(Money(minor, currency)) for minor, currency in (
        (99_999, "AED"), (100_000, "AED"), (39_999, "JPY"), (40_000, "JPY"), (999_999, "KWD"), (1_000_000, "KWD"),
    )] == [False, True, False, True, False, True]  # fmt: skip
    request = await desk.ask(market.buyer, payment.id, None, "All of it")
    office = an_actor()
    for step in (desk.decide(office, request.id, YES), market.refund_payment(office, payment.id, None, "All")):
        with pytest.raises(StepUpRequired):
            await step
    proven = replace(office, proven_at=NOON)
    assert (await desk.decide(proven, request.id, YES)).amount == Decimal("1000.00")


async def test_nobody_answers(market: Market, desk: RefundDesk) -> None:
    request = await asked(desk)
    market.clock.advance(ANSWER_TIME)
    market.forget_news()
    for _ in range(2):
        await desk.escalate(request.id)
    assert desk.refund(request.id).escalated_at == NOON + ANSWER_TIME
    assert market.news == ["payments.refund_escalated"]
    await desk.decide(market.seller, request.id, YES)
    await desk.escalate(request.id)


async def test_what_the_provider_refused_is_sent_again(market: Market, desk: RefundDesk) -> None:
    """Its books know of less than ours at first."""
    request = await asked(desk)
    market.gateway.amounts[request.payment_id] = aed(200)
    await desk.decide(market.seller, request.id, YES)
    market.forget_news()
    await market.send_refund(request.id)
    assert desk.refund(request.id).status is RefundStatus.FAILED
    assert market.news == ["payments.refund_failed"]
    assert desk.balances[K.REFUNDS_IN_TRANSIT] == -30_000

    market.gateway.amounts[request.payment_id] = aed(750)
    with pytest.raises(MissingPermission):
        await desk.retry(an_actor_who_may_not(Permission.REFUND), request.id)
    assert (await desk.retry(an_actor(), request.id)).refund.status is RefundStatus.SUCCEEDED
    assert K.REFUNDS_IN_TRANSIT not in desk.balances
    with pytest.raises(IllegalRefundMove):
        await desk.retry(an_actor(), request.id)
    assert market.rows.payments[request.payment_id].status is PaymentState.PARTIALLY_REFUNDED
