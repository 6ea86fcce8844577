"""Everybody who may ask, and what they ask about: people made in SQL, objects through the API."""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from marketplace.adapters.security.access_tokens import LIFETIME
from marketplace.application.catalog.exports import RunExport
from marketplace.application.identity.permissions import PERMISSIONS
from marketplace.application.identity.ports import AccessTokens, Passwords
from marketplace.application.invoicing.invoices import IssueCreditNote, IssueInvoice
from marketplace.application.notifications.deliver import DeliverNotices
from marketplace.application.payments.payouts import SendPayout
from marketplace.application.shared.actor import PROOF_LIFE
from marketplace.application.shared.ports import Clock
from marketplace.application.shared.user_events import Notice
from marketplace.domain.catalog.imports import ExportId
from marketplace.domain.identity.user import Role
from marketplace.domain.shared.ids import OrderId, PayoutId, RefundId, SessionId, UserId
from marketplace.domain.shared.money import Money
from marketplace.entrypoints.http.push_tokens import P256DH
from prove.people import GOOD, PRODUCT, Person, payment, people_in
from tests.builders.authenticator import ORIGIN, Authenticator
from tests.builders.documents import a_pdf
from tests.builders.identity import PASSWORD
from tests.builders.images import a_jpeg
from tests.builders.payouts import FAILING_IBAN, IBAN, settle
from tests.builders.reviews import add_order
from tests.engines import Database
from tests.fakes.openid_provider import CLIENT, SECRET, LocalProvider, running_provider
from tests.http.access.tokens import our_key, resigned
from tests.http.identity.house import House, running_house

BATCH = 100
A_FILE = b"title,price,category,feed_type\nVintage film camera,850,electronics,community\n"
SERVICE = {"title": "A dripping tap repaired", "price": 120, "category": "plumbing"}
GIG = {"title": "A logo drawn", "category": "graphic_design", "packages": [{"name": "Basic", "price": 90}]}
TRADE = {"side": "buy", "commodity": "Cotton", "quantity": 500, "unit": "bale", "currency": "INR",
         "price_unit": "candy", "visibility": "open"}  # fmt: skip
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ALWAYS = [{"opens": "00:00", "closes": "24:00"}]
LOT = {"commodity": "cotton", "quantity": 1000, "unit": "tonne"}
REPORT = {
    "parameters": {"staple_length": {"value": "29.4", "unit": "mm"}}, "method": "HVI", "laboratory": "Fibre Institute",
    "tested_on": "2026-11-02",
}  # fmt: skip
SUSPENSION = {"reason": "Sells counterfeit goods."}

_SESSION = """
INSERT INTO identity.sessions (id, user_id, created_at, rotated_at, last_used_at, proven_at, expires_at, generation,
                               version)
VALUES ($1, $2, now() - $3::interval, now(), now(), now() - $3::interval, now() + interval '7 days', 1, 0)
"""
"""Not by a login, which an account with a second factor refuses."""


class Stage:
    """The running application, with a stock of people."""

    def __init__(
        self, house: House, tokens: AccessTokens, clock: Clock, provider: LocalProvider, admin_dsn: str
    ) -> None:
        self.house = house
        self.provider = provider
        self.tokens = tokens
        self.clock = clock
        self.gone: dict[str, Person] = {}
        self._admin_dsn = admin_dsn
        self._stock: dict[Role, list[Person]] = defaultdict(list)

    async def prepare(self) -> None:
        """The administrators who are not let in any more."""
        admin = await self.person(Role.ADMIN)
        for kind in ("session ended", "suspended", "deleted"):
            self.gone[kind] = await self.person(Role.ADMIN)
        await self.call(self.gone["session ended"], "POST", "/auth/logout")
        await self.call(admin, "POST", f"/users/{self.gone['suspended'].id}/suspend", SUSPENSION)
        await self.call(admin, "DELETE", f"/users/{self.gone['deleted'].id}")

    async def person(self, role: Role) -> Person:
        """Somebody new, signed in a moment ago, whose password is PASSWORD."""
        if not self._stock[role]:
            password_hash = await (await self.house.container.get(Passwords)).hash(PASSWORD)
            self._stock[role] = await people_in(self.house.container, *[role] * BATCH, password_hash=password_hash)
        return self._stock[role].pop()

    async def call(self, person: Person, method: str, path: str, body: Any = None) -> Any:
        """The `data` of a call that must succeed."""
        answer = await self.house.client.request(method, f"/api/v1{path}", json=body, headers=person.headers)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json()["data"] if answer.content else None

    async def sql(self, statement: str, *values: Any) -> Any:
        """The first value of the first row, if there is one."""
        connection = await asyncpg.connect(self._admin_dsn)
        try:
            return await connection.fetchval(statement, *values)
        finally:
            await connection.close()


