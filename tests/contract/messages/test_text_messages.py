"""The fake and Twilio's adapter keep one contract; Twilio is a real server on this machine."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

import pytest
from aiohttp import web

from marketplace.adapters.egress import ProviderHttp
from marketplace.adapters.sms.twilio import REFUSED_NUMBERS, TwilioTextMessages
from marketplace.application.shared.messages import Sms, TextMessages, Undeliverable
from marketplace.domain.shared.errors import Unavailable
from tests.builders.identity import NOON
from tests.fakes import provider, twilio
from tests.fakes.messages import MemoryOutbox, MemoryTextMessages
from tests.fakes.world import FixedClock

SMS = Sms("+998901234567", "Код: 274913 & 100 % + ?\n\n@market.example #274913")


class NotNow(Unavailable):
    code = "not_now"


@dataclass
class House:
    texts: TextMessages
    received: Callable[[], list[Sms]]
    refuse: Callable[[str, bool], None]


class TextMessagesContract:
    async def test_a_message_arrives_as_it_was_given(self, house: House) -> None:
        assert house.texts.available
        await house.texts.send(SMS)
        assert house.received() == [SMS]

    async def test_a_number_refused_for_good(self, house: House) -> None:
        house.refuse(SMS.to, True)
        with pytest.raises(Undeliverable) as refusal:
            await house.texts.send(SMS)
        assert SMS.to not in str(refusal.value)
        assert house.received() == []

    async def test_a_number_refused_for_now(self, house: House) -> None:
        house.refuse(SMS.to, False)
        with pytest.raises(Unavailable):
            await house.texts.send(SMS)
        assert house.received() == []


class TestMemory(TextMessagesContract):
    @pytest.fixture
    def house(self) -> House:
        fake = MemoryTextMessages(MemoryOutbox(FixedClock(NOON)))

        def refuse(number: str, for_good: bool) -> None:
            fake.refuses[number] = Undeliverable("a landline") if for_good else NotNow("later")

        return House(fake, lambda: fake.sent, refuse)


@dataclass
class TwilioHouse(House):
    api: twilio.Twilio
    server: provider.Provider
    http: ProviderHttp


@pytest.fixture
async def twilio_house() -> AsyncIterator[TwilioHouse]:
    api = twilio.Twilio()
    async with provider.running(provider.Provider(api)) as server:
        http = ProviderHttp([server.origin])

        def refuse(number: str, for_good: bool) -> None:
            api.answers[number] = (400, 21614) if for_good else (429, 20429)

        texts = TwilioTextMessages(http, twilio.ACCOUNT, twilio.TOKEN, twilio.NUMBER, base=server.origin)
        yield TwilioHouse(
            texts, lambda: [Sms(form["To"], form["Body"]) for form in api.taken], refuse, api, server, http
        )
        await http.close()


class TestTwilio(TextMessagesContract):
    @pytest.fixture
    def house(self, twilio_house: TwilioHouse) -> House:
        return twilio_house

    @pytest.mark.parametrize("code", REFUSED_NUMBERS)
    async def test_every_refused_number(self, twilio_house: TwilioHouse, code: int) -> None:
        twilio_house.api.answers[SMS.to] = (400, code)
        with pytest.raises(Undeliverable, match=str(code)):
            await twilio_house.texts.send(SMS)

    @pytest.mark.parametrize(("status", "code"), [(500, 20500), (503, 20503), (400, 21606), (403, 20003), (500, 21614)])
    async def test_troubles_that_are_not_the_number_s(self, twilio_house: TwilioHouse, status: int, code: int) -> None:
        twilio_house.api.answers[SMS.to] = (status, code)
        with pytest.raises(Unavailable):
            await twilio_house.texts.send(SMS)

    async def test_what_is_no_number_is_refused_by_the_provider(self, twilio_house: TwilioHouse) -> None:
        with pytest.raises(Undeliverable, match="21211"):
            await twilio_house.texts.send(replace(SMS, to="+0"))

    async def test_a_wrong_token(self, twilio_house: TwilioHouse) -> None:
        texts = TwilioTextMessages(
            twilio_house.http, twilio.ACCOUNT, "another", twilio.NUMBER, base=twilio_house.server.origin
        )
        with pytest.raises(Unavailable):
            await texts.send(SMS)

    @pytest.mark.parametrize("body", [b"", b"<html>busy</html>", b"[]", b'{"code": "x"}'])
    async def test_an_answer_that_is_not_twilio_s(self, twilio_house: TwilioHouse, body: bytes) -> None:
        twilio_house.server.answer = lambda _: web.Response(status=400, body=body)
        with pytest.raises(Unavailable):
            await twilio_house.texts.send(SMS)
