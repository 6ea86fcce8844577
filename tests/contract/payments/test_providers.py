"""What is kept of payment providers' events and of saved methods: fakes and SQL keep one contract."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from marketplace.adapters.security.payment_tokens import SealedPaymentTokens
from marketplace.adapters.security.vault import NotSealedByUs, Vault
from marketplace.adapters.sql.payments.provider_events import SqlProviderEvents
from marketplace.adapters.sql.payments.saved_methods import SqlSavedMethodQueries, SqlSavedMethodsByUser
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.inbox import ProviderEvent, ProviderEventNotFound, ProviderEvents, Told
from marketplace.application.payments.methods import (
    PaymentToken,
    PaymentTokens,
    SavedMethodsByUser,
    SavedMethodTokens,
)
from marketplace.domain.payments.saved_method import SavedCard, SavedMethod, SavedMethodId, SavedMethodNotFound
from tests.builders.commerce import NOON, a_user_id, new_id
from tests.fakes.providers import MemoryProviderEvents, MemorySavedMethods, PlainTokens
from tests.fakes.world import MemoryTransaction

VISA = SavedCard(brand="visa", last4="4242", exp_month=12, exp_year=2034)


def an_event(**changes: Any) -> ProviderEvent:
    given: dict[str, Any] = {
        "id": new_id(), "source": "stripe", "told": Told(f"evt_{new_id()}", "payout.failed", {"a": "b"}),
        "body": b'{"id": "evt_1"}', "received_at": NOON,
    }  # fmt: skip
    return ProviderEvent(**{**given, **changes})


@dataclass
class EventsBench:
    events: ProviderEvents
    transaction: AbstractAsyncContextManager[Any]


class ProviderEventsContract:
    async def test_an_event_comes_back_as_it_was(self, bench: EventsBench) -> None:
        event = an_event()
        async with bench.transaction:
            assert await bench.events.add(event)
        async with bench.transaction:
            assert await bench.events.lock(event.id) == event
            event.failed("gateway_silent")
            event.failed("gateway_silent")
            await bench.events.save(event)
        async with bench.transaction:
            assert (await bench.events.lock(event.id)).failures == 2
            assert event.id in await bench.events.failed(1_000)
            event.applied(NOON)
            await bench.events.save(event)
        async with bench.transaction:
            assert await bench.events.lock(event.id) == event
            assert event.id not in await bench.events.failed(1_000)

    async def test_one_source_tells_one_thing_once(self, bench: EventsBench) -> None:
        event = an_event()
        async with bench.transaction:
            assert await bench.events.add(event)
            assert not await bench.events.add(an_event(told=event.told))
            assert await bench.events.add(an_event(told=event.told, source="another"))

    async def test_nothing_is_found_of_what_never_was(self, bench: EventsBench) -> None:
        with pytest.raises(ProviderEventNotFound):
            async with bench.transaction:
                await bench.events.lock(new_id())

    async def test_only_what_is_old_and_applied_is_forgotten(self, bench: EventsBench) -> None:
        old = [an_event(received_at=NOON - timedelta(days=2_000 + n), applied_at=NOON) for n in range(3)]
        kept = [an_event(received_at=NOON - timedelta(days=2_000)), an_event(applied_at=NOON)]
        async with bench.transaction:
            for event in (*old, *kept):
                await bench.events.add(event)
        before = NOON - timedelta(days=1_999)
        async with bench.transaction:
            assert [await bench.events.forget(before, 2) for _ in range(3)] == [2, 1, 0]
            for event in kept:
                assert await bench.events.lock(event.id) == event


class TestMemoryProviderEvents(ProviderEventsContract):
    @pytest.fixture
    def bench(self) -> EventsBench:
        return EventsBench(MemoryProviderEvents(), MemoryTransaction())


class TestSqlProviderEvents(ProviderEventsContract):
    @pytest.fixture
    def bench(self, pool: Pool) -> EventsBench:
        transaction = SqlTransaction(pool, {})
        return EventsBench(SqlProviderEvents(transaction, Vault([b"k" * 32])), transaction)


@dataclass
class MethodsBench:
    saved: SavedMethodsByUser
    reads: SavedMethodTokens
    tokens: PaymentTokens
    transaction: AbstractAsyncContextManager[Any]

    def a_method(self, user: Any, token: str, at: int = 0) -> SavedMethod:
        sealed = self.tokens.seal(user, token)
        return SavedMethod(
            id=SavedMethodId(new_id()), provider="stripe", card=VISA, sealed_token=sealed.sealed,
            fingerprint=sealed.fingerprint, created_at=NOON + timedelta(minutes=at),
        )  # fmt: skip


class SavedMethodsContract:
    async def test_methods_come_back_as_they_were_and_pay(self, bench: MethodsBench) -> None:
        user = a_user_id()
        first, second = bench.a_method(user, "pm_1"), bench.a_method(user, "pm_2", 1)
        async with bench.transaction:
            methods = await bench.saved.lock(user)
            assert (methods.methods, methods.default) == ([], None)
            methods.add(first, as_default=False)
            methods.add(second, as_default=True)
            await bench.saved.save(methods)
            await bench.saved.keep_customer(user, "stripe", "cus_1")
        async with bench.transaction:
            assert await bench.saved.lock(user) == methods
        assert await bench.reads.token_of(user, first.id) == PaymentToken("stripe", "pm_1", "cus_1")
        for who, which in ((a_user_id(), first.id), (user, SavedMethodId(new_id()))):
            with pytest.raises(SavedMethodNotFound):
                await bench.reads.token_of(who, which)
        async with bench.transaction:
            methods.make_default(first.id)
            await bench.saved.save(methods)
        async with bench.transaction:
            methods.remove(first.id)
            await bench.saved.save(methods)
        async with bench.transaction:
            found = await bench.saved.lock(user)
            assert ([one.id for one in found.methods], found.default) == ([second.id], second.id)
            found.remove(second.id)
            await bench.saved.save(found)
        async with bench.transaction:
            assert (await bench.saved.lock(user)).methods == []

    async def test_a_customer_is_kept_until_it_is_forgotten(self, bench: MethodsBench) -> None:
        user, other = a_user_id(), a_user_id()
        async with bench.transaction:
            assert await bench.saved.customer(user, "stripe") is None
            for who, name in ((user, "cus_1"), (other, "cus_2"), (user, "cus_3")):
                await bench.saved.keep_customer(who, "stripe", name)
            assert await bench.saved.customer(user, "stripe") == "cus_3"
            await bench.saved.forget_customers(user)
            assert await bench.saved.customer(user, "stripe") is None
            assert await bench.saved.customer(other, "stripe") == "cus_2"

    async def test_tokens_are_known_again_and_open_for_their_owner(self, bench: MethodsBench) -> None:
        user = a_user_id()
        sealed, again, other = (bench.tokens.seal(user, token) for token in ("pm_1", "pm_1", "pm_2"))
        assert sealed.fingerprint == again.fingerprint != other.fingerprint
        assert bench.tokens.open(user, sealed.sealed) == "pm_1"


class TestMemorySavedMethods(SavedMethodsContract):
    @pytest.fixture
    def bench(self) -> MethodsBench:
        tokens = PlainTokens()
        saved = MemorySavedMethods(tokens)
        return MethodsBench(saved, saved, tokens, MemoryTransaction())


class TestSqlSavedMethods(SavedMethodsContract):
    @pytest.fixture
    def bench(self, pool: Pool) -> MethodsBench:
        tokens = SealedPaymentTokens(Vault([b"k" * 32]), b"p" * 32)
        transaction = SqlTransaction(pool, {})
        return MethodsBench(
            SqlSavedMethodsByUser(transaction), SqlSavedMethodQueries(pool, tokens), tokens, transaction
        )

    def test_a_sealed_token_opens_for_nobody_else(self) -> None:
        tokens = SealedPaymentTokens(Vault([b"k" * 32]), b"p" * 32)
        owner, other = a_user_id(), a_user_id()
        sealed = tokens.seal(owner, "pm_secret")
        assert b"pm_secret" not in sealed.sealed + sealed.fingerprint
        assert tokens.seal(other, "pm_secret").fingerprint != sealed.fingerprint
        with pytest.raises(NotSealedByUs):
            tokens.open(other, sealed.sealed)
