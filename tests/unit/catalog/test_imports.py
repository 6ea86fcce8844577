"""What becomes of a file of products, whatever is in it and whatever happens to the worker."""

from dataclasses import dataclass, field, replace

import pytest

from marketplace.adapters.bridges.catalog_asks_ordering import FeesOfOrdering
from marketplace.application.catalog.file_views import ImportView
from marketplace.application.catalog.files import UnreadableFile
from marketplace.application.catalog.imports import (
    CHECK_AT_ONCE,
    FORGET_IMPORT,
    KEPT,
    RUN_IMPORT,
    ForgetImport,
    RequestImport,
    RunImport,
)
from marketplace.application.shared.actor import Actor, MissingPermission, Permission
from marketplace.application.shared.storage import StorageUnavailable
from marketplace.domain.catalog.events import ListingPublished
from marketplace.domain.catalog.imports import MOST_PROBLEMS, FileStatus, ImportId, ImportMode, ListingImport, Problem
from marketplace.domain.catalog.listing import Listing
from marketplace.domain.catalog.standing import ListingStatus
from tests.builders.commerce import NOON, aed, an_actor, an_actor_who_may_not
from tests.fakes.fees import MemoryFeeSchedules
from tests.fakes.files import MemoryImports, MemoryRoom
from tests.fakes.moderation import MemoryHistory, MemoryModerationItems
from tests.fakes.storage import MemoryStorage
from tests.fakes.world import (
    FixedClock,
    MemoryCategories,
    MemoryListings,
    MemoryTimers,
    MemoryTransaction,
    SequentialIds,
)

HEADER = "title,price,category,feed_type\n"
GOOD = "Old camera,850,electronics,community\n"
BAD = "Old camera,0,electronics,community\n"
ODD = "Old camera,1,weapons,community\n"


class Killed(Exception):
    pass


@dataclass
class Desk:
    """`most`: listings of one seller."""

    most: int = 10_000
    seller: Actor = field(default_factory=an_actor)

    def __post_init__(self) -> None:
        self.transaction, self.storage, self.clock, ids = (
            MemoryTransaction(), MemoryStorage(), FixedClock(NOON), SequentialIds(),
        )  # fmt: skip
        imports, timers = MemoryImports(self.transaction), MemoryTimers(self.transaction)
        room = MemoryRoom(self.transaction, self.most, {self.seller.user})
        self.request = RequestImport(imports, self.storage, self.transaction, timers, self.clock, ids)
        self.run = RunImport(
            imports, MemoryListings(self.transaction), room, MemoryCategories(),
            FeesOfOrdering(MemoryFeeSchedules(self.transaction), self.clock),
            MemoryHistory(self.transaction), MemoryModerationItems(self.transaction), self.storage, self.transaction,
            self.clock, ids,
        )  # fmt: skip
        self.forget = ForgetImport(imports, self.storage, self.transaction)

    async def sent(self, rows: str, mode: ImportMode = ImportMode.ALL_OR_NOTHING) -> ImportId:
        return (await self.request(self.seller, (HEADER + rows).encode(), mode)).id

    async def done(self, rows: str, mode: ImportMode = ImportMode.ALL_OR_NOTHING) -> ImportId:
        import_id = await self.sent(rows, mode)
        await self.run(import_id)
        return import_id

    def counts(self, import_id: ImportId) -> tuple[FileStatus, int | None, int, int, int]:
        one = self.transaction.rows.imports[import_id]
        return one.status, one.rows, one.checked, one.imported, one.failed

    def problems(self, import_id: ImportId) -> list[Problem]:
        return self.transaction.rows.import_problems.get(import_id, [])

    @property
    def listed(self) -> list[Listing]:
        return [listing for listing, _ in self.transaction.rows.listings.values()]


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_file_is_kept_and_its_work_is_due_at_once(desk: Desk) -> None:
    view = await desk.request(desk.seller, (HEADER + GOOD).encode(), ImportMode.VALID_ROWS)
    assert view == ImportView(view.id, FileStatus.QUEUED, ImportMode.VALID_ROWS, None, 0, 0, 0, NOON, None)
    assert desk.transaction.answer == view
    assert desk.transaction.rows.timers == {(RUN_IMPORT, view.id): NOON, (FORGET_IMPORT, view.id): NOON + KEPT}
    assert list(desk.storage.objects.values()) == [(HEADER + GOOD).encode()]


async def test_who_may_not_sell_and_what_is_no_file_of_products_leave_nothing(desk: Desk) -> None:
    with pytest.raises(MissingPermission):
        await desk.request(an_actor_who_may_not(Permission.LIST_ITEMS), b"", ImportMode.VALID_ROWS)
    with pytest.raises(UnreadableFile):
        await desk.request(desk.seller, b"hello", ImportMode.VALID_ROWS)
    assert desk.storage.objects == {}
    assert desk.transaction.rows.timers == {}


async def test_a_file_that_cannot_be_stored_is_not_imported_and_leaves_only_its_deletion(desk: Desk) -> None:
    desk.storage.unreachable = True
    with pytest.raises(StorageUnavailable):
        await desk.sent(GOOD)
    assert desk.transaction.rows.imports == {}
    assert {name for name, _ in desk.transaction.rows.timers} == {FORGET_IMPORT}


