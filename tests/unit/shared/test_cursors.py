from base64 import urlsafe_b64encode
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.entrypoints.http.paging import Cursors, InvalidCursor

CURSORS = Cursors(b"k" * 32)
ID = UUID("01970000-0000-7000-8000-000000000001")


class Place(msgspec.Struct, frozen=True, array_like=True):
    is_live: bool
    score: int
    distance: float
    id: UUID


PLACE = Place(True, 1, 0.5, ID)


@given(st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.uuids())
def test_a_cursor_of_several_fields_comes_back_exactly(live: bool, score: int, distance: float, id_: UUID) -> None:
    place = Place(live, score, distance, id_)
    cursor = CURSORS.write(place, "feed", "books", None)
    assert len(cursor) <= 100
    assert CURSORS.read(cursor, Place, "feed", "books", None) == place


@pytest.mark.parametrize("of", [("feed", "toys"), ("feed", None), ("search", "books"), ("feed",), ("feed", "books", 1)])
def test_it_leads_nowhere_but_to_its_own_list_and_filters(of: tuple[str, ...]) -> None:
    cursor = CURSORS.write(PLACE, "feed", "books")
    with pytest.raises(InvalidCursor):
        CURSORS.read(cursor, Place, *of)


def test_no_changed_character_goes_unseen() -> None:
    cursor = CURSORS.write(PLACE, "feed")
    for index, old in enumerate(cursor):
        with pytest.raises(InvalidCursor):
            CURSORS.read(cursor[:index] + ("B" if old == "A" else "A") + cursor[index + 1 :], Place, "feed")
    for changed in (cursor[:-1], cursor + "A", cursor + "=", "!" + cursor, ""):
        with pytest.raises(InvalidCursor):
            CURSORS.read(changed, Place, "feed")


def test_cursors_by_id_and_by_position_are_apart() -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.read(CURSORS.encode(ID), Place, "feed")
    with pytest.raises(InvalidCursor):
        CURSORS.decode(CURSORS.write(PLACE, "feed"))


def test_a_position_of_an_older_shape_is_refused() -> None:
    class Older(msgspec.Struct, array_like=True):
        id: UUID

    with pytest.raises(InvalidCursor, match="older version"):
        CURSORS.read(CURSORS.write(Older(ID), "feed"), Place, "feed")


@pytest.mark.parametrize("text", ["", "A", "ü", "no cursor", urlsafe_b64encode(b"x" * 40).decode()])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.decode(text)
