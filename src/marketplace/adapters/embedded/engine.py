"""What the two engines have in common: one process per data folder, started once, adopted afterwards."""

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar

import psutil

from marketplace.adapters.embedded.account import Account, engine_account
from marketplace.adapters.embedded.errors import EngineError
from marketplace.adapters.embedded.places import home_of

ANSWER_WITHIN = 2.0
TAKEN_AFTER = 1.0
RETRY_FOR = 20.0
RECOVER_FOR = 120.0
STOP_WITHIN = 30.0
"""Seconds: a probe's answer; a stranger on our socket; starts that only need a dying process to go; crash recovery;
a fast shutdown before it becomes a hard one."""
LARGEST_LOG = 5 * 1024 * 1024
ROOM_TO_START = 1024 * 1024
"""Bytes."""


class Engine(ABC):
    """One engine of one data folder. Every call blocks.

    A process that this object started is its child and is reaped by `is_running`, `start` and `stop`.
    One that already served the folder is adopted: used, restarted when it dies, but left alone by `stop`.
    """

    title: ClassVar[str]
    kind: ClassVar[str]
    pid_file: ClassVar[str]
    socket_name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]
    passing: ClassVar[tuple[str, ...]] = ()
    """Reasons for a failed start that pass by themselves while the last process dies."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir.resolve()
        self._log = self._data_dir / f"{self.kind}.log"
        self._log_start = 0
        self._child: subprocess.Popen[bytes] | None = None
        self._process: psutil.Process | None = None
        self._folder = self._data_dir / self.kind
        self._socket = self._folder / self.socket_name
        self._account: Account

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Bring the engine up, or adopt it; safe to repeat and safe beside other processes. Raises EngineError."""
        try:
            self._data_dir.mkdir(parents=True, exist_ok=True)
            with _turn(self._data_dir / "engines.lock"):
                self._account = engine_account()
                self._folder = home_of(self._data_dir, self._account) / self.kind
                self._prepare()
                self._bring_up()
        except OSError as error:
            raise EngineError(
                f"{self.title} cannot use {error.filename or self._data_dir}: {error.strerror or error}; "
                "set DATA_DIR to a folder you may write to"
            ) from error

    def is_running(self) -> bool:
        """Whether the process lives and answers on its socket. Also keeps the log below 5 MiB."""
        with suppress(OSError):
            if self._log.stat().st_size > LARGEST_LOG:
                os.truncate(self._log, 0)
        return self._lives() and self._probe() != b""

    def stop(self) -> None:
        """Fast shutdown of what this object started."""
        if (child := self._child) is None:
            return
        for sign in (self.stop_signal, signal.SIGQUIT, signal.SIGKILL):
            if child.poll() is None:
                child.send_signal(sign)
                with suppress(subprocess.TimeoutExpired):
                    child.wait(STOP_WITHIN)
        self._child = self._process = None

    @abstractmethod
    def _prepare(self) -> None:
        """Make the folder ready, and know the programs and the socket."""

    @abstractmethod
    def _command(self) -> list[str | Path]: ...

    @abstractmethod
    def _probe(self) -> bytes:
        """The engine's answer to the cheapest question, b"" for none."""

    @abstractmethod
    def _is_ready(self) -> bool: ...

    def _clear_leftovers(self) -> None:  # noqa: B027 - an engine may leave nothing that harms
        """Make what a dead process left in the folder harmless."""

    def _bring_up(self) -> None:
        began = time.monotonic()
        launched = False
        while not (self._lives() and self._is_ready()):
            waited = time.monotonic() - began
            if waited > RECOVER_FOR:
                raise EngineError(f"{self.title} in {self._folder} does not become ready; its log is {self._log}")
            if self._lives():
                time.sleep(0.01)
            elif self._socket_is_taken():
                if waited > TAKEN_AFTER:
                    raise EngineError(f"the socket {self._socket} is taken by another program: stop it")
                time.sleep(0.05)
            else:
                if launched:
                    self._forgive(waited)
                self._clear_leftovers()
                self._launch()
                launched = True

    def _lives(self) -> bool:
        """Reap our child if it has ended; look for another process of this folder if ours is gone."""
        if self._child is not None and self._child.poll() is not None:
            self._child = None
        if self._child is None and not (self._process and alive(self._process)):
            self._process = self._find_process()
        return self._process is not None

    def _find_process(self) -> psutil.Process | None:
        """The process that the pid file names, unless it is dead or the number now belongs to something else."""
        with suppress(OSError, ValueError, IndexError, psutil.Error):
            process = psutil.Process(int((self._folder / self.pid_file).read_text().split()[0]))
            if alive(process) and os.path.samefile(process.cwd(), self._folder):
                return process
        return None

    def _launch(self) -> None:
        with self._log.open("ab") as log:
            self._log_start = log.tell()
            self._child = self._account.popen(self._command(), log.fileno())
        self._process = psutil.Process(self._child.pid)

    def _forgive(self, waited: float) -> None:
        """Raise why the last launch failed, unless that passes by itself."""
        with self._log.open("rb") as log:
            log.seek(self._log_start)
            reason = telling(log.read())
        if shutil.disk_usage(self._data_dir).free < ROOM_TO_START:
            reason = "the disk is full, make room"
        if waited > RETRY_FOR or not any(passing in reason for passing in self.passing):
            raise EngineError(f"{self.title} does not start in {self._folder}: {reason}; its log is {self._log}")
        time.sleep(0.1)

    def _socket_is_taken(self) -> bool:
        try:
            self._ask(b"", 0)
        except OSError as error:
            return not isinstance(error, FileNotFoundError | ConnectionRefusedError)
        return True

    def _ask(self, question: bytes, most: int) -> bytes:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_WITHIN)
            connection.connect(str(self._socket))
            connection.sendall(question)
            return connection.recv(most) if most else b""


def telling(output: bytes) -> str:
    """The line of a program's output that says why it ended."""
    text = output.decode(errors="replace").strip()
    marked = re.findall(r"(?:FATAL|PANIC|error): +(.*)", text)
    return marked[-1] if marked else text.rpartition("\n")[2] or "it gave no reason"


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    """One process, and one thread, at a time."""
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
