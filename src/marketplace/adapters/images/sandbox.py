"""Decodes one image of a stranger in a process of its own: `python -I sandbox.py EDGE... < upload > answer`.

The answer's first line is `ok` and the lengths of the images that follow it, or `refused` and why. Imports nothing of
ours, and after `_confine` neither more modules nor files: a decoder that is taken over finds nothing to take.
"""

import os
import sys
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
    RLIMIT_FSIZE: 1 << 20,
    RLIMIT_NPROC: 0,
    RLIMIT_CORE: 0,
}
"""Bytes of memory, seconds of work; no file or socket beyond the three standard streams, a short answer, no process,
no core dump."""

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


def main() -> None:
    edges = [int(edge) for edge in sys.argv[1:]]
    upload = sys.stdin.buffer.read()
    Image.preinit()
    _confine()
    try:
        images = _squares(upload, edges)
    except Exception as error:
        reason = "pixels" if isinstance(error, Image.DecompressionBombError) else "damaged"
        sys.stdout.buffer.write(f"refused {reason}\n".encode())
    else:
        sys.stdout.buffer.write(" ".join(["ok", *(str(len(image)) for image in images)]).encode() + b"\n")
        sys.stdout.buffer.writelines(images)


def _confine() -> None:
    os.nice(10)
    for limit, most in LIMITS.items():
        setrlimit(limit, (most, most))


def _squares(upload: bytes, edges: list[int]) -> list[bytes]:
    Image.MAX_IMAGE_PIXELS = None  # its own check allows twice as much
    with Image.open(BytesIO(upload), formats=FORMATS) as image:
        width, height = image.size
        if width * height > LARGEST_PIXELS:
            raise Image.DecompressionBombError
        square = _upright(image, _middle(image, max(edges)))
    return [_webp(square, edge) for edge in edges]


def _middle(image: Image.Image, edge: int) -> Image.Image:
    """The largest square around the middle, in sRGB."""
    image.draft(None, (2 * edge, 2 * edge))  # a JPEG decodes to a fraction at a fraction of the cost
    image.load()
    transparent = image.has_transparency_data
    if image.mode == "I;16":
        image = image.point(lambda value: value / 256, "L")  # `convert` would cut off what is above 255
    if image.mode not in DIRECT:
        image = image.convert("RGBA" if transparent else "RGB")
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    box = (left, top, left + side, top + side)
    square = image.resize((edge, edge), Image.Resampling.LANCZOS, box=box, reducing_gap=2.0)
    mode = "RGBA" if transparent else "RGB"
    if profile := image.info.get("icc_profile"):
        with suppress(ImageCms.PyCMSError, OSError):
            theirs, ours = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(square, theirs, ours, outputMode=mode) or square
    return square.convert(mode)


def _upright(image: Image.Image, square: Image.Image) -> Image.Image:
    orientation = None
    with suppress(Exception):  # broken EXIF does not spoil the picture
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    return square.transpose(TURNS[orientation]) if orientation in TURNS else square


def _webp(square: Image.Image, edge: int) -> bytes:
    image = square.resize((edge, edge), Image.Resampling.LANCZOS)
    image.info = {}  # the encoder would write the profile and XMP found here
    encoded = BytesIO()
    image.save(encoded, "WEBP", quality=QUALITY, method=4)
    return encoded.getvalue()


if __name__ == "__main__":
    main()
