"""A worker process that is killed in the middle of its job: `python -m tests.integration.jobs.doomed_worker DSN`."""

import asyncio
import sys
from uuid import UUID

from dishka import AsyncContainer

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from tests.integration.jobs.house import House, write


async def main(dsn: str) -> None:
    house = House(dsn, Pool(dsn, size=10))

    @house.handlers.timer("doomed")
    async def doomed(container: AsyncContainer, subject: UUID) -> None:
        async with await container.get(SqlTransaction) as transaction:
            await write(transaction, "doomed", subject, 0)
            print("in the middle", flush=True)  # noqa: T201 - the parent waits for this line
            await asyncio.Event().wait()

    await house.worker().run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
