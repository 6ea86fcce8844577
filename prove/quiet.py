import asyncio
import time

import asyncpg

from prove.checkers import QUIET


async def until_quiet(dsn: str, limit: float = 60) -> list[str]:
    """Wait until every due job is done and every payment settled; what is left by then is a violation."""
    connection = await asyncpg.connect(dsn)
    try:
        until = time.monotonic() + limit
        while left := await connection.fetchval(QUIET):
            if time.monotonic() > until:
                return [f"not quiet after {limit:.0f} s: {left} jobs or payments are open"]
            await asyncio.sleep(0.05)
        return []
    finally:
        await connection.close()
