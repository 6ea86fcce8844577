"""The import contracts of pyproject.toml hold, and each is seen red on a violation planted in a copy of the package."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLANTED = {
    "Dependencies point inward": ("domain/trading/negotiation.py", "import marketplace.application.trading.ports"),
    "Domain contexts do not know each other": ("domain/catalog/listing.py", "import marketplace.domain.trading"),
    "Application contexts do not know each other": (
        "application/catalog/listings.py",
        "import marketplace.application.trading",
    ),
    "Domain is plain Python": ("domain/ordering/order.py", "import msgspec"),
    "Application does no I/O": ("application/payments/payments.py", "import asyncpg"),
    "Outbound HTTP goes through adapters/egress.py": ("adapters/mail/sendgrid.py", "import httpx"),
    "Only wiring builds adapters": ("entrypoints/http/catalog.py", "import marketplace.adapters.clock"),
}


def lint(source: Path) -> str:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    environ = os.environ | {"PYTHONPATH": str(source), "PYTHONSAFEPATH": "1"}
    run = subprocess.run(  # noqa: S603 - our own interpreter and words
        [*command, "--no-cache", "--config", str(ROOT / "pyproject.toml")],
        cwd=source, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return run.stdout + run.stderr


@pytest.mark.parametrize("contract", PLANTED)
def test_each_contract_is_seen_red(contract: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    file, line = PLANTED[contract]
    target = tmp_path / "src" / "marketplace" / file
    target.write_text(f"{line}\n{target.read_text()}")
    assert f"{contract} BROKEN" in lint(tmp_path / "src")


def test_all_contracts_hold() -> None:
    output = lint(ROOT / "src")
    assert f"Contracts: {len(PLANTED)} kept, 0 broken." in output, output


def test_the_shared_domain_stays_small() -> None:
    lines = sum(len(file.read_text().splitlines()) for file in (ROOT / "src/marketplace/domain/shared").glob("*.py"))
    assert lines <= 300


def test_files_stay_readable() -> None:
    long = {
        str(file.relative_to(ROOT)): count
        for file in (ROOT / "src").rglob("*.py")
        if (count := len(file.read_text().splitlines())) > 340
    }
    assert long == {}
