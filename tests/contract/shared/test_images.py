"""The fake of the unit tests and the sandbox keep one contract."""

import asyncio
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import ExifTags, Image, ImageCms, ImageOps

from marketplace.adapters.images.encoder import SANDBOX, SandboxedImageEncoder, fitted_of
from marketplace.application.shared.images import LARGEST_IMAGE, Fitted, ImageEncoder, UnusableImage
from tests.builders.images import a_jpeg, a_png, a_webp, encoded
from tests.fakes.storage import MemoryImageEncoder


class ImagesContract:
    @pytest.mark.parametrize("upload", [a_jpeg(), a_png(), a_webp()], ids=["jpeg", "png", "webp"])
    async def test_a_picture_becomes_a_webp_for_each_edge(self, images: ImageEncoder, upload: bytes) -> None:
        squares = await images.squares(upload, (16, 64))
        assert list(squares) == [16, 64]
        assert all((image[:4], image[8:12]) == (b"RIFF", b"WEBP") for image in squares.values())
        assert squares[16] != squares[64]

    @pytest.mark.parametrize("upload", [
        b"", b"<svg/>", b"GIF89a" + b"\0" * 200, b"\xff\xd8\xff", a_jpeg() + b"\0" * LARGEST_IMAGE,
    ], ids=["empty", "svg", "gif", "magic", "large"])  # fmt: skip
    async def test_anything_else_is_refused(self, images: ImageEncoder, upload: bytes) -> None:
        with pytest.raises(UnusableImage) as refused:
            await images.squares(upload, (64,))
        assert refused.value.field == "file"

    async def test_a_whole_picture_has_a_file_for_each_width(self, images: ImageEncoder) -> None:
        fitted = await images.fitted(a_png(600, 300), (32, 400))
        assert (fitted.width, fitted.height, list(fitted.files)) == (400, 200, [32, 400])
        assert all((file[:4], file[8:12]) == (b"RIFF", b"WEBP") for file in fitted.files.values())
        with pytest.raises(UnusableImage):
            await images.fitted(b"<svg/>", (32,))


class TestMemoryImages(ImagesContract):
    @pytest.fixture
    def images(self) -> ImageEncoder:
        return MemoryImageEncoder()


class TestSandboxedImages(ImagesContract):
    @pytest.fixture
    def images(self) -> ImageEncoder:
        return SandboxedImageEncoder()

    @pytest.mark.parametrize("orientation", range(1, 9))
    async def test_a_picture_stands_upright(self, images: ImageEncoder, orientation: int) -> None:
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        upload = encoded(quarters(), "JPEG", exif=exif, quality=95)
        wanted = ImageOps.exif_transpose(Image.open(BytesIO(upload)))
        assert wanted is not None
        assert colours(Image.open(BytesIO((await images.squares(upload, (64,)))[64]))) == colours(wanted)

    @pytest.mark.parametrize(
        ("size", "orientation", "wanted"),
        [
            ((300, 200), 1, [(300, 200), (160, 107)]), ((3_000, 1_000), 1, [(800, 267), (160, 53)]),
            ((200, 300), 6, [(300, 200), (160, 107)]), ((1, 30_000), 1, [(1, 3_200), (1, 640)]),
            ((30_000, 1), 1, [(800, 1), (160, 1)]),
        ],
    )  # fmt: skip
    async def test_a_whole_picture_keeps_its_proportion_and_never_grows(
        self, images: ImageEncoder, size: tuple[int, int], orientation: int, wanted: list[tuple[int, int]]
    ) -> None:
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        fitted = await images.fitted(a_jpeg(*size, exif=exif), (800, 160))
        assert [Image.open(BytesIO(file)).size for file in fitted.files.values()] == wanted
        assert (fitted.width, fitted.height) == wanted[0]

    @pytest.mark.parametrize(
        ("image", "seen"),
        [
            (Image.new("I;16", (50, 50), 0x8000), (128, 128, 128)),
            (Image.new("CMYK", (50, 50), (0, 255, 255, 0)), (255, 0, 0)),
            (Image.new("RGBA", (50, 50), (10, 200, 30, 128)), (10, 200, 30, 128)),
            (Image.new("1", (50, 50), 1), (255, 255, 255)),
        ],
        ids=["16 bit", "cmyk", "alpha", "1 bit"],
    )
    async def test_colours_stay(self, images: ImageEncoder, image: Image.Image, seen: tuple[int, ...]) -> None:
        upload = encoded(image, "JPEG" if image.mode == "CMYK" else "PNG")
        shown = Image.open(BytesIO((await images.squares(upload, (64,)))[64])).getpixel((32, 32))
        assert isinstance(shown, tuple)
        assert max(abs(one - other) for one, other in zip(shown, seen, strict=True)) <= 3

    async def test_a_profile_is_applied_before_it_is_dropped(self, images: ImageEncoder) -> None:
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        swapped = srgb.replace(b"rXYZ", b"----").replace(b"gXYZ", b"rXYZ").replace(b"----", b"gXYZ")
        red = Image.new("RGB", (50, 50), (255, 0, 0))
        for profile, seen in ((srgb, (True, False, False)), (swapped, (False, True, False))):
            square = (await images.squares(encoded(red, "PNG", icc_profile=profile), (64,)))[64]
            shown = Image.open(BytesIO(square)).getpixel((32, 32))
            assert isinstance(shown, tuple)
            assert tuple(band > 128 for band in shown) == seen

    @pytest.mark.parametrize("upload", [a_png()[:-40], a_png()[:33] + b"\xff\xff\xff\xffIDAT" + bytes(1_000)])
    async def test_half_a_picture_is_none(self, images: ImageEncoder, upload: bytes) -> None:
        for make in (images.squares, images.fitted):
            with pytest.raises(UnusableImage):
                await make(upload, (64,))

    async def test_many_at_once_wait_for_each_other(self, images: ImageEncoder) -> None:
        answers = await asyncio.gather(*(images.squares(a_png(), (64,)) for _ in range(8)))
        assert len({answer[64] for answer in answers}) == 1


