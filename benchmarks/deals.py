"""The limit of accepting an offer: the statements that one acceptance made, again, with the ids of another."""

import re
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

import asyncpg

from benchmarks.recording import RecordingPool, in_process
from benchmarks.replay import Recorded
from marketplace.adapters.ids import TimeOrderedIds
from marketplace.entrypoints.wiring.settings import Settings

Work = Sequence[str]
"""Offer, negotiation and listing first; who takes part is the same for all."""

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def record(settings: Settings, token: str, first: Work, second: Work) -> tuple[Recorded, set[str]]:
    """The statements of accepting the second offer, once everything is warm, and the ids that both had in common."""
    pool = RecordingPool(settings.database_url.reveal())
    taken: list[Recorded] = []
    async with in_process(settings, pool, {"authorization": f"Bearer {token}"}) as client:
        for work in (first, second):
            pool.recorded = []
            (await client.patch(f"/api/v1/offers/{work[0]}/accept")).raise_for_status()
            taken.append(pool.recorded)
    await pool.close()
    return taken[1], set(ids_in(taken[0])) & set(ids_in(taken[1]))


def again(
    recorded: Recorded, common: set[str], second: Work, todo: Sequence[Work], given_ids: int = 3
) -> list[Recorded]:
    """For each piece of work: every id that the recorded one had for itself is its own, or new."""
    new_id = TimeOrderedIds().new
    own = list(dict.fromkeys(one for one in ids_in(recorded) if one not in common))
    done: list[Recorded] = []
    for work in todo:
        given = dict(zip(second[:given_ids], work[:given_ids], strict=True))
        ids = {one: given.get(one) or str(new_id()) for one in own}
        done.append([(sql, tuple(_with(argument, ids) for argument in arguments)) for sql, arguments in recorded])
    return done


def ids_in(value: object) -> Iterator[str]:
    if isinstance(value, UUID | str):
        yield from _ID.findall(str(value))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from ids_in(one)


def _with(value: object, ids: dict[str, str]) -> object:
    if isinstance(value, UUID):
        return UUID(ids.get(str(value), str(value)))
    if isinstance(value, str):
        return _ID.sub(lambda found: ids.get(found[0], found[0]), value)
    if isinstance(value, list):
        return [_with(one, ids) for one in value]
    return value


PAST = """
WITH past AS (
    INSERT INTO trading.negotiations (id, subject_kind, subject_id, listing_ids, buyer_id, seller_id, opener, currency,
        asked_minor, asked_quantity, asked_unit, asked_is_ceiling, attempts, status)
    SELECT uuidv7(), 'listing', id, ARRAY[id], $1, $2, 'buyer', 'AED', 85000, 1, 'piece', true, 0, 'closed'
    FROM (SELECT uuidv7() AS id FROM generate_series(1, $3)) gone
    RETURNING id
)
INSERT INTO trading.offers
    (id, negotiation_id, side, price_minor, quantity, unit, status, created_at, expires_at)
SELECT uuidv7(), id, 'buyer', 75000, 1, 'piece', 'declined', now(), now() FROM past
"""


async def fill_past(dsn: str, work: Work, offers: int, report: Callable[[str], None]) -> None:
    """Offers of the same two people that were declined long ago, each on a listing of its own."""
    connection = await asyncpg.connect(dsn)
    try:
        for _ in range(offers // 100_000):
            await connection.execute(PAST, UUID(work[3]), UUID(work[4]), 100_000, timeout=300)
        await connection.execute("VACUUM ANALYZE trading.negotiations, trading.offers", timeout=300)
    finally:
        await connection.close()
    report(f"{offers:,} past offers of the same people")
