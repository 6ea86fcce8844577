"""A seller with a listing, and others, at the doors by which files come in."""

from dataclasses import dataclass
from typing import Any

import httpx

from prove.people import PRODUCT, Person, people_in
from tests.http.identity.house import House

OCTETS = "application/octet-stream"


@dataclass
class Shop:
    house: House
    seller: Person
    rival: Person
    buyer: Person
    admin: Person
    listing: str
    before: frozenset[str]

    async def call(self, method: str, path: str, who: Person | None = None, **options: Any) -> httpx.Response:
        """`options`: json, content, files, data, params, headers."""
        headers = {**(who.headers if who else {}), **options.pop("headers", {})}
        return await self.house.client.request(method, f"/api/v1{path}", headers=headers, **options)

    async def product(self, who: Person | None = None, **changes: Any) -> str:
        answer = await self.call("POST", "/products", who or self.seller, json={**PRODUCT, **changes})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    async def shown(self, who: Person | None = None, listing: str = "") -> Any:
        """The `data` of a listing."""
        answer = await self.call("GET", f"/products/{listing or self.listing}", who)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def send_image(
        self, file: bytes, who: Person | None = None, listing: str = "", name: str = "me.jpg"
    ) -> httpx.Response:
        path = f"/products/{listing or self.listing}/media"
        return await self.call("POST", path, who or self.seller, files={"file": (name, file)})

    async def send_document(
        self, file: bytes, who: Person | None = None, listing: str = "", name: str = "r.pdf"
    ) -> httpx.Response:
        parts = {"purpose": "lab_report", "listing_id": listing or self.listing}
        return await self.call("POST", "/documents", who or self.seller, data=parts, files={"file": (name, file)})

    async def begin(self, who: Person | None = None, **changes: Any) -> httpx.Response:
        wish = {"purpose": "listing_image", "listing_id": self.listing, "size": 1, **changes}
        return await self.call("POST", "/uploads", who or self.seller, json=wish)

    async def put(self, upload: str, number: int, content: bytes, who: Person | None = None) -> httpx.Response:
        headers = {"content-type": OCTETS}
        path = f"/uploads/{upload}/parts/{number}"
        return await self.call("PUT", path, who or self.seller, content=content, headers=headers)

    async def complete(self, upload: str, who: Person | None = None, key: str = "") -> httpx.Response:
        headers = {"idempotency-key": key} if key else {}
        return await self.call("POST", f"/uploads/{upload}/complete", who or self.seller, headers=headers)

    async def send_in_parts(self, file: bytes, purpose: str, listing: str = "") -> httpx.Response:
        begun = await self.begin(purpose=purpose, size=len(file), listing_id=listing or self.listing)
        if begun.status_code != 201:
            return begun
        upload = begun.json()["data"]
        for number in range(upload["part_count"], 0, -1):
            start = (number - 1) * upload["part_size"]
            answer = await self.put(upload["id"], number, file[start : start + upload["part_size"]])
            assert answer.status_code == 200, answer.text
        return await self.complete(upload["id"])

    async def link(self, document: str, who: Person | None = None) -> str:
        answer = await self.call("POST", f"/documents/{document}/links", who or self.buyer)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["url"])

    async def fetch(self, url: str) -> httpx.Response:
        return await self.house.client.get(url)

    async def sql(self, statement: str, *values: Any) -> Any:
        async with self.house.database() as connection:
            return await connection.fetchval(statement, *values)

    async def ids(self, statement: str, *values: Any) -> list[str]:
        async with self.house.database() as connection:
            return [str(row[0]) for row in await connection.fetch(statement, *values)]

    @property
    def files(self) -> dict[str, bytes]:
        """What was stored since the shop was opened, by its key."""
        return {key: content for key, content in files_of(self.house).items() if key not in self.before}


def files_of(house: House) -> dict[str, bytes]:
    folder = house.settings.data_dir / "files"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def opened_shop(house: House) -> Shop:
    seller, rival, buyer, admin = await people_in(house.container, "seller", "seller", "buyer", "admin")
    shop = Shop(house, seller, rival, buyer, admin, "", frozenset(files_of(house)))
    shop.listing = await shop.product()
    return shop
