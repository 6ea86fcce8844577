"""Click's SHOP-API (W3): the vendor's 15 cases, 20 of ours, and what they leave in the books."""

from datetime import timedelta
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlencode

import pytest

from marketplace.application.payments.click import CONFIRM_CANCELLATION
from marketplace.application.payments.click_protocol import LARGEST, ClickTerms
from marketplace.application.payments.payments import ASK_GATEWAY
from marketplace.application.payments.provider_ports import Call
from marketplace.domain.ordering.moves import OrderStatus
from marketplace.domain.ordering.order import PAYMENT_TIME
from marketplace.domain.payments.click import ClickState
from marketplace.domain.payments.ledger import AccountKind
from marketplace.domain.payments.payment import Outcome, PaymentMethod, PaymentState, Verdict
from marketplace.domain.shared.ids import OrderId, PaymentId
from tests.builders.commerce import new_id
from tests.fakes.local_market import FORM, SECRET, SERVICE, LocalMarket, click_fields
from tests.fakes.world import entries_of

BAD_SIGN = "0" * 32
DEBIT_FAILED = -5017
PAID = Outcome(verdict=Verdict.CAPTURED, reference="99001", message="Paid with Click")
NOT_PAID = Outcome(verdict=Verdict.FAILED, reference=None, message="Click did not take the money")


@pytest.fixture
def market() -> LocalMarket:
    return LocalMarket()


@pytest.fixture
async def awaited(market: LocalMarket) -> PaymentId:
    return await market.awaiting(PaymentMethod.CLICK)


async def prepare(market: LocalMarket, payment_id: PaymentId, trans_id: int, **changes: Any) -> Any:
    return await market.call_click("0", click_fields(payment_id, trans_id, **changes))


async def complete(market: LocalMarket, payment_id: PaymentId, trans_id: int, number: int, **changes: Any) -> Any:
    fields = click_fields(payment_id, trans_id, "1", **{"merchant_prepare_id": number, **changes})
    return await market.call_click("1", fields)


async def test_the_vendor_s_fifteen_cases(market: LocalMarket) -> None:
    first, second, third = [await market.awaiting(PaymentMethod.CLICK) for _ in range(3)]
    codes = [
        (await prepare(market, first, 11, sign_string=BAD_SIGN))["error"],
        (await prepare(market, PaymentId(new_id()), 11))["error"],
    ]
    prepared = await prepare(market, first, 11)
    number = prepared["merchant_prepare_id"]
    codes += [
        prepared["error"],
        (await complete(market, first, 11, number, sign_string=BAD_SIGN))["error"],
        (await complete(market, first, 11, number, amount="300"))["error"],
        (await complete(market, first, 11, number))["error"],
        (await complete(market, first, 11, number))["error"],
        (await complete(market, first, 11, number, error=DEBIT_FAILED))["error"],
    ]
    prepared = await prepare(market, second, 12)
    codes += [
        prepared["error"],
        (await complete(market, second, 12, 999999999))["error"],
        (await complete(market, second, 12, prepared["merchant_prepare_id"]))["error"],
    ]
    prepared = await prepare(market, third, 13)
    number = prepared["merchant_prepare_id"]
    codes += [
        prepared["error"],
        (await complete(market, third, 13, number, error=DEBIT_FAILED))["error"],
        (await complete(market, third, 13, number, error=DEBIT_FAILED))["error"],
        (await complete(market, third, 13, number))["error"],
    ]
    assert codes == [-1, -5, 0, -1, -2, 0, -4, -9, 0, -6, 0, 0, -9, -9, -9]
    states = [market.payment(one).status for one in (first, second, third)]
    assert states == [PaymentState.REFUNDED, PaymentState.CAPTURED, PaymentState.FAILED]


async def test_ids_of_64_bits_come_back_exactly(market: LocalMarket, awaited: PaymentId) -> None:
    prepared = await prepare(market, awaited, LARGEST)
    assert prepared == {
        "click_trans_id": LARGEST, "merchant_trans_id": str(awaited), "merchant_prepare_id": 1, "error": 0,
        "error_note": "Success",
    }  # fmt: skip
    assert await prepare(market, awaited, LARGEST) == prepared
    completed = await complete(market, awaited, LARGEST, 1)
    assert completed == {
        "click_trans_id": LARGEST, "merchant_trans_id": str(awaited), "merchant_confirm_id": 1, "error": 0,
        "error_note": "Success",
    }  # fmt: skip
    payment = market.payment(awaited)
    assert (payment.status, payment.reference) == (PaymentState.CAPTURED, str(LARGEST))
    assert not market.timers(ASK_GATEWAY)


