"""No call outlives its devices, nor the process that held their sockets."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.application.calls.calls import SaveCall
from marketplace.application.calls.ports import Calls, LiveCalls
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.domain.calls.call import GRACE

BEAT = timedelta(seconds=3)
"""So often each process notes which devices have a socket with it, and each worker looks who is missing."""

AT_ONCE = 100


class Watch:
    """Since when this process has looked without a pause. After an outage nobody has been noted, and all seem gone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: datetime | None = None
        self._last: datetime | None = None

    def is_long_enough(self) -> bool:
        """Asked at every look."""
        now = self._clock.now()
        if self._since is None or self._last is None or now - self._last > 3 * BEAT:
            self._since = now
        self._last = now
        return now - self._since >= GRACE


@dataclass(frozen=True, slots=True)
class EndLostCalls:
    """Those of which a device has been gone for GRACE; a note may be one BEAT older than the loss."""

    watch: Watch
    live_calls: LiveCalls
    save: SaveCall
    calls: Calls
    transaction: Transaction
    clock: Clock

    async def __call__(self) -> None:
        lost = await self.live_calls.lost(GRACE + BEAT, AT_ONCE)
        if not self.watch.is_long_enough():
            return
        for call_id in lost:
            async with self.transaction:
                call = await self.calls.lock(call_id)
                if call.lose(self.clock.now()):
                    await self.save(call)
