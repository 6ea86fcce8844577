"""W1 and W2: no mutated call is authentic, and every order of a provider's calls ends where it should."""

import random
from itertools import permutations
from urllib.parse import parse_qsl, urlencode

import pytest

from marketplace.application.payments import click_protocol
from marketplace.application.payments.click_protocol import ClickRefusal, ClickTerms
from marketplace.application.payments.payme_protocol import PaymeTerms
from marketplace.domain.payments.payment import PaymentMethod, PaymentState
from marketplace.domain.shared.ids import PaymentId
from tests.builders.commerce import new_id
from tests.fakes.local_market import FORM, KEY, SECRET, SERVICE, LocalMarket, basic, click_fields
from tests.unit.payments.test_payme import ID, balances

MUTATIONS = 5_000
PLAUSIBLE = [bytes([one]) for one in b"0123456789&=%+.-"]
TERMS = ClickTerms(service_id=SERVICE, secret=SECRET)
PAYMENT = PaymentId(new_id())
SIGNED = urlencode(click_fields(PAYMENT, 11, "1", merchant_prepare_id=4))
UNSIGNED = {"error", "error_note", "click_paydoc_id"}
SHOWN = basic(KEY).encode()


def mutated(whole: bytes, chance: random.Random) -> bytes:
    """One to three places of it changed, cut out or written over by another part of it."""
    for _ in range(chance.randint(1, 3)):
        at, from_ = chance.randrange(len(whole)), chance.randrange(len(whole))
        new = chance.choice([b"", chance.randbytes(1), chance.choice(PLAUSIBLE), whole[from_ : from_ + 2]])
        whole = whole[:at] + new + whole[at + 1 :]
    return whole


def test_no_mutated_call_of_click_is_authentic() -> None:
    """Only what was written in another way, or is not signed at all, passes: its signed texts are the same."""
    chance, original = random.Random(1), dict(parse_qsl(SIGNED))  # noqa: S311
    for _ in range(MUTATIONS):
        try:
            form = click_protocol.read(FORM, mutated(SIGNED.encode(), chance))
            click_protocol.require_authentic(form, "1", TERMS)
        except ClickRefusal:
            continue
        for name in original.keys() - UNSIGNED - {"sign_string"}:
            assert form[name] == original[name]
        assert form["sign_string"].lower() == original["sign_string"]


def test_no_mutated_credential_of_payme_is_let_in() -> None:
    chance = random.Random(1)  # noqa: S311
    terms = PaymeTerms(keys=("another-key", KEY))
    assert terms.admits(SHOWN.decode(), "")
    for _ in range(MUTATIONS):
        shown = mutated(SHOWN, chance)
        assert terms.admits(shown.decode("latin-1"), "") == (shown == SHOWN)


async def test_digits_that_move_between_signed_fields_pay_nothing_else() -> None:
    """Fields are joined without separators: other cuts carry the same signature, and a wrong number or amount."""
    market = LocalMarket()
    payment = await market.awaiting(PaymentMethod.CLICK)
    await market.call_click("0", click_fields(payment, 11))
    fields = click_fields(payment, 11, "1", merchant_prepare_id=1)
    joined = fields["merchant_prepare_id"] + fields["amount"]
    for cut in range(len(joined)):
        moved = {**fields, "merchant_prepare_id": joined[:cut], "amount": joined[cut:]}
        if cut != 1:
            assert (await market.call_click("1", moved))["error"] in {-2, -6, -8}
    assert market.payment(payment).status is PaymentState.REQUIRES_ACTION


EVENTS = ("begin", "pay", "cancel")
ORDERS = sorted(set(permutations(EVENTS * 2)))
"""Every order of three calls that each come twice: 90."""


def _end(order: tuple[str, ...]) -> PaymentState:
    """Where the provider, which believes our answers, says that it ended."""
    state = PaymentState.REQUIRES_ACTION
    begun = False
    for event in order:
        begun = begun or event == "begin"
        if not begun:
            continue
        if event == "pay" and state is PaymentState.REQUIRES_ACTION:
            state = PaymentState.CAPTURED
        elif event == "cancel" and state in {PaymentState.REQUIRES_ACTION, PaymentState.CAPTURED}:
            state = PaymentState.FAILED if state is PaymentState.REQUIRES_ACTION else PaymentState.REFUNDED
    return state


@pytest.mark.parametrize("method", [PaymentMethod.PAYME, PaymentMethod.CLICK])
async def test_every_order_of_calls_ends_where_the_provider_says(method: PaymentMethod) -> None:
    for order in ORDERS:
        market = LocalMarket()
        payment = await market.awaiting(method)
        for event in order:
            await (_payme if method is PaymentMethod.PAYME else _click)(market, payment, event)
        assert market.payment(payment).status is _end(order), order
        captured = [one for one in market.rows.posted if one[0] == "payment_captured"]
        ended_paid = _end(order) in {PaymentState.CAPTURED, PaymentState.REFUNDED}
        assert len(captured) == ended_paid, order
        assert any(balances(market).values()) == (_end(order) is PaymentState.CAPTURED), order


async def _payme(market: LocalMarket, payment: PaymentId, event: str) -> None:
    match event:
        case "begin":
            await market.create(payment, ID)
        case "pay":
            await market.rpc("PerformTransaction", id=ID)
        case _:
            await market.rpc("CancelTransaction", id=ID, reason=5)


async def _click(market: LocalMarket, payment: PaymentId, event: str) -> None:
    error = -5017 if event == "cancel" else 0
    if event == "begin":
        await market.call_click("0", click_fields(payment, 11))
    else:
        await market.call_click("1", click_fields(payment, 11, "1", merchant_prepare_id=1, error=error))
