"""Notes who has a socket here, and tells who comes online and goes offline to those who talk with them."""

import asyncio
from contextlib import suppress
from itertools import islice, takewhile
from typing import Self

import structlog

from marketplace.application.messaging.presence import TellPeers
from marketplace.application.shared.presence import Presence
from marketplace.domain.shared.ids import UserId
from marketplace.entrypoints.realtime.hub import Hub

BEAT = 20.0
GRACE = 3.0
"""Seconds for a client to come back before it counts as gone."""
RETRY = 1.0
GATHERING = 0.05
"""Seconds between two questions: those who come and go meanwhile are asked about together."""
AT_ONCE = 100
"""They may have 200 conversations each."""

_log = structlog.get_logger()


class PresenceKeeper:
    """While it is entered. One task for all sockets, at a steady pace: a crowd costs few questions."""

    def __init__(
        self,
        hub: Hub,
        presence: Presence,
        tell: TellPeers,
        *,
        beat: float = BEAT,
        grace: float = GRACE,
        retry: float = RETRY,
    ) -> None:
        self._hub = hub
        self._presence = presence
        self._tell = tell
        self._pause, self._grace, self._retry = beat, grace, retry
        self._here: set[UserId] = set()
        self._noted: set[UserId] = set()
        self._came: set[UserId] = set()
        self._went: dict[UserId, float] = {}
        """Until when they may come back; the earliest first."""
        self._wake = asyncio.Event()
        self._is_over = False
        """Said beside the cancellation, which asyncio.wait_for of Python 3.11 may swallow inside a driver."""
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._hub.came, self._hub.went = self._note_coming, self._note_going
        self._task = asyncio.create_task(self._go_on())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nobody is said to be gone: they come back to another process, or are missed once this one counts as dead."""
        if self._task:
            self._is_over = True
            self._wake.set()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _note_coming(self, user: UserId) -> None:
        self._here.add(user)
        self._went.pop(user, None)
        if user not in self._noted:
            self._came.add(user)
            self._wake.set()

    def _note_going(self, user: UserId) -> None:
        if user in self._here:
            self._here.remove(user)
            self._came.discard(user)
            self._went[user] = asyncio.get_running_loop().time() + self._grace
            self._wake.set()

    async def _go_on(self) -> None:
        clock = asyncio.get_running_loop().time
        beat_at = clock()
        while not self._is_over:
            self._wake.clear()
            try:
                if clock() >= beat_at:
                    await self._beat()
                    beat_at = clock() + self._pause
                await self._note()
            except Exception as error:
                _log.warning("who is online is not noted", error=type(error).__name__)
                await asyncio.sleep(self._retry)
                continue
            if not self._came:
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(min([beat_at, *islice(self._went.values(), 1)])):
                        await self._wake.wait()
            await asyncio.sleep(GATHERING)

    async def _beat(self) -> None:
        """What Valkey has lost is noted anew."""
        if await self._presence.beat() != len(self._noted):
            self._noted.clear()
            self._came |= self._here
        while (gone := await self._presence.reap()) is not None:
            await self._tell.offline(gone)

    async def _note(self) -> None:
        """Who came back while they were noted as gone is noted as coming."""
        if some := self._due():
            gone = await self._presence.went(some)
            for user in some:
                self._went.pop(user, None)
            self._noted -= some
            self._came |= some & self._here
            await self._tell.offline(gone)
        if some := set(islice(self._came, AT_ONCE)):
            new = await self._presence.came(some)
            self._came -= some
            self._noted |= some
            await self._tell.online(new)

    def _due(self) -> set[UserId]:
        now = asyncio.get_running_loop().time()
        return set(islice(takewhile(lambda user: self._went[user] <= now, self._went), AT_ONCE))