@dataclass
class Scene:
    """One owner, what the owner has, and who else may ask for it; each is made when it is first wanted."""

    stage: Stage
    _people: dict[str, Person] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)
    _credentials: dict[str, str | None] = field(default_factory=dict)
    _arranged: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def person(self, kind: str) -> Person:
        if kind not in self._people:
            self._people[kind] = await self.stage.person(ROLES[kind])
        return self._people[kind]

    async def id(self, name: str) -> str:
        """Of what a path names so."""
        if name not in self._ids:
            if name not in OBJECTS:
                raise LookupError(f"say in tests/http/access/scene.py, OBJECTS, how a {name} of the owner comes to be")
            self._ids[name] = await OBJECTS[name](self)
        return self._ids[name]

    async def credential(self, kind: str) -> str | None:
        """The bearer token that this kind of actor presents."""
        if kind not in CREDENTIALS:
            return (await self.person(kind)).token
        if kind not in self._credentials:
            self._credentials[kind] = await CREDENTIALS[kind](self)
        return self._credentials[kind]

    async def once(self, arrangement: Callable[["Scene", str], Awaitable[dict[str, Any]]], kind: str) -> dict[str, Any]:
        if kind not in self._arranged:
            self._arranged[kind] = await arrangement(self, kind)
        return self._arranged[kind]

    async def do(self, kind: str, method: str, path: str, body: Any = None) -> Any:
        """The `data` of a call that must succeed."""
        return await self.stage.call(await self.person(kind), method, path, body)


async def _nobody(_: Scene) -> None:
    return None


async def _expired(scene: Scene) -> str:
    hour_ago = int(scene.stage.clock.now().timestamp()) - 3600
    return await _changed_token(scene, iat=hour_ago - LIFETIME, exp=hour_ago)


async def _wrong_audience(scene: Scene) -> str:
    return await _changed_token(scene, aud="another-api")


async def _changed_token(scene: Scene, **claims: Any) -> str:
    """The owner's, signed with our own key."""
    token = (await scene.person("owner")).token
    return resigned(await our_key(scene.stage.house.container), token, **claims)


async def _unproven(scene: Scene) -> str:
    """Of another session of the owner, who showed who they are a minute too long ago for what needs a recent proof."""
    session, owner = SessionId(uuid4()), UserId((await scene.person("owner")).id)
    await scene.stage.sql(_SESSION, session, owner, PROOF_LIFE + timedelta(minutes=1))
    return scene.stage.tokens.issue(owner, session, scene.stage.clock.now())


def _key(scopes: Collection[str]) -> Callable[[Scene], Awaitable[str]]:
    async def credential(scene: Scene) -> str:
        wish = {"name": "A program", "scopes": sorted(scopes)}
        return str((await scene.do("owner", "POST", "/auth/api-keys", wish))["key"])

    return credential


def _gone(kind: str) -> Callable[[Scene], Awaitable[str]]:
    async def credential(scene: Scene) -> str:
        return scene.stage.gone[kind].token

    return credential


ROLES = {
    "owner": Role.SELLER, "other buyer": Role.BUYER, "seller": Role.SELLER, "other seller": Role.SELLER,
    "moderator": Role.MODERATOR, "finance": Role.FINANCE, "admin": Role.ADMIN,
}  # fmt: skip
"""The kinds of actor who have an account and a session of their own in each scene."""

CREDENTIALS: Mapping[str, Callable[[Scene], Awaitable[str | None]]] = {
    "anonymous": _nobody, "expired token": _expired, "wrong audience": _wrong_audience,
    "session ended": _gone("session ended"), "api key without scope": _key(()),
    "api key with scopes": _key(PERMISSIONS[ROLES["owner"]]), "owner unproven": _unproven,
    "suspended": _gone("suspended"), "deleted": _gone("deleted"),
}  # fmt: skip
"""What all the others present."""


async def _product(scene: Scene) -> str:
    return str((await scene.do("owner", "POST", "/products", PRODUCT))["id"])


async def _draft(scene: Scene) -> str:
    return str((await scene.do("owner", "POST", "/products", {**PRODUCT, "publish": False}))["id"])


