"""Engines and server processes of our own."""

import asyncio
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from marketplace.adapters.embedded.postgres import EmbeddedPostgres
from marketplace.adapters.embedded.valkey import EmbeddedValkey
from marketplace.adapters.sql.migrate import migrate
from marketplace.entrypoints.wiring.settings import Settings
from prove.ample_limits import AMPLE_LIMITS

PRODUCTION = {
    "ENVIRONMENT": "production",
    "ALLOWED_ORIGINS": "https://shop.example",
    "LOG_LEVEL": "INFO",
    **AMPLE_LIMITS,
}


@contextmanager
def engines(name: str) -> Iterator[tuple[EmbeddedPostgres, Settings]]:
    """PostgreSQL and Valkey with our schema, in a folder that goes with them."""
    with tempfile.TemporaryDirectory(prefix=f"market-{name}-") as made, ExitStack() as stack:
        folder = Path(made)
        folder.chmod(0o711)
        postgres, valkey = EmbeddedPostgres(folder), EmbeddedValkey(folder)
        for engine in (postgres, valkey):
            engine.start()
            stack.callback(engine.stop)
        asyncio.run(migrate(postgres.owner_dsn, "marketplace_app"))
        settings = Settings.from_environment({"DATA_DIR": str(folder), **AMPLE_LIMITS})
        yield postgres, settings.with_addresses(postgres.app_dsn, postgres.owner_dsn, valkey.url)


@contextmanager
def serving(command: list[str], settings: Settings | None, **environ: str) -> Iterator[tuple[int, int]]:
    """Its pid and port; it takes the descriptor as its last argument."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        listener.set_inheritable(True)
        ours = {**settings.for_children(), **PRODUCTION} if settings else {}
        process = subprocess.Popen(
            [*command, str(listener.fileno())], pass_fds=[listener.fileno()], stderr=subprocess.DEVNULL,
            env={**os.environ, **ours, **environ},
        )  # fmt: skip
        try:
            yield process.pid, listener.getsockname()[1]
        finally:
            process.terminate()
            process.wait(30)
