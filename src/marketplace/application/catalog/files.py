"""Products as files: the fields of `POST /products`, a product a row, as CSV or as lines of JSON."""

import csv
import re
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from io import StringIO
from typing import Annotated

import msgspec
from msgspec import Meta, Raw

from marketplace.application.catalog.listings import Draft
from marketplace.application.catalog.views import LocationView, ProductView
from marketplace.domain.catalog.imports import FileFormat
from marketplace.domain.catalog.listing import Audience, Channel
from marketplace.domain.catalog.media import Media
from marketplace.domain.catalog.terms import Condition, ProductTerms
from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.money import Money

MOST_ROWS = 10_000
LARGEST_FILE = 20 * 1_048_576
"""Bytes."""

_BEGINNING = 65_536
_Utf8 = getincrementaldecoder("utf-8-sig")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_QUOTED_FORMULA = re.compile(r"'+[=+\-@\t\r]")
_FIRST_LINE = re.compile(r"\s*[^\n]*")
_PIECE = re.compile(r"(?:[^|\\]|\\.|\\$)*", re.S)
_AT = re.compile(r"(?P<message>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?$", re.S)
_NAMED = re.compile(r"(?:unknown|missing required) field `(?P<name>[^`]*)`")
_LISTS = ("image_urls", "tags")
_NUMBERS = ("price", "latitude", "longitude")

_Link = Annotated[str, Meta(max_length=2_048)]


class UnreadableFile(Invalid):
    """Of the file as a whole."""

    code = "unreadable_file"


class InvalidRow(Invalid):
    code = "invalid_row"


class ProductRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: Annotated[str, Meta(min_length=3, max_length=120)]
    price: Raw
    category: Annotated[str, Meta(pattern="^[a-z0-9_]{1,40}$")]
    feed_type: Channel
    description: Annotated[str, Meta(max_length=5_000)] = ""
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "AED"
    condition: Condition = Condition.GOOD
    location: LocationView | None = None
    neighborhood: Annotated[str, Meta(max_length=120)] | None = None
    image_urls: Annotated[list[_Link], Meta(max_length=10)] = []
    video_url: _Link | None = None
    video_thumbnail_url: _Link | None = None
    tags: Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(max_length=20)] = []
    audience: Audience = Audience.EVERYONE

    @classmethod
    def of(cls, view: ProductView) -> "ProductRow":
        return cls(
            title=view.title, description=view.description, price=Raw(str(view.price).encode()),
            currency=view.currency, category=view.category, condition=view.condition or Condition.GOOD,
            feed_type=view.feed_type, location=view.location, neighborhood=view.neighborhood,
            image_urls=view.image_urls, video_url=view.video_url, video_thumbnail_url=view.video_thumbnail_url,
            tags=view.tags, audience=view.audience,
        )  # fmt: skip

    def draft(self) -> Draft:
        """Raises Invalid."""
        price = bytes(self.price).decode()
        if not _NUMBER.fullmatch(price):
            raise InvalidRow("must be a number such as 850.00", field="price")
        return Draft(
            title=self.title, description=self.description, price=Money.price(Decimal(price), self.currency),
            category=self.category, terms=ProductTerms(condition=self.condition), channel=self.feed_type,
            audience=self.audience,
            media=Media(images=tuple(self.image_urls), video=self.video_url, video_thumbnail=self.video_thumbnail_url),
            location=Location(self.location.latitude, self.location.longitude) if self.location else None,
            neighborhood=self.neighborhood, tags=tuple(self.tags),
        )  # fmt: skip


_DECODER = msgspec.json.Decoder(ProductRow)
_FIELDS = ProductRow.__struct_fields__
COLUMNS: Sequence[str] = tuple(
    column for field in _FIELDS for column in (("latitude", "longitude") if field == "location" else (field,))
)
REQUIRED: Sequence[str] = tuple(field.name for field in msgspec.structs.fields(ProductRow) if field.required)


def format_of(content: bytes) -> FileFormat:
    """Told by the beginning: lines of JSON begin with a brace, no column of ours does. Raises UnreadableFile."""
    text = _text_of(content[:_BEGINNING], whole=len(content) <= _BEGINNING)
    start = text.lstrip()[:1]
    if not start:
        raise UnreadableFile("is empty", field="file")
    if start == "{":
        return FileFormat.JSONL
    _csv(text)
    return FileFormat.CSV


