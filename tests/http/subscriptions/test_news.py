"""What the worker makes of the life of a subscription: notices, letters, earnings, and accounts that go."""

import pytest

from marketplace.application.payments.earnings import SETTLE_EARNINGS
from tests.http.commerce.market import data
from tests.http.people.town import Town
from tests.http.subscriptions.test_subscriptions import PATH, a_card, a_plan, act, subscribed

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_both_are_told_letters_are_written_and_earnings_settle_after_the_hold(fresh_town: Town) -> None:
    town = fresh_town
    creator, fan = await town.person("seller"), await town.person()
    plan = await a_plan(town, creator)
    failed = await subscribed(town, plan, fan, payment_method="wallet")
    one = await act(town, failed, "payment-method", fan, await a_card(town, fan))
    await act(town, one, "cancel", await town.person("admin"))
    await town.work()
    rows = await town.fetch(
        "SELECT user_id, data->>'change' AS change FROM notifications.user_events"
        " WHERE name = 'subscription:updated' ORDER BY seq"
    )
    for person in (creator, fan):
        told = [row["change"] for row in rows if row["user_id"] == person.id]
        assert told == ["charge_failed", "started", "ended"]
    (address,) = await town.fetch("SELECT email FROM identity.users WHERE id = $1", fan.id)
    letters = data(await town.client.get("/dev/outbox", params={"to": address["email"]}))
    assert {
        "We could not charge your subscription", "Your subscription has begun", "Your subscription has ended",
    } <= {letter["subject"] for letter in letters}  # fmt: skip
    (hold,) = await town.fetch(
        "SELECT j.run_at - now() > interval '71 hours' AS late FROM jobs.job j JOIN payments.payments p"
        " ON j.key = p.id::text WHERE j.handler = $1 AND p.payee_id = $2",
        SETTLE_EARNINGS, creator.id,
    )  # fmt: skip
    assert hold["late"]
    trail = await town.fetch("SELECT action FROM audit.entries WHERE action LIKE 'subscriptions.%'")
    assert len(trail) == 3


async def test_a_suspended_creator_pauses_and_a_deleted_subscriber_ends(fresh_town: Town) -> None:
    town = fresh_town
    creator, fan, other = await town.person("seller"), await town.person(), await town.person()
    plan = await a_plan(town, creator)
    one, another = await subscribed(town, plan, fan), await subscribed(town, plan, other)
    admin = await town.person("admin")
    await town.call("POST", f"/users/{creator.id}/suspend", admin, {"reason": "Sells counterfeit goods."})
    await town.call("DELETE", f"/users/{other.id}", admin)
    await town.work()
    assert data(await town.call("GET", f"{PATH}/{one['id']}", fan))["subscription"]["is_pausing"]
    (row,) = await town.fetch("SELECT status FROM subscriptions.subscriptions WHERE id::text = $1", another["id"])
    assert row["status"] == "ended"
