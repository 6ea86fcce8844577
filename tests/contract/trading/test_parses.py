"""The fake of the unit tests and the SQL adapter keep one contract."""

from dataclasses import asdict, dataclass

import pytest

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.parses import SqlParses
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.ports import Transaction
from marketplace.application.trading.parsing import Parses
from marketplace.domain.shared.ids import UserId
from marketplace.domain.trading.parsed import EXPLICIT, GUESSED, Parse, ParsedField, ParsedTrade, ParseId, ParseNotFound
from marketplace.domain.trading.trade import TradeId
from tests.builders.commerce import NOON, a_user_id, new_id
from tests.fakes.parses import MemoryParses
from tests.fakes.world import MemoryTransaction


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


def a_parse(text: str = "Need 500 bales") -> Parse:
    fields = {
        "quantity": ParsedField("500.25", EXPLICIT, (5, 14), "bale"),
        "quality.staple_length": ParsedField("min 29", GUESSED, (0, 4), "mm"),
        "side": ParsedField("buy", EXPLICIT, (0, 4)),
    }
    return Parse(id=ParseId(new_id()), owner=a_user_id(), read=ParsedTrade(text, fields), created_at=NOON)


class ParsesContract:
    async def test_a_parse_comes_back_as_it_was(self, desk: Desk) -> None:
        parse = a_parse("Нужно 500 кип 🙏\n'; --")
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
