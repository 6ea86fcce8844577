"""Every kind of caller, in every order, while what may be seen changes: nobody is shown what is not for them."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
import pytest

from prove.people import Person
from tests.http.answers.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")
LAG = 1.0
"""Seconds by which an answer may be behind what was committed."""

STEPS, BURST = 40, 8
MOVES = {
    "draft": ("active", "removed"), "active": ("paused", "removed", "reserved"), "paused": ("active", "removed"),
    "reserved": ("active", "sold"),
}  # fmt: skip
Seen = tuple[int, str]


@dataclass
class History:
    """What nobody in particular would have read without any cache: from when on, and when it was so for certain."""

    versions: list[tuple[float, float, Seen]] = field(default_factory=list)

    def between(self, since: float, until: float) -> list[Seen]:
        ends = [certain for _, certain, _ in self.versions[1:]] + [until]
        return [
            seen for (began, _, seen), end in zip(self.versions, ends, strict=True) if began <= until and end >= since
        ]


class Bazaar:
    def __init__(self, house: House, seed: int, states: dict[str, str]) -> None:
        self.house = house
        self.chance = random.Random(seed)  # noqa: S311 - a test
        self.states = states
        paths = [
            *(f"/products/{product}" for product in states),
            f"/users/{house.seller.id}/products?per_page={10 + seed}",
        ]
        self.history = {path: History() for path in paths}
        self.callers = (None, None, None, house.seller, house.follower, house.stranger, house.blocked)

    async def change(self) -> None:
        product, began = self.chance.choice(list(self.states)), time.monotonic()
        kind = self.chance.choice(("title", "audience", "state"))
        if kind == "title":
            await self.house.rename(product, f"Product {self.chance.random()}")
        elif kind == "audience":
            await self.house.show_to(product, self.chance.choice(("everyone", "followers")))
        elif moves := MOVES.get(self.states[product]):
            self.states[product] = self.chance.choice(moves)
            await self.house.move(product, self.states[product])
        await self.remember(began)

    async def remember(self, began: float) -> None:
        certain = time.monotonic()
        for path, history in self.history.items():
            history.versions.append((began, certain, seen(await self.house.truth(path))))

    def questions(self) -> list[tuple[str, int, Person | None]]:
        return [
            (self.chance.choice(list(self.history)), self.chance.randrange(2), self.chance.choice(self.callers))
            for _ in range(self.chance.randint(1, BURST))
        ]

    async def ask(self, path: str, node: int, who: Person | None) -> tuple[float, float, httpx.Response]:
        asked = time.monotonic()
        answer = await self.house.get(path, node, who)
        return asked, time.monotonic(), answer

    async def step(self) -> None:
        """Some ask, at the same time as something changes or not."""
        changes = self.chance.random() < 0.5
        questions = self.questions()
        change = asyncio.create_task(self.change()) if changes else None
        answers = await asyncio.gather(*(self.ask(*one) for one in questions))
        if change:
            await change
        for (path, _, who), (asked, heard, answer) in zip(questions, answers, strict=True):
            if who is None:
                assert seen(answer) in self.history[path].between(asked - LAG, heard), path
            elif answer.status_code == 200:
                assert "public" not in answer.headers["cache-control"]
            if who is not None and not changes:
                assert seen(answer) == seen(await self.house.truth(path, who)), path


def seen(answer: httpx.Response) -> Seen:
    return answer.status_code, answer.text if answer.status_code == 200 else ""


async def a_draft(house: House) -> str:
    """Like a product of the same seller, and not for sale yet."""
    like, draft = await house.product(), str(uuid4())
    row = dict(await house.connection.fetchrow("SELECT * FROM catalog.listings WHERE id = $1", like)) | {"id": draft}
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await house.connection.execute(
        f"INSERT INTO catalog.listings ({', '.join(row)}) VALUES ({places})",  # noqa: S608 - names of columns
        *row.values(),
    )
    await house.connection.execute("INSERT INTO catalog.listing_states VALUES ($1, 'draft')", draft)
    await house.move(like, "removed")
    return draft


@pytest.mark.parametrize("seed", [1, 2])
async def test_an_answer_is_what_nobody_in_particular_could_have_read_a_moment_ago(house: House, seed: int) -> None:
    states = {await house.product(title=f"Product {number}"): "active" for number in range(4)}
    states[await a_draft(house)] = "draft"
    bazaar = Bazaar(house, seed, states)
    await bazaar.remember(time.monotonic() - 10)
    for _ in range(STEPS):
        await bazaar.step()
    assert len({one for history in bazaar.history.values() for *_, one in history.versions}) > 10
