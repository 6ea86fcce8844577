"""`make demo`: people play the main jobs against a fresh server, told as a story from both sides."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from marketplace.entrypoints.cli import demo_desk, demo_money, demo_talk
from marketplace.entrypoints.cli.client import Api, Refused, socketio, websocket
from marketplace.entrypoints.cli.story import Person, money, title

START_LIMIT = 60.0


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="marketplace-demo-") as folder:
        Path(folder).chmod(0o711)  # so that the engines' own user may pass, where we are root
        with _server(Path(folder)) as api:
            return asyncio.run(_play(api))


async def _play(api: Api) -> int:
    started = monotonic()
    sara, omar = Person("Sara", "sells", api, left=True), Person("Omar", "buys", api, left=False)
    title("Two people, one camera")
    await sara.sign_up("seller")
    await omar.sign_up("buyer")
    async with socketio(sara.api) as sara.events, websocket(omar.api) as omar.events:
        await sara.events.expect({"connected"})
        await omar.events.expect({"connected"})
        sara.says("is connected by Socket.IO")
        omar.says("is connected by plain WebSocket, let in by a ticket")
        product = await _list(sara)
        conversation = await demo_talk.begin(sara, omar, product)
        order_id = await _negotiate(sara, omar, product)
        payment_id = await _pay(sara, omar, order_id)
        await demo_talk.look_back(sara, omar, conversation)
    admin = await _administrator(api)
    await demo_money.play(sara, omar, admin, order_id, payment_id)
    await demo_desk.play(api)
    await _show_books(admin)
    print(f"\nPlayed in {monotonic() - started:.1f} s.")
    return 0


async def _list(sara: Person) -> str:
    title("Listing")
    product = await sara.api("POST", "/api/v1/products", {
        "title": "Vintage film camera", "description": "Works, new light seals.", "price": 850.00,
        "currency": "AED", "category": "electronics", "condition": "good", "feed_type": "community",
    })  # fmt: skip
    sara.says(
        f"lists “{product['title']}” for {money(product['price'])}; a sale at that price would cost "
        f"{money(product['platform_fee'])} and bring {money(product['seller_payout'])}"
    )
    return str(product["id"])


async def _negotiate(sara: Person, omar: Person, product: str) -> str:
    title("Negotiation")
    async with omar.acts("offers 700.00: “Cash today?”"):
        offer = await omar.api("POST", "/api/v1/offers", {
            "product_id": product, "offered_price": 700.00, "message": "Cash today?",
        })  # fmt: skip
    await omar.hears("offer:created")
    await sara.hears("offer:new")
    async with sara.acts("counters with 780.00"):
        counter = await sara.api("PATCH", f"/api/v1/offers/{offer['id']}/counter", {"counter_price": 780.00})
    await sara.hears("offer:updated")
    await omar.hears("offer:updated")
    await sara.hears("offer:created")
    await omar.hears("offer:new")
    try:
        await sara.api("PATCH", f"/api/v1/offers/{counter['id']}/accept")
    except Refused as refusal:
        sara.says(f"tries to accept her own counter: {refusal}")
    async with omar.acts("accepts 780.00"):
        accepted = await omar.api("PATCH", f"/api/v1/offers/{counter['id']}/accept")
    order_id: str = accepted["transaction_id"]
    await _both_hear(sara, omar, {"offer:updated", "order_created"})
    order = await omar.api("GET", f"/api/v1/orders/{order_id}")
    fee = order["fees"][0]
    omar.says(f"has order {order['number']} over {money(order['amount'])}, to be paid within 24 hours")
    sara.says(
        f"will be owed {money(order['seller_payout'])}: the fee is frozen at {fee['basis_points'] / 100:g} % "
        f"of {money(fee['base'])} = {money(fee['amount'])} ({fee['rule']})"
    )
    return order_id


async def _pay(sara: Person, omar: Person, order_id: str) -> str:
    """The id of the payment."""
    title("Payment")
    for number, story in (
        ("4000000000000002", "pays with a card that is declined"),
        ("4242424242424242", "pays with a good card"),
    ):
        async with omar.acts(story):
            payment = await omar.api("POST", f"/api/v1/payments/order/{order_id}/pay", {
                "payment_method": "credit_card",
                "card": {"number": number, "exp_month": 12, "exp_year": 2030, "cvc": "123"},
            })  # fmt: skip
        omar.says(f"sees the payment {payment['status']}: {payment['gateway_response']['message']}")
        if payment["status"] == "failed":
            await omar.hears("payment_failed")
    await _both_hear(sara, omar, {"payment_success"})
    transaction = await sara.api("GET", f"/api/v1/transactions/{order_id}")
    sara.says(f"sees transaction {transaction['status']}")
    try:
        await omar.api("POST", f"/api/v1/payments/order/{order_id}/pay", {"payment_method": "credit_card"})
    except Refused as refusal:
        omar.says(f"tries to pay again: {refusal}")
    return str(payment["id"])


async def _administrator(api: Api) -> Api:
    admin = Api(api.host, api.port)
    admin.token = (
        await admin("POST", "/api/v1/auth/login", {
            "identifier": "admin@marketplace.example", "password": "Admin-Pass-2026!",
        })
    )["access_token"]  # fmt: skip
    return admin


async def _show_books(admin: Api) -> None:
    title("The books (as the administrator sees them)")
    books = await admin("GET", "/api/v1/ledger/trial-balance")
    print(f"  {'account':<24}{'debit':>14}{'credit':>14}")
    for account in books["accounts"]:
        if not (balance := account["balance"]):
            continue
        debit, credit = (f"{balance:.2f}", "") if balance > 0 else ("", f"{-balance:.2f}")
        print(f"  {account['kind']:<24}{debit:>14}{credit:>14}  {account['currency']}")
    for currency, total in books["totals"].items():
        print(f"  {'sum':<24}{total:>14.2f}{'':>14}  {currency}")
    if not books["balanced"]:
        raise RuntimeError("the books do not balance")
    print("  The books balance.")


async def _both_hear(sara: Person, omar: Person, names: set[str]) -> None:
    await sara.hears(*names)
    await omar.hears(*names)


@contextmanager
def _server(folder: Path) -> Iterator[Api]:
    """A whole server on a fresh data folder and a free port; ended at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "ENVIRONMENT"}
    }
    environ |= {"DATA_DIR": str(folder), "PORT": str(port), "HOST": "127.0.0.1", "LOG_LEVEL": "WARNING"}
    environ |= {"EARNINGS_HOLD_HOURS": "0", "PAYOUT_COOL_OFF_HOURS": "0"}
    command = [sys.executable, "-m", "marketplace", "serve"]
    print("Starting a server of its own on a fresh data folder …", flush=True)
    began = monotonic()
    with (folder / "serve.log").open("w+b") as log:
        server = subprocess.Popen(command, env=environ, stdout=log, stderr=log)  # noqa: S603 - our own command
        try:
            api = Api("127.0.0.1", port)
            _wait_until_ready(api, server, log)
            print(f"Ready after {monotonic() - began:.1f} s.")
            yield api
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(40)


def _wait_until_ready(api: Api, server: "subprocess.Popen[bytes]", log: Any) -> None:
    until = monotonic() + START_LIMIT
    while monotonic() < until and server.poll() is None:
        try:
            asyncio.run(api("GET", "/health/ready"))
        except (OSError, Refused):
            asyncio.run(asyncio.sleep(0.1))
        else:
            return
    log.seek(0)
    raise SystemExit(f"the server did not start:\n{log.read().decode(errors='replace')[-2000:]}")
