import asyncio
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import DEVNULL, TimeoutExpired, run
from tempfile import TemporaryFile

from marketplace.application.shared.images import LARGEST_IMAGE, Fitted, ImageEncoder, ImagesBusy, UnusableImage

SANDBOX = Path(__file__).with_name("sandbox.py")
TIMEOUT = 15.0
"""Seconds for one image; the largest take one."""
PATIENCE = 10.0
"""Seconds a caller waits for a slot."""
SLOTS = 1
"""Images worked on at once in each process of the service: one can take 720 MB for a second."""

REASONS = {
    b"damaged": "cannot be read as an image; save it again as JPEG, PNG or WebP",
    b"pixels": "has more than 40 megapixels; make it smaller",
}


class SandboxedImageEncoder(ImageEncoder):
    """One short-lived process for each image: starting it costs 40 ms of the 150 ms that a photo takes.

    It is started from a thread by `subprocess`, as uvloop's own way copies the service's memory map and leaves the
    listening socket open in the child.
    """

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(SLOTS)

    async def squares(self, upload: bytes, edges: Sequence[int]) -> Mapping[int, bytes]:
        return (await self._encoded("squares", upload, edges)).files

    async def fitted(self, upload: bytes, widths: Sequence[int]) -> Fitted:
        return await self._encoded("fitted", upload, widths)

    async def _encoded(self, way: str, upload: bytes, edges: Sequence[int]) -> Fitted:
        if len(upload) > LARGEST_IMAGE:
            raise UnusableImage("has at most 5 MiB", field="file")
        if not _looks_right(upload):
            raise UnusableImage("must be a JPEG, PNG or WebP image", field="file")
        try:
            await asyncio.wait_for(self._slots.acquire(), PATIENCE)
        except TimeoutError:
            raise ImagesBusy("too many images arrive at this moment, try again") from None
        try:
            answer = await asyncio.to_thread(self.ask, upload, way, edges)
        finally:
            self._slots.release()
        return fitted_of(answer, edges)

    def ask(self, upload: bytes, way: str, edges: Sequence[int]) -> bytes:
        """The sandbox's answer, empty when it died of the image; called in a thread."""
        command = [sys.executable, "-I", str(SANDBOX), way, *map(str, edges)]
        with TemporaryFile() as answer:  # a file, as the size of one is limited
            try:
                ended = run(command, input=upload, stdout=answer, stderr=DEVNULL, env={}, timeout=TIMEOUT, check=False)  # noqa: S603
            except TimeoutExpired:
                return b""
            if ended.returncode > 0:
                raise RuntimeError(f"the image sandbox fails; see what `python -I {SANDBOX} squares 64 < IMAGE` says")
            answer.seek(0)
            return answer.read() if ended.returncode == 0 else b""


def _looks_right(upload: bytes) -> bool:
    """Spares a process for most of what is no image at all."""
    if upload.startswith(b"RIFF"):
        return upload[8:12] == b"WEBP"
    return upload.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


def fitted_of(answer: bytes, edges: Sequence[int]) -> Fitted:
    """Trusts nothing: whoever took the sandbox over may answer anything."""
    line, _, rest = answer.partition(b"\n")
    if not re.fullmatch(rb"ok(?: [0-9]{1,7}){%d}" % (2 + len(edges)), line):
        raise UnusableImage(REASONS.get(line.removeprefix(b"refused "), REASONS[b"damaged"]), field="file")
    width, height, *lengths = map(int, line.split()[1:])
    files = {}
    for edge, length in zip(edges, lengths, strict=True):
        files[edge] = rest[:length]
        rest = rest[length:]
    return Fitted(width, height, files)
