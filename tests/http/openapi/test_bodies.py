"""Bodies that no schema can describe are refused, never a fault of ours."""

import pytest

from marketplace.domain.shared.errors import Invalid
from marketplace.entrypoints.http.catalog import NewProduct
from marketplace.entrypoints.http.messages import InvalidRequest, MalformedBody, decode

BODY = b'{"title": "Vintage", "price": %s, "category": "electronics", "feed_type": "community"}'


@pytest.mark.parametrize("body", [
    b"", b"{", b"[" * 100_000, b"\xef\xbb\xbf{}", BODY.replace(b"Vintage", b"\xff\xfe") % b"5",
    BODY.replace(b"Vintage", rb"\ud800") % b"5", (BODY % b"5").decode().encode("utf-16"),
])  # fmt: skip
def test_what_is_not_json_is_malformed(body: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        decode(body, NewProduct)
    assert isinstance(refused.value, MalformedBody) or refused.value.field == "body"


def test_the_character_nul_is_refused_by_the_name_of_its_field() -> None:
    with pytest.raises(InvalidRequest) as refused:
        decode(BODY.replace(b"Vintage", rb"Vint\u0000age") % b"5.50", NewProduct)
    assert refused.value.field == "title"


@pytest.mark.parametrize("price", [b"NaN", b"Infinity", b'"5"', b"true", b"null", b"[]", b"1" * 5_000])
def test_a_price_is_a_finite_number(price: bytes) -> None:
    with pytest.raises(InvalidRequest) as refused:
        decode(BODY % price, NewProduct)
    assert refused.value.field == "price"
