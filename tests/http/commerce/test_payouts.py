"""Payouts, their accounts, statements and wallets over HTTP; what a worker would do is done by hand."""

import csv
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from marketplace.application.payments.earnings import SettleEarnings
from marketplace.application.payments.payouts import SendPayout
from marketplace.application.shared.posting import SEND_POSTED
from marketplace.domain.shared.ids import UserId
from marketplace.entrypoints.worker.subscriptions import handlers
from prove.people import GOOD, Person
from tests.builders.commerce import new_id
from tests.builders.payouts import FAILING_IBAN, IBAN, settle
from tests.http.commerce.market import Market, data, refusal

CARD = {"number": GOOD, "exp_month": 12, "exp_year": 2030, "cvc": "123"}
ACCOUNT = {"kind": "bank", "holder": "Amina Haddad", "details": IBAN}


@dataclass
class Till:
    market: Market

    async def call(self, method: str, path: str, who: Person | None = None, body: Any = None, **options: Any) -> Any:
        return await self.market.call(method, path, who or self.market.seller, body, **options)

    async def run(self, use_case: type[Any], *arguments: Any) -> Any:
        async with self.market.app.state.dishka_container() as scope:
            return await (await scope.get(use_case))(*arguments)

    async def account(self, details: str = IBAN) -> str:
        """One that has cooled off."""
        account = data(await self.call("POST", "/payout-accounts", body={**ACCOUNT, "details": details}), 201)["id"]
        await self.market.fetch("UPDATE payments.payout_accounts SET usable_from = now() WHERE id = $1", UUID(account))
        return str(account)

    async def settled(self, amount: str) -> None:
        await settle(self.market.app.state.dishka_container, UserId(self.market.seller.id), amount)

    async def payout(self, amount: float | None = None, **options: Any) -> Any:
        body = {"currency": "AED"} | ({} if amount is None else {"amount": amount})
        return data(await self.call("POST", "/payouts", body=body, **options), 201)

    async def balance(self) -> Any:
        balances = data(await self.call("GET", "/payouts/balance"))
        return balances[0] if balances else None


@pytest.fixture
def till(market: Market) -> Till:
    return Till(market)


async def test_from_a_sale_to_the_bank(till: Till) -> None:
    """750.00 less 5 % is held, then available, then on its way, then paid; the statement tells all of it."""
    market = till.market
    payment = data(await market.pay(await market.order()), 201)
    held = {"currency": "AED", "pending": "712.50", "available": "0.00", "in_transit": "0.00", "owed": "0.00"}
    assert await till.balance() == held
    await till.account()
    too_early = refusal(
        await till.call("POST", "/payouts", body={"currency": "AED"}), 422, "payout_too_small", "amount"
    )
    assert "10.00 AED" in too_early["detail"]
    await till.run(SettleEarnings, UUID(payment["id"]))
    assert await till.balance() == {**held, "pending": "0.00", "available": "712.50"}
    payout = await till.payout()
    assert (payout["status"], payout["amount"], payout["held_for"]) == ("processing", "712.50", None)
    assert (await till.balance())["in_transit"] == "712.50"
    await till.run(SendPayout, UUID(payout["id"]))
    paid = data(await till.call("GET", f"/payouts/{payout['id']}"))
    assert (paid["status"], paid["message"], bool(paid["reference"])) == ("paid", "Sent", True)
    assert await till.balance() == {**held, "pending": "0.00"}
    (listed,) = data(await till.call("GET", "/payouts"))["items"]
    assert listed == paid
    (earned,) = data(await till.call("GET", "/payouts/analytics", params={"interval": "month"}))
    assert earned["totals"] == {
        "gross": "750.00", "platform_fee": "37.50", "refunds": "0.00", "net_revenue": "712.50", "orders": 1,
        "average_order": "750.00",
    }  # fmt: skip
    assert earned["periods"] == [{**earned["totals"], "since": paid["created_at"][:7] + "-01"}]
    (statement,) = data(await till.call("GET", "/statements"))["items"]
    assert (statement["closing"], statement["is_final"]) == ("0.00", False)
    page = data(await till.call("GET", f"/statements/{statement['id']}"))
    assert page["statement"]["sums"] == {
        "opening": "0.00", "sales": "750.00", "fees": "37.50", "refunds": "0.00", "payouts": "712.50",
        "other": "0.00", "closing": "0.00",
    }  # fmt: skip
    assert [(line["kind"], line["gross"], line["fee"], line["amount"]) for line in page["lines"]] == [
        ("payment_captured", "750.00", "37.50", "712.50"), ("earnings_settled", "0.00", "0.00", "0.00"),
        ("payout_reserved", "-712.50", "0.00", "-712.50"),
    ]  # fmt: skip
    assert page["lines"][0]["order_number"].startswith("M-")
    answer = await till.call("GET", f"/statements/{statement['id']}", params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(answer.text.splitlines()))
    assert [row[-2] for row in rows] == ["balance", "0.00", "712.50", "712.50", "0.00"]
    pdf = await till.call("GET", f"/statements/{statement['id']}", params={"format": "pdf"})
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")


