"""Payme and Click on a real database: duplicates at once, a process that dies, links, and who cannot be asked."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from dishka import Provider, Scope, provide

from marketplace.adapters.sql.payments.provider_calls import SqlProviderCalls
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.click import AnswerClick
from marketplace.application.payments.click_protocol import ClickTerms
from marketplace.application.payments.payme import AnswerPayme
from marketplace.application.payments.payme_protocol import ACCOUNT, PaymeTerms
from marketplace.application.payments.payments import AskGateway, Means, Pay
from marketplace.application.payments.ports import Gateways
from marketplace.application.payments.provider_ports import Call, ProviderCall, ProviderCalls
from marketplace.domain.ordering.order import PAYMENT_TIME
from marketplace.domain.payments.click import signature
from marketplace.domain.payments.payme import LIFETIME_MS, milliseconds
from marketplace.domain.payments.payment import Cause, CauseKind, PaymentMethod, PaymentMethodUnavailable
from marketplace.domain.shared.ids import OrderId, PaymentId
from marketplace.domain.shared.money import Money
from tests.builders.commerce import an_actor, new_id
from tests.engines import Database
from tests.fakes.local_market import FORM, basic
from tests.integration.commerce.market import SqlMarket, a_market, add_user

AT_ONCE = 32
PRICE = Decimal("750000.00")


class Crash(BaseException):
    """What the dying process does not survive."""


class DyingCalls(SqlProviderCalls):
    is_dying = False

    async def add(self, call: ProviderCall) -> None:
        """The last thing before the commit."""
        await super().add(call)
        if DyingCalls.is_dying:
            raise Crash


class Dying(Provider):
    @provide(scope=Scope.REQUEST, override=True)
    def calls(self, transaction: SqlTransaction) -> ProviderCalls:
        return DyingCalls(transaction)


@pytest.fixture
async def market(database: Database) -> AsyncIterator[SqlMarket]:
    DyingCalls.is_dying = False
    async with a_market(database, Dying(), connections=AT_ONCE) as market:
        yield market


async def an_order(market: SqlMarket, currency: str = "UZS") -> OrderId:
    listing = await market.listed(price=Money.price(PRICE, currency))
    return await market.accepted(await market.offered(listing, amount=PRICE))


async def awaiting(market: SqlMarket, method: PaymentMethod) -> PaymentId:
    cause = Cause(CauseKind.ORDER, await an_order(market))
    payment_id: PaymentId = (await market.run(Pay, market.buyer, cause, Means(method))).id
    return payment_id


async def payme(market: SqlMarket, method: str, **params: Any) -> bytes:
    terms = await market.container.get(PaymeTerms)
    body = json.dumps({"id": 1, "method": method, "params": params}).encode()
    headers = {"authorization": basic(terms.keys[0])}
    answer: bytes = await market.run(AnswerPayme, Call(method="POST", headers=headers, body=body, address=""))
    return answer


def begun(market: SqlMarket, payment_id: PaymentId, id_: str) -> dict[str, Any]:
    minor = int(PRICE * 100)
    return {"id": id_, "time": milliseconds(market.clock.now()), "amount": minor, "account": {ACCOUNT: str(payment_id)}}


async def click(market: SqlMarket, action: str, payment_id: PaymentId, **changes: Any) -> Any:
    terms = await market.container.get(ClickTerms)
    number = payment_id.int % 2**62
    given = {
        "click_trans_id": number, "service_id": terms.service_id, "click_paydoc_id": number, "error": 0,
        "merchant_trans_id": payment_id, "amount": PRICE, "action": action, "error_note": "",
        "sign_time": "2030-01-01 17:00:00", **changes,
    }  # fmt: skip
    fields = {name: str(value) for name, value in given.items()}
    body = urlencode({**fields, "sign_string": signature(fields, terms.secret)}).encode()
    call = Call(method="POST", headers={"content-type": FORM}, body=body, address="")
    return json.loads(await market.run(AnswerClick, action, call))


async def status(market: SqlMarket, payment_id: PaymentId) -> str:
    return str(await market.value("SELECT status FROM payments.payments WHERE id = $1", payment_id))


async def captures(market: SqlMarket, payment_id: PaymentId) -> int:
    statement = "SELECT count(*) FROM payments.ledger_transactions WHERE kind = 'payment_captured' AND source_id = $1"
    return int(await market.value(statement, payment_id))


async def test_duplicates_of_payme_at_once_have_one_effect_and_one_answer(market: SqlMarket) -> None:
    payment_id, id_ = await awaiting(market, PaymentMethod.PAYME), new_id().hex[-24:]
    asked = begun(market, payment_id, id_)
    for method, params in (
        ("CreateTransaction", asked), ("PerformTransaction", {"id": id_}),
        ("CancelTransaction", {"id": id_, "reason": 5}),
    ):  # fmt: skip
        answers = set(await asyncio.gather(*(payme(market, method, **params) for _ in range(AT_ONCE))))
        assert len(answers) == 1, answers
        assert b'"result"' in answers.pop()
        market.clock.advance(timedelta(seconds=1))
    assert await status(market, payment_id) == "refunded"
    assert await captures(market, payment_id) == 1
    await market.books_are_right()


async def test_payments_and_reversals_at_once_do_not_wait_for_each_other(market: SqlMarket, database: Database) -> None:
    """Both touch the clearing and the fees: taken in two orders, they would be a deadlock."""
    other = replace(market, seller=an_actor())
    await add_user(database, other.seller.user, f"s{other.seller.user.hex[:20]}")
    paid = [await awaiting(market, PaymentMethod.CLICK) for _ in range(AT_ONCE // 2)]
    open_ = [await awaiting(other, PaymentMethod.CLICK) for _ in range(AT_ONCE // 2)]
    numbers = {one: (await click(market, "0", one))["merchant_prepare_id"] for one in (*paid, *open_)}
    for one in paid:
        await click(market, "1", one, merchant_prepare_id=numbers[one])
    answers = await asyncio.gather(*(
        click(market, "1", one, merchant_prepare_id=numbers[one], error=-5017 if one in paid else 0)
        for pair in zip(paid, open_, strict=True) for one in pair
    ))  # fmt: skip
    assert [one["error"] for one in answers] == [-9, 0] * (AT_ONCE // 2)
    await market.books_are_right()


async def test_of_many_transactions_for_one_payment_one_is_begun(market: SqlMarket) -> None:
    payment_id = await awaiting(market, PaymentMethod.PAYME)
    ids = [new_id().hex[-24:] for _ in range(AT_ONCE)]
    answers = await asyncio.gather(
        *(payme(market, "CreateTransaction", **begun(market, payment_id, id_)) for id_ in ids)
    )
    codes = [json.loads(one).get("error", {}).get("code", 0) for one in answers]
    assert sorted(codes) == [-31051] * (AT_ONCE - 1) + [0]


async def test_duplicates_of_click_at_once_have_one_effect(market: SqlMarket) -> None:
    payment_id = await awaiting(market, PaymentMethod.CLICK)
    prepared = await asyncio.gather(*(click(market, "0", payment_id) for _ in range(AT_ONCE)))
    assert all(one == prepared[0] for one in prepared)
    number = prepared[0]["merchant_prepare_id"]
    completed = await asyncio.gather(
        *(click(market, "1", payment_id, merchant_prepare_id=number) for _ in range(AT_ONCE))
    )
    assert sorted(one["error"] for one in completed) == [-4] * (AT_ONCE - 1) + [0]
    assert (await status(market, payment_id), await captures(market, payment_id)) == ("captured", 1)
    await market.books_are_right()


@pytest.mark.parametrize("method", ["CreateTransaction", "PerformTransaction", "CancelTransaction"])
async def test_a_call_that_a_crash_cut_off_is_as_if_it_never_came(market: SqlMarket, method: str) -> None:
    payment_id, id_ = await awaiting(market, PaymentMethod.PAYME), new_id().hex[-24:]
    calls = {
        "CreateTransaction": begun(market, payment_id, id_), "PerformTransaction": {"id": id_},
        "CancelTransaction": {"id": id_, "reason": 5},
    }  # fmt: skip
    for name, params in calls.items():
        if name == method:
            before = await rows_of_payment(market, payment_id)
            DyingCalls.is_dying = True
            with pytest.raises(Crash):
                await payme(market, name, **params)
            DyingCalls.is_dying = False
            assert await rows_of_payment(market, payment_id) == before
        first = await payme(market, name, **params)
        assert await payme(market, name, **params) == first, "what was committed is answered again"
    assert await status(market, payment_id) == "refunded"
    await market.books_are_right()


async def rows_of_payment(market: SqlMarket, payment_id: PaymentId) -> list[Any]:
    return [
        await market.all("SELECT * FROM payments.payments WHERE id = $1", payment_id),
        await market.all("SELECT * FROM payments.payme_transactions WHERE payment_id = $1", payment_id),
        await market.all("SELECT * FROM payments.ledger_transactions WHERE about_id = $1", payment_id),
    ]


async def test_links_name_the_payment_and_its_exact_amount(market: SqlMarket) -> None:
    order = await an_order(market)
    by_payme = await market.run(Pay, market.buyer, Cause(CauseKind.ORDER, order), Means(PaymentMethod.PAYME))
    assert (by_payme.status, by_payme.transaction_id) == ("pending", None)
    origin, _, link = by_payme.checkout_url.rpartition("/")
    assert origin == "https://test.paycom.uz"
    fields = dict(part.split("=", 1) for part in base64.b64decode(link).decode().split(";"))
    assert fields["ac.order_id"] == str(by_payme.id)
    assert (fields["m"], fields["a"]) == ("development", "75000000")
    assert fields["c"].endswith(f"/payments/{by_payme.id}")
    order = await an_order(market)
    by_click = await market.run(Pay, market.buyer, Cause(CauseKind.ORDER, order), Means(PaymentMethod.CLICK))
    page = urlsplit(by_click.checkout_url)
    asked = {name: values[0] for name, values in parse_qs(page.query).items()}
    assert (page.hostname, page.path) == ("my.click.uz", "/services/pay/")
    assert (asked["amount"], asked["transaction_param"]) == ("750000.00", str(by_click.id))


@pytest.mark.parametrize("method", [PaymentMethod.PAYME, PaymentMethod.CLICK])
async def test_only_so_m_is_taken_and_nothing_is_stored_of_the_rest(market: SqlMarket, method: PaymentMethod) -> None:
    order = await an_order(market, "AED")
    with pytest.raises(PaymentMethodUnavailable) as refused:
        await market.run(Pay, market.buyer, Cause(CauseKind.ORDER, order), Means(method))
    assert refused.value.field == "payment_method"
    assert await market.all("SELECT FROM payments.payments WHERE cause_id = $1", order) == []


@pytest.mark.parametrize("method", [PaymentMethod.PAYME, PaymentMethod.CLICK])
async def test_a_payment_that_nobody_began_is_given_up_in_time(market: SqlMarket, method: PaymentMethod) -> None:
    payment_id = await awaiting(market, method)
    await market.run(AskGateway, payment_id)
    assert await status(market, payment_id) == "requires_action"
    market.clock.advance(PAYMENT_TIME)
    await market.run(AskGateway, payment_id)
    assert await status(market, payment_id) == "failed"
    if method is PaymentMethod.PAYME:
        late = await payme(market, "CreateTransaction", **begun(market, payment_id, new_id().hex[-24:]))
        assert json.loads(late)["error"]["code"] == -31052
    else:
        assert (await click(market, "0", payment_id))["error"] == -9


async def test_what_payme_began_holds_the_payment_for_twelve_hours(market: SqlMarket) -> None:
    payment_id, id_ = await awaiting(market, PaymentMethod.PAYME), new_id().hex[-24:]
    market.clock.advance(PAYMENT_TIME - timedelta(hours=1))
    await payme(market, "CreateTransaction", **begun(market, payment_id, id_))
    market.clock.advance(timedelta(milliseconds=LIFETIME_MS - 1))
    await market.run(AskGateway, payment_id)
    assert await status(market, payment_id) == "requires_action"
    market.clock.advance(timedelta(milliseconds=1))
    await market.run(AskGateway, payment_id)
    assert await status(market, payment_id) == "failed"
    checked = json.loads(await payme(market, "CheckTransaction", id=id_))["result"]
    assert (checked["state"], checked["reason"]) == (-1, 4)


@pytest.mark.parametrize("method", [PaymentMethod.PAYME, PaymentMethod.CLICK])
async def test_the_statement_of_a_gateway_has_what_came_and_went_back(market: SqlMarket, method: PaymentMethod) -> None:
    payment_id, id_ = await awaiting(market, method), new_id().hex[-24:]
    start = market.clock.now()
    await played(market, method, payment_id, id_)
    gateway = (await market.container.get(Gateways)).gateway(method.value)
    lines = await gateway.statement(start, start + timedelta(seconds=1))
    mine = [line for line in lines if line.reference in {id_, str(payment_id.int % 2**62)}]
    refund = await market.value("SELECT id FROM payments.refunds WHERE payment_id = $1", payment_id)
    assert [(line.kind, line.id, line.amount.decimal) for line in mine] == [
        ("charge", payment_id, PRICE), ("refund", refund, PRICE),
    ]  # fmt: skip


async def played(market: SqlMarket, method: PaymentMethod, payment_id: PaymentId, id_: str) -> None:
    """Paid and taken back, within half a second."""
    if method is PaymentMethod.PAYME:
        await payme(market, "CreateTransaction", **begun(market, payment_id, id_))
        await payme(market, "PerformTransaction", id=id_)
        market.clock.advance(timedelta(milliseconds=500))
        await payme(market, "CancelTransaction", id=id_, reason=5)
        return
    number = (await click(market, "0", payment_id))["merchant_prepare_id"]
    await click(market, "1", payment_id, merchant_prepare_id=number)
    market.clock.advance(timedelta(milliseconds=500))
    await click(market, "1", payment_id, merchant_prepare_id=number, error=-5017)
