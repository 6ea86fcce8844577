"""F1: SIGKILL PostgreSQL, Valkey, HTTP processes and the worker in turn under people who trade without pause."""

import asyncio
import json
import os
import random
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from prove.canaries import ACCOUNTS
from prove.checkers import violations
from prove.idempotency import NO_TIME
from prove.node import Node, node
from prove.people import DECLINED, GOOD, PRODUCT, RANDOM, SILENT, Person, client, payment, people
from prove.quiet import until_quiet

VICTIMS = ("postgres", "http", "worker", "valkey")
BACK_WITHIN = 10.0
GIVE_UP = 60.0


class Journal:
    """What was acknowledged, on disk before anybody acts on it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")
        self.acknowledged: list[tuple[str, dict[str, Any]]] = []

    def add(self, what: str, data: dict[str, Any]) -> None:
        self._file.write(json.dumps([what, data]).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.acknowledged.append((what, data))


class Listener:
    """One person's plain WebSocket, opened again after every cut; takes each event once, in order, whatever repeats."""

    def __init__(self, server: Node, person: Person) -> None:
        self._url = f"{server.url.replace('http', 'ws')}/ws?token={person.token}"
        self.person = person
        self.heard: list[int] = []

    async def run(self) -> None:
        while True:
            with suppress(OSError, WebSocketException, asyncio.TimeoutError, EOFError):
                async with connect(self._url, open_timeout=5) as socket:
                    last = self.heard[-1] if self.heard else 0
                    await socket.send(json.dumps({"type": "resume", "after": last}))
                    async for text in socket:
                        frame = json.loads(text)
                        if frame["type"] == "ping":
                            await socket.send('{"type":"pong"}')
                        elif frame.get("id") and frame["seq"] == len(self.heard) + 1:
                            self.heard.append(frame["seq"])
            await asyncio.sleep(0.05)


class Trader:
    """Sells to and buys from somebody in an endless loop; every call is repeated with its key until it is answered."""

    def __init__(
        self, http: httpx.AsyncClient, seller: Person, buyer: Person, admin: Person, journal: Journal, seed: int
    ) -> None:
        self._http = http
        self._seller = seller
        self._buyer = buyer
        self._admin = admin
        self._journal = journal
        self._random = random.Random(seed)
        self.deals = 0

    async def run(self, stop: asyncio.Event) -> None:
        wish = {"kind": "bank", "holder": "Amina Haddad", "details": ACCOUNTS[0]}
        await self._do("account", self._seller, "POST", "/payout-accounts", wish)
        while not stop.is_set():
            await self._deal()
            self.deals += 1

    async def _deal(self) -> None:
        product = await self._do("product", self._seller, "POST", "/products", PRODUCT)
        offer = await self._do(
            "offer", self._buyer, "POST", "/offers", {"product_id": product["id"], "offered_price": 700.00}
        )
        if self._random.random() < 0.5:
            path = f"/offers/{offer['id']}/counter"
            offer = await self._do("offer", self._seller, "PATCH", path, {"counter_price": 800.00})
            accepting = self._buyer
        else:
            accepting = self._seller
        order = (await self._do("accepted", accepting, "PATCH", f"/offers/{offer['id']}/accept"))["transaction_id"]
        for card in (self._random.choice([DECLINED, RANDOM, SILENT]), GOOD, GOOD):
            paid = await self._do("payment", self._buyer, "POST", f"/payments/order/{order}/pay", payment(card), 409)
            if paid.get("status") in {None, "completed", "pending"}:
                break
        if paid.get("status") == "completed":
            await self._fulfil(order, paid["id"])

    async def _fulfil(self, order: str, paid: str) -> None:
        """Delivered and completed, then some money goes back to the buyer, or to the seller's bank."""
        await self._do("delivered", self._seller, "POST", f"/orders/{order}/deliver", None, 409)
        await self._do("completed", self._buyer, "POST", f"/orders/{order}/complete", None, 409)
        if self._random.random() < 0.5:
            wish = {"reason": "Arrived broken", "amount": 100.00}
            await self._do("refund", self._admin, "POST", f"/payments/{paid}/refund", wish)
        wish = {"currency": "AED", "amount": 50.00}
        await self._do("payout", self._seller, "POST", "/payouts", wish, 409, 422)

    async def _do(
        self, what: str, who: Person, method: str, path: str, body: Any = None, *accept: int
    ) -> dict[str, Any]:
        """The acknowledged data; `accept` are refusals that may follow from what happened meanwhile."""
        headers = who.headers | {"idempotency-key": str(uuid4())}
        until = time.monotonic() + GIVE_UP
        while True:
            with suppress(httpx.HTTPError):
                answer = await self._http.request(method, path, json=body, headers=headers)
                if answer.status_code < 300:
                    data: dict[str, Any] = answer.json()["data"]
                    self._journal.add(what, data)
                    return data
                code = answer.json().get("code")
                if answer.status_code in accept and code != "idempotent_request_in_progress":
                    return {}
                if answer.status_code != 503 and code != "idempotent_request_in_progress":
                    raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
            if time.monotonic() > until:
                raise RuntimeError(f"{method} {path} had no answer for {GIVE_UP} s")
            await asyncio.sleep(0.05)


