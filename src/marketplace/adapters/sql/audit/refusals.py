import asyncio
from collections import deque
from contextlib import suppress

from prometheus_client import Counter

from marketplace.adapters.sql.audit.batch import Row, row_of, write
from marketplace.adapters.sql.pool import Pool
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.audit import AuditEntry, Outcome, Refusals
from marketplace.application.shared.caller import Caller
from marketplace.domain.shared.errors import Unavailable

PAUSE = 1.0
"""Seconds between two writes."""
AT_ONCE = 200
"""Rows of a write: with PAUSE the most that refusals can cost the database, however many there are."""
CAPACITY = 2_000

DROPPED = Counter("marketplace_audit_refusals_dropped", "Refusals that came too fast to be written to the audit trail")


class BufferedRefusals(Refusals):
    """Keeps at most `CAPACITY` rows; those beyond are counted, and their number is written as an entry of its own.

    `close` writes what is left. A process that is killed loses what it had not written: about a second's refusals.
    """

    def __init__(self, pool: Pool, key: bytes, *, pause: float = PAUSE, capacity: int = CAPACITY) -> None:
        self._pool = pool
        self._key = key
        self._pause = pause
        self._capacity = capacity
        self._rows: deque[Row] = deque()
        self._dropped = 0
        self._writing: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def note(self, entry: AuditEntry, caller: Caller, actor: Actor | None) -> None:
        if len(self._rows) >= self._capacity:
            self._dropped += 1
            DROPPED.inc()
            return
        self._rows.append(row_of(entry, caller, actor, self._key))
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def close(self) -> None:
        """Write what is left, unless the database does not answer."""
        self._closing.set()
        if self._writing is not None:
            await self._writing
        DROPPED.inc(len(self._rows))
        self._rows.clear()

    async def _write(self) -> None:
        """Until nothing is left; a database that does not answer is tried again after the pause."""
        while self._rows or self._dropped:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), self._pause)
            try:
                await self._flush()
            except Exception:  # `_flush` has kept or counted what it could not write
                if self._closing.is_set():
                    break
        self._writing = None

    async def _flush(self) -> None:
        rows, dropped = [self._rows.popleft() for _ in range(min(AT_ONCE, len(self._rows)))], self._dropped
        self._dropped = 0
        try:
            async with self._pool.connection() as connection:
                await write(connection, [*rows, *self._told(dropped)])
        except Unavailable:
            self._rows.extendleft(reversed(rows))
            self._dropped += dropped
            raise
        except Exception:
            DROPPED.inc(len(rows))
            self._dropped += dropped + len(rows)
            raise

    def _told(self, dropped: int) -> list[Row]:
        if not dropped:
            return []
        entry = AuditEntry(action="audit.refusals_dropped", outcome=Outcome.REFUSED, facts={"count": dropped})
        return [row_of(entry, Caller(), None, self._key)]
