from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

import pytest
from dishka import AsyncContainer

from marketplace.domain.shared.aggregate import DomainEvent
from marketplace.entrypoints.worker.registry import Handlers


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(DomainEvent):
    name: ClassVar[str] = "test.happened.v1"


async def hear(_: AsyncContainer, __: Happened) -> None: ...
async def expire(_: AsyncContainer, __: UUID) -> None: ...
async def sweep(_: AsyncContainer, __: datetime) -> None: ...


def test_every_subscriber_of_an_event_is_a_subscription() -> None:
    handlers = Handlers()
    handlers.on(Happened, "mail.happened")(hear)
    handlers.on(Happened, "search.happened")(hear)
    handlers.timer("offer.expire")(expire)
    assert handlers.subscriptions == {Happened: ("mail.happened", "search.happened")}


def test_a_name_is_registered_once() -> None:
    handlers = Handlers()
    handlers.timer("offer.expire")(expire)
    with pytest.raises(ValueError, match="registered twice"):
        handlers.on(Happened, "offer.expire")(hear)


@pytest.mark.parametrize("expression", ["every day", "61 * * * *", "0 0 30 2 *"])
def test_a_cron_expression_that_names_no_time_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="names no time"):
        Handlers().cron("sweep", expression)(sweep)


def test_the_wait_doubles_up_to_the_cap_and_ends_with_the_last_attempt() -> None:
    handlers = Handlers()
    handlers.timer("offer.expire", max_attempts=6, base=2.0, cap=10.0)(expire)
    waits = [handlers.by_name["offer.expire"].retry_in(attempt) for attempt in range(1, 7)]
    assert waits.pop() is None
    for wait, middle in zip(waits, [2, 4, 8, 10, 10], strict=True):
        assert wait is not None
        assert 0.9 * middle <= wait.total_seconds() <= 1.1 * middle


def test_a_wait_that_was_asked_for_is_kept() -> None:
    handlers = Handlers()
    handlers.timer("push.send", max_attempts=2, base=10.0)(expire)
    handler = handlers.by_name["push.send"]
    assert handler.retry_in(1, asked=1_800) == timedelta(seconds=1_800)
    assert timedelta(seconds=9) <= (handler.retry_in(1, asked=3) or timedelta(0)) <= timedelta(seconds=11)
    assert handler.retry_in(2, asked=1_800) is None


def test_handlers_are_transactional_unless_told_otherwise() -> None:
    handlers = Handlers()
    handlers.timer("offer.expire")(expire)
    handlers.timer("payment.capture", transactional=False)(expire)
    assert handlers.by_name["offer.expire"].transactional
    assert not handlers.by_name["payment.capture"].transactional
