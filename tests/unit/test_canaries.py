"""What must not be told is seen wherever it is told."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar, Request, get
from litestar.datastructures import State

from prove.canaries import ACCOUNTS, CARDS, KEYS, leaks
from prove.people import GOOD
from tests import canaries
from tests.realtime.harness import SocketIo

SOURCES = ("tests", "prove", "simulators")


@pytest.mark.parametrize("hidden", [*CARDS, *ACCOUNTS, *KEYS])
def test_it_is_seen_in_text_in_bytes_and_in_rows(hidden: str) -> None:
    for text in (
        f'{{"x":"{hidden}"}}',
        f"said {hidden}.".encode(),
        rf"(1,\x00{hidden.encode().hex()})",
        hidden.upper(),
    ):
        assert len(leaks(text)) == 1


@pytest.mark.parametrize("text", [
    "4242 4242 4242 4242", "4000-0000-0000-0341", "AE07 0331 2345 6789 0123 456", '{"cvc": "123"}',
    '(1,"{""cvc"": ""9876""}")', "token=pm_card_visa", "sk_test_1", '"whsec_1"',
    "tok_completes_0192f7c4a1b27d3e8f5a6b7c8d9e0f10", "tok_always_fails",
])  # fmt: skip
def test_people_write_it_in_many_ways(text: str) -> None:
    assert len(leaks(text)) == 1


@pytest.mark.parametrize("text", [
    "**** 4242", "visa 4242, 12/2030", "AE** **** 3456", '{"field":"card.cvc","message":"has 3 or 4 digits"}',
    "424242424242", "rpm_limit", "0192f7c4-4242-7d3e-8f5a-6b7c8d9e0f10",
])  # fmt: skip
def test_what_may_be_told_is_not_taken_for_it(text: str) -> None:
    assert leaks(text) == []


def test_every_card_that_anything_here_sends_is_known() -> None:
    texts = (file.read_text() for name in SOURCES for file in Path(name).rglob("*.py"))
    numbers = {number for text in texts for number in re.findall(r"\b[3-6]\d{15}\b", text) if _is_card(number)}
    assert numbers == set(CARDS)


def _is_card(number: str) -> bool:
    """By its check digit (ISO/IEC 7812-1)."""
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(number)]
    return sum(one // 10 + one % 10 for one in doubled) % 10 == 0


@get("/")
async def echo(request: Request[None, None, State]) -> str:
    return request.url.query


async def test_an_answer_that_holds_a_card_is_heard() -> None:
    app: Any = Litestar([echo], before_send=[canaries.hear], logging_config=None)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        await client.get("/?4242")
        assert canaries.taken() == []
        await client.get(f"/?{GOOD}")
    assert canaries.taken() == [f"/ told {GOOD}"]


async def test_an_event_that_holds_a_card_is_heard() -> None:
    await SocketIo()._hear("payment_success", {"card": GOOD})
    assert canaries.taken() == [f"payment_success told {GOOD}"]


def test_a_line_of_the_log_that_holds_a_card_is_seen() -> None:
    lines = [("Captured stderr setup", GOOD), ("Captured stderr call", "paid"), ("Captured log call", f"card={GOOD}")]
    report = pytest.TestReport("a test", ("file", 1, ""), {}, "passed", None, "call", sections=lines)
    assert canaries.written(report) == [f"Captured log call holds {GOOD}"]
