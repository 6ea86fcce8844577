"""M2: twelve actors at once on one negotiation and its listing: at most one order, at the price that was accepted."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import cycle
from typing import Any

import asyncpg
import httpx

from marketplace.application.trading.offers import EXPIRE_OFFER
from prove.checkers import violations
from prove.node import Node
from prove.people import PRODUCT, Person, people
from prove.processes import clients
from prove.quiet import until_quiet

ROLES = ("seller", "buyer", "buyer")
AT_ONCE = 4
"""Rounds."""
SPREAD = 0.03
"""Seconds within which all twelve begin."""

_DUE = """
WITH moment AS (UPDATE trading.offers SET expires_at = clock_timestamp() WHERE id = $1 RETURNING expires_at),
timer AS (UPDATE jobs.job SET run_at = expires_at FROM moment WHERE handler = $2 AND key = $1::text AND state = 'ready')
SELECT pg_notify('jobs', '') FROM moment
"""
_ORDERS = "SELECT status FROM ordering.orders WHERE subject_id = $1"


class Round:
    """A product with a buyer's offer and a rival's; every actor answers what was said last, if anything can be."""

    def __init__(
        self, doors: list[httpx.AsyncClient], database: asyncpg.Pool, chance: random.Random, crowd: tuple[Person, ...]
    ) -> None:
        self._doors = cycle(doors)
        self._database = database
        self._chance = chance
        self._seller, self._buyer, self._rival = crowd
        self.answers: list[httpx.Response] = []

    async def run(self) -> str:
        """The product."""
        self._product = (await self._call(self._seller, "POST", "/products", PRODUCT)).json()["data"]["id"]
        self._first, self._other = [
            (await self._call(who, "POST", "/offers", {"product_id": self._product, "offered_price": price})).json()[
                "data"
            ]["id"]
            for who, price in ((self._buyer, 500), (self._rival, 450))
        ]
        actors: list[Callable[[], Awaitable[Any]]] = [
            lambda: self._answer(self._seller, "accept"),
            lambda: self._answer(self._buyer, "accept"),
            lambda: self._answer(self._seller, "counter", {"counter_price": 800}),
            lambda: self._answer(self._seller, "counter", {"counter_price": 700}),
            lambda: self._answer(self._buyer, "counter", {"counter_price": 600}),
            lambda: self._answer(self._buyer, "withdraw"),
            lambda: self._answer(self._seller, "decline"),
            lambda: self._call(self._seller, "PATCH", f"/products/{self._product}", {"price": 790}),
            lambda: self._call(self._seller, "DELETE", f"/products/{self._product}"),
            lambda: self._call(self._seller, "POST", f"/products/{self._product}/pause"),
            lambda: self._call(self._seller, "PATCH", f"/offers/{self._other}/accept"),
            lambda: self._database.execute(_DUE, self._first, EXPIRE_OFFER),
        ]
        self.answers.clear()
        await asyncio.gather(*(self._soon(actor) for actor in actors))
        return str(self._product)

    async def _soon(self, act: Callable[[], Awaitable[Any]]) -> None:
        await asyncio.sleep(self._chance.uniform(0, SPREAD))
        await act()

    async def _answer(self, who: Person, what: str, body: Any = None) -> None:
        said = await self._call(who, "GET", f"/offers/{self._first}/history")
        await self._call(who, "PATCH", f"/offers/{said.json()['data']['items'][-1]['id']}/{what}", body)

    async def _call(self, who: Person, method: str, path: str, body: Any = None) -> httpx.Response:
        answer = await next(self._doors).request(method, path, json=body, headers=who.headers)
        self.answers.append(answer)
        return answer


async def negotiation(server: Node, rounds: int, seed: int) -> list[str]:
    """The violations; prints a line of figures."""
    found: list[str] = []
    chance, todo = random.Random(seed), iter(range(rounds))
    told: Counter[str] = Counter()
    crowds = list(zip(*[await people(server.admin_dsn, server.settings, role, AT_ONCE) for role in ROLES], strict=True))
    async with (
        clients(server, 12 * AT_ONCE) as doors,
        asyncpg.create_pool(server.admin_dsn, min_size=1, max_size=AT_ONCE) as database,
    ):

        async def work(crowd: tuple[Person, ...]) -> None:
            for number in todo:
                one = Round(doors, database, chance, crowd)
                product = await one.run()
                faults = [f"{answer.status_code} {answer.text}" for answer in one.answers if answer.status_code >= 500]
                orders = await database.fetch(_ORDERS, product)
                told.update("done" if answer.is_success else answer.json()["code"] for answer in one.answers)
                told["order"] += len(orders)
                if faults or len(orders) > 1:
                    found.append(f"round {number}: {len(orders)} orders, {faults}")

        await asyncio.gather(*(work(crowd) for crowd in crowds))
    found += await until_quiet(server.admin_dsn)
    found += await violations(server.admin_dsn)
    print(
        f"negotiation: {rounds} rounds of 12 actors at once over {server.settings.workers} HTTP processes led to "
        f"{told.pop('order')} orders; answers: {dict(told.most_common())}; {len(found)} violations"
    )
    return found