async def _paused(scene: Scene) -> str:
    product = await _product(scene)
    await scene.do("owner", "POST", f"/products/{product}/pause")
    return product


async def _moderation_item(scene: Scene) -> str:
    """The review of what the rules hold."""
    product = (await scene.do("owner", "POST", "/products", {**PRODUCT, "description": "t.me/shop"}))["id"]
    queue = (await scene.do("moderator", "GET", "/moderation/queue?per_page=100"))["items"]
    return next(str(item["id"]) for item in queue if item["product"]["id"] == product)


async def _product_of_seller(scene: Scene) -> str:
    return str((await scene.do("seller", "POST", "/products", PRODUCT))["id"])


async def _cart_item(scene: Scene) -> str:
    wish = {"product_id": await _product_of_seller(scene)}
    return str((await scene.do("owner", "POST", "/cart/items", wish))["id"])


async def _order_group(scene: Scene) -> str:
    await _cart_item(scene)
    return str((await scene.do("owner", "POST", "/checkout", {}))["id"])


async def _service(scene: Scene, of: str = "owner") -> str:
    """With hours, so that it can be booked."""
    service = str((await scene.do(of, "POST", "/services", SERVICE))["id"])
    await scene.do(of, "PUT", f"/services/{service}/availability", {"week": {day: ALWAYS for day in DAYS}})
    return service


async def _service_of_seller(scene: Scene) -> str:
    return await _service(scene, "seller")


async def _gig(scene: Scene) -> str:
    return str((await scene.do("owner", "POST", "/gigs", GIG))["id"])


async def free_slot(scene: Scene, service: str) -> str:
    """When it begins."""
    slots = (await scene.do("owner", "GET", f"/services/{service}/availability"))["slots"]
    return str(slots[0]["starts_at"])


async def _booking(scene: Scene) -> str:
    """By the seller, who is here a buyer."""
    service = await scene.id("service_id")
    wish = {"starts_at": await free_slot(scene, service)}
    return str((await scene.do("seller", "POST", f"/services/{service}/bookings", wish))["id"])


async def _offer(scene: Scene) -> str:
    wish = {"product_id": await _product_of_seller(scene), "offered_price": 750}
    return str((await scene.do("owner", "POST", "/offers", wish))["id"])


async def _order(scene: Scene) -> str:
    return str((await scene.do("seller", "PATCH", f"/offers/{await _offer(scene)}/accept"))["transaction_id"])


async def _payme_payment(scene: Scene) -> str:
    """It waits for Payme's calls."""
    product = (await scene.do("seller", "POST", "/products", {**PRODUCT, "price": 850_000, "currency": "UZS"}))["id"]
    offer = (await scene.do("owner", "POST", "/offers", {"product_id": product, "offered_price": 750_000}))["id"]
    order = (await scene.do("seller", "PATCH", f"/offers/{offer}/accept"))["transaction_id"]
    means = {"payment_method": "payme"}
    return str((await scene.do("owner", "POST", f"/payments/order/{order}/pay", means))["id"])


async def _completed_order(scene: Scene) -> str:
    """The owner has bought of the seller."""
    owner, seller = UserId((await scene.person("owner")).id), UserId((await scene.person("seller")).id)
    return str(await add_order(scene.stage.house.pool, owner, seller, completed_at=scene.stage.clock.now()))


async def _review(scene: Scene) -> str:
    """Of the owner, by the seller; public."""
    order = await _completed_order(scene)
    await scene.do("owner", "POST", f"/orders/{order}/reviews", {"rating": 5})
    return str((await scene.do("seller", "POST", f"/orders/{order}/reviews", {"rating": 5}))["id"])


async def _sale(scene: Scene) -> str:
    """Of the owner, paid by the seller."""
    wish = {"product_id": await _product(scene), "offered_price": 700}
    offer = (await scene.do("seller", "POST", "/offers", wish))["id"]
    order = str((await scene.do("owner", "PATCH", f"/offers/{offer}/accept"))["transaction_id"])
    await scene.do("seller", "POST", f"/payments/order/{order}/pay", payment(GOOD))
    return order


async def _delivered(scene: Scene) -> str:
    """To the owner, who has paid."""
    order = await _order(scene)
    await scene.do("owner", "POST", f"/payments/order/{order}/pay", payment(GOOD))
    await scene.do("seller", "POST", f"/orders/{order}/deliver")
    return order


