import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

STAGE = str(Path(__file__).with_name("stage.py"))


def eventually(condition: Callable[[], bool], *, within: float = 8.0) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.01)


def lives(pid: int) -> bool:
    """Zombies do not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Stage:
    def __init__(self, folder: Path, grace: float, cast: dict[str, str]) -> None:
        self._folder = folder
        self._output = folder / "output"
        command = [sys.executable, STAGE, str(folder), str(grace), *(f"{name}={how}" for name, how in cast.items())]
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)  # noqa: S603

    def pid(self, name: str, *, other_than: int = 0) -> int:
        """Of the actor, once it plays."""
        path = self._folder / f"{name}.pid"
        eventually(lambda: path.exists() and int(path.read_text()) != other_than)
        return int(path.read_text())

    def said(self) -> list[str]:
        return self._output.read_text().splitlines()

    def ended(self) -> list[str]:
        """Names in the order of ending."""
        path = self._folder / "ended"
        return path.read_text().split() if path.exists() else []

    def tell(self, signal: int) -> None:
        self.process.send_signal(signal)

    def exit_code(self, *, within: float = 8.0) -> int:
        return self.process.wait(within)


Perform = Callable[..., Stage]


@pytest.fixture
def perform(tmp_path: Path) -> Iterator[Perform]:
    stages: list[Stage] = []

    def start(grace: float = 5.0, **cast: str) -> Stage:
        stages.append(Stage(tmp_path, grace, cast))
        return stages[-1]

    yield start
    for stage in stages:
        if stage.process.poll() is None:
            supervisor = psutil.Process(stage.process.pid)
            for process in (supervisor, *supervisor.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        stage.process.wait()
