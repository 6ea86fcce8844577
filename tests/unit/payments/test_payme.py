"""The 60 cases of Payme's Merchant API (W3), and what they leave in the books."""

import json
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from marketplace.application.payments.payme_protocol import BUSY_ACCOUNT, WORDS, PaymeTerms
from marketplace.application.payments.payments import ASK_GATEWAY
from marketplace.domain.ordering.moves import OrderStatus
from marketplace.domain.ordering.order import PAYMENT_TIME, PaymentStatus
from marketplace.domain.payments.ledger import AccountKind
from marketplace.domain.payments.payme import LIFETIME_MS, PaymeState
from marketplace.domain.payments.payment import PartialRefundUnavailable, PaymentMethod, PaymentState
from marketplace.domain.payments.refund import RefundStatus
from marketplace.domain.shared.ids import OrderId, PaymentId
from tests.builders.commerce import an_actor, new_id
from tests.fakes.local_market import KEY, TIYIN, LocalMarket, a_payme_call, basic
from tests.fakes.world import entries_of

ID, OTHER_ID = "5305e3bab097f420a62ced0b", "5305e3bab097f420a62ced0c"
STATEFUL = ("PerformTransaction", "CancelTransaction", "CheckTransaction", "SetFiscalData")


@pytest.fixture
def market() -> LocalMarket:
    return LocalMarket()


@pytest.fixture
async def awaited(market: LocalMarket) -> PaymentId:
    return await market.awaiting(PaymentMethod.PAYME)


def params_of(method: str, payment_id: PaymentId, now: int) -> dict[str, Any]:
    account = {"amount": TIYIN, "account": {"order_id": str(payment_id)}}
    params: dict[str, dict[str, Any]] = {
        "CheckPerformTransaction": account,
        "CreateTransaction": {"id": ID, "time": now, **account},
        "PerformTransaction": {"id": ID},
        "CancelTransaction": {"id": ID, "reason": 5},
        "CheckTransaction": {"id": ID},
        "GetStatement": {"from": now - 1, "to": now + 1},
        "SetFiscalData": {"id": ID, "type": "PERFORM", "fiscal_data": {"receipt_id": 121}},
    }  # fmt: skip
    return params[method]


METHODS = (
    "CheckPerformTransaction", "CreateTransaction", "PerformTransaction", "CancelTransaction", "CheckTransaction",
    "GetStatement", "SetFiscalData",
)  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
async def test_each_method_refuses_who_is_not_payme(market: LocalMarket, awaited: PaymentId, method: str) -> None:
    near = LocalMarket(PaymeTerms(keys=(KEY,), networks=(ip_network("185.234.113.0/28"),)))
    body = json.dumps({"id": 7, "method": method, "params": params_of(method, awaited, market.now)}).encode()
    strangers: dict[str, Any]
    for strangers in (
        {"headers": {}}, {"headers": {"authorization": basic("wrong")}},
        {"headers": {"authorization": f"Bearer {KEY}"}}, {"headers": {"authorization": basic(KEY, "paycom")}},
        {"headers": {"authorization": basic(KEY) + "="}}, {"headers": {"authorization": "Basic й"}},
    ):  # fmt: skip
        answer = json.loads(await market.payme(a_payme_call(body=body, **strangers)))
        assert (answer["id"], answer["error"]["code"]) == (7, -32504)
    for address in ("185.234.112.1", "185.234.113.16", "::1", ""):
        assert json.loads(await near.payme(a_payme_call(body=body, address=address)))["error"]["code"] == -32504
    assert not market.rows.payme
    assert not market.rows.provider_calls, "what is not authentic is not kept"


@pytest.mark.parametrize("method", METHODS)
async def test_each_method_twice_is_answered_with_the_same_bytes(
    market: LocalMarket, awaited: PaymentId, method: str
) -> None:
    params = params_of(method, awaited, market.now)
    if method in STATEFUL:
        await market.create(awaited, ID)
    if method == "SetFiscalData":
        await market.rpc("PerformTransaction", id=ID)
    first = await market.call_payme(method, params)
    market.clock.advance(timedelta(minutes=3))
    assert await market.call_payme(method, params) == first
    assert "result" in json.loads(first)
    assert [call.answer for call in market.rows.provider_calls[-2:]] == [first.decode()] * 2