async def _dispute(scene: Scene, opener: str = "owner", answerer: str | None = None) -> str:
    """Between the owner, who bought, and the seller; under review once it is answered."""
    wish = {"reason": "other", "description": "The box came empty.", "wanted": {"outcome": "split", "amount": 5}}
    dispute = str((await scene.do(opener, "POST", f"/orders/{await _delivered(scene)}/disputes", wish))["id"])
    if answerer:
        await scene.do(answerer, "POST", f"/disputes/{dispute}/respond", {"description": "It was full."})
    return dispute


async def _dispute_of_seller(scene: Scene) -> str:
    return await _dispute(scene, "seller")


async def _answered_dispute(scene: Scene) -> str:
    return await _dispute(scene, answerer="seller")


async def _evidence(scene: Scene) -> str:
    files: dict[str, tuple[str | None, bytes | str]] = {
        "file": ("note.pdf", a_pdf()), "description": (None, "The carrier's note."),
    }  # fmt: skip
    path = f"/api/v1/disputes/{await scene.id('dispute_id')}/evidence"
    headers = (await scene.person("owner")).headers
    answer = await scene.stage.house.client.post(path, files=files, headers=headers)
    return str(answer.json()["data"]["id"])


async def _payment(scene: Scene) -> str:
    return str((await scene.do("owner", "POST", f"/payments/order/{await _order(scene)}/pay", payment(GOOD)))["id"])


async def asked_back(scene: Scene, payer: str, order: str) -> str:
    """The id of a request."""
    wish = {"order_id": order, "amount": 300, "reason": "Arrived broken"}
    return str((await scene.do(payer, "POST", "/refund-requests", wish))["id"])


async def _refund_request(scene: Scene) -> str:
    order = await _order(scene)
    await scene.do("owner", "POST", f"/payments/order/{order}/pay", payment(GOOD))
    return await asked_back(scene, "owner", order)


async def _refund_request_of_buyer(scene: Scene) -> str:
    """For a sale of the owner."""
    return await asked_back(scene, "seller", await _sale(scene))


async def _refused_refund(scene: Scene) -> str:
    refund = await _refund_request(scene)
    await scene.do("seller", "POST", f"/refund-requests/{refund}/decide", {"approve": True})
    await scene.stage.sql("UPDATE payments.refunds SET status = 'failed' WHERE id = $1", UUID(refund))
    return refund


async def _saved_method(scene: Scene) -> str:
    wish = {"provider": "simulator", "card": payment(GOOD)["card"]}
    return str((await scene.do("owner", "POST", "/payments/methods", wish))["id"])


async def _push_token(scene: Scene) -> str:
    keys = {"p256dh": P256DH, "auth": "BTBZMqHH6r4Tts7J_aSIgg"}
    endpoint = f"https://fcm.googleapis.com/fcm/send/{uuid4().hex}"
    wish = {"platform": "web", "subscription": {"endpoint": endpoint, "keys": keys}}
    return str((await scene.do("owner", "POST", "/notifications/push-tokens", wish))["id"])


async def _ledger_account(scene: Scene) -> str:
    await _payment(scene)
    return str((await scene.do("admin", "GET", "/ledger/accounts"))["items"][0]["id"])


async def _reconciliation(scene: Scene) -> str:
    return str((await scene.do("admin", "POST", "/ledger/reconciliations", {"provider": "simulator"}))["id"])


async def _provider(_: Scene) -> str:
    return "stripe"


async def _invoiced(scene: Scene) -> str:
    order = await _order(scene)
    async with scene.stage.house.container() as scope:
        await (await scope.get(IssueInvoice))(OrderId(UUID(order)))
    return order


async def _credit_note(scene: Scene) -> str:
    """Of `order_id`."""
    order, refund = UUID(await scene.id("order_id")), uuid4()
    async with scene.stage.house.container() as scope:
        await (await scope.get(IssueCreditNote))(OrderId(order), RefundId(refund), Money(100, "AED"))
    return str(await scene.stage.sql("SELECT id FROM invoicing.credit_notes WHERE refund_id = $1", refund))


async def _owner(scene: Scene) -> str:
    return str((await scene.person("owner")).id)


async def _fee_schedule(scene: Scene) -> str:
    """Not begun."""
    starts_at = (scene.stage.clock.now() + timedelta(days=1)).isoformat()
    body = {"channel": "live", "basis_points": 500, "starts_at": starts_at}
    return str((await scene.do("admin", "POST", "/fee-schedules", body))["id"])


async def _worker(scene: Scene) -> str:
    return str((await scene.do("owner", "PUT", "/workers/me", {"headline": "Electrician"}))["id"])


