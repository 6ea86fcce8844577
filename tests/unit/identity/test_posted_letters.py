"""Letters about dealings, on fakes."""

from uuid import uuid4

import pytest

from marketplace.application.identity.letters import SendPosted
from marketplace.application.shared.letters import TradeOfferDeclined
from marketplace.application.shared.messages import MessageChannel
from marketplace.application.shared.posting import PostedLetter
from marketplace.domain.identity.user import AccountStatus
from marketplace.domain.shared.errors import Unavailable
from tests.builders.commerce import NOON
from tests.builders.identity import a_user
from tests.fakes.identity import MemoryIdentity, MemoryQueries, MemoryUsers
from tests.fakes.messages import PostOffice
from tests.fakes.world import FixedClock


class MessagesUnavailable(Unavailable):
    code = "messages_unavailable"


@pytest.mark.parametrize(("changes", "sent"), [
    ({"email_verified": True, "language": "ru"}, ["Ваше предложение отклонено"]),
    ({"email_verified": False}, []),
    ({"email_verified": True, "status": AccountStatus.SUSPENDED}, []),
])  # fmt: skip
async def test_they_go_to_confirmed_addresses_of_active_accounts_in_their_language(
    changes: dict[str, object], sent: list[str]
) -> None:
    store, office, user = MemoryIdentity(), PostOffice(FixedClock(NOON)), a_user(**changes)
    async with store:
        await MemoryUsers(store).add(user)
    send, letter = SendPosted(MemoryQueries(store), office.courier), TradeOfferDeclined("cotton, 500 bale")
    posted = PostedLetter(user.id, letter, uuid4())
    for _ in range(2):
        await send(posted)
    assert [mail.subject for mail in office.mailer.sent] == 2 * sent
    assert len({mail.message_id for mail in office.mailer.sent}) == len(sent), "a repetition is known as one"


@pytest.mark.parametrize(("changes", "sent"), [
    ({"phone_verified": True, "language": "ru"}, ["Marketplace: Ваше предложение отклонено"]), ({}, []),
])  # fmt: skip
async def test_text_messages_go_to_confirmed_numbers_and_are_tried_again(
    changes: dict[str, object], sent: list[str]
) -> None:
    user = a_user(email_verified=True, phone="+971501234567", **changes)
    store, office = MemoryIdentity(), PostOffice(FixedClock(NOON))
    async with store:
        await MemoryUsers(store).add(user)
    posted = PostedLetter(user.id, TradeOfferDeclined("cotton, 500 bale"), uuid4(), MessageChannel.SMS)
    await SendPosted(MemoryQueries(store), office.courier)(posted)
    assert [sms.text for sms in office.text_messages.sent] == sent
    assert office.mailer.sent == []
    if sent:
        office.text_messages.refuses["+971501234567"] = MessagesUnavailable("the provider is away")
        with pytest.raises(MessagesUnavailable):
            await SendPosted(MemoryQueries(store), office.courier)(posted)
