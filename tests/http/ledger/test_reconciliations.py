"""Books of a provider against ours, over HTTP: what agrees, what differs, and who may look."""

import json
from typing import Any
from uuid import uuid4

from prometheus_client import REGISTRY

from marketplace.entrypoints.worker.ports import Queue
from marketplace.entrypoints.worker.subscriptions import handlers
from marketplace.entrypoints.worker.worker import Worker
from prove.people import people_in
from tests.http.commerce.market import Market, data, refusal

PLACE = "/ledger/reconciliations"


async def reconcile(market: Market, **fields: Any) -> Any:
    return data(await market.call("POST", PLACE, market.admin, {"provider": "simulator", **fields}), 201)


async def test_what_agrees_is_matched_and_what_was_lost_is_named(fresh_market: Market) -> None:
    market = fresh_market
    paid = [data(await market.pay(await market.order()), 201) for _ in range(3)]
    refunded = {"reason": "Arrived broken", "amount": 250}
    refund = data(await market.call("POST", f"/payments/{paid[0]['id']}/refund", market.admin, refunded), 201)
    run = await reconcile(market)
    assert (run["matched"], run["under_way"], run["found"], run["differences"]) == (4, 0, 0, [])

    lost, dearer, unknown = (one["id"] for one in paid)
    await market.fetch("DELETE FROM gateway_simulator.charges WHERE payment_id = $1", lost)
    await market.fetch(
        "UPDATE gateway_simulator.charges SET amount_minor = amount_minor + 1 WHERE payment_id = $1", dearer
    )
    stranger = uuid4()
    await market.fetch("UPDATE gateway_simulator.charges SET payment_id = $2 WHERE payment_id = $1", unknown, stranger)
    await market.fetch(
        "UPDATE gateway_simulator.refunds SET reference = 'another' WHERE refund_id = $1", refund["refund"]["id"]
    )
    run = await reconcile(market)
    assert (run["matched"], run["found"]) == (0, 5)
    assert {(one["kind"], one["id"]): (one["ours"], one["theirs"], one["standing"]) for one in run["differences"]} == {
        ("missing_there", lost): ("750.00", None, "done"),
        ("amount_differs", dearer): ("750.00", "750.01", "done"),
        ("missing_there", unknown): ("750.00", None, "done"),
        ("missing_here", str(stranger)): (None, "750.00", "not_done"),
        ("reference_differs", refund["refund"]["id"]): ("250.00", "250.00", "done"),
    }


async def test_people_of_finance_are_told_once_of_a_difference(fresh_market: Market) -> None:
    market = fresh_market
    container = market.app.state.dishka_container
    (bookkeeper,) = await people_in(container, "finance")
    worker = Worker(container, await container.get(Queue), handlers, market.dsn)
    window = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}

    async def told() -> list[dict[str, Any]]:
        await worker.drain()
        rows = await market.fetch(
            "SELECT data FROM notifications.user_events WHERE user_id = $1 AND name = 'reconciliation:differs'",
            bookkeeper.id,
        )
        return [{**json.loads(row["data"]), "notification": None} for row in rows]

    await reconcile(market, **window)
    assert await told() == []
    await market.fetch(
        "INSERT INTO gateway_simulator.charges (payment_id, amount_minor, currency, captured, reference, message, "
        "created_at) VALUES ($1, 100, 'AED', true, 'stray', 'Approved', '2026-01-01T12:00:00Z')",
        uuid4(),
    )
    run = await reconcile(market, **window)
    news = {"reconciliation_id": run["id"], "provider": "simulator", "differences": 1, "notification": None}
    assert await told() == [news]
    assert REGISTRY.get_sample_value("marketplace_reconciliation_differences", {"provider": "simulator"}) == 1
    await reconcile(market, **window)
    assert await told() == [news]


async def test_runs_are_listed_and_read(fresh_market: Market) -> None:
    market = fresh_market
    window = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-03T00:00:00Z"}
    first, again = await reconcile(market, **window), await reconcile(market, **window)
    assert first["id"] == again["id"], "the same window is one run"
    other = await reconcile(market, **{**window, "until": "2026-01-04T00:00:00Z"})
    page = data(await market.call("GET", PLACE, market.admin, params={"per_page": 1}))
    assert [one["id"] for one in page["items"]] == [other["id"]]
    following = {"per_page": 1, "cursor": page["next_cursor"]}
    page = data(await market.call("GET", PLACE, market.admin, params=following))
    assert ([one["id"] for one in page["items"]], page["has_more"]) == ([first["id"]], False)
    refusal(await market.call("GET", PLACE, market.admin, params={**following, "differing": True}), 400,
            "invalid_cursor", "cursor")  # fmt: skip
    assert data(await market.call("GET", PLACE, market.admin, params={"differing": True}))["items"] == []
    assert data(await market.call("GET", f"{PLACE}/{other['id']}", market.admin)) == other


async def test_what_is_refused(market: Market) -> None:
    async def ask(**fields: Any) -> Any:
        return await market.call("POST", PLACE, market.admin, {"provider": "simulator", **fields})

    refusal(await ask(provider="nobody"), 422, "unknown_provider", "provider")
    refusal(await ask(since="2026-01-01T00:00:00Z", until="2026-02-02T00:00:00Z"), 422, "invalid_window", "since")
    refusal(await ask(since="2026-01-02T00:00:00Z", until="2026-01-02T00:00:00Z"), 422, "invalid_window", "since")
    for method, path in (("GET", PLACE), ("GET", f"{PLACE}/{uuid4()}"), ("POST", PLACE)):
        body = {"provider": "simulator"} if method == "POST" else None
        refusal(await market.call(method, path, market.seller, body), 403, "missing_permission")
    refusal(await market.call("GET", f"{PLACE}/{uuid4()}", market.admin), 404, "reconciliation_not_found")
