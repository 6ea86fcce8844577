"""Notes who has a socket here, and tells who comes online and goes offline to those who talk with them."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from typing import Self

import structlog

from marketplace.application.messaging.presence import TellPeers
from marketplace.application.shared.presence import Presence
from marketplace.domain.shared.ids import UserId
from marketplace.entrypoints.realtime.hub import Hub

BEAT = 20.0
GRACE = 3.0
"""Seconds for a client to come back before it counts as gone."""
AT_ONCE = 500

_log = structlog.get_logger()


class PresenceKeeper:
    """While it is entered. One task for all sockets: those that come and go at once cost one question together."""

    def __init__(
        self, hub: Hub, presence: Presence, tell: TellPeers, *, beat: float = BEAT, grace: float = GRACE
    ) -> None:
        self._hub = hub
        self._presence = presence
        self._tell = tell
        self._pause = beat
        self._grace = grace
        self._here: set[UserId] = set()
        self._noted: set[UserId] = set()
        self._came: set[UserId] = set()
        self._went: dict[UserId, float] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._hub.came, self._hub.went = self._note_coming, self._note_going
        self._task = asyncio.create_task(self._go_on())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nobody is said to be gone: they are coming back to another process, or are found missing at its next beat."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _note_coming(self, user: UserId) -> None:
        self._here.add(user)
        self._went.pop(user, None)
        if user not in self._noted:
            self._came.add(user)
            self._wake.set()

    def _note_going(self, user: UserId) -> None:
        self._here.discard(user)
        self._came.discard(user)
        self._went[user] = asyncio.get_running_loop().time() + self._grace
        self._wake.set()

    async def _go_on(self) -> None:
        clock = asyncio.get_running_loop().time
        beat_at = clock()
        while True:
            try:
                if clock() >= beat_at:
                    beat_at = clock() + self._pause
                    await self._beat()
                await self._settle(clock())
            except Exception as error:
                _log.warning("who is online is not noted", error=type(error).__name__)
                await asyncio.sleep(1.0)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(min([beat_at, *self._went.values()])):
                    await self._wake.wait()
            self._wake.clear()

    async def _beat(self) -> None:
        """What Valkey has lost is noted anew."""
        noted, gone = await self._presence.beat()
        await self._tell.offline(gone)
        if noted != len(self._noted):
            self._noted.clear()
            self._came |= self._here

    async def _settle(self, now: float) -> None:
        while some := _some(self._came):
            new = await self._presence.came(some)
            self._came -= some
            self._noted |= some
            await self._tell.online(new)
        while some := _some([user for user, at in self._went.items() if at <= now]):
            gone = await self._presence.went(some)
            for user in some:
                self._went.pop(user, None)
            self._noted -= some
            if back := some & self._here:
                self._came |= back
            await self._tell.offline(gone)


def _some(users: Collection[UserId]) -> set[UserId]:
    return set(list(users)[:AT_ONCE])
