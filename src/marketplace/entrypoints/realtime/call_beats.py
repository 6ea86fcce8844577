import asyncio
from typing import Self

import structlog

from marketplace.application.calls.ports import LiveCalls
from marketplace.application.calls.presence import BEAT
from marketplace.entrypoints.realtime.hub import Hub

_log = structlog.get_logger()


class CallBeats:
    """While it is entered, notes every BEAT which devices in a call have a socket with this process."""

    def __init__(self, hub: Hub, live_calls: LiveCalls) -> None:
        self._hub = hub
        self._live_calls = live_calls
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._go_on())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def beat(self) -> None:
        if present := {connection.session for connection in self._hub.connections}:
            await self._live_calls.note(present)

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(BEAT.total_seconds())
            try:
                await self.beat()
            except Exception as error:
                _log.warning("calls are not noted", error=type(error).__name__)
