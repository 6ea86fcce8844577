"""How often one person calls and signals, counted by each process for itself: a socket stays with its process."""

from marketplace.adapters.memory.rate_limits import LocalRateLimits
from marketplace.application.calls.ports import CallLimits
from marketplace.application.shared.limits import Limit, RateWindow
from marketplace.domain.shared.ids import UserId

STARTS = RateWindow(20, 60)
SIGNALS = RateWindow(1_200, 60)
"""On average 200 in ten seconds."""


class LocalCallLimits(CallLimits):
    def __init__(self) -> None:
        self._starts = LocalRateLimits({Limit.API: (STARTS,)})
        self._signals = LocalRateLimits({Limit.API: (SIGNALS,)})

    async def start(self, user: UserId) -> None:
        await self._starts.take(Limit.API, str(user))

    async def signal(self, user: UserId) -> None:
        await self._signals.take(Limit.API, str(user))
