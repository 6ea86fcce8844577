"""Looks for what a PDF would do besides being read, without rendering it.

A name may be written with escapes (/J#61vaScript), and objects may be packed into streams: both are undone first. What
readers disagree about (objects inside of other streams, odd filters of packed objects) is refused, as a reader might
find there what we do not.
"""

import asyncio
import re
import zlib
from collections.abc import Iterator

from marketplace.application.shared.scanning import DocumentInspector, UnusableDocument
from marketplace.domain.catalog.documents import LARGEST_DOCUMENT

MOST_UNPACKED = 32 * 1024 * 1024
"""Bytes of packed objects, all together."""
MOST_ESCAPES = 100_000
"""Five times what compressed bytes have by chance."""

ACTIVE = {
    b"/JavaScript": "a script", b"/Launch": "a program to start", b"/EmbeddedFile": "a file inside",
    b"/RichMedia": "a player", b"/Rendition": "a player", b"/Movie": "a player", b"/XFA": "a form with scripts",
    b"/SubmitForm": "a form that is sent somewhere", b"/ImportData": "data to import", b"/GoToE": "a file inside",
    b"/GoToR": "a link to another file", b"/Encrypt": "encryption",
}  # fmt: skip
"""By the beginning of a name: each long enough never to stand in compressed bytes by chance."""

_HEADER = re.compile(rb"%PDF-(?:1\.[0-7]|2\.0)[\r\n]")
_END = re.compile(rb"%%EOF[\s\0]*\Z")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_NAME = re.compile(rb"/([^\s\0()<>\[\]{}/%]*)")
_BEGINNING = re.compile(rb"(?P<obj>(?<=[\r\n])[ \t\0]*\d{1,10}[ \t\0]+\d{1,5}[ \t\0]+obj\b)|(?<!end)stream\b")
"""An object at the beginning of a line, where no comment can hold it; a stream, or the word in a text."""
_DICTIONARY = re.compile(rb"[\s\0]*<<.*>>[\s\0]*", re.S)
_FLATE = re.compile(rb"/Filter[\s\0]*(?:/Fl(?:ateDecode)?\b|\[[\s\0]*/Fl(?:ateDecode)?[\s\0]*\])")
_PACKED = (b"/ObjStm", b"/First", b"/Extends")
"""Names in the dictionary of a stream of objects; some readers do not ask for its type."""
_KNOWN = {b"Type", b"ObjStm", b"N", b"First", b"Length", b"Filter", b"Extends", b"FlateDecode", b"Fl"}


class PdfInspector(DocumentInspector):
    """In a thread: a file of 5 MiB can take half a second."""

    async def require_harmless(self, content: bytes) -> None:
        if reason := await asyncio.to_thread(refusal_of, content):
            raise UnusableDocument(reason, field="file")


def refusal_of(content: bytes) -> str | None:
    """What is wrong with the file."""
    if len(content) > LARGEST_DOCUMENT:
        return "has at most 5 MiB"
    if not _HEADER.match(content):
        return "must be a PDF"
    if not _END.search(content[-1024:]):
        return "ends in the middle, or goes on behind its end; save it again as PDF"
    if content.count(b"#") > MOST_ESCAPES:
        return "is full of escapes; save it again as a plain PDF"
    try:
        for text in (content, *_packed_objects(content)):
            if found := _active(text):
                return f"contains {found}; save it again as a plain PDF"
    except _Odd as odd:
        return f"{odd}; save it again as a plain PDF"
    return None


class _Odd(Exception): ...


def _active(text: bytes) -> str | None:
    plain = _unescaped(text)
    return next((what for name, what in ACTIVE.items() if name in text or name in plain), None)


def _unescaped(text: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), text) if b"#" in text else text


def _packed_objects(content: bytes) -> Iterator[bytes]:
    """The streams that hold objects, unpacked."""
    place, left = 0, MOST_UNPACKED
    dictionary: int | None = None
    while found := _BEGINNING.search(content, place):
        place = found.end()
        if found["obj"]:
            dictionary = place
        elif _follows_a_dictionary(content, found.start()):
            written = content[dictionary or 0 : found.start()]
            end = content.find(b"endstream", place)
            if dictionary is None or end < 0 or not _is_one_dictionary(written):
                raise _Odd("has damaged streams")
            said, body = _unescaped(written), content[place:end]
            if any(name in _unescaped(body) for name in _PACKED):
                raise _Odd("hides objects in a stream")
            if any(name in said for name in _PACKED) and b"/Filter" in said:
                unpacked = _unpacked(said, body, left)
                left -= len(unpacked)
                yield unpacked
            place, dictionary = end, None


def _follows_a_dictionary(content: bytes, place: int) -> bool:
    """Or a comment: what stands in the middle of a line is a word of a text."""
    before = content[max(0, place - 64) : place].rstrip(b" \t\f\0")
    return not before or before[-1:] in b">\r\n"


def _is_one_dictionary(text: bytes) -> bool:
    """Not the end of a string with the word `obj` in it, by which the beginning would be missed."""
    depth = 0
    for bracket in re.findall(rb"[()]", re.sub(rb"\\.", b"", text, flags=re.S)):
        depth += 1 if bracket == b"(" else -1
        if depth < 0:
            return False
    return bool(_DICTIONARY.fullmatch(text)) and b"%" not in text and text.count(b"<<") == text.count(b">>")


def _unpacked(said: bytes, body: bytes, most: int) -> bytes:
    names = _NAME.findall(said)
    if not {*names} <= _KNOWN or names.count(b"Filter") != 1 or not _FLATE.search(said):
        raise _Odd("packs its objects in an unusual way")
    inflater = zlib.decompressobj()
    try:
        unpacked = inflater.decompress(body.lstrip(b"\r\n \t"), max(most, 1))
    except zlib.error:
        raise _Odd("has damaged streams") from None
    if inflater.unconsumed_tail or not inflater.eof:
        raise _Odd("packs more objects than are unpacked here, or ends within them")
    return unpacked
