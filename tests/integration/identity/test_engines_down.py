"""Without Valkey whoever needs it hears so quickly."""

import asyncio
from pathlib import Path
from time import monotonic
from uuid import uuid4

import pytest

from marketplace.adapters.mail.outbox import OutboxMailer, RedisOutbox
from marketplace.adapters.mail.unconfigured import MailUnavailable, UnconfiguredMailer
from marketplace.adapters.redis.challenges import RedisChallenges
from marketplace.adapters.redis.client import CacheUnavailable, connect
from marketplace.adapters.redis.one_time_codes import RedisOneTimeCodes
from marketplace.adapters.redis.socket_tickets import RedisSocketTickets
from marketplace.application.identity.codes import CODE_LIFE, CODE_TRIES
from marketplace.application.identity.factor_ports import Ceremony
from marketplace.application.identity.ports import CodePurpose, SessionToken
from marketplace.application.shared.messages import Mail
from marketplace.domain.shared.ids import SessionId, UserId
from tests.builders.identity import NOON
from tests.fakes.world import FixedClock

MAIL = Mail("a@x.example", "subject", "text", "", uuid4())


async def every_use_is_refused(url: str) -> None:
    redis = connect(url)
    codes = RedisOneTimeCodes(redis, b"k" * 32, life=CODE_LIFE, tries=CODE_TRIES)
    tickets, outbox = RedisSocketTickets(redis), RedisOutbox(redis, FixedClock(NOON))
    challenges = RedisChallenges(redis)
    uses = (
        codes.make(CodePurpose.VERIFY_ACCOUNT, "amina"),
        codes.check(CodePurpose.VERIFY_ACCOUNT, "amina", "000000"),
        tickets.issue(SessionToken(UserId(uuid4()), SessionId(uuid4()))),
        tickets.take("ticket"),
        OutboxMailer(outbox).send(MAIL),
        outbox.messages("a@x.example"),
        challenges.issue(Ceremony.SIGN_IN, None),
        challenges.take(Ceremony.SIGN_IN, None, b"challenge"),
    )
    started = monotonic()
    outcomes = await asyncio.gather(*uses, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [CacheUnavailable] * len(uses)
    assert monotonic() - started < 5
    await redis.aclose()


async def test_no_engine_at_the_address(tmp_path: Path) -> None:
    await every_use_is_refused(f"unix://{tmp_path / 'nobody.sock'}")


async def test_an_engine_that_never_answers(tmp_path: Path) -> None:
    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_unix_server(silence, tmp_path / "s.sock")
    async with server:
        await every_use_is_refused(f"unix://{tmp_path / 's.sock'}")


async def test_without_a_mail_provider_nothing_is_lost_silently() -> None:
    with pytest.raises(MailUnavailable):
        await UnconfiguredMailer().send(MAIL)
