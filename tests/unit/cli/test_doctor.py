import socket
from pathlib import Path

import pytest

from marketplace.entrypoints.cli import doctor
from simulators.push import PushSimulator

NOWHERE = {"DATABASE_URL": "postgresql://app:hunter2@127.0.0.1:1/market", "REDIS_URL": "redis://127.0.0.1:1"}


def examine(capsys: pytest.CaptureFixture[str], environ: dict[str, str]) -> tuple[int, dict[str, str]]:
    """The exit code, and each finding's line by its name."""
    code = doctor.main(environ)
    lines = capsys.readouterr().out.splitlines()
    return code, {line.split()[1]: line for line in lines}


def test_engines_that_do_not_answer_are_wrong_and_their_passwords_hidden(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines = examine(capsys, {**NOWHERE, "DATA_DIR": str(tmp_path), "PORT": "0"})
    assert code == 1
    assert lines["DATABASE_URL"].startswith("wrong")
    assert "start PostgreSQL, or correct DATABASE_URL" in lines["DATABASE_URL"]
    assert "start Valkey, or correct REDIS_URL" in lines["REDIS_URL"]
    assert "hunter2" not in "".join(lines.values())
    assert all(lines[name].startswith("ok ") for name in ("PYTHON", "SETTINGS", "DATA_DIR", "PORT"))


def test_all_broken_settings_are_reported_and_the_rest_examined(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {"DATABASE_URL": "market.db", "PORT": "many", "RATE_LIMIT_LOGN": "1/day", "DATA_DIR": str(tmp_path)}
    code, lines = examine(capsys, environ)
    assert code == 1
    assert all(lines[name].startswith("wrong") for name in ("DATABASE_URL", "PORT", "RATE_LIMIT_LOGN", "ENGINES"))
    assert lines["DATA_DIR"].startswith("ok ")
    assert "first mend DATABASE_URL" in lines["ENGINES"]


def test_production_needs_names_and_mail_and_no_simulator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environ = {**NOWHERE, "ENVIRONMENT": "production", "FAKE_GATEWAY_SEED": "1", "DATA_DIR": str(tmp_path), "PORT": "0"}
    _, lines = examine(capsys, environ)
    assert all(lines[name].startswith("wrong") for name in ("SECRET_KEY", "ALLOWED_HOSTS", "MAIL", "FAKE_GATEWAY_SEED"))


def test_who_relays_calls_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environ = {**NOWHERE, "DATA_DIR": str(tmp_path), "PORT": "0"}
    assert "reach each other directly" in examine(capsys, environ)[1]["TURN_URL"]
    turn = {"TURN_URL": "turn:turn.example.com,turns:turn.example.com:443", "TURN_SECRET": "north"}
    line = examine(capsys, {**environ, **turn})[1]["TURN_URL"]
    assert line.startswith("ok ")
    assert line.endswith("turn:turn.example.com, turns:turn.example.com:443")
    assert "is missing" in examine(capsys, {**environ, "TURN_URL": turn["TURN_URL"]})[1]["TURN_SECRET"]


def test_it_says_how_pushes_go_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = {**NOWHERE, "DATA_DIR": str(tmp_path), "PORT": "0"}
    code, lines = examine(capsys, given)
    assert "follows from SECRET_KEY" in lines["PUSH_TO_BROWSERS"]
    assert "not sent" in lines["PUSH_TO_PHONES"]
    credentials = PushSimulator(project="my-market").credentials("https://oauth2.googleapis.com/token")
    code, lines = examine(capsys, {**given, "VAPID_PRIVATE_KEY": f"{'A' * 42}E", "FCM_CREDENTIALS": credentials})
    assert "with VAPID_PRIVATE_KEY" in lines["PUSH_TO_BROWSERS"]
    assert "project my-market" in lines["PUSH_TO_PHONES"]
    code, lines = examine(capsys, {**given, "FCM_CREDENTIALS": "{}"})
    assert code == 1
    assert lines["FCM_CREDENTIALS"].startswith("wrong")


def test_a_port_that_somebody_else_has_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0)
        port = str(other.getsockname()[1])
        _, lines = examine(capsys, {"DATA_DIR": str(tmp_path), "PORT": port, "DATABASE_URL": "x"})
    assert lines["PORT"].startswith("wrong")
    assert "taken by another program" in lines["PORT"]


def test_an_unusable_data_folder_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    code, lines = examine(capsys, {"DATA_DIR": str(tmp_path / "file" / "data")})
    assert code == 1
    assert lines["DATA_DIR"].startswith("wrong")
