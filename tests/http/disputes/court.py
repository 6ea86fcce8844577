"""A shop whose parties fall out with each other, and who decides between them."""

from dataclasses import dataclass
from typing import Any, Self

import httpx

from prove.people import Person, people_in
from tests.http.commerce.market import data
from tests.http.orders.shop import Shop

EMPTY_BOX = {"reason": "not_as_described", "description": "The box came empty.", "wanted": {"outcome": "buyer"}}


@dataclass
class Court:
    shop: Shop
    moderator: Person

    @classmethod
    async def beside(cls, shop: Shop) -> Self:
        (moderator,) = await people_in(shop.container, "moderator")
        return cls(shop, moderator)

    async def ask(
        self, method: str, path: str, who: Person | None = None, body: Any = None, **options: Any
    ) -> httpx.Response:
        return await self.shop.call(method, path, who, body, **options)

    async def delivered(self) -> str:
        """The id of an order of the buyer that is paid and delivered."""
        order = await self.shop.paid()
        assert await self.shop.moved(order, "deliver", self.shop.seller) == "delivered"
        return order

    async def opened(self, order: str, who: Person | None = None, body: Any = None) -> dict[str, Any]:
        answer = await self.ask("POST", f"/orders/{order}/disputes", who or self.shop.buyer, body or EMPTY_BOX)
        found: dict[str, Any] = data(answer, 201)
        return found

    async def said(self, dispute: str, what: str, who: Person, body: Any = None) -> dict[str, Any]:
        """What the dispute, or a message in it, became."""
        found: dict[str, Any] = data(
            await self.ask("POST", f"/disputes/{dispute}/{what}", who, body), 201 if what == "messages" else 200
        )
        return found

    async def order(self, order: str) -> dict[str, Any]:
        found: dict[str, Any] = data(await self.ask("GET", f"/orders/{order}", self.shop.buyer))
        return found

    async def under_review(self) -> tuple[str, str]:
        """The ids of a delivered order and of its dispute, answered."""
        order = await self.delivered()
        dispute = (await self.opened(order))["id"]
        await self.said(dispute, "respond", self.shop.seller, {"description": "It was full."})
        return order, dispute

    async def heard(self, who: Person) -> list[tuple[str, str]]:
        """The changes of disputes that somebody was told, and what they were then."""
        return [
            (one["change"], one["status"]) for name, one in await self.shop.events(who) if name == "dispute:updated"
        ]
