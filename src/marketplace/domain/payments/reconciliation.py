"""Comparing a provider's books with ours: what each of both says of one movement of money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NewType
from uuid import NAMESPACE_URL, UUID, uuid5

from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import Invalid, NotFound
from marketplace.domain.shared.money import Money

ReconciliationId = NewType("ReconciliationId", UUID)

MOST_KEPT = 1_000
"""Differences of one run that are stored; their number is exact."""


class ReconciliationNotFound(NotFound):
    code = "reconciliation_not_found"


class UnknownProvider(Invalid):
    code = "unknown_provider"


class MovementKind(StrEnum):
    CHARGE = "charge"
    REFUND = "refund"
    PAYOUT = "payout"


@dataclass(frozen=True, slots=True)
class MovementKey:
    """`id` is ours: of the payment, the refund or the payout."""

    kind: MovementKind
    id: UUID


class Standing(StrEnum):
    """How far a movement is by our own records."""

    UNDER_WAY = "under_way"
    DONE = "done"
    NOT_DONE = "not_done"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMovement:
    """`amount` is what the payment, refund or payout is of, `posted` what the ledger moved for it at the provider;
    None where there is no such row."""

    key: MovementKey
    standing: Standing
    amount: Money | None
    posted: Money | None
    reference: str | None
    begun_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirMovement:
    key: MovementKey
    amount: Money
    reference: str
    at: datetime


class DifferenceKind(StrEnum):
    MISSING_HERE = "missing_here"
    """The provider moved money of which we have no record, or one that says otherwise."""
    MISSING_THERE = "missing_there"
    AMOUNT_DIFFERS = "amount_differs"
    REFERENCE_DIFFERS = "reference_differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`ours` and `theirs` are the amounts, as far as there is one. `standing`: of our record of it."""

    kind: DifferenceKind
    key: MovementKey
    ours: Money | None
    theirs: Money | None
    reference: str | None
    standing: Standing


def compare(theirs: Sequence[TheirMovement], ours: OwnMovement) -> Difference | None:
    """`theirs` are all the lines of one movement; a second one for the same money makes the amounts differ.

    None for what agrees.
    """
    total = _total(theirs) if theirs else None
    said = [amount for amount in (ours.posted, ours.amount) if amount is not None]
    wrong = [amount for amount in said if amount != total]
    if total is None:
        kind = DifferenceKind.MISSING_THERE
    elif ours.standing is not Standing.DONE or len(said) < 2:
        kind = DifferenceKind.MISSING_HERE
    elif wrong:
        kind = DifferenceKind.AMOUNT_DIFFERS
    elif {line.reference for line in theirs} != {ours.reference}:
        kind = DifferenceKind.REFERENCE_DIFFERS
    else:
        return None
    return Difference(
        kind=kind, key=ours.key, ours=next(iter(wrong or said), None), theirs=total,
        reference=theirs[0].reference if theirs else ours.reference, standing=ours.standing,
    )  # fmt: skip


def _total(lines: Sequence[TheirMovement]) -> Money:
    return Money(sum(line.amount.minor for line in lines), lines[0].amount.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksCompared(DomainEvent):
    """`is_news`: the differences are not those that the same window had before."""

    name: ClassVar[str] = "payments.books_compared.v1"
    reconciliation_id: ReconciliationId
    provider: str
    matched: int
    differences: int
    is_news: bool


@dataclass(slots=True, kw_only=True, eq=False)
class Reconciliation(Aggregate):
    """One provider's books against ours in [since, until). The same window again replaces the run before."""

    id: ReconciliationId
    provider: str
    since: datetime
    until: datetime
    matched: int
    under_way: int
    """Booked there a moment ago, and about to be noted here."""
    found: int
    differences: tuple[Difference, ...]
    """The first MOST_KEPT."""
    ran_at: datetime

    @staticmethod
    def id_of(provider: str, since: datetime, until: datetime) -> ReconciliationId:
        name = f"reconciliation:{provider}:{since.isoformat()}:{until.isoformat()}"
        return ReconciliationId(uuid5(NAMESPACE_URL, name))

    def note(self, before: "Reconciliation | None") -> None:
        """It ran; `before`: the last time."""
        known = set() if before is None else set(before.differences)
        self._record(
            BooksCompared(
                occurred_at=self.ran_at, reconciliation_id=self.id, provider=self.provider, matched=self.matched,
                differences=self.found, is_news=not set(self.differences) <= known,
            )
        )  # fmt: skip
