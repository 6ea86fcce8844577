"""What the two engines say of themselves, for `marketplace doctor`."""

import time
from dataclasses import dataclass

import asyncpg
import redis.asyncio as redis
from redis.exceptions import RedisError

from marketplace.adapters.sql.revisions import newest_revision
from marketplace.entrypoints.wiring.engines import UnfitDatabase, place, reason, refuse_unfit_role
from marketplace.entrypoints.wiring.push_settings import KEY, service_account
from marketplace.entrypoints.wiring.settings import Settings

LARGEST_SKEW = 2.0
"""Seconds between the database's clock and ours."""
OLDEST_VALKEY = 7
"""Also the oldest Redis: they share their history up to 7.2."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`mend` is empty where nothing is wrong."""

    name: str
    what: str
    mend: str = ""

    @property
    def is_ok(self) -> bool:
        return not self.mend


async def examine_postgres(settings: Settings, *, embedded: bool) -> list[Finding]:
    dsn = settings.database_url.reveal()
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        mend = "start PostgreSQL, or correct DATABASE_URL"
        return [Finding("DATABASE_URL", f"no connection to {place(dsn)}: {reason(error)}", mend)]
    try:
        where = "embedded" if embedded else place(dsn)
        version = connection.get_settings().server_version.split()[0]
        findings = [Finding("DATABASE_URL", f"PostgreSQL {version}, {where}"), await _role(connection)]
        return [*findings, await _revision(settings, embedded), await _clock(connection)]
    finally:
        await connection.close()


async def examine_valkey(settings: Settings, *, embedded: bool) -> list[Finding]:
    url = settings.redis_url.reveal()
    client = redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5)
    try:
        facts = await client.info()
    except (RedisError, OSError, ValueError) as error:
        return [
            Finding(
                "REDIS_URL", f"no connection to {place(url)}: {reason(error)}", "start Valkey, or correct REDIS_URL"
            )
        ]
    finally:
        await client.aclose()
    version = str(facts.get("valkey_version") or facts["redis_version"])
    name = "Valkey" if "valkey_version" in facts else "Redis"
    where = "embedded" if embedded else place(url)
    too_old = int(version.split(".")[0]) < OLDEST_VALKEY
    findings = [
        Finding("REDIS_URL", f"{name} {version}, {where}", f"install {OLDEST_VALKEY}.0 or later" if too_old else "")
    ]
    policy = str(facts.get("maxmemory_policy", "noeviction"))
    evicts = "set `maxmemory-policy noeviction`: one-time codes must not vanish" if policy.startswith("allkeys") else ""
    kept = (
        "an append-only file"
        if facts.get("aof_enabled")
        else "snapshots at most: one-time codes may be lost in a crash"
    )
    return [*findings, Finding("VALKEY_PERSISTENCE", f"{kept}; eviction {policy}", evicts)]


def examine_push(settings: Settings) -> list[Finding]:
    """Browsers are bound to the VAPID key that they subscribed with."""
    key = "VAPID_PRIVATE_KEY" if KEY in settings.push else "a key that follows from SECRET_KEY: both change together"
    account = service_account(settings.push)
    firebase = f"by Firebase, project {account.project_id}" if account else "not sent: FCM_CREDENTIALS is not set"
    return [Finding("PUSH_TO_BROWSERS", f"with {key}"), Finding("PUSH_TO_PHONES", firebase)]


async def _role(connection: asyncpg.Connection) -> Finding:
    try:
        role = await refuse_unfit_role(connection)
    except UnfitDatabase as error:
        what, _, mend = str(error).partition("; ")
        return Finding("DATABASE_ROLE", what, mend)
    return Finding("DATABASE_ROLE", f"{role}, bound by row-level security")


async def _revision(settings: Settings, embedded: bool) -> Finding:
    newest = newest_revision()
    try:
        owner = await asyncpg.connect(settings.migration_database_url.reveal(), timeout=5)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        return Finding("MIGRATION_DATABASE_URL", f"no connection: {reason(error)}", "correct MIGRATION_DATABASE_URL")
    try:
        current = await owner.fetchval("SELECT version_num FROM public.alembic_version")
    except asyncpg.UndefinedTableError:
        current = None
    finally:
        await owner.close()
    if current == newest:
        return Finding("MIGRATIONS", f"newest revision {newest or 'none'}")
    if current is None and embedded:
        return Finding("MIGRATIONS", "none yet; the first `marketplace serve` applies them")
    return Finding("MIGRATIONS", f"revision {current or 'none'}, newest is {newest}", "run `marketplace migrate`")


async def _clock(connection: asyncpg.Connection) -> Finding:
    before = time.time()
    theirs = await connection.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8")
    skew = abs(float(theirs) - (before + time.time()) / 2)
    return Finding(
        "CLOCK", f"{skew:.3f} s from the database's", "run NTP on both machines" if skew > LARGEST_SKEW else ""
    )
