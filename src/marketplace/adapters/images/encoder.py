import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from marketplace.application.shared.images import LARGEST_IMAGE, ImageEncoder, ImagesBusy, UnusableImage

SANDBOX = Path(__file__).with_name("sandbox.py")
TIMEOUT = 15.0
"""Seconds for one image, twice what the largest takes on a slow machine."""
PATIENCE = 10.0
"""Seconds a caller waits for a slot."""
SLOTS = 1
"""Images worked on at once in each process of the service: one can take 720 MB for a second."""
LARGEST_ANSWER = 1_048_576
"""Bytes of one encoded image, several times what a square of 512 pixels needs."""

REASONS = {
    "damaged": "cannot be read as an image; save it again as JPEG, PNG or WebP",
    "pixels": "has more than 40 megapixels; make it smaller",
}


class SandboxedImageEncoder(ImageEncoder):
    """One short-lived process for each image: starting it costs 40 ms of the 150 ms that a photo takes."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(SLOTS)

    async def squares(self, upload: bytes, edges: Sequence[int]) -> Mapping[int, bytes]:
        if len(upload) > LARGEST_IMAGE:
            raise UnusableImage("has at most 5 MiB", field="file")
        if not _looks_right(upload):
            raise UnusableImage("must be a JPEG, PNG or WebP image", field="file")
        try:
            await asyncio.wait_for(self._slots.acquire(), PATIENCE)
        except TimeoutError:
            raise ImagesBusy("too many images arrive at this moment, try again") from None
        try:
            images = await _encoded(upload, edges)
        finally:
            self._slots.release()
        return dict(zip(edges, images, strict=True))


def _looks_right(upload: bytes) -> bool:
    """Spares a process for most of what is no image at all."""
    return upload.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (upload[:4], upload[8:12]) == (
        b"RIFF",
        b"WEBP",
    )


async def _encoded(upload: bytes, edges: Sequence[int]) -> list[bytes]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(SANDBOX), *map(str, edges), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}
    )
    try:
        async with asyncio.timeout(TIMEOUT):
            return await _exchange(process, upload)
    except (TimeoutError, asyncio.IncompleteReadError, ValueError):
        raise UnusableImage(REASONS["damaged"], field="file") from None
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _exchange(process: Process, upload: bytes) -> list[bytes]:
    """Raises IncompleteReadError or ValueError when the process dies of the image, or is not itself any more."""
    to, answer = process.stdin, process.stdout
    assert to is not None  # noqa: S101 - both are pipes
    assert answer is not None  # noqa: S101
    with suppress(ConnectionError):
        to.write(upload)
        await to.drain()
        to.close()
    line = (await answer.readline()).decode("ascii").split()
    match line:
        case ["ok", *lengths] if all(int(length) <= LARGEST_ANSWER for length in lengths):
            return [await answer.readexactly(int(length)) for length in lengths]
        case ["refused", reason] if reason in REASONS:
            raise UnusableImage(REASONS[reason], field="file")
        case [] if await process.wait() > 0:
            raise RuntimeError(f"the image sandbox does not start; see what `python -I {SANDBOX}` says")
    raise ValueError("the process died, or speaks as ours does not")