async def _session(scene: Scene) -> str:
    session = uuid4()
    await scene.stage.sql(_SESSION, session, (await scene.person("owner")).id, timedelta(0))
    return str(session)


async def _api_key(scene: Scene) -> str:
    return str((await scene.do("owner", "POST", "/auth/api-keys", {"name": "To be deleted"}))["id"])


async def passkey(scene: Scene, authenticator: Authenticator) -> str:
    """Of the owner, in this device."""
    credential = authenticator.create(await scene.do("owner", "POST", "/auth/passkeys/options"))
    wish = {"credential": credential, "name": "Amina's phone"}
    return str((await scene.do("owner", "POST", "/auth/passkeys", wish))["id"])


async def _passkey(scene: Scene) -> str:
    return await passkey(scene, Authenticator())


async def _category(scene: Scene) -> str:
    wish = {
        "slug": f"c_{uuid4().hex}_c", "names": {"en": "Cameras"}, "icon": "camera", "color": "#2563EB",
        "secondary_color": "#DBEAFE",
    }  # fmt: skip
    return str((await scene.do("admin", "POST", "/categories", wish))["slug"])


async def _saved_search(scene: Scene) -> str:
    return str((await scene.do("owner", "POST", "/search/saved", {"q": "camera"}))["id"])


async def _parse(scene: Scene) -> str:
    text = {"text": "Need 500 bales MCU-5 29mm, 62k/candy ex-Guntur"}
    return str((await scene.do("owner", "POST", "/trade-desk/parse", text))["id"])


async def sent(scene: Scene, path: str, file: bytes, **parts: str) -> str:
    """The id of what becomes of a form with a file that the owner sends."""
    client, owner = scene.stage.house.client, await scene.person("owner")
    answer = await client.post(f"/api/v1{path}", data=parts, files={"file": file}, headers=owner.headers)
    assert answer.is_success, answer.text
    return str(answer.json()["data"]["id"])


async def _promo_code(scene: Scene) -> str:
    wish = {"code": f"C-{uuid4().hex[:28]}", "basis_points": 1500}
    return str((await scene.do("owner", "POST", "/promo-codes", wish))["id"])


async def _plan(scene: Scene, who: str = "owner") -> str:
    plan = {"name": "Front row", "price": 49, "currency": "AED", "interval": "month"}
    return str((await scene.do(who, "POST", "/subscriptions/plans", plan))["id"])


async def _plan_of_seller(scene: Scene) -> str:
    return await _plan(scene, "seller")


async def _subscription(scene: Scene) -> str:
    means = {"payment_method": "credit_card", "method_id": await _saved_method(scene)}
    wish = {"plan_id": await _plan_of_seller(scene), **means}
    return str((await scene.do("owner", "POST", "/subscriptions", wish))["id"])


async def _cancelled_subscription(scene: Scene) -> str:
    subscription = await _subscription(scene)
    await scene.do("owner", "POST", f"/subscriptions/{subscription}/cancel")
    return subscription


async def _image(scene: Scene) -> str:
    return await sent(scene, f"/products/{await scene.id('product_id')}/media", a_jpeg())


async def _document(scene: Scene) -> str:
    return await sent(scene, "/documents", a_pdf(), purpose="lab_report", listing_id=await _product(scene))


async def _draft_lot(scene: Scene) -> str:
    return str((await scene.do("owner", "POST", "/trade-desk/tested-lots", LOT))["id"])


async def _lot(scene: Scene) -> str:
    """Tested, available and not reserved."""
    lot = await _draft_lot(scene)
    report = {**REPORT, "document_id": await _document(scene)}
    await scene.do("owner", "POST", f"/trade-desk/tested-lots/{lot}/reports", report)
    await scene.do("owner", "PATCH", f"/trade-desk/tested-lots/{lot}", {"status": "available"})
    return lot


async def _reserved_lot(scene: Scene) -> str:
    lot = await _lot(scene)
    await scene.do("owner", "POST", f"/trade-desk/tested-lots/{lot}/reserve", {"quantity": 900, "unit": "tonne"})
    return lot


async def _upload(scene: Scene) -> str:
    wish = {"purpose": "document", "size": len(a_pdf()), "listing_id": await _product(scene)}
    return str((await scene.do("owner", "POST", "/uploads", wish))["id"])


async def _upload_with_parts(scene: Scene) -> str:
    upload, owner = await _upload(scene), await scene.person("owner")
    headers = {**owner.headers, "content-type": "application/octet-stream"}
    path = f"/api/v1/uploads/{upload}/parts/1"
    assert (await scene.stage.house.client.put(path, content=a_pdf(), headers=headers)).is_success
    return upload


