import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from tests.integration.supervisor.conftest import Perform, eventually, lives


@pytest.mark.parametrize("kind", ["polite", "engine"])
def test_what_was_killed_is_started_again(perform: Perform, kind: str) -> None:
    stage = perform(victim=kind, other="polite")
    first, other = stage.pid("victim"), stage.pid("other")

    os.kill(first, signal.SIGKILL)

    assert lives(stage.pid("victim", other_than=first))
    assert stage.pid("other") == other
    assert len([line for line in stage.said() if line.startswith("victim") and "starting it again" in line]) == 1


def test_a_program_that_keeps_failing_is_tried_on_and_reported_twice(perform: Perform) -> None:
    stage = perform(broken="fails", other="polite")
    other = stage.pid("other")
    eventually(lambda: len(stage.said()) == 2)
    sixth = stage.pid("broken")

    assert stage.pid("broken", other_than=sixth)
    assert stage.said()[0] == "broken ended with exit code 3: starting it again"
    assert "fifth time in a row" in stage.said()[1]
    assert stage.pid("other") == other


@pytest.mark.parametrize("kind", ["polite", "stubborn"])
def test_programs_end_when_their_supervisor_is_killed(perform: Perform, kind: str) -> None:
    stage = perform(program=kind)
    program = stage.pid("program")

    stage.tell(signal.SIGKILL)

    eventually(lambda: not lives(program))


@pytest.mark.parametrize("order", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_stop_it_ends_programs_then_engines_in_reverse(perform: Perform, order: int) -> None:
    stage = perform(first="engine", second="engine", program="polite")
    stage.pid("program")
    stage.pid("first")
    stage.pid("second")

    stage.tell(order)

    assert stage.exit_code() == 0
    assert stage.ended() == ["program", "second", "first"]


def test_a_program_that_does_not_end_is_killed_after_the_grace(perform: Perform) -> None:
    stage = perform(grace=0.2, stubborn="stubborn")
    program = stage.pid("stubborn")

    stage.tell(signal.SIGTERM)

    assert stage.exit_code() == 0
    assert not lives(program)


def test_a_second_signal_hastens_the_end(perform: Perform) -> None:
    stage = perform(grace=60.0, stubborn="stubborn")
    stage.pid("stubborn")

    stage.tell(signal.SIGINT)
    eventually(lambda: "stopping (once more to hasten it)" in stage.said())
    stage.tell(signal.SIGINT)

    assert stage.exit_code() == 0


def test_the_terminal_reaches_the_supervisor_alone(perform: Perform) -> None:
    stage = perform(program="polite")
    assert os.getsid(stage.pid("program")) != os.getsid(stage.process.pid)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere process 1 collects orphans")
def test_an_orphan_that_ends_leaves_no_zombie(perform: Perform, tmp_path: Path) -> None:
    stage = perform(parent="leaves-orphan")
    parent = stage.pid("parent")
    orphan = int((tmp_path / "orphan.pid").read_text())
    os.kill(parent, signal.SIGKILL)
    eventually(lambda: psutil.Process(orphan).ppid() == stage.process.pid)

    os.kill(orphan, signal.SIGKILL)

    eventually(lambda: not psutil.pid_exists(orphan))
