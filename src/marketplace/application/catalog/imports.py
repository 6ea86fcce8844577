"""Products by the file: it is stored at once, and read by a job that makes all of its products in one commit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice

from marketplace.application.catalog.file_ports import Imports, Room
from marketplace.application.catalog.file_views import ImportView
from marketplace.application.catalog.files import LARGEST_FILE, MOST_ROWS, UnreadableFile, format_of, lines_of, row_of
from marketplace.application.catalog.history import History
from marketplace.application.catalog.listings import moved
from marketplace.application.catalog.moderation_ports import ModerationItems
from marketplace.application.catalog.ports import Categories, Fees, Listings
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.application.shared.storage import ObjectNotFound, Storage
from marketplace.domain.catalog.imports import MOST_PROBLEMS, ImportId, ImportMode, ListingImport, Problem
from marketplace.domain.catalog.listing import Listing
from marketplace.domain.catalog.moderation import ModerationItemId
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.terms import Kind
from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.ids import ListingId, UserId

RUN_IMPORT = "catalog.run_import"
FORGET_IMPORT = "catalog.forget_import"
"""Timers that call RunImport and ForgetImport."""

KEPT = timedelta(days=30)
CHECK_AT_ONCE = 250
"""Rows between two notes of how far the work has come: others have their turn, and see it."""
WRITE_AT_ONCE = 1_000
"""Listings in a statement."""


@dataclass(frozen=True, slots=True)
class RequestImport:
    imports: Imports
    storage: Storage
    transaction: Transaction
    timers: Timers
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, content: bytes, mode: ImportMode) -> ImportView:
        """Raises UnreadableFile for what is not a file of products at all."""
        actor.require(Permission.LIST_ITEMS)
        if len(content) > LARGEST_FILE:
            raise UnreadableFile(f"has at most {LARGEST_FILE} bytes", field="file")
        format_of(content)
        now = self.clock.now()
        one = ListingImport(id=ImportId(self.ids.new()), seller=actor.user, mode=mode, created_at=now)
        async with self.transaction:
            self.timers.set(FORGET_IMPORT, one.id, now + KEPT)
        await self.storage.put(import_key(one.id), content)
        async with self.transaction:
            await self.imports.add(one)
            self.timers.set(RUN_IMPORT, one.id, now)
            return self.transaction.answers(view_of(one))


@dataclass(slots=True)
class _Checked:
    """What was found so far; of the problems only the first are kept."""

    good: list[Listing] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    failed: int = 0

    def refuse(self, row: int, error: Invalid) -> None:
        self.failed += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(row, error.field, error.code, error.detail))


@dataclass(frozen=True, slots=True)
class RunImport:
    imports: Imports
    listings: Listings
    room: Room
    categories: Categories
    fees: Fees
    history: History
    items: ModerationItems
    storage: Storage
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, import_id: ImportId) -> None:
        """May be cut off anywhere and come again: what it does to the market is its last commit, done once."""
        async with self.transaction:
            one = await self.imports.locked(import_id)
        if one.is_over:
            return
        try:
            lines = list(islice(lines_of(await self._content(import_id)), MOST_ROWS + 1))
            if not 0 < len(lines) <= MOST_ROWS:
                raise UnreadableFile(f"has {'no' if not lines else f'more than {MOST_ROWS}'} rows", field="file")
        except UnreadableFile as error:
            await self._refuse(import_id, Problem(0, error.field, error.code, error.detail))
            return
        checked = await self._check(one, lines)
        await self._finish(import_id, checked)
        await self.storage.delete(import_key(import_id))

    async def _content(self, import_id: ImportId) -> bytes:
        try:
            return await (await self.storage.get(import_key(import_id))).read()
        except ObjectNotFound:
            raise UnreadableFile("is not there any more: send it again", field="file") from None

    async def _check(self, one: ListingImport, lines: list[bytes | Invalid]) -> _Checked:
        checked = _Checked()
        categories: dict[str, Invalid | None] = {}
        numbered = enumerate(lines, start=1)
        while some := list(islice(numbered, CHECK_AT_ONCE)):
            async with self.transaction:
                for number, line in some:
                    try:
                        listing = self._listing(one.seller, line)
                        await self._require_category(categories, listing.category)
                    except Invalid as error:
                        checked.refuse(number, error)
                    else:
                        checked.good.append(listing)
                current = await self.imports.locked(one.id)
                if not current.is_over:
                    current.advance(rows=len(lines), checked=some[-1][0], failed=checked.failed)
                    await self.imports.save(current)
        return checked

    def _listing(self, seller: UserId, line: bytes | Invalid) -> Listing:
        """By the rules of POST /products."""
        if isinstance(line, Invalid):
            raise line
        now = self.clock.now()
        listing = row_of(line).draft().listing(ListingId(self.ids.new()), seller, now)
        listing.publish(now)
        return listing

    async def _require_category(self, known: dict[str, Invalid | None], slug: str) -> None:
        if slug not in known:
            known[slug] = None
            try:
                await self.categories.require(slug, Kind.PRODUCT)
            except Invalid as error:
                known[slug] = error
        if refusal := known[slug]:
            raise refusal

    async def _finish(self, import_id: ImportId, checked: _Checked) -> None:
        async with self.transaction:
            one = await self.imports.locked(import_id)
            if one.is_over:
                return
            rows = len(checked.good) + checked.failed
            one.advance(rows=rows, checked=rows, failed=checked.failed)  # not what another worker has noted meanwhile
            wanted = checked.good if one.takes(len(checked.good)) else []
            problems = checked.problems
            if wanted and (room := await self.room.left(one.seller)) < len(wanted):
                text = f"makes {len(wanted)} products, you may have {room} more: end some, or send fewer"
                problems, wanted = [Problem(0, "file", "too_many_products", text), *problems], []
            for some in _batches(wanted):
                await self._add(some)
            await self.imports.report(import_id, problems)
            one.finish(self.clock.now(), imported=len(wanted))
            await self.imports.save(one)

    async def _add(self, listings: list[Listing]) -> None:
        await self.listings.add_many([(one, await self.fees.on(one)) for one in listings])
        for one in listings:
            if one.status is ListingStatus.PENDING_REVIEW:
                await self.items.submit(ModerationItemId(self.ids.new()), one.id, one.concerns, one.created_at)
        await self.history.note(*(moved(one, None, one.seller, one.created_at) for one in listings))

    async def _refuse(self, import_id: ImportId, problem: Problem) -> None:
        async with self.transaction:
            one = await self.imports.locked(import_id)
            if not one.is_over:
                await self.imports.report(import_id, [problem])
                one.finish(self.clock.now(), imported=0)
                await self.imports.save(one)


@dataclass(frozen=True, slots=True)
class ForgetImport:
    """May run again."""

    imports: Imports
    storage: Storage
    transaction: Transaction

    async def __call__(self, import_id: ImportId) -> None:
        await self.storage.delete(import_key(import_id))
        async with self.transaction:
            await self.imports.delete(import_id)


def import_key(import_id: ImportId) -> str:
    return f"imports/{import_id}.upload"


def view_of(one: ListingImport) -> ImportView:
    return ImportView(
        id=one.id, status=one.status, mode=one.mode, rows=one.rows, checked=one.checked, imported=one.imported,
        failed=one.failed, created_at=one.created_at, finished_at=one.finished_at,
    )  # fmt: skip


def _batches(listings: list[Listing]) -> Iterator[list[Listing]]:
    for start in range(0, len(listings), WRITE_AT_ONCE):
        yield listings[start : start + WRITE_AT_ONCE]
