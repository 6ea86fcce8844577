from marketplace.application.trading.desk_ports import PublicNames, Shortlist
from marketplace.domain.shared.ids import NegotiationId, UserId
from tests.fakes.world import MemoryTransaction


class MemoryShortlist(Shortlist):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def add(self, offer: NegotiationId) -> None:
        self._transaction.inside.shortlist.add(offer)

    async def remove(self, offer: NegotiationId) -> None:
        self._transaction.inside.shortlist.discard(offer)


class MemoryPublicNames(PublicNames):
    def __init__(self) -> None:
        self.names: dict[UserId, str] = {}

    async def of(self, party: UserId) -> str | None:
        return self.names.get(party)
