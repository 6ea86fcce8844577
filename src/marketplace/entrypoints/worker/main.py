"""The worker process."""

import asyncio
import signal

import uvloop

from marketplace.entrypoints import starting
from marketplace.entrypoints.wiring.container import build
from marketplace.entrypoints.wiring.settings import Settings
from marketplace.entrypoints.worker.ports import Queue
from marketplace.entrypoints.worker.subscriptions import handlers
from marketplace.entrypoints.worker.worker import Worker

CONCURRENCY = 8


def run(settings: Settings) -> None:
    """Work until SIGTERM, then finish what is under way."""
    uvloop.run(_run(settings))


async def _run(settings: Settings) -> None:
    container = build(settings, pool_size=CONCURRENCY + 4)
    queue = await container.get(Queue)
    worker = Worker(container, queue, handlers, settings.database_url.reveal(), concurrency=CONCURRENCY)
    starting.end()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, worker.stop)
    try:
        await worker.run()
    finally:
        await container.close()