async def kill(kills: int, traders: int, seed: int) -> list[str]:
    found: list[str] = []
    back: dict[str, list[float]] = defaultdict(list)
    chance = random.Random(seed)
    async with node(None, **NO_TIME) as server, client(server.url, traders * 2) as http:
        journal = Journal(server.folder / "journal.jsonl")
        sellers = await people(server.admin_dsn, server.settings, "seller", traders)
        buyers = await people(server.admin_dsn, server.settings, "buyer", traders)
        (admin,) = await people(server.admin_dsn, server.settings, "admin", 1)
        pairs = zip(sellers, buyers, strict=True)
        crowd = [Trader(http, *pair, admin, journal, seed + number) for number, pair in enumerate(pairs)]
        listeners = [Listener(server, person) for person in [*sellers, *buyers]]
        stop = asyncio.Event()
        listening = [asyncio.create_task(one.run()) for one in listeners]
        trading = [asyncio.create_task(one.run(stop)) for one in crowd]
        for number in range(kills):
            await asyncio.sleep(chance.uniform(0.3, 1.0))
            victim = VICTIMS[number % len(VICTIMS)]
            server.kill(victim, chance.randrange(2))
            back[victim].append(await server.until_ready(30))
        stop.set()
        found += [repr(error) for error in await asyncio.gather(*trading, return_exceptions=True) if error]
        found += await until_quiet(server.admin_dsn)
        found += await violations(server.admin_dsn)
        found += await _lost(server.admin_dsn, journal)
        found += await _unheard(server.admin_dsn, listeners)
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    slow = {name: max(times) for name, times in back.items()}
    found += [f"{name} was back after {longest:.1f} s only" for name, longest in slow.items() if longest > BACK_WITHIN]
    times = ", ".join(f"{name} {sorted(all_)[len(all_) // 2]:.2f}/{max(all_):.2f} s" for name, all_ in back.items())
    print(
        f"kill: {kills} kills under {traders} traders, {sum(one.deals for one in crowd)} deals, "
        f"{len(journal.acknowledged)} acknowledged writes; back after (median/longest) {times}; {len(found)} violations"
    )
    return found


_MOVED = "SELECT count(*) FROM ordering.order_steps WHERE order_id = $1::uuid AND target = '{}' AND $2 >= 0"
_STORED = {
    "product": "SELECT count(*) FROM catalog.listings WHERE id = $1::uuid AND price_minor = $2",
    "offer": "SELECT count(*) FROM trading.offers WHERE id = $1::uuid AND price_minor = $2",
    "accepted": "SELECT count(*) FROM trading.offers f JOIN ordering.orders o USING (negotiation_id) "
    "WHERE f.id = $1::uuid AND f.status = 'accepted' AND o.id = $2::uuid",
    "payment": "SELECT count(*) FROM payments.payments WHERE id = $1::uuid AND amount_minor = $2",
    "delivered": _MOVED.format("delivered"),
    "completed": _MOVED.format("completed"),
    "refund": "SELECT count(*) FROM payments.refunds WHERE id = $1::uuid AND amount_minor = $2",
    "account": "SELECT count(*) FROM payments.payout_accounts WHERE id = $1::uuid AND $2 = 0",
    "payout": "SELECT count(*) FROM payments.payouts WHERE id = $1::uuid AND amount_minor = $2",
}


async def _lost(dsn: str, journal: Journal) -> list[str]:
    """V5: what was acknowledged and is not there, or not as it was acknowledged."""
    connection = await asyncpg.connect(dsn)
    found = []
    try:
        for what, answered in journal.acknowledged:
            data = answered["refund"] if what == "refund" else answered
            amount = data.get("price") or data.get("offered_price") or data.get("amount") or 0
            arguments = [data["id"], data["transaction_id"] if what == "accepted" else round(amount * 100)]
            if await connection.fetchval(_STORED[what], *arguments) != 1:
                found.append(f"V5 lost: {what} {data['id']}")
            if what == "payment" and data["status"] == "completed":
                query = "SELECT count(*) FROM payments.payments WHERE id = $1::uuid AND status ~ 'captured|refunded'"
                if await connection.fetchval(query, data["id"]) != 1:
                    found.append(f"V5 lost: payment {data['id']} was completed")
    finally:
        await connection.close()
    return found


async def _unheard(dsn: str, listeners: list[Listener], limit: float = 15) -> list[str]:
    """Every listener's numbers are 1, 2, 3 ... up to the last in the database."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT user_id, last_seq FROM notifications.user_cursors")
    finally:
        await connection.close()
    wanted = {row["user_id"]: list(range(1, row["last_seq"] + 1)) for row in rows}
    until = time.monotonic() + limit
    while time.monotonic() < until and any(one.heard != wanted.get(one.person.id, []) for one in listeners):
        await asyncio.sleep(0.05)
    return [
        f"RT1 {one.person.id} heard {len(one.heard)} of {len(wanted.get(one.person.id, []))} events"
        for one in listeners
        if one.heard != wanted.get(one.person.id, [])
    ]
