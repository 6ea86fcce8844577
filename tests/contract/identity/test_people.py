"""The fakes of the unit tests and the adapters keep one contract: worker profiles, and what identity asks of others."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from marketplace.adapters.bridges.identity_asks_for_records import RECORDS, RecordsOfEverybody
from marketplace.adapters.bridges.social_asks_identity import PeopleOfIdentity
from marketplace.adapters.sql.identity.users import SqlUsers
from marketplace.adapters.sql.identity.workers import SqlWorkerProfiles, SqlWorkerQueries
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.people_ports import WorkerProfiles
from marketplace.application.shared.ports import Transaction
from marketplace.application.social.ports import People
from marketplace.domain.identity.user import User
from marketplace.domain.identity.worker_profile import WorkerNotFound, WorkerProfile
from marketplace.domain.shared.ids import UserId
from tests.builders.commerce import a_user_id, aed
from tests.builders.identity import NOON, a_user
from tests.fakes.people import MemoryPeople, MemoryRecords, MemorySocial, MemoryWorkerProfiles


def a_profile(user_id: UserId, **changes: Any) -> WorkerProfile:
    given: dict[str, Any] = {
        "user_id": user_id, "headline": "Electrician", "bio": "", "skills": ("wiring",), "hourly_rate": aed("90.5"),
        "is_available": True, "updated_at": NOON,
    }  # fmt: skip
    return WorkerProfile(**given | changes)


@dataclass
class Directory:
    """`user`: somebody with an account; `headline` reads what is shown of a person."""

    transaction: Transaction
    workers: WorkerProfiles
    user: UserId
    headline: Callable[[UserId], Awaitable[str | None]]


class WorkerProfilesContract:
    async def test_the_last_word_counts_while_it_is_listed(self, directory: Directory) -> None:
        workers, user = directory.workers, directory.user
        assert await directory.headline(user) is None
        for headline, listed in (("Electrician", True), ("Painter", True), ("Plumber", False)):
            async with directory.transaction:
                await workers.save(a_profile(user, headline=headline), listed=listed)
            assert await directory.headline(user) == (headline if listed else None)
        for listed in (True, True, False):
            async with directory.transaction:
                await workers.list(user, listed=listed)
            assert await directory.headline(user) == ("Plumber" if listed else None)

    async def test_what_is_removed_does_not_come_back(self, directory: Directory) -> None:
        workers, user = directory.workers, directory.user
        async with directory.transaction:
            await workers.save(a_profile(user), listed=True)
            await workers.remove(user)
            await workers.remove(user)
            await workers.list(user, listed=True)
        assert await directory.headline(user) is None


class TestMemoryWorkerProfiles(WorkerProfilesContract):
    @pytest.fixture
    def directory(self) -> Directory:
        workers = MemoryWorkerProfiles()

        async def headline(user_id: UserId) -> str | None:
            return workers.profiles[user_id].headline if user_id in workers.listed else None

        return Directory(MemorySocial(), workers, a_user_id(), headline)


class TestSqlWorkerProfiles(WorkerProfilesContract):
    @pytest.fixture
    async def directory(self, pool: Pool) -> Directory:
        transaction = SqlTransaction(pool, {})
        queries = SqlWorkerQueries(pool)
        user = await stored(transaction)

        async def headline(user_id: UserId) -> str | None:
            try:
                return (await queries.worker(user_id)).headline
            except WorkerNotFound:
                return None

        return Directory(transaction, SqlWorkerProfiles(transaction), user.id, headline)


async def stored(transaction: SqlTransaction, user: User | None = None) -> User:
    user = user or a_user()
    async with transaction:
        await SqlUsers(transaction).add(user)
    return user


class PeopleContract:
    async def test_only_active_accounts_are_active(self, people: tuple[Transaction, People, UserId, UserId]) -> None:
        transaction, answers, active, suspended = people
        async with transaction:
            assert await answers.is_active(active)
            assert not await answers.is_active(suspended)
            assert not await answers.is_active(a_user_id())


class TestMemoryPeople(PeopleContract):
    @pytest.fixture
    def people(self) -> tuple[Transaction, People, UserId, UserId]:
        active = a_user_id()
        return MemorySocial(), MemoryPeople(active), active, a_user_id()


class TestPeopleOfIdentity(PeopleContract):
    @pytest.fixture
    async def people(self, pool: Pool) -> tuple[Transaction, People, UserId, UserId]:
        transaction = SqlTransaction(pool, {})
        active, suspended = await stored(transaction), a_user()
        suspended.suspend("no", active.id, NOON)
        await stored(transaction, suspended)
        return transaction, PeopleOfIdentity(transaction), active.id, suspended.id


async def test_records_are_had_of_every_kind_up_to_a_number(pool: Pool) -> None:
    records = await RecordsOfEverybody(pool).of(a_user_id(), 1)
    assert records == {kind: [] for kind in RECORDS}
    assert await MemoryRecords({"orders": [b"1", b"2"]}).of(a_user_id(), 1) == {"orders": [b"1"]}
