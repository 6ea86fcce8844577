"""The migrations' files, told without Alembic: importing it takes a good part of a process's start."""

from pathlib import Path

MIGRATIONS = Path(__file__).parents[4] / "migrations"


def newest_revision() -> str:
    return max(file.stem for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))
