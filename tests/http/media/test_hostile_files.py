"""Goal X1: over every door by which files come in, a hostile one is refused, or stored as a picture of our own without
a byte of theirs, or as a PDF that does nothing and is only ever downloaded; and nothing grows by it."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from dishka import Provider, Scope, provide
from redis.asyncio import Redis

from marketplace.application.shared.images import ImageEncoder
from marketplace.entrypoints.http.gate import MAX_BODY, MAX_UPLOAD
from tests.builders.hostile_documents import harmless_pdfs, hostile_pdfs, mutants, named_images, other_files
from tests.builders.hostile_images import MARK, bombs, cut_images, dirty_images, no_images
from tests.builders.images import chunks_of
from tests.builders.warm_sandbox import WarmImageEncoder
from tests.engines import Database
from tests.http.identity.house import running_house
from tests.http.media.shop import OCTETS, Shop, opened_shop

PIXELS = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}
OURS = re.compile(r"(?:avatars/[0-9a-f]{32}-(?:64|256|512)|listings/[0-9a-f]{32}-(?:320|800|1600))\.webp"
                  r"|documents/[0-9a-f]{32}\.pdf")  # fmt: skip
Kind = Callable[[], Iterator[tuple[str, bytes]]]
GROWTH = 96 * 1024
"""KiB by which the service may grow at its peak, above all for its copies of 5 MiB."""
SLOWEST = 20.0
"""Seconds for one file, on a machine that does other things too."""
REFUSALS = {"unusable_image", "unusable_document", "body_too_large", "invalid_request"}
NO_PICTURES = (no_images, cut_images, bombs, other_files, hostile_pdfs, harmless_pdfs)
PDFS = (hostile_pdfs, harmless_pdfs)
PICTURES = (dirty_images, named_images)
DOCUMENTS = (*PDFS, other_files)
KINDS = {*NO_PICTURES, *PICTURES, mutants}
FEW = 4
"""Of what is wrong at a glance every fourth is sent: PDFs for pictures, and pictures for PDFs."""


class Warm(Provider):
    def __init__(self, images: ImageEncoder) -> None:
        super().__init__()
        self._images = images

    @provide(scope=Scope.APP, override=True)
    def images(self) -> ImageEncoder:
        return self._images


@pytest.fixture
async def shop(database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Shop]:
    encoder = WarmImageEncoder()
    try:
        async with running_house(database, redis_url, tmp_path, overrides=[Warm(encoder)]) as house:
            yield await opened_shop(house)
    finally:
        encoder.close()


class Doors:
    """`slowest`: seconds that one file took."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._turn = 0
        self._pictures = 0
        self._reports = 0
        self.reports = shop.listing
        self.slowest = 0.0

    async def picture(self, name: str, file: bytes) -> bool:
        """Whether it was taken, by one of the doors for pictures in turn."""
        self._turn += 1
        if self._pictures % 9 == 8:
            self._pictures, self._shop.listing = 0, await self._shop.product()
        began = time.monotonic()
        answer = await self._sent(("avatar", "listing", "avatar", "listing", "upload")[self._turn % 5], name, file)
        self.slowest = max(self.slowest, time.monotonic() - began)
        self._pictures += answer.is_success
        return _is_taken(name, answer)

    async def _sent(self, door: str, name: str, file: bytes) -> httpx.Response:
        if door == "avatar":
            return await self._shop.call("POST", "/users/me/avatar", self._shop.seller, files={"file": (name, file)})
        if door == "listing":
            return await self._shop.send_image(file, name=name)
        return await self._shop.send_in_parts(file, "listing_image")

    async def document(self, name: str, file: bytes) -> bool:
        self._reports += 1
        if self._reports % 10 == 0:
            answer = await self._shop.send_in_parts(file, "document", self.reports)
        else:
            answer = await self._shop.send_document(file, listing=self.reports, name=f"{name}.pdf")
        return _is_taken(name, answer)


def _is_taken(name: str, answer: httpx.Response) -> bool:
    if answer.is_success:
        return True
    problem = answer.json()
    assert "errors" in problem, (name, answer.text)
    fields = [error["field"] for error in problem["errors"]]
    assert (answer.status_code in {413, 422}, problem["code"] in REFUSALS, fields) in (
        (True, True, ["file"]), (True, True, ["size"]),
    ), (name, answer.text)  # fmt: skip
    return False