OUR_CASES: list[tuple[str, dict[str, Any], int]] = [
    ("0", {"click_trans_id": LARGEST + 1}, -8),
    ("0", {"click_trans_id": "1e3"}, -8),
    ("0", {"click_trans_id": ""}, -8),
    ("0", {"amount": "750000.000"}, 0),
    ("0", {"amount": "750000"}, 0),
    ("0", {"amount": "749999.99"}, -2),
    ("0", {"amount": "750000.01"}, -2),
    ("0", {"amount": "-750000.00"}, -8),
    ("0", {"amount": "7.5e5"}, -8),
    ("0", {"amount": "NaN"}, -8),
    ("0", {"service_id": "778"}, -8),
    ("0", {"action": "1", "merchant_prepare_id": 1}, -3),
    ("0", {"action": "2"}, -3),
    ("0", {"error": DEBIT_FAILED}, -9),
    ("0", {"sign_time": "2030-01-01T17:00:00"}, -8),
    ("0", {"sign_time": "2001-01-01 00:00:00"}, 0),
    ("0", {"merchant_trans_id": "M-00000042"}, -5),
    ("0", {"sign_string": "x" * 32}, -8),
    ("1", {"merchant_prepare_id": 1}, -6),
    ("1", {}, -8),
]


@pytest.mark.parametrize(("action", "changes", "code"), OUR_CASES)
async def test_our_twenty_cases(
    market: LocalMarket, awaited: PaymentId, action: str, changes: dict[str, Any], code: int
) -> None:
    fields = click_fields(awaited, 11, **{"action": action, **changes})
    assert (await market.call_click(action, fields))["error"] == code
    assert bool(market.rows.click) == (code == 0)


async def test_only_a_form_with_each_field_once_is_read(market: LocalMarket, awaited: PaymentId) -> None:
    whole = urlencode(click_fields(awaited, 11))
    for media_type, body in (
        ("application/json", whole), ("", whole), (FORM, whole + "&error=0"), (FORM, whole + "&"), (FORM, ""),
        (FORM, whole.replace("&error=0", "")), (FORM, whole + "&note=%FF"), (FORM, whole + "й"),
        (FORM, "&".join(f"f{number}=1" for number in range(100))),
    ):  # fmt: skip
        call = Call(method="POST", headers={"content-type": media_type}, body=body.encode(), address="")
        assert b'"error":-8' in await market.click("0", call), body
    assert not market.rows.provider_calls


async def test_click_calls_from_its_addresses_and_nobody_where_it_is_not_set_up(awaited: PaymentId) -> None:
    body = urlencode(click_fields(awaited, 11)).encode()
    market = LocalMarket()
    for terms, address in (
        (ClickTerms(service_id=SERVICE, secret=SECRET, networks=(ip_network("10.1.0.0/16"),)), "10.2.0.1"),
        (ClickTerms(), "127.0.0.1"),
    ):
        market.click = type(market.click)(market.click.steps, terms, market.click.note_call, market.transaction)
        call = Call(method="POST", headers={"content-type": FORM}, body=body, address=address)
        assert b'"error":-1' in await market.click("0", call)


async def test_one_payment_has_one_transaction_of_click(market: LocalMarket, awaited: PaymentId) -> None:
    number = (await prepare(market, awaited, 11))["merchant_prepare_id"]
    assert (await prepare(market, awaited, 12))["error"] == -8
    other = await market.awaiting(PaymentMethod.CLICK)
    assert (await prepare(market, other, 11))["error"] == -8
    assert (await complete(market, other, 11, number))["error"] == -6
    assert (await complete(market, awaited, 12, number))["error"] == -6
    assert (await complete(market, awaited, 11, number))["error"] == 0
    assert (await prepare(market, awaited, 11))["error"] == -4
    assert (await prepare(market, awaited, 12))["error"] == -4


async def test_a_payment_that_is_over_is_not_prepared(market: LocalMarket, awaited: PaymentId) -> None:
    of_payme = await market.awaiting(PaymentMethod.PAYME)
    assert (await prepare(market, of_payme, 10))["error"] == -5
    market.clock.advance(PAYMENT_TIME)
    assert (await prepare(market, awaited, 11))["error"] == -9


async def test_what_is_cancelled_meanwhile_goes_back_to_the_payer(market: LocalMarket, awaited: PaymentId) -> None:
    """After the debit only -4 and -9 make Click give the money back."""
    number = (await prepare(market, awaited, 11))["merchant_prepare_id"]
    market.rows.orders[OrderId(market.payment(awaited).cause.id)].status = OrderStatus.CANCELLED
    assert (await complete(market, awaited, 11, number))["error"] == -9
    assert (await complete(market, awaited, 11, number))["error"] == -9
    assert market.payment(awaited).status is PaymentState.FAILED
    assert market.rows.click[11].state is ClickState.CANCELLED
    assert not entries_of(market.rows)


