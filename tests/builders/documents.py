"""PDFs, made on the spot."""

import zlib

HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
PAGES = (b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>")


def a_pdf(*more: bytes, pages: tuple[bytes, ...] = PAGES, tail: bytes = b"%%EOF\n") -> bytes:
    """Its objects are numbered as they come."""
    objects = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, body) for number, body in enumerate((*pages, *more), 1))
    return HEAD + objects + b"trailer\n<< /Root 1 0 R /Size 9 >>\nstartxref\n0\n" + tail


def a_stream(content: bytes, words: bytes = b"", *, flate: bool = True) -> bytes:
    body = zlib.compress(content) if flate else content
    filter_ = b"/Filter /FlateDecode " if flate else b""
    return b"<< %s%s /Length %d >>\nstream\n%s\nendstream" % (filter_, words, len(body), body)


def packed(*objects: bytes, flate: bool = True, words: bytes = b"") -> bytes:
    """A stream of objects."""
    places, content = b"", b""
    for number, one in enumerate(objects, 5):
        places += b"%d %d " % (number, len(content))
        content += one + b" "
    said = b"/Type /ObjStm /N %d /First %d %s" % (len(objects), len(places), words)
    return a_stream(places + content, said, flate=flate)
