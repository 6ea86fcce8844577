import asyncio
from collections.abc import Awaitable, Callable

import asyncpg

CHANNEL = "jobs"
CHECK_EVERY = 5.0


async def listen(dsn: str, wake: Callable[[], None], ready: Callable[[asyncpg.Connection], Awaitable[None]]) -> None:
    """Call `wake` for every NOTIFY, and once at the start for those that were missed; raises when cut off.

    `ready` is called with the connection before that.

    Needs a direct connection: a pooler in transaction mode passes no notifications on.
    """
    lost = asyncio.Event()
    connection = await asyncpg.connect(dsn, timeout=5, server_settings={"application_name": "marketplace-worker"})
    try:
        connection.add_termination_listener(lambda _: lost.set())
        await connection.add_listener(CHANNEL, lambda *_: wake())
        await asyncio.wait_for(ready(connection), CHECK_EVERY)
        wake()
        while True:
            try:
                await asyncio.wait_for(lost.wait(), CHECK_EVERY)
                raise ConnectionError("the database closed the worker's LISTEN connection")
            except TimeoutError:
                await connection.execute("SELECT 1", timeout=CHECK_EVERY)
    finally:
        connection.terminate()