@pytest.mark.parametrize("method", METHODS)
async def test_each_method_wants_its_fields(market: LocalMarket, awaited: PaymentId, method: str) -> None:
    whole = params_of(method, awaited, market.now)
    for name in whole:
        without = {other: value for other, value in whole.items() if other != name}
        assert await market.rpc(method, **without) == -32600, name
        assert await market.rpc(method, **{**whole, name: None}) in {-32600, -31001}, name


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700), (b"{", -32700), (b"\xff\xfe", -32700), (b"[" * 100_000, -32600), (b"[]", -32600),
        (b"null", -32600), (b"{}", -32600), (b'{"id": 1, "params": {}}', -32600),
        (b'{"id": 1, "method": "CheckTransaction"}', -32600), (b'{"id": 1, "method": 5, "params": {}}', -32600),
        (b'[{"id": 1, "method": "CheckTransaction", "params": {"id": "5305e3bab097f420a62ced0b"}}]', -32600),
        (b'{"id": 1, "method": "ChangePassword", "params": {"password": "x"}}', -32601),
        (b'{"id": 1, "method": "checktransaction", "params": {}}', -32601),
        (b'{"id": 1, "method": "CheckTransaction", "params": []}', -32600),
        (b'{"id": 1, "method": "CheckTransaction", "params": {"id": "\\ud800"}}', -32700),
    ],
)  # fmt: skip
async def test_a_body_that_is_no_call_is_refused(market: LocalMarket, body: bytes, code: int) -> None:
    answer = json.loads(await market.payme(a_payme_call(body=body)))
    assert answer["error"]["code"] == code
    assert set(answer["error"]["message"]) == {"ru", "uz", "en"}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_only_post_is_a_call(market: LocalMarket, method: str) -> None:
    assert json.loads(await market.payme(a_payme_call(method=method)))["error"]["code"] == -32300


@pytest.mark.parametrize("id_", ["5", '"abc"', "-1.5e3", "12345678901234567890123", "null"])
async def test_the_id_of_a_call_comes_back_as_it_was(market: LocalMarket, id_: str) -> None:
    body = f'{{"id": {id_}, "method": "CheckTransaction", "params": {{"id": "{ID}"}}}}'.encode()
    assert f'"id":{id_},'.encode() in await market.payme(a_payme_call(body=body))


@pytest.mark.parametrize(
    "amount", [TIYIN - 1, TIYIN + 1, -TIYIN, 0, float(TIYIN), str(TIYIN), True, TIYIN / 100, [TIYIN]]
)
@pytest.mark.parametrize("method", ["CheckPerformTransaction", "CreateTransaction"])
async def test_only_the_amount_that_is_due_is_taken(
    market: LocalMarket, awaited: PaymentId, method: str, amount: Any
) -> None:
    params = {**params_of(method, awaited, market.now), "amount": amount}
    assert await market.rpc(method, **params) == -31001
    assert not market.rows.payme


@pytest.mark.parametrize("method", ["CheckPerformTransaction", "CreateTransaction"])
async def test_an_account_is_a_payment_that_waits_for_payme(
    market: LocalMarket, awaited: PaymentId, method: str
) -> None:
    of_click = await market.awaiting(PaymentMethod.CLICK)
    params = params_of(method, awaited, market.now)
    order_id: Any
    for order_id in (str(new_id()), str(of_click), str(awaited).upper(), f" {awaited}", "", "1", 1, None, [], {}):
        answer = json.loads(await market.call_payme(method, {**params, "account": {"order_id": order_id}}))
        assert answer["error"] == {"code": -31050, "message": WORDS[-31050], "data": "order_id"}
    assert await market.rpc(method, **{**params, "account": {}}) == -31050
    market.clock.advance(PAYMENT_TIME)
    late = params_of(method, awaited, market.now)
    assert await market.rpc(method, **late) == -31052


async def test_a_payment_has_one_transaction(market: LocalMarket, awaited: PaymentId) -> None:
    created = await market.create(awaited, ID)
    assert created == {"create_time": market.now, "transaction": str(awaited), "state": 1}
    assert await market.create(awaited, OTHER_ID) == BUSY_ACCOUNT
    check = params_of("CheckPerformTransaction", awaited, market.now)
    assert await market.rpc("CheckPerformTransaction", **check) == BUSY_ACCOUNT
    asks_other = LocalMarket(PaymeTerms(keys=(KEY,), busy_code=-31099))
    payment = await asks_other.awaiting(PaymentMethod.PAYME)
    await asks_other.create(payment, ID)
    assert await asks_other.create(payment, OTHER_ID) == -31099


async def test_an_id_that_comes_again_means_the_same_transaction(market: LocalMarket, awaited: PaymentId) -> None:
    await market.create(awaited, ID)
    other = await market.awaiting(PaymentMethod.PAYME)
    assert await market.create(other, ID) == -31008
    assert await market.create(awaited, ID, time=market.now + 1) == -31008
    assert await market.create(awaited, ID, amount=1) == -31001


