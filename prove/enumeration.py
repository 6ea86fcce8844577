"""U4: nobody learns which accounts exist: status, body, headers and time are the same for one that does not.

Time is compared by the rank AUC: how often an answer about an account takes longer than one about none. 0.5 tells
nothing.
"""

import random
import secrets
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import httpx

from prove.node import Node, node
from prove.people import give_password, people
from prove.processes import UNLIMITED, clients
from prove.quiet import until_quiet

TOLERANCE = 0.03
DEVIATIONS = 3.3
"""Standard deviations that chance may add when fewer pairs are timed: once in a thousand times it does more."""

WARM_UP = 5
_VARYING = {"x-request-id", "date"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    path: str
    body: Callable[[str], dict[str, Any]]
    slow: bool = False
    """On purpose, as checking a password is."""


ENDPOINTS = (
    Endpoint("/auth/login", lambda email: {"identifier": email, "password": "Wrong-Horse-7"}, slow=True),
    Endpoint("/auth/send-otp", lambda email: {"identifier": email, "type": "email"}),
    Endpoint("/auth/verify-otp", lambda email: {"identifier": email, "otp_code": "000000"}),
)
"""In this order: a code that was sent is there to be guessed at. Each identifier is asked about once at each."""


def auc(one: Sequence[float], other: Sequence[float]) -> float:
    """The chance that a value of `one` is above a value of `other`, half of it for equal ones (Mann-Whitney)."""
    ranked = sorted(other)
    above = sum(bisect_left(ranked, value) + bisect_right(ranked, value) for value in one)
    return above / (2 * len(one) * len(other))


def bound(pairs: int) -> float:
    """How far from 0.5 the AUC of so many pairs may be: with 2,000 it is the tolerance."""
    return max(TOLERANCE, DEVIATIONS * sqrt((2 * pairs + 1) / (12 * pairs**2)))


async def enumeration(pairs: int, slow_pairs: int, seed: int = 1) -> list[str]:
    """The violations; prints a line of figures for each endpoint. `slow_pairs` are timed where it is slow."""
    found: list[str] = []
    async with node(None, WORKERS="1", **UNLIMITED) as server, clients(server, 1) as (http,):
        choice = random.Random(seed)
        for endpoint in ENDPOINTS:
            count = slow_pairs if endpoint.slow else pairs
            area = await _measured(server, http, endpoint, count, choice, found)
            if abs(area - 0.5) > bound(count):  # it is measured again: chance does not go the same way twice
                again = await _measured(server, http, endpoint, count, choice, found)
                if abs(again - 0.5) > bound(count) and (again > 0.5) == (area > 0.5):
                    found.append(f"{endpoint.path}: its time tells accounts, AUC {area:.3f} and {again:.3f}")
                area = again
            print(f"enumeration: {endpoint.path}: {count} pairs, AUC {area:.3f}, within {bound(count):.3f} of 0.5")
    return found


async def _measured(
    server: Node, http: httpx.AsyncClient, endpoint: Endpoint, pairs: int, choice: random.Random, found: list[str]
) -> float:
    """The AUC; what differs otherwise is added to `found`."""
    existing, absent = await _accounts(server, pairs + WARM_UP), _nobody(pairs + WARM_UP)
    if endpoint.path == "/auth/verify-otp":
        for email in (*existing, *absent):
            await http.post("/auth/send-otp", json={"identifier": email})
        found += await until_quiet(server.admin_dsn)
    seconds: Mapping[bool, list[float]] = {True: [], False: []}
    for number, pair in enumerate(zip(existing, absent, strict=True)):
        answers = {}
        for exists, email in choice.sample([(True, pair[0]), (False, pair[1])], 2):
            began = time.perf_counter()
            answer = await http.post(endpoint.path, json=endpoint.body(email))
            if number >= WARM_UP:
                seconds[exists].append(time.perf_counter() - began)
            answers[exists] = shown(answer)
        if answers[True] != answers[False]:
            found.append(f"{endpoint.path}: an account is answered {answers[True]}, none {answers[False]}")
    return auc(seconds[True], seconds[False])


async def _accounts(server: Node, count: int) -> list[str]:
    """The addresses of new people, each with a password."""
    crowd = await people(server.admin_dsn, server.settings, "buyer", count)
    return list((await give_password(server.admin_dsn, server.settings, crowd, secrets.token_urlsafe())).values())


def _nobody(count: int) -> list[str]:
    return [f"p-{secrets.token_hex(8)}@example.com" for _ in range(count)]


def shown(answer: httpx.Response) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers, without what differs by itself."""
    text = answer.text.replace(answer.headers["x-request-id"], "")
    return answer.status_code, text, {name: value for name, value in answer.headers.items() if name not in _VARYING}
