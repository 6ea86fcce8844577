"""Click as a merchant sees it: sessions that call the SHOP-API, and the Merchant API that the merchant calls.

`Click.plays` believes the merchant's answers alone, as Click does.
"""

import asyncio
import hashlib
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

Send = Callable[[str, bytes], Awaitable[bytes]]
"""POSTs a form to `prepare` or `complete`, and gives the body of the answer."""
PAID, REVERSED = 2, -99
NOT_ENOUGH_MONEY = -5017
PLANS: Sequence[Sequence[str]] = (
    ("prepare", "complete"), ("prepare", "complete"), ("prepare", "complete"), ("prepare", "fail"),
    ("prepare", "complete", "fail"), ("prepare",), ("complete", "prepare"), ("fail", "prepare", "complete"),
    ("prepare", "fail", "complete"),
)  # fmt: skip


@dataclass
class Session:
    """`is_paid`: the merchant took the money; `is_cancelled`: and gave it up, before or after that."""

    number: int
    payment: str
    amount: str
    prepare_id: int = 999_999_999
    is_prepared: bool = False
    is_paid: bool = False
    is_cancelled: bool = False


class Click:
    def __init__(self, send: Send, secret: str, *, service_id: str, seed: int) -> None:
        self._send = send
        self._secret = secret
        self._service_id = service_id
        self._seed = seed
        self.calls = self.unanswered = 0

    async def plays(self, payment: str, amount: str) -> Session:
        """`amount` is in so'm, as Click writes it. The same seed and payment play the same session."""
        chance = random.Random(f"{self._seed}:{payment}")
        session = Session(chance.getrandbits(62), payment, amount)
        for name in _repeated(chance.choice(PLANS), chance):
            times = 2 if chance.random() < 0.2 else 1
            await asyncio.gather(*(self._call(session, name) for _ in range(times)))
        return session

    def signed(self, session: Session, action: int, error: int = 0) -> dict[str, str]:
        fields = {
            "click_trans_id": session.number, "service_id": self._service_id, "click_paydoc_id": session.number,
            "merchant_trans_id": session.payment, "amount": session.amount, "action": action, "error": error,
            "error_note": "Success" if error == 0 else "Not enough money", "sign_time": "2026-11-21 16:40:00",
        } | ({"merchant_prepare_id": session.prepare_id} if action == 1 else {})  # fmt: skip
        texts = {name: str(value) for name, value in fields.items()}
        signed = (
            texts["click_trans_id"], texts["service_id"], self._secret, texts["merchant_trans_id"],
            texts.get("merchant_prepare_id", ""), texts["amount"], texts["action"], texts["sign_time"],
        )  # fmt: skip
        texts["sign_string"] = hashlib.md5("".join(signed).encode(), usedforsecurity=False).hexdigest()
        return texts

    async def _call(self, session: Session, name: str) -> None:
        error = NOT_ENOUGH_MONEY if name == "fail" else 0
        fields = self.signed(session, 0 if name == "prepare" else 1, error)
        answer: dict[str, Any] = {}
        while "error" not in answer:  # an answer that is none of the protocol's is no answer
            self.calls += 1
            body = await self._send("prepare" if name == "prepare" else "complete", urlencode(fields).encode())
            answer = json.loads(body)
            self.unanswered += "error" not in answer
        self._believe(session, name, answer)

    def _believe(self, session: Session, name: str, answer: dict[str, Any]) -> None:
        code = answer["error"]
        if name == "prepare" and code == 0:
            session.prepare_id, session.is_prepared = answer["merchant_prepare_id"], True
        elif name == "complete":
            session.is_paid |= code in {0, -4}
            session.is_cancelled |= code == -9
        elif name == "fail":
            session.is_cancelled |= code == -9


def _repeated(plan: Sequence[str], chance: random.Random) -> list[str]:
    """With repetitions, at once or later."""
    calls = list(plan)
    for name in plan:
        if chance.random() < 0.3:
            calls.insert(chance.randint(calls.index(name) + 1, len(calls)), name)
    return calls


class ClickMerchantApi:
    """What Click knows of payments, by the merchant's id of each: its own number and its status.

    `is_silent`: it answers nothing that can be read.
    """

    def __init__(self, secret: str, *, service_id: str, user_id: str) -> None:
        self.payments: dict[str, tuple[int, int]] = {}
        self.calls: list[str] = []
        self.is_silent = False
        self.refuses_reversals = False
        self.origin = ""
        self._secret = secret
        self._service_id = service_id
        self._user_id = user_id

    async def handle(self, request: web.BaseRequest) -> web.Response:
        self.calls.append(f"{request.method} {request.path}")
        if self.is_silent:
            return web.Response(status=502, text="Bad gateway")
        user, digest, at = (request.headers.get("auth", "") + "::").split(":")[:3]
        expected = hashlib.sha1(f"{at}{self._secret}".encode(), usedforsecurity=False).hexdigest()
        if (user, digest) != (self._user_id, expected):
            return web.json_response({"error_code": -1, "error_note": "Auth failed"}, status=401)
        match request.method, request.path.strip("/").split("/"):
            case "GET", ["payment", "status_by_mti", self._service_id, merchant_id, _]:
                return self._found(merchant_id)
            case "GET", ["payment", "status", self._service_id, number]:
                return self._found(self._merchant_id(number))
            case "DELETE", ["payment", "reversal", self._service_id, number]:
                return self._reversed(self._merchant_id(number))
        return web.json_response({"error_code": -3, "error_note": "Not found"}, status=404)

    def _merchant_id(self, number: str) -> str:
        return next((one for one, (own, _) in self.payments.items() if str(own) == number), "")

    def _found(self, merchant_id: str) -> web.Response:
        if merchant_id not in self.payments:
            return web.json_response({"error_code": -5, "error_note": "Payment not found"})
        number, status = self.payments[merchant_id]
        return web.json_response(
            {"error_code": 0, "error_note": "Success", "payment_id": number, "payment_status": status}
        )

    def _reversed(self, merchant_id: str) -> web.Response:
        number, status = self.payments.get(merchant_id, (0, 0))
        if status != PAID or self.refuses_reversals:
            return web.json_response({"error_code": -31, "error_note": "Cannot be reversed"})
        self.payments[merchant_id] = (number, REVERSED)
        return web.json_response({"error_code": 0, "error_note": "Success", "payment_id": number})


@asynccontextmanager
async def running(api: ClickMerchantApi, port: int = 0) -> AsyncIterator[ClickMerchantApi]:
    """On this machine only; port 0 is any that is free, and `api.origin` says where."""
    runner = web.ServerRunner(web.Server(api.handle), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    host, bound = runner.addresses[0]
    api.origin = f"http://{host}:{bound}"
    try:
        yield api
    finally:
        await runner.cleanup()
