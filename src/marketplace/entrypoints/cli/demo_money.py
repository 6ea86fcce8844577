"""The money act: delivered, completed and paid out, then a part goes back; every fee explains itself."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from marketplace.entrypoints.cli.client import Api
from marketplace.entrypoints.cli.story import Person, money, title

REFUND = 312.00
"""40 % of what the camera cost."""


async def play(sara: Person, omar: Person, admin: Api, order_id: str, payment_id: str) -> None:
    title("Delivery, payout, and a refund after it")
    [fee] = await sara.api("GET", f"/api/v1/orders/{order_id}/fees")
    sara.says(f"asks why this fee: {fee['explanation']}")
    async with sara.acts("hands the camera over: delivered"):
        await sara.api("POST", f"/api/v1/orders/{order_id}/deliver")
    async with omar.acts("has it, and completes the order"):
        await omar.api("POST", f"/api/v1/orders/{order_id}/complete")
    balance = await _until(lambda: _balance(sara), lambda found: found["available"] > 0)
    sara.says(f"has {money(balance['available'])} to be paid out (the demo holds earnings for no time)")
    account = await sara.api("POST", "/api/v1/payout-accounts", {
        "kind": "bank", "holder": "Sara Haddad", "details": "AE07 0331 2345 6789 0123 456",
    })  # fmt: skip
    async with sara.acts(f"asks for all of it, to the account {account['masked']}"):
        payout = await sara.api("POST", "/api/v1/payouts", {"currency": "AED"})
    payout = await _until(
        lambda: sara.api("GET", f"/api/v1/payouts/{payout['id']}"), lambda found: found["status"] == "paid"
    )
    sara.says(f"is paid {money(payout['amount'])}")
    back = await admin("POST", f"/api/v1/payments/{payment_id}/refund", {"amount": REFUND, "reason": "A torn strap"})
    omar.says(
        f"shows a torn strap: {money(back['refund']['amount'])} go back, the payment is {back['status']}; "
        f"{money(back['refund']['fee_returned'])} of the fee are given up, at the frozen rate"
    )
    balance = await _balance(sara)
    sara.says(
        f"was paid out already, so the balance is {money(balance['available'])}, and {money(balance['owed'])} "
        "are owed: the next sale pays that first"
    )
    invoice = await _until(
        lambda: omar.api("GET", f"/api/v1/orders/{order_id}/invoice"), lambda found: found["credit_notes"]
    )
    notes = ", ".join(note["number"] for note in invoice["credit_notes"])
    omar.says(f"finds invoice {invoice['number']} over {money(invoice['total'])}, and credit note {notes}")


async def _balance(seller: Person) -> dict[str, Any]:
    found = await seller.api("GET", "/api/v1/payouts/balance")
    return next((one for one in found if one["currency"] == "AED"), {"available": 0})


async def _until(ask: Callable[[], Awaitable[Any]], is_there: Callable[[Any], bool]) -> Any:
    """Workers need a moment."""
    until = monotonic() + 20
    while not is_there(found := await ask()):
        if monotonic() > until:
            raise RuntimeError(f"still {found}")
        await asyncio.sleep(0.05)
    return found
