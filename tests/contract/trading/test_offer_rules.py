"""The fake of the unit tests and the SQL adapter keep one contract."""

from dataclasses import dataclass
from datetime import time

import pytest

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.rules import SqlOfferRuleBook
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.ports import Transaction
from marketplace.application.trading.rule_ports import OfferRuleBook
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.quiet_hours import QuietHours
from marketplace.domain.trading.rules import OfferRules, RulesForAll
from tests.builders.commerce import a_user_id, aed, new_id
from tests.fakes.offer_rules import MemoryOfferRuleBook
from tests.fakes.world import MemoryTransaction

NIGHT = QuietHours(begins=time(22), ends=time(7, 30), time_zone="Asia/Dubai")
OWN = OfferRules(
    auto_accept_at=aed("800.01"), auto_decline_below=aed(500), minimum_step=aed(10), quiet_hours=NIGHT
)  # fmt: skip
FOR_ALL = RulesForAll(
    auto_accept_at_percent=95, auto_decline_below_percent=60, minimum_step_percent=2, quiet_hours=NIGHT
)  # fmt: skip


@dataclass
class Book:
    transaction: Transaction
    rules: OfferRuleBook

    async def put(self, listing: ListingId, seller: UserId, rules: OfferRules) -> None:
        async with self.transaction:
            await self.rules.put(listing, seller, rules)

    async def put_for_all(self, seller: UserId, rules: RulesForAll) -> None:
        async with self.transaction:
            await self.rules.put_for_all(seller, rules)

    async def on(self, listing: ListingId, seller: UserId) -> OfferRules | RulesForAll | None:
        async with self.transaction:
            return await self.rules.on_listing(listing, seller)


class OfferRulesContract:
    @pytest.mark.parametrize("rules", [
        OWN, OfferRules(), OfferRules(auto_accept_at=Money(5, "JPY")), OfferRules(minimum_step=Money(5, "KWD")),
        OfferRules(quiet_hours=NIGHT),
    ])  # fmt: skip
    async def test_rules_of_a_listing_come_back_as_they_were_put_last(self, book: Book, rules: OfferRules) -> None:
        listing, seller = ListingId(new_id()), a_user_id()
        assert await book.on(listing, seller) is None
        for one in (OWN, rules):
            await book.put(listing, seller, one)
            assert await book.on(listing, seller) == one
        assert await book.on(ListingId(new_id()), seller) is None

    @pytest.mark.parametrize("rules", [FOR_ALL, RulesForAll(), RulesForAll(auto_accept_at_percent=100)])
    async def test_rules_for_all_hold_where_a_listing_has_none(self, book: Book, rules: RulesForAll) -> None:
        listing, seller = ListingId(new_id()), a_user_id()
        for one in (FOR_ALL, rules):
            await book.put_for_all(seller, one)
            assert await book.on(listing, seller) == one
        await book.put(listing, seller, OfferRules())
        assert await book.on(listing, seller) == OfferRules()
        assert await book.on(ListingId(new_id()), seller) == rules
        assert await book.on(listing, a_user_id()) == OfferRules()
        assert await book.on(ListingId(new_id()), a_user_id()) is None

    async def test_dropped_rules_give_way_to_those_for_all(self, book: Book) -> None:
        listing, other, seller = ListingId(new_id()), ListingId(new_id()), a_user_id()
        await book.put_for_all(seller, FOR_ALL)
        for one in (listing, other):
            await book.put(one, seller, OWN)
        for _ in range(2):
            async with book.transaction:
                await book.rules.drop(listing)
            assert await book.on(listing, seller) == FOR_ALL
            assert await book.on(other, seller) == OWN

    async def test_of_a_seller_who_is_forgotten_nothing_is_left(self, book: Book) -> None:
        listing, seller, theirs, another = ListingId(new_id()), a_user_id(), ListingId(new_id()), a_user_id()
        for one, who in ((listing, seller), (theirs, another)):
            await book.put(one, who, OWN)
            await book.put_for_all(who, FOR_ALL)
        async with book.transaction:
            await book.rules.forget(seller)
        assert await book.on(listing, seller) is None
        assert await book.on(theirs, another) == OWN
        assert await book.on(listing, another) == FOR_ALL

    async def test_a_failed_block_leaves_them_as_they_were(self, book: Book) -> None:
        listing, seller = ListingId(new_id()), a_user_id()
        await book.put(listing, seller, OWN)
        with pytest.raises(ZeroDivisionError):
            async with book.transaction:
                await book.rules.drop(listing)
                await book.rules.put_for_all(seller, FOR_ALL)
                raise ZeroDivisionError
        assert await book.on(listing, seller) == OWN
        assert await book.on(ListingId(new_id()), seller) is None


class TestMemoryOfferRules(OfferRulesContract):
    @pytest.fixture
    def book(self) -> Book:
        transaction = MemoryTransaction()
        return Book(transaction, MemoryOfferRuleBook(transaction))


class TestSqlOfferRules(OfferRulesContract):
    @pytest.fixture
    def book(self, pool: Pool) -> Book:
        transaction = SqlTransaction(pool, {})
        return Book(transaction, SqlOfferRuleBook(transaction))
