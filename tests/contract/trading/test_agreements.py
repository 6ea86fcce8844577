"""The fakes of the unit tests and the SQL adapters keep one contract."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.agreements import SqlAgreements, SqlPastAgreements
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.ports import Transaction
from marketplace.application.trading.agreements import Agreements, Settled
from marketplace.application.trading.bargain import PastAgreements
from marketplace.domain.shared.ids import ListingId, NegotiationId, OrderId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.subject import Subject, SubjectKind
from marketplace.domain.trading.bargain import Past
from marketplace.domain.trading.units import ONE, Quantity
from tests.builders.commerce import HOUR, NOON, aed, new_id
from tests.fakes.offer_rules import MemoryAgreements
from tests.fakes.world import MemoryTransaction

DAY = timedelta(days=1)


def settled(category: str | None, **changes: Any) -> Settled:
    given: dict[str, Any] = {
        "negotiation_id": NegotiationId(new_id()), "order_id": OrderId(new_id()), "category": category,
        "subject": Subject.of_listings(ListingId(new_id())), "grade": None, "amount": aed(750), "asked": aed(850),
        "quantity": ONE, "unit_price": Decimal("750.000000"), "agreed_at": NOON,
    }  # fmt: skip
    return Settled(**{**given, **changes})


@dataclass
class Memory:
    transaction: Transaction
    agreements: Agreements
    past: PastAgreements

    async def note(self, *noted: Settled) -> None:
        async with self.transaction:
            for one in noted:
                await self.agreements.note(one)

    async def latest(self, category: str, most: int = 10) -> list[Past]:
        return await self.past.latest(category, "AED", "piece", NOON - DAY, NOON + DAY, most)


class AgreementsContract:
    async def test_the_latest_come_first_up_to_a_number(self, memory: Memory) -> None:
        category = str(new_id())
        noted = [
            settled(category, amount=aed(700 + n), unit_price=Decimal(700 + n), agreed_at=NOON + n * HOUR)
            for n in range(5)
        ]
        await memory.note(*noted)
        expected = [Past(Fraction(700 + n, 850), Decimal(700 + n)) for n in (4, 3, 2, 1, 0)]
        assert await memory.latest(category) == expected
        assert await memory.latest(category, most=2) == expected[:2]

    async def test_a_negotiation_is_noted_once(self, memory: Memory) -> None:
        category = str(new_id())
        first = settled(category)
        await memory.note(first)
        await memory.note(replace(first, amount=aed(1)), first)
        assert await memory.latest(category) == [Past(Fraction(750, 850), Decimal(750))]

    async def test_only_like_is_told_of_like(self, memory: Memory) -> None:
        """Of the category, currency and unit, over single listings, from one moment and before another."""
        category = str(new_id())
        trade = Subject(kind=SubjectKind.TRADE, id=new_id())
        package = Subject.of_listings(ListingId(new_id()), ListingId(new_id()))
        await memory.note(
            settled(None), settled("another"), settled(category, subject=package),
            settled(category, subject=trade, asked=None, grade="A"),
            settled(category, amount=Money(5, "EUR"), asked=Money(6, "EUR")),
            settled(category, quantity=Quantity(Decimal("2.5"), "kilogram")),
            settled(category, agreed_at=NOON - DAY - timedelta(seconds=1)), settled(category, agreed_at=NOON + DAY),
        )  # fmt: skip
        assert await memory.latest(category) == []
        await memory.note(settled(category, agreed_at=NOON - DAY))
        assert len(await memory.latest(category)) == 1


class TestMemoryAgreements(AgreementsContract):
    @pytest.fixture
    def memory(self) -> Memory:
        transaction = MemoryTransaction()
        agreements = MemoryAgreements(transaction)
        return Memory(transaction, agreements, agreements)


class TestSqlAgreements(AgreementsContract):
    @pytest.fixture
    def memory(self, pool: Pool) -> Memory:
        transaction = SqlTransaction(pool, {})
        return Memory(transaction, SqlAgreements(transaction), SqlPastAgreements(pool))
