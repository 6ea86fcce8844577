"""Files that mean harm to who decodes, stores or shows them, and odd ones that mean none."""

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

from PIL import Image, PngImagePlugin

from marketplace.application.shared.images import LARGEST_IMAGE
from tests.builders.images import a_jpeg, a_picture, a_png, a_webp, chunk, encoded, riff

MARK = b"MARK-OF-THE-STRANGER"
"""Stands in every tail, comment and profile: no stored byte may have it."""
SCRIPT = b"<script>alert(1)</script>" + MARK
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>' + MARK
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
IEND = chunk(b"IEND", b"")


def no_images() -> Iterator[tuple[str, bytes]]:
    """Refused."""
    yield from {
        "empty": b"", "one byte": b"\xff", "zeros": bytes(100_000), "text": b"hello " * 100,
        "svg": SVG, "svg with a mark": b"\xef\xbb\xbf" + SVG, "html": b"<!doctype html>" + SCRIPT,
        "entity bomb": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        "gif": encoded(a_picture(), "GIF"), "gif and javascript": b"GIF89a/*" + bytes(60) + b"*/=1;alert(1)//",
        "bmp": encoded(a_picture(), "BMP"), "tiff": encoded(a_picture(), "TIFF"), "ico": encoded(a_picture(), "ICO"),
        "avif": encoded(a_picture(), "AVIF"), "jpeg 2000": encoded(a_picture(), "JPEG2000"),
        "ppm": encoded(a_picture(), "PPM"), "pdf": b"%PDF-1.7\n" + SCRIPT, "postscript": b"%!PS-Adobe-3.0 EPSF\n%%EOF",
        "heic": b"\0\0\0\x18ftypheic" + bytes(100), "zip": b"PK\3\4" + bytes(100), "elf": b"\x7fELF" + bytes(100),
        "jpeg behind html": SCRIPT + a_jpeg(), "png behind a space": b" " + a_png(), "wave": riff()[:8] + b"WAVEfmt ",
        "movie": riff()[:8] + b"AVI LIST" + bytes(100), "five mebibytes and one": a_jpeg().ljust(LARGEST_IMAGE + 1),
    }.items()  # fmt: skip
    yield from {
        "jpeg magic alone": b"\xff\xd8\xff", "png magic alone": PNG_MAGIC, "webp magic alone": riff(),
        "jpeg magic before html": b"\xff\xd8\xff\xe0" + SCRIPT, "png magic before html": PNG_MAGIC + SCRIPT,
        "webp magic before html": b"RIFF\xff\xff\xff\xffWEBP" + SCRIPT, "png magic before svg": PNG_MAGIC + SVG,
        "jpeg magic before zeros": b"\xff\xd8\xff" + bytes(200_000),
        "jpeg of fill bytes": b"\xff\xd8" + b"\xff" * 200_000, "jpeg without a frame": b"\xff\xd8\xff\xd9" * 1_000,
    }.items()  # fmt: skip


def cut_images() -> Iterator[tuple[str, bytes]]:
    """Refused."""
    for name, file in {"jpeg": a_jpeg(), "png": a_png(), "webp": a_webp()}.items():
        for tenths in (1, 3, 5, 7, 9):
            yield f"{name} cut at {tenths}0 %", file[: len(file) * tenths // 10]


def a_raw_png(width: int, height: int, rows: bytes = b"", *extra: bytes, depth: int = 8, kind: int = 2) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    return PNG_MAGIC + header + b"".join(extra) + chunk(b"IDAT", zlib.compress(rows, 9)) + IEND


def a_raw_jpeg(width: int, height: int) -> bytes:
    small = a_jpeg(16, 16)
    frame = small.index(b"\xff\xc0") + 5
    return small[:frame] + struct.pack(">HH", height, width) + small[frame + 4 :]


def extended(width: int, height: int, flags: int = 0) -> tuple[bytes, bytes]:
    """The VP8X chunk of a WebP."""
    return b"VP8X", bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")


def bombs() -> Iterator[tuple[str, bytes]]:
    """Refused."""
    sizes = (
        (40_000_001, 1),
        (6_325, 6_325),
        (100_000, 100_000),
        (1, 2**31 - 1),
        (2**31 - 1, 2**31 - 1),
        (2**32 - 1, 9),
    )
    for width, height in sizes:
        yield f"png that says {width}x{height}", a_raw_png(width, height, bytes(1_000))
    yield "png of 60 megapixels", a_raw_png(10_000, 6_000, bytes(10_001 * 6_000 // 8), depth=1, kind=0)
    for width, height in ((65_500, 65_500), (6_400, 6_400), (0, 100), (100, 0), (65_535, 1_000)):
        yield f"jpeg that says {width}x{height}", a_raw_jpeg(width, height)
    for width, height in ((16_384, 16_384), (65_535, 65_535), (1 << 24, 255), (1 << 24, 1 << 24)):
        yield f"webp that says {width}x{height}", riff(extended(width, height), (b"VP8L", a_webp(lossless=True)[20:]))
        yield (
            f"moving webp that says {width}x{height}",
            riff(
                extended(width, height, flags=2), (b"ANIM", bytes(6)), (b"ANMF", bytes(16) + a_webp(lossless=True)[12:])
            ),
        )
    yield from {
        "png of no size": a_raw_png(0, 0), "png without pixels": a_raw_png(100, 100),
        "png of depth 3": a_raw_png(9, 9, depth=3),
        "png of colour 5": a_raw_png(9, 9, kind=5), "png with a wrong sum": flipped(a_png(), -20),
        "png without a palette": a_raw_png(9, 9, bytes(90), kind=3)[:-30], "png whose pixels are text": PNG_MAGIC
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 2, 0, 0, 0)) + chunk(b"IDAT", SCRIPT) + IEND,
        "png of one endless chunk": a_png()[:33] + b"\xff\xff\xff\xffIDAT" + bytes(1_000),
        "text bomb": a_raw_png(9, 9, b"", *[chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(900_000), 9))] * 80),
        "scans without end": a_scan_bomb(),
        "profile bomb": a_raw_png(9, 9, bytes(300), chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(50_000_000), 9))),
    }.items()  # fmt: skip


