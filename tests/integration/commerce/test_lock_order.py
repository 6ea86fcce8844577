"""Rows are locked in one order everywhere: who waits for one holds none that comes after it, so nobody waits in a ring.

Listing, negotiation, order, payment, accounts; rows of one kind by their id.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from marketplace.adapters.sql.payments.ledger import SqlLedger
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.payments import SettlePayment
from marketplace.application.trading.offers import AcceptOffer
from marketplace.domain.payments.ledger import Account, AccountKind, Entry, LedgerTransaction
from tests.builders.commerce import APPROVED, SLOW_CARD, a_user_id, an_actor, new_id
from tests.integration.commerce.market import SqlMarket

LOCK = {
    "listing": "SELECT FROM catalog.listing_states WHERE listing_id = $1 FOR UPDATE",
    "negotiation": "SELECT FROM trading.negotiations WHERE id = $1 FOR UPDATE",
    "order": "SELECT FROM ordering.orders WHERE id = $1 FOR UPDATE",
    "payment": "SELECT FROM payments.payments WHERE id = $1 FOR UPDATE",
    "account": "SELECT FROM payments.ledger_accounts WHERE id = $1 FOR UPDATE",
}


async def locked(market: SqlMarket, kind: str, row: UUID) -> bool:
    try:
        await market.all(f"{LOCK[kind]} NOWAIT", row)
    except asyncpg.LockNotAvailableError:
        return True
    return False


async def waits_without_holding(
    market: SqlMarket, kind: str, row: UUID, work: Coroutine[Any, Any, Any], later: Sequence[tuple[str, UUID]]
) -> None:
    """`work` has to wait for the row and holds none of the `later` ones meanwhile; then it goes through."""
    async with market.pool.connection() as blocker, blocker.transaction():
        await blocker.execute(LOCK[kind], row)
        task = asyncio.create_task(work)
        await market.waiters(1)
        held = [place for place in later if await locked(market, *place)]
    await task
    assert held == []


async def test_an_acceptance_takes_the_listing_first_and_rivals_by_id(market: SqlMarket) -> None:
    listing_id = await market.listed()
    offers = [await market.offered(listing_id, an_actor()) for _ in range(4)]
    rows = await market.all("SELECT id FROM trading.negotiations WHERE subject_id = $1 ORDER BY id", listing_id)
    negotiations = [("negotiation", row["id"]) for row in rows]
    await waits_without_holding(
        market, "listing", listing_id, market.run(AcceptOffer, market.seller, offers[0]), negotiations
    )

    listing_id = await market.listed()
    offers = [await market.offered(listing_id, an_actor()) for _ in range(4)]
    rows = await market.all("SELECT id FROM trading.negotiations WHERE subject_id = $1 ORDER BY id", listing_id)
    await waits_without_holding(
        market,
        "negotiation",
        rows[1]["id"],
        market.run(AcceptOffer, market.seller, offers[0]),
        [("negotiation", row["id"]) for row in rows[2:]],
    )


async def test_settling_takes_the_order_before_its_payment(market: SqlMarket) -> None:
    order_id = await market.ordered()
    payment = await market.pay(order_id, SLOW_CARD)
    settling = market.run(SettlePayment, payment.id, APPROVED)
    await waits_without_holding(market, "order", order_id, settling, [("payment", payment.id)])
    assert await market.value("SELECT status FROM ordering.orders WHERE id = $1", order_id) == "paid"


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_posting_takes_its_accounts_by_id(market: SqlMarket, backwards: bool) -> None:
    accounts = sorted(
        (Account(AccountKind.SELLER_PAYABLE, "EUR", a_user_id()) for _ in range(4)), key=lambda account: account.id
    )
    other = Account(AccountKind.SELLER_PAYABLE, "EUR", a_user_id())
    legs = [Entry(account, minor) for account, minor in zip(accounts, (5, -3, 4, -6), strict=True)]

    async def post(*entries: Entry) -> None:
        transaction = SqlTransaction(market.pool, {})
        async with transaction:
            await SqlLedger(transaction).post(LedgerTransaction(new_id(), "bank", new_id(), entries))

    for account in reversed(accounts):  # so that they lie in the table against their order
        await post(Entry(account, 1), Entry(other, -1))
    for index, account in enumerate(accounts):
        later = [("account", one.id) for one in accounts[index + 1 :]]
        posting = post(*(reversed(legs) if backwards else legs))
        await waits_without_holding(market, "account", account.id, posting, later)
    await market.books_are_right()
