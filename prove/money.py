"""Each POST that touches money, ready to be sent: who sends what, and the rows that it makes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from prove.canaries import ACCOUNTS
from prove.node import Node
from prove.people import GOOD, PRODUCT, Person, payment, people
from prove.quiet import until_quiet

TAGS = {"Orders", "Payments", "Payouts", "Wallet", "Promotions", "Disputes", "Subscriptions"}
LARGE = 9_000.00
"""In AED: a payout of it is held until somebody approves it."""
IBAN, FAILING_IBAN, _ = ACCOUNTS
CARD = payment(GOOD)["card"]
ELSEWHERE = {
    "payments_retry": "of a refund that the provider refused, which its simulator does not",
    "payments_receive_event": "is the provider's, and told apart by its own id",
    "disputes_add_evidence": "a file",
    "disputes_link": "a link to a file",
    "promotions_validate_code": "changes nothing",
    **dict.fromkeys(
        (f"subscriptions_{move}" for move in ("subscribe", "change", "cancel", "pause", "resume")),
        "tests/http/subscriptions repeats a first charge; the other moves are not sent twice yet",
    ),
}
"""Not sent here, and why."""


@dataclass(frozen=True, slots=True)
class Act:
    who: Person
    path: str
    body: Any = None
    makes: str | None = None
    """The table that it adds `rows` to, where nothing else does meanwhile."""
    rows: int = 1
    method: str = "POST"


@dataclass
class Till:
    """People who trade with each other alone."""

    http: httpx.AsyncClient
    server: Node
    seller: Person
    buyer: Person
    admin: Person
    stranger: Person
    accounts: dict[str, str] = field(default_factory=dict)
    """Of the seller's, by their IBANs."""

    @classmethod
    async def of(cls, http: httpx.AsyncClient, server: Node) -> "Till":
        async def of(role: str) -> Person:
            return (await people(server.admin_dsn, server.settings, role, 1))[0]

        return cls(http, server, await of("seller"), await of("buyer"), await of("admin"), await of("seller"))

    async def do(self, who: Person, path: str, body: Any = None, method: str = "POST") -> dict[str, Any]:
        headers = who.headers | {"idempotency-key": str(uuid4())}
        answer = await self.http.request(method, path, json=body, headers=headers)
        if not answer.is_success:
            raise RuntimeError(f"{method} {path}: {answer.text}")
        done: dict[str, Any] = answer.json()["data"]
        return done

    async def product(self, price: float = 700.00) -> str:
        return str((await self.do(self.seller, "/products", PRODUCT | {"price": price}))["id"])

    async def order(self, price: float = 700.00) -> str:
        return str((await self.do(self.buyer, "/orders", {"product_id": await self.product(price)}))["id"])

    async def paid(self, price: float = 700.00) -> tuple[str, str]:
        """The order and its payment."""
        order = await self.order(price)
        return order, str((await self.do(self.buyer, f"/payments/order/{order}/pay", payment(GOOD)))["id"])

    async def delivered(self, price: float = 700.00) -> str:
        order, _ = await self.paid(price)
        await self.do(self.seller, f"/orders/{order}/deliver")
        return order

    async def asked(self) -> str:
        """A refund request that is open."""
        _, paid = await self.paid()
        return str((await self.do(self.buyer, "/refund-requests", {"payment_id": paid, "reason": "Broken"}))["id"])

    async def dispute(self, *, answered: bool = False) -> str:
        """Of the buyer's."""
        dispute = str((await self.do(self.buyer, f"/orders/{await self.delivered()}/disputes", DISPUTE))["id"])
        if answered:
            await self.do(self.seller, f"/disputes/{dispute}/respond", {"description": "It was full."})
        return dispute

    async def earned(self, iban: str = IBAN) -> str:
        """The account to pay more than LARGE to at once: holds and cool-offs take no time on this node."""
        await self.do(self.buyer, f"/orders/{await self.delivered(LARGE * 2)}/complete")
        if iban not in self.accounts:
            wish = {"kind": "bank", "holder": "Amina Haddad", "details": iban}
            self.accounts[iban] = str((await self.do(self.seller, "/payout-accounts", wish))["id"])
        await until_quiet(self.server.admin_dsn)
        return self.accounts[iban]

    async def payout(self, amount: float, iban: str = IBAN) -> str:
        wish = {"currency": "AED", "amount": amount, "account_id": await self.earned(iban)}
        payout = await self.do(self.seller, "/payouts", wish)
        await until_quiet(self.server.admin_dsn)
        return str(payout["id"])


