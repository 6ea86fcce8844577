"""What the rules hold, and what they must let pass."""

import pytest

from marketplace.domain.catalog.listing import Channel
from marketplace.domain.catalog.review import ReviewRule, concerns_about
from marketplace.domain.catalog.terms import LotTerms, Package, ServiceTerms
from tests.builders.commerce import a_listing, aed

CONTACTS = [
    "Write to a.b@mail.example.com", "foo (at) gmail (dot) com", "t.me/shop", "see instagram.com/shop",
    "WhatsApp: +971 50 123 4567", "WhatsApp 0501234567", "Telegram @ali", "Телеграм: @ali", "call 050 123 4567",
    "Phone: 1234567", "тел. 1234567", "qo'ng'iroq 901234567", "اتصل 0501234567", "फोन 98765 43210", "+998901234567",
    "+1 (212) 555-0199", "８ (９９９) １２３-４５-６７", "90 123-45-67", "8 (999) 123-45-67", "98765 43210",
    "00971501234567",
]  # fmt: skip
PAYMENTS = [
    "Pay by Western Union", "MoneyGram only", "pay in bitcoin", "I accept USDT", "Payment outside", "paypal.me/ali",
    "Оплата на карту", "предоплата на карту", "kartamga o'tkazing", "ويسترن يونيون",
]  # fmt: skip
GOODS = [
    "Cocaine, pure", "HEROIN", "Fake passports", "forged licence", "нет героина", "Огнестрельное оружие",
    "soxta pasport", "الكوكايين", "गांजा",
]  # fmt: skip
HARMLESS = [
    "Sony WH-1000XM4 headphones", "1 200 000 UZS", "2.000.000", "Price 850 - 900", "ISBN 978-3-16-148410-0",
    "EAN 4006381333931", "IMEI 356938035643809", "1920x1080, 2024-05-01", "Canon AE-1 50mm f/1.8, serial 1234567890",
    "Phone: iPhone 12 128GB", "Phone 128 256", "works with WhatsApp and Telegram", "Signal 100 200", "call of duty 4",
    "Size 38 39 40 41 42 43 44 45", "Part 05 123 4567 8901", "12-34-56", "90 days warranty", "No. 90 120 45",
    "Bitcoin miner S19", "Heroine figurine", "Фигурка героини", "Ivory dress", "Massage gun", "CPU i7-12700K, 32 GB",
    "Counter stool", "Paypal hoodie", "Sold as is @ home", "gold 585 585 585", "1 000-2 000-3 000", "Marine phone case",
    "Метод оплаты любой", "Карта мира", "Cash only at pickup", "+5 lenses +2 filters", "Bullet journal",
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        *((ReviewRule.CONTACT_DETAILS, text) for text in CONTACTS),
        *((ReviewRule.OUTSIDE_PAYMENT, text) for text in PAYMENTS),
        *((ReviewRule.PROHIBITED_GOODS, text) for text in GOODS),
    ],
)  # fmt: skip
def test_it_is_held(rule: ReviewRule, text: str) -> None:
    for said in (text, f"Nice thing.\n{text}", f"{text}, thanks"):
        assert {(one.field, one.rule) for one in concerns_about({"title": said})} == {("title", rule)}


@pytest.mark.parametrize("text", HARMLESS)
def test_it_passes(text: str) -> None:
    assert concerns_about({"title": text, "description": f"{text}. {text}"}) == frozenset()


def test_a_concern_names_the_field_and_what_was_found() -> None:
    (concern,) = concerns_about({"title": "Camera", "tags": "film, t.me/shop"})
    assert (concern.field, concern.found) == ("tags", "t.me/s")
    assert str(concern) == "has contact details: people reach you through offers and messages ('t.me/s')"


def test_what_is_particular_to_services_and_lots_is_read_too() -> None:
    package = Package(name="Basic", price=aed(10), description="t.me/plumber")
    service = a_listing(terms=ServiceTerms(packages=(package,)), channel=Channel.SERVICES, category="plumbing")
    lot = a_listing(terms=LotTerms(quantity=aed(5).decimal, unit="bale", quality={"contact": "t.me/cotton"}))
    assert [one.field for listing in (service, lot) for one in listing.concerns] == ["packages", "lot.quality"]


@pytest.mark.parametrize("piece", ["1 ", "a", "+1", "a@", "(at) ", "phone ", "1-", "a.", "\U0001f600"])
def test_long_texts_are_read_quickly(piece: str) -> None:
    """Far within the test's time limit: no expression backtracks without bound."""
    concerns_about({"description": (piece * 5_000)[:5_000]})
