"""What the database itself refuses, whoever asks: the application's role, or the owner past its triggers."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from marketplace.adapters.sql.ordering.orders import SqlOrders
from marketplace.adapters.sql.payments.ledger import SqlLedger
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.refunds import RefundPayment
from marketplace.domain.calls.moves import CALL_MOVES
from marketplace.domain.catalog.booking import BOOKING_MOVES
from marketplace.domain.catalog.standing import LISTING_MOVES
from marketplace.domain.disputes.moves import DISPUTE_MOVES
from marketplace.domain.inventory.hold import HOLD_MOVES
from marketplace.domain.ordering.moves import ORDER_ACTORS, ORDER_MOVES
from marketplace.domain.payments.click import CLICK_MOVES
from marketplace.domain.payments.ledger import Account, AccountKind, LedgerTransaction
from marketplace.domain.payments.payme import PAYME_MOVES
from marketplace.domain.payments.payment import PAYMENT_MOVES
from marketplace.domain.payments.payout import PAYOUT_MOVES
from marketplace.domain.payments.postings import capture
from marketplace.domain.payments.refund import REFUND_MOVES
from marketplace.domain.promotions.redemption import REDEMPTION_MOVES
from marketplace.domain.reviews.exchange import EXCHANGE_MOVES
from marketplace.domain.subscriptions.moves import SUBSCRIPTION_MOVES
from marketplace.domain.subscriptions.period import PERIOD_MOVES
from marketplace.domain.trading.lot import LOT_MOVES
from marketplace.domain.trading.offer import NEGOTIATION_MOVES, OFFER_MOVES
from marketplace.domain.trading.trade import TRADE_MOVES
from marketplace.domain.webhooks.delivery import DELIVERY_MOVES
from tests.builders.commerce import NOON, a_payment, a_placed_order, an_actor, new_id
from tests.engines import Database
from tests.integration.commerce.market import a_market
from tests.integration.commerce.test_services import booked_slot

MACHINES: dict[str, tuple[str, str, Mapping[Any, frozenset[Any]]]] = {
    "booking": ("catalog.bookings", "id", BOOKING_MOVES),
    "listing": ("catalog.listing_states", "listing_id", LISTING_MOVES),
    "lot": ("trading.tested_lots", "id", LOT_MOVES),
    "negotiation": ("trading.negotiations", "id", NEGOTIATION_MOVES),
    "offer": ("trading.offers", "id", OFFER_MOVES),
    "order": ("ordering.orders", "id", ORDER_MOVES),
    "trade": ("trading.trades", "id", TRADE_MOVES),
    "call": ("calls.calls", "id", CALL_MOVES),
    "dispute": ("disputes.disputes", "id", DISPUTE_MOVES),
    "exchange": ("reviews.exchanges", "order_id", EXCHANGE_MOVES),
    "hold": ("inventory.holds", "id", HOLD_MOVES),
    "payment": ("payments.payments", "id", PAYMENT_MOVES),
    "refund": ("payments.refunds", "id", REFUND_MOVES),
    "payout": ("payments.payouts", "id", PAYOUT_MOVES),
    "payme_transaction": ("payments.payme_transactions", "id", PAYME_MOVES),
    "click_transaction": ("payments.click_transactions", "number", CLICK_MOVES),
    "subscription": ("subscriptions.subscriptions", "id", SUBSCRIPTION_MOVES),
    "subscription_period": ("subscriptions.periods", "id", PERIOD_MOVES),
    "redemption": ("promotions.redemptions", "id", REDEMPTION_MOVES),
    "webhook_delivery": ("webhooks.deliveries", "id", DELIVERY_MOVES),
}
"""Each with its table, the key of that and the moves the domain allows."""
CLEARING = Account(AccountKind.PROVIDER_CLEARING, "AED", provider="simulator")
FEES = Account(AccountKind.PLATFORM_FEES, "AED")
ADD_TRANSACTION = "INSERT INTO payments.ledger_transactions (id, kind, source_id) VALUES ($1, 'test', $1)"
ADD_ENTRY = "INSERT INTO payments.ledger_entries (transaction_id, account_id, minor, currency) VALUES ($1, $2, $3, $4)"
ADD_TRADE = """
INSERT INTO trading.trades (id, owner_id, side, commodity, quality, quantity, unit, currency, price_unit, visibility,
    invited, valid_until, status, created_at)