async def test_a_payment_that_was_given_up_takes_no_money(market: LocalMarket, awaited: PaymentId) -> None:
    number = (await prepare(market, awaited, 11))["merchant_prepare_id"]
    market.rows.payments[awaited].status = PaymentState.FAILED
    assert (await complete(market, awaited, 11, number))["error"] == -9
    assert (await prepare(market, awaited, 12))["error"] == -9


async def test_a_cancelled_payment_that_was_paid_goes_back_with_an_alarm(
    market: LocalMarket, awaited: PaymentId
) -> None:
    number = (await prepare(market, awaited, 11))["merchant_prepare_id"]
    await complete(market, awaited, 11, number)
    assert (await complete(market, awaited, 11, number, error=DEBIT_FAILED))["error"] == -9
    assert market.payment(awaited).status is PaymentState.REFUNDED
    assert market.alarms.stages == ["claimed", "confirmed"]
    assert sum(entry.minor for entry in entries_of(market.rows) if entry.account.kind is AccountKind.PLATFORM_FEES) == 0
    assert (await complete(market, awaited, 11, number))["error"] == -9, "-9 is final"


async def test_it_is_too_late_once_the_seller_may_be_paid(market: LocalMarket, awaited: PaymentId) -> None:
    number = (await prepare(market, awaited, 11))["merchant_prepare_id"]
    await complete(market, awaited, 11, number)
    await market.settle_earnings(awaited)
    assert (await complete(market, awaited, 11, number, error=DEBIT_FAILED))["error"] == -9
    assert market.payment(awaited).status is PaymentState.CAPTURED
    assert market.alarms.stages == ["claimed", "too_late"]


async def test_calls_are_kept_without_their_signature(market: LocalMarket, awaited: PaymentId) -> None:
    fields = click_fields(awaited, 11)
    await market.call_click("0", fields)
    await market.call_click("0", {**fields, "sign_string": BAD_SIGN})
    [call] = market.rows.provider_calls
    assert fields["sign_string"] not in str(call)
    assert "click_trans_id=11" in call.body


class TestAskingBack:
    """`error` is not signed: what it says counts once Click's Merchant API says it too."""

    @pytest.fixture
    def market(self) -> LocalMarket:
        return LocalMarket(asks_back=True)

    async def test_nothing_is_paid_before_click_confirms_it(self, market: LocalMarket, awaited: PaymentId) -> None:
        number = (await prepare(market, awaited, 11))["merchant_prepare_id"]
        assert (await complete(market, awaited, 11, number))["error"] == 0
        assert market.payment(awaited).status is PaymentState.REQUIRES_ACTION
        assert market.rows.timers[ASK_GATEWAY, awaited] == market.clock.now()
        assert (await complete(market, awaited, 11, number))["error"] == -4
        market.link.said = PAID
        await market.ask(awaited)
        payment = market.payment(awaited)
        assert (payment.status, payment.reference) == (PaymentState.CAPTURED, "99001")

    async def test_a_captured_cancellation_with_its_error_changed_pays_nothing(
        self, market: LocalMarket, awaited: PaymentId
    ) -> None:
        number = (await prepare(market, awaited, 11))["merchant_prepare_id"]
        captured = click_fields(awaited, 11, "1", merchant_prepare_id=number, error=DEBIT_FAILED)
        assert (await market.call_click("1", {**captured, "error": "0"}))["error"] == 0
        market.link.said = NOT_PAID
        await market.ask(awaited)
        assert market.payment(awaited).status is PaymentState.FAILED
        assert (await market.call_click("1", captured))["error"] == -9
        assert not entries_of(market.rows)

    @pytest.mark.parametrize(
        ("said", "status", "stages"),
        [
            (NOT_PAID, PaymentState.REFUNDED, ["claimed", "confirmed"]),
            (PAID, PaymentState.CAPTURED, ["claimed", "refuted"]),
        ],
    )
    async def test_a_paid_one_is_taken_back_only_when_click_confirms_it(
        self, market: LocalMarket, awaited: PaymentId, said: Outcome, status: PaymentState, stages: list[str]
    ) -> None:
        number = (await prepare(market, awaited, 11))["merchant_prepare_id"]
        await complete(market, awaited, 11, number)
        market.link.said = PAID
        await market.ask(awaited)
        assert (await complete(market, awaited, 11, number, error=DEBIT_FAILED))["error"] == -9
        assert market.payment(awaited).status is PaymentState.CAPTURED
        market.link.said = None
        await market.confirm_cancellation(awaited)
        assert market.rows.timers[CONFIRM_CANCELLATION, awaited] == market.clock.now() + timedelta(hours=1)
        market.link.said = said
        await market.confirm_cancellation(awaited)
        await market.confirm_cancellation(awaited)
        assert market.payment(awaited).status is status
        assert list(dict.fromkeys(market.alarms.stages)) == stages
