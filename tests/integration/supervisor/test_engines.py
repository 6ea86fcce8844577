import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from marketplace.entrypoints.wiring.diagnosis import examine_postgres, examine_valkey
from marketplace.entrypoints.wiring.engines import UnfitDatabase, prepare_database, refuse_unfit_role, running_engines
from marketplace.entrypoints.wiring.settings import Settings
from tests.engines import Database


def settings_of(database: Database, redis_url: str) -> Settings:
    return Settings.inspect({})[0].with_addresses(database.app_dsn, database.owner_dsn, redis_url)


async def answers(settings: Settings) -> bool:
    try:
        await (await asyncpg.connect(settings.database_url.reveal())).close()
    except OSError:
        return False
    return True


def test_commands_share_the_embedded_engines_and_the_last_one_stops_them(tmp_path: Path) -> None:
    given = Settings.inspect({"DATA_DIR": str(tmp_path)})[0]
    with running_engines(given) as outer:
        environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "PORT": "0"}
        command = [sys.executable, "-m", "marketplace", "doctor"]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603
        assert done.returncode == 0, done.stdout + done.stderr
        assert "none yet; the first `marketplace serve` applies them" in done.stdout
        assert asyncio.run(answers(outer))
    assert not asyncio.run(answers(outer))


def test_engines_of_others_are_left_alone(tmp_path: Path) -> None:
    environ = {"DATA_DIR": str(tmp_path), "DATABASE_URL": "postgresql://app@db/market", "REDIS_URL": "redis://cache"}
    given = Settings.inspect(environ)[0]
    with running_engines(given) as settings:
        assert settings is given
    assert list(tmp_path.iterdir()) == []


async def test_preparing_a_prepared_database_changes_nothing(database: Database, redis_url: str) -> None:
    await prepare_database(settings_of(database, redis_url))


async def test_a_superuser_is_refused(database: Database, redis_url: str) -> None:
    settings = settings_of(replace(database, app_dsn=database.admin_dsn), redis_url)
    with pytest.raises(UnfitDatabase, match=r"is a superuser.*ALTER ROLE .* NOSUPERUSER"):
        await prepare_database(settings)


async def test_a_role_that_bypasses_row_level_security_is_refused(fresh_database: Database, redis_url: str) -> None:
    role = f"bypassing_{fresh_database.name}"
    admin = await asyncpg.connect(fresh_database.admin_dsn)
    try:
        await admin.execute(
            f"CREATE ROLE {role} LOGIN BYPASSRLS; GRANT CONNECT ON DATABASE {fresh_database.name} TO {role}"
        )
        connection = await asyncpg.connect(fresh_database.admin_dsn)
        await connection.execute(f"SET SESSION AUTHORIZATION {role}")
        with pytest.raises(UnfitDatabase, match="has BYPASSRLS"):
            await refuse_unfit_role(connection)
        await connection.close()
    finally:
        await admin.execute(f"REVOKE ALL ON DATABASE {fresh_database.name} FROM {role}; DROP ROLE {role}")
        await admin.close()


async def test_healthy_engines_have_nothing_to_mend(database: Database, redis_url: str) -> None:
    settings = settings_of(database, redis_url)
    findings = await examine_postgres(settings, embedded=False) + await examine_valkey(settings, embedded=False)
    assert [finding for finding in findings if not finding.is_ok] == []
    assert [finding.name for finding in findings] == [
        "DATABASE_URL", "DATABASE_ROLE", "MIGRATIONS", "CLOCK", "REDIS_URL", "VALKEY_PERSISTENCE",
    ]  # fmt: skip


async def test_a_database_without_our_schema_is_behind(database: Database, redis_url: str) -> None:
    admin = database.admin_dsn.replace(f"/{database.name}", "/postgres")
    settings = settings_of(Database(owner_dsn=admin, app_dsn=admin, admin_dsn=admin, name="postgres"), redis_url)
    findings = {finding.name: finding for finding in await examine_postgres(settings, embedded=False)}
    assert findings["MIGRATIONS"].mend == "run `marketplace migrate`"
    assert "superuser" in findings["DATABASE_ROLE"].what