DISPUTE = {
    "reason": "not_received", "description": "The box came empty.", "wanted": {"outcome": "split", "amount": 250.00},
}  # fmt: skip
Prepared = Callable[[Till], Awaitable[Act]]
ACTS: dict[str, Prepared] = {}
"""By their operations."""


def act(operation: str) -> Callable[[Prepared], Prepared]:
    def add(prepared: Prepared) -> Prepared:
        ACTS[operation] = prepared
        return prepared

    return add


@act("orders_checkout")
async def _checkout(till: Till) -> Act:
    await till.do(till.buyer, "/cart/items", {"product_id": await till.product()})
    return Act(till.buyer, "/checkout", {"notes": "Ring twice."}, "ordering.orders")


@act("orders_buy")
async def _buy(till: Till) -> Act:
    return Act(till.buyer, "/orders", {"product_id": await till.product()}, "ordering.orders")


@act("orders_create")
async def _create(till: Till) -> Act:
    return Act(till.buyer, "/orders/create", {"product_id": await till.product()}, "ordering.orders")


@act("orders_cancel")
async def _cancel(till: Till) -> Act:
    return Act(till.buyer, f"/orders/{(await till.paid())[0]}/cancel", {"reason": "Too late"}, "ordering.order_steps")


def _on_a_sale(move: str, body: Any = None, makes: str | None = "ordering.order_steps", rows: int = 1) -> Prepared:
    """Of the seller's, on a paid order."""

    async def prepared(till: Till) -> Act:
        return Act(till.seller, f"/orders/{(await till.paid())[0]}/{move}", body, makes, rows)

    return prepared


def _on_a_delivery(move: str, body: Any = None, makes: str = "ordering.order_steps") -> Prepared:
    """Of the buyer's, on a delivered order."""

    async def prepared(till: Till) -> Act:
        return Act(till.buyer, f"/orders/{await till.delivered()}/{move}", body, makes)

    return prepared


def _on_a_dispute(move: str, body: Any, by: str, makes: str | None, *, answered: bool = False) -> Prepared:
    async def prepared(till: Till) -> Act:
        return Act(getattr(till, by), f"/disputes/{await till.dispute(answered=answered)}/{move}", body, makes)

    return prepared


def _on_a_request(move: str, body: Any, by: str) -> Prepared:
    async def prepared(till: Till) -> Act:
        return Act(getattr(till, by), f"/refund-requests/{await till.asked()}/{move}", body)

    return prepared


def _on_a_payout(move: str, by: str, amount: float, body: Any = None, iban: str = IBAN) -> Prepared:
    async def prepared(till: Till) -> Act:
        return Act(getattr(till, by), f"/payouts/{await till.payout(amount, iban)}/{move}", body)

    return prepared