async def test_all_rows_become_listings_with_their_fees_and_events(desk: Desk) -> None:
    import_id = await desk.done(GOOD * 3)
    assert desk.counts(import_id) == (FileStatus.DONE, 3, 3, 3, 0)
    assert {(listing.status, listing.seller) for listing in desk.listed} == {(ListingStatus.ACTIVE, desk.seller.user)}
    assert [fee for _, fee in desk.transaction.rows.listings.values()] == [aed("42.50")] * 3
    published = [event.listing_id for event in desk.transaction.rows.events if isinstance(event, ListingPublished)]
    assert published == [listing.id for listing in desk.listed]
    assert desk.storage.objects == {}


@pytest.mark.parametrize(
    ("mode", "counts"),
    [
        (ImportMode.ALL_OR_NOTHING, (FileStatus.FAILED, 4, 4, 0, 2)),
        (ImportMode.VALID_ROWS, (FileStatus.DONE, 4, 4, 2, 2)),
    ],
)
async def test_bad_rows_are_reported_in_both_modes(
    desk: Desk, mode: ImportMode, counts: tuple[FileStatus, int, int, int, int]
) -> None:
    import_id = await desk.done(GOOD + BAD + GOOD + ODD, mode)
    assert desk.counts(import_id) == counts
    assert len(desk.listed) == counts[3]
    assert [(one.row, one.field, one.code) for one in desk.problems(import_id)] == [
        (2, "price", "invalid_amount"), (4, "category", "unknown_category"),
    ]  # fmt: skip


async def test_no_valid_row_is_a_failure_in_both_modes(desk: Desk) -> None:
    assert desk.counts(await desk.done(BAD, ImportMode.VALID_ROWS)) == (FileStatus.FAILED, 1, 1, 0, 1)


async def test_all_bad_rows_are_counted_and_the_first_are_kept(desk: Desk) -> None:
    import_id = await desk.done(BAD * (MOST_PROBLEMS + 5))
    assert desk.counts(import_id)[-1] == MOST_PROBLEMS + 5
    assert [one.row for one in desk.problems(import_id)] == list(range(1, MOST_PROBLEMS + 1))


@pytest.mark.parametrize("mode", ImportMode)
async def test_more_than_the_seller_may_have_is_imported_in_no_mode(mode: ImportMode) -> None:
    desk = Desk(most=3)
    await desk.done(GOOD * 2)
    import_id = await desk.done(GOOD * 2, mode)
    assert desk.counts(import_id) == (FileStatus.FAILED, 2, 2, 0, 0)
    (problem,) = desk.problems(import_id)
    assert (problem.row, problem.code) == (0, "too_many_products")
    assert "makes 2 products, you may have 1 more" in problem.message
    assert len(desk.listed) == 2


async def test_an_import_done_already_is_not_done_again(desk: Desk) -> None:
    import_id = await desk.done(GOOD)
    await desk.run(import_id)
    assert len(desk.listed) == 1


async def test_a_worker_killed_halfway_leaves_nothing_and_the_next_one_does_all_of_it(desk: Desk) -> None:
    import_id = await desk.sent(GOOD * (2 * CHECK_AT_ONCE + 1))
    seen: list[int] = []

    class Dying(MemoryImports):
        async def locked(self, import_id: ImportId) -> ListingImport:
            one = await super().locked(import_id)
            seen.append(one.checked)
            if one.checked > CHECK_AT_ONCE:
                raise Killed
            return one

    with pytest.raises(Killed):
        await replace(desk.run, imports=Dying(desk.transaction))(import_id)
    assert seen == [0, 0, CHECK_AT_ONCE, 2 * CHECK_AT_ONCE]
    assert desk.listed == []
    assert desk.counts(import_id)[:3] == (FileStatus.RUNNING, 2 * CHECK_AT_ONCE + 1, 2 * CHECK_AT_ONCE)
    await desk.run(import_id)
    assert len(desk.listed) == 2 * CHECK_AT_ONCE + 1


async def test_what_another_worker_noted_does_not_hide_a_bad_row(desk: Desk) -> None:
    """Both have the job: a lease ran out. The other has only come to the good rows."""
    import_id = await desk.sent(GOOD + BAD)

    class Noting(MemoryImports):
        async def locked(self, import_id: ImportId) -> ListingImport:
            one = await super().locked(import_id)
            one.advance(rows=2, checked=1, failed=0)
            return one

    await replace(desk.run, imports=Noting(desk.transaction))(import_id)
    assert desk.counts(import_id) == (FileStatus.FAILED, 2, 2, 0, 1)
    assert desk.listed == []


async def test_a_file_that_is_gone_is_a_failure_that_says_so(desk: Desk) -> None:
    import_id = await desk.sent(GOOD)
    desk.storage.objects.clear()
    await desk.run(import_id)
    assert desk.counts(import_id) == (FileStatus.FAILED, None, 0, 0, 0)
    assert desk.problems(import_id) == [Problem(0, "file", "unreadable_file", "is not there any more: send it again")]


async def test_what_is_forgotten_leaves_neither_file_nor_report(desk: Desk) -> None:
    import_id = await desk.sent(BAD)
    await desk.forget(import_id)
    await desk.forget(import_id)
    assert desk.storage.objects == {}
    assert desk.transaction.rows.imports == {}


async def test_a_row_that_the_rules_hold_waits_for_a_moderator(desk: Desk) -> None:
    import_id = await desk.done(GOOD + "Film camera +971 50 123 4567,850,electronics,community\n")
    assert desk.counts(import_id)[:4] == (FileStatus.DONE, 2, 2, 2)
    rows = desk.transaction.rows
    assert sorted(listing.status for listing, _ in rows.listings.values()) == ["active", "pending_review"]
    assert len(rows.moderation_items) == 1
    assert {one.former for one in rows.revisions} == {None}
    assert len(rows.revisions) == 2
