"""An order paid through Stripe: at once, by way of the payer's bank, and told about in any order."""

import json
from uuid import UUID

import pytest

from marketplace.application.payments.payments import AskGateway
from marketplace.application.payments.payout_ports import PayoutGateways
from marketplace.application.payments.ports import PayoutOrder
from marketplace.domain.payments.payout_account import PayoutAccountKind
from marketplace.domain.shared.ids import PaymentId
from simulators.faults import Fault, What
from simulators.stripe import signed
from tests.builders.commerce import aed, new_id
from tests.http.commerce.market import data, refusal
from tests.http.stripe.conftest import SECRET, Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONFIRM = "POST /v1/payment_intents/*/confirm"
BANK = "pm_card_threeDSecure2Required"


async def test_an_order_is_paid_with_a_token_of_stripes_page(shop: Shop) -> None:
    order = await shop.order()
    paid = await shop.pay(order, token="pm_card_visa")
    assert (paid["status"], paid["payment_method"], paid["amount"]) == ("completed", "stripe", "750.00")
    intent = await shop.intent(paid["id"])
    assert (paid["transaction_id"], intent["amount"], intent["currency"]) == (intent["id"], 75_000, "aed")
    assert intent["description"].startswith("Order M-")
    assert intent["metadata"] == {"payment_id": paid["id"]}
    assert set(await shop.stripe.outgoing.deliver()) == {200}
    await shop.work()
    assert await shop.payment(paid["id"]) == paid
    assert data(await shop.call("GET", f"/orders/{order}", shop.buyer))["payment_status"] == "paid"


async def test_a_declined_card_can_be_tried_again(shop: Shop) -> None:
    order = await shop.order()
    declined = await shop.pay(order, token="pm_card_chargeDeclinedInsufficientFunds")
    assert (declined["status"], declined["transaction_id"]) == ("failed", None)
    assert declined["gateway_response"]["message"] == "Your card has insufficient funds."
    assert (await shop.pay(order, token="pm_card_visa"))["status"] == "completed"


@pytest.mark.parametrize(("approves", "status"), [(True, "completed"), (False, "failed")])
async def test_the_payers_bank_is_asked_and_the_webhook_tells(shop: Shop, approves: bool, status: str) -> None:
    paid = await shop.pay(await shop.order(), token=BANK)
    assert (paid["status"], paid["checkout_url"]) == (
        "pending", f"{shop.stripe.origin}/3d_secure/{paid['transaction_id']}"
    )  # fmt: skip
    shop.stripe.bank_answers(await shop.intent(paid["id"]), approves=approves)
    assert (await shop.payment(paid["id"]))["status"] == "pending"
    await shop.stripe.outgoing.deliver()
    await shop.work()
    settled = await shop.payment(paid["id"])
    assert (settled["status"], settled["checkout_url"]) == (status, None)


async def test_a_late_success_is_told_by_the_webhook(shop: Shop) -> None:
    shop.stripe.faults.add(Fault(on=CONFIRM, what=What.LATE_SUCCESS))
    paid = await shop.pay(await shop.order(), token="pm_card_visa")
    assert paid["status"] == "pending"
    shop.stripe.finish((await shop.intent(paid["id"]))["id"])
    await shop.stripe.outgoing.deliver()
    await shop.work()
    assert (await shop.payment(paid["id"]))["status"] == "completed"


async def test_a_lost_answer_is_asked_for(shop: Shop) -> None:
    """No webhook comes either."""
    shop.stripe.faults.add(Fault(on=CONFIRM, what=What.LOSE_ANSWER))
    paid = await shop.pay(await shop.order(), token="pm_card_visa")
    assert paid["status"] == "pending"
    async with shop.container() as request:
        await (await request.get(AskGateway))(PaymentId(UUID(paid["id"])))
    assert (await shop.payment(paid["id"]))["status"] == "completed"


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)])
async def test_events_in_any_order_and_twice_end_the_same(shop: Shop, order: tuple[int, ...]) -> None:
    """All orders of more events: tests/unit/payments/test_inbox.py."""
    paid = await shop.pay(await shop.order(), token=BANK)
    shop.stripe.bank_answers(await shop.intent(paid["id"]), approves=True)
    events = shop.stripe.books.every("event")
    kinds = {"payment_intent.created", "payment_intent.requires_action", "charge.succeeded", "payment_intent.succeeded"}
    assert {event["type"] for event in events} == kinds
    for index in (*order, order[0]):
        body = renamed(events[index], events[index]["id"])
        assert (await shop.told(body, signed(body, [SECRET]))).status_code == 200
        await shop.work()
    assert (await shop.payment(paid["id"]))["status"] == "completed"
    (posted,) = await shop.rows(
        "SELECT count(*) FROM payments.ledger_transactions WHERE kind = 'payment_captured' AND source_id = $1",
        UUID(paid["id"]),
    )
    assert posted["count"] == 1


async def test_duplicates_and_late_ones_change_nothing(shop: Shop) -> None:
    """A failure that is told after a later success is a hint like any other: Stripe is asked."""
    shop.stripe.faults.add(
        Fault(on="webhook *", what=What.DUPLICATE, times=9), Fault(on="webhook payment_intent.*", what=What.REORDER)
    )
    paid = await shop.pay(await shop.order(), token="pm_card_visa")
    assert await shop.stripe.outgoing.deliver() == [200] * 6
    body = renamed({**shop.stripe.books.every("event")[0], "type": "payment_intent.payment_failed"}, "evt_old")
    assert (await shop.told(body, signed(body, [SECRET]))).status_code == 200
    await shop.work()
    assert (await shop.payment(paid["id"]))["status"] == "completed"


async def test_a_chargeback_is_noted_as_it_is_now(shop: Shop) -> None:
    paid = await shop.pay(await shop.order(), token="pm_card_createDispute")
    stages = []
    (dispute,) = [one for one in shop.stripe.books.every("dispute") if one["payment_intent"] == paid["transaction_id"]]
    for status in (None, "under_review", "lost", "won"):
        if status:
            shop.stripe.books.move_dispute(dispute, status)
        await shop.stripe.outgoing.deliver()
        await shop.work()
        (row,) = await shop.rows("SELECT chargeback FROM payments.payments WHERE id = $1", UUID(paid["id"]))
        stages.append(row["chargeback"])
    assert stages == ["needs_response", "under_review", "lost", "lost"]


async def test_payouts_go_to_connected_accounts(shop: Shop) -> None:
    gateways = await shop.container.get(PayoutGateways)
    provider = gateways.provider_of(PayoutAccountKind.STRIPE_ACCOUNT)
    order = PayoutOrder(payout_id=new_id(), destination="acct_1Seller", amount=aed(700))
    sent = await gateways.gateway(provider).send(order)
    (transfer,) = shop.stripe.books.every("transfer")
    assert (provider, sent.succeeded, sent.reference) == ("stripe", True, transfer["id"])
    assert (transfer["destination"], transfer["amount"], transfer["currency"]) == ("acct_1Seller", 70_000, "aed")


async def test_stripe_takes_no_card_and_needs_a_token(shop: Shop) -> None:
    order = await shop.order()
    paid = await shop.pay(order)
    assert (paid["status"], paid["transaction_id"]) == ("failed", None)
    body = {"payment_method": "stripe", "token": "4242424242424242"}
    answer = await shop.call("POST", f"/payments/order/{order}/pay", shop.buyer, body)
    refusal(answer, 422, "invalid_request", "token")
    assert "4242" not in answer.text


def renamed(event: dict[str, object], name: str) -> bytes:
    return json.dumps({**event, "id": name}).encode()
