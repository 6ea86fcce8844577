from copy import deepcopy
from datetime import datetime

from marketplace.application.trading.parsing import Parses
from marketplace.domain.shared.ids import UserId
from marketplace.domain.trading.parsed import Parse, ParseId, ParseNotFound
from tests.fakes.world import MemoryTransaction


class MemoryParses(Parses):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def add(self, parse: Parse) -> None:
        self._transaction.inside.parses[parse.id] = deepcopy(parse)

    async def locked(self, parse_id: ParseId, owner: UserId) -> Parse:
        parse = self._transaction.inside.parses.get(parse_id)
        if parse is None or parse.owner != owner:
            raise ParseNotFound("no such parse", parse_id=parse_id)
        return deepcopy(parse)

    async def save(self, parse: Parse) -> None:
        await self.add(parse)

    async def forget(self, owner: UserId, limit: int) -> int:
        return self._drop([one for one in self._transaction.inside.parses.values() if one.owner == owner][:limit])

    async def forget_unconfirmed(self, before: datetime, limit: int) -> int:
        old = [one for one in self._transaction.inside.parses.values() if one.trade is None and one.created_at < before]
        return self._drop(old[:limit])

    def _drop(self, dropped: list[Parse]) -> int:
        for parse in dropped:
            del self._transaction.inside.parses[parse.id]
        return len(dropped)