RULING = {"outcome": "split", "reason": "The carrier lost it.", "amount": 250.00}
ACTS |= {
    "orders_accept": _on_a_sale("accept"),
    "orders_decline": _on_a_sale("decline", {"reason": "Out of stock"}),
    "orders_deliver": _on_a_sale("deliver", rows=3),
    "orders_set_status": _on_a_sale("status", {"status": "in_progress"}, rows=2),
    "orders_assign": _on_a_sale("assign", {"worker_id": None}, None),
    "orders_fulfil": _on_a_sale("fulfilments", {"note": "In two boxes."}, "ordering.fulfilments"),
    "orders_complete": _on_a_delivery("complete"),
    "orders_request_changes": _on_a_delivery("request-changes", {"reason": "Blue, please."}),
    "disputes_open": _on_a_delivery("disputes", DISPUTE, "disputes.disputes"),
    "disputes_respond": _on_a_dispute("respond", {"description": "It was full."}, "seller", "disputes.messages"),
    "disputes_write": _on_a_dispute("messages", {"text": "Well?"}, "buyer", "disputes.messages"),
    "disputes_withdraw": _on_a_dispute("withdraw", None, "buyer", "ordering.order_steps"),
    "disputes_accept": _on_a_dispute("accept", {"number": 1}, "seller", "payments.refunds"),
    "disputes_escalate": _on_a_dispute("escalate", None, "buyer", None, answered=True),
    "disputes_resolve": _on_a_dispute("resolve", RULING, "admin", "payments.refunds", answered=True),
    "payments_withdraw": _on_a_request("cancel", None, "buyer"),
    "payments_decide": _on_a_request("decide", {"approve": True}, "seller"),
    "payouts_approve": _on_a_payout("approve", "admin", LARGE),
    "payouts_cancel": _on_a_payout("cancel", "seller", LARGE),
    "payouts_retry": _on_a_payout("retry", "admin", 20.00, iban=FAILING_IBAN),
    "payouts_reverse": _on_a_payout("reverse", "admin", 20.00, {"reason": "The account is closed"}),
}


@act("payments_pay")
async def _pay(till: Till) -> Act:
    return Act(till.buyer, f"/payments/order/{await till.order()}/pay", payment(GOOD), "payments.payments")


@act("payments_save_method")
async def _save_method(till: Till) -> Act:
    wish = {"provider": "simulator", "card": CARD}
    return Act(till.buyer, "/payments/methods", wish, "payments.saved_methods")


@act("payments_refund")
async def _refund(till: Till) -> Act:
    wish = {"reason": "Arrived broken", "amount": 300.00}
    return Act(till.admin, f"/payments/{(await till.paid())[1]}/refund", wish, "payments.refunds")


@act("payments_ask")
async def _ask(till: Till) -> Act:
    wish = {"payment_id": (await till.paid())[1], "reason": "Broken", "amount": 300.00}
    return Act(till.buyer, "/refund-requests", wish, "payments.refunds")


@act("payouts_add")
async def _add_account(till: Till) -> Act:
    wish = {"kind": "bank", "holder": "Amina Haddad", "details": IBAN}
    return Act(till.seller, "/payout-accounts", wish, "payments.payout_accounts")


@act("payouts_request")
async def _request(till: Till) -> Act:
    wish = {"currency": "AED", "amount": 20.00, "account_id": await till.earned()}
    return Act(till.seller, "/payouts", wish, "payments.payouts")


@act("wallet_top_up")
async def _top_up(till: Till) -> Act:
    wish = {"amount": 200.00, "currency": "AED", **payment(GOOD)}
    return Act(till.buyer, "/wallet/top-ups", wish, "payments.top_ups")


@act("promotions_add_code")
async def _add_code(till: Till) -> Act:
    wish = {"code": f"P{uuid4().hex[:10].upper()}", "basis_points": 1_000, "per_customer": 1}
    return Act(till.seller, "/promo-codes", wish, "promotions.promo_codes")


PLAN = {"name": "Front row", "price": 49.00, "currency": "AED", "interval": "month"}


@act("subscriptions_add_plan")
async def _add_plan(till: Till) -> Act:
    return Act(till.seller, "/subscriptions/plans", PLAN, "subscriptions.plans")


def unknown(document: Mapping[str, Any]) -> list[str]:
    """The POSTs of the API document that touch money and take a key, and that nobody has thought of here."""
    posts = [path["post"] for path in document["paths"].values() if "post" in path]
    keyed = {one["operationId"] for one in posts if TAGS & set(one["tags"]) and "Idempotency-Key" in str(one)}
    return sorted(keyed - ACTS.keys() - ELSEWHERE.keys())
