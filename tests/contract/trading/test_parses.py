"""The fake of the unit tests and the SQL adapter keep one contract."""

from dataclasses import asdict, dataclass
from datetime import timedelta

import pytest

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.parses import SqlParses
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.ports import Transaction
from marketplace.application.trading.parsing import Parses
from marketplace.domain.shared.ids import UserId
from marketplace.domain.trading.parsed import Parse, ParsedTrade, ParseId, ParseNotFound
from marketplace.domain.trading.trade import TradeId
from tests.builders.commerce import NOON, a_user_id, new_id
from tests.builders.trades import a_parse
from tests.fakes.parses import MemoryParses
from tests.fakes.world import MemoryTransaction

SECOND = timedelta(seconds=1)


@dataclass
class Desk:
    transaction: Transaction
    parses: Parses

    async def add(self, parse: Parse) -> None:
        async with self.transaction:
            await self.parses.add(parse)

    async def locked(self, parse_id: ParseId, owner: UserId) -> Parse:
        async with self.transaction:
            return await self.parses.locked(parse_id, owner)


class ParsesContract:
    async def test_a_parse_comes_back_as_it_was(self, desk: Desk) -> None:
        parse = a_parse(read=ParsedTrade("Нужно 500 кип 🙏\n'; --", a_parse().read.fields))
        await desk.add(parse)
        assert asdict(await desk.locked(parse.id, parse.owner)) == asdict(parse)

    async def test_the_trade_it_became_is_kept(self, desk: Desk) -> None:
        parse = a_parse()
        await desk.add(parse)
        async with desk.transaction:
            loaded = await desk.parses.locked(parse.id, parse.owner)
            loaded.confirm(TradeId(new_id()))
            await desk.parses.save(loaded)
        assert asdict(await desk.locked(parse.id, parse.owner)) == asdict(loaded)

    async def test_others_do_not_find_it(self, desk: Desk) -> None:
        parse = a_parse()
        await desk.add(parse)
        with pytest.raises(ParseNotFound):
            await desk.locked(parse.id, a_user_id())
        with pytest.raises(ParseNotFound):
            await desk.locked(ParseId(new_id()), parse.owner)

    async def test_those_of_an_owner_are_forgotten_up_to_a_number(self, desk: Desk) -> None:
        owner, of_another = a_user_id(), a_parse()
        own = [a_parse(owner=owner) for _ in range(3)]
        for parse in (*own, of_another):
            await desk.add(parse)
        for forgotten in (2, 1, 0):
            async with desk.transaction:
                assert await desk.parses.forget(owner, 2) == forgotten
        for parse in own:
            with pytest.raises(ParseNotFound):
                await desk.locked(parse.id, owner)
        assert asdict(await desk.locked(of_another.id, of_another.owner)) == asdict(of_another)

    async def test_what_nobody_confirmed_before_a_moment_is_forgotten_up_to_a_number(self, desk: Desk) -> None:
        async with desk.transaction:
            while await desk.parses.forget_unconfirmed(NOON, 100):
                pass
        old, older, at_noon = (a_parse(created_at=NOON - age) for age in (SECOND, 2 * SECOND, 0 * SECOND))
        confirmed = a_parse(created_at=NOON - SECOND)
        confirmed.confirm(TradeId(new_id()))
        for parse in (old, older, at_noon, confirmed):
            await desk.add(parse)
        for forgotten in (1, 1, 0):
            async with desk.transaction:
                assert await desk.parses.forget_unconfirmed(NOON, 1) == forgotten
        for parse in (old, older):
            with pytest.raises(ParseNotFound):
                await desk.locked(parse.id, parse.owner)
        for parse in (at_noon, confirmed):
            assert asdict(await desk.locked(parse.id, parse.owner)) == asdict(parse)

    async def test_a_failed_block_leaves_nothing(self, desk: Desk) -> None:
        parse = a_parse()
        with pytest.raises(RuntimeError, match="planted"):
            async with desk.transaction:
                await desk.parses.add(parse)
                raise RuntimeError("planted")
        with pytest.raises(ParseNotFound):
            await desk.locked(parse.id, parse.owner)


class TestMemoryParses(ParsesContract):
    @pytest.fixture
    def desk(self) -> Desk:
        transaction = MemoryTransaction()
        return Desk(transaction, MemoryParses(transaction))


class TestSqlParses(ParsesContract):
    @pytest.fixture
    def desk(self, pool: Pool) -> Desk:
        transaction = SqlTransaction(pool, {})
        return Desk(transaction, SqlParses(transaction))