VALUES ($1, $1, 'buy', 'cotton', '{}', 1, 'bale', 'INR', 'bale', 'open', '{}', $2, 'published', $2)
"""
ADD_LOT = """
INSERT INTO trading.tested_lots (id, owner_id, commodity, quality, quantity, unit, status, created_at)
VALUES ($1, $1, 'cotton', '{}', 1, 'bale', 'draft', $2)
"""
A_PAYOUT = "INSERT INTO payments.payouts VALUES ($1, $1, $1, '', 1, 'AED', NULL, NULL, '', NULL, 0, NULL, NULL, 0, $2)"
ADD_PAYME = """
INSERT INTO payments.payme_transactions (id, payment_id, amount_minor, time, create_time, status)
SELECT 'test', id, 1, 1, 1, 'created' FROM payments.payments LIMIT 1
"""
ADD_CLICK = """
INSERT INTO payments.click_transactions (id, payment_id, paydoc_id, prepared_at, status)
SELECT 1, id, 1, created_at, 'prepared' FROM payments.payments LIMIT 1
"""
ADD_CODE = """
INSERT INTO promotions.promo_codes (id, code, bearer, basis_points, first_order_only, channels, categories, listing_ids,
    per_customer, used, starts_at, is_active, created_at)
VALUES ($1, 'SUMMER-15', 'platform', 1500, false, '{}', '{}', '{}', 1, 0, $2, true, $2)
"""
ADD_REDEMPTION = """
INSERT INTO promotions.redemptions (id, code_id, customer_id, discount_minor, currency, status, created_at)
VALUES ($1, $1, $1, 100, 'AED', 'reserved', $2)
"""
ADD_SUBSCRIPTION = """
WITH plan AS (
    INSERT INTO subscriptions.plans (id, creator_id, name, description, price_minor, currency, interval, interval_count,
        trial_days, is_archived, created_at)
    VALUES ($1, $1, 'Front row', '', 100, 'AED', 'month', 1, 0, false, $2)
), one AS (
    INSERT INTO subscriptions.subscriptions (id, subscriber_id, creator_id, plan_id, method, status, had_trial,
        period_id, anchor, turn, credit_minor, currency, is_pausing, created_at)
    VALUES ($1, gen_random_uuid(), $1, $1, 'wallet', 'active', false, $1, $2, 0, 0, 'AED', false, $2)
)
INSERT INTO subscriptions.periods (id, subscription_id, number, plan_id, starts_at, ends_at, amount_minor, credit_minor,
    fee_minor, refunded_minor, currency, status)
VALUES ($1, $1, 1, $1, $2, $2 + interval '1 month', 100, 0, 5, 0, 'AED', 'due')
"""
ADD_DISPUTE = """
INSERT INTO disputes.disputes (id, order_id, buyer_id, seller_id, opener, reason, amount_minor, currency, status,
    proposals, said, evidence, opened_at, response_due_at)