async def test_a_refund_takes_its_part_of_sale_and_fee(till: Till) -> None:
    market = till.market
    payment = data(await market.pay(await market.order()), 201)
    back = {"amount": 300, "reason": "broken"}
    data(await market.call("POST", f"/payments/{payment['id']}/refund", market.admin, back), 201)
    (earned,) = data(await till.call("GET", "/payouts/analytics"))
    assert earned["totals"] == {
        "gross": "750.00", "platform_fee": "22.50", "refunds": "300.00", "net_revenue": "427.50", "orders": 1,
        "average_order": "750.00",
    }  # fmt: skip
    assert (await till.balance())["pending"] == "427.50"
    (statement,) = data(await till.call("GET", "/statements"))["items"]
    sums = data(await till.call("GET", f"/statements/{statement['id']}"))["statement"]["sums"]
    assert (sums["sales"], sums["fees"], sums["refunds"], sums["closing"]) == ("750.00", "22.50", "300.00", "427.50")


async def test_a_new_account_is_shown_by_its_last_signs_and_cools_off(till: Till) -> None:
    account = data(await till.call("POST", "/payout-accounts", body=ACCOUNT), 201)
    assert (account["masked"], account["is_default"]) == ("…3456", True)
    assert IBAN not in str(data(await till.call("GET", "/payout-accounts")))
    await till.settled("100")
    refusal(await till.call("POST", "/payouts", body={"currency": "AED"}), 409, "payout_account_cooling_off")
    mistyped = {**ACCOUNT, "details": IBAN[:-1] + "7"}
    refusal(await till.call("POST", "/payout-accounts", body=mistyped), 422, "invalid_payout_account", "details")
    stripe = {**ACCOUNT, "kind": "stripe_account", "details": "acct_1Nv0FGQ9RKHgCVdK"}
    refusal(await till.call("POST", "/payout-accounts", body=stripe), 422, "payout_kind_unavailable", "kind")
    gone = await till.call("DELETE", f"/payout-accounts/{account['id']}")
    assert gone.status_code == 204
    assert data(await till.call("GET", "/payout-accounts")) == []
    refusal(await till.call("POST", "/payouts", body={"currency": "AED"}), 404, "payout_account_not_found")


async def test_a_large_payout_is_approved_by_finance(till: Till) -> None:
    await till.account()
    await till.settled("6000")
    payout = await till.payout(headers={"Idempotency-Key": "one"})
    assert (payout["status"], payout["held_for"]) == ("held", "large")
    assert await till.payout(headers={"Idempotency-Key": "one"}) == payout
    path, admin = f"/payouts/{payout['id']}", till.market.admin
    refusal(await till.call("POST", f"{path}/approve"), 403, "missing_permission")
    waiting = data(await till.call("GET", "/payouts", admin, params={"everybody": True, "status": "held"}))
    assert payout["id"] in [one["id"] for one in waiting["items"]]
    assert data(await till.call("POST", f"{path}/approve", admin))["status"] == "processing"
    refusal(await till.call("POST", f"{path}/cancel"), 409, "illegal_payout_move")
    await till.run(SendPayout, UUID(payout["id"]))
    came_back = await till.call("POST", f"{path}/reverse", admin, {"reason": "The account is closed"})
    assert data(came_back)["status"] == "reversed"
    assert (await till.balance())["available"] == "6000.00"


