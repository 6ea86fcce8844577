"""The fake of the unit tests and the sandbox keep one contract."""

import pytest

from marketplace.adapters.images.encoder import SandboxedImageEncoder
from marketplace.application.shared.images import LARGEST_IMAGE, ImageEncoder, UnusableImage
from tests.builders.images import a_jpeg, a_png, a_webp
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


class TestMemoryImages(ImagesContract):
    @pytest.fixture
    def images(self) -> ImageEncoder:
        return MemoryImageEncoder()


class TestSandboxedImages(ImagesContract):
    @pytest.fixture
    def images(self) -> ImageEncoder:
        return SandboxedImageEncoder()
