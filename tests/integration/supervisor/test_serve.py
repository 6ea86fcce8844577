"""The whole service as `make run` starts it, on embedded engines of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest

from tests.integration.supervisor.conftest import eventually, lives

PROGRAMS = {"PostgreSQL": "postgres", "Valkey": "valkey-server", "http": "_http", "worker": "_worker"}


class Service:
    def __init__(self, data_dir: Path) -> None:
        self._output = data_dir / "output"
        environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(data_dir), "PORT": "0", "LOG_LEVEL": "WARNING"}
        environ["JOB_WORKERS"] = "1"
        command = [sys.executable, "-m", "marketplace", "serve"]
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603
                command, env=environ, stdout=output, stderr=output, start_new_session=True
            )
        eventually(lambda: " is ready on " in self.said() or self.process.poll() is not None, within=30)
        assert self.process.poll() is None, self.said()
        self.url = self.said().partition(" is ready on ")[2].split()[0]

    def said(self) -> str:
        return self._output.read_text()

    def is_ready(self) -> bool:
        with (
            suppress(URLError, ConnectionError, TimeoutError),
            urlopen(f"{self.url}/health/ready", timeout=3) as answer,  # noqa: S310
        ):
            return bool(answer.status == 200)
        return False

    def pids(self) -> dict[str, int]:
        """Of the processes right below the supervisor, by their names in PROGRAMS."""
        found: dict[str, int] = {}
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.Error):
                words = {Path(word).name for word in " ".join(child.cmdline()).split()}
                found |= {name: child.pid for name, word in PROGRAMS.items() if word in words}
        return found


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path)
    yield service
    if service.process.poll() is None:
        service.process.terminate()
        service.process.wait(40)


@pytest.mark.timeout(90)
def test_everything_killed_in_turn_is_back_within_ten_seconds_and_ends_when_told(service: Service) -> None:
    assert service.is_ready()
    assert service.pids().keys() == PROGRAMS.keys()

    for name in PROGRAMS:
        killed = service.pids()[name]
        os.kill(killed, signal.SIGKILL)
        eventually(
            lambda name=name, killed=killed: service.pids().get(name, killed) != killed and service.is_ready(),  # type: ignore[misc]
            within=10,
        )

    everyone = service.pids().values()
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(30) == 0
    assert not any(lives(pid) for pid in everyone)
    assert service.said().count(": starting it again") == len(PROGRAMS)