async def test_a_failed_payout_is_taken_up_again_by_finance(till: Till) -> None:
    await till.account(FAILING_IBAN)
    await till.settled("100")
    payout = await till.payout(100)
    await till.run(SendPayout, UUID(payout["id"]))
    assert data(await till.call("GET", f"/payouts/{payout['id']}"))["status"] == "failed"
    assert (await till.balance())["available"] == "100.00"
    refusal(await till.call("POST", f"/payouts/{payout['id']}/retry"), 403, "missing_permission")
    again = await till.call("POST", f"/payouts/{payout['id']}/retry", till.market.admin)
    assert data(again)["status"] == "processing"


async def test_others_see_nothing_of_it(till: Till) -> None:
    account = await till.account()
    await till.settled("6000")
    payout = (await till.payout())["id"]
    statement = data(await till.call("GET", "/statements"))["items"][0]["id"]
    market, paths = till.market, (f"/payouts/{payout}", f"/statements/{statement}")
    for path in paths:
        refusal(await till.call("GET", path, market.buyer), 403, "missing_permission")
    outsider = market.rival
    await market.fetch("UPDATE identity.users SET role = 'seller' WHERE id = $1", outsider.id)
    refusal(await till.call("GET", paths[0], outsider), 404, "payout_not_found")
    refusal(await till.call("POST", f"{paths[0]}/cancel", outsider), 404, "payout_not_found")
    refusal(await till.call("GET", paths[1], outsider), 404, "statement_not_found")
    refusal(await till.call("DELETE", f"/payout-accounts/{account}", outsider), 404, "payout_account_not_found")
    body = {"currency": "AED", "account_id": account}
    refusal(await till.call("POST", "/payouts", outsider, body), 404, "payout_account_not_found")
    for path in ("/payouts", "/statements"):
        assert data(await till.call("GET", path, outsider))["items"] == []
    assert data(await till.call("GET", "/payouts/analytics", outsider)) == []
    refusal(await till.call("GET", "/payouts", outsider, params={"everybody": True}), 403, "missing_permission")


async def test_a_schedule_is_kept_by_currency(till: Till) -> None:
    wish = {"currency": "AED", "interval": "weekly", "day": 1, "minimum": 100}
    schedule = data(await till.call("PUT", "/payouts/schedule", body=wish))
    assert datetime.fromisoformat(schedule["next_at"]).isoweekday() == 1
    manual = data(await till.call("PUT", "/payouts/schedule", body={**wish, "interval": "manual", "day": 0}))
    assert manual["next_at"] is None
    assert data(await till.call("GET", "/payouts/schedule")) == [manual]
    refusal(await till.call("PUT", "/payouts/schedule", body={**wish, "day": 8}), 422, "invalid_schedule", "day")
    small = {**wish, "minimum": 1}
    refusal(await till.call("PUT", "/payouts/schedule", body=small), 422, "payout_too_small", "amount")


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [
        ("2025-01-01", "2026-02-05", "from"),
        ("2026-02-02", "2026-02-01", "from"),
        (None, "9999-12-31", "to"),
        ("0001-01-01", "0001-01-02", "to"),
        ("2026-02-30", "2026-03-01", "from"),
    ],
)
async def test_analytics_take_a_bounded_period(till: Till, since: str | None, until: str, field: str) -> None:
    asked = {"from": since, "to": until} if since else {"to": until}
    refusal(await till.call("GET", "/payouts/analytics", params=asked), 422, "invalid_period", field)