async def _part(_: Scene) -> str:
    return "1"


async def _audit_entry(scene: Scene) -> str:
    return str((await scene.do("admin", "GET", "/audit-logs"))["items"][0]["id"])


async def _suspended(scene: Scene) -> str:
    somebody = await scene.stage.person(Role.BUYER)
    await scene.do("admin", "POST", f"/users/{somebody.id}/suspend", SUSPENSION)
    return str(somebody.id)


async def _import(scene: Scene) -> str:
    owner = await scene.person("owner")
    answer = await scene.stage.house.client.post(
        "/api/v1/products/imports", files={"file": ("products.csv", A_FILE)}, headers=owner.headers
    )
    return str(answer.json()["data"]["id"])


async def _export(scene: Scene) -> str:
    return str((await scene.do("owner", "POST", "/products/exports", {"format": "csv"}))["id"])


async def _written_export(scene: Scene) -> str:
    export = await _export(scene)
    async with scene.stage.house.container() as scope:
        await (await scope.get(RunExport))(ExportId(UUID(export)))
    return export


async def _trade(scene: Scene, of: str = "owner") -> str:
    """Published a moment ago."""
    until = scene.stage.clock.now() + timedelta(days=7)
    trade = await scene.do(of, "POST", "/trade-desk/trades", {**TRADE, "valid_until": until.isoformat()})
    await scene.do(of, "POST", f"/trade-desk/trades/{trade['id']}/publish")
    return str(trade["id"])


async def _conversation(scene: Scene) -> str:
    """Of the owner with somebody who is no other kind of actor."""
    other = (await scene.stage.house.registered())["user"]["id"]
    return str((await scene.do("owner", "POST", "/conversations", {"other_user_id": other}))["id"])


async def _attachment(scene: Scene) -> str:
    return await sent(scene, f"/conversations/{await scene.id('conversation_id')}/attachments", a_pdf())


async def _call(scene: Scene) -> str:
    """Somebody who is no other kind of actor calls the owner."""
    caller, owner = await scene.stage.person(Role.BUYER), await scene.person("owner")
    conversation = await scene.stage.call(caller, "POST", "/conversations", {"other_user_id": str(owner.id)})
    wish = {"conversation_id": conversation["id"], "media": "audio"}
    return str((await scene.stage.call(caller, "POST", "/calls", wish))["id"])


async def _message(scene: Scene) -> str:
    """Of the owner, in a conversation with somebody who is no other kind of actor."""
    said = {"other_user_id": str((await scene.stage.person(Role.BUYER)).id), "initial_message": "Hello"}
    return str((await scene.do("owner", "POST", "/conversations", said))["message"]["id"])


async def _message_to_owner(scene: Scene) -> str:
    said = {"other_user_id": str((await scene.person("owner")).id), "initial_message": "Hello"}
    begun = await scene.stage.call(await scene.stage.person(Role.BUYER), "POST", "/conversations", said)
    return str(begun["message"]["id"])


async def _reported_message(scene: Scene) -> str:
    message = await _message_to_owner(scene)
    await scene.do("owner", "POST", f"/messages/{message}/report", {"reason": "spam"})
    return str(
        await scene.stage.sql("SELECT id FROM catalog.moderation_items WHERE message_id = $1", UUID(message))
    )  # fmt: skip


async def _trade_of_seller(scene: Scene) -> str:
    return await _trade(scene, "seller")


async def offer_on_trade(scene: Scene, trade: str, by: str = "seller") -> str:
    wish = {"price": 62_000, "quantity": 500}
    return str((await scene.do(by, "POST", f"/trade-desk/trades/{trade}/offers", wish))["id"])


async def _trade_with_offer(scene: Scene) -> str:
    trade = await _trade(scene)
    await offer_on_trade(scene, trade)
    return trade


async def _offer_of_seller(scene: Scene) -> str:
    """On a trade of the owner, who is to answer it."""
    return await offer_on_trade(scene, await _trade(scene))


async def _own_desk_offer(scene: Scene) -> str:
    """Of the owner, on a trade of the seller."""
    return await offer_on_trade(scene, await _trade_of_seller(scene), "owner")


async def _draft_trade(scene: Scene) -> str:
    until = scene.stage.clock.now() + timedelta(days=7)
    wish = {**TRADE, "valid_until": until.isoformat()}
    return str((await scene.do("owner", "POST", "/trade-desk/trades", wish))["id"])


