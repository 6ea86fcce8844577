import os
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.entrypoints.cli.main import main

COMMANDS = (
    "serve",
    "migrate",
    "seed",
    "create-admin",
    "keys",
    "replay-events",
    "openapi",
    "mail",
    "audit",
    "doctor",
    "demo",
)


def marketplace(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "marketplace", *arguments]
    return subprocess.run(  # noqa: S603
        command, env={"PATH": os.environ["PATH"], **environ}, capture_output=True, text=True, check=False
    )


def test_help_lists_the_commands_and_hides_the_internal_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    assert all(f"\n    {command}" in shown for command in COMMANDS)
    assert "_http" not in shown


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    assert f"marketplace {command}" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["serve", "migrate", "seed", "create-admin --email a@b.example --username a"])
def test_wrong_settings_are_one_line_and_exit_code_2(command: str, tmp_path: Path) -> None:
    refused = marketplace(*command.split(), DATA_DIR=str(tmp_path), PORT="many")
    assert refused.returncode == 2
    assert refused.stderr.startswith("marketplace: PORT is 'many' but must be a whole number")
    assert refused.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_unreachable_database_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    url = "postgresql://app:hunter2@name.invalid/market"
    refused = marketplace("migrate", DATA_DIR=str(tmp_path), DATABASE_URL=url, REDIS_URL="redis://127.0.0.1:1")
    assert refused.returncode == 1
    assert refused.stderr.startswith("marketplace: PostgreSQL at name.invalid does not answer")
    assert refused.stderr.count("\n") == 1
    assert "hunter2" not in refused.stderr


def test_at_debug_level_the_trace_is_shown(tmp_path: Path) -> None:
    refused = marketplace("migrate", DATA_DIR=str(tmp_path), PORT="many", LOG_LEVEL="debug")
    assert "Traceback" in refused.stderr


def test_a_head_that_is_none_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    refused = marketplace("audit", "verify", "--head", "17:zz", DATA_DIR=str(tmp_path))
    assert refused.returncode == 1
    assert refused.stderr == "marketplace: --head '17:zz' is not NUMBER:HASH; copy it from a line of the logs\n"
    assert list(tmp_path.iterdir()) == []


def test_a_command_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([])
    assert left.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_letters_are_written_to_look_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "letters"
    assert main(["mail", "preview", "--output", str(folder)]) == 0
    assert capsys.readouterr().out == f"225 letters: open {folder / 'index.html'}\n"
    assert len(list(folder.glob("*.html"))) == 226
    assert len(list(folder.glob("*.txt"))) == 225
    assert (folder / "index.html").read_text().count("<a href=") == 225


def test_a_folder_that_cannot_be_written_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["mail", "preview", "--output", str(tmp_path / "file")]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "name another folder" in said


def test_made_listings_are_refused_in_production(tmp_path: Path) -> None:
    secret = "uJ3vYb0h7Qm2Xc9dLr5Tz8Wn1Kp4Sg6Af-Ei_Oy"
    settings = {"ENVIRONMENT": "production", "SECRET_KEY": secret, "ALLOWED_HOSTS": "market.example"}
    refused = marketplace("seed", "--listings", "10", DATA_DIR=str(tmp_path), **settings)
    assert refused.returncode == 1
    assert refused.stderr == "marketplace: made listings are for development and test, this is production\n"
    assert list(tmp_path.iterdir()) == []
