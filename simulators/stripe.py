"""Stripe on a port of this machine: the part of its API that we use, its errors, idempotency keys and webhooks.

Beside the API: `/3d_secure/INTENT` is the bank's page, and below `/_control` a test says what goes wrong.
"""

import asyncio
import hashlib
import hmac
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode

import aiohttp
import msgspec
from aiohttp import web

from simulators.faults import Fault, Faults, Outgoing, Send, Struck, What, answer
from simulators.stripe_books import Books, Json, Refused, invalid

Act = Callable[["StripeSimulator", str, Json, Struck], Any]
"""Takes the object's id ("" without one), the parameters and what struck the call."""
WHOLE = {"amount", "limit", "gte", "gt", "lt", "lte", "exp_month", "exp_year"}
"""Parameters that are whole numbers."""
KEPT_STATUSES = {200, 402}
"""Answers that an idempotency key brings back: what was done, and what was declined."""


class StripeSimulator:
    """`webhook_url` and `webhook_secrets`: where events go to, signed with each of the secrets."""

    def __init__(
        self, *, seed: int | None = None, faults: Sequence[Fault] = (), key: str = "", webhook_url: str = "",
        webhook_secrets: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """`key`: the one secret key it takes; any without. With the same `seed` ids and faults are the same."""
        self.faults = Faults(seed, faults)
        self.send: Send = self._send
        """How events are posted."""
        self._seed = seed
        self.webhook_url = webhook_url
        self.webhook_secrets = tuple(webhook_secrets)
        self.origin = ""
        self._key = key
        self._lately: set[asyncio.Task[None]] = set()
        self.begin_anew()

    def begin_anew(self) -> None:
        """Empty books, and nothing to tell."""
        self.books = Books(self._seed, self._announce)
        self.outgoing = Outgoing(self.faults, lambda name, body: self.send(name, body))
        self._replies: dict[str, tuple[str, int, bytes]] = {}

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        call = f"{request.method} {request.path}"
        if request.path.startswith("/_control/"):
            return await self._control(request)
        if request.path.startswith("/3d_secure/"):
            return await self._bank(request)
        body = await request.read()

        async def act() -> web.Response:
            status, text = self._answer(request, body, struck)
            return web.Response(status=status, body=text, content_type="application/json")

        struck = self.faults.of(call)
        return await answer(request, struck, act)

    def _answer(self, request: web.BaseRequest, body: bytes, struck: Struck) -> tuple[int, bytes]:
        """By the idempotency key, or done now."""
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        print_ = hashlib.sha256(f"{request.method} {request.path}\n".encode() + body).hexdigest()
        if key in self._replies:
            known, status, text = self._replies[key]
            if known != print_:
                words = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used with."
                )
                return 400, _json({"error": {"type": "idempotency_error", "message": words}})
            return status, text
        status, text = self._done(request, body, struck)
        if key is not None and status in KEPT_STATUSES:
            self._replies[key] = (print_, status, text)
        return status, text

    def _done(self, request: web.BaseRequest, body: bytes, struck: Struck) -> tuple[int, bytes]:
        shown = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not shown.startswith("sk_") or (self._key and not hmac.compare_digest(shown, self._key)):
            return 401, _json({"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}})
        for (method, pattern), act in ROUTES.items():
            if method == request.method and (found := re.fullmatch(pattern, request.path)):
                try:
                    fields = tree(parse_qsl(body.decode() if method == "POST" else request.query_string))
                    return 200, _json(act(self, found.group(1) if found.groups() else "", fields, struck))
                except Refused as refused:
                    return refused.status, _json(refused.body)
                except KeyError as missing:
                    return 400, _json(invalid(f"Missing required param: {missing.args[0]}.", "parameter_missing").body)
        return 404, _json(invalid(f"Unrecognized request URL ({request.method}: {request.path}).").body)

    async def _bank(self, request: web.BaseRequest) -> web.StreamResponse:
        """The page of the payer's bank: GET shows it, POST with `answer` approve or decline sends the payer back."""
        intent = self.books.get(request.path.rpartition("/")[2], "payment_intent")
        if intent["status"] != "requires_action":
            return web.Response(status=410, text="This payment waits for no answer.")
        if request.method != "POST":
            form = '<form method="post"><button name="answer" value="approve">Approve</button>'
            form += '<button name="answer" value="decline">Decline</button></form>'
            return web.Response(text=form, content_type="text/html")
        back = intent["next_action"]["redirect_to_url"]["return_url"]
        self.bank_answers(intent, approves=dict(parse_qsl((await request.read()).decode())).get("answer") == "approve")
        status = "succeeded" if intent["status"] == "succeeded" else "failed"
        told = urlencode({"payment_intent": intent["id"], "redirect_status": status})
        return web.Response(status=303, headers={"location": f"{back}{'&' if '?' in back else '?'}{told}"})

    def bank_answers(self, intent: Json, *, approves: bool) -> None:
        words = (
            "We are unable to authenticate your payment method. Please choose a different payment method and try again."
        )
        try:
            if approves:
                self.books.capture(intent)
            else:
                self.books.fail(intent, "payment_intent_authentication_failure", words)
        except Refused:
            return

    async def _control(self, request: web.BaseRequest) -> web.StreamResponse:
        """POST faults (a list), clear, deliver, finish/INTENT, dispute/INTENT, dispute-to/DISPUTE/STATUS; GET calls."""
        verb, *rest = request.path.removeprefix("/_control/").split("/")
        body = await request.read()
        match verb, rest:
            case "faults", []:
                self.faults.add(*msgspec.json.decode(body, type=list[Fault]))
                return web.json_response({"armed": True})
            case "clear", []:
                self.faults.clear()
                return web.json_response({"cleared": True})
            case "calls", []:
                return web.json_response(self.faults.calls)
            case "deliver", []:
                return web.json_response(await self.outgoing.deliver())
            case "finish", [intent_id]:
                return web.json_response(self.finish(intent_id))
            case "dispute", [intent_id]:
                return web.json_response(self.books.dispute(self.books.get(intent_id, "payment_intent"), "fraudulent"))
            case "dispute-to", [dispute_id, status]:
                return web.json_response(self.books.move_dispute(self.books.get(dispute_id, "dispute"), status))
        return web.json_response({"error": "no such control"}, status=404)

    def forget_keys(self) -> None:
        """As Stripe does after a day or more."""
        self._replies.clear()

    def finish(self, intent_id: str) -> Json:
        """Let an intent that is under way succeed, or fail as its card does."""
        intent = self.books.get(intent_id, "payment_intent")
        if intent["status"] == "processing":
            self.bank_answers(intent, approves=True)
        return intent

    def finish_lately(self, intent_id: str, seconds: float) -> None:
        async def finish() -> None:
            await asyncio.sleep(seconds)
            self.finish(intent_id)

        task = asyncio.create_task(finish())
        self._lately.add(task)
        task.add_done_callback(self._lately.discard)

    def _announce(self, kind: str, about: Json) -> None:
        event = self.books.new("evt", "event", type=kind, data={"object": dict(about)}, api_version=None,
                               pending_webhooks=1, request={"id": None, "idempotency_key": None})  # fmt: skip
        self.outgoing.put(kind, _json(event))

    async def _send(self, _: str, body: bytes) -> int:
        if not self.webhook_url:
            return 200
        headers = {"Stripe-Signature": signed(body, self.webhook_secrets), "Content-Type": "application/json"}
        try:
            async with aiohttp.ClientSession() as session, session.post(
                self.webhook_url, data=body, headers=headers, timeout=aiohttp.ClientTimeout(10)
            ) as answered:  # fmt: skip
                return answered.status
        except (aiohttp.ClientError, TimeoutError):
            return 0


def signed(body: bytes, secrets: Sequence[str], at: int | None = None) -> str:
    """The Stripe-Signature of a body."""
    at = int(time.time()) if at is None else at
    told = f"{at}.".encode() + body
    macs = [hmac.new(secret.encode(), told, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={mac}" for mac in macs)])


def tree(pairs: Sequence[tuple[str, str]]) -> Json:
    """`a[b]=1&a[c]=2` as nested objects; whole numbers where the parameter is one."""
    found: Json = {"metadata": {}}
    for name, value in pairs:
        *above, last = re.findall(r"[^\[\]]+", name)
        inside = found
        for part in above:
            inside = inside.setdefault(part, {})
        if last in WHOLE and not re.fullmatch(r"-?[0-9]{1,15}", value):
            raise invalid(f"Invalid integer: {value}", "parameter_invalid_integer", last)
        inside[last] = int(value) if last in WHOLE else value
    return found


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _intent(stripe: StripeSimulator, _: str, fields: Json, __: Struck) -> Json:
    if fields["amount"] < 1:
        raise invalid("This value must be greater than or equal to 1.", "parameter_invalid_integer", "amount")
    return stripe.books.begin(fields)


def _confirm(stripe: StripeSimulator, intent_id: str, fields: Json, struck: Struck) -> Json:
    late = struck.get(What.LATE_SUCCESS)
    intent = stripe.books.get(intent_id, "payment_intent")
    stripe.books.confirm(intent, fields.get("return_url"), base=stripe.origin, late=late is not None)
    if late is not None and late.seconds:
        stripe.finish_lately(intent_id, late.seconds)
    return intent


def _method(stripe: StripeSimulator, _: str, fields: Json, __: Struck) -> Json:
    card = fields["card"]
    return stripe.books.card(card["number"], exp_month=card["exp_month"], exp_year=card["exp_year"])


def _attach(stripe: StripeSimulator, token: str, fields: Json, _: Struck) -> Json:
    method = stripe.books.method(token)
    stripe.books.get(fields["customer"], "customer")
    if method["customer"] not in (None, fields["customer"]):
        raise invalid("The payment method you provided has already been attached to a customer.")
    method["customer"] = fields["customer"]
    return method


def _detach(stripe: StripeSimulator, token: str, _: Json, __: Struck) -> Json:
    method = stripe.books.get(token, "payment_method")
    if method["customer"] is None:
        raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
    method["customer"] = None
    return method


def _refund(stripe: StripeSimulator, _: str, fields: Json, __: Struck) -> Json:
    intent = stripe.books.get(fields["payment_intent"], "payment_intent")
    return stripe.books.refund(intent, fields.get("amount"), fields["metadata"])


def _list(kind: str, *filters: str) -> Act:
    """Newest first, in pages, of those that have these fields."""

    def act(stripe: StripeSimulator, _: str, fields: Json, __: Struck) -> Json:
        found = [one for one in stripe.books.every(kind)
                 if all(one[name] == fields[name] for name in filters if name in fields)]  # fmt: skip
        created = fields.get("created", {})
        found = [one for one in found if created.get("gte", 0) <= one["created"] < created.get("lt", 1 << 62)]
        if after := fields.get("starting_after"):
            found = found[1 + next((n for n, one in enumerate(found) if one["id"] == after), len(found)) :]
        limit = fields.get("limit", 10)
        page = found[:limit]
        if "data.source" in fields.get("expand", {}).values():
            page = [{**one, "source": stripe.books.objects[one["source"]]} for one in page]
        return {"object": "list", "data": page, "has_more": len(found) > limit, "url": f"/v1/{kind}s"}

    return act


def _get(kind: str) -> Act:
    return lambda stripe, object_id, _, __: stripe.books.get(object_id, kind)


ROUTES: dict[tuple[str, str], Act] = {
    ("POST", "/v1/customers"): lambda stripe, _, fields, __: stripe.books.new("cus", "customer", **fields),
    ("GET", "/v1/customers/([^/]+)"): _get("customer"),
    ("POST", "/v1/payment_methods"): _method,
    ("GET", "/v1/payment_methods/([^/]+)"): lambda stripe, token, _, __: stripe.books.method(token),
    ("POST", "/v1/payment_methods/([^/]+)/attach"): _attach,
    ("POST", "/v1/payment_methods/([^/]+)/detach"): _detach,
    ("POST", "/v1/payment_intents"): _intent,
    ("GET", "/v1/payment_intents"): _list("payment_intent", "customer"),
    ("GET", "/v1/payment_intents/([^/]+)"): _get("payment_intent"),
    ("POST", "/v1/payment_intents/([^/]+)/confirm"): _confirm,
    ("POST", "/v1/payment_intents/([^/]+)/cancel"): lambda stripe, intent, fields, _: stripe.books.cancel(
        stripe.books.get(intent, "payment_intent"), fields.get("cancellation_reason")
    ),
    ("GET", "/v1/charges/([^/]+)"): _get("charge"),
    ("POST", "/v1/refunds"): _refund,
    ("GET", "/v1/refunds"): _list("refund", "payment_intent", "charge"),
    ("GET", "/v1/refunds/([^/]+)"): _get("refund"),
    ("POST", "/v1/transfers"): lambda stripe, _, fields, __: stripe.books.transfer(fields),
    ("GET", "/v1/transfers"): _list("transfer", "transfer_group", "destination"),
    ("GET", "/v1/balance_transactions"): _list("balance_transaction", "type"),
    ("GET", "/v1/disputes"): _list("dispute", "payment_intent"),
    ("GET", "/v1/disputes/([^/]+)"): _get("dispute"),
    ("GET", "/v1/events"): _list("event", "type"),
    ("GET", "/v1/events/([^/]+)"): _get("event"),
}


@asynccontextmanager
async def running(stripe: StripeSimulator, port: int = 0) -> AsyncIterator[StripeSimulator]:
    """On this machine only; port 0 is any that is free, and `stripe.origin` says where."""
    runner = web.ServerRunner(web.Server(stripe.handle), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    host, bound = runner.addresses[0]
    stripe.origin = f"http://{host}:{bound}"
    try:
        yield stripe
    finally:
        await runner.cleanup()
