"""The fakes of the unit tests and the SQL adapters of tested lots keep one contract."""

from dataclasses import asdict, dataclass

import pytest

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.lots import SqlTestedLots
from marketplace.adapters.sql.trading.provenance import SqlProvenances
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.ports import Transaction
from marketplace.application.trading.provenance import Provenances
from marketplace.application.trading.tested_lot_ports import TestedLots as LotsOfOwners
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import OrderId
from marketplace.domain.trading.lot import LotNotFound
from marketplace.domain.trading.lot import TestedLot as Lot
from marketplace.domain.trading.terms import LotId
from tests.builders.commerce import NOON, aed, new_id
from tests.builders.lots import TWENTY, a_lab_report, a_lot, tonnes
from tests.fakes.lots import MemoryProvenances, MemoryTestedLots
from tests.fakes.world import MemoryTransaction


@dataclass
class Desk:
    transaction: Transaction
    lots: LotsOfOwners
    provenances: Provenances

    async def add(self, lot: Lot) -> Lot:
        async with self.transaction:
            await self.lots.add(lot)
        return lot

    async def locked(self, lot_id: LotId) -> Lot:
        async with self.transaction:
            return await self.lots.locked(lot_id)

    async def save(self, lot: Lot) -> None:
        async with self.transaction:
            await self.lots.save(lot)

    async def shared(self, lot_id: LotId) -> Lot:
        async with self.transaction:
            return await self.lots.shared(lot_id)


class LotsContract:
    async def test_a_lot_comes_back_as_it_was_added_and_as_it_was_saved(self, desk: Desk) -> None:
        lot = await desk.add(a_lot(quantity=tonnes("20.000001"), quality={"staple": "29 mm", "сорт": "I"}))
        loaded = await desk.locked(lot.id)
        assert asdict(loaded) == asdict(lot)
        loaded.revise(price=aed(1), price_unit="kilogram", grade=None, quantity=TWENTY)
        loaded.attach(a_lab_report(certificate_number=None))
        await desk.save(loaded)
        again = await desk.locked(lot.id)
        assert asdict(again) == asdict(loaded)
        again.attach(a_lab_report())
        again.publish()
        again.revise(price=None)
        await desk.save(again)
        assert asdict(await desk.locked(lot.id)) == asdict(await desk.shared(lot.id)) == asdict(again)

    async def test_a_lot_without_anything_said_of_it_comes_back_too(self, desk: Desk) -> None:
        lot = await desk.add(a_lot(grade=None, origin=None, place=None, quality={}, price=None, price_unit=None))
        assert asdict(await desk.locked(lot.id)) == asdict(lot)

    async def test_an_unknown_lot_is_not_found(self, desk: Desk) -> None:
        with pytest.raises(LotNotFound):
            await desk.locked(LotId(new_id()))
        with pytest.raises(LotNotFound):
            await desk.shared(LotId(new_id()))

    async def test_a_change_after_another_is_refused(self, desk: Desk) -> None:
        lot = await desk.add(a_lot())
        mine, theirs = await desk.locked(lot.id), await desk.locked(lot.id)
        theirs.revise(place="Rotterdam")
        await desk.save(theirs)
        mine.attach(a_lab_report())
        with pytest.raises(StaleAggregate):
            await desk.save(mine)
        assert asdict(await desk.locked(lot.id)) == asdict(theirs)

    async def test_an_order_that_nobody_placed_comes_from_nowhere(self, desk: Desk) -> None:
        order = OrderId(new_id())
        async with desk.transaction:
            assert list(await desk.provenances.of_agreement(order)) == []
            await desk.provenances.freeze(order, None, [], NOON)
            await desk.provenances.freeze(order, LotId(new_id()), [], NOON)


class TestMemoryLots(LotsContract):
    @pytest.fixture
    def desk(self) -> Desk:
        block = MemoryTransaction()
        return Desk(block, MemoryTestedLots(block), MemoryProvenances(block))


class TestSqlLots(LotsContract):
    @pytest.fixture
    def desk(self, pool: Pool) -> Desk:
        block = SqlTransaction(pool, {})
        return Desk(block, SqlTestedLots(block), SqlProvenances(block))
