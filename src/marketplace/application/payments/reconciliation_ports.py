from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Protocol, Self
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.domain.payments.reconciliation import (
    Difference,
    DifferenceKind,
    MovementKey,
    MovementKind,
    OwnMovement,
    Reconciliation,
    ReconciliationId,
    Standing,
)
from marketplace.domain.shared.ids import UserId

Sum = Annotated[Decimal, Meta(examples=[750.00])]


class DifferenceView(msgspec.Struct, frozen=True):
    """`id` is ours: of the payment, the refund or the payout. `ours` and `theirs` are what each booked for it, null
    for nothing; `standing` is that of our record: one may be `not_done` here and sent there."""

    kind: DifferenceKind
    movement: MovementKind
    id: UUID
    reference: Annotated[str | None, Meta(description="The provider's id of it.")]
    currency: Annotated[str, Meta(examples=["AED"])]
    ours: Sum | None
    theirs: Sum | None
    standing: Standing

    @classmethod
    def of(cls, difference: Difference) -> Self:
        ours, theirs = difference.ours, difference.theirs
        known = theirs or ours
        return cls(
            kind=difference.kind, movement=difference.key.kind, id=difference.key.id, reference=difference.reference,
            currency=known.currency if known else "", ours=None if ours is None else ours.decimal,
            theirs=None if theirs is None else theirs.decimal, standing=difference.standing,
        )  # fmt: skip


class ReconciliationSummary(msgspec.Struct, frozen=True, kw_only=True):
    """Of what the provider booked in [since, until): `matched` agree with ours, `under_way` were booked there less
    than a minute before and are about to be noted here, `found` differ."""

    id: ReconciliationId
    provider: Annotated[str, Meta(examples=["simulator"])]
    since: datetime
    until: datetime
    matched: Annotated[int, Meta(examples=[1284])]
    under_way: Annotated[int, Meta(examples=[2])]
    found: Annotated[int, Meta(examples=[0])]
    ran_at: datetime


class ReconciliationView(ReconciliationSummary, frozen=True, kw_only=True):
    """With at most 1,000 of the differences."""

    differences: list[DifferenceView]

    @classmethod
    def of(cls, run: Reconciliation) -> Self:
        return cls(
            id=run.id, provider=run.provider, since=run.since, until=run.until, matched=run.matched,
            under_way=run.under_way, found=run.found, ran_at=run.ran_at,
            differences=[DifferenceView.of(one) for one in run.differences],
        )  # fmt: skip


class OwnBooks(Protocol):
    """Our records of what a provider moved for us."""

    async def posted(self, provider: str, since: datetime, until: datetime) -> Collection[MovementKey]:
        """What the ledger booked in [since, until)."""
        ...

    async def movements(self, provider: str, keys: Collection[MovementKey]) -> Mapping[MovementKey, OwnMovement]:
        """One for each key, whatever is known of it."""
        ...


class Reconciliations(Protocol):
    """Saving ships the events."""

    async def lock(self, reconciliation_id: ReconciliationId) -> Reconciliation | None: ...

    async def save(self, run: Reconciliation) -> None:
        """In place of the last one of the same window."""
        ...


class ReconciliationQueries(Protocol):
    async def reconciliations(
        self, actor: Actor, provider: str | None, *, differing: bool, after: tuple[datetime, UUID] | None, skip: int,
        limit: int,
    ) -> Slice[ReconciliationSummary]:  # fmt: skip
        """The latest run first."""
        ...

    async def reconciliation(self, actor: Actor, reconciliation_id: ReconciliationId) -> ReconciliationView:
        """Raises ReconciliationNotFound."""
        ...


class Bookkeepers(Protocol):
    async def everybody(self) -> Sequence[UserId]:
        """Who is told of differences."""
        ...