def lines_of(content: bytes) -> Iterator[bytes | Invalid]:
    """Each row as one JSON object, or what is wrong with it; raises UnreadableFile where the rest cannot be read."""
    text = _text_of(content)
    if format_of(content) is FileFormat.JSONL:
        yield from (line.encode() for line in text.split("\n") if line.strip())
        return
    header, rows = _csv(text)
    try:
        for cells in rows:
            if cells:
                yield _line_of(header, cells)
    except csv.Error as error:
        raise UnreadableFile(f"is not valid CSV: {error}", field="file") from None


def row_of(line: bytes) -> ProductRow:
    """Raises InvalidRow."""
    try:
        return _DECODER.decode(line)
    except msgspec.ValidationError as error:
        found = _AT.match(str(error))
        message, path = (found["message"], found["path"] or "") if found else (str(error), "")
        if named := _NAMED.search(message):
            path = f"{path}.{named['name']}".lstrip(".")
        raise InvalidRow(message, field=path or None) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidRow(f"is not a JSON object: {error}") from None


def written(rows: Iterable[ProductRow], form: FileFormat, *, first: bool = True) -> bytes:
    """A piece of a file; the first begins with what the file begins with."""
    if form is FileFormat.JSONL:
        return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    if first:
        out.write("\ufeff")  # or Excel takes it for another encoding
        writer.writerow(COLUMNS)
    writer.writerows(_cells_of(row) for row in rows)
    return out.getvalue().encode()


def _text_of(content: bytes, *, whole: bool = True) -> str:
    """A character that is cut off at the end counts only where the file is whole."""
    try:
        return _Utf8().decode(content, final=whole)
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"is not UTF-8 at byte {error.start}", field="file") from None


def _csv(text: str) -> tuple[list[str], Iterator[list[str]]]:
    """The names of the columns, and the rows after them."""
    first = _FIRST_LINE.match(text)
    delimiter = ";" if first and ";" in first[0] else ","
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next((row for row in rows if row), [])]
    except csv.Error as error:
        raise UnreadableFile(f"is not valid CSV: {error}", field="file") from None
    for name in header:
        if name not in COLUMNS:
            raise UnreadableFile(f"has an unknown column {name[:40]!r}; columns are {', '.join(COLUMNS)}", field="file")
    if len(set(header)) < len(header):
        raise UnreadableFile("names a column twice", field="file")
    for name in REQUIRED:
        if name not in header:
            raise UnreadableFile(f"has no column {name!r}; needed are {', '.join(REQUIRED)}", field="file")
    return header, rows


def _line_of(header: Sequence[str], cells: Sequence[str]) -> bytes | Invalid:
    """An empty cell is a field left out."""
    if len(cells) > len(header):
        return InvalidRow(f"has {len(cells)} cells, but there are {len(header)} columns")
    given = {name: _value_of(name, cell) for name, cell in zip(header, cells, strict=False) if cell}
    place = {name: given.pop(name) for name in ("latitude", "longitude") if name in given}
    return msgspec.json.encode(given | ({"location": place} if place else {}))


def _value_of(name: str, cell: str) -> object:
    if name in _NUMBERS:
        return Raw(cell.strip().encode()) if _NUMBER.fullmatch(cell.strip()) else cell
    text = cell[1:] if _QUOTED_FORMULA.match(cell) else cell
    if name in _LISTS:
        return [re.sub(r"\\(.)", r"\1", piece, flags=re.S) for piece in _pieces(text)]
    return text


def _pieces(text: str) -> Iterator[str]:
    """What stands between bars; a backslash takes the bar or backslash after it for itself."""
    place = 0
    while True:
        found = _PIECE.match(text, place)
        assert found  # noqa: S101 - it matches nothing too
        yield found[0]
        place = found.end() + 1
        if place > len(text):
            return


def _cells_of(row: ProductRow) -> list[str]:
    location: Mapping[str, float] = msgspec.structs.asdict(row.location) if row.location else {}
    given = {
        **{name: getattr(row, name) for name in _FIELDS}, "price": bytes(row.price).decode(),
        **{name: repr(location[name]) if location else "" for name in ("latitude", "longitude")},
        **{name: "|".join(re.sub(r"([|\\])", r"\\\1", piece) for piece in getattr(row, name)) for name in _LISTS},
    }  # fmt: skip
    return [_safe(name, given[name] or "") for name in COLUMNS]


def _safe(name: str, text: str) -> str:
    """A spreadsheet would compute a cell that begins like a formula, so an apostrophe stands before it."""
    return f"'{text}" if name not in _NUMBERS and _FORMULA.match(text) else text
