"""U1: however many guess at once, at most three guesses at a code are looked at, and the right one is good once."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle
from math import sqrt
from typing import Any

import asyncpg
import httpx
from redis.asyncio import Redis

from marketplace.adapters.embedded.valkey import EmbeddedValkey
from marketplace.adapters.redis.one_time_codes import RedisOneTimeCodes
from marketplace.application.identity.codes import CODE_LIFE, CODE_TRIES
from marketplace.application.identity.ports import CodePurpose, OneTimeCodes
from prove.node import Node
from prove.people import Person, people
from prove.processes import clients

AT_ONCE = 64
"""Connections to each process; the others queue for them."""

COPIES = 16


class Campaign:
    def __init__(self, processes: list[httpx.AsyncClient], codes: OneTimeCodes, seed: int) -> None:
        self._processes = cycle(processes)
        self._codes = codes
        self._random = random.Random(seed)
        self.found: list[str] = []
        self.right = 0

    async def guessed(self, person: Person, email: str, guesses: int) -> None:
        """The right code is one of many guesses, at a place of its own; afterwards it is worth nothing."""
        code = await self._sent(person, email)
        drawn = self._random.sample(range(10**6), guesses)
        tried = [f"{number:06}" for number in drawn if number != int(code)][: guesses - 1]
        tried.insert(self._random.randrange(guesses), code)
        answers = await self._all(email, tried)
        told = Counter(_tries_left(answer) for answer in answers)
        right = sum(answer.status_code == 200 for answer in answers)
        self.right += right
        evaluated = max(right, 1) + sum(count for left, count in told.items() if left > 0)
        if right > 1 or evaluated > CODE_TRIES or any(told[left] > 1 for left in range(1, CODE_TRIES)):
            self.found.append(f"code of {person.id}: {right} right, {evaluated} looked at, tries left {dict(told)}")
        if (await self._one(email, code)).status_code != 422:
            self.found.append(f"code of {person.id}: good after {guesses} guesses")

    async def used(self, person: Person, email: str) -> None:
        """The right code many times at once counts once."""
        code = await self._sent(person, email)
        statuses = Counter(answer.status_code for answer in await self._all(email, [code] * COPIES))
        if statuses != {200: 1, 422: COPIES - 1}:
            self.found.append(f"code of {person.id}: {COPIES} at once are answered {dict(statuses)}")

    async def _sent(self, person: Person, email: str) -> str:
        return await self._codes.make(CodePurpose.VERIFY_ACCOUNT, str(person.id), f"email:{email}")

    async def _all(self, email: str, guesses: list[str]) -> list[httpx.Response]:
        answers = await asyncio.gather(*(self._one(email, guess) for guess in guesses))
        odd = Counter(answer.status_code for answer in answers if answer.status_code not in {200, 422})
        if odd:
            self.found.append(f"guesses at {email} are answered {dict(odd)}")
        return answers

    async def _one(self, email: str, code: str) -> httpx.Response:
        body = {"identifier": email, "otp_code": code}
        return await next(self._processes).post("/auth/verify-otp", json=body)


async def otp(server: Node, codes: int, guesses: int, seed: int = 1) -> list[str]:
    """The violations; prints a line of figures."""
    async with clients(server, AT_ONCE) as processes, _codes(server) as made:
        campaign = Campaign(processes, made, seed)
        crowd = await people(server.admin_dsn, server.settings, "buyer", 2 * codes)
        emails = await _emails(server.admin_dsn)
        for one, other in zip(crowd[::2], crowd[1::2], strict=True):
            await campaign.guessed(one, emails[one.id], guesses)
            await campaign.used(other, emails[other.id])
    found, likely = campaign.found, CODE_TRIES / guesses
    most = codes * likely + 5 * sqrt(codes * likely * (1 - likely))
    if campaign.right > most:
        found.append(f"{campaign.right} of {codes} codes were guessed, chance explains {most:.0f}: more are looked at")
    print(
        f"otp: {codes} codes, {guesses} guesses at each at once, the right one among them: {campaign.right} guessed "
        f"({codes * likely:.1f} by chance); {codes} codes used {COPIES} times at once; {len(found)} violations"
    )
    return found


def _tries_left(answer: httpx.Response) -> int:
    body: dict[str, Any] = answer.json()
    return int(body.get("facts", {}).get("tries_left", 0))


@asynccontextmanager
async def _codes(server: Node) -> AsyncIterator[OneTimeCodes]:
    """The service's own, so that the right code is known."""
    async with Redis.from_url(EmbeddedValkey(server.folder).url) as redis:
        key = server.settings.key("one-time-code")
        yield RedisOneTimeCodes(redis, key, life=CODE_LIFE, tries=CODE_TRIES)


async def _emails(dsn: str) -> dict[Any, str]:
    connection = await asyncpg.connect(dsn)
    try:
        return dict(await connection.fetch("SELECT id, email FROM identity.users"))
    finally:
        await connection.close()
