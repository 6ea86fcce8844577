"""What entrypoints need of the engines: the embedded ones' life, and a database that is ready for the application."""

import asyncio
import fcntl
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg

from marketplace.adapters.embedded.engine import Engine
from marketplace.adapters.embedded.errors import EngineError
from marketplace.entrypoints.wiring.settings import Settings

OLDEST_POSTGRES = 15
STOP_WITHIN = 30.0

__all__ = [
    "EmbeddedEngines",
    "EngineError",
    "UnfitDatabase",
    "place",
    "prepare_database",
    "reason",
    "refuse_unfit_role",
    "running_engines",
]


class UnfitDatabase(Exception):
    """One line for people: why the database cannot be used, and how to mend it."""


class SharedEngine:
    """An embedded engine that is stopped for good, also one that a killed process left behind."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def start(self) -> None:
        self._engine.start()

    def is_running(self) -> bool:
        return self._engine.is_running()

    def stop(self) -> None:
        self._engine.stop()
        if not self._engine.is_running() or not (pid := self._engine.pid):
            return
        with suppress(ProcessLookupError):
            os.kill(pid, self._engine.stop_signal)
        deadline = time.monotonic() + STOP_WITHIN
        while self._engine.is_running() and time.monotonic() < deadline:
            time.sleep(0.02)


class EmbeddedEngines:
    """The engines that the settings' absent addresses call for."""

    def __init__(self, settings: Settings) -> None:
        self._given = settings
        self._postgres = self._valkey = None
        # Each import costs the supervisor memory for as long as the service runs.
        if not settings.database_url:
            from marketplace.adapters.embedded.postgres import EmbeddedPostgres

            self._postgres = EmbeddedPostgres(settings.data_dir)
        if not settings.redis_url:
            from marketplace.adapters.embedded.valkey import EmbeddedValkey

            self._valkey = EmbeddedValkey(settings.data_dir)

    def by_name(self) -> dict[str, SharedEngine]:
        """In the order of starting; they are stopped the other way round."""
        found = {"PostgreSQL": self._postgres, "Valkey": self._valkey}
        return {name: SharedEngine(engine) for name, engine in found.items() if engine}

    def settings(self) -> Settings:
        """The settings with the addresses of the engines, which must have been started."""
        given, postgres, valkey = self._given, self._postgres, self._valkey
        return given.with_addresses(
            postgres.app_dsn if postgres else given.database_url.reveal(),
            postgres.owner_dsn if postgres else given.migration_database_url.reveal(),
            valkey.url if valkey else given.redis_url.reveal(),
        )


@contextmanager
def using(folder: Path) -> Iterator[int]:
    """Hold the users' lock, shared by all who use the embedded engines; waits while the last user stops them."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def running_engines(settings: Settings) -> Iterator[Settings]:
    """The settings with addresses that answer; the last user of the embedded engines stops them."""
    embedded = EmbeddedEngines(settings)
    engines = embedded.by_name()
    if not engines:
        yield settings
        return
    with using(settings.data_dir / "run") as lock:
        try:
            for engine in engines.values():
                engine.start()
            yield embedded.settings()
        finally:
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for engine in reversed(engines.values()):
                    engine.stop()


async def prepare_database(settings: Settings, patience: float = 0.0) -> None:
    """Refuse an unfit role, then bring the schema to the newest revision. Raises UnfitDatabase.

    Waits up to `patience` seconds for a database that is starting too.
    """
    from marketplace.adapters.sql.migrate import migrate  # Alembic is heavy and nobody else here needs it

    connection = await _connection(settings.database_url.reveal(), patience)
    try:
        role = await refuse_unfit_role(connection)
    finally:
        await connection.close()
    await migrate(settings.migration_database_url.reveal(), role)


async def refuse_unfit_role(connection: asyncpg.Connection) -> str:
    """The role that the application logs in as; row-level security must bind it."""
    version = connection.get_server_version().major
    if version < OLDEST_POSTGRES:
        raise UnfitDatabase(f"DATABASE_URL leads to PostgreSQL {version}; {OLDEST_POSTGRES} or later is needed")
    row = await connection.fetchrow("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
    role: str = row["rolname"]
    for column, words, option in (
        ("rolsuper", "is a superuser", "NOSUPERUSER"),
        ("rolbypassrls", "has BYPASSRLS", "NOBYPASSRLS"),
    ):
        if row[column]:
            raise UnfitDatabase(
                f"DATABASE_URL logs in as {role!r}, which {words}, so row-level security would not bind it; "
                f'use another role, or run: ALTER ROLE "{role}" {option}'
            )
    return role


async def _connection(dsn: str, patience: float) -> asyncpg.Connection:
    deadline = time.monotonic() + patience
    said = False
    while True:
        try:
            return await asyncpg.connect(dsn, timeout=10)
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError) as error:
            if time.monotonic() >= deadline:
                raise UnfitDatabase(
                    f"PostgreSQL at {place(dsn)} does not answer ({reason(error)}); check DATABASE_URL"
                ) from None
            if not said:
                said = True
                sys.stderr.write(f"waiting for PostgreSQL at {place(dsn)}\n")
        except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
            raise UnfitDatabase(f"PostgreSQL at {place(dsn)} refuses ({reason(error)}); check DATABASE_URL") from None
        await asyncio.sleep(0.5)


def place(url: str) -> str:
    """Where a URL leads, without its password."""
    parts = urlsplit(url)
    host = parts.hostname or parse_qs(parts.query).get("host", [parts.path])[0]
    return f"{host}:{parts.port}" if parts.port else host


def reason(error: BaseException) -> str:
    """One line; a class name where the error says nothing."""
    return re.sub(r"^\[Errno -?\d+\] ", "", str(error).partition("\n")[0]) or type(error).__name__
