"""Goal X1, images: refused, or stored as our own file without a byte of theirs; and nothing grows by it."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.builders.hostile_images import MARK, bombs, cut_images, dirty_images, no_images
from tests.builders.images import chunks_of
from tests.http.identity.house import House
from tests.http.identity.test_avatar import send, shown

PIXELS = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}
GROWTH = 96 * 1024
"""KiB by which the service may grow at its peak, above all for its copies of 5 MiB."""
SLOWEST = 20.0
"""Seconds for one file, on a machine that does other things too."""


@pytest.mark.parametrize("kind", [no_images, cut_images, bombs], ids=lambda kind: kind.__name__)
async def test_what_is_no_whole_image_is_refused(house: House, kind: Callable[[], Iterator[tuple[str, bytes]]]) -> None:
    token = (await house.registered())["access_token"]
    files, peak = list(kind()), forget_peak()
    for name, file in files:
        started = time.monotonic()
        answer = await send(house, token, file, name=f"../../{name}.webp")
        code = "body_too_large" if answer.status_code == 413 else "unusable_image"
        assert (answer.status_code in {413, 422}, answer.json()["code"]) == (True, code), (name, answer.text)
        assert [error["field"] for error in answer.json()["errors"]] == ["file"], name
        assert time.monotonic() - started < SLOWEST, name
    assert files_of(house) == {}
    assert peak_memory() - peak < GROWTH


async def test_an_image_is_stored_without_what_came_along(house: House) -> None:
    token = (await house.registered())["access_token"]
    files, peak = list(dirty_images()), forget_peak()
    for name, file in files:
        started = time.monotonic()
        answer = await send(house, token, file, name=f"{name}.html")
        assert answer.status_code == 200, (name, answer.text)
        assert time.monotonic() - started < SLOWEST, name
        webp = await shown(house, answer.json()["data"]["avatar_url"])
        found = Counter(chunks_of(webp))
        assert found.keys() <= PIXELS, name
        assert found.total() == len(found), name
    stored = files_of(house)
    assert len(stored) == 3 * len(files)
    assert [path for path, content in stored.items() if MARK in content or b"script" in content] == []
    assert peak_memory() - peak < GROWTH


def test_the_corpus_is_large() -> None:
    names = [name for kind in (no_images, cut_images, bombs, dirty_images) for name, _ in kind()]
    assert len(set(names)) == len(names) >= 120


def files_of(house: House) -> dict[Path, bytes]:
    folder = house.settings.data_dir / "files"
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def forget_peak() -> int:
    """The memory of this process now, in KiB; its peak is counted from here."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_memory()


def peak_memory() -> int:
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
