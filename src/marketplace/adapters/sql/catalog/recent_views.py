import asyncio
from contextlib import suppress
from datetime import datetime

from prometheus_client import Counter

from marketplace.adapters.sql.pool import Pool
from marketplace.application.catalog.personal_ports import MOST_SEEN, RecentViews
from marketplace.application.shared.ports import Clock
from marketplace.domain.shared.errors import Unavailable
from marketplace.domain.shared.ids import ListingId, UserId

PAUSE = 1.0
"""Seconds between two writes."""
AT_ONCE = 1_000
"""Views of a write: with PAUSE the most that reading can cost the database."""
CAPACITY = 5_000

DROPPED = Counter("marketplace_listing_views_dropped", "Views of listings that were not remembered")

WRITE = f"""
WITH noted AS MATERIALIZED (
    SELECT user_id, listing_id, at, (at AT TIME ZONE 'UTC')::date AS day
    FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) one(user_id, listing_id, at)
    WHERE EXISTS (SELECT FROM identity.public_profiles p WHERE p.id = user_id AND p.is_active)
), counted AS (
    INSERT INTO catalog.listing_views AS known (user_id, listing_id, seen_at, counted_on)
    SELECT user_id, listing_id, at, day FROM noted ORDER BY user_id, listing_id
    ON CONFLICT (user_id, listing_id) DO UPDATE
        SET seen_at = greatest(known.seen_at, excluded.seen_at), counted_on = excluded.counted_on
        WHERE known.counted_on < excluded.counted_on
    RETURNING listing_id
), seen_again AS (
    UPDATE catalog.listing_views known SET seen_at = greatest(known.seen_at, noted.at)
    FROM noted
    WHERE known.user_id = noted.user_id AND known.listing_id = noted.listing_id AND known.counted_on >= noted.day
), pruned AS (
    DELETE FROM catalog.listing_views old
    USING (SELECT DISTINCT user_id, day FROM noted) viewer, LATERAL (
        SELECT listing_id FROM (
            SELECT listing_id, counted_on FROM catalog.listing_views mine WHERE mine.user_id = viewer.user_id
            ORDER BY seen_at DESC NULLS LAST OFFSET {MOST_SEEN}
        ) beyond WHERE beyond.counted_on < viewer.day
        UNION ALL
        SELECT listing_id FROM catalog.listing_views mine
        WHERE mine.user_id = viewer.user_id AND mine.seen_at IS NULL AND mine.counted_on < viewer.day
    ) gone
    WHERE old.user_id = viewer.user_id AND old.listing_id = gone.listing_id
      AND NOT EXISTS (SELECT FROM noted n WHERE n.user_id = old.user_id AND n.listing_id = old.listing_id)
)
INSERT INTO catalog.listing_signals AS signals (listing_id, views)
SELECT listing_id, count(*) FROM counted GROUP BY listing_id ORDER BY listing_id
ON CONFLICT (listing_id) DO UPDATE SET views = signals.views + excluded.views
"""  # noqa: S608 - our own numbers
"""A row is written once: either its day is new and it counts, or it was seen before on that day."""


class BufferedRecentViews(RecentViews):
    """Keeps at most `CAPACITY` views; those beyond are dropped. `close` writes what is left.

    A process that is killed loses what it had not written: about a second's views.
    """

    def __init__(self, pool: Pool, clock: Clock, *, pause: float = PAUSE, capacity: int = CAPACITY) -> None:
        self._pool = pool
        self._clock = clock
        self._pause = pause
        self._capacity = capacity
        self._noted: dict[tuple[UserId, ListingId], datetime] = {}
        self._writing: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

    def note(self, viewer: UserId, listing_id: ListingId) -> None:
        key = (viewer, listing_id)
        if key not in self._noted and len(self._noted) >= self._capacity:
            DROPPED.inc()
            return
        self._noted[key] = self._clock.now()
        self._see_to_writing()

    async def flush(self) -> None:
        """Write some of what is noted, the earliest first; raises what the database does."""
        async with self._one_at_a_time:
            some = {key: self._noted.pop(key) for key in list(self._noted)[:AT_ONCE]}
            if not some:
                return
            people, listings = zip(*some, strict=True)
            try:
                async with self._pool.connection() as connection:
                    await connection.execute(WRITE, people, listings, list(some.values()))
            except Unavailable:
                self._noted = {**some, **self._noted}
                self._see_to_writing()
                raise
            except Exception:
                DROPPED.inc(len(some))
                raise

    async def close(self) -> None:
        """Write what is left, unless the database does not answer."""
        self._closing.set()
        if self._writing is not None:
            await self._writing
        DROPPED.inc(len(self._noted))
        self._noted.clear()

    def _see_to_writing(self) -> None:
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        """Until nothing is left; a database that does not answer is tried again after the pause."""
        while self._noted:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), self._pause)
            try:
                await self.flush()
            except Exception:  # `flush` has kept or counted what it could not write
                if self._closing.is_set():
                    break
        self._writing = None