VALUES ($1, $1, $1, $2, 'buyer', 'other', 100, 'AED', 'opened', '{}', 1, 0, $3, $3)
"""
ADD_CALL = """
INSERT INTO calls.calls (id, conversation_id, media, status, started_at) VALUES ($1, $1, 'audio', 'ringing', $2)
"""
ADD_EXCHANGE = """
INSERT INTO reviews.exchanges (order_id, buyer_id, seller_id, listings, closes_at, status)
VALUES ($1, $2, $1, '{}', $3, 'open')
"""
ADD_WEBHOOK = """
INSERT INTO webhooks.deliveries (endpoint_id, event_id, event_type, subject, body, status, created_at)
VALUES ($1, $1, 'order.created', $1, '{}', 'pending', $2)
"""
ADD_OFFER = """
INSERT INTO trading.offers (id, negotiation_id, side, price_minor, quantity, unit, status, created_at, expires_at)
VALUES ($1, $2, 'buyer', 100, 1, 'piece', $3, $4, $4)
"""


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def refused(error: type[asyncpg.PostgresError], constraint: str) -> AsyncIterator[None]:
    """The block raises that error, and the constraint it names is this one."""
    with pytest.raises(error) as caught:
        yield
    assert caught.value.constraint_name == constraint


@pytest.fixture
async def app(fresh_database: Database) -> AsyncIterator[asyncpg.Connection]:
    """With the application's rights."""
    async with connected(fresh_database.app_dsn) as connection:
        yield connection


@pytest.fixture
async def owner(fresh_database: Database) -> AsyncIterator[asyncpg.Connection]:
    async with connected(fresh_database.owner_dsn) as connection:
        yield connection


@pytest.fixture
def transaction(fresh_pool: Pool) -> SqlTransaction:
    return SqlTransaction(fresh_pool, {})


@pytest.fixture
async def booked(transaction: SqlTransaction) -> LedgerTransaction:
    """A captured payment in the books."""
    posted = capture(new_id(), a_payment())
    async with transaction:
        await SqlLedger(transaction).post(posted)
    return posted


async def test_the_database_knows_the_moves_of_the_domain(app: asyncpg.Connection) -> None:
    rows = await app.fetch("SELECT machine, source, target FROM edge.transitions")
    assert {tuple(row) for row in rows} == {
        (machine, source.value, to.value)
        for machine, (_, _, moves) in MACHINES.items()
        for source, targets in moves.items()
        for to in targets
    }


async def test_every_illegal_move_is_refused_and_every_legal_one_happens(fresh_database: Database) -> None:
    async with (
        a_market(fresh_database) as market,
        connected(fresh_database.app_dsn) as app,
        connected(fresh_database.admin_dsn) as admin,
    ):
        payment = await market.pay(await market.ordered())
        await market.run(RefundPayment, an_actor(), payment.id, None, "broken")
        await booked_slot(market)
        await app.execute(ADD_TRADE, new_id(), NOON)
        await app.execute(ADD_LOT, new_id(), NOON)
        await app.execute(ADD_PAYME)
        await app.execute(ADD_CLICK)
        await app.execute(ADD_CODE, code := new_id(), NOON)
        await app.execute(ADD_REDEMPTION, code, NOON)
        await app.execute(ADD_EXCHANGE, new_id(), new_id(), NOON)
        await app.execute(ADD_DISPUTE, new_id(), new_id(), NOON)
        await app.execute(ADD_CALL, new_id(), NOON)
        await app.execute(ADD_SUBSCRIPTION, new_id(), NOON)
        await app.execute(ADD_WEBHOOK, new_id(), NOON)
        await admin.execute("SET session_replication_role = replica")
        await admin.execute(A_PAYOUT, new_id(), NOON)
        for machine, (table, key, moves) in MACHINES.items():
            row: UUID = await app.fetchval(f"SELECT {key} FROM {table}")  # noqa: S608
            move = f"UPDATE {table} SET status = $2 WHERE {key} = $1"  # noqa: S608
            for source in moves:
                assert await admin.execute(move, row, source.value) == "UPDATE 1"
                for to in moves:
                    refusal = None if to is source or to in moves[source] else "illegal_move"
                    assert await refusal_of(app, move, row, to) == refusal, f"{machine}: {source} to {to}"


async def refusal_of(app: asyncpg.Connection, move: str, row: UUID, to: StrEnum) -> str | None:
    """The constraint a move breaks, if any; what happened is taken back."""
    tried = app.transaction()
    await tried.start()
    try:
        await app.execute(move, row, to.value)
    except asyncpg.CheckViolationError as error:
        constraint: str | None = error.constraint_name
        return constraint
    else:
        return None
    finally:
        await tried.rollback()


