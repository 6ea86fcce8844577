"""Pictures, good and bad, made on the spot."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image


def a_picture(width: int = 300, height: int = 200, mode: str = "RGB") -> Image.Image:
    """Something with structure in every channel."""
    grey = Image.linear_gradient("L").resize((width, height))
    bands = [grey.rotate(90 * turn) for turn in range(len(Image.new(mode, (1, 1)).getbands()))]
    return Image.merge(mode, bands) if len(bands) > 1 else grey.convert(mode)


def encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def a_jpeg(width: int = 300, height: int = 200, **options: Any) -> bytes:
    return encoded(a_picture(width, height), "JPEG", **options)


def a_png(width: int = 300, height: int = 200, **options: Any) -> bytes:
    return encoded(a_picture(width, height), "PNG", **options)


def a_webp(width: int = 300, height: int = 200, **options: Any) -> bytes:
    return encoded(a_picture(width, height), "WEBP", **options)


def chunk(kind: bytes, content: bytes) -> bytes:
    """Of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP of these chunks."""
    body = b"".join(
        kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2) for kind, content in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def chunks_of(webp: bytes) -> list[bytes]:
    """The kinds of its chunks, and `tail` for what lies behind them."""
    found, place, end = [], 12, 8 + struct.unpack("<I", webp[4:8])[0]
    while place < end:
        length = struct.unpack("<I", webp[place + 4 : place + 8])[0]
        found.append(webp[place : place + 4])
        place += 8 + length + length % 2
    return found + ([b"tail"] if len(webp) > end else [])
