import os
import signal
import threading
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from marketplace.adapters.embedded.errors import EngineError
from marketplace.adapters.embedded.postgres import EmbeddedPostgres
from tests.engines import eventually, in_thread
from tests.integration.embedded.conftest import Make

MakePostgres = Make[EmbeddedPostgres]


async def fetch(dsn: str, statement: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


def refusal(engine: EmbeddedPostgres) -> str:
    with pytest.raises(EngineError) as refused:
        engine.start()
    assert "\n" not in str(refused.value)
    return str(refused.value)


async def test_rows_survive_stop_and_start(new_postgres: MakePostgres) -> None:
    engine = new_postgres()
    engine.start()
    await fetch(engine.owner_dsn, "CREATE TABLE kept (id int)")
    await fetch(engine.owner_dsn, "INSERT INTO kept VALUES (1)")
    engine.stop()
    engine.start()
    assert await fetch(engine.owner_dsn, "SELECT id FROM kept") == [(1,)]


def test_no_acknowledged_row_is_lost_to_a_kill(new_postgres: MakePostgres) -> None:
    engine = new_postgres()
    engine.start()
    in_thread(fetch(engine.owner_dsn, "CREATE TABLE sale (id int PRIMARY KEY)"))
    acknowledged: list[int] = []

    async def write_until_killed() -> None:
        connection = await asyncpg.connect(engine.owner_dsn)
        try:
            while True:
                number = len(acknowledged)
                await connection.execute("INSERT INTO sale VALUES ($1) ON CONFLICT DO NOTHING", number)
                acknowledged.append(number)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
            connection.terminate()

    def has_grown_to(length: int) -> bool:
        return len(acknowledged) >= length

    for _ in range(3):
        writer = threading.Thread(target=in_thread, args=(write_until_killed(),))
        wanted = len(acknowledged) + 20
        writer.start()
        eventually(partial(has_grown_to, wanted))
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGKILL)
        writer.join()
        engine.start()
        rows = in_thread(fetch(engine.owner_dsn, "SELECT id FROM sale"))
        assert {(number,) for number in acknowledged} <= set(rows)


async def test_the_roles_have_no_rights_to_spare(new_postgres: MakePostgres) -> None:
    engine = new_postgres()
    engine.start()
    roles = """
        SELECT rolname::text, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication
        FROM pg_roles WHERE rolname LIKE 'marketplace%' ORDER BY rolname
    """
    assert await fetch(engine.app_dsn, roles) == [
        ("marketplace_app", False, False, False, False, False),
        ("marketplace_owner", False, False, False, False, False),
    ]
    await fetch(engine.owner_dsn, "CREATE SCHEMA sales CREATE TABLE sale (id int)")
    for dsn, statement in (
        (engine.app_dsn, "CREATE TABLE sale (id int)"),
        (engine.app_dsn, "CREATE TEMPORARY TABLE sale (id int)"),
        (engine.app_dsn, "CREATE SCHEMA more"),
        (engine.app_dsn, "SELECT * FROM sales.sale"),
        (engine.dsn("marketplace_app", "postgres"), "SELECT 1"),
        (engine.owner_dsn, "CREATE DATABASE other"),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await fetch(dsn, statement)
    await fetch(engine.admin_dsn, "CREATE DATABASE other")


async def test_it_is_durable_and_knows_letters_that_are_not_english(new_postgres: MakePostgres) -> None:
    engine = new_postgres()
    engine.start()
    settings = """
        SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),
            current_setting('data_checksums'), current_setting('timezone'), current_setting('server_encoding')
    """
    assert await fetch(engine.app_dsn, settings) == [("on", "on", "on", "on", "UTC", "UTF8")]
    await fetch(engine.owner_dsn, "CREATE EXTENSION pg_trgm")
    letters = "SELECT lower('ПРИВЕТ ЎҒҚҲ'), similarity('Велосипед', 'велосипеды') > 0.5"
    assert await fetch(engine.owner_dsn, letters) == [("привет ўғқҳ", True)]


def test_a_folder_of_another_version_is_refused(new_postgres: MakePostgres) -> None:
    engine = new_postgres()
    engine.start()
    engine.stop()
    stamp = engine._folder / "PG_VERSION"
    version = stamp.read_text()
    stamp.write_text("14\n")
    assert refusal(engine) == (
        f"the data folder {engine._folder} is of PostgreSQL 14, this is PostgreSQL {version.strip()}: "
        "move it away, or set DATABASE_URL to a server of that version"
    )
    stamp.write_text(version)
    engine.start()


def test_a_damaged_folder_is_refused_with_the_servers_reason(new_postgres: MakePostgres) -> None:
    engine = new_postgres()
    engine.start()
    engine.stop()
    control = engine._folder / "global" / "pg_control"
    away = control.rename(control.with_name("away"))
    assert "pg_control" in refusal(engine)
    away.rename(control)
    engine.start()


def test_an_empty_lock_file_is_no_obstacle(new_postgres: MakePostgres) -> None:
    engine = new_postgres()
    engine.start()
    engine.stop()
    (engine._folder / engine.pid_file).write_text("")
    engine.start()
    assert engine.is_running()


def test_a_folder_of_something_else_is_refused_and_left_alone(new_postgres: MakePostgres, data_dir: Path) -> None:
    (data_dir / "postgres").mkdir()
    (data_dir / "postgres" / "letter").write_text("dear")
    assert "is neither empty nor a PostgreSQL data folder" in refusal(new_postgres(data_dir))
    assert (data_dir / "postgres" / "letter").read_text() == "dear"


def test_what_a_killed_initialisation_left_is_swept(new_postgres: MakePostgres, data_dir: Path) -> None:
    (data_dir / "postgres.new-left" / "base").mkdir(parents=True)
    (data_dir / "postgres").mkdir()
    engine = new_postgres(data_dir)
    engine.start()
    assert sorted(path.name for path in data_dir.iterdir()) == ["engines.lock", "postgres", "postgres.log"]


def test_missing_programs_are_named(data_dir: Path) -> None:
    engine = EmbeddedPostgres(data_dir, bin_dir=data_dir / "bin")
    assert refusal(engine).startswith(f"no postgres program in {data_dir}/bin: install PostgreSQL")
