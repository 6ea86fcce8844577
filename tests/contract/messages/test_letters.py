"""The SQL adapter and the fake keep one contract: a letter is posted by the commit, or not at all."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import pytest

from marketplace.adapters.ids import TimeOrderedIds
from marketplace.adapters.sql.letters import SqlLetters
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.letters import (
    DELIVER_LETTER,
    Language,
    Letters,
    NewDevice,
    PasswordReset,
    PostedLetter,
    Recipient,
    Welcome,
)
from marketplace.application.shared.messages import MessageChannel
from marketplace.application.shared.ports import Transaction
from marketplace.domain.shared.ids import UserId
from tests.fakes.identity import MemoryIdentity
from tests.fakes.messages import MemoryLetters

LETTERS = (
    PasswordReset(minutes=30),
    NewDevice(datetime(2026, 3, 9, 21, 5, tzinfo=UTC), "Firefox \u202e, Linux é", "2001:db8::"),
    Welcome(),
)


@dataclass
class House:
    transaction: Transaction
    letters: Letters
    posted: Callable[[Recipient], Awaitable[list[PostedLetter]]]


def a_recipient() -> Recipient:
    return Recipient(
        user_id=UserId(uuid4()), email=f"{uuid4().hex}@x.example", phone="+998901234567", name="Амина",
        language=Language.RUSSIAN,
    )  # fmt: skip


@pytest.fixture(params=["memory", "sql"])
def house(request: pytest.FixtureRequest) -> House:
    ids = TimeOrderedIds()
    if request.param == "memory":
        store = MemoryIdentity()

        async def posted_to(to: Recipient) -> list[PostedLetter]:
            return [one for one in store.letters if one.to.email == to.email]

        return House(store, MemoryLetters(store, ids), posted_to)
    pool: Pool = request.getfixturevalue("pool")
    transaction = SqlTransaction(pool, {})

    async def queued_for(to: Recipient) -> list[PostedLetter]:
        async with pool.connection() as connection:
            rows = await connection.fetch(
                "SELECT payload::text FROM jobs.job WHERE handler = $1 AND payload->'to'->>'email' = $2 ORDER BY id",
                DELIVER_LETTER,
                to.email,
            )
        return [msgspec.json.decode(row["payload"], type=PostedLetter) for row in rows]

    return House(transaction, SqlLetters(transaction, ids), queued_for)


async def test_letters_are_posted_by_the_commit_as_they_were_given(house: House) -> None:
    to = a_recipient()
    async with house.transaction:
        for letter in LETTERS:
            house.letters.send(letter, to)
        house.letters.send(Welcome(), to, MessageChannel.SMS)
    posted = await house.posted(to)
    assert [(one.letter, one.to, one.channel) for one in posted] == [
        *((letter, to, MessageChannel.EMAIL) for letter in LETTERS),
        (Welcome(), to, MessageChannel.SMS),
    ]
    assert len({one.id for one in posted}) == len(posted)


async def test_a_failed_block_posts_nothing(house: House) -> None:
    to = a_recipient()
    with pytest.raises(ValueError, match="no"):
        async with house.transaction:
            house.letters.send(Welcome(), to)
            raise ValueError("no")
    assert await house.posted(to) == []
