"""Real engines and fresh databases for tests. Nothing starts until a fixture of tests/conftest.py asks."""

import asyncio
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import asyncpg

from marketplace.adapters.embedded.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres
from marketplace.adapters.embedded.valkey import EmbeddedValkey
from marketplace.adapters.sql.migrate import migrate
from prove.canaries import leaking_rows

Result = TypeVar("Result")
MEMORY, ROOM = Path("/dev/shm"), 4 * 2**30  # noqa: S108 - only asked how much it holds


class HastyPostgres(EmbeddedPostgres):
    """Waits for no disk: what it holds need not outlive the machine. Killed, it recovers as any other."""

    def _command(self) -> list[str | Path]:
        return [*super()._command(), "-c", "fsync=off", "-c", "full_page_writes=off"]


@dataclass(frozen=True, slots=True)
class Database:
    """A migrated database: `owner_dsn` for DDL, `app_dsn` with the application's few rights, `admin_dsn` for all."""

    owner_dsn: str
    app_dsn: str
    admin_dsn: str
    name: str


@dataclass(frozen=True, slots=True)
class Engines:
    """A PostgreSQL and a Valkey of this test process. `admin_dsn` is a superuser's."""

    admin_dsn: str
    redis_url: str
    owner_role: str = OWNER_ROLE
    app_role: str = APP_ROLE
    password: str = ""

    def database(self, name: str) -> Database:
        return Database(
            owner_dsn=dsn_as(self.admin_dsn, database=name, role=self.owner_role, password=self.password),
            app_dsn=dsn_as(self.admin_dsn, database=name, role=self.app_role, password=self.password),
            admin_dsn=dsn_as(self.admin_dsn, database=name),
            name=name,
        )

    async def create(self, name: str, template: str = "template1") -> Database:
        """A database of the owner role, with the application's right to connect; neither is copied from a template."""
        admin = await asyncpg.connect(self.admin_dsn)
        try:
            await admin.execute(
                f"CREATE DATABASE {name} OWNER {self.owner_role} TEMPLATE {template} STRATEGY FILE_COPY"
            )
            await admin.execute(
                f"REVOKE ALL ON DATABASE {name} FROM PUBLIC; GRANT CONNECT ON DATABASE {name} TO {self.app_role}"
            )
        finally:
            await admin.close()
        return self.database(name)

    async def drop(self, name: str) -> None:
        admin = await asyncpg.connect(self.admin_dsn)
        try:
            await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        finally:
            await admin.close()


def dsn_as(dsn: str, *, database: str, role: str = "", password: str = "") -> str:
    parts = urlsplit(dsn)
    credentials, at, host = parts.netloc.rpartition("@")
    if role:
        credentials, at = (f"{role}:{quote(password)}" if password else role), "@"
    return parts._replace(netloc=f"{credentials}{at}{host}", path=f"/{database}").geturl()


def new_name(kind: str) -> str:
    return f"marketplace_{kind}_{secrets.token_hex(6)}"


@contextmanager
def running_engines(worker: int) -> Iterator[Engines]:
    """The servers of DATABASE_URL (a superuser's) and REDIS_URL (its database 15 - `worker` is emptied), or our own."""
    outside_postgres, outside_redis = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    with ExitStack() as stack:
        data_dir = stack.enter_context(open_folder())
        if outside_redis:
            redis_url = f"{outside_redis}{'&' if '?' in outside_redis else '?'}db={15 - worker % 16}"
        else:
            valkey = EmbeddedValkey(data_dir)
            stack.callback(valkey.stop)
            valkey.start()
            redis_url = valkey.url
        if outside_postgres:
            yield stack.enter_context(_outside_roles(outside_postgres, redis_url))
        else:
            postgres = HastyPostgres(data_dir)
            stack.callback(postgres.stop)
            postgres.start()
            yield Engines(postgres.admin_dsn, redis_url)


def prefer_memory() -> None:
    """Temporary folders, also of processes started from here, in memory if it has ROOM and no TMPDIR is asked for.

    ext4 passes over the inodes freed a moment ago one by one: a database dropped makes the next one's files slow.
    """
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        tempfile.tempdir = os.environ["TMPDIR"] = str(MEMORY)


@contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder with a short path, which the engines' own account may pass when the tests run as root."""
    path = Path(tempfile.mkdtemp(prefix="mk-"))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _outside_roles(admin_dsn: str, redis_url: str) -> Iterator[Engines]:
    """Two roles of this session's own: a server that is not ours keeps its others."""
    engines = Engines(admin_dsn, redis_url, new_name("owner"), new_name("app"), secrets.token_hex(16))
    roles = (engines.owner_role, engines.app_role)
    options = f"LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{engines.password}'"
    execute(admin_dsn, *(f"CREATE ROLE {role} {options}" for role in roles))
    try:
        yield engines
    finally:
        execute(admin_dsn, *(f"DROP ROLE {role}" for role in roles))


@contextmanager
def migrated_template(engines: Engines) -> Iterator[str]:
    """The name of a database that the migrations made; nobody connects to it, so that it can be copied."""
    name = new_name("template")
    database = in_thread(engines.create(name))
    try:
        in_thread(migrate(database.owner_dsn, engines.app_role))
        yield name
    finally:
        in_thread(engines.drop(name))


@contextmanager
def copied_database(engines: Engines, template: str) -> Iterator[Database]:
    """Looked through at its end for what no row may hold."""
    database = in_thread(engines.create(new_name("test"), template))
    try:
        yield database
        assert (leaks := in_thread(leaking_rows(database.admin_dsn))) == [], leaks
    finally:
        in_thread(engines.drop(database.name))


def in_thread(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end where the caller may or may not be inside an event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def execute(dsn: str, *statements: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    in_thread(run())


async def rows_of(dsn: str, statement: str, *values: Any) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        rows: list[asyncpg.Record] = await connection.fetch(statement, *values)
        return rows
    finally:
        await connection.close()


def eventually(condition: Callable[[], object], within: float = 10.0) -> None:
    """Poll until the condition holds; AssertionError after `within` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within} s"
        time.sleep(0.01)
