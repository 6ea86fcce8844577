from uuid import UUID

import pytest

from marketplace.adapters.sms.unconfigured import UnconfiguredTextMessages
from marketplace.application.shared.courier import Courier
from marketplace.application.shared.letters import (
    Language,
    OneTimeCode,
    PhoneChanged,
    Recipient,
    mask_email,
)
from marketplace.application.shared.messages import MessageChannel, Undeliverable
from marketplace.domain.shared.errors import Unavailable
from tests.builders.identity import NOON
from tests.fakes.messages import TEMPLATES, PostOffice
from tests.fakes.world import FixedClock

SMS, EMAIL = MessageChannel.SMS, MessageChannel.EMAIL
OCCASION = UUID(int=7)
AMINA = Recipient(email="amina@x.example", phone="+998901234567", name="Amina")


class NotNow(Unavailable):
    code = "not_now"


@pytest.fixture
def office() -> PostOffice:
    return PostOffice(FixedClock(NOON))


async def test_a_mail_has_the_words_of_its_letter(office: PostOffice) -> None:
    await office.courier.mail(PhoneChanged(), AMINA, OCCASION)
    (mail,) = office.mailer.sent
    written = TEMPLATES.mail(PhoneChanged(), AMINA)
    assert (mail.to, mail.subject, mail.text, mail.html) == (AMINA.email, written.subject, written.text, written.html)
    assert office.text_messages.sent == []


async def test_a_repetition_keeps_the_message_id_and_another_text_has_another(office: PostOffice) -> None:
    for letter, occasion in (
        (OneTimeCode("111111", 10), OCCASION),
        (OneTimeCode("111111", 10), OCCASION),
        (OneTimeCode("222222", 10), OCCASION),
        (OneTimeCode("111111", 10), UUID(int=8)),
    ):
        await office.courier.mail(letter, AMINA, occasion)
    first, again, other_code, other_occasion = [mail.message_id for mail in office.mailer.sent]
    assert first == again
    assert len({first, other_code, other_occasion}) == 3


async def test_a_text_message_goes_to_the_phone_alone(office: PostOffice) -> None:
    assert await office.courier.text(OneTimeCode("123456", 10), AMINA)
    assert [(sms.to, "123456" in sms.text) for sms in office.text_messages.sent] == [(AMINA.phone, True)]
    assert office.mailer.sent == []


@pytest.mark.parametrize(
    ("refusal", "noted"),
    [(Undeliverable("a landline"), [(SMS, AMINA.phone, "a landline")]), (NotNow("later"), [])],
)
async def test_of_a_text_message_that_cannot_go_the_caller_hears(
    office: PostOffice, refusal: Undeliverable | Unavailable, noted: list[object]
) -> None:
    office.text_messages.refuses[AMINA.phone or ""] = refusal
    assert not await office.courier.text(OneTimeCode("123456", 10), AMINA)
    assert office.undelivered.noted == noted


async def test_without_a_phone_or_a_provider_no_text_message_goes(office: PostOffice) -> None:
    nobody = Recipient(email="zarina@x.example")
    assert not await office.courier.text(OneTimeCode("123456", 10), nobody)
    poor = Courier(TEMPLATES, office.mailer, UnconfiguredTextMessages(), office.undelivered)
    assert not await poor.text(OneTimeCode("123456", 10), AMINA)
    assert office.text_messages.sent == []


async def test_a_refused_address_is_noted_and_not_tried_again(office: PostOffice) -> None:
    office.mailer.refuses[AMINA.email] = Undeliverable("no such mailbox")
    await office.courier.mail(PhoneChanged(), AMINA, OCCASION)
    assert office.undelivered.noted == [(EMAIL, AMINA.email, "no such mailbox")]


async def test_a_provider_that_is_down_is_the_callers_to_retry(office: PostOffice) -> None:
    office.mailer.refuses[AMINA.email] = NotNow("later")
    with pytest.raises(NotNow):
        await office.courier.mail(PhoneChanged(), AMINA, OCCASION)
    assert office.undelivered.noted == []


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("ru", "ru"), ("ru-RU", "ru"), ("UZ_Latn", "uz"), ("ar-EG", "ar"), ("hi", "hi"), ("en-GB", "en"), ("fr", "en"),
        ("", "en"), ("rus", "en"), ("-", "en"),
    ],
)  # fmt: skip
def test_the_closest_language(tag: str, language: str) -> None:
    assert Language.closest(tag) is Language(language)


def test_a_masked_address() -> None:
    assert mask_email("amina@x.example") == "a…@x.example"
