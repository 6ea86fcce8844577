"""Page parameters and signed cursors."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from hmac import compare_digest
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
from litestar.params import Parameter
from msgspec import UNSET

from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, Item, Page, Slice
from marketplace.domain.shared.errors import Invalid
from marketplace.entrypoints.http.messages import MalformedBody

PageNumber = Annotated[int, Parameter(ge=1, le=EXACT_TOTAL_LIMIT, description="Which page, counted from 1.")]
PerPage = Annotated[int, Parameter(ge=1, le=100, description="Rows on a page.")]
CursorText = Annotated[
    str | None, Parameter(max_length=200, description="`next_cursor` of the page before; wins over `page`.")
]

Position = TypeVar("Position", bound=msgspec.Struct)
_SIGNATURE = 12
"""Bytes."""
_packer = msgspec.msgpack.Encoder(uuid_format="bytes")


class InvalidCursor(MalformedBody):
    code = "invalid_cursor"


class PageTooFar(Invalid):
    code = "page_too_far"


class Cursors:
    """Cursors name the last row seen; the signature keeps callers from making up their own."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def encode(self, last: UUID) -> str:
        return _text(last.bytes + self._signature(last.bytes))

    def decode(self, cursor: str) -> UUID:
        raw, signature = _parts(cursor)
        if len(raw) != 16 or not compare_digest(signature, self._signature(raw)):
            raise InvalidCursor("this is not a cursor of ours", field="cursor")
        return UUID(bytes=raw)

    def write(self, last: msgspec.Struct, list_: str, *filters: object) -> str:
        """Of a list in another order than by id. `last`: where the last row seen stands, an array-like struct.

        The list and its filters are signed and not sent, so the cursor leads nowhere else.
        """
        raw = _packer.encode(last)
        return _text(raw + self._signature(raw, (list_, *filters)))

    def read(self, cursor: str, shape: type[Position], list_: str, *filters: object) -> Position:
        """What `write` was given for the same list and filters; raises InvalidCursor."""
        raw, signature = _parts(cursor)
        if not compare_digest(signature, self._signature(raw, (list_, *filters))):
            raise InvalidCursor("this cursor is not of this list with these filters", field="cursor")
        try:
            return msgspec.msgpack.decode(raw, type=shape)
        except msgspec.ValidationError:
            raise InvalidCursor("this cursor is of an older version; begin at the first page", field="cursor") from None

    def decode_number(self, cursor: str) -> int:
        """Of a list whose ids are numbers."""
        number = self.decode(cursor).int
        if number >= 2**63:
            raise InvalidCursor("this is the cursor of another list", field="cursor")
        return number

    def _signature(self, raw: bytes, of: tuple[object, ...] = ()) -> bytes:
        signed = _packer.encode((raw, of)) if of else raw
        return blake2b(signed, key=self._key, digest_size=_SIGNATURE).digest()


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _parts(cursor: str) -> tuple[bytes, bytes]:
    """What was signed, and the signature."""
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        raw = b""
    if _text(raw) != cursor:
        raise InvalidCursor("this is not a cursor of ours", field="cursor")
    return raw[:-_SIGNATURE], raw[-_SIGNATURE:]


def rows_to_skip(page: int, per_page: int) -> int:
    if page * per_page > EXACT_TOTAL_LIMIT:
        raise PageTooFar(f"pages end at row {EXACT_TOTAL_LIMIT}: go on with `cursor`", field="page")
    return (page - 1) * per_page


def page_of(found: Slice[Item], cursors: Cursors, page: int, per_page: int) -> Page[Item]:
    """Items carry an `id` that the list is ordered by: a UUID or a number."""
    last = found.items[-1].id if found.has_more else None  # type: ignore[attr-defined]
    return page_before(found, None if last is None else cursors.encode(_as_uuid(last)), page, per_page)


def page_before(found: Slice[Item], next_cursor: str | None, page: int, per_page: int) -> Page[Item]:
    return Page(
        items=found.items, page=page, per_page=per_page, total=found.total, has_more=found.has_more,
        next_cursor=next_cursor,
        total_is_estimate=True if found.total > EXACT_TOTAL_LIMIT else UNSET,
    )  # fmt: skip


def _as_uuid(id_: UUID | int) -> UUID:
    return UUID(int=id_) if isinstance(id_, int) else id_