async def _awarded_trade(scene: Scene) -> str:
    trade = await _trade(scene)
    await scene.stage.sql("UPDATE trading.trades SET status = 'awarded' WHERE id = $1", UUID(trade))
    return trade


ON_AN_OFFER = ("GET {}", "POST {}/accept", "POST {}/reject", "POST {}/shortlist", "DELETE {}/shortlist",
               "GET {}/negotiations", "POST {}/negotiations")  # fmt: skip
SELLER_MOVES = ("assign", "accept", "decline", "status", "deliver", "fulfilments")
ORDERS = {
    **{f"POST /api/v1/orders/{{order_id}}/{move}": _sale for move in SELLER_MOVES},
    "POST /api/v1/orders/{order_id}/request-changes": _delivered,
    "POST /api/v1/orders/{order_id}/complete": _delivered,
}
DISPUTES = {
    "dispute_id": _dispute, "evidence_id": _evidence, "POST /api/v1/orders/{order_id}/disputes": _delivered,
    "POST /api/v1/disputes/{dispute_id}/respond": _dispute_of_seller,
    "POST /api/v1/disputes/{dispute_id}/accept": _dispute_of_seller,
    "POST /api/v1/disputes/{dispute_id}/escalate": _answered_dispute,
    "POST /api/v1/disputes/{dispute_id}/resolve": _answered_dispute,
}  # fmt: skip
DESK_OFFERS = {one.format("/api/v1/trade-desk/offers/{offer_id}"): _offer_of_seller for one in ON_AN_OFFER}


async def payout_account(scene: Scene, kind: str = "owner", iban: str = IBAN) -> str:
    """That has cooled off."""
    wish = {"kind": "bank", "holder": "Amina Haddad", "details": iban}
    account = str((await scene.do(kind, "POST", "/payout-accounts", wish))["id"])
    await scene.stage.sql("UPDATE payments.payout_accounts SET usable_from = now() WHERE id = $1", UUID(account))
    return account


async def settled(scene: Scene, kind: str) -> None:
    await settle(scene.stage.house.container, UserId((await scene.person(kind)).id), "6000")


async def _payout(scene: Scene) -> str:
    """Large, so that it is held."""
    await payout_account(scene)
    await settled(scene, "owner")
    return str((await scene.do("owner", "POST", "/payouts", {"currency": "AED"}))["id"])


def _sent_payout(iban: str) -> Callable[[Scene], Awaitable[str]]:
    async def sent_payout(scene: Scene) -> str:
        await payout_account(scene, iban=iban)
        await settled(scene, "owner")
        payout = str((await scene.do("owner", "POST", "/payouts", {"currency": "AED", "amount": 100}))["id"])
        async with scene.stage.house.container() as scope:
            await (await scope.get(SendPayout))(PayoutId(UUID(payout)))
        return payout

    return sent_payout


async def _notification(scene: Scene) -> str:
    notice = Notice(UserId((await scene.person("owner")).id), "order_created", {})
    async with scene.stage.house.container() as scope:
        await (await scope.get(DeliverNotices))([notice])
    return str((await scene.do("owner", "GET", "/notifications"))["items"][0]["id"])


async def _statement(scene: Scene) -> str:
    await settled(scene, "owner")
    return str((await scene.do("owner", "GET", "/statements"))["items"][0]["id"])


WEBHOOK = {"url": "https://hooks.shop.example/market", "event_types": ["*"]}
_DELIVERY = """
INSERT INTO webhooks.deliveries (endpoint_id, event_id, event_type, subject, body, status, created_at)
VALUES ($1, gen_random_uuid(), 'order.created', gen_random_uuid(), '{}', 'failed', now()) RETURNING id"""


async def webhook_endpoint(scene: Scene, of: str = "owner") -> str:
    return str((await scene.do(of, "POST", "/webhooks/endpoints", WEBHOOK))["id"])


async def _webhook_delivery(scene: Scene) -> str:
    return str(await scene.stage.sql(_DELIVERY, UUID(await webhook_endpoint(scene))))