async def accepted(
    corpus: Mapping[Kind, list[tuple[str, bytes]]],
    door: Callable[[str, bytes], Awaitable[bool]],
    few: Collection[Kind],
) -> dict[Kind, list[str]]:
    """The names of those that came through the door."""
    return {
        kind: [name for name, file in files[:: FEW if kind in few else 1] if await door(name, file)]
        for kind, files in corpus.items()
    }


async def test_what_is_hostile_is_refused_or_becomes_a_file_of_ours(shop: Shop) -> None:
    corpus = {kind: list(kind()) for kind in KINDS}
    names = [name for files in corpus.values() for name, _ in files]
    assert len(set(names)) == len(names) >= 300
    doors, peak = Doors(shop), forget_peak()
    taken, reports = await asyncio.gather(
        accepted(corpus, doors.picture, few=PDFS), accepted(corpus, doors.document, few=KINDS - {*DOCUMENTS})
    )
    assert {kind.__name__: names for kind, names in taken.items() if kind in NO_PICTURES and names} == {}
    for kind in PICTURES:
        assert taken[kind] == [name for name, _ in corpus[kind]]
    assert {kind for kind, names in reports.items() if names} == {harmless_pdfs}
    assert reports[harmless_pdfs] == [name for name, _ in corpus[harmless_pdfs]]
    assert doors.slowest < SLOWEST
    assert peak_memory() - peak < GROWTH
    wanted = {"pdf": len(reports[harmless_pdfs]), "webp": 3 * sum(map(len, taken.values()))}
    assert Counter(key.rpartition(".")[2] for key in shop.files) == wanted
    await _is_harmless(shop, {file for _, file in corpus[harmless_pdfs]})


async def _is_harmless(shop: Shop, harmless: set[bytes]) -> None:
    for key, content in shop.files.items():
        assert OURS.fullmatch(key)
        if key.endswith(".pdf"):
            assert content in harmless
            assert (await shop.fetch(f"/media/{key}")).status_code == 404
        else:
            found = Counter(chunks_of(content))
            assert found.keys() <= PIXELS, key
            assert found.total() == len(found), key
            assert MARK not in content
            assert b"script" not in content
    for url in ["/media/" + next(key for key in shop.files if key.startswith(folder)) for folder in ("avatars", "lis")]:
        answer = await shop.fetch(url)
        assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == ("image/webp", "nosniff")
        assert "sandbox" in answer.headers["content-security-policy"]
    for document in await shop.ids("SELECT id FROM catalog.documents WHERE owner_id = $1", shop.seller.id):
        answer = await shop.fetch(await shop.link(document, shop.seller))
        assert answer.content in harmless
        assert answer.headers["content-disposition"].startswith("attachment")
        assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == (
            "application/pdf", "nosniff",
        )  # fmt: skip
        assert "sandbox" in answer.headers["content-security-policy"]


async def test_what_is_too_large_is_cut_off_while_it_is_read(shop: Shop) -> None:
    upload = (await shop.begin(size=5 * 1024 * 1024)).json()["data"]["id"]
    doors = {
        "/users/me/avatar": ("POST", MAX_UPLOAD), f"/products/{shop.listing}/media": ("POST", MAX_UPLOAD),
        "/documents": ("POST", MAX_UPLOAD), f"/uploads/{upload}/parts/1": ("PUT", MAX_BODY),
    }  # fmt: skip
    for path, (method, most) in doors.items():
        read = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal read
            yield b'--line\r\ncontent-disposition: form-data; name="file"\r\n\r\n'
            while True:
                read += 65_536
                yield bytes(65_536)

        type_ = OCTETS if method == "PUT" else "multipart/form-data; boundary=line"
        answer = await shop.call(method, path, shop.seller, content=endless(), headers={"content-type": type_})
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large"), path
        assert read <= most + 65_536, path


def forget_peak() -> int:
    """The memory of this process now, in KiB; its peak is counted from here."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_memory()


def peak_memory() -> int:
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
