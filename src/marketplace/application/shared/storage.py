"""Objects: files by key, on a disk or in a bucket."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marketplace.domain.shared.errors import NotFound, Unavailable

CONTENT_TYPES: Mapping[str, str] = {
    "pdf": "application/pdf", "webp": "image/webp", "csv": "text/csv", "jsonl": "application/jsonl",
    "upload": "application/octet-stream",
}  # fmt: skip
"""By the ending of a key: what we store is of these types only."""

_KEY = re.compile(r"(?:[a-z0-9-]+/)+[a-z0-9-]+\.(?P<ending>[a-z0-9]+)")


class ObjectNotFound(NotFound):
    code = "object_not_found"


class StorageUnavailable(Unavailable):
    code = "storage_unavailable"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """`size` is in bytes; `chunks` can be read once."""

    content_type: str
    size: int
    chunks: AsyncIterator[bytes]

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self.chunks])


class Storage(Protocol):
    """Keys are made by us, `avatars/NAME-64.webp`, never of what a client calls a file; others raise ValueError.

    Everything raises StorageUnavailable; none of it is called inside a transaction.
    """

    async def put(self, key: str, content: bytes) -> None:
        """Whole or not at all, and durable once it returns; an object of this key is replaced."""
        ...

    async def get(self, key: str) -> StoredObject:
        """Raises ObjectNotFound."""
        ...

    async def delete(self, key: str) -> None:
        """What is not there is deleted already."""
        ...

    async def exists(self, key: str) -> bool: ...

    def keys(self, folder: str, before: datetime) -> AsyncIterator[str]:
        """Those of a folder, `avatars`, that were last put before then, in no order; meant for millions."""
        ...


def content_type_of(key: str) -> str:
    """Raises ValueError for what is not a key."""
    found = _KEY.fullmatch(key)
    if found is None or found["ending"] not in CONTENT_TYPES:
        raise ValueError(f"{key!r} is not a storage key")
    return CONTENT_TYPES[found["ending"]]
