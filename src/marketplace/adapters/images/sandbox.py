"""Decodes one image of a stranger in a process of its own: `python -I sandbox.py squares EDGE... < upload > answer`,
or `fitted WIDTH...`.

The answer's first line is `ok`, the size of the largest image that follows it and the length of each, or `refused` and
why. Imports nothing of
ours, and after `_confine` neither more modules nor files: a decoder that is taken over finds nothing to take.
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from resource import RLIMIT_AS, RLIMIT_CORE, RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_NPROC, setrlimit

from PIL import ExifTags, Image, ImageCms, MpoImagePlugin, TiffImagePlugin, WebPImagePlugin

FORMATS = ("JPEG", "PNG", "WEBP")
LARGEST_PIXELS = 40_000_000
LIMITS = {
    RLIMIT_AS: 1 << 30,
    RLIMIT_CPU: 5,
    RLIMIT_NOFILE: 3,
    RLIMIT_FSIZE: 8 << 20,
    RLIMIT_NPROC: 0,
    RLIMIT_CORE: 0,
}
"""Bytes of memory, seconds of work; no file or socket beyond the three standard streams, a short answer, no process,
no core dump."""

Make = Callable[[Image.Image, list[int]], list[Image.Image]]

LAZY = (MpoImagePlugin, TiffImagePlugin, WebPImagePlugin)
"""Pillow imports these when an image needs them: too late for us."""

QUALITY = 82
DIRECT = {"L", "LA", "RGB", "RGBA", "CMYK"}
"""Modes that can be resized without a loss."""

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By EXIF orientation, what brings the picture upright."""
LYING = {5, 6, 7, 8}
"""Orientations of pictures whose width is their height until then."""
TALLEST = 4
"""Times its width: a WebP has at most 16383 pixels in each direction."""


def main() -> None:
    way, edges = sys.argv[1], [int(edge) for edge in sys.argv[2:]]
    upload = sys.stdin.buffer.read()
    Image.preinit()
    _confine()
    sys.stdout.buffer.write(answer_to(upload, way, edges))


def answer_to(upload: bytes, way: str, edges: list[int]) -> bytes:
    try:
        pictures = _pictures(upload, _squares if way == "squares" else _fitted, edges)
        images = [_webp(picture) for picture in pictures]
    except Exception as error:
        reason = "pixels" if isinstance(error, Image.DecompressionBombError) else "damaged"
        return f"refused {reason}\n".encode()
    width, height = max(picture.size for picture in pictures)
    first = " ".join(["ok", str(width), str(height), *(str(len(image)) for image in images)])
    return first.encode() + b"\n" + b"".join(images)


def _confine() -> None:
    os.nice(10)
    for limit, most in LIMITS.items():
        setrlimit(limit, (most, most))


def _pictures(upload: bytes, make: Make, edges: list[int]) -> list[Image.Image]:
    Image.MAX_IMAGE_PIXELS = None  # its own check allows twice as much
    with Image.open(BytesIO(upload), formats=FORMATS) as image:
        width, height = image.size
        if width * height > LARGEST_PIXELS:
            raise Image.DecompressionBombError
        return make(image, edges)


def _squares(image: Image.Image, edges: list[int]) -> list[Image.Image]:
    """The largest square around the middle."""
    edge = max(edges)
    _draft(image, edge, edge)
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    square = _upright(image, _scaled(image, (edge, edge), (left, top, left + side, top + side)))
    return [square.resize((edge, edge), Image.Resampling.LANCZOS) for edge in edges]


def _fitted(image: Image.Image, widths: list[int]) -> list[Image.Image]:
    """All of it, at most so wide, and at most TALLEST times as high; never enlarged."""
    if image.format != "JPEG":
        image.load()  # whose EXIF may come behind the pixels: looking for it must not swallow what is wrong with them
    whole = image.size[::-1] if _orientation(image) in LYING else image.size
    largest = _within(whole, max(widths))
    size = largest[::-1] if _orientation(image) in LYING else largest
    _draft(image, *size)
    picture = _upright(image, _scaled(image, size, (0, 0, *image.size)))
    return [picture.resize(_within(whole, width), Image.Resampling.LANCZOS) for width in widths]


def _within(size: tuple[int, int], widest: int) -> tuple[int, int]:
    width, height = size
    scale = min(1, widest / width, TALLEST * widest / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _draft(image: Image.Image, width: int, height: int) -> None:
    """A JPEG decodes to a fraction at a fraction of the cost."""
    image.draft(None, (2 * width, 2 * height))
    image.load()


def _scaled(image: Image.Image, size: tuple[int, int], box: tuple[float, float, float, float]) -> Image.Image:
    """What is in the box, in sRGB."""
    transparent = image.has_transparency_data
    profile = image.info.get("icc_profile")
    if image.mode == "I;16":
        image = image.point(lambda value: value / 256, "L")  # `convert` would cut off what is above 255
    if image.mode not in DIRECT:
        image = image.convert("RGBA" if transparent else "RGB")
    scaled = image.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=2.0)
    mode = "RGBA" if transparent else "RGB"
    if profile:
        with suppress(ImageCms.PyCMSError, OSError):
            theirs, ours = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(scaled, theirs, ours, outputMode=mode) or scaled
    return scaled.convert(mode)


def _orientation(image: Image.Image) -> int | None:
    with suppress(Exception):  # broken EXIF does not spoil the picture
        return image.getexif().get(ExifTags.Base.Orientation)
    return None


def _upright(image: Image.Image, picture: Image.Image) -> Image.Image:
    orientation = _orientation(image)
    return picture.transpose(TURNS[orientation]) if orientation in TURNS else picture


def _webp(picture: Image.Image) -> bytes:
    picture.info = {}  # the encoder would write the profile and XMP found here
    encoded = BytesIO()
    picture.save(encoded, "WEBP", quality=QUALITY, method=4)
    return encoded.getvalue()


if __name__ == "__main__":
    main()
