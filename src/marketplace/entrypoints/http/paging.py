"""Page parameters and signed cursors."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from hmac import compare_digest
from typing import Annotated
from uuid import UUID

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


class InvalidCursor(MalformedBody):
    code = "invalid_cursor"


class PageTooFar(Invalid):
    code = "page_too_far"


class Cursors:
    """Cursors name the last row seen; the signature keeps callers from making up their own."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def encode(self, last: UUID) -> str:
        return urlsafe_b64encode(last.bytes + self._signature(last.bytes)).decode().rstrip("=")

    def decode(self, cursor: str) -> UUID:
        try:
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except ValueError:
            raise InvalidCursor("this is not a cursor of ours", field="cursor") from None
        if len(raw) != 28 or not compare_digest(raw[16:], self._signature(raw[:16])):
            raise InvalidCursor("this is not a cursor of ours", field="cursor")
        return UUID(bytes=raw[:16])

    def decode_number(self, cursor: str) -> int:
        """Of a list whose ids are numbers."""
        number = self.decode(cursor).int
        if number >= 2**63:
            raise InvalidCursor("this is the cursor of another list", field="cursor")
        return number

    def _signature(self, raw: bytes) -> bytes:
        return blake2b(raw, key=self._key, digest_size=12).digest()


def rows_to_skip(page: int, per_page: int) -> int:
    if page * per_page > EXACT_TOTAL_LIMIT:
        raise PageTooFar(f"pages end at row {EXACT_TOTAL_LIMIT}: go on with `cursor`", field="page")
    return (page - 1) * per_page


def page_of(found: Slice[Item], cursors: Cursors, page: int, per_page: int) -> Page[Item]:
    """Items carry an `id` that the list is ordered by: a UUID or a number."""
    return Page(
        items=found.items, page=page, per_page=per_page, total=found.total, has_more=found.has_more,
        next_cursor=cursors.encode(_as_uuid(found.items[-1].id)) if found.has_more else None,  # type: ignore[attr-defined]
        total_is_estimate=True if found.total > EXACT_TOTAL_LIMIT else UNSET,
    )  # fmt: skip


def _as_uuid(id_: UUID | int) -> UUID:
    return UUID(int=id_) if isinstance(id_, int) else id_
