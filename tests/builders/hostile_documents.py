"""PDFs that do more than being read, and files of other kinds under innocent names."""

import bz2
import gzip
import io
import lzma
import random
import tarfile
import zipfile
from collections.abc import Iterator

from marketplace.adapters.documents.pdf import ACTIVE, MOST_UNPACKED
from tests.builders.documents import a_pdf, a_stream, packed
from tests.builders.hostile_images import MARK, SVG
from tests.builders.hostile_images import SCRIPT as HTML
from tests.builders.images import a_jpeg, a_png, a_webp, riff

SCRIPT = b"<< /S /JavaScript /JS (app.alert(1)) >>"


def shapes_of(name: bytes) -> dict[str, bytes]:
    """Ways in which a PDF can have an action of this name."""
    action = b"<< /S " + name + b" >>"
    escaped = action.replace(name, b"/#%02X" % name[1] + name[2:])
    return {
        "plain": action, "escaped": escaped, "packed": packed(action), "packed and escaped": packed(escaped),
        "in plain objects": packed(action, flate=False), "behind much": packed(b"(" + b"x" * 100_000 + b")", action),
        "in a plain stream": a_stream(action, flate=False),
    }  # fmt: skip


FLATE = b"/Filter /FlateDecode"
ODD = {
    "two filters": packed(SCRIPT).replace(FLATE, b"/Filter [/ASCII85Decode /FlateDecode]"),
    "flate twice": packed(SCRIPT).replace(FLATE, b"/Filter [/FlateDecode /FlateDecode]"),
    "a filter elsewhere": packed(SCRIPT).replace(FLATE, b"/Filter 9 0 R"),
    "another filter": packed(SCRIPT).replace(FLATE, b"/Filter /LZWDecode"),
    "a filter by its short name": packed(SCRIPT).replace(FLATE, b"/Filter /A85"),
    "a predictor": packed(SCRIPT, words=b"/DecodeParms << /Predictor 12 >>"),
    "a type that is not said": packed(SCRIPT).replace(b"/Type /ObjStm", b"/DP 1"),
    "a name with escapes": packed(SCRIPT).replace(b"/First", b"/#46irst").replace(FLATE, b"/Filter /LZW"),
    "a file elsewhere": packed(SCRIPT, words=b"/F (x)"),
    "a string with an object in it": packed(SCRIPT, words=b"/X (1 0 obj<<)").replace(FLATE, FLATE + b" "),
    "a comment with an object in it": packed(SCRIPT, words=b"% 1 0 obj <<\n"),
    "a string of lines with an object in it": packed(SCRIPT, words=b"/X (\n1 0 obj<<)"),
    "a comment before it": packed(SCRIPT, words=b"/DP 1").replace(b">>\nstream", b">> %" + b"x" * 99 + b"\nstream"),
    "no beginning": b"1 endobj " + packed(SCRIPT, words=b"/DP 1") + b" endobj 9 0 obj " + packed(b"1", words=b"/DP 1"),
    "damaged": packed(SCRIPT).replace(b"\nx\x9c", b"\n\xff\xff"),
    "cut": packed(SCRIPT).replace(b"\nendstream", b"\n"),
    "too much": packed(b" " * (MOST_UNPACKED + 1)),
    "inside of another": a_stream(b"7 0 obj " + packed(b"1").replace(FLATE, b"/Filter /AHx"), flate=False),
}
"""Packed objects that one reader may read otherwise than another."""


def hostile_pdfs() -> Iterator[tuple[str, bytes]]:
    """Refused."""
    for name in ACTIVE:
        for shape, action in shapes_of(name).items():
            yield f"pdf with {name.decode()}, {shape}", a_pdf(action)
    for what, action in ODD.items():
        yield f"pdf with {what}", a_pdf(action)
    yield from {
        "pdf behind html": HTML + a_pdf(), "pdf before html": a_pdf() + HTML, "pdf before a zip": a_pdf() + a_zip(),
        "pdf without an end": a_pdf(tail=b""), "pdf cut at 60 bytes": a_pdf()[:60],
        "pdf of version 9": a_pdf().replace(b"1.7", b"9.7"),
        "pdf of five mebibytes and one": a_pdf(b"(" + b"x" * 5 * 1024 * 1024 + b")"), "pdf magic alone": b"%PDF-1.7\n",
    }.items()  # fmt: skip


def harmless_pdfs() -> Iterator[tuple[str, bytes]]:
    """Taken as they are, and only ever downloaded."""
    yield "plain pdf", a_pdf()
    yield "pdf with html in it", a_pdf(b"(" + HTML + b")")
    yield "pdf with packed objects", a_pdf(packed(b"<< /Title (Report) >>"))
    yield "pdf with a stream that unpacks to much", a_pdf(a_stream(bytes(40_000_000)))