async def test_a_wallet_is_topped_up_by_card_and_spent(till: Till) -> None:
    market, buyer = till.market, till.market.buyer
    assert data(await market.call("GET", "/wallet", buyer)) == []
    declined = {"amount": 800, "currency": "AED", "card": {**CARD, "number": "4000000000000002"}}
    assert data(await market.call("POST", "/wallet/top-ups", buyer, declined), 201)["status"] == "failed"
    topped = data(await market.call("POST", "/wallet/top-ups", buyer, {**declined, "card": CARD}), 201)
    assert (topped["status"], topped["purpose"], topped["order_id"]) == ("completed", "top_up", None)
    order = await market.order()
    paid = await market.call("POST", f"/payments/order/{order}/pay", buyer, {"payment_method": "wallet"})
    assert data(paid, 201)["status"] == "completed"
    assert data(await market.call("GET", "/wallet", buyer)) == [{"currency": "AED", "balance": "50.00"}]
    entries = data(await market.call("GET", "/wallet/entries", buyer, params={"per_page": 1}))
    assert [(one["amount"], one["order_id"]) for one in entries["items"]] == [("-750.00", order)]
    after = data(await market.call("GET", "/wallet/entries", buyer, params={"cursor": entries["next_cursor"]}))
    assert [(one["amount"], one["payment_id"]) for one in after["items"]] == [("800.00", topped["id"])]
    second = await market.order()
    poor = await market.call("POST", f"/payments/order/{second}/pay", buyer, {"payment_method": "wallet"})
    assert refusal(poor, 409, "insufficient_funds")["detail"] == "your wallet holds 50.00 AED"
    assert data(await market.call("GET", "/wallet/entries", market.rival))["items"] == []
    itself = {"amount": 10, "currency": "AED", "payment_method": "wallet"}
    refusal(
        await market.call("POST", "/wallet/top-ups", buyer, itself), 422, "payment_method_unavailable", "payment_method"
    )
    missing = new_id()
    refusal(await till.call("GET", f"/payouts/{missing}"), 404, "payout_not_found")


async def test_a_top_up_that_was_spent_does_not_go_back(till: Till) -> None:
    market, buyer = till.market, till.market.rival
    body = {"amount": 800, "currency": "AED", "card": CARD}
    topped = data(await market.call("POST", "/wallet/top-ups", buyer, body), 201)
    order = data(await market.call("PATCH", f"/offers/{await market.offer(await market.product(), who=buyer)}/accept",
                                   market.seller))["transaction_id"]  # fmt: skip
    data(await market.call("POST", f"/payments/order/{order}/pay", buyer, {"payment_method": "wallet"}), 201)
    path, admin = f"/payments/{topped['id']}/refund", market.admin
    refusal(await market.call("POST", path, admin, {"reason": "asked"}), 409, "insufficient_funds")
    data(await market.call("POST", path, admin, {"reason": "asked", "amount": 50}), 201)
    assert data(await market.call("GET", "/wallet", buyer)) == [{"currency": "AED", "balance": "0.00"}]


async def test_a_seller_is_told_of_each_move_and_by_letter_of_accounts_and_ends(till: Till) -> None:
    """What was published for the worker is handled here, in order."""
    market = till.market
    (seller,) = await market.fetch("SELECT email FROM identity.users WHERE id = $1", market.seller.id)
    await till.account()
    await till.settled("100")
    payout = await till.payout()
    await till.run(SendPayout, UUID(payout["id"]))
    for some in ("%.payout%", SEND_POSTED):
        jobs = await market.fetch(
            "SELECT handler, payload::text FROM jobs.job"
            " WHERE handler LIKE $1 AND payload::text LIKE $2 ORDER BY id",
            some, f"%{market.seller.id}%",
        )  # fmt: skip
        for job in jobs:
            handler = handlers.by_name[job["handler"]]
            async with market.app.state.dishka_container() as scope:
                await handler.run(scope, msgspec.json.decode(job["payload"], type=handler.payload_type))
    events = data(await till.call("GET", "/sync/events"))["events"]
    moves = [(one["name"], one["data"]["status"]) for one in events if one["name"].startswith("payout")]
    assert moves == [
        ("payout_account:updated", "added"), ("payout:updated", "processing"), ("payout:updated", "paid"),
    ]  # fmt: skip
    letters = data(await market.client.get("/dev/outbox", params={"to": seller["email"]}))
    assert [one["subject"] for one in letters] == ["Your payout was sent", "A payout account was added"]
    assert "100.00 AED" in letters[0]["body"]
    assert "…3456" in letters[1]["body"]
    assert IBAN not in str(letters)
