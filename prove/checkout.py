"""M3 over HTTP: a hundred checkouts at once with one promo code, over every HTTP process: as many orders have the
discount as the code may give, and everybody else is refused and keeps the cart. Each customer may use it once, and
submits twice.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from itertools import cycle
from uuid import uuid4

import asyncpg
import httpx

from prove.checkers import violations
from prove.node import Node
from prove.people import PRODUCT, Person, people
from prove.processes import clients
from prove.quiet import until_quiet

CAPS = (1, 5, 50, None)
_COUNTED = """
SELECT c.used,
    (SELECT count(*) FROM promotions.redemptions r WHERE r.code_id = c.id AND r.status <> 'released') AS live,
    (SELECT count(*) FROM ordering.orders o WHERE o.promo_code_id = c.id) AS orders
FROM promotions.promo_codes c WHERE c.code = $1
"""


class Campaign:
    def __init__(self, processes: Sequence[httpx.AsyncClient], seller: Person, crowd: Sequence[Person]) -> None:
        self._processes = processes
        self._seller = seller
        self._crowd = crowd
        self.seconds: list[float] = []
        self.refusals: Counter[str] = Counter()

    async def round(self, cap: int | None) -> tuple[str, int]:
        """The code, and how many checkouts were answered with orders."""
        code = uuid4().hex[:32].upper()
        wish = {"code": code, "basis_points": 1_500, "per_customer": 1, **({} if cap is None else {"cap": cap})}
        (await self._post("/promo-codes", self._seller, wish)).raise_for_status()
        for buyer in self._crowd:
            product = (await self._post("/products", self._seller, dict(PRODUCT))).json()["data"]["id"]
            (await self._post("/cart/items", buyer, {"product_id": product})).raise_for_status()
        doors = cycle(self._processes)
        began = time.perf_counter()
        answers = await asyncio.gather(
            *(
                next(doors).post("/checkout", json={"promo_code": code}, headers=buyer.headers)
                for buyer in self._crowd
                for _ in range(2)
            )
        )
        self.seconds.append(time.perf_counter() - began)
        self.refusals.update(str(answer.json().get("code")) for answer in answers if not answer.is_success)
        return code, sum(answer.is_success for answer in answers)

    async def _post(self, path: str, who: Person, body: object) -> httpx.Response:
        return await self._processes[0].post(path, json=body, headers=who.headers)


async def checkout(server: Node, buyers: int, caps: Sequence[int | None] = CAPS) -> list[str]:
    """The violations; prints a line of figures."""
    found: list[str] = []
    (seller,) = await people(server.admin_dsn, server.settings, "seller", 1)
    database = await asyncpg.connect(server.admin_dsn)
    try:
        async with clients(server, 2 * buyers) as processes:
            for cap in caps:
                crowd = await people(server.admin_dsn, server.settings, "buyer", buyers)
                campaign = Campaign(processes, seller, crowd)
                code, got = await campaign.round(cap)
                counted = await database.fetchrow(_COUNTED, code)
                most = buyers if cap is None else min(cap, buyers)
                if {got, *counted} != {most}:
                    found.append(f"cap {cap}: {got} have it and {most} should, counted {dict(counted)}")
                print(
                    f"checkout: {2 * buyers} at once by {buyers} people, cap {cap or 'none'}: "
                    f"{campaign.seconds[0]:.2f} s, {got} with the discount; others {dict(campaign.refusals)}"
                )
    finally:
        await database.close()
    found += await until_quiet(server.admin_dsn)
    return found + await violations(server.admin_dsn)
