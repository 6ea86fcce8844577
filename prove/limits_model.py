"""Exact sliding windows over whole seconds: which calls were to be admitted, told from those that were."""

from bisect import bisect_left
from collections import defaultdict

from marketplace.application.shared.limits import Limit, RateLimit
from marketplace.entrypoints.wiring.settings import RATE_LIMITS
from marketplace.entrypoints.wiring.values import rate_limit

Call = tuple[Limit, tuple[str, ...]]

RULES: dict[Limit, RateLimit] = {
    limit: rate_limit(RATE_LIMITS[f"RATE_LIMIT_{limit.name}"]) for limit in Limit
}  # fmt: skip
BUCKET = {60: 1, 3_600: 60, 86_400: 900}
"""Seconds that a refusal may outlast each window."""


class Model:
    """`found` are the violations."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.admitted = self.refused = self.probed = 0
        self._times: dict[tuple[Limit, str], list[int]] = defaultdict(list)

    def judge(self, now: int, burst: list[Call], waits: list[int]) -> None:
        """Calls at the same second, in no known order, and the seconds that each was told to wait (0: admitted)."""
        for (limit, keys), wait in zip(burst, waits, strict=True):
            if not wait:
                self.admitted += 1
                for key in keys:
                    self._times[limit, key].append(now)
        for limit, keys in set(burst):
            for key in keys:
                for window in RULES[limit]:
                    count = self._count(limit, key, now - window.seconds)
                    if count > window.limit:
                        self.found.append(
                            f"{count} {limit} calls of {key} in {window.seconds} s, {window.limit} allowed"
                        )
        for call, wait in zip(burst, waits, strict=True):
            self.refused += bool(wait)
            if wait and not self._may_refuse(call, now):
                self.found.append(f"{call} was refused at {now} though there was room a bucket ago")

    def probe(self, now: int, call: Call, wait: int, early: int, late: int) -> None:
        """What was told when asked again one second before the wait was over, and when it was over."""
        self.probed += 1
        if (early, late) != (1, 0):
            self.found.append(f"{call} was told at {now} to wait {wait} s, then {early} s at its end, then {late} s")
        self.judge(now + wait, [call], [late])

    def _may_refuse(self, call: Call, now: int) -> bool:
        limit, keys = call
        return any(
            self._count(limit, key, now - window.seconds - BUCKET[window.seconds] + 1) >= window.limit
            for key in keys
            for window in RULES[limit]
        )

    def _count(self, limit: Limit, key: str, since: int) -> int:
        times = self._times[limit, key]
        return len(times) - bisect_left(times, since)