def quarters() -> Image.Image:
    """Black, red, green and blue."""
    image = Image.new("RGB", (100, 100))
    image.paste((255, 0, 0), (50, 0, 100, 50))
    image.paste((0, 255, 0), (0, 50, 50, 100))
    image.paste((0, 0, 255), (50, 50, 100, 100))
    return image


def colours(image: Image.Image) -> list[list[bool]]:
    small = image.convert("RGB").resize((64, 64))
    return [[band > 128 for band in small.getpixel(place)] for place in ((10, 10), (50, 10), (10, 50), (50, 50))]  # type: ignore[union-attr]


ESCAPES = {
    "a file": "open('/etc/hostname')",
    "a new file": "open('escaped', 'w')",
    "a socket": "__import__('_socket').socket()",
    "memory": "bytearray(2 << 30)",
    "a long answer": "[sys.stdout.buffer.write(bytes(1 << 20)) for _ in range(9)]",
}


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES.keys())
def test_the_sandbox_gives_no_way_out(escape: str, tmp_path: Path) -> None:
    program = f"import _socket, runpy, sys\nsandbox = runpy.run_path({str(SANDBOX)!r})\nsandbox['_confine']()\n{escape}"
    with (tmp_path / "answer").open("wb") as answer:
        ended = subprocess.run(  # noqa: S603
            [sys.executable, "-I", "-c", program], stdin=subprocess.DEVNULL, stdout=answer, stderr=subprocess.PIPE,
            cwd=tmp_path, text=True, timeout=20,
        )  # fmt: skip
    assert ended.returncode != 0
    assert re.search(r"Too many open files|MemoryError|File too large", ended.stderr), ended.stderr
    assert not (tmp_path / "escaped").exists()


def test_a_sandbox_that_speaks_nonsense_is_not_believed() -> None:
    for answer in (
        b"", b"ok", b"ok 5\n", b"ok -1 5 1 2\n", b"ok a b c d\n", b"refused because\n", b"\xff", b"ok 9 9 1 2 3\nxyz",
    ):  # fmt: skip
        with pytest.raises(UnusableImage):
            fitted_of(answer, (16, 64))
    assert fitted_of(b"ok 9 8 1 2\nabc", (16, 64)) == Fitted(9, 8, {16: b"a", 64: b"bc"})
