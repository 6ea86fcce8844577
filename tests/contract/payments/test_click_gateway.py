"""Click's Merchant API, which confirms what its SHOP-API said: spoken with a Click of our own on a port."""

from collections.abc import AsyncIterator

import pytest

from marketplace.adapters.egress import ProviderHttp
from marketplace.adapters.gateways.click import ClickGateway
from marketplace.adapters.gateways.click_api import ClickApi
from marketplace.adapters.sql.payments.click_transactions import SqlClickTransactions
from marketplace.adapters.sql.payments.payments import SqlPayments
from marketplace.adapters.sql.payments.refunds import SqlRefunds
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.ports import GatewaySilent, RefundOrder
from marketplace.domain.payments.click import ClickState, ClickTransaction
from marketplace.domain.payments.payment import PaymentState, Verdict
from marketplace.domain.payments.refund import Refund
from marketplace.domain.shared.ids import PaymentId, RefundId
from simulators.click import PAID, REVERSED, ClickMerchantApi, running
from tests.builders.commerce import NOON, a_payment, new_id
from tests.fakes.world import FixedClock

NUMBER = 99_001


@pytest.fixture
async def click() -> AsyncIterator[ClickMerchantApi]:
    async with running(ClickMerchantApi("secret", service_id="777", user_id="15")) as click:
        yield click


@pytest.fixture
async def gateway(click: ClickMerchantApi, pool: Pool) -> AsyncIterator[ClickGateway]:
    http, clock = ProviderHttp([click.origin]), FixedClock(NOON)
    api = ClickApi(http, clock, service_id="777", user_id="15", secret="secret", base=click.origin)
    yield ClickGateway(pool, clock, api, service_id="777", merchant_id="1", pay_url="https://my.click.uz/services/pay")
    await http.close()


@pytest.fixture
async def payment_id(pool: Pool) -> PaymentId:
    """Prepared by Click at 20:00 UTC, which is the next day in Tashkent."""
    transaction, payment = SqlTransaction(pool, {}), a_payment(status=PaymentState.CAPTURED)
    prepared = NOON.replace(hour=20)
    called = ClickTransaction(id=new_id().int % 2**62, payment_id=payment.id, paydoc_id=1, prepared_at=prepared)
    async with transaction:
        await SqlPayments(transaction).add(payment)
        await SqlClickTransactions(transaction).add(called)
        called.complete(prepared)
        await SqlClickTransactions(transaction).save(called)
    assert called.state is ClickState.COMPLETED
    return payment.id


async def a_refund(pool: Pool, payment_id: PaymentId) -> RefundOrder:
    transaction = SqlTransaction(pool, {})
    async with transaction:
        payment = await SqlPayments(transaction).lock(payment_id)
        refund = Refund(
            id=RefundId(new_id()), payment_id=payment_id, cause=payment.cause, payer=payment.payer,
            payee=payment.payee, amount=payment.amount, reason="Broken", requested_by=None, created_at=NOON,
        )  # fmt: skip
        await SqlRefunds(transaction).add(refund)
    return RefundOrder(refund_id=refund.id, payment_id=payment_id, reference=str(NUMBER), amount=refund.amount)


async def test_what_click_says_counts(gateway: ClickGateway, click: ClickMerchantApi, payment_id: PaymentId) -> None:
    click.payments[str(payment_id)] = (NUMBER, PAID)
    outcome = await gateway.resolve(payment_id, None, give_up=False)
    assert (outcome.verdict, outcome.reference) == (Verdict.CAPTURED, str(NUMBER))
    assert click.calls == [
        f"GET /payment/status_by_mti/777/{payment_id}/2030-01-02", f"GET /payment/status/777/{NUMBER}"
    ]  # fmt: skip
    click.payments[str(payment_id)] = (NUMBER, REVERSED)
    assert (await gateway.resolve(payment_id, str(NUMBER), give_up=False)).verdict is Verdict.FAILED


async def test_while_click_is_not_sure_nothing_is(
    gateway: ClickGateway, click: ClickMerchantApi, payment_id: PaymentId
) -> None:
    for status in (0, 1, None):
        if status is not None:
            click.payments[str(payment_id)] = (NUMBER, status)
        else:
            click.payments.clear()
        with pytest.raises(GatewaySilent):
            await gateway.resolve(payment_id, None, give_up=False)
        assert (await gateway.resolve(payment_id, None, give_up=True)).verdict is Verdict.FAILED
    click.is_silent = True
    with pytest.raises(GatewaySilent):
        await gateway.resolve(payment_id, None, give_up=True)


async def test_click_is_not_asked_of_what_it_never_began(gateway: ClickGateway, click: ClickMerchantApi) -> None:
    with pytest.raises(GatewaySilent):
        await gateway.resolve(PaymentId(new_id()), None, give_up=False)
    assert (await gateway.resolve(PaymentId(new_id()), None, give_up=True)).verdict is Verdict.FAILED
    assert click.calls == []


async def test_a_payment_is_reversed_once(
    gateway: ClickGateway, click: ClickMerchantApi, payment_id: PaymentId, pool: Pool
) -> None:
    click.payments[str(payment_id)] = (NUMBER, PAID)
    order = await a_refund(pool, payment_id)
    for _ in range(2):
        outcome = await gateway.refund(order)
        assert (outcome.succeeded, outcome.reference) == (True, str(NUMBER))
    assert click.calls == [f"DELETE /payment/reversal/777/{NUMBER}"]
    lines = await gateway.statement(NOON, NOON.replace(hour=23))
    assert [(line.kind, line.id) for line in lines if line.id in {payment_id, order.refund_id}] == [
        ("refund", order.refund_id), ("charge", payment_id),
    ]  # fmt: skip


async def test_a_reversal_whose_answer_was_lost_is_found_done(
    gateway: ClickGateway, click: ClickMerchantApi, payment_id: PaymentId, pool: Pool
) -> None:
    order = await a_refund(pool, payment_id)
    click.payments[str(payment_id)] = (NUMBER, PAID)
    click.is_silent = True
    with pytest.raises(GatewaySilent):
        await gateway.refund(order)
    click.is_silent = False
    click.payments[str(payment_id)] = (NUMBER, REVERSED)
    assert (await gateway.refund(order)).succeeded


async def test_a_reversal_that_click_refuses_fails(
    gateway: ClickGateway, click: ClickMerchantApi, payment_id: PaymentId, pool: Pool
) -> None:
    click.payments[str(payment_id)] = (NUMBER, PAID)
    click.refuses_reversals = True
    outcome = await gateway.refund(await a_refund(pool, payment_id))
    assert (outcome.succeeded, outcome.message) == (False, "Click: Cannot be reversed")
