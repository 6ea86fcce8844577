"""M1: many buyers' offers on one item, all accepted at once over two HTTP processes: exactly one order a round."""

import asyncio
import time
from collections import Counter

from prove.checkers import violations
from prove.node import Node
from prove.people import PRODUCT, client, people
from prove.quiet import until_quiet


async def last_item(server: Node, buyers: int, rounds: int) -> list[str]:
    """The violations; prints a line of figures."""
    found: list[str] = []
    seconds = []
    async with client(server.url, buyers) as http:
        (seller,) = await people(server.admin_dsn, server.settings, "seller", 1)
        crowd = await people(server.admin_dsn, server.settings, "buyer", buyers)
        for number in range(rounds):
            product = (await http.post("/products", json=PRODUCT, headers=seller.headers)).json()["data"]["id"]
            made = await asyncio.gather(
                *(
                    http.post(
                        "/offers",
                        json={"product_id": product, "offered_price": 700 + place},
                        headers=buyer.headers,
                    )
                    for place, buyer in enumerate(crowd)
                )
            )
            offers = [answer.json()["data"]["id"] for answer in made]
            start = asyncio.Event()

            async def accept(offer: str, start: asyncio.Event = start) -> int:
                await start.wait()
                return (await http.patch(f"/offers/{offer}/accept", headers=seller.headers)).status_code

            racing = [asyncio.create_task(accept(offer)) for offer in offers]
            await asyncio.sleep(0)
            began = time.perf_counter()
            start.set()
            statuses = Counter(await asyncio.gather(*racing))
            seconds.append(time.perf_counter() - began)
            if statuses != {200: 1, 409: buyers - 1}:
                found.append(f"round {number}: {dict(statuses)}")
        found += await until_quiet(server.admin_dsn)
        found += await violations(server.admin_dsn)
    seconds.sort()
    print(
        f"last-item: {buyers} acceptances at once, {rounds} rounds, 2 HTTP processes: "
        f"median {seconds[len(seconds) // 2]:.2f} s a round, longest {seconds[-1]:.2f} s; {len(found)} violations"
    )
    return found
