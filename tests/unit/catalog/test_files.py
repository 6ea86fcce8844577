"""What is written comes back the same; what others write is read kindly or refused with the reason."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from marketplace.application.catalog.files import (
    COLUMNS,
    InvalidRow,
    ProductRow,
    UnreadableFile,
    format_of,
    lines_of,
    row_of,
    written,
)
from marketplace.application.catalog.listings import Draft
from marketplace.application.catalog.views import LocationView
from marketplace.domain.catalog.imports import FileFormat
from marketplace.domain.catalog.listing import Audience, Channel
from marketplace.domain.catalog.terms import Condition
from marketplace.domain.shared.errors import Invalid

HEADER = "title,price,category,feed_type"
plain = st.characters(exclude_categories=("Cs", "Cc"))
text = st.text(st.one_of(plain, st.sampled_from("=+-@'\"|\\,;\r\n\t ")), max_size=12)
said = st.text(st.one_of(plain, st.sampled_from("=+-@'\"|\\,;\r\n\t")), min_size=1, max_size=12)
links = said.map("https://a.b/{}".format)
places = st.builds(LocationView, st.floats(-90, 90), st.floats(-180, 180))
rows = st.builds(
    ProductRow, title=said.map(lambda title: f"{title}...."), price=st.sampled_from([Raw(b"850.00"), Raw(b"1")]),
    category=st.sampled_from(["books", "home"]), feed_type=st.sampled_from([Channel.COMMUNITY, Channel.DISCOVER]),
    description=text, currency=st.sampled_from(["AED", "UZS"]), condition=st.sampled_from(Condition),
    location=st.none() | places, neighborhood=st.none() | said, image_urls=st.lists(links, max_size=4),
    video_url=st.none() | links, video_thumbnail_url=st.none() | links,
    tags=st.lists(said, max_size=4), audience=st.sampled_from(Audience),
)  # fmt: skip


def told(row: ProductRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__struct_fields__} | {"price": bytes(row.price)}


def read(content: bytes) -> list[ProductRow]:
    return [row_of(line) for line in lines_of(content) if isinstance(line, bytes)]


def draft_of(content: str) -> Draft:
    (row,) = read(content.encode())
    return row.draft()


def problem_of(content: str) -> InvalidRow:
    (line,) = lines_of(content.encode())
    try:
        if isinstance(line, bytes):
            row_of(line).draft()
            raise AssertionError("no problem")
    except InvalidRow as error:
        return error
    assert isinstance(line, InvalidRow)
    return line


@given(st.lists(rows, min_size=1, max_size=3), st.sampled_from(FileFormat))
def test_what_is_written_is_read_back(some: list[ProductRow], form: FileFormat) -> None:
    content = written(some[:1], form) + written(some[1:], form, first=False)
    assert format_of(content) is form
    assert [told(row) for row in read(content)] == [told(row) for row in some]


@given(rows)
def test_no_cell_of_text_begins_like_a_formula(row: ProductRow) -> None:
    _, cells = csv.reader(StringIO(written([row], FileFormat.CSV).decode("utf-8-sig"), newline=""))
    texts = [cell for name, cell in zip(COLUMNS, cells, strict=True) if name not in ("price", "latitude", "longitude")]
    assert [cell for cell in texts if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER},tags\nOld camera,850.5,books,community,a|b\n",
        f"\ufeff{HEADER},tags\r\n\r\nOld camera,850.50,books,community,a|b\r\n\r\n",
        f"{HEADER};tags\n".replace(",", ";") + 'Old camera; 850.5 ;books;community;"a|b"',
        " price , tags , title , feed_type , category \n8505e-1,a|b,Old camera,community,books\n",
        '{"title":"Old camera","price":850.50,"category":"books","feed_type":"community","tags":["a","b"]}\r\n\r\n',
    ],
)
def test_one_product_in_the_ways_people_write_it(content: str) -> None:
    draft = draft_of(content)
    assert (draft.title, draft.price.minor, draft.tags) == ("Old camera", 85_050, ("a", "b"))
    assert (draft.description, draft.location, draft.terms.kind) == ("", None, "product")


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ('Old camera,"12,5",books,community', "price"),
        ("Old camera,１２,books,community", "price"),
        ("Old camera,NaN,books,community", "price"),
        ("Old camera,1_000,books,community", "price"),
        (",5,books,community", "title"),
        ("Old camera,5,books,nowhere", "feed_type"),
        ("Old camera,5,Books!,community", "category"),
        ("Old camera,5,books,community,more", None),
        ("Old camera,5", "category"),
    ],
)
def test_a_bad_row_names_the_field(row: str, field: str | None) -> None:
    assert problem_of(f"{HEADER}\n{row}\n").field == field


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ('{"title":"Old camera","price":"5","category":"books","feed_type":"community"}', "price"),
        ('{"title":"Old camera","price":5,"category":"books","feed_type":"community","colour":1}', "colour"),
        ('{"title":"Old camera","price":5,"category":"books","feed_type":"community","tags":["a",3]}', "tags[1]"),
        ('{"title":"Old', None),
        ('{"title":"\\ud800"}', None),
    ],
)
def test_a_bad_line_of_json_names_the_field(line: str, field: str | None) -> None:
    assert problem_of(line).field == field


def test_half_a_location_is_refused() -> None:
    assert problem_of(f"{HEADER},latitude\nOld camera,5,books,community,25\n").field == "location.longitude"


def test_a_formula_that_was_made_harmless_is_itself_again() -> None:
    assert draft_of(f"{HEADER}\n'=1+1,5,books,community\n").title == "=1+1"
    assert draft_of(f"{HEADER}\n'tis old,5,books,community\n").title == "'tis old"


def test_a_character_cut_off_at_the_end_is_not_utf_8() -> None:
    with pytest.raises(UnreadableFile, match="not UTF-8"):
        format_of(f"{HEADER}\né".encode()[:-1])
    assert format_of(f"{HEADER}\n{'é' * 40_000}x".encode()) is FileFormat.CSV


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: f"{HEADER}\n{text}".encode()))
def test_whatever_is_sent_is_read_or_refused(content: bytes) -> None:
    try:
        for line in lines_of(content):
            if isinstance(line, bytes):
                row_of(line).draft()
    except Invalid:
        return
