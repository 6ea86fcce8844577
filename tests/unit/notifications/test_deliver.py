from decimal import Decimal
from uuid import uuid4

from marketplace.application.notifications.deliver import DeliverNotices
from marketplace.domain.notifications.notice import Notice
from marketplace.domain.shared.ids import UserId
from tests.fakes.identity import MemoryIdentity
from tests.fakes.notifications import MemoryPost, MemoryUserEvents


async def test_notices_become_their_recipients_events() -> None:
    user, events = UserId(uuid4()), MemoryUserEvents()
    await DeliverNotices(MemoryIdentity(), events, MemoryPost())(
        [Notice(user, "order_created", {"amount": Decimal("850.00")})]
    )
    (event,) = events.events[user]
    assert (event.seq, event.name, bytes(event.data)) == (1, "order_created", b'{"amount":850.00}')


async def test_nothing_to_tell_touches_nothing() -> None:
    events = MemoryUserEvents()
    await DeliverNotices(MemoryIdentity(), events, MemoryPost())([])
    assert not events.events
