"""What the worker does at the deadlines of trades, and when their owners go."""

from typing import Any

import pytest

from marketplace.application.trading.trades import EXPIRE_TRADE, OPEN_TRADE
from prove.people import Person
from tests.http.commerce.market import data
from tests.http.people.town import Town
from tests.http.trades.desk import TRADES, drafted, in_days, published
from tests.http.trades.test_insight import NEGOTIATION, new_id


async def ring(town: Town, timer: str, trade: Any) -> None:
    """As if the trade's deadline were now."""
    ago = "7 days" if timer == EXPIRE_TRADE and trade["visibility"] == "sealed" else "0"
    await town.fetch(
        "UPDATE trading.trades SET valid_until = now() - $2::text::interval WHERE id = $1", trade["id"], ago
    )
    rung = await town.fetch(
        "UPDATE jobs.job SET run_at = now() WHERE handler = $1 AND payload::text LIKE '%' || $2 || '%' RETURNING id",
        timer, trade["id"],
    )  # fmt: skip
    assert len(rung) == 1
    await town.work()


async def offered(town: Town, trade: Any, by: Person) -> None:
    await town.fetch(NEGOTIATION, new_id(), trade["id"], by.id, new_id())


async def statuses(town: Town, trade: Any) -> tuple[str, list[str]]:
    """Of the trade, and of the negotiations over it."""
    (now,) = await town.fetch("SELECT status FROM trading.trades WHERE id = $1", trade["id"])
    over = await town.fetch("SELECT status FROM trading.negotiations WHERE subject_id = $1", trade["id"])
    return now["status"], [one["status"] for one in over]


async def test_a_trade_ends_at_its_deadline_with_what_is_negotiated_over_it(town: Town) -> None:
    me, other = await town.person(), await town.person()
    trade = await published(town, me)
    await offered(town, trade, other)
    await ring(town, EXPIRE_TRADE, trade)
    assert await statuses(town, trade) == ("expired", ["cancelled"])


@pytest.mark.parametrize("has_offers", [True, False])
async def test_a_sealed_trade_opens_at_its_deadline_and_expires_a_week_later(town: Town, has_offers: bool) -> None:
    me, other = await town.person(), await town.person()
    trade = await published(town, me, visibility="sealed", valid_until=in_days(2))
    if has_offers:
        await offered(town, trade, other)
    await ring(town, OPEN_TRADE, trade)
    assert await statuses(town, trade) == (("negotiating", ["open"]) if has_offers else ("expired", []))
    if has_offers:
        await ring(town, EXPIRE_TRADE, trade)
        assert await statuses(town, trade) == ("expired", ["cancelled"])


async def test_what_is_negotiated_over_a_cancelled_trade_ends(town: Town) -> None:
    me, other = await town.person(), await town.person()
    trade, kept = await published(town, me), await published(town, me)
    for one in (trade, kept):
        await offered(town, one, other)
    data(await town.call("POST", f"{TRADES}/{trade['id']}/cancel", me))
    await town.work()
    assert await statuses(town, trade) == ("cancelled", ["cancelled"])
    assert await statuses(town, kept) == ("published", ["open"])
    waiting = await town.fetch(
        "SELECT FROM jobs.job WHERE handler = $1 AND payload::text LIKE '%' || $2 || '%' AND state = 'ready'",
        EXPIRE_TRADE, trade["id"],
    )  # fmt: skip
    assert waiting == []


async def test_the_trades_of_a_suspended_owner_end(town: Town) -> None:
    me, other, admin = await town.person(), await town.person(), await town.person("admin")
    trade, draft, foreign = await published(town, me), await drafted(town, me), await published(town, other)
    data(await town.call("POST", f"/users/{me.id}/suspend", admin, {"reason": "Sells what is not there."}))
    await town.work()
    assert [(await statuses(town, one))[0] for one in (trade, draft, foreign)] == ["cancelled", "draft", "published"]
