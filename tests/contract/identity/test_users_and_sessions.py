"""The fakes of the unit tests and the SQL adapters keep one contract."""

from dataclasses import asdict, dataclass
from datetime import timedelta

import pytest

from marketplace.adapters.sql.identity.queries import SqlAccountQueries, SqlSessionQueries
from marketplace.adapters.sql.identity.sessions import SqlSessions
from marketplace.adapters.sql.identity.users import SqlUsers
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.identifiers import Identifier, IdentifierKind
from marketplace.application.identity.permissions import actor_of
from marketplace.application.identity.ports import (
    AccountQueries,
    Contact,
    Credentials,
    LiveSession,
    SessionQueries,
    Sessions,
    Users,
)
from marketplace.application.identity.views import UserView
from marketplace.application.shared.ports import Transaction
from marketplace.domain.identity.session import SESSION_LIFE, EndReason, Session, SessionEnded
from marketplace.domain.identity.user import AccountExists, AccountStatus, Role, User, UsernameTaken, UserNotFound
from marketplace.domain.shared.errors import Conflict, StaleAggregate
from tests.builders.identity import NOON, a_name, a_phone, a_session, a_user
from tests.fakes.identity import MemoryIdentity, MemoryQueries, MemorySessions, MemoryUsers


@dataclass
class Storage:
    transaction: Transaction
    users: Users
    sessions: Sessions
    accounts: AccountQueries
    session_queries: SessionQueries

    async def add(self, *added: User | Session) -> None:
        async with self.transaction:
            for one in added:
                if isinstance(one, User):
                    await self.users.add(one)
                else:
                    await self.sessions.add(one)


def identifiers(user: User) -> list[Identifier]:
    return [
        Identifier(IdentifierKind.EMAIL, user.email),
        Identifier(IdentifierKind.USERNAME, user.username.lower()),
        Identifier(IdentifierKind.PHONE, user.phone or "+1"),
    ]


def contact_of(user: User) -> Contact:
    return Contact(
        user.id, user.email, user.phone, user.username, user.full_name, user.language, user.password_hash,
        user.former_passwords,
    )  # fmt: skip


