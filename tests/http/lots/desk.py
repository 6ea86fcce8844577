"""Traders of the desk with lots, and agreements over them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from marketplace.application.shared.ports import Clock
from prove.people import Person, people_in
from tests.builders.documents import a_pdf
from tests.http.commerce.market import data
from tests.http.identity.house import House

DESK = "/trade-desk"
LOTS = f"{DESK}/tested-lots"
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
        clock: Clock = await self.house.container.get(Clock)
        return clock.now()

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
        """The id of the order: the owner answers the buyer's trade from the lot, and accepts the buyer's counter."""
        until = (await self.now() + timedelta(days=7)).isoformat()
        wish = {
            "side": "buy", "commodity": "Cotton", "quantity": tonnes, "unit": "t", "currency": "USD",
            "price_unit": "t", "visibility": "open", "valid_until": until,
        }  # fmt: skip
        trade = data(await self.call("POST", f"{DESK}/trades", self.buyer, wish), 201)["id"]
        data(await self.call("POST", f"{DESK}/trades/{trade}/publish", self.buyer))
        offered = {"price": 1650.5, "quantity": tonnes, "lot_id": lot, "delivery_terms": "ex-works"}
        offer = data(await self.call("POST", f"{DESK}/trades/{trade}/offers", body=offered), 201)["id"]
        less = {"price": 1600, "terms": {"delivery_days": 10}}
        data(await self.call("POST", f"{DESK}/offers/{offer}/negotiations", self.buyer, less), 201)
        accepted = data(await self.call("POST", f"{DESK}/negotiations/{offer}/accept", body={}))
        return str(accepted["transaction_id"])


async def opened_desk(house: House, admin_dsn: str) -> Desk:
    owner, stranger, buyer = await people_in(house.container, "seller", "seller", "buyer")
    desk = Desk(house, admin_dsn, owner, buyer, stranger, "")
    listing = {"title": "Cotton bales", "price": 850, "category": "electronics", "feed_type": "community"}
    desk.seat = data(await desk.call("POST", "/products", body=listing), 201)["id"]
    return desk
