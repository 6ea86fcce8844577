"""Each checker is seen red: the data is broken by hand, past triggers and grants, and the violation is named."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
import pytest_asyncio

from marketplace.adapters.clock import SystemClock
from marketplace.adapters.sql.invariants.checked import CHECKED
from marketplace.adapters.sql.invariants.checks import SqlInvariants
from marketplace.adapters.sql.pool import Pool, connect
from prove.checkers import INVARIANTS, violations, wrong_agreements
from prove.node import node
from prove.people import GOOD, PRODUCT, Person, client, payment, people
from prove.quiet import until_quiet

pytestmark = [
    pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module"),
]  # fmt: skip

A_CODE = (
    "INSERT INTO promotions.promo_codes (id, code, bearer, basis_points, first_order_only, channels, categories, "
    "listing_ids, per_customer, used, starts_at, is_active, created_at) "
    "VALUES (gen_random_uuid(), 'SUMMER-15', 'platform', 1500, false, '{}', '{}', '{}', 1, 1, now(), true, now())"
)
A_USE = (
    "; INSERT INTO promotions.redemptions SELECT id, id, id, 100, 'AED', 'reserved', now() FROM promotions.promo_codes"
    "; INSERT INTO promotions.discounted_orders SELECT r.id, o.id FROM promotions.redemptions r, ordering.orders o"
)
ONE_MORE = "UPDATE payments.ledger_accounts SET balance_minor = balance_minor + 1 WHERE kind = 'platform_fees'"
A_REFUND = (
    "INSERT INTO payments.refunds (id, payment_id, cause_kind, cause_id, payer_id, payee_id, amount_minor, currency, "
    "reason, status, asked, created_at) SELECT gen_random_uuid(), id, cause_kind, cause_id, payer_id, payee_id, 1, "
    "currency, 'Broken', '{}', 0, now() FROM payments.payments"
)
A_PAYOUT = (
    "INSERT INTO payments.payouts (id, seller_id, account_id, provider, amount_minor, currency, status, attempt, "
    "asked, created_at) SELECT gen_random_uuid(), payee_id, id, provider, 1, currency, '{}', 0, 0, now() "
    "FROM payments.payments"
)
BREAKS = {
    "V1 ": "UPDATE payments.ledger_entries SET minor = minor + 1 WHERE minor > 0",
    "V2 balances": ONE_MORE,
    "V2 the accounts": ONE_MORE,
    "V2 the balance": ONE_MORE,
    "V2 nobody": "ALTER TABLE payments.ledger_accounts DROP CONSTRAINT ck_ledger_accounts_never_overdrawn; "
    "UPDATE payments.ledger_accounts SET balance_minor = 1 WHERE kind = 'seller_pending'",
    "V3 an order is paid": "UPDATE payments.payments SET status = 'failed'",
    "V3 an order tells": "UPDATE ordering.orders SET payment_status = 'refunded'",
    "V3 all that was paid": "UPDATE ordering.orders SET status = 'cancelled'",
    "V3 a captured": "UPDATE payments.payments SET fee_minor = fee_minor + 1",
    "V3 nothing is booked": "UPDATE payments.payments SET status = 'failed'",
    "V3 what went back": "UPDATE payments.payments SET refunded_minor = 1",
    "V3 what is promised": "UPDATE payments.payments SET refunding_minor = 1",
    "V3 a refund": A_REFUND.format("succeeded"),
    "V3 a payout": A_PAYOUT.format("paid"),
    "V3 an order stands": "UPDATE ordering.orders SET status = 'assigned'",
    "V4 one live order": "UPDATE catalog.listing_states SET status = 'active'",
    "V4 a lot": "UPDATE catalog.listings SET kind = 'lot'; UPDATE catalog.listing_states SET status = 'active'",
    "V4 no offer stays open": "UPDATE trading.negotiations SET status = 'open'",
    "V4 an order is the sum": "UPDATE ordering.orders SET fee_minor = fee_minor + 1",
    "V4 what is held": "UPDATE inventory.stocks SET sold = 0",
    "V4 an order holds": "UPDATE inventory.holds SET status = 'held'",
    "V4 nothing is held": "UPDATE inventory.holds SET reference = gen_random_uuid()",
    "V4 every agreement": "UPDATE ordering.orders SET amount_minor = amount_minor + 1",
    "V4 a promo code": A_CODE,
    "V4 the use": A_CODE + A_USE,
    "V7 every negotiation": "UPDATE trading.offers SET side = 'seller'",
    "V6 everybody": "DELETE FROM notifications.user_events WHERE seq = 2",
    "V6 a fact": "INSERT INTO notifications.user_events SELECT user_id, 1000 + seq, gen_random_uuid(), name, data, "
    "created_at FROM notifications.user_events",
    "V6 each placed order": "DELETE FROM notifications.user_events WHERE name = 'order_created'",
    "V6 each move": "DELETE FROM notifications.user_events WHERE name = 'order_status_changed'",
    "V6 each offer": "DELETE FROM notifications.user_events WHERE name = 'offer:new'",
    "V6 the messages": "UPDATE messaging.messages SET seq = 900 WHERE seq = 2",
    "V6 what is unread": "UPDATE messaging.members SET unread = unread + 1",
    "V6 nobody has read": "UPDATE messaging.members SET delivered_seq = 900",
    "V7 every status": "UPDATE ordering.orders SET status = 'lost'",
    "V6 no job": "UPDATE jobs.job SET state = 'dead' WHERE id = (SELECT min(id) FROM jobs.job)",
    "V8 a payment": "UPDATE payments.payments SET status = 'created', expires_at = now() - interval '4 hours'",
    "V8 a provider": "UPDATE payments.payments SET status = 'created'",
    "V8 each refund": A_REFUND.format("processing"),
    "V8 each payout": A_PAYOUT.format("processing"),
    "V8 an order": "UPDATE ordering.orders SET status = 'awaiting_payment', payment_status = 'unpaid', "
    "payment_due_at = now() - interval '1 hour'",
    "V8 an offer": "UPDATE trading.offers SET status = 'pending', expires_at = now() - interval '1 hour'",
    "V8 no payment": "UPDATE payments.payments SET status = 'created', created_at = now() - interval '2 minutes'",
    "V10 every": "DELETE FROM audit.entries WHERE action = 'payments.payment_captured'",
    "V10 no entry": "WITH e AS (UPDATE audit.entries SET at = at - interval '1 minute' RETURNING id) "
    "INSERT INTO audit.unsealed SELECT id FROM e",
    "V9 what the provider": "INSERT INTO gateway_simulator.refunds (refund_id, payment_id, amount_minor, currency, "
    "reference) SELECT gen_random_uuid(), payment_id, 1, currency, 'r' FROM gateway_simulator.charges",
    "V9 the provider": "UPDATE gateway_simulator.charges SET amount_minor = amount_minor - 1",
}


async def deal(http: httpx.AsyncClient, seller: Person, buyer: Person) -> None:
    product = (await http.post("/products", json=PRODUCT, headers=seller.headers)).json()["data"]["id"]
    talk = {"other_user_id": str(seller.id), "product_id": product, "initial_message": "700?"}
    thread = (await http.post("/conversations", json=talk, headers=buyer.headers)).json()["data"]["id"]
    answer = {"content": "Yes."}
    said = await http.post(f"/conversations/{thread}/messages", json=answer, headers=seller.headers)
    assert said.is_success
    wish = {"product_id": product, "offered_price": 700}
    offer = (await http.post("/offers", json=wish, headers=buyer.headers)).json()["data"]["id"]
    order = (await http.patch(f"/offers/{offer}/accept", headers=seller.headers)).json()["data"]["transaction_id"]
    paid = await http.post(f"/payments/order/{order}/pay", json=payment(GOOD), headers=buyer.headers)
    assert paid.json()["data"]["status"] == "completed"
    shipped = await http.post(f"/orders/{order}/fulfilments", json={"delivered": True}, headers=seller.headers)
    assert shipped.is_success


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def admin_dsn() -> AsyncIterator[str]:
    """A database in which one deal was made and paid; the last test leaves it broken."""
    async with node(WORKERS="1") as server, client(server.url, 2) as http:
        (seller,) = await people(server.admin_dsn, server.settings, "seller", 1)
        (buyer,) = await people(server.admin_dsn, server.settings, "buyer", 1)
        await deal(http, seller, buyer)
        assert await until_quiet(server.admin_dsn) == []
        yield server.admin_dsn


async def test_every_checker_sees_what_it_is_for(admin_dsn: str) -> None:
    assert await violations(admin_dsn) == []
    assert {name for name in INVARIANTS if not name.startswith(tuple(BREAKS))} == set()
    for broken, statement in BREAKS.items():
        connection = await connect(admin_dsn)
        try:
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute("SET session_replication_role = replica")
            await connection.execute(statement)
            seen = [name for name, query in INVARIANTS.items() if await connection.fetch(query)]
            seen += await wrong_agreements(connection)
            await transaction.rollback()
        finally:
            await connection.close()
        assert any(name.startswith(broken) for name in seen), broken


async def test_the_running_service_tells_of_what_is_broken(admin_dsn: str) -> None:
    """Each invariant that is checked while it runs, as a worker checks it; what is broken is news once."""
    pool = Pool(admin_dsn, size=1)
    invariants = SqlInvariants(pool, SystemClock())
    connection = await connect(admin_dsn)
    broken = "UPDATE payments.ledger_accounts SET balance_minor = balance_minor + $1 WHERE kind = 'platform_fees'"
    try:

        async def checked() -> dict[str, int]:
            await connection.execute("UPDATE edge.invariant_checks SET checked_at = now() - interval '1 minute'")
            found = await invariants.check()
            assert len(found) == len(CHECKED) >= 25
            assert [one.error for one in found if one.error] == []
            return {one.name: len(one.news) for one in found if one.violations}

        assert await checked() == {}
        assert await invariants.check() == [], "a minute has not passed"
        await connection.execute(broken, 1)
        assert await checked() == {"currency_balances": 1, "account_balance": 1}
        assert await checked() == {"currency_balances": 0, "account_balance": 0}
        await connection.execute(broken, -1)
        assert await checked() == {}
    finally:
        await connection.close()
        await pool.close()


async def test_a_broken_audit_chain_is_seen(admin_dsn: str) -> None:
    connection = await asyncpg.connect(admin_dsn)
    try:
        await connection.execute("SET session_replication_role = replica")
        changed = await connection.fetchval(
            "UPDATE audit.entries SET outcome = 'refused' WHERE action = 'ordering.order_paid' RETURNING id"
        )
    finally:
        await connection.close()
    (problem,) = await violations(admin_dsn)
    assert problem.startswith("V10 the audit chain verifies: entry changed: block ")
    assert problem.endswith(f" entry {changed}")
