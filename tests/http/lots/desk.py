"""Traders of the desk with lots, and agreements over them."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx

from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.application.trading.lot_ports import Lots
from marketplace.application.trading.ports import Deals, Negotiations
from marketplace.domain.shared.ids import NegotiationId, OrderId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.subject import Subject, SubjectKind
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import OfferId, Side
from marketplace.domain.trading.terms import LotId, TermSheet
from marketplace.domain.trading.units import Quantity
from prove.people import Person, people
from tests.builders.documents import a_pdf
from tests.http.commerce.market import data
from tests.http.identity.house import House

LOTS = "/trade-desk/tested-lots"
LOT = {
    "commodity": "cotton", "quantity": 20, "unit": "t", "grade": "Middling", "origin": "Gujarat", "place": "Mundra",
    "quality": {"staple": "29 mm"}, "price": 1650.5, "currency": "USD",
}  # fmt: skip
REPORT = {
    "parameters": {"staple_length": {"value": "29.4", "unit": "mm"}, "colour": {"value": "white"}}, "method": "HVI",
    "laboratory": "Bremen Fibre Institute", "tested_on": "2026-01-15", "certificate_number": "BFI-412",
}  # fmt: skip


@dataclass
class Desk:
    house: House
    admin_dsn: str
    owner: Person
    buyer: Person
    stranger: Person
    seat: str
    """A listing of the owner's, beside which documents are uploaded."""

    async def call(
        self, method: str, path: str, who: Person | None = None, body: Any = None, **options: Any
    ) -> httpx.Response:
        """As the owner unless somebody else is named."""
        if body is not None:
            options["json"] = body
        return await self.house.client.request(method, f"/api/v1{path}", headers=(who or self.owner).headers, **options)

    async def now(self) -> datetime:
        return (await self.house.container.get(Clock)).now()

    async def lot(self, **changes: Any) -> str:
        """A draft."""
        return str(data(await self.call("POST", LOTS, body={**LOT, **changes}), 201)["id"])

    async def document(self) -> dict[str, Any]:
        parts = {"purpose": "lab_report", "listing_id": self.seat}
        answer = await self.call("POST", "/documents", data=parts, files={"file": ("r.pdf", a_pdf())})
        document: dict[str, Any] = data(answer, 201)
        return document

    async def attach(self, lot: str, **changes: Any) -> httpx.Response:
        body = {"document_id": (await self.document())["id"], **REPORT, **changes}
        return await self.call("POST", f"{LOTS}/{lot}/reports", body=body)

    async def available(self, **changes: Any) -> str:
        lot = await self.lot(**changes)
        data(await self.attach(lot), 201)
        data(await self.call("PATCH", f"{LOTS}/{lot}", body={"status": "available"}))
        return lot

    async def reserve(self, lot: str, quantity: float, **changes: Any) -> httpx.Response:
        return await self.call("POST", f"{LOTS}/{lot}/reserve", body={"quantity": quantity, "unit": "tonne", **changes})

    async def read(self, lot: str, who: Person | None = None) -> Any:
        return data(await self.call("GET", f"{LOTS}/{lot}", who))

    async def agreed(self, lot: str, tonnes: int) -> str:
        """The id of the order: the buyer's second offer on a trade of the owner's is accepted, delivered from the lot.

        As the desk's own use case does it: goods are held, the order placed, the negotiation saved.
        """
        owner, buyer = UserId(self.owner.id), UserId(self.buyer.id)
        quantity = Quantity(Decimal(tonnes), "tonne")
        async with self.house.container() as scope:
            ids, now = await scope.get(Ids), (await scope.get(Clock)).now()
            order, trade = OrderId(ids.new()), ids.new()
            negotiation = Negotiation(
                id=NegotiationId(ids.new()), subject=Subject(kind=SubjectKind.TRADE, id=trade), buyer=buyer,
                seller=owner, currency="USD", opener=Side.SELLER,
            )  # fmt: skip
            terms = TermSheet(
                price=Money(165_050, "USD"), price_unit="tonne", quantity=quantity, lot=LotId(UUID(lot)),
                delivery_terms="ex-works", quality={"staple": "29 mm"},
            )  # fmt: skip
            first = negotiation.offer(OfferId(ids.new()), terms, by=owner, message=None, now=now)
            better = replace(terms, price=Money(160_000, "USD"), delivery_days=10)
            second = negotiation.counter(first.id, OfferId(ids.new()), better, by=buyer, message="Less?", now=now)
            agreement = negotiation.accept(second.id, by=owner, order_id=order, now=now)
            transaction, negotiations, deals, lots = [
                await scope.get(port) for port in (Transaction, Negotiations, Deals, Lots)
            ]
            async with transaction:
                whole = await lots.for_offer(owner, LotId(UUID(lot)), "Cotton")
                goods = ((SubjectKind.TRADE, trade, quantity), (SubjectKind.LOT, UUID(lot), whole))
                await deals.strike(replace(agreement, goods=goods), order, now)
                await negotiations.add(negotiation)
        return str(order)


async def opened_desk(house: House, admin_dsn: str) -> Desk:
    dsn = house.settings.database_url.reveal()
    owner, stranger = await people(dsn, house.settings, "seller", 2)
    (buyer,) = await people(dsn, house.settings, "buyer", 1)
    desk = Desk(house, admin_dsn, owner, buyer, stranger, "")
    listing = {"title": "Cotton bales", "price": 850, "category": "electronics", "feed_type": "community"}
    desk.seat = data(await desk.call("POST", "/products", body=listing), 201)["id"]
    return desk
