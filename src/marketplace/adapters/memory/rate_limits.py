"""Rate limits of this process alone, for while Valkey is away."""

import time
from collections import deque
from collections.abc import Callable, Mapping

from marketplace.application.shared.limits import Allowance, Limit, RateLimit, RateLimits, RateWindow, TooManyCalls

MOST_KEYS = 20_000
OTHERS = ""
"""The key that all share who come when there are MOST_KEYS of others: bounded memory, and still nobody unlimited."""


def halved(rules: Mapping[Limit, RateLimit]) -> dict[Limit, RateLimit]:
    """Every process counts by itself: half of each limit, at least one call."""
    return {
        limit: tuple(RateWindow(max(1, window.limit // 2), window.seconds) for window in rule)
        for limit, rule in rules.items()
    }


class LocalRateLimits(RateLimits):
    """The same buckets as in Valkey. `now` gives seconds."""

    def __init__(
        self, rules: Mapping[Limit, RateLimit], now: Callable[[], float] = time.monotonic, most_keys: int = MOST_KEYS
    ) -> None:
        self._rules = rules
        self._now = now
        self._most_keys = most_keys
        self._rings: dict[tuple[Limit, str], list[_Ring]] = {}
        self._swept = 0

    async def take(self, limit: Limit, *keys: str, calls: int = 1) -> Allowance:
        now = int(self._now())
        rings = [ring for key in dict.fromkeys(keys) for ring in self._of(limit, key, now)]
        for ring in rings:
            ring.forget(now)
        full = [ring for ring in rings if ring.left <= 0]
        if full:
            last = max(full, key=lambda ring: ring.wait(now))
            raise TooManyCalls(last.window, last.wait(now))
        for ring in rings:
            ring.count(now, calls)
        tightest = min(rings, key=lambda ring: (ring.left, -ring.reset(now)))
        return Allowance(tightest.window.limit, max(0, tightest.left), tightest.reset(now))

    def _of(self, limit: Limit, key: str, now: int) -> "list[_Ring]":
        name = (limit, key)
        if name not in self._rings and len(self._rings) >= self._most_keys:
            self._sweep(now)
            if len(self._rings) >= self._most_keys:
                name = (limit, OTHERS)
        if name not in self._rings:
            self._rings[name] = [_Ring(window) for window in self._rules[limit]]
        return self._rings[name]

    def _sweep(self, now: int) -> None:
        """Forget who has not called for the longest window; once a minute at most."""
        if now - self._swept < 60:
            return
        self._swept = now
        for name, rings in list(self._rings.items()):
            rings[-1].forget(now)
            if not rings[-1].buckets:
                del self._rings[name]


class _Ring:
    """The calls of one key in one window: (bucket, calls) that are not empty, oldest first."""

    __slots__ = ("buckets", "left", "window")

    def __init__(self, window: RateWindow) -> None:
        self.window = window
        self.buckets: deque[tuple[int, int]] = deque()
        self.left = window.limit

    def forget(self, now: int) -> None:
        while self.buckets and self.reset(now) <= 0:
            self.left += self.buckets.popleft()[1]

    def count(self, now: int, calls: int) -> None:
        bucket, before = now // self.window.bucket, 0
        if self.buckets and self.buckets[-1][0] == bucket:
            before = self.buckets.pop()[1]
        self.buckets.append((bucket, before + calls))
        self.left -= calls

    def reset(self, now: int) -> int:
        """Seconds until the oldest bucket is out of the window."""
        return self._leaves(self.buckets[0][0]) - now

    def wait(self, now: int) -> int:
        """Seconds until a full window has room."""
        left = self.left
        for bucket, calls in self.buckets:
            left += calls
            if left > 0:
                return self._leaves(bucket) - now
        raise AssertionError("a window that is empty has room")

    def _leaves(self, bucket: int) -> int:
        return bucket * self.window.bucket + self.window.seconds + self.window.bucket