OBJECTS: Mapping[str, Callable[[Scene], Awaitable[str]]] = {
    "product_id": _product, "offer_id": _offer, "order_id": _order, "payment_id": _payment, "user_id": _owner,
    "worker_id": _worker, "session_id": _session, "api_key_id": _api_key, "passkey_id": _passkey,
    "entry_id": _audit_entry, "import_id": _import, "export_id": _export, "service_id": _service, "gig_id": _gig,
    "booking_id": _booking, "GET /api/v1/products/exports/{export_id}/file": _written_export,
    "POST /api/v1/services/{service_id}/bookings": _service_of_seller, "slug": _category, "search_id": _saved_search,
    "item_id": _moderation_item, "listing_id": _product,
    "POST /api/v1/products/{product_id}/publish": _draft, "POST /api/v1/products/{product_id}/resume": _paused,
    "media_id": _image, "document_id": _document, "upload_id": _upload,
    "payout_id": _payout, "account_id": payout_account, "statement_id": _statement,
    "POST /api/v1/payouts/{payout_id}/retry": _sent_payout(FAILING_IBAN),
    "POST /api/v1/payouts/{payout_id}/reverse": _sent_payout(IBAN),
    "part_number": _part, "fee_schedule_id": _fee_schedule,
    "POST /api/v1/uploads/{upload_id}/complete": _upload_with_parts,
    "POST /api/v1/users/{user_id}/activate": _suspended,
    "conversation_id": _conversation, "call_id": _call, "message_id": _message,
    "POST /api/v1/messages/{message_id}/report": _message_to_owner,
    "GET /api/v1/reports/messages/{item_id}": _reported_message,
    "attachment_id": _attachment,
    "trade_id": _trade, "POST /api/v1/trade-desk/trades/{trade_id}/offers": _trade_of_seller, **DESK_OFFERS,
    **ORDERS, **DISPUTES,
    "PATCH /api/v1/trade-desk/trades/{trade_id}": _draft_trade,
    "POST /api/v1/trade-desk/trades/{trade_id}/publish": _draft_trade,
    "POST /api/v1/trade-desk/trades/{trade_id}/close": _awarded_trade,
    "POST /api/v1/trade-desk/trades/{trade_id}/award": _trade_with_offer,
    "PATCH /api/v1/trade-desk/offers/{offer_id}": _own_desk_offer,
    "POST /api/v1/trade-desk/offers/{offer_id}/withdraw": _own_desk_offer, "negotiation_id": _offer_of_seller,
    "lot_id": _lot, "PATCH /api/v1/trade-desk/tested-lots/{lot_id}": _draft_lot,
    "POST /api/v1/trade-desk/tested-lots/{lot_id}/release": _reserved_lot,
    "refund_id": _refund_request, "POST /api/v1/refunds/{refund_id}/retry": _refused_refund,
    "POST /api/v1/refund-requests/{refund_id}/decide": _refund_request_of_buyer,
    "cart_item_id": _cart_item, "group_id": _order_group,
    "method_id": _saved_method, "provider": _provider, "reconciliation_id": _reconciliation,
    "GET /api/v1/ledger/accounts/{account_id}/entries": _ledger_account,
    "plan_id": _plan, "subscription_id": _subscription, "token_id": _push_token,
    "POST /api/v1/subscriptions/{subscription_id}/resume": _cancelled_subscription,
    "parse_id": _parse, "code_id": _promo_code, "POST /api/v1/dev/payments/{payment_id}/simulate": _payme_payment,
    "GET /api/v1/orders/{order_id}/invoice": _invoiced, "credit_note_id": _credit_note, "review_id": _review,
    "notification_id": _notification,
    "POST /api/v1/orders/{order_id}/reviews": _completed_order,
    "endpoint_id": webhook_endpoint, "delivery_id": _webhook_delivery,
}  # fmt: skip
"""By the name of the path parameter: an object of the owner's. By an operation, where it needs another one.

The offer is open, the order not paid, the session not the one that asks.
"""

IN_BODIES: Mapping[str, Callable[[Scene], Awaitable[str]]] = {
    "product_id": _product_of_seller, "plan_id": _plan_of_seller
}  # fmt: skip
"""By the name of the field in a body: what somebody else offers to everybody."""


@asynccontextmanager
async def running_stage(database: Database, redis_url: str, data_dir: Path) -> AsyncIterator[Stage]:
    """`database` must be nobody else's."""
    async with running_provider() as provider:
        more: dict[str, Any] = {
            "OIDC_ISSUER": provider.issuer, "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET,
            "PUBLIC_URL": ORIGIN, "STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1",
        }  # fmt: skip
        async with running_house(database, redis_url, data_dir, **more) as house:
            tokens, clock = await house.container.get(AccessTokens), await house.container.get(Clock)
            stage = Stage(house, tokens, clock, provider, database.admin_dsn)
            await stage.prepare()
            yield stage
