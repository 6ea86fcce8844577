"""What one message is read as; how well many are read is judged in tests/judged/trade_messages."""

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.adapters.parsing import goods, words
from marketplace.adapters.parsing.lexicon import rows
from marketplace.adapters.parsing.rules import RuleTradeParser
from marketplace.adapters.parsing.tokens import amount_of
from marketplace.domain.shared.money import EXPONENTS
from marketplace.domain.trading.parsed import EXPLICIT, GUESSED, INFERRED, LONGEST_MESSAGE
from marketplace.domain.trading.units import unit_named

SAID = "Need 500 bales MCU-5 29mm, 62k/candy ex-Guntur, 15 days, LC 30"


def read(text: str) -> dict[str, str]:
    fields = RuleTradeParser().parse(text).fields
    return {name: f"{one.value} {one.unit}" if one.unit else one.value for name, one in fields.items()}


def test_a_message_becomes_the_fields_of_a_trade() -> None:
    assert read(SAID) == {
        "side": "buy", "commodity": "cotton", "grade": "MCU-5", "quantity": "500 bale",
        "quality.staple_length": "29 mm", "target_price": "62000", "price_unit": "candy", "currency": "INR",
        "delivery_terms": "EXW", "delivery_place": "Guntur", "delivery_days": "15", "payment_terms": "LC 30 days",
    }  # fmt: skip


def test_each_field_says_where_it_was_read() -> None:
    fields = RuleTradeParser().parse(SAID).fields
    spans = {name: SAID[slice(*one.span)] for name, one in fields.items()}
    assert spans["quantity"] == "500 bales"
    assert spans["quality.staple_length"] == "29mm"
    assert spans["target_price"] == "62k"
    assert spans["delivery_days"] == "15 days"
    assert spans["payment_terms"] == "LC 30"


def test_spans_count_code_points() -> None:
    text = "🙏🙏 Need 20 tons onions"
    assert text[slice(*RuleTradeParser().parse(text).fields["quantity"].span)] == "20 tons"


def test_a_confidence_says_how_it_was_known() -> None:
    fields = RuleTradeParser().parse(SAID).fields
    assert fields["side"].confidence == EXPLICIT, "need"
    assert fields["commodity"].confidence == INFERRED, "MCU-5 is a cotton"
    assert fields["delivery_days"].confidence == INFERRED, "of delivery by its place"
    assert fields["currency"].confidence == GUESSED, "candies are Indian"


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("1,200", "1200"), ("1,50,000", "150000"), ("16 500", "16500"), ("16\u00a0500,50", "16500.50"),
        ("12,5", "12.5"), ("2.95", "2.95"), ("1.500.000", "1500000"), ("1,234.5", "1234.5"), ("1.234,5", "1234.5"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_they_are_grouped(said: str, amount: str) -> None:
    assert str(amount_of(said)) == amount


@pytest.mark.parametrize(
    ("said", "price"),
    [
        ("Need 5 tons rice at 62k", "62000"), ("Need 5 tons rice at Rs 1.2 lakh", "120000"),
        ("5 ton chawal chahiye, 14 hazar", "14000"), ("Куплю рис 5 т, 45 тыс руб", "45000"),
        ("Куплю рис 5 т, 33 т.р. за т", "33000"), ("Продам рис 5 т, 5 млн сум", "5000000"),
        ("Sell 5 tons rice, 2 crore", "20000000"),
    ],
)  # fmt: skip
def test_thousands_lakhs_crores_and_millions_multiply(said: str, price: str) -> None:
    assert read(said)["target_price"] == price


def test_one_letter_wrong_is_still_known_but_less_surely() -> None:
    fields = RuleTradeParser().parse("Need 20 quintls tumeric").fields
    assert read("Need 20 quintls tumeric") == {"side": "buy", "quantity": "20 quintal", "commodity": "turmeric"}
    assert fields["commodity"].confidence == INFERRED


@pytest.mark.parametrize(
    "text", ["", "ok", "Price of wheat today?", "+998901234567", "🎉", "Оплату 30% получили", "kal milte hai", "500"]
)
def test_what_is_no_trade_has_no_fields(text: str) -> None:
    assert read(text) == {}


def test_every_unit_and_currency_of_the_lexicon_is_one_we_trade_in() -> None:
    assert {name for name, _ in rows(words.UNITS) if unit_named(name) != name} == set()
    assert {name for name, _ in rows(words.CURRENCIES)} <= set(EXPONENTS)


LEXICON = [phrase for table in (words.SIDES, words.TERMS, goods.COMMODITIES, words.UNITS) for _, phrase in rows(table)]
PARTS = st.one_of(st.sampled_from(LEXICON), st.from_regex(r"\A[0-9.,/x%+-]{1,12}\Z"), st.text(max_size=8))


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(PARTS, max_size=40).map(" ".join), st.lists(PARTS).map("".join)))
def test_no_text_makes_it_fail(text: str) -> None:
    parsed = RuleTradeParser().parse(text)
    assert parsed.text == text
    for one in parsed.fields.values():
        start, end = one.span
        assert 0 <= start < end <= min(len(text), LONGEST_MESSAGE)
        assert one.value
        assert one.confidence in {EXPLICIT, INFERRED, GUESSED}


HOSTILE = (
    "1 111 ", "s-", "s" + "-" * 60, "1,", "1.1.", "50 kg ", "5 k k k ", "Aaaa ", ", Aa Bb", "sell? buy? ", "LC ka ka ",
    "moisture max max ", "offer valid till ", "5 т.р. ", "1x1", "1/1 ", "ab'", "within ", "hai ", "a", "cotton 5 ",
    "\u0130",
)  # fmt: skip


@pytest.mark.parametrize("part", HOSTILE)
def test_hostile_texts_take_no_longer_than_others(part: str) -> None:
    parser = RuleTradeParser()
    text = (part * LONGEST_MESSAGE)[:LONGEST_MESSAGE]
    parser.parse(text)
    started = process_time()
    parser.parse(text)
    assert process_time() - started < 0.25


def test_nothing_is_read_beyond_the_longest_message() -> None:
    assert read("." * LONGEST_MESSAGE + "Need 20 tons onions") == {}
