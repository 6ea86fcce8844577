"""In-memory files and a mill that does not look at pictures; proven by tests/contract/shared."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from marketplace.application.shared.images import LARGEST_IMAGE, Fitted, ImageEncoder, UnusableImage
from marketplace.application.shared.storage import (
    ObjectNotFound,
    Storage,
    StorageUnavailable,
    StoredObject,
    content_type_of,
)
from tests.builders.identity import NOON


class MemoryStorage(Storage):
    """`unreachable`: nothing arrives. `put_at`: when an object was last put, NOON for all that are not named."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.put_at: dict[str, datetime] = {}
        self.unreachable = False

    async def put(self, key: str, content: bytes) -> None:
        content_type_of(key)
        self._reach()
        self.objects[key] = content

    async def get(self, key: str) -> StoredObject:
        content_type = content_type_of(key)
        self._reach()
        if key not in self.objects:
            raise ObjectNotFound("no such file")
        return StoredObject(content_type, len(self.objects[key]), _in_halves(self.objects[key]))

    async def delete(self, key: str) -> None:
        content_type_of(key)
        self._reach()
        self.objects.pop(key, None)

    async def exists(self, key: str) -> bool:
        content_type_of(key)
        self._reach()
        return key in self.objects

    async def keys(self, folder: str, before: datetime) -> AsyncIterator[str]:
        self._reach()
        for key in list(self.objects):
            if key.startswith(f"{folder}/") and self.put_at.get(key, NOON) < before:
                yield key

    def _reach(self) -> None:
        if self.unreachable:
            raise StorageUnavailable("the file storage does not answer, try again")


async def _in_halves(content: bytes) -> AsyncIterator[bytes]:
    middle = len(content) // 2
    yield content[:middle]
    yield content[middle:]


class MemoryImageEncoder(ImageEncoder):
    """Takes whatever begins like a picture for one of 600 x 300, and answers with what begins like a WebP."""

    async def squares(self, upload: bytes, edges: Sequence[int]) -> Mapping[int, bytes]:
        if (
            len(upload) > LARGEST_IMAGE
            or len(upload) < 100
            or not upload.startswith((b"\xff\xd8", b"\x89PNG", b"RIFF"))
        ):
            raise UnusableImage("must be a JPEG, PNG or WebP image of at most 5 MiB", field="file")
        return {edge: b"RIFF\0\0\0\0WEBP%d" % edge for edge in edges}

    async def fitted(self, upload: bytes, widths: Sequence[int]) -> Fitted:
        width = min(600, max(widths))
        return Fitted(width, width // 2, await self.squares(upload, widths))
