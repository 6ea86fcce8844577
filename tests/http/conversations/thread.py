"""A seller, a buyer and their conversation about a product."""

from dataclasses import dataclass
from typing import Any, Self

from prove.people import Person
from tests.http.commerce.market import data
from tests.http.people.town import Town

HELLO = "Is the price negotiable?"


@dataclass
class Thread:
    town: Town
    seller: Person
    buyer: Person
    product: str
    id: str

    @classmethod
    async def between_new_people(cls, town: Town) -> Self:
        seller, buyer = await town.person("seller"), await town.person()
        product = await town.product(seller)
        body = {"other_user_id": str(seller.id), "product_id": product, "initial_message": HELLO}
        return cls(
            town, seller, buyer, product, data(await town.call("POST", "/conversations", buyer, body), 201)["id"]
        )

    @property
    def path(self) -> str:
        return f"/conversations/{self.id}"

    async def says(self, who: Person, content: str, **more: Any) -> dict[str, Any]:
        body = {"content": content, **more}
        found: dict[str, Any] = data(await self.town.call("POST", f"{self.path}/messages", who, body), 201)
        return found

    async def seen_by(self, who: Person) -> dict[str, Any]:
        found: dict[str, Any] = data(await self.town.call("GET", self.path, who))
        return found

    async def messages(self, who: Person, **params: Any) -> dict[str, Any]:
        found: dict[str, Any] = data(await self.town.call("GET", f"{self.path}/messages", who, **params))
        return found

    async def heard(self, who: Person, name: str) -> list[dict[str, Any]]:
        events = data(await self.town.call("GET", "/sync/events", who))["events"]
        return [one["data"] for one in events if one["name"] == name]
