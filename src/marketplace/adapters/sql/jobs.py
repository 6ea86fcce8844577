"""One table as outbox, queue, timers and cron: what a commit wants done afterwards (docs/adr/0004)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.adapters.sql.metadata import metadata
from marketplace.domain.shared.aggregate import DomainEvent

Subscriptions = Mapping[type[DomainEvent], tuple[str, ...]]
"""Which handlers hear of an event: each gets a job of its own, so one that fails never holds up another."""

CHANNEL = "jobs"
"""NOTIFY on it wakes the workers; it carries nothing and may be missed."""

jobs = Table(
    "job",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("handler", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("lane", Text),
    Column("key", Text),
    Column("state", Text, nullable=False, server_default="ready"),
    Column("run_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("token", Uuid),
    Column("lease_until", DateTime(timezone=True)),
    Column("error", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("finished_at", DateTime(timezone=True)),
    CheckConstraint("state IN ('waiting', 'ready', 'running', 'done', 'dead', 'cancelled')", name="state_known"),
    CheckConstraint("lane IS NULL OR key IS NULL", name="lane_or_key"),
    Index("ix_job_due", "run_at", "id", postgresql_where=text("state = 'ready'")),
    Index("ix_job_lease", "lease_until", postgresql_where=text("state = 'running'")),
    Index(
        "ix_job_lane", "lane", "id",
        postgresql_where=text("lane IS NOT NULL AND state IN ('waiting', 'ready', 'running')"),
    ),
    Index(
        "uq_job_lane_running", "lane", unique=True,
        postgresql_where=text("lane IS NOT NULL AND state = 'running'"),
    ),
    Index(
        "uq_job_key", "handler", "key", unique=True,
        postgresql_where=text("key IS NOT NULL AND state = 'ready'"),
    ),
    Index("ix_job_finished", "finished_at", postgresql_where=text("state IN ('done', 'cancelled')")),
    Index("ix_job_dead", "id", postgresql_where=text("state = 'dead'")),
    schema="jobs",
    postgresql_with={"autovacuum_vacuum_scale_factor": 0.01, "autovacuum_analyze_scale_factor": 0.02},
)  # fmt: skip
"""`state`: ready -> running -> done, or back to ready, or dead. `waiting` is a ready job of a lane that was seen behind
an earlier one and taken out of the claim's sight; the end of the earlier one makes it ready (job_queue.py)."""

cron = Table(
    "cron",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    schema="jobs",
)
"""The newest tick that was enqueued, so that a fleet of workers enqueues each once."""

INSERTION = """cancelled AS (
    UPDATE jobs.job SET state = 'cancelled', finished_at = now()
    FROM unnest($1::text[], $2::text[]) gone(handler, key)
    WHERE job.handler = gone.handler AND job.key = gone.key AND state = 'ready'
), written AS (
    INSERT INTO jobs.job (handler, payload, lane, key, run_at)
    SELECT handler, payload::jsonb, lane, key, coalesce(run_at, clock_timestamp())
    FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
         WITH ORDINALITY new(handler, payload, lane, key, run_at, place)
    ORDER BY place
    ON CONFLICT (handler, key) WHERE key IS NOT NULL AND state = 'ready'
    DO UPDATE SET payload = excluded.payload, run_at = excluded.run_at, attempts = 0, error = NULL
    RETURNING 1
)"""
"""Common table expressions over the arrays of a JobBatch; NOTIFY is the statement they stand before."""
NOTIFY = "SELECT pg_notify('jobs', '') FROM (SELECT count(*) FROM written) counted"
WRITE = f"WITH {INSERTION} {NOTIFY}"


@dataclass(slots=True)
class JobBatch:
    """Jobs collected during a transaction and written with one statement just before its commit."""

    ARRAYS: ClassVar[int] = 7
    _new: list[tuple[str, str, str | None, str | None, datetime | None]] = field(default_factory=list)
    _gone: dict[tuple[str, str], None] = field(default_factory=dict)

    def publish(self, event: DomainEvent, key: UUID, subscriptions: Subscriptions) -> None:
        """One job per handler. Events of one `key`, whatever their type, reach each subscriber in order.

        The subscriber is the part of the handler's name before the dot: `notifications.offer_made` and
        `notifications.offer_declined` share a lane.
        """
        handlers = subscriptions.get(type(event), ())
        if not handlers:
            return
        payload = msgspec.json.encode(event).decode()
        self._new += [(name, payload, f"{name.partition('.')[0]}:{key}", None, None) for name in handlers]

    def run(self, handler: str, payload: object, at: datetime | None = None) -> None:
        """Do this after the commit, at once or at a time, in no order."""
        self._new.append((handler, msgspec.json.encode(payload).decode(), None, None, at))

    def at(self, handler: str, subject: UUID, at: datetime) -> None:
        """Do this at a time, once per handler and subject; setting it again moves it."""
        self.cancel(handler, subject)
        del self._gone[(handler, str(subject))]
        self._new.append((handler, msgspec.json.encode(subject).decode(), None, str(subject), at))

    def cancel(self, handler: str, subject: UUID) -> None:
        """Forget what was set by `at` and has not started."""
        self._new = [new for new in self._new if (new[0], new[3]) != (handler, str(subject))]
        self._gone[(handler, str(subject))] = None

    @property
    def arguments(self) -> list[list[Any]]:
        """The arrays of INSERTION; none when there is nothing to write."""
        if not self._new and not self._gone:
            return []
        columns = list(zip(*self._new, strict=True)) or [()] * 5
        return [[handler for handler, _ in self._gone], [key for _, key in self._gone], *map(list, columns)]