@pytest.mark.parametrize(
    "legs",
    [
        pytest.param([(CLEARING, 100), (FEES, -99)], id="unbalanced"),
        pytest.param([(CLEARING, 100)], id="single leg"),
        pytest.param([], id="no entries"),
    ],
)
async def test_books_that_do_not_balance_are_refused_at_the_commit(
    app: asyncpg.Connection, booked: LedgerTransaction, legs: list[tuple[Account, int]]
) -> None:
    posted = new_id()
    async with refused(asyncpg.CheckViolationError, "unbalanced"), app.transaction():
        await app.execute(ADD_TRANSACTION, posted)
        for account, minor in legs:
            await app.execute(ADD_ENTRY, posted, account.id, minor, "AED")
    assert await app.fetchval("SELECT count(*) FROM payments.ledger_transactions") == 1


async def test_a_leg_cannot_be_added_to_a_posted_transaction(
    app: asyncpg.Connection, booked: LedgerTransaction
) -> None:
    extra = Account(AccountKind.SELLER_PENDING, "AED", booked.entries[1].account.owner).id
    other = UUID(int=extra.int ^ 1)
    await app.execute(
        "INSERT INTO payments.ledger_accounts (id, kind, owner_id, currency) VALUES ($1, 'seller_pending', $1, 'AED')",
        other,
    )
    async with refused(asyncpg.CheckViolationError, "unbalanced"):
        await app.execute(ADD_ENTRY, booked.id, other, 1, "AED")


async def test_currencies_balance_each_for_itself(app: asyncpg.Connection, booked: LedgerTransaction) -> None:
    posted, euros = new_id(), Account(AccountKind.PLATFORM_FEES, "EUR").id
    async with refused(asyncpg.CheckViolationError, "unbalanced"), app.transaction():
        await app.execute(
            "INSERT INTO payments.ledger_accounts (id, kind, currency) VALUES ($1, 'platform_fees', 'EUR')", euros
        )
        await app.execute(ADD_TRANSACTION, posted)
        await app.execute(ADD_ENTRY, posted, CLEARING.id, 100, "AED")
        await app.execute(ADD_ENTRY, posted, euros, -100, "EUR")


@pytest.mark.parametrize("table", ["payments.ledger_transactions", "payments.ledger_entries"])
@pytest.mark.parametrize(
    "rewriting", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}", "TRUNCATE {table} CASCADE"]
)
async def test_posted_rows_are_neither_changed_nor_deleted(
    app: asyncpg.Connection, owner: asyncpg.Connection, booked: LedgerTransaction, table: str, rewriting: str
) -> None:
    column = "kind" if table.endswith("transactions") else "minor"
    statement = rewriting.format(table=table, column=column)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute(statement)
    async with refused(asyncpg.CheckViolationError, "append_only"):
        await owner.execute(statement)
    assert await owner.fetchval("SELECT count(*) FROM payments.ledger_entries") == len(booked.entries)


async def test_the_history_of_a_listing_is_neither_changed_nor_deleted(
    app: asyncpg.Connection, owner: asyncpg.Connection
) -> None:
    await app.execute(
        "INSERT INTO catalog.listing_revisions (listing_id, at, author, status, fields)"
        " VALUES ($1, now(), 'seller', 'active', '{}')",
        new_id(),
    )
    table = "catalog.listing_revisions"
    for rewriting in (f"UPDATE {table} SET reason = ''", f"DELETE FROM {table}", f"TRUNCATE {table}"):  # noqa: S608
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(rewriting)
        async with refused(asyncpg.CheckViolationError, "append_only"):
            await owner.execute(rewriting)
    assert await owner.fetchval("SELECT count(*) FROM catalog.listing_revisions") == 1