PAYLOADS = {
    "html": HTML, "svg": SVG, "javascript": b"*/=1;alert(1);//" + MARK, "php": b"<?php system($_GET[0]);" + MARK,
    "shell": b"#!/bin/sh\nid\n" + MARK,
    "entities": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>' + MARK,
}  # fmt: skip
MAGICS = {
    "jpeg": b"\xff\xd8\xff\xe0", "png": b"\x89PNG\r\n\x1a\n", "webp": riff(), "gif": b"GIF89a", "bmp": b"BM",
    "tiff": b"II*\0", "ico": b"\0\0\1\0", "nothing": b"",
}  # fmt: skip


def a_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../../etc/passwd", MARK)
        archive.writestr("word/document.xml", "<w:document/>")
    return file.getvalue()


def a_tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("../../etc/passwd")
        member.size = len(MARK)
        archive.addfile(member, io.BytesIO(MARK))
    return file.getvalue()


def other_files() -> Iterator[tuple[str, bytes]]:
    """Refused."""
    for magic, head in MAGICS.items():
        for payload, tail in PAYLOADS.items():
            yield f"head of {magic} before {payload}", head + tail
    yield from {
        "a zip": a_zip(), "zip behind a gif": b"GIF89a" + a_zip(), "tar": a_tar(), "svg, zipped": gzip.compress(SVG),
        "html, zipped": gzip.compress(HTML), "bzip2": bz2.compress(MARK), "xz": lzma.compress(MARK),
        "zip bomb": gzip.compress(bytes(50_000_000)), "rar": b"Rar!\x1a\7\1\0" + MARK,
        "7z": b"7z\xbc\xaf\x27\x1c" + MARK,
        "flash": b"CWS\6" + MARK, "java": b"\xca\xfe\xba\xbe" + MARK, "wasm": b"\0asm\1\0\0\0", "exe": b"MZ" + MARK,
        "macho": b"\xcf\xfa\xed\xfe" + MARK, "dex": b"dex\n035\0" + MARK,
        "office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + MARK,
        "rtf": b"{\\rtf1 " + MARK + b"}", "shortcut": b"L\0\0\0\1\x14\2\0" + MARK,
        "mhtml": b"MIME-Version: 1.0\r\n\r\n" + HTML,
        "xslt": b'<?xml version="1.0"?><?xml-stylesheet href="x.xsl"?>' + MARK, "psd": b"8BPS\0\1" + MARK,
        "imagetragick": b"push graphic-context\nviewbox 0 0 9 9\nfill 'url(https://x.example/|id)'\n" + MARK,
        "xbm": b"#define a_width 9\nstatic char a_bits[] = {0};", "json": b"{}", "csv": b"=cmd|' /C calc'!A0",
        "utf-16 html": "<script>alert(1)</script>".encode("utf-16"),
        "utf-7 html": b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
        "mp4": b"\0\0\0\x18ftypmp42" + bytes(99), "webm": b"\x1a\x45\xdf\xa3" + bytes(99), "mp3": b"ID3\4" + bytes(99),
        "nothing but zeros": bytes(1000), "nothing but 0xff": b"\xff" * 1000,
    }.items()  # fmt: skip


NAMES = (
    "../../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "C:\\x.png", "x.png.html", "x.html", "x.svg",
    "x.php", "x.php.png",
    "x.php%00.png", "x.png%0d%0aSet-Cookie:a=b", "x.png;.html", "x.asp;.png", "x.PNG.JS", ".htaccess",
    "..", ".", "", " ", "con.png", "a" * 4_000 + ".png", "\u202egnp.html", "x.png\u0000.html", "x.png\r\nx: y",
    '"><script>.png', "%2e%2e%2fx.png", "file:///etc/passwd", "http://169.254.169.254/", "{{7*7}}.png", "$(id).png",
    "`id`.png", "'; drop table x;--.png",
)  # fmt: skip


def named_images() -> Iterator[tuple[str, bytes]]:
    """Taken, under names of ours: theirs are the first of each pair."""
    for number, name in enumerate(NAMES):
        yield name, (a_jpeg, a_png, a_webp)[number % 3](9, 9)


def mutants() -> Iterator[tuple[str, bytes]]:
    """Taken or refused."""
    chance = random.Random(1)  # noqa: S311 - to repeat what failed
    for number in range(24):
        file = bytearray((a_jpeg, a_png, a_webp)[number % 3](60, 60, **({} if number % 3 == 1 else {"exif": MARK})))
        for _ in range(3):
            file[chance.randrange(12, len(file))] = chance.randrange(256)
        yield f"mutant {number}", bytes(file)
