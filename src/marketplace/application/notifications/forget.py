from dataclasses import dataclass
from datetime import timedelta

from marketplace.application.notifications.ports import EventWindow
from marketplace.application.shared.ports import Clock, Transaction


@dataclass(frozen=True, slots=True)
class ForgetOldEvents:
    """In many short transactions: who is told something meanwhile waits for one of them at most."""

    window: EventWindow
    transaction: Transaction
    clock: Clock
    kept: timedelta

    async def __call__(self) -> None:
        before = self.clock.now() - self.kept
        while True:
            async with self.transaction:
                if not await self.window.forget(before):
                    return
