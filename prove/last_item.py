"""M1: offers and package offers of many on one item, all accepted at once over every HTTP process, while others buy it
at its price, at once or by their carts: one order a round.

Of a lot of 10 kg as many at once want 1 kg each: ten orders.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from itertools import cycle
from typing import Any

import asyncpg
import httpx

from prove.checkers import violations
from prove.node import Node
from prove.people import PRODUCT, Person, people
from prove.processes import clients
from prove.quiet import until_quiet

LOT: Mapping[str, Any] = {**PRODUCT, "lot": {"quantity": 10, "unit": "kg", "smallest": 1}}
IN_A_LOT = 10
PACKAGE_EACH = 4
"""Each fourth buyer wants another product too."""
BUY_EACH, CHECKOUT_EACH = 3, 5
"""Each third buyer makes no offer and buys at once; each fifth checks out a cart with it."""
LOT_EACH = 4
"""Rounds."""
_ORDERS = """
SELECT count(*) FROM ordering.orders o JOIN ordering.order_lines l ON l.order_id = o.id WHERE l.subject_id = $1
"""


class Campaign:
    def __init__(self, processes: list[httpx.AsyncClient], seller: Person, crowd: list[Person]) -> None:
        self._processes = processes
        self._seller = seller
        self._crowd = crowd
        self.refusals: Counter[str] = Counter()
        self.seconds: list[float] = []

    async def listed(self, product: Mapping[str, Any]) -> str:
        answer = await self._processes[0].post("/products", json=product, headers=self._seller.headers)
        return str(answer.json()["data"]["id"])

    async def product_round(self) -> tuple[str, list[int]]:
        """The product that all wanted, and how they were answered."""
        product, other = await self.listed(PRODUCT), await self.listed(PRODUCT)
        single: Mapping[str, Any] = {"product_id": product}
        package: Mapping[str, Any] = {"product_ids": [product, other]}
        wishes = [
            {**(single if place % PACKAGE_EACH else package), "offered_price": 700 + place}
            for place in range(len(self._crowd))
        ]
        return product, await self._race(product, {}, wishes)

    async def lot_round(self) -> tuple[str, list[int]]:
        lot = await self.listed(LOT)
        wishes = [{"product_id": lot, "offered_price": 70, "quantity": 1, "unit": "kg"} for _ in self._crowd]
        return lot, await self._race(lot, {"quantity": 1}, wishes)

    async def _race(self, item: str, part: Mapping[str, Any], wishes: list[dict[str, Any]]) -> list[int]:
        """Every buyer makes an offer or fills a cart; then all is accepted and bought at the same moment."""
        wanted = {"product_id": item, **part}

        async def ready(place: int, door: httpx.AsyncClient, buyer: Person) -> tuple[str, str, Any, Mapping[str, str]]:
            """What this buyer, or the seller for them, asks at that moment."""
            if place % BUY_EACH == 1:
                return "POST", "/orders", wanted, buyer.headers
            if place % CHECKOUT_EACH == 2:
                added = await door.post("/cart/items", json=wanted, headers=buyer.headers)
                return "POST", "/checkout", {"item_ids": [added.json()["data"]["id"]]}, buyer.headers
            made = await door.post("/offers", json=wishes[place], headers=buyer.headers)
            return "PATCH", f"/offers/{made.json()['data']['id']}/accept", None, self._seller.headers

        doors = cycle(self._processes)
        calls = await asyncio.gather(*(ready(place, next(doors), buyer) for place, buyer in enumerate(self._crowd)))
        start = asyncio.Event()

        async def ask(door: httpx.AsyncClient, method: str, path: str, body: Any, headers: Any) -> httpx.Response:
            await start.wait()
            return await door.request(method, path, json=body, headers=headers)

        racing = [asyncio.create_task(ask(next(doors), *call)) for call in calls]
        await asyncio.sleep(0)
        began = time.perf_counter()
        start.set()
        answers = await asyncio.gather(*racing)
        self.seconds.append(time.perf_counter() - began)
        self.refusals.update(str(answer.json().get("code")) for answer in answers if not answer.is_success)
        return [200 if answer.is_success else answer.status_code for answer in answers]


async def last_item(server: Node, buyers: int, rounds: int) -> list[str]:
    """The violations; prints a line of figures."""
    found: list[str] = []
    (seller,) = await people(server.admin_dsn, server.settings, "seller", 1)
    crowd = await people(server.admin_dsn, server.settings, "buyer", buyers)
    database = await asyncpg.connect(server.admin_dsn)
    try:
        async with clients(server, buyers) as processes:
            campaign = Campaign(processes, seller, crowd)
            for number in range(rounds):
                is_lot = number % LOT_EACH == LOT_EACH - 1
                wanted, statuses = await (campaign.lot_round() if is_lot else campaign.product_round())
                sold = min(IN_A_LOT, buyers) if is_lot else 1
                orders = await database.fetchval(_ORDERS, wanted)
                expected = Counter({200: sold, 409: buyers - sold})
                if Counter(statuses) != expected or orders != sold:
                    found.append(f"round {number}: {dict(Counter(statuses))}, {orders} orders")
    finally:
        await database.close()
    found += await until_quiet(server.admin_dsn)
    found += await violations(server.admin_dsn)
    seconds = sorted(campaign.seconds)
    print(
        f"last-item: {buyers} acceptances and purchases at once, {rounds} rounds, {server.settings.workers} HTTP "
        f"processes: median {seconds[len(seconds) // 2]:.2f} s a round, longest {seconds[-1]:.2f} s; losers were told "
        f"{dict(campaign.refusals)}; {len(found)} violations"
    )
    return found