async def test_what_is_performed_is_paid_once(market: LocalMarket, awaited: PaymentId) -> None:
    order = market.rows.orders[OrderId(market.payment(awaited).cause.id)]
    await market.create(awaited, ID)
    assert market.payment(awaited).status is PaymentState.REQUIRES_ACTION
    performed = await market.rpc("PerformTransaction", id=ID)
    assert performed == {"transaction": str(awaited), "perform_time": market.now, "state": 2}
    assert await market.rpc("PerformTransaction", id=ID) == performed
    payment = market.payment(awaited)
    assert (payment.status, payment.reference) == (PaymentState.CAPTURED, ID)
    assert market.rows.orders[order.id].payment_status is PaymentStatus.PAID
    assert balances(market)[AccountKind.PROVIDER_CLEARING] == TIYIN
    assert [one for one in market.rows.posted if one[0] == "payment_captured"] == [("payment_captured", awaited)]
    assert not market.timers(ASK_GATEWAY)
    assert await market.create(awaited, ID) == -31008
    assert await market.create(awaited, OTHER_ID) == -31052


@pytest.mark.parametrize(("since", "alive"), [(-1, True), (0, False), (1, False)])
async def test_a_transaction_lives_twelve_hours_of_payme_s_time(
    market: LocalMarket, awaited: PaymentId, since: int, alive: bool
) -> None:
    time = market.now
    market.clock.advance(timedelta(minutes=10))
    await market.create(awaited, ID, time=time)
    market.clock.advance(timedelta(milliseconds=time + LIFETIME_MS + since - market.now))
    repeated = await market.create(awaited, ID, time=time)
    performed = await market.rpc("PerformTransaction", id=ID)
    if alive:
        assert (repeated["state"], performed["state"]) == (1, 2)
        return
    assert (repeated, performed) == (-31008, -31008)
    ended = await market.rpc("CheckTransaction", id=ID)
    assert (ended["state"], ended["reason"], ended["perform_time"]) == (-1, 4, 0)
    assert ended["cancel_time"] == market.now
    assert market.payment(awaited).status is PaymentState.FAILED
    assert not entries_of(market.rows)


async def test_a_transaction_that_comes_too_late_is_not_begun(market: LocalMarket, awaited: PaymentId) -> None:
    assert await market.create(awaited, ID, time=market.now - LIFETIME_MS) == -31008
    assert not market.rows.payme


@pytest.mark.parametrize("method", STATEFUL)
async def test_nothing_is_done_to_a_transaction_that_is_unknown(market: LocalMarket, method: str) -> None:
    assert await market.rpc(method, **params_of(method, PaymentId(new_id()), market.now)) == -31003


@pytest.mark.parametrize("reason", [1, 2, 3, 4, 5, 10])
async def test_what_is_cancelled_before_it_is_performed_moves_no_money(
    market: LocalMarket, awaited: PaymentId, reason: int
) -> None:
    await market.create(awaited, ID)
    cancelled = await market.rpc("CancelTransaction", id=ID, reason=reason)
    assert cancelled == {"transaction": str(awaited), "cancel_time": market.now, "state": -1}
    market.clock.advance(timedelta(seconds=1))
    assert await market.rpc("CancelTransaction", id=ID, reason=3) == cancelled
    assert (await market.rpc("CheckTransaction", id=ID))["reason"] == reason
    assert await market.rpc("PerformTransaction", id=ID) == -31008
    assert await market.create(awaited, ID) == -31008
    assert market.payment(awaited).status is PaymentState.FAILED
    assert not entries_of(market.rows)
    again = await market.awaiting(PaymentMethod.PAYME)
    assert (await market.create(again, OTHER_ID))["state"] == 1


@pytest.mark.parametrize("reason", [1, 2, 3, 4, 5, 10])
async def test_what_payme_takes_back_is_taken_back_in_the_books(
    market: LocalMarket, awaited: PaymentId, reason: int
) -> None:
    await paid(market, awaited)
    market.clock.advance(timedelta(hours=1))
    cancelled = await market.rpc("CancelTransaction", id=ID, reason=reason)
    assert cancelled == {"transaction": str(awaited), "cancel_time": market.now, "state": -2}
    assert await market.rpc("CancelTransaction", id=ID, reason=reason) == cancelled
    assert await market.rpc("PerformTransaction", id=ID) == -31008
    checked = await market.rpc("CheckTransaction", id=ID)
    assert (checked["state"], checked["reason"], checked["cancel_time"]) == (-2, reason, market.now)
    payment = market.payment(awaited)
    assert (payment.status, payment.refunded) == (PaymentState.REFUNDED, payment.amount)
    assert not any(balances(market).values())
    [refund] = market.rows.refunds.values()
    assert (refund.status, refund.requested_by, refund.reference) == (RefundStatus.SUCCEEDED, None, ID)
    order = market.rows.orders[OrderId(payment.cause.id)]
    assert (order.payment_status, order.status) == (PaymentStatus.REFUNDED, OrderStatus.CANCELLED)


