"""Payme as a merchant sees it: sessions that call the Merchant API, with the faults that networks and people add.

`Payme.plays` believes the merchant's answers alone, as Payme does; what it believes at the end must be what the
merchant's books say.
"""

import asyncio
import json
import random
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Send = Callable[[Mapping[str, str], bytes], Awaitable[bytes]]
"""POSTs a body with headers to the merchant, and gives the body of the answer."""
CANNOT_NOW = -32400
REASONS = (1, 2, 3, 4, 5, 10)
PLANS: Sequence[Sequence[str]] = (
    ("Check", "Create", "Perform"), ("Check", "Create", "Perform"), ("Create", "Perform"), ("Create", "Cancel"),
    ("Check", "Create", "Cancel"), ("Create", "Perform", "Cancel"), ("Create",), ("Check",), ("Perform", "Create"),
    ("Cancel", "Create", "Perform"), ("Create", "Perform", "Perform", "Cancel"),
)  # fmt: skip
"""Of a payer's visit: most pay, some turn back, some ask for their money the next day. Some calls come too early."""
RANK = {None: 0, 1: 1, 2: 2, -1: 3, -2: 3}
"""A state is followed by a higher one only; answers may overtake each other."""


@dataclass
class Session:
    """`state`: 1 created, 2 performed, -1 and -2 cancelled before and after; None where nothing was begun."""

    transaction: str
    payment: str
    amount: int
    time: int
    state: int | None = None
    was_paid: bool = False
    answers: dict[str, list[bytes]] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)


class Payme:
    def __init__(self, send: Send, key: str, *, seed: int, login: str = "Paycom") -> None:
        self._send = send
        self._headers = {
            "authorization": f"Basic {b64encode(f'{login}:{key}'.encode()).decode()}",
            "content-type": "application/json",
        }
        self._seed = seed
        self.calls = self.unanswered = 0

    async def plays(self, payment: str, amount: int) -> Session:
        """`amount` is in tiyin. The same seed and payment play the same session."""
        chance = random.Random(f"{self._seed}:{payment}")
        session = Session(f"{chance.getrandbits(96):024x}", payment, amount, time.time_ns() // 1_000_000)
        for burst in _bursts(chance.choice(PLANS), chance):
            await asyncio.gather(*(self._call(session, name, chance) for name in burst))
        if session.state is not None:
            await self._compare(session)
        return session

    async def statement(self, since: int, until: int) -> list[dict[str, Any]]:
        answer = await self.rpc("GetStatement", {"from": since, "to": until})
        found: list[dict[str, Any]] = json.loads(answer)["result"]["transactions"]
        return found

    async def rpc(self, method: str, params: Mapping[str, Any]) -> bytes:
        """Again while the merchant says that it cannot now."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        while True:
            self.calls += 1
            answer = await self._send(self._headers, body)
            if json.loads(answer).get("error", {}).get("code") != CANNOT_NOW:
                return answer
            self.unanswered += 1

    async def _call(self, session: Session, name: str, chance: random.Random) -> None:
        account = {"amount": session.amount, "account": {"order_id": session.payment}}
        calls: dict[str, tuple[str, Mapping[str, Any]]] = {
            "Check": ("CheckPerformTransaction", account),
            "Create": ("CreateTransaction", {"id": session.transaction, "time": session.time, **account}),
            "Perform": ("PerformTransaction", {"id": session.transaction}),
            "Cancel": ("CancelTransaction", {"id": session.transaction, "reason": chance.choice(REASONS)}),
        }
        method, params = calls[name]
        answer = await self.rpc(method, params)
        result = json.loads(answer).get("result")
        if result is None or "state" not in result:
            return
        known = session.answers.setdefault(name, [])
        if known and answer != known[0]:
            session.violations.append(f"{method} of {session.transaction} was answered in two ways")
        known.append(answer)
        session.was_paid |= result["state"] in {2, -2}
        session.state = max(session.state, result["state"], key=lambda state: RANK[state])

    async def _compare(self, session: Session) -> None:
        checked = json.loads(await self.rpc("CheckTransaction", {"id": session.transaction}))["result"]
        if checked["state"] != session.state:
            session.violations.append(f"{session.transaction} is {checked['state']} there and {session.state} here")


def _bursts(plan: Sequence[str], chance: random.Random) -> list[list[str]]:
    """What is sent at once, one burst after the other: with repetitions, now or later, and neighbours swapped."""
    calls = list(plan)
    for name in plan:
        if chance.random() < 0.4:  # the answer was lost: again, at some later time
            calls.insert(chance.randint(calls.index(name) + 1, len(calls)), name)
    if len(calls) > 1 and chance.random() < 0.2:
        place = chance.randrange(len(calls) - 1)
        calls[place], calls[place + 1] = calls[place + 1], calls[place]
    bursts: list[list[str]] = []
    for name in calls:
        if bursts and chance.random() < 0.15:
            bursts[-1].append(name)
        else:
            bursts.append([name] * (2 if chance.random() < 0.15 else 1))
    return bursts
