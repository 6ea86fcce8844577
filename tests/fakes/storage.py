"""In-memory files and a mill that does not look at pictures; proven by tests/contract/shared."""

from collections.abc import AsyncIterator, Mapping, Sequence

from marketplace.application.shared.images import LARGEST_IMAGE, ImageEncoder, UnusableImage
from marketplace.application.shared.storage import (
    ObjectNotFound,
    Storage,
    StorageUnavailable,
    StoredObject,
    content_type_of,
)


class MemoryStorage(Storage):
    """`unreachable`: nothing arrives."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
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

    def _reach(self) -> None:
        if self.unreachable:
            raise StorageUnavailable("the file storage does not answer, try again")


async def _in_halves(content: bytes) -> AsyncIterator[bytes]:
    middle = len(content) // 2
    yield content[:middle]
    yield content[middle:]


class MemoryImageEncoder(ImageEncoder):
    """Takes whatever begins like a picture for one, and answers with something that begins like a WebP."""

    async def squares(self, upload: bytes, edges: Sequence[int]) -> Mapping[int, bytes]:
        if (
            len(upload) > LARGEST_IMAGE
            or len(upload) < 100
            or not upload.startswith((b"\xff\xd8", b"\x89PNG", b"RIFF"))
        ):
            raise UnusableImage("must be a JPEG, PNG or WebP image of at most 5 MiB", field="file")
        return {edge: b"RIFF\0\0\0\0WEBP%d" % edge for edge in edges}
