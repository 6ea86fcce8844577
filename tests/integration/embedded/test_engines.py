"""What holds for both engines alike: one process per folder, started, adopted, killed and brought back."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from marketplace.adapters.embedded.engine import LARGEST_LOG, Engine, alive
from marketplace.adapters.embedded.errors import EngineError
from tests.engines import eventually
from tests.integration.embedded.conftest import Make, as_nobody

START_AND_DIE = """
import os, signal, sys
from pathlib import Path
from marketplace.adapters.embedded.{kind} import {name}
engine = {name}(Path(sys.argv[1]){options})
engine.start()
print(engine.pid, flush=True)
sys.stdin.read()
os.kill(os.getpid(), signal.SIGKILL)
"""


once = pytest.mark.parametrize("new_engine", ["wheel", "valkey"], indirect=True)
"""For tests that initialise a folder, which takes a second, and where versions do not differ."""


def pid_of(engine: Engine) -> int:
    assert engine.pid is not None
    return engine.pid


def starter(engine: Engine) -> "subprocess.Popen[str]":
    """Another process that starts such an engine, prints its pid and is killed when its input ends."""
    bin_dir = getattr(engine, "_bin_dir", None)
    options = f", bin_dir=Path({str(bin_dir)!r})" if bin_dir else ""
    script = START_AND_DIE.format(kind=engine.kind, name=type(engine).__name__, options=options)
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", script, str(engine._data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": "src"},
    )


def answer_of(process: "subprocess.Popen[str]") -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def end(adopted: Engine) -> None:
    process = psutil.Process(adopted.pid)
    process.send_signal(adopted.stop_signal)
    eventually(lambda: not alive(process))


def refusal(engine: Engine) -> str:
    with pytest.raises(EngineError) as refused:
        engine.start()
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_it_does_not_run_before_its_start_and_after_its_stop(new_engine: Make[Engine]) -> None:
    engine = new_engine()
    assert not engine.is_running()
    engine.start()
    assert engine.is_running()
    first = engine.pid
    engine.start()
    assert engine.pid == first
    engine.stop()
    assert not engine.is_running()
    assert engine.pid is None
    engine.stop()


def test_a_second_object_adopts_the_engine_and_leaves_it_alone(new_engine: Make[Engine]) -> None:
    first, second = new_engine(), new_engine()
    first.start()
    second.start()
    assert second.pid == first.pid
    second.stop()
    assert first.is_running()
    first.stop()
    assert not second.is_running()


def test_a_killed_engine_is_seen_and_comes_back(new_engine: Make[Engine]) -> None:
    engine = new_engine()
    engine.start()
    for _ in range(3):
        killed = pid_of(engine)
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: not engine.is_running())
        engine.start()
        assert engine.is_running()
        assert engine.pid != killed


def test_a_zombie_does_not_run_and_is_not_in_the_way(new_engine: Make[Engine]) -> None:
    parent, adopter = new_engine(), new_engine()
    parent.start()
    adopter.start()
    killed = psutil.Process(pid_of(parent))
    os.kill(killed.pid, signal.SIGKILL)
    eventually(lambda: killed.status() == psutil.STATUS_ZOMBIE)
    assert not adopter.is_running()
    adopter.start()
    assert adopter.is_running()
    assert killed.status() == psutil.STATUS_ZOMBIE


def test_a_process_that_took_the_dead_engines_number_is_not_in_the_way(new_engine: Make[Engine]) -> None:
    engine = new_engine()
    engine.start()
    os.kill(pid_of(engine), signal.SIGKILL)
    eventually(lambda: not engine.is_running())
    stranger = engine._account.popen(["sleep", "60"])
    try:
        pid_file = engine._folder / engine.pid_file
        _, newline, rest = pid_file.read_text().partition("\n")
        pid_file.write_text(f"{stranger.pid}{newline}{rest}")
        engine.start()
        assert engine.pid != stranger.pid
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.communicate()


def test_the_engine_of_a_killed_program_is_adopted(new_engine: Make[Engine]) -> None:
    engine = new_engine()
    with starter(engine) as program:
        pid = answer_of(program)
        program.communicate("")
    assert program.returncode == -signal.SIGKILL
    engine.start()
    assert engine.pid == pid
    assert engine.is_running()
    end(engine)


@once
def test_two_programs_may_start_it_at_once(new_engine: Make[Engine], data_dir: Path) -> None:
    engine = new_engine(data_dir)
    with starter(engine) as one, starter(engine) as other:
        pids = {answer_of(one), answer_of(other)}
        engine.start()
        assert pids == {engine.pid}
        one.communicate("")
        other.communicate("")
    end(engine)


def test_two_watchers_of_a_killed_engine_bring_back_one(new_engine: Make[Engine]) -> None:
    engines = [new_engine(), new_engine()]
    for engine in engines:
        engine.start()
    os.kill(pid_of(engines[0]), signal.SIGKILL)
    threads = [threading.Thread(target=engine.start) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert engines[0].pid == engines[1].pid
    assert all(engine.is_running() for engine in engines)


@once
def test_two_data_folders_have_an_engine_each(new_engine: Make[Engine], data_dir: Path) -> None:
    one, other = new_engine(), new_engine(data_dir)
    one.start()
    other.start()
    assert one.pid != other.pid
    one.stop()
    assert other.is_running()


@once
def test_a_long_path_is_no_obstacle(new_engine: Make[Engine], data_dir: Path) -> None:
    deep = data_dir / ("long, and with a comma " * 4) / ("longer" * 10)
    engine, second = new_engine(deep), new_engine(deep)
    engine.start()
    second.start()
    assert second.pid == engine.pid
    folder = engine._socket.parent
    assert len(str(folder)) < 100
    assert folder.stat().st_mode & 0o777 == 0o700
    engine.stop()
    folder.rmdir()


def test_the_data_is_closed_to_others_and_reached_by_no_network(new_engine: Make[Engine]) -> None:
    engine = new_engine()
    engine.start()
    assert (engine._folder).stat().st_mode & 0o777 == 0o700
    connections = psutil.Process(pid_of(engine)).net_connections()
    assert [found for found in connections if found.family != socket.AF_UNIX] == []


def test_a_taken_socket_is_refused(new_engine: Make[Engine]) -> None:
    engine = new_engine()
    engine.start()
    path = engine._socket
    engine.stop()
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as taker:
        taker.bind(str(path))
        taker.listen()
        assert "is taken by another program" in refusal(engine)
    engine.start()


def test_a_socket_file_that_nobody_serves_is_replaced(new_engine: Make[Engine]) -> None:
    engine = new_engine()
    engine.start()
    path = engine._socket
    engine.stop()
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    engine.start()
    assert engine.is_running()


def test_a_data_folder_below_a_file_is_refused(new_engine: Make[Engine], data_dir: Path) -> None:
    (data_dir / "file").write_text("")
    assert "set DATA_DIR" in refusal(new_engine(data_dir / "file" / "data"))


def test_a_folder_without_rights_is_refused(new_engine: Make[Engine], data_dir: Path) -> None:
    engine = new_engine(data_dir / "data")
    if os.geteuid() == 0:
        assert as_nobody(lambda: refusal(engine)) == (
            f"{engine.title} cannot use {data_dir}/data: Permission denied; set DATA_DIR to a folder you may write to"
        )
    else:
        data_dir.chmod(0o500)
        assert "Permission denied; set DATA_DIR" in refusal(engine)


def test_an_opened_folder_is_refused_and_left_as_it_was(new_engine: Make[Engine]) -> None:
    engine = new_engine()
    engine.start()
    engine.stop()
    engine._folder.chmod(0o750)
    try:
        assert "is open to other users: chmod 700" in refusal(engine)
        assert engine._folder.stat().st_mode & 0o777 == 0o750
    finally:
        engine._folder.chmod(0o700)


def test_the_log_is_kept_small(new_engine: Make[Engine]) -> None:
    engine = new_engine()
    engine.start()
    with engine._log.open("ab") as log:
        log.truncate(LARGEST_LOG + 1)
    assert engine.is_running()
    assert engine._log.stat().st_size == 0