async def test_an_entry_has_the_currency_of_its_account(app: asyncpg.Connection, booked: LedgerTransaction) -> None:
    posted = new_id()
    async with (
        refused(asyncpg.ForeignKeyViolationError, "fk_ledger_entries_account_id_currency"),
        app.transaction(),
    ):
        await app.execute(ADD_TRANSACTION, posted)
        await app.execute(ADD_ENTRY, posted, CLEARING.id, 100, "EUR")
        await app.execute(ADD_ENTRY, posted, FEES.id, -100, "EUR")


async def test_no_more_is_taken_from_a_seller_s_held_earnings_than_there_is(
    app: asyncpg.Connection, booked: LedgerTransaction
) -> None:
    held = booked.entries[1].account
    take = "UPDATE payments.ledger_accounts SET balance_minor = balance_minor + $2 WHERE id = $1"
    assert await app.execute(take, held.id, 71_250) == "UPDATE 1"
    async with refused(asyncpg.CheckViolationError, "ck_ledger_accounts_never_overdrawn"):
        await app.execute(take, held.id, 1)


async def test_the_database_knows_who_may_make_each_move_of_an_order(app: asyncpg.Connection) -> None:
    rows = await app.fetch("SELECT source, target, role FROM ordering.move_actors")
    assert {tuple(row) for row in rows} == {
        (source.value, target.value, role.value) for (source, target), roles in ORDER_ACTORS.items() for role in roles
    }


async def test_a_step_by_who_may_not_make_it_is_refused(app: asyncpg.Connection, fresh_database: Database) -> None:
    async with a_market(fresh_database) as market:
        order_id = await market.ordered()
    step = (
        "INSERT INTO ordering.order_steps (order_id, source, target, role, at)"
        " VALUES ($1, 'awaiting_payment', 'paid', $2, now())"
    )
    async with refused(asyncpg.ForeignKeyViolationError, "fk_order_steps_source_target_role_move_actors"):
        await app.execute(step, order_id, "buyer")
    assert await app.execute(step, order_id, "system") == "INSERT 0 1"


async def test_no_more_is_held_than_there_is(app: asyncpg.Connection) -> None:
    subject = new_id()
    add = "INSERT INTO inventory.stocks (subject_id, total, held, sold) VALUES ($1, 1, $2, $3)"
    for held, sold in ((2, 0), (1, 1), (0, 2)):
        async with refused(asyncpg.CheckViolationError, "ck_stocks_no_more_than_there_is"):
            await app.execute(add, subject, Decimal(held), Decimal(sold))
    await app.execute(add, subject, Decimal(1), Decimal(0))
    async with refused(asyncpg.CheckViolationError, "ck_stocks_no_more_than_there_is"):
        await app.execute("UPDATE inventory.stocks SET sold = 1 WHERE subject_id = $1", subject)


async def test_a_negotiation_has_one_order(transaction: SqlTransaction) -> None:
    orders, first = SqlOrders(transaction), a_placed_order()
    async with transaction:
        await orders.add(first)
    async with refused(asyncpg.UniqueViolationError, "uq_orders_negotiation_id"), transaction:
        await orders.add(a_placed_order(negotiation_id=first.negotiation_id))


async def test_a_negotiation_has_one_pending_offer(app: asyncpg.Connection) -> None:
    negotiation = new_id()
    await app.execute(
        "INSERT INTO trading.negotiations (id, subject_kind, subject_id, listing_ids, buyer_id, seller_id, opener,"
        " currency, attempts, status) VALUES ($1, 'listing', $2, '{}', $3, $4, 'buyer', 'AED', 0, 'open')",
        negotiation, new_id(), new_id(), new_id(),
    )  # fmt: skip
    for status in ("countered", "countered", "pending"):
        await app.execute(ADD_OFFER, new_id(), negotiation, status, NOON)
    async with refused(asyncpg.UniqueViolationError, "uq_offers_pending"):
        await app.execute(ADD_OFFER, new_id(), negotiation, "pending", NOON)
