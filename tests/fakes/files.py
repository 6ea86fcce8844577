"""In-memory imports and exports. They honour the port contracts: tests/contract/catalog/test_imports.py."""

from collections.abc import Sequence
from copy import deepcopy

from marketplace.application.catalog.file_ports import Export, Exports, Imports, Room
from marketplace.domain.catalog.imports import (
    ExportId,
    ExportNotFound,
    ImportId,
    ImportNotFound,
    ListingImport,
    Problem,
)
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.shared.ids import UserId
from tests.fakes.world import MemoryTransaction


class MemoryImports(Imports):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def add(self, one: ListingImport) -> None:
        self._transaction.inside.imports[one.id] = deepcopy(one)

    async def locked(self, import_id: ImportId) -> ListingImport:
        if import_id not in self._transaction.inside.imports:
            raise ImportNotFound("no such import")
        return deepcopy(self._transaction.inside.imports[import_id])

    async def save(self, one: ListingImport) -> None:
        kept = deepcopy(one)
        kept.version += 1
        self._transaction.inside.imports[one.id] = kept

    async def report(self, import_id: ImportId, problems: Sequence[Problem]) -> None:
        self._transaction.inside.import_problems.setdefault(import_id, []).extend(problems)

    async def delete(self, import_id: ImportId) -> None:
        self._transaction.inside.imports.pop(import_id, None)
        self._transaction.inside.import_problems.pop(import_id, None)


class MemoryExports(Exports):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def add(self, one: Export) -> None:
        self._transaction.inside.exports[one.id] = deepcopy(one)

    async def get(self, export_id: ExportId) -> Export:
        if export_id not in self._transaction.inside.exports:
            raise ExportNotFound("no such export")
        return deepcopy(self._transaction.inside.exports[export_id])

    async def save(self, one: Export) -> None:
        if one.id in self._transaction.inside.exports:
            self._transaction.inside.exports[one.id] = deepcopy(one)

    async def delete(self, export_id: ExportId) -> None:
        self._transaction.inside.exports.pop(export_id, None)


class MemoryRoom(Room):
    """Everybody in `active` has an account."""

    def __init__(self, transaction: MemoryTransaction, most: int, active: set[UserId]) -> None:
        self._transaction = transaction
        self._most = most
        self._active = active

    async def left(self, seller: UserId) -> int:
        ended = {ListingStatus.SOLD, ListingStatus.REMOVED}
        listings = [listing for listing, _ in self._transaction.inside.listings.values()]
        kept = sum(listing.seller == seller and listing.status not in ended for listing in listings)
        return max(0, self._most - kept) if seller in self._active else 0
