"""A process that was killed is back soon only if its start imports no more than a start needs."""

import subprocess
import sys

NOT_AT_A_START = {
    "PIL", "aiohttp", "alembic", "fpdf", "pint", "requests", "rich", "sqlalchemy.ext.asyncio", "sqlalchemy.orm",
    "stripe", "webauthn", "zxcvbn",
}  # fmt: skip
START = """
import sys
from marketplace.entrypoints import starting
starting.begin()
from marketplace.entrypoints.cli import main
from marketplace.entrypoints.http import server
from marketplace.entrypoints.worker import main
print(*(name for name, module in sys.modules.items() if module))
"""


def test_a_start_imports_nothing_that_few_requests_need() -> None:
    started = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)  # noqa: S603
    assert set(started.stdout.split()) & NOT_AT_A_START == set()