class StorageContract:
    async def test_a_user_comes_back_as_saved(self, storage: Storage) -> None:
        user = a_user(phone=a_phone(), role=Role.SELLER)
        await storage.add(user)
        async with storage.transaction:
            loaded = await storage.users.get(user.id)
            assert asdict(loaded) == asdict(user)
            loaded.verify_email(loaded.email, NOON)
            loaded.change_password("new hash", NOON)
            loaded.edit_profile(bio="Potter", language="uz")
            loaded.set_avatar("a1b2" * 8)
            loaded.log_in(NOON + timedelta(microseconds=1))
            await storage.users.save(loaded)
        async with storage.transaction:
            assert asdict(await storage.users.get(user.id)) == asdict(loaded)

    async def test_an_unknown_user_is_not_found(self, storage: Storage) -> None:
        user = a_user()
        with pytest.raises(UserNotFound):
            async with storage.transaction:
                await storage.users.get(user.id)
        with pytest.raises(UserNotFound):
            await storage.accounts.me(actor_of(user.id, a_session(user).id, user.role))

    @pytest.mark.parametrize(
        ("field", "refusal"), [("email", AccountExists), ("username", UsernameTaken), ("phone", AccountExists)]
    )
    async def test_what_names_an_account_is_unique(self, storage: Storage, field: str, refusal: type[Conflict]) -> None:
        first, second = a_user(username=a_name().upper(), phone=a_phone()), a_user(phone=a_phone())
        await storage.add(first, second)
        same = getattr(first, field)
        with pytest.raises(refusal):
            await storage.add(a_user(**{field: same.lower()}))
        with pytest.raises(refusal):
            async with storage.transaction:
                changed = await storage.users.get(second.id)
                setattr(changed, field, same)
                await storage.users.save(changed)

    async def test_many_have_no_phone(self, storage: Storage) -> None:
        await storage.add(a_user(), a_user())

    async def test_a_stale_copy_is_not_saved(self, storage: Storage) -> None:
        user = a_user()
        session = a_session(user)
        await storage.add(user, session)
        with pytest.raises(StaleAggregate):
            async with storage.transaction:
                one, other = await storage.users.get(user.id), await storage.users.get(user.id)
                await storage.users.save(one)
                await storage.users.save(other)
        with pytest.raises(StaleAggregate):
            async with storage.transaction:
                mine, yours = await storage.sessions.get(session.id), await storage.sessions.get(session.id)
                await storage.sessions.save(mine)
                await storage.sessions.save(yours)

    async def test_a_failed_block_leaves_nothing(self, storage: Storage) -> None:
        user = a_user()
        with pytest.raises(ZeroDivisionError):
            async with storage.transaction:
                await storage.users.add(user)
                raise ZeroDivisionError
        assert await storage.accounts.contact(identifiers(user)[0]) is None

    async def test_a_session_comes_back_as_saved(self, storage: Storage) -> None:
        user = a_user()
        session = a_session(user)
        await storage.add(user, session)
        async with storage.transaction:
            loaded = await storage.sessions.get(session.id)
            assert asdict(loaded) == asdict(session)
            loaded.refresh(1, NOON + timedelta(seconds=1))
            loaded.end(EndReason.LOGGED_OUT, NOON + timedelta(seconds=2))
            await storage.sessions.save(loaded)
        async with storage.transaction:
            assert asdict(await storage.sessions.get(session.id)) == asdict(loaded)

    async def test_a_session_that_never_was_has_ended(self, storage: Storage) -> None:
        session = a_session(a_user())
        with pytest.raises(SessionEnded):
            async with storage.transaction:
                await storage.sessions.get(session.id)
        assert await storage.session_queries.live(session.id, NOON) is None

    async def test_only_a_live_session_of_an_active_user_has_a_role(self, storage: Storage) -> None:
        active, closed = a_user(role=Role.ADMIN), a_user(status=AccountStatus.SUSPENDED)
        live, ended, foreign = a_session(active), a_session(active), a_session(closed)
        ended.end(EndReason.LOGGED_OUT, NOON)
        await storage.add(active, closed, live, ended, foreign)
        found = storage.session_queries.live
        expected = LiveSession(active.id, Role.ADMIN, NOON)
        assert await found(live.id, NOON + SESSION_LIFE - timedelta(microseconds=1)) == expected
        assert await found(live.id, NOON + SESSION_LIFE) is None
        assert await found(ended.id, NOON) is None
        assert await found(foreign.id, NOON) is None

    async def test_an_account_is_found_by_each_of_its_names(self, storage: Storage) -> None:
        user = a_user(username=a_name().upper(), phone=a_phone())
        await storage.add(user, a_user())
        for identifier in identifiers(user):
            assert await storage.accounts.credentials(identifier) == Credentials(user.id, user.password_hash)
            assert await storage.accounts.contact(identifier) == contact_of(user)
        for identifier in identifiers(a_user(phone=a_phone())):
            assert await storage.accounts.credentials(identifier) is None
            assert await storage.accounts.contact(identifier) is None

    async def test_a_closed_account_has_credentials_but_no_contact(self, storage: Storage) -> None:
        user = a_user(status=AccountStatus.SUSPENDED)
        await storage.add(user)
        assert await storage.accounts.credentials(identifiers(user)[0]) is not None
        assert await storage.accounts.contact(identifiers(user)[0]) is None

    async def test_only_an_active_account_with_a_confirmed_address_is_reachable(self, storage: Storage) -> None:
        confirmed = a_user(email_verified=True)
        others = a_user(), a_user(email_verified=True, status=AccountStatus.SUSPENDED)
        await storage.add(confirmed, *others)
        found = [await storage.accounts.addressee(user.id) for user in (confirmed, *others)]
        assert [one and one.is_reachable for one in found] == [True, False, False]
        assert await storage.accounts.addressee(a_user().id) is None

    async def test_everybody_sees_themselves(self, storage: Storage) -> None:
        user, other = a_user(role=Role.SELLER, email_verified=True, avatar="a1b2" * 8, bio="Potter"), a_user()
        await storage.add(user, other)
        assert await storage.accounts.me(actor_of(user.id, a_session(user).id, user.role)) == UserView.of(user)


class TestMemoryStorage(StorageContract):
    @pytest.fixture
    def storage(self) -> Storage:
        store = MemoryIdentity()
        queries = MemoryQueries(store)
        return Storage(store, MemoryUsers(store), MemorySessions(store), queries, queries)


class TestSqlStorage(StorageContract):
    @pytest.fixture
    def storage(self, pool: Pool) -> Storage:
        transaction = SqlTransaction(pool, {})
        return Storage(
            transaction, SqlUsers(transaction), SqlSessions(transaction), SqlAccountQueries(pool),
            SqlSessionQueries(pool),
        )  # fmt: skip
