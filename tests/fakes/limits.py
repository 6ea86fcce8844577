"""Rate limits in memory. They honour the port's contract, proven by tests/contract/shared."""

from collections import defaultdict
from collections.abc import Mapping

from marketplace.application.shared.limits import Allowance, Limit, RateLimit, RateLimits, TooManyCalls
from marketplace.application.shared.ports import Clock


class MemoryRateLimits(RateLimits):
    """Exact: keeps the second of every call. Tests of use cases may read `calls`."""

    def __init__(self, rules: Mapping[Limit, RateLimit], clock: Clock) -> None:
        self._rules = rules
        self._clock = clock
        self.calls: dict[tuple[Limit, str], list[int]] = defaultdict(list)

    async def take(self, limit: Limit, *keys: str, calls: int = 1) -> Allowance:
        now = int(self._clock.now().timestamp())
        found = []
        for key in dict.fromkeys(keys):
            for window in self._rules[limit]:
                counted = [at for at in self.calls[limit, key] if at >= now - window.seconds]
                room = window.limit - len(counted)
                leaving = counted[max(0, -room)] if counted else now
                found.append((room, leaving + window.seconds + 1 - now, window))
        room, reset, window = min(found, key=lambda one: (one[0], -one[1]))
        if room <= 0:
            raise TooManyCalls(window, reset)
        for key in dict.fromkeys(keys):
            self.calls[limit, key].extend([now] * calls)
        return Allowance(window.limit, max(0, room - calls), reset)
