"""Accounts and their entries, the trial balance that names what is wrong, and the invariants."""

from uuid import uuid4

from dishka import AsyncContainer

from marketplace.adapters.clock import SystemClock
from marketplace.application.payments.ledger_reads import LedgerCheckpoints
from marketplace.application.shared.audit import SealAuditTrail
from marketplace.application.shared.invariants import Invariants
from tests.engines import execute
from tests.http.commerce.market import Market, data, refusal

CORRUPT = "SET session_replication_role = replica; UPDATE payments.{} SET {} = {} + 1 WHERE {} = '{}'"


async def test_accounts_are_filtered_and_their_entries_add_up(fresh_market: Market) -> None:
    market = fresh_market
    orders = [await market.order(price) for price in (700, 750, 800)]
    for order in orders:
        data(await market.pay(order), 201)
    owner = {"owner_id": str(market.seller.id)}
    (account,) = data(await market.call("GET", "/ledger/accounts", market.admin, params=owner))["items"]
    assert account == {
        "id": account["id"], "kind": "seller_pending", "provider": None, "currency": "AED", "balance": "-2137.50",
        **owner,
    }  # fmt: skip
    place = f"/ledger/accounts/{account['id']}/entries"
    shown = data(await market.call("GET", place, market.admin))
    assert [(one["amount"], one["balance"], one["order_id"]) for one in shown["items"]] == [
        ("-760.00", "-2137.50", orders[2]), ("-712.50", "-1377.50", orders[1]), ("-665.00", "-665.00", orders[0])
    ]  # fmt: skip
    first = shown["items"][0]
    assert (first["kind"], first["source_id"]) == ("payment_captured", first["payment_id"])
    assert first["order_number"].startswith("M-")
    walked, query = [], {"per_page": 1}
    for _ in range(3):
        page = data(await market.call("GET", place, market.admin, params=query))
        walked += page["items"]
        query["cursor"] = page["next_cursor"]
    assert walked == shown["items"]
    assert query["cursor"] is None
    second = data(await market.call("GET", place, market.admin, params={"per_page": 1, "page": 2}))
    assert second["items"] == shown["items"][1:2]

    async def kinds(**params: str) -> list[str]:
        found = data(await market.call("GET", "/ledger/accounts", market.admin, params=params))["items"]
        return sorted(one["kind"] for one in found)

    assert await kinds() == ["platform_fees", "provider_clearing", "seller_pending"]
    assert await kinds(provider="simulator") == ["provider_clearing"]
    assert await kinds(kind="platform_fees", currency="AED") == ["platform_fees"]
    assert await kinds(currency="KWD") == []
    page = data(await market.call("GET", "/ledger/accounts", market.admin, params={"per_page": 2}))
    rest = {"per_page": 2, "cursor": page["next_cursor"]}
    assert len(data(await market.call("GET", "/ledger/accounts", market.admin, params=rest))["items"]) == 1


async def test_the_trial_balance_names_what_is_wrong_behind_checkpoints_and_before(fresh_market: Market) -> None:
    market = fresh_market
    for _ in range(2):
        data(await market.pay(await market.order()), 201)

    async def balance() -> tuple[bool, set[tuple[str, str, str, str]]]:
        shown = data(await market.call("GET", "/ledger/trial-balance", market.admin))
        named = {(one["what"], one["id"], one["found"], one["expected"]) for one in shown["differences"]}
        return shown["balanced"], named

    assert await balance() == (True, set())
    container: AsyncContainer = market.app.state.dishka_container
    checkpoints = await container.get(LedgerCheckpoints)
    assert await checkpoints.advance(SystemClock().now()) == 3
    assert await checkpoints.advance(SystemClock().now()) == 0
    assert await balance() == (True, set())
    data(await market.pay(await market.order()), 201)
    assert await balance() == (True, set())

    (fees,) = await market.fetch("SELECT id FROM payments.ledger_accounts WHERE kind = 'platform_fees'")
    execute(market.dsn, CORRUPT.format("ledger_accounts", "balance_minor", "balance_minor", "id", fees["id"]))
    (newest,) = await market.fetch("SELECT id FROM payments.ledger_transactions ORDER BY id DESC LIMIT 1")
    where = f"account_id = '{fees['id']}' AND transaction_id"
    execute(market.dsn, CORRUPT.format("ledger_entries", "minor", "minor", where, newest["id"]))
    execute(market.dsn, CORRUPT.format("ledger_entries", "minor", "minor", where, newest["id"]))
    assert await balance() == (False, {
        ("account", str(fees["id"]), "-112.49", "-112.48"), ("transaction", str(newest["id"]), "0.02", "0.00"),
    })  # fmt: skip
    later = {"since": "2100-01-01T00:00:00Z"}
    shown = data(await market.call("GET", "/ledger/trial-balance", market.admin, params=later))
    assert [one["what"] for one in shown["differences"]] == ["account"]


async def test_a_row_of_the_ledger_that_was_changed_later_is_named_by_the_audit_chain(fresh_market: Market) -> None:
    market = fresh_market
    for _ in range(2):
        data(await market.pay(await market.order()), 201)
    container: AsyncContainer = market.app.state.dishka_container
    await (await container.get(SealAuditTrail))()

    async def problems() -> list[tuple[str, str | None]]:
        found = data(await market.call("GET", "/audit-logs/verify", market.admin))["problems"]
        return [(one["kind"], one["subject"]) for one in found]

    assert await problems() == []
    (first,) = await market.fetch("SELECT id FROM payments.ledger_transactions ORDER BY id LIMIT 1")
    tampering = "SET session_replication_role = replica; UPDATE payments.ledger_entries SET minor = minor * 2"
    execute(market.dsn, f"{tampering} WHERE transaction_id = '{first['id']}'")
    assert await problems() == [("subject_differs", str(first["id"]))], "though it still sums to zero"
    execute(market.dsn, "SET session_replication_role = replica; DELETE FROM payments.ledger_entries")
    assert [kind for kind, _ in await problems()] == ["subject_differs"] * 2


async def test_invariants_are_shown_with_their_last_check(fresh_market: Market) -> None:
    market = fresh_market
    data(await market.pay(await market.order()), 201)

    async def shown() -> dict[str, tuple[bool | None, list[str]]]:
        listed = data(await market.call("GET", "/ledger/invariants", market.admin))
        return {one["name"]: (one["ok"], one["violations"]) for one in listed}

    assert {ok for ok, _ in (await shown()).values()} == {None}
    container: AsyncContainer = market.app.state.dishka_container
    (account,) = await market.fetch(
        "UPDATE payments.ledger_accounts SET balance_minor = balance_minor + 1 WHERE kind = 'platform_fees' "
        "RETURNING id"
    )
    await (await container.get(Invariants)).check()
    found = {name: lines for name, (ok, lines) in (await shown()).items() if not ok}
    assert found["currency_balances"] == ["currency AED"]
    assert found["account_balance"] == [f"account {account['id']}"]


async def test_only_who_may_read_the_ledger_does(market: Market) -> None:
    naive = await market.call("GET", "/ledger/trial-balance", market.admin, params={"since": "2026-01-01T00:00:00"})
    refusal(naive, 422, "time_zone_missing", "since")
    for path in ("trial-balance", "accounts", f"accounts/{uuid4()}/entries", "invariants"):
        refusal(await market.call("GET", f"/ledger/{path}", market.seller), 403, "missing_permission")
    unknown = await market.call("GET", f"/ledger/accounts/{uuid4()}/entries", market.admin)
    refusal(unknown, 404, "ledger_account_not_found")