async def test_what_the_seller_may_be_paid_for_is_not_taken_back(market: LocalMarket, awaited: PaymentId) -> None:
    await paid(market, awaited)
    await market.settle_earnings(awaited)
    assert await market.rpc("CancelTransaction", id=ID, reason=5) == -31007
    assert market.rows.payme[ID].state is PaymeState.PERFORMED
    assert market.payment(awaited).status is PaymentState.CAPTURED


async def test_a_refund_of_ours_waits_until_payme_has_done_it(market: LocalMarket, awaited: PaymentId) -> None:
    await paid(market, awaited)
    with pytest.raises(PartialRefundUnavailable):
        await market.refund_payment(an_actor(), awaited, market.payment(awaited).amount.decimal / 2, "Half of it")
    view = await market.refund_payment(an_actor(), awaited, None, "Broken")
    assert view.refund.status is RefundStatus.PROCESSING
    assert (await market.rpc("CancelTransaction", id=ID, reason=5))["state"] == -2
    [refund] = market.rows.refunds.values()
    assert (refund.status, refund.reason) == (RefundStatus.SUCCEEDED, "Broken")
    assert not any(balances(market).values())
    assert not market.rows.timers


async def test_a_statement_has_what_was_begun_in_the_order_of_payme_s_time(market: LocalMarket) -> None:
    first, second, third = [await market.awaiting(PaymentMethod.PAYME) for _ in range(3)]
    start = market.now
    await market.create(second, OTHER_ID, time=start + 20)
    await market.create(first, ID, time=start + 10)
    await market.create(third, "5305e3bab097f420a62ced0d", time=start + 30)
    await market.rpc("PerformTransaction", id=ID)
    await market.create(third, "5305e3bab097f420a62ced0e", amount=1)
    whole = (await market.rpc("GetStatement", **{"from": start + 10, "to": start + 20}))["transactions"]
    assert [one["id"] for one in whole] == [ID, OTHER_ID]
    assert whole[0] == {
        "id": ID, "time": start + 10, "amount": TIYIN, "account": {"order_id": str(first)}, "create_time": start,
        "perform_time": start, "cancel_time": 0, "transaction": str(first), "state": 2, "reason": None,
        "receivers": None,
    }  # fmt: skip
    for since, until in ((start + 11, start + 19), (start + 31, start + 90), (start + 20, start + 10)):
        assert (await market.rpc("GetStatement", **{"from": since, "to": until}))["transactions"] == []


async def test_receipts_are_kept_by_their_type(market: LocalMarket, awaited: PaymentId) -> None:
    await paid(market, awaited)
    for kind in ("PERFORM", "CANCEL"):
        assert await market.rpc("SetFiscalData", id=ID, type=kind, fiscal_data={"receipt_id": kind}) == {
            "success": True
        }
    assert market.rows.payme[ID].fiscal == {"PERFORM": {"receipt_id": "PERFORM"}, "CANCEL": {"receipt_id": "CANCEL"}}
    assert await market.rpc("SetFiscalData", id=ID, type="OTHER", fiscal_data={}) == -32600
    for data in ({"message": "x" * 20_000}, {"message": "\0"}):
        assert await market.rpc("SetFiscalData", id=ID, type="PERFORM", fiscal_data=data) == -32602


async def test_what_is_cancelled_meanwhile_cannot_be_performed(market: LocalMarket, awaited: PaymentId) -> None:
    """Nobody has paid yet: Payme is told so, and takes no money."""
    await market.create(awaited, ID)
    order_id = OrderId(market.payment(awaited).cause.id)
    market.rows.orders[order_id].status = OrderStatus.CANCELLED
    assert await market.rpc("PerformTransaction", id=ID) == -31008
    assert market.rows.payme[ID].state is PaymeState.CREATED
    assert not entries_of(market.rows)
    assert (await market.rpc("CancelTransaction", id=ID, reason=3))["state"] == -1


async def test_calls_are_kept_without_what_would_let_others_make_them(market: LocalMarket, awaited: PaymentId) -> None:
    await market.create(awaited, ID)
    [call] = market.rows.provider_calls
    assert (call.provider, call.received_at, call.headers) == ("payme", market.clock.now(), {})
    assert KEY not in str(call)
    assert basic(KEY) not in str(call)
    market.clock.advance(timedelta(days=181))
    await market.forget_calls()
    assert not market.rows.provider_calls


async def paid(market: LocalMarket, payment_id: PaymentId) -> None:
    await market.create(payment_id, ID)
    await market.rpc("PerformTransaction", id=ID)


def balances(market: LocalMarket) -> dict[AccountKind, int]:
    found: dict[AccountKind, int] = {}
    for entry in entries_of(market.rows):
        found[entry.account.kind] = found.get(entry.account.kind, 0) + entry.minor
    return found
