from datetime import UTC, datetime
from uuid import UUID

from marketplace.adapters.sql.disputes.disputes import dispute_of, message_of
from marketplace.adapters.sql.pool import Pool
from marketplace.application.disputes.ports import DisputeFilter, DisputePosition, DisputeQueries
from marketplace.application.disputes.views import CONTENT_TYPE_OF, DisputeMessageView, DisputeView, EvidenceView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.domain.disputes.moves import (
    DisputeId,
    DisputeNotFound,
    DisputeStatus,
    EvidenceId,
    EvidenceNotFound,
    Voice,
)
from marketplace.domain.shared.ids import UserId

_LAST = datetime(9999, 1, 1, tzinfo=UTC)
_FIRST = DisputePosition(datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))
_STATUSES = (None, *DisputeStatus)
_OURS = "SELECT * FROM disputes.disputes"


def _queue(status: DisputeStatus | None) -> str:
    """$1 opened before when, $2 and $3 the cursor, $4 how many to skip, $5 the limit; the total in each row."""
    wanted = f"{_OURS} WHERE opened_at < $1::timestamptz" + (f" AND status = '{status}'" if status else "")
    return f"""
SELECT *, (SELECT count(*) FROM ({wanted} LIMIT {EXACT_TOTAL_LIMIT + 1}) counted) AS total
FROM ({wanted} AND (opened_at, id) > ($2::timestamptz, $3::uuid) ORDER BY opened_at, id
    OFFSET $4::int LIMIT {LARGEST_PER_PAGE + 1}) found
ORDER BY opened_at, id LIMIT $5::int"""  # noqa: S608 - our own words


def _own(status: DisputeStatus | None) -> str:
    """$1 opened before when, $2 and $3 the cursor, $4 how many to skip, $5 the limit, $6 who asks.

    Each side is brought to an end by its own index, and nobody is on both.
    """
    also = f" AND status = '{status}'" if status else ""
    parts = [f"{_OURS} WHERE {side} = $6{also}" for side in ("buyer_id", "seller_id")]
    rows = " UNION ALL ".join(
        f"({part} AND (opened_at, id) < ($2::timestamptz, $3::uuid) ORDER BY opened_at DESC, id DESC"
        f" LIMIT $4::int + {LARGEST_PER_PAGE + 1})"
        for part in parts
    )
    total = " + ".join(
        f"(SELECT count(*) FROM ({part} AND opened_at < $1::timestamptz LIMIT {EXACT_TOTAL_LIMIT + 1}) counted)"  # noqa: S608
        for part in parts
    )
    return f"""
SELECT *, {total} AS total FROM ({rows}) every ORDER BY opened_at DESC, id DESC OFFSET $4::int LIMIT $5::int"""  # noqa: S608


QUEUES = {status: _queue(status) for status in _STATUSES}
OWN = {status: _own(status) for status in _STATUSES}
MESSAGES = """
SELECT m.*, d.currency FROM disputes.messages m JOIN disputes.disputes d ON d.id = m.dispute_id
WHERE m.dispute_id = $1 AND m.number > $2 ORDER BY m.number LIMIT $3::int"""
EVIDENCE = "SELECT * FROM disputes.evidence WHERE dispute_id = $1 ORDER BY id"
_DISPUTE = "SELECT * FROM disputes.disputes WHERE id = $1 AND ($3 OR $2 IN (buyer_id, seller_id))"
_ENDING = """
SELECT e.ending FROM disputes.evidence e JOIN disputes.disputes d ON d.id = e.dispute_id
WHERE e.id = $1 AND ($3 OR $2 IN (d.buyer_id, d.seller_id))"""


class SqlDisputeQueries(DisputeQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(
        self, actor: Actor, wanted: DisputeFilter, *, after: DisputePosition | None, skip: int, limit: int
    ) -> Slice[DisputeView]:
        before = wanted.opened_before or _LAST
        async with self._pool.connection() as connection:
            if wanted.queue:
                actor.require(Permission.MODERATE)
                begin = after or _FIRST
                rows = await connection.fetch(
                    QUEUES[wanted.status], before, begin.opened_at, begin.id, skip, limit + 1
                )  # fmt: skip
            else:
                bound = before, UUID(int=0)
                begin_at, begin_id = min((after.opened_at, after.id), bound) if after else bound
                rows = await connection.fetch(
                    OWN[wanted.status], before, begin_at, begin_id, skip, limit + 1, actor.user
                )  # fmt: skip
        items = [DisputeView.of(dispute_of(row)) for row in rows[:limit]]
        return Slice(items, rows[0]["total"] if rows else 0, len(rows) > limit)

    async def dispute(self, actor: Actor, dispute_id: DisputeId) -> DisputeView:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_DISPUTE, dispute_id, actor.user, _moderates(actor))
        if row is None:
            raise DisputeNotFound("no such dispute", dispute_id=dispute_id)
        return DisputeView.of(dispute_of(row))

    async def messages(
        self, actor: Actor, dispute_id: DisputeId, *, after: int, limit: int
    ) -> Slice[DisputeMessageView]:
        total = (await self.dispute(actor, dispute_id)).messages
        async with self._pool.connection() as connection:
            rows = await connection.fetch(MESSAGES, dispute_id, after, limit + 1)
        return Slice([DisputeMessageView.of(message_of(row)) for row in rows[:limit]], total, len(rows) > limit)

    async def evidence(self, actor: Actor, dispute_id: DisputeId) -> list[EvidenceView]:
        await self.dispute(actor, dispute_id)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(EVIDENCE, dispute_id)
        return [
            EvidenceView(
                row["id"], row["dispute_id"], row["owner_id"], Voice(row["voice"]), row["description"],
                CONTENT_TYPE_OF[row["ending"]], row["size"], row["sha256"], row["added_at"],
            )
            for row in rows
        ]  # fmt: skip

    async def ending_of(self, user: UserId, evidence_id: EvidenceId, *, is_moderator: bool) -> str:
        async with self._pool.connection() as connection:
            ending = await connection.fetchval(_ENDING, evidence_id, user, is_moderator)
        if ending is None:
            raise EvidenceNotFound("no such evidence", evidence_id=evidence_id)
        return str(ending)


def _moderates(actor: Actor) -> bool:
    return Permission.MODERATE in actor.permissions
