"""Eight at once for one lot on real PostgreSQL: some get some, and the others are told what is left."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from marketplace.adapters.sql.trading.lots import SqlTestedLots
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.inventory.holds import ReleaseHold
from marketplace.application.trading.lots import ReleaseReservation, ReservationNotFound, ReserveLot, WithdrawLot
from marketplace.application.trading.tested_lot_views import ReservationView
from marketplace.application.trading.tested_lot_views import TestedLotView as LotView
from marketplace.domain.inventory.hold import HoldId, NothingLeft
from marketplace.domain.trading.lot import LotIsHeld, LotNotAvailable
from marketplace.domain.trading.terms import LotId
from tests.builders.lots import an_available_lot, tonnes
from tests.engines import Database
from tests.integration.commerce.market import SqlMarket, a_market
from tests.integration.races import outcomes

HELD = "SELECT held FROM inventory.stocks WHERE subject_id = $1"
STATUS = "SELECT status FROM trading.tested_lots WHERE id = $1"


@pytest.fixture
async def market(database: Database) -> AsyncIterator[SqlMarket]:
    async with a_market(database) as market:
        yield market


async def lot_of(market: SqlMarket) -> LotId:
    """Twenty tonnes."""
    lot, transaction = an_available_lot(owner=market.seller.user), SqlTransaction(market.pool, {})
    async with transaction:
        await SqlTestedLots(transaction).add(lot)
    return lot.id


async def released(market: SqlMarket, lot_id: LotId, reservation: UUID) -> LotView:
    async with market.container() as scope:
        release = await scope.get(ReleaseReservation)
        return await release(market.seller, lot_id, reservation_id=reservation)


async def test_of_eight_reservations_only_those_are_made_that_there_is_something_for(market: SqlMarket) -> None:
    lot_id = await lot_of(market)
    found = await outcomes(*(market.run(ReserveLot, market.seller, lot_id, tonnes(6)) for _ in range(8)))
    made = [one for one in found if isinstance(one, ReservationView)]
    refused = [one for one in found if not isinstance(one, ReservationView)]
    assert sorted(one.remaining_quantity for one in made) == [2, 8, 14]
    assert [type(one) for one in refused] == [NothingLeft] * 5
    assert {one.facts["left"] for one in refused} == {2}
    assert await market.value(HELD, lot_id) == 18
    assert await market.value("SELECT count(*) FROM inventory.holds WHERE subject_id = $1", lot_id) == 3


async def test_of_eight_that_want_all_of_it_one_gets_it_and_the_lot_shows_reserved(market: SqlMarket) -> None:
    lot_id = await lot_of(market)
    found = await outcomes(*(market.run(ReserveLot, market.seller, lot_id, tonnes(20)) for _ in range(8)))
    assert sorted(type(one).__name__ for one in found) == [LotNotAvailable.__name__] * 7 + [ReservationView.__name__]
    assert await market.value(STATUS, lot_id) == "reserved"


async def test_a_reservation_and_a_withdrawal_at_once_leave_no_hold_on_what_is_gone(market: SqlMarket) -> None:
    for _ in range(4):
        lot_id = await lot_of(market)
        reserved, withdrawn = await outcomes(
            market.run(ReserveLot, market.seller, lot_id, tonnes(6)), market.run(WithdrawLot, market.seller, lot_id)
        )
        if isinstance(reserved, ReservationView):
            assert isinstance(withdrawn, LotIsHeld)
            assert await market.value(STATUS, lot_id) == "available"
        else:
            assert isinstance(reserved, LotNotAvailable)
            assert withdrawn is None
            assert await market.all(HELD, lot_id) == []


async def test_the_owner_and_the_deadline_release_a_reservation_once(market: SqlMarket) -> None:
    lot_id = await lot_of(market)
    made = [await market.run(ReserveLot, market.seller, lot_id, tonnes(10)) for _ in range(2)]
    found = await outcomes(
        *(market.run(ReleaseHold, HoldId(one.id)) for one in made),
        *(released(market, lot_id, one.id) for one in made),
    )
    assert {type(one) for one in found} <= {type(None), LotView, ReservationNotFound}
    assert await market.value(HELD, lot_id) == 0
    assert await market.value(STATUS, lot_id) == "available"


async def test_the_database_keeps_what_was_tested_whoever_writes(market: SqlMarket, database: Database) -> None:
    lot_id = await lot_of(market)
    owner = await asyncpg.connect(database.owner_dsn)
    try:
        for statement, constraint in (
            ("UPDATE trading.tested_lots SET grade = 'Low' WHERE id = $1", "as_tested"),
            ("UPDATE trading.tested_lots SET quantity = 21 WHERE id = $1", "as_tested"),
            ("UPDATE trading.lot_reports SET method = 'X' WHERE lot_id = $1", "append_only"),
            ("DELETE FROM trading.lot_reports WHERE lot_id = $1", "append_only"),
            ("DELETE FROM trading.provenances WHERE lot_id = $1", "append_only"),
        ):
            with pytest.raises(asyncpg.CheckViolationError) as caught:
                await owner.execute(statement, lot_id)
            assert caught.value.constraint_name == constraint, statement
        await owner.execute("UPDATE trading.tested_lots SET place = 'Rotterdam' WHERE id = $1", lot_id)
    finally:
        await owner.close()
