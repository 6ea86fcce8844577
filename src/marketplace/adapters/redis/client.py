"""Valkey holds what may be lost: codes, tickets, caches. Nothing here is the truth about anything."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, RedisError

from marketplace.domain.shared.errors import Unavailable

PATIENCE = 1.0
"""Seconds for a connection, and again for an answer."""


class CacheUnavailable(Unavailable):
    code = "cache_unavailable"


def connect(url: str, *, size: int = 20) -> Redis:
    """`url` is redis://, rediss:// or unix://; answers come as bytes. A dropped connection is tried once more."""
    pool = BlockingConnectionPool.from_url(
        url, max_connections=size, timeout=PATIENCE, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
    )  # fmt: skip
    return Redis.from_pool(pool)


@contextmanager
def refusals() -> Iterator[None]:
    """Valkey's own troubles leave the block as CacheUnavailable."""
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise CacheUnavailable("the cache does not answer, try again") from error
