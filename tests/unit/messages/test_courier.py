from uuid import UUID, uuid4

import msgspec
import pytest

from marketplace.adapters.sms.unconfigured import UnconfiguredTextMessages
from marketplace.application.notifications.letters import DeliverLetter
from marketplace.application.shared.courier import Courier
from marketplace.application.shared.letters import (
    EmailChange,
    Language,
    OneTimeCode,
    PasswordReset,
    PhoneChanged,
    PostedLetter,
    Recipient,
    VerifyEmail,
    mask_email,
)
from marketplace.application.shared.messages import MessageChannel, Undeliverable
from marketplace.domain.shared.errors import Unavailable
from marketplace.domain.shared.ids import UserId
from tests.builders.identity import NOON
from tests.fakes.messages import TEMPLATES, MemoryLinks, PostOffice
from tests.fakes.world import FixedClock

SMS, EMAIL = MessageChannel.SMS, MessageChannel.EMAIL
OCCASION = UUID(int=7)
AMINA = Recipient(user_id=UserId(uuid4()), email="amina@x.example", phone="+998901234567", name="Amina")


class NotNow(Unavailable):
    code = "not_now"


@pytest.fixture
def office() -> PostOffice:
    return PostOffice(FixedClock(NOON))


async def test_a_mail_has_the_words_of_its_letter(office: PostOffice) -> None:
    await office.courier(PhoneChanged(), AMINA, EMAIL, OCCASION)
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
        await office.courier(letter, AMINA, EMAIL, occasion)
    first, again, other_code, other_occasion = [mail.message_id for mail in office.mailer.sent]
    assert first == again
    assert len({first, other_code, other_occasion}) == 3


async def test_a_text_message_goes_to_the_phone_alone(office: PostOffice) -> None:
    await office.courier(OneTimeCode("123456", 10), AMINA, SMS, OCCASION)
    assert [(sms.to, "123456" in sms.text) for sms in office.text_messages.sent] == [(AMINA.phone, True)]
    assert office.mailer.sent == []


@pytest.mark.parametrize(
    ("refusal", "noted"),
    [(Undeliverable("a landline"), [(SMS, AMINA.phone, "a landline")]), (NotNow("later"), [])],
)
async def test_a_text_message_that_cannot_go_becomes_a_mail(
    office: PostOffice, refusal: Undeliverable | Unavailable, noted: list[object]
) -> None:
    office.text_messages.refuses[AMINA.phone or ""] = refusal
    await office.courier(OneTimeCode("123456", 10), AMINA, SMS, OCCASION)
    assert [mail.to for mail in office.mailer.sent] == [AMINA.email]
    assert office.undelivered.noted == noted


async def test_without_a_phone_or_a_provider_there_is_a_mail(office: PostOffice) -> None:
    nobody = Recipient(user_id=None, email="zarina@x.example")
    await office.courier(OneTimeCode("123456", 10), nobody, SMS, OCCASION)
    poor = Courier(TEMPLATES, office.mailer, UnconfiguredTextMessages(), office.undelivered)
    await poor(OneTimeCode("123456", 10), AMINA, SMS, OCCASION)
    assert [mail.to for mail in office.mailer.sent] == [nobody.email, AMINA.email]


async def test_a_refused_address_is_noted_and_not_tried_again(office: PostOffice) -> None:
    office.mailer.refuses[AMINA.email] = Undeliverable("no such mailbox")
    await office.courier(PhoneChanged(), AMINA, EMAIL, OCCASION)
    assert office.undelivered.noted == [(EMAIL, AMINA.email, "no such mailbox")]


async def test_a_provider_that_is_down_is_the_callers_to_retry(office: PostOffice) -> None:
    office.mailer.refuses[AMINA.email] = NotNow("later")
    with pytest.raises(NotNow):
        await office.courier(PhoneChanged(), AMINA, EMAIL, OCCASION)
    assert office.undelivered.noted == []


class TestDeliverLetter:
    @pytest.fixture
    def links(self) -> MemoryLinks:
        return MemoryLinks()

    @pytest.fixture
    def deliver(self, office: PostOffice, links: MemoryLinks) -> DeliverLetter:
        return DeliverLetter(links, office.courier)

    @pytest.mark.parametrize(
        ("letter", "page"),
        [
            (VerifyEmail(24), f"verify?u={AMINA.user_id}&e={AMINA.email}"),
            (PasswordReset(30), f"reset?u={AMINA.user_id}&e="),
            (EmailChange("a…@x.example", 24), f"change?u={AMINA.user_id}&e={AMINA.email}"),
        ],
    )
    async def test_the_link_is_made_at_the_delivery(
        self, office: PostOffice, deliver: DeliverLetter, letter: VerifyEmail | PasswordReset | EmailChange, page: str
    ) -> None:
        await deliver(PostedLetter(OCCASION, letter, AMINA))
        assert f"\nhttps://market.example/{page}\n" in office.mailer.sent[0].text

    async def test_nothing_goes_when_there_is_nothing_to_do_any_more(
        self, office: PostOffice, deliver: DeliverLetter, links: MemoryLinks
    ) -> None:
        assert AMINA.user_id
        links.gone.add(AMINA.user_id)
        await deliver(PostedLetter(OCCASION, PasswordReset(30), AMINA))
        await deliver(PostedLetter(OCCASION, PasswordReset(30), Recipient(user_id=None, email="a@x.example")))
        assert office.mailer.sent == []

    async def test_a_letter_without_a_link_needs_no_page_nor_a_user(
        self, office: PostOffice, deliver: DeliverLetter
    ) -> None:
        await deliver(PostedLetter(OCCASION, PhoneChanged(), Recipient(user_id=None, email="a@x.example")))
        assert "https://" not in office.mailer.sent[0].text


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


def test_a_letter_with_a_code_cannot_be_posted() -> None:
    posted = msgspec.json.encode({"id": OCCASION, "letter": OneTimeCode("123456", 10), "to": AMINA})
    with pytest.raises(msgspec.ValidationError, match="one_time_code"):
        msgspec.json.decode(posted, type=PostedLetter)
