"""`python -m tests.http.access [WORD...]`: what the service decides now, as rows of docs/security/access.tsv.

All operations, or those that have a WORD in their name. It is for a person to judge whether the rows should be so.
"""

import asyncio
import logging
import sys

import structlog

from tests.engines import copied_database, migrated_template, open_folder, running_engines
from tests.http.access.asking import answers
from tests.http.access.scene import running_stage
from tests.http.access.table import HEADER, operations, row


async def main(words: list[str]) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with (
        open_folder() as folder,
        running_engines(0) as engines,
        migrated_template(engines) as template,
        copied_database(engines, template) as database,
    ):
        async with running_stage(database, engines.redis_url, folder) as stage:
            sys.stdout.write(f"{HEADER}\n")
            for operation in operations():
                if not words or any(word in operation for word in words):
                    observed = [answer async for answer in answers(stage, operation, {})]
                    line = row(operation, {one.kind: one.decision for one in observed})
                    sys.stdout.write(f"{line}\n")
                    if not any(one.response.is_success for one in observed):
                        sys.stderr.write(f"nobody gets through: {observed[-1].response.text}\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