def flipped(file: bytes, place: int) -> bytes:
    changed = bytearray(file)
    changed[place] ^= 0xFF
    return bytes(changed)


def a_scan_bomb() -> bytes:
    """A progressive JPEG of 12 megapixels that refines the same coefficients until it has 5 MiB."""
    plain = encoded(Image.new("L", (4_000, 3_000)), "JPEG", progressive=True)
    last = plain.rindex(b"\xff\xda")
    scan = plain[last:-2]
    return plain[:-2] + scan * ((LARGEST_IMAGE - len(plain)) // len(scan)) + b"\xff\xd9"


def an_apng(frames: int) -> bytes:
    others = [a_picture(40, 40).rotate(turn) for turn in range(1, frames)]
    return encoded(a_picture(40, 40), "PNG", save_all=True, append_images=others)


def dirty_images() -> Iterator[tuple[str, bytes]]:
    """Taken, without what comes along with them."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SCRIPT.decode(), zip=True)
    text.add_itxt("XML:com.adobe.xmp", SCRIPT.decode())
    exif = Image.Exif()
    exif[0x010E], exif[0x8298], exif[0x0112] = SCRIPT.decode(), MARK.decode(), 6
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (41.0, 18.0, 0.0)
    loop = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0"
    frames = [a_picture(40, 40).rotate(turn) for turn in range(50)]
    yield from {
        "jpeg with exif": a_jpeg(exif=exif), "png with exif": a_png(exif=exif), "webp with exif": a_webp(exif=exif),
        "jpeg with xmp": a_jpeg(xmp=SCRIPT), "webp with xmp": a_webp(xmp=SCRIPT),
        "jpeg with a comment": a_jpeg(comment=SCRIPT),
        "png with texts": a_png(pnginfo=text), "jpeg with a profile of junk": a_jpeg(icc_profile=SCRIPT * 1_000),
        "png with a profile of junk": a_png(icc_profile=SCRIPT * 1_000),
        "webp with a profile of junk": a_webp(icc_profile=SCRIPT),
        "jpeg with a profile of 4 MB": a_jpeg(icc_profile=MARK * 200_000), "jpeg whose exif loops": a_jpeg(exif=loop),
        "jpeg with exif of junk": a_jpeg(exif=b"Exif\0\0" + SCRIPT),
        "jpeg and javascript": a_jpeg(comment=b"*/=1;alert(1);/*" + MARK),
        "png with a script of its own": a_raw_png(9, 9, bytes(300), chunk(b"scRt", SCRIPT)),
        "jpeg before html": a_jpeg() + SCRIPT, "png before a zip": a_png() + b"PK\3\4" + MARK,
        "webp before html": a_webp() + SCRIPT,
        "jpeg before a jpeg": a_jpeg() + a_jpeg(exif=exif), "jpeg of two pictures": a_jpeg_of_two(),
        "png with pixels to spare": a_raw_png(9, 9, bytes(50_000_000)),
        "moving png": an_apng(3), "moving webp": encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:]),
        "cmyk jpeg": encoded(a_picture(mode="CMYK"), "JPEG"), "grey jpeg": encoded(a_picture(mode="L"), "JPEG"),
        "progressive jpeg": a_jpeg(progressive=True), "lossless webp": a_webp(lossless=True),
        "16-bit png": encoded(Image.new("I;16", (50, 50), 40_000), "PNG"),
        "1-bit png": encoded(Image.new("1", (50, 50), 1), "PNG"),
        "palette with a hole": encoded(a_picture().quantize(16), "PNG", transparency=3),
        "grey with alpha": encoded(a_picture(mode="LA"), "PNG"),
        "webp with alpha": encoded(a_picture(mode="RGBA"), "WEBP"),
        "one pixel": a_png(1, 1), "a line": a_png(30_000, 1), "a thread": a_png(1, 30_000),
        "40 megapixels of png": a_raw_png(8_000, 5_000, bytes(8_001 * 5_000), kind=0),
        "39 megapixels of jpeg": encoded(Image.new("L", (7_800, 5_000)), "JPEG", progressive=True),
        "20 megapixels of webp": encoded(Image.new("RGB", (5_000, 4_000)), "WEBP", lossless=True, method=0),
        "five mebibytes": a_jpeg().ljust(LARGEST_IMAGE, b"\0"),
    }.items()  # fmt: skip


def a_jpeg_of_two() -> bytes:
    file = BytesIO()
    a_picture().save(file, "MPO", save_all=True, append_images=[a_picture(50, 50)])
    return file.getvalue()
