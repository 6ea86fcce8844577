"""Answers from memory are counted after they are given: to ask Valkey would cost more than they do (docs/adr/0022)."""

import asyncio
from collections.abc import Callable
from time import monotonic

from marketplace.application.shared.caller import network_of
from marketplace.application.shared.limits import Allowance, Limit, RateLimit, RateLimits, TooManyCalls
from marketplace.domain.shared.errors import DomainError
from marketplace.entrypoints.http.gate import Headers
from marketplace.entrypoints.http.limits import headers_of, policy_of

SHARE = 32
"""Of what a network had left when it was last counted, a process gives a 32nd before it counts again."""

PAUSE = 0.1
"""Seconds after which what was given is counted at the latest."""

TRUST = 1.0
"""Seconds for which what was left is believed."""


class _Ahead:
    """`left` was told; `uncounted` were given since."""

    __slots__ = ("allowance", "left", "uncounted", "until")

    def __init__(self, allowance: Allowance, until: float) -> None:
        self.told(allowance, until)
        self.uncounted = 0

    def told(self, allowance: Allowance, until: float) -> None:
        self.allowance = allowance
        self.left = allowance.remaining
        self.until = until


class CallsAhead:
    """So a network never gets more than its limit of one process, and of several at most a 32nd more for each other."""

    def __init__(self, limits: RateLimits, rule: RateLimit, now: Callable[[], float] = monotonic) -> None:
        self._limits = limits
        self._policy = policy_of(rule)
        self._fixed = b"ratelimit-policy: %s\r\nratelimit-limit: " % self._policy
        self._now = now
        self._known: dict[str, _Ahead] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._counting: asyncio.Task[None] | None = None

    def give(self, address: str) -> bytes | None:
        """One call, to be counted later: its headers as lines. None if it has to be counted first."""
        known = self._known.get(network_of(address))
        if known is None or known.uncounted >= known.left // SHARE or known.until <= self._now():
            return None
        known.uncounted += 1
        told = (known.allowance.limit, known.left - known.uncounted, known.allowance.reset)
        return self._fixed + b"%d\r\nratelimit-remaining: %d\r\nratelimit-reset: %d\r\n" % told

    async def take(self, address: str) -> Headers:
        """One call, and all that were given before it, are counted now. Raises TooManyCalls."""
        return headers_of(await self._count(network_of(address), 1), self._policy)

    async def _count(self, network: str, calls: int) -> Allowance:
        known = self._known.get(network)
        if known:
            calls += known.uncounted
            known.left -= known.uncounted
            known.uncounted = 0
        try:
            allowance = await self._limits.take(Limit.API, f"network:{network}", calls=calls)
        except TooManyCalls:
            self._known.pop(network, None)
            raise
        until = self._now() + TRUST
        if known := self._known.get(network):
            known.told(allowance, until)
        else:
            self._known[network] = _Ahead(allowance, until)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PAUSE, self._wake)
        return allowance

    def _wake(self) -> None:
        self._counting = asyncio.get_running_loop().create_task(self._count_all())

    async def _count_all(self) -> None:
        now = self._now()
        given = [network for network, known in self._known.items() if known.uncounted]
        await asyncio.gather(*(self._count_given(network) for network in given))
        for network, known in list(self._known.items()):
            if known.until <= now:
                del self._known[network]
        self._timer = asyncio.get_running_loop().call_later(PAUSE, self._wake) if self._known else None

    async def _count_given(self, network: str) -> None:
        try:
            await self._count(network, 0)
        except DomainError:
            self._known.pop(network, None)
