"""A seller, a buyer, and the orders between them, completed a day ago."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self
from uuid import UUID

from marketplace.adapters.sql.pool import Pool
from marketplace.application.shared.ports import Clock
from marketplace.domain.shared.ids import ListingId
from prove.people import Person
from tests.builders.reviews import add_order
from tests.http.commerce.market import data
from tests.http.people.town import Town

FIVE = {"rating": 5}


@dataclass
class Deals:
    town: Town
    seller: Person
    buyer: Person
    product: str

    @classmethod
    async def between_new_people(cls, town: Town) -> Self:
        seller = await town.person("seller")
        return cls(town, seller, await town.person(), await town.product(seller))

    async def order(self, *products: str, days_ago: float = 1, **changes: Any) -> str:
        """Over the product, unless others are named."""
        listings = [ListingId(UUID(one)) for one in products or (self.product,)]
        completed_at = (await self.town.container.get(Clock)).now() - timedelta(days=days_ago)
        pool = await self.town.container.get(Pool)
        return str(
            await add_order(pool, self.buyer.id, self.seller.id, listings, completed_at=completed_at, **changes)
        )  # fmt: skip

    async def write(self, who: Person, order: str, body: Any = FIVE) -> dict[str, Any]:
        found: dict[str, Any] = data(await self.town.call("POST", f"/orders/{order}/reviews", who, body), 201)
        return found

    async def published(self, by_buyer: Any = FIVE, by_seller: Any = FIVE, *products: str) -> tuple[str, str]:
        """The ids of the reviews of a new order, by its buyer and by its seller."""
        order = await self.order(*products)
        return (await self.write(self.buyer, order, by_buyer))["id"], (await self.write(self.seller, order, by_seller))[
            "id"
        ]

    async def of(self, path: str, **params: Any) -> dict[str, Any]:
        """A page of a public list, asked for by somebody signed in: fresh."""
        found: dict[str, Any] = data(await self.town.call("GET", f"{path}/reviews", self.buyer, **params))
        return found

    async def of_seller(self, **params: Any) -> dict[str, Any]:
        return await self.of(f"/users/{self.seller.id}", **params)

    async def of_order(self, who: Person, order: str) -> dict[str, Any]:
        found: dict[str, Any] = data(await self.town.call("GET", f"/orders/{order}/reviews", who))
        return found
