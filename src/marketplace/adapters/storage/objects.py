import asyncio
import os
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from marketplace.application.shared.storage import (
    ObjectNotFound,
    Storage,
    StorageUnavailable,
    StoredObject,
    content_type_of,
)


def open_store(url: str) -> ObjectStore:
    """Of file:///FOLDER, s3://BUCKET or gs://BUCKET; a folder is made, a bucket's credentials come from its
    provider's usual environment variables (AWS_*, GOOGLE_*)."""
    if url.startswith("file:"):
        return LocalStore.from_url(url, mkdir=True)
    return from_url(
        url,
        client_options={"connect_timeout": "2s", "timeout": "20s", "allow_http": True},  # if AWS_ENDPOINT_URL says so
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=20)},
    )


class ObjectStorage(Storage):
    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._folder = Path(store.prefix or "/") if isinstance(store, LocalStore) else None

    async def put(self, key: str, content: bytes) -> None:
        content_type = content_type_of(key)
        with _refusals():
            if self._folder is None:
                await self._store.put_async(
                    key, content, attributes={"Content-Type": content_type}, use_multipart=False
                )
            else:
                await self._store.put_async(key, content)
                await asyncio.to_thread(_flush, self._folder / key)

    async def get(self, key: str) -> StoredObject:
        content_type = content_type_of(key)
        with _refusals():
            found = await self._store.get_async(key)
        return StoredObject(content_type, found.meta["size"], _chunks(found))

    async def delete(self, key: str) -> None:
        content_type_of(key)
        with _refusals(), suppress(FileNotFoundError):
            await self._store.delete_async(key)

    async def exists(self, key: str) -> bool:
        content_type_of(key)
        with _refusals():
            try:
                await self._store.head_async(key)
            except FileNotFoundError:
                return False
        return True

    async def keys(self, folder: str, before: datetime) -> AsyncIterator[str]:
        with _refusals():
            async for batch in self._store.list(folder):
                for found in batch:
                    if found["last_modified"] < before:
                        yield found["path"]


async def _chunks(found: AsyncIterable[Any]) -> AsyncIterator[bytes]:
    with _refusals():
        async for chunk in found:
            yield bytes(chunk)


def _flush(path: Path) -> None:
    """The file, whole under its name already, outlives a power cut too."""
    for part, flags in ((path, os.O_RDONLY), (path.parent, os.O_RDONLY | os.O_DIRECTORY)):
        descriptor = os.open(part, flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise ObjectNotFound("no such file") from None
    except (BaseError, OSError) as error:
        raise StorageUnavailable("the file storage does not answer, try again") from error
