"""U4: nobody learns which accounts exist: status, body, headers and time are the same for one that does not.

Time is compared by the rank AUC: how often an answer about an account takes longer than one about none. 0.5 tells
nothing.
"""

import random
import secrets
import time
from bisect import bisect_left, bisect_right
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from redis.asyncio import Redis

from marketplace.adapters.embedded.valkey import EmbeddedValkey
from marketplace.adapters.redis.sign_in_guard import RedisSignInGuard
from marketplace.adapters.security.passwords import BcryptPasswords
from marketplace.domain.identity.lockout import FAILURES_IN_ALL
from prove.node import Node
from prove.people import people
from prove.processes import clients
from prove.quiet import until_quiet

TOLERANCE = 0.03
DEVIATIONS = 3.3
"""Standard deviations that chance may add when fewer pairs are timed: once in a thousand times it does more."""

WARM_UP = 3
_VARYING = {"x-request-id", "date", "ratelimit-remaining", "ratelimit-reset"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about an address; `slow` on purpose, as checking a password is."""

    path: str
    body: Callable[[str], dict[str, Any]]
    prepare: Callable[["Crowd"], Awaitable[None]] | None = None
    about: str = "an account"
    slow: bool = False


class Crowd:
    """Addresses of people whose password is RIGHT, and as many that are nobody's."""

    def __init__(self, server: Node, http: httpx.AsyncClient, people_of: Mapping[str, UUID]) -> None:
        self.server = server
        self.http = http
        self.people_of = people_of
        self.absent = [f"p-{secrets.token_hex(8)}@example.com" for _ in people_of]

    async def sent_codes(self) -> None:
        for email in (*self.people_of, *self.absent):
            await self.http.post("/auth/send-otp", json={"identifier": email})
        if left := await until_quiet(self.server.admin_dsn):
            raise RuntimeError(*left)

    async def locked_out(self) -> None:
        """After as many failures as lock an account for every place; they are not made with passwords: that is slow."""
        async with Redis.from_url(EmbeddedValkey(self.server.folder).url) as redis:
            guard = RedisSignInGuard(redis, self.server.settings.key("sign-in-guard"))
            for user_id in self.people_of.values():
                for failure in range(FAILURES_IN_ALL):
                    await guard.admit(f"user:{user_id}", f"network:{failure}", known_device=False)


RIGHT, WRONG = "Right-Horse-7", "Wrong-Horse-7"
QUESTIONS = (
    Question("/auth/login", lambda email: {"identifier": email, "password": WRONG}, slow=True),
    Question(
        "/auth/login", lambda email: {"identifier": email, "password": RIGHT}, Crowd.locked_out, "a locked account",
        slow=True,
    ),
    Question("/auth/password/forgot", lambda email: {"identifier": email}),
    Question("/auth/send-otp", lambda email: {"identifier": email, "type": "email"}),
    Question("/auth/verify-otp", lambda email: {"identifier": email, "otp_code": "000000"}, Crowd.sent_codes),
)  # fmt: skip
"""Each address is asked about once in each."""


def auc(one: Sequence[float], other: Sequence[float]) -> float:
    """The chance that a value of `one` is above a value of `other`, half of it for equal ones (Mann-Whitney)."""
    ranked = sorted(other)
    above = sum(bisect_left(ranked, value) + bisect_right(ranked, value) for value in one)
    return above / (2 * len(one) * len(other))


def bound(pairs: int) -> float:
    """How far from 0.5 the AUC of so many pairs may be: with 2,000 it is the tolerance."""
    return max(TOLERANCE, DEVIATIONS * sqrt((2 * pairs + 1) / (12 * pairs**2)))


async def enumeration(server: Node, pairs: int, slow_pairs: int, seed: int = 1) -> list[str]:
    """The violations; prints a line of figures for each question. `slow_pairs` are timed where it is slow."""
    found: list[str] = []
    hashed = await BcryptPasswords(server.settings.key("password-pepper")).hash(RIGHT)
    async with clients(server, 1) as (http, *_):
        choice = random.Random(seed)
        for question in QUESTIONS:
            count = slow_pairs if question.slow else pairs
            area = await _measured(question, await _crowd(server, http, count, hashed), choice, found)
            if abs(area - 0.5) > bound(count):  # it is measured again: chance does not go the same way twice
                again = await _measured(question, await _crowd(server, http, count, hashed), choice, found)
                if abs(again - 0.5) > bound(count) and (again > 0.5) == (area > 0.5):
                    found.append(f"{question.path}: its time tells {question.about}, AUC {area:.3f} and {again:.3f}")
                area = again
            print(
                f"enumeration: {question.path} about {question.about}: {count} pairs, AUC {area:.3f}, within "
                f"{bound(count):.3f} of 0.5"
            )
    return found


async def _measured(question: Question, crowd: Crowd, choice: random.Random, found: list[str]) -> float:
    """The AUC; what differs otherwise is added to `found`."""
    if question.prepare:
        await question.prepare(crowd)
    asked = [(number, email, True) for number, email in enumerate(crowd.people_of)]
    asked += [(number, email, False) for number, email in enumerate(crowd.absent)]
    choice.shuffle(asked)  # all of them: what an answer leaves to be done makes the next one slower
    seconds: Mapping[bool, list[float]] = {True: [], False: []}
    seen: dict[int, tuple[int, str, dict[str, str]]] = {}
    for turn, (number, email, exists) in enumerate(asked):
        began = time.perf_counter()
        answer = await crowd.http.post(question.path, json=question.body(email))
        if turn >= 2 * WARM_UP:
            seconds[exists].append(time.perf_counter() - began)
        if seen.setdefault(number, shown(answer)) != shown(answer):
            found.append(f"{question.path}: {question.about} and none: {shown(answer)} and {seen[number]}")
    return auc(seconds[True], seconds[False])


async def _crowd(server: Node, http: httpx.AsyncClient, pairs: int, hashed: str) -> Crowd:
    some = await people(server.admin_dsn, server.settings, "buyer", pairs + WARM_UP, hashed)
    connection = await asyncpg.connect(server.admin_dsn)
    try:
        statement = "SELECT email, id FROM identity.users WHERE id = ANY($1)"
        return Crowd(server, http, dict(await connection.fetch(statement, [one.id for one in some])))
    finally:
        await connection.close()


def shown(answer: httpx.Response) -> tuple[int, str, dict[str, str]]:
    text = answer.text.replace(answer.headers["x-request-id"], "")
    return answer.status_code, text, {name: value for name, value in answer.headers.items() if name not in _VARYING}
